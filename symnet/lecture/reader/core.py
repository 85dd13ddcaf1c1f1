r"""The grammar of one clause (``grammar.lark``): factors, operators and relations become one tree.

The scope of ``\sum`` is the product that follows, and goes on over ``+`` and ``-`` while its index still occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Derivative,
    Expr,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Product,
    Quotient,
    Span,
    Symbol,
)
from symnet.lecture.reader.token import Unreadable


@dataclass(frozen=True, slots=True)
class Item:
    """A terminal of the grammar; ``value`` is a tree, an operator, or what makes a tree of its operand."""

    type: str
    value: Any
    span: Span


def around(*parts: Expr | Item) -> Span:
    return parts[0].span[0], parts[-1].span[1]


def signed(sign: Item, value: Expr) -> Expr:
    return Negate(value, span=around(sign, value)) if sign.value == "-" else replace(value, span=around(sign, value))


def product(left: Expr, op: str, right: Expr) -> Expr:
    return Product(left, right, op, span=around(left, right))


def beside(left: Expr, right: Expr) -> Expr:
    """Two factors side by side; what a slash or a nabla before reaches is settled here."""
    last = left
    while isinstance(last, Product):
        last = last.right
    if isinstance(last, Nabla) and _factor_before(last):
        inner = product(last.of, "juxtapose", right)
        return _replace_last(left, replace(last, of=inner, span=around(last, right)))
    if isinstance(left, Quotient) and left.span[0] == left.numerator.span[0]:
        _slash(left, right)
    return product(left, "juxtapose", right)


def _factor_before(nabla: Nabla) -> bool:
    """Is the operand only a number before what is differentiated, as in ``\\nabla \\frac{1}{n} \\sum ...``?"""
    of = nabla.of
    number = isinstance(of, Number) or isinstance(of, Quotient) and isinstance(of.numerator, (Number, Negate))
    if isinstance(of, Quotient) and any(occurs(by, of) for by in nabla.by if isinstance(by, Symbol)):
        return False
    return number or isinstance(of, Product)


def _replace_last(left: Expr, new: Expr) -> Expr:
    if isinstance(left, Product):
        right = _replace_last(left.right, new)
        return replace(left, right=right, span=around(left, right))
    return new


def _slash(left: Quotient, right: Expr) -> None:
    """``1/2 x`` and ``1/N \\sum ...`` are (1/2) x and (1/N) \\sum; ``a/bc`` may be either."""
    top, below = left.numerator, left.denominator
    if isinstance(below, Number) and isinstance(top, (Number, Negate)):
        return
    if isinstance(top, Number) and isinstance(right, (Big, Paren, Call, Derivative, Nabla, Absolute, Norm)):
        return
    if isinstance(below, (Derivative, Paren)):
        return
    raise Unreadable("a / b c may be (a / b) c or a / (b c): brackets or \\frac needed", "/", *around(left, right))


def add(left: Expr, sign: Item, right: Expr) -> Expr:
    terms = left.terms if isinstance(left, Plus) else (left,)
    longer = _goes_on(terms[-1], sign, right)
    if longer is not None:
        last = terms[:-1] + (longer,)
        return last[0] if len(last) == 1 else Plus(last, span=around(left, right))
    if sign.value == "-":
        right = Negate(right, span=around(sign, right))
    return Plus((*terms, right), span=around(left, right))


def _goes_on(term: Expr, sign: Item, right: Expr) -> Expr | None:
    """``term`` with ``right`` taken into the scope of its last operator, when that one's index occurs in ``right``."""
    if isinstance(term, Negate):
        inner = _goes_on(term.arg, sign, right)
        return None if inner is None else replace(term, arg=inner, span=around(term, right))
    if isinstance(term, Product):
        inner = _goes_on(term.right, sign, right)
        return None if inner is None else replace(term, right=inner, span=around(term, right))
    if isinstance(term, Plus):
        inner = _goes_on(term.terms[-1], sign, right)
        return None if inner is None else replace(term, terms=(*term.terms[:-1], inner), span=around(term, right))
    if not isinstance(term, Big) or not term.variables or term.span[1] != term.body.span[1]:
        return None
    inner = _goes_on(term.body, sign, right)
    if inner is None and any(occurs(v, right) for v in term.variables):
        inner = add(term.body, sign, right)
    return None if inner is None else replace(term, body=inner, span=around(term, right))


def occurs(variable: Symbol, expr: Expr) -> bool:
    """Does the variable stand free in the expression?"""
    if isinstance(expr, Symbol) and _same(variable, expr):
        return True
    if isinstance(expr, Big) and any(_same(variable, v) for v in expr.variables):
        return any(occurs(variable, part) for part in (expr.lower, expr.upper, expr.domain) if part is not None)
    return any(occurs(variable, part) for part in expr.children())


def _same(variable: Symbol, other: Symbol) -> bool:
    """Is the other symbol the variable, perhaps with subscripts: x_i where x is meant?"""
    if (variable.name, variable.marks, variable.labels) != (other.name, other.marks, other.labels):
        return False
    return not variable.subs or variable.subs == other.subs


@dataclass(frozen=True, slots=True)
class Chain:
    """What the grammar makes of a clause."""

    terms: tuple[Expr, ...]
    relations: tuple[str, ...]
    continues: bool
    trails: bool
    span: Span


def _chain(children: Sequence[Any]) -> Chain:
    terms = tuple(c for c in children if not isinstance(c, Item))
    relations = tuple(c.value for c in children if isinstance(c, Item))
    first, last = isinstance(children[0], Item), isinstance(children[-1], Item)
    return Chain(terms, relations, first, last, (children[0].span[0], children[-1].span[1]))


@cache
def _parser() -> Callable[[Sequence[Item]], Chain]:
    """The LALR parser, made on first use."""
    from lark import Lark, Token, Transformer, UnexpectedInput
    from lark.lexer import Lexer

    class Items(Lexer):
        def __init__(self, conf: object) -> None:
            pass

        def lex(self, items: Sequence[Item]) -> Iterator[Token]:  # type: ignore[override]
            for item in items:
                token = Token(item.type, "")
                token.value = item
                yield token

    def part(item: Any) -> Any:
        """A terminal as the grammar hands it over: a factor is its tree."""
        item = item.value if isinstance(item, Token) else item
        return item.value if isinstance(item, Item) and item.type == "FACTOR" else item

    actions: dict[str, Callable[..., Any]] = {
        "factor": lambda f: f,
        "signed": signed,
        "add": add,
        "beside": beside,
        "times": lambda a, op, b: product(a, op.value, b),
        "times_signed": lambda a, op, sign, b: product(a, op.value, signed(sign, b)),
        "over": lambda a, _, b: Quotient(a, b, span=around(a, b)),
        "over_signed": lambda a, _, sign, b: Quotient(a, signed(sign, b), span=around(a, b)),
        "scope": lambda prefix, body: prefix.value(body),
        "scope_signed": lambda prefix, sign, body: prefix.value(signed(sign, body)),
    }
    for name in ("beside", "times", "times_signed", "over", "over_signed"):
        actions[f"{name}_factor"] = actions[name]

    class Build(Transformer):
        def start(self, children: list[Any]) -> Chain:
            return _chain([part(c) for c in children])

    def action(act: Callable[..., Any]) -> Callable[[Any, list[Any]], Any]:
        return lambda self, children: act(*map(part, children))

    for name, act in actions.items():
        setattr(Build, name, action(act))
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    lark = Lark(grammar, parser="lalr", lexer=Items, transformer=Build())

    def parse(items: Sequence[Item]) -> Chain:
        try:
            return lark.parse(items)  # type: ignore[return-value]
        except UnexpectedInput as error:
            token = getattr(error, "token", None)
            item = getattr(token, "value", None)
            if isinstance(item, Item):
                raise _unexpected(items, item) from None
            span = items[-1].span
            raise Unreadable("something is missing behind this", "", *span) from None

    return parse


def _unexpected(items: Sequence[Item], item: Item) -> Unreadable:
    kinds = {"REL": "a relation", "SIGN": "a sign", "OP": "an operator", "SLASH": "a slash", "FACTOR": "a value"}
    return Unreadable(f"{kinds.get(item.type, 'an operator')} is not expected here", "", *item.span)


def parse(items: Sequence[Item]) -> Chain:
    """The chain of a clause; raises ``Unreadable``."""
    return _parser()(items)
