"""Expectations of polynomials in random variables: by rules, and by enumeration of finite laws.

A ``World`` says how a formula is read (what is random, what is a vector, how long a sum is); an ``Algebra`` gives the
value of a tree in it; ``Rules`` take the expectation with every mixed moment a free quantity that hypotheses simplify;
``Enumeration`` and ``Joint`` take it over finite laws with rational values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import sympy as sp

from symnet.lecture.knowledge.laws import law_of
from symnet.lecture.knowledge.quantities import text_of
from symnet.lecture.knowledge.worlds import INDEX_LETTERS, Unsupported, Value, World
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

#: letters for the size of a batch inside of an expectation over batches
BATCH_SIZES = ("m", "b", "B", "M")


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
            case Derivative(of=Expr() as of) if any(isinstance(p, Moment) for p in of.walk()):
                return self._slope(of, expr.by, bound)
            case Nabla() | Derivative():
                return self.world.constant(text_of(_numbered(expr, bound)))
        raise Unsupported(type(expr).__name__)

    def _slope(self, of: Expr, by: Sequence[Expr], bound: Mapping[str, int]) -> Value:
        """The derivative of what moments come to, by constants."""
        places = [self.value(name, bound) if isinstance(name, Symbol) else None for name in by]
        if not all(isinstance(p, sp.Symbol) and p in self.world.constants.values() for p in places):
            raise Unsupported("a derivative of a moment by what is no constant")
        return sp.diff(self.value(of, bound), *places)

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
        if whole == "pi" and whole not in self.world.randoms:
            return sp.pi
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
        if any(isinstance(p, Nabla | Derivative) for arg in moment.args for p in arg.walk()):
            raise Unsupported("the moment of a derivative, of which it is not known what is random in it")
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
