"""The point at which a graph is drawn: arrays by name from the user, or a small random sample."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from symnet.check.sizes import extent, sizes_of
from symnet.errors import SymnetError
from symnet.ir.graph import Graph
from symnet.ir.op import Op
from symnet.loading import nearest


def point_of(graph: Graph, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and constants of a graph among the given values.

    Raises SymnetError naming a value that belongs to nothing, that is missing, or that does not fit.
    """
    inputs = {n.name: n for n in graph.inputs}
    constants = {p.name: p for p in graph.parameters}
    for name in given:
        if name not in inputs and name not in constants:
            near = nearest(name, [*inputs, *constants])
            hint = f"did you mean '{near}'? " if near else ""
            known = ", ".join([*inputs, *(p.name for p in graph.parameters if not p.static)])
            raise SymnetError(f"{graph.name} has no array '{name}'", hint=f"{hint}it has {known}")
        if name in constants and constants[name].static:
            raise SymnetError(f"constant '{name}' of {graph.name} shapes the definition and is fixed")
    arrays = {name: _array(graph, name, given[name]) for name in inputs if name in given}
    missing = [name for name in inputs if name not in arrays]
    if missing:
        raise SymnetError(f"{graph.name} needs a value of '{missing[0]}'", hint=f"give {', '.join(missing)}")
    sizes = sizes_of(graph, arrays)
    for name, node in inputs.items():
        if node.kind == "labels" and node.below is not None:
            if np.any((arrays[name] < 0) | (arrays[name] >= extent(node.below, sizes))):
                raise SymnetError(f"{graph.name}: {name} must lie from 0 to {extent(node.below, sizes) - 1}")
    numbers = {name: _number(graph, name, given[name]) for name in constants if name in given}
    return arrays, numbers


def constants_only(op: Op, given: Mapping[str, Any]) -> dict[str, float]:
    """The given constants of an operation whose arrays are what a picture varies."""
    for name in given:
        if name in {n.name for n in op.graph.inputs}:
            raise SymnetError(f"{name} is an axis of the picture of {op.name}", hint="give its range: --between")
    known = {p.name for p in op.graph.parameters if not p.static}
    for name in given:
        if name not in known:
            raise SymnetError(
                f"{op.name} has no constant '{name}'", hint=f"it has {', '.join(sorted(known)) or 'none'}"
            )
    return {name: _number(op.graph, name, value) for name, value in given.items()}


def _number(graph: Graph, name: str, value: Any) -> float:
    array = _array(graph, name, value)
    if array.ndim:
        raise SymnetError(f"{graph.name}: constant '{name}' is one number")
    limits = next(p.limits for p in graph.parameters if p.name == name)
    if limits is not None and float(array) not in limits:
        raise SymnetError(f"{graph.name}: {name} is {float(array):g}, it has to lie in {limits.text}")
    return float(array)


def _array(graph: Graph, name: str, value: Any) -> Any:
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError
        array = array.astype(np.int64 if name in _labels(graph) else np.float64)
    except (TypeError, ValueError):
        raise SymnetError(f"{graph.name}: the value of '{name}' is no array of numbers") from None
    if name in _labels(graph) and not np.array_equal(array, np.asarray(value)):
        raise SymnetError(f"{graph.name}: {name} holds labels, which are whole numbers")
    if not array.size:
        raise SymnetError(f"{graph.name}: {name} is empty")
    if not np.all(np.isfinite(array)):
        raise SymnetError(f"{graph.name}: the value of '{name}' is not finite")
    return array


def _labels(graph: Graph) -> frozenset[str]:
    return frozenset(n.name for n in graph.inputs if n.kind == "labels")


def sample_of(graph: Graph) -> dict[str, Any]:
    """A small random point, with one decimal where the definition leaves that free.

    Its gradients do not all but vanish, as those of a normalisation over two samples do.
    """
    from symnet.explain.example import VISIBLE, rounded, small_points
    from symnet.pictures.values import values_of

    first: dict[str, Any] = {}
    for point in small_points(graph):
        inputs = {n.name: rounded(n, graph, point) for n in graph.inputs}
        first = first or inputs
        gradients = values_of(graph, inputs, {}).gradients
        if all(np.max(np.abs(gradients.get(n.name, 0.0)), initial=0.0) > VISIBLE for n in graph.differentiable_inputs):
            return inputs
    return first


def read_values(texts: tuple[str, ...], file: Path | None) -> dict[str, Any]:
    """``name=number`` or ``name=[[1, 2], [3, 4]]`` from a command line, and the arrays of an .npz file."""
    import json

    values: dict[str, Any] = {}
    if file is not None:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                if isinstance(arrays, np.ndarray):
                    raise ValueError
                values = {name: arrays[name] for name in arrays.files}
        except OSError as error:
            raise SymnetError(f"can not read {file}: {error.strerror or 'it is no .npz file'}") from None
        except (ValueError, EOFError, AttributeError, TypeError, BadZipFile):
            raise SymnetError(f"{file} is no .npz file of numbers", hint="write it with numpy.savez") from None
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            if not sign or not name.strip():
                raise ValueError
            values[name.strip()] = json.loads(value)
        except ValueError:
            raise SymnetError(f"'{text}' gives no value", hint="write x=-2, or x=[[1, 2], [3, 4]]") from None
    return values


__all__ = ["constants_only", "point_of", "read_values", "sample_of"]
