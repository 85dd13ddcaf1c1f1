"""Layers that no page of the documentation shows, as a user writes them."""

import symnet as sn


def rms_norm(x: "n d", g: "d"):
    ms = sn.mean(x**2, over="d")
    return x / sn.sqrt(ms + 1e-6) * g


def gelu(x: "n d"):
    return x * (1 + sn.erf(x / sn.sqrt(2))) / 2


def huber(y: "n", t: "n"):
    r = y - t
    return sn.mean(sn.where(abs(r) < 1, r**2 / 2, abs(r) - 1 / 2), over="n")


def group_norm(x: "n g c", gamma: "g c", beta: "g c"):
    mu = sn.mean(x, over="c")
    v = sn.mean((x - mu) ** 2, over="c")
    return gamma * (x - mu) / sn.sqrt(v + 1e-5) + beta


def cosine_similarity(u: "n d", v: "n d"):
    a = sn.sqrt(sn.sum(u**2, over="d"))
    b = sn.sqrt(sn.sum(v**2, over="d"))
    return sn.sum(u * v, over="d") / (a * b)


def gated_unit(x: "n d", w: "d h", v: "d h"):
    a = sn.sum(x * w, over="d")
    b = sn.sum(x * v, over="d")
    return a * sn.sigmoid(b)


def log_cosh(y: "n", t: "n"):
    return sn.mean(sn.log(sn.cosh(y - t)), over="n")


def bilinear_form(x: "n i", a: "i j", t: "n j"):
    return sn.sum(x * a * t, over="i j")


LAYERS = (rms_norm, gelu, huber, group_norm, cosine_similarity, gated_unit, log_cosh, bilinear_form)
