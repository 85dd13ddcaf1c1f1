"""Which updates of a document belong together, and which algorithms are named for each of them.

A name that prose says holds for the lines after it, to the end of the section that it is said in; the headings name
algorithms too.  A new group begins where another algorithm is named, and where a state gets another recurrence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symnet.lecture.knowledge.quantities import Unreadable, named_symbol, peel
from symnet.lecture.knowledge.rules import Algorithm, named_in
from symnet.lecture.knowledge.updates import Update, update_of
from symnet.lecture.reader.syntax import Negate, Number, Plus, Power, Statement

#: algorithms that are parts of others: naming one begins no new group
PARTS = {"bias correction", "exponentially weighted average", "weight decay", "cosine annealing", "gradient descent"}

Named = tuple[Algorithm, ...]
Headings = tuple[str, ...]


def names_in_force(items: Sequence[tuple[Statement, str]], headings: Sequence[Headings] = ()) -> list[Named]:
    """The algorithms that are named for each statement; ``headings`` are those that each stands under."""
    found: list[Named] = []
    named: Named = ()
    scope: Headings = ()
    before: Headings = ()
    for i, (_, prose) in enumerate(items):
        section = tuple(headings[i]) if i < len(headings) else ()
        said = named_in(prose)
        if section != before or i == 0:
            if section[: len(scope)] != scope:
                named, scope = (), section
            deepest = next((k for k in reversed(range(len(section))) if named_in(section[k])), -1)
            if deepest >= len(scope) or not named and deepest >= 0:
                named, scope = named_in(section[deepest]), section[: deepest + 1]
            before = section
        if said and {a.name for a in said} <= PARTS and any(named_in(h) for h in section):
            said = tuple(dict.fromkeys((*named, *said)))
        if said:
            named, scope = said, section
        found.append(named)
    return found


def groups(items: Sequence[tuple[Statement, str]], named: Sequence[Named]) -> Iterator[tuple[int, int]]:
    """Where each group begins and ends: recurrences first, then the steps that use them."""
    start, names, targets, stepped = 0, set[str](), set[str](), False
    for i, (statement, _) in enumerate(items):
        new = {a.name for a in named[i]} - PARTS
        lost = bool(i and named[i - 1] and not named[i])
        try:
            update = update_of(statement)
            recurs = update.shift is not None and adds(update)
        except Unreadable:
            recurs = False
        steps = recurs and _steps(update)
        again = recurs and not steps and (stepped or update.target.key in targets)
        if i > start and (new - names or again or lost):
            yield start, i
            start, names, targets, stepped = i, set(), set(), False
        names |= new
        if recurs:
            stepped = stepped or steps
            targets.add(update.target.key)
    yield start, len(items)


def _steps(update: Update) -> bool:
    """Is it the value before plus something that is no square: a step of a parameter?"""
    right = peel(update.right)
    bare = any(update.atom(peel(term)) == update.target for term in right.children() if not isinstance(term, Negate))
    return bare and not any(isinstance(p, Power) and isinstance(p.exponent, Number) for p in right.walk())


def adds(update: Update) -> bool:
    """Is something added to (a part of) the value before, as every rule of an algorithm does?"""
    right = peel(update.right)
    own = [
        p for p in right.walk() if (f := named_symbol(p)) is not None and f[0].name == update.target.key.split("|")[0]
    ]
    return bool(own) and isinstance(right, Plus)
