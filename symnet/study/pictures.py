"""The pictures of studies: the figures of :mod:`symnet.pictures`, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symnet.ir.op import Op
from symnet.pictures import figures
from symnet.pictures.landscape import draw, landscape


def figure() -> tuple[Any, Any]:
    """A figure and its axes."""
    with figures.style():
        return figures.figure(6.0, 4.5)


def svg(drawn: Any, caption: str) -> str:
    """The figure as SVG with its alternative text."""
    with figures.style():
        return figures.svg(drawn, caption)


def contours(
    op: Op,
    paths: Mapping[str, np.ndarray],
    across: tuple[float, float],
    up: tuple[float, float],
    title: str,
) -> str:
    """Level lines and the paths over them; a dot is where a path ends."""
    with figures.style():
        drawn, axes = figures.figure(6.0, 4.5)
        draw(axes, landscape(op), across, up, paths, field=False)
        axes.set_title(title)
        return figures.svg(drawn, title)
