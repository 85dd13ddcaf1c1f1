"""What follows from one unchanging thing is found once, and kept with the thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Found = TypeVar("Found")


def remembered(find: Callable[[Thing], Found]) -> Callable[[Thing], Found]:
    """``find`` of one frozen object, which is asked only once for each."""
    name = f"_{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(thing: Thing) -> Found:
        kept: dict[str, Any] = thing.__dict__
        if name not in kept:
            kept[name] = find(thing)
        return kept[name]

    return found
