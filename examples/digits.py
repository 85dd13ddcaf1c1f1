"""Train a classifier of handwritten digits with nothing but generated modules.

    python examples/digits.py --epochs 30 --seed 0

The network is written once, as mathematics: dense, batch normalisation, relu, dense, softmax with cross-entropy.
symnet derives its gradients and writes three NumPy modules; this file imports them and adds the update,
stochastic gradient descent with momentum.  The data are the 1797 images of 8 x 8 pixels that come with scikit-learn.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

import symnet as sn
from symnet.catalog.activations import relu
from symnet.catalog.layers import dense
from symnet.catalog.losses import softmax_cross_entropy_labels
from symnet.catalog.normalization import batch_norm

HIDDEN, CLASSES = 128, 10
BATCH, RATE, MOMENTUM = 32, 0.1, 0.9
TEST_SHARE = 0.2


@sn.op
def training_loss(x: "n d", w1: "d h", gamma: "h", beta: "h", w2: "h c", b2: "c", labels: sn.labels("n", below="c")):
    """The loss of a batch; labels are integers and get no gradient."""
    z = sn.sum(x * w1, over="d")  # no bias: batch normalisation would take it out again
    a = relu(batch_norm(z, gamma, beta))
    scores = dense(a, w2, b2)
    loss = softmax_cross_entropy_labels(scores, labels)
    return loss


@sn.op
def statistics(x: "n d", w1: "d h"):
    """Mean and variance of the hidden units over all training samples, for use after training."""
    z = sn.sum(x * w1, over="d")
    mu = sn.mean(z, over="n")
    var = sn.var(z, over="n")
    return mu, var


@sn.op
def predicted_scores(
    x: "n d", w1: "d h", mu: "h", var: sn.positive("h"), gamma: "h", beta: "h", w2: "h c", b2: "c", *, eps=1e-5
):
    """Scores of the classes with the statistics of the training samples."""
    z = sn.sum(x * w1, over="d")
    zhat = (z - mu) / sn.sqrt(var + eps)
    a = relu(gamma * zhat + beta)
    return dense(a, w2, b2)


def generated(op: sn.Op, folder: Path) -> ModuleType:
    """Write the module of an operation and import it, as any program could."""
    path = sn.generate(op, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digits(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images and labels, test images and labels; pixels scaled to 0 .. 1."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SystemExit("The images come with scikit-learn: pip install scikit-learn") from None

    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(images))
    images, labels = (images / 16).astype(np.float32)[order], labels[order]
    test = round(TEST_SHARE * len(images))
    return images[test:], labels[test:], images[:test], labels[:test]


def initial(rng: np.random.Generator, pixels: int) -> list[np.ndarray]:
    """w1, gamma, beta, w2, b2: He's normal distribution for weights before a relu."""
    parameters = [
        rng.normal(0, (2 / pixels) ** 0.5, (pixels, HIDDEN)),
        np.ones(HIDDEN),
        np.zeros(HIDDEN),
        rng.normal(0, (2 / HIDDEN) ** 0.5, (HIDDEN, CLASSES)),
        np.zeros(CLASSES),
    ]
    return [p.astype(np.float32) for p in parameters]


def train(epochs: int = 30, seed: int = 0, folder: Path | None = None, say=print) -> float:
    """Train, tell the progress, return the share of test images that are classified rightly."""
    if folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            return train(epochs, seed, Path(temporary), say)
    network, summary, reader = (generated(op, folder) for op in (training_loss, statistics, predicted_scores))

    def accuracy(images: np.ndarray, labels: np.ndarray) -> float:
        (mu, var), _ = summary.forward(x, parameters[0])
        w1, *others = parameters
        scores, _ = reader.forward(images, w1, mu, var, *others)
        return float((scores.argmax(axis=1) == labels).mean())

    rng = np.random.default_rng(seed)
    x, y, x_test, y_test = digits(rng)
    parameters = initial(rng, x.shape[1])
    velocities = [np.zeros_like(p) for p in parameters]

    for epoch in range(1, epochs + 1):
        losses = []
        for batch in np.array_split(rng.permutation(len(x)), len(x) // BATCH):
            loss, cache = network.forward(x[batch], *parameters, y[batch])
            _, *gradients = network.backward(1.0, cache)
            for p, v, g in zip(parameters, velocities, gradients):
                v *= MOMENTUM
                v -= RATE * g
                p += v
            losses.append(loss)
        if epoch == 1 or epoch % 5 == 0 or epoch == epochs:
            say(f"epoch {epoch:3}  loss {np.mean(losses):.4f}  training accuracy {accuracy(x, y):.4f}")
    result = accuracy(x_test, y_test)
    say(f"test accuracy {result:.4f}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a classifier of handwritten digits with generated modules.")
    parser.add_argument("--epochs", type=int, default=30, help="passes over the training images (default: 30)")
    parser.add_argument("--seed", type=int, default=0, help="of the split, the weights and the order (default: 0)")
    parser.add_argument("--folder", type=Path, help="where the modules are written (default: a temporary folder)")
    arguments = parser.parse_args()
    train(arguments.epochs, arguments.seed, arguments.folder)


if __name__ == "__main__":
    main()
