"""Is it LaTeX?  Braces, environments, left and right pair up; commands are known; no symbol has two subscripts."""

from __future__ import annotations

import re

COMMANDS = set(
    """
    dots frac sqrt sum prod max min log exp sin cos tan sinh cosh tanh arctan operatorname mathrm mathtt mathbf
    mathbb hat in times bar approx tilde dot left right begin end cdot wedge le ge ne top odot infty partial lfloor
    rfloor quad
    Leftrightarrow Rightarrow alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu
    nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
    """.split()
)
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^&]|[^\\{}_^&]", re.DOTALL)


def check_formula(formula: str) -> None:
    """Raises AssertionError saying what is wrong."""
    assert formula.isascii(), f"not ASCII: {formula}"
    assert formula.count(r"\left") == formula.count(r"\right") + formula.count(r"\leftarrow"), formula
    stack: list[str] = []
    scripts: list[set[str]] = [set()]  # subscript and superscript of the symbol before, per group
    awaiting = ""
    for token in _TOKEN.findall(formula):
        if token.startswith("\\") and token[1:].isalpha():
            assert token[1:] in COMMANDS, f"unknown command {token} in {formula}"
        if token in "_^":
            assert not awaiting and token not in scripts[-1], f"two {token} on one symbol in {formula}"
            scripts[-1].add(token)
            awaiting = token
            continue
        if token == "{":
            stack.append("script" if awaiting else "group")
            scripts.append(set())
        elif token == "}":
            assert stack, f"a brace too many in {formula}"
            kind = stack.pop()
            scripts.pop()
            if kind == "group":
                scripts[-1] = set()
        elif token.strip() and not awaiting:
            scripts[-1] = set()
        awaiting = ""
    assert not stack, f"a brace is open in {formula}"
    begun = re.findall(r"\\(begin|end)\{(\w+)\}", formula)
    assert [n for w, n in begun if w == "begin"] == [n for w, n in begun if w == "end"], formula
