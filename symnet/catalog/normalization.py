"""Normalisation."""

import symnet as sn


@sn.op(source="Ioffe, Szegedy, arXiv 1502.03167 (2015), algorithm 1")
def batch_norm(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
    """Batch normalisation in training: every feature over the batch."""
    mu = sn.mean(x, over="n")
    var = sn.mean((x - mu) ** 2, over="n")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="Ba, Kiros, Hinton, arXiv 1607.06450 (2016), eq. 3")
def layer_norm(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
    """Layer normalisation: every sample over its features."""
    mu = sn.mean(x, over="d")
    var = sn.mean((x - mu) ** 2, over="d")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y
