"""The derivatives of the named functions that a line of the chain rule uses, each as an equation in general letters.

Nothing is known here: the right side is what the adjoint rule itself finds for the function of a plain ``u``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy as sp

from symnet.calculus.adjoint import slopes, weight
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, Size, accesses
from symnet.ir.graph import Node
from symnet.printing.dialects import Dialect, Latex
from symnet.printing.index_notation import Notation, Printer, softmax_parts

_LENGTH = Size("i")
_I, _J, _K = (Index(label, _LENGTH) for label in "ijk")
_SCALAR, _ARRAY = Node("u", ()), Node("u", (_I,))


def derivatives(exprs: Iterable[sp.Expr], wrt: str, dialect: Dialect) -> tuple[str, ...]:
    """``d f(u) / du = ...`` for every named function of ``wrt`` in the expressions."""
    found: dict[str, None] = {}
    for expr in exprs:
        parts = sp.preorder_traversal(expr)
        for part in parts:
            if not isinstance(part, Access) and wrt in {a.node.name for a in accesses(part)}:
                found.update(dict.fromkeys(_equations(part, dialect)))
                if _is_softmax(part):
                    parts.skip()  # printed as a quotient, in which no log-sum-exp stands
    return tuple(found)


def _is_softmax(part: sp.Expr) -> bool:
    return isinstance(part, sp.exp) and softmax_parts(part.args[0]) is not None


def _equations(part: sp.Expr, dialect: Dialect) -> Iterator[str]:
    if _is_softmax(part):
        total = Reduction("logsumexp", _ARRAY[_J], (_J,))
        whole = sp.exp(_ARRAY[_I] - total)
        slope = whole * (fn.eq(_I, _K) - weight(total, _ARRAY[_K], (_K,)))
        yield _equation(_ARRAY[_K], whole, slope, dialect)
        return
    if isinstance(part, Reduction):
        if part.op == "logsumexp":
            whole = Reduction(part.op, _ARRAY[_J], (_J,))
            yield _equation(_ARRAY[_I], whole, weight(whole, _ARRAY[_I], (_I,)), dialect)
        return
    u = _SCALAR.value
    if part.is_Pow and part.exp.is_Rational and part.exp not in (-1, 2):
        general = u**part.exp
    elif isinstance(part, sp.exp):  # its own derivative, which every reader knows
        return
    elif isinstance(part, sp.Function) and len(part.args) == 1 and not isinstance(part, (fn.Bracket, sp.floor)):
        general = part.func(u)
    else:
        return
    for leaf, slope in slopes(general):
        if leaf == u:
            yield _equation(u, general, slope, dialect)


def _equation(variable: Access, function: sp.Expr, slope: sp.Expr, dialect: Dialect) -> str:
    several = bool(variable.subs)
    printer = Printer(Notation(extra=(_ARRAY if several else _SCALAR,)), dialect)
    scope = printer.scope(variable, function, slope)
    under, whole, right = (printer.box(expr, scope) for expr in (variable, function, slope))
    sign = (r"\partial" if isinstance(dialect, Latex) else "∂") if several else "d"
    if isinstance(dialect, Latex):
        return rf"\frac{{{sign}}}{{{sign} {under.text}}}\, {whole.text} = {right.text}"
    return f"{sign}/{sign}{under.text} {whole.text} = {right.text}"


__all__ = ["derivatives"]
