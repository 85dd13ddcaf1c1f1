"""Formulas as SVG text: a dialect that marks italics, subscripts and superscripts, and the spans that draw them.

Letters are measured in ems by kinds of width, generously: a picture is read with whatever serif font is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup, escape

from symnet.printing.dialects import ATOM, DIV, MUL, POW, Box, Text
from symnet.printing.names import Symbol

DOWN, UP, BACK, ITALIC, UPRIGHT = "\x01", "\x02", "\x03", "\x04", "\x05"
_MARKS = re.compile(f"([{DOWN}{UP}{BACK}{ITALIC}{UPRIGHT}])")
_INDEX = re.compile(r"[^\W\d_]['′]*|\d")
_LETTER = re.compile(r"(?<![^\W\d_])[^\W\d_]['′]*(?![^\W\d_])")  # a letter that is no part of a word
_SMALL, _SHIFT = 0.72, {DOWN: 0.28, UP: -0.38}
_NARROW, _WIDE = frozenset("ijltfr.,:;'|!()[]/· ′"), frozenset("mwMW⊙∞—=+-−×÷<>≤≥←")


class Drawn(Text):
    """Index notation with subscripts below the line: x_nd, sum_d, e^u."""

    dot = "·"

    def symbol(self, symbol: Symbol) -> Box:
        return Box(_name(symbol), POW if symbol.power else ATOM)

    def indexed(self, symbol: Symbol, subscripts: Sequence[str]) -> Box:
        subscripts = [_flat(s) for s in subscripts]
        run = all(map(_INDEX.fullmatch, subscripts))
        below = f"{ITALIC}{''.join(subscripts)}{UPRIGHT}" if run and subscripts else _set(subscripts)
        text = _name(symbol)
        if not below:
            return Box(text, POW if symbol.power else ATOM)
        if text.rfind(DOWN) > text.rfind(UP):
            return Box(f"{text[:-1]},{below}{BACK}", POW if symbol.power else ATOM)
        return Box(f"{text}{DOWN}{below}{BACK}", POW if symbol.power else ATOM)

    def power(self, base: Box, exponent: Box) -> Box:
        base = self.wrap(base.shut, ATOM)
        return Box(f"{base.text}{UP}{plain(exponent.text)}{BACK}", POW)

    def number(self, text: str, exponent: int = 0) -> Box:
        if not exponent:
            return Box(text)
        power = f"10{UP}{exponent}{BACK}"
        return Box(power, POW) if text == "1" else Box(f"{text}·{power}", MUL)

    def delta(self, subscripts: Sequence[str]) -> Box:
        return Box(f"δ{DOWN}{_set(subscripts)}{BACK}")

    def big(self, op: str, over: Sequence[str], body: Box, size: int | None = None) -> Box:
        sign = {"sum": "Σ", "prod": "Π"}.get(op, op)
        below = _set(over) + ("" if size is None else f"=0..{size - 1}")
        text = f"{sign}{DOWN}{below}{BACK} {self.wrap(body, DIV).text}"
        return Box(text, MUL, self.paren(text))


def _name(symbol: Symbol) -> str:
    """The name with its marks as subscripts; one letter is set in italics."""
    if symbol.raw:
        return symbol.text()
    base, *below = replace(symbol, number="").text().split("_")
    base = f"{ITALIC}{base}{UPRIGHT}" if symbol.is_letter else base
    base += f"{UP}({symbol.number}){BACK}" if symbol.number else ""
    return base + (f"{DOWN}{' '.join(below)}{BACK}" if below else "")


def _set(subscripts: Sequence[str]) -> str:
    """Subscripts side by side, letters of indices in italics, with their primes: the l of l-1, and not those of max."""
    return _LETTER.sub(rf"{ITALIC}\g<0>{UPRIGHT}", ",".join(subscripts))


def _flat(subscript: str) -> str:
    """A subscript that has subscripts itself, t[b, s], is written with brackets."""
    if DOWN not in subscript:
        return subscript
    return plain(subscript.replace(DOWN, "[").replace(BACK, "]").replace(UP, "^"))


def plain(text: str) -> str:
    """Without marks."""
    return _MARKS.sub("", text)


def width(text: str, size: float) -> float:
    """About how wide the text is, in pixels."""
    total, scale = 0.0, 1.0
    for piece in _MARKS.split(text):
        if piece in (DOWN, UP):
            scale = _SMALL
        elif piece == BACK:
            scale = 1.0
        elif piece not in (ITALIC, UPRIGHT):
            total += scale * sum(map(_em, piece))
    return total * size


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.38
    return 0.84 if letter in _WIDE else 0.72 if letter.isupper() else 0.61


def spans(text: str, size: float) -> Markup:
    """The text as SVG, each shifted piece a tspan of its own."""
    found, shift, italic, low = Markup(), 0.0, False, 0.0
    for piece in _MARKS.split(text.replace("-", "−").replace("'", "′")):
        if piece in _SHIFT:
            shift = _SHIFT[piece] * size
        elif piece == BACK:
            shift = 0.0
        elif piece in (ITALIC, UPRIGHT):
            italic = piece == ITALIC
        elif piece:
            marks = "" if low == shift else f' dy="{_short(shift - low)}"'
            kind = "si" if shift and italic else "s" if shift else "i" if italic else ""  # small, italic: graph.css
            marks += f' class="{kind}"' if kind else ""
            found += Markup(f"<tspan{marks}>{escape(piece)}</tspan>") if marks else escape(piece)
            low = shift
    return found


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def wrapped(text: str, limit: int, lines: int) -> tuple[str, ...]:
    """The text in lines of about ``limit`` letters and of about one length, cut where there are more than ``lines``."""
    words = re.sub(f"{DOWN}[^{BACK}]*{BACK}", lambda m: m[0].replace(" ", "\xa0"), text).split(" ")
    found = _filled(words, limit)
    for shorter in range(limit - 1, 0, -1):
        more = _filled(words, shorter)
        if len(more) > len(found):
            break
        found = more
    if len(found) > lines:
        found = _filled(words, limit)
        found[lines - 1 :] = [found[lines - 1] + " …"]
    return tuple(found)


def _filled(words: Sequence[str], limit: int) -> list[str]:
    """Lines of words, each as long as the limit allows."""
    found = [""]
    for word in words:
        longer = f"{found[-1]} {word}" if found[-1] else word
        if found[-1] and len(plain(longer)) > limit:
            found.append(word)
        else:
            found[-1] = longer
    return found


__all__ = ["Drawn", "plain", "spans", "width", "wrapped"]
