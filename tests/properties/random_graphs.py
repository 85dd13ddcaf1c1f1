"""Random definitions in the notation, drawn by hypothesis: every construct may meet every other."""

from __future__ import annotations

from hypothesis import strategies as st

import symnet as sn

INPUTS = {"x": "a b", "w": "b c", "v": "b", "u": "a c", "s": ""}
AXES = {"a", "b", "c", "m"}

UNARY = {
    "tanh": sn.tanh,
    "sigmoid": sn.sigmoid,
    "softplus": sn.softplus,
    "sin": sn.sin,
    "arctan": sn.arctan,
    "erf": sn.erf,
    "square": lambda t: t**2,
    "cube": lambda t: 0.3 * t**3,
    "root": lambda t: sn.sqrt(1 + t**2),
    "log": lambda t: sn.log(1.5 + t**2),
    "exp": lambda t: sn.exp(sn.tanh(t)),
    "reciprocal": lambda t: 1 / (1.5 + t**2),
    "relu": lambda t: sn.relu(t),
    "abs": lambda t: abs(t),
    "clip": lambda t: sn.clip(t, -0.7, 0.8),
    "leaky": lambda t: sn.where(t > 0, t, 0.1 * t),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (1.3 + b**2),
    "maximum": sn.maximum,
    "where": lambda a, b: sn.where(a > b, a * 2, b),
}
REDUCTIONS = {
    "sum": sn.sum,
    "mean": sn.mean,
    "max": sn.max,
    "min": sn.min,
    "prod": lambda t, over: sn.prod(1 + 0.3 * sn.tanh(t), over=over),
    "var": sn.var,
    "std": lambda t, over: sn.sqrt(sn.var(t, over=over) + 0.1),
    "logsumexp": sn.logsumexp,
}


@st.composite
def programs(draw, steps: int = 6) -> list[tuple]:
    """A list of instructions on a growing stack of arrays; positions count from the top."""
    kinds = st.sampled_from(["unary", "binary", "binary", "reduce", "contract", "softmax", "reread", "window"])
    program = []
    for _ in range(draw(st.integers(2, steps))):
        kind = draw(kinds)
        program.append(
            (
                kind,
                draw(st.integers(0, 9)),
                draw(st.integers(0, 9)),
                draw(st.sampled_from(sorted(UNARY))),
                draw(st.sampled_from(sorted(BINARY))),
                draw(st.sampled_from(sorted(REDUCTIONS))),
                draw(st.integers(0, 3)),
                draw(st.booleans()),
            )
        )
    return program


def _step(stack: list, instruction: tuple):
    kind, i, j, unary, binary, reduce, k, _ = instruction
    a, b = stack[-1 - i % len(stack)], stack[-1 - j % len(stack)]
    labels = a.words.split()
    if kind == "binary":
        return BINARY[binary](a, b) if len(set(labels) | set(b.words.split())) <= 3 else a + 1
    if kind == "unary" or not labels:
        return UNARY[unary](a)
    axis = labels[k % len(labels)]
    if kind == "reduce":
        return REDUCTIONS[reduce](a, over=axis)
    if kind == "softmax":
        return sn.softmax(a, over=axis)
    if kind == "contract":
        return sn.sum(a * b, over=axis) if len(set(labels) | set(b.words.split())) <= 4 else sn.sum(a, over=axis)
    if kind == "reread":  # the same array under another name for one axis, and a contraction of the two
        other = " ".join("m" if label == axis else label for label in labels)
        if "m" in labels or len(labels) > 2:
            return a * 0.5
        return sn.mean(sn.tanh(a[other]) * a, over=axis)
    # window of the size of axis c over axis a or b, then back to a scalar along the position
    if axis in ("a", "b") and "c" not in labels and len(labels) <= 2:
        return sn.sum(sn.pad(a, axis, 1)[" ".join(f"{q}+c" if q == axis else q for q in labels)] ** 2, over="c " + axis)
    return sn.tanh(a)


def definition(program: list[tuple], name: str = "random_graph") -> sn.Op:
    """The program as an operation; a third of the arrays get names, the rest stay anonymous."""

    def forward(x, w, v, u, s):
        stack = [x, w, v, u, s]
        for instruction in program:
            if instruction[-1]:
                h = _step(stack, instruction)
                stack.append(h)
            else:
                stack.append(_step(stack, instruction))
        y = stack[-1]
        return y

    return sn.op(forward, name=name, inputs=dict(INPUTS))
