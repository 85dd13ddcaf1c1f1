"""From cells and their places to SVG: wires, arrowheads, boxes and text, laid out by a template.

A wire leaves its cell along the main axis, bends between layers only and arrives along the main axis.  In a graph of
arrays a second line beside it carries the gradient back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from symnet.pictures.cells import FORMULA, NOTE, NUMBER, PAD, Cell, Mark, number, point, short
from symnet.pictures.layout import Edge, Placed, place
from symnet.pictures.markup import width
from symnet.pictures.words import words

if TYPE_CHECKING:
    from symnet.pictures.graph import GraphPicture

MARGIN, HEAD = 8.0, 7.0
BETWEEN = {True: 60.0, False: 40.0}  # layers, of wires and of boxes
ASIDE = 5.0  # half the distance of a wire from the gradient beside it
Place = tuple[float, float]  # along the main axis, across


@dataclass(frozen=True)
class _Layout:
    """Cells in their places; points are turned for a graph that runs from left to right."""

    picture: GraphPicture
    cells: dict[str, Cell]
    placed: Placed
    starts: list[float]
    ends: list[float]

    @property
    def wires(self) -> bool:
        return self.picture.wires

    @property
    def lanes(self) -> Place:
        """How far long edges reach, to the right and down."""
        across = max([a + MARGIN + ASIDE for bends in self.placed.bends.values() for _, a in bends], default=0.0)
        return (0.0, across) if self.wires else (across, 0.0)

    def main(self, cell: Cell) -> float:
        """The length along the main axis."""
        return cell.box[0] + cell.stub if self.wires else cell.box[1]

    def begin(self, name: str) -> float:
        """Where a cell begins: those on wires in line, boxes in the middle of their layer."""
        layer = self.placed.layer[name]
        if self.wires:
            return self.starts[layer]
        return (self.starts[layer] + self.ends[layer] - self.main(self.cells[name])) / 2

    def xy(self, where: Place) -> str:
        main, across = where
        return point(main, across) if self.wires else point(across, main)


@dataclass(frozen=True)
class _Line:
    """A wire with its arrowhead."""

    role: str
    pieces: tuple[tuple[str, str], ...]  # where each begins, and how it goes on
    head: str


def drawn(picture: GraphPicture) -> str:
    """The SVG of a graph; ends with one newline."""
    from symnet.resources import environment

    layout = _layout(picture)
    boxes = [_box(layout, cell) for cell in picture.cells]
    lines = [line for edge in picture.edges for line in _wire(layout, edge)]
    lines += [_loose_end(layout, y.name) for y in picture.graph.outputs if layout.cells[y.name].stub]
    marks = [mark for box in boxes for mark in box.marks] + list(_shares(layout))
    wide, high = (max(values) + MARGIN for values in zip(*(box.corner for box in boxes), layout.lanes))
    legend = _legend(picture, high)
    said, name = words(picture.lang)["graph"], picture.graph.name
    template = environment().get_template("pictures/graph.svg.jinja")
    return template.render(
        width=round(max(wide, *(m.x + width(m.text, m.size) for m in legend)) if legend else wide),
        height=round(high + 22 * bool(legend)),
        title=name if picture.bare else said["alt" if picture.values is None else "alt_values"].format(name=name),
        boxes=boxes,
        lines=_drawn_once(lines),
        marks=[*marks, *legend],
        lang=picture.lang,
        short=short,
    )


def _layout(picture: GraphPicture) -> _Layout:
    cells = {cell.name: cell for cell in picture.cells}
    wires = picture.wires
    extents = {name: cell.high if wires else cell.box[0] for name, cell in cells.items()}
    placed = place(extents, picture.edges, gap=14 if wires else 24, lane=22)
    layout = _Layout(picture, cells, placed, [], [])
    position = MARGIN
    for layer in range(max(placed.layer.values(), default=0) + 1):
        longest = max((layout.main(c) for n, c in cells.items() if placed.layer[n] == layer), default=0.0)
        layout.starts.append(position)
        layout.ends.append(position + longest)
        position += longest + BETWEEN[wires]
    return layout


# -- boxes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Box:
    kind: str
    x: float
    y: float
    width: float
    height: float
    radius: float
    stub: float
    marks: Sequence[Mark]
    brackets: Sequence[tuple[str, str]]

    @property
    def corner(self) -> tuple[float, float]:
        """The lower right corner, with the numbers on the wire and the caption."""
        return self.x + self.width + self.stub, max([self.y + self.height, *(m.y for m in self.marks)])


def _box(layout: _Layout, cell: Cell) -> _Box:
    wide, high = cell.box
    main, across = layout.begin(cell.name), layout.placed.across[cell.name] + MARGIN
    x, y = (main, across - high / 2) if layout.wires else (across - wide / 2, main)
    marks, brackets, top = [], [], y + (high - sum(e.extent[1] for e in cell.entries) - 8 * (len(cell.entries) - 1)) / 2
    for entry in cell.entries:
        more, some = entry.draw(x + wide / 2, top)
        marks += more
        brackets += some
        top += entry.extent[1] + 8
    if cell.caption:
        marks.append(Mark("formula", x + wide / 2, y + high + NOTE + 3, cell.caption, FORMULA - 2))
    if cell.out and any(cell.out):
        middle = x + wide + cell.stub / 2
        marks.append(Mark("value", middle, across - 6, cell.out[0], NUMBER + 2))
        if cell.out[1]:
            marks.append(Mark("gradient", middle, across + NUMBER + 5, cell.out[1], NUMBER + 2))
    radius = high / 2 if cell.round else 6.0
    stub = cell.stub + HEAD * bool(cell.stub)
    return _Box(cell.kind, x, y, wide, high, radius, stub, marks, [b for b in brackets if b[1]])


# -- wires ------------------------------------------------------------------------------------------------------------


def _wire(layout: _Layout, edge: Edge) -> list[_Line]:
    """The wire of an edge and, between boxes where one flows, the gradient beside it."""
    source, target = edge
    begin = layout.begin(source) + layout.main(layout.cells[source])
    if layout.wires:
        begin -= layout.cells[source].stub
    out, into = _port(layout, edge, leaving=True), _port(layout, edge, leaving=False)
    bends = [(k, a + MARGIN) for k, a in layout.placed.bends[edge]]
    layers = layout.placed.layer[source], layout.placed.layer[target]
    places = _places(layout, (begin, out), (_front(layout, target, into), into), bends, *layers)
    if layout.wires or not _flows_back(layout.picture, edge):
        return [_line(layout, "wire", places)]
    forth = [(m, a - ASIDE) for m, a in places]
    back = [(m, a + ASIDE) for m, a in reversed(places)]
    return [_line(layout, "wire", forth), _line(layout, "gradient", back)]


def _loose_end(layout: _Layout, name: str) -> _Line:
    """The wire on which the value of an output leaves the graph."""
    across, end = layout.placed.across[name] + MARGIN, layout.begin(name) + layout.main(layout.cells[name])
    return _line(layout, "wire", [(end - layout.cells[name].stub, across), (end + HEAD, across)])


def _front(layout: _Layout, name: str, across: float) -> float:
    """Where a wire that arrives there meets its cell; the ends of a pill are round."""
    cell, off = layout.cells[name], across - layout.placed.across[name] - MARGIN
    radius = cell.box[1] / 2 if cell.round else 0.0
    return layout.begin(name) + radius - sqrt(max(radius**2 - off**2, 0.0))


def _places(
    layout: _Layout, start: Place, end: Place, bends: Sequence[tuple[int, float]], first: int, last: int
) -> list[Place]:
    """Where the wire is at the ends of every layer that it passes: pairs joined by straight lines, curves between."""
    places = [start, (max(start[0], layout.ends[first]), start[1])]
    for layer, across in bends:
        places += [(layout.starts[layer], across), (layout.ends[layer], across)]
    return [*places, (layout.starts[last], end[1]), end]


def _line(layout: _Layout, role: str, places: Sequence[Place]) -> _Line:
    xy, tip = layout.xy, places[-1]
    forward = 1 if tip[0] >= places[0][0] else -1
    neck = (tip[0] - forward * HEAD, tip[1])
    pieces = []
    for k in range(1, len(places)):
        here, before = (neck if k == len(places) - 1 else places[k]), places[k - 1]
        if k % 2 or here[1] == before[1]:
            piece = f"L{xy(here)}" if here != before else ""
        else:
            half = (here[0] + before[0]) / 2
            piece = f"C{xy((half, before[1]))} {xy((half, here[1]))} {xy(here)}"
        pieces.append((xy(before), piece))
    wing = HEAD * 0.45
    head = f"M{xy(tip)}L{xy((neck[0], tip[1] - wing))}L{xy((neck[0], tip[1] + wing))}Z"
    return _Line(role, tuple(p for p in pieces if p[1]), head)


def _drawn_once(lines: Sequence[_Line]) -> Iterator[tuple[str, str, str]]:
    """Role, path and arrowhead of each line; what lines share is drawn once, or their dashes would fill the gaps."""
    seen = set()
    for line in lines:
        path, end = "", None
        for begin, piece in line.pieces:
            if (line.role, begin, piece) not in seen:
                seen.add((line.role, begin, piece))
                path += ("" if begin == end else f"M{begin}") + piece
                end = piece[1:].rpartition(" ")[0].rpartition(" ")[2] + " " + piece.rpartition(" ")[2]
        yield line.role, path, line.head


def _port(layout: _Layout, edge: Edge, leaving: bool) -> float:
    """Where an edge meets its cell, across: in the order of what is at the other ends."""
    placed, own = layout.placed, edge[0] if leaving else edge[1]
    cell, middle = layout.cells[own], placed.across[own] + MARGIN
    if leaving and layout.wires:
        return middle
    ends: dict[Edge, float] = {}
    for other in layout.picture.edges:
        if other[0 if leaving else 1] == own:
            bends = placed.bends[other]
            far = placed.across[other[1] if leaving else other[0]]
            ends[other] = bends[0 if leaving else -1][1] if bends else far
    keys = sorted(set(ends.values()))
    space = cell.box[1] * 0.62 if layout.wires else cell.box[0] - 2 * PAD - 4 * ASIDE
    step = min(40.0 if not layout.wires else 16.0, max(space, 0) / max(len(keys) - 1, 1))
    return middle + (keys.index(ends[edge]) - (len(keys) - 1) / 2) * step


def _flows_back(picture: GraphPicture, edge: Edge) -> bool:
    members = [name for name, group in picture.groups.items() if group == edge[0]] or [edge[0]]
    return any((name, edge[1]) in picture.flows for name in members)


def _shares(layout: _Layout) -> Iterator[Mark]:
    """Where a node has several readers, what each adds to its gradient stands at the end of the wire."""
    picture = layout.picture
    found = picture.values.shares if layout.wires and picture.values is not None else {}
    for edge, share in found.items():
        if edge in picture.edges and sum(source == edge[0] for source, _ in found) > 1:
            into = _port(layout, edge, leaving=False)
            below = into >= layout.placed.across[edge[1]] + MARGIN
            x, y = _front(layout, edge[1], into) - HEAD - 3, into + (NUMBER + 2 if below else -5)
            yield Mark("gradient", x, y, f"← {number(share)}", NUMBER, "end")


# -- legend -----------------------------------------------------------------------------------------------------------


def _legend(picture: GraphPicture, top: float) -> list[Mark]:
    """What the two colours mean."""
    if picture.bare or picture.values is None and (picture.wires or not picture.flows):
        return []
    said = words(picture.lang)["graph"]
    if picture.values is None:
        pair = ("soft", "forth", "back")
    elif picture.wires:
        pair = ("value", "above", "below")
    else:
        pair = ("value", "value", "upstream" if any(y.axes for y in picture.graph.outputs) else "gradient")
    role, first, second = (pair[0], *(said[key] for key in pair[1:]))
    marks = [Mark(role, MARGIN, top + 12, first, NUMBER, "start")]
    if picture.flows:
        marks.append(Mark("gradient", MARGIN + width(first, NUMBER) + 18, top + 12, second, NUMBER, "start"))
    return marks


__all__ = ["drawn"]
