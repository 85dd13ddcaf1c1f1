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

from symnet.bench.generated import Kept
from symnet.bench.workloads import WORKLOADS
from symnet.codegen.fast.passes import PASSES
from symnet.codegen.layout import module_text
from symnet.codegen.module import load
from symnet.derivation import derive

RUNS = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("workloads", nargs="*", choices=[*WORKLOADS, []], metavar="WORKLOAD")
    options = parser.parse_args()
    names = options.workloads or list(WORKLOADS)
    gains: dict[str, dict[str, float]] = {p.name: {} for p in PASSES}
    for name in names:
        for pass_, gain in gains_of(name, np.dtype(options.dtype)).items():
            gains[pass_][name] = gain
    print(f"| pass | {' | '.join(names)} |")
    print(f"| --- |{' --- |' * len(names)}")
    for pass_, row in gains.items():
        cells = [f"{row[n]:.2f}" if n in row else "" for n in names]
        print(f"| `{pass_}` | {' | '.join(cells)} |")


def gains_of(name: str, dtype: np.dtype) -> dict[str, float]:
    """Time without each pass that shapes the module, over the time with all of them."""
    workload = WORKLOADS[name]
    problem = workload.problem(dtype)
    derivation = derive(problem.op, wrt=problem.wrt or None)
    texts = {p.name: module_text(derivation, "fast", without=(p.name,)) for p in PASSES}
    whole = module_text(derivation, "fast")
    shaping = {pass_: text for pass_, text in texts.items() if f"\n    {pass_}: " in whole}
    run = {pass_: Kept(load(problem.op.name, text), problem).run for pass_, text in {**shaping, "": whole}.items()}
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
