"""An exercise: the page of a derivation with its gradients left blank, its solutions, and the judging of what a
student wrote into the blanks.

Every answer is judged by itself: it stands in a document that holds the true definitions and nothing else, and the
lecture checker says whether the gradient is equal to it, in whatever form.  An answer is called right only where the
same answer plus 1 is found wrong, so that a claim of which nothing is tested is never right.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symnet.errors import SymnetError
from symnet.explain.answers import BLANK, Answer, names_itself, not_a_formula
from symnet.explain.content import Content, Line, content
from symnet.explain.options import Options
from symnet.explain.render import MARKDOWN, lay_out
from symnet.explain.texts import texts

if TYPE_CHECKING:
    from symnet.derivation import Derivation
    from symnet.lecture.verdict import Finding

MARK = re.compile(r"<!-- blank: (?P<name>\S+) -->\s*\$\$(?P<formula>.*?)\$\$", re.DOTALL)
PAGE = "answer.md"


@dataclass(frozen=True)
class Blank:
    """A line of the chain rule; ``right`` is what stands there, or may be left out."""

    name: str
    left: str
    right: str
    through: tuple[str, ...]
    hidden: bool = True


@dataclass(frozen=True)
class Judgement:
    """What is said of one answer: right, wrong, empty, unreadable, circular or open."""

    left: str
    answer: str
    verdict: str
    reason: str = ""


@dataclass(frozen=True)
class Exercise:
    """The exercise of one derivation; ``hide`` names the quantities whose gradients are left out (default: all)."""

    derivation: Derivation
    lang: str = "en"
    hide: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.derivation.what != "gradient":
            raise SymnetError("an exercise is of gradients")
        known = [blank.name for blank in self._blanks(())]
        for name in self.hide:
            if name not in known:
                raise SymnetError(f"no gradient of {name!r} is derived", hint=f"there are those of {', '.join(known)}")

    def markdown(self) -> str:
        """The page with blanks."""
        return self._page(self._blanks(self.hide), self.lang)

    def notebook(self):
        """The same as a notebook of Markdown cells."""
        from symnet.explain.notebook import Text, as_notebook

        return as_notebook([Text(self.markdown())])

    def solutions(self) -> str:
        """The derivation in full."""
        return self.derivation.markdown(lang=self.lang, detail="full")

    def judge(self, document: str) -> list[Judgement]:
        """What is said of each answer in a filled-in document; raises SymnetError where it is not this exercise."""
        given = {found["name"]: found["formula"].strip() for found in MARK.finditer(document)}
        blanks = self._blanks(tuple(given))
        unknown = [name for name in given if name not in {b.name for b in blanks}]
        if unknown or not given:
            raise SymnetError(
                f"the document is no exercise of {self.derivation.graph.name}", hint="give the file that was written"
            )
        asked = [(k, Answer.read(given[b.name], b.left)) for k, b in enumerate(blanks) if b.hidden]
        said = {k: self._at_once(blanks, k, answer) for k, answer in asked}
        open_ = [(k, answer.right) for k, answer in asked if said[k] is None]
        found = self._checked(blanks, [*open_, *((k, f"({right}) + 1") for k, right in open_)])
        judged = {k: _judged(f, altered) for (k, _), f, altered in zip(open_, found, found[len(open_) :])}
        return [
            Judgement(blanks[k].left, answer.right, *(said[k] or judged[k])) for k, answer in asked
        ]  # fmt: skip

    def _at_once(self, blanks: Sequence[Blank], k: int, answer: Answer) -> tuple[str, str] | None:
        """What needs no mathematics: nothing is there, it is no formula, or it names what is asked for."""
        if answer.empty:
            return "empty", ""
        if not answer.left_kept:
            return "unreadable", "left"
        if reason := not_a_formula(answer.right):
            return "unreadable", reason
        if name := names_itself(answer.right, [b.left for b in blanks[k:]]):
            return "circular", name
        return None

    def _checked(self, blanks: Sequence[Blank], answers: Iterable[tuple[int, str]]) -> list[Finding | None]:
        """What the lecture checker finds of each line with its answer."""
        from symnet.lecture.check import Options as Checking
        from symnet.lecture.check import check_documents

        answers = list(answers)
        if not answers:
            return []
        with tempfile.TemporaryDirectory(prefix="symnet-") as folder:
            paths = []
            for n, (k, right) in enumerate(answers):
                line = Blank(blanks[k].name, blanks[k].left, right, blanks[k].through, hidden=False)
                paths.append(Path(folder) / f"{n}-{PAGE}")
                paths[-1].write_text(self._page([line], "en", judged=True), encoding="utf-8")
            reports = check_documents(paths, Checking(cache=False))
        return [_last(report.claims, blanks[k].left) for report, (k, _) in zip(reports, answers)]

    def _page(self, blanks: Sequence[Blank], lang: str, judged: bool = False) -> str:
        return lay_out(
            "exercise", self._content(lang), MARKDOWN, texts(lang), blanks=blanks, blank=BLANK, judged=judged
        )

    def _content(self, lang: str) -> Content:
        return content(self.derivation, MARKDOWN.dialect, texts(lang), Options(lang, "index"))

    def _blanks(self, hide: tuple[str, ...]) -> list[Blank]:
        lines = self._content("en").chain
        steps = [s for s in self.derivation.steps if s.kind == "chain"]
        return [_blank(step.node.adjoint_of, line, hide) for step, line in zip(steps, lines, strict=True)]


def _blank(name: str, line: Line, hide: tuple[str, ...]) -> Blank:
    left, _, right = line.formula.partition(" = ")
    return Blank(name, left, right, line.through, not hide or name in hide)


def _last(findings: Sequence[Finding], left: str) -> Finding | None:
    """The finding of the last display, which is the line with the answer; None where it is of something else."""
    finding = findings[-1] if findings else None
    return finding if finding is not None and finding.latex.strip().startswith(left) else None


def _judged(finding: Finding | None, altered: Finding | None) -> tuple[str, str]:
    from symnet.lecture.report.words import counterexample_in_words

    if finding is None:
        return "unreadable", "formula"
    if finding.verdict in ("refuted", "ill-typed"):
        return "wrong", counterexample_in_words(finding.counterexample) or finding.reason
    if finding.verdict in ("proved", "holds") and altered is not None and altered.verdict in ("refuted", "ill-typed"):
        return "right", ""
    if finding.verdict == "not-understood":
        return "unreadable", finding.reason
    return "open", finding.reason


__all__ = ["Blank", "Exercise", "Judgement"]
