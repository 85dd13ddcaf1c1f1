"""Equations of a lecture proved in their context, and altered ones that are not."""

import importlib.util
from pathlib import Path

import pytest

from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.proof.prove import prove


def _beside(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


claims = _beside("notation").claims


def last(*texts, reading=None):
    """The proof of the last statement in the context of all."""
    return prove(claims(*texts)[-1], reading or Reading())


NORM = (
    "mu == 1/m*sum(i,1,m,x[i])",
    "v == 1/m*sum(i,1,m,(x[i]-mu)**2)",
    "hat_x[i] == (x[i]-mu)/sqrt(v+epsilon)",
    "y[i] == gamma*hat_x[i]+beta",
)
LAYER = ("bold_z == W*bold_x+bold_b", "bold_a == g(bold_z)")
MATRICES = ("X in 'real(n,d)'", "W in 'real(d,k)'", "Z == X*W")
SOFTMAX = ("p[i] == e**(s[i])/sum(j,1,K,e**(s[j]))",)
ENTROPY = ("bold_q == softmax(bold_a)", "E == -sum(i,t[i]*log(q[i]))", "sum(i,t[i]) == 1")
FORM = ("A in 'real(n,n)'", "bold_x in 'real(n)'", "f(bold_x) == 1/2*T(bold_x)*A*bold_x")
SIGMA = ("sigma(z) == 1/(1+e**(-z))",)
CHAIN = ("y == f(u)", "u == g(x)")
STEPS = ("bold_z[[l]] == W[[l]]*bold_a[[l-1]]+bold_b[[l]]", "bold_a[[l]] == g(bold_z[[l]])")

PROVED = [
    (SIGMA, "sigma.prime(z) == sigma(z)*(1-sigma(z))"),
    (SIGMA, "sigma(-z) == 1 - sigma(z)"),
    ((), "tanh.prime(x) == 1 - tanh(x)**2"),
    ((), "(a+b)**2 == a**2 + 2*a*b + b**2"),
    ((), "max(0, x) == x * cases(1, x > 0, 0)"),
    (NORM, "d(L,hat_x[i]) == d(L,y[i])*gamma"),
    (NORM, "d(L,gamma) == sum(i,1,m,d(L,y[i])*hat_x[i])"),
    (NORM, "d(L,beta) == sum(i,1,m,d(L,y[i]))"),
    (NORM, "d(L,v) == sum(i,1,m,d(L,hat_x[i])*(x[i]-mu)*(-1/2)*(v+epsilon)**(-3/2))"),
    (NORM, "d(L,mu) == sum(i,1,m,d(L,hat_x[i])*(-1)/sqrt(v+epsilon)) + d(L,v)*sum(i,1,m,-2*(x[i]-mu))/m"),
    (NORM, "d(L,x[i]) == d(L,hat_x[i])/sqrt(v+epsilon) + d(L,v)*2*(x[i]-mu)/m + d(L,mu)/m"),
    (NORM, "sum(i,1,m,hat_x[i]) == 0"),
    (MATRICES, "d(L,W) == T(X)*d(L,Z)"),
    (MATRICES, "d(L,X) == d(L,Z)*T(W)"),
    (MATRICES, "T(X*W) == T(W)*T(X)"),
    (MATRICES, "norm(W,F)**2 == tr(T(W)*W)"),
    (SOFTMAX, "sum(i,1,K,p[i]) == 1"),
    (SOFTMAX, "d(p[i],s[j]) == p[i]*(delta[i,j]-p[j])"),
    (SOFTMAX, "d(p[i],s[i]) == p[i]*(1-p[i])"),
    (SOFTMAX, "d(p[i],s[j]) == -p[i]*p[j]; i != j"),
    (ENTROPY, "d(E,a[i]) == q[i]-t[i]"),
    (FORM, "nabla(f(bold_x),bold_x) == 1/2*(A+T(A))*bold_x"),
    (LAYER, "d(L,bold_z) == d(L,bold_a) & g.prime(bold_z)"),
    (LAYER, "d(L,W) == d(L,bold_z)*T(bold_x)"),
    (LAYER, "d(L,bold_b) == d(L,bold_z)"),
    (LAYER, "d(L,bold_x) == T(W)*d(L,bold_z)"),
    (STEPS, "bold_z[[l]] == W[[l]]*bold_a[[l-1]]+bold_b[[l]]"),
    ((), "sum(k,0,t-1,(1-beta)*beta**k) == 1-beta**t"),
    ((), "sum(k,1,t,(1-beta)*beta**(t-k)) == 1-beta**t"),
    (CHAIN, "d(y,x) == f.prime(u)*g.prime(x)"),
]
NOT_PROVED = [
    (SIGMA, "sigma.prime(z) == sigma(z)*(1+sigma(z))"),
    (SIGMA, "sigma(-z) == -sigma(z)"),
    ((), "tanh.prime(x) == 1 - tanh(x)"),
    ((), "(a+b)**2 == a**2 + b**2"),
    ((), "max(0, x) == cases(1, x > 0, 0)"),
    ((), "log(a+b) == log(a)+log(b)"),
    (NORM, "d(L,hat_x[i]) == d(L,y[i])*beta"),
    (NORM, "d(L,gamma) == sum(i,1,m,d(L,y[i])*x[i])"),
    (NORM, "d(L,v) == sum(i,1,m,d(L,hat_x[i])*(x[i]-mu)*(1/2)*(v+epsilon)**(-3/2))"),
    (NORM, "d(L,v) == sum(i,1,m,d(L,hat_x[i])*(x[i]-mu)*(-1/2)*(v+epsilon)**(-1/2))"),
    (NORM, "d(L,x[i]) == d(L,hat_x[i])/sqrt(v+epsilon) + d(L,v)*2*(x[i]-mu)/m"),
    (NORM, "d(L,x[i]) == d(L,hat_x[i])/sqrt(v+epsilon) + d(L,v)*2*(x[i]-mu) + d(L,mu)/m"),
    (MATRICES, "d(L,W) == d(L,Z)*T(X)"),
    (MATRICES, "d(L,W) == X*d(L,Z)"),
    (MATRICES, "T(X*W) == T(X)*T(W)"),
    (SOFTMAX, "d(p[i],s[j]) == -p[i]*p[j]"),
    (SOFTMAX, "d(p[i],s[j]) == p[i]*(1-p[j]); i != j"),
    (SOFTMAX, "sum(i,1,K,p[i]) == K"),
    (ENTROPY, "d(E,a[i]) == t[i]-q[i]"),
    (ENTROPY[:2], "d(E,a[i]) == q[i]-t[i]"),
    (FORM, "nabla(f(bold_x),bold_x) == A*bold_x"),
    (LAYER, "d(L,bold_z) == d(L,bold_a) & g(bold_z)"),
    (LAYER, "d(L,bold_x) == W*d(L,bold_z)"),
    ((), "sum(k,1,t,(1-beta)*beta**(t-k)) == 1-beta**(t-1)"),
    ((), "sum(k,0,t,(1-beta)*beta**k) == 1-beta**t"),
    (CHAIN, "d(y,x) == f.prime(x)*g.prime(u)"),
    (CHAIN, "d(y,x) == 0"),
    (STEPS, "bold_z[[l]] == W[[l]]*bold_a[[l]]+bold_b[[l]]"),
    (STEPS, "d(bold_z[[l+1]],bold_a[[l-1]]) == 0"),
]


@pytest.mark.parametrize("context, text", PROVED)
def test_proved(context, text):
    assert last(*context, text) is not None


@pytest.mark.parametrize("context, text", NOT_PROVED)
def test_not_proved(context, text):
    assert last(*context, text) is None


def test_positivity_by_the_domain_is_listed():
    proof = last("log(a*b/c) == log(a) + log(b) - log(c)")
    assert [(a.fact, a.source) for a in proof.assumptions] == [
        (f"{x} > 0", "where both sides are defined") for x in "abc"
    ]
    assert last("log(x[i]) + abs(x[j]) == log(x[i]) + x[j]") is None


def test_a_fact_does_not_prove_itself():
    assert last("sum(i,t[i]) == 1") is None


def test_an_undefined_sigma_is_the_logistic_function_only_where_it_is_read_so():
    claim = "sigma.prime(z) == sigma(z)*(1-sigma(z))"
    assert last(claim) is None
    assert last(claim, reading=Reading(sigma=True)) is not None


def test_a_loss_of_which_nothing_is_known_proves_nothing():
    assert last("d(L,w) == 0") is None
    assert last("y == 3*x", "d(L,w) == d(L,y)*0") is None
