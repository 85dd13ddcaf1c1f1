"""Who is who in a document: symbols become references, products are told from calls and powers from labels.

What a letter is, one formula alone does not say.  ``Naming`` reads all statements of a document once and collects the
evidence; then ``resolve`` rewrites a tree so that only three kinds of names are left:

    Ref(key, indices)      a value: its name (with accents, word subscripts, stars) and what it is indexed with
    Call(Ref, args)        a function applied; a bracket behind a scalar has become a product
    Power(base, exponent)  a power; ``z^{i+1}``, ``w^{(i)}``, ``W^{[l]}`` have become indices
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symnet.lecture.reader.syntax import (
    SAID_BESIDE,
    Big,
    Braced,
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


@dataclass(frozen=True)
class Ref(Expr):
    """A value of the document; ``key`` is its LaTeX without indices."""

    key: str
    indices: tuple[Expr, ...] = ()


#: letters that stand for an index wherever they are a subscript
INDEX_LETTERS = frozenset("ijklmnrstuvpq")
#: letters that name functions when nothing else is known of them
FUNCTION_LETTERS = frozenset(("f", "g", "h", "F", "G", "sigma", "varphi", "phi", "psi"))
#: letters that name a loss: a scalar function of everything
LOSS_NAMES = frozenset(
    ("L", "J", "E", "C", "ell", "R", "Loss", "loss", "Cost", "cost", "MSE", "BCE", "CE", "NLL", "Q", "H")
)
#: words of the subscripts of numbers of units
FAN_WORDS = frozenset(("in", "out"))
#: subscripts that are words although each of their letters may be an index
WORDS_OF_INDICES = frozenset(
    "in out on of to at is as it max min mid tot pos neg pred true real net hid bias cond".split()
)
#: ends the key of x^{(i)}, sample i of the vector x
SAMPLE = "^{()}"
#: ends the key of the \delta^{[l]} of a layer beside the \delta_{ij} of Kronecker
LAYER = "^{[]}"
#: the loss whose gradients a document writes as dx
LOSS = "\\mathcal{L}"
#: fonts that make another symbol: a calligraphic L is not an L
OTHER_FONTS = ("cal", "bb", "frak", "scr")


def spelling(symbol: Symbol) -> str:
    """The LaTeX of the bare name: letter, accents and font, no indices."""
    name = symbol.name if len(symbol.name) == 1 else f"\\{symbol.name}" if _is_greek(symbol.name) else symbol.name
    if symbol.font in OTHER_FONTS:
        name = f"\\math{symbol.font}{{{name}}}"
    for mark in symbol.marks:
        if mark == "vec":
            continue
        name = f"\\Delta {name}" if mark == "Delta" else f"d{name}" if mark == "d" else f"\\{mark}{{{name}}}"
    return name


GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "ell hbar".split()
)


def _is_greek(name: str) -> bool:
    return name in GREEK


def is_bold(symbol: Symbol) -> bool:
    return symbol.font == "bold" or "vec" in symbol.marks


def is_upper(key: str) -> bool:
    """Does the name start with a capital, Latin or Greek?"""
    letters = [c for c in key.replace("\\mathcal", "").replace("\\mathbb", "") if c.isalpha()]
    bare = key.lstrip("\\")
    for mark in ("hat", "bar", "tilde", "dot", "ddot", "widehat", "overline", "underline", "Delta"):
        if bare.startswith(mark) and not (mark == "Delta" and bare == "Delta"):
            inner = bare[len(mark) :].strip("{} \\")
            return bool(inner) and inner[0].isupper()
    return bool(letters) and letters[0].isupper()


class Naming:
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
        self.lengths: set[str] = set()  # those of them that stand in a shape
        self.lettered: set[tuple[str, int]] = set()  # (spelling, position) that carry a letter as index
        self.indexed: set[str] = set()  # names whose every subscript is an index
        self.calls: Counter[str] = Counter()
        self.simple_calls: Counter[str] = Counter()
        self.bare: Counter[str] = Counter()
        self.entries_alone: Counter[str] = Counter()  # p_i where no bracket stands behind
        self.functions: set[str] = set()
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
        self.bold_refs: dict[tuple[str, int], bool] = {}  # (key, indices) of bold names -> is it a capital?
        self.row_vectors: set[str] = set()  # x_i^T: an indexed vector
        self.differentiated: set[tuple[str, Expr]] = set()  # (f, x) where df/dx stands
        everything = list(statements)  # what only follows from something, v = f(u) => g(v) = g(f(u)), is about any g
        statements = [s for s in everything if not {"imp", "iff"} & {*s.relations}] or everything
        for statement in statements:
            for part in statement.walk():
                self._bindings(part)
        for statement in statements:
            self.bound |= self._counting(statement)
        self._beside_indices(statements)
        self.gates = self._gates(statements)
        self.picked = self._picked(statements)
        deltas = [p for s in statements for p in s.walk() if isinstance(p, Symbol) and spelling(p) == "\\delta"]
        kronecker = any(len(p.subs) == 2 and not p.labels for p in deltas)
        self.two_deltas = kronecker and any(p.labels for p in deltas)  # \delta_{ij}, and \delta_j^{[l]} of a layer
        for statement in statements:
            for part in statement.walk():
                self._collect(part)
        plain: set[tuple[str, int]] = set()
        bold: set[tuple[str, int]] = set()
        two: set[str] = set()
        bare: set[str] = set()
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
        for statement in statements:
            for part in statement.walk():
                if isinstance(part, Transpose) and isinstance(part.arg, Symbol) and (part.arg.subs or part.arg.labels):
                    self.row_vectors.add(spelling(part.arg))
        arrays = {spelling(s) for statement in statements for s in _arrays(statement)}
        for name in sorted({n for n, _ in bold} | self.row_vectors):
            if name.upper() in LOSS_NAMES - arrays:
                continue  # h_t and the entropy H
            if len(name) == 1 and name.islower() and name.upper() in capitals and name not in ("w",):
                self.upper_rows[name] = name.upper()
        for name in two:
            rows = name in self.upper_rows
            if self.adjoints and f"d{name}" in capitals:
                continue  # dx_{nd} and x_{nd} stay one pair beside dX and X
            if len(name) == 1 and name.islower() and (rows or name not in bare) and name.upper() in capitals:
                self.upper_entries[name] = name.upper()

    def _beside_indices(self, statements: Iterable[Statement]) -> None:
        """In x_{nd} the d is an index as n is."""
        groups, alone = set(), set()
        for statement in statements:
            for part in statement.walk():
                if isinstance(part, Symbol) and len(part.subs) == 1 and isinstance(part.subs[0], Symbol):
                    alone.add(part.subs[0].name)
                if isinstance(part, Symbol) and len(part.subs) > 1 and _word(part.subs) not in FAN_WORDS:
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
        """The ``W_i`` and ``b_i`` of the gate i, beside the ``W_f`` and ``W_o`` of the gates f and o."""
        symbols = [p for s in statements for p in s.walk() if isinstance(p, Symbol)]
        gates = {p.name for p in symbols if p.subs and isinstance(p.subs[0], Symbol) and p.subs[0].name == "t"}
        below: dict[str, set[str]] = {}
        for p in symbols:
            if len(p.subs) == 1 and isinstance(p.subs[0], Symbol) and not p.subs[0].subs:
                below.setdefault(spelling(p), set()).add(p.subs[0].name)
        others = {"f", "o", "c", "g"} & gates
        return frozenset(
            (name, x) for name, found in below.items() if found & others for x in found & gates if x != "t"
        )

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

    # -- evidence -------------------------------------------------------------------------------------------------
    def _bindings(self, part: Expr) -> None:
        if isinstance(part, Big):
            self.bound.update(v.name for v in part.variables)
            for end in (part.upper, part.lower):
                if end is not None:
                    self.sizes.update(s.name for s in end.walk() if isinstance(s, Symbol) and len(s.name) == 1)
        elif isinstance(part, Space):
            for dim in part.dims:
                self.sizes.update(s.name for s in dim.walk() if isinstance(s, Symbol))
                self.lengths.update(s.name for s in dim.walk() if isinstance(s, Symbol))
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
            for label in part.labels:
                if label.value is not None and not isinstance(label.value, Number):
                    self.lettered.add((spelling(part), -1))
        elif isinstance(part, Call) and isinstance(part.function, Symbol):
            name = spelling(part.function)
            self.calls[name] += 1
            self.bare[name] -= 0 if part.function.subs else 1
            self.entries_alone[name] -= 1 if part.function.subs else 0
            simple = all(isinstance(_inside(a), Symbol) for a in part.args)
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
                if isinstance(by, Power) and isinstance(by.base, Symbol) and _is_two(by.exponent):
                    self.squares.add(self._square_name(by.base))
            if part.of is not None and getattr(part.of, "base", None) not in part.by:
                self._label_power(part.of)
        elif isinstance(part, Moment):
            for arg in part.args:
                if isinstance(arg, Power) and isinstance(arg.base, Symbol) and spelling(arg.base)[-1:].isupper():
                    self._label_power(arg)
                self._label_power(arg, shifts_only=True)
        elif isinstance(part, Power) and isinstance(part.base, Symbol) and _is_shift(part.exponent):
            letter = part.exponent.terms[0]  # type: ignore[attr-defined]
            if spelling(part.base) in ("w", "W", "z", "s", "a", "h") and letter.name in ("i", "l"):
                self.labelled.add(spelling(part.base))
                self.layers |= {letter.name} & {"l"}

    def _label_power(self, expr: Expr, shifts_only: bool = False) -> None:
        if isinstance(expr, Power) and isinstance(expr.base, Symbol):
            letter = isinstance(expr.exponent, Symbol) and expr.exponent.name in INDEX_LETTERS
            if (letter and not shifts_only) or _is_shift(expr.exponent):
                self.labelled.add(spelling(expr.base))

    def _left_sides(self, statement: Statement) -> None:
        if not statement.relations or statement.relations[0] not in ("=", "set", "get"):
            return
        left = statement.terms[0]
        if isinstance(left, Symbol):
            self.defined.add(spelling(left))
        if isinstance(left, Call) and isinstance(left.function, Symbol):
            if all(isinstance(_inside(a), Symbol) for a in left.args) and (
                len(left.args) > 1 or not self._inside_itself(left, statement)
            ):
                self.functions.add(spelling(left.function))
        if isinstance(left, Power) and isinstance(left.base, Symbol):
            if _is_two(left.exponent) and is_upper(left.base.name):
                if is_bold(left.base) or spelling(left.base) in self.defined:
                    return  # the square of a matrix
            if _is_two(left.exponent):
                self.squares.add(self._square_name(left.base))
            elif isinstance(left.exponent, Number):
                if left.exponent.value in (0, 1) and spelling(left.base) not in ("e",):
                    self.labelled.add(spelling(left.base))
            else:
                self._label_power(left)

    @staticmethod
    def _inside_itself(left: Call, statement: Statement) -> bool:
        assert isinstance(left.function, Symbol)
        return any(isinstance(a, Symbol) and a.name == left.function.name for a in left.args)

    def _square_name(self, symbol: Symbol) -> str:
        return self._key(symbol)[0]

    # -- indices and names ----------------------------------------------------------------------------------------
    def is_index(self, sub: Expr, symbol: Symbol, position: int) -> bool:
        """Is this subscript an index, and not a part of the name?"""
        if isinstance(sub, Slice):
            return True
        if spelling(symbol) in self.entries | self.words:
            return spelling(symbol) in self.entries
        if isinstance(sub, Number):
            kronecker = spelling(symbol) == "\\delta" and len(symbol.subs) == 2
            return kronecker or (spelling(symbol), position) in self.lettered
        if isinstance(sub, Symbol):
            if sub.font == "rm" and sub.subs and all(self.is_index(s, sub, k) for k, s in enumerate(sub.subs)):
                return True  # z_{n, labels_n}: an array of places
            if sub.labels or sub.marks or sub.font not in ("", "bold"):
                return bool(sub.labels) and (sub.name in INDEX_LETTERS or sub.name in self.bound)
            if sub.subs:  # s_{y_i}: a label used as an index
                return len(sub.name) == 1
            if (spelling(symbol), sub.name) in self.gates:
                return False
            if sub.name in self.bound or sub.name in self.picked:
                return True
            weight = symbol.name.isupper() or symbol.name == "b"
            if is_bold(symbol) and weight and sub.name in self.lengths and sub.name.islower():
                return False  # the W_h and b_h that belong to h, of h entries
            if sub.name in INDEX_LETTERS:
                return not (symbol.name in ("n", "d") and _word(symbol.subs) in FAN_WORDS)
            if sub.name in self.sizes and sub.name not in ("d",):
                return True
            return sub.name == "y" and symbol.name in ("s", "z", "W", "p", "f", "w")
        if isinstance(sub, (Plus, Product, Negate)):
            letters = [s for s in sub.walk() if isinstance(s, Symbol)]
            return all(s.name in INDEX_LETTERS or s.name in self.bound or s.name in self.sizes for s in letters)
        return False

    def _key(self, symbol: Symbol) -> tuple[str, tuple[Expr, ...]]:
        """The name of a symbol, and its indices: labels first, then subscripts."""
        key, indices = self._named(symbol)
        self.written.setdefault(key, symbol)
        return key, indices

    def latex(self, key: str) -> str:
        """A name as the document writes it, without its indices."""
        from symnet.lecture.reader.latex import latex_of

        symbol = self.written.get(key)
        if symbol is None:
            return key
        subs = tuple(s for k, s in enumerate(symbol.subs) if not self.is_index(s, symbol, k))
        bare = replace(symbol, subs=subs, labels=tuple(label for label in symbol.labels if label.value is None))
        return latex_of(bare if self._named(bare)[0] == key else symbol)

    def fresh_function(self) -> str:
        """A letter for a function that the document does not use."""
        return next((x for x in ("f", "g", "h", "F", "G", "\\phi", "\\psi") if x not in self.written), "\\varphi")

    def _named(self, symbol: Symbol) -> tuple[str, tuple[Expr, ...]]:
        name = spelling(symbol)
        if name in self.picked and not symbol.subs and not symbol.labels:
            return f"\\mathrm{{{name}}}", ()
        indices: list[Expr] = []
        words: list[str] = []
        marks: list[str] = []
        for label in symbol.labels:
            if label.kind in ("paren", "bracket") and label.value is not None:
                if isinstance(label.value, Number) and (name, -1) not in self.lettered:
                    marks.append(f"({label.value.text or label.value.value})")
                else:
                    indices.append(self.resolve(label.value))
            else:
                marks.append({"star": "*", "prime": "'" * label.count}.get(label.kind, label.word))
        for position, sub in enumerate(self._split(symbol.subs)):
            if self.is_index(sub, symbol, position):
                indices.append(sub if isinstance(sub, Slice) else self.resolve(sub))
            else:
                words.append(_text(sub))
        if words:
            name += "_{" + ",".join(words) + "}" if len(words) > 1 or len(words[0]) > 1 else "_" + words[0]
        if marks:
            name += "^{" + ",".join(marks) + "}"
        if self.two_deltas and name == "\\delta" and symbol.labels:
            name += LAYER
        sample = any(label.kind == "paren" and label.value is not None for label in symbol.labels)
        if is_bold(symbol) and sample and len(indices) == 1 and name in self.bold_whole:
            name += SAMPLE
        elif name in self.bold_entries and is_bold(symbol) and len(indices) == 1:
            name = f"\\mathbf{{{name}}}"
        elif name in self.upper_entries and len(indices) == 2:
            name = self.upper_entries[name]
        elif name in self.upper_rows and len(indices) == 1 and (is_bold(symbol) or name in self.row_vectors):
            name = self.upper_rows[name]
        if is_bold(symbol) and (len(indices) == 0 or symbol.labels or not symbol.name[0].isupper()):
            self.bold_refs[name, len(indices)] = symbol.name[:1].isupper() or symbol.name[:1] == "\\"
        return name, tuple(indices)

    def _split(self, subs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """The ``bte`` of o_{bte} as three indices, where each of the letters is one elsewhere in the document."""
        found: list[Expr] = []
        for sub in subs:
            plain = isinstance(sub, Symbol) and not (sub.subs or sub.marks or sub.font or sub.labels)
            if isinstance(sub, Symbol) and plain and self._is_run(sub.name):
                found += [replace(sub, name=letter) for letter in sub.name]
            else:
                found.append(sub)
        return tuple(found)

    def _is_run(self, name: str) -> bool:
        """Letters side by side that are indices: a sum runs over each, or it stands in a run with one that is."""
        letters = {*name}
        return 1 < len(name) == len(letters) and letters <= self.bound and name not in WORDS_OF_INDICES

    def ref(self, symbol: Symbol) -> Ref:
        key, indices = self._key(symbol)
        return Ref(key, indices, span=symbol.span)

    def value(self, symbol: Symbol) -> Expr:
        """The reference; the derivative of the loss where ``dx`` stands for it."""
        ref = self.ref(symbol)
        if ref.key in self.adjoint_of:
            return Derivative(Ref(self.loss), (replace(ref, key=self.adjoint_of[ref.key]),), span=symbol.span)
        return Power(ref_root(ref), Number(_HALF), span=symbol.span) if ref.key in self.squares else ref

    def is_function(self, call: Call) -> bool:
        """Is ``name(...)`` a function applied, or a product?"""
        symbol = call.function
        if not isinstance(symbol, Symbol) or call.certain or call.primes or call.parameters or len(call.args) != 1:
            return True
        name = spelling(symbol)
        inside = [s for s in call.args[0].walk() if isinstance(s, Symbol) and spelling(s) == name]
        if inside and not any(isinstance(c, Call) for c in call.args[0].walk()):
            return False  # a(1 - a)
        if symbol.subs and isinstance(_inside(call.args[0]), Plus) and self.entries_alone[name] > 0:
            return False  # \pi_b (q_b - v)
        if name in self.functions:
            return True
        if (name, _inside(call.args[0])) in self.differentiated:
            return True
        if symbol.name in self.sizes or name in self.indexed and not self.simple_calls[name]:
            return False
        longer = len(spelling(symbol)) > 1 and symbol.name != "pi"
        if symbol.name in FUNCTION_LETTERS or symbol.name in LOSS_NAMES or longer:
            plain_bracket = isinstance(_inside(call.args[0]), (Plus, Product)) and self.bare[name] > self.calls[name]
            return not plain_bracket and not (_is_greek(symbol.name) and symbol.name not in FUNCTION_LETTERS)
        return self.bare[name] <= 0 and self.simple_calls[name] == self.calls[name]

    # -- the tree -------------------------------------------------------------------------------------------------
    def resolve(self, expr: Expr) -> Expr:
        """The tree with names decided."""
        if isinstance(expr, Symbol):
            return self.value(expr)
        if isinstance(expr, Paren):
            return self.resolve(expr.arg)
        if isinstance(expr, Braced):
            return self.resolve(expr.arg)
        if isinstance(expr, Power) and isinstance(expr.base, Symbol):
            return self._power(expr, expr.base)
        if isinstance(expr, Product) and (gradient := _gradient_of_product(expr)) is not None:
            return self.resolve(gradient)
        if isinstance(expr, Product) and (reduced := _logsumexp(expr)) is not None:
            return self.resolve(reduced)
        if isinstance(expr, Product) and (joined := self._differential(expr)) is not None:
            return self.resolve(joined)
        if isinstance(expr, Transpose) and self._is_product(expr.arg):
            return self.resolve(_factor_raised(expr.arg, lambda bracket: Transpose(bracket, span=expr.span)))
        if isinstance(expr, Power) and self._is_product(expr.base):
            power = expr
            return self.resolve(_factor_raised(expr.base, lambda bracket: _with_base(power, bracket)))
        if isinstance(expr, Call) and (quotient := _of_base(expr)) is not None:
            return self.resolve(quotient)
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Big):
            return replace(
                expr,
                variables=tuple(replace(v, name=self._key(v)[0], labels=()) for v in expr.variables),
                body=self.resolve(expr.body),
                lower=None if expr.lower is None else self.resolve(expr.lower),
                upper=None if expr.upper is None else self.resolve(expr.upper),
                domain=None if expr.domain is None else self.resolve(expr.domain),
                conditions=tuple(self.resolve(c) for c in expr.conditions),  # type: ignore[misc]
            )
        if isinstance(expr, Ref):
            return expr
        if isinstance(expr, Nabla) and isinstance(expr.of, Symbol) and not expr.by and expr.of.subs:
            if all(isinstance(s, Symbol) and self.bare[spelling(s)] > 0 for s in expr.of.subs):  # \nabla z_{x,y}
                expr = replace(expr, of=replace(expr.of, subs=()), by=expr.of.subs)
        return expr.map(self.resolve)

    def _is_product(self, expr: Expr) -> bool:
        """``a(b + c)``: what is raised behind the bracket is the bracket alone."""
        return isinstance(expr, Call) and len(expr.args) == 1 and not self.is_function(expr)

    def _differential(self, expr: Product) -> Expr | None:
        r"""``d\hat{x}``, ``d\mu`` as one symbol, where the document writes gradients so."""
        if not self.adjoints or expr.op != "juxtapose":
            return None
        rest, last = (expr.left.left, expr.left.right) if isinstance(expr.left, Product) else (None, expr.left)
        right = expr.right
        if isinstance(right, (Power, Transpose)):
            right = right.base if isinstance(right, Power) else right.arg
        if self._is_product(right):  # d\\hat{x} (x - \\mu)
            joined = self._differential(replace(expr, right=right.function))  # type: ignore[attr-defined]
            bracket = _factor_raised(right, lambda b: b).right
            return None if joined is None else Product(joined, bracket, span=expr.span)
        if not isinstance(last, Symbol) or last != Symbol("d") or not isinstance(right, Symbol):
            return None
        if last.span[1] != right.span[0] or len(right.name) == 1 and not right.marks:
            return None
        whole: Expr = replace(right, name=right.name, marks=(*right.marks, "d"), span=(last.span[0], right.span[1]))
        if isinstance(expr.right, Power):
            whole = replace(expr.right, base=whole)
        elif isinstance(expr.right, Transpose):
            whole = replace(expr.right, arg=whole)
        return whole if rest is None else Product(rest, whole, span=expr.span)

    def _power(self, expr: Power, base: Symbol) -> Expr:
        key, indices = self._key(base)
        if spelling(base) in self.raised:
            return Ref(key, (self.resolve(expr.exponent), *indices), span=expr.span)
        if key in self.squares and _is_two(expr.exponent):
            return Ref(key + "^2", indices, span=expr.span)
        name = spelling(base)
        labelish = isinstance(expr.exponent, (Symbol, Plus, Number))
        layer = bool(self.layers) and any(isinstance(s, Symbol) and s.name in self.layers for s in expr.exponent.walk())
        known = name in self.labelled or layer
        if known and name not in self.powers and labelish and not _is_two(expr.exponent):
            return Ref(key, (self.resolve(expr.exponent), *indices), span=expr.span)
        return replace(expr, base=self.resolve(base), exponent=self.resolve(expr.exponent))

    def _call(self, expr: Call) -> Expr:
        if isinstance(expr.function, Power) and isinstance(expr.function.base, Symbol):  # \sigma^{2}(x), f^{(2)}...
            power = self._power(expr.function, expr.function.base)
            if isinstance(power, Power) and isinstance(power.exponent, Negate):  # the inverse function
                inverse = replace(self.ref(expr.function.base), key=self._key(expr.function.base)[0] + "^{-1}")
                return replace(expr, function=inverse, args=tuple(map(self.resolve, expr.args)), certain=True)
            if isinstance(power, Power):
                inner = replace(expr, function=expr.function.base, span=expr.span)
                return Power(self._call(inner), power.exponent, span=expr.span)
            return replace(expr, function=power, args=tuple(map(self.resolve, expr.args)), certain=True)
        only = expr.args[0] if len(expr.args) == 1 else None
        if isinstance(only, Call) and only.span[1] == expr.span[1] > 0 and not self.is_function(only):
            # \\tanh x (1 - y): the bracket is a factor of its own
            head = replace(expr, args=(only.function,), span=(expr.span[0], only.function.span[1]))
            return Product(self.resolve(head), self.resolve(only.args[0]), span=expr.span)
        args = tuple(self.resolve(a) for a in expr.args)
        if not isinstance(expr.function, Symbol):
            return replace(expr, function=self.resolve(expr.function), args=args)
        if self.is_function(expr):
            parameters = tuple(self.resolve(p) for p in expr.parameters)
            subs = tuple(s if isinstance(s, Slice) else self.resolve(s) for s in expr.subs)
            ref = self.ref(expr.function)
            return replace(expr, function=ref, args=args, parameters=parameters, subs=subs, certain=True)
        left = self.resolve(expr.function)
        (right,) = args
        return Product(left, right, span=expr.span)


def _with_base(power: Power, base: Expr) -> Expr:
    return replace(power, base=base)


def _factor_raised(call: Expr, raised: Callable[[Expr], Expr]) -> Product:
    assert isinstance(call, Call)
    return Product(call.function, raised(Paren(call.args[0], span=call.args[0].span)), span=call.span)


def _gradient_of_product(expr: Product) -> Expr | None:
    r"""``\nabla_x x^T A x``, ``\nabla_w \frac{\lambda}{2} \|w\|^2`` are the gradients of the whole products."""
    factors: list[Expr] = [expr]
    while isinstance(factors[0], Product) and factors[0].op == "juxtapose":
        factors[:1] = [factors[0].left, factors[0].right]
    first = factors[0]
    if not isinstance(first, Nabla) or not first.by:
        return None
    if not isinstance(first.of, Transpose) and not _is_coefficient(first.of):
        return None
    if not any(part in first.by for part in factors[-1].walk()):
        return None
    whole: Expr = first.of
    for factor in factors[1:]:
        whole = Product(whole, factor, span=(whole.span[0], factor.span[1]))
    return replace(first, of=whole, span=expr.span)


#: letters that weigh a penalty
WEIGHTS = frozenset("lambda alpha beta gamma rho kappa mu eta nu c".split())


def _is_coefficient(expr: Expr) -> bool:
    """A number or the weight of a penalty, or a quotient of such: nobody asks for its gradient."""
    if isinstance(expr, Quotient):
        return all(isinstance(e, Number) or _is_coefficient(e) for e in (expr.numerator, expr.denominator))
    return isinstance(expr, Symbol) and expr.name in WEIGHTS and not (expr.subs or expr.marks or expr.labels)


def _logsumexp(expr: Product) -> Expr | None:
    r"""``\operatorname{logsumexp}_i u_i`` written out."""
    name = expr.left
    if not isinstance(name, Symbol) or name.name not in ("logsumexp", "LSE") or len(name.subs) != 1:
        return None
    (index,) = name.subs
    if not isinstance(index, Symbol):
        return None
    total = Big("sum", Power(Symbol("e"), expr.right), (index,))
    return Call(Symbol("log"), (total,), span=expr.span)


def _arrays(statement: Statement) -> Iterator[Symbol]:
    """The names that are transposed, declared with a shape, or carry two indices."""
    for part in statement.walk():
        if isinstance(part, Transpose) and isinstance(part.arg, Symbol):
            yield part.arg
        elif isinstance(part, Symbol) and len(part.subs) > 1 or isinstance(part, Symbol) and is_bold(part):
            yield part
    for (left, right), relation in zip(zip(statement.terms, statement.terms[1:]), statement.relations):
        if relation == "in" and isinstance(right, Space):
            yield from (e for e in (left.items if isinstance(left, Tuple) else (left,)) if isinstance(e, Symbol))


def _of_base(expr: Call) -> Expr | None:
    r"""``\log_2 x`` as a quotient of natural logarithms."""
    name = expr.function
    if not isinstance(name, Symbol) or name.name != "log" or len(name.subs) != 1 or len(expr.args) != 1:
        return None
    (base,) = name.subs
    if expr.primes or not isinstance(base, (Number, Symbol)) or isinstance(base, Symbol) and base.subs:
        return None
    above, below = (Call(Symbol("ln"), (arg,), certain=True, span=expr.span) for arg in (expr.args[0], base))
    return Quotient(above, below, span=expr.span)


def ref_root(ref: Ref) -> Ref:
    return replace(ref, key=ref.key + "^2")


_HALF = Fraction(1, 2)


def _inside(expr: Expr) -> Expr:
    while isinstance(expr, Paren):
        expr = expr.arg
    return expr


def _is_two(expr: Expr) -> bool:
    return isinstance(expr, Number) and expr.value == 2


def _is_shift(expr: Expr) -> bool:
    """i + 1, l - 1: a letter of an index moved by a number."""
    if not isinstance(expr, Plus) or len(expr.terms) != 2:
        return False
    first, second = expr.terms
    second = second.arg if isinstance(second, Negate) else second
    return isinstance(first, Symbol) and first.name in INDEX_LETTERS and isinstance(second, Number)


def _word(subs: tuple[Expr, ...]) -> str:
    return "".join(s.name for s in subs if isinstance(s, Symbol))


def _text(sub: Expr) -> str:
    if isinstance(sub, Symbol):  # the B of \\mu_{\\mathcal{B}} is that of \\mu_B
        inner = ",".join(map(_text, sub.subs))
        return spelling(replace(sub, font="")) + (f"_{{{inner}}}" if inner else "")
    if isinstance(sub, Number):
        return sub.text or str(sub.value)
    from symnet.lecture.reader.latex import latex_of

    return latex_of(sub)


def refs(expr: Expr) -> Iterator[Ref]:
    """Every reference in a resolved tree."""
    return (part for part in expr.walk() if isinstance(part, Ref))


__all__ = ["GREEK", "INDEX_LETTERS", "LOSS_NAMES", "Naming", "Ref", "is_upper", "refs", "spelling"]
