"""Results as bars: one panel for each dtype and number of threads, one group of bars for each workload."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symnet.bench.results import Row, panels, time_of
from symnet.bench.table import threads_in_words
from symnet.errors import SymnetError

FORMATS = (".png", ".svg", ".pdf")


def check(path: Path) -> None:
    """Raises SymnetError where no picture could be drawn."""
    import importlib.util

    if path.suffix.lower() not in FORMATS:
        raise SymnetError(f"{path} is not the name of a picture", hint=f"end it in {', '.join(FORMATS)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise SymnetError("a picture needs matplotlib", hint="pip install matplotlib")


def picture(data: dict[str, Any], format: str) -> bytes:
    """The picture as the bytes of a file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = data["rows"]
    groups = panels(rows)
    names = [name for name in data["contestants"] if any(time_of(row, name) for row in rows)]
    widest = max(map(len, groups.values()))
    figure = Figure(figsize=(max(5.0, 1.3 * widest + 1), 3.2 * len(groups)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, ((threads, dtype), group) in enumerate(groups.items()):
        axes = figure.add_subplot(len(groups), 1, place + 1)
        _panel(axes, group, names)
        axes.set_title(f"{dtype}, {threads_in_words(threads)}", loc="left", fontsize=10)
        if place == 0:
            axes.legend(ncols=4, fontsize=8, loc="lower left", bbox_to_anchor=(0.25, 1.0), frameon=False)
    file = io.BytesIO()
    metadata = {"Date": None} if format == "svg" else None
    figure.savefig(file, format=format, dpi=110, metadata=metadata)
    return file.getvalue()


def _panel(axes: Any, rows: Sequence[Row], names: Sequence[str]) -> None:
    """Milliseconds on a logarithmic scale, with the floor as a line across each group."""
    width = 0.8 / max(len(names), 1)
    for k, name in enumerate(names):
        times = [(place, time_of(row, name)) for place, row in enumerate(rows)]
        places = [place - 0.4 + (k + 0.5) * width for place, ms in times if ms]
        axes.bar(places, [ms for _, ms in times if ms], width, label=name, color=f"C{k}")
    floors = [(place, row["floor"]["ms"]) for place, row in enumerate(rows) if row["floor"]["ms"]]
    for place, ms in floors:
        axes.hlines(ms, place - 0.45, place + 0.45, colors="black", linewidth=1, label="floor" if not place else None)
    axes.set_yscale("log")
    axes.set_ylabel("ms")
    axes.set_xticks(range(len(rows)), [row["workload"] for row in rows], fontsize=8)
    axes.margins(x=0.01)
