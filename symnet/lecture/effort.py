"""How much was done: a count of elementary steps that takes the place of a clock.

What is given up for want of time depends on the machine and on what else runs there; what is given up for want of
steps does not.  So every search has a number of steps, and a verdict is the same wherever it is computed.  The count
only grows; a search remembers where it may go on ``until``.
"""

from __future__ import annotations

#: about as many steps as are done in one second: a step is an operation on a number, others count for several
SECOND = 100_000
#: what may be spent on one claim before the search for proofs, hypotheses and corrections is given up
CLAIM = 5 * SECOND

_done = 0


def step(count: int = 1) -> None:
    """``count`` more steps are done."""
    global _done
    _done += count


def until(steps: float) -> float:
    """Where the count stands after as many more steps."""
    return _done + steps


def is_over(end: float) -> bool:
    """Has the count passed ``end``?"""
    return _done > end


def left(end: float) -> float:
    """The steps that are left until ``end``."""
    return end - _done
