r"""Names with their brackets: ``f(x; W)``, ``\log p``, ``\mathbb{E}[x]``, ``\dim X``."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.core import occurs
from symnet.lecture.reader.labels import SCOPED
from symnet.lecture.reader.parts import Prefix
from symnet.lecture.reader.scripts import ScriptReader
from symnet.lecture.reader.signs import (
    DOTS,
    FONTS,
    MARKS,
    Tokens,
    is_name,
    operator,
    plain_text,
    refuse,
    relation,
    span_of,
    split,
)
from symnet.lecture.reader.syntax import (
    At,
    Big,
    Call,
    Dimensions,
    Expr,
    Indicator,
    Label,
    Moment,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Statement,
    Symbol,
    Transpose,
)
from symnet.lecture.reader.token import Token
from symnet.lecture.reader.words import DIMENSIONS, FUNCTIONS, GREEK, MOMENTS

#: functions of an angle, and what an angle begins with
CIRCULAR = frozenset("sin cos tan cot sec csc tg ctg".split())
TURNS = frozenset(("pi", "omega"))
#: letters whose power before a bracket, as in ``f^l(x)``, may be a function
_LETTERS = frozenset(("f", "g", "h", "F", "G", "sigma", "phi", "varphi", "psi"))
_COMMANDS = FUNCTIONS - frozenset(
    "softmax sigmoid relu softplus logit logsumexp vec rank diag sign Tr tr trace".split()
)


class CallReader(ScriptReader):
    """Reads names and what they are applied to."""

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

    def called(self, base: Expr, tokens: Tokens, i: int, certain: bool) -> tuple[Expr, int] | None:
        """``base(...)`` as a call; None where it is a product."""
        group = tokens[i]
        if isinstance(base, Power):
            if not isinstance(base.base, Symbol) or not group.body:
                return None
            plain = len(split(group.body, "+", "-")) == 1
            letter = base.base.name in _LETTERS
            if not (letter and (plain or not isinstance(base.exponent, Number))):
                body = [t for t in group.body if not t.is_sym("'")]
                single = all(t.kind == "letter" or t.is_sym("_", ",") or t.is_cmd(*GREEK, "mid") for t in body)
                several = _has_comma(group) or any(t.is_cmd("mid") for t in body)
                if isinstance(base.exponent, Number) or not single or len(body) > 1 and not several:
                    return None
            args, parameters = self.arguments(group)
            given = bool(parameters) and behind_a_bar(group)
            call = Call(base, args, parameters, False, given=given, span=(base.span[0], group.end))
            return self.finish_call(call, tokens, i + 1)
        if not isinstance(base, Symbol):
            return None
        if group.close != {"(": ")", "[": "]"}[group.text]:
            return None
        listed = any(t.is_sym(",") for t in group.body)
        asks = any(relation(t) for t in group.body) and base.name not in ("Pr", "Prob", "prob")
        if group.text == "[" and not listed and (not certain or asks):
            return None  # a factor; x[a > b] is x times the indicator of a > b
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
        given = bool(parameters) and behind_a_bar(group)
        call = Call(function, args, parameters, certain, primes, given=given, span=(base.span[0], group.end))
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
        if t.operator and len(plain) > 2 and i + 1 < len(tokens) and self._simple_start(tokens[i + 1]):
            return self.function(plain, font, tokens, i, certain=False)  # a product, where the name is a quantity
        if len(plain) == 2 and plain[0] == "d" and font == "":
            return self.named(Symbol(plain, font=font, span=(t.start, t.end)), tokens, i + 1)
        if plain == "d" and font and i + 1 < len(tokens) and self._simple_start(tokens[i + 1]):
            inner, j = self.symbol_at(tokens, i + 1)
            return self.named(replace(inner, name="d" + inner.name, span=(t.start, inner.span[1])), tokens, j)
        certain = len(plain) > 1
        return self.named(Symbol(name, font=font or self.font, span=(t.start, t.end)), tokens, i + 1, certain)

    def function(self, name: str, font: str, tokens: Tokens, i: int, certain: bool = True) -> tuple[Expr | Prefix, int]:
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
        if powers and (len(powers) > 1 or not isinstance(powers[0], Expr) or powers[0] == Negate(Number(Fraction(1)))):
            raise refuse("this power of a function may be its inverse", t)
        if i < len(tokens) and tokens[i].is_group("(", "[", "\\{") and tokens[i].body:
            group = tokens[i]
            if _names_itself(name, group) and not powers:
                return function, i
            args, parameters = self.arguments(group)
            given = bool(parameters) and behind_a_bar(group)
            call: Expr = Call(function, args, parameters, True, primes, given=given, span=(t.start, group.end))
            if powers:
                return Power(call, powers[0], span=call.span), i + 1  # type: ignore[arg-type]
            return self.finish_call(call, tokens, i + 1)  # type: ignore[arg-type]
        standing = i >= len(tokens) or not self.starts_value(tokens[i])
        if standing or (scripts.below and name not in ("log",)):
            if powers:
                function = Power(function, powers[0], span=span)  # type: ignore[arg-type]
            return function, i

        def applied(arg: Expr) -> Expr:
            call = Call(function, (arg,), (), certain, primes, span=(t.start, arg.span[1]))
            return Power(call, powers[0], span=call.span) if powers else call  # type: ignore[arg-type]

        scope = self.scope_of_argument(tokens, i, t)
        if scope is not None:
            prefix, i = scope
            return Prefix(lambda body: applied(prefix.make(body)), (t.start, prefix.span[1])), i
        arg, i = self.bare_argument(tokens, i, t)
        return applied(arg), i

    def scope_of_argument(self, tokens: Tokens, i: int, function: Token) -> tuple[Prefix, int] | None:
        r"""The operator that an argument without brackets begins with.

        ``\log \sum_k a_k b_k`` is of the whole product, and so is ``\log \frac{1}{n} \sum_k a_k``.  It is refused where
        the last factor is free of the operator's index.
        """
        value, j = self.factor(tokens, i)
        before = None
        if isinstance(value, Quotient) and isinstance(value.numerator, Number) and j < len(tokens):
            if not tokens[j].is_cmd("sum", "prod"):
                return None
            before, (value, j) = value, self.factor(tokens, j)
        if not isinstance(value, Prefix) or value.alone is not None:
            return None
        prefix = value

        def scope(body: Expr) -> Expr:
            big = prefix.make(body)
            last = body
            while isinstance(last, Product):
                last = last.right
            if isinstance(big, Big) and last is not body and not any(occurs(v, last) for v in big.variables):
                raise refuse("it is not clear how far this function reaches: brackets needed", function)
            return big if before is None else Product(before, big, span=(before.span[0], big.span[1]))

        return Prefix(scope, prefix.span), j

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
        if function.text in CIRCULAR and i < len(tokens):
            arg, i = self.angle(arg, tokens, i)
        if i < len(tokens) and isinstance(_bottom(arg), Symbol) and self._simple_start(tokens[i]):
            raise refuse("it is not clear how far this function reaches: brackets needed", function)
        return arg, i

    def angle(self, first: Expr, tokens: Tokens, i: int) -> tuple[Expr, int]:
        r"""``m \theta``, ``\omega t``, ``2 \pi k t``: factors side by side that are an angle, up to what is none.

        In ``\cos \theta x`` the angle comes first, and where it ends is not clear.
        """
        head = first.right if isinstance(first, Product) else first
        arg, last, j = first, head, i
        while j < len(tokens) and self._simple_start(tokens[j]) and isinstance(last, Symbol | Number):
            last, j = self.value(tokens, j)
            arg = Product(arg, last, span=(first.span[0], last.span[1]))
        if not isinstance(head, Symbol) or not isinstance(last, Symbol):
            return first, i
        ends = head.name not in GREEK and last.name in GREEK
        return (arg, j) if ends or head.name in TURNS else (first, i)

    def _simple_start(self, t: Token) -> bool:
        if t.kind in ("letter", "number"):
            return True
        return t.kind == "cmd" and (t.text in GREEK or t.text in MARKS or t.text in FONTS)

    def _bare_symbol(self, t: Token) -> bool:
        if t.kind in ("name", "diff"):
            return t.text not in SCOPED
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
        made: Expr = Moment(MOMENTS[name], args, under, given, name, span=(t.start, tokens[j - 1].end))
        for body in scripts.above:
            for part in self.superscript(body):
                if isinstance(part, (Label, str)):
                    raise refuse("a label on a moment", t)
                made = self.with_above(made, part, made.span)
        whole, end = self.scripted(made, tokens, j)
        if brackets and tokens[j - 1].text == "(" and isinstance(whole, Power) and whole.base is made:
            return _of_power(whole), end
        return whole, end


def _of_power(whole: Power) -> Expr:
    """``E(x - m)^2``: behind round brackets around a sum the power is of what stands in them."""
    moment = whole.base
    if not isinstance(moment, Moment) or moment.kind != "E" or moment.given or not isinstance(moment.args[0], Plus):
        return whole
    inside = Power(Paren(moment.args[0], span=moment.args[0].span), whole.exponent, span=whole.span)
    return replace(moment, args=(inside,), raised=True, span=whole.span)


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


def behind_a_bar(group: Token) -> bool:
    """Is what stands behind the arguments a condition, p(y | x), and no parameter?"""
    return len(split(paired_bars(group.body), "|", "\\mid")) > 1
