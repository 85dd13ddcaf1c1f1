"""Random definitions with a scan: random steps of one or two states, read afterwards in random ways."""

from __future__ import annotations

from hypothesis import strategies as st

import symnet as sn
from tests.properties.random_graphs import BINARY, UNARY

INPUTS = {"x": "n t", "v": "t d", "w": "k d", "p": "n d", "q": "n d", "b": "d"}
SMOOTH = sorted(set(UNARY) - {"relu", "abs", "clip", "leaky", "cube", "square"})
ENDS = ("all", "last", "mean", "both", "square of all")


@st.composite
def scans(draw, steps: int = 5) -> tuple:
    """Instructions for a step on a growing stack of arrays, how many states there are, and what is read of them."""
    instructions = []
    for _ in range(draw(st.integers(1, steps))):
        kind = draw(st.sampled_from(["unary", "binary", "binary", "contract", "mean"]))
        places = draw(st.integers(0, 9)), draw(st.integers(0, 9))
        unary, binary = draw(st.sampled_from(SMOOTH)), draw(st.sampled_from(["add", "sub", "mul", "div"]))
        instructions.append((kind, *places, unary, binary, draw(st.booleans())))
    states, picks = draw(st.integers(1, 2)), draw(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)))
    return instructions, states, picks, draw(st.sampled_from(ENDS)), draw(st.booleans())


def _combined(stack: list, instruction: tuple, w):
    kind, i, j, unary, binary, _ = instruction
    a, b = stack[-1 - i % len(stack)], stack[-1 - j % len(stack)]
    if kind == "unary":
        return UNARY[unary](a)
    if kind == "contract" and "d" in a.words.split():
        return sn.sum(a[a.words.replace("d", "k")] * w["k d"], over="k") * 0.5
    if kind == "mean" and a.words == "n d":
        return a - sn.mean(a, over="n")
    return BINARY[binary](a, b)


def definition(drawn: tuple, name: str = "random_scan") -> sn.Op:
    """The program as an operation; some of the arrays of a step get names."""
    instructions, states, picks, end, extra = drawn

    def forward(x, v, w, p, q, b):
        def step(*given):
            state, (x, v) = given[:states], given[states:]
            stack = [x, v, b, *state]
            for instruction in instructions:
                if instruction[-1]:
                    h = _combined(stack, instruction, w)
                    stack.append(h)
                else:
                    stack.append(_combined(stack, instruction, w))
            found = [sn.tanh(stack[-1 - pick % len(stack)] + 0.5 * s) for pick, s in zip(picks, state)]
            return (*found, sn.sin(stack[-1 - picks[2] % len(stack)] * state[0])) if extra else tuple(found)

        results = sn.scan(step, (p, q)[:states], x, v, over="t")
        h = results[-1] if extra else results[0]
        if end == "all":
            return sum(results[1:], results[0])
        if end == "last":
            return sn.last(results[0], over="t") * sn.last(h, over="t")
        if end == "mean":
            return sn.mean(sum(results[1:], results[0]), over="t")
        if end == "both":
            return results[states - 1] * sn.last(results[0], over="t")
        return sn.sum(h**2, over="d") + sn.sum(results[0], over="d t")

    return sn.op(forward, name=name, inputs=dict(INPUTS))
