"""The study of stationary points: gradient, Hessian, kind by the eigenvalues; loss landscapes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.ir.op import Op
from symnet.study.claims import AtLeastZero, Claim, Equal, steps
from symnet.study.definitions.landscapes import classifier, rosenbrock, saddle
from symnet.study.paths import digits, trained
from symnet.study.pictures import contours, figure, svg
from symnet.study.rules import derived, stepped, value
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.words import Phrase, Words, phrase

x, y, mu, eta = sp.symbols("x y lambda eta", real=True)
HERE = {"x": x, "y": y}


def stationary() -> Study:
    return study("stationary", [*points(), *near(), *runs()])


def hessian(op: Op, at: dict[str, sp.Expr]) -> sp.Matrix:
    """The derived Hessian at a point."""
    found = derived(op, "hessian", at)
    return sp.Matrix([[found["x"], found["x,y"]], [found["y,x"], found["y"]]])


def vanishing(op: Op, at: dict[str, sp.Expr]) -> list[tuple[str, Claim]]:
    slope, place = derived(op, "gradient", at), ", ".join(str(value) for value in at.values())
    return [("gradient", Equal(slope[n], sp.S.Zero, sp.Symbol(f"f_{{{n}}}({place})"))) for n in HERE]


def eigen(matrix: sp.Matrix, values: tuple[sp.Expr, ...]) -> list[tuple[str, Claim]]:
    """The claimed numbers are the roots of the characteristic polynomial, each as often as it is claimed."""
    polynomial = (matrix - mu * sp.eye(2)).det()
    product = sp.Mul(*(v - mu for v in values))
    return [("polynomial", Equal(polynomial, product, sp.Symbol(r"\det(H - \lambda I)")))]


def points() -> Iterator[Item]:
    yield Section("saddle")
    origin = {"x": sp.S.Zero, "y": sp.S.Zero}
    yield Line("saddle_gradient", steps(*(("gradient", _is(saddle, n, v)) for n, v in (("x", 2 * x), ("y", -2 * y)))))
    yield Line("saddle_point", steps(*vanishing(saddle, origin)))
    matrix = hessian(saddle, origin)
    yield Line("saddle_eigen", steps(*eigen(matrix, (sp.Integer(2), sp.Integer(-2)))))
    yield Section("rosenbrock")
    fx, fy = -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)
    yield Line("valley_gradient", steps(*(("gradient", _is(rosenbrock, n, v)) for n, v in (("x", fx), ("y", fy)))))
    one = {"x": sp.S.One, "y": sp.S.One}
    yield Line("valley_point", steps(*vanishing(rosenbrock, one)))
    slope = derived(rosenbrock, "gradient", HERE)
    alone = Equal(slope["x"].subs(y, x**2), 2 * (x - 1), sp.Symbol(r"f_{x}(x, x^2)"))
    yield Line("valley_alone", steps(alone))
    matrix = hessian(rosenbrock, one)
    root = sp.sqrt(250601)
    values = (501 + root, 501 - root)
    sign = sp.Symbol(r"501 - \sqrt{250601}")
    yield Line(
        "valley_eigen",
        steps(*eigen(matrix, values), ("positive", AtLeastZero(values[1], True, sign))),
    )
    u, v = sp.symbols("u v", real=True)  # y - x^2, x - 1
    form = value(rosenbrock, {"x": 1 + v, "y": (1 + v) ** 2 + u})
    yield Line("valley_global", AtLeastZero(form, name=sp.Symbol("f(1 + v, (1 + v)^{2} + u)")))


def _is(op: Op, name: str, value: sp.Expr) -> Equal:
    return Equal(derived(op, "gradient", HERE)[name], value, sp.Symbol(f"f_{{{name}}}(x, y)"))


def near() -> Iterator[Item]:
    yield Section("near")
    rate = sp.Symbol("eta", positive=True)
    after = [
        stepped("gradient_descent", {"w": place}, derived(saddle, "gradient", HERE)[name], {"lr": rate})["w"]
        for name, place in HERE.items()
    ]
    yield Line(
        "escape",
        steps(
            Equal(after[0], (1 - 2 * rate) * x, sp.Symbol("x_{t+1}")),
            Equal(after[1], (1 + 2 * rate) * y, sp.Symbol("y_{t+1}")),
        ),
    )
    line = derived(saddle, "gradient", {"x": x, "y": sp.S.Zero})["y"]
    yield Line("stuck", Equal(line, sp.S.Zero, sp.Symbol("f_{y}(x, 0)")))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment(
        "saddle", lambda: _kind(saddle, (0.0, 0.0), (-1.2, 1.2), (-1.2, 1.2), "saddle_point"), picture=True
    )
    yield Experiment("rosenbrock", lambda: _kind(rosenbrock, (1.0, 1.0), (-2, 2), (-1, 3), "minimum"), picture=True)
    yield Experiment("slices", _slices, picture=True, needs="sklearn")


def _kind(op: Op, at: tuple[float, float], across: tuple[float, float], up: tuple[float, float], kind: str) -> Result:
    """The kind of a point by the numbers: the derived Hessian's eigenvalues, and the values on a small circle."""
    exact = hessian(op, {"x": sp.nsimplify(at[0]), "y": sp.nsimplify(at[1])})
    values = np.linalg.eigvalsh(np.array(exact.tolist(), dtype=float))
    function = sn.compile(op)
    angles = np.linspace(0, 2 * np.pi, 100)
    centre = float(function.forward(*at)[0])
    around = [float(function.forward(at[0] + 1e-3 * np.cos(a), at[1] + 1e-3 * np.sin(a))[0]) - centre for a in angles]
    found = "minimum" if values.min() > 0 else "saddle_point"
    seen = "minimum" if min(around) > 0 else "saddle_point" if max(around) > 0 else "maximum"
    rows = (
        row(phrase("smallest"), f"{values.min():.2f}"),
        row(phrase("largest"), f"{values.max():.2f}"),
        row(phrase("by_hessian"), Phrase(found)),
        row(phrase("by_values"), Phrase(seen)),
    )

    def draw(words: Words) -> str:
        return contours(op, {words.word(kind): np.array([at])}, across, up, words.word(op.name))

    return Result(("quantity", "value"), rows, found == seen == kind, draw)


def _slices() -> Result:
    """The loss of softmax regression on the digits, through the trained weights along two random directions."""
    x, labels, _, _ = digits()
    _, parameters = trained("momentum", {"lr": 0.1}, 20)
    rng = np.random.default_rng(0)
    network = sn.compile(classifier)
    ways = [{k: rng.standard_normal(v.shape) for k, v in parameters.items()} for _ in range(2)]
    for way in ways:  # of the length of the weights
        for k, v in parameters.items():
            way[k] *= np.linalg.norm(v) / np.linalg.norm(way[k])
    along = np.linspace(-1, 1, 41)

    def loss(way: dict[str, np.ndarray], t: float) -> float:
        w, b = (parameters[k] + t * way[k] for k in ("w", "b"))
        return float(network.forward(x, w, b, labels)[0])

    curves = [np.array([loss(way, t) for t in along]) for way in ways]
    bends = [np.diff(c, 2).min() for c in curves]
    rows = tuple(
        row(str(k + 1), f"{curve[0]:.1f}", f"{curve[20]:.1f}", f"{curve[-1]:.1f}", phrase("yes" if bend > 0 else "no"))
        for k, (curve, bend) in enumerate(zip(curves, bends))
    )

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for k, curve in enumerate(curves):
            axes.plot(along, curve, label=words.word("way", k=k + 1))
        axes.set(xlabel=words.word("place"), ylabel=words.word("loss"))
        axes.legend()
        return svg(drawn, words.caption("slices"))

    return Result(("direction", "start", "middle", "end", "convex"), rows, bool(min(bends) > 0), draw)


__all__ = ["stationary"]
