r"""The factors of a formula: symbols with their scripts, brackets, fractions, derivatives, functions with arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symnet.lecture.core import Chain, Item, parse
from symnet.lecture.syntax import (
    Absolute,
    At,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Dimensions,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Interval,
    Label,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    SetOf,
    Slice,
    Space,
    Span,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)
from symnet.lecture.tokens import Token, Unreadable, paired_bars
from symnet.lecture.words import BIG, DIMENSIONS, FUNCTIONS, GREEK, MOMENTS, TEXT, looks_like_word

Tokens = Sequence[Token]

RELATION_COMMANDS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "lt": "<", "gt": ">", "ll": "<<", "gg": ">>", "approx": "~=", "simeq": "~=", "cong": "~=", "approxeq": "~=",
    "propto": "prop", "sim": "sim", "thicksim": "sim", "in": "in", "subset": "subset", "subseteq": "subset", "to": "to",
    "rightarrow": "to", "longrightarrow": "to", "Rightarrow": "imp", "implies": "imp", "Longrightarrow": "imp",
    "iff": "iff", "Leftrightarrow": "iff", "Longleftrightarrow": "iff", "leftarrow": "get", "gets": "get",
    "longleftarrow": "get", "equiv": "equiv", "mapsto": "mapsto", "longmapsto": "mapsto", "triangleq": "set",
    "coloneqq": "set", "coloneq": "set", "doteq": "set", "eqdef": "set", "colonequals": "set", "colon": ":",
}  # fmt: skip
RELATION_SYMBOLS = {
    "=": "=", "==": "=", ":=": "set", "=:": "set", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "<<": "<<",
    ">>": ">>", "->": "to", "<-": "get", "=>": "imp", "<=>": "iff", ":": ":",
}  # fmt: skip
OPERATORS = {
    "cdot": "dot", "times": "times", "odot": "odot", "circ": "odot", "ast": "odot", "otimes": "outer", "bullet": "dot",
    "centerdot": "dot", "star": "star", "cdotp": "dot",
}  # fmt: skip
MARKS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "vec": "vec", "overrightarrow": "vec", "dot": "dot", "ddot": "ddot", "underline": "underline", "check": "check",
    "breve": "breve", "mathring": "mathring",
}  # fmt: skip
FONTS = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "mathbfit": "bold", "bf": "bold",
    "mathcal": "cal",
    "mathbb": "bb", "Bbb": "bb", "mathds": "bb", "mathbbm": "bb", "mathfrak": "frak", "mathscr": "scr", "mathsf": "sf",
    "mathtt": "tt", "mathit": "", "mathnormal": "", "mathrm": "rm", "operatorname": "rm", "symbf": "bold", "cal": "cal",
    "mathbbmss": "bb", "bold": "bold", "rm": "rm", "it": "",
}  # fmt: skip
SWITCHES = {"bf": "bold", "cal": "cal", "rm": "rm", "it": ""}
DOTS = frozenset("dots ldots cdots dotsc dotsb dotsm dotsi vdots ddots hdots".split())
TRANSPOSES = frozenset(("top", "intercal", "mathsf", "transpose"))
MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
ROWS = frozenset(
    "aligned align alignat alignedat gather gathered split eqnarray equation multline multlined displaymath "
    "flalign".split()
)
TRANSPARENT = frozenset(
    ("boxed", "fbox", "mathclap", "smash", "ensuremath", "mathstrut", "mathop", "bbox", "hl", "fcolorbox")
)
_ONE = Fraction(1)
_LONGEST_NUMBER = 60


def refuse(reason: str, token: Token) -> Unreadable:
    return Unreadable(reason, token.shown(), token.start, token.end)


def span_of(tokens: Tokens) -> Span:
    return tokens[0].start, tokens[-1].end


def relation(token: Token) -> str | None:
    """The relation that the token stands for."""
    if token.kind == "cmd":
        return RELATION_COMMANDS.get(token.text)
    return RELATION_SYMBOLS.get(token.text) if token.kind == "sym" else None


def operator(token: Token) -> str | None:
    if token.kind == "cmd":
        return OPERATORS.get(token.text)
    return {"*": "star", "@": "matmul"}.get(token.text) if token.kind == "sym" else None


def split(tokens: Tokens, *separators: str) -> list[Tokens]:
    """The parts between separators: characters, or kinds of tokens."""
    parts: list[list[Token]] = [[]]
    for t in tokens:
        if t.is_sym(*separators) or t.kind in separators or (t.kind == "cmd" and "\\" + t.text in separators):
            parts.append([])
        else:
            parts[-1].append(t)
    return list(parts)


def plain_text(token: Token) -> str:
    return token.text.replace("~", " ").replace("\\ ", " ").strip()


def is_name(token: Token) -> bool:
    r"""Is this \text a name, and not words of a sentence?"""
    words = plain_text(token)
    return (
        bool(words)
        and words == token.text
        and words.replace("_", "").replace("-", "").replace("\\", "").isalnum()
        and (words.lower() not in TEXT)
    )


@dataclass(frozen=True)
class Scripts:
    """What stands below and above a base, in tokens."""

    below: tuple[Tokens, ...] = ()
    above: tuple[Tokens, ...] = ()
    end: int = 0
    ends: tuple[int, ...] = ()  # where each script ends in the LaTeX, in the order written
    below_first: bool = True  # all that stands below is written before what stands above


@dataclass(frozen=True, slots=True)
class Prefix:
    """An operator that waits for its operand."""

    make: Callable[[Expr], Expr]
    span: Span
    alone: Expr | None = None  # what it is without an operand


class Reader:
    """Reads the tokens of one formula; ``latex`` is only used for spans and texts."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.font = ""

    # -- sums and chains -----------------------------------------------------------------------------------------------
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
        return self.statement_of(self.chain(tokens))

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
        parts = split(_dots_apart(paired_bars(tokens)), *(separators or (",",)))
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        return tuple(self.relation_or_sum(p) if p else self._missing(tokens) for p in parts)

    def _missing(self, tokens: Tokens) -> Expr:
        raise Unreadable("nothing stands between two commas", ",", *(span_of(tokens) if tokens else (0, 0)))

    # -- one factor ----------------------------------------------------------------------------------------------------
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
                return self.moment("E", tokens, i)
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
        return Number(Fraction(t.text), self.latex[t.start : t.end], span=(t.start, t.end))

    def symbol(self, name: str, t: Token) -> Symbol:
        return Symbol(name, font=self.font, span=(t.start, t.end))

    # -- scripts -------------------------------------------------------------------------------------------------------
    def scripts(self, tokens: Tokens, i: int) -> Scripts:
        """The scripts from token ``i`` on."""
        below: list[Tokens] = []
        above: list[Tokens] = []
        ends: list[int] = []
        below_first = True
        while i < len(tokens):
            t = tokens[i]
            if t.is_sym("'"):
                above.append((t,))
                ends.append(t.end)
                i += 1
            elif t.is_sym("_", "^"):
                if i + 1 >= len(tokens):
                    raise refuse("a script without contents", t)
                body, i = self.script_argument(tokens, i + 1)
                if not body:
                    continue  # ^{} does nothing
                (below if t.text == "_" else above).append(body)
                ends.append(tokens[i - 1].end)
                below_first = below_first and (t.text == "^" or not above)
            else:
                break
        return Scripts(tuple(below), tuple(above), i, tuple(ends), below_first)

    def script_argument(self, tokens: Tokens, i: int) -> tuple[Tokens, int]:
        t = tokens[i]
        if t.is_group("{"):
            return self.opened(t), i + 1
        if t.kind == "cmd" and t.text in FONTS | MARKS and i + 1 < len(tokens):
            return tuple(tokens[i : i + 2]), i + 2
        if t.is_cmd("frac", "tfrac", "dfrac") and i + 2 < len(tokens):
            return tuple(tokens[i : i + 3]), i + 3
        if t.is_sym("-", "+") and i + 1 < len(tokens) and tokens[i + 1].kind == "number":
            raise refuse("a script of more than one character needs braces", t)
        if t.kind == "number" and len(t.text) > 1:
            raise refuse("a script of more than one character needs braces", t)
        return (t,), i + 1

    def opened(self, t: Token) -> Tokens:
        """The contents of a brace group; braces around braces are opened as well."""
        body = t.body
        while len(body) == 1 and body[0].is_group("{"):
            body = body[0].body
        return body

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

    def subscripts(self, body: Tokens) -> tuple[Expr, ...]:
        """The parts of a subscript."""
        out: list[Expr] = []
        for part in split(paired_bars(body), ","):
            if not part:
                raise Unreadable("nothing stands between two commas", ",", *span_of(body))
            out.extend(self.subscript(part))
        return tuple(out)

    def subscript(self, part: Tokens) -> tuple[Expr, ...]:
        span = span_of(part)
        if len(part) == 1:
            t = part[0]
            if t.is_sym("+", "-"):
                return (Label("sign", word=t.text, span=span),)
            if t.is_sym("*") or t.is_cmd("ast", "star"):
                return (Label("star", span=span),)
            if t.is_sym(":") or t.is_cmd("cdot", "bullet"):
                return (Slice(span=span),)
            if t.kind == "text":
                return (Symbol(plain_text(t), font=t.font, span=span),)
            if t.is_cmd(*BIG) or t.is_cmd(*FUNCTIONS):
                return (Symbol(t.text, span=span),)
            if t.kind == "name":
                return (Symbol(t.text, font=t.font, span=span),)
            if t.kind in ("cmd", "letter") and t.text in ("top",):
                return (Symbol(t.text, span=span),)
        if len(part) == 2 and part[0].kind == "letter" and part[0].text == "L" and part[1].kind == "number":
            return (Symbol("L" + part[1].text, span=span),)  # R_{L2}
        colons = [k for k, t in enumerate(part) if t.is_sym(":")]
        if len(colons) == 1 and len(part) > 1 and not any(relation(t) for k, t in enumerate(part) if k != colons[0]):
            k = colons[0]
            low, high = part[:k], part[k + 1 :]
            return (Slice(self.sum(low) if low else None, self.sum(high) if high else None, span=span),)
        if (
            any(t.kind in ("letter", "diff") for t in part)
            and all(self._plain_letter(t) for t in part)
            and len(part) > 1
        ):
            word = "".join(t.text for t in part)
            if word.isalpha() and word.isascii() and len(word) >= 3 and not _index_like(word):
                return (Symbol(word, span=span),)
        if any(t.kind == "text" and not is_name(t) for t in part):
            raise Unreadable("words in a subscript", part[0].shown(), *span)
        side = self.side_by_side(part)
        if side is not None:
            return side
        return (self.relation_or_sum(part),)

    @staticmethod
    def _plain_letter(t: Token) -> bool:
        return t.kind in ("letter", "diff")

    def side_by_side(self, part: Tokens) -> tuple[Expr, ...] | None:
        """``ij``: symbols and numbers without operators, each a part of its own; None where it is anything else."""
        before: Token | None = None
        for t in part:
            script = before is not None and (before.is_sym("_", "^") or before.is_cmd(*FONTS, *MARKS))
            plain = t.kind in ("letter", "diff", "number") or t.kind == "name" and t.text not in _SCOPED
            plain = plain or t.is_sym("_", "^", "'") or t.is_cmd(*GREEK, *FONTS, *MARKS)
            numbers = before is not None and before.kind == t.kind == "number"
            if numbers or not (plain or script and t.is_group("{")):
                return None
            before = t
        out: list[Expr] = []
        i = 0
        while i < len(part):
            value, i = self.factor(part, i)
            assert not isinstance(value, Prefix)
            out.append(value)
        if all(isinstance(value, (Symbol, Number)) for value in out):
            return tuple(out)
        product = out[0]
        for value in out[1:]:
            product = Product(product, value, span=(product.span[0], value.span[1]))
        return (product,)

    def superscript(self, body: Tokens) -> list[Label | str | Expr | tuple[str, Expr]]:
        """What stands above: labels, "T", ("circ", exponent), exponents."""
        span = span_of(body)
        if _is_transpose(body):
            return ["T"]
        if len(body) == 1:
            t = body[0]
            if t.is_sym("'") or t.is_cmd("prime"):
                return [Label("prime", span=span)]
            if t.is_sym("*") or t.is_cmd("ast", "star"):
                return [Label("star", span=span)]
            if t.is_sym("+", "-"):
                return [Label("sign", word=t.text, span=span)]
            if t.is_cmd("dagger"):
                return [Label("word", word="dagger", span=span)]
            if t.kind == "text" and plain_text(t):
                return [Label("word", word=plain_text(t), span=span)]
            if t.kind == "name":
                return [Label("word", word=t.text, span=span)]
            if t.is_cmd("max", "min", "circ"):
                return [Label("word", word=t.text, span=span)]
            if t.is_group("(", "["):
                return [self.label(t)]
            if t.is_group("\\langle"):
                return [self.label(t)]
        if all(t.is_sym("'") or t.is_cmd("prime") for t in body):
            return [Label("prime", count=len(body), span=span)]
        if body[0].is_cmd("circ", "odot") and len(body) > 1:
            return [("circ", self.sum(body[1:]))]
        if body[0].is_sym("-") and len(body) > 1 and _is_transpose(body[1:]):
            return [Negate(Number(_ONE, "1", span=span), span=span), "T"]
        if body[0].is_sym("<") and body[-1].is_sym(">") and len(body) > 2:
            return [Label("angle", self.sum(body[1:-1]), span=span)]
        parts = self._label_sequence(body)
        if parts is not None:
            return parts
        if all(t.kind == "letter" for t in body) and _is_word_above(self.latex[span[0] : span[1]]):
            return [Label("word", word="".join(t.text for t in body), span=span)]
        values = [self.relation_or_sum(p) for p in split(paired_bars(body), ",")]
        if len(values) > 1:
            return [Tuple(tuple(values), span=span)]
        return [values[0]]

    def _label_sequence(self, body: Tokens) -> list[Label | str | Expr | tuple[str, Expr]] | None:
        """``[l]T``, ``(i)(j)``, ``T(l)``: labels, and transposes among them; None where it is anything else."""
        pieces = _label_pieces(body)
        if pieces is None:
            return None
        out: list[Label | str | Expr | tuple[str, Expr]] = []
        for piece in pieces:
            if piece[0].kind == "number":
                out.append(self.number(piece[0]))
            else:
                out.extend(self.superscript(piece))
        return out

    def label(self, t: Token) -> Label:
        kind = {"(": "paren", "[": "bracket", "\\langle": "angle"}[t.text]
        if not t.body:
            raise refuse("an empty label", t)
        parts = split(t.body, ",")
        values = []
        for p in parts:
            if not p:
                raise refuse("an empty label", t)
            single = p[0] if len(p) == 1 else None
            if single is not None and single.kind == "text":
                values.append(Symbol(plain_text(single), font=single.font, span=span_of(p)))
            else:
                values.append(self.relation_or_sum(p))
        value = values[0] if len(values) == 1 else Tuple(tuple(values), span=span_of(t.body))
        return Label(kind, value, span=(t.start, t.end))

    def scripted(self, base: Expr, tokens: Tokens, i: int, *, loose: bool = False) -> tuple[Expr, int]:
        """``base`` with the scripts from token ``i`` on; ``loose`` where braces that are not seen stand around it."""
        scripts = self.scripts(tokens, i)
        if scripts.end == i:
            return base, i
        end = tokens[scripts.end - 1].end
        if loose and not isinstance(
            base,
            (
                Symbol,
                Number,
                Call,
                Paren,
                Transpose,
                Power,
                Norm,
                Absolute,
                Matrix,
                Tuple,
                Braced,
                Moment,
                SetOf,
                Space,
            ),
        ):
            raise refuse("a script on a sum or product without brackets", tokens[i])
        return self.apply(base, scripts, end), scripts.end

    def apply(self, base: Expr, scripts: Scripts, end: int) -> Expr:
        start = base.span[0]
        ordered = scripts.below_first and len(scripts.ends) == len(scripts.below) + len(scripts.above)
        ends = scripts.ends if ordered else (end,) * (len(scripts.below) + len(scripts.above))
        for body, stop in zip(scripts.below, ends):
            base = replace(self.with_below(base, body, (start, stop)), span=(start, stop))
        for body, stop in zip(scripts.above, ends[len(scripts.below) :]):
            exponential = isinstance(base, Number) or isinstance(base, Symbol) and base.name == "e" and not base.subs
            if exponential and all(t.kind in ("letter", "name") for t in body) and not _is_transpose(body):
                base = Power(base, self.sum(body), span=(start, stop))
                continue
            for part in self.superscript(body):
                base = replace(self.with_above(base, part, (start, stop)), span=(start, stop))
        return replace(base, span=(start, end))

    def with_below(self, base: Expr, body: Tokens, span: Span) -> Expr:
        if isinstance(base, Symbol):
            return replace(base, subs=base.subs + self.subscripts(body))
        if isinstance(base, Norm) and base.order is None:
            return replace(base, order=self.single_below(body))
        if isinstance(base, Absolute):
            return Norm(base.arg, self.single_below(body), span=span)
        if isinstance(base, Call):
            return replace(base, subs=base.subs + self.subscripts(body))
        if isinstance(base, (Paren, Transpose, Power, Matrix, Prime, Tuple, Nabla, Moment, Derivative)):
            return Call(Symbol("entry"), (base,), subs=self.subscripts(body), span=span)
        raise Unreadable("a subscript on this is not understood", "_", *span_of(body))

    def single_below(self, body: Tokens) -> Expr:
        subs = self.subscripts(body)
        return subs[0] if len(subs) == 1 else Tuple(subs, span=span_of(body))

    def with_above(self, base: Expr, part: Label | str | Expr | tuple[str, Expr], span: Span) -> Expr:
        if part == "T":
            return Transpose(base, span=span)
        if isinstance(part, tuple):
            return Power(base, part[1], True, span=span)
        if isinstance(part, Label):
            if isinstance(base, Symbol):
                return replace(base, labels=_merged((*base.labels, part)))
            if part.kind == "prime":
                if isinstance(base, Prime):
                    return replace(base, count=base.count + part.count)
                return Prime(base, part.count, span=span)
            if isinstance(base, Transpose) and isinstance(base.arg, Symbol):
                return replace(base, arg=replace(base.arg, labels=_merged((*base.arg.labels, part))))
            if isinstance(base, Call) and part.kind in ("paren", "bracket") and isinstance(base.function, Symbol):
                return Call(Symbol("labelled"), (base, part), span=span)
            if part.kind == "paren" and part.value is not None:
                return Power(base, Paren(part.value, span=part.span), span=span)
            raise Unreadable("a label on this is not understood", "^", *part.span)
        assert isinstance(part, Expr)
        return Power(base, part, span=span)

    # -- names and calls -----------------------------------------------------------------------------------------------
    def named(self, symbol: Symbol, tokens: Tokens, i: int, certain: bool = False) -> tuple[Expr, int]:
        """A symbol with its scripts, and the bracket behind it."""
        base, i = self.scripted(symbol, tokens, i)
        if i < len(tokens) and tokens[i].is_group("(", "[") and _not_script(tokens, i):
            called = self.called(base, tokens, i, certain)
            if called is not None:
                return called
        if i + 1 < len(tokens) and tokens[i].is_sym("|") and tokens[i + 1].is_sym("_"):
            return self.evaluated(base, tokens, i)
        return base, i

    def evaluated(self, base: Expr, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""``f|_{x = 0}``."""
        scripts = self.scripts(tokens, i + 1)
        conditions = tuple(self.condition(p) for p in split(scripts.below[0], ","))
        return At(base, conditions, span=(base.span[0], tokens[scripts.end - 1].end)), scripts.end

    def condition(self, tokens: Tokens) -> Statement:
        value = self.relation_or_sum(tokens)
        return value if isinstance(value, Statement) else Statement((value,), span=value.span)

    def called(self, base: Expr, tokens: Tokens, i: int, certain: bool) -> tuple[Expr, int] | None:
        """``base(...)`` as a call; None where it is a product."""
        group = tokens[i]
        if isinstance(base, Power):
            if not isinstance(base.base, Symbol) or not group.body:
                return None
            plain = len(split(group.body, "+", "-")) == 1
            letter = base.base.name in _LETTERS
            if not (letter and (plain or not isinstance(base.exponent, Number))):
                single = all(t.kind == "letter" or t.is_sym("_", ",") or t.is_cmd(*GREEK) for t in group.body)
                if isinstance(base.exponent, Number) or not single or len(group.body) > 1 and not _has_comma(group):
                    return None
            return self.finish_call(
                Call(base, *self.arguments(group), False, span=(base.span[0], group.end)), tokens, i + 1
            )
        if not isinstance(base, Symbol):
            return None
        if group.close != {"(": ")", "[": "]"}[group.text]:
            return None
        if group.text == "[" and not certain and not any(t.is_sym(",") for t in group.body):
            return None
        if not group.body:
            return None
        if certain and _names_itself(base.name, group):
            return None  # SoftMax(1 - SoftMax)
        args, parameters = self.arguments(group)
        if base.name == "I" and len(args) == 1 and isinstance(args[0], Statement) and not parameters and not base.subs:
            return self.scripted(Indicator(args[0], span=(base.span[0], group.end)), tokens, i + 1)
        primes = sum(label.count for label in base.labels if label.kind == "prime")
        function = (
            replace(base, labels=tuple(label for label in base.labels if label.kind != "prime")) if primes else base
        )
        call = Call(function, args, parameters, certain, primes, span=(base.span[0], group.end))
        return self.finish_call(call, tokens, i + 1)

    def finish_call(self, call: Call, tokens: Tokens, i: int) -> tuple[Expr, int]:
        base, i = self.scripted(call, tokens, i)
        if i + 1 < len(tokens) and tokens[i].is_sym("|") and tokens[i + 1].is_sym("_"):
            return self.evaluated(base, tokens, i)
        return base, i

    def arguments(self, group: Token) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        """The arguments in a bracket, and what stands behind a semicolon or a bar."""
        body = paired_bars(group.body)
        parts = split(body, ";", "|", "\\mid", "||", "\\parallel")
        if len(parts) > 2 or any(not p for p in parts):
            raise refuse("these arguments are not understood", group)
        lists = [tuple(self.single_argument(a, group) for a in split(p, ",")) for p in parts]
        return lists[0], lists[1] if len(lists) > 1 else ()

    def single_argument(self, tokens: Tokens, group: Token) -> Expr:
        if not tokens:
            raise refuse("an argument is missing", group)
        if len(tokens) == 1 and tokens[0].is_cmd("cdot", "bullet"):
            return Symbol("cdot", span=span_of(tokens))
        return self.relation_or_sum(tokens)

    def word(self, name: str, font: str, tokens: Tokens, i: int) -> tuple[Expr | Prefix, int]:
        """A name of several letters, or an upright one: a function, an operator, a quantity."""
        t = tokens[i]
        plain = name.replace(" ", "")
        scoped = plain in ("sum", "prod", "lim") and i + 1 < len(tokens) and tokens[i + 1].is_sym("_", "^")
        if scoped or plain in ("argmax", "argmin", "max", "min", "sup", "inf"):
            return self.big(plain, tokens, i, i + 1)
        if plain == "arg" and i + 1 < len(tokens) and tokens[i + 1].text in ("max", "min"):
            return self.big("arg" + tokens[i + 1].text, tokens, i, i + 2)
        if plain in DIMENSIONS:
            return self.dimensions(plain, tokens, i)
        if plain in MOMENTS and (len(plain) > 1 or font) and not (len(plain) == 1 and font not in ("bb", "rm")):
            found = self.moment(plain, tokens, i)
            if found is not None:
                return found
        if plain in FUNCTIONS:
            return self.function(plain, font if plain not in _COMMANDS else "", tokens, i)
        if len(plain) == 2 and plain[0] == "d" and font == "":
            return self.named(Symbol(plain, font=font, span=(t.start, t.end)), tokens, i + 1)
        if plain == "d" and font and i + 1 < len(tokens) and self._simple_start(tokens[i + 1]):
            inner, j = self.symbol_at(tokens, i + 1)
            return self.named(replace(inner, name="d" + inner.name, span=(t.start, inner.span[1])), tokens, j)
        certain = len(plain) > 1
        return self.named(Symbol(name, font=font or self.font, span=(t.start, t.end)), tokens, i + 1, certain)

    def function(self, name: str, font: str, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""\log x, \log_2 (x), \tanh^2 x: a function with its argument, in brackets or not."""
        t = tokens[i]
        scripts = self.scripts(tokens, i + 1)
        function: Expr = Symbol(name, font=font, span=(t.start, t.end))
        if scripts.below:
            function = self.apply(function, replace(scripts, above=()), tokens[scripts.end - 1].end)
        above = [part for body in scripts.above for part in self.superscript(body)]
        primes = sum(p.count for p in above if isinstance(p, Label) and p.kind == "prime")
        labels = tuple(p for p in above if isinstance(p, Label) and p.kind != "prime")
        powers = [p for p in above if not isinstance(p, Label)]
        assert isinstance(function, Symbol)
        if labels:
            function = replace(function, labels=labels, span=(t.start, tokens[scripts.end - 1].end))
        i = scripts.end
        span = (t.start, tokens[i - 1].end)
        if powers and (len(powers) > 1 or not isinstance(powers[0], Expr) or powers[0] == Negate(Number(_ONE))):
            raise refuse("this power of a function may be its inverse", t)
        if i < len(tokens) and tokens[i].is_group("(", "[", "\\{") and tokens[i].body:
            group = tokens[i]
            if _names_itself(name, group) and not powers:
                return function, i
            args, parameters = self.arguments(group)
            call: Expr = Call(function, args, parameters, True, primes, span=(t.start, group.end))
            if powers:
                return Power(call, powers[0], span=call.span), i + 1  # type: ignore[arg-type]
            return self.finish_call(call, tokens, i + 1)  # type: ignore[arg-type]
        standing = i >= len(tokens) or not self.starts_value(tokens[i])
        if standing or (scripts.below and name not in ("log",)):
            if powers:
                function = Power(function, powers[0], span=span)  # type: ignore[assignment, arg-type]
            return function, i
        arg, i = self.bare_argument(tokens, i, t)
        call = Call(function, (arg,), (), True, primes, span=(t.start, arg.span[1]))
        return (Power(call, powers[0], span=call.span) if powers else call), i  # type: ignore[arg-type]

    def starts_value(self, t: Token) -> bool:
        if t.kind in ("number", "letter", "name", "diff", "group", "env"):
            return True
        if t.kind == "text":
            return is_name(t)
        return (
            t.kind == "cmd"
            and relation(t) is None
            and operator(t) is None
            and t.text not in DOTS | {"div", "mid", "forall", "oslash", "land"}
        )

    def bare_argument(self, tokens: Tokens, i: int, function: Token) -> tuple[Expr, int]:
        r"""The argument of a function without brackets: one factor, or a number and a symbol as in ``\log 2\pi``.

        ``\log x y`` is refused where it could be read in two ways.
        """
        arg, i = self.value(tokens, i)
        while i < len(tokens) and isinstance(arg, Number) and self._simple_start(tokens[i]):
            right, i = self.value(tokens, i)
            arg = Product(arg, right, span=(arg.span[0], right.span[1]))
        if i < len(tokens) and isinstance(_bottom(arg), Symbol) and self._simple_start(tokens[i]):
            raise refuse("it is not clear how far this function reaches: brackets needed", function)
        return arg, i

    def _simple_start(self, t: Token) -> bool:
        if t.kind in ("letter", "number"):
            return True
        return t.kind == "cmd" and (t.text in GREEK or t.text in MARKS or t.text in FONTS)

    def _bare_symbol(self, t: Token) -> bool:
        if t.kind in ("name", "diff"):
            return t.text not in _SCOPED
        return t.kind != "number" and self._simple_start(t)

    def dimensions(self, word: str, tokens: Tokens, i: int) -> tuple[Expr, int]:
        t = tokens[i]
        if i + 1 >= len(tokens) or not self.starts_value(tokens[i + 1]):
            return self.named(Symbol(word, span=(t.start, t.end)), tokens, i + 1)
        arg, i = self.value(tokens, i + 1)
        return Dimensions(arg.arg if isinstance(arg, Paren) else arg, word, span=(t.start, arg.span[1])), i

    def moment(self, name: str, tokens: Tokens, i: int, behind: int | None = None) -> tuple[Expr, int] | None:
        r"""``\mathbb{E}_{x \sim p}[f(x)]``; None where nothing follows that it could be of."""
        t = tokens[i]
        scripts = self.scripts(tokens, (i + 1) if behind is None else behind)
        j = scripts.end
        brackets = j < len(tokens) and tokens[j].is_group("(", "[", "\\{") and bool(tokens[j].body)
        bare = j < len(tokens) and (t.kind == "cmd" or t.font == "bb") and self.starts_value(tokens[j])
        if not brackets and not bare:
            return None
        under = tuple(self.relation_or_sum(p) for body in scripts.below for p in split(paired_bars(body), ","))
        given: tuple[Expr, ...] = ()
        if brackets:
            args, given = self.arguments(tokens[j])
            j += 1
        else:
            value, j = self.value(tokens, j)
            args = (value,)
        made: Expr = Moment(MOMENTS[name], args, under, given, span=(t.start, tokens[j - 1].end))
        for body in scripts.above:
            for part in self.superscript(body):
                if isinstance(part, (Label, str)):
                    raise refuse("a label on a moment", t)
                made = self.with_above(made, part, made.span)
        return self.scripted(made, tokens, j)

    # -- commands ------------------------------------------------------------------------------------------------------
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
            value = self.sum(body, t)
            return self.scripted(replace(value, span=(t.start, tokens[j - 1].end)), tokens, j)
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
        if t.text in MARKS:
            value = self.sum(body, t)
            if not isinstance(value, Symbol):
                raise refuse("an accent on something that is no symbol", t)
            return replace(value, marks=(*value.marks, MARKS[t.text]), span=span), j
        before, self.font = self.font, FONTS[t.text]
        try:
            name = body[0]
            if len(body) == 1 and name.kind in ("name", "diff", "text"):
                value: Expr = Symbol(plain_text(name), font=self.font, span=span)
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
        body = _unstacked(body)
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

    # -- derivatives ---------------------------------------------------------------------------------------------------
    def derivative(self, top: Tokens, below: Tokens, span: Span) -> Derivative | Prefix | None:
        r"""\frac{\partial f}{\partial x} and its kin, also with \delta; None where the fraction is a quotient."""
        head, sign = _differential(top), _differential(below)
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
            again = _differential(rest) if parts[-1] else None
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
        head = _differential(tokens[i:])
        if head is None or head[0] != "d" or self.font:
            return None
        k = next((n for n in range(i, min(i + 8, len(tokens))) if tokens[n].is_sym("/")), None)
        if k is None or any(t.is_sym("+", "-", ",") or relation(t) or operator(t) for t in tokens[i:k]):
            return None
        below = _differential(tokens[k + 1 :])
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
        k = next((n for n in range(i, len(tokens)) if tokens[n].is_sym("/")), None)
        if k is not None and k + 1 < len(tokens) and tokens[k + 1].is_cmd("partial"):
            if not any(u.is_sym("+", "-", ",") or relation(u) for u in tokens[i:k]):
                order = 1
                j = k + 2
                variable, j = self.value(tokens, j)
                by = [variable]
                while j < len(tokens) and tokens[j].is_cmd("partial"):
                    variable, j = self.value(tokens, j + 1)
                    by.append(variable)
                rest = list(tokens[i + 1 : k])
                if rest and rest[0].is_sym("^"):
                    power, used = self.script_argument(rest, 1)
                    order = int(power[0].text) if power[0].text.isdigit() and len(power[0].text) == 1 else 0
                    rest = rest[used:]
                if order == 2 and len(by) == 1 and by[0] != variable or order != len(by):
                    first = by[0]
                    if (
                        isinstance(first, Power)
                        and isinstance(first.exponent, Number)
                        and first.exponent.value == order
                        and len(by) == 1
                    ):
                        by = [first.base] * order
                    else:
                        raise refuse("the orders above and below do not agree", t)
                of_expr = self.sum(rest, t) if rest else None
                return Derivative(of_expr, tuple(by), span=(t.start, tokens[j - 1].end)), j
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
        return Nabla(value, by, order, span=(t.start, value.span[1])), j

    def nabla_by(self, body: Tokens) -> tuple[Expr, ...]:
        return tuple(self.sum(p) for p in split(paired_bars(body), ",") if p)

    # -- operators with a scope ----------------------------------------------------------------------------------------
    def big(self, op: str, tokens: Tokens, i: int, j: int, under: Tokens | None = None) -> tuple[Expr | Prefix, int]:
        """An operator from token ``i``; its scripts start at ``j``."""
        t = tokens[i]
        scripts = self.scripts(tokens, j)
        below = under if under is not None else (scripts.below[0] if scripts.below else None)
        above = scripts.above[0] if scripts.above else None
        j = scripts.end
        start = t.start
        head = (start, tokens[j - 1].end)
        if len(scripts.above) > 1 or len(scripts.below) > 1:
            raise refuse("two scripts on one operator", t)
        if op in ("max", "min") and below is None and above is None:
            if j < len(tokens) and tokens[j].is_group("(", "\\{", "["):
                args, parameters = self.arguments(tokens[j])
                call = Call(Symbol(op, span=(t.start, t.end)), args, parameters, span=(start, tokens[j].end))
                return self.finish_call(call, tokens, j + 1)
            if j >= len(tokens) or not self.starts_value(tokens[j]):
                return Symbol(op, span=head), j
        if op in ("max", "min", "argmax", "argmin", "sup", "inf") and above is not None:
            raise refuse("this script is not understood", t)
        given = self.bounds(op, below, above)
        if op == "int":
            found = self.integral(tokens, i, j, given)
            if found is not None:
                return found
        alone = None
        if j >= len(tokens) or not (self.starts_value(tokens[j]) or tokens[j].is_sym("-", "+", "|", "||")):
            if op in ("max", "min", "argmax", "argmin", "inf", "sup"):
                subs = self.subscripts(below) if below is not None else ()
                return Symbol(op, subs=subs, span=head), j
        return Prefix(lambda body: Big(op, body, *given, span=(start, body.span[1])), head, alone), j

    def integral(self, tokens: Tokens, i: int, j: int, given: tuple) -> tuple[Expr, int] | None:
        """The integral up to its differential, where there is one; integrals inside take theirs first."""
        inner = 0
        for k in range(j, len(tokens)):
            if relation(tokens[k]) or tokens[k].is_sym(","):
                return None
            inner += tokens[k].is_cmd("int")
            found = _differential(tokens[k : k + 4])
            if k == j or found is None or found[0] != "d" or not found[1]:
                continue
            inner -= 1
            if inner >= 0:
                continue
            rest = _differential(tokens[k:])[1]  # type: ignore[index]
            variable, after = self.factor(rest, 0)
            if not isinstance(variable, Symbol):
                return None
            end = rest[after - 1].end
            following = next((n for n, t in enumerate(tokens) if t.start >= end), len(tokens))
            variables, *more = given
            return Big("int", self.sum(tokens[j:k]), (variable,), *more, span=(tokens[i].start, end)), following
        return None

    def bounds(self, op: str, below: Tokens | None, above: Tokens | None) -> tuple:
        """variables, lower, upper, domain, conditions of an operator."""
        variables: list[Symbol] = []
        lower: Expr | None = None
        domain: Expr | None = None
        conditions: list[Statement] = []
        upper = self.sum(above) if above else None
        if below:
            if op == "int":
                return (), self.sum(below), upper, None, ()
            lower, upper, domain = self.below(op, below, variables, conditions, upper)
        return tuple(variables), lower, upper, domain, tuple(conditions)

    def below(
        self, op: str, below: Tokens, variables: list[Symbol], conditions: list[Statement], upper: Expr | None
    ) -> tuple[Expr | None, Expr | None, Expr | None]:
        lower: Expr | None = None
        domain: Expr | None = None
        below = _unstacked(below)
        below = [t for t in below if not (t.kind == "text" and not is_name(t))]
        if not below:
            return None, upper, None
        parts = [p for p in split(paired_bars(below), ",", ":", ";", "row", "\\colon", "|", "\\mid", "quad") if p]
        waiting: list[Symbol] = []
        for n, part in enumerate(parts):
            value = self.relation_or_sum(part)
            if isinstance(value, Symbol) and n and parts[n - 1] and isinstance(lower, Number) and value.name == "dots":
                continue
            if isinstance(value, Dots):
                continue
            if not isinstance(value, Statement):
                if lower is not None and n == len(parts) - 1 and any(t.is_cmd(*DOTS) for p in parts for t in p):
                    upper = value  # i = 1, \dots, n
                    continue
                waiting.extend(self.variables(value, part))
                if not waiting:
                    domain = value
                continue
            if value.continues:
                raise Unreadable("something is missing before the relation", "", *span_of(part))
            left = value.terms[0]
            names = self.variables(left, part, strict=True)
            relations = value.relations
            if len(relations) == 1 and relations[0] == "=" and names and lower is None and not variables:
                lower = value.terms[1]
                variables.extend((*waiting, *names))
                waiting = []
            elif len(relations) == 1 and relations[0] == "to" and op == "lim" and names:
                lower = value.terms[1]
                variables.extend((*waiting, *names))
                waiting = []
            elif len(relations) == 1 and relations[0] == "in" and names and domain is None:
                domain = value.terms[1]
                variables.extend((*waiting, *names))
                waiting = []
            else:
                if not variables and not waiting:
                    variables.extend(implied_variables(value))
                conditions.append(value)
        variables.extend(waiting)
        return lower, upper, domain

    def variables(self, expr: Expr, part: Tokens, strict: bool = False) -> tuple[Symbol, ...]:
        """The variables that are written below: i, ``i, j``, ``ij``, (i, j)."""
        found = _variables(expr)
        if found is not None and not (isinstance(expr, Symbol) and not strict and _is_set_name(expr)):
            return found
        if strict or isinstance(expr, Symbol):
            return ()
        raise Unreadable("what stands below this operator is not understood", part[0].shown(), *span_of(part))

    # -- brackets ------------------------------------------------------------------------------------------------------
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
            name = {"\\rfloor": "floor", "\\rceil": "ceil"}[t.close]
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
            body = _comma_around_dots(body, everywhere=True)
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
        items = self.list(_comma_around_dots(parts[0]))
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

    # -- environments --------------------------------------------------------------------------------------------------
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
                return self.sum(_trimmed(row[colon + 1 :]), t), self.condition(_trimmed(row[:colon]))
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
        value = self.relation_or_sum(_trimmed(cells[0])) if _trimmed(cells[0]) else self._missing(row)
        if len(cells) == 1:
            return value, None
        body = [
            u
            for u in cells[1]
            if u.kind not in ("text", "quad")
            or (u.kind == "text" and is_name(u) and plain_text(u).lower() not in TEXT and len(cells[1]) > 1)
        ]
        body = list(_trimmed(body))
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
        if not first.relations:
            raise refuse("this condition is not understood", body[0])
        return value, replace(first, conditions=tuple(more)) if more else first


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
#: letters whose power before a bracket, as in ``f^l(x)``, may be a function
_LETTERS = frozenset(("f", "g", "h", "F", "G", "sigma", "phi", "varphi", "psi"))
#: names that are operators or moments, never parts of a subscript side by side
_SCOPED = frozenset(BIG) | frozenset(MOMENTS) | DIMENSIONS | FUNCTIONS
_COMMANDS = FUNCTIONS - frozenset(
    "softmax sigmoid relu softplus logit logsumexp vec rank diag sign Tr tr trace".split()
)


def _is_word_above(text: str) -> bool:
    return looks_like_word(text) and not _index_like(text)


def _is_set_name(symbol: Symbol) -> bool:
    return len(symbol.name) > 1 and symbol.name not in GREEK


def _variables(expr: Expr) -> tuple[Symbol, ...] | None:
    """The symbols of i, ``ij``, (i, j); None for anything else."""
    if isinstance(expr, Symbol):
        return (expr,)
    if isinstance(expr, Product) and expr.op == "juxtapose":
        parts: tuple[Expr, ...] = (expr.left, expr.right)
    elif isinstance(expr, Tuple):
        parts = expr.items
    else:
        return None
    found = [_variables(part) for part in parts]
    return None if any(f is None for f in found) else tuple(v for f in found if f is not None for v in f)


def implied_variables(condition: Statement) -> tuple[Symbol, ...]:
    """What a sum over a condition runs over: j of ``j \\ne y_i``, i and j of ``i < j``, i of ``1 \\le i \\le n``."""
    terms = condition.terms[1:-1] if len(condition.terms) > 2 else condition.terms
    if condition.relations[:1] == ("!=",):
        return _variables(condition.terms[0]) or ()
    return tuple(v for term in terms for v in _variables(term) or () if not _is_set_name(v))


def _is_transpose(body: Tokens) -> bool:
    r"""T, \\top, \\intercal, \\mathsf{T}."""
    if len(body) == 2 and body[0].is_cmd(*FONTS):
        inner = body[1].body if body[1].is_group("{") else (body[1],)
        return len(inner) == 1 and inner[0].kind == "letter" and inner[0].text == "T"
    if len(body) != 1:
        return False
    t = body[0]
    return t.is_cmd("top", "intercal", "transpose") or t.text == "T" and t.kind in ("letter", "name", "text")


def _label_pieces(body: Tokens) -> list[Tokens] | None:
    """The labels and transposes side by side in a superscript; None where anything else is among them."""
    pieces: list[Tokens] = []
    labels = 0
    i = 0
    while i < len(body):
        t = body[i]
        size = 1
        if _is_transpose(body[i : i + 2]) and t.kind == "cmd":
            size = 2
        elif _is_transpose(body[i : i + 1]):
            pass
        elif t.is_group("{"):
            inner = t.body
            while len(inner) == 1 and inner[0].is_group("{"):
                inner = inner[0].body
            nested = _label_pieces(inner) if inner else None
            if nested is None and not (inner and _is_transpose(inner)):
                return None
            labels += nested is not None
            pieces.extend(nested if nested is not None else [inner])
            i += 1
            continue
        elif t.is_group("(", "[", "\\langle") or t.is_sym("*", "'") or t.is_cmd("prime", "ast", "star", "dagger"):
            labels += 1
        elif t.kind == "text" and plain_text(t) or t.kind == "name":
            labels += 1
        elif t.is_sym(",") and pieces:
            i += 1
            continue
        elif not (t.kind == "number" and labels and i == len(body) - 1):
            return None
        pieces.append(body[i : i + size])
        i += size
    return pieces if labels else None


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


def _merged(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Labels with primes side by side counted as one."""
    out: list[Label] = []
    for label in labels:
        if out and label.kind == "prime" == out[-1].kind:
            out[-1] = replace(out[-1], count=out[-1].count + label.count)
        else:
            out.append(label)
    return tuple(out)


def _follows(tokens: Tokens, i: int, bracket: str) -> bool:
    """Does the bracket stand here, or behind a subscript?"""
    if i + 2 < len(tokens) and tokens[i].is_sym("_"):
        i += 2
    return i < len(tokens) and tokens[i].is_group(bracket)


def _has_comma(group: Token) -> bool:
    return any(t.is_sym(",") for t in group.body)


def _not_script(tokens: Tokens, i: int) -> bool:
    return i == 0 or not tokens[i - 1].is_sym("_", "^")


def _names_itself(name: str, group: Token) -> bool:
    """``SoftMax (1 - SoftMax)``: the name stands uncalled in its own bracket."""
    stack = [group.body]
    while stack:
        body = stack.pop()
        for k, t in enumerate(body):
            stack.extend([t.body] if t.body else [])
            named = t.kind in ("name", "text") and plain_text(t) == name
            rest = body[k + 1 :]
            while len(rest) > 1 and rest[0].is_sym("_"):
                rest = rest[2:]
            if named and not (rest and rest[0].kind in ("group", "letter", "number", "cmd", "diff")):
                return True
    return False


def _bottom(expr: Expr) -> Expr:
    while isinstance(expr, (Power, Product, Transpose)):
        expr = expr.right if isinstance(expr, Product) else expr.base if isinstance(expr, Power) else expr.arg
    return expr


def _differential(tokens: Tokens) -> tuple[str, Tokens] | None:
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
        from symnet.lecture.words import is_word

        if is_word(rest.text):
            return "d", (rest, *tokens[1:])
    return None


def _derivative_maker(by: tuple[Expr, ...], total: bool, start: int) -> Callable[[Expr], Expr]:
    return lambda body: Derivative(body, by, total, span=(start, body.span[1]))


def _nabla(of: Expr, by: tuple[Expr, ...], order: int, start: int) -> Expr:
    return Nabla(of, by, order, span=(start, of.span[1]))


def _upto(tokens: Tokens, end: int) -> Tokens:
    return [t for t in tokens if t.end <= end]


def _unstacked(tokens: Tokens) -> list[Token]:
    r"""The tokens with \substack{...} and subarray opened."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        if t.is_cmd("substack") and k + 1 < len(tokens) and tokens[k + 1].is_group("{"):
            out.extend(tokens[k + 1].body)
            k += 1
        elif t.kind == "env" and t.text in ("subarray", "array"):
            out.extend(t.body)
        else:
            out.append(t)
        k += 1
    return out


def _comma_around_dots(tokens: Tokens, everywhere: bool = False) -> Tokens:
    r"""``x_1 \dots x_n`` in a set: the dots stand between members."""
    if any(t.is_sym(",", "+", "-", "*") or operator(t) for t in tokens) or not any(t.is_cmd(*DOTS) for t in tokens):
        return tokens
    out: list[Token] = []
    if everywhere:  # a row: x_1 x_2 \\dots x_n
        for k, t in enumerate(tokens):
            value = t.kind in ("letter", "cmd", "number", "name")
            if (
                k
                and value
                and not tokens[k - 1].is_sym("_", "^")
                and not (tokens[k - 1].kind == "cmd" and not tokens[k - 1].is_cmd(*DOTS))
            ):
                out.append(Token("sym", ",", t.start, t.start))
            out.append(t)
        return out
    for t in tokens:
        comma = Token("sym", ",", t.start, t.start)
        if t.is_cmd(*DOTS):
            out += [comma, t, comma] if out else [t, comma]
        else:
            out.append(t)
    return out


def _dots_apart(tokens: Tokens) -> Tokens:
    r"""``a, b, \cdots c``: the comma behind the dots is put in."""
    out: list[Token] = []
    for k, t in enumerate(tokens):
        if k > 1 and tokens[k - 1].is_cmd(*DOTS) and tokens[k - 2].is_sym(",") and not t.is_sym(","):
            out.append(Token("sym", ",", t.start, t.start))
        out.append(t)
    return out


def _trimmed(tokens: Tokens) -> Tokens:
    """The tokens without punctuation and spaces at both ends."""
    tokens = list(tokens)
    while tokens and (tokens[-1].is_sym(",", ";", ".", ":") or tokens[-1].kind == "quad"):
        tokens.pop()
    while tokens and (tokens[0].is_sym(",", ";", ".") or tokens[0].kind == "quad"):
        tokens.pop(0)
    return tokens


def _index_like(word: str) -> bool:
    """Letters of indices side by side, as in ``ijk``."""
    return (
        all(c in "ijklmnpqrstuvabcdhwxyz" for c in word)
        and (len(set(word)) == len(word))
        and (all(c in "ijklmnpqrst" for c in word) and sorted(word) == list(word) or not any(c in "aeou" for c in word))
    )
