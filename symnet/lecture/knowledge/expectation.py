r"""Expectations of polynomials in random variables: by rules, and by enumeration of finite laws.

A ``World`` says how a formula is read (what is random, what is a vector, how long a sum is); an ``Algebra`` gives the
value of a tree in it; ``Rules`` take the expectation with every mixed moment a free quantity that hypotheses simplify;
``Enumeration`` and ``Joint`` take it over finite laws with rational values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import sympy as sp

from symnet.lecture.knowledge.laws import LAWS, law_of
from symnet.lecture.knowledge.updates import text_of
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Expr,
    Label,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Slice,
    Symbol,
    Transpose,
)

INDEX_LETTERS = frozenset("i j k l t r s".split())
#: letters for the size of a batch inside of an expectation over batches
BATCH_SIZES = ("m", "b", "B", "M")
#: how a hypothesis about a variable is worded
SAYS = {
    "symmetric": "the law of {} is symmetric about 0",
    "zero mean": "E[{}] = 0",
    "independent": "the random variables are independent",
    "identical": "the components of {} have one law",
    "unit variance": "Var[{}] = 1",
}


class Unsupported(Exception):
    """Not decided by moment rules."""


# -- the algebra ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variable:
    """A random variable, or one component of it."""

    base: str
    index: tuple[str, ...] = ()

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol("_".join((self.base, *self.index)), real=True)

    def __str__(self) -> str:
        return self.base + (f"[{','.join(self.index)}]" if self.index else "")


#: a SymPy expression, or a matrix of them
Value = Any


@dataclass
class World:
    """One reading: which symbols are random, which are vectors or matrices, how many terms a sum has."""

    randoms: frozenset[str]
    size: int
    vectors: frozenset[str] = frozenset()
    matrices: frozenset[str] = frozenset()
    size_names: frozenset[str] = frozenset()
    means: frozenset[str] = frozenset()  # barred symbols that are means of the components
    componentwise: bool = False  # Var of a vector is the variance of one component
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    laws: dict[str, tuple[str, tuple[sp.Expr, ...]]] = field(default_factory=dict)
    given: dict[tuple[str, str], sp.Expr] = field(default_factory=dict)  # E and Var of a name, as the document says
    variables: dict[sp.Symbol, Variable] = field(default_factory=dict)
    constants: dict[str, sp.Symbol] = field(default_factory=dict)

    def variable(self, base: str, index: tuple[str, ...] = ()) -> sp.Symbol:
        variable = Variable(base, index)
        self.variables[variable.symbol] = variable
        return variable.symbol

    def constant(self, name: str) -> sp.Symbol:
        return self.constants.setdefault(name, sp.Symbol(name, positive=True))


class Algebra:
    """Values of trees; ``expect`` says what the expectation of an expression is."""

    def __init__(
        self,
        world: World,
        expect: Callable[[sp.Expr], sp.Expr],
        given: Callable[[sp.Expr, list[sp.Symbol]], sp.Expr] | None = None,
    ) -> None:
        self.world, self._expect, self._given = world, expect, given
        self._batches: dict[str, tuple[int, ...]] = {}

    def value(self, expr: Expr, bound: Mapping[str, int] | None = None) -> Value:
        bound = bound or {}
        match expr:
            case Number():
                return sp.Rational(expr.value.numerator, expr.value.denominator)
            case Paren() | Braced():
                return self.value(expr.arg, bound)
            case Plus():
                return _sum([self.value(term, bound) for term in expr.terms])
            case Negate():
                return -self.value(expr.arg, bound)
            case Product() if expr.op not in ("outer",):
                return self._product(expr, bound)
            case Quotient():
                top, below = self.value(expr.numerator, bound), self.scalar(expr.denominator, bound)
                return top / below
            case Power():
                return self._power(expr, bound)
            case Root(degree=None):
                return sp.sqrt(self.scalar(expr.arg, bound))
            case Absolute():
                return self._absolute(expr, bound)
            case Norm() if expr.order is None or text_of(expr.order) == "2":
                value = self.value(expr.arg, bound)
                if isinstance(value, sp.MatrixBase) and value.cols == 1:
                    return sp.sqrt(sum(v**2 for v in value))
            case Transpose():
                value = self.value(expr.arg, bound)
                return value.T if isinstance(value, sp.MatrixBase) else value
            case Big() if expr.op in ("sum", "prod"):
                return self._big(expr, bound)
            case Moment():
                return self._moment(expr, bound)
            case Symbol():
                return self._symbol(expr, bound)
            case Call():
                return self._call(expr, bound)
            case Nabla() | Derivative():
                return self.world.constant(text_of(_numbered(expr, bound)))
        raise Unsupported(type(expr).__name__)

    def scalar(self, expr: Expr, bound: Mapping[str, int]) -> sp.Expr:
        value = self.value(expr, bound)
        if isinstance(value, sp.MatrixBase):
            if value.shape != (1, 1):
                raise Unsupported("a vector where a number is expected")
            return value[0, 0]
        return value

    def _mixture(self, name: str, cases: Cases, bound: Mapping[str, int]) -> sp.Expr:
        """A variable that takes each value with the probability that stands beside it."""
        parts: list[sp.Expr] = []
        rest = sp.Integer(1)
        for value, condition in cases.branches:
            if condition is None:
                weight = rest
            elif not condition.relations and len(condition.terms) == 1:
                weight = self.scalar(condition.terms[0], bound)
            else:
                raise Unsupported("a case without a probability")
            rest -= weight
            parts += [weight, self.scalar(value, bound)]
        if sp.expand(rest) != 0 and all(condition is not None for _, condition in cases.branches):
            raise Unsupported("probabilities that do not sum to 1")
        self.world.laws[name] = ("Mixture", tuple(parts))
        return self.world.variable(name)

    def _product(self, expr: Product, bound: Mapping[str, int]) -> Value:
        left, right = self.value(expr.left, bound), self.value(expr.right, bound)
        both = isinstance(left, sp.MatrixBase) and isinstance(right, sp.MatrixBase)
        if both and expr.op == "odot":
            if left.shape != right.shape:
                raise Unsupported("shapes")
            return left.multiply_elementwise(right)
        if both and left.cols != right.rows:
            if expr.op in ("dot", "juxtapose") and left.shape == right.shape and left.cols == 1 and expr.op == "dot":
                return (left.T * right)[0, 0]
            raise Unsupported("shapes")
        result = left * right
        if both and result.shape == (1, 1):
            return result[0, 0]
        return result

    def _power(self, expr: Power, bound: Mapping[str, int]) -> Value:
        layer = self._layer(expr)
        if layer is not None:
            return layer
        base, exponent = self.value(expr.base, bound), self.scalar(expr.exponent, bound)
        if isinstance(base, sp.MatrixBase):
            raise Unsupported("a power of a vector")
        return base**exponent

    def _layer(self, expr: Power) -> Value | None:
        return None

    def _absolute(self, expr: Absolute, bound: Mapping[str, int]) -> sp.Expr:
        if isinstance(expr.arg, Symbol) and expr.arg.font == "cal" and text_of(expr.arg) not in self.world.randoms:
            batch = self._batches.get(text_of(expr.arg))
            return sp.Integer(self.world.size if batch is None else len(batch))
        return sp.Abs(self.scalar(expr.arg, bound))

    def _big(self, expr: Big, bound: Mapping[str, int]) -> Value:
        if len(expr.variables) != 1 or expr.conditions:
            raise Unsupported("a sum over several indices")
        name = text_of(expr.variables[0])
        if expr.domain is not None and text_of(expr.domain) in self._batches:
            return _sum([self.value(expr.body, {**bound, name: i}) for i in self._batches[text_of(expr.domain)]])
        low = self._integer(expr.lower, bound) if expr.lower is not None else 1
        if expr.upper is None:
            high = low + self.world.size - 1
        else:
            high = self._integer(expr.upper, bound)
        if high - low > 8:
            raise Unsupported("a long sum")
        terms = [self.value(expr.body, {**bound, name: i}) for i in range(low, high + 1)]
        return _sum(terms) if expr.op == "sum" else sp.prod(terms)

    def _integer(self, expr: Expr, bound: Mapping[str, int]) -> int:
        value = self.scalar(expr, bound)
        value = value.subs({s: self.world.size for n, s in self.world.constants.items() if n in self.world.size_names})
        if isinstance(expr, Symbol) and value.is_Symbol:
            return self.world.size
        if not value.is_Integer:
            raise Unsupported("a bound that is no number")
        return int(value)

    def _symbol(self, symbol: Symbol, bound: Mapping[str, int]) -> Value:
        name = text_of(replace(symbol, subs=(), labels=()))
        whole = text_of(symbol)
        if whole in bound:
            return sp.Integer(bound[whole])
        if whole in self.world.size_names:
            return sp.Integer(self.world.size)
        if whole in self.world.definitions:
            definition = self.world.definitions[whole]
            inner = replace(self.world, definitions={k: v for k, v in self.world.definitions.items() if k != whole})
            inner.variables, inner.constants, inner.laws = self.world.variables, self.world.constants, self.world.laws
            if isinstance(definition, Cases):
                return self._mixture(whole, definition, bound)
            return Algebra(inner, self._expect, self._given).value(definition, bound)
        base, index = self._split(symbol, bound)
        if base in self.world.means and not index:
            plain = base.removeprefix("bar")
            n = self.world.size
            return sum(self.world.variable(plain, (str(i),)) for i in range(1, n + 1)) / sp.Integer(n)
        random = base in self.world.randoms
        if index or name not in self.world.vectors | self.world.matrices:
            return self.world.variable(base, index) if random else self.world.constant("_".join((base, *index)))
        make = (
            (lambda *i: self.world.variable(base, i))
            if random
            else (lambda *i: self.world.constant("_".join((base, *i))))
        )
        n = self.world.size
        if name in self.world.vectors:
            return sp.Matrix([make(str(i)) for i in range(1, n + 1)])
        return sp.Matrix(n, n, lambda i, j: make(str(i + 1), str(j + 1)))

    def _split(self, symbol: Symbol, bound: Mapping[str, int]) -> tuple[str, tuple[str, ...]]:
        """The name of a random variable or constant, and the component."""
        index: list[str] = []
        kept: list[Expr] = []
        for sub in symbol.subs:
            if isinstance(sub, Slice):
                raise Unsupported("a slice")
            text = text_of(sub)
            if text in bound:
                index.append(str(bound[text]))
            elif isinstance(sub, Number) or isinstance(sub, Symbol) and sub.name in INDEX_LETTERS:
                index.append(text)
            else:
                value = self._shifted(sub, bound)
                if value is None:
                    kept.append(sub)
                else:
                    index.append(value)
        kept_labels = []
        for label in symbol.labels:
            inner = label.value if isinstance(label, Label) and label.kind in ("paren", "bracket") else None
            text = text_of(inner) if inner is not None else ""
            if text and text in bound:
                index.append(str(bound[text]))
            else:
                kept_labels.append(label)
        base = text_of(replace(symbol, subs=tuple(kept), labels=tuple(kept_labels)))
        return base, tuple(index)

    def _shifted(self, sub: Expr, bound: Mapping[str, int]) -> str | None:
        """i + 1 with i bound is a number."""
        names = [text_of(p) for p in sub.walk() if isinstance(p, Symbol)]
        if not names or not all(n in bound for n in names):
            return None
        return str(self.scalar(sub, bound))

    def _call(self, call: Call, bound: Mapping[str, int]) -> Value:
        if call.primes or call.subs or call.parameters or not isinstance(call.function, Symbol):
            raise Unsupported("a call")
        name = call.function.name
        if not call.certain and len(call.args) == 1 and text_of(call.function) not in ("f", "g", "h", "phi"):
            return self._product(Product(call.function, call.args[0]), bound)
        args = [self.scalar(arg, bound) for arg in call.args]
        if name.casefold() == "relu" and len(args) == 1:
            return (args[0] + sp.Abs(args[0])) / 2
        if name == "max" and len(args) == 2:
            a, b = args
            return (a + b + sp.Abs(a - b)) / 2
        if name in ("exp", "log", "ln", "sqrt") and len(args) == 1:
            return getattr(sp, {"ln": "log"}.get(name, name))(args[0])
        if len(args) == 1 and not call.certain:
            return sp.Function(name)(args[0])
        raise Unsupported(name)

    # -- moments

    def _moment(self, moment: Moment, bound: Mapping[str, int]) -> Value:
        if moment.given:
            return self._conditional(moment, bound)
        if moment.kind == "E" and len(moment.args) == 1 and (over := random_index(moment)) is not None:
            return self._over_indices(moment.args[0], over, bound)
        args = [self._argument(arg, bound) for arg in moment.args]
        if moment.kind == "E" and len(args) == 1:
            return self._each(args[0])
        if moment.kind in ("Var", "Std") and len(args) == 1 or moment.kind == "Cov" and len(args) == 1:
            value = self._variance(args[0], moment.kind == "Cov")
            return sp.sqrt(value) if moment.kind == "Std" else value
        if moment.kind == "Cov" and len(args) == 2:
            left, right = args
            if isinstance(left, sp.MatrixBase) != isinstance(right, sp.MatrixBase):
                raise Unsupported("shapes")
            if isinstance(left, sp.MatrixBase):
                return self._each(left * right.T) - self._each(left) * self._each(right).T
            return self._each(left * right) - self._each(left) * self._each(right)
        raise Unsupported("a moment of several arguments")

    def _conditional(self, moment: Moment, bound: Mapping[str, int]) -> sp.Expr:
        """``E[x | y]`` and ``Var[x | y]``: random variables that depend on y."""
        if self._given is None or moment.kind not in ("E", "Var") or len(moment.args) != 1:
            raise Unsupported("a conditional moment")
        given = [self.scalar(g, bound) for g in moment.given]
        value = self.scalar(moment.args[0], bound)
        if not all(g in self.world.variables for g in given):
            raise Unsupported("given something that is no variable")
        mean = self._given(value, given)
        return mean if moment.kind == "E" else self._given(value**2, given) - mean**2

    def _over_indices(self, arg: Expr, over: Expr, bound: Mapping[str, int]) -> Value:
        """The mean over one index drawn at random, or over all batches of one size."""
        n = self.world.size
        name = text_of(over)
        if not any(isinstance(p, Big) and p.domain is not None and text_of(p.domain) == name for p in arg.walk()):
            values = [self.value(arg, {**bound, name: i}) for i in range(1, n + 1)]
            return _sum(values) / sp.Integer(n)
        batches = list(combinations(range(1, n + 1), n - 1))
        values = []
        for batch in batches:
            self._batches = {name: batch}
            values.append(self.value(arg, {**bound, **dict.fromkeys(BATCH_SIZES, n - 1)}))
        self._batches = {}
        return _sum(values) / sp.Integer(len(batches))

    def _argument(self, arg: Expr, bound: Mapping[str, int]) -> Value:
        """What a moment is taken of; a law itself (``U(a, b)``) stands for a variable that follows it."""
        law = law_of(arg)
        if law is None:
            return self.value(arg, bound)
        name, parameters = law
        base = "X~" + name + str(len(self.world.laws))
        self.world.laws[base] = (name, tuple(self.scalar(p, bound) for p in parameters))
        return self.world.variable(base)

    def _each(self, value: Value) -> Value:
        if isinstance(value, sp.MatrixBase):
            return value.applyfunc(self._expect)
        return self._expect(value)

    def _variance(self, value: Value, covariance: bool) -> Value:
        if isinstance(value, sp.MatrixBase):
            if self.world.componentwise and not covariance and value.cols == 1:
                value = value[0, 0]
            elif value.cols != 1:
                raise Unsupported("the variance of a matrix")
            else:
                return self._each(value * value.T) - self._each(value) * self._each(value).T
        return self._expect(value**2) - self._expect(value) ** 2


def _sum(values: Sequence[Value]) -> Value:
    if not values:
        return sp.Integer(0)
    total = values[0]
    for value in values[1:]:
        if isinstance(total, sp.MatrixBase) != isinstance(value, sp.MatrixBase):
            if 0 in (total, value):  # 0 stands for the zero vector
                total = total if value == 0 else value
                continue
            raise Unsupported("shapes")
        if isinstance(total, sp.MatrixBase) and total.shape != value.shape:
            raise Unsupported("shapes")
        total = total + value
    return total


# -- expectation by rules ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hypothesis:
    kind: str
    subject: str = ""  # "" where it is about all of them together

    def __str__(self) -> str:
        return SAYS[self.kind].format(self.subject)


class Rules:
    """The expectation of polynomials, every mixed moment a free quantity unless a hypothesis says more."""

    def __init__(self, world: World, hypotheses: frozenset[Hypothesis]) -> None:
        self.world, self.hypotheses = world, hypotheses
        self._conditionals: dict[sp.Symbol, tuple[dict[sp.Expr, int], tuple[sp.Symbol, ...]]] = {}

    def _has(self, kind: str, base: str = "") -> bool:
        return Hypothesis(kind, base) in self.hypotheses

    def expect(self, value: sp.Expr) -> sp.Expr:
        value = sp.expand(value)
        generators = self._generators(value)
        if not generators:
            return value
        try:
            poly = sp.Poly(value, *generators)
        except sp.PolynomialError as error:
            raise Unsupported("no polynomial in the random variables") from error
        return sum((c * self._mixed(dict(zip(generators, powers))) for powers, c in poly.terms()), sp.Integer(0))

    def given(self, value: sp.Expr, given: list[sp.Symbol]) -> sp.Expr:
        """The conditional expectation: what is given comes out, the rest is a variable of its own."""
        value = sp.expand(value)
        generators = self._generators(value)
        if not generators:
            return value
        total = sp.Integer(0)
        for powers, c in sp.Poly(value, *generators).terms():
            monomial = {g: p for g, p in zip(generators, powers) if p}
            outside = sp.prod([g**p for g, p in monomial.items() if g in given])
            inside = {g: p for g, p in monomial.items() if g not in given}
            total += c * outside * (self._conditioned(inside, given) if inside else 1)
        return total

    def _conditioned(self, inside: dict[sp.Expr, int], given: list[sp.Symbol]) -> sp.Expr:
        if self._has("independent") and all(g in self.world.variables for g in inside):
            return self._mixed(inside)
        name = " ".join(f"{g}^{p}" for g, p in sorted(inside.items(), key=lambda i: str(i[0])))
        symbol = sp.Symbol(f"E[{name} | {' '.join(sorted(map(str, given)))}]", real=True)
        self._conditionals[symbol] = (inside, tuple(given))
        return symbol

    def _generators(self, value: sp.Expr) -> list[sp.Expr]:
        """The random variables in it and functions of them."""
        found: set[sp.Expr] = set()

        def walk(part: sp.Expr) -> None:
            if part in self.world.variables or part in self._conditionals:
                found.add(part)
            elif isinstance(part, sp.Function | sp.exp) and part.free_symbols & set(self.world.variables):
                found.add(part)
            elif isinstance(part, sp.Pow) and not (part.exp.is_Integer and part.exp > 0):
                if part.free_symbols & set(self.world.variables):
                    found.add(part)
            else:
                for arg in part.args:
                    walk(arg)

        walk(value)
        return sorted(found, key=str)

    def _mixed(self, powers: dict[sp.Expr, int]) -> sp.Expr:
        """E of a monomial."""
        powers = {g: p for g, p in powers.items() if p}
        conditional = [g for g in powers if g in self._conditionals]
        if conditional:
            return self._of_conditional(powers, conditional)
        parts: dict[tuple[Variable, ...], dict[sp.Expr, int]] = {}
        for generator, power in powers.items():
            if power:
                owners = tuple(
                    sorted(
                        (self.world.variables[s] for s in generator.free_symbols & set(self.world.variables)), key=str
                    )
                )
                parts.setdefault(owners, {})[generator] = power
        if not parts:
            return sp.Integer(1)
        single = all(len(owners) == 1 for owners in parts)
        if len(parts) == 1 and single:
            (((owner,), monomial),) = parts.items()
            return self._moment(owner, monomial)
        if single and self._has("independent"):
            return sp.prod([self._moment(owners[0], monomial) for owners, monomial in parts.items()])
        joint = sorted((self._name(g), p) for monomial in parts.values() for g, p in monomial.items())
        return sp.Symbol("E[" + " ".join(f"{g}^{p}" for g, p in joint) + "]", real=True)

    def _of_conditional(self, powers: dict[sp.Expr, int], conditional: list[sp.Expr]) -> sp.Expr:
        """E[f(y) E[x | y]] = E[f(y) x]; a product of several is a quantity of its own."""
        symbol = conditional[0]
        inside, given = self._conditionals[symbol]
        others = {g: p for g, p in powers.items() if g != symbol}
        if powers[symbol] == 1 and all(g in given for g in others):
            return self._mixed({**others, **inside})
        name = " ".join(f"{g}^{p}" for g, p in sorted(powers.items(), key=lambda i: str(i[0])))
        return sp.Symbol(f"E[{name}]", real=True)

    def _name(self, generator: sp.Expr) -> str:
        return str(generator)

    def _moment(self, owner: Variable, monomial: dict[sp.Expr, int]) -> sp.Expr:
        """E of powers of one variable and of functions of it."""
        x = owner.symbol
        degree = monomial.get(x, 0)
        size = monomial.get(sp.Abs(x), 0)
        rest = {g: p for g, p in monomial.items() if g not in (x, sp.Abs(x))}
        degree, size = degree + 2 * (size // 2), size % 2  # |x|^2 = x^2
        base = owner.base
        law = self.world.laws.get(base)
        if law is not None and not rest and not size:
            if law[0] == "Mixture":
                return self.expect(sum((p * v**degree for p, v in zip(law[1][::2], law[1][1::2])), sp.Integer(0)))
            return LAWS[law[0]].moment(degree, *law[1])
        if not rest and self._has("symmetric", base) and degree % 2:
            return sp.Integer(0)
        if not rest and not size:
            if degree == 0:
                return sp.Integer(1)
            if degree == 1 and self._has("zero mean", base):
                return sp.Integer(0)
            if degree == 1 and ("E", base) in self.world.given:
                return self.world.given["E", base]
            if degree == 2 and (self._has("unit variance", base) or ("Var", base) in self.world.given):
                mean = self._moment(owner, {x: 1})
                return self.world.given.get(("Var", base), sp.Integer(1)) + mean**2
        index = () if self._has("identical", base) else owner.index
        name = "_".join((base, *index))
        text = f"{name}^{degree}" + (f" |{name}|" if size else "")
        shown = sp.Symbol(name, real=True)
        text += "".join(f" {str(g.subs(x, shown))}^{p}" for g, p in sorted(rest.items(), key=lambda item: str(item[0])))
        return sp.Symbol(f"E[{text}]", real=True)


# -- finite laws ------------------------------------------------------------------------------------------------------

#: values with their probabilities: symmetric, about 0
SYMMETRIC = (
    ((Fraction(-1), Fraction(1, 2)), (Fraction(1), Fraction(1, 2))),
    ((Fraction(-2), Fraction(1, 2)), (Fraction(2), Fraction(1, 2))),
    ((Fraction(-3), Fraction(1, 4)), (Fraction(0), Fraction(1, 2)), (Fraction(3), Fraction(1, 4))),
    ((Fraction(-1, 2), Fraction(1, 2)), (Fraction(1, 2), Fraction(1, 2))),
)
POSITIVE = (
    ((Fraction(1), Fraction(1, 2)), (Fraction(3), Fraction(1, 2))),
    ((Fraction(1), Fraction(2, 3)), (Fraction(4), Fraction(1, 3))),
    ((Fraction(1, 2), Fraction(3, 4)), (Fraction(2), Fraction(1, 4))),
)
SKEWED = (
    ((Fraction(-1), Fraction(2, 3)), (Fraction(3), Fraction(1, 3))),
    ((Fraction(-2), Fraction(1, 4)), (Fraction(1), Fraction(3, 4))),
    ((Fraction(0), Fraction(1, 3)), (Fraction(5), Fraction(2, 3))),
)
Finite = tuple[tuple[Fraction, Fraction], ...]


class Enumeration:
    """The expectation over independent variables with finite laws, one law for each name."""

    def __init__(self, world: World, laws: Mapping[str, Finite]) -> None:
        self.world, self.laws = world, laws

    def expect(self, value: sp.Expr) -> sp.Expr:
        symbols = sorted((s for s in value.free_symbols if s in self.world.variables), key=str)
        total = sp.Integer(0)
        choices = [self.laws[self.world.variables[s].base] for s in symbols]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > 300:
            raise Unsupported("too many cases")
        for atoms in product(*choices):
            weight = sp.Integer(1)
            values = {}
            for symbol, (x, p) in zip(symbols, atoms):
                values[symbol] = sp.Rational(x.numerator, x.denominator)
                weight *= sp.Rational(p.numerator, p.denominator)
            total += weight * value.subs(values)
        return total


class Joint:
    """The expectation where all variables depend on one outcome: every name has a value for each of four outcomes."""

    VALUES = ((-1, 2, 3, -2), (2, -1, 4, 1), (1, 3, -2, 5), (3, 1, 2, -4))

    def __init__(self, world: World, bases: Sequence[str]) -> None:
        self.world, self.rows = world, dict(zip(bases, self.VALUES))

    def expect(self, value: sp.Expr) -> sp.Expr:
        symbols = sorted((s for s in value.free_symbols if s in self.world.variables), key=str)
        if any(self.world.variables[s].index for s in symbols):
            raise Unsupported("components")
        outcomes = [{s: self.rows[self.world.variables[s].base][k] for s in symbols} for k in range(4)]
        return sum((value.subs(outcome) for outcome in outcomes), sp.Integer(0)) / 4


def random_index(moment: Moment) -> Expr | None:
    r"""The index i of ``E_i[...]``, or the batch of ``E[\sum_{i \in B} ...]``: what is drawn at random."""
    for part in moment.args[0].walk():
        if isinstance(part, Big) and isinstance(part.domain, Symbol):
            return part.domain
    if len(moment.under) == 1 and isinstance(index := moment.under[0], Symbol):
        places = [s for p in moment.args[0].walk() if isinstance(p, Symbol) for s in p.subs]
        places += [
            x.value for p in moment.args[0].walk() if isinstance(p, Symbol) for x in p.labels if x.value is not None
        ]
        if any(index == place for place in places):
            return index
    return None


def _numbered(expr: Expr, bound: Mapping[str, int]) -> Expr:
    """With the values of running indices put in."""
    if isinstance(expr, Symbol) and text_of(expr) in bound:
        return Number(Fraction(bound[text_of(expr)]))
    return expr.map(lambda child: _numbered(child, bound))
