"""The styles that tests run in; the compiled one takes long and needs numba."""

from __future__ import annotations

import importlib.util

import pytest

HAS_NUMBA = importlib.util.find_spec("numba") is not None
COMPILED = pytest.param(
    "numba", marks=[pytest.mark.slow, pytest.mark.skipif(not HAS_NUMBA, reason="numba is not installed")]
)
STYLES = ("readable", "fast", COMPILED)
