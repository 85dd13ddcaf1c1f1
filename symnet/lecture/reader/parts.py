"""What the readers of parts of a formula share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symnet.lecture.reader.core import Chain
from symnet.lecture.reader.signs import FONTS, MARKS, Tokens, refuse, span_of
from symnet.lecture.reader.syntax import Derivative, Expr, Number, Span, Statement, Symbol
from symnet.lecture.reader.token import Token, Unreadable

_LONGEST_NUMBER = 60


@dataclass(frozen=True, slots=True)
class Prefix:
    """An operator that waits for its operand."""

    make: Callable[[Expr], Expr]
    span: Span
    alone: Expr | None = None  # what it is without an operand


class Parts:
    """What every reader of a part may ask for; ``factors.Reader`` answers."""

    latex: str
    font: str

    def chain(self, tokens: Tokens) -> Chain:
        raise NotImplementedError

    def sum(self, tokens: Tokens, where: Token | None = None) -> Expr:
        raise NotImplementedError

    def relation_or_sum(self, tokens: Tokens) -> Expr:
        raise NotImplementedError

    def list(self, tokens: Tokens, *separators: str) -> tuple[Expr, ...]:
        raise NotImplementedError

    def factor(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        raise NotImplementedError

    def symbol_at(self, tokens: Tokens, i: int) -> tuple[Symbol, int]:
        raise NotImplementedError

    def big(self, op: str, tokens: Tokens, i: int, j: int, under: Tokens | None = None) -> tuple[Expr | Prefix, int]:
        raise NotImplementedError

    def missing(self, tokens: Tokens) -> Expr:
        raise Unreadable("nothing stands between two commas", ",", *(span_of(tokens) if tokens else (0, 0)))

    def value(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""A factor that is the operand of a tight operator (``\nabla``, ``\partial_x``, ``\dim``, ``\log``)."""
        start = i
        value, i = self.factor(tokens, i)
        if not isinstance(value, Prefix):
            return value, i
        if isinstance(value.alone, Derivative) or i < len(tokens):
            body, i = self.value(tokens, i)
            return value.make(body), i
        raise refuse("the operand of this operator is missing", tokens[start])

    def number(self, t: Token) -> Number:
        mantissa, _, exponent = t.text.lower().partition("e")
        if len(mantissa) > _LONGEST_NUMBER or len(exponent) > 4:
            raise refuse("a number of too many digits", t)
        written = self.latex[t.start : t.end]
        return Number(Fraction(t.text), written if written.isascii() else t.text, span=(t.start, t.end))

    def condition(self, tokens: Tokens) -> Statement:
        value = self.relation_or_sum(tokens)
        return value if isinstance(value, Statement) else Statement((value,), span=value.span)

    def argument(self, tokens: Tokens, i: int) -> tuple[Tokens, int]:
        """The argument of a command: a brace group or one token."""
        if i >= len(tokens):
            raise Unreadable(
                "the argument of a command is missing", tokens[-1].shown(), tokens[-1].start, tokens[-1].end
            )
        t = tokens[i]
        if t.is_group("{"):
            return t.body, i + 1
        if t.kind == "cmd" and (t.text in FONTS or t.text in MARKS) and i + 1 < len(tokens):
            inner, j = self.argument(tokens, i + 1)
            return tuple(tokens[i:j]), j
        return (t,), i + 1
