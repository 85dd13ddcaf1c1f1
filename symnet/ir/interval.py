"""The numbers that a constant may be, as its annotation says: ``lr: "[0, inf)" = 0.01``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from symnet.errors import DefinitionError

_INTERVAL = re.compile(r"([\[(])\s*(\S+?)\s*,\s*(\S+?)\s*([\])])")


@dataclass(frozen=True)
class Interval:
    """The numbers that a constant may be."""

    text: str
    low: float
    high: float
    closed_low: bool
    closed_high: bool

    def condition(self, name: str) -> str:
        """Python text that is true of numbers in the interval, and false of NaN."""
        low, high = (repr(int(b)) if b == int(b) else repr(b) for b in self._finite)
        left = f"{low} {'<=' if self.closed_low else '<'} " if self.low > -float("inf") else ""
        right = high if self.high < float("inf") else 'float("inf")'
        return f"{left}{name} {'<=' if self.closed_high else '<'} {right}"

    @property
    def _finite(self) -> tuple[float, float]:
        return tuple(b if abs(b) < float("inf") else 0.0 for b in (self.low, self.high))  # type: ignore[return-value]

    @property
    def is_positive(self) -> bool:
        """Is every number in it above 0?"""
        return self.low > 0 or (self.low == 0 and not self.closed_low)

    def __contains__(self, value: float) -> bool:
        above = self.low <= value if self.closed_low else self.low < value
        return above and (value <= self.high if self.closed_high else value < self.high)


def interval(text: str) -> Interval:
    """``[0, 1)``, ``(0, inf)``; raises DefinitionError where the text is none."""
    match = _INTERVAL.fullmatch(text.strip().strip("\"'"))
    try:
        if match is None:
            raise ValueError
        low, high = float(match[2]), float(match[3])
        if not low < high:
            raise ValueError
    except ValueError:
        raise DefinitionError(f"{text!r} is not an interval", hint='write it as in lr: "[0, inf)" = 0.01') from None
    return Interval(f"{match[1]}{match[2]}, {match[3]}{match[4]}", low, high, match[1] == "[", match[4] == "]")


def limits(name: str, annotation: object, default: float) -> Interval | None:
    """The interval that an annotation gives, where it is no type; the default has to lie in it."""
    if not isinstance(annotation, str) or _is_type(text := annotation.strip("\"'")):
        return None
    found = interval(text)
    if not default in found:  # noqa: E713  NaN is in none
        raise DefinitionError(f"{name} = {default!r} is not in {found.text}")
    return found


def _is_type(text: str) -> bool:
    """``float``, ``np.float64``, ``Literal[1, 2]``, ``float | None``."""
    try:
        return isinstance(ast.parse(text, mode="eval").body, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp))
    except SyntaxError:
        return False
