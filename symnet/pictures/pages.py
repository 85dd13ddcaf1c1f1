"""The pictures of a derivation's page: the computational graph, and the curve of an elementwise operation.

A page in Markdown links to files that stand beside it, one for all languages; other documents hold the pictures
themselves.  The words around a picture are the page's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symnet.pictures.words import words

if TYPE_CHECKING:
    from symnet.derivation import Derivation
    from symnet.ir.op import Op

MARK = "<!-- Written by `symnet build`; do not edit. -->"


@dataclass(frozen=True)
class Shown:
    """A picture on a page: what it holds, its caption, and its alternative text."""

    content: str
    caption: str
    alt: str


def files(op: Op) -> Mapping[str, str]:
    """The SVG files of an operation's page, by name."""
    return {f"{op.name}{suffix}.svg": f"{MARK}\n{svg}" for suffix, svg in _drawn(op).values()}


def linked(derivation: Derivation, folder: str, lang: str) -> Mapping[str, Shown]:
    """The pictures as addresses of files in a folder, or of attachments (``attachment:``)."""
    folder += "" if folder.endswith(":") else "/"
    names = {key: f"{folder}{derivation.op.name}{suffix}.svg" for key, (suffix, _) in _found(derivation).items()}
    return {key: _shown(derivation, key, name, lang) for key, name in names.items()}


def inlined(derivation: Derivation, lang: str) -> Mapping[str, Shown]:
    """The pictures as SVG."""
    return {key: _shown(derivation, key, svg, lang) for key, (_, svg) in _found(derivation).items()}


def attach(cell: Any, op: Op) -> None:
    """Give a notebook's cell the pictures that its text speaks of."""
    from base64 import b64encode

    if cell.cell_type == "markdown" and "](attachment:" in cell.source:
        spoken = {name: svg for name, svg in files(op).items() if f"](attachment:{name})" in cell.source}
        cell["attachments"] = {n: {"image/svg+xml": b64encode(svg.encode()).decode()} for n, svg in spoken.items()}


def _found(derivation: Derivation) -> Mapping[str, tuple[str, str]]:
    return _drawn(derivation.op) if derivation.what == "gradient" else {}


def _shown(derivation: Derivation, key: str, content: str, lang: str) -> Shown:
    said, op = words(lang), derivation.op
    if key == "curve":
        return Shown(content, said["page"]["curve"], said["plot"]["alt_curve"].format(name=op.name))
    scalars = all(not n.axes for n in op.graph.nodes)
    alt = said["graph"]["alt_values" if scalars else "alt"].format(name=op.name)
    return Shown(content, said["page"]["graph_values" if scalars else "graph"], alt)


def _drawn(op: Op) -> Mapping[str, tuple[str, str]]:
    """Kind of picture -> end of its file's name, and SVG; remembered, since a page is written in several languages."""
    memo = op.__dict__.setdefault("_pictures", {})
    if not memo:
        memo.update(_draw(op))
    return memo


def _draw(op: Op) -> Mapping[str, tuple[str, str]]:
    from dataclasses import replace

    from symnet.pictures.curve import elementwise
    from symnet.pictures.graph import graph
    from symnet.pictures.plot import plot

    scalars = all(not n.axes for n in op.graph.nodes)
    found = {"graph": ("", replace(graph(op, sample=scalars), bare=True).svg())}
    if elementwise(op.graph):
        found["curve"] = ("-curve", plot(op, "curve", bare=True).svg())
    return found


__all__ = ["Shown", "attach", "files", "inlined", "linked"]
