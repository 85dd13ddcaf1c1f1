"""What a formula of a lecture says, as written: the syntax tree that the reader makes of LaTeX.

Nothing is decided here that needs the rest of the document: ``Call`` may still turn out to be a product, ``Power`` a
label, a subscript a part of the name.  Every part knows the piece of LaTeX that it was read from (``span``), so that
findings and corrections can point at it; spans do not count in comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

from symnet.lecture.remembered import remembered

#: start and end in the LaTeX of the formula; (-1, -1) for what stands in no document
Span = tuple[int, int]
NOWHERE: Span = (-1, -1)


@dataclass(frozen=True)
class Expr:
    """A part of a formula."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)

    @remembered
    def children(self) -> tuple[Expr, ...]:
        """The direct parts, in the order in which they are written."""
        return tuple(part for name in _names(self) for part in _expressions(getattr(self, name)))

    def walk(self) -> Iterator[Expr]:
        """This part and everything below it, outermost first."""
        todo: list[Expr] = [self]
        while todo:
            part = todo.pop()
            yield part
            todo += reversed(part.children())

    def map(self, change: Callable[[Expr], Expr]) -> Expr:
        """This part with ``change`` applied to its direct parts."""
        new = {name: _mapped(getattr(self, name), change) for name in _names(self)}
        same = all(value is getattr(self, name) for name, value in new.items())
        return self if same else replace(self, **new)


_NAMES: dict[type[Expr], tuple[str, ...]] = {}


def _names(expr: Expr) -> tuple[str, ...]:
    """The fields in which parts may stand."""
    kind = type(expr)
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in fields(kind) if f.name != "span")
    return _NAMES[kind]


def _expressions(value: object) -> Iterator[Expr]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)


def _mapped(value, change):
    if isinstance(value, Expr):
        return change(value)
    if isinstance(value, tuple):
        new = tuple(_mapped(item, change) for item in value)
        return value if all(a is b for a, b in zip(new, value)) else new
    return value


# -- leaves -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number(Expr):
    """A number as written: ``0.9`` is 9/10 with the text "0.9"."""

    value: Fraction
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class Infinity(Expr):
    r"""\infty."""


@dataclass(frozen=True)
class Dots(Expr):
    r"""\dots, \cdots, ...: 'and so on'."""


@dataclass(frozen=True)
class Slice(Expr):
    """The colon of ``W_{j,:}``, or ``1:t`` of ``x_{1:t}``."""

    low: Expr | None = None
    high: Expr | None = None


@dataclass(frozen=True)
class Label(Expr):
    """A superscript that is a label: ``(i)`` a sample, ``[l]`` a layer, ``*``, a word, primes (as many as ``count``).

    ``kind`` is paren, bracket, angle (``<t>``), star, word, prime or sign (a lone + or -), or
    occurrence: a number that is not written, of an identity matrix, whose size differs from place to place.
    """

    kind: str
    value: Expr | None = None  # paren, bracket: what stands inside
    word: str = ""  # word: correct, test; sign: + or -
    count: int = 1  # prime


@dataclass(frozen=True)
class Symbol(Expr):
    r"""A name with its decorations: ``\hat{\mathbf{x}}^{(i)}_{j,k}``.

    ``name`` has no backslash (x, alpha, Loss, dw, BN); ``marks`` are accents from the inside out (hat, bar, tilde, vec,
    dot, ddot, underline, Delta for ``\Delta x``); ``font`` is "", bold, cal, bb, rm, frak, scr, sf or tt
    (``\boldsymbol``, ``\bm`` are bold; ``\text``, ``\operatorname`` are rm).  ``subs`` are the parts of the
    subscript between commas or
    written side by side (``a_{ij}`` has two, ``x_{t-1}`` one, ``W_{j,:}`` a Symbol and a Slice, ``S_{dw}`` the one
    Symbol dw, ``x_{\max}`` the Symbol max).  Primes are labels here where the symbol is not called.
    """

    name: str
    marks: tuple[str, ...] = ()
    font: str = ""
    subs: tuple[Expr, ...] = ()
    labels: tuple[Label, ...] = ()
    #: of an array that is written as a function: how many of the last ``subs`` are given, and how many its arguments
    called: tuple[int, int] = field(default=(0, 0), compare=False)


# -- arithmetic -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plus(Expr):
    """a + b - c: the terms of a sum; what is subtracted is a Negate."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Negate(Expr):
    arg: Expr


@dataclass(frozen=True)
class Product(Expr):
    r"""left op right, associating to the left.

    ``op`` is juxtapose (side by side), dot (\cdot), times (\times), star (*), odot (elementwise: \odot, \circ, \ast),
    outer (\otimes) or matmul (@, in code).
    """

    left: Expr
    right: Expr
    op: str = "juxtapose"


@dataclass(frozen=True)
class Quotient(Expr):
    r"""\frac{a}{b}, a / b; ``elementwise`` for \oslash."""

    numerator: Expr
    denominator: Expr
    elementwise: bool = False


@dataclass(frozen=True)
class Power(Expr):
    r"""base^exponent where that is no transpose and surely no label; \sqrt{x} is Root.

    ``elementwise`` for x^{\circ 2}, x^{\odot 2}.
    """

    base: Expr
    exponent: Expr
    elementwise: bool = False


@dataclass(frozen=True)
class Root(Expr):
    """The square root, or the one of the given degree."""

    arg: Expr
    degree: Expr | None = None


@dataclass(frozen=True)
class Transpose(Expr):
    r"""x^T, x^\top, x^{\mathsf T}, x^\intercal; a plain ``letter`` T may be a number."""

    arg: Expr
    letter: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Paren(Expr):
    """Brackets that only group: ( ), [ ], { }."""

    arg: Expr


@dataclass(frozen=True)
class Absolute(Expr):
    """|x|."""

    arg: Expr


@dataclass(frozen=True)
class Norm(Expr):
    r"""\|x\|, \|x\|_1, \|W\|_F; ``order`` is None where none is written."""

    arg: Expr
    order: Expr | None = None


@dataclass(frozen=True)
class Call(Expr):
    r"""f(x, y; W), \log x, \sigma'(z), \operatorname{softmax}(z)_i.

    ``certain`` is False where a plain symbol stands before a bracket, as in ``a(b + c)`` or ``L(w)``: the document
    decides.  ``f(x)_i`` has ``subs``; the primes of ``f'(x)`` and ``f''(x)`` are counted in ``primes``.
    ``parameters`` stand behind a semicolon or a bar; behind a bar they are what is ``given``.
    """

    function: Expr
    args: tuple[Expr, ...]
    parameters: tuple[Expr, ...] = ()
    certain: bool = True
    primes: int = 0
    subs: tuple[Expr, ...] = ()
    given: bool = False
    #: how many of the last ``args`` are written below the function
    below: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Prime(Expr):
    r"""The prime behind a bracket: ``\sigma(x)'``, ``(x^2)'``."""

    arg: Expr
    count: int = 1


# -- operators with a scope -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Big(Expr):
    r"""\sum, \prod, \max, \min, \arg\max, \arg\min, \sup, \inf, \lim, \int with what is written below and above.

    ``op`` is sum, prod, max, min, argmax, argmin, sup, inf, lim or int.  ``\sum_{i=1}^{n}`` has variables (i,),
    lower 1, upper n; ``\sum_i`` only the variable; ``\sum_{i \in B}`` a domain; ``\sum_{j \ne y_i}`` a condition
    (and variable j); ``\lim_{h \to 0}`` the lower h -> 0 as variable h with lower 0.  \max(a, b) with
    arguments is a Call.
    """

    op: str
    body: Expr
    variables: tuple[Symbol, ...] = ()
    lower: Expr | None = None
    upper: Expr | None = None
    domain: Expr | None = None
    conditions: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Derivative(Expr):
    r"""\frac{\partial f}{\partial x}, \frac{d}{dx} f, \partial_x f, \frac{\partial^2 f}{\partial x \partial y}.

    ``by`` has one entry for each differentiation, in the order written (twice x for \partial x^2).  ``of`` is None
    where the operator stands alone.  ``total`` for an upright or italic d.
    """

    of: Expr | None
    by: tuple[Expr, ...]
    total: bool = False


@dataclass(frozen=True)
class Nabla(Expr):
    r"""\nabla_w L, \nabla L(w), \nabla^2 f (order 2: the Hessian, or the Laplacian, which symnet does not read)."""

    of: Expr
    by: tuple[Expr, ...] = ()
    order: int = 1


@dataclass(frozen=True)
class Moment(Expr):
    r"""\mathbb{E}[x], E_{x \sim p}[f(x)], \operatorname{Var}[x], \mathbb{D}[x], \operatorname{Cov}(x, y), Std.

    ``kind`` is E, Var, Cov or Std; ``under`` is what stands below, ``given`` what stands
    behind the bar of a conditional moment; ``word`` is how it was written.  In E(x - m)^2 the
    square may be meant of the mean: it is ``raised``.
    """

    kind: str
    args: tuple[Expr, ...]
    under: tuple[Expr, ...] = ()
    given: tuple[Expr, ...] = ()
    word: str = field(default="", compare=False, repr=False)
    raised: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True)
class At(Expr):
    r"""\left. f \right|_{x = 0}: values of symbols."""

    arg: Expr
    conditions: tuple[Statement, ...]


@dataclass(frozen=True)
class Braced(Expr):
    r"""\underbrace{a}_{note}, \overbrace{a}^{\le 1/4}: means ``arg``; a note that is a relation is a claim."""

    arg: Expr
    note: Statement | None = None


# -- composed values --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tuple(Expr):
    """(a, b, c) and a, b written as one value."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Matrix(Expr):
    """pmatrix, bmatrix, array: rows of entries; [a, b, c] is a matrix with one row."""

    rows: tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Cases(Expr):
    """Branches with their conditions; None is 'otherwise'."""

    branches: tuple[tuple[Expr, Statement | None], ...]


@dataclass(frozen=True)
class Indicator(Expr):
    r"""\mathbb{1}[i = j], [i = j], \mathbf{1}\{x > 0\}."""

    condition: Statement


@dataclass(frozen=True)
class Interval(Expr):
    """[a, b], (a, b], and so on, where a set is meant."""

    low: Expr
    high: Expr
    closed: tuple[bool, bool] = (True, True)


@dataclass(frozen=True)
class SetOf(Expr):
    r"""\{a, b, c\} and \{x : condition\}."""

    items: tuple[Expr, ...]
    conditions: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Space(Expr):
    r"""\mathbb{R}^{n \times d}: ``name`` R, N, Z, C; dims (n, d); () for \mathbb{R}."""

    name: str
    dims: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Dimensions(Expr):
    r"""dim X, \dim X, size W, shape(X): asks for the shape of ``arg``; ``word`` as written."""

    arg: Expr
    word: str = "dim"


# -- statements -------------------------------------------------------------------------------------------------------

#: orders between numbers
BORDERS = ("<", "<=", ">", ">=")
#: orders between symmetric matrices: the difference is positive (semi)definite
DEFINITE_ORDERS = ("succ", "succeq", "prec", "preceq")
#: relation -> its LaTeX.  "set" is := or \stackrel{def}{=}, "get" \leftarrow, "to" \to, \rightarrow, "imp" \Rightarrow
RELATIONS = {
    "=": "=",
    "!=": r"\neq",
    "<": "<",
    "<=": r"\leq",
    ">": ">",
    ">=": r"\geq",
    "succ": r"\succ",
    "succeq": r"\succeq",
    "prec": r"\prec",
    "preceq": r"\preceq",
    "<<": r"\ll",
    ">>": r"\gg",
    "~=": r"\approx",
    "prop": r"\propto",
    "sim": r"\sim",
    "in": r"\in",
    "subset": r"\subset",
    "to": r"\to",
    "imp": r"\Rightarrow",
    "iff": r"\Leftrightarrow",
    "set": ":=",
    "get": r"\leftarrow",
    "equiv": r"\equiv",
    "mapsto": r"\mapsto",
    ":": ":",  # f: A \to B
}


@dataclass(frozen=True)
class Statement(Expr):
    r"""A chain of relations ``terms[0] relations[0] terms[1] ...``; one term and no relation where nothing is claimed.

    ``continues`` when the formula began with the relation (an aligned row, or ``$$= ...$$`` after another formula):
    then there are as many relations as terms.  ``conditions`` stand beside it: ", l \in [1, L]", "if i = j",
    "\forall i".  ``text`` holds the words that were written into the formula, in any language.
    """

    terms: tuple[Expr, ...]
    relations: tuple[str, ...] = ()
    continues: bool = False
    conditions: tuple[Statement, ...] = ()
    text: str = field(default="", compare=False)

    @property
    def is_bound(self) -> bool:
        """Is it an inequality, or an order of matrices?"""
        return bool(self.relations) and {*BORDERS, *DEFINITE_ORDERS}.issuperset(self.relations)


#: the span of a condition that the prose beside a formula says of it
SAID_BESIDE: Span = (-3, -3)


@dataclass(frozen=True)
class Refusal:
    """A piece of LaTeX that was not understood: why, the token, where it stands in the formula, and what to write."""

    reason: str
    token: str
    span: Span
    remedy: str = ""
