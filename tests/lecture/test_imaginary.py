"""The imaginary unit: complex numbers are evaluated as such, and a letter of an index is no such unit."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

UNITS = [
    "Here $i^2 = -1$.",
    "Here $i = \\sqrt{-1}$.",
    "With the imaginary unit $i$:",
    "Пусть $i$ — мнимая единица $i$.",
]


@pytest.mark.parametrize("said", UNITS)
def test_what_is_said_to_be_the_imaginary_unit(verdicts, said):
    assert verdicts(f"{said} Then $(1 + i)(1 - i) = 2$.")["(1 + i)(1 - i) = 2"] in ACCEPTED
    assert verdicts(f"{said} Then $(1 + i)(1 - i) = 0$.")["(1 + i)(1 - i) = 0"] in FOUND


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"e^{i x} = \cos x + i \sin x", r"e^{i x} = \cos x - i \sin x"),
        (r"|e^{2 \pi i x}| = 1", r"|e^{2 \pi i x}| = x"),
        (r"\frac{d}{d t} e^{i a t} = i a e^{i a t}", r"\frac{d}{d t} e^{i a t} = a e^{i a t}"),
        (r"\sum_{n=0}^{N-1} e^{2 \pi i n / N} = 0", r"\sum_{n=0}^{N-1} e^{2 \pi i n / N} = 1"),
    ],
)
def test_exponents_tell_the_imaginary_unit(tell_apart, right, wrong):
    tell_apart("$@$ where $N > 1$", right, wrong)


def test_an_exponent_alone_does_not_tell(verdicts):
    """After i steps a rate is e^{-k i}, a number; nothing is refuted that holds of one of the two."""
    said = r"After $i$ steps it is $e^{-k i}$: $|e^{-k i}| = e^{-k i}$."
    found = verdicts(rf"{said} And $|e^{{i x}}| = 1$. And $e^{{i x}} e^{{i y}} = e^{{i x y}}$.")
    assert found[r"|e^{-k i}| = e^{-k i}"] in ACCEPTED
    assert found[r"|e^{i x}| = 1"] == "reading-dependent"
    assert found[r"e^{i x} e^{i y} = e^{i x y}"] in FOUND


def test_a_conjugate_is_no_name_of_its_own(verdicts):
    found = verdicts("Let $z = a + i b$ with $i^2 = -1$. Then $z \\bar z = a^2 + b^2$ and $|z|^2 = a^2 + b^2$.")
    assert found["z \\bar z = a^2 + b^2"] not in FOUND
    assert found["|z|^2 = a^2 + b^2"] in ACCEPTED


def test_an_index_is_no_imaginary_unit(verdicts):
    found = verdicts(r"With $w_i = e^{-i}$ we have $\frac{w_{i+1}}{w_i} = e^{-1}$ and $\sum_{i=1}^n i^2 = n$.")
    assert found[r"\frac{w_{i+1}}{w_i} = e^{-1}"] in ACCEPTED
    assert found[r"\sum_{i=1}^n i^2 = n"] in FOUND


def test_a_letter_that_is_an_index_elsewhere_is_a_number_in_exponents(verdicts):
    found = verdicts(
        r"Let $i = 0, \dots, 3$ and $\omega_i = 10^{-i}$. Then $e^{-k i} > 0$ and $|e^{-k i}| = e^{-k i}$."
    )
    assert found[r"e^{-k i} > 0"] in ACCEPTED and found[r"|e^{-k i}| = e^{-k i}"] in ACCEPTED


def test_a_name_whose_square_is_zero_is_no_number(verdicts):
    product = r"(a + b \varepsilon)(c + d \varepsilon) = a c + (a d + b c) \varepsilon"
    found = verdicts(rf"Dual numbers $a + b \varepsilon$ with $\varepsilon^2 = 0$: ${product}$.")
    assert found[product] == "needs-context"
