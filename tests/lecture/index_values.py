"""Index expressions at random values, evaluated one entry at a time, independently of the package's interpreter."""

from __future__ import annotations

import itertools
import math
import random

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Param, Reduction, Size, free_indices
from symnet.lecture.algebra.expressions import Unknown
from symnet.lecture.algebra.forms import Base, Form


class Undefined(ArithmeticError):
    """The expression has no value at this point."""


class Point:
    """Random sizes and values; ``scale`` is how large the values are, ``sizes`` the range of the sizes."""

    def __init__(self, seed: int, scale: float = 1.0, sizes: tuple[int, int] = (1, 4), simple: bool = False):
        self.random = random.Random(seed)
        self.scale, self.sizes, self.simple = scale, sizes, simple
        self.values: dict = {}

    def draw(self, key, positive: bool = False, bit: bool = False) -> float:
        if key not in self.values:
            if bit:
                self.values[key] = self.random.randint(0, 1)
            elif self.simple:
                self.values[key] = self.random.choice((1, 2) if positive else (-1, 0, 1, 2))
            elif positive:
                self.values[key] = self.scale * math.exp(self.random.uniform(-1, 1))
            else:
                self.values[key] = self.scale * self.random.uniform(-2, 2)
        return self.values[key]

    def size(self, size: sp.Expr) -> int:
        if isinstance(size, Size):
            if size not in self.values:
                self.values[size] = self.random.randint(*self.sizes)
            return self.values[size]
        return int(size.xreplace({s: self.size(s) for s in size.atoms(Size)}))

    def values_of(self, expr: sp.Expr) -> list[float]:
        """The values under all free indices; points at which it is not defined are left out."""
        free = sorted(free_indices(expr), key=lambda i: i.name)
        found = []
        for at in itertools.product(*(range(self.size(i.size)) for i in free)):
            try:
                found.append(self(expr, dict(zip(free, at))))
            except (Undefined, ZeroDivisionError, OverflowError, ValueError):
                continue
        return found

    def __call__(self, e: sp.Expr, at: dict[Index, int]) -> float:
        if e.is_Float:
            return float(e)
        if e.is_Rational:
            return int(e) if e.is_Integer else int(e.p) / int(e.q)
        if isinstance(e, Constant):
            return float(e.value)
        if isinstance(e, Index):
            return at[e]
        if isinstance(e, Size):
            return self.size(e)
        if isinstance(e, Access):
            subs = tuple(round(self(s, at)) for s in e.subs)
            if e.node.kind == "labels":
                return self.values.setdefault((e.node.name, subs), self.random.randrange(self.size(e.node.below)))
            known = e.node.assumptions
            return self.draw((e.node.name, subs), known.get("positive", False), e.node.kind == "mask")
        if isinstance(e, (sp.Symbol, Param)):
            return self.draw(e.name, bool(e.is_positive))
        if isinstance(e, sp.NumberSymbol):
            return float(e)
        if isinstance(e, Unknown):
            return self.unknown(e, at)
        if isinstance(e, Reduction):
            spans = [range(self.size(i.size)) for i in e.over]
            return self.reduce(e.op, [self(e.body, {**at, **dict(zip(e.over, k))}) for k in itertools.product(*spans)])
        if isinstance(e, fn.where):
            return self(e.args[1] if self(e.args[0], at) else e.args[2], at)
        args = [self(a, at) for a in e.args]
        if e.is_Add:
            return math.fsum(args)
        if e.is_Mul:
            return math.prod(args)
        if e.is_Pow:
            base, exponent = args
            if base == 0 and exponent < 0 or base < 0 and exponent != round(exponent):
                raise Undefined
            return float(base) ** (round(exponent) if exponent == round(exponent) else exponent)
        return float(FUNCTIONS[e.func](*args))

    def unknown(self, e: Unknown, at) -> float:
        """A smooth function fixed by its name: sum of e^{c (x + ...)}-like waves with known derivatives."""
        total = 0.0
        for k in range(2):
            slopes = [self.draw((e.name, k, n)) for n in range(len(e.arguments))]
            phase = self.draw((e.name, k, "phase"))
            turn = phase + sum(s * self(a, at) for s, a in zip(slopes, e.arguments))
            factor = math.prod(s**n for s, n in zip(slopes, e.orders))
            total += factor * math.sin(turn + math.pi / 2 * sum(e.orders))
        return total

    @staticmethod
    def reduce(op: str, terms: list[float]) -> float:
        if op == "logsumexp":
            return math.log(math.fsum(map(math.exp, terms)))
        if op in ("argmax", "argmin"):
            return terms.index((max if op == "argmax" else min)(terms))
        return {"sum": math.fsum, "prod": math.prod, "max": max, "min": min}[op](terms)


def _log(x):
    if x <= 0:
        raise Undefined
    return math.log(x)


def _clear(relation):
    """A comparison that rounding can not turn."""

    def compare(a, b):
        if 0 < abs(a - b) < 1e-9:
            raise Undefined
        return relation(a, b)

    return compare


FUNCTIONS = {
    sp.exp: math.exp,
    sp.log: _log,
    sp.tanh: math.tanh,
    sp.sinh: math.sinh,
    sp.cosh: math.cosh,
    sp.sin: math.sin,
    sp.cos: math.cos,
    sp.tan: math.tan,
    sp.atan: math.atan,
    sp.erf: math.erf,
    sp.Abs: abs,
    sp.sign: lambda x: (x > 0) - (x < 0),
    sp.Max: max,
    sp.Min: min,
    fn.sigmoid: lambda x: 1 / (1 + math.exp(-x)),
    fn.softplus: lambda x: math.log1p(math.exp(x)),
    fn.absolute: abs,
    fn.sign: lambda x: (x > 0) - (x < 0),
    fn.maximum: max,
    fn.minimum: min,
    fn.gt: _clear(lambda a, b: a > b),
    fn.ge: _clear(lambda a, b: a >= b),
    fn.eq: _clear(lambda a, b: a == b),
    fn.ne: _clear(lambda a, b: a != b),
}


def form_value(form: Form, point: Point, at: dict[Index, int]) -> float:
    """The value of a normal form."""
    total = 0.0
    for product, c in form.terms.items():
        value = float(c)
        for base, e in product:
            factor = float(_base_value(base, point, at))
            if (factor == 0 and e < 0) or (factor < 0 and e.denominator != 1):
                raise Undefined
            value *= factor ** (int(e) if e.denominator == 1 else float(e))
        total += value
    return total


def _base_value(base: Base, point: Point, at: dict[Index, int]) -> float:
    if base.kind == "prime":
        return base.head
    if base.kind == "variable":
        return math.pi if base.head.name == "\\pi" else point(base.head, at)
    if base.kind == "reduction":
        spans = [range(point.size(i.size)) for i in base.over]
        body = base.args[0]
        terms = [form_value(body, point, {**at, **dict(zip(base.over, k))}) for k in itertools.product(*spans)]
        return Point.reduce(base.head, terms)
    values = [form_value(a, point, at) for a in base.args]
    if base.kind == "access":
        return point(Access(base.head, [sp.Integer(round(v)) for v in values]), at)
    if base.kind == "sum":
        return values[0]
    if base.kind in ("gt", "eq"):
        return FUNCTIONS[{"gt": fn.gt, "eq": fn.eq}[base.kind]](values[0], 0)
    if base.kind == "exp":
        head = math.e if base.head is None else float(_base_value(base.head, point, at))
        whole = abs(values[0] - round(values[0])) < 1e-12
        if (head == 0 and values[0] < 0) or (head < 0 and not whole):
            raise Undefined
        return head ** (round(values[0]) if whole else values[0])
    if base.head == "log":
        return _log(values[0])
    if base.head in ("sin", "cos", "erf", "atan"):
        return getattr(math, base.head)(values[0])
    if base.head == "where":
        raise Undefined
    name, _, orders = base.head.partition("^(")
    return point.unknown(Unknown(name, map(int, orders[:-1].split(",")), *map(sp.Float, values)), at)


def vanishes(expr: sp.Expr, points: int = 10, seed: int = 0) -> bool:
    """Is ``expr`` zero at random points, those with whole values and zeros among them?"""
    for k in range(points):
        point = Point(seed + k, (1.0, 0.3, 2.5)[k % 3], ((1, 4), (1, 1), (2, 3))[k % 3], simple=k % 2 == 1)
        scale = 1.0 + max((abs(v) for t in sp.Add.make_args(expr) for v in point.values_of(t)), default=0.0)
        if any(abs(v) > 1e-8 * scale for v in point.values_of(expr)):
            return False
    return True
