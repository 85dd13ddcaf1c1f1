"""The pictures of studies: SVG that is the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

import numpy as np

import symnet as sn
from symnet.errors import SymnetError
from symnet.ir.op import Op


def figure() -> tuple[Any, Any]:
    """A figure and its axes."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SymnetError("pictures need matplotlib", hint="pip install matplotlib") from None
    drawn = Figure(figsize=(6, 4.5), layout="constrained")
    return drawn, drawn.subplots()


def svg(drawn: Any) -> str:
    """The picture as SVG that is the same in every run: no date, no random names."""
    import matplotlib

    stream = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "symnet", "svg.fonttype": "none"}):
        drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def contours(
    op: Op,
    paths: Mapping[str, np.ndarray],
    across: tuple[float, float],
    up: tuple[float, float],
    title: str,
) -> str:
    """Level lines and the paths over them; a dot is where a path ends."""
    drawn, axes = figure()
    xs, ys = np.linspace(*across, 120), np.linspace(*up, 120)
    function = sn.compile(op)
    heights = np.array([[float(function.forward(float(x), float(y))[0]) for x in xs] for y in ys])
    levels = np.quantile(heights, np.linspace(0.02, 0.98, 14))
    axes.contour(xs, ys, heights, levels=levels, colors="0.8", linewidths=0.7)
    for rule, points in paths.items():
        (line,) = axes.plot(*points.T.round(4), label=rule, linewidth=1.2)
        axes.plot(*points[-1].round(4), "o", color=line.get_color(), markersize=5)
    axes.set(xlim=across, ylim=up, xlabel="x", ylabel="y", title=title)
    axes.legend(loc="lower right", fontsize="small")
    return svg(drawn)
