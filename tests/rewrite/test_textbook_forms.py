"""Each gradient comes out as a textbook prints it; nothing is told to the engine per operation."""

import pytest

import symnet as sn
from symnet.catalog import load
from symnet.printing.index_notation import text


def gradient(op, name):
    d = sn.derive(op) if isinstance(op, sn.Op) else sn.derive(load(op))
    return text(d.gradients[name].expr, d.graph)


TEXTBOOK = [
    ("sigmoid", "x", "dy[n,d] y[n,d] (1 - y[n,d])"),
    ("tanh", "x", "dy[n,d] (1 - y[n,d]²)"),
    ("relu", "x", "dy[n,d] [x[n,d] > 0]"),
    ("softmax", "z", "p[n,c] (dp[n,c] - Σ_c' dp[n,c'] p[n,c'])"),
    ("binary_cross_entropy", "z", "(p[n] - y[n])/N"),
    ("softmax_cross_entropy", "z", "(p[n,c] - y[n,c])/N"),
    ("softmax_cross_entropy_labels", "z", "(p[n,c] - [labels[n] = c])/N"),
    ("mean_squared_error", "y", "2/(D N) · (y[n,d] - t[n,d])"),
    ("dense", "x", "Σ_h dy[n,h] w[d,h]"),
    ("dense", "w", "Σ_n dy[n,h] x[n,d]"),
    ("dense", "b", "Σ_n dy[n,h]"),
    (
        "batch_norm",
        "x",
        "1/(N √(var[d] + ε)) · (N dx̂[n,d] - Σ_n' dx̂[n',d] - x̂[n,d] Σ_n' dx̂[n',d] x̂[n',d])",
    ),
    ("batch_norm", "gamma", "Σ_n dy[n,d] x̂[n,d]"),
    ("batch_norm", "beta", "Σ_n dy[n,d]"),
    (
        "layer_norm",
        "x",
        "1/(D √(var[n] + ε)) · (D dx̂[n,d] - Σ_d' dx̂[n,d'] - x̂[n,d] Σ_d' dx̂[n,d'] x̂[n,d'])",
    ),
    ("two_layer_network", "w1", "Σ_n dz[n,h] x[n,d]"),
    ("two_layer_network", "w2", "Σ_n dy_pred[n,o] h[n,h]"),
    ("attention", "v", "Σ_t do[b,t,e] p[b,t,s]"),
    ("leaky_relu", "x", "dy[n,d] where(x[n,d] > 0, 1, α)"),
    ("elu", "x", "dy[n,d] where(x[n,d] > 0, 1, α exp(x[n,d]))"),
    ("step", "x", "0"),
    ("softplus", "x", "dy[n,d] σ(x[n,d])"),
    ("gelu", "x", "dy[n,d] (x[n,d] exp(-1/2 · x[n,d]²)/√(2 π) + φ[n,d])"),
    ("silu", "x", "dy[n,d] (s[n,d] + y[n,d] (1 - s[n,d]))"),
    ("mish", "x", "dy[n,d] (x[n,d] σ(x[n,d]) (1 - t[n,d]²) + t[n,d])"),
    ("hard_tanh", "x", "dy[n,d] [x[n,d] < 1] [x[n,d] > -1]"),
    ("log_softmax", "z", "dy[n,c] - exp(y[n,c]) Σ_c' dy[n,c']"),
    ("binary_cross_entropy_of_probabilities", "yhat", "(ŷ[n] - y[n])/(N ŷ[n] (1 - ŷ[n]))"),
    ("softmax_cross_entropy_soft", "z", "(p[n,c] - y[n,c])/N"),
    ("label_smoothing", "z", "(p[n,c] - q[n,c])/N"),
    ("kl_divergence", "z", "(q[n,c] - p[n,c])/N"),
    ("hinge", "s", "dm[n,c] [m[n,c] > 0] - [labels[n] = c] Σ_c' dm[n,c'] [m[n,c'] > 0]"),
    ("mean_absolute_error", "y", "sign(y[n,d] - t[n,d])/(D N)"),
    ("cosine", "u", "a[n]/N · (u[n,d] a[n] c[n] - v[n,d] b[n])"),
    ("l1_penalty", "w", "λ sign(w[d,h])"),
    ("l2_penalty", "w", "2 λ w[d,h]"),
    ("l2_penalty_half", "w", "λ w[d,h]"),
    ("logistic_regression", "w", "Σ_n dz[n] x[n,d]"),
    ("logistic_regression", "b", "Σ_n dz[n]"),
    ("support_vector_machine", "w", "Σ_n ds[n,c] x[n,d] + 2 λ w[d,c]"),
    ("dense_transposed", "x", "Σ_h dy[n,h] w[h,d]"),
    ("dense_transposed", "w", "Σ_n dy[n,h] x[n,d]"),
    ("embedding", "table", "Σ_n,t dy[n,t,d] [tokens[n,t] = v]"),
    ("dropout", "x", "dy[n,d] m[n,d]"),
    ("inverted_dropout", "x", "dy[n,d] m[n,d]/keep"),
    ("centre", "x", "dy[n,d] - 1/N · Σ_n' dy[n',d]"),
    ("standardize", "x", "1/(N σ[d]) · (N dy[n,d] - Σ_n' dy[n',d] - y[n,d] Σ_n' dy[n',d] y[n',d])"),
    ("batch_norm_inference", "x", "dy[n,d] a[d]"),
    ("batch_norm_inference", "var", "-da[d] a[d]/(2 (var[d] + ε))"),
    ("rms_norm", "x", "1/√(ms[n] + ε) · (dx̂[n,d] - x̂[n,d]/D · Σ_d' dx̂[n,d'] x̂[n,d'])"),
    (
        "instance_norm",
        "x",
        "1/(H W √(var[n,c] + ε)) · (H W dx̂[n,c,h,w] - Σ_h',w' dx̂[n,c,h',w']"
        " - x̂[n,c,h,w] Σ_h',w' dx̂[n,c,h',w'] x̂[n,c,h',w'])",
    ),
    (
        "group_norm",
        "x",
        "1/(C H W √(var[n,g] + ε)) · (C H W dx̂[n,g,c,h,w] - Σ_c',h',w' dx̂[n,g,c',h',w']"
        " - x̂[n,g,c,h,w] Σ_c',h',w' dx̂[n,g,c',h',w'] x̂[n,g,c',h',w'])",
    ),
    ("conv2d", "k", "Σ_n,h,w dy[n,o,h,w] x[n,c,h+r,w+s]"),
    ("avg_pool", "x", "1/4 · Σ_h',w' Σ_r,s=0..1 dy[n,c,h',w'] δ[h,2h'+r] δ[w,2w'+s]"),
    ("computational_graph", "z", "q"),
    (
        "transformer_block",
        "x",
        "dr[b,t,m] + 1/(M √(var[b,t] + 10^-5)) · (M dx̂[b,t,m] - Σ_m' dx̂[b,t,m'] - x̂[b,t,m] Σ_m' dx̂[b,t,m'] x̂[b,t,m'])",
    ),
]


@pytest.mark.parametrize("name, wrt, expected", TEXTBOOK, ids=[f"{n}-{w}" for n, w, _ in TEXTBOOK])
def test_gradient_is_the_textbook_form(name, wrt, expected):
    assert gradient(name, wrt) == expected


def test_attention_scores_have_p_times_dp_minus_rowsum():
    d = sn.derive(load("attention"))
    scores = next(n for n in d.backward if n.name == "dscores")
    assert text(scores.expr, d.graph) == "p[b,t,s] (dp[b,t,s] - Σ_s' dp[b,t,s'] p[b,t,s'])"


def test_two_layer_network_hidden_gradient_is_dh_h_one_minus_h():
    d = sn.derive(load("two_layer_network"))
    dz = next(n for n in d.backward if n.name == "dz")
    assert text(dz.expr, d.graph) == "dh[n,h] h[n,h] (1 - h[n,h])"


@pytest.mark.parametrize("name, staged", [
    ("lstm_cell", {
        "dc_next_total": "dc_next[n,e] + dm[n,e] (1 - m[n,e]²)",
        "di": "dc_next_total[n,e] a[n,e]", "dz_i": "di[n,e] i[n,e] (1 - i[n,e])",
        "df": "dc_next_total[n,e] c[n,e]", "dz_f": "df[n,e] f[n,e] (1 - f[n,e])",
        "do": "dh_next[n,e] m[n,e]", "dz_o": "do[n,e] o[n,e] (1 - o[n,e])",
        "da": "dc_next_total[n,e] i[n,e]", "dz_a": "da[n,e] (1 - a[n,e]²)",
        "dc": "dc_next_total[n,e] f[n,e]",
    }),
    ("gru_cell", {
        "du": "dh_next[n,e] (h[n,e] - a[n,e])", "dz_u": "du[n,e] u[n,e] (1 - u[n,e])",
        "da": "dh_next[n,e] (1 - u[n,e])", "dz_a": "da[n,e] (1 - a[n,e]²)",
        "dr": "ds[n,e] h[n,e]", "dz_r": "dr[n,e] r[n,e] (1 - r[n,e])",
    }),
    ("causal_attention", {
        "dp": "Σ_e do[b,t,e] v[b,s,e]",
        "dseen": "p[b,t,s] (dp[b,t,s] - Σ_s' dp[b,t,s'] p[b,t,s'])",
        "dscores": "dseen[b,t,s] [t ≥ s]",
    }),
], ids=lambda p: p if isinstance(p, str) else "")  # fmt: skip
def test_the_stages_of_a_gradient_are_those_of_a_textbook(name, staged):
    d = sn.derive(load(name))
    found = {n.name: text(n.expr, d.graph) for n in d.backward}
    assert {key: found[key] for key in staged} == staged


def test_softmax_jacobian_is_p_delta_minus_p():
    d = sn.derive(load("softmax"), wrt="z", what="jacobian")
    assert text(d.gradients["z"].expr, d.graph) == "p[n,c] δ[n,n'] (δ[c,c'] - p[n,c'])"


def test_hessian_of_softmax_cross_entropy_is_diag_p_minus_p_p():
    @sn.op
    def loss(z: "c", y: sn.one_hot("c")):
        p = sn.softmax(z, over="c")
        return -sn.sum(y * sn.log(p), over="c")

    d = sn.derive(loss, wrt="z", what="hessian")
    assert text(d.gradients["z"].expr, d.graph) == "p[c] (δ[c,c'] - p[c'])"


@pytest.mark.parametrize(
    "name, wrt, expected",
    [
        ("softmax_cross_entropy", "z", "p[n,c] δ[n,n']/N · (δ[c,c'] - p[n,c'])"),
        ("softmax_regression", "b", "1/N · Σ_n p[n,c'] (δ[c,c'] - p[n,c])"),
        ("least_squares", "w", "Σ_n x[n,d] x[n,d']"),
        ("logistic_regression", "w", "1/N · Σ_n x[n,d] x[n,d'] p[n] (1 - p[n])"),
    ],
)
def test_hessians_of_losses(name, wrt, expected):
    d = sn.derive(load(name), wrt=wrt, what="hessian")
    assert text(d.gradients[wrt].expr, d.graph) == expected


def test_batch_norm_record_holds_the_six_staged_gradients():
    d = sn.derive(load("batch_norm"))
    staged = {s.node.name: text(s.after, d.graph) for s in d.steps if s.kind == "chain"}
    assert staged == {
        "dxhat": "dy[n,d] γ[d]",
        "dvar": "Σ_n 1/2 · dx̂[n,d] (μ[d] - x[n,d]) (var[d] + ε)^(-3/2)",
        "dmu": "Σ_n 2 dvar[d]/N · (μ[d] - x[n,d]) - Σ_n dx̂[n,d]/√(var[d] + ε)",
        "dx": "dμ[d]/N + 2 dvar[d]/N · (x[n,d] - μ[d]) + dx̂[n,d]/√(var[d] + ε)",
        "dgamma": "Σ_n dy[n,d] x̂[n,d]",
        "dbeta": "Σ_n dy[n,d]",
    }


def test_batch_norm_from_named_stages_gives_the_same_three_terms():
    @sn.op
    def staged(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
        mu = sn.mean(x, over="n")
        xc = x - mu
        var = sn.mean(xc**2, over="n")
        r = 1 / sn.sqrt(var + eps)
        xhat = xc * r
        return gamma * xhat + beta

    assert gradient(staged, "x") == "r[d]/N · (N dx̂[n,d] - Σ_n' dx̂[n',d] - x̂[n,d] Σ_n' dx̂[n',d] x̂[n',d])"


def test_softmax_written_out_is_recognised():
    @sn.op
    def written_out(z: "n c", y: sn.one_hot("n c")):
        m = sn.max(z, over="c")
        e = sn.exp(z - m)
        s = sn.sum(e, over="c")
        p = e / s
        return -sn.sum(y * sn.log(p)) / sn.size("n")

    assert gradient(written_out, "z") == "(p[n,c] - y[n,c])/N"


def test_a_declared_fact_is_used():
    @sn.op
    def soft(z: "n c", y: "n c"):
        sn.assume(sn.sum(y, over="c") == 1)
        p = sn.softmax(z, over="c")
        return -sn.sum(y * sn.log(p))

    assert gradient(soft, "z") == "p[n,c] - y[n,c]"


def test_without_the_fact_the_sum_stays():
    @sn.op
    def soft(z: "n c", y: "n c"):
        p = sn.softmax(z, over="c")
        return -sn.sum(y * sn.log(p))

    assert gradient(soft, "z") == "p[n,c] Σ_c' y[n,c'] - y[n,c]"
