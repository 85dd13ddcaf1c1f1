"""Formulas with characters for letters, fonts, primes, powers and subscripts are read as those with commands."""

from __future__ import annotations

import pytest

from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.reader import read_formula


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("f′(x) = 1", "f'(x) = 1"),
        ("𝑓(𝑥) = 𝑥²", "f(x) = x^2"),
        ("𝐱ᵀ𝐲 = 𝐀⁻¹𝐛", r"\mathbf{x}^T \mathbf{y} = \mathbf{A}^{-1} \mathbf{b}"),
        ("𝛼 + 𝔼[𝑥] = ℒ", r"\alpha + \mathbb{E}[x] = \mathcal{L}"),
        ("x₁₂ − xₙ = 𝑙𝑜𝑔 𝑧", r"x_{12} - x_{n} = \log z"),
        ("‖𝑥‖ ⋅ a ∣ b ∣ = ∥y∥", r"\|x\| \cdot a |b| = \|y\|"),
    ],
)
def test_characters_mean_what_commands_do(written, meant):
    (one,), (other,) = read_formula(written), read_formula(meant)
    assert one == other
    assert latex_of(one) == latex_of(other)
