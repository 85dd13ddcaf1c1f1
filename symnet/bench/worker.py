"""A process that measures rows on a fixed number of threads: ``python -m symnet.bench.worker``.

It reads one JSON object from its standard input and writes one JSON object a line for each row.  The number of threads
of BLAS, OpenMP and XLA is read by those libraries when they start, so it can not change in a process that lives; the
process is also held to that many processors, which is the only limit that XLA keeps to.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from symnet.errors import SymnetError

LIMITED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS")


def environment(threads: int) -> dict[str, str]:
    """The variables that hold every library to that many threads."""
    limits = dict.fromkeys(LIMITED, str(threads))
    eigen = str(threads > 1).lower()
    limits["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen={eigen}".strip()
    limits["NUMBA_THREADING_LAYER"] = "workqueue"  # its OpenMP layer disturbs that of torch
    return os.environ | limits


def rows(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Measure in a process of its own; yields the rows as they come."""
    process = subprocess.Popen(
        [sys.executable, "-m", "symnet.bench.worker"],
        env=environment(request["threads"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if request.get("quiet", True) else None,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request))
            process.stdin.close()
        for line in process.stdout:
            yield json.loads(line)
        if process.wait():
            raise SymnetError(f"the process of {request['threads']} threads ended with code {process.returncode}")
    finally:
        process.kill()
        process.wait()


def main() -> None:
    request = json.load(sys.stdin)
    # Libraries print what they like; the rows have the standard output to themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for row in measured(request):
        print(json.dumps(row), file=answers, flush=True)


def measured(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a request, in this process."""
    from symnet.bench.row import Options, measure
    from symnet.bench.workloads import WORKLOADS

    threads = request["threads"]
    hold_to(threads)
    options = Options(threads, request["seconds"], request.get("small", False), request["least"])
    for name in request["workloads"]:
        for dtype in request["dtypes"]:
            yield measure(WORKLOADS[name], dtype, request["contestants"], options)


def hold_to(threads: int) -> None:
    """Let this process run on that many processors, and its libraries in that many threads."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[-threads:])  # the first one also serves interrupts
    with contextlib.suppress(ImportError):
        from threadpoolctl import threadpool_limits

        threadpool_limits(threads)
    if "torch" in sys.modules or _has("torch"):
        import torch

        torch.set_num_threads(threads)


def _has(library: str) -> bool:
    from importlib.util import find_spec

    return find_spec(library) is not None


if __name__ == "__main__":
    main()
