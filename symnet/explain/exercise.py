"""An exercise: the page of a derivation with its gradients left blank, its solutions, and the judging of what a
student wrote into the blanks.

Every answer is judged by itself: it stands in a document that holds the true definitions and nothing else, and the
lecture checker says whether the gradient is equal to it, in whatever form.  An answer is called right only where the
same answer plus 1 is found wrong, so that a claim of which nothing is tested is never right.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from symnet.errors import SymnetError
from symnet.explain.answers import BLANK, Answer, names_itself, not_a_formula, unknown_names
from symnet.explain.content import Content, Line, content
from symnet.explain.options import Options
from symnet.explain.render import MARKDOWN, lay_out
from symnet.explain.texts import texts
from symnet.lecture.verdict import ACCEPTED

if TYPE_CHECKING:
    from symnet.derivation import Derivation
    from symnet.lecture.claims.claim import Claim
    from symnet.lecture.verdict import Finding

MARK = re.compile(r"<!-- blank: (?P<name>\S+) -->\s*\$\$(?P<formula>.*?)\$\$", re.DOTALL)
PAGE = "answer.md"
#: an equation with 0 on its right is read as a condition
ZERO = re.compile(r"[0.\s{}()+-]+")
WRONG = ("refuted", "ill-typed")
_RANGE = re.compile(r"the range of (\S+) is not known")


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
    """What is said of one answer: right, wrong, empty, unreadable, circular or open.

    ``reason`` is the key of a sentence, in which ``values`` are put.
    """

    left: str
    answer: str
    verdict: str
    reason: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class Verdict(NamedTuple):
    """A verdict, the key of why, and what is put into that sentence."""

    verdict: str
    reason: str = ""
    values: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Exercise:
    """The exercise of one derivation; ``hide`` names the quantities whose gradients are left out (default: all)."""

    derivation: Derivation
    lang: str = "en"
    hide: tuple[str, ...] = ()
    _contents: dict[str, Content] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        asked = {k: Answer.read(given[b.name], b.left) for k, b in enumerate(blanks) if b.hidden}
        said = {k: verdict for k, answer in asked.items() if (verdict := _as_text(answer))}
        rights = {k: answer.right for k, answer in asked.items() if k not in said}
        claims = self._claims(blanks, {k: f"{r} + 0" if ZERO.fullmatch(r) else r for k, r in rights.items()})
        said |= {k: verdict for k, claim in claims.items() if (verdict := self._as_read(blanks, k, claim))}
        found = _findings({k: claim for k, claim in claims.items() if k not in said})
        altered = self._claims(blanks, {k: f"({rights[k]}) + 1" for k, f in found.items() if f.verdict in ACCEPTED})
        refuted = {k: f.verdict in WRONG for k, f in _findings(altered).items()}
        said |= {k: _judged(finding, refuted.get(k, False)) for k, finding in found.items()}
        return [Judgement(blanks[k].left, answer.right, *said[k]) for k, answer in asked.items()]

    def _as_read(self, blanks: Sequence[Blank], k: int, claim: Claim | None) -> Verdict | None:
        """What is said of an answer by the names in it: it speaks of what is asked for, or of what stands nowhere."""
        if claim is None or claim.right is None or not claim.latex.strip().startswith(self._left(blanks[k])):
            return Verdict("unreadable", "formula")
        if name := names_itself(claim, [b.left for b in blanks[k:]]):
            return Verdict("circular", "named", {"name": name})
        axes = {label for i in self._content("en").inputs for label in i.axes.split()}
        if names := unknown_names(claim, {label.upper() for label in axes if len(label) == 1}):
            return Verdict("unreadable", "names", {"names": ", ".join(names)})
        return None

    def _claims(self, blanks: Sequence[Blank], answers: Mapping[int, str]) -> dict[int, Claim | None]:
        """Each line with its answer, as the lecture checker reads it below the definitions."""
        from symnet.lecture.check import last_claims

        with tempfile.TemporaryDirectory(prefix="symnet-") as folder:
            paths = []
            for k, right in answers.items():
                line = Blank(blanks[k].name, self._left(blanks[k]), right, blanks[k].through, hidden=False)
                paths.append(Path(folder) / f"{k}-{PAGE}")
                paths[-1].write_text(self._page([line], "en", judged=True), encoding="utf-8")
            return dict(zip(answers, last_claims(paths)))

    def _left(self, blank: Blank) -> str:
        """What an answer is compared with; a gradient that is 0 is written so that it is no want of a definition."""
        if blank.right != "0":
            return blank.left
        given = self._content("en").given[0]
        return f"{given} - {given}"

    def _page(self, blanks: Sequence[Blank], lang: str, judged: bool = False) -> str:
        page = self._content(lang)
        letters = sorted({label for i in page.inputs for label in i.axes.split() if len(label) == 1})
        return lay_out(
            "exercise", page, MARKDOWN, texts(lang), blanks=blanks, blank=BLANK, judged=judged, indices=letters
        )

    def _content(self, lang: str) -> Content:
        """The lines of the page, which every answer is judged among, made once for a language."""
        if lang not in self._contents:
            self._contents[lang] = content(self.derivation, MARKDOWN.dialect, texts(lang), Options(lang, "index"))
        return self._contents[lang]

    def _blanks(self, hide: tuple[str, ...]) -> list[Blank]:
        lines = self._content("en").chain
        steps = [s for s in self.derivation.steps if s.kind == "chain"]
        return [_blank(step.node.adjoint_of, line, hide) for step, line in zip(steps, lines, strict=True)]


def _blank(name: str, line: Line, hide: tuple[str, ...]) -> Blank:
    left, _, right = line.formula.partition(" = ")
    return Blank(name, left, right, line.through, not hide or name in hide)


def _as_text(answer: Answer) -> Verdict | None:
    """What needs no reading: nothing is there, or it is no formula."""
    if answer.empty:
        return Verdict("empty")
    if not answer.left_kept:
        return Verdict("unreadable", "left")
    reason = not_a_formula(answer.right)
    return Verdict("unreadable", reason) if reason else None


def _findings(claims: Mapping[int, Claim | None]) -> dict[int, Finding]:
    """What the lecture checker finds of each claim."""
    from symnet.lecture.check import judge_claims

    there = {k: claim for k, claim in claims.items() if claim is not None}
    return dict(zip(there, judge_claims(there.values())))


def _judged(finding: Finding, altered_is_wrong: bool) -> Verdict:
    if finding.verdict in WRONG:
        return _wrong(finding.counterexample)
    if finding.verdict in ACCEPTED and altered_is_wrong:
        return Verdict("right")
    if finding.verdict == "not-understood":
        return Verdict("unreadable", "formula")
    letter = _RANGE.match(finding.reason)
    return Verdict("open", "range", {"letter": letter[1]}) if letter else Verdict("open")


def _wrong(counterexample: Mapping[str, Any] | None) -> Verdict:
    """A wrong answer, with a point that shows it; of other shapes where no point does."""
    from symnet.lecture.report.words import values_in_words

    if not counterexample or not {"left", "right"} <= set(counterexample):
        return Verdict("wrong", "shape")
    left, right = (values_in_words({key: counterexample[key]}) for key in ("left", "right"))
    key = "counterexample_of_a_loss" if counterexample.get("open") else "counterexample"
    at = values_in_words(counterexample.get("values") or {})
    return Verdict("wrong", key, {"at": at, "left": left.partition(" = ")[2], "right": right.partition(" = ")[2]})


__all__ = ["Blank", "Exercise", "Judgement"]
