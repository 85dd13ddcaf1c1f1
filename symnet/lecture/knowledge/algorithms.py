r"""Updates of known algorithms: does ``S = \beta_2 S + (1 - \beta_2) dw^2`` agree with Adam, and if not, how so?

Lines that belong together are judged
together.  A line is refuted only where the text names the algorithm, or the lines leave one reading, and one small
edit turns it into a listed rule; in doubt it is 'not compared'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symnet.lecture.knowledge.quantities import CONSTANTS, TIMES, named_symbol
from symnet.lecture.knowledge.update_groups import Headings, adds, groups, names_in_force
from symnet.lecture.knowledge.update_line import Line
from symnet.lecture.knowledge.update_lines import Entry
from symnet.lecture.knowledge.update_slips import Slips
from symnet.lecture.reader.syntax import Statement


@dataclass(frozen=True)
class Match:
    """The lines that belong together, one entry for each statement (None: no update), and what they make up."""

    algorithm: str
    lines: tuple[Line | None, ...]


def match(statements: Sequence[Statement], prose: str = "") -> Match | None:
    """What the updates among these statements are; ``prose`` is the text around them. None where none is an update."""
    lines = judge_updates([(statement, prose) for statement in statements])
    if not any(lines):
        return None
    counts: dict[str, int] = {}
    for line in lines:
        if line is not None and line.algorithm:
            counts[line.algorithm] = counts.get(line.algorithm, 0) + 1
    best = max(counts, key=lambda name: counts[name]) if counts else ""
    return Match(best, lines)


def judge_updates(items: Sequence[tuple[Statement, str]], headings: Sequence[Headings] = ()) -> tuple[Line | None, ...]:
    """Judges the updates of a document: statements in order, each with the prose before it and its headings.

    Lines that belong together are judged together.
    """
    lines: list[Line | None] = []
    named = names_in_force(items, headings)
    for start, end in groups(items, named):
        group = _Group(items[start:end], named[start:end])
        lines += [group.judge(i) for i in range(end - start)]
    return tuple(lines)


class _Group(Slips):
    """Decides which lines of a group agree with an algorithm, and how the others differ."""

    def _decide(self, entry: Entry) -> Line | None:
        update = entry.update
        if not entry.fits and not self._corrects(entry) and (update.shift is None or not adds(update)):
            return None
        if update.shift is None and not self._corrects(entry):  # a change that a named algorithm adds later
            allowed = self._allowed(entry)
            entry.fits = tuple(f for f in entry.fits if f.rule.id in allowed or f.rule.id == "correction")
            if not entry.fits:
                return None
        found = named_symbol(update.left)
        if (
            found is not None
            and found[0].name in CONSTANTS | TIMES
            and not entry.compared.inputs
            and update.shift is not None
        ):
            return Line("update", "not compared: a schedule of a constant")
        checks = (
            self._tags, self._time, self._in_place, self._second_moment, self._swapped, self._other_state,
            self._constants, self._corrected_left_out,
        )  # fmt: skip
        for check in checks:
            line = check(entry)
            if line is not None:
                return line
        fits = [fit for fit in entry.fits if not self._misused(fit)]
        allowed = self._allowed(entry)
        known = [fit for fit in fits if fit.rule.id in allowed]
        if known:
            return self._agrees(entry, known[0])
        if fits and not self._suspicious(entry, fits[0]):
            return self._agrees(entry, fits[0])
        mended = self._mended(entry)
        if mended is not None:
            return mended
        return self._agrees(entry, fits[0]) if fits else self._unknown(entry)
