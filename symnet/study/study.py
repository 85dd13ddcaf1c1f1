"""A study: lines, each a claim that is proved, and experiments that are run; the words stand in files of a language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from symnet.study.claims import Claim, Verdict, assumed
from symnet.study.words import Cell, Phrase, Words, words


@dataclass(frozen=True)
class Section:
    """A heading, by its key."""

    key: str


@dataclass(frozen=True)
class Line:
    """A claim under the sentence of that key; ``given`` are assumptions that no symbol carries."""

    key: str
    claim: Claim
    given: tuple[str, ...] = ()

    @cached_property
    def verdict(self) -> Verdict:
        return self.claim.prove()

    @property
    def assumptions(self) -> tuple[Cell, ...]:
        """What is assumed: of the symbols, and what the author says."""
        symbols = (*assumed(self.claim.symbols()), *self.claim.hypotheses())
        return (*(f"${text}$" for text in symbols), *map(Phrase, (*self.claim.given(), *self.given)))


#: the text of a picture (SVG), with labels in the language of the words
Draw = Callable[[Words], str]


@dataclass(frozen=True)
class Result:
    """What an experiment found: a table, whether it is as was said, and how to draw it."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    ok: bool
    draw: Draw | None = None


def row(*cells: Cell) -> tuple[Cell, ...]:
    """A row of a table."""
    return cells


@dataclass(frozen=True)
class Experiment:
    """A sentence that a run shows; ``needs`` is a package that it takes its data from."""

    key: str
    run: Callable[[], Result]
    picture: bool = False
    needs: str = ""

    @cached_property
    def result(self) -> Result:
        return self.run()


Item = Section | Line | Experiment


@dataclass(frozen=True)
class Study:
    """Lines and experiments under a title."""

    name: str
    items: tuple[Item, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(x for x in self.items if isinstance(x, Line))

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        return tuple(x for x in self.items if isinstance(x, Experiment))

    @property
    def ok(self) -> bool:
        return all(x.verdict.proved for x in self.lines) and all(x.result.ok for x in self.experiments)

    def wrong(self, language: str = "en") -> list[str]:
        """The sentences that are not proved, or not seen."""
        said = words(self.name, language)
        found = [f"{said.line(x.key)[0]} ({said.say(x.verdict.method)})" for x in self.lines if not x.verdict.proved]
        return found + [said.run(x.key) for x in self.experiments if not x.result.ok]

    def markdown(self, pictures: str = "", language: str = "en") -> str:
        """The page; ``pictures`` is the folder that its pictures are in."""
        from symnet.resources import environment

        template = environment().get_template("explain/study.md.jinja")
        said = words(self.name, language)
        kind = {Section: "section", Line: "line", Experiment: "run"}
        text = template.render(study=self, words=said, kind=lambda x: kind[type(x)], pictures=pictures)
        return text.strip() + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def picture(self, experiment: Experiment) -> str:
        """The name of a picture's file."""
        return f"{self.name}-{experiment.key}.svg".replace("_", "-")

    def files(self, page: Path, language: str = "en") -> dict[Path, str]:
        """The page, to be written there, and its pictures in ``pictures/`` beside it."""
        said, pictures = words(self.name, language), page.parent / "pictures"
        drawn = {
            pictures / self.picture(x): x.result.draw(said) for x in self.experiments if x.picture and x.result.draw
        }
        return {page: self.markdown(pictures.name, language), **drawn}

    def to_dict(self, language: str = "en") -> dict[str, Any]:
        """Plain data, for JSON."""
        said = words(self.name, language)
        return {
            "study": self.name,
            "ok": self.ok,
            "claims": [
                {
                    "text": said.line(x.key)[0],
                    "latex": [formula for _, formula in x.claim.formulas()],
                    "by": said.line(x.key)[1],
                    "verdict": x.verdict.state,
                    "proved": x.verdict.proved,
                    "method": said.say(x.verdict.method),
                    "assumptions": [said.say(a) for a in x.assumptions],
                }
                for x in self.lines
            ],
            "experiments": [
                {
                    "text": said.run(x.key),
                    "ok": bool(x.result.ok),
                    "head": [said.word(h) for h in x.result.head],
                    "rows": [[said.say(cell) for cell in row] for row in x.result.rows],
                }
                for x in self.experiments
            ],
        }


def study(name: str, items: Iterable[Item]) -> Study:
    """The study of these items; an experiment whose package is missing is left out."""
    from importlib.util import find_spec

    kept = (x for x in items if not (isinstance(x, Experiment) and x.needs and not find_spec(x.needs)))
    return Study(name, tuple(kept))
