"""Figures of matplotlib as SVG for pages: small, the same on every machine, and with colours for light and dark.

matplotlib writes each colour into the element that has it; a style sheet in the picture answers those colours with
others where the reader's screen is dark.  The background is transparent, text is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import Any

from markupsafe import escape

from symnet.errors import SymnetError

INK, SOFT, FAINT, BLUE, RED = "#1c1e21", "#5c6370", "#d9dce1", "#1f5fae", "#b3261e"
CYCLE = (BLUE, RED, "#2e7d32", "#b25e00", "#6a3d9a", "#00796b", "#8d4b32", "#ad1a6e")
#: colour on a light screen -> on a dark one
DARK = {
    INK: "#e6e8eb", SOFT: "#a0a7b3", FAINT: "#363b43", BLUE: "#7fb2f0", RED: "#f2938c", "#2e7d32": "#7fc784",
    "#b25e00": "#f0b169", "#6a3d9a": "#c3a2ea", "#00796b": "#6cc9bd", "#8d4b32": "#d8a48f", "#ad1a6e": "#f08cc0",
    "#000000": "#e6e8eb",
}  # fmt: skip
FONTS = "'DejaVu Sans', Verdana, sans-serif"


@contextmanager
def style() -> Iterator[None]:
    """matplotlib with the look of all pictures; its own settings and those of the user are left alone."""
    try:
        import matplotlib
        from cycler import cycler
    except ImportError:
        raise SymnetError("pictures need matplotlib", hint="pip install matplotlib") from None
    look: Mapping[Any, Any] = {
        "svg.hashsalt": "symnet", "svg.fonttype": "none", "font.family": ["sans-serif"], "font.size": 11,
        "font.sans-serif": ["DejaVu Sans"], "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": SOFT,
        "xtick.color": SOFT, "ytick.color": SOFT, "axes.grid": True, "grid.color": FAINT, "grid.linewidth": 0.7,
        "axes.spines.top": False, "axes.spines.right": False, "axes.prop_cycle": cycler(color=CYCLE),
        "axes.titlesize": 12, "lines.linewidth": 2.0, "legend.frameon": False, "axes.facecolor": "none",
        "figure.facecolor": "none", "axes.axisbelow": True, "axes.unicode_minus": True,
    }  # fmt: skip
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(look)
        yield


def figure(width: float = 6.0, height: float = 4.0) -> tuple[Any, Any]:
    """A figure and its axes, to be made and drawn on inside of :func:`style`."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots()


def svg(drawn: Any, title: str) -> str:
    """The figure as SVG with ``title`` as its alternative text; ends with one newline."""
    for legend in filter(None, (axes.get_legend() for axes in drawn.axes)):
        legend.set_frame_on(False)  # white, where it was made outside of the style
    stream = StringIO()
    drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    text = re.sub(r'(<g|<path|<text) id="[a-zA-Z]+\w*_\d+"', r"\1", text)  # several pictures stand on one page
    text = re.sub(r"\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), text)
    text = re.sub(r"font-family: [^;\"]*", f"font-family: {FONTS}", text)
    body = "\n".join(line.strip() for line in text[text.index("<defs>") :].splitlines() if line.strip())
    wide, high = (round(inches * 96) for inches in drawn.get_size_inches())
    view = re.search(r'viewBox="([^"]*)"', text)
    assert view is not None
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="symnet-plot" '
        f'width="{wide}" height="{high}" viewBox="{view[1]}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_sheet(text)}</style>\n{body}\n"
    )


def _sheet(text: str) -> str:
    """The colours that the picture has, as they are on a dark screen."""
    rules = [
        f'.symnet-plot [style*="{part}: {light}"] {{ {part}: {dark} !important; }}\n'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
        if f"{part}: {light}" in text
    ]
    size = ".symnet-plot { max-width: 100%; height: auto; }\n"
    black = f".symnet-plot text {{ fill: {DARK[INK]}; }}\n"  # a text in black names no colour
    return f"{size}@media screen and (prefers-color-scheme: dark) {{\n{black}{''.join(rules)}}}\n"


__all__ = ["BLUE", "CYCLE", "DARK", "FAINT", "INK", "RED", "SOFT", "figure", "style", "svg"]
