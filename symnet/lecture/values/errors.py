"""Why a value is not there: not evaluated, a fact missing, shapes that do not fit."""

from __future__ import annotations

from symnet.errors import SymnetError
from symnet.lecture.reader.syntax import Span

ENDLESS = "do not come to an end"


class Unsupported(SymnetError):
    """What this formula asks for is not evaluated; ``span`` says where."""

    def __init__(self, message: str, span: Span = (-1, -1)) -> None:
        super().__init__(message)
        self.span = span


class TooMany(Unsupported):
    """A side is not evaluated for the number of its operations; in smaller arrays it may be."""


class Unshapely(Unsupported):
    """The formula asks for more axes than a matrix has; it may still be meant for numbers."""


class Undirected(Unsupported):
    """The formula does not say along which axis it works; the entries of its value may say so."""


class TooDeep(Exception):
    """Definitions follow each other farther than they are followed; no other reading of the claim decides then."""


class NeedsContext(SymnetError):
    """A fact is missing; ``line`` is what the author could add."""

    def __init__(self, message: str, line: str = "") -> None:
        super().__init__(message)
        self.line = line


class ShapeError(SymnetError):
    """Two values do not fit together."""

    def __init__(self, message: str, span: Span = (-1, -1)) -> None:
        super().__init__(message)
        self.span = span


class NoLoss(ShapeError):
    """The formula of a loss gives no number."""
