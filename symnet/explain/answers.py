"""The answer to an exercise: what is filled in, whether it is one formula, and what it speaks of.

Names are told apart by the lecture checker, as it will judge them: a gradient is equal to itself in any spelling.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Big, Derivative, Expr

BLANK = r"\ldots"
GRADIENT = "d "  # the gradient of x is d x, in whatever spelling
LONGEST = 2_000  # characters of an answer
_SPACE = re.compile(r"(?<!\\)\\[,;:! ]|\\q?quad(?![A-Za-z])|~|\s+")
_BRACKET = re.compile(r"\[[^\[\]]*\]")  # [x > 0] is 0 or 1
_CASES = re.compile(r"\\begin\{cases\}((?:(?!\\begin\{).)*?)\\end\{cases\}", re.DOTALL)  # the innermost
_RELATION = re.compile(r"\\(?:le|ge|leq|geq|ne|neq|text\{\s*(?:otherwise|else|if|иначе|если)\s*\})(?![A-Za-z])|[<>=]")
#: words and signs that an answer to one line has no need of
_FOREIGN = re.compile(
    r"\\(?:partial|nabla|mathcal|text(?![a-z])|begin|end|label|tag|def|newcommand|let|input|include|\\|approx|le|ge|leq|geq|ne"
    r"|neq|in|to|implies|iff|quad|qquad|sim|propto|equiv|dots|ldots|cdots|dot|ddot|prime|ell)(?![A-Za-z])|\\\\|[&=<>$%#?!;:\"@]"
)


@dataclass(frozen=True)
class Answer:
    """What stands behind the equals sign; ``left_kept`` says that the left side is the one that was given."""

    right: str
    left_kept: bool

    @property
    def empty(self) -> bool:
        return not _SPACE.sub("", self.right.replace(BLANK, "").replace(r"\dots", "").replace("…", "")).strip("._?{}")

    @classmethod
    def read(cls, formula: str, left: str) -> Answer:
        head, _, right = " ".join(formula.split()).partition("=")
        return cls(right.strip().rstrip(".,").strip(), _SPACE.sub("", head) == _SPACE.sub("", left))


def not_a_formula(answer: str) -> str:
    """The key of the reason why an answer is not one formula; empty where it may be one."""
    if len(answer) > LONGEST:
        return "long"
    text = _BRACKET.sub("", _SPACE.sub(" ", _without_cases(answer)))
    if _FOREIGN.search(text) or not text.isprintable():
        return "foreign"
    if answer.count("{") != answer.count("}") or answer.count("(") != answer.count(")"):
        return "brackets"
    return ""


def _without_cases(answer: str) -> str:
    """The values and the sides of the conditions of each distinction of cases, side by side; what is none stays."""
    while (found := _CASES.search(answer)) is not None:
        rows = [row.split("&") for row in found[1].split(r"\\") if row.strip()]
        parts = [*(row[0] for row in rows), *(side for row in rows for c in row[1:] for side in _RELATION.split(c))]
        if any(len(row) > 2 for row in rows):
            break
        answer = f"{answer[: found.start()]}({') ('.join(parts)}){answer[found.end() :]}"
    return answer


def names_itself(claim: Claim, lefts: Iterable[str]) -> str:
    """The left side among ``lefts`` that an answer speaks of; empty where it speaks of none."""
    from symnet.lecture.reader.reader import read_formula

    assert claim.context is not None and claim.right is not None
    found = _names_in(claim.right)
    for left in lefts:
        (read,) = read_formula(left)
        asked = claim.context.naming.resolve(read.terms[0])  # type: ignore[union-attr]
        if found & _names_in(asked):
            return left
    return ""


def unknown_names(claim: Claim, known: Collection[str]) -> list[str]:
    """The names in an answer that stand nowhere else in its document, are not ``known`` and no function or constant."""
    assert claim.context is not None and claim.right is not None
    others = (line.statement for line in claim.context.lines if line.order != claim.order)
    said = {name.removeprefix(GRADIENT) for statement in others for name in _names_in(statement)} | {*known}
    unknown = sorted(name for name in _names_in(claim.right) if name.removeprefix(GRADIENT) not in said)
    return [claim.context.naming.latex(name) for name in unknown if not _is_builtin(name)]


def _names_in(expr: Expr) -> set[str]:
    """The names in a tree as the checker reads them; letters of indices and of sums are none.

    Of what a gradient is taken is told from the name itself.
    """
    names, todo = set[str](), [expr]
    bound = {v.name for p in expr.walk() if isinstance(p, Big) for v in p.variables}
    while todo:
        part = todo.pop()
        if isinstance(part, Derivative):
            names |= {GRADIENT + by.key for by in part.by if isinstance(by, Ref)}
        elif isinstance(part, Ref):
            names |= {part.key} - bound
        else:
            todo += part.children()
    return names


def _is_builtin(name: str) -> bool:
    from symnet.lecture.values.functions import is_evaluated

    bare = name.removeprefix("\\")
    return bare in ("e", "pi", "delta", "sigma") or is_evaluated(bare)


__all__ = ["BLANK", "Answer", "names_itself", "not_a_formula", "unknown_names"]
