"""How the time of the main job grows with the depth of a network.

    python benchmarks/scaling.py [--json] [--layers 25 50 100 200]

For multilayer perceptrons and two single operations: milliseconds to derive, to explain (Markdown) and to generate,
in total per layer, and characters of generated source per layer; then the time that ``import symnet`` and
``symnet --help`` take.  Each figure is the best of ``--repeat`` runs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = (25, 50, 100, 200)
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import symnet": [sys.executable, "-c", "import symnet"],
    "import sympy": [sys.executable, "-c", "import sympy"],
    "import symnet, all of it": [
        sys.executable,
        "-c",
        "import symnet; [getattr(symnet, name) for name in symnet.__all__]",
    ],
    "symnet --help": [sys.executable, "-m", "symnet.cli", "--help"],
}


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def measure(make: Callable[[], object], layers: int | None) -> dict[str, float | int | None]:
    """Milliseconds of each part for one operation, which is read anew."""
    import symnet as sn

    op = make()
    derivation = None

    def derive():
        nonlocal derivation
        derivation = sn.derive(op)

    with tempfile.TemporaryDirectory() as folder:
        row = {
            "define": milliseconds(lambda: op.graph),
            "derive": milliseconds(derive),
            "generate": milliseconds(lambda: sn.generate(op, folder)),
            "explain": milliseconds(lambda: derivation.markdown()),
        }
        characters = len((Path(folder) / f"{op.name}.py").read_text(encoding="utf-8"))
    total = sum(row.values())
    per = layers or 1
    return {"layers": layers, **row, "total": total, "per_layer": total / per, "characters_per_layer": characters / per}


def best(make: Callable[[], object], layers: int | None, repeat: int) -> dict[str, float | int | None]:
    return min((measure(make, layers) for _ in range(repeat)), key=lambda row: row["total"])


def start_times(repeat: int) -> dict[str, float]:
    """Milliseconds from the start of a process to its end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def once(command: list[str]) -> float:
        return milliseconds(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))

    return {name: min(once(command) for _ in range(repeat)) for name, command in COMMANDS.items()}


def anew(name: str):
    """An operation of the catalogue that remembers nothing of earlier runs."""
    import symnet as sn
    from symnet.catalog import load

    return lambda: sn.op(load(name).function)


def benchmark(layers: tuple[int, ...], repeat: int) -> dict[str, dict]:
    from symnet.catalog.networks import multilayer_perceptron

    best(lambda: multilayer_perceptron(2), 2, 1)  # imports and templates are loaded here, once
    networks = {f"{depth} layers": best(lambda d=depth: multilayer_perceptron(d), depth, repeat) for depth in layers}
    single = {name: best(anew(name), None, repeat) for name in ("batch_norm", "softmax_cross_entropy")}
    return {"operations": networks | single, "start": start_times(repeat)}


def table(results: dict[str, dict]) -> str:
    head = ("operation", "define", "derive", "generate", "explain", "total ms", "ms/layer", "chars/layer")
    rows = [head]
    for name, row in results["operations"].items():
        parts = [f"{row[key]:.0f}" for key in ("define", "derive", "generate", "explain", "total")]
        deep = row["layers"] is not None
        rows.append((name, *parts, f"{row['per_layer']:.1f}" if deep else "", f"{row['characters_per_layer']:.0f}"))
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    lines = ["  ".join(c.ljust(w) if not k else c.rjust(w) for k, (c, w) in enumerate(zip(r, widths))) for r in rows]
    return "\n".join([*lines, "", *(f"{name:<24} {ms:6.0f} ms" for name, ms in results["start"].items())])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how the time of derivation grows with depth.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--layers", type=int, nargs="+", default=LAYERS, metavar="L", help="depths to try")
    parser.add_argument("--repeat", type=int, default=2, help="runs of which the best counts (default: 2)")
    arguments = parser.parse_args()
    results = benchmark(tuple(arguments.layers), arguments.repeat)
    print(json.dumps(results, indent=2) if arguments.json else table(results))


if __name__ == "__main__":
    main()
