"""What the statements of a document show of its names: which are functions, indices, sizes, labels, powers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from symnet.lecture.context.identities import OCCURRENCE
from symnet.lecture.context.refs import (
    COUNTS,
    FAN_WORDS,
    FUNCTION_LETTERS,
    INDEX_LETTERS,
    LOSS,
    LOSS_NAMES,
    bold_beside,
    bounds,
    is_bold,
    is_upper,
    pairs,
    spelling,
    word_of,
)
from symnet.lecture.context.signatures import Signatures
from symnet.lecture.context.small import Small, small_arrays
from symnet.lecture.context.stacked import Stack, ends_of_ranges, stacks
from symnet.lecture.reader.syntax import (
    SAID_BESIDE,
    Big,
    Call,
    Derivative,
    Expr,
    Indicator,
    Moment,
    Nabla,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Slice,
    Space,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

#: letters that number layers, steps and entries also below a size
COUNTING = ("l", "t", "i", "j")


class Evidence(ABC):
    """The evidence of all statements of a document on what its names are."""

    def __init__(
        self,
        statements: Iterable[Statement],
        labels: Iterable[str] = (),
        powers: Iterable[str] = (),
        entries: Iterable[str] = (),
        words: Iterable[str] = (),
    ) -> None:
        self.entries, self.words = frozenset(entries), frozenset(words)  # names whose subscripts are indices, or words
        self.written: dict[str, Symbol] = {}  # the first symbol of each name
        self.raised = frozenset(labels)  # names that are never raised to a power
        self.bound: set[str] = set()
        self.sizes: set[str] = set()  # names that bound a sum or stand in a shape
        self.labelled_sizes: set[tuple[str, str]] = set()  # the (d, k) of a shape n x d_k
        self.lengths: set[str] = set()  # those of them that stand in a shape
        self.lettered: set[tuple[str, int]] = set()  # (spelling, position) that carry a letter as index
        self.steps: set[tuple[str, int, str]] = set()  # (spelling, position, T) of \\beta_{t+1}, which goes on in steps
        self.indexed: set[str] = set()  # names whose every subscript is an index
        self.calls: Counter[str] = Counter()
        self.simple_calls: Counter[str] = Counter()
        self.bare: Counter[str] = Counter()
        self.entries_alone: Counter[str] = Counter()  # p_i where no bracket stands behind
        self.functions: set[str] = set()
        self.matrices: set[str] = set()  # names that words call matrices
        self.tables: set[str] = set()  # arrays that are written as functions of their indices
        self.families: set[str] = set()  # functions of a parameter, one for each of finitely many values
        self.laws: set[str] = set()  # arrays, or families, of conditional probabilities
        self.units: set[str] = set()  # unit vectors
        self.layers: set[str] = set()  # letters that number layers wherever they are raised
        self.defined: set[str] = set()  # names that stand alone on the left of an equation
        self.labelled: set[str] = set(labels)  # names whose letter powers are labels
        self.powers = set(powers)
        self.adjoint_of: dict[str, str] = {}  # dx -> x, once the document is known to write gradients so
        self.loss = LOSS  # what they are the gradients of
        self.given: frozenset[str] = frozenset()  # y where dy is given, and dx computed from it
        self.adjoints = False  # dx stands for the gradient with respect to x
        self.squares: set[str] = set()  # names that are defined by their square
        self.bold_entries: set[str] = set()  # bold x_i beside a plain x_i
        self.upper_entries: dict[str, str] = {}  # w_ij of W
        self.upper_rows: dict[str, str] = {}  # bold x_i of X
        self.bold_whole: set[str] = set()  # bold names that also stand without index
        self.apart: set[str] = set()  # bold names beside a plain function k(x, z)
        self.bold_refs: dict[tuple[str, int], bool] = {}  # (key, indices) of bold names -> is it a capital?
        self.listed: dict[str, str] = {}  # x_i of X = [x_1, ..., x_n], where they may be numbers
        self.columns: dict[tuple[str, bool], str] = {}  # x_i, bold or not, of X = [x_1, ..., x_n]
        self.row_vectors: set[str] = set()  # x_i^T: an indexed vector
        self.differentiated: set[tuple[str, Expr]] = set()  # (f, x) where df/dx stands
        self.short: Small = {}  # names of arrays with so few entries that a number picks one
        self.ends = _counts(statements) & ends_of_ranges(statements)  # the T of t = 1, ..., T
        everything = list(statements)  # what only follows from something, v = f(u) => g(v) = g(f(u)), is about any g
        self.signatures = Signatures(everything)
        self._read([s for s in everything if not {"imp", "iff"} & {*s.relations}] or everything)

    def _read(self, statements: list[Statement]) -> None:
        for statement in statements:
            for part in statement.walk():
                self._bindings(part)
        symbols = [p for s in statements for p in s.walk() if isinstance(p, Symbol) and p.subs]
        counted = {spelling(s) for s in symbols if isinstance(s.subs[0], Number | Plus)}
        self.labelled_sizes = {(name, label) for name, label in self.labelled_sizes if name not in counted}
        for statement in statements:
            self.bound |= self._counting(statement)
        self._beside_indices(statements)
        self.gates = self._gates(statements) | self._made_of_the_whole(statements)
        self.picked = self._picked(statements)
        self.two_deltas = _two_deltas(statements)
        self.short = small_arrays(statements)
        for statement in statements:
            for part in statement.walk():
                self._collect(part)
        self._alike(statements)

    def note(self, stack: Stack) -> None:
        """Keeps which vectors the rows or columns of a matrix are."""
        if not stack.certain:
            self.listed[stack.vector] = stack.matrix
        elif stack.rows:
            self.upper_rows[stack.vector] = stack.matrix
            self.row_vectors.add(stack.vector)
        else:
            self.columns[stack.vector, stack.bold] = stack.matrix

    def _alike(self, statements: list[Statement]) -> None:
        """Names that belong together, bold and plain, capital and small: bold x_i is a row of X, w_ij an entry of W."""
        plain, bold = set[tuple[str, int]](), set[tuple[str, int]]()
        two, bare = set[str](), set[str]()
        for statement in statements:
            self._left_sides(statement)
            for part in statement.walk():
                if isinstance(part, Symbol):
                    count = sum(self.is_index(s, part, k) for k, s in enumerate(part.subs))
                    count = 0 if any(isinstance(s, Number) for s in part.subs) else count
                    name = spelling(part)
                    count += sum(label.value is not None for label in part.labels)
                    (bold if is_bold(part) else plain).add((name, count))
                    (two if count == 2 else bare).add(name)
        self.bold_entries = {n for n, count in bold if count == 1 and (n, 1) in plain}
        self.bold_whole = {n for n, count in bold if count == 0}
        capitals = {n for n, _ in plain | bold}
        self.adjoints = any(len(n) == 2 and n[0] == "d" and n[1] in capitals for n, _ in plain)
        for part in (part for statement in statements for part in statement.walk()):
            if isinstance(part, Transpose) and isinstance(part.arg, Symbol) and (part.arg.subs or part.arg.labels):
                self.row_vectors.add(spelling(part.arg))
        self.apart = bold_beside(self.functions, statements)
        arrays = {spelling(s) for statement in statements for s in arrays_in(statement)}
        numbers = {spelling(n) for s in statements for n in bounds(s) if isinstance(n, Symbol) and not n.subs}
        for name in sorted({n for n, _ in bold} | self.row_vectors):
            if name.upper() in LOSS_NAMES - arrays or name.upper() in numbers:
                continue  # h_t and the entropy H, g_t and a bound G of its length
            if len(name) == 1 and name.islower() and name.upper() in capitals and name not in ("w",):
                self.upper_rows[name] = name.upper()
        for stack in stacks(statements):
            self.note(stack)
        for name in two:
            whole = name in self.upper_rows or name not in bare
            if self.adjoints and f"d{name}" in capitals:
                continue  # dx_{nd} and x_{nd} stay one pair beside dX and X
            if len(name) == 1 and name.islower() and whole and name.upper() in capitals:
                self.upper_entries[name] = name.upper()

    def _beside_indices(self, statements: Iterable[Statement]) -> None:
        """In x_{nd} the d is an index as n is."""
        groups, alone = set(), set()
        for statement in statements:
            for part in statement.walk():
                if isinstance(part, Symbol) and len(part.subs) == 1 and isinstance(part.subs[0], Symbol):
                    alone.add(part.subs[0].name)
                if isinstance(part, Symbol) and len(part.subs) > 1 and word_of(part.subs) not in FAN_WORDS:
                    letters = [s.name for s in part.subs if isinstance(s, Symbol) and not s.subs and not s.marks]
                    if len(letters) == len(part.subs) and all(len(x) == 1 and x.islower() for x in letters):
                        groups.add(tuple(letters))
        for _ in range(3):
            for group in sorted(groups):
                if any(x in INDEX_LETTERS or x in self.bound for x in group):
                    self.bound.update(group)
        for name in sorted(alone):  # r_h beside w_{dh}, where a sum runs over d
            pair = len(name) == 2 and name[0] == "d" and name.isalpha() and name.islower()
            if pair and {*name} & self.bound and {*name} <= self.bound | alone:
                self.bound.update(name)

    def _counting(self, statement: Statement) -> set[str]:
        r"""The a of ``p(a) = e^{h_a} / \sum_b e^{h_b}``: an argument that takes the place of an index."""
        left, *rest = statement.terms
        if not isinstance(left, Call) or statement.relations[:1] not in (("=",), ("set",)):
            return set()
        names = {a.name for a in left.args if isinstance(a, Symbol) and len(a.name) == 1 and a.name.islower()}
        pairs = {
            (p.name, s.name) for p in rest[0].walk() if isinstance(p, Symbol) for s in p.subs if isinstance(s, Symbol)
        }
        summed = {base for base, letter in pairs if letter in self.bound}
        return {letter for base, letter in pairs if letter in names and base in summed}

    @staticmethod
    def _gates(statements: Iterable[Statement]) -> frozenset[tuple[str, str]]:
        """The ``W_i`` and ``b_i`` of the gate i_t, beside the ``W_f`` and ``b_f`` of another gate."""
        symbols = [p for s in statements for p in s.walk() if isinstance(p, Symbol)]
        gates = {p.name for p in symbols if p.subs and isinstance(p.subs[0], Symbol) and p.subs[0].name == "t"}
        below: dict[str, set[str]] = {}
        for p in symbols:
            if len(p.subs) == 1 and isinstance(p.subs[0], Symbol) and not p.subs[0].subs:
                below.setdefault(spelling(p), set()).add(p.subs[0].name)
        gates.discard("t")
        return frozenset((name, x) for name, found in below.items() if len(found & gates) > 1 for x in found & gates)

    @staticmethod
    def _made_of_the_whole(statements: Sequence[Statement]) -> frozenset[tuple[str, str]]:
        """The ``Z_s`` of ``Z_s = (Z + Z^T) / 2``: a part of Z with a name of its own, and no entry or row."""
        parts = [p for s in statements for p in s.walk()]
        summed = {v.name for p in parts if isinstance(p, Big) for v in p.variables}
        found = set()
        for left, right in (pair for s in statements for pair in pairs(s)):
            below = left.subs[0] if isinstance(left, Symbol) and len(left.subs) == 1 and not left.labels else None
            if isinstance(left, Symbol) and isinstance(below, Symbol) and not below.subs and below.name not in summed:
                inside = [p for p in right.walk() if isinstance(p, Symbol)]
                if replace(left, subs=()) in inside and below not in inside:
                    found.add((spelling(left), below.name))
        return frozenset(found)

    def _picked(self, statements: Sequence[Statement]) -> frozenset[str]:
        r"""The c of ``L = -\log p_c`` that ``j = c`` compares with an index: one entry, and no free index."""
        summed = {v.name for s in statements for p in s.walk() if isinstance(p, Big) for v in p.variables}
        compared: set[str] = set()
        for part in (p for s in statements for p in s.walk()):
            pair: Sequence[Expr] = ()
            if isinstance(part, Indicator) and part.condition.relations == ("=",):
                pair = part.condition.terms
            elif isinstance(part, Symbol) and part.name == "delta" and len(part.subs) == 2:
                pair = part.subs
            names = [s.name for s in pair if isinstance(s, Symbol) and not s.subs and not s.marks]
            if len(names) == 2 and any(n in INDEX_LETTERS or n in self.bound for n in names):
                compared |= {n for n in names if len(n) == 1 and n.islower() and n != "y"} - summed
        used: set[str] = set()
        for statement in statements:
            left = statement.terms[0]
            if isinstance(left, Symbol) and not left.subs and not left.labels and statement.relations[:1] == ("=",):
                subs = (s for p in statement.terms[1].walk() if isinstance(p, Symbol) for s in p.subs)
                used |= {s.name for s in subs if isinstance(s, Symbol) and not s.subs}
        return frozenset(compared & used)

    def _bindings(self, part: Expr) -> None:
        if isinstance(part, Big):
            self.bound.update(v.name for v in part.variables)
            for end in (part.upper, part.lower):
                if end is not None and part.op not in ("int", "lim"):
                    self.sizes.update(s.name for s in end.walk() if isinstance(s, Symbol) and len(s.name) == 1)
        elif isinstance(part, Space):
            for dim in part.dims:
                self.sizes.update(s.name for s in dim.walk() if isinstance(s, Symbol))
                self.lengths.update(s.name for s in dim.walk() if isinstance(s, Symbol))
                if isinstance(dim, Symbol) and len(dim.subs) == 1 and isinstance(sub := dim.subs[0], Symbol):
                    if not sub.subs and sub.name not in COUNTING:
                        self.labelled_sizes.add((spelling(dim), sub.name))
        elif isinstance(part, Statement):
            for condition in part.conditions:
                if condition.span == SAID_BESIDE:
                    continue
                left = condition.terms[0] if condition.terms else None
                names = left.items if isinstance(left, Tuple) else (left,)
                for name in names:
                    if isinstance(name, Symbol) and not name.subs and len(name.name) == 1 and name.name.islower():
                        self.bound.add(name.name)
                for s in condition.walk():
                    if isinstance(s, Symbol) and len(s.name) == 1 and s.name.isupper():
                        self.sizes.add(s.name)

    def _collect(self, part: Expr) -> None:
        if isinstance(part, Symbol):
            if not part.subs:
                self.bare[spelling(part)] += 1
            elif len(part.subs) == 1 and part.name not in FUNCTION_LETTERS:
                self.entries_alone[spelling(part)] += 1
            if part.subs and all(isinstance(s, Symbol) and s.name in self.bound and not s.subs for s in part.subs):
                self.indexed.add(spelling(part))
            for k, sub in enumerate(part.subs):
                if not isinstance(sub, Number) and self.is_index(sub, part, k):
                    self.lettered.add((spelling(part), k))
                if isinstance(sub, Plus) and not any(isinstance(term, Negate) for term in sub.terms):
                    self.steps |= {(spelling(part), k, s.name.upper()) for s in sub.walk() if isinstance(s, Symbol)}
            for label in part.labels:
                if label.value is not None and not isinstance(label.value, Number):
                    self.lettered.add((spelling(part), -1))
        elif isinstance(part, Call) and isinstance(part.function, Symbol):
            name = spelling(part.function)
            self.calls[name] += 1
            self.bare[name] -= 0 if part.function.subs else 1
            self.entries_alone[name] -= 1 if part.function.subs else 0
            simple = all(isinstance(unwrapped(a), Symbol) for a in part.args)
            self.simple_calls[name] += simple
            if part.primes or part.certain or (len(part.args) > 1) or part.parameters:
                self.functions.add(name)
        elif isinstance(part, (Product, Quotient)) and any(isinstance(e, Number) for e in part.children()):
            self.bare["\\pi"] -= Symbol("pi") in part.children()  # the number
        elif isinstance(part, Derivative):
            for by in part.by:
                if isinstance(part.of, Symbol):
                    self.differentiated.add((spelling(part.of), by))
                self._label_power(by)
                if isinstance(by, Power) and isinstance(by.base, Symbol) and is_two(by.exponent):
                    self.squares.add(self.key_of(by.base)[0])
            if part.of is not None and getattr(part.of, "base", None) not in part.by:
                self._label_power(part.of)
        elif isinstance(part, Nabla) and isinstance(part.of, Call) and isinstance(part.of.function, Symbol):
            if all(isinstance(unwrapped(a), Symbol) for a in part.of.args):  # \nabla f(x), and not \nabla f (x - x_0)
                self.functions.add(spelling(part.of.function))
        elif isinstance(part, Moment):
            for arg in part.args:
                if isinstance(arg, Power) and isinstance(arg.base, Symbol) and spelling(arg.base)[-1:].isupper():
                    self._label_power(arg)
                self._label_power(arg, shifts_only=True)
        elif isinstance(part, Power) and isinstance(part.base, Symbol) and is_shift(part.exponent):
            letter = part.exponent.terms[0]  # type: ignore[attr-defined]
            if spelling(part.base) in ("w", "W", "z", "s", "a", "h") and letter.name in ("i", "l"):
                self.labelled.add(spelling(part.base))
                self.layers |= {letter.name} & {"l"}

    @abstractmethod
    def key_of(self, symbol: Symbol) -> tuple[str, tuple[Expr, ...]]:
        """The name of a symbol, and its indices: labels first, then subscripts."""

    def _label_power(self, expr: Expr, shifts_only: bool = False) -> None:
        if isinstance(expr, Power) and isinstance(expr.base, Symbol):
            letter = isinstance(expr.exponent, Symbol) and expr.exponent.name in INDEX_LETTERS
            if (letter and not shifts_only) or is_shift(expr.exponent):
                self.labelled.add(spelling(expr.base))

    def _left_sides(self, statement: Statement) -> None:
        if not statement.relations or statement.relations[0] not in ("=", "set", "get"):
            return
        left = statement.terms[0]
        if isinstance(left, Symbol):
            self.defined.add(spelling(left))
        if isinstance(left, Call) and isinstance(left.function, Symbol):
            if all(isinstance(unwrapped(a), Symbol) for a in left.args) and (
                len(left.args) > 1 or not self._inside_itself(left, statement)
            ):
                self.functions.add(spelling(left.function))
        if isinstance(left, Power) and isinstance(left.base, Symbol):
            if is_two(left.exponent) and is_upper(left.base.name):
                if is_bold(left.base) or spelling(left.base) in self.defined:
                    return  # the square of a matrix
            square = statement.terms[1]
            if is_two(left.exponent) and (
                isinstance(square, Negate) or isinstance(square, Number) and square.value == 0
            ):
                return  # i^2 = -1, e^2 = 0: no real number is known by that
            if left.base in square.walk() or isinstance(square, Symbol) and square.name == "I":
                return  # P^2 = P, J^2 = I
            if is_two(left.exponent):
                self.squares.add(self.key_of(left.base)[0])
            elif isinstance(left.exponent, Number):
                if left.exponent.value in (0, 1) and spelling(left.base) not in ("e",):
                    self.labelled.add(spelling(left.base))
            else:
                self._label_power(left)

    @staticmethod
    def _inside_itself(left: Call, statement: Statement) -> bool:
        assert isinstance(left.function, Symbol)
        return any(isinstance(a, Symbol) and a.name == left.function.name for a in left.args)

    def is_index(self, sub: Expr, symbol: Symbol, position: int) -> bool:
        """Is this subscript an index, and not a part of the name?"""
        if isinstance(sub, Slice):
            return True
        if spelling(symbol) in self.entries | self.words or any(x.kind == OCCURRENCE for x in symbol.labels):
            return spelling(symbol) in self.entries  # not in the I_n of n x n
        if isinstance(sub, Number):
            kronecker = spelling(symbol) == "\\delta" and len(symbol.subs) == 2
            return kronecker or (spelling(symbol), position) in self.lettered or self._is_place(sub, symbol, position)
        if isinstance(sub, Symbol):
            if sub.font == "rm" and sub.subs and all(self.is_index(s, sub, k) for k, s in enumerate(sub.subs)):
                return True  # z_{n, labels_n}: an array of places
            if sub.labels or sub.marks or sub.font not in ("", "bold"):
                return bool(sub.labels) and (sub.name in INDEX_LETTERS or sub.name in self.bound)
            if sub.subs:  # s_{y_i}: a label used as an index
                return len(sub.name) == 1
            if (spelling(symbol), sub.name) in self.gates or (spelling(symbol), sub.name) in self.labelled_sizes:
                return False
            if sub.name in self.bound or sub.name in self.picked:
                return True
            weight = symbol.name.isupper() or symbol.name == "b"
            if is_bold(symbol) and weight and sub.name in self.lengths and sub.name.islower():
                return False  # the W_h and b_h that belong to h, of h entries
            if sub.name in INDEX_LETTERS:
                return not (symbol.name in ("n", "d") and word_of(symbol.subs) in FAN_WORDS)
            if sub.name in self.sizes and sub.name not in ("d",):
                return True
            if (spelling(symbol), position, sub.name) in self.steps and sub.name not in self.defined:
                return True  # the \\beta_T beside \\beta_{t+1}
            if sub.name in self.ends:
                return (spelling(symbol), position) in self.lettered  # the b_T beside b_t
            return sub.name == "y" and symbol.name in ("s", "z", "W", "p", "f", "w")
        if isinstance(sub, (Plus, Product, Negate)):
            letters = [s for s in sub.walk() if isinstance(s, Symbol)]
            return all(s.name in INDEX_LETTERS | self.bound | self.sizes | self.ends for s in letters)
        return False

    def _is_place(self, number: Number, symbol: Symbol, position: int) -> bool:
        r"""The 2 of ``u_2``, where ``u \in \mathbb{R}^2``."""
        sizes = self.short.get(spelling(symbol), ())
        return len(sizes) == len(symbol.subs) and 1 <= number.value <= sizes[position]


def _two_deltas(statements: Sequence[Statement]) -> bool:
    r"""Are there the \delta_{ij} of Kronecker and another \delta: \delta_j^{[l]} of a layer, \delta_t of a step?"""
    deltas = [p for s in statements for p in s.walk() if isinstance(p, Symbol) and spelling(p) == "\\delta"]
    given = [s.terms[0] for s in statements if s.relations]  # nobody says what Kronecker's is, but by cases
    two = [p for p in deltas if len(p.subs) == 2 and not p.labels]
    if any(p.labels for p in deltas) or not two:
        return bool(two)
    one = {part for p in deltas if len(p.subs) == 1 for part in p.subs[0].walk() if isinstance(part, Symbol)}
    slopes = {pair for s in statements for pair in _slope_places(s)}

    def is_entry(delta: Symbol) -> bool:
        r"""Of a matrix: in \delta_{tj} beside \delta_t t counts, unless x_t is differentiated by y_j somewhere."""
        return bool(one & {*delta.subs}) and frozenset(delta.subs) not in slopes

    return bool(one) and not any(p in given or is_entry(p) for p in two)


def _slope_places(statement: Statement) -> Iterator[frozenset[Expr]]:
    r"""The i and j of each ``\partial x_i / \partial y_j``, less what both have."""
    for part in statement.walk():
        if isinstance(part, Derivative) and isinstance(part.of, Symbol) and len(part.by) == 1:
            by = part.by[0]
            if isinstance(by, Symbol):
                yield frozenset(part.of.subs) ^ frozenset(by.subs)


def _counts(statements: Iterable[Statement]) -> frozenset[str]:
    """The capitals that count; an L is one of layers where the document has no loss of that name."""
    layers = Symbol("L")
    for statement in statements:
        if statement.relations[:1] in (("=",), ("set",)) and statement.terms[0] == layers:
            return COUNTS
        for part in statement.walk():
            of = part.of if isinstance(part, Derivative | Nabla) else part.function if isinstance(part, Call) else None
            if of == layers:
                return COUNTS
    return COUNTS | {"L"}


def arrays_in(statement: Statement) -> Iterator[Symbol]:
    """The names that are transposed, declared with a shape, or carry two indices."""
    for part in statement.walk():
        if isinstance(part, Transpose) and isinstance(part.arg, Symbol):
            yield part.arg
        elif isinstance(part, Symbol) and len(part.subs) > 1 or isinstance(part, Symbol) and is_bold(part):
            yield part
    for (left, right), relation in zip(zip(statement.terms, statement.terms[1:]), statement.relations):
        if relation == "in" and isinstance(right, Space):
            yield from (e for e in (left.items if isinstance(left, Tuple) else (left,)) if isinstance(e, Symbol))


def unwrapped(expr: Expr) -> Expr:
    while isinstance(expr, Paren):
        expr = expr.arg
    return expr


def is_two(expr: Expr) -> bool:
    return isinstance(expr, Number) and expr.value == 2


def is_shift(expr: Expr) -> bool:
    """i + 1, l - 1: a letter of an index moved by a number."""
    if not isinstance(expr, Plus) or len(expr.terms) != 2:
        return False
    first, second = expr.terms
    second = second.arg if isinstance(second, Negate) else second
    return isinstance(first, Symbol) and first.name in INDEX_LETTERS and isinstance(second, Number)
