"""What takes long to find is found once for all processes of a test run."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def once(folders: pytest.TempPathFactory, name: str, find: Callable[[], T]) -> T:
    """What ``find`` returns; of several processes the first looks for it, and the others wait and read that."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return find()
    fcntl = pytest.importorskip("fcntl", reason="test processes take turns by a lock on a file")
    kept = folders.getbasetemp().parent / f"{name}.pickle"
    with open(kept.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(find()))
    return pickle.loads(kept.read_bytes())
