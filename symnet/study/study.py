"""A study: a list of lines, each a sentence with a claim that is proved, or an experiment that is run, as one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from symnet.study.claims import Claim, Verdict


@dataclass(frozen=True)
class Section:
    """A heading."""

    title: str


@dataclass(frozen=True)
class Line:
    """A sentence, the claim that makes it exact, and the rule that the author names for it."""

    text: str
    claim: Claim
    by: str

    @cached_property
    def verdict(self) -> Verdict:
        return self.claim.prove()


@dataclass(frozen=True)
class Result:
    """What an experiment found: a table, whether it is as was said, and how to draw it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    ok: bool
    draw: Callable[[Path], None] | None = None


@dataclass(frozen=True)
class Experiment:
    """A sentence that a run shows; ``picture`` is the name of its file."""

    text: str
    run: Callable[[], Result]
    picture: str = ""

    @cached_property
    def result(self) -> Result:
        return self.run()


@dataclass(frozen=True)
class Study:
    """Lines under a title."""

    name: str
    title: str
    lines: tuple[Section | Line | Experiment, ...]

    @property
    def wrong(self) -> list[str]:
        """The sentences that are not proved, or not seen."""
        found = [f"{x.text} ({x.verdict.method})" for x in self.lines if isinstance(x, Line) and not x.verdict.proved]
        return found + [x.text for x in self.lines if isinstance(x, Experiment) and not x.result.ok]

    def markdown(self, pictures: str = "") -> str:
        """The page; ``pictures`` is the folder that its pictures are in."""
        from symnet.resources import environment

        template = environment().get_template("explain/study.md.jinja")
        return template.render(study=self, kind=lambda x: type(x).__name__, pictures=pictures).strip() + "\n"

    def draw(self, folder: Path) -> list[Path]:
        """Draw the pictures into a folder; returns the files."""
        files = []
        for line in self.lines:
            if isinstance(line, Experiment) and line.picture and line.result.draw:
                folder.mkdir(parents=True, exist_ok=True)
                files.append(folder / line.picture)
                line.result.draw(files[-1])
        return files

    def to_dict(self) -> dict:
        """Plain data, for JSON."""
        claims = [x for x in self.lines if isinstance(x, Line)]
        return {
            "study": self.name,
            "ok": not self.wrong,
            "claims": [
                {
                    "text": x.text,
                    "latex": [formula for _, formula in x.claim.formulas()],
                    "by": x.by,
                    "proved": x.verdict.proved,
                    "method": x.verdict.method,
                }
                for x in claims
            ],
            "experiments": [
                {"text": x.text, "ok": x.result.ok, "head": x.result.head, "rows": x.result.rows}
                for x in self.lines
                if isinstance(x, Experiment)
            ],
        }


def study(name: str, title: str, lines: Iterable[Section | Line | Experiment]) -> Study:
    return Study(name, title, tuple(lines))
