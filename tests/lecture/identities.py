"""True identities of the field: pairs of index expressions that are equal wherever both are defined."""

from __future__ import annotations

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Index, Param, Size, reduce_over
from symnet.ir.graph import Node
from symnet.lecture.algebra.expressions import Unknown

n, m = Size("n"), Size("m")
i, j, k, l = (Index(name, n) for name in "ijkl")
p = Index("p", m)


def node(name, *axes, kind="real"):
    return Node(name, axes, None, kind)


A, B, C, K = node("A", i, j), node("B", i, j), node("C", i, j), node("K", p, i)
x, y, z, g = (node(name, i) for name in "xyzg")
u = node("u", p)
s = node("s", i, kind="positive")
t = Node("t", (p,), None, "labels", n)
mask = node("mask", i, kind="mask")
a, b, c = sp.symbols("a b c", real=True)
r, eps = sp.symbols("r eps", positive=True)
beta = Param("beta")
half = sp.Rational(1, 2)


def S(body, *over):
    return reduce_over("sum", body, over)


def f(arg, order=0):
    return Unknown("f", (order,), arg)


def softmax(v, at):
    return sp.exp(v[at]) / S(sp.exp(v[l]), l)


def norm(v):
    return sp.sqrt(S(v[l] ** 2, l))


mu = S(x[i], i) / n
var = S((x[i] - mu) ** 2, i) / n
sd = sp.sqrt(var + eps)


def xhat(at):
    return (x[at] - mu) / sd


dvar = S(g[i] * (x[i] - mu), i) * (-half) * (var + eps) ** sp.Rational(-3, 2)
dmu = S(-g[i] / sd, i) + dvar * S(-2 * (x[i] - mu), i) / n
greatest = reduce_over("max", z[l], (l,))
sig, soft = fn.sigmoid, fn.softplus


def relu(v):
    return fn.maximum(0, v)


IDENTITIES = {
    # sums
    "frobenius product is symmetric in its names": (S(A[i, j] * B[i, j], i, j), S(A[j, i] * B[j, i], i, j)),
    "sums swap": (S(S(A[i, j] * x[i], j), i), S(S(A[i, j] * x[i], i), j)),
    "trace of a product": (S(A[i, j] * B[j, i], i, j), S(B[i, j] * A[j, i], i, j)),
    "trace is cyclic": (S(A[i, j] * B[j, k] * C[k, i], i, j, k), S(C[i, j] * A[j, k] * B[k, i], i, j, k)),
    "independent factors": (S(x[i] * u[p], i, p), S(x[i], i) * S(u[p], p)),
    "a square of a sum": (S(x[i], i) ** 2, S(x[i] * x[j], i, j)),
    "associativity": (S(A[i, j] * S(B[j, k] * x[k], k), j), S(S(A[i, j] * B[j, k], j) * x[k], k)),
    "quadratic form, symmetric part": (
        S(x[i] * A[i, j] * x[j], i, j),
        S(x[i] * (A[i, j] + A[j, i]) / 2 * x[j], i, j),
    ),
    "quadratic form, antisymmetric part": (S(x[i] * (A[i, j] - A[j, i]) * x[j], i, j), sp.S.Zero),
    "sum of a constant": (S(a + x[i], i), n * a + S(x[i], i)),
    "sum of differences": (S(x[i] - y[i], i), S(x[i], i) - S(y[i], i)),
    "delta picks": (S(fn.eq(i, k) * x[i] * y[i], i), x[k] * y[k]),
    "delta in a double sum": (S(fn.eq(i, j) * A[i, j], i, j), S(A[i, i], i)),
    "delta moves an index": (fn.eq(i, k) * softmax(z, i), fn.eq(i, k) * softmax(z, k)),
    "all but one": (S(fn.ne(i, k) * x[i], i), S(x[i], i) - x[k]),
    "sum of indices": (S(i, i), n * (n - 1) / 2),
    "trace of the identity": (S(fn.eq(i, j), i, j), n),
    "gather": (S(fn.eq(i, t[p]) * z[i], i), z[t[p]]),
    "gathered sum": (S(fn.eq(i, t[p]) * K[p, i], i, p), S(K[p, t[p]], p)),
    "squared distances": (
        S((x[i] - y[i]) ** 2, i),
        S(x[i] ** 2, i) - 2 * S(x[i] * y[i], i) + S(y[i] ** 2, i),
    ),
    "pairwise differences": (S((x[i] - x[j]) ** 2, i, j), 2 * n * S(x[i] ** 2, i) - 2 * S(x[i], i) ** 2),
    "gram matrix": (S(S(K[p, i] * x[i], i) ** 2, p), S(x[i] * S(K[p, i] * K[p, j], p) * x[j], i, j)),
    "lagrange": (
        S((x[i] * y[j] - x[j] * y[i]) ** 2, i, j) / 2,
        S(x[i] ** 2, i) * S(y[i] ** 2, i) - S(x[i] * y[i], i) ** 2,
    ),
    "three factors": (S(x[i], i) * S(y[i], i) * S(z[i], i), S(x[i] * y[j] * z[k], i, j, k)),
    # means and variances
    "centred values sum to zero": (S(x[i] - mu, i), sp.S.Zero),
    "variance": (var, S(x[i] ** 2, i) / n - mu**2),
    "mean of centred squares": (S((x[i] - mu) * x[i], i) / n, var),
    "covariance": (
        S((x[i] - mu) * (y[i] - S(y[j], j) / n), i),
        S(x[i] * y[i], i) - S(x[i], i) * S(y[i], i) / n,
    ),
    "shift does not change the variance": (S((x[i] + a - S(x[j] + a, j) / n) ** 2, i) / n, var),
    "scale of the variance": (S((a * x[i] - S(a * x[j], j) / n) ** 2, i), a**2 * n * var),
    "variance by pairs": (S((x[i] - x[j]) ** 2, i, j) / (2 * n**2), var),
    # batch normalisation
    "normalised values sum to zero": (S(xhat(i), i), sp.S.Zero),
    "normalised squares": (S(xhat(i) ** 2, i) / n, var / (var + eps)),
    "batch norm, staged": (
        g[k] / sd + dvar * 2 * (x[k] - mu) / n + dmu / n,
        (n * g[k] - S(g[i], i) - xhat(k) * S(g[i] * xhat(i), i)) / (n * sd),
    ),
    "batch norm, second term of dmu": (dmu, -S(g[i], i) / sd),
    "batch norm, sum of dx": (
        S((n * g[k] - S(g[i], i) - xhat(k) * S(g[i] * xhat(i), i)), k),
        sp.S.Zero,
    ),
    "three halves": ((var + eps) ** sp.Rational(-3, 2), 1 / ((var + eps) * sd)),
    # softmax and its relatives
    "softmax sums to one": (S(softmax(z, i), i), sp.S.One),
    "softmax is shift invariant": (softmax(z, i), sp.exp(z[i] - a) / S(sp.exp(z[j] - a), j)),
    "stable softmax": (softmax(z, i), sp.exp(z[i] - greatest) / S(sp.exp(z[j] - greatest), j)),
    "log softmax": (sp.log(softmax(z, i)), z[i] - sp.log(S(sp.exp(z[j]), j))),
    "stable log sum exp": (reduce_over("logsumexp", z[j], (j,)), greatest + sp.log(S(sp.exp(z[j] - greatest), j))),
    "softmax jacobian": (
        fn.eq(i, k) * softmax(z, i) - softmax(z, i) * softmax(z, k),
        softmax(z, i) * (fn.eq(i, k) - softmax(z, k)),
    ),
    "softmax jacobian rows": (S(softmax(z, i) * (fn.eq(i, k) - softmax(z, k)), k), sp.S.Zero),
    "softmax pulled back": (
        S(g[i] * softmax(z, i) * (fn.eq(i, k) - softmax(z, k)), i),
        softmax(z, k) * (g[k] - S(g[i] * softmax(z, i), i)),
    ),
    "cross entropy pulled back": (
        S(-y[i] / softmax(z, i) * softmax(z, i) * (fn.eq(i, k) - softmax(z, k)), i),
        softmax(z, k) * S(y[i], i) - y[k],
    ),
    "softmax in one class": (softmax(z, k) * (1 - softmax(z, k)), softmax(z, k) - softmax(z, k) ** 2),
    "softmax with temperature": (
        sp.exp(z[i] / r) / S(sp.exp(z[j] / r), j),
        1 / S(sp.exp((z[j] - z[i]) / r), j),
    ),
    "ratio of softmaxes": (softmax(z, i) / softmax(z, k), sp.exp(z[i] - z[k])),
    # activations
    "sigmoid's slope": (sp.exp(-a) / (1 + sp.exp(-a)) ** 2, sig(a) * (1 - sig(a))),
    "sigmoid mirrored": (sig(-a), 1 - sig(a)),
    "sigmoid from below": (sig(a), sp.exp(a) / (sp.exp(a) + 1)),
    "sigmoid and tanh": (2 * sig(2 * a) - 1, sp.tanh(a)),
    "sigmoid by half tanh": (sig(a), (1 + sp.tanh(a / 2)) / 2),
    "tanh's slope": (1 - sp.tanh(a) ** 2, 1 / sp.cosh(a) ** 2),
    "tanh's slope with a decimal": (
        1 - sp.tanh(a + sp.Rational(44715, 10**6) * b) ** 2,
        1 / sp.cosh(a + sp.Rational(44715, 10**6) * b) ** 2,
    ),
    "tanh in exponentials": (sp.tanh(a), (sp.exp(a) - sp.exp(-a)) / (sp.exp(a) + sp.exp(-a))),
    "tanh of a sum": (sp.tanh(a + b), (sp.tanh(a) + sp.tanh(b)) / (1 + sp.tanh(a) * sp.tanh(b))),
    "cosh and sinh": (sp.cosh(a) ** 2 - sp.sinh(a) ** 2, sp.S.One),
    "softplus mirrored": (soft(a) - soft(-a), a),
    "log sigmoid": (sp.log(sig(a)), -soft(-a)),
    "log of one minus sigmoid": (sp.log(1 - sig(a)), -soft(a)),
    "stable softplus": (soft(a), fn.maximum(a, 0) + sp.log(1 + sp.exp(-fn.absolute(a)))),
    "logit undone": (sp.log(sig(a) / (1 - sig(a))), a),
    "silu's slope": (sig(a) + a * sig(a) * (1 - sig(a)), sig(a) * (1 + a * (1 - sig(a)))),
    "relu": (relu(a), a * fn.gt(a, 0)),
    "relu twice": (relu(relu(a)), relu(a)),
    "relu by absolute value": (relu(a), (a + fn.absolute(a)) / 2),
    "relu of both signs": (relu(a) - relu(-a), a),
    "leaky relu": (fn.where(fn.gt(a, 0), a, a / 10), fn.maximum(a, a / 10)),
    "relu is homogeneous": (relu(r * a), r * relu(a)),
    "sigmoid by cases": (fn.where(fn.ge(a, 0), 1 / (1 + sp.exp(-a)), sp.exp(a) / (1 + sp.exp(a))), sig(a)),
    "elu's slope": (fn.where(fn.gt(a, 0), 1, sp.exp(a)), fn.where(fn.gt(a, 0), 1, (sp.exp(a) - 1) + 1)),
    "square of the absolute value": (fn.absolute(a) ** 2, a**2),
    "absolute value of a product": (fn.absolute(a * b), fn.absolute(a) * fn.absolute(b)),
    "sign times value": (fn.sign(a) * a, fn.absolute(a)),
    "root of a square": (sp.Pow(a**2, half), fn.absolute(a)),
    "maximum and minimum": (fn.maximum(a, b) + fn.minimum(a, b), a + b),
    "maximum by absolute value": (fn.maximum(a, b), (a + b + fn.absolute(a - b)) / 2),
    "maximum is associative": (fn.maximum(a, fn.maximum(b, c)), fn.maximum(fn.maximum(a, b), c)),
    "a mask twice": (S(mask[i] ** 2 * x[i], i), S(mask[i] * x[i], i)),
    "masks and their complements": (mask[i] * (1 - mask[i]), sp.S.Zero),
    # losses
    "binary cross entropy on logits": (
        -(b * sp.log(sig(a)) + (1 - b) * sp.log(1 - sig(a))),
        soft(a) - a * b,
    ),
    "its slope": (-(b / sig(a) - (1 - b) / (1 - sig(a))) * sig(a) * (1 - sig(a)), sig(a) - b),
    "hinge": (fn.maximum(0, 1 - b * a), (1 - b * a) * fn.gt(1, a * b)),
    "huber": (
        fn.where(fn.ge(r, fn.absolute(a)), a**2 / 2, r * fn.absolute(a) - r**2 / 2),
        fn.minimum(fn.absolute(a), r) * (fn.absolute(a) - fn.minimum(fn.absolute(a), r) / 2),
    ),
    "log loss of signs": (sp.log(1 + sp.exp(-a)), -sp.log(sig(a))),
    "normal density's score": (
        sp.log(sp.exp(-((a - b) ** 2) / (2 * r**2)) / sp.sqrt(2 * sp.pi * r**2)),
        -((a - b) ** 2) / (2 * r**2) - sp.log(r) - sp.log(2 * sp.pi) / 2,
    ),
    "entropy of a softmax": (
        -S(softmax(z, i) * sp.log(softmax(z, i)), i),
        sp.log(S(sp.exp(z[j]), j)) - S(softmax(z, i) * z[i], i),
    ),
    # norms, roots, powers, logarithms
    "unit vector": (S((x[i] / norm(x)) ** 2, i), sp.S.One),
    "norm's gradient along itself": (S(x[i] * x[i] / norm(x), i), norm(x)),
    "layer scale": (norm(x) ** -3, 1 / (norm(x) ** 2 * norm(x))),
    "projection": (
        S((g[i] / norm(x) - x[i] * S(g[j] * x[j], j) / norm(x) ** 3) * x[i], i),
        sp.S.Zero,
    ),
    "a root out of a fraction": (sp.sqrt((a + 1) ** 2 * r / 4), fn.absolute(a + 1) * sp.sqrt(r) / 2),
    "log of positive factors": (sp.log(r**2 * s[i] / eps), 2 * sp.log(r) + sp.log(s[i]) - sp.log(eps)),
    "product of exponentials": (reduce_over("prod", sp.exp(x[i]), (i,)), sp.exp(S(x[i], i))),
    "log likelihood": (sp.log(reduce_over("prod", s[i], (i,))), S(sp.log(s[i]), i)),
    "products come apart": (
        reduce_over("prod", x[i] * y[i], (i,)),
        reduce_over("prod", x[i], (i,)) * reduce_over("prod", y[i], (i,)),
    ),
    "constants go out of a product": (reduce_over("prod", a * x[i], (i,)), a**n * reduce_over("prod", x[i], (i,))),
    "constants go out of a maximum": (reduce_over("max", r * x[i] + a, (i,)), r * reduce_over("max", x[i], (i,)) + a),
    "minimum by maximum": (reduce_over("min", x[i], (i,)), -reduce_over("max", -x[i], (i,))),
    "moving average of a constant": ((1 - beta) * S(beta**i, i), 1 - beta**n),
    "moving average, newest first": ((1 - beta) * S(beta ** (n - 1 - i), i), 1 - beta**n),
    "bias correction": (a / (1 - beta**n) * (1 - beta**n), a),
    "fractions with one denominator": (S(s[i] / (s[i] + r), i), n - r * S(1 / (s[i] + r), i)),
    "squares of fractions": (
        S(sig(x[i]) * (1 - sig(x[i])), i),
        S(sig(x[i]), i) - S(sig(x[i]) ** 2, i),
    ),
    "pythagoras": (sp.sin(a) ** 2 + sp.cos(a) ** 2, sp.S.One),
    # unknown functions
    "slopes are linear": (S(f(x[i], 1) * (y[i] + z[i]), i), S(f(x[i], 1) * y[i], i) + S(f(x[i], 1) * z[i], i)),
    "chain rule": (S(fn.eq(i, k) * f(z[k], 1) * g[k], k), f(z[i], 1) * g[i]),
    "back through a layer": (
        S(S(g[j] * f(x[j], 1) * A[j, i], j) * y[i], i),
        S(g[j] * f(x[j], 1) * S(A[j, i] * y[i], i), j),
    ),
    "the same argument": (f(a + b) - f(b + a), sp.S.Zero),
    "mixed slopes": (Unknown("h", (1, 1), a, b), Unknown("h", (1, 1), a, (a + b) - a)),
    "argument in normal form": (f(S(x[i] - mu, i) + a), f(a)),
}

#: differences that vanish somewhere, or for some sizes or signs, but not in general
NEARLY = {
    "root of a square": sp.Pow(a**2, half) - a,
    "log of a square": sp.log(a**2) - 2 * sp.log(fn.absolute(a) + a),
    "transposed factor": S(A[i, j] * B[i, j], i, j) - S(A[i, j] * B[j, i], i, j),
    "swapped matrices": S(A[i, j] * B[j, k], j) - S(B[i, j] * A[j, k], j),
    "free index on the wrong side": A[i, k] - A[k, i],
    "bessel": var - S((x[i] - mu) ** 2, i) / (n - 1),
    "sum for mean": S(x[i] - S(x[j], j), i),
    "softmax without its sum": S(sp.exp(z[i]), i) - 1,
    "shift by a vector": softmax(z, i) - sp.exp(z[i] - x[i]) / S(sp.exp(z[j] - x[j]), j),
    "diagonal case only": softmax(z, i) * (1 - softmax(z, k)) - softmax(z, i) * (fn.eq(i, k) - softmax(z, k)),
    "sigmoid for tanh": sp.tanh(a) - 2 * sig(a) + 1,
    "slope of tanh": 1 - sp.tanh(a) - 1 / sp.cosh(a) ** 2,
    "slope of relu at zero": fn.gt(a, 0) - fn.ge(a, 0),
    "leaky relu with a steep slope": fn.where(fn.gt(a, 0), a, 3 * a) - fn.maximum(a, 3 * a),
    "relu with any factor": relu(b * a) - b * relu(a),
    "triangle": fn.absolute(a + b) - fn.absolute(a) - fn.absolute(b),
    "value at a pole": fn.where(fn.eq(a, 0), 5, 1 / a) - fn.where(fn.eq(a, 0), 7, 1 / a),
    "only at zero": fn.eq(a, 0) * (b - 1),
    "product of differences": (a - b) ** 2 - (a**2 - b**2),
    "freshman": sp.sqrt(a**2 + b**2) - a - b,
    "sum of products": S(x[i] * y[i], i) - S(x[i], i) * S(y[i], i),
    "sum of quotients": S(x[i] / s[i], i) - S(x[i], i) / S(s[i], i),
    "exponential of a sum": sp.exp(S(x[i], i)) - S(sp.exp(x[i]), i),
    "log of a sum": sp.log(S(s[i], i)) - S(sp.log(s[i]), i),
    "power of a sum": S(x[i], i) ** 2 - S(x[i] ** 2, i),
    "size one": S(a + x[i], i) - a - S(x[i], i),
    "size two": n * (n - 1) * (n - 2) * a,
    "max of a sum": reduce_over("max", x[i] + y[i], (i,)) - greatest,
    "max with a negative factor": reduce_over("max", -x[i], (i,)) + reduce_over("max", x[i], (i,)),
    "max with an unknown factor": reduce_over("max", a * x[i], (i,)) - a * reduce_over("max", x[i], (i,)),
    "unknown function of a sum": f(a + b) - f(a) - f(b),
    "its slope": f(a, 1) - f(a),
    "geometric series, one less": (1 - beta) * S(beta**i, i) - (1 - beta ** (n - 1)),
    "batch norm without a term": (
        g[k] / sd + dvar * 2 * (x[k] - mu) / n + dmu / n - (n * g[k] - S(g[i], i)) / (n * sd)
    ),
    "norm of a difference": norm(x) - sp.sqrt(S((x[i] - mu) ** 2, i)),
    "double delta": S(fn.eq(i, k) * A[i, j] * fn.eq(j, l), i, j) - A[l, k],
}
