r"""Formulas in index notation: ``dx_{nd} = \frac{r_d}{N} \left(N d\hat{x}_{nd} - \sum_{n'} d\hat{x}_{n'd}\right)``.

A bound index is printed as its letter; it gets primes only where the letter is free in the formula or bound further
out.  The order is that of :mod:`symnet.printing.tree`; brackets follow from the strength of each piece, so that the
printed formula means what the expression means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Param, Reduction, Size, accesses, free_indices
from symnet.ir.graph import Graph, Node
from symnet.printing.dialects import ATOM, DIV, Box, Dialect, Latex, Text
from symnet.printing.names import Names, index_symbol
from symnet.printing.numbers import decimal
from symnet.printing.relations import NEGATED, SWAPPED, fails, is_delta
from symnet.printing.tree import Base, Big, Power, Product, Reader, Sum, indices_in_order

Scope = Mapping[Index, str]

_NAMED = {
    sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
    sp.atan: "arctan", sp.erf: "erf", fn.softplus: "softplus", fn.maximum: "max", fn.minimum: "min", fn.sign: "sign",
    sp.Max: "max", sp.Min: "min",
}  # fmt: skip
#: reductions over several indices that are one inside the other
_NESTED = frozenset(("sum", "prod", "max", "min"))


class Notation:
    """How the names of one graph look and in which order they stand; shared by every printer of a page."""

    def __init__(
        self, graph: Graph | None = None, extra: Iterable[Node] = (), tangents: Mapping[str, str] | None = None
    ) -> None:
        """``extra`` are nodes beyond the graph (adjoints); ``tangents`` maps nodes to what they are tangents of."""
        nodes = [*(graph.nodes if graph else ()), *extra]
        bodies = [n.expr for n in nodes if n.expr is not None]
        indices = sorted({i for n in nodes for i in n.axes} | {i for b in bodies for i in b.atoms(Index)}, key=str)
        sizes: dict[str, None] = {}
        for size in (*(i.size for n in nodes for i in n.axes), *(i.size for i in indices), *bodies):
            sizes.update((s.label, None) for s in sorted(size.atoms(Size), key=lambda s: s.label))
        parameters = [p.name for p in graph.parameters] if graph else []
        self.position = {n.name: k for k, n in enumerate(nodes)}
        self.adjoints = {n.name for n in nodes if n.adjoint_of}
        self.steps = frozenset(n.carry.index for n in nodes if n.carry is not None)
        self.names = Names(
            ((n.name, n.adjoint_of) for n in nodes),
            parameters,
            sizes,
            (i.label for i in indices),
            tangents,
            (n.name for n in nodes if len(n.axes) >= 2),
            (n.name for n in nodes if n.adjoint_of and any(i.level < 0 for i in n.axes)),
            (Latex.circle_constant for body in bodies if body.has(sp.pi)),
        )
        self.reader = Reader(self.rank)

    def is_step(self, index: Index) -> bool:
        """Does a loop run along the axis of this index?"""
        return index.at_level(0) in self.steps

    def rank(self, access: Access) -> tuple:
        """Adjoints first, then the order of definition."""
        node = access.node
        late = (self.position.get(node.name, len(self.position)), node.name)
        return (0 if node.adjoint_of or node.name in self.adjoints else 1, *late, access.name)


@lru_cache(maxsize=64)
def notation_of(graph: Graph | None) -> Notation:
    return Notation(graph)


class Printer:
    """Prints expressions in one dialect with the names of one notation."""

    def __init__(self, notation: Notation, dialect: Dialect) -> None:
        self.notation, self.names, self.dialect = notation, notation.names, dialect
        self.reader = notation.reader

    # -- what is asked from outside -------------------------------------------------------------------------------
    def expression(self, expr: sp.Expr) -> str:
        """``expr`` alone."""
        return self.box(expr, self.scope(expr)).text

    def equation(self, *sides: sp.Expr) -> str:
        """``a = b = ...`` with one set of index names for all sides."""
        scope = self.scope(*sides)
        return " = ".join(self.box(side, scope).text for side in sides)

    def relation(self, lhs: sp.Expr, sign: str, rhs: sp.Expr) -> str:
        """``lhs sign rhs``, such as x > 0."""
        scope = self.scope(lhs, rhs)
        return f"{self.box(lhs, scope).text} {sign} {self.box(rhs, scope).text}"

    def scope(self, *exprs: sp.Expr) -> dict[Index, str]:
        """Names of the free indices: those of one label but different ranges are told apart by primes."""
        free = sorted(
            frozenset().union(*map(free_indices, (sp.sympify(e, strict=True) for e in exprs))), key=_plain_first
        )
        scope: dict[Index, str] = {}
        for index in free:
            self.bind(scope, index)
        return scope

    # -- names ----------------------------------------------------------------------------------------------------
    def bind(self, scope: dict[Index, str], index: Index) -> str:
        """Name an index in a scope: its letter, primed where that is taken."""
        symbol, primes, taken = index_symbol(index.label), 0, set(scope.values())
        if index.level < 0:  # a second index over the same axis, as in a Jacobian
            primes = -index.level
        while (name := self.dialect.index(symbol, primes)) in taken:
            primes += 1
        scope[index] = name
        return name

    def subscript(self, sub: sp.Expr, scope: Scope, own: str = "") -> str:
        """A subscript; in a window the place on the axis (named ``own``) stands before that in the window."""
        if isinstance(sub, Index):
            return scope[sub]
        if sub.is_Add and not accesses(sub):
            terms = sorted(sub.args, key=lambda t: (t.is_number, own not in (i.label for i in t.atoms(Index))))
            if terms[0].could_extract_minus_sign() or own not in (i.label for i in terms[0].atoms(Index)):
                return _tight(self.box(sub, scope).text)
            rest = self.box(sub - terms[0], scope).text
            return _tight(f"{self.box(terms[0], scope).text}{'' if rest.startswith('-') else '+'}{rest}")
        return _tight(self.box(sub, scope).text)

    def access(self, access: Access, scope: Scope) -> Box:
        node = access.node
        symbol = self.names.node(node.name, node.adjoint_of)
        subs = [self.subscript(s, scope, axis.label) for s, axis in zip(access.subs, node.axes)]
        return self.dialect.indexed(symbol, subs)

    # -- the tree -------------------------------------------------------------------------------------------------
    def box(self, expr: sp.Expr, scope: Scope) -> Box:
        return self.tree(self.reader.read(sp.sympify(expr, strict=True)), scope)

    def tree(self, tree: Sum | Product | Big, scope: Scope) -> Box:
        if isinstance(tree, Sum):
            return self.dialect.add([(t.sign, self.magnitude(t, scope)) for t in tree.terms])
        if isinstance(tree, Big):
            return self.big(tree, scope)
        tree = tree.led()
        magnitude = self.magnitude(tree, scope)
        return magnitude if tree.sign > 0 else self.dialect.add([(-1, magnitude)])

    def magnitude(self, product: Product, scope: Scope) -> Box:
        """A product without its sign: a quotient of what is small, then differences and sums."""
        d = self.dialect
        above: list[Box] = []
        below: list[Box] = []
        tail: list[Power] = []
        if decimal(product.number) is not None:
            above += [self.number(product.number)] if product.number != 1 else []
        else:
            above += [d.number(str(product.number.p))] if product.number.p != 1 else []
            below.append(d.number(str(product.number.q)))
        divided = bool(below) or any(map(_divides, product.factors))
        number_alone = bool(below) and not any(map(_divides, product.factors))
        for factor in product.factors:
            if _divides(factor):
                below.append(self.power(Power(factor.base, -factor.exponent), scope))
            elif not divided:
                above.append(self.power(factor, scope))
            elif tail or number_alone or _follows(factor):
                tail.append(factor)
            else:
                above.append(self.power(factor, scope))
        if not below:
            return d.times(above or [d.number("1")])
        if not above and len(tail) == 1 and _short_sum(tail[0]):
            return d.frac(self.tree(tail[0].base, scope), d.times(below))
        quotient = d.frac(d.times(above) if above else d.number("1"), d.times(below))
        return d.times([quotient, *(self.power(f, scope) for f in tail)])

    def power(self, power: Power, scope: Scope) -> Box:
        d, base, exponent = self.dialect, power.base, power.exponent
        if exponent == sp.Rational(1, 2):
            return d.root(self.base(base, scope))
        if exponent == 1:
            return self.base(base, scope)
        if isinstance(base, sp.Function) and type(base) in _NAMED and exponent.is_Integer and exponent > 1:
            return self.named(base, scope, int(exponent))
        if exponent.is_Rational:
            return d.power(self.base(base, scope), Box(str(exponent), ATOM if exponent.is_Integer else DIV))
        return d.power(self.base(base, scope), self.box(exponent, scope))

    def base(self, base: Base, scope: Scope) -> Box:
        return self.tree(base, scope) if isinstance(base, (Sum, Product, Big)) else self.leaf(base, scope)

    def big(self, big: Big, scope: Scope) -> Box:
        """A reduction; its indices in the order of print, primed where their letter is in use."""
        inner = dict(scope)
        order = list(dict.fromkeys(i for i in indices_in_order(big.body) if i in big.over))
        over = [*order, *(i for i in big.over if i not in order)]
        ranges: dict[int | None, list[str]] = {None: []}  # the size where it is a number -> names
        for i in over:
            ranges.setdefault(int(i.size) if isinstance(i.size, sp.Integer) else None, []).append(self.bind(inner, i))
        body = self.tree(big.body, inner)
        if big.op not in _NESTED and len(ranges) > 2:
            return self.dialect.big(big.op, list(chain(*ranges.values())), body)
        for size, names in reversed(ranges.items()):
            body = self.dialect.big(big.op, names, body, size) if names else body
        return body

    # -- leaves ---------------------------------------------------------------------------------------------------
    def leaf(self, expr: sp.Expr, scope: Scope) -> Box:
        d = self.dialect
        match expr:
            case Access():
                return self.access(expr, scope)
            case Index():
                return Box(scope[expr])
            case Size():
                return d.symbol(self.names.size(expr.label))
            case Param():
                return d.symbol(self.names.parameter(expr.label))
            case sp.Rational() | Constant():
                value = expr.value if isinstance(expr, Constant) else expr
                return self.number(value) if value >= 0 else d.add([(-1, self.number(-value))])
            case sp.exp():
                return self.exponential(expr.args[0], scope)
            case fn.sigmoid():
                return d.function(self.sigmoid, [self.box(expr.args[0], scope)])
            case fn.eq() if is_delta(expr):
                first, second = sorted(expr.args, key=_plain_first)
                own = first.label if isinstance(first, Index) else ""
                return d.delta([self.subscript(first, scope), self.subscript(second, scope, own)])
            case fn.Bracket():
                return d.bracket(self.condition(expr, scope))
            case fn.where() if fails(expr):
                return d.bracket(self.condition(expr.args[0], scope, negated=True))
            case fn.where():
                return self.where(expr, scope)
            case fn.absolute() | sp.Abs():
                return d.absolute(self.box(expr.args[0], scope))
            case sp.floor():
                return d.floor(self.box(expr.args[0], scope))
        if type(expr) in _NAMED:
            return self.named(expr, scope)
        if expr in (sp.oo, sp.pi, sp.E):
            return Box({sp.oo: d.infinity, sp.pi: d.circle_constant, sp.E: "e"}[expr])
        if isinstance(expr, sp.Float):
            return self.number(sp.Rational(str(expr)))
        raise AssertionError(f"no notation for {type(expr).__name__}")

    def number(self, value: sp.Rational) -> Box:
        """A positive number."""
        written = decimal(value)
        if written is None:
            return self.dialect.frac(self.dialect.number(str(value.p)), self.dialect.number(str(value.q)))
        return self.dialect.number(*written)

    def function_name(self, expr: sp.Expr) -> str | None:
        """What a function is called, None where it is not printed by a name."""
        return self.sigmoid if isinstance(expr, fn.sigmoid) else _NAMED.get(type(expr))

    @property
    def sigmoid(self) -> str:
        return r"\sigma" if self.names.is_free(r"\sigma") else "sigmoid"

    def named(self, expr: sp.Expr, scope: Scope, power: int = 1) -> Box:
        name, arguments = _NAMED[type(expr)], [self.box(a, scope) for a in expr.args]
        if name == "log" and power == 1 and isinstance(expr.args[0], Access):
            return self.dialect.open_log(arguments[0])
        return self.dialect.function(name, arguments, power)

    def exponential(self, exponent: sp.Expr, scope: Scope) -> Box:
        """``e^u``; where u takes off a log-sum-exp it is the softmax quotient."""
        quotient = softmax_parts(exponent)
        if quotient is None:
            return self.dialect.exponential(self.box(exponent, scope))
        above, total = quotient
        below = Reduction("sum", sp.exp(total.body), total.over)
        return self.dialect.frac(self.dialect.exponential(self.box(above, scope)), self.box(below, scope))

    def where(self, expr: sp.Expr, scope: Scope) -> Box:
        condition, a, b = expr.args
        if isinstance(condition, fn.Bracket):
            yes, no = self.condition(condition, scope), self.condition(condition, scope, negated=True)
        elif condition.is_Mul and all(isinstance(c, fn.Bracket) for c in condition.args):
            product = self.reader.read(condition)
            assert isinstance(product, Product)
            parts = [self.condition(p.base, scope) for p in product.factors]
            yes, no = self.dialect.conjunction.join(parts), f"{self.box(condition, scope).text} = 0"
        else:
            yes, no = (f"{self.box(condition, scope).text} = {value}" for value in (1, 0))
        return self.dialect.cases(yes, no, self.box(a, scope), self.box(b, scope))

    def condition(self, bracket: sp.Expr, scope: Scope, negated: bool = False) -> str:
        """A relation, a number or constant on its right where there is one."""
        a, b = bracket.args
        sign = NEGATED[bracket.symbol] if negated else bracket.symbol
        if fn.is_constant(a) and not fn.is_constant(b):
            a, b, sign = b, a, SWAPPED.get(sign, sign)
        return f"{self.box(a, scope).text} {self.dialect.relation[sign]} {self.box(b, scope).text}"


def softmax_parts(exponent: sp.Expr) -> tuple[sp.Expr, Reduction] | None:
    """``(u, logsumexp v)`` where the exponent is u - logsumexp v."""
    for term in exponent.args if exponent.is_Add else ():
        total = -term
        if isinstance(total, Reduction) and total.op == "logsumexp":
            return exponent - term, total
    return None


def _tight(text: str) -> str:
    """A subscript without spaces around its signs."""
    for sign in "+-":
        text = text.replace(f" {sign} ", sign)
    return re.sub(r"(?<=\d) (?=[a-z])", "", text)


def _divides(factor: Power) -> bool:
    """Printed under the line of a fraction."""
    exponent = factor.exponent
    return bool(exponent.is_Rational and exponent < 0 and (exponent.is_Integer or exponent == sp.Rational(-1, 2)))


def _follows(factor: Power) -> bool:
    """Printed after a fraction, not above its line."""
    if isinstance(factor.base, Sum):
        return factor.exponent != sp.Rational(1, 2)
    softmax = isinstance(factor.base, sp.exp) and softmax_parts(factor.base.args[0]) is not None
    return isinstance(factor.base, Big) or softmax


def _short_sum(factor: Power) -> bool:
    return isinstance(factor.base, Sum) and factor.exponent == 1 and not _has_big(factor.base)


def _has_big(tree: object) -> bool:
    match tree:
        case Big():
            return True
        case Sum():
            return any(map(_has_big, tree.terms))
        case Product():
            return any(_has_big(f.base) for f in tree.factors)
        case sp.Basic():
            return tree.has(Reduction)
    return False


def _plain_first(expr: sp.Expr) -> tuple:
    """Free indices of the formula before those that are primed or opened, each by name."""
    if isinstance(expr, Index):
        return (expr.level != 0, expr.level, expr.label, str(expr.size))
    return (True, 0, str(expr), "")


def latex(expr: sp.Expr, graph: Graph | Notation | None = None) -> str:
    """``expr`` in LaTeX index notation."""
    return printer(graph).expression(expr)


def text(expr: sp.Expr, graph: Graph | Notation | None = None) -> str:
    """``expr`` in index notation for a terminal."""
    return printer(graph, Text()).expression(expr)


def latex_equation(lhs: sp.Expr, rhs: sp.Expr, graph: Graph | Notation | None = None) -> str:
    """``lhs = rhs`` in LaTeX index notation."""
    return printer(graph).equation(lhs, rhs)


def text_equation(lhs: sp.Expr, rhs: sp.Expr, graph: Graph | Notation | None = None) -> str:
    """``lhs = rhs`` in index notation for a terminal."""
    return printer(graph, Text()).equation(lhs, rhs)


def printer(graph: Graph | Notation | None = None, dialect: Dialect | None = None) -> Printer:
    """A printer for a graph (or a ready notation); LaTeX where no dialect is named."""
    return Printer(graph if isinstance(graph, Notation) else notation_of(graph), dialect or Latex())


__all__ = [
    "NEGATED",
    "SWAPPED",
    "Notation",
    "Printer",
    "fails",
    "is_delta",
    "latex",
    "latex_equation",
    "printer",
    "text",
    "text_equation",
]
