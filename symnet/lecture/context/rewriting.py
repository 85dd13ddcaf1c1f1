"""Products and calls that are read anew once names are known: gradients of products, bases of logarithms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from symnet.lecture.reader.syntax import (
    Big,
    Call,
    Derivative,
    Expr,
    Nabla,
    Number,
    Paren,
    Power,
    Product,
    Quotient,
    Symbol,
    Transpose,
)


def factor_raised(call: Expr, raised: Callable[[Expr], Expr]) -> Product:
    assert isinstance(call, Call)
    return Product(call.function, raised(Paren(call.args[0], span=call.args[0].span)), span=call.span)


def second_gradient(expr: Derivative) -> Nabla | None:
    r"""``\frac{\partial^2 f}{\partial x \partial x^T}`` is the Hessian."""
    if expr.of is None or len(expr.by) != 2 or not isinstance(expr.by[1], Transpose) or expr.by[1].arg != expr.by[0]:
        return None
    return Nabla(expr.of, expr.by[:1], 2, span=expr.span)


def gradient_of_product(expr: Product) -> Expr | None:
    r"""``\nabla_x x^T A x``, ``\nabla_A x^T A x``, ``\nabla_w \frac{\lambda}{2} \|w\|^2`` are of the whole products."""
    factors: list[Expr] = [expr]
    while isinstance(factors[0], Product) and factors[0].op == "juxtapose":
        factors[:1] = [factors[0].left, factors[0].right]
    first = factors[0]
    if not isinstance(first, Nabla) or not first.by:
        return None
    if not isinstance(first.of, Transpose) and not is_coefficient(first.of):
        return None
    own, last, any_of = (_reads(parts, first.by) for parts in (factors[:1], factors[-1:], factors[1:]))
    if not last and (own or not any_of):
        return None
    whole: Expr = first.of
    for factor in factors[1:]:
        whole = Product(whole, factor, span=(whole.span[0], factor.span[1]))
    return replace(first, of=whole, span=expr.span)


def _reads(factors: Iterable[Expr], names: tuple[Expr, ...]) -> bool:
    parts = (part for f in factors for part in (f.of if isinstance(f, Nabla) else f).walk())
    return any(part in names for part in parts)


#: letters that weigh a penalty
WEIGHTS = frozenset("lambda alpha beta gamma rho kappa mu eta nu c".split())


def is_coefficient(expr: Expr) -> bool:
    """A number or the weight of a penalty, or a quotient of such: nobody asks for its gradient."""
    if isinstance(expr, Quotient):
        return all(isinstance(e, Number) or is_coefficient(e) for e in (expr.numerator, expr.denominator))
    return isinstance(expr, Symbol) and expr.name in WEIGHTS and not (expr.subs or expr.marks or expr.labels)


def logsumexp(expr: Product) -> Expr | None:
    r"""``\operatorname{logsumexp}_i u_i`` written out."""
    name = expr.left
    if not isinstance(name, Symbol) or name.name not in ("logsumexp", "LSE") or len(name.subs) != 1:
        return None
    (index,) = name.subs
    if not isinstance(index, Symbol):
        return None
    total = Big("sum", Power(Symbol("e"), expr.right), (index,))
    return Call(Symbol("log"), (total,), span=expr.span)


def of_base(expr: Call) -> Expr | None:
    r"""``\log_2 x`` as a quotient of natural logarithms."""
    name = expr.function
    if not isinstance(name, Symbol) or name.name != "log" or len(name.subs) != 1 or len(expr.args) != 1:
        return None
    (base,) = name.subs
    if expr.primes or not isinstance(base, (Number, Symbol)) or isinstance(base, Symbol) and base.subs:
        return None
    above, below = (Call(Symbol("ln"), (arg,), certain=True, span=expr.span) for arg in (expr.args[0], base))
    return Quotient(above, below, span=expr.span)
