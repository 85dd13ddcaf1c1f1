"""Recurrent cells, one step through time each; a cell over time, step by step and unrolled over a few steps."""

import symnet as sn


def affine(x, h, w, u, b):
    """X W + H U + b, the argument of every gate."""
    return sn.sum(x * w, over="d") + sn.sum(h["n k"] * u, over="k") + b


@sn.op(source="Elman, Cognitive Science 14 (1990)")
def rnn_cell(x: "n d", h: "n k", w: "d e", u: "k e", b: "e") -> "n e":
    """Simple recurrent cell, tanh(X W + H U + b)."""
    z = sn.sum(x * w, over="d") + sn.sum(h * u, over="k") + b
    h_next = sn.tanh(z)
    return h_next


@sn.op(source="Gers, Schmidhuber, Cummins, Neural Computation 12 (2000)")
def lstm_cell(
    x: "n d", h: "n k", c: "n e",
    w_i: "d e", u_i: "k e", b_i: "e",
    w_f: "d e", u_f: "k e", b_f: "e",
    w_o: "d e", u_o: "k e", b_o: "e",
    w_a: "d e", u_a: "k e", b_a: "e",
) -> ("n e", "n e"):  # fmt: skip
    """Long short-term memory cell: gates for input, forgetting and output, the candidate, the new state and memory."""
    z_i = affine(x, h, w_i, u_i, b_i)
    i = sn.sigmoid(z_i)
    z_f = affine(x, h, w_f, u_f, b_f)
    f = sn.sigmoid(z_f)
    z_o = affine(x, h, w_o, u_o, b_o)
    o = sn.sigmoid(z_o)
    z_a = affine(x, h, w_a, u_a, b_a)
    a = sn.tanh(z_a)
    c_next = f * c + i * a
    m = sn.tanh(c_next)
    h_next = o * m
    return h_next, c_next


@sn.op(source="Cho et al., arXiv 1406.1078 (2014), eqs. 5 to 8")
def gru_cell(
    x: "n d", h: "n e",
    w_r: "d e", u_r: "k e", b_r: "e",
    w_u: "d e", u_u: "k e", b_u: "e",
    w_a: "d e", u_a: "k e", b_a: "e",
) -> "n e":  # fmt: skip
    """Gated recurrent unit: gates for reset and update, the candidate, the new state."""
    z_r = affine(x, h, w_r, u_r, b_r)
    r = sn.sigmoid(z_r)
    z_u = affine(x, h, w_u, u_u, b_u)
    u = sn.sigmoid(z_u)
    s = r * h
    z_a = affine(x, s, w_a, u_a, b_a)
    a = sn.tanh(z_a)
    h_next = u * h + (1 - u) * a
    return h_next


@sn.op(source="Werbos, Proc. IEEE 78 (1990)")
def rnn(x: "n t d", h0: "n e", w: "d e", u: "k e", b: "e"):
    """Simple recurrent network over time, all states of its cell."""

    def step(h, x):
        return rnn_cell(x, h["n k"], w, u, b)

    h = sn.scan(step, h0, x, over="t")
    return h


@sn.op(source="Gers, Schmidhuber, Cummins, Neural Computation 12 (2000)")
def lstm(
    x: "n t d", h0: "n e", c0: "n e",
    w_i: "d e", u_i: "k e", b_i: "e",
    w_f: "d e", u_f: "k e", b_f: "e",
    w_o: "d e", u_o: "k e", b_o: "e",
    w_a: "d e", u_a: "k e", b_a: "e",
):  # fmt: skip
    """Long short-term memory over time, all states of its cell and the last memory."""

    def step(h, c, x):
        return lstm_cell(x, h["n k"], c, w_i, u_i, b_i, w_f, u_f, b_f, w_o, u_o, b_o, w_a, u_a, b_a)

    h, c = sn.scan(step, (h0, c0), x, over="t")
    return h, sn.last(c, over="t")


@sn.op(source="Cho et al., arXiv 1406.1078 (2014), eqs. 5 to 8")
def gru(
    x: "n t d", h0: "n e",
    w_r: "d e", u_r: "k e", b_r: "e",
    w_u: "d e", u_u: "k e", b_u: "e",
    w_a: "d e", u_a: "k e", b_a: "e",
):  # fmt: skip
    """Gated recurrent unit over time, all states of its cell."""

    def step(h, x):
        return gru_cell(x, h, w_r, u_r, b_r, w_u, u_u, b_u, w_a, u_a, b_a)

    h = sn.scan(step, h0, x, over="t")
    return h


def unrolled(steps: int, name: str = "") -> sn.Op:
    """A simple recurrent cell applied to ``steps`` inputs in turn, the same weights each time."""

    def forward(x, h, w, u, b):
        for t in range(steps):
            z = sn.sum(x[f"n {t} d"] * w, over="d") + sn.sum(h["n k"] * u, over="k") + b
            h = sn.tanh(z)
        return h

    forward.__doc__ = f"Simple recurrent network unrolled over {steps} steps, the last state."
    forward.__module__ = __name__
    inputs = {"x": "n t d", "h": "n e", "w": "d e", "u": "k e", "b": "e"}
    source = "Werbos, Proc. IEEE 78 (1990)"
    return sn.op(forward, name=name or f"rnn_{steps}", source=source, inputs=inputs)


rnn_unrolled = unrolled(3, name="rnn_unrolled")
