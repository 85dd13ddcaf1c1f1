"""The classic first network, trained by a generated module, beside gradients written by hand.

    python examples/two_layer_network.py --steps 500

64 samples of 1000 inputs go through 100 sigmoid units to 10 outputs; the loss is the squared error, summed; the weights
follow the negative gradient with step 1e-4.  At every step the gradients of the generated module are compared with the
ones a person would write.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

import symnet as sn
from symnet.catalog.networks import two_layer_network

SAMPLES, INPUTS, HIDDEN, OUTPUTS = 64, 1000, 100, 10
STEP = 1e-4
AGREEMENT = 1e-10


def generated(op: sn.Op, folder: Path) -> ModuleType:
    """Write the module of an operation and import it."""
    path = sn.generate(op, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_hand(x: np.ndarray, y: np.ndarray, w1: np.ndarray, w2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of sum((sigmoid(x w1) w2 - y)^2) by w1 and w2, from pencil and paper; only to compare with."""
    hidden = 1 / (1 + np.exp(-x.dot(w1)))
    residual = 2 * (hidden.dot(w2) - y)
    slope = residual.dot(w2.T) * hidden * (1 - hidden)
    return x.T.dot(slope), hidden.T.dot(residual)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of two arrays, relative to the largest entry."""
    return float(np.abs(a - b).max() / np.abs(b).max())


def training(steps: int, seed: int = 0) -> Iterator[tuple[float, float]]:
    """At every step the loss and the largest relative difference of the gradients from those by hand."""
    with tempfile.TemporaryDirectory() as folder:
        network = generated(two_layer_network, Path(folder))
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((SAMPLES, INPUTS)), rng.standard_normal((SAMPLES, OUTPUTS))
    w1, w2 = rng.standard_normal((INPUTS, HIDDEN)), rng.standard_normal((HIDDEN, OUTPUTS))
    for _ in range(steps):
        loss, cache = network.forward(x, y, w1, w2)
        _, _, dw1, dw2 = network.backward(1.0, cache)
        hand1, hand2 = by_hand(x, y, w1, w2)
        yield float(loss), max(difference(dw1, hand1), difference(dw2, hand2))
        w1 -= STEP * dw1
        w2 -= STEP * dw2


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the classic two-layer network with a generated module.")
    parser.add_argument("--steps", type=int, default=500, help="updates of the weights (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="of the samples and the initial weights (default: 0)")
    arguments = parser.parse_args()
    worst = 0.0
    for step, (loss, apart) in enumerate(training(arguments.steps, arguments.seed), start=1):
        worst = max(worst, apart)
        if step == 1 or step % 50 == 0 or step == arguments.steps:
            print(f"step {step:4}  loss {loss:14.6f}")
    print(f"largest relative difference from the gradients by hand {worst:.1e}")
    if worst > AGREEMENT:
        raise SystemExit(f"the gradients differ by more than {AGREEMENT}")


if __name__ == "__main__":
    main()
