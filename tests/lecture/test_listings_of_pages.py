"""What programs with padding, masks and windows say; what is not read in them refutes nothing."""

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND
from tests.lecture.test_listings import found_in

CAUSAL = """
def forward(q, k, v):
    '''q: (b, t, d)
    k: (b, s, d)
    v: (b, s, e)
    '''
    _, t, d = q.shape
    s = k.shape[1]
    scores = (q @ k.swapaxes(1, 2)) / d**0.5
    seen = np.where(np.arange(t)[:, None] >= np.arange(s), scores, -np.inf)
    e_seen = np.exp(seen - seen.max(axis=2, keepdims=True))
    p = e_seen / e_seen.sum(axis=2, keepdims=True)
    o = p @ v
    return o, (q, k, v, p)


def backward(do, cache):
    q, k, v, p = cache
    b, t, d = q.shape
    _, s, e = v.shape
    dp = do @ v.swapaxes(1, 2)
    dseen = p * (dp - (dp * p).sum(axis=2, keepdims=True))
    dscores = dseen * (np.arange(t)[:, None] >= np.arange(s))
    dv = p.swapaxes(1, 2) @ do
    dk = (dscores.swapaxes(1, 2) @ q) / d**0.5
    dq = (dscores @ k) / d**0.5
    return dq, dk, dv
"""
PADDED = """
def forward(x, k):
    '''x: (n, c, t)
    k: (o, c, r)
    '''
    r = k.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (2, 0)))
    y = np.einsum("ocr,nctr->not", k, sliding_window_view(padded, r, axis=2))
    return y, (k, padded)


def backward(dy, cache):
    k, padded = cache
    o, _, r = k.shape
    dk = np.einsum("not,nctr->ocr", dy, sliding_window_view(padded, r, axis=2))
    return dk
"""
MASKED = """
def forward(x, mask):
    '''x: (n, d)
    mask: (n, d)
    '''
    seen = np.where(mask != 0, x, -1e9)
    y = np.exp(seen)
    return y, (mask, y)


def backward(dy, cache):
    mask, y = cache
    dseen = dy * y
    dx = dseen * mask
    return dx
"""


def verdicts_of_gradients(code: str) -> list[str]:
    return [f.verdict for f in found_in(code) if f.verdict != "definition"]


@pytest.mark.parametrize("code", [CAUSAL, PADDED], ids=["infinity and positions", "padding and windows"])
def test_a_program_is_read_to_its_end(code):
    found = verdicts_of_gradients(code)
    assert found
    assert set(found) <= set(ACCEPTED)


@pytest.mark.parametrize(
    ("code", "true", "false"),
    [
        (CAUSAL, "dp - (dp * p).sum", "dp + (dp * p).sum"),
        (CAUSAL, "dseen * (np.arange(t)[:, None] >= np.arange(s))", "dseen * (np.arange(t)[:, None] > np.arange(s))"),
        (PADDED, '"not,nctr->ocr", dy', '"not,nctr->ocr", -dy'),
        (PADDED, "dy, sliding_window_view(padded", "dy, sliding_window_view(2 * padded"),
        (MASKED, "dseen = dy * y", "dseen = dy * y * y"),
    ],
)  # fmt: skip
def test_a_mistake_in_such_a_program_is_found(code, true, false):
    assert code.count(true) == 1
    assert set(verdicts_of_gradients(code.replace(true, false))) & set(FOUND)


def test_a_mask_is_asked_to_be_one():
    (finding,) = [f for f in found_in(MASKED) if f.verdict == "needs-hypothesis"]
    assert "entries of mask are 0 or 1" in finding.reason
    assert not [f for f in found_in(MASKED) if f.verdict in FOUND]


def test_a_shape_that_was_guessed_for_an_unread_value_refutes_nothing():
    found = found_in(CAUSAL.replace("np.where(", "np.chosen("))
    assert [f for f in found if "np.chosen()" in f.reason]
    assert not [f for f in found if f.verdict in FOUND]


LOGISTIC = """
def probability(z):
    BODY


def forward(z, y):
    '''z: (n,)
    y: (n,)
    '''
    p = probability(z)
    loss = (np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - z * y).mean()
    return loss, (y, p)


def backward(dloss, cache):
    y, p = cache
    n = y.shape[0]
    dz = dloss / n * (p - y)
    return (dz,)
"""
CONTEXT = "with np.errstate(over='ignore'):\n        return 1 / (1 + np.exp(-z))"
LOOP = "for k in range(1):\n        return 1 / (1 + np.exp(-z))"


def test_a_context_in_a_function_is_read():
    right, wrong = LOGISTIC.replace("BODY", CONTEXT), LOGISTIC.replace("BODY", CONTEXT).replace("p - y)", "p + y)")
    assert {f.verdict for f in found_in(right) if "dz" in f.latex} <= set(ACCEPTED)
    assert any(f.verdict in FOUND for f in found_in(wrong))


@pytest.mark.parametrize("code", [LOGISTIC.replace("BODY", LOOP), LOGISTIC.partition("\n\n\n")[2]])
def test_a_value_of_which_nothing_is_known_but_by_the_gradient_refutes_nothing(code):
    """Of a function that is not read, or that stands elsewhere: its value is no free number."""
    found = found_in(code)
    assert not [f for f in found if f.verdict in FOUND]
    assert any("it uses p, which is not read" in f.reason for f in found)
