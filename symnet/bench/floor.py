"""The time that nobody can go below on this machine, from rates measured with NumPy on it.

bytes / bandwidth      every input, upstream gradient, output and gradient crosses memory once; the rate is that of
                       moving as many bytes, so arrays that fit into a cache are compared with that cache
flops / GEMM peak      of the matrix products
exps / rate            of exp or exp2, whichever is faster, over an array that stays in the cache
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


def floor(dtype: str, traffic: int, flops: float, exps: float, threads: int) -> Floor:
    """The floor of a row; the machine is measured where a figure is needed for the first time."""
    return Floor(
        moving_ms(traffic, threads),
        flops / gemm_peak(dtype) if flops else 0.0,
        exps / exp_rate(dtype) / threads if exps else 0.0,
    )


@cache
def moving_ms(traffic: int, threads: int) -> float:
    """Milliseconds to move ``traffic`` bytes, half of them read and half written, among as many bytes of arrays.

    From one half to the other; or in place, which moves each byte twice and so takes half its time.
    """
    array = np.ones(max(traffic // 8, 2))
    half = len(array) // 2
    halves = list(zip(np.array_split(array[:half], threads), np.array_split(array[half : 2 * half], threads)))
    whole = [(part, part) for part in np.array_split(array, threads)]
    with ThreadPoolExecutor(threads) as pool:

        def move(ufunc: Callable[..., object], pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
            if threads == 1:
                ufunc(*pairs[0])
            else:
                list(pool.map(lambda pair: ufunc(*pair), pairs))

        copied = best(partial(move, lambda source, target: np.copyto(target, source), halves), 15)
        return min(copied, best(partial(move, np.negative, whole), 15) / 2)


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
