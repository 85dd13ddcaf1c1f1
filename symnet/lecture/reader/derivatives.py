r"""Derivatives in every spelling: ``\frac{\partial f}{\partial x}``, ``dL/dw``, ``\partial_x f``, ``\nabla_w L``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.calls import CallReader
from symnet.lecture.reader.parts import Prefix
from symnet.lecture.reader.signs import FONTS, MARKS, Tokens, operator, refuse, relation, split
from symnet.lecture.reader.syntax import (
    At,
    Call,
    Derivative,
    Expr,
    Nabla,
    Number,
    Power,
    Quotient,
    Span,
    Statement,
    Symbol,
    Transpose,
)
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.words import GREEK, is_word


class DerivativeReader(CallReader):
    """Reads derivatives and gradients, and the fractions that are none."""

    def fraction(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        t = tokens[i]
        top, below, j = self.two_arguments(tokens, i + 1)
        span = (t.start, j.end)
        nxt = self._after
        derivative = self.derivative(top, below, span)
        if derivative is not None:
            if isinstance(derivative, Derivative):
                found, nxt = self.scripted(derivative, tokens, nxt)
                if isinstance(found, Derivative) and (point := self.point(found, tokens, nxt)) is not None:
                    return point, nxt + 1
                if nxt + 1 < len(tokens) and tokens[nxt].is_sym("|") and tokens[nxt + 1].is_sym("_"):
                    return self.evaluated(found, tokens, nxt)
                return found, nxt
            return derivative, nxt
        value = Quotient(self.sum(top, t), self.sum(below, t), span=span)
        return self.scripted(value, tokens, nxt)

    _after = 0

    def two_arguments(self, tokens: Tokens, i: int) -> tuple[Tokens, Tokens, Token]:
        r"""The two arguments of \frac; ``\frac12`` has two digits."""
        if i < len(tokens) and tokens[i].kind == "number" and len(tokens[i].text) > 1:
            t = tokens[i]
            if len(t.text) == 2 and t.text.isdigit() and t.end - t.start == 2:
                self._after = i + 1
                first = replace(t, text=t.text[0], end=t.start + 1)
                second = replace(t, text=t.text[1], start=t.start + 1)
                return (first,), (second,), t
            raise refuse("\\frac without braces", t)
        top, j = self.argument(tokens, i)
        if j < len(tokens) and tokens[j].kind == "number" and len(tokens[j].text) > 1:
            raise refuse("\\frac without braces", tokens[j])
        below, j = self.argument(tokens, j)
        self._after = j
        return top, below, tokens[j - 1]

    def point(self, derivative: Derivative, tokens: Tokens, i: int) -> At | None:
        r"""``\frac{\partial f}{\partial x}(x_0)``: the bracket names the variable with another script."""
        if i >= len(tokens) or not tokens[i].is_group("(") or len(set(derivative.by)) != 1:
            return None
        (by, *_), body = derivative.by, tokens[i].body
        if not body or not all(
            t.kind in ("letter", "number") or t.is_sym("_", "^", "'") or t.is_cmd(*GREEK) for t in body
        ):
            return None
        value = self.sum(body, tokens[i])
        if not isinstance(value, Symbol) or not isinstance(by, Symbol) or value.name != by.name:
            return None
        condition = Statement((by, value), ("=",), span=value.span)
        return At(derivative, (condition,), span=(derivative.span[0], tokens[i].end))

    def derivative(self, top: Tokens, below: Tokens, span: Span) -> Derivative | Prefix | None:
        r"""\frac{\partial f}{\partial x} and its kin, also with \delta; None where the fraction is a quotient."""
        head, sign = differential(top), differential(below)
        if head is None or sign is None or head[0] != sign[0]:
            return None
        total = head[0] == "d"
        rest = list(head[1])
        order = 1
        if rest and rest[0].is_sym("^"):
            power, k = self.script_argument(rest, 1)
            if len(power) != 1 or power[0].kind != "number" or not power[0].text.isdigit() or int(power[0].text) > 9:
                raise Unreadable("the order of this derivative is not understood", "^", *span)
            order, rest = int(power[0].text), rest[k:]
        if total and rest and rest[0].is_sym("_"):
            return None
        by = self.differentials(sign[1], head[0], order, span)
        if by is None:
            return None
        if len(by) != order:
            raise Unreadable("the orders above and below do not agree", "", *span)
        if rest:
            return Derivative(self.sum(rest), by, total, span=span)
        make = _derivative_maker(by, total, span[0])
        return Prefix(make, span, Derivative(None, by, total, span=span))

    def differentials(self, tokens: Tokens, head: str, order: int, span: Span) -> tuple[Expr, ...] | None:
        r"""What is differentiated by: behind each \partial a variable, and its order."""
        parts: list[list[Token]] = [[]]
        rest = list(tokens)
        while rest:
            again = differential(rest) if parts[-1] else None
            if again is not None and again[0] == head:
                parts.append([])
                rest = list(again[1])
            else:
                parts[-1].append(rest.pop(0))
        by: list[Expr] = []
        if any(not part or part[0].is_sym("_", "^") for part in parts):
            if head != "partial":
                return None
            raise Unreadable("the variable of this derivative is missing", "\\partial", *span)
        for part in parts:
            variable = self.sum(part)
            times = 1
            if order > 1 and isinstance(variable, Power) and isinstance(variable.exponent, Number):
                times = int(variable.exponent.value) if variable.exponent.value.denominator == 1 else 0
                if not 1 <= times <= order:
                    raise Unreadable("the order of this derivative is not understood", "^", *span)
                variable = variable.base
            elif isinstance(variable, Transpose) and isinstance(variable.arg, Power) and order > 1:
                raise Unreadable("the order of this derivative is not understood", "^", *span)
            by.extend([variable] * times)
        return tuple(by)

    def differential_quotient(self, tokens: Tokens, i: int) -> tuple[Expr, int] | None:
        """``dL/dw``."""
        head = differential(tokens[i:])
        if head is None or head[0] != "d" or self.font:
            return None
        k = next((n for n in range(i, min(i + 8, len(tokens))) if tokens[n].is_sym("/")), None)
        if k is None or any(t.is_sym("+", "-", ",") or relation(t) or operator(t) for t in tokens[i:k]):
            return None
        below = differential(tokens[k + 1 :])
        if below is None or below[0] != "d" or not below[1] or not head[1]:
            return None
        if head[1][0].is_sym("_", "^"):
            return None
        consumed = len(tokens) - (k + 1) - len(below[1])  # tokens of the d itself
        first = k + 1 + consumed
        rest = list(below[1])
        variable, used = self.factor(rest, 0)
        if isinstance(variable, Prefix):
            return None
        end = rest[used - 1].end
        of = self.sum(_upto(head[1], tokens[k].start))
        whole = Derivative(of, (variable,), True, span=(tokens[i].start, end))
        return whole, first + used

    def partial(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""\partial_x f, \partial L / \partial w."""
        t = tokens[i]
        if i + 1 < len(tokens) and tokens[i + 1].is_sym("_"):
            scripts = self.scripts(tokens, i + 1)
            if scripts.above or len(scripts.below) != 1:
                raise refuse("this derivative is not understood", t)
            by = self.subscripts(scripts.below[0])
            of, j = self.value(tokens, scripts.end)
            return Derivative(of, by, span=(t.start, of.span[1])), j
        k = next((n for n in range(i, len(tokens)) if tokens[n].is_sym("/")), len(tokens))
        end = k + 1
        while end < len(tokens) and tokens[end].is_cmd("partial"):
            end = _variable_end(tokens, end + 1)
        if end > k + 1 and not any(u.is_sym("+", "-", ",") or relation(u) for u in tokens[i:k]):
            found = self.derivative(tokens[i:k], tokens[k + 1 : end], (t.start, tokens[end - 1].end))
            if isinstance(found, Prefix) and isinstance(found.alone, Derivative):
                return found.alone, end
            if isinstance(found, Derivative):
                return found, end
        raise refuse("\\partial without a variable", t)

    def nabla(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        t = tokens[i]
        scripts = self.scripts(tokens, i + 1)
        by = tuple(s for body in scripts.below for s in self.nabla_by(body))
        order = 1
        for body in scripts.above:
            if len(body) != 1 or body[0].kind != "number" or body[0].text != "2":
                raise refuse("this power of nabla is not understood", t)
            order = 2
        if scripts.end >= len(tokens) or not self.starts_value(tokens[scripts.end]):
            raise refuse("the operand of nabla is missing", t)
        value, j = self.factor(tokens, scripts.end)
        if isinstance(value, Prefix):
            inner = value.make
            return Prefix(lambda body: _nabla(inner(body), by, order, t.start), (t.start, value.span[1])), j
        span = (t.start, value.span[1])
        if isinstance(value, Transpose) and isinstance(value.arg, Call):  # \nabla f(x)^T d: of the gradient
            return Transpose(Nabla(value.arg, by, order, span=(t.start, value.arg.span[1])), span=span), j
        return Nabla(value, by, order, span=span), j

    def nabla_by(self, body: Tokens) -> tuple[Expr, ...]:
        return tuple(self.sum(p) for p in split(paired_bars(body), ",") if p)


def differential(tokens: Tokens) -> tuple[str, Tokens] | None:
    r"""("partial" or "d", the rest) where the tokens begin with \partial, d or \mathrm{d}."""
    if not tokens:
        return None
    t = tokens[0]
    if t.is_cmd("partial"):
        return "partial", tokens[1:]
    if t.is_cmd("delta") and not (len(tokens) > 1 and tokens[1].is_sym("_", "^", "'")):
        return "delta", tokens[1:]
    if t.kind == "diff":
        letter = replace(t, kind="letter", text=t.text[1:], start=t.start + 1)
        return "d", (letter, *tokens[1:])
    if t.kind == "letter" and t.text == "d" or t.kind == "name" and t.text == "d":
        return "d", tokens[1:]
    if t.is_cmd("mathrm", "rm", "operatorname") and len(tokens) > 1 and tokens[1].text == "d":
        return "d", tokens[2:]
    if t.kind == "name" and t.font == "" and t.text[0] == "d" and len(t.text) > 1 and t.end - t.start == len(t.text):
        rest = replace(t, text=t.text[1:], start=t.start + 1)

        if is_word(rest.text):
            return "d", (rest, *tokens[1:])
    return None


def _variable_end(tokens: Tokens, i: int) -> int:
    """Behind the symbol at ``i`` with its scripts."""
    while i < len(tokens) and tokens[i].is_cmd(*FONTS, *MARKS):
        i += 1
    i += 1
    while i < len(tokens) and tokens[i].is_sym("_", "^", "'"):
        i += 1 if tokens[i].is_sym("'") else 2
    return min(i, len(tokens))


def _derivative_maker(by: tuple[Expr, ...], total: bool, start: int) -> Callable[[Expr], Expr]:
    return lambda body: Derivative(body, by, total, span=(start, body.span[1]))


def _nabla(of: Expr, by: tuple[Expr, ...], order: int, start: int) -> Expr:
    return Nabla(of, by, order, span=(start, of.span[1]))


def _upto(tokens: Tokens, end: int) -> Tokens:
    return [t for t in tokens if t.end <= end]
