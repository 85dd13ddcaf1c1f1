"""The derivatives of the loss of a listing at random points."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array
from symnet.check.differences import Loss, basis
from symnet.check.equality import CANCELLED
from symnet.check.evaluate import Interpreter
from symnet.check.sample import draw
from symnet.check.sizes import sizes_in
from symnet.errors import SymnetError
from symnet.ir.expr import Size
from symnet.ir.graph import Graph
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.dependence import Dependence
from symnet.lecture.listings.names import SCALAR_NAMES
from symnet.lecture.listings.program import Program, is_loss
from symnet.lecture.listings.syntax import dotted

PLAN = ((0, False, 1.0), (1, False, 1.0), (2, True, 1.0), (3, False, 2.5))  # seed, equal sizes, scale


@dataclass(eq=False)
class Point:
    """Values at one random point: as written, and with true gradients in place."""

    seed: int
    sizes: dict[Size, int]
    written: dict[str, Array]
    mended: dict[str, Array] = field(default_factory=dict)
    truths: dict[tuple[str, str], tuple[Array, float]] = field(default_factory=dict)
    losses: dict[str, Loss] = field(default_factory=dict)


class Derivatives(Dependence):
    """The values of a listing and the derivatives of its loss at random points."""

    @cached_property
    def points(self) -> list[Point]:
        found: list[Point] = []
        wanted = [b for b in self.bindings if b.value is not None]
        nodes = [b.node for b in self.bindings if b.node is not None]
        graph = Graph("the listing", tuple(nodes), tuple(b.node for b in wanted if b.node is not None))
        for seed, equal, scale in PLAN:
            if found and self.out_of_time():
                break
            rng = np.random.default_rng(seed)
            symbols = {s for size in sizes_in(graph.nodes) for s in size.atoms(Size)}
            try:
                sample = draw(graph, rng, dict.fromkeys(symbols, 3) if equal else None, scale=scale)
            except SymnetError:
                continue
            inputs = dict(sample.inputs)
            for b in self.forward:  # names such as eps and reg stand for positive numbers
                if b.value is None and b.kind == "real" and self.dims(b) == () and SCALAR_NAMES.match(b.name):
                    inputs[b.label] = np.abs(inputs[b.label]) + 0.1
                    if not self.reading.exact and b.name.startswith("eps") and _is_added(self.program, b.name):
                        inputs[b.label] = np.zeros(())
                if b.name in self.overrides:
                    size = self.overrides[b.name]
                    inputs[b.label] = np.asarray(
                        float(size.xreplace({k: sp.Integer(v) for k, v in sample.sizes.items()}))
                    )
                if b.value is None and b.name in self.bits:
                    inputs[b.label] = (inputs[b.label] > 0).astype(float)
                if b.value is None and b.name in self.simplex and inputs[b.label].ndim > self.simplex[b.name]:
                    weights = np.abs(inputs[b.label]) + 0.1
                    inputs[b.label] = weights / weights.sum(axis=self.simplex[b.name], keepdims=True)
            interpreter = Interpreter(inputs, sample.sizes)
            interpreter.define(graph.definitions)
            if all(np.all(np.isfinite(v)) for v in interpreter.values.values()):
                found.append(Point(seed, sample.sizes, interpreter.values, dict(interpreter.values)))
        return found

    def truth(self, point: Point, target: Binding, numerator: Binding | None) -> tuple[Array, float]:
        """The gradient with respect to ``target``, and what its rounding is measured against."""
        key = (target.label, numerator.label if numerator else "")
        if key not in point.truths:
            if numerator is not None:
                upstream = {numerator.label: np.ones(point.written[numerator.label].shape)}
                outputs = [numerator.node]
            else:
                upstream = {}
                for b, out in self.upstream.items():
                    upstream[out.label] = upstream.get(out.label, 0) + point.written[b.label]
                outputs = [o.node for o in self.upstream.values()]
            name = key[1]
            if name not in point.losses:
                nodes = tuple(b.node for b in self.forward if b.node is not None)
                whole = Graph("forward", nodes, tuple(dict.fromkeys(o for o in outputs if o is not None)))
                graph = Graph("forward", whole.needed_for(whole.outputs), whole.outputs)
                point.losses[name] = Loss(graph, point.written, point.sizes, upstream, {})
            value = point.written[target.label]
            slopes = point.losses[name].complex_step(target.label, basis(value.shape))
            floor = CANCELLED * float(np.max(np.maximum(slopes.terms, slopes.spread), initial=0.0))
            point.truths[key] = slopes.values.reshape(value.shape), floor
        return point.truths[key]

    def recompute(self, b: Binding) -> None:
        if b.value is None:
            return
        assert b.node is not None
        for point in self.points:
            point.mended[b.label] = Interpreter(point.mended, point.sizes)(b.node.expr, b.node.axes)

    def source(self, b: Binding, y: str) -> tuple[Binding | None, bool, str]:
        """What the gradient ``b`` is of: (a node or None for the upstream gradients, is it known, its name)."""
        if y:
            numerator = self.named(y)
            if numerator is not None and self.dims(numerator) == ():
                return numerator, True, y
            if numerator is not None and not is_loss(y) and y not in ("out",):
                return None, False, y
        if self.upstream and any(u in self.above(b) for u in self.upstream):
            return None, True, ", ".join(dict.fromkeys(u.name for u in self.upstream))
        if self.loss is not None:
            return self.loss, True, self.loss.name
        if self.last_scalar is not None:
            return self.last_scalar, True, self.last_scalar.name
        return None, bool(self.upstream), ", ".join(dict.fromkeys(u.name for u in self.upstream))


def _is_added(program: Program, name: str) -> bool:
    """Is a small constant only ever added, or a bound of what is clipped?  Noise and rates are factors."""
    for line in program.lines:
        safe: set[ast.AST] = set()
        for node in ast.walk(line.stmt):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                safe |= {node.left, node.right}
            elif isinstance(node, ast.Call):
                safe |= {part for part in ast.walk(node) if (dotted(node.func) or "").endswith(("clip", "maximum"))}
                safe |= {*node.args, *(k.value for k in node.keywords)}
        if any(dotted(n) == name and n not in safe for n in ast.walk(line.stmt) if isinstance(n, ast.Name)):
            return False
    return True


RANK = {"right": 0, "right-if": 1, "scaled": 2, "inner": 3, "wrong": 4, "shape": 5, "open": 6}
