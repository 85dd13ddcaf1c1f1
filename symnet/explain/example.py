"""A worked example: the value of every input, intermediate and gradient at one small point.

The first axis has 2 entries and the others 3 where the definition allows it; inputs are random with one decimal.
The values are those of the reference interpreter, rounded for print only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.sample import Sample, draw
from symnet.check.sizes import sizes_in
from symnet.errors import SymnetError
from symnet.ir.expr import Size, nodes_of
from symnet.ir.graph import Graph, Node
from symnet.printing.dialects import Dialect, Latex
from symnet.printing.index_notation import Printer

if TYPE_CHECKING:
    from symnet.derivation import Derivation

DIGITS = 4
VISIBLE = 0.005  # a result that is smaller everywhere teaches nothing
LONGEST = 200  # entries of an array that is still written out


@dataclass(frozen=True)
class Example:
    """Equations ``symbol = numbers`` of the inputs, of the forward pass and of the gradients."""

    inputs: tuple[str, ...]
    forward: tuple[str, ...]
    gradients: tuple[str, ...]


def example_of(derivation: Derivation, printer: Printer) -> Example:
    """The example of a derivation, at the first point whose results do not all but vanish (as over two samples)."""
    graph, example = derivation.graph, None
    for point in small_points(graph):
        values, results = _values(derivation, point)
        given = () if derivation.unit else derivation.upstream

        def equations(nodes: Iterable[Node], values: Mapping[str, Any] = values) -> tuple[str, ...]:
            return tuple(line for n in nodes for line in _equations(n, values[n.name], printer))

        visible = _visible(values, results)
        if example is None or visible:
            example = Example(equations((*graph.inputs, *given)), equations(graph.definitions), equations(results))
        if visible:
            break
    assert example is not None
    return example


def _visible(values: Mapping[str, Any], results: Iterable[Node]) -> bool:
    return all(np.max(np.abs(values[n.name]), initial=0.0) > VISIBLE for n in results)


def _values(derivation: Derivation, point: Sample) -> tuple[Mapping[str, Any], tuple[Node, ...]]:
    """The value of every node, and the nodes of the result."""
    graph, rng = derivation.graph, np.random.default_rng(1)
    inputs = {n.name: rounded(n, graph, point) for n in graph.inputs}
    interpreter = Interpreter(inputs, point.sizes, constants_of(graph))
    interpreter.define(graph.definitions)
    interpreter.define(n for n in derivation.stable.definitions if n.name not in interpreter.values)
    for node in () if derivation.unit else derivation.upstream:
        interpreter.values[node.name] = rng.standard_normal([interpreter.extent(i) for i in node.axes]).round(1) + 0.0
    results = tuple(n for n in derivation.shown.values() if n.expr is not None)
    interpreter.define(results)
    return interpreter.values, results


def small_points(graph: Graph) -> Iterator[Sample]:
    """Small sizes first: 2 and 3, with many axes 2 throughout; larger ones where windows need them."""
    wanted = sizes_in(graph.nodes, (e for f in graph.facts for e in (f.lhs, f.rhs)))
    symbols = list(dict.fromkeys(s for size in wanted for s in sorted(size.atoms(Size), key=str)))
    many = max((len(n.axes) for n in graph.nodes), default=0) > 2
    for first, other in (2, 2 if many else 3), (3, 2), (3, 3), (4, 4), (5, 5):
        with suppress(SymnetError):  # a window that is larger than what it runs over
            yield draw(graph, np.random.default_rng(0), {s: first if k == 0 else other for k, s in enumerate(symbols)})
    yield draw(graph, np.random.default_rng(0))


def rounded(node: Node, graph: Graph, point: Sample) -> Any:
    """An input with one decimal, unless a fact ties its entries together or rounding would leave its domain."""
    value = point.inputs[node.name]
    if value.dtype.kind == "i" or any(node.name in nodes_of(fact.lhs) for fact in graph.facts):
        return value
    if point.domain == "unit interval":
        return np.clip(value.round(1), 0.1, 0.9)
    return np.maximum(value.round(1), 0.1) if node.kind == "positive" or point.domain == "positive" else value.round(1)


def _equations(node: Node, value: Any, printer: Printer) -> Iterator[str]:
    """The array as one number, column or matrix; of more axes as one matrix for each place on the leading ones."""
    array = np.asarray(value)
    if array.size > LONGEST:
        return
    names, d = printer.names, printer.dialect
    matrix = array.ndim >= 2
    symbol = (names.matrix if matrix else names.node)(node.name, node.adjoint_of)
    for place in product(*(range(n) for n in array.shape[:-2])):
        left = d.indexed(symbol, [*map(str, place), ":", ":"]) if place else d.symbol(symbol)
        yield f"{left.text} {_sign(array[place], d)} {_numbers(array[place], d)}"


def _sign(array: Any, dialect: Dialect) -> str:
    """Equal where every entry is printed to its last digit, else approximately equal."""
    exact = np.allclose(array, np.round(array, DIGITS), rtol=0, atol=1e-12)
    return "=" if exact else r"\approx" if isinstance(dialect, Latex) else "≈"


def _numbers(array: Any, dialect: Dialect) -> str:
    if array.ndim == 0:
        return _number(array, dialect)
    rows = [[_number(x, dialect) for x in np.atleast_1d(row)] for row in array]
    if isinstance(dialect, Latex):
        return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"
    if array.ndim == 1:
        return f"({', '.join(row[0] for row in rows)})"
    return f"[{'; '.join(', '.join(row) for row in rows)}]"


def _number(value: Any, dialect: Dialect) -> str:
    """At most four decimals, and no minus in front of zero."""
    if np.isinf(value):
        return dialect.infinity if value > 0 else f"-{dialect.infinity}"
    text = f"{float(value):.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


__all__ = ["Example", "example_of", "rounded", "small_points"]
