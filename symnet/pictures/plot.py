"""Plots of an operation: a curve with its derivative, a landscape with its gradient field, errors of differences.

curve     an elementwise operation and its derived derivative
surface   level lines of a function of two numbers, and the way down
path      the same, with the paths of update rules
steps     the error of finite differences against their step
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symnet.errors import SymnetError
from symnet.ir.op import Op
from symnet.loading import as_operation
from symnet.pictures.words import words

KINDS = ("curve", "surface", "path", "steps")
Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot of an operation, drawn when it is asked for; notebooks show it as SVG."""

    op: Op
    kind: str
    lang: str = "en"
    given: Mapping[str, Any] = field(default_factory=dict)
    wrt: str | None = None
    between: Mapping[str, Range] = field(default_factory=dict)
    rules: Sequence[str] = ()
    start: Range | None = None
    steps: int = 100
    constants: Mapping[str, float] = field(default_factory=dict)
    bare: bool = False  # without words, for a page that has its own

    def svg(self) -> str:
        """The plot as a file or as a part of an HTML page."""
        from symnet.pictures import figures

        said = words(self.lang)["plot"]
        with figures.style():
            drawn, axes = figures.figure(6.0, 5.0 if self.kind in ("surface", "path") else 4.0)
            self._draw(axes, dict(said))
            title = self.op.name if self.bare else said[f"alt_{self.kind}"].format(name=self.op.name)
            return figures.svg(drawn, title)

    def _draw(self, axes: Any, said: dict[str, str]) -> None:
        from symnet.pictures import curve, landscape, steps
        from symnet.pictures.point import constants_only

        if self.kind == "curve":
            name = self.op.graph.inputs[0].name
            self._known(name)
            curve.draw(axes, self.op, self.between.get(name), constants_only(self.op, self.given))
        elif self.kind == "steps":
            steps.draw(axes, steps.errors(self.op, self.given), said)
        else:
            land = landscape.landscape(self.op, self.wrt, self.given)
            self._known(*land.names)
            across, up = (self.between.get(name, (-2.0, 2.0)) for name in land.names)
            start = self.start or (across[0] + 0.1 * (across[1] - across[0]), up[0] + 0.7 * (up[1] - up[0]))
            rules = self.rules if self.kind == "path" else ()
            paths = {rule: landscape.run(land, rule, start, self.steps, self._settings(rule)) for rule in rules}
            landscape.draw(axes, land, across, up, paths)

    def _settings(self, rule: str) -> dict[str, float]:
        """The constants that a rule has, among those that are set for all rules."""
        from symnet.loading import load_operation

        has = {r: {p.name for p in load_operation(r).graph.parameters} for r in self.rules}
        for name in self.constants:
            if not any(name in names for names in has.values()):
                raise SymnetError(f"no rule of the picture has a constant '{name}'")
        return {name: value for name, value in self.constants.items() if name in has[rule]}

    def _known(self, *names: str) -> None:
        for name in self.between:
            if name not in names:
                raise SymnetError(
                    f"the picture of {self.op.name} has no axis '{name}'", hint=f"it has {', '.join(names)}"
                )

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.op.name}>"


def plot(op: Any, kind: str | None = None, *, lang: str = "en", **choice: Any) -> Plot:
    """A plot of an operation (SVG; notebooks show it).

    ``kind``: "curve", "surface", "path" or "steps"; without it the first that the operation has.
    ``between``: {"x": (-2, 2)} is the range of an axis; ``wrt`` the input whose two entries span a surface; ``given``
    the point, by input; ``rules``, ``start``, ``steps`` and ``constants`` are those of the paths.

    Raises SymnetError for a kind that there is not, or that the operation does not have.
    """
    from symnet.ir.update import UpdateRule

    op = as_operation(op)
    words(lang)
    if isinstance(op, UpdateRule):
        raise SymnetError(f"{op.name} is an update rule", hint="its paths are drawn over a function: plot(f, 'path')")
    if choice.get("rules") and kind is None:
        kind = "path"
    kind = kind or kind_of(op, choice.get("wrt"))
    if kind not in KINDS:
        raise SymnetError(f"there is no plot '{kind}'", hint=f"choose one of {', '.join(KINDS)}")
    if kind == "path" and not choice.get("rules"):
        raise SymnetError("paths are those of update rules", hint="name one: --rule momentum")
    if kind != "path" and choice.get("rules"):
        raise SymnetError(f"a {kind} has no paths of update rules", hint="leave out the kind or the rules")
    if kind in ("curve", "steps") and choice.get("wrt"):
        raise SymnetError(f"wrt is for a surface, not for {kind}")
    return Plot(op, kind, lang, **choice)


def kind_of(op: Op, wrt: str | None = None) -> str:
    """What an operation is best shown by."""
    from symnet.pictures.curve import elementwise

    graph = op.graph
    if elementwise(graph):
        return "curve"
    scalar = len(graph.outputs) == 1 and not graph.outputs[0].axes
    two = len(graph.inputs) == 2 and all(not n.axes and n.differentiable for n in graph.inputs)
    return "surface" if scalar and (two or wrt) else "steps"


__all__ = ["KINDS", "Plot", "kind_of", "plot"]
