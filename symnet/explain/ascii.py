"""Unicode formulas in a program's comments as ASCII, for a TeX engine that has no glyphs for them: x̂ becomes xhat."""

from __future__ import annotations

import unicodedata

from symnet.printing.names import ACCENTS, LETTERS

_WORDS = {letter: name for name, letter in reversed(LETTERS.items())} | {
    "Σ": "sum", "Π": "prod", "√": "sqrt", "·": "*", "²": "^2", "³": "^3", "≥": ">=", "≤": "<=", "≠": "!=", "∧": "and",
    "∂": "d", "∞": "inf", "⌊": "floor(", "⌋": ")", "⊙": "*", "ᵀ": "^T", "𝟏": "1", "⇒": "=>", "˙": "dot", "−": "-",
    "…": "...", "—": "-", "–": "-", "×": "x", "→": "->", "’": "'", "∈": "in",
}  # fmt: skip
_WORDS |= {mark: name for name, mark in ACCENTS.items()}
_WORDS |= {chr(0x2080 + k): str(k) for k in range(10)}


def ascii_program(code: str) -> str:
    """``code`` with every character that TeX may lack written out; what has no name becomes a question mark."""
    plain = (c if c.isascii() else _WORDS.get(c, "?") for c in unicodedata.normalize("NFD", code))
    return "".join(plain)
