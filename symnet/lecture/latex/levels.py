"""How tightly constructions bind, and the brackets that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from symnet.lecture.reader.core import occurs
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Dimensions,
    Expr,
    Indicator,
    Infinity,
    Interval,
    Matrix,
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
    SetOf,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

#: how tightly a construction binds; an operand that binds less gets brackets
RELATION, SUM, TERM, PRODUCT, FACTOR, ATOM = range(6)
Tex = Callable[[Expr], str]  # the LaTeX of a part
Printers = dict[type, Callable[[Tex, Any], str]]  # what prints each kind of expression


def level(expr: Expr) -> int:
    """How tightly the outermost construction of ``expr`` binds."""
    if isinstance(expr, Statement):
        return RELATION
    if isinstance(expr, (Plus, Negate)):
        return SUM
    if isinstance(expr, Big):
        return TERM
    if isinstance(expr, Derivative):
        return FACTOR if expr.of is not None and not operand_beside(expr.of) else TERM
    if isinstance(expr, Product):
        return TERM if level(expr.right) == TERM else PRODUCT
    if isinstance(expr, Nabla):
        return level(expr.of) if level(expr.of) in (TERM,) else FACTOR
    if isinstance(expr, Dimensions):
        return FACTOR
    if isinstance(expr, Quotient):
        return PRODUCT if expr.elementwise else ATOM
    return ATOM


def operand_beside(of: Expr) -> bool:
    """Does the operand stand beside the fraction, not in its numerator?"""
    return isinstance(of, (Plus, Product, Negate, Big, Quotient, Derivative, Nabla, Cases, Matrix, Braced)) or (
        isinstance(of, Call) and _is_long(of)
    )


def _is_long(expr: Expr) -> bool:
    """Has the tree more than a dozen parts?"""
    return len(list(islice(expr.walk(), 13))) > 12


def at_least(tex: Tex, expr: Expr, wanted: int) -> str:
    """The LaTeX of an operand, in brackets where it binds less tightly than ``wanted``."""
    text = tex(expr)
    return text if level(expr) >= wanted else bracketed(text)


def bracketed(text: str, left: str = "(", right: str = ")") -> str:
    tall = any(c in text for c in (r"\frac", r"\sum", r"\prod", r"\int", r"\begin", r"\sqrt"))
    return rf"\left{left} {text} \right{right}" if tall else f"{left}{text}{right}"


def captures(term: Expr, right: Expr) -> bool:
    """Would the scope of the operator at the end of ``term`` go on over ``right``?"""
    if isinstance(term, Negate):
        return captures(term.arg, right)
    if isinstance(term, Product):
        return captures(term.right, right)
    if isinstance(term, (Derivative, Nabla)):
        return False
    if isinstance(term, Plus):
        return captures(term.terms[-1], right)
    if not isinstance(term, Big):
        return False
    return any(occurs(v, right) for v in term.variables) or captures(term.body, right)


def takes_script(base: Expr) -> bool:
    if isinstance(base, (Power, Transpose)):
        return True
    return (
        isinstance(
            base,
            (Symbol, Number, Paren, Absolute, Norm, Matrix, Tuple, SetOf, Moment, Infinity, Indicator, Root, Interval),
        )
        or (isinstance(base, Call) and level(base) == ATOM)
        or not hasattr(base, "name")
        and hasattr(base, "key")
    )
