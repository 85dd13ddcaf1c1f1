"""Vertical bars: which of them open and close a norm or an absolute value."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.lecture.reader.token import Token


def paired_bars(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens of one level with ``|x|`` and ``||x||`` as groups; a bar that separates stays."""
    result = tuple(tokens)
    if any(t.is_sym("|") for t in result):
        result = _halved(result)
    for bar in ("||", "|"):
        if any(t.is_sym(bar) for t in result):
            result = _paired(result, bar)
    return result


def _halved(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens with the two bars in the middle of ``|a||b|`` apart."""
    out: list[Token] = []
    inside = False
    for t in tokens:
        if t.is_sym("||") and inside and not t.font:
            out += [Token("sym", "|", t.start, t.start + 1), Token("sym", "|", t.end - 1, t.end)]
        else:
            out.append(t)
        inside ^= t.is_sym("|")
    return tuple(out)


def _paired(tokens: tuple[Token, ...], bar: str) -> tuple[Token, ...]:
    left = sum(t.is_sym(bar) for t in tokens)
    out: list[Token] = []
    opened = -1
    for k, t in enumerate(tokens):
        if not t.is_sym(bar):
            out.append(t)
            continue
        left -= 1
        before = out[-1] if out else None
        after = tokens[k + 1] if k + 1 < len(tokens) else None
        if opened >= 0 and _ends_value(before, out) and len(out) > opened + 1:
            body = tuple(out[opened + 1 :])
            start = out[opened].start
            del out[opened:]
            out.append(Token("group", "\\|" if bar == "||" else "|", start, t.end, body, "\\|" if bar == "||" else "|"))
            opened = -1
        elif (
            opened < 0
            and left > 0
            and not (after and after.is_sym("_"))
            and not (_ends_value(before, out) and left % 2 == 0)
        ):
            opened = len(out)
            out.append(t)
        else:
            out.append(t)
    return tuple(out)


_OPERATORS = frozenset(
    "cdot times odot circ otimes oslash ast star div pm mp le leq leqslant ge geq geqslant ne neq approx sim to in "
    "rightarrow leftarrow Rightarrow equiv propto mid log ln exp sin cos tan tanh max min sup inf lim sum prod int ll "
    "gg simeq cong triangleq coloneqq implies iff gets mapsto subset subseteq forall colon partial nabla frac".split()
)


def _ends_value(token: Token | None, before: list[Token]) -> bool:
    """Can this token be the end of a value?"""
    if token is None:
        return False
    if token.kind in ("number", "letter", "name", "diff", "group", "env", "text"):
        return True
    if token.kind == "cmd":
        return token.text not in _OPERATORS
    return token.text in ("'", ")", "]", "*") and not (
        token.text == "*" and len(before) > 1 and not before[-2].is_sym("^")
    )
