"""Gradients of random graphs pass finite differences, in the derivation and in the generated code."""

import pytest
from hypothesis import HealthCheck, assume, given, settings

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.check.gradients import check_module
from symnet.check.interpreted import InterpretedModule
from tests.properties.random_graphs import definition, programs

RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


def derived(program):
    op = definition(program)
    assume(op.graph.outputs[0].expr is not None)
    return op, sn.derive(op)


def in_small_blocks(op: sn.Op):
    """The fast module, with a few rows in a block and two threads, so that every loop has several blocks."""
    compiled = sn.compile(op, "fast")
    if hasattr(compiled.module, "BLOCK"):
        compiled.module.BLOCK, compiled.module.THREADS = 32, 2
    return compiled


MODULES = {
    "interpreted": lambda op: InterpretedModule(sn.derive(op)),
    "readable": lambda op: sn.compile(op, "readable"),
    "fast": in_small_blocks,
}


def examine(program, kind: str):
    op, derivation = derived(program)
    report = check_module(op, MODULES[kind](op), trials=2)
    # an ill-conditioned point may miss the complex step's 1e-12 by rounding; a wrong gradient misses all of them
    assert report.max_error <= 1e-7, f"{derivation.graph.definitions}\n{report.table()}"


@given(programs())
@settings(max_examples=40, **RELAXED)
def test_random_graphs_derive_right(program):
    examine(program, "interpreted")


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
    examine(program, "readable")


@given(programs())
@settings(max_examples=60, **RELAXED)
def test_random_graphs_are_right_in_the_fast_style(program):
    examine(program, "fast")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["readable", "fast"])
@given(program=programs(steps=8))
@settings(max_examples=400, **RELAXED)
def test_four_hundred_random_graphs(program, kind):
    examine(program, kind)
