"""The workloads, in the order of the tables."""

from __future__ import annotations

from symnet.bench.workload import Workload

NORMALISATION = {"n": 4096, "d": 1024}

_ALL = (
    Workload(
        "bce",
        "binary cross-entropy of 1e6 logits",
        "binary_cross_entropy",
        {"n": 1_000_000},
        {"n": 7},
        exps=lambda n: n,
    ),
    Workload(
        "softmax-ce",
        "softmax cross-entropy 4096 x 1000",
        "softmax_cross_entropy_labels",
        {"n": 4096, "c": 1000},
        {"n": 5, "c": 4},
        exps=lambda n, c: n * c,
    ),
    Workload("batch-norm", "batch norm 4096 x 1024", "batch_norm", NORMALISATION, {"n": 6, "d": 5}),
    Workload(
        "batch-norm-images",
        "batch norm 64 x 64 x 28 x 28",
        "batch_norm_images",
        {"n": 64, "c": 64, "h": 28, "w": 28},
        {"n": 2, "c": 3, "h": 4, "w": 3},
    ),
    Workload("layer-norm", "layer norm 4096 x 1024", "layer_norm", NORMALISATION, {"n": 4, "d": 6}),
    Workload(
        "two-layer",
        "two layers 64-1000-100-10, step",
        "two_layer_network",
        {"n": 64, "d": 1000, "h": 100, "o": 10},
        {"n": 4, "d": 5, "h": 3, "o": 2},
        wrt=("w1", "w2"),
        scale={"w1": 0.03, "w2": 0.1},
        flops=lambda n, d, h, o: 4 * n * d * h + 6 * n * h * o,
        exps=lambda n, d, h, o: n * h,
    ),
    Workload(
        "mlp",
        "perceptron 784-512-256-10, batch 256, step",
        "mlp_step",
        {"n": 256, "d": 784, "h": 512, "g": 256, "o": 10},
        {"n": 4, "d": 6, "h": 5, "g": 4, "o": 3},
        wrt=("w1", "b1", "w2", "b2", "w3", "b3"),
        scale={"w1": 0.05, "w2": 0.06, "w3": 0.09, "b1": 0.1, "b2": 0.1, "b3": 0.1},
        flops=lambda n, d, h, g, o: 4 * n * d * h + 6 * n * (h * g + g * o),
        exps=lambda n, d, h, g, o: n * o,
    ),
    Workload(
        "attention",
        "attention 16 x 128 x 64",
        "attention",
        {"b": 16, "t": 128, "s": 128, "d": 64, "e": 64},
        {"b": 2, "t": 3, "s": 4, "d": 3, "e": 2},
        flops=lambda b, t, s, d, e: b * t * s * (6 * d + 6 * e),
        exps=lambda b, t, s, d, e: b * t * s,
    ),
    Workload(
        "conv",
        "convolution 3 x 3, 32 x 16 x 28 x 28 to 32",
        "conv2d_same",
        {"n": 32, "c": 16, "h": 28, "w": 28, "o": 32, "r": 3, "s": 3},
        {"n": 2, "c": 2, "h": 4, "w": 5, "o": 3, "r": 3, "s": 3},
        scale={"k": 0.08},
        flops=lambda n, c, h, w, o, r, s: 6 * n * c * h * w * o * r * s,
    ),
    Workload(
        "adam",
        "Adam on 5e6 parameters, forward only",
        "adam",
        {"d": 5_000_000},
        {"d": 9},
        wrt=(),
        scale={"g": 0.1, "m": 0.1, "v": 0.01},
    ),
    Workload(
        "gelu",
        "GELU (tanh) 4096 x 1024",
        "gelu_tanh",
        NORMALISATION,
        {"n": 3, "d": 5},
        exps=lambda n, d: n * d,
    ),
)

WORKLOADS = {workload.name: workload for workload in _ALL}
