"""What takes long to find is found once for all processes of a test run."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


@contextmanager
def in_turn(lock: Path) -> Iterator[None]:
    """One test process at a time."""
    fcntl = pytest.importorskip("fcntl", reason="test processes take turns by a lock on a file")
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def once(folders: pytest.TempPathFactory, name: str, find: Callable[[], T]) -> T:
    """What ``find`` returns; of several processes the first looks for it, and the others wait and read that."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return find()
    kept = folders.getbasetemp().parent / f"{name}.pickle"
    with in_turn(kept.with_suffix(".lock")):
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(find()))
    return pickle.loads(kept.read_bytes())
