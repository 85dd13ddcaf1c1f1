"""What a part of a formula may be, as it is written: a coefficient, a matrix, a function, a letter."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.refs import FUNCTION_LETTERS, LOSS_NAMES
from symnet.lecture.edits.building import unique
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Braced,
    Call,
    Derivative,
    Dimensions,
    Expr,
    Matrix,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Product,
    Quotient,
    Slice,
    Symbol,
    Transpose,
)


def plain_name(symbol: Symbol) -> str:
    """The name of a symbol in a sentence."""
    return " ".join([*symbol.marks, symbol.name])


def numbers(expr: Plus) -> bool:
    """Is one of the terms a number?"""
    return any(isinstance(t.arg if isinstance(t, Negate) else t, Number) for t in expr.terms)


def alike(a: Symbol, b: Symbol) -> bool:
    """Both bold, both capitals, both with as many indices."""
    return (_look(a)) == (_look(b))


def _look(symbol: Symbol) -> tuple[str, bool, int]:
    indices = [s for s in symbol.subs if isinstance(s, Symbol) and len(s.name) == 1]
    return symbol.font, symbol.name[:1].isupper(), len(indices)


def index_letters(expr: Expr) -> list[str]:
    """The letters that index something."""
    symbols = [p for p in expr.walk() if isinstance(p, Symbol)]
    return [s.name for p in symbols for s in p.subs if isinstance(s, Symbol) and len(s.name) == 1]


def same_letter(a: Symbol, b: Symbol) -> bool:
    return a.name == b.name


def is_coefficient(expr: Expr) -> bool:
    """A number, a name of one, or a quotient of these."""
    match expr:
        case Number():
            return True
        case Symbol():
            return expr.font != "bold" and expr.name.islower() and not expr.subs
        case Quotient(numerator, denominator):
            return is_coefficient(numerator) and (is_coefficient(denominator) or isinstance(denominator, Symbol))
        case Paren(arg):
            return is_coefficient(arg)
    return False


def may_be_matrix(expr: Expr) -> bool:
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
            return may_be_matrix(arg)
        case Plus(terms):
            return any(map(may_be_matrix, terms))
        case Product(left, right):
            return may_be_matrix(left) or may_be_matrix(right)
        case Call():
            return not expr.subs and any(map(may_be_matrix, expr.args))
    return isinstance(expr, Derivative | Nabla | Matrix)


def is_matrix(expr: Expr) -> bool:
    """A factor that surely is a vector or a matrix as it is written."""
    match expr:
        case Symbol():
            indexed = any(isinstance(s, Symbol) and len(s.name) == 1 for s in expr.subs)
            return (expr.font == "bold" or expr.name[:1].isupper() and not expr.font) and not indexed
        case Transpose() | Matrix():
            return True
        case Negate(arg) | Paren(arg):
            return is_matrix(arg)
        case Plus(terms):
            return any(map(is_matrix, terms))
        case Product(left, right):
            return is_matrix(left) or is_matrix(right)
        case Call():
            return not expr.subs and any(map(is_matrix, expr.args))
    return False


def is_function(call: Call) -> bool:
    """A letter that usually names a function, with one bracket behind it."""
    f = call.function
    return isinstance(f, Symbol) and f.font != "bold" and f.name in FUNCTION_LETTERS | LOSS_NAMES


def takes_prime(call: Call) -> bool:
    """A function of one argument that is written with one letter."""
    f = call.function
    return (
        isinstance(f, Symbol)
        and len(call.args) == 1
        and (len(f.name) == 1 or f.name in ("sigma", "phi", "varphi", "psi"))
    )


def free_letters(expr: Expr) -> list[Symbol]:
    """The letters that index something and are bound by no sum."""
    bound = {v for p in expr.walk() if isinstance(p, Big) for v in p.variables}
    letters = (q for p in expr.walk() if isinstance(p, Symbol) for s in (*p.subs, *p.labels) for q in s.walk())
    return unique(q for q in letters if isinstance(q, Symbol) and len(q.name) == 1 and q not in bound)


def unwrapped(expr: Expr) -> Iterator[Expr]:
    while isinstance(expr, Paren | Negate):
        expr = expr.arg
        yield expr
