"""Normal densities and divergences of normal laws, which are known by their parameters."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import FOUND

NORMAL = [
    (r"\log \mathcal{N}(y; f, 1) = -\frac12 (y - f)^2 - \frac12 \log 2\pi",
     r"\log \mathcal{N}(y; f, 1) = -\frac12 (y - f)^2 - \log 2\pi"),
    (r"\frac{\partial}{\partial m} \log \mathcal{N}(a; m, \sigma^2) = \frac{a - m}{\sigma^2}",
     r"\frac{\partial}{\partial m} \log \mathcal{N}(a; m, \sigma^2) = \frac{a - m}{\sigma}"),
    (r"\nabla_\mu \log \mathcal{N}(x \mid \mu, \Sigma) = \Sigma^{-1} (x - \mu)",
     r"\nabla_\mu \log \mathcal{N}(x \mid \mu, \Sigma) = \Sigma (x - \mu)"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), NORMAL)
def test_the_normal_density_is_known_by_its_law(tell_apart, right, wrong):
    said = r"Let $x, \mu \in \mathbb{R}^n$, $\Sigma \in \mathbb{R}^{n \times n}$ symmetric positive definite."
    tell_apart(f"{said}\n\n$$@$$", right, wrong)


@pytest.mark.parametrize(
    "text",
    [
        r"With the deviation $\sigma$: $\log \mathcal{N}(x; \mu, \sigma) = 1$.",  # or with the variance?
        r"Let $z \in \mathbb{R}^d$. $\log \mathcal{N}(z; 0, \sigma^2) = -\|z\|^2 / 2 - \frac d2 \log 2\pi$",
    ],
)
def test_a_law_that_may_mean_several_is_left_open(verdicts, text):
    assert not {*verdicts(text).values()} & {*FOUND}


def test_a_document_may_define_it_otherwise(tell_apart):
    said = r"$\mathcal{N}(x; m, s) = \frac{1}{s \sqrt{2\pi}} e^{-\frac{(x - m)^2}{2 s^2}}$, so"
    right, wrong = r"\mathcal{N}(m; m, 2) = \frac{1}{2 \sqrt{2\pi}}", r"\mathcal{N}(m; m, 2) = \frac{1}{2 \sqrt{\pi}}"
    tell_apart(f"{said} $@$", right, wrong)


DIVERGENCES = [
    (r"\mathrm{KL}(\mathcal{N}(m, \sigma^2) \| \mathcal{N}(0, 1)) = \frac12 (\sigma^2 + m^2 - 1 - \log \sigma^2)",
     r"\mathrm{KL}(\mathcal{N}(m, \sigma^2) \| \mathcal{N}(0, 1)) = \frac12 (\sigma^2 + m^2 - 1 - \log \sigma)"),
    (r"D_{KL}(\mathcal{N}(x, \sigma^2 I) \,\|\, \mathcal{N}(\mu, \sigma^2 I)) = \frac{1}{2 \sigma^2} \|x - \mu\|^2",
     r"D_{KL}(\mathcal{N}(x, \sigma^2 I) \,\|\, \mathcal{N}(\mu, \sigma^2 I)) = \frac{1}{\sigma^2} \|x - \mu\|^2"),
    (r"D_{KL}(\mathcal{N}(\mu, \operatorname{diag}(s^2)) \| \mathcal{N}(0, I)) = "
     r"\frac12 \sum_{j=1}^n (s_j^2 + \mu_j^2 - 1 - \log s_j^2)",
     r"D_{KL}(\mathcal{N}(\mu, \operatorname{diag}(s^2)) \| \mathcal{N}(0, I)) = "
     r"\frac12 \sum_{j=1}^n (s_j^2 + \mu_j^2 + 1 - \log s_j^2)"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), DIVERGENCES)
def test_the_divergence_of_two_normal_laws(tell_apart, right, wrong):
    said = r"Let $x, \mu, s \in \mathbb{R}^n$, $s_j > 0$, $\sigma > 0$ and $m \in \mathbb{R}$."
    tell_apart(f"{said}\n\n$$@$$", right, wrong)


@pytest.mark.parametrize("law", [r"\mathcal{N}(\mu, \sigma^2 I)", r"\mathcal{N}(\mu, \sigma^2)"])
@pytest.mark.parametrize("said", ["The encoder gives $\\mu$ and $\\sigma$.", "Let $\\mu, \\sigma \\in \\mathbb{R}^d$."])
def test_a_deviation_of_each_coordinate_is_left_open(verdicts, law, said):
    prior = r"\mathcal{N}(0, I)" if "I" in law else r"\mathcal{N}(0, 1)"
    claim = rf"\mathrm{{KL}}({law} \| {prior}) = \frac12 \sum_{{j=1}}^d (\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2)"
    assert verdicts(f"{said}\n\n$${claim}$$")[claim] not in {*FOUND, "ill-typed"}


def test_what_a_density_is_said_to_be_stays_a_definition(verdicts):
    claim = r"p(x) = \sum_k \pi_k \mathcal{N}(x \mid \mu_k, \Sigma_k)"
    assert verdicts(f"A mixture ${claim}$.")[claim] == "definition"
