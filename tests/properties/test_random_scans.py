"""Gradients of random scans pass finite differences, in the derivation and in the generated code."""

import pytest
from hypothesis import given, settings

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.check.gradients import check_module
from symnet.check.interpreted import InterpretedModule
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
@settings(max_examples=15, **RELAXED)
def test_every_line_of_the_record_of_a_scan_holds(drawn):
    derivation = sn.derive(definition(drawn))
    wrong = [(s.rule, s.node, error) for s, error in verify_derivation(derivation, trials=1) if not error < 1e-6]
    assert not wrong
