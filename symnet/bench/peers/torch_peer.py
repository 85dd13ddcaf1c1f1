"""torch on the CPU, eager: its own functions, and its tape for the gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.workload import Problem


def _mlp_step(x, labels, w1, b1, w2, b2, w3, b3):
    h1 = torch.relu(x @ w1 + b1)
    h2 = torch.relu(h1 @ w2 + b2)
    return F.cross_entropy(h2 @ w3 + b3, labels)


def _mlp(x, w1, b1, w2, b2, w3, b3):
    return torch.tanh(torch.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3


def _batch_norm(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5)


FORWARD: dict[str, Callable[..., Any]] = {
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "softmax_cross_entropy_labels": F.cross_entropy,
    "softmax_cross_entropy": F.cross_entropy,
    "batch_norm": _batch_norm,
    "batch_norm_images": _batch_norm,
    "layer_norm": lambda x, gamma, beta: F.layer_norm(x, x.shape[1:], gamma, beta, eps=1e-5),
    "two_layer_network": lambda x, y, w1, w2: ((torch.sigmoid(x @ w1) @ w2 - y) ** 2).sum(),
    "mlp_step": _mlp_step,
    "mlp": _mlp,
    "attention": F.scaled_dot_product_attention,
    "conv2d_same": lambda x, k, b: F.conv2d(x, k, b, padding=1),
    "conv2d": F.conv2d,
    "max_pool": lambda x: F.max_pool2d(x, 2),
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softmax": lambda z: torch.softmax(z, dim=1),
    "mean_squared_error": F.mse_loss,
    "dense": lambda x, w, b: torch.addmm(b, x, w),
}


def prepare(problem: Problem, wrap: Callable[[Any], Any] = lambda function: function) -> Contestant:
    """``wrap`` is what becomes of the forward function before it is run."""
    if problem.op.name == "adam":
        return _adam(problem, wrap)
    if problem.op.name not in FORWARD:
        raise NotOffered
    forward = wrap(FORWARD[problem.op.name])
    inputs = [torch.from_numpy(x) for x in problem.inputs]
    wanted = [inputs[place].requires_grad_() for place in problem.places]
    upstream = [torch.from_numpy(dy) for dy in problem.upstream]

    def run():
        value = forward(*inputs)
        return (value, *torch.autograd.grad(value, wanted, upstream))

    return Contestant(run, _as_numpy)


def _adam(problem: Problem, wrap: Callable[[Any], Any]) -> Contestant:
    """The fused kernel of ``torch.optim.Adam``, which changes its arrays in place.

    The first run starts from the inputs and its result is compared; the others go on from there.
    """
    p, g, m, v = (torch.from_numpy(x.copy()) for x in problem.inputs)
    constants = problem.constants
    options = {"lr": constants["lr"], "betas": (constants["beta1"], constants["beta2"]), "eps": constants["eps"]}
    p.requires_grad_()
    p.grad = g
    optimizer = torch.optim.Adam([p], **options, fused=True)
    step = torch.tensor(float(constants["t"] - 1))
    optimizer.state[p] = {"step": step, "exp_avg": m, "exp_avg_sq": v}
    update = wrap(optimizer.step)

    def run():
        step.fill_(constants["t"] - 1)
        update()
        return p, m, v

    return Contestant(run, _as_numpy)


def _as_numpy(value):
    return value.detach().numpy()
