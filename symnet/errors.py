"""The one exception hierarchy: every message says what was wrong, where, and what to write instead."""

from __future__ import annotations


class SymnetError(Exception):
    """A definition, a request or a file that symnet can not accept.

    ``place`` is where it happened (``file.py:12, in rms_norm``); ``hint`` is what to write instead.
    """

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        self.message, self.place, self.hint = message, place, hint
        super().__init__(message, place, hint)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}; {self.hint}" if self.hint else text

    def at(self, place: str) -> SymnetError:
        """The same error with its place, if it has none yet."""
        return self if self.place else type(self)(self.message, place=place, hint=self.hint)


class DefinitionError(SymnetError):
    """A forward definition that does not follow the notation."""


class DerivationError(SymnetError):
    """A gradient that could not be derived, or whose numeric certificate failed."""
