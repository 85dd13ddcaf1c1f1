"""Every gradient of the catalogue agrees with JAX in float64 to 1e-10, relative to its largest entry.

The forward functions are those of the comparison with autograd, which stand apart from the catalogue; here they are
run and differentiated by `jax.numpy`.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path

import numpy
import pytest

import symnet as sn
from symnet.catalog import load

jax = pytest.importorskip("jax", reason="the peer is not installed: pip install symnet[bench]")
pytest.importorskip("autograd", reason="the forward functions are written for it: pip install symnet[peers]")
import jax.numpy as jnp  # noqa: E402

pytestmark = pytest.mark.slow
TRIALS = range(4)  # the second one has axes of size 1


def forwards():
    """The forward functions, on the arrays of JAX."""
    spec = importlib.util.spec_from_file_location("forwards_in_jax", Path(__file__).with_name("test_autograd.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np, module.erf, module.getval = jnp, jax.scipy.special.erf, jax.lax.stop_gradient
    return module


PEERS = forwards()
NAMES = list(PEERS.PEERS)


def agrees(ours, theirs) -> float:
    """The largest difference, relative to the largest entry."""
    theirs = numpy.asarray(theirs)
    assert numpy.shape(ours) == theirs.shape
    return float(numpy.abs(ours - theirs).max() / max(numpy.abs(theirs).max() or 1.0, 1e-3))


@pytest.mark.parametrize("name", NAMES)
def test_output_and_gradients_agree(name):
    function, inputs, places, drawing = PEERS.PEERS[name]
    with jax.enable_x64(True):
        for trial in TRIALS:
            rng = numpy.random.default_rng([trial, len(name)])
            arrays = PEERS.draw(inputs, trial, rng, **drawing)
            given = [jnp.asarray(a) for a in arrays]
            outputs, pull_back = jax.vjp(partial(_at, function, given, places), *(given[k] for k in places))
            upstream = [rng.normal(size=numpy.shape(y)) for y in PEERS.several(outputs)]
            cotangent = tuple(map(jnp.asarray, upstream)) if isinstance(outputs, tuple) else jnp.asarray(upstream[0])
            theirs = pull_back(cotangent)
            for style in PEERS.STYLES:
                compiled = sn.compile(load(name), style)
                output, cache = compiled.forward(*arrays)
                for mine, other in zip(PEERS.several(output), PEERS.several(outputs), strict=True):
                    assert agrees(mine, other) <= PEERS.TOLERANCE
                for k, mine, other in zip(places, compiled.backward(*upstream, cache), theirs, strict=True):
                    assert agrees(mine, other) <= PEERS.TOLERANCE, f"input {k}, trial {trial}, {style}"


def _at(function, given, places, *some):
    """The function, with the arguments at ``places`` replaced."""
    replaced = dict(zip(places, some))
    return function(*(replaced.get(k, a) for k, a in enumerate(given)))
