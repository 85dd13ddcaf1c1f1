"""Definite integrals are computed where two meshes agree, and nothing is said where they do not."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND

OPEN = ("needs-context", "not-understood")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\frac{1}{2a} \int_{-a}^{a} x^2 dx = \frac{a^2}{3}", ACCEPTED),
        (r"\frac{1}{2a} \int_{-a}^{a} x^2 dx = \frac{a^2}{12}", FOUND),
        (
            r"\int_{-\infty}^{\infty} x^2 \frac{1}{\sqrt{2 \pi} s} e^{-x^2/(2 s^2)} dx = s^2",
            ("needs-hypothesis",),
        ),  # s > 0
        (r"\int_0^\infty x e^{-x} dx = 2", FOUND),
        (r"\int_0^1 |x - \frac{1}{3}| dx = \frac{5}{18}", OPEN),  # a kink
        (r"\int_1^\infty \frac{1}{x} dx = 3", OPEN),  # without a value
        (r"\int_0^1 \int_0^1 x y dx dy = 1", OPEN),
    ],
)
def test_integrals(tmp_path, claim, expected):
    path = tmp_path / "lecture.md"
    path.write_text(f"$${claim}$$", encoding="utf-8")
    (found,) = claims_of(read_document(path))
    assert judge(found).verdict in expected


def test_a_name_that_depends_on_the_variable_by_its_definition_is_not_integrated(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text("Let $g = e^{-u^2}$.\n\n$$\\int_0^1 g du = g$$", encoding="utf-8")
    assert judge(claims_of(read_document(path))[-1]).verdict in OPEN
