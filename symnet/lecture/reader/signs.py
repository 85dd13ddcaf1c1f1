"""What single tokens stand for, and small questions about rows of tokens."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.lecture.reader.syntax import Span
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.words import TEXT

Tokens = Sequence[Token]

RELATION_COMMANDS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "lt": "<", "gt": ">", "ll": "<<", "gg": ">>", "approx": "~=", "simeq": "~=", "cong": "~=", "approxeq": "~=",
    "propto": "prop", "sim": "sim", "thicksim": "sim", "in": "in", "subset": "subset", "subseteq": "subset", "to": "to",
    "rightarrow": "to", "longrightarrow": "to", "Rightarrow": "imp", "implies": "imp", "Longrightarrow": "imp",
    "iff": "iff", "Leftrightarrow": "iff", "Longleftrightarrow": "iff", "leftarrow": "get", "gets": "get",
    "longleftarrow": "get", "equiv": "equiv", "mapsto": "mapsto", "longmapsto": "mapsto", "triangleq": "set",
    "succ": "succ", "succeq": "succeq", "prec": "prec", "preceq": "preceq", "succcurlyeq": "succeq",
    "preccurlyeq": "preceq",
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
DOTS = frozenset("dots ldots cdots dotsc dotsb dotsm dotsi vdots ddots hdots".split())


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


def of_either_sign(tokens: Tokens) -> tuple[Tokens, Tokens] | None:
    r"""The y and the 1 of ``y = \pm 1``."""
    at = next((k for k, t in enumerate(tokens) if t.is_cmd("pm", "mp")), 0)
    if at < 2 or relation(tokens[at - 1]) != "=" or any(t.is_cmd("pm", "mp") for t in tokens[at + 1 :]):
        return None
    return tokens[: at - 1], tokens[at + 1 :]


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


def trimmed(tokens: Tokens) -> Tokens:
    """The tokens without punctuation and spaces at both ends."""
    tokens = list(tokens)
    while tokens and (tokens[-1].is_sym(",", ";", ".", ":") or tokens[-1].kind == "quad"):
        tokens.pop()
    while tokens and (tokens[0].is_sym(",", ";", ".") or tokens[0].kind == "quad"):
        tokens.pop(0)
    return tokens


def unstacked(tokens: Tokens) -> list[Token]:
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


def comma_around_dots(tokens: Tokens, everywhere: bool = False) -> Tokens:
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


def dots_apart(tokens: Tokens) -> Tokens:
    r"""``a, b, \cdots c``: the comma behind the dots is put in."""
    out: list[Token] = []
    for k, t in enumerate(tokens):
        if k > 1 and tokens[k - 1].is_cmd(*DOTS) and tokens[k - 2].is_sym(",") and not t.is_sym(","):
            out.append(Token("sym", ",", t.start, t.start))
        out.append(t)
    return out
