"""Characters that stand for letters, commands, fonts, powers and subscripts, as formulas are copied from pages."""

from __future__ import annotations

import unicodedata

#: characters that stand for commands
COMMANDS = {
    "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "→": "to", "←": "leftarrow", "⇒": "Rightarrow", "⇔": "iff",
    "∈": "in", "·": "cdot", "×": "times", "∂": "partial", "∇": "nabla", "∑": "sum", "Σ": "Sigma", "∏": "prod",
    "√": "sqrt", "∞": "infty", "∀": "forall", "⊙": "odot", "⊗": "otimes", "∘": "circ", "∝": "propto", "≡": "equiv",
    "∼": "sim", "⊤": "top", "‖": "|", "∥": "|", "ℝ": "R", "≪": "ll", "≫": "gg", "ℓ": "ell", "∫": "int",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "varphi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Π": "Pi", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
#: what stands raised, and lowered -> what is meant
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱᵀ", "0123456789+-niT"))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₗₘₙₚᵣₛₜᵤₓ", "0123456789+-aeijklmnprstux"))
_FONTS = {"BOLD": "mathbf", "SCRIPT": "mathcal", "DOUBLE-STRUCK": "mathbb", "FRAKTUR": "mathfrak"}


def _letters() -> tuple[dict[int, str], dict[str, tuple[str, str]]]:
    """The mathematical letters: those that mean the plain one, and those with a font."""
    plain, fonts = {ord("ℎ"): "h"}, {"ℒ": ("mathcal", "L"), "ℱ": ("mathcal", "F"), "ℋ": ("mathcal", "H")}
    for code in range(0x1D400, 0x1D800):
        name = unicodedata.name(chr(code), "").split(" ")
        letter = unicodedata.normalize("NFKC", chr(code))
        font = next((command for word, command in _FONTS.items() if word in name), "")
        if not name[0]:
            continue
        if letter in COMMANDS or font:
            fonts[chr(code)] = (font, letter)
        else:
            plain[code] = letter
    return plain, fonts


_PLAIN, FONTS = _letters()
#: characters that mean another one, one for one, so that offsets stay
SAME = _PLAIN | {ord(c): same for c, same in zip("′∗⋅∣⁄\u2061\u2062", "'*·|/  ")}
