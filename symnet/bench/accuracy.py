"""How exact generated modules are beside torch and JAX: errors against the project's interpreter in 50 digits.

Arrays of the size of a workload are too many digits for that.  There the measure is the readable module, which the
small arrays have vouched for, in the long double of the machine; without it they would never see a loop over blocks.

An error is counted in units in the last place of the largest entry of the same array: that is what a forward pass and
its gradients can promise, since every entry is a sum over others.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.bench.generated import STYLES
from symnet.bench.peers import NotOffered
from symnet.bench.results import Sheet
from symnet.bench.row import contestant
from symnet.bench.workload import Problem, Sizes, Workload, make_problem
from symnet.bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from symnet import Op

#: peers that are compared; the others compute with one of their kernels, or compile for long
COMPARED = (*STYLES, "textbook", "torch", "jax")
SEEDS = 2
Row = dict[str, Any]
Result = tuple[np.ndarray, ...]


def ordinary(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers."""
    return rng.normal(size=shape)


def extreme(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal numbers times powers of ten from -6 to 3: logits of thousands beside entries that vanish."""
    return rng.normal(size=shape) * 10 ** rng.uniform(-6, 3, size=shape)


INPUTS = (ordinary, extreme)
FULL_SIZE = "full size"


@dataclass(frozen=True)
class Subject:
    """An operation with sizes at which arithmetic in 50 digits is quick."""

    name: str
    op: Op
    sizes: Sizes
    wrt: tuple[str, ...] | None = None
    workload: Workload | None = None


def operations(workloads: Sequence[Workload]) -> list[Subject]:
    """The operations of the workloads; of the whole catalogue as well when all workloads are there."""
    from symnet import catalog
    from symnet.loading import catalogue_names

    found = [Subject(w.operation, w.op, w.small, w.wrt, w) for w in workloads]
    if len(workloads) == len(WORKLOADS):
        known = {subject.name for subject in found}
        others = [op for name in catalogue_names() if (op := catalog.load(name)).name not in known]
        found += [Subject(op.name, op, drawn(op)) for op in others]
    return found


def drawn(op: Op) -> Sizes:
    """Small sizes of the axes, by label, under which every window and every step has room."""
    from symnet.check.sizes import draw_sizes, extent, sizes_in, words

    sizes = draw_sizes(sizes_in(op.graph.nodes), np.random.default_rng(0))
    labelled = {axis.label: extent(axis.size, sizes) for node in op.graph.inputs for axis in node.axes}
    below = {words(node.below): extent(node.below, sizes) for node in op.graph.inputs if node.below is not None}
    return labelled | below


def row_of(subject: Subject, dtype: str, names: Iterable[str], full_size: bool = True) -> list[Row]:
    """A row for each sort of inputs, with the largest error of each contestant and the array it is in."""
    names = [name for name in names if name in COMPARED]
    rows = []
    for draw in INPUTS:
        errors: dict[str, Row] = {}
        for seed in range(SEEDS):
            problem = make_problem(subject.op, subject.sizes, dtype, subject.wrt, seed=seed, draw=draw)
            compare(problem, reference(problem), names, errors)
        rows.append({"operation": subject.name, "dtype": dtype, "inputs": draw.__name__, "errors": errors})
    if full_size and subject.workload and np.finfo(np.longdouble).eps < np.finfo(dtype).eps / 1000:
        problem = subject.workload.problem(np.dtype(dtype))
        errors = compare(problem, in_long_double(problem), names, {})
        rows.append({"operation": subject.name, "dtype": dtype, "inputs": FULL_SIZE, "errors": errors})
    return rows


def compare(problem: Problem, wanted: Result, names: Sequence[str], errors: dict[str, Row]) -> dict[str, Row]:
    """Put the largest error of each contestant into ``errors`` where it is larger than what stands there."""
    for name in names:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = contestant(name, problem).result()
        except NotOffered:
            continue
        except Exception as error:  # of a library of somebody else
            errors[name] = {"ulp": None, "of": type(error).__name__}
            continue
        sizes = [ulps(value, exact, problem.dtype) for value, exact in zip(result, wanted)]
        known = [(size, of) for size, of in zip(sizes, problem.results) if not np.isnan(size)]
        if not known:
            continue
        worst = max(known)
        if name not in errors or worst[0] > _number(errors[name]["ulp"]):
            errors[name] = {"ulp": worst[0] if worst[0] < np.inf else None, "of": worst[1]}
    return errors


def _number(ulp: float | None) -> float:
    return np.inf if ulp is None else ulp


def reference(problem: Problem) -> Result:
    """Outputs and gradients in 50 digits, at the inputs as they are in the dtype of the problem."""
    from symnet.check.evaluate import Interpreter, constants_of
    from symnet.check.sizes import sizes_of
    from symnet.derivation import derive

    derivation = derive(problem.op, wrt=problem.wrt or None)
    graph = derivation.stable
    named = {node.name: x for node, x in zip(graph.inputs, problem.inputs)}
    interpreter = Interpreter(named, sizes_of(graph, named), constants_of(graph), dtype=object)
    interpreter.define(graph.definitions)
    values = interpreter.values
    outputs = tuple(values[node.name] for node in graph.outputs)
    if not problem.upstream:
        return outputs
    given = {node.name: dy for node, dy in zip(derivation.upstream, problem.upstream)}
    values.update({name: interpreter.numbers.array(dy) for name, dy in given.items()})
    interpreter.define(node for node in derivation.backward if node.name not in given)
    nodes = {node.adjoint_of: node.name for node in (*derivation.upstream, *derivation.backward)}
    zero = {name: interpreter.numbers.array(np.zeros_like(named[name])) for name in problem.wrt if name not in nodes}
    return (*outputs, *(zero[name] if name in zero else values[nodes[name]] for name in problem.wrt))


def in_long_double(problem: Problem) -> Result:
    """Outputs and gradients by the readable module in extended precision."""
    wide = [x.astype(np.longdouble) if x.dtype == problem.dtype else x for x in problem.inputs]
    upstream = tuple(dy.astype(np.longdouble) for dy in problem.upstream)
    return contestant("readable", replace(problem, inputs=tuple(wide), upstream=upstream)).result()


def ulps(value: np.ndarray, wanted: np.ndarray, dtype: np.dtype) -> float:
    """The largest error in units in the last place of the largest entry.

    Infinite where an entry is not finite though the exact one is, NaN where that is not finite itself.
    """
    from symnet.check.arithmetic import numbers_of

    wanted = np.asarray(wanted)
    if not np.all(abs(wanted) < np.inf):
        return np.nan
    if value.shape != wanted.shape or not np.all(np.isfinite(value)):
        return np.inf
    if wanted.dtype == object:
        value = numbers_of(object).array(np.asarray(value, np.float64))
    error = np.max(np.abs(value - wanted), initial=0)
    largest = np.max(np.abs(wanted), initial=0)
    return float(error / (largest or 1)) / float(np.finfo(dtype).eps)


def sheets(rows: Sequence[Row], names: Sequence[str]) -> list[Sheet]:
    """One table for each dtype, and the styles beside one another."""
    names = [name for name in names if name in COMPARED]
    made = []
    for dtype in dict.fromkeys(row["dtype"] for row in rows):
        lines = [
            [row["operation"], row["inputs"], *(_cell(row["errors"].get(name)) for name in names), _worst(row)]
            for row in rows
            if row["dtype"] == dtype
        ]
        title = f"{dtype}: largest error in units in the last place of the largest entry"
        made.append(Sheet(title, ["operation", "inputs", *names, "generated, largest in"], lines))
    return [*made, beside_readable(rows, names)]


def beside_readable(rows: Sequence[Row], names: Sequence[str]) -> Sheet:
    """How much larger the largest error of a style is than that of the readable module, one unit at least."""
    lines = []
    for dtype, inputs in dict.fromkeys((row["dtype"], row["inputs"]) for row in rows):
        chosen = [row for row in rows if (row["dtype"], row["inputs"]) == (dtype, inputs)]
        for style in (name for name in names if name in STYLES and name != "readable"):
            both = [row for row in chosen if {style, "readable"} <= row["errors"].keys()]
            ratios = [(_ratio(row["errors"], style), row["operation"]) for row in both]
            known = [found for found in ratios if not np.isnan(found[0])]
            if known:
                ratio, operation = max(known)
                lines.append([style, dtype, inputs, str(len(known)), f"{ratio:.2f}", operation])
    head = ["style", "dtype", "inputs", "operations", "largest ratio", "of"]
    return Sheet("Errors of the other styles over those of the readable modules (1 at least)", head, lines)


def _ratio(errors: Row, style: str) -> float:
    return _number(errors[style]["ulp"]) / max(1, _number(errors["readable"]["ulp"]))


def _cell(entry: Row | None) -> str:
    if entry is None:
        return "-"
    return "inf" if entry["ulp"] is None else f"{entry['ulp']:.2f}" if entry["ulp"] < 1000 else f"{entry['ulp']:.1e}"


def _worst(row: Row) -> str:
    found = [(_number(e["ulp"]), e["of"]) for name, e in row["errors"].items() if name in STYLES]
    return max(found)[1] if found else ""
