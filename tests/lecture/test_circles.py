r"""Names that are defined through each other: changes of variables, and systems of equations."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

HALVES = r"Let $u = \frac{x + y}{2}$ and $v = \frac{x - y}{2}$. Then $x = u + v$ and $y = u - v$. "
SYSTEM = r"Let $g = \alpha h + 1$ and $h = \beta g + 2$. Then "
POLAR = r"Let $x_1 = r \cos \theta$ and $x_2 = r \sin \theta$. Then $r = \sqrt{x_1^2 + x_2^2}$. "
OVERLAP = (
    r"For $a, b, c > 0$ put $D = \frac{2a}{2a + b + c}$ and $J = \frac{a}{a + b + c}$. "
    r"They determine each other: $D = \frac{2 J}{1 + J}$ and $J = \frac{D}{2 - D}$. In particular "
)
NOISE = r"With $z = \mu + \sigma \varepsilon$ we have $\varepsilon = \frac{z - \mu}{\sigma}$. "


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (HALVES, "x y = u^2 - v^2", "x y = u^2 + v^2"),
        (HALVES, "x^2 + y^2 = 2 u^2 + 2 v^2", "x^2 + y^2 = u^2 + v^2"),
        (SYSTEM, r"(1 - \alpha \beta) h = \beta + 2", r"(1 - \alpha \beta) h = \beta - 2"),
        (SYSTEM, r"g (1 - \alpha \beta) = 2 \alpha + 1", r"g (1 + \alpha \beta) = 2 \alpha + 1"),
        (SYSTEM, r"g = \frac{2 \alpha + 1}{1 - \alpha \beta}", r"g = \frac{2 \alpha + 1}{1 + \alpha \beta}"),
        (POLAR, r"\frac{\partial x_1}{\partial \theta} = -x_2", r"\frac{\partial x_1}{\partial \theta} = x_2"),
        (OVERLAP, r"J \le D", r"J \ge D"),
        (OVERLAP, r"\frac{2}{D} = \frac{1}{J} + 1", r"\frac{2}{D} = \frac{1}{J} + 2"),
        (
            NOISE,
            r"\frac{\partial z}{\partial \sigma} = \frac{z - \mu}{\sigma}",
            r"\frac{\partial z}{\partial \sigma} = z",
        ),
    ],
)
def test_a_claim_on_names_defined_through_each_other(tell_apart, text, right, wrong):
    tell_apart(f"{text}$@$.\n", right, wrong)


def test_what_is_solved_for_a_name_that_was_spoken_of_before_is_a_claim(findings):
    found = findings(HALVES.replace("y = u - v", "y = v - u"))
    assert found["x = u + v"].verdict == "holds"
    assert found["y = v - u"].verdict == "refuted"
    assert found["y = v - u"].correction == "y = u - v"


def test_what_solves_a_system_is_judged_by_the_equations_before_it(verdicts):
    text = (
        r"Let $v = r_1 + \gamma w$ and $w = r_2 + \gamma v$. Then $v = \frac{r_1 + \gamma r_2}{1 - \gamma^2}$ "
        r"and $w = \frac{r_2 + \gamma r_1}{1 + \gamma^2}$."
    )
    found = list(verdicts(text).values())
    assert found == ["definition", "definition", "holds", "refuted"]


def test_a_slope_with_other_coordinates_held_is_not_refuted(verdicts):
    """Of r by x_1, with x_2 held or with the angle: the text does not say."""
    slope = r"\frac{\partial r}{\partial x_1} = \frac{r}{x_1}"
    assert verdicts(f"{POLAR}${slope}$.", slope)[slope] not in (*ACCEPTED, *FOUND)
