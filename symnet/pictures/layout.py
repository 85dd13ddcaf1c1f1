"""Places for the boxes of a directed graph, layer by layer (Sugiyama, Tagawa, Toda, IEEE Trans. SMC 11, 1981).

Layer of a node = the longest way to it from an input; an input stands one layer before its first reader.  An edge over
several layers gets a place in each of those between.  Within a layer, nodes are sorted by the mean place of their
neighbours, downwards and upwards in turn; the order with the fewest crossings wins.  Then each node moves towards the
mean of its neighbours as far as the order allows, which is a least-squares problem with ordered unknowns: isotonic
regression.

The layers follow each other along the *main* axis, a node has an extent along it and one *across*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]
SWEEPS = 12
ASIDE = 0.02  # the weight of an input, beside that of any other node


@dataclass(frozen=True)
class Placed:
    """Centres across and the layer of every node; the bends of every edge, (layer, across) in order."""

    across: Mapping[str, float]
    layer: Mapping[str, int]
    bends: Mapping[Edge, tuple[tuple[int, float], ...]]


@dataclass(frozen=True)
class _Bend:
    """The place of the edges from ``source`` in a layer between."""

    source: str
    layer: int


_Item = str | _Bend


def place(extents: Mapping[str, float], edges: Iterable[Edge], gap: float, lane: float) -> Placed:
    """Nodes in topological order with their extents across; ``gap`` is kept between nodes, ``lane`` beside an edge."""
    edges = tuple(dict.fromkeys(edges))
    layer = _layers(tuple(extents), edges)
    chains = {(u, v): tuple(_Bend(u, k) for k in range(layer[u] + 1, layer[v])) for u, v in edges}
    links: set[tuple[_Item, _Item]] = set()
    for (u, v), chain in chains.items():
        links.update(zip((u, *chain), (*chain, v)))
    rows: list[list[_Item]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for item in _by_depth(tuple(extents), edges, chains):
        rows[item.layer if isinstance(item, _Bend) else layer[item]].append(item)
    before: dict[_Item, list[_Item]] = {item: [] for row in rows for item in row}
    after: dict[_Item, list[_Item]] = {item: [] for row in rows for item in row}
    for first, second in sorted(links, key=str):
        before[second].append(first)
        after[first].append(second)
    rows = _ordered(rows, before, after)
    sizes: dict[_Item, float] = {item: extents[item] if isinstance(item, str) else 0.0 for row in rows for item in row}
    across = _across(rows, before, after, sizes, gap, lane)
    return Placed(
        {name: across[name] for name in extents},
        layer,
        {edge: tuple((b.layer, across[b]) for b in chain) for edge, chain in chains.items()},
    )


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    layer = dict.fromkeys(nodes, 0)
    targets = {v for _, v in edges}
    for node in nodes:
        layer[node] = max((layer[u] + 1 for u, v in edges if v == node), default=0)
    for node in nodes:
        if node not in targets:
            layer[node] = min((layer[v] - 1 for u, v in edges if u == node), default=0)
    return layer


def _by_depth(nodes: Sequence[str], edges: Sequence[Edge], chains: Mapping[Edge, tuple[_Bend, ...]]) -> list[_Item]:
    """All items, those that lead to one node next to each other: depth first from the outputs."""
    found: dict[_Item, None] = {}

    def visit(node: str) -> None:
        if node in found:
            return
        found[node] = None
        for u, v in edges:
            if v == node:
                visit(u)
                found.update(dict.fromkeys(chains[u, v]))

    for node in reversed(nodes):
        if not any(u == node for u, _ in edges):
            visit(node)
    return list(found)


# -- order ------------------------------------------------------------------------------------------------------------


def _ordered(rows: list[list[_Item]], before: Mapping, after: Mapping) -> list[list[_Item]]:
    best, fewest = rows, _crossings(rows, after)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for k in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            neighbours = before if down else after
            fixed = {item: float(p) for p, item in enumerate(rows[k - 1 if down else k + 1])}
            own = {item: float(p) for p, item in enumerate(rows[k])}
            rows[k].sort(key=lambda item: _mean([fixed[n] for n in neighbours[item]], own[item]))
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _mean(places: Sequence[float], default: float) -> float:
    return sum(places) / len(places) if places else default


def _crossings(rows: Sequence[Sequence[_Item]], after: Mapping[_Item, Sequence[_Item]]) -> int:
    total = 0
    for row, following in zip(rows, rows[1:]):
        place = {item: k for k, item in enumerate(following)}
        ends = [sorted(place[v] for v in after[item]) for item in row]
        flat = [p for group in ends for p in group]
        total += sum(a > b for k, a in enumerate(flat) for b in flat[k + 1 :])
    return total


# -- places -----------------------------------------------------------------------------------------------------------


def _across(
    rows: Sequence[Sequence[_Item]],
    before: Mapping,
    after: Mapping,
    sizes: Mapping[_Item, float],
    gap: float,
    lane: float,
) -> dict[_Item, float]:
    at: dict[_Item, float] = {}
    steps = {id(row): _separations(row, sizes, gap, lane) for row in rows}
    for row in rows:
        shift = sum(steps[id(row)]) / 2
        place = -shift
        for item, step in zip(row, steps[id(row)]):
            place += step
            at[item] = place
    for sweep in range(20 * SWEEPS):
        both = sweep >= SWEEPS
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted, weights = [], []
            for item in row:
                near = [*before[item], *after[item]] if both else (before if sweep % 2 == 0 else after)[item]
                wanted.append(_pulled(item, near, at, before))
                weights.append(8.0 if isinstance(item, _Bend) else 1.0 if before[item] else ASIDE)
            at.update(zip(row, _separated(wanted, weights, steps[id(row)])))
    low = min((at[i] - sizes[i] / 2 for row in rows for i in row), default=0.0)
    return {item: round(place - low, 2) for item, place in at.items()}


def _pulled(item: _Item, near: Sequence[_Item], at: Mapping[_Item, float], before: Mapping) -> float:
    """The mean place of the neighbours: long edges are to be straight, and inputs may stand aside."""
    if not near:
        return at[item]
    pairs = [isinstance(item, _Bend) + isinstance(n, _Bend) for n in near]
    weights = [(1.0, 2.0, 8.0)[pair] * (1.0 if before[n] else ASIDE) for n, pair in zip(near, pairs)]
    return sum(w * at[n] for w, n in zip(weights, near)) / sum(weights)


def _separations(row: Sequence[_Item], sizes: Mapping[_Item, float], gap: float, lane: float) -> list[float]:
    """The least distance of each centre from the one before."""
    steps = [0.0]
    for a, b in zip(row, row[1:]):
        bends = isinstance(a, _Bend) or isinstance(b, _Bend)
        steps.append((sizes[a] + sizes[b]) / 2 + (lane if bends else gap))
    return steps


def _separated(wanted: Sequence[float], weights: Sequence[float], steps: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep the distances: pool adjacent violators."""
    offsets, total = [], 0.0
    for step in steps:
        total += step
        offsets.append(total)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, length
    for want, weight, offset in zip(wanted, weights, offsets):
        mean, heavy, length = want - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, more, longer = blocks.pop()
            mean = (mean * heavy + other * more) / (heavy + more)
            heavy, length = heavy + more, length + longer
        blocks.append((mean, heavy, length))
    flat = [mean for mean, _, length in blocks for _ in range(length)]
    return [mean + offset for mean, offset in zip(flat, offsets)]


__all__ = ["Edge", "Placed", "place"]
