"""What stands above and below a name, in pieces: labels, words, indices side by side."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.reader.signs import FONTS, Tokens, plain_text
from symnet.lecture.reader.syntax import Label
from symnet.lecture.reader.token import Token
from symnet.lecture.reader.words import BIG, DIMENSIONS, FUNCTIONS, MOMENTS, NAMES, looks_like_word


def letters_apart(part: Tokens) -> Tokens:
    """``n'ch'w'`` with c and h apart: beside primes, letters without a font are indices and no word."""
    if not any(t.is_sym("'") for t in part):
        return part
    out: list[Token] = []
    for t in part:
        indices = t.kind == "name" and not t.font and len(t.text) <= 5 and t.text.isalpha() and t.text.islower()
        indices = indices and t.text not in NAMES
        if indices and t.end - t.start == len(t.text) and (len(t.text) == 2 or t.text not in SCOPED):
            out += [Token("letter", x, t.start + k, t.start + k + 1) for k, x in enumerate(t.text)]
        else:
            out.append(t)
    return tuple(out)


#: names that are operators or moments, never parts of a subscript side by side
SCOPED = frozenset(BIG) | frozenset(MOMENTS) | DIMENSIONS | FUNCTIONS


def is_transpose(body: Tokens) -> bool:
    r"""T, \\top, \\intercal, \\mathsf{T}."""
    if len(body) == 2 and body[0].is_cmd(*FONTS):
        inner = body[1].body if body[1].is_group("{") else (body[1],)
        return len(inner) == 1 and inner[0].kind == "letter" and inner[0].text == "T"
    if len(body) != 1:
        return False
    t = body[0]
    return t.is_cmd("top", "intercal", "transpose") or t.text == "T" and t.kind in ("letter", "name", "text")


def label_pieces(body: Tokens) -> list[Tokens] | None:
    """The labels and transposes side by side in a superscript; None where anything else is among them."""
    pieces: list[Tokens] = []
    labels = 0
    i = 0
    while i < len(body):
        t = body[i]
        size = 1
        if is_transpose(body[i : i + 2]) and t.kind == "cmd":
            size = 2
        elif is_transpose(body[i : i + 1]):
            pass
        elif t.is_group("{"):
            inner = t.body
            while len(inner) == 1 and inner[0].is_group("{"):
                inner = inner[0].body
            nested = label_pieces(inner) if inner else None
            if nested is None and not (inner and is_transpose(inner)):
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


def merged(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Labels with primes side by side counted as one."""
    out: list[Label] = []
    for label in labels:
        if out and label.kind == "prime" == out[-1].kind:
            out[-1] = replace(out[-1], count=out[-1].count + label.count)
        else:
            out.append(label)
    return tuple(out)


def is_word_above(text: str) -> bool:
    return looks_like_word(text) and not index_like(text)


#: words without a vowel that are no indices side by side
SHORTENED = frozenset(("sym", "std", "src", "dst"))


def index_like(word: str) -> bool:
    """Letters of indices side by side, as in ``ijk``."""
    return (
        word not in SHORTENED
        and all(c in "ijklmnpqrstuvabcdhwxyz" for c in word)
        and (len(set(word)) == len(word))
        and (all(c in "ijklmnpqrst" for c in word) and sorted(word) == list(word) or not any(c in "aeou" for c in word))
    )
