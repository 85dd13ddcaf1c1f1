"""The readings of a listing whose shapes go together, most natural first."""

from __future__ import annotations

from collections.abc import Callable

from symnet.lecture.listings.bindings import Stop
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.reader import Reading

MOST_READINGS = 10
MOST_REPLAYS = 400


def readings(program: Program, out_of_time: Callable[[], bool], exact: bool = True) -> list[Reading]:
    """Readings of a program whose shapes go together, most natural first; at least one, with clashes if need be."""
    exhausted = True
    for strict in (2, 1, 0):
        picks: list[int] = []
        first: Reading | None = None
        for _ in range(MOST_REPLAYS):
            reading = Reading(program, picks, strict, exact)
            try:
                first = reading.run()
                break
            except Stop as stop:
                culprit = stop.args[0] if stop.args else -1
                if 0 <= culprit < len(reading.options) - 1 and reading.picks[culprit] + 1 < reading.options[culprit]:
                    reading.options[culprit + 1 :] = []  # the later choices are not to blame
                following = next_picks(reading)
            if following is None or out_of_time():
                exhausted = exhausted and following is None
                break
            picks = following
        else:
            exhausted = False
        if first is not None:
            found = [first, *neighbours(first, program, strict, exact, out_of_time)]
            for reading in found:
                reading.exhausted = exhausted
            return [r for r in found if not r.dull] or found
    return []


def neighbours(
    first: Reading, program: Program, strict: int, exact: bool, out_of_time: Callable[[], bool]
) -> list[Reading]:
    """Readings that differ from the first in one pick (and what follows from it)."""
    found: list[Reading] = []
    for k, count in enumerate(first.options):
        for other in range(count):
            if other == first.picks[k] or len(found) >= MOST_READINGS or out_of_time():
                continue
            reading = Reading(program, [*first.picks[:k], other], strict, exact)
            try:
                found.append(reading.run())
            except Stop:
                pass
    return found


def next_picks(reading: Reading) -> list[int] | None:
    picks = reading.picks[: len(reading.options)]
    while picks:
        if picks[-1] + 1 < reading.options[len(picks) - 1]:
            return [*picks[:-1], picks[-1] + 1]
        picks.pop()
    return None
