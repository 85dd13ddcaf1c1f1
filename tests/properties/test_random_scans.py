"""Gradients of random scans pass finite differences, in the derivation and in the generated code."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.check.gradients import check_module
from symnet.check.interpreted import InterpretedModule
from symnet.check.sample import sample_inputs
from tests.properties.random_scans import definition, scans
from tests.properties.test_random_graphs import RELAXED

MODULES = {
    "interpreted": lambda op: InterpretedModule(sn.derive(op)),
    "readable": lambda op: sn.compile(op, "readable"),
}


@pytest.mark.parametrize("kind", MODULES)
@given(drawn=scans())
@settings(max_examples=25, **RELAXED)
def test_random_scans_derive_right(drawn, kind):
    op = definition(drawn)
    report = check_module(op, MODULES[kind](op), trials=2)
    assert report.max_error <= 1e-7, f"{op.graph.definitions}\n{report.table()}"


@given(drawn=scans())
@settings(max_examples=20, **RELAXED)
def test_planned_steps_compute_what_readable_ones_do(drawn):
    with patch("symnet.codegen.fast.steps.LARGE", 0):
        op = definition(drawn)
        inputs = list(sample_inputs(op.graph, np.random.default_rng(0)).values())
        results = []
        for style in ("readable", "fast"):
            compiled = sn.compile(op, style)
            y, cache = compiled.forward(*inputs)
            results.append([y, *compiled.backward(np.ones_like(y), cache)])
    for found, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * (1 + np.abs(wanted).max()))


@given(drawn=scans())
@settings(max_examples=15, **RELAXED)
def test_every_line_of_the_record_of_a_scan_holds(drawn):
    derivation = sn.derive(definition(drawn))
    wrong = [(s.rule, s.node, error) for s, error in verify_derivation(derivation, trials=1) if not error < 1e-6]
    assert not wrong
