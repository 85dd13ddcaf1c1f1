"""The study of finite differences: the order of their error, the best step, and the check of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.ir import functions as fn
from symnet.study.claims import AtLeastZero, Equal, Limit, steps
from symnet.study.definitions import slopes
from symnet.study.definitions.networks import classifier_of
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.words import Words, phrase

h, eps, size, bend, third = sp.symbols("h epsilon F M_2 M_3", positive=True)
f0, f1, f2, f3, f4, rest, other = sp.symbols("f f' f'' f''' f^{(4)} r_{+} r_{-}", real=True)


def differences() -> Study:
    return study("differences", [*orders(), *best_step(), *examples(), *runs()])


def taylor(step: sp.Expr, order: int, remainder: sp.Expr) -> sp.Expr:
    """f(x + step) by Taylor's formula: the remainder is step^order times what tends to 0 with the step."""
    values = (f0, f1, f2, f3, f4)[: order + 1]
    return sp.Add(*(v * step**k / sp.factorial(k) for k, v in enumerate(values))) + remainder * step**order


def orders() -> Iterator[Item]:
    yield Section("orders")
    forward = (taylor(h, 2, rest) - f0) / h
    yield Line(
        "forward", Equal(forward - f1, h * (f2 / 2 + rest), sp.Symbol(r"\frac{f(x+h) - f(x)}{h} - f'")), ("twice",)
    )
    central = (taylor(h, 3, rest) - taylor(-h, 3, other)) / (2 * h)
    name = sp.Symbol(r"\frac{f(x+h) - f(x-h)}{2h} - f'")
    yield Line("central", Equal(central - f1, h**2 * (f3 / 6 + (rest + other) / 2), name), ("thrice",))
    second = (taylor(h, 4, rest) - 2 * f0 + taylor(-h, 4, other)) / h**2
    name = sp.Symbol(r"\frac{f(x+h) - 2 f(x) + f(x-h)}{h^2} - f''")
    yield Line("second", Equal(second - f2, h**2 * (f4 / 12 + rest + other), name), ("four_times",))
    imaginary = sp.im(sp.expand(taylor(sp.I * h, 3, sp.S.Zero) + sp.I * h**3 * rest)) / h
    name = sp.Symbol(r"\frac{\operatorname{Im} f(x + ih)}{h} - f'")
    yield Line("complex_step", Equal(imaginary - f1, h**2 * (rest - f3 / 6), name), ("analytic",))


def best_step() -> Iterator[Item]:
    """An error of at most M h / 2 + 2 eps F / h, and its least value."""
    yield Section("best_step")
    a, b = sp.symbols("a b", positive=True)
    least = a**2 * (b / a) + b**2 / (b / a)
    yield Line(
        "forward_step",
        steps(
            ("at_best", Equal(least, 2 * a * b, sp.Symbol(r"a^2 \frac{b}{a} + b^2 \frac{a}{b}"))),
            ("elsewhere", AtLeastZero(a**2 * h + b**2 / h - 2 * a * b, name=a**2 * h + b**2 / h - 2 * a * b)),
        ),
    )
    at = 2 * sp.sqrt(eps * size / bend)
    error = bend * at / 2 + 2 * eps * size / at
    yield Line("forward_error", Equal(error, 2 * sp.sqrt(eps * size * bend), sp.Symbol(r"E_{\min}")))
    central = third * h**2 / 6 + eps * size / h
    cube = sp.cbrt(3 * eps * size / third)
    name = sp.Symbol(r"E'\left(\sqrt[3]{3 \epsilon F / M_3}\right)")
    yield Line(
        "central_step",
        steps(
            ("slope", Equal(sp.diff(central, h).subs(h, cube), sp.S.Zero, name)),
            ("convex", AtLeastZero(sp.diff(central, h, 2), True, sp.Symbol("E''(h)"))),
        ),
    )


def examples() -> Iterator[Item]:
    yield Section("examples")
    x = sp.S.One
    slope = derived(slopes.sigmoid, "gradient", {"x": x})["x"].replace(fn.sigmoid, fn.sigmoid.define)
    bend = derived(slopes.sigmoid, "hessian", {"x": x})["x"].replace(fn.sigmoid, fn.sigmoid.define)
    value = fn.sigmoid.define
    yield Line("sigmoid", Limit(((value(x + h) - value(x)) / h - slope) / h, h, sp.S.Zero, bend / 2))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("loglog", _loglog, picture=True)
    yield Experiment("check", _check)
    yield Experiment("network", _network)


SCHEMES: dict[str, Callable] = {
    "forward_difference": lambda f, x, h: (f(x + h) - f(x)) / h,
    "central_difference": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
}


def _loglog() -> Result:
    """Errors of the differences of tanh at 1 against the generated slope."""
    function = sn.compile(load("tanh"))
    x = np.array([[1.0]])
    _, cache = function.forward(x)
    exact = float(function.backward(np.ones((1, 1)), cache)[0][0, 0])
    widths = 10.0 ** np.arange(-12, 0, 0.25)

    def value(x: float) -> float:
        return float(function.forward(np.array([[x]]))[0][0, 0])

    errors = {key: np.array([abs(scheme(value, 1.0, h) - exact) for h in widths]) for key, scheme in SCHEMES.items()}
    large = {"forward_difference": widths > 1e-6, "central_difference": widths > 1e-4}
    small = {"forward_difference": widths < 1e-9, "central_difference": widths < 1e-7}
    rows, fits = [], {}
    for key, error in errors.items():
        fits[key] = np.polyfit(np.log(widths[large[key]]), np.log(error[large[key]]), 1)[0]
        noise = np.polyfit(np.log(widths[small[key]]), np.log(error[small[key]] + 1e-16), 1)[0]
        rows.append(row(phrase(key), f"{fits[key]:.1f}", f"{noise:.0f}"))
    ok = abs(fits["forward_difference"] - 1) < 0.1 and abs(fits["central_difference"] - 2) < 0.1

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for key, error in errors.items():
            axes.plot(widths, error, ".-", label=words.word(key))
        axes.set(xlabel=words.word("step"), ylabel=words.word("error"), xscale="log", yscale="log")
        axes.legend()
        return svg(drawn, words.caption("loglog"))

    return Result(("scheme", "slope_large", "slope_small"), tuple(rows), bool(ok), draw)


def _check() -> Result:
    """The check of symnet on the catalogue, and on a gradient that is spoiled."""
    rows, ok = [], True
    for name in ("sigmoid", "softmax_cross_entropy", "batch_norm"):
        report = sn.check_gradients(load(name), trials=1)
        ok = ok and report.ok
        rows.append(row(name, "0", phrase("yes" if report.ok else "no")))
    function = sn.compile(load("tanh"))
    x = np.random.default_rng(0).standard_normal((3, 4))
    _, cache = function.forward(x)
    (slope,) = function.backward(np.ones_like(x), cache)
    numeric = (np.tanh(x + 1e-6) - np.tanh(x - 1e-6)) / 2e-6
    for spoil in (0.0, 1e-4, 1e-2):
        wrong = slope * (1 + spoil)
        gap = np.linalg.norm(wrong - numeric) / (np.linalg.norm(wrong) + np.linalg.norm(numeric))
        passes = bool(gap < 1e-7)
        ok = ok and passes == (spoil == 0)
        rows.append(row(phrase("spoiled"), f"{spoil:g}", phrase("yes" if passes else "no")))
    return Result(("operation", "spoil", "passes"), tuple(rows), ok)


def _network() -> Result:
    """A classifier of four layers: the derived gradient along a random direction against central differences."""
    rng = np.random.default_rng(0)
    sizes = (20, 15, 15, 10, 4)
    network = sn.compile(classifier_of(4, sn.tanh))
    parameters = [a for m, n in zip(sizes, sizes[1:]) for a in (rng.standard_normal((m, n)) / m**0.5, np.zeros(n))]
    x, labels = rng.standard_normal((30, 20)), rng.integers(0, 4, 30)
    _, cache = network.forward(x, *parameters, labels)
    gradients = network.backward(1.0, cache)[1:]
    way = [rng.standard_normal(p.shape) for p in parameters]
    derived_ = float(sum((g * w).sum() for g, w in zip(gradients, way)))

    def loss(step: float) -> float:
        return float(network.forward(x, *(p + step * w for p, w in zip(parameters, way)), labels)[0])

    rows, gaps = [], []
    for width in (1e-2, 1e-3, 1e-4, 1e-5):
        gap = abs((loss(width) - loss(-width)) / (2 * width) - derived_) / abs(derived_)
        gaps.append(gap)
        rows.append(row(f"{width:g}", f"{gap:.0e}" if gap > 1e-9 else phrase("below", bound="1e-9")))
    return Result(("step", "relative_error"), tuple(rows), min(gaps) < 1e-7 and 50 < gaps[0] / gaps[1] < 200)


__all__ = ["differences"]
