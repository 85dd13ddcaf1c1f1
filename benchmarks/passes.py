"""What each pass of the fast style gains: the time without it over the time with all, forward and backward.

One thread, processor time (other programs disturb it little), the least of several runs taken in turns.  Usage:

    python benchmarks/passes.py [--dtype float64] [WORKLOAD...]
"""

from __future__ import annotations

import argparse
import os
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is loaded

import numpy as np

from symnet.bench.generated import Passes
from symnet.bench.workload import Workload
from symnet.bench.workloads import WORKLOADS
from symnet.codegen.fast.passes import PASSES
from symnet.codegen.layout import module_text
from symnet.codegen.module import load
from symnet.derivation import derive

RUNS = 15
IMAGES = {"n": 32, "c": 32, "h": 28, "w": 28}
HEADS = {"b": 4, "t": 16, "m": 32, "h": 4, "d": 8}
SMALL = {"n": 2, "g": 2, "c": 2, "o": 2, "h": 4, "w": 4, "r": 2, "s": 2}
#: what the workloads of symnet bench leave out
MORE = {
    "depthwise": Workload("depthwise", "", "conv2d_depthwise", IMAGES | {"r": 3, "s": 3}, SMALL),
    "max-pool": Workload("max-pool", "", "max_pool", IMAGES, SMALL),
    "avg-pool": Workload("avg-pool", "", "avg_pool", IMAGES, SMALL),
    "self-attention": Workload("self-attention", "", "causal_self_attention", HEADS, HEADS),
    "grouped": Workload("grouped", "", "conv2d_grouped", IMAGES | {"g": 4, "c": 4, "o": 8, "r": 3, "s": 3}, SMALL),
}
ALL = {**WORKLOADS, **MORE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("workloads", nargs="*", choices=[*ALL, []], metavar="WORKLOAD")
    parser.add_argument("--small", action="store_true", help="arrays of a few entries, to see that it works")
    options = parser.parse_args()
    names = options.workloads or list(ALL)
    gains: dict[str, dict[str, float]] = {p.name: {} for p in PASSES}
    for name in names:
        for pass_, gain in gains_of(name, np.dtype(options.dtype), options.small).items():
            gains[pass_][name] = gain
    print(f"| pass | {' | '.join(names)} |")
    print(f"| --- |{' --- |' * len(names)}")
    for pass_, row in gains.items():
        cells = [f"{row[n]:.2f}" if n in row else "" for n in names]
        print(f"| `{pass_}` | {' | '.join(cells)} |")


def gains_of(name: str, dtype: np.dtype, small: bool = False) -> dict[str, float]:
    """Time without each pass that shapes the module, over the time with all of them."""
    workload = ALL[name]
    problem = workload.problem(dtype, small)
    derivation = derive(problem.op, wrt=problem.wrt or None)
    texts = {p.name: module_text(derivation, "fast", without=(p.name,)) for p in PASSES}
    whole = module_text(derivation, "fast")
    shaping = {pass_: text for pass_, text in texts.items() if f"\n    {pass_}: " in whole}
    run = {pass_: Passes(load(problem.op.name, text), problem).run for pass_, text in {**shaping, "": whole}.items()}
    least = dict.fromkeys(run, np.inf)
    for _ in range(RUNS):
        for pass_, function in run.items():
            start = time.process_time()
            result = function()
            least[pass_] = min(least[pass_], time.process_time() - start)
            del result
    return {pass_: least[pass_] / least[""] for pass_ in shaping}


if __name__ == "__main__":
    main()
