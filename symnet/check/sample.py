"""Random inputs for a graph: of random sizes, of the declared kinds, obeying the declared facts, away from kinks.

Entries are standard normal and held off zero; positive ones are log-normal; rows of probabilities are softmax of
normals.  A declared fact ``sum x = c`` is met by shifting (real inputs) or scaling (positive ones) along its axes.
Where the forward pass is not finite (log or square root of a negative number), positive and then unit-interval samples
are tried, and the sample says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symnet.check.arithmetic import Array
from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.kinks import Ties, ties
from symnet.check.sizes import Sizes, draw_sizes, extent, sizes_in
from symnet.errors import SymnetError
from symnet.ir.expr import Access, Index, Reduction, Size, nodes_of
from symnet.ir.graph import Fact, Graph, Node

DOMAINS = ("real", "positive", "unit interval")
TRIES = 12


@dataclass(frozen=True)
class Sample:
    """Inputs of a graph and how they were found."""

    inputs: dict[str, Array]
    sizes: Sizes
    domain: str = "real"
    ties: Ties = field(default_factory=Ties)
    remark: str = ""

    @property
    def note(self) -> str:
        """What a reader of a report should know of the point; empty for an ordinary one."""
        notes = [self.remark] if self.remark else []
        if self.domain != "real":
            notes.append(f"real inputs were drawn from the {self.domain} numbers, where the forward pass is finite")
        if self.ties.near:
            notes.append(f"{self.ties.near} values lie near a kink at every point that was tried")
        return "; ".join(notes)


def sample_inputs(
    graph: Graph,
    rng: np.random.Generator,
    sizes: Mapping[Size, int] | Mapping[str, int] | None = None,
    dtype: Any = np.float64,
    scale: float = 1.0,
) -> dict[str, Array]:
    """Random inputs by name; labels are int64, all others of ``dtype``; ``sizes`` gives those of named axes.

    Raises SymnetError when a declared fact can not be met, no finite forward pass is found, or an axis is not there.
    """
    axes = {s.label for size in sizes_in(graph.inputs) for s in size.atoms(Size)}
    for name in sizes or ():
        if isinstance(name, str) and name not in axes:
            raise SymnetError(
                f"no input of {graph.name} has an axis '{name}'", hint=f"there are {', '.join(sorted(axes))}"
            )
    known = {Size(s) if isinstance(s, str) else s: n for s, n in (sizes or {}).items()}
    inputs = draw(graph, rng, known, scale=scale).inputs
    return {name: x if x.dtype.kind == "i" else x.astype(dtype) for name, x in inputs.items()}


def draw(
    graph: Graph,
    rng: np.random.Generator,
    sizes: Mapping[Size, int] | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    ones: bool = False,
    scale: float = 1.0,
) -> Sample:
    """A random point where the outputs are finite and, if one is found, no kink is near."""
    try:
        sample = _draw(graph, rng, sizes, params, ones, scale)
    except SymnetError:
        if not ones:
            raise
        sample = _draw(graph, rng, sizes, params, False, scale)
        return replace(sample, remark="with axes of size 1 the forward pass is not finite, so larger ones were drawn")
    if ones and sample.ties.singular:
        other = _draw(graph, rng, sizes, params, False, scale)
        if not other.ties.singular:
            return replace(other, remark="with axes of size 1 a root of exactly 0 is taken, so larger ones were drawn")
    return sample


def _draw(
    graph: Graph,
    rng: np.random.Generator,
    sizes: Mapping[Size, int] | None,
    params: Mapping[str, Any] | None,
    ones: bool,
    scale: float,
) -> Sample:
    wanted = sizes_in(graph.nodes, (e for f in graph.facts for e in (f.lhs, f.rhs)))
    chosen = draw_sizes(wanted, rng, ones=ones, given=sizes)
    constants = constants_of(graph, params)
    for domain in DOMAINS:
        best: Sample | None = None
        for _ in range(TRIES):
            inputs = {n.name: _entries(graph, n, chosen, rng, domain, scale) for n in graph.inputs}
            _obey(graph, inputs, chosen, constants)
            interpreter = Interpreter(inputs, chosen, constants)
            interpreter.define(graph.definitions)
            if not all(np.all(np.isfinite(interpreter.values[y.name])) for y in graph.outputs):
                continue
            sample = Sample(inputs, chosen, domain, ties(graph, interpreter))
            if sample.ties.near == 0:
                return sample
            if best is None or (sample.ties.near, -sample.ties.distance) < (best.ties.near, -best.ties.distance):
                best = sample
        if best is not None:
            return best
    raise SymnetError(
        f"{graph.name} was not finite at any of {TRIES * len(DOMAINS)} random points",
        place=graph.place,
        hint='declare the domain of its inputs, as in x: sn.positive("n d")',
    )


# -- entries by kind --------------------------------------------------------------------------------------------------


def _entries(graph: Graph, node: Node, sizes: Sizes, rng: np.random.Generator, domain: str, scale: float) -> Array:
    shape = tuple(extent(i.size, sizes) for i in node.axes)
    if node.kind == "labels":
        assert node.below is not None
        return np.asarray(rng.integers(0, extent(node.below, sizes), shape))
    if node.kind == "mask":
        mask = rng.integers(0, 2, shape).astype(np.float64)
        if mask.size >= 2:  # both values occur
            mask.flat[rng.choice(mask.size, 2, replace=False)] = [0.0, 1.0]
        return np.asarray(mask)
    normal = rng.standard_normal(shape)
    normal = np.asarray(normal + 0.1 * np.sign(normal))
    if node.kind == "one_hot":
        (along,) = graph.sums_to_one(node)
        rows = np.moveaxis(np.zeros(shape), along, -1)
        flat = rows.reshape(-1, rows.shape[-1])
        flat[np.arange(len(flat)), rng.integers(0, rows.shape[-1], len(flat))] = 1.0
        return np.moveaxis(flat.reshape(rows.shape), -1, along)
    if node.kind == "probability":
        weights = np.exp(normal)
        return np.asarray(weights / np.sum(weights, axis=graph.sums_to_one(node), keepdims=True))
    if node.kind == "positive" or domain == "positive":
        return np.asarray(scale * np.exp(0.5 * normal))
    return np.asarray(1 / (1 + np.exp(-normal)) if domain == "unit interval" else scale * normal)


# -- facts ------------------------------------------------------------------------------------------------------------


def _plain_sum(fact: Fact) -> str:
    """The input's name where the fact is ``sum of its entries = constant``."""
    lhs = fact.lhs
    if isinstance(lhs, Reduction) and lhs.op == "sum" and isinstance(lhs.body, Access):
        if len(set(lhs.body.subs)) == len(lhs.body.subs) and all(isinstance(s, Index) for s in lhs.body.subs):
            return lhs.body.node.name
    return ""


def _axes(lhs: Reduction, node: Node) -> tuple[Index, ...]:
    """The axes of ``node`` that the reduction runs over."""
    access = next(a for a in lhs.body.atoms(Access) if a.node.name == node.name)
    return tuple(node.axes[access.subs.index(i)] for i in lhs.over if i in access.subs)


def _obey(graph: Graph, inputs: dict[str, Array], sizes: Sizes, constants: Mapping[str, Any]) -> None:
    """Move the inputs until the declared facts hold; kinds that obey by construction are left alone."""
    declared = [f for f in graph.facts if not (_plain_sum(f) and f.source.startswith(f"{_plain_sum(f)} is"))]
    for _ in range(60 if declared else 0):
        worst = max(_meet(graph, fact, inputs, sizes, constants) for fact in declared)
        if worst < 1e-14:
            return
    for fact in declared:
        if _meet(graph, fact, inputs, sizes, constants) > 1e-9:
            raise _unmet(graph, fact)


def _meet(graph: Graph, fact: Fact, inputs: dict[str, Array], sizes: Sizes, constants: Mapping[str, Any]) -> float:
    """Shift or scale the one input of a fact along its axes; returns how far off it was."""
    names = list(nodes_of(fact.lhs))
    node = graph.by_name[names[0]] if len(names) == 1 else None
    if node is None or not node.is_input or not node.differentiable or not isinstance(fact.lhs, Reduction):
        off = _offset(fact, (), inputs, sizes, constants)[1]
        if off > 1e-9:
            raise _unmet(graph, fact)
        return off
    summed = _axes(fact.lhs, node)
    rest = tuple(i for i in node.axes if i not in summed)
    value, off = _offset(fact, rest, inputs, sizes, constants)
    target = Interpreter({}, sizes, constants)(fact.rhs)
    keep = tuple(node.axes.index(i) for i in summed)
    value = np.expand_dims(value, keep)
    if _plain_sum(fact) and node.kind == "real":
        count = np.prod([inputs[node.name].shape[k] for k in keep])
        inputs[node.name] = inputs[node.name] + (target - value) / count
        return off
    doubled = {**inputs, node.name: 2 * inputs[node.name]}
    with np.errstate(all="ignore"):
        degree = np.log2(np.expand_dims(_offset(fact, rest, doubled, sizes, constants)[0], keep) / value)
        factor = (target / value) ** (1 / degree)
    if not np.all(np.isfinite(factor) & (factor > 0)):
        raise _unmet(graph, fact)
    inputs[node.name] = inputs[node.name] * factor
    return off


def _offset(fact: Fact, axes, inputs, sizes: Sizes, constants) -> tuple[Array, float]:
    """The left side of a fact, and its largest distance from the right side."""
    interpreter = Interpreter(inputs, sizes, constants)
    if not axes:
        with np.errstate(all="ignore"):
            axes = interpreter.dense(fact.lhs).axes
    value = interpreter(fact.lhs, axes)
    return value, float(np.max(np.abs(value - interpreter(fact.rhs)), initial=0.0))


def _unmet(graph: Graph, fact: Fact) -> SymnetError:
    return SymnetError(
        f"no random inputs were found with {fact.lhs} = {fact.rhs}".replace("|", ""),
        place=graph.place,
        hint='assume sums over axes of an input, as in sn.assume(sn.sum(y, over="c") == 1)',
    )
