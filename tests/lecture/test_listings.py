"""Hand-written gradients in NumPy listings: the right ones are accepted, altered ones are found, and nothing is run."""

import textwrap
import time
from dataclasses import dataclass

import pytest

from symnet.lecture.listings.listings import findings_of
from symnet.lecture.verdict import ACCEPTED, FOUND


@dataclass(frozen=True)
class Listing:
    code: str
    line: int = 1
    end_line: int = 0
    language: str = "python"
    cell: int | None = None


def found_in(code: str, *earlier: str, line: int = 1):
    return findings_of(Listing(code.strip("\n"), line), tuple(Listing(e.strip("\n")) for e in earlier), limit=120.0)


def verdicts(code: str, *earlier: str) -> dict[int, str]:
    return {f.line: f.verdict for f in found_in(code, *earlier)}


RELU_NET = """
N, D, H, C = 32, 20, 15, 5
x = np.random.randn(N, D)
y = np.random.randn(N, C)
w1 = np.random.randn(D, H)
w2 = np.random.randn(H, C)
for step in range(500):
    h = x.dot(w1)
    r = np.maximum(h, 0)
    y_pred = r.dot(w2)
    loss = np.square(y_pred - y).sum()
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = r.T.dot(grad_y_pred)
    grad_r = grad_y_pred.dot(w2.T)
    grad_h = grad_r.copy()
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)
    w1 -= 1e-3 * grad_w1
    w2 -= 1e-3 * grad_w2
"""
SOFTMAX = """
n = X.shape[0]
scores = np.dot(X, W) + b
e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
probs = e / np.sum(e, axis=1, keepdims=True)
loss = np.sum(-np.log(probs[range(n), y])) / n + 0.5 * reg * np.sum(W * W)
dscores = probs.copy()
dscores[range(n), y] -= 1
dscores /= n
dW = np.dot(X.T, dscores)
db = np.sum(dscores, axis=0, keepdims=True)
dW += reg * W
"""
BATCHNORM = """
mu = x.mean(axis=0)
var = x.var(axis=0)
std = np.sqrt(var + 1e-5)
x_hat = (x - mu) / std
y = gamma * x_hat + beta
dx_hat = dy * gamma
dgamma = np.sum(dy * x_hat, axis=0)
dbeta = np.sum(dy, axis=0)
dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * np.mean(dx_hat * x_hat, axis=0)) / std
"""
ATTENTION = """
d = Q.shape[1]
S = Q @ K.T / np.sqrt(d)
E = np.exp(S - S.max(axis=1, keepdims=True))
A = E / E.sum(axis=1, keepdims=True)
out = A @ V
dV = A.T @ dout
dA = dout @ V.T
dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))
dQ = dS @ K / np.sqrt(d)
dK = dS.T @ Q / np.sqrt(d)
"""
RIDGE = """
n = len(X)
y_hat = X @ w + b
loss = np.mean((y_hat - y)**2) + lam * np.sum(w**2)
grad_w = 2 / n * X.T @ (y_hat - y) + 2 * lam * w
grad_b = 2 * np.mean(y_hat - y)
w -= lr * grad_w
b -= lr * grad_b
"""
RNN = """
def step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache

def step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dtanh = dnext_h * (1 - next_h ** 2)
    dx = dtanh.dot(Wx.T)
    dprev_h = dtanh.dot(Wh.T)
    dWx = x.T.dot(dtanh)
    dWh = prev_h.T.dot(dtanh)
    db = dtanh.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db
"""
DICTIONARY = """
W1, b1 = params["W1"], params["b1"]
W2, b2 = params["W2"], params["b2"]
z1 = X @ W1 + b1
a1 = sigmoid(z1)
y_hat = a1 @ W2 + b2
N = X.shape[0]
loss = 0.5 * np.sum((y_hat - y) ** 2) / N
dy_hat = (y_hat - y) / N
grads["W2"] = a1.T @ dy_hat
grads["b2"] = dy_hat.sum(axis=0)
dz1 = (dy_hat @ W2.T) * a1 * (1 - a1)
grads["W1"] = X.T @ dz1
grads["b1"] = dz1.sum(axis=0)
"""
CLASS = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.01
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        out = x @ self.W + self.b
        return out
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        dx = dout @ self.W.T
        return dx
"""
RIGHT = {"relu": RELU_NET, "softmax": SOFTMAX, "batchnorm": BATCHNORM, "attention": ATTENTION, "ridge": RIDGE,
         "rnn": RNN, "dictionary": DICTIONARY, "class": CLASS}  # fmt: skip
CLAIMS = {"relu": 5, "softmax": 3, "batchnorm": 4, "attention": 5, "ridge": 2, "rnn": 5, "dictionary": 6, "class": 3}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in ("softmax", "rnn") else ()) for n in RIGHT]
)
def test_right_gradients_are_accepted(name):
    accepted = [f for f in found_in(RIGHT[name]) if f.verdict in ACCEPTED]
    assert len(accepted) == CLAIMS[name]
    assert not [f for f in found_in(RIGHT[name]) if f.verdict in FOUND]


@pytest.mark.parametrize("name", ["relu", "batchnorm", "attention", "ridge", "class"])
def test_gradients_are_proved_with_symbolic_sizes(name):
    claims = [f for f in found_in(RIGHT[name]) if f.verdict in ACCEPTED]
    assert {f.verdict for f in claims} == {"proved"} and {f.method for f in claims} == {"symbolic"}


ALTERED = [
    ("relu", "2.0 * (y_pred - y)", "2.0 * (y - y_pred)", 11, "grad_y_pred = 2.0 * (y_pred - y)"),
    ("relu", "2.0 * (y_pred - y)", "(y_pred - y)", 11, None),
    ("relu", "dot(w2.T)", "dot(w2)", 13, "grad_r = grad_y_pred.dot(w2.T)"),
    ("relu", "r.T.dot(grad_y_pred)", "h.T.dot(grad_y_pred)", 12, "grad_w2 = r.T.dot(grad_y_pred)"),
    ("relu", "x.T.dot(grad_h)", "grad_h.T.dot(x)", 16, "grad_w1 = x.T.dot(grad_h)"),
    ("relu", "w1 -= 1e-3 * grad_w1", "w1 += 1e-3 * grad_w1", 17, "w1 -= 0.001 * grad_w1"),
    ("relu", "w2 -= 1e-3 * grad_w2", "w2 -= 1e-3 * grad_w1", 18, "w2 -= 0.001 * grad_w2"),
    ("softmax", "dscores /= n\n", "", 7, "dscores /= n"),
    ("softmax", "dW += reg * W", "dW -= reg * W", 11, None),
    ("batchnorm", "dy * x_hat, axis=0", "dy * x, axis=0", 7, "dgamma = np.sum(dy * x_hat, axis=0)"),
    ("batchnorm", "- dx_hat.mean(axis=0)", "- dx_hat.sum(axis=0)", 9, None),
    ("attention", "A.T @ dout", "A @ dout", 6, "dV = A.T @ dout"),
    ("attention", "dS @ K / np.sqrt(d)", "dS @ K", 9, "dQ = dS @ K / np.sqrt(d)"),
    ("ridge", "2 * lam * w", "lam * w", 4, None),
    ("ridge", "np.mean(y_hat - y)\n", "np.sum(y_hat - y)\n", 5, "grad_b = 2 * np.mean(y_hat - y)"),
    ("rnn", "x.T.dot(dtanh)", "x.T.dot(dnext_h)", 11, "dWx = x.T.dot(dnext_h * (1 - next_h ** 2))"),
    ("dictionary", "(1 - a1)", "(1 + a1)", 11, None),
    ("class", "dout.sum(axis=0)", "2 * dout.sum(axis=0)", 11, None),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, old, new, line, correction",
    [pytest.param(*a, marks=pytest.mark.slow if n % 2 else ()) for n, a in enumerate(ALTERED)],
)
def test_altered_gradients_are_found_where_they_stand(name, old, new, line, correction):
    assert old in RIGHT[name]
    found = [f for f in found_in(RIGHT[name].replace(old, new, 1)) if f.verdict in FOUND]
    assert line in [f.line for f in found]
    if correction is not None:
        assert next(f for f in found if f.line == line).correction == correction


def test_a_counterexample_has_the_point_and_both_values():
    (wrong,) = [f for f in found_in(RELU_NET.replace("2.0 * (y_pred - y)", "y_pred - y")) if f.verdict == "refuted"]
    example = wrong.counterexample
    assert {"sizes", "seed", "entry", "written", "derivative"} <= set(example)
    assert example["derivative"] == pytest.approx(2 * example["written"])


def test_one_wrong_line_does_not_make_the_lines_after_it_wrong():
    found = verdicts(RELU_NET.replace("2.0 * (y_pred - y)", "y_pred - y"))
    assert found[11] == "refuted" and found[12] in ACCEPTED and found[16] in ACCEPTED


def test_a_factor_that_is_made_good_later_is_a_matter_of_reading():
    found = verdicts("""
m = X.shape[1]
Z = np.dot(W, X) + b
A = sigmoid(Z)
cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
dZ = A - Y
dW = np.dot(dZ, X.T) / m
""")
    assert found[5] == "reading-dependent" and found[6] in ACCEPTED


def test_gradients_outside_the_training_loop():
    head, body = RELU_NET.split("    grad_y_pred", 1)
    dedented = head + "\n".join(row.strip() for row in ("grad_y_pred" + body).splitlines())
    loop = [f for f in found_in(dedented) if f.reading == "a training loop"]
    assert [f.verdict for f in loop] == ["refuted"] and "indent" in loop[0].correction
    assert not [f for f in found_in(RELU_NET) if f.reading == "a training loop"]


def test_printed_line_numbers_are_no_code():
    rows = RELU_NET.strip("\n").split("\n")
    numbered = "\n".join(f"{k:<3}{row}" for k, row in enumerate(rows, 1))
    assert verdicts(numbered) == verdicts(RELU_NET)


def test_earlier_listings_give_the_context():
    forward, backward = RIDGE.split("grad_w =", 1)
    alone = verdicts("grad_w =" + backward)
    assert alone[1] == "needs-context"
    assert verdicts("grad_w =" + backward, forward)[1] in ACCEPTED


def test_lines_count_from_the_listing():
    assert [f.line for f in found_in("loss = np.sum(x ** 2)\ndx = 2 * x", line=40)] == [40, 41]


KNOWN = [
    ("f = lambda x: 1 / (1 + np.exp(-x))  # sigmoid", "proved"),
    ("sigmoid = lambda x: 1 / (1 + np.exp(x))", "refuted"),
    ("def relu(x):\n    return np.maximum(0, x)", "proved"),
    ("def relu(x):\n    return np.minimum(0, x)", "refuted"),
    ("def tanh(x):\n    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))", "proved"),
    ("def tanh(x):\n    return (np.exp(x) + np.exp(-x)) / (np.exp(x) - np.exp(-x))", "refuted"),
    ("def sigmoid_prime(s):\n    return s * (1 - s)", "proved"),
    ("def sigmoid_prime(s):\n    return s * (1 + s)", "refuted"),
    ("def softmax(x):\n    e = np.exp(x)\n    return e / e.sum(axis=1, keepdims=True)",
     "holds"),
    ("def softmax(x):\n    return np.exp(x) / np.sum(np.exp(x))", "reading-dependent"),
    ("def area(r):\n    return 3 * r ** 2", "definition"),
]  # fmt: skip


@pytest.mark.parametrize("code, verdict", KNOWN)
def test_functions_with_a_settled_name(code, verdict):
    assert next(f.verdict for f in found_in(code)) == verdict


ABSTAIN = [
    "h = layer(x)\nloss = np.sum(h ** 2)\ndx = 3 * x",  # what layer does is not known
    "for i in range(n):\n    loss += X[i] @ w\ndw = X.sum(axis=0)",  # a loop over entries
    "dx = 2 * x",  # of what?
    "loss = np.sum(w ** 2) / 2\nif flag:\n    loss = np.sum(w)\ndw = w",
    "loss = np.mean((x - y) ** 2)\ngrad_z = 2 * x",
]


@pytest.mark.parametrize("code", ABSTAIN)
def test_in_doubt_nothing_is_accepted_or_refuted(code):
    assert not [f for f in found_in(code) if f.verdict in (*ACCEPTED, *FOUND)]


HOSTILE = [
    "__import__('os').system('touch /tmp/symnet-was-here')\ndx = 2 * x",
    "loss = eval('1')\ndw = exec('2')",
    "x = " + "(" * 5000 + "1" + ")" * 5000,
    "x = 9 ** 9 ** 9 ** 9\nloss = x\ndx = 1",
    "def f(x):\n    return f(x)\ny = f(1)\nloss = np.sum(y)\ndy = f(y)",
    "loss = np.sum(x[::2])\ndx = x[",
    "\x00\x01 = 3",
    "while True:",
    "    indented = 1\n  less = 2",
    "grads['W'] = \nloss = )",
    "loss = np.sum(x)\ndx = np.ones_like(x, **{})\ndx[...] = 0",
]


@pytest.mark.parametrize("code", HOSTILE)
def test_bad_input_is_reported_and_never_run(code, tmp_path):
    start = time.monotonic()
    assert not [f for f in found_in(code) if f.verdict in ACCEPTED]
    assert time.monotonic() - start < 15
    import os

    assert not os.path.exists("/tmp/symnet-was-here")


def test_other_languages_are_left_alone():
    assert findings_of(Listing("int main() { return 0; }", language="cpp")) == ()


def test_the_same_report_every_time():
    assert found_in(SOFTMAX) == found_in(SOFTMAX)


GROUPS = """
def forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=2, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=2, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma)

def backward(dout, cache):
    xhat, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    return dgamma, dbeta
"""


def test_offsets_of_arrays_with_three_axes_may_have_two():
    """The output has no name of its own, and the shapes of gamma and beta are said nowhere."""
    claims = [f for f in found_in(GROUPS) if f.line > 8 and f.verdict not in ("definition",)]
    assert [f.verdict in ACCEPTED for f in claims] == [True, True], claims
    wrong = found_in(GROUPS.replace("(dout * xhat)", "(dout * gamma)"))
    assert [f.line for f in wrong if f.verdict in FOUND] == [10]


def test_an_axis_that_a_guessed_shape_does_not_have_is_no_clash():
    code = "def backward(dy, cache):\n    scale, c = cache\n    dx = dy * scale\n    return (c * dx).sum(axis=3)\n"
    assert not [f for f in found_in(code) if f.verdict in FOUND]


def test_labels_drawn_in_a_subscript_stay_labels():
    code = """
rng = np.random.default_rng(0)
N, D, C = 8, 5, 3
X = rng.standard_normal((N, D))
W = rng.standard_normal((D, C))
T = np.eye(C)[rng.integers(C, size=N)]
S = X @ W
E = np.exp(S - S.max(axis=1, keepdims=True))
P = E / E.sum(axis=1, keepdims=True)
loss = -np.sum(T * np.log(P)) / N
dS = (P - T) / N
"""
    assert verdicts(code)[10] in ACCEPTED
    assert set(verdicts(code.replace("(P - T) / N", "(P + T) / N")).values()) & set(FOUND)


GRADIENT_OF_LOSS = """
def nll(w, X, y):
    z = X @ w
    return np.sum(np.log(1 + np.exp(z)) - y * z)

def gradient(w, X, y):
    return X.T @ (1 / (1 + np.exp(-(X @ w))) - y)
"""


def test_a_function_called_gradient_is_that_of_the_loss_with_the_same_arguments():
    assert verdicts(GRADIENT_OF_LOSS)[6] in ACCEPTED
    (wrong,) = (f for f in found_in(GRADIENT_OF_LOSS.replace("X.T @", "-X.T @")) if f.line == 6)
    assert wrong.verdict in FOUND and wrong.correction.startswith("return ")
    other = GRADIENT_OF_LOSS.replace("gradient(w, X, y)", "gradient(w, X, y, lr)").replace("X.T @", "-X.T @")
    assert not [f for f in found_in(other) if f.verdict in FOUND]


NOISE = """
def reparametrise(mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    return z

def reparametrise_backward(dz, mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    dmu = dz
    dlogvar = dz * eps * {factor}std
    return dmu, dlogvar
"""


@pytest.mark.parametrize(("factor", "expected"), [("0.5 * ", ACCEPTED), ("", FOUND), ("2 * ", FOUND)])
def test_noise_by_the_name_of_a_small_constant_is_not_left_out(factor, expected):
    """Where eps is a factor, a gradient that is wrong everywhere agrees with the right one at eps = 0."""
    assert verdicts(NOISE.format(factor=factor))[9] in expected


DIVERGENCE = """
def divergence(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))

def divergence_backward(mu, logvar):
    dmu = {sign}mu
    dlogvar = {factor} * (np.exp(logvar) - 1)
    return dmu, dlogvar
"""


@pytest.mark.parametrize(
    ("sign", "factor", "expected"),
    [
        ("", "0.5", (ACCEPTED, ACCEPTED)),
        ("-", "0.5", (FOUND, ACCEPTED)),
        ("", "0.25", (ACCEPTED, FOUND)),
        ("-", "0.25", (("needs-context",), ("needs-context",))),  # nothing says that these are of what is returned
    ],
)
def test_one_right_gradient_says_what_the_others_are_of(sign, factor, expected):
    found = verdicts(DIVERGENCE.format(sign=sign, factor=factor))
    assert found[5] in expected[0]
    assert found[6] in expected[1]


def test_a_gradient_that_goes_on_in_a_statement_that_is_not_read_is_not_judged_before_it():
    code = """
    def loss_and_gradient(theta, a, r):
        e = np.exp(theta - theta.max())
        p = e / e.sum()
        loss = -r * np.log(p[a])
        dtheta = r * p
        dtheta[a] -= r
        return loss, dtheta
    """
    assert verdicts(textwrap.dedent(code))[5] == "definition"


def test_diagonals_are_read_and_what_is_not_read_settles_no_sizes():
    code = (
        "S = A @ B.T\nP = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)\n"
        "loss = -np.log(np.diag(P)).sum()\ndS = P - np.eye(len(A))\ndB = dS.T @ A\n"
    )
    assert {*verdicts(code).values()} <= {"definition", *ACCEPTED}
    assert verdicts(code.replace("dS.T @ A", "dS @ A"))[5] == "refuted"
    assert not {*verdicts(code.replace("np.diag(P)", "strange(P)")).values()} & {*FOUND}
