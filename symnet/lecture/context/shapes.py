"""Ranks and sizes: is a name a scalar, a vector or a matrix, and which of its axes have the same size?

Ranks come from evidence, strongest first: directives, shape statements, bold letters, transposes and norms, inverses
and traces, what a definition is equal to, products of a capital with a small letter.  The default is a scalar.  Sizes
are classes of axes: sums, products and additions in definitions and shape statements unite them.

A shape is () for a scalar or (rows, columns), each the name of an axis; vectors are columns, or rows where a document
writes ``x W``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from symnet.errors import SymnetError
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.refs import GREEK, LOSS_NAMES, Ref, is_upper, refs
from symnet.lecture.reader.syntax import (
    Absolute,
    At,
    Big,
    Call,
    Cases,
    Derivative,
    Dimensions,
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
    Span,
    Statement,
    Transpose,
    Tuple,
)

if TYPE_CHECKING:
    from symnet.lecture.context.context import Context

ONE = "1"
Shape = tuple[str, ...]
#: functions of a vector or matrix with a scalar value
SCALAR_VALUED = frozenset(("tr", "trace", "Tr", "det", "max", "min", "sum", "mean", "logsumexp", "LSE"))
#: functions that act on each entry, or keep the shape
VECTOR_VALUED = frozenset(("softmax", "SoftMax", "Softmax", "LogSoftmax", "log_softmax"))
#: the sums of the rows, or of the columns, as a column -> the axis of the matrix that is left
COLUMN_VALUED = {"rowsum": 0, "colsum": 1}
STRONG, FIRM, WEAK = 3, 2, 1
#: what a function takes and returns -> how many axes that has
RANKS = {"scalar": 0, "vector": 1, "matrix": 2}


class Clash(SymnetError):
    """Two shapes do not fit; ``span`` is where in the formula."""

    def __init__(self, message: str, span: Span = (-1, -1), sizes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.span, self.sizes = span, sizes


class Sizes:
    """Classes of axes with the same size."""

    def __init__(self, parents: Mapping[str, str] | None = None, strict: bool = False) -> None:
        self.parents: dict[str, str] = dict(parents or {})
        self.strict = strict
        self.places: dict[str, str] = {}

    def copy(self, strict: bool = False) -> Sizes:
        new = Sizes(self.parents, strict)
        new.places = dict(self.places)
        return new

    @property
    def names_mixed(self) -> bool:
        """Do two declared names stand for one size? Then the document uses a name in two ways."""
        declared = [a for a in self.parents if a.startswith("size:")]
        return any(self.parents[a] != a and named(self.find(a)) and self.find(a) != a for a in declared)

    def find(self, axis: str) -> str:
        root = axis
        while (parent := self.parents.get(root, root)) != root:
            root = parent
        return root

    def unite(self, a: str, b: str, span: Span = (-1, -1)) -> str:
        """One class for both; raises Clash where two sizes with names of their own meet (strict only)."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return a
        if named(b) and not named(a):
            a, b = b, a
        if named(a) and named(b):
            if self.strict and ONE not in (a, b):
                raise Clash(f"{shown(a)} and {shown(b)} are different sizes", span, (a, b))
            if ONE in (a, b):
                if self.strict:
                    raise Clash(f"a size {shown(a if b == ONE else b)} meets a size 1", span)
                return a
        self.parents[b] = a
        return a


def named(axis: str) -> bool:
    """Was the size declared under a name or a number?"""
    return axis == ONE or axis.startswith(("size:", "const:"))


def shown(axis: str) -> str:
    """A size for a message."""
    return axis.split(":", 1)[1] if ":" in axis else axis


class Ranks:
    """How many axes a name has left under so many indices; found from the statements of a document."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.known: dict[tuple[str, int], tuple[int, int]] = {}  # (key, indices) -> (rank, strength)
        self.counts: dict[str, int] = {}  # the most indices that a name carries

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
        own = self._has_own(ref.key, m) or ref.key in self.context.naming.sizes or ref.key in LOSS_NAMES
        return more if 0 < more <= 2 and not own else None

    def _has_own(self, key: str, m: int) -> bool:
        """Is the name defined under just so many indices, apart from its entries?"""
        found = (*self.context.definitions.get(key, ()), *self.context.rejected)
        return any(d.key == key and len(d.indices) == m and d.parameters is None for d in found)

    # -- evidence -------------------------------------------------------------------------------------------------
    def collect(self, statements: Iterable[Statement]) -> None:
        statements = list(statements)
        for statement in statements:
            for ref in refs(statement):
                self.counts[ref.key] = max(self.counts.get(ref.key, 0), len(ref.indices))
        for (key, m), upper in sorted(self.context.naming.bold_refs.items()):
            self.put(key, m, 2 if upper else 1, FIRM)
        for statement in statements:
            for part in statement.walk():
                self._local(part)
            self._shape_statement(statement)
        for _ in range(4):
            changed = False
            for statement in statements:
                changed |= self._propagate(statement)
            if not changed:
                break
        for statement in statements:
            for part in statement.walk():
                self._by_convention(part)
                self._identity_beside(part)
        self._identities()
        for _ in range(4):
            changed = False
            for statement in statements:
                changed |= self._propagate(statement)
            if not changed:
                break

    def _local(self, part: Expr) -> None:
        if isinstance(part, Transpose) and isinstance(part.arg, Ref):
            row = part.arg.key in self.context.naming.upper_rows.values() and len(part.arg.indices) == 1
            more = self.counts[part.arg.key] - len(part.arg.indices)
            usual = 2 if is_upper(part.arg.key) and not row else 1
            self.set(part.arg, more if more in (1, 2) and not row else usual, FIRM)
        elif isinstance(part, Norm) and isinstance(part.arg, Ref):
            self.set(part.arg, 2 if is_upper(part.arg.key) else 1, FIRM)
        elif isinstance(part, Call) and isinstance(part.function, Ref) and len(part.args) == 1:
            if part.function.key in ("tr", "trace", "Tr", "det") and isinstance(part.args[0], Ref):
                self.set(part.args[0], 2, FIRM)
            if part.function.key.lower() in (*VECTOR_VALUED, "diag") and isinstance(part.args[0], Ref):
                self.set(part.args[0], 1, WEAK)
        elif isinstance(part, Power) and isinstance(part.base, Ref):
            minus = isinstance(part.exponent, Negate) or (isinstance(part.exponent, Number) and part.exponent.value < 0)
            if minus and self._matrix_letter(part.base) and not part.base.indices:
                self.set(part.base, 2, WEAK)
        elif isinstance(part, Ref) and part.indices:
            slices = sum(isinstance(i, Slice) for i in part.indices)
            if slices:
                self.put(part.key, len(part.indices) - slices, slices, FIRM)

    def _matrix_letter(self, ref: Ref) -> bool:
        bare = ref.key.split("_")[0].split("^")[0]
        return is_upper(ref.key) and bare not in LOSS_NAMES - {"R", "Q", "H"} and bare not in self.context.naming.sizes

    def _shape_statement(self, statement: Statement) -> None:
        for (left, right), relation in zip(pairs(statement), statement.relations):
            if relation == "in" and isinstance(right, Space):
                for item in left.items if isinstance(left, Tuple) else (left,):
                    if isinstance(item, Ref):
                        self.set(item, 0 if right.dims == () else len(right.dims), STRONG)
            if isinstance(left, Dimensions) and isinstance(left.arg, Ref) and left.word != "size":
                count = len(right.items) if isinstance(right, Tuple) else 1
                self.set(left.arg, count, STRONG)

    def _propagate(self, statement: Statement) -> bool:
        changed = False
        for part in statement.walk():
            if isinstance(part, Plus):
                changed |= self._same(part.terms)
        for (left, right), relation in zip(pairs(statement), statement.relations):
            if relation in ("=", "set", "get"):
                if isinstance(left, Ref) and (rank := self.rank(right)) is not None:
                    entry = left.indices and isinstance(right, Call)  # p_i = softmax(z) means its entry i
                    changed |= not entry and self.set(left, rank, FIRM)
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
            if isinstance(term, Ref) and self.get(term) is None and not _greek_scalar(term):
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
        if any(self.known.get((key, 0), (0, 0))[0] == 2 for key in found):
            for key in found:
                self.put(key, 0, 2, STRONG)

    def _by_convention(self, part: Expr) -> None:
        """A capital beside a small letter, or beside another matrix, is a matrix."""
        if not isinstance(part, Product) or part.op not in ("juxtapose", "dot", "times"):
            return
        left, right = _last(part.left), _first(part.right)
        before = part.left.right if isinstance(part.left, Product) else part.left
        if isinstance(before, Transpose) and isinstance(left, Ref) and self.get(left) == 1 and isinstance(right, Ref):
            if self.get(right) is None and not is_upper(right.key) and not _greek_scalar(right):
                self.set(right, 1, WEAK)  # the v of u^T v
        for a, b in ((left, right), (right, left)):
            if not (isinstance(a, Ref) and self._matrix_letter(a)) or self.get(a) == 0:
                continue
            weight = a.key.split("_")[0].split("^")[0] in ("W", "X", "A", "Q", "K", "V", "U", "\\Theta")
            count = free_count(a)
            if count and not weight:
                continue
            small = isinstance(b, Ref) and not is_upper(b.key) and not _greek_scalar(b) and self.get(b) != 0
            if isinstance(b, Call) and b.args:
                small = weight
            rank = self.rank(b)
            if (rank or 0) >= 1 or (small and weight):
                self.set(a, 2, WEAK)
                if small and isinstance(b, Ref) and rank is None:
                    self.set(b, 1, WEAK)

    # -- the rank of an expression --------------------------------------------------------------------------------
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
            ranks = [self.rank(expr.of), *map(self.rank, expr.by)]
            return None if None in ranks else sum(r for r in ranks if r)
        if isinstance(expr, Nabla):
            of = expr.of
            rank = self.rank(expr.by[0] if expr.by else of.args[0] if isinstance(of, Call) and of.args else of)
            return None if rank is None or rank * expr.order > 2 else rank * expr.order
        if isinstance(expr, Call):
            return self._call(expr)
        return None

    def _most(self, parts: Iterable[Expr]) -> int | None:
        ranks = [self.rank(p) for p in parts]
        known = [r for r in ranks if r is not None]
        return max(known) if known and (max(known) > 0 or None not in ranks) else None

    def _product(self, expr: Product) -> int | None:
        a, b = self.rank(expr.left), self.rank(expr.right)
        if a is None or b is None:
            return None
        if expr.op == "odot" or 0 in (a, b):
            return max(a, b)
        if expr.op == "outer":
            return a + b
        if (a, b) == (1, 1):
            if isinstance(expr.left, Transpose) or expr.op == "dot":
                return 0
            return 2 if isinstance(expr.right, Transpose) else 1
        return 2 if (a, b) == (2, 2) else 1

    def _call(self, expr: Call) -> int | None:
        if not isinstance(expr.function, Ref):
            return None
        key = expr.function.key
        if key in SCALAR_VALUED or key.strip("\\") in LOSS_NAMES or key.startswith("\\mathcal"):
            return 0 if len(expr.args) == 1 or key in LOSS_NAMES else self._most(expr.args)
        if key in COLUMN_VALUED:
            return 1
        declared = self.known.get((key, -1))
        arg = self._most(expr.args)
        if (kind := self.context.maps.get(key)) is not None:
            return arg if kind == "elementwise" else max(0, RANKS[kind.split()[-1]] - len(expr.subs))
        if declared is not None and not declared[0]:
            return arg  # a scalar function acts on each entry
        rank = declared[0] if declared is not None else arg
        return None if rank is None else max(0, rank - len(expr.subs))


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


def free_count(ref: Ref) -> int:
    """How many indices pick one entry (slices do not)."""
    return sum(not isinstance(i, Slice) for i in ref.indices)


def pairs(statement: Statement) -> list[tuple[Expr, Expr]]:
    """The sides of each link of a chain; a chain that goes on from elsewhere has no first left side."""
    if statement.continues:
        return list(zip(statement.terms, statement.terms[1:]))
    return list(zip(statement.terms, statement.terms[1:]))


# -- sizes ------------------------------------------------------------------------------------------------------------


class Typer:
    """The shape of an expression; unites the sizes that it needs to be equal."""

    def __init__(self, context: Context, sizes: Sizes, scope: str) -> None:
        self.context, self.sizes, self.scope = context, sizes, scope
        self.uppers: dict[str, str] = {}  # letters of the sums around -> how far they run

    def axis(self, key: str, position: int) -> str:
        return self.sizes.find(f"axis:{key}:{position}")

    def index(self, letter: str) -> str:
        return f"index:{self.scope}:{letter}:{self.uppers.get(letter, '')}"

    def shape(self, expr: Expr) -> Shape:
        """() or (rows, columns); raises Clash."""
        if isinstance(expr, Ref):
            return self._ref(expr)
        if isinstance(expr, (Negate, Absolute, Prime)):
            return self.shape(expr.arg)
        if isinstance(expr, Root):
            return self.shape(expr.arg)
        if isinstance(expr, Plus):
            shape: Shape = ()
            for term in expr.terms:
                shape = self.broadcast(shape, self.shape(term), expr.span)
            return shape
        if isinstance(expr, Transpose):
            shape = self.shape(expr.arg)
            return shape[::-1]
        if isinstance(expr, Product):
            return self.product(self.shape(expr.left), self.shape(expr.right), expr.op, expr.span)
        if isinstance(expr, Quotient):
            return self.broadcast(self.shape(expr.numerator), self.shape(expr.denominator), expr.span)
        if isinstance(expr, Power):
            self.shape(expr.exponent)
            shape = self.shape(expr.base)
            if len(shape) == 2 and not _is_vector(shape) and _is_minus_one(expr.exponent):
                self.sizes.unite(*shape, expr.span)  # only a square matrix has an inverse
            return shape
        if isinstance(expr, Big):
            return self._big(expr)
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Derivative) and expr.of is not None and len(expr.by) == 1:
            of, by = self.shape(expr.of), self.shape(expr.by[0])
            if of == ():
                return by
            if by == ():
                return of
            if _is_vector(of) and _is_vector(by):
                return (_length(of), _length(by))
            raise Unshaped
        if isinstance(expr, Cases):
            shape = ()
            for branch, condition in expr.branches:
                if condition is not None:
                    self._condition(condition)
                shape = self.broadcast(shape, self.shape(branch), expr.span)
            return shape
        if isinstance(expr, Moment):
            return self.shape(expr.args[0])
        if isinstance(expr, Indicator) and set(expr.condition.relations) <= {"<", ">", "<=", ">="}:
            shape = ()  # of an array: of each entry
            for term in expr.condition.terms:
                shape = self.broadcast(shape, self.shape(term), expr.span)
            return shape
        if isinstance(expr, (Number, Infinity, Indicator, Norm)):
            for child in expr.children():
                if isinstance(child, Statement):
                    self._condition(child)
                else:
                    self.shape(child)
            return ()
        if isinstance(expr, Nabla) and len(expr.by) == 1 and expr.order == 1:
            self.shape(expr.of)
            return self.shape(expr.by[0])
        if isinstance(expr, Nabla) and expr.order == 2 and isinstance(expr.of, Call) and len(expr.of.args) == 1:
            by = self.shape(expr.of.args[0])
            return (_length(by), _length(by)) if _is_vector(by) else by
        raise Unshaped

    def _ref(self, ref: Ref) -> Shape:
        rank = self.context.rank(ref)
        shape = []
        position = 0
        for index in ref.indices:
            if isinstance(index, Slice):
                shape.append(self.axis(ref.key, position))
                rank -= 1
            else:
                self.bind(index, ref.key, position)
            position += 1
        for k in range(max(rank, 0)):
            shape.append(self.axis(ref.key, position + k))
        if len(shape) == 1:
            return (ONE, shape[0]) if ref.key in self.context.rows else (shape[0], ONE)
        return tuple(shape)

    def _condition(self, statement: Statement) -> None:
        """The letters of a condition have the same ranges there; its sides may have any shapes."""
        for term in statement.terms:
            self.shape(term)

    def bind(self, index: Expr, key: str, position: int) -> None:
        """An axis that carries a letter has the range of that letter; so have the axes of a label that picks."""
        if isinstance(index, Ref) and index.indices:
            self.shape(index)
        elif isinstance(index, Ref) and position_is_axis(self.context, key):
            if self.uppers.get(index.key) in self.context.partly.get((key, position), ()):
                return  # \\sum_{i=1}^k a_i / \\sum_{i=1}^d a_i
            self.sizes.unite(self.index(index.key), self.axis(key, position), index.span)

    def _big(self, expr: Big) -> Shape:
        around = self.uppers
        upper = expr.upper.key if isinstance(expr.upper, Ref) else ""
        self.uppers = {**around, **{v.name: upper for v in expr.variables}}
        for v in expr.variables:
            if expr.upper is None and self.context.counts(v.name):  # \\sum_n beside 1/N: N is the size of n
                self.sizes.unite(self.index(v.name), f"size:{v.name.upper()}", expr.span)
            if isinstance(expr.upper, Ref):  # n_l and n_{l-1} are one class, as in declared shapes
                kind = "layer" if expr.upper.indices else "size"
                self.sizes.unite(self.index(v.name), f"{kind}:{upper}", expr.span)
        try:
            return self.shape(expr.body)
        finally:
            self.uppers = around

    def _call(self, expr: Call) -> Shape:
        if not isinstance(expr.function, Ref):
            raise Unshaped
        shapes = [self.shape(a) for a in expr.args]
        if expr.function.key in COLUMN_VALUED and [*map(len, shapes)] == [2]:
            return (shapes[0][COLUMN_VALUED[expr.function.key]], ONE)
        rank = self.context.ranks.rank(expr)
        if rank == 0 or not shapes:
            return ()
        if self.context.maps.get(expr.function.key, "elementwise") != "elementwise" and not expr.subs:
            axes = tuple(self.axis(expr.function.key, k) for k in range(rank or 0))
            return axes if rank == 2 else (*axes, ONE)
        if len(shapes) == 1 and not expr.subs:
            return shapes[0]
        if expr.function.key in ("max", "min"):
            shape: Shape = ()
            for s in shapes:
                shape = self.broadcast(shape, s, expr.span)
            return shape
        raise Unshaped

    def broadcast(self, a: Shape, b: Shape, span: Span) -> Shape:
        """Sums and elementwise products: equal shapes, a scalar, or one row or column for all."""
        if a == () or b == ():
            return a or b
        if _is_vector(a) and _is_vector(b) and (a[0] == ONE) != (b[0] == ONE):
            raise Clash(f"a row of {shown(_length(a))} and a column of {shown(_length(b))} are added", span)
        rows = self._one_of(a[0], b[0], span)
        return (rows, self._one_of(a[1], b[1], span))

    def _one_of(self, a: str, b: str, span: Span) -> str:
        if a == ONE or b == ONE:
            return b if a == ONE else a
        return self.sizes.unite(a, b, span)

    def product(self, a: Shape, b: Shape, op: str, span: Span) -> Shape:
        if a == () or b == ():
            return a or b
        if op in ("odot", "star"):
            return self.broadcast(a, b, span)
        if op == "outer" and _is_vector(a) and _is_vector(b):
            return (_length(a), _length(b))
        if op == "dot" and _is_vector(a) and _is_vector(b) and a[1] != b[0]:
            self.sizes.unite(_length(a), _length(b), span)
            return ()
        if a[1] != b[0]:
            if ONE in (a[1], b[0]):
                raise Clash(f"a {text(a)} matrix is multiplied by a {text(b)} one", span)
            try:
                self.sizes.unite(a[1], b[0], span)
            except Clash as clash:
                message = f"a {text(a)} matrix is multiplied by a {text(b)} one: {clash.args[0]}"
                raise Clash(message, span, clash.sizes) from clash
        shape = (a[0], b[1])
        return () if shape == (ONE, ONE) else shape


class Unshaped(Exception):
    """The shape of this expression is not followed; not an error."""


def position_is_axis(context: Context, key: str) -> bool:
    return key not in context.naming.functions


def text(shape: Shape) -> str:
    """A shape for a message."""
    return "scalar" if shape == () else " x ".join(map(shown, shape))


def _is_minus_one(exponent: Expr) -> bool:
    if isinstance(exponent, Negate):
        return isinstance(exponent.arg, Number) and exponent.arg.value == 1
    return isinstance(exponent, Number) and exponent.value == -1


def _is_vector(shape: Shape) -> bool:
    return len(shape) == 2 and ONE in shape


def _length(shape: Shape) -> str:
    return shape[0] if shape[1] == ONE else shape[1]
