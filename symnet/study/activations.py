"""The study of activations: their forms, what they do at 0, and which are special cases of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.ir import functions as fn
from symnet.study.claims import Claim, Equal, Limit, cases, latex, steps
from symnet.study.definitions import activations as form
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived, value
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import Gradient, SameMap
from symnet.study.words import Words, phrase

p, alpha, k = sp.symbols("p alpha k", positive=True)
ZERO, ONE = sp.S.Zero, sp.S.One
PRINTED = {"relu": r"\operatorname{ReLU}", "leaky_relu": r"\operatorname{LReLU}", "elu": r"\operatorname{ELU}"}
SHOWN = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "mish")
FAR = 1e4
#: an activation of the catalogue and a number -> value or slope
Of = Callable[[str, sp.Expr], sp.Expr]


def activations() -> Study:
    return study("activations", [*sigmoid(), *tanh(), *rectifiers(), *maxout(), *smooth(), *runs()])


def at(name: str, x: sp.Expr) -> sp.Expr:
    """The value of an activation of the catalogue at a number."""
    return value(load(name), {"x": x}, {"alpha": alpha})


def slope(name: str, x: sp.Expr) -> sp.Expr:
    """Its derived slope."""
    return derived(load(name), "gradient", {"x": x}, {"alpha": alpha})["x"]


def sigmoid() -> Iterator[Item]:
    yield Section("sigmoid")
    yield Line("sigmoid_symmetric", SameMap(form.negative_sigmoid, form.rest_of_sigmoid))
    yield Line("sigmoid_slope", Gradient(load("sigmoid"), "x", form.sigmoid_slope, forward=False))


def tanh() -> Iterator[Item]:
    yield Section("tanh")
    catalogue = load("tanh")
    yield Line("tanh_exponentials", SameMap(catalogue, form.tanh_by_exponentials))
    yield Line("tanh_one_exponential", SameMap(catalogue, form.tanh_by_one_exponential))
    yield Line("tanh_half", SameMap(form.tanh_of_half, form.half_by_exponentials))
    yield Line("tanh_sigmoid", SameMap(catalogue, form.tanh_by_sigmoid))
    yield Line("tanh_slope", Gradient(catalogue, "x", form.tanh_slope, forward=False))


def rectifiers() -> Iterator[Item]:
    yield Section("rectifiers")
    yield Line("continuous", steps(*(side for name in PRINTED for side in _sides(name, at, (ZERO, ZERO)))))
    slopes = {name: (ONE, slope(name, -p).subs(p, 0)) for name in PRINTED}  # on the right, on the left
    yield Line("one_sided", steps(*(side for name in PRINTED for side in _sides(name, slope, slopes[name], "'"))))
    jumps = [Equal(right - left, ONE - left, _named(name, "'(0+) - {}'(0-)")) for name, (right, left) in slopes.items()]
    smooth = Equal((ONE - slopes["elu"][1]).subs(alpha, 1), ZERO, sp.Symbol(r"(1 - \alpha)|_{\alpha = 1}"))
    yield Line("jumps", steps(*jumps, smooth))
    yield Line("at_zero", steps(*(Equal(slope(n, ZERO), left, _named(n, "'(0)")) for n, (_, left) in slopes.items())))
    yield Line("elu_by_value", Equal(slope("elu", -p), at("elu", -p) + alpha, _named("elu", "'(-p)")))
    step = r"\operatorname{step}"
    right, left, jump = (sp.Symbol(s) for s in (f"{step}'(p)", f"{step}'(-p)", f"{step}(p) - {step}(-p)"))
    yield Line(
        "step",
        steps(
            ("right", Equal(slope("step", p), ZERO, right)),
            ("left", Equal(slope("step", -p), ZERO, left)),
            ("jump", Equal(at("step", p) - at("step", -p), ONE, jump)),
        ),
    )


def _named(name: str, rest: str) -> sp.Symbol:
    """The sign of an activation and what follows it, where {} is the sign again."""
    return sp.Symbol(PRINTED[name] + rest.replace("{}", PRINTED[name]))


def _sides(name: str, what: Of, limits: tuple[sp.Expr, sp.Expr], mark: str = "") -> Iterator[tuple[str, Claim]]:
    """The limits at 0 from both sides, p > 0 tending to 0."""
    for key, x, limit in zip(("right", "left"), (p, -p), limits):
        yield key, Limit(what(name, x), p, ZERO, limit, _named(name, f"{mark}({x})"))


def maxout() -> Iterator[Item]:
    yield Section("maxout")
    a, b = sp.symbols("a b", positive=True)
    shares = a / (a + b)  # every number between 0 and 1
    for name, share in (("relu", ZERO), ("leaky_relu", shares)):
        pieces = {"w1": share, "b1": ZERO, "w2": ONE, "b2": ZERO}
        sides = (("right", p), ("left", -p))
        yield Line(f"maxout_{name}", cases(*((key, _same_at(name, pieces, x)) for key, x in sides)))


def _same_at(name: str, pieces: dict[str, sp.Expr], x: sp.Expr) -> Claim:
    """Maxout with these pieces is that activation at a number, in value and in slope."""
    values = {"x": x, **pieces}
    other = {"alpha": pieces["w1"]}
    claims = [
        Equal(value(form.two_pieces, values), value(load(name), {"x": x}, other), _maximum(x, pieces["w1"])),
        Equal(
            derived(form.two_pieces, "gradient", values)["x"],
            derived(load(name), "gradient", {"x": x}, other)["x"],
            sp.Symbol(rf"\frac{{\partial}}{{\partial x}} {_maximum(x, pieces['w1'])}"),
        ),
    ]
    return steps(*claims)


def _maximum(x: sp.Expr, share: sp.Expr) -> sp.Symbol:
    return sp.Symbol(rf"\max\left({latex(share * x)}, {latex(x)}\right)")


def smooth() -> Iterator[Item]:
    yield Section("smooth")
    yield Line("softplus_slope", Gradient(load("softplus"), "x", form.softplus_slope))
    soft = sp.log(1 + sp.exp(p))
    far = (("right", Limit(soft - p, p, sp.oo, ZERO)), ("left", Limit(sp.log(1 + sp.exp(-p)), p, sp.oo, ZERO)))
    yield Line("softplus_far", cases(*far))
    yield Line("silu_slope", Gradient(load("silu"), "x", form.silu_slope, forward=False))
    swish = {x: value(form.steep_silu, {"x": x, "k": k}).replace(fn.sigmoid, fn.sigmoid.define) for x in (p, -p)}
    ends = (("right", Limit(swish[p], k, sp.oo, p)), ("left", Limit(swish[-p], k, sp.oo, ZERO)))
    yield Line("steep_silu", cases(*ends))
    x = sp.Symbol("x", real=True)
    gelu = r"\operatorname{GELU}"
    yield Line("gelu", Equal(at("gelu", x) - at("gelu", -x), x, sp.Symbol(f"{gelu}(x) - {gelu}(-x)")))
    yield Line("gelu_at_zero", Equal(slope("gelu", ZERO), sp.Rational(1, 2), sp.Symbol(f"{gelu}'(0)")))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("shapes", _shapes, picture=True)
    yield Experiment("far", _far)


def computed(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of an activation at numbers, by its generated module."""
    module = sn.compile(name)
    y, cache = module.forward(x[None])
    return y[0], module.backward(np.ones_like(y), cache)[0][0]


def _shapes() -> Result:
    """Least and largest slope between -4 and 4, and how far GELU's tanh form is from it."""
    x = np.linspace(-4, 4, 801)
    found = {name: computed(name, x) for name in SHOWN}
    rows = tuple(row(name, f"{s.min():.2f}", f"{s.max():.2f}") for name, (_, s) in found.items())
    gap = float(np.abs(found["gelu"][0] - computed("gelu_tanh", x)[0]).max())
    rows = (*rows, row(phrase("gelu_gap"), f"{gap:.4f}", ""))
    ok = found["sigmoid"][1].max() == 0.25 and found["tanh"][1].max() == 1 and gap < 1e-3

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for name in SHOWN:
            if name != "leaky_relu":  # it lies upon ReLU
                axes.plot(x[::8], found[name][0][::8], label=name)
        axes.set(xlabel="x", ylim=(-2, 3))
        axes.legend(fontsize="small")
        return svg(drawn, words.caption("shapes"))

    return Result(("activation", "least_slope", "largest_slope"), rows, ok, draw)


def _far() -> Result:
    """Values and slopes far out, where e^x is beyond all numbers."""
    rows, ok = [], True
    for name in SHOWN:
        with np.errstate(all="raise"):
            y, slopes = computed(name, np.array([-FAR, FAR]))
        ok = ok and bool(np.isfinite(y).all() and np.isfinite(slopes).all())
        rows.append((name, *(f"{v + 0.0:g}" for v in (*y, *slopes))))
    return Result(("activation", "value_left", "value_right", "slope_left", "slope_right"), tuple(rows), ok)


__all__ = ["activations"]
