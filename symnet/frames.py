"""Room for what is nested deeply: Python stops after a number of nested calls that is meant for runaway ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from symnet.errors import DerivationError

#: nested calls of Python for the definitions of a lecture that follow one another
LECTURE = 3000
#: for an operation of some hundred steps one after another
OPERATION = 8000


@contextmanager
def room(frames: int) -> Iterator[None]:
    """Calls may be nested as far as ``frames``, where Python does not allow more by itself."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, frames))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def room_for(name: str) -> Iterator[None]:
    """Room for the steps of the operation ``name``; DerivationError where there are more."""
    try:
        with room(OPERATION):
            yield
    except RecursionError as error:
        from symnet.ir.definition import RECURRENCE

        raise DerivationError(f"too many steps of {name} follow one another", hint=RECURRENCE) from error
