"""Whatever a step does, gradients are right, and every style computes the same, also where its steps are planned."""

import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.check.gradients import check_module
from symnet.check.sample import sample_inputs
from tests.properties.recurrences import operation
from tests.styles import HAS_NUMBA

MANY = [pytest.param(range(k, k + 25), marks=pytest.mark.slow, id=f"from {k}") for k in range(10, 510, 25)]


def results_of(op: sn.Op, style: str, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs and the gradients for random upstream gradients."""
    compiled, rng = sn.compile(op, style), np.random.default_rng(1)
    output, cache = compiled.forward(*inputs)
    outputs = output if op.graph.several else (output,)
    return [*outputs, *compiled.backward(*(rng.normal(size=y.shape).astype(y.dtype) for y in outputs), cache)]


@pytest.mark.parametrize("seeds", [pytest.param(range(k, k + 5), id=f"from {k}") for k in range(0, 10, 5)] + MANY)
def test_styles_agree_and_pass_the_check(seeds, tmp_path, monkeypatch):
    for seed in seeds:
        monkeypatch.setattr("symnet.codegen.fast.steps.LARGE", 0 if seed % 2 else 2**14)
        op = operation(seed, tmp_path)
        try:
            readable = sn.compile(op, "readable")
        except sn.SymnetError:
            continue  # refused with a reason, as sizes that are to be equal and can not be
        if seed % 4 == 0:
            assert check_module(op, readable, trials=1).max_error <= 1e-7, seed
        inputs = list(sample_inputs(op.graph, np.random.default_rng(seed)).values())
        small = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in inputs]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            wanted = results_of(op, "readable", inputs)
            for style in ("fast", "numba") if HAS_NUMBA and seed > 20 and seed % 5 == 0 else ("fast",):
                for a, b in zip(results_of(op, style, inputs), wanted, strict=True):
                    scale = 1e-10 * (1 + np.abs(b).max(initial=0))
                    np.testing.assert_allclose(a, b, rtol=1e-8, atol=scale, err_msg=f"{style} {seed}")
                assert {y.dtype for y in results_of(op, style, small)} == {np.dtype(np.float32)}, seed
