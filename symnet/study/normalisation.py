"""The study of normalisation: what batch normalisation does not see, folding, running statistics, whitening."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.study.claims import Equal, cases, induction
from symnet.study.definitions import normalising as form
from symnet.study.moments import Law, Mean
from symnet.study.pictures import figure, svg
from symnet.study.rules import stepped
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import SameMap
from symnet.study.words import Words, phrase

TINY = 1e-10


def normalisation() -> Study:
    return study("normalisation", [*inputs(), *whitening(), *batches(), *running(), *runs()])


def inputs() -> Iterator[Item]:
    yield Section("inputs")
    yield Line("centred", SameMap(form.mean_of_centred, form.zeros))
    yield Line("standardized_mean", SameMap(form.mean_of_standardized, form.zeros))
    yield Line("standardized_variance", SameMap(form.variance_of_standardized, form.ones), ("spread",))


def whitening() -> Iterator[Item]:
    yield Section("whitening")
    yield Line("covariance", SameMap(form.covariance_of_image, form.image_of_covariance, ("of_image", "by_covariance")))
    yield Line("products", SameMap(form.whitened, form.by_products, ("of_whitening", "by_products")))
    k, l = sp.symbols("lambda_k lambda_l", positive=True)
    zero, one = sp.S.Zero, sp.S.One
    on = sp.Symbol(r"\frac{1 \cdot \lambda_k \cdot 1}{\sqrt{\lambda_k} \sqrt{\lambda_k}}")
    beside = sp.Symbol(
        r"\frac{1 \cdot \lambda_k \cdot 0 + 0 \cdot \lambda_l \cdot 1}{\sqrt{\lambda_k} \sqrt{\lambda_l}}"
    )
    yield Line(
        "identity",
        cases(
            ("diagonal", Equal(one * k * one / (sp.sqrt(k) * sp.sqrt(k)), one, on)),
            ("beside", Equal((one * k * zero + zero * l * one) / (sp.sqrt(k) * sp.sqrt(l)), zero, beside)),
        ),
        ("orthonormal",),
    )


def batches() -> Iterator[Item]:
    yield Section("batches")
    yield Line("bias", SameMap(form.shifted, form.plain, ("with_bias", "without_bias")))
    yield Line("scale", SameMap(form.scaled, form.unscaled, ("scaled", "unscaled")), ("spread",))
    yield Line("folded", SameMap(form.after_dense, form.folded, ("two_maps", "one_map")))


def running() -> Iterator[Item]:
    yield Section("running")
    m = sp.Symbol("m", integer=True, positive=True)
    i = sp.Symbol("i", integer=True)
    x = sp.IndexedBase("x", real=True)
    mean, spread = sp.Symbol("mu", real=True), sp.Symbol("sigma", positive=True) ** 2
    biased = sp.Sum(x[i] ** 2, (i, 1, m)) / m - (sp.Sum(x[i], (i, 1, m)) / m) ** 2
    law = {x: Law((mean, mean**2 + spread))}
    yield Line("batch_variance", Mean(biased, law, (m - 1) * spread / m))
    start, t = sp.Symbol("r_0", real=True), sp.Symbol("t", integer=True, positive=True)
    beta = sp.Symbol("beta", positive=True)

    def closed(n: sp.Expr) -> sp.Expr:
        return mean + beta**n * (start - mean)

    after = stepped("weighted_average", {"m": closed(t - 1)}, mean, {"beta": beta})["m"]
    yield Line(
        "running_mean", induction([Equal(closed(sp.S.Zero), start)], [Equal(after, closed(t), sp.Symbol("r_t"))])
    )


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("whitened", _whitened, picture=True)
    yield Experiment("digits", _digits, needs="sklearn")
    yield Experiment("running", _running)


def whitening_maps(x: np.ndarray) -> dict[str, np.ndarray]:
    """The maps of PCA and ZCA for samples in rows: W = U / sqrt(lambda), and that turned back by U."""
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    pca = vectors / np.sqrt(values)
    return {"pca": pca, "zca": pca @ vectors.T}


def _gap(x: np.ndarray) -> float:
    """How far the covariance is from the identity."""
    return float(np.abs(np.cov(x.T, bias=True) - np.eye(x.shape[1])).max())


def _whitened() -> Result:
    """A made cloud of points in the plane, centred, whitened in both ways."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 2)) @ np.array([[2.0, 1.2], [0.0, 0.5]]) + np.array([3.0, -1.0])
    centred = sn.compile(load("centre")).forward(x)[0]
    shown = {"raw": x, "centred": centred, **{k: centred @ w for k, w in whitening_maps(x).items()}}
    rows = tuple(row(phrase(k), f"{np.abs(v.mean(0)).max():.2f}", f"{_gap(v):.2f}") for k, v in shown.items())
    moved = {key: float(np.linalg.norm(shown[key] - centred)) for key in ("pca", "zca")}

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for key in ("raw", "pca", "zca"):
            axes.plot(*shown[key].round(4).T, ".", markersize=3, label=words.word(key))
        axes.set(aspect="equal")
        axes.legend(fontsize="small")
        return svg(drawn, words.caption("whitened"))

    ok = max(_gap(shown["pca"]), _gap(shown["zca"])) < TINY and moved["zca"] < moved["pca"]
    return Result(("samples", "largest_mean", "identity_gap"), rows, ok, draw)


def _digits() -> Result:
    """The digits: constant pixels have no variance, so the largest 40 directions are kept."""
    from sklearn.datasets import load_digits

    x, _ = load_digits(return_X_y=True)
    centred = sn.compile(load("centre")).forward(x)[0]
    values, vectors = np.linalg.eigh(np.cov(centred.T, bias=True))
    white = centred @ (vectors[:, -40:] / np.sqrt(values[-40:]))
    kept = values[-40:].sum() / values.sum()
    rows = (
        row(phrase("kept_variance"), f"{kept:.2f}"),
        row(
            phrase("identity_gap"), phrase("below", bound=f"{TINY:.0e}") if _gap(white) < TINY else f"{_gap(white):.0e}"
        ),
        row(phrase("no_variance"), str(int((values < 1e-9).sum()))),
    )
    return Result(("quantity", "value"), rows, _gap(white) < TINY)


def _running() -> Result:
    """Running statistics of 500 batches, and the output in training and at test time."""
    rng = np.random.default_rng(0)
    train, test = sn.compile("batch_norm"), sn.compile("batch_norm_inference")
    gamma, beta = np.array([1.0, 2.0]), np.array([0.0, -1.0])
    average = sn.compile("weighted_average")
    statistics = {"mean": np.zeros(2), "var": np.ones(2)}
    state = average.init(statistics)
    rows, gaps = [], []
    for count in range(1, 501):
        x = rng.standard_normal((32, 2)) * np.array([1.0, 3.0]) + np.array([2.0, -1.0])
        seen = {"mean": x.mean(axis=0), "var": x.var(axis=0, ddof=1)}
        statistics, state = average.step(statistics, seen, state, beta=0.95)
        mean, var = statistics["mean"], statistics["var"]
        if count in (1, 50, 500):
            there = train.forward(x, gamma, beta)[0]
            here = test.forward(x, gamma, beta, mean, var)[0]
            gaps.append(float(np.abs(there - here).max()))
            rows.append(row(str(count), f"{mean[0]:.1f}", f"{var[1]:.1f}", f"{gaps[-1]:.1f}"))
    return Result(("batch", "mean_of_first", "variance_of_second", "gap"), tuple(rows), gaps[0] > 1 > gaps[2])


__all__ = ["normalisation", "whitening_maps"]
