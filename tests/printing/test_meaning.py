"""A printed formula means what the expression means: it is read back and computed, on real derivations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.check.evaluate import Interpreter, before, constants_of
from symnet.check.sample import draw
from symnet.explain.content import notation_of
from symnet.ir.expr import Index, accesses
from symnet.printing.dialects import Latex, Text
from symnet.printing.index_notation import Printer
from tests.printing.operations import EVERYTHING
from tests.printing.reading import TextReader, World
from tests.printing.reading_latex import LatexReader


def values(derivation, seed: int):
    """Every array of a derivation at a random point."""
    rng = np.random.default_rng(seed)
    point = draw(derivation.graph, rng)
    constants = constants_of(derivation.graph)
    interpreter = Interpreter(point.inputs, point.sizes, constants)
    interpreter.define(derivation.stable.definitions)
    for node in derivation.upstream:
        shape = tuple(int(sp.sympify(i.size).xreplace(point.sizes)) for i in node.axes)
        interpreter.values[node.name] = np.ones(()) if derivation.unit else rng.standard_normal(shape)
    if derivation.what == "gradient":
        interpreter.define(n for n in derivation.backward if n.name not in interpreter.values)
    for step in derivation.steps:
        if step.kind in ("chain", "result") and step.node.name not in interpreter.values:
            interpreter.values[step.node.name] = interpreter(step.after, step.node.axes)
    return point, constants, interpreter


def starts(derivation, interpreter) -> dict[int, tuple[int, int, np.ndarray]]:
    """Of carried arrays: the axis of the steps, the position before the first one, and the value there."""
    found = {}
    for node in (*derivation.stable.nodes, *derivation.backward):
        if node.carry is not None:
            array = interpreter.values[node.name]
            axis = node.axes.index(node.carry.index)
            position = array.shape[axis] if node.carry.reverse else -1
            found[id(array)] = axis, position, interpreter.values[before(node.name)]
    return found


def _ranges(exprs, sizes) -> dict[str, int] | None:
    """The range of each label; None where one label has two."""
    found: dict[str, set[int]] = {}
    for expr in exprs:
        indices = expr.atoms(Index) | {i for a in accesses(expr) for s in a.subs for i in s.atoms(Index)}
        for index in indices:
            found.setdefault(index.label, set()).add(int(sp.sympify(index.size).xreplace(sizes)))
    return {k: v.pop() for k, v in found.items()} if all(len(v) == 1 for v in found.values()) else None


@pytest.mark.parametrize("dialect, reader", [(Latex(), LatexReader), (Text(), TextReader)], ids=["latex", "text"])
@pytest.mark.parametrize("name", list(EVERYTHING))
def test_every_line_reads_back(name, dialect, reader):
    derivation = sn.derive(EVERYTHING[name])
    point, constants, interpreter = values(derivation, seed=3)
    notation = notation_of(derivation)
    printer = Printer(notation, dialect)
    compared = 0
    for step in derivation.steps:
        for expr in (step.before, step.after):
            ranges = None if expr is None else _ranges([expr, step.node.value], point.sizes)
            if ranges is None:
                continue
            scope = printer.scope(step.node.value, expr)
            printed = printer.box(expr, scope).text
            arrays = {n: interpreter.values[n] for n in notation.position if n in interpreter.values}
            sizes = {s.label: v for s, v in point.sizes.items()}
            world = World(notation, arrays, sizes, constants, ranges, starts(derivation, interpreter))
            value = reader(printed, world).read()
            expected = interpreter(expr, step.node.axes)
            names = [scope[i] for i in step.node.axes]
            places = list(itertools.product(*(range(n) for n in expected.shape)))
            for place in places[:: max(1, len(places) // 4)]:
                got = value(dict(zip(names, place)))
                assert np.isclose(got, expected[place], rtol=1e-9, atol=1e-12), f"{printed} at {place}"
                compared += 1
    assert compared
