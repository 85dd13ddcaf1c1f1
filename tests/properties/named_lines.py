"""Random definitions of which every line has a name, on arrays that share some axes and lack others."""

from __future__ import annotations

import random
from pathlib import Path

import symnet as sn
from symnet.loading import load_operation

AXES = {"x": "n k", "y": "k m", "z": "n m", "g": "k", "b": "m", "v": "n d"}
SIZES = {"n": 5, "k": 4, "m": 3, "d": 2}
BINARY = ("{a} * {b}", "{a} - 2 * {b}", "{a} / (1 + {b}**2)", "sn.where({a} > {b}, {a}, 0.5 * {b})")
UNARY = ("tanh", "sigmoid", "softplus", "sin", "relu", "abs")
REDUCTIONS = ("sum", "mean", "max", "min", "logsumexp", "var")


def text(seed: int) -> str:
    """The file of a definition."""
    rng = random.Random(seed)
    inputs = rng.sample(sorted(AXES), rng.randint(2, 4))
    axes = {name: frozenset(AXES[name].split()) for name in inputs}
    lines = []
    while len(lines) < 2 or rng.random() < 0.7:
        a, b = rng.choice(list(axes)), rng.choice(list(axes))
        kind = rng.choice(("binary", "binary", "reduction", "reduction", "softmax", "unary"))
        if kind == "binary" and len(axes[a] | axes[b]) <= 3:
            line, left = rng.choice(BINARY).format(a=a, b=b), axes[a] | axes[b]
        elif kind == "unary":
            line, left = f"sn.{rng.choice(UNARY)}({a})", axes[a]
        elif kind in ("reduction", "softmax") and axes[a]:
            over = rng.choice(sorted(axes[a]))
            word = "softmax" if kind == "softmax" else rng.choice(REDUCTIONS)
            line, left = f'sn.{word}({a}, over="{over}")', axes[a] - ({over} if word != "softmax" else set())
        else:
            continue
        name = f"t{len(lines)}"
        axes[name] = left
        lines.append(f"    {name} = {line}")
    if axes[name] and rng.random() < 0.5:
        lines.append(f'    total = sn.sum({name}, over="{" ".join(sorted(axes[name]))}")')
        name = "total"
    arguments = ", ".join(f'{i}: "{AXES[i]}"' for i in inputs)
    return "\n".join(
        ("import symnet as sn", "", "", "@sn.op", f"def drawn({arguments}):", *lines, f"    return {name}", "")
    )


def operation(seed: int, folder: Path) -> sn.Op:
    path = folder / f"drawn{seed}.py"
    path.write_text(text(seed))
    return load_operation(f"{path}:drawn")
