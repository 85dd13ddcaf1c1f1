"""The answer to an exercise as text: what is filled in, whether it is one formula, whether it names what is asked for.

These tests come before any mathematics and rather refuse too much: a gradient is equal to itself under any name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

BLANK = r"\ldots"
LONGEST = 2_000  # characters of an answer
_SPACE = re.compile(r"(?<!\\)\\[,;:! ]|\\q?quad(?![A-Za-z])|~|\s+")
_FONT = re.compile(
    r"\\(?:math(?:rm|bf|it|sf|tt|bb|cal|frak|scr)|text(?:rm|bf|it|sf)?|operatorname|boldsymbol|bm|rm|bf|it)"
    r"(?![A-Za-z])\*?"
)
_TYPED = re.compile(r"\\mathtt\s*\{([^{}]{2,})\}")  # a name by itself, in which no other one is found
_GROUP = re.compile(r"(?<![_^])\{([^{}]*)\}")
_SUB = re.compile(r"_(?:\{([^{}]*)\}|(<[^<>]+>|[^{]))")
_LABEL = re.compile(r"(?:«\w+»,?)+|\d+|[A-Z]")
_WORD = re.compile(r"(_\{|,)\s*\\mathrm\s*\{\s*([A-Za-z]+)\s*\}\s*(?=[,}])")  # a word in a subscript
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(ord("A"), ord("z") + 1)})
_SIZE = re.compile(r"\\(?:left|right|[bB]ig{1,2}[lrm]?)(?![A-Za-z])")
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
        return not _plain(self.right.replace(BLANK, "").replace(r"\dots", "").replace("…", "").strip("._ ?"))

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


def names_itself(answer: str, lefts: Iterable[str], page: Iterable[str] = ()) -> str:
    """The gradient among ``lefts`` that an answer names, in whatever spelling; empty where it names none.

    Words below the symbols of the ``page`` tell names apart: dh_next is not dh.
    """
    labels = {word for formula in page for _, word in _WORD.findall(formula)}
    letters = _plain(answer, labels)
    for left in lefts:
        if re.search(rf"{re.escape(_plain(left, labels).rstrip('|'))}(?!\[)", letters):
            return left
    return ""


def unknown_names(answer: str, page: Iterable[str]) -> list[str]:
    """The names in an answer that stand in no formula of the page and are no function or constant; letters of indices
    are free."""
    known = {name for formula in page for name in _names(formula)}
    return [name for name in dict.fromkeys(_names(answer)) if name not in known and not _is_builtin(name)]


def _names(formula: str) -> Iterator[str]:
    from symnet.lecture.context.refs import spelling
    from symnet.lecture.reader.reader import read_formula
    from symnet.lecture.reader.syntax import Big, Statement, Symbol

    for statement in read_formula(formula):
        parts = [p for t in statement.terms for p in t.walk()] if isinstance(statement, Statement) else []
        below = {id(i) for p in parts if isinstance(p, Symbol) for sub in p.subs for i in sub.walk()}
        below |= {id(v) for p in parts if isinstance(p, Big) for v in p.variables}
        yield from (spelling(p) for p in parts if isinstance(p, Symbol) and id(p) not in below)


def _is_builtin(name: str) -> bool:
    from symnet.lecture.values.functions import is_evaluated

    bare = name.removeprefix("\\")
    return bare in ("e", "pi", "delta", "sigma") or is_evaluated(bare)


def _plain(latex: str, words: Collection[str] = ()) -> str:
    r"""The letters of a formula: without spaces, fonts, groups and indices; labels as in z_2 and mu_B are kept, and so
    are ``words``."""
    latex = _WORD.sub(lambda m: f"{m[1]}«{m[2]}»" if m[2] in words else m[0], latex)
    typed = _TYPED.sub(lambda m: "<" + "-".join(m[1].replace("\\_", "_")) + ">", latex)
    text = _COMMAND.sub(lambda m: f"<{m[1].translate(_WIDE)}>", _SIZE.sub("", _FONT.sub("", typed)))
    text = _SPACE.sub("", text)
    for _ in range(20):
        inside = _GROUP.sub(r"\1", text)
        inside = _SUB.sub(lambda m: _label(m[1] if m[1] is not None else m[2]), inside)
        if inside == text:
            break
        text = inside
    return text


def _label(subscript: str) -> str:
    """The label that a subscript begins with, in brackets; its indices are left out."""
    found = _LABEL.match(subscript)
    return f"[{found[0]}]" if found else "|"


__all__ = ["BLANK", "Answer", "names_itself", "not_a_formula", "unknown_names"]
