"""Scripts: ``W^{[l]T}``, ``x_{t-1}^{(i)}``: labels, transposes, powers, subscripts, primes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.labels import (
    SCOPED,
    index_like,
    is_transpose,
    is_word_above,
    label_pieces,
    letters_apart,
    merged,
)
from symnet.lecture.reader.parts import Parts, Prefix
from symnet.lecture.reader.signs import FONTS, MARKS, Tokens, is_name, plain_text, refuse, relation, span_of, split
from symnet.lecture.reader.syntax import (
    Absolute,
    Braced,
    Call,
    Derivative,
    Expr,
    Label,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Power,
    Prime,
    Product,
    SetOf,
    Slice,
    Space,
    Span,
    Symbol,
    Transpose,
    Tuple,
)
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.words import BIG, FUNCTIONS, GREEK

_ONE = Fraction(1)


@dataclass(frozen=True)
class Scripts:
    """What stands below and above a base, in tokens."""

    below: tuple[Tokens, ...] = ()
    above: tuple[Tokens, ...] = ()
    end: int = 0
    ends: tuple[int, ...] = ()  # where each script ends in the LaTeX, in the order written
    below_first: bool = True  # all that stands below is written before what stands above


class ScriptReader(Parts):
    """Reads what stands above and below a base."""

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
            if word.isalpha() and word.isascii() and len(word) >= 3 and not index_like(word):
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
        part = letters_apart(part)
        before: Token | None = None
        for t in part:
            script = before is not None and (before.is_sym("_", "^") or before.is_cmd(*FONTS, *MARKS))
            plain = t.kind in ("letter", "diff", "number") or t.kind == "name" and t.text not in SCOPED
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
        if is_transpose(body):
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
        if body[0].is_sym("-") and len(body) > 1 and is_transpose(body[1:]):
            return [Negate(Number(_ONE, "1", span=span), span=span), "T"]
        if body[0].is_sym("<") and body[-1].is_sym(">") and len(body) > 2:
            return [Label("angle", self.sum(body[1:-1]), span=span)]
        parts = self._label_sequence(body)
        if parts is not None:
            return parts
        if all(t.kind == "letter" for t in body) and is_word_above(self.latex[span[0] : span[1]]):
            return [Label("word", word="".join(t.text for t in body), span=span)]
        values = [self.relation_or_sum(p) for p in split(paired_bars(body), ",")]
        if len(values) > 1:
            return [Tuple(tuple(values), span=span)]
        return [values[0]]

    def _label_sequence(self, body: Tokens) -> list[Label | str | Expr | tuple[str, Expr]] | None:
        """``[l]T``, ``(i)(j)``, ``T(l)``: labels, and transposes among them; None where it is anything else."""
        pieces = label_pieces(body)
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
        values: list[Expr] = []
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
            return _factorial(base, tokens, i)
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
        return _factorial(self.apply(base, scripts, end), tokens, scripts.end)

    def apply(self, base: Expr, scripts: Scripts, end: int) -> Expr:
        start = base.span[0]
        ordered = scripts.below_first and len(scripts.ends) == len(scripts.below) + len(scripts.above)
        ends = scripts.ends if ordered else (end,) * (len(scripts.below) + len(scripts.above))
        for body, stop in zip(scripts.below, ends):
            base = replace(self.with_below(base, body, (start, stop)), span=(start, stop))
        for body, stop in zip(scripts.above, ends[len(scripts.below) :]):
            exponential = isinstance(base, Number) or isinstance(base, Symbol) and base.name == "e" and not base.subs
            if exponential and all(t.kind in ("letter", "name") for t in body) and not is_transpose(body):
                base = Power(base, self.sum(body), span=(start, stop))
                continue
            for part in self.superscript(body):
                base = replace(self.with_above(base, part, (start, stop)), span=(start, stop))
            if isinstance(base, Transpose) and len(body) == 1 and body[0].kind == "letter":
                base = replace(base, letter=True)
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
        if isinstance(base, Paren) and len(body) == 1 and body[0].is_sym("+"):
            return Call(Symbol("ReLU", font="rm"), (base.arg,), span=span)  # the positive part
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
                return replace(base, labels=merged((*base.labels, part)))
            if part.kind == "prime":
                if isinstance(base, Prime):
                    return replace(base, count=base.count + part.count)
                return Prime(base, part.count, span=span)
            if isinstance(base, Transpose) and isinstance(base.arg, Symbol):
                return replace(base, arg=replace(base.arg, labels=merged((*base.arg.labels, part))))
            if isinstance(base, Call) and part.kind in ("paren", "bracket") and isinstance(base.function, Symbol):
                return Call(Symbol("labelled"), (base, part), span=span)
            if part.kind == "paren" and part.value is not None:
                return Power(base, Paren(part.value, span=part.span), span=span)
            raise Unreadable("a label on this is not understood", "^", *part.span)
        assert isinstance(part, Expr)
        return Power(base, part, span=span)


def _factorial(base: Expr, tokens: Tokens, i: int) -> tuple[Expr, int]:
    """``n!``, where such a sign follows; in ``n (n - 1)!`` it is of the bracket."""
    if i == len(tokens) or not tokens[i].is_sym("!"):
        return base, i
    end = tokens[i].end
    if isinstance(base, Call) and not base.certain and len(base.args) == 1 and not base.primes | bool(base.subs):
        bracket = Paren(base.args[0], span=(base.function.span[1], base.span[1]))
        of = Call(Symbol("factorial"), (bracket,), span=(bracket.span[0], end))
        return Product(base.function, of, span=(base.span[0], end)), i + 1
    if not isinstance(base, (Symbol, Number, Paren)):
        return base, i
    return Call(Symbol("factorial"), (base,), span=(base.span[0], end)), i + 1
