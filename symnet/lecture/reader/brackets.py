r"""Brackets and environments: groups, tuples, sets, intervals, indicators, matrices, cases."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.parts import Prefix
from symnet.lecture.reader.scopes import ScopeReader
from symnet.lecture.reader.signs import (
    DOTS,
    Tokens,
    comma_around_dots,
    is_name,
    operator,
    plain_text,
    refuse,
    relation,
    span_of,
    split,
    trimmed,
)
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Dots,
    Expr,
    Indicator,
    Interval,
    Matrix,
    Negate,
    Norm,
    Paren,
    Plus,
    Product,
    Quotient,
    SetOf,
    Span,
    Statement,
    Symbol,
    Tuple,
)
from symnet.lecture.reader.token import Token
from symnet.lecture.reader.words import BIG, TEXT

ROWS = frozenset(
    "aligned align alignat alignedat gather gathered split eqnarray equation multline multlined displaymath "
    "flalign".split()
)
MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
SWITCHES = {"bf": "bold", "cal": "cal", "rm": "rm", "it": ""}
_OTHERWISE = (
    "otherwise",
    "else",
    "иначе",
    "остальн",
    "проти",
    "other",
    "default",
    "elsewhere",
    "sonst",
    "sinon",
    "rest",
    "друг",
)


class BracketReader(ScopeReader):
    """Reads bracketed groups and environments."""

    def group(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        t = tokens[i]
        span = (t.start, t.end)
        if t.text == "{":
            return self.braces(tokens, i)
        body = paired_bars(t.body)
        if t.text == "\\{" and t.close == "" and len(body) == 1 and body[0].kind == "env":
            return self.scripted(self.cases(body[0]), tokens, i + 1)
        if t.text == "" and t.close == "|":
            value = self.sum(body, t)
            made, _ = self.evaluated(value, [replace(t, kind="sym", text="|"), *tokens[i + 1 :]], 0)
            return replace(made, span=(t.start, made.span[1])), self.scripts(tokens, i + 1).end
        if not body:
            raise refuse("an empty bracket", t)
        if t.text == "" or t.close == "":
            if t.text == t.close == "":
                return self.scripted(replace(self.sum(body, t), span=span), tokens, i + 1, loose=True)
            raise refuse("this bracket is open on one side", t)
        if t.text == "|":
            if len(body) == 1 and body[0].kind == "env" and body[0].text in ("matrix", "array", "smallmatrix"):
                raise refuse("a determinant between bars: write \\det", t)
            return self.scripted(Absolute(self.sum(body, t), span=span), tokens, i + 1)
        if t.text == "\\|":
            return self.scripted(Norm(self.sum(body, t), span=span), tokens, i + 1)
        if t.text in ("\\lfloor", "\\lceil"):
            name = {"\\rfloor": "floor", "\\rceil": "ceil"}.get(t.close)
            if name is None:
                raise refuse("brackets do not match", t)
            return self.scripted(Call(Symbol(name), (self.sum(body, t),), span=span), tokens, i + 1)
        if t.text == "\\langle":
            items = self.list(body)
            if len(items) != 2:
                raise refuse("angle brackets are read around two vectors only", t)
            return self.scripted(Call(Symbol("inner"), items, span=span), tokens, i + 1)
        if t.text == "\\{":
            return self.scripted_set(self.set_of(t, body, tokens, i), tokens, i + 1)
        made, j = self.scripted(self.bracket(t, body), tokens, i + 1)
        if isinstance(made, Paren) and t.text == "(" and j < len(tokens) and tokens[j].is_group("("):
            if any(u.is_sym(",") for u in tokens[j].body):  # (I * K)(i, j)
                args, parameters = self.arguments(tokens[j])
                call = Call(made, args, parameters, span=(t.start, tokens[j].end))
                return self.finish_call(call, tokens, j + 1)
        return made, j

    def bracket(self, t: Token, body: Tokens) -> Expr:
        """( ), [ ]: a group, a tuple, a row, a matrix, an interval, an indicator."""
        span = (t.start, t.end)
        if len(body) == 1 and body[0].kind == "env" and body[0].text in MATRICES:
            return self.matrix(body[0], span)
        if len(body) == 1 and body[0].is_cmd("cdot", "bullet"):
            return Paren(Symbol("cdot", span=span_of(body)), span=span)
        mixed = (t.text, t.close) not in (("(", ")"), ("[", "]"))
        columns = split(body, ";")
        if len(columns) > 1 and t.text == "[" and not mixed:
            return Matrix(tuple(tuple(self.list(c)) for c in columns if c), span=span)
        if t.text == "[" and any(u.is_cmd(*DOTS) for u in body):
            body = comma_around_dots(body, everywhere=True)
        items = self.list(body)
        if mixed:
            if len(items) != 2:
                raise refuse("brackets do not match", t)
            return Interval(items[0], items[1], (t.text == "[", t.close == "]"), span=span)
        if len(items) > 1:
            return Tuple(items, span=span) if t.text == "(" else Matrix((items,), span=span)
        (item,) = items
        if isinstance(item, Statement):
            if t.text == "[":
                return Indicator(item, span=span)
            return Paren(item, span=span)
        return Paren(item, span=span)

    def set_of(self, t: Token, body: Tokens, tokens: Tokens, i: int) -> Expr:
        span = (t.start, t.end)
        parts = split(body, ":", "|", "\\mid", "\\colon", ";")
        if len(parts) > 2 or not parts[0]:
            raise refuse("this set is not understood", t)
        conditions = tuple(self.condition(p) for p in split(parts[1], ",") if p) if len(parts) > 1 else ()
        items = self.list(comma_around_dots(parts[0]))
        if len(items) == 1 and not conditions and isinstance(items[0], (Plus, Product, Negate, Quotient, Big, Paren)):
            return Paren(items[0], span=span)
        return SetOf(items, conditions, span=span)

    def scripted_set(self, value: Expr, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""\{x_i\}_{i=1}^n: the members are numbered."""
        scripts = self.scripts(tokens, i)
        if not isinstance(value, SetOf) or not scripts.below:
            return self.scripted(value, tokens, i)
        variables, lower, upper, domain, conditions = self.bounds(
            "set", scripts.below[0], scripts.above[0] if scripts.above else None
        )
        span = (value.span[0], tokens[scripts.end - 1].end)
        extra: list[Statement] = list(conditions)
        for v in variables:
            if lower is not None and upper is not None:
                extra.append(Statement((v, SetOf((lower, Dots(span=span), upper), span=span)), ("in",), span=span))
            elif domain is not None:
                extra.append(Statement((v, domain), ("in",), span=span))
            elif not extra:
                extra.append(Statement((v,), span=span))
        return replace(value, conditions=value.conditions + tuple(extra), span=span), scripts.end

    def braces(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        """Braces that are not seen: what stands inside, as one factor."""
        t = tokens[i]
        body = t.body
        if not body:
            if i + 1 < len(tokens) and tokens[i + 1].is_sym("_", "^"):
                raise refuse("a script on nothing", t)
            if i + 1 < len(tokens):
                return self.factor(tokens, i + 1)
            raise refuse("empty braces", t)
        before = self.font
        if body[0].kind == "cmd" and body[0].text in SWITCHES and len(body) > 1:
            self.font, body = SWITCHES[body[0].text], body[1:]
        try:
            if len(body) == 1 and body[0].kind in ("name", "diff", "text") and self.font != before:
                value: Expr = Symbol(plain_text(body[0]), font=self.font, span=(t.start, t.end))
            elif len(body) == 1 and body[0].is_cmd(*BIG):
                return self.big(body[0].text, (*tokens[:i], body[0], *tokens[i + 1 :]), i, i + 1)
            elif len(body) == 1 and operator(body[0]):
                raise refuse("an operator in braces", t)
            else:
                value = self.sum(body, t)
        finally:
            self.font = before
        value = replace(value, span=(t.start, t.end))
        if isinstance(value, Symbol):
            return self.named(value, tokens, i + 1)
        return self.scripted(value, tokens, i + 1, loose=True)

    def _indicates(self, tokens: Tokens, j: int) -> bool:
        t = tokens[j]
        if t.is_sym("_") and j + 1 < len(tokens):
            return any(relation(u) for u in tokens[j + 1].body) or (
                tokens[j + 1].is_group("{")
                and len(tokens[j + 1].body) == 1
                and tokens[j + 1].body[0].is_group("\\{", "[", "(")
            )
        return t.is_group("[", "(", "\\{", "{") and any(relation(u) for u in t.body)

    def indicator(self, tokens: Tokens, i: int, j: int) -> tuple[Expr, int]:
        t = tokens[j]
        if t.is_sym("_"):
            body, j = self.script_argument(tokens, j + 1)
            if len(body) == 1 and body[0].kind == "group":
                body = body[0].body
        else:
            body, j = t.body, j + 1
        condition = self.condition(body)
        return self.scripted(Indicator(condition, span=(tokens[i].start, tokens[j - 1].end)), tokens, j)

    def environment(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        t = tokens[i]
        if t.text in ("cases", "dcases", "rcases"):
            return self.scripted(self.cases(t), tokens, i + 1)
        if t.text in ("vmatrix", "Vmatrix"):
            raise refuse("a determinant between bars: write \\det", t)
        if t.text in MATRICES:
            return self.scripted(self.matrix(t, (t.start, t.end)), tokens, i + 1)
        if t.text in ROWS and not any(u.kind == "row" for u in t.body):
            body = [u for u in t.body if u.kind != "amp"]
            return self.scripted(replace(self.sum(body, t), span=(t.start, t.end)), tokens, i + 1, loose=True)
        raise refuse("this environment is not understood here", t)

    def matrix(self, t: Token, span: Span) -> Matrix:
        rows = [r for r in split(t.body, "row") if r]
        cells = tuple(tuple(self._cell(c, t) for c in split(r, "amp")) for r in rows)
        if not cells:
            raise refuse("an empty matrix", t)
        if len({len(r) for r in cells}) > 1:
            raise refuse("the rows of this matrix differ in length", t)
        return Matrix(cells, span=span)

    def _cell(self, tokens: Tokens, t: Token) -> Expr:
        if not tokens:
            raise refuse("an empty entry of a matrix", t)
        return self.sum(tokens, t)

    def cases(self, t: Token) -> Cases:
        rows = [r for r in split(t.body, "row") if r]
        if not rows:
            raise refuse("no branches", t)
        branches: list[tuple[Expr, Statement | None]] = []
        for row in rows:
            branches.append(self.branch(row, t))
        if len(branches) > 1 and all(c is None for _, c in branches):
            raise refuse("branches without conditions", t)
        return Cases(tuple(branches), span=(t.start, t.end))

    def branch(self, row: Tokens, t: Token) -> tuple[Expr, Statement | None]:
        """One branch: value & condition, value \\text{if} condition, or ``1) condition: value``."""
        row = list(row)
        if len(row) > 2 and row[0].kind == "number" and (row[1].is_sym(")", ".")):
            row = row[2:]
            colon = next((k for k, u in enumerate(row) if u.is_sym(":")), None)
            if colon is not None and 0 < colon < len(row) - 1:
                return self.sum(trimmed(row[colon + 1 :]), t), self.condition(trimmed(row[:colon]))
        cells = [c for c in split(row, "amp") if c]
        if len(cells) > 2:
            cells = [cells[0], [u for c in cells[1:] for u in c]]
        if len(cells) == 1:
            cell = list(cells[0])
            k = next(
                (
                    n
                    for n, u in enumerate(cell)
                    if n and (u.kind == "quad" or u.is_sym(",", ";") or (u.kind == "text" and not is_name(u)))
                ),
                None,
            )
            cells = [cell] if k is None else [cell[:k], cell[k:]]
        value = self.relation_or_sum(trimmed(cells[0])) if trimmed(cells[0]) else self.missing(row)
        if len(cells) == 1:
            return value, None
        body = [
            u
            for u in cells[1]
            if u.kind not in ("text", "quad")
            or (u.kind == "text" and is_name(u) and plain_text(u).lower() not in TEXT and len(cells[1]) > 1)
        ]
        body = list(trimmed(body))
        if not body:
            words = " ".join(plain_text(u) for u in cells[1] if u.kind == "text").lower().strip(" .,")
            if not words:
                return value, None
            if any(w in words for w in _OTHERWISE):
                return value, None
            raise refuse("this condition is not understood", cells[1][0])
        if body[0].is_cmd("forall"):
            body = body[1:]
        parts = [p for p in split(paired_bars(body), ",", ";", "\\land", "\\wedge") if p]
        first, *more = [self.condition(p) for p in parts]
        said = " ".join(plain_text(u) for u in cells[1] if u.kind == "text").lower()
        if not first.relations and "probability" not in said and "вероятност" not in said:
            raise refuse("this condition is not understood", body[0])
        return value, replace(first, conditions=tuple(more)) if more else first
