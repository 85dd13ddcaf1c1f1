r"""When a formula is said to hold: "..., for ``$x < 0$``", "If ``$x > y$``, then ...", in English and Russian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symnet.lecture.reader.syntax import Negate, Number, Statement, Symbol

#: words that say under which condition something holds
WORDS = re.compile(
    r"(?:^|[\s(,;:])(?:for(?: all| any| every| each)?|whenever|when|if|where|provided(?: that)?|as long as|"
    r"assuming|unless it is at|at|при|для(?: всех| любых| любого)?|если|когда|пока)\s*$",
    re.IGNORECASE,
)
#: what may stand between a formula and the condition behind it, before its word
BETWEEN = re.compile(
    r"\$[\s,(–—-]*(?:(?:which|it|this|that|is|true|valid|holds?|only|just|exactly|только|верно|лишь|"
    r"выполнено|справедливо)[\s,]*)*$",
    re.IGNORECASE,
)
#: what begins the clause that a condition before it is said of
CLAUSE = re.compile(
    r"[\s,]*(?:we|it|this|then|one|there|the|that|имеем|получа\w*|то|это|выходит|будет)\b[^.!?;$]*\$", re.I
)
MATH = re.compile(r"\$+[^$]*\$+")
SENTENCE = re.compile(r"[.!?;](?:\s|$)")
ORDER = ("<", "<=", ">", ">=", "!=", "=")


def is_condition(statement: Statement) -> bool:
    r"""``x < 0``, ``0 < a < 1``, ``x > y``, ``y = 1``: names and numbers in an order."""
    if not statement.relations or any(r not in ORDER for r in statement.relations):
        return False
    if "=" in statement.relations and not _is_value(statement):
        return False
    names = [t.arg if isinstance(t, Negate) else t for t in statement.terms]
    return all(isinstance(t, (Symbol, Number)) for t in names) and any(isinstance(t, Symbol) for t in names)


def _is_value(statement: Statement) -> bool:
    if len(statement.relations) != 1:
        return False
    left, right = statement.terms
    return isinstance(left, Symbol) and isinstance(right.arg if isinstance(right, Negate) else right, Number)


@dataclass
class Standing:
    """The conditions that hold for what comes next, as the text goes on."""

    condition: Statement | None = None
    latex: str = ""

    def read(self, statement: Statement, latex: str, before: str, after: str) -> bool:
        """Notes a condition that is said of what follows; True where it is said of the formula before it instead."""
        word = WORDS.search(before)
        if word is None or not is_condition(statement):
            return False
        self.condition = None
        if BETWEEN.search(before[: word.start()]) and not CLAUSE.match(after):
            return True
        self.condition, self.latex = statement, latex
        return False

    def over(self, before: str) -> Iterator[Statement]:
        """The condition that stands before a formula in the same sentence."""
        if self.condition is None:
            return
        place = before.rfind(f"${self.latex}$")
        between = MATH.sub("…", before[place + len(self.latex) + 2 :]) if place >= 0 else "."
        if SENTENCE.search(between):
            self.condition = None
        else:
            yield self.condition
