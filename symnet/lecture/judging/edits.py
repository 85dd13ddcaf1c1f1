"""Small edits of a formula: the slips of a pen, most usual first.

The same edits make a false claim true (corrections) and a true one false (mutants).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symnet.lecture.context.refs import FUNCTION_LETTERS, LOSS_NAMES
from symnet.lecture.reader.syntax import (
    NOWHERE,
    Absolute,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Dimensions,
    Expr,
    Label,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
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
    Symbol,
    Transpose,
    Tuple,
)

#: the kinds of edits, most usual slip first
KINDS = (
    "difference",
    "sign",
    "factor",
    "number",
    "added factor",
    "transpose",
    "missing sum",
    "derivative of a function",
    "symbol",
    "index",
    "other symbol",
    "argument",
    "order of factors",
    "exponent",
    "bracket",
    "count",
    "product",
    "fraction",
    "sum",
    "function",
    "term",
    "missing factor",
)
#: functions that are taken for each other
NEIGHBOURS = {
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "max": "min",
    "min": "max",
    "exp": "log",
    "log": "exp",
    "ln": "exp",
    "tanh": "sigma",
}
#: functions f with f(-x) = f(x)
EVEN = frozenset(("cos", "cosh"))


@dataclass(frozen=True)
class Edit:
    """``before`` was replaced by ``after``, which made ``whole`` of the expression.

    ``kind`` is one of KINDS and ``name`` says what was done.  ``certain`` is False where the value may be the same all
    the same: operands of a product that may commute, an argument of what may be an even function.  ``everywhere`` when
    equal parts were replaced at several places; then ``before`` is the whole expression.
    """

    kind: str
    name: str
    before: Expr
    after: Expr
    whole: Expr
    certain: bool = True


@dataclass(frozen=True)
class Vocabulary:
    """What the document offers to put in: names, sizes, and sums as they are written there (the body is not used)."""

    symbols: tuple[Symbol, ...] = ()
    sizes: tuple[Expr, ...] = ()
    sums: tuple[Big, ...] = ()


NOTHING = Vocabulary()
Change = tuple[str, str, Expr, bool]  # kind, name, what stands there now, certain
ZERO, ONE, TWO = Number(Fraction(0), "0"), Number(Fraction(1), "1"), Number(Fraction(2), "2")
HALF = Quotient(ONE, TWO)
OFFERED = 6  # names of the document that are tried for another
LAST = 10**6  # behind all places of an expression


def edits(expr: Expr, vocabulary: Vocabulary = NOTHING) -> Iterator[Edit]:
    """Every small edit of an expression, without repetition, the most usual kinds first."""
    found: list[tuple[int, int, Edit]] = []
    here = _Here(expr, vocabulary)
    for number, (part, put) in enumerate(_places(expr, lambda new: new)):
        for kind, name, new, certain in here.changes(part, top=number == 0):
            found.append((KINDS.index(kind), number, Edit(kind, name, part, new, put(new), certain)))
    for kind, name, whole in here.changes_everywhere():
        found.append((KINDS.index(kind), LAST, Edit(kind, name, expr, whole, whole)))
    seen: set[Expr] = {expr}
    for _, _, edit in sorted(found, key=lambda entry: entry[:2]):
        if edit.whole not in seen:
            seen.add(edit.whole)
            yield edit


def with_products(expr: Expr, is_product: Callable[[Call], bool]) -> Expr:
    """The expression where ``a(b + c)`` is the product that ``is_product`` says it is."""
    expr = expr.map(lambda part: with_products(part, is_product))
    if isinstance(expr, Call) and not expr.certain and len(expr.args) == 1 and is_product(expr):
        bracket = Paren(expr.args[0], span=(expr.function.span[1], expr.span[1]))
        return Product(expr.function, bracket, span=expr.span)
    match expr:  # a(b + c)^T: the transpose is that of the bracket
        case Transpose(Product(left, Paren() as right, op)) if isinstance(expr.arg, Product):
            span = (right.span[0], expr.span[1])
            return Product(left, Transpose(right, span=span), op, span=expr.span)
    return expr


def splice(latex: str, span: Span, new: str) -> str:
    """The formula with the piece at ``span`` replaced by ``new``; all else stays as written."""
    start, end = span
    if not 0 <= start <= end <= len(latex):
        raise ValueError(f"the formula has no piece {span}")
    left, right = latex[:start], latex[end:]
    if new[-1:].isalpha() and "\\" in new and right[:1].isalpha() and new.rsplit("\\", 1)[1].isalpha():
        right = " " + right  # \alpha and x must not become \alphax
    if new[:1].isalpha() and left.rsplit("\\", 1)[-1].isalpha() and "\\" in left:
        left += " "
    return left + new + right


# -- places -----------------------------------------------------------------------------------------------------------


def _places(expr: Expr, put: Callable[[Expr], Expr]) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """Every part that may be edited, outermost first, with what puts another in its place."""
    yield expr, put
    for child, change in _parts(expr):
        yield from _places(child, _after(change, put))


def _after(change: Callable[[Expr], Expr], put: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    return lambda new: put(change(new))


def _with(expr: Expr, name: str, value: Any) -> Expr:
    """The expression with another value in the field ``name``."""
    return replace(expr, **{name: value, "span": NOWHERE})


def _parts(expr: Expr) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """The direct parts that may be edited: no bound variables, no names of functions, no variables of derivatives."""
    match expr:
        case Symbol():
            names: tuple[str, ...] = ("subs", "labels")
        case Label():
            names = ("value",)
        case Big():
            names = ("lower", "upper", "body", "conditions")
        case Call():
            names = ("args", "subs")
        case Derivative() | Nabla():
            names = ("of",)
        case Matrix():
            for i, row in enumerate(expr.rows):
                for j, entry in enumerate(row):

                    def put_entry(new: Expr, i: int = i, j: int = j) -> Expr:
                        rows = [list(r) for r in expr.rows]
                        rows[i][j] = new
                        return replace(expr, rows=tuple(map(tuple, rows)), span=NOWHERE)

                    yield entry, put_entry
            return
        case Cases():
            for i, (value, condition) in enumerate(expr.branches):

                def put_branch(new: Expr, i: int = i, condition: Statement | None = condition) -> Expr:
                    branches = (*expr.branches[:i], (new, condition), *expr.branches[i + 1 :])
                    return replace(expr, branches=branches, span=NOWHERE)

                yield value, put_branch
            return
        case Statement():
            names = ("terms",)
        case _:
            names = tuple(n for n in expr.__dataclass_fields__ if n not in ("span", "under", "note", "conditions"))
    for name in names:
        value = getattr(expr, name)
        if isinstance(value, Expr):

            def put_value(new: Expr, name: str = name, old: Expr = value) -> Expr:
                return _with(expr, name, _fitting(expr, name, old, new))

            yield value, put_value
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if isinstance(item, Expr):

                    def put_item(new: Expr, name: str = name, i: int = i, value: tuple = value) -> Expr:
                        return _with(expr, name, (*value[:i], new, *value[i + 1 :]))

                    yield item, put_item


def _fitting(parent: Expr, name: str, old: Expr, new: Expr) -> Expr:
    """``new`` in brackets where it would otherwise run into what stands around it."""
    if type(old) is type(new):
        return new
    loose: tuple[type, ...] = ()
    match parent:
        case Product():
            loose = (Plus, Negate)
        case Negate() | Big() | Derivative() | Nabla():
            loose = (Plus, Negate)
        case Power() if name == "base":
            loose = (Plus, Negate, Product, Quotient, Power, Transpose, Root)
        case Transpose() | Prime():
            loose = (Plus, Negate, Product, Quotient, Power, Transpose, Call)
    return Paren(new) if isinstance(new, loose) else new


# -- changes at one place ---------------------------------------------------------------------------------------------


class _Here:
    """The changes that make sense in one expression."""

    def __init__(self, expr: Expr, vocabulary: Vocabulary) -> None:
        self.expr, self.vocabulary = expr, vocabulary
        parts = list(expr.walk())
        subscripts = [s for p in parts if isinstance(p, Symbol) for s in p.subs]
        values = [l.value for p in parts if isinstance(p, Label) and (l := p).value is not None]
        bound = [v for p in parts if isinstance(p, Big) for v in p.variables]
        #: single letters that index something here
        self.indices = _unique(
            s for s in [*subscripts, *values, *bound] if isinstance(s, Symbol) and len(s.name) == 1 and not s.subs
        )
        #: letters of layers and of steps, which have neighbours
        self.layers = {id(v) for v in values if isinstance(v, Symbol)} | {
            id(s) for s in subscripts if isinstance(s, Symbol) and s.name in ("t", "k", "l")
        }
        inside = {id(q) for s in [*subscripts, *values, *bound] for q in s.walk()}
        functions = {
            id(p.function) for p in parts if isinstance(p, Call) and (p.certain or p.primes or _is_function(p))
        }
        constants = {id(p.base) for p in parts if isinstance(p, Power) and p.base == Symbol("e")}
        self.values = _unique(p for p in parts if isinstance(p, Symbol) and id(p) not in inside | functions | constants)
        self.exponents = {id(p.exponent) for p in parts if isinstance(p, Power)}
        self.inside = inside
        self.sums = _unique(p for p in parts if isinstance(p, Big) and p.op == "sum")
        self.dims = {id(q) for p in parts if isinstance(p, Space) for d in p.dims for q in d.walk()}
        self.quiet = {id(q) for p in parts if isinstance(p, Absolute | Norm) for q in [p.arg, *_inner(p.arg)]}

    def changes(self, part: Expr, top: bool) -> Iterator[Change]:
        if id(part) in self.inside:
            yield from self._of_index(part)
            return
        if id(part) in self.dims:
            yield from self._of_size(part)
            return
        if isinstance(part, Label):
            return
        yield from self._signs(part, top)
        yield from self._factors(part, top)
        yield from self._transposes(part, top)
        yield from self._symbols(part)
        yield from self._calls(part)
        yield from self._products(part)
        yield from self._powers(part)
        yield from self._sums(part, top)
        yield from self._terms(part)
        yield from self._missing(part, top)

    # -- names and indices ----------------------------------------------------------------------------------------
    def _of_index(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Symbol) and part in self.indices:
            for other in self.indices:
                if other != part:
                    yield "index", f"index {part.name} replaced by {other.name}", _nowhere(other), True
        if isinstance(part, Symbol) and id(part) in self.layers:
            for step in (-1, 1):
                yield "index", f"{part.name} moved by one", _shifted(_nowhere(part), step), True
        if isinstance(part, Number) and part.value.denominator == 1:
            for step in (-1, 1):
                if part.value + step >= 0:
                    yield (
                        "index",
                        f"index {part.value} replaced by {part.value + step}",
                        _number(part.value + step),
                        True,
                    )
        if isinstance(part, Plus) and len(part.terms) == 2:
            base, step_ = part.terms
            yield "index", "step of the index dropped", base, True
            yield "index", "step of the index turned", Plus((base, _negated(step_))), True

    def _of_size(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Symbol):
            for other in self.vocabulary.sizes or _unique(
                d for p in self.expr.walk() if isinstance(p, Space) for d in p.dims
            ):
                if other != part:
                    yield "index", "size replaced by another", _nowhere(other), True

    def _symbols(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Space) and len(part.dims) == 2:
            yield "transpose", "sizes exchanged", replace(part, dims=part.dims[::-1], span=NOWHERE), True
        if not isinstance(part, Symbol) or part not in self.values:
            return
        others = [o for o in self.values if o != part]
        offered = [o for o in self.vocabulary.symbols if o != part and o not in others and _same_letter(o, part)]
        # the same letter with a hat, a prime or another label first
        close = [o for o in [*others, *offered] if _same_letter(o, part)]
        others = [o for o in others if _alike(o, part)]
        for other in [*close, *(o for o in others if o not in close)]:
            what = f"{_plain(part)} replaced by {_plain(other)}"
            yield "symbol", what, _nowhere(other), True
        strangers = [o for o in self.vocabulary.symbols if o not in self.values and o not in close and _alike(o, part)]
        for other in [o for o in strangers if not set(_letters(o)) - set(_letters(self.expr))][:OFFERED]:
            yield "other symbol", f"{_plain(part)} replaced by {_plain(other)}", _nowhere(other), True
        if part.subs and any(isinstance(s, Symbol) for s in part.subs) and len(part.subs) == 2:
            yield "index", "indices exchanged", replace(part, subs=part.subs[::-1], span=NOWHERE), True

    # -- signs and factors ----------------------------------------------------------------------------------------
    def _signs(self, part: Expr, top: bool) -> Iterator[Change]:
        sure = id(part) not in self.quiet
        if isinstance(part, Plus):
            if len(part.terms) == 2 and sum(isinstance(t, Negate) for t in part.terms) == 1 and not _numbers(part):
                first, second = (_negated(t) for t in part.terms)
                turned = Plus((second, first) if isinstance(first, Negate) else (first, second))
                yield "difference", "difference turned", turned, sure
            for i, term in enumerate(part.terms):
                terms = (*part.terms[:i], _negated(term), *part.terms[i + 1 :])
                yield "sign", f"sign of term {i + 1} turned", Plus(terms), len(part.terms) > 1
        elif isinstance(part, Negate):
            yield "sign", "minus dropped", part.arg, sure
        elif top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix) and part != ZERO:
            yield "sign", "sign turned", _negated(part), sure

    def _factors(self, part: Expr, top: bool) -> Iterator[Change]:
        if isinstance(part, Quotient):
            if part.numerator == ONE:
                yield "factor", "denominator dropped", ONE, True
        if isinstance(part, Product):
            for kept, gone in ((part.right, part.left), (part.left, part.right)):
                if _is_coefficient(gone) and not isinstance(gone, Symbol):
                    yield "factor", "factor dropped", kept.arg if top and isinstance(kept, Paren) else kept, True
        if isinstance(part, Quotient) and isinstance(part.denominator, Number | Symbol) and part.numerator != ONE:
            yield "factor", "denominator dropped", part.numerator, True
        if isinstance(part, Number) and part.value not in (0, 1) and id(part) not in self.exponents:
            yield "number", "number doubled", _number(2 * part.value), True
            if part.value.denominator == 1 and part.value % 2 == 0:
                yield "number", "number halved", _number(part.value / 2), True
            if part.value.denominator == 1:
                yield "count", "number one less", _number(part.value - 1), True
                yield "count", "number one more", _number(part.value + 1), True
            else:
                yield "count", "one minus the number", _number(1 - part.value), True
        if isinstance(part, Plus):
            for i, term in enumerate(part.terms):
                bare = term.arg if isinstance(term, Negate) else term
                if isinstance(bare, Number):
                    continue
                for name, factor in (("factor 2 added to a term", TWO), ("factor 1/2 added to a term", HALF)):
                    new = _times(factor, bare)
                    terms = (*part.terms[:i], Negate(new) if isinstance(term, Negate) else new, *part.terms[i + 1 :])
                    yield "added factor", name, replace(part, terms=terms), False
        if top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix | Number):
            for name, factor in (("factor 2 added", TWO), ("factor 1/2 added", HALF)):
                yield "added factor", name, _times(factor, part), True
            for big in _unique([*self.sums, *self.vocabulary.sums]):
                if big.upper is not None and isinstance(big.upper, Symbol):
                    yield "added factor", "mean made of a sum", _times(Quotient(ONE, _nowhere(big.upper)), part), True

    # -- products -------------------------------------------------------------------------------------------------
    def _transposes(self, part: Expr, top: bool) -> Iterator[Change]:
        if isinstance(part, Transpose):
            yield "transpose", "transpose dropped", part.arg, True
        elif isinstance(part, Product):
            last = part.left.right if isinstance(part.left, Product) and part.left.op != "odot" else part.left
            if isinstance(last, Transpose) != isinstance(part.right, Transpose) and part.op != "odot":
                turned = _transposed(last)
                left = turned if last is part.left else Product(part.left.left, turned, part.left.op)  # type: ignore[attr-defined]
                yield "transpose", "transpose moved", Product(left, _transposed(part.right), part.op), True
            for i, (side, name) in enumerate(((part.left, "left"), (part.right, "right"))):
                if isinstance(side, Transpose) or not _may_be_matrix(side):
                    continue
                new = _with(part, name, _transposed(side))
                yield "transpose", f"{'first second'.split()[i]} factor transposed", new, _is_matrix(side)
        elif top and isinstance(part, Symbol) and _may_be_matrix(part):
            yield "transpose", "transpose added", Transpose(part), _is_matrix(part)

    def _products(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Quotient):
            swapped = replace(part, numerator=part.denominator, denominator=part.numerator, span=NOWHERE)
            yield "fraction", "numerator and denominator exchanged", swapped, True
        if not isinstance(part, Product):
            return
        left, right = part.left, part.right
        if isinstance(left, Symbol) and not _is_matrix(left):
            yield "fraction", f"divided by {_plain(left)}", replace(part, left=Quotient(ONE, left), span=NOWHERE), True
        if part.op == "odot":
            yield (
                "product",
                "elementwise product read as a matrix product",
                replace(part, op="juxtapose", span=NOWHERE),
                True,
            )
        elif _may_be_matrix(left) and _may_be_matrix(right):
            certain = _is_matrix(left) and _is_matrix(right)
            if not _is_coefficient(left):
                yield "order of factors", "factors exchanged", _multiplied(right, left, part.op), certain
                for name, new in (
                    ("factors exchanged, the first transposed", (_transposed(right), left)),
                    ("factors exchanged, the second transposed", (right, _transposed(left))),
                    ("product transposed", (_transposed(right), _transposed(left))),
                ):
                    yield "order of factors", name, _multiplied(*new, part.op), certain
            if isinstance(left, Product) and "odot" not in (part.op, left.op) and _may_be_matrix(left.right):
                sure = certain and _is_matrix(left.right)
                for name, first, second in (
                    ("last factors exchanged", right, left.right),
                    ("last factors exchanged, the first transposed", _transposed(right), left.right),
                    ("last factors exchanged, the second transposed", right, _transposed(left.right)),
                    ("last product transposed", _transposed(right), _transposed(left.right)),
                ):
                    new_left = Product(left.left, _grouped(first), left.op)
                    yield "order of factors", name, Product(new_left, _grouped(second), part.op), sure
            yield "product", "product taken elementwise", _multiplied(left, right, "odot"), certain
        if isinstance(right, Paren) and isinstance(right.arg, Plus):
            first, *rest = right.arg.terms
            yield "bracket", "bracket dropped", Plus((_times(left, first, part.op), *rest)), True
        for kept, gone, name in ((right, left, "first"), (left, right, "second")):
            if not (_is_coefficient(gone) and not isinstance(gone, Symbol)):
                yield "term", f"{name} factor dropped", kept, True

    # -- functions and powers -------------------------------------------------------------------------------------
    def _calls(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Prime):
            yield (
                "derivative of a function",
                "prime dropped",
                replace(part, count=part.count - 1) if part.count > 1 else part.arg,
                True,
            )
        if not isinstance(part, Call):
            return
        if part.primes:
            yield "derivative of a function", "prime dropped", replace(part, primes=part.primes - 1, span=NOWHERE), True
        elif _takes_prime(part):
            yield "derivative of a function", "prime added", replace(part, primes=1, span=NOWHERE), part.certain
        name = part.function.name if isinstance(part.function, Symbol) else ""
        if len(part.args) == 1:
            argument = part.args[0]
            bare = argument.arg if isinstance(argument, Paren) else argument
            even = name in EVEN
            if not isinstance(bare, Tuple):
                yield (
                    "argument",
                    "sign of the argument turned",
                    _with_args(part, _negated(bare)),
                    not even and part.certain,
                )
            if not isinstance(bare, Tuple | Plus | Negate):
                yield "argument", "argument doubled", _with_args(part, _times(TWO, bare)), True
                yield "argument", "argument halved", _with_args(part, Quotient(bare, TWO)), True
                if isinstance(bare, Product) and isinstance(bare.left, Number):
                    yield "argument", "factor of the argument dropped", _with_args(part, bare.right), True
            if isinstance(bare, Call) and len(bare.args) == 1:
                yield "argument", "inner function dropped", _with_args(part, *bare.args), True
            if isinstance(bare, Symbol):
                for other in self._compositions(bare):
                    yield "argument", "inner function added", _with_args(part, other), True
        if name in NEIGHBOURS:
            near = NEIGHBOURS[name]
            new = replace(part, function=Symbol(near), span=NOWHERE)
            yield "function", f"{name} replaced by {near}", new, True

    def _compositions(self, bare: Symbol) -> list[Expr]:
        """The g(x) of the expression for an x."""
        found = (p for p in self.expr.walk() if isinstance(p, Call) and p.args == (bare,) and not p.primes)
        calls = [_nowhere(p) for p in found]
        primed = [
            replace(p, primes=0, span=NOWHERE)
            for p in self.expr.walk()
            if isinstance(p, Call) and p.args == (bare,) and p.primes
        ]
        return [*_unique(calls), *_unique(primed)]

    def _powers(self, part: Expr) -> Iterator[Change]:
        if isinstance(part, Root) and part.degree is None:
            yield "exponent", "root dropped", part.arg, True
        if isinstance(part, Power):
            exponent = part.exponent
            if exponent == TWO:
                yield "exponent", "square dropped", part.base, True
                yield "exponent", "square made a cube", replace(part, exponent=_number(3), span=NOWHERE), True
                return
            if isinstance(exponent, Label):
                return
            even = isinstance(part.base, Symbol) and part.base.name == "e"
            yield (
                "argument" if even else "exponent",
                "sign of the exponent turned",
                replace(part, exponent=_negated(exponent), span=NOWHERE),
                True,
            )
            if even:
                if not isinstance(exponent, Plus):
                    yield (
                        "argument",
                        "exponent doubled",
                        replace(part, exponent=_times(TWO, exponent), span=NOWHERE),
                        True,
                    )
                if isinstance(exponent, Product) and isinstance(exponent.left, Number):
                    yield (
                        "argument",
                        "factor of the exponent dropped",
                        replace(part, exponent=exponent.right, span=NOWHERE),
                        True,
                    )
            else:
                for step, word in ((-1, "less"), (1, "more")):
                    new = _shifted(exponent, step)
                    yield "exponent", f"exponent one {word}", replace(part, exponent=new, span=NOWHERE), True
        elif isinstance(part, Norm | Absolute) or isinstance(part, Call) and part.certain and len(part.args) == 1:
            yield "exponent", "square added", Power(part, TWO), True
        elif isinstance(part, Symbol) and part in self.values and not part.labels:
            yield "exponent", "square added", Power(part, TWO), True
        elif isinstance(part, Moment) and part.kind == "E":
            yield "exponent", "square added", Power(Paren(part), TWO), True

    # -- sums -----------------------------------------------------------------------------------------------------
    def _sums(self, part: Expr, top: bool) -> Iterator[Change]:
        if isinstance(part, Big):
            if part.op in ("max", "min"):
                yield (
                    "function",
                    f"{part.op} exchanged",
                    replace(part, op="min" if part.op == "max" else "max", span=NOWHERE),
                    True,
                )
            for other in self.indices:
                if len(part.variables) == 1 and part.variables[0] != other and part.domain is None:
                    new = replace(part, variables=(_nowhere(other),), span=NOWHERE)
                    yield "index", f"{part.op} over {other.name} instead of {part.variables[0].name}", new, True
            if part.op in ("sum", "prod"):
                yield "sum", f"{part.op} dropped", part.body, True
                for name, bound in (("lower", part.lower), ("upper", part.upper)):
                    if (
                        bound is not None
                        and not isinstance(bound, Symbol)
                        or isinstance(bound, Symbol)
                        and name == "upper"
                    ):
                        for step, word in ((-1, "less"), (1, "more")):
                            stepped = _with(part, name, _shifted(bound, step))
                            yield "sum", f"{name} bound one {word}", stepped, True
                if isinstance(part.body, Plus):
                    first, *rest = part.body.terms
                    moved = Plus((replace(part, body=first, span=NOWHERE), *rest))
                    yield "bracket", f"only the first term in the {part.op}", moved, True
        elif top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix):
            free = _free_letters(part)
            for big in self.vocabulary.sums:
                if len(big.variables) == 1 and big.variables[0] in free:
                    inner, negative = (part.arg, True) if isinstance(part, Negate) else (part, False)
                    summed: Expr = _nowhere(replace(big, body=Paren(inner) if isinstance(inner, Plus) else inner))
                    yield "missing sum", "sum added", _negated(summed) if negative else summed, True
                    if isinstance(big.upper, Symbol):
                        mean = _times(Quotient(ONE, _nowhere(big.upper)), summed)
                        yield "missing sum", "mean added", _negated(mean) if negative else mean, True

    def _missing(self, part: Expr, top: bool) -> Iterator[Change]:
        if top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix | Plus):
            for symbol in self.values:
                yield "missing factor", f"factor {_plain(symbol)} added", _times(_nowhere(symbol), part), True
                if not _is_matrix(symbol):
                    yield "missing factor", f"divided by {_plain(symbol)}", _times(Quotient(ONE, symbol), part), True
        if isinstance(part, Plus):
            for i, term in enumerate(part.terms):
                for symbol in self.values:
                    terms = (*part.terms[:i], _times(_nowhere(symbol), term), *part.terms[i + 1 :])
                    yield "missing factor", f"term {i + 1} times {_plain(symbol)}", Plus(terms), True

    def _terms(self, part: Expr) -> Iterator[Change]:
        if not isinstance(part, Plus):
            return
        for i in range(len(part.terms)):
            rest = part.terms[:i] + part.terms[i + 1 :]
            yield "term", f"term {i + 1} dropped", Plus(rest) if len(rest) > 1 else rest[0], True
        first = part.terms[0]
        if isinstance(first, Product) and _is_coefficient(first.left):
            inside = Plus((first.right, *part.terms[1:]))
            yield "bracket", "bracket added", _times(first.left, Paren(inside), first.op), True
        for i, term in enumerate(part.terms):
            for big in self.sums:
                if big not in (list(term.walk())):
                    more = _times(term, _nowhere(big))
                    yield (
                        "missing sum",
                        f"term {i + 1} times a sum",
                        Plus((*part.terms[:i], more, *part.terms[i + 1 :])),
                        True,
                    )

    # -- the same change at every place ---------------------------------------------------------------------------
    def changes_everywhere(self) -> Iterator[tuple[str, str, Expr]]:
        for symbol in self.values:
            places = [p for p in self.expr.walk() if p == symbol and id(p) not in self.inside]
            if len(places) < 2:
                continue
            for kind, name, new in (
                ("argument", "argument doubled everywhere", _times(TWO, symbol)),
                ("argument", "argument halved everywhere", Quotient(symbol, TWO)),
            ):
                yield kind, name, _everywhere(self.expr, symbol, new)
            for other in [o for o in self.values if o != symbol]:
                yield (
                    "symbol",
                    f"{_plain(symbol)} replaced by {_plain(other)} everywhere",
                    _everywhere(self.expr, symbol, other),
                )
        for part in _unique(p for p in self.expr.walk() if isinstance(p, Power)):
            exponent = part.exponent
            if isinstance(exponent, Label) or not any(isinstance(q, Symbol) for q in exponent.walk()):
                continue
            if sum(p == part for p in self.expr.walk()) > 1:
                turned = replace(part, exponent=_negated(exponent), span=NOWHERE)
                yield "exponent", "sign of the exponent turned everywhere", _everywhere(self.expr, part, turned)


# -- building ---------------------------------------------------------------------------------------------------------


def _unique(items: Iterable) -> list:
    return list(dict.fromkeys(items))


def _nowhere(expr):
    """The part as if it stood in no document."""
    new = expr.map(_nowhere)
    return replace(new, span=NOWHERE)


def _number(value: Fraction | int) -> Expr:
    value = Fraction(value)
    if value < 0:
        return Negate(_number(-value))
    if value.denominator == 1:
        return Number(value, str(value))
    text = f"{float(value):.10g}"
    if Fraction(text) == value:
        return Number(value, text)
    return Quotient(_number(value.numerator), _number(value.denominator))


def _negated(expr: Expr) -> Expr:
    if isinstance(expr, Negate):
        return expr.arg
    if isinstance(expr, Plus):
        return Negate(Paren(expr))
    return Negate(expr)


def _transposed(expr: Expr) -> Expr:
    if isinstance(expr, Transpose):
        return expr.arg
    simple = isinstance(expr, Symbol | Paren | Matrix | Call)
    return Transpose(expr if simple else Paren(expr))


def _times(left: Expr, right: Expr, op: str = "juxtapose") -> Expr:
    """A product with the brackets that it needs."""
    if isinstance(left, Negate):
        return Negate(_times(left.arg, right, op))
    if isinstance(right, Negate) and op == "juxtapose":
        return Negate(_times(left, right.arg, op))
    if isinstance(right, Product):
        return replace(right, left=_times(left, right.left, op), span=NOWHERE)
    return Product(_grouped(left), _grouped(right), op)


def _multiplied(left: Expr, right: Expr, op: str) -> Expr:
    if isinstance(right, Product) and "odot" not in (op, right.op):
        return Product(_multiplied(left, right.left, op), right.right, right.op)
    return Product(_grouped(left), Paren(right) if isinstance(right, Product) else _grouped(right), op)


def _grouped(expr: Expr) -> Expr:
    return Paren(expr) if isinstance(expr, Plus | Negate) else expr


def _shifted(expr: Expr, step: int) -> Expr:
    """The expression plus one or minus one, written short."""
    match expr:
        case Number():
            return _number(expr.value + step)
        case Negate(Number() as n):
            return _number(-n.value + step)
        case Plus(terms) if isinstance(terms[-1], Number):
            rest, total = terms[:-1], terms[-1].value + step
        case Plus(terms) if isinstance(terms[-1], Negate) and isinstance(terms[-1].arg, Number):
            rest, total = terms[:-1], -terms[-1].arg.value + step
        case Plus(terms):
            rest, total = terms, Fraction(step)
        case _:
            rest, total = (expr,), Fraction(step)
    if total == 0:
        return Plus(rest) if len(rest) > 1 else rest[0]
    return Plus((*rest, _number(total)))


def _with_args(call: Call, *args: Expr) -> Call:
    return replace(call, args=args, span=NOWHERE)


def _everywhere(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Symbol | Label):
        return expr

    def change(part: Expr) -> Expr:
        return _everywhere(part, old, new)

    mapped = expr.map(change)
    return mapped if mapped is expr else replace(mapped, span=NOWHERE)


# -- questions --------------------------------------------------------------------------------------------------------


def _plain(symbol: Symbol) -> str:
    """The name of a symbol in a sentence."""
    return " ".join([*symbol.marks, symbol.name])


def _numbers(expr: Plus) -> bool:
    """Is one of the terms a number?"""
    return any(isinstance(t.arg if isinstance(t, Negate) else t, Number) for t in expr.terms)


def _alike(a: Symbol, b: Symbol) -> bool:
    """Both bold, both capitals, both with as many indices."""
    return (_look(a)) == (_look(b))


def _look(symbol: Symbol) -> tuple[str, bool, int]:
    indices = [s for s in symbol.subs if isinstance(s, Symbol) and len(s.name) == 1]
    return symbol.font, symbol.name[:1].isupper(), len(indices)


def _letters(expr: Expr) -> list[str]:
    """The letters that index something."""
    symbols = [p for p in expr.walk() if isinstance(p, Symbol)]
    return [s.name for p in symbols for s in p.subs if isinstance(s, Symbol) and len(s.name) == 1]


def _same_letter(a: Symbol, b: Symbol) -> bool:
    return a.name == b.name


def _is_coefficient(expr: Expr) -> bool:
    """A number, a name of one, or a quotient of these."""
    match expr:
        case Number():
            return True
        case Symbol():
            return expr.font != "bold" and expr.name.islower() and not expr.subs
        case Quotient(numerator, denominator):
            return _is_coefficient(numerator) and (_is_coefficient(denominator) or isinstance(denominator, Symbol))
        case Paren(arg):
            return _is_coefficient(arg)
    return False


def _may_be_matrix(expr: Expr) -> bool:
    """Can the order of this factor matter?  Sure of bold and of capital letters without indices."""
    match expr:
        case Number() | Quotient() | Absolute() | Norm() | Big() | Dimensions() | Slice():
            return False
        case Symbol():
            indexed = any(isinstance(s, Symbol) and len(s.name) == 1 for s in expr.subs)
            return (
                (expr.font == "bold" or expr.name[:1].isupper() or "vec" in expr.marks)
                and not indexed
                or (expr.font in ("", "bold") and not indexed and len(expr.name) == 1)
            )
        case Negate(arg) | Paren(arg) | Transpose(arg) | Braced(arg=arg):
            return _may_be_matrix(arg)
        case Plus(terms):
            return any(map(_may_be_matrix, terms))
        case Product(left, right):
            return _may_be_matrix(left) or _may_be_matrix(right)
        case Call():
            return not expr.subs and any(map(_may_be_matrix, expr.args))
    return isinstance(expr, Derivative | Nabla | Matrix)


def _is_matrix(expr: Expr) -> bool:
    """A factor that surely is a vector or a matrix as it is written."""
    match expr:
        case Symbol():
            indexed = any(isinstance(s, Symbol) and len(s.name) == 1 for s in expr.subs)
            return (expr.font == "bold" or expr.name[:1].isupper() and not expr.font) and not indexed
        case Transpose() | Matrix():
            return True
        case Negate(arg) | Paren(arg):
            return _is_matrix(arg)
        case Plus(terms):
            return any(map(_is_matrix, terms))
        case Product(left, right):
            return _is_matrix(left) or _is_matrix(right)
        case Call():
            return not expr.subs and any(map(_is_matrix, expr.args))
    return False


def _is_function(call: Call) -> bool:
    """A letter that usually names a function, with one bracket behind it."""
    f = call.function
    return isinstance(f, Symbol) and f.font != "bold" and f.name in FUNCTION_LETTERS | LOSS_NAMES


def _takes_prime(call: Call) -> bool:
    """A function of one argument that is written with one letter."""
    f = call.function
    return (
        isinstance(f, Symbol)
        and len(call.args) == 1
        and (len(f.name) == 1 or f.name in ("sigma", "phi", "varphi", "psi"))
    )


def _free_letters(expr: Expr) -> list[Symbol]:
    """The letters that index something and are bound by no sum."""
    bound = {v for p in expr.walk() if isinstance(p, Big) for v in p.variables}
    letters = (q for p in expr.walk() if isinstance(p, Symbol) for s in (*p.subs, *p.labels) for q in s.walk())
    return _unique(q for q in letters if isinstance(q, Symbol) and len(q.name) == 1 and q not in bound)


def _inner(expr: Expr) -> Iterator[Expr]:
    while isinstance(expr, Paren | Negate):
        expr = expr.arg
        yield expr
