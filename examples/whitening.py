"""Whiten the handwritten digits: PCA and ZCA with fit and transform, computed by generated modules.

    python examples/whitening.py --kind zca --noise 0.1

The map of samples x to (x - mu) W is an operation of the catalogue, and so is the covariance; both are generated
modules.  Only the eigenvectors of the covariance are NumPy's own.  With S = U diag(lambda) U^T,

    PCA: W = U diag(lambda)^(-1/2)          the directions of U become the new features
    ZCA: W = U diag(lambda)^(-1/2) U^T      turned back, so that an image stays an image
"""

from __future__ import annotations

import argparse

import numpy as np

import symnet as sn

KINDS = ("pca", "zca")
COVARIANCE, TRANSFORM = sn.compile("covariance"), sn.compile("whiten")


class Whitening:
    """Samples get mean 0 and the covariance I; directions whose variance is below ``least`` are left out.

    ``noise`` is added to every variance, so that directions of small variance are not blown up.
    """

    def __init__(self, kind: str = "pca", noise: float = 0.0, least: float = 1e-9) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}, it has to be one of {', '.join(KINDS)}")
        self.kind, self.noise, self.least = kind, noise, least

    def fit(self, x: np.ndarray) -> Whitening:
        """Learn mean and map from samples (n, d); returns itself."""
        if x.ndim != 2 or len(x) < 2:
            raise ValueError(f"x has shape {x.shape}, it has to hold two samples or more in its rows")
        values, vectors = np.linalg.eigh(COVARIANCE.forward(x)[0])
        kept = values > self.least
        self.variances = values[kept]
        self.mean = x.mean(axis=0)
        self.map = vectors[:, kept] / np.sqrt(self.variances + self.noise)
        if self.kind == "zca":
            self.map = self.map @ vectors[:, kept].T
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        """The same map for any samples (n, d)."""
        return TRANSFORM.forward(x, self.mean, self.map)[0]

    def fit_transform(self, x: np.ndarray) -> np.ndarray:
        return self.fit(x).transform(x)


def spread(x: np.ndarray) -> np.ndarray:
    """The eigenvalues of the covariance of samples: all 1 where they are white."""
    return np.linalg.eigvalsh(COVARIANCE.forward(x)[0])


def main() -> None:
    from sklearn.datasets import load_digits

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, default="pca")
    parser.add_argument("--noise", type=float, default=0.0)
    arguments = parser.parse_args()
    images, _ = load_digits(return_X_y=True)
    images = images / 16
    learned = Whitening(arguments.kind, arguments.noise).fit(images[:1500])
    for name, part in (("fitted", images[:1500]), ("held out", images[1500:])):
        values = spread(learned.transform(part))
        values = values[values > learned.least]
        print(f"{name:>8}: {len(values)} directions, variances from {values[0]:.3g} to {values[-1]:.3g}")


if __name__ == "__main__":
    main()
