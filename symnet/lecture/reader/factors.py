r"""The reader of one formula: sums, chains of relations, and the factors they are made of."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.brackets import BracketReader
from symnet.lecture.reader.core import Chain, Item, parse
from symnet.lecture.reader.parts import Prefix
from symnet.lecture.reader.scripts import Scripts
from symnet.lecture.reader.signs import (
    DOTS,
    FONTS,
    MARKS,
    Tokens,
    dots_apart,
    is_name,
    of_either_sign,
    operator,
    plain_text,
    refuse,
    relation,
    span_of,
    split,
    unstacked,
)
from symnet.lecture.reader.syntax import (
    Braced,
    Call,
    Dots,
    Expr,
    Infinity,
    Interval,
    Matrix,
    Negate,
    Number,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    SetOf,
    Slice,
    Space,
    Statement,
    Symbol,
    Tuple,
)
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.words import BIG, FUNCTIONS, GREEK

TRANSPARENT = frozenset(
    ("boxed", "fbox", "mathclap", "smash", "ensuremath", "mathstrut", "mathop", "bbox", "hl", "fcolorbox")
)


class Reader(BracketReader):
    """Reads the tokens of one formula; ``latex`` is only used for spans and texts."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.font = ""

    def chain(self, tokens: Tokens) -> Chain:
        """A chain of relations; raises ``Unreadable``."""
        if not tokens:
            raise Unreadable("nothing is written here", "", 0, 0)
        tokens = paired_bars(tokens)
        items: list[Item] = []
        i = 0
        while i < len(tokens):
            t = tokens[i]
            span = (t.start, t.end)
            rel = relation(t)
            op = operator(t)
            behind = bool(items) and items[-1].type == "FACTOR"
            if rel is not None:
                items.append(Item("REL", rel, span))
                i += 1
            elif t.is_cmd("stackrel", "overset", "underset") and (found := self.stacked(tokens, i)):
                item, i = found
                items.append(item)
            elif t.is_sym("+", "-", "−"):
                items.append(Item("SIGN", "+" if t.text == "+" else "-", span))
                i += 1
            elif op is not None:
                items.append(Item("OP", op, span))
                i += 1
            elif t.is_cmd("oslash"):
                value, i = self.factor(tokens, i + 1)
                i = self.oslash(items, value, t, i)
            elif t.is_cmd("bmod", "mod") or behind and (t.kind, t.text) == ("name", "mod"):
                value, i = self.factor(tokens, i + 1)
                self.remainder(items, value, t)
            elif t.is_sym("/") or t.is_cmd("div"):
                items.append(Item("SLASH", "/", span))
                i += 1
            else:
                value, i = self.factor(tokens, i)
                if isinstance(value, Prefix):
                    ends = (
                        i >= len(tokens)
                        or relation(tokens[i])
                        or tokens[i].is_sym("+", "-")
                        and value.alone is not None
                    )
                    if ends and value.alone is not None:
                        items.append(Item("FACTOR", value.alone, value.alone.span))
                    elif ends:
                        raise Unreadable("the operand of this operator is missing", t.shown(), *value.span)
                    else:
                        items.append(Item("PREFIX", value.make, value.span))
                else:
                    items.append(Item("FACTOR", value, value.span))
        for before, item, after in zip([None, *items], items, items[1:]):
            lone = item.type == "FACTOR" and isinstance(item.value, Dots) and after.type == "FACTOR"
            if lone and (before is None or before.type == "REL"):
                raise Unreadable("dots stand for what is left out here", "\\dots", *item.span)
        return parse(items)

    def oslash(self, items: list[Item], value: Expr | Prefix, t: Token, i: int) -> int:
        if not items or items[-1].type != "FACTOR" or isinstance(value, Prefix):
            raise refuse("an elementwise quotient needs a value on both sides", t)
        left = items.pop().value
        if items and items[-1].type == "FACTOR":
            raise refuse("a b \\oslash c: brackets needed", t)
        items.append(
            Item(
                "FACTOR", Quotient(left, value, True, span=(left.span[0], value.span[1])), (left.span[0], value.span[1])
            )
        )
        return i

    def remainder(self, items: list[Item], value: Expr | Prefix, t: Token) -> None:
        r"""``n \bmod 2``, ``(a + b) \bmod m``: of one factor, or of a product that begins its side."""
        factors = 0
        while factors < len(items) and items[-1 - factors].type == "FACTOR":
            factors += 1
        before = items[-1 - factors].type if factors < len(items) else "REL"
        if not factors or isinstance(value, Prefix):
            raise refuse("a remainder needs a value on both sides", t)
        if before != "REL":
            raise refuse(r"a + b \bmod c: brackets needed", t)
        left = parse(items[-factors:]).terms[0]
        span = (left.span[0], value.span[1])
        name = Symbol("mod", span=(t.start, t.end))
        items[-factors:] = [Item("FACTOR", Call(name, (left, value), certain=True, span=span), span)]

    def stacked(self, tokens: Tokens, i: int) -> tuple[Item, int] | None:
        r"""\stackrel{def}{=}, \overset{!}{=}: a relation with something above."""
        note, j = self.argument(tokens, i + 1)
        base, j = self.argument(tokens, j)
        if len(base) == 1 and (rel := relation(base[0])):
            words = "".join(t.text for t in note).lower()
            if rel == "=" and ("def" in words or "triangle" in words or "опр" in words):
                rel = "set"
            return Item("REL", rel, (tokens[i].start, tokens[j - 1].end)), j
        return None

    def sum(self, tokens: Tokens, where: Token | None = None) -> Expr:
        """A sum without relations."""
        if not tokens:
            if where is None:
                raise Unreadable("nothing is written here", "", 0, 0)
            raise refuse("nothing is written here", where)
        chain = self.chain(tokens)
        if chain.relations:
            raise Unreadable("a relation inside a value", "", *span_of(tokens))
        return chain.terms[0]

    def relation_or_sum(self, tokens: Tokens) -> Expr:
        chain = self.chain(tokens)
        if chain.trails:
            raise Unreadable("something is missing behind the relation", "", *span_of(tokens))
        return chain.terms[0] if not chain.relations else self.statement_of(chain)

    def statement(self, tokens: Tokens) -> Statement:
        signed = of_either_sign(tokens)
        if signed is None:
            return self.statement_of(self.chain(tokens))
        left, right = map(self.sum, signed)
        if isinstance(right, Plus):
            raise Unreadable("which sign is meant where is not known", "\\pm", *span_of(tokens))
        both = SetOf((Negate(right, span=right.span), right), span=right.span)
        return Statement((left, both), ("in",), span=span_of(tokens))

    def statement_of(self, chain: Chain) -> Statement:
        relations = chain.relations[:-1] if chain.trails else chain.relations
        terms = list(chain.terms)
        before = [None, *relations] if not chain.continues else list(relations)
        for k, rel in enumerate(before):
            if rel in ("in", "subset") or "to" in before[: k + 1] and ":" in before[: k + 1]:
                terms[k] = self.as_set(terms[k])
        return Statement(tuple(terms), relations, chain.continues, span=chain.span)

    def as_set(self, expr: Expr) -> Expr:
        r"""The right side of \in: [a, b] is an interval, \mathbf{R}^n a space."""
        if isinstance(expr, Matrix) and len(expr.rows) == 1 and len(expr.rows[0]) == 2:
            return Interval(*expr.rows[0], span=expr.span)
        if isinstance(expr, Tuple) and len(expr.items) == 2 and not isinstance(expr.items[1], Dots):
            return Interval(*expr.items, (False, False), span=expr.span)
        if isinstance(expr, Power) and isinstance(expr.base, (Matrix, Tuple)):
            return replace(expr, base=self.as_set(expr.base))
        if isinstance(expr, Power) and isinstance(expr.base, Symbol) and _is_space(expr.base, ("bold", "")):
            return Space(expr.base.name, _dims(expr.exponent), span=expr.span)
        if isinstance(expr, Symbol) and _is_space(expr, ("bold",)):
            return Space(expr.name, span=expr.span)
        return expr

    def list(self, tokens: Tokens, *separators: str) -> tuple[Expr, ...]:
        """Values between commas."""
        parts = split(dots_apart(paired_bars(tokens)), *(separators or (",",)))
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        return tuple(self.relation_or_sum(p) if p else self.missing(tokens) for p in parts)

    def factor(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        """The factor that starts at token ``i`` with its scripts and arguments, and where it ends."""
        if i >= len(tokens):
            last = tokens[-1]
            raise Unreadable("something is missing behind this", last.shown(), last.start, last.end)
        t = tokens[i]
        if t.kind == "number":
            if t.text == "1" and i + 1 < len(tokens) and self._indicates(tokens, i + 1):
                return self.indicator(tokens, i, i + 1)
            return self.scripted(self.number(t), tokens, i + 1)
        if t.kind == "letter":
            slash = self.differential_quotient(tokens, i)
            if slash is not None:
                return slash
            if t.text == "E" and self.font == "" and _follows(tokens, i + 1, "["):
                found = self.moment("E", tokens, i)
                if found is not None:
                    return found
            return self.named(self.symbol(t.text, t), tokens, i + 1)
        if t.kind == "diff":
            slash = self.differential_quotient(tokens, i)
            return slash if slash is not None else self.named(self.symbol(t.text, t), tokens, i + 1)
        if t.kind == "name":
            return self.word(t.text, t.font, tokens, i)
        if t.kind == "text":
            if is_name(t):
                return self.word(plain_text(t).replace("\\", ""), t.font, tokens, i)
            raise refuse("words inside a value", t)
        if t.kind == "group":
            return self.group(tokens, i)
        if t.kind == "env":
            return self.environment(tokens, i)
        if t.kind == "cmd":
            return self.command(tokens, i)
        if t.is_sym("?"):
            return self.scripted(Symbol("?", span=(t.start, t.end)), tokens, i + 1)
        if t.is_sym(":"):
            return Slice(span=(t.start, t.end)), i + 1
        raise refuse("this is not understood here", t)

    def symbol(self, name: str, t: Token) -> Symbol:
        return Symbol(name, font=self.font, span=(t.start, t.end))

    def command(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        t = tokens[i]
        name, span = t.text, (t.start, t.end)
        if name in GREEK:
            if name == "Delta" and i + 1 < len(tokens) and self._bare_symbol(tokens[i + 1]):
                value, j = self.symbol_at(tokens, i + 1)
                return self.named(
                    replace(value, marks=(*value.marks, "Delta"), span=(t.start, value.span[1])), tokens, j
                )
            return self.named(self.symbol(name, t), tokens, i + 1)
        if name in MARKS or name in FONTS:
            return self.decorated(tokens, i)
        if name == "infty":
            return self.scripted(Infinity(span=span), tokens, i + 1)
        if name in DOTS:
            return Dots(span=span), i + 1
        if name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"):
            return self.fraction(tokens, i)
        if name == "sqrt":
            return self.root(tokens, i)
        if name in ("binom", "dbinom", "tbinom"):
            top, j = self.argument(tokens, i + 1)
            below, j = self.argument(tokens, j)
            call = Call(Symbol("binom"), (self.sum(top, t), self.sum(below, t)), span=(t.start, tokens[j - 1].end))
            return self.scripted(call, tokens, j)
        if name in ("arg",) and i + 1 < len(tokens) and tokens[i + 1].text in ("max", "min"):
            return self.big("arg" + tokens[i + 1].text, tokens, i, i + 2)
        if name in BIG:
            return self.big(BIG[name], tokens, i, i + 1)
        if name == "dim":
            return self.dimensions("dim", tokens, i)
        if name in ("Pr",):
            return self.named(Symbol("Pr", span=span), tokens, i + 1, True)
        if name in FUNCTIONS:
            return self.function(name, "", tokens, i)
        if name == "nabla":
            return self.nabla(tokens, i)
        if name == "partial":
            return self.partial(tokens, i)
        if name in ("underbrace", "overbrace"):
            return self.braced(tokens, i)
        if name in ("underset", "overset", "stackrel"):
            return self.underset(tokens, i)
        if name in ("R", "N", "Z"):
            return self.space(Symbol(name, font="bb", span=span), tokens, i + 1)
        if name in TRANSPARENT or name in ("textcolor",):
            if name == "textcolor":
                _, i = self.argument(tokens, i + 1)
                i -= 1
            body, j = self.argument(tokens, i + 1)
            return self.scripted(replace(self.sum(body, t), span=(t.start, tokens[j - 1].end)), tokens, j)
        if name in ("emptyset", "varnothing"):
            return SetOf((), span=span), i + 1
        raise refuse("this command is not understood", t)

    def symbol_at(self, tokens: Tokens, i: int) -> tuple[Symbol, int]:
        """The bare symbol at token ``i``: no scripts of its own outside of its accents."""
        t = tokens[i]
        if t.kind in ("letter", "name", "diff") or (t.kind == "cmd" and t.text in GREEK):
            return self.symbol(t.text, t), i + 1
        if t.kind == "text":
            return Symbol(plain_text(t), font=t.font, span=(t.start, t.end)), i + 1
        if t.kind == "cmd" and (t.text in MARKS or t.text in FONTS):
            value, j = self.decoration(tokens, i)
            if isinstance(value, Symbol):
                return value, j
        raise refuse("a symbol is expected here", t)

    def decorated(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        """An accent or a font with its argument, and what follows."""
        t = tokens[i]
        value, j = self.decoration(tokens, i)
        if isinstance(value, Number) and FONTS.get(t.text) in ("bb", "bold"):
            value = Symbol(value.text, font=FONTS[t.text], span=value.span)
            if j < len(tokens) and self._indicates(tokens, j):
                return self.indicator(tokens, i, j)
        if isinstance(value, Symbol) and not value.subs and not value.labels:
            if value.font == "bb" and value.name in ("E", "D", "V"):
                found = self.moment(value.name, tokens, i, j)
                if found is not None:
                    return found
            if value.font == "bb" and value.name in ("R", "N", "Z", "C"):
                return self.space(value, tokens, j)
            if len(value.name) > 1 and value.name not in GREEK:
                return self.named(value, tokens, j, value.font == "rm" or value.name[0] != "d" or len(value.name) > 2)
            if value.font == "bold" and value.name == "E" and _follows(tokens, j, "["):
                found = self.moment("E", tokens, i, j)
                if found is not None:
                    return found
        if isinstance(value, Symbol):
            return self.named(value, tokens, j)
        return self.scripted(value, tokens, j, loose=True)

    def decoration(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        t = tokens[i]
        body, j = self.argument(tokens, i + 1)
        if not body:
            raise refuse("nothing stands below this accent" if t.text in MARKS else "nothing is written here", t)
        span = (t.start, tokens[j - 1].end)
        value: Expr
        if t.text in MARKS:
            symbol = self.sum(body, t)
            if not isinstance(symbol, Symbol):
                raise refuse("an accent on something that is no symbol", t)
            return replace(symbol, marks=(*symbol.marks, MARKS[t.text]), span=span), j
        before, self.font = self.font, FONTS[t.text]
        try:
            name = body[0]
            if len(body) == 1 and name.kind in ("name", "diff", "text"):
                value = Symbol(plain_text(name), font=self.font, span=span)
            else:
                value = self.sum(body, t)
        finally:
            self.font = before
        return replace(value, span=span), j

    def space(self, symbol: Symbol, tokens: Tokens, i: int) -> tuple[Expr, int]:
        scripts = self.scripts(tokens, i)
        if scripts.below or len(scripts.above) > 1:
            return self.scripted(symbol, tokens, i)
        if not scripts.above:
            return Space(symbol.name, span=symbol.span), i
        span = (symbol.span[0], tokens[scripts.end - 1].end)
        body = scripts.above[0]
        if len(body) == 1 and (body[0].is_sym("+", "-", "*") or body[0].is_cmd("top")):
            return self.scripted(symbol, tokens, i)
        dims = tuple(self.sum(p, tokens[i]) for p in split(body, "\\times", ",", "*", "\\cdot"))
        return Space(symbol.name, dims, span=span), scripts.end

    def root(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        t = tokens[i]
        j, degree = i + 1, None
        if j < len(tokens) and tokens[j].is_group("["):
            degree = self.sum(tokens[j].body, tokens[j])
            j += 1
        body, j = self.argument(tokens, j)
        return self.scripted(Root(self.sum(body, t), degree, span=(t.start, tokens[j - 1].end)), tokens, j)

    def braced(self, tokens: Tokens, i: int) -> tuple[Expr, int]:
        t = tokens[i]
        body, j = self.argument(tokens, i + 1)
        value = self.sum(body, t)
        scripts = self.scripts(tokens, j)
        notes = scripts.below if t.text == "underbrace" else scripts.above
        note = self.note(notes[0]) if notes else None
        made: Expr = Braced(value, note, span=(t.start, tokens[scripts.end - 1].end))
        rest = scripts.above if t.text == "underbrace" else scripts.below
        return (
            self.apply(made, Scripts((), rest) if t.text == "underbrace" else Scripts(rest), made.span[1])
            if rest
            else made
        ), scripts.end

    def note(self, body: Tokens) -> Statement | None:
        """What stands under a brace, where it says something."""
        body = unstacked(body)
        body = [t for t in body if not (t.kind == "text" and not is_name(t))]
        if not body or any(t.kind == "row" for t in body):
            return None
        try:
            value = self.relation_or_sum(body)
        except Unreadable:
            return None
        return value if isinstance(value, Statement) else Statement((value,), span=value.span)

    def underset(self, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        r"""\underset{w}{\arg\min}: an operator with something below."""
        t = tokens[i]
        note, j = self.argument(tokens, i + 1)
        base, j = self.argument(tokens, j)
        word = "".join(b.text for b in base).replace(" ", "")
        if t.text == "underset" and word in BIG:
            return self.big(word, tokens, i, j, note)
        value = self.sum(base, t)
        return self.scripted(replace(value, span=(t.start, tokens[j - 1].end)), tokens, j)


def _is_space(symbol: Symbol, fonts: tuple[str, ...]) -> bool:
    return (
        symbol.name in ("R", "N", "Z", "C")
        and symbol.font in fonts
        and not symbol.subs
        and not symbol.labels
        and not symbol.marks
    )


def _dims(expr: Expr) -> tuple[Expr, ...]:
    if isinstance(expr, Product) and expr.op in ("times", "star"):
        return (*_dims(expr.left), expr.right)
    return (expr,)


def _follows(tokens: Tokens, i: int, bracket: str) -> bool:
    """Does the bracket stand here, or behind a subscript?"""
    if i + 2 < len(tokens) and tokens[i].is_sym("_"):
        i += 2
    return i < len(tokens) and tokens[i].is_group(bracket)
