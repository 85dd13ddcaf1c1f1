"""The time that nobody can go below on this machine, from rates measured with NumPy on it.

bytes / bandwidth      every input, upstream gradient, output and gradient crosses memory once; the rate is that of
                       a copy of as many bytes, so arrays that fit into a cache are compared with that cache
flops / GEMM peak      of the matrix products
exps / rate            of exp or exp2, whichever is faster, over an array that stays in the cache
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache, partial

import numpy as np

from symnet.bench.timing import best


@dataclass(frozen=True)
class Floor:
    """Milliseconds for each bound."""

    memory: float
    flops: float
    exps: float

    @property
    def ms(self) -> float:
        return max(asdict(self).values())

    @property
    def bound(self) -> str:
        parts = asdict(self)
        return max(parts, key=parts.__getitem__)

    def data(self) -> dict[str, float | str]:
        return {"ms": self.ms, "bound": self.bound, **asdict(self)}


def floor(dtype: str, traffic: int, flops: float, exps: float) -> Floor:
    """The floor of a row; the machine is measured where a figure is needed for the first time."""
    return Floor(
        copy_ms(traffic),
        flops / gemm_peak(dtype) if flops else 0.0,
        exps / exp_rate(dtype) if exps else 0.0,
    )


@cache
def copy_ms(traffic: int) -> float:
    """Milliseconds to move ``traffic`` bytes: half are read, half are written."""
    source = np.ones(max(traffic // 16, 1))
    target = np.zeros_like(source)
    return best(lambda: np.copyto(target, source), 20)


@cache
def gemm_peak(dtype: str) -> float:
    """Flops in a millisecond, of a product of two square matrices."""
    n = 1024
    a = np.ones((n, n), dtype)
    out = np.empty_like(a)
    return 2 * n**3 / best(lambda: np.matmul(a, a, out=out), 10)


@cache
def exp_rate(dtype: str) -> float:
    """Exponentials in a millisecond, in one thread."""
    x = np.linspace(-4, 4, 4096, dtype=dtype)
    out = np.empty_like(x)

    def many(function: np.ufunc) -> None:
        for _ in range(50):
            function(x, out=out)

    return 50 * len(x) / min(best(partial(many, function), 10) for function in (np.exp, np.exp2))
