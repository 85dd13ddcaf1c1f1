"""Whatever is named on the way, gradients are right, and the fast module computes what the readable one does."""

import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.check.gradients import check_module
from symnet.check.sample import sample_inputs
from tests.properties.named_lines import SIZES, operation

MANY = [pytest.param(range(k, k + 50), marks=pytest.mark.slow, id=f"from {k}") for k in range(40, 1040, 50)]


@pytest.mark.parametrize("seeds", [pytest.param(range(k, k + 10), id=f"from {k}") for k in range(0, 40, 10)] + MANY)
def test_styles_agree_and_pass_the_check(seeds, tmp_path):
    for seed in seeds:
        op = operation(seed, tmp_path)
        try:
            compiled = [sn.compile(op, style) for style in ("readable", "fast")]
        except sn.SymnetError:
            continue  # refused with a reason, as a definition that does not depend on an input
        assert check_module(op, compiled[0], trials=1).max_error <= 1e-7, seed
        sizes = {i.label: SIZES[i.label] for x in op.graph.inputs for i in x.axes}
        inputs = list(sample_inputs(op.graph, np.random.default_rng(seed), sizes).values())
        results = []
        for f in compiled:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                y, cache = f.forward(*inputs)
                results.append([y, *f.backward(np.ones_like(y), cache)])
        for found, wanted in zip(*results, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11, err_msg=str(seed))
