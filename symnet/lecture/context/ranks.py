"""Ranks: is a name a scalar, a vector or a matrix?

They come from evidence, strongest first: directives, shape statements, bold letters, transposes and norms, inverses
and traces, what a definition is equal to, products of a capital with a small letter.  The default is a scalar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symnet.lecture.context.identities import is_identity, size_of
from symnet.lecture.context.kinds import COLUMN_VALUED, DIAGONAL, OF_SPECTRA, OF_SQUARES, SCALAR_VALUED, VECTOR_VALUED
from symnet.lecture.context.record import Line, Record, multiples_of_identity
from symnet.lecture.context.refs import GREEK, LOSS_NAMES, Ref, bounds, is_upper, pairs, refs
from symnet.lecture.context.samples import multiplied, samples_subtracted
from symnet.lecture.context.stacked import beside_indices, index_letters, is_range, is_stack
from symnet.lecture.context.told import kinds_told
from symnet.lecture.reader.syntax import (
    DEFINITE_ORDERS,
    Absolute,
    At,
    Big,
    Call,
    Cases,
    Derivative,
    Dimensions,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Slice,
    Space,
    Statement,
    Transpose,
    Tuple,
)

STRONG, FIRM, WEAK = 3, 2, 1
#: what a function takes and returns -> how many axes that has
RANKS = {"scalar": 0, "vector": 1, "matrix": 2}


class Ranks:
    """How many axes a name has left under so many indices; found from the statements of a document."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.known: dict[tuple[str, int], tuple[int, int]] = {}  # (key, indices) -> (rank, strength)
        self.counts: dict[str, int] = {}  # the most indices that a name carries
        self.letters: set[Ref] = set()  # what stands in an index
        self.ends: set[Ref] = set()  # what sums run up to
        self.told: dict[tuple[str, int], list[Line]] = {}  # where the prose says what a name is
        self.parameters: set[Ref] = set()  # of the function that the statement at hand defines, without their entries
        self.asked: set[str] = set()  # the functions of which it is being found what they take

    def set(self, ref: Ref, rank: int, strength: int) -> bool:
        return self.put(ref.key, free_count(ref), rank, strength)

    def put(self, key: str, m: int, rank: int, strength: int) -> bool:
        at = (key, m)
        old = self.known.get(at)
        if rank > 2 or (old is not None and old[1] >= strength):
            return False
        self.known[at] = (rank, strength)
        return old is None or old[0] != rank

    def get(self, ref: Ref) -> int | None:
        m = free_count(ref)
        slices = sum(isinstance(i, Slice) for i in ref.indices)
        found = self.known.get((ref.key, m))
        if found is not None:
            return found[0]
        if ref in self.parameters:
            return None
        others = sorted((more, rank) for (key, more), (rank, _) in self.known.items() if key == ref.key)
        for more, rank in others:  # W_{ij} is an entry of W before it is a row of W^{[l]}
            if more >= 0 and more != m and 0 <= rank + more - m <= 2:
                if more < m or not self._has_own(ref.key, m):
                    return rank + more - m
        if slices:
            return slices
        if ref.key == "\\lambda" and not m:
            return None  # an eigenvalue beside the eigenvalues \lambda_i
        more = self.counts.get(ref.key, 0) - m
        naming = self.record.naming
        own = self._has_own(ref.key, m) or ref.key in naming.sizes or ref.key in LOSS_NAMES
        if not m and ref in self.letters and ref.key in naming.bound and self.record.is_sequence(ref.key):
            return None  # the j of w_j beside jumps j_l
        return more if 0 < more <= 2 and not own else None

    def _has_own(self, key: str, m: int) -> bool:
        """Is the name defined under just so many indices, apart from its entries?"""
        found = (*self.record.definitions.get(key, ()), *self.record.rejected)
        return any(d.key == key and len(d.indices) == m and d.parameters is None for d in found)

    def collect(self, statements: Iterable[Statement]) -> None:
        statements = list(statements)
        for statement in statements:
            for ref in refs(statement):
                self.counts[ref.key] = max(self.counts.get(ref.key, 0), len(ref.indices))
        self.letters = index_letters(statements)
        sums = (part for statement in statements for part in statement.walk() if isinstance(part, Big))
        self.ends = {ref for part in sums if part.upper is not None for ref in refs(part.upper)}
        for (key, m), upper in sorted(self.record.naming.bold_refs.items()):
            self.put(key, m, 2 if upper else 1, FIRM)
        self._told()
        for statement in statements:
            for part in statement.walk():
                self._local(part)
            self._shape_statement(statement)
        self._transposed_calls(statements)
        self._arguments(statements)
        for name in samples_subtracted(statements) - multiplied(statements, self._matrix_letter):
            if not any(self.known.get((name, m), (0, WEAK))[0] for m in (0, 1)):
                self.put(name, 0, 0, WEAK)
                self.put(name, 1, 0, WEAK)
        self._follow(statements)
        for _ in range(2):  # what is known by convention of some names says more of those beside them
            for statement in statements:
                for part in statement.walk():
                    self._by_convention(part)
                    self._identity_beside(part)
            self._identities()
            self._follow(statements)

    def _told(self) -> None:
        """What the prose calls a name, where it does not call it different things."""
        called: dict[tuple[str, int], set[int]] = {}
        lists = {(line.line, line.prose) for line in self.record.lines if isinstance(line.statement.terms[0], Dots)}
        for line in self.record.lines:
            for ref, what in kinds_told(line, (line.line, line.prose) in lists):
                if len(ref.indices) < 2:
                    called.setdefault((ref.key, free_count(ref)), set()).add(RANKS[what])
                    self.told.setdefault((ref.key, free_count(ref)), []).append(line)
        for (key, m), ranks in called.items():
            if len(ranks) == 1:
                self.put(key, m, ranks.pop(), FIRM)

    def is_told(self, ref: Ref, order: int) -> bool:
        """Does the prose say what a name is in the part of the document that a statement stands in?"""
        section = self.record.lines[order].said.section if 0 <= order < len(self.record.lines) else ()
        told = (line.said.section for line in self.told.get((ref.key, free_count(ref)), ()))
        return any(section[: len(there)] == there for there in told)

    def _follow(self, statements: Iterable[Statement]) -> None:
        """What the ranks that are known say of others, through equations and sums."""
        for _ in range(4):
            changed = False
            for statement in statements:
                changed |= self._propagate(statement)
            if not changed:
                break

    def _local(self, part: Expr) -> None:
        if isinstance(part, Transpose) and isinstance(part.arg, Ref):
            stacked = part.arg.key in self.record.naming.upper_rows.values()
            row = stacked and len(part.arg.indices) == 1
            more = self.counts[part.arg.key] - len(part.arg.indices)
            usual = 2 if is_upper(part.arg.key) and not row else 1
            self.set(part.arg, more if more in (1, 2) and not stacked else usual, FIRM)
        elif isinstance(part, Norm) and isinstance(part.arg, Ref):
            self.set(part.arg, 2 if is_upper(part.arg.key) else 1, FIRM)
        elif isinstance(part, Nabla):
            self._sloped(part.of)
        elif isinstance(part, Quotient):
            self._divided_by(part.denominator)
        elif isinstance(part, (Transpose, Norm)) and isinstance(part.arg, Plus):
            self._differences(part.arg)
        elif isinstance(part, Call) and isinstance(part.function, Ref) and len(part.args) == 1:
            if part.function.key in OF_SQUARES and isinstance(part.args[0], Ref):
                self.set(part.args[0], 2, FIRM)
            elif part.function.key in OF_SQUARES:
                self._scaled(part.args[0])
            if part.function.key.lower() in (*VECTOR_VALUED, "diag") and isinstance(part.args[0], Ref):
                self.set(part.args[0], 1, WEAK)
        elif isinstance(part, Power) and part.base == Ref("e"):
            self._of_time(part.exponent)
        elif isinstance(part, Power) and isinstance(part.base, Ref):
            minus = isinstance(part.exponent, Negate) or (isinstance(part.exponent, Number) and part.exponent.value < 0)
            if minus and self._matrix_letter(part.base) and not part.base.indices:
                self.set(part.base, 2, WEAK)
        elif isinstance(part, Ref) and part.indices:
            slices = sum(isinstance(i, Slice) for i in part.indices)
            if slices:
                self.put(part.key, len(part.indices) - slices, slices, FIRM)

    def _sloped(self, of: Expr) -> None:
        r"""The f of ``\nabla f(w)`` has a number for its value, unless its formula says something else."""
        name = of.function if isinstance(of, Call) else of
        if isinstance(name, Ref) and not name.indices and (name.key, 0) not in self.record.naming.bold_refs:
            self.put(name.key, -1, 0, WEAK)

    def _divided_by(self, denominator: Expr) -> None:
        r"""The P and R of ``\frac{P}{P + R}`` are numbers: nobody divides by matrices so."""
        for term in denominator.terms if isinstance(denominator, Plus) else (denominator,):
            if isinstance(term, Ref) and not term.indices and is_upper(term.key) and self.get(term) is None:
                self.set(term, 0, WEAK)

    def _differences(self, of: Plus) -> None:
        """The x and z of ``(x - z)^T`` and of the length of x - z are vectors, where they are plain small letters."""
        names = [t.arg if isinstance(t, Negate) else t for t in of.terms]
        sizes = self.record.naming.sizes
        if all(isinstance(n, Ref) and len(n.indices) < 2 and not is_upper(n.key) and n.key not in sizes for n in names):
            for name in names:
                if self.get(name) is None and not name.indices:  # type: ignore[arg-type, attr-defined]
                    self.set(name, 1, WEAK)  # type: ignore[arg-type]

    def _transposed_calls(self, statements: Iterable[Statement]) -> None:
        r"""``\phi(q)^T \phi(k_j)``: what a function that the document leaves open maps to vectors are vectors."""
        parts = [part for statement in statements for part in statement.walk()]
        functions = {p.arg.function for p in parts if isinstance(p, Transpose) and isinstance(p.arg, Call)}
        for part in parts:
            if isinstance(part, Call) and part.function in functions and len(part.args) == 1:
                key, arg = part.function.key if isinstance(part.function, Ref) else "", part.args[0]
                if key in self.record.definitions or key in SCALAR_VALUED or not isinstance(arg, Ref):
                    continue
                if not is_upper(arg.key):
                    self.set(arg, 1, WEAK)

    def _of_time(self, exponent: Expr) -> None:
        """The t of ``e^{A t}`` is a number: there is no exponential of a column."""
        inner = exponent.arg if isinstance(exponent, Negate) else exponent
        if isinstance(inner, Product) and isinstance(inner.left, Ref) and isinstance(inner.right, Ref):
            if self._matrix_letter(inner.left) and not is_upper(inner.right.key):
                self.set(inner.right, 0, FIRM)

    def _arguments(self, statements: Iterable[Statement]) -> None:
        """The z of d(x, z) is a vector where the formula of d(x, y) transposes y, or takes its length."""
        measured: dict[tuple[str, int], bool] = {}
        for found in self.record.definitions.values():
            for d in found:
                parts = [p.arg for p in d.body.walk() if isinstance(p, Transpose | Norm)]
                vectors = {r for part in parts for r in refs(part) if self.get(r) == 1 or isinstance(part, Plus)}
                for place, name in enumerate(d.parameters or ()):
                    measured[d.key, place] = name in vectors or measured.get((d.key, place), False)
        for part in (part for statement in statements for part in statement.walk()):
            if isinstance(part, Call) and isinstance(part.function, Ref):
                for place, arg in enumerate(part.args):
                    if isinstance(arg, Ref) and measured.get((part.function.key, place)) and self.get(arg) is None:
                        if not is_upper(arg.key) and not arg.indices:
                            self.set(arg, 1, WEAK)

    def _scaled(self, square: Expr) -> None:
        r"""The capitals of ``\operatorname{tr}(A B C)`` are matrices, also those that are losses elsewhere.

        The c of ``\det(c A)`` is a number: a row times a matrix has no determinant.
        """
        for part in square.walk() if isinstance(square, Product) else ():
            if isinstance(part, Ref) and is_upper(part.key) and part.key not in self.record.naming.sizes:
                self.set(part, 2, WEAK)
        if isinstance(square, Product) and isinstance(square.left, Ref) and isinstance(square.right, Ref):
            if not is_upper(square.left.key) and self._matrix_letter(square.right):
                self.set(square.left, 0, FIRM)

    def _matrix_letter(self, ref: Ref) -> bool:
        bare = ref.key.split("_")[0].split("^")[0]
        return is_upper(ref.key) and bare not in LOSS_NAMES - {"R", "Q", "H"} and bare not in self.record.naming.sizes

    def _shape_statement(self, statement: Statement) -> None:
        for name in bounds(statement):
            if isinstance(name, Ref) and is_upper(name.key) and not name.indices:
                self.set(name, 0, FIRM)
        for name in bounds(statement, numbers=True):  # \tau > 0, 0 < \gamma < 1
            if isinstance(name, Ref) and not name.indices and name.key.lstrip("\\") in GREEK:
                self.set(name, 0, WEAK)
        for number, identity in multiples_of_identity(statement):
            self.set(number, 0, FIRM)
            self.set(identity, 2, FIRM)
        for (left, right), relation in zip(pairs(statement), statement.relations):
            if relation == "in" and isinstance(right, Space):
                for item in left.items if isinstance(left, Tuple) else (left,):
                    if isinstance(item, Ref):
                        lying = self.counts.get(item.key) == 1 and is_lying(item, right.dims)
                        self.set(item, 1 if lying else len(right.dims or ()), STRONG)
            if isinstance(left, Dimensions) and isinstance(left.arg, Ref) and left.word != "size":
                count = len(right.items) if isinstance(right, Tuple) else 1
                self.set(left.arg, count, STRONG)

    def _propagate(self, statement: Statement) -> bool:
        self.parameters = _parameters(statement)
        changed = self._equal(statement)
        self.parameters = set()
        return changed

    def _equal(self, statement: Statement) -> bool:
        changed = False
        for part in beside_indices(statement):
            if isinstance(part, Plus):
                changed |= self._same(part.terms)
        for (left, right), relation in zip(pairs(statement), statement.relations):
            if is_stack(left, right) or is_range(left, right) and left in self.letters:
                continue
            if relation in DEFINITE_ORDERS:
                for side in (left, right):
                    changed |= isinstance(side, Ref) and is_upper(side.key) and self.set(side, 2, FIRM)
            if relation in ("=", "set", "get"):
                zero = isinstance(left, Ref) and left.indices and isinstance(right, Number) and not right.value
                if isinstance(left, Ref) and (rank := self.rank(right)) is not None:
                    told = set(refs(right))
                    # p_i = softmax(z) means its entry i; h_t = tanh(W x_t) is the whole of step t
                    entry = isinstance(right, Call) and any(i not in told for i in left.indices)
                    changed |= not entry and self.set(left, rank, WEAK if zero else FIRM)  # x_0 = 0 may be a vector
                elif isinstance(right, Ref) and (rank := self.rank(left)) is not None:
                    changed |= self.set(right, rank, WEAK)
                elif isinstance(left, Call) and isinstance(left.function, Ref):
                    if (rank := self.rank(right)) is not None:
                        changed |= self.put(left.function.key, -1, rank, FIRM)
        return changed

    def _same(self, terms: Iterable[Expr]) -> bool:
        terms = [t.arg if isinstance(t, Negate) else t for t in terms]
        rank = max((r for t in terms if (r := self.rank(t)) is not None), default=None)
        if rank is None or rank == 0:
            return False
        changed = False
        for term in terms:
            counts = term in self.ends
            if isinstance(term, Ref) and not counts and self.get(term) is None and not _greek_scalar(term):
                small = rank == 2 and not is_upper(term.key)
                changed |= self.set(term, 1 if small else rank, WEAK)
        return changed

    def _identity_beside(self, part: Expr) -> None:
        r"""The I of A + \lambda I and of A = \lambda I is a matrix."""
        terms = part.terms if isinstance(part, (Plus, Statement)) else ()
        if self._most(terms) == 2:
            for term in terms:
                last = _last(term.arg if isinstance(term, Negate) else term)
                alone = isinstance(part, Statement) and last is term  # may be an array of that name
                if isinstance(last, Ref) and is_identity(last.key) and not alone:
                    self.set(last, 2, WEAK)

    def _identities(self) -> None:
        """Where one I is an identity matrix, all are."""
        found = [key for key in self.counts if is_identity(key)]
        if any(size_of(key) or self.known.get((key, 0), (0, 0))[0] == 2 for key in found):
            for key in found:
                self.put(key, 0, 2, STRONG)

    def _by_convention(self, part: Expr) -> None:
        """A capital beside a small letter, or beside another matrix, is a matrix."""
        if isinstance(part, Product) and part.op == "outer":
            self._kronecker(part)
        if not isinstance(part, Product) or part.op not in ("juxtapose", "dot", "times"):
            return
        left, right = _last(part.left), _first(part.right)
        self._coefficient(part)
        before = part.left.right if isinstance(part.left, Product) else part.left
        if isinstance(before, Transpose) and isinstance(left, Ref) and self.get(left) == 1 and isinstance(right, Ref):
            if self.get(right) is None and not is_upper(right.key) and not _greek_scalar(right):
                self.set(right, 1, WEAK)  # the v of u^T v
        for a, b in ((left, right), (right, left)):
            if not (isinstance(a, Ref) and self._matrix_letter(a)) or self.get(a) == 0:
                continue
            weight = a.key.split("_")[0].split("^")[0] in ("W", "X", "A", "Q", "K", "V", "U", "\\Theta")
            count = free_count(a)
            if count and (not weight or a.key in self.record.naming.tables):
                continue
            small = isinstance(b, Ref) and not is_upper(b.key) and not _greek_scalar(b) and self.get(b) != 0
            if isinstance(b, Call) and b.args:
                small = weight
            rank = self.rank(b)
            if (rank or 0) >= 1 or (small and weight and count < 2):
                self.set(a, 2, WEAK)
                if small and isinstance(b, Ref) and rank is None:
                    self.set(b, 1, WEAK)

    def _coefficient(self, product: Product) -> None:
        """The s of ``s B x`` is a number, not a row: what ends in a column would be a number itself."""
        head, last = product.left, _last(product.right)
        while isinstance(head, Product) and isinstance(head.left, Product):
            head = head.left
        if not isinstance(head, Product) or not isinstance(last, Ref) or self.get(last) != 1:
            return
        first, second = head.left, head.right
        strength = self.known.get((last.key, free_count(last)), (0, 0))[1]
        small = isinstance(first, Ref) and not is_upper(first.key) and self.get(first) is None
        if small and isinstance(second, Ref) and self._matrix_letter(second) and strength >= STRONG:
            self.set(first, 0, WEAK)  # type: ignore[arg-type]

    def _kronecker(self, part: Product) -> None:
        r"""The capitals of ``A \otimes B`` are matrices."""
        for side in (part.left, part.right):
            while isinstance(side, (Transpose, Power, Product)):
                side = side.base if isinstance(side, Power) else side.right if isinstance(side, Product) else side.arg
            if isinstance(side, Ref) and is_upper(side.key) and side.key not in self.record.naming.sizes:
                if self.get(side) is None:
                    self.set(side, 2, WEAK)

    def rank(self, expr: Expr) -> int | None:
        """0, 1 or 2; None where it is not known."""
        if isinstance(expr, Indicator) and set(expr.condition.relations) <= {"<", ">", "<=", ">="}:
            return self._most(expr.condition.terms) or 0
        if isinstance(expr, (Number, Infinity, Norm, Indicator, Cases, Space, Dimensions)):
            return 0 if not isinstance(expr, Cases) else self._most(e for e, _ in expr.branches)
        if isinstance(expr, Ref):
            return self.get(expr)
        if isinstance(expr, (Negate, Prime, At)):
            return self.rank(expr.arg)
        if isinstance(expr, (Absolute, Root)):
            return self.rank(expr.arg)
        if isinstance(expr, Plus):
            return self._most(expr.terms)
        if isinstance(expr, Transpose):
            return self.rank(expr.arg)
        if isinstance(expr, Product):
            return self._product(expr)
        if isinstance(expr, Quotient):
            return self._most((expr.numerator, expr.denominator))
        if isinstance(expr, Power):
            return self.rank(expr.base)
        if isinstance(expr, Big):
            return self.rank(expr.body) if expr.op in ("sum", "prod") else None
        if isinstance(expr, Moment):
            return self._most(expr.args)
        if isinstance(expr, Matrix):
            return 1 if min(len(expr.rows), max(map(len, expr.rows), default=1)) == 1 else 2
        if isinstance(expr, Tuple):
            return 1
        if isinstance(expr, Derivative) and expr.of is not None:
            ranks = [self._of(expr.of), *map(self.rank, expr.by)]
            return None if None in ranks else sum(r for r in ranks if r)
        if isinstance(expr, Nabla):
            of = expr.of
            rank = self.rank(expr.by[0] if expr.by else of.args[0] if isinstance(of, Call) and of.args else of)
            return None if rank is None or rank * expr.order > 2 else rank * expr.order
        if isinstance(expr, Call):
            return self._call(expr)
        return None

    def _of(self, of: Expr) -> int | None:
        """The rank of what is differentiated: a loss is a number unless something else is said."""
        rank = self.rank(of)
        return 0 if rank is None and isinstance(of, Ref) and of.key.strip("\\") in LOSS_NAMES else rank

    def _most(self, parts: Iterable[Expr]) -> int | None:
        ranks = [self.rank(p) for p in parts]
        known = [r for r in ranks if r is not None]
        return max(known) if known and (max(known) > 0 or None not in ranks) else None

    def _takes_arrays(self, key: str) -> bool:
        r"""Is a function a number by a formula in vectors or matrices: ``k(x, y) = \exp(-\|x - y\|^2)``?"""
        if key in self.asked:  # k(x, z) = k(z, x), or by a circle of formulas
            return False
        self.asked.add(key)
        definitions = self.record.definitions.get(key, ())
        takes = any(self.rank(d.body) == 0 and self.rank(name) for d in definitions for name in d.parameters or ())
        self.asked.discard(key)
        return takes

    def _diagonal(self, args: Sequence[Expr]) -> int | None:
        """Of a vector, or of numbers, the matrix with these on its diagonal; of a matrix the vector on its own."""
        of = self.rank(args[0]) if len(args) == 1 else 1
        return 3 - of if of else None

    def _product(self, expr: Product) -> int | None:
        a, b = self.rank(expr.left), self.rank(expr.right)
        if a is None or b is None:
            return None
        if expr.op == "odot" or 0 in (a, b):
            return max(a, b)
        if expr.op == "outer":
            return min(a + b, 2)
        if (a, b) == (1, 1):
            if expr.op == "dot" or self._is_row(expr.left):
                return 0
            return 2 if isinstance(expr.right, Transpose) else 1
        return 2 if (a, b) == (2, 2) else 1

    def _is_row(self, vector: Expr) -> bool:
        """Does a vector lie: ``x^T``, ``2 x^T A``?"""
        if isinstance(vector, Negate):
            return self._is_row(vector.arg)
        if isinstance(vector, Product):
            return self._is_row(vector.left if self.rank(vector.left) == 1 else vector.right)
        return isinstance(vector, Transpose)

    def _call(self, expr: Call) -> int | None:
        if not isinstance(expr.function, Ref):
            return None
        key = expr.function.key
        if self.record.is_written_out(key):
            return 2
        if key in self.record.naming.families:
            return 0
        if key in OF_SPECTRA:
            return 0
        if key in SCALAR_VALUED or key.strip("\\") in LOSS_NAMES or key.startswith("\\mathcal"):
            return 0 if len(expr.args) == 1 or key in LOSS_NAMES else self._most(expr.args)
        if key in COLUMN_VALUED or key == "vec" and not self.record.is_defined(key):
            return 1
        if key in DIAGONAL and not self.record.is_defined(key):
            return self._diagonal(expr.args)
        arg = self._most(expr.args)
        if key == "entry":
            return None if arg is None else max(0, arg - len(expr.subs))
        declared = self.known.get((key, -1))
        if (kind := self.record.maps.get(key)) is not None:
            return arg if kind == "elementwise" else max(0, RANKS[kind.split()[-1]] - len(expr.subs))
        if declared is not None and not declared[0]:
            return 0 if self._takes_arrays(key) else arg  # a function of a number acts on each entry
        rank = declared[0] if declared is not None else arg
        return None if rank is None else max(0, rank - len(expr.subs))


def _parameters(statement: Statement) -> set[Ref]:
    """The x of ``f(x) = ...``, where no entry of x stands beside: it may be a sample x_i of the document."""
    left = statement.terms[0]
    found = {arg for arg in left.args if isinstance(arg, Ref) and not arg.indices} if isinstance(left, Call) else set()
    return {name for name in found if not any(r.key == name.key and r.indices for r in refs(statement))}


def _greek_scalar(ref: Ref) -> bool:
    name = ref.key.split("_")[0].split("^")[0].lstrip("\\")
    return name in GREEK and name not in ("theta", "beta", "mu", "delta", "gamma", "phi")


def _last(expr: Expr) -> Expr:
    while isinstance(expr, (Product, Transpose)):
        expr = expr.right if isinstance(expr, Product) else expr.arg
    return expr


def _first(expr: Expr) -> Expr:
    while isinstance(expr, (Product, Transpose)):
        expr = expr.left if isinstance(expr, Product) else expr.arg
    return expr


def is_lying(ref: Ref, dims: Sequence[Expr] | None) -> bool:
    r"""Is ``b \in \mathbb{R}^{1 \times n}`` a matrix of one row, or of one column: a vector, where one index picks?"""
    one = [isinstance(d, Number) and d.value == 1 for d in dims or ()]
    return not ref.indices and len(one) == 2 and one[0] != one[1]


def free_count(ref: Ref) -> int:
    """How many indices pick one entry (slices do not)."""
    return sum(not isinstance(i, Slice) for i in ref.indices)
