"""Gradients of random graphs pass finite differences, in the derivation and in the generated code."""

import pytest
from hypothesis import HealthCheck, assume, given, settings

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.check.gradients import check_gradients, check_module
from symnet.check.interpreted import InterpretedModule
from tests.properties.random_graphs import definition, programs

RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


def derived(program):
    op = definition(program)
    assume(op.graph.outputs[0].expr is not None)
    return op, sn.derive(op)


def examine(program, generated: bool):
    op, derivation = derived(program)
    report = check_gradients(op, trials=2) if generated else check_module(op, InterpretedModule(derivation), trials=2)
    # an ill-conditioned point may miss the complex step's 1e-12 by rounding; a wrong gradient misses all of them
    assert report.max_error <= 1e-7, f"{derivation.graph.definitions}\n{report.table()}"


@given(programs())
@settings(max_examples=40, **RELAXED)
def test_random_graphs_derive_right(program):
    examine(program, generated=False)


@given(programs())
@settings(max_examples=40, **RELAXED)
def test_every_line_of_the_record_holds(program):
    _, derivation = derived(program)
    wrong = [
        (s.kind, s.rule, s.node, error) for s, error in verify_derivation(derivation, trials=1) if not error < 1e-6
    ]
    assert not wrong


@given(programs())
@settings(max_examples=60, **RELAXED)
def test_random_graphs_generate_right(program):
    examine(program, generated=True)


@pytest.mark.slow
@given(programs(steps=8))
@settings(max_examples=400, **RELAXED)
def test_four_hundred_random_graphs(program):
    examine(program, generated=True)
