"""Bounds: what fails far out, or in larger arrays, does not hold."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

VECTOR = r"Let $x \in \mathbb{R}^n$. "
CHANCES = r"Let $p_1, \dots, p_K > 0$ with $\sum_{k=1}^K p_k = 1$. "


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        (VECTOR, r"\|x\|_1 \le 2 \|x\|_2"),
        (VECTOR, r"\|x\|_1 \le 3 \|x\|_2"),
        (CHANCES, r"\sum_{k=1}^K p_k^2 \ge \frac{1}{8}"),
        (CHANCES, r"-\sum_{k=1}^K p_k \log p_k \le 2"),
        ("For all $u > 0$: ", r"\ln(1 + u) \ge \frac{u}{4}"),
        ("For all real $u$: ", r"\tanh u \le \frac{u}{1 + 0.3 u^2} + 0.2"),
        (r"For $n \ge 1$: ", r"\sum_{k=1}^n \frac{1}{k} \le 3"),
    ],
)
def test_a_bound_that_fails_far_out_is_not_accepted(verdicts, said, bound):
    assert verdicts(f"{said}${bound}$.")[bound] not in {*ACCEPTED, "needs-hypothesis"}


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        (VECTOR, r"\|x\|_1 \le \sqrt{n} \|x\|_2"),
        (CHANCES, r"-\sum_{k=1}^K p_k \log p_k \le \log K"),
        ("For all $u > 0$: ", r"\ln u \le \sqrt{u}"),
        ("For all real $u$: ", r"\sigma(u) < 1"),
        ("For all real $u$: ", r"1 - e^{-u^2} < 1"),
        ("For all real $u$: ", r"e^u \ge 1 + u"),
        (r"For $n \ge 1$: ", r"\sum_{k=1}^n \frac{1}{k^2} \le \frac{\pi^2}{6}"),
    ],
)
def test_a_bound_that_holds_everywhere_is_accepted(verdicts, said, bound):
    """Far out a strict one may be met to all digits."""
    assert verdicts(f"{said}${bound}$.")[bound] in ACCEPTED


DIVERGENCE = r"Let $q_k > 0$ with $\sum_k q_k = 1$ and $r_k > 0$ with $\sum_k r_k = 1$. "


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (
            DIVERGENCE,
            r"\sum_{k=1}^K q_k \log \frac{q_k}{r_k} \ge 0",
            r"\sum_{k=1}^K q_k \log \frac{r_k}{q_k} \ge 0",
        ),
        (r"Let $h(u) = \max(a u, (a - 1) u)$ with $0 < a < 1$. We have ", r"h(u) \ge 0", r"h(u) \le 0"),
    ],
)
def test_what_is_never_above_zero_is_no_condition(tell_apart, said, right, wrong):
    tell_apart(said + "$@$.", right, wrong)


def test_a_bound_that_is_asked_for_is_a_condition(verdicts):
    text = r"Let $h(u) = e^u - 1 - u$. If $h(u) < 0$, the step is rejected."
    assert verdicts(text)["h(u) < 0"] == "condition"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("For all $x$ we have $x^2 > 0$.", "needs-hypothesis"),
        ("For $x \\neq 0$ we have $x^2 > 0$.", "holds"),
        ("For any nonzero vector $v$ we have $\\|v\\|^2 > 0$.", "holds"),
        ("Для всех $v$ верно $\\|v\\|^2 > 0$.", "needs-hypothesis"),
        ("For all $x$ we have $x^2 + 1 > 0$.", "holds"),
        ("For all $x$ we have $x^2 \\ge 0$.", "holds"),
    ],
)
def test_strict_bounds_are_tried_at_zero(verdicts, claim, verdict):
    assert [*verdicts(claim).values()][-1] == verdict


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (r"Let $v, u \in \mathbb{R}^n$ with $\|v\| \le 1$. ", r"v^\top u \le \|u\|", r"v^\top u \le \frac{1}{2} \|u\|"),
        (
            r"Let $V \in \mathbb{R}^{n \times n}$ with $\|V\|_F \le 1$ and $x \in \mathbb{R}^n$. ",
            r"\|V x\| \le \|x\|",
            r"\|V x\| \le \frac{1}{2} \|x\|",
        ),
        (
            r"For $x \in \mathbb{R}^n$ let $S \in \mathbb{R}^{n \times n}$ be a matrix with $\lambda_{\max}(S) \le 2$.",
            r"x^\top S x \le 2 \|x\|^2",
            r"x^\top S x \le \|x\|^2",
        ),
        (r"Let $x \ge y$. ", r"|x - y| = x - y", r"|x - y| = y - x"),
        (r"Suppose that $t > 1$. ", "t^2 > t", "t^2 < t"),
    ],
)
def test_what_fails_is_tried_where_the_assumed_inequalities_hold(tell_apart, said, right, wrong):
    """The right ones were refuted by points at which nothing of it holds."""
    tell_apart(f"{said}Then\n\n$$@$$\n", right, wrong)


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (r"Let $|x| < 1$ and $|y| < 1$. ", r"|x y| < 1", r"|x + y| < 1"),
        (r"Let $|x| < 1$ and $|y| < 1$. ", r"x + y < 2", r"x + y < 0"),
        (r"Let $x, y, z > 0$ with $x + y + z \le 1$. ", r"x y z \le \frac{1}{27}", r"x y z \le \frac{1}{40}"),
        (
            r"Let $u, v \in \mathbb{R}^n$ with $\|u\| \le 1$, $\|v\| \le 1$ and $u^\top v \ge \frac{9}{10}$. ",
            r"\|u - v\|^2 \le \frac{1}{5}",
            r"\|u - v\|^2 \le \frac{1}{50}",
        ),
        (
            r"Let $\eta, \beta > 0$ with $\eta \le \frac{1}{\beta}$. ",
            r"\eta \beta \le 1",
            r"\eta \beta \le \frac{1}{2}",
        ),
        (r"Let $a \le b$, $b \le c$ and $c \le d$. ", r"a \le d", r"d \le a"),
        (r"Let $a + b = 1$ and $a \le b$. ", r"a \le \frac{1}{2}", r"a \le \frac{1}{4}"),
        (
            r"Let $u, v \in \mathbb{R}^n$ with $u^\top v = 0$ and $\|u\| \le 1$, $\|v\| \le 1$. ",
            r"\|u + v\|^2 \le 2",
            r"\|u + v\|^2 \le 1",
        ),
        (r"Suppose that $t \ge 1$. ", r"\max(0, 1 - t) = 0", r"\max(0, t - 1) = 0"),
        (r"Let $x \in (0, 2)$. ", "x^2 < 4", "x^2 < 3"),
        (r"Let $u, v \in [1, \infty)$. ", r"u v \ge u", r"u v \ge u + v"),
        (r"Let $z \in [0, \pi]$. ", r"\sin z \ge 0", r"\cos z \ge 0"),
        (r"Let $q \in (-\infty, -1]$. ", r"q^2 \ge 1", r"q^2 \ge 2"),
        (r"Put $r = 1 - 2 c$ with $r \in (0, 1)$. ", r"r^2 \le r", r"r \le r^2"),
        ("Put $s = 1 - 2 a$, and assume $s > 0$. ", r"\sqrt{s^2} = s", r"\sqrt{s^2} = -s"),
        (r"Let $p = a + b$ with $p \ge 1$. ", r"p^2 \ge p", r"p^2 \ge 2 p"),
    ],
)
def test_points_are_moved_to_where_the_assumed_inequalities_hold(tell_apart, said, right, wrong):
    """Few or no points drawn at random meet them, or nothing but the claim itself says that it is no condition."""
    tell_apart(f"{said}Then $@$.", right, wrong)


ORDERED = r"Let $A \preceq B$ be symmetric matrices in $\mathbb{R}^{n \times n}$, and $x \in \mathbb{R}^n$. "
BOUNDED = r"Let $H \in \mathbb{R}^{n \times n}$ be symmetric with $0 \preceq H \preceq L I$, and $x \in \mathbb{R}^n$. "


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (ORDERED, r"x^\top A x \le x^\top B x", r"x^\top B x \le x^\top A x"),
        (BOUNDED, r"\|H x\|^2 \le L x^\top H x", r"\|H x\|^2 \le \frac{1}{2} L x^\top H x"),
        (BOUNDED, r"x^\top H x \le L \|x\|^2", r"x^\top H x \le \frac{1}{2} L \|x\|^2"),
        (
            BOUNDED + r"Let $0 < \eta \le 1 / L$. ",
            r"\|x - \eta H x\| \le \|x\|",
            r"\|x - \eta H x\| \le \frac{1}{2} \|x\|",
        ),
    ],
)
def test_matrices_are_moved_to_where_their_assumed_order_holds(tell_apart, said, right, wrong):
    tell_apart(f"{said}Then\n\n$$@$$\n", right, wrong)


def test_where_no_point_meets_what_is_assumed_nothing_is_refuted(verdicts):
    claim = r"x \le |y|"
    assert verdicts(rf"Let $x^2 + 1 \le |y| - y$ with $y \ge 0$. Then ${claim}$.", claim)[claim] not in FOUND
    claim = r"m \|x\|^2 \le x^\top L x"
    said = r"Let $L \in \mathbb{R}^{n \times n}$ with $1 I \preceq L \preceq - I$ and $x \in \mathbb{R}^n$."
    assert verdicts(f"{said} Then\n\n$${claim}$$\n", claim)[claim] not in FOUND


def test_a_norm_is_of_no_number(verdicts):
    """For a number of n entries the wrong bound would hold."""
    said = r"The norm $\|w\|_1 = \sum_{j=1}^n |w_j|$ is at most "
    assert verdicts(said + r"$\|w\|_1 \le \sqrt{n} \|w\|_2$.")[r"\|w\|_1 \le \sqrt{n} \|w\|_2"] in ACCEPTED
    assert verdicts(said + r"$\|w\|_1 \le \sqrt{n / 2} \|w\|_2$.")[r"\|w\|_1 \le \sqrt{n / 2} \|w\|_2"] in FOUND


def test_the_index_of_a_function_is_a_number_in_all_that_the_claim_relies_on(tell_apart):
    text = (
        "Let $t > 0$ and\n\n$$S_t(z) = \\max(z - t, 0) - \\max(-z - t, 0).$$\n\n"
        "With $h(v) = \\frac{1}{2} (v - z)^2 + t |v|$ for all $v$\n\n$$@$$\n"
    )
    tell_apart(text, r"h(S_t(z)) \le h(v)", r"h(S_t(z)) \ge h(v)")


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("Let $a, b > 0$.", r"\log(a b) = \log a + \log b"),
        ("For $x, y, z > 0$ we have", r"x + y + z \ge 3 \sqrt[3]{x y z}"),
        (r"Пусть $p, q \ge 0$.", r"\sqrt{p q} = \sqrt{p} \sqrt{q}"),
    ],
)
def test_a_bound_of_several_names_is_one_of_each_of_them(verdicts, said, claim):
    assert verdicts(f"{said} ${claim}$.")[claim] in {"proved", "holds"}


def test_capitals_that_stand_for_numbers_are_numbers_in_a_bound(verdicts):
    """R G would be a product of matrices by convention."""
    text = (
        "Then\n$$\\|w_{k+1} - w^*\\|^2 = \\|w_k - w^*\\|^2 - 2 \\eta g_k^\\top (w_k - w^*) + \\eta^2 \\|g_k\\|^2.$$\n"
        "The function $\\psi(\\eta) = \\frac{R^2}{2 \\eta k} + \\frac{\\eta G^2}{2}$ with $R, G, k > 0$ satisfies\n"
        "$$\\psi(\\eta) \\ge \\frac{R G}{\\sqrt{k}}$$\n"
    )
    bound = r"\psi(\eta) \ge \frac{R G}{\sqrt{k}}"
    assert verdicts(text, bound)[bound] in ACCEPTED


def test_a_bound_that_is_assumed_is_not_refuted_by_a_formula_elsewhere(verdicts):
    text = (
        "# A\n\nLet $0 < \\mu \\le L$ and $\\eta = \\frac{2}{\\mu + L}$.\n\n"
        "# B\n\nLet $L > 0$, and let $0 < \\eta \\le 1 / L$. Then $\\eta L \\le 1$.\n"
    )
    assert not {*FOUND} & {*verdicts(text).values()}


def test_what_is_said_under_another_heading_takes_nothing_from_what_is_definite(tell_apart):
    first = r"Let $A \preceq B$ be symmetric matrices in $\mathbb{R}^{n \times n}$."
    second = r"Let $A, B \in \mathbb{R}^{n \times n}$ be positive definite with $A \preceq B$. Then"
    text = f"# A\n\n{first}\n\n# B\n\n{second}\n\n$$@$$\n"
    tell_apart(text, r"B^{-1} \preceq A^{-1}", r"A^{-1} \preceq B^{-1}")


@pytest.mark.parametrize(
    ("formula", "bound", "expected"),
    [
        (r"M = x^2 + 1, \qquad BOUND", r"M \ge 1", ACCEPTED),
        (r"M = x^2 + 1, \qquad BOUND", r"M \le 0", ("refuted",)),
        (r"f(t) = t^2, \quad BOUND", r"f(t) \ge 0", ACCEPTED),
        (r"S = x^2 - y^2, \quad T = x^2 + y^2, \quad BOUND", r"T \ge S", ACCEPTED),
        (r"\mu = \frac{c}{L}, \quad BOUND", r"\mu < 1", ("condition",)),
    ],
)
def test_the_range_of_what_a_formula_comes_to_is_said_beside_it(findings, formula, bound, expected):
    found = list(findings(f"The value is $${formula.replace('BOUND', bound)}.$$").values())
    assert found[-1].verdict in expected


def test_a_condition_beside_a_formula_is_none_of_its_results(verdicts):
    assert len(verdicts(r"The root is $$g(t) = \sqrt{t}, \quad t > 0.$$")) == 1
