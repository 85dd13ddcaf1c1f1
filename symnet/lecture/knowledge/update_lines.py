"""Updates that belong together, and the algorithms that they may be of."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from symnet.lecture.knowledge.quantities import CONSTANTS, Atom, Unreadable, named_symbol, peel
from symnet.lecture.knowledge.rules import Algorithm, Compared, Fit, algorithms, rules, templates
from symnet.lecture.knowledge.update_groups import Named, adds
from symnet.lecture.knowledge.update_line import Line
from symnet.lecture.knowledge.updates import Update, show, update_of
from symnet.lecture.reader.syntax import Negate, Product, Statement

#: words that speak of going up instead of down
ASCENT = re.compile(
    r"ascent|ascend|maximi[sz]|likelihood|reward|policy|подъ[её]м|максими|правдоподоби|наград|политик", re.IGNORECASE
)


@dataclass
class Entry:
    """A line of the group while it is being judged."""

    statement: Statement
    update: Update
    named: tuple[Algorithm, ...]
    prose: str
    compared: Compared
    fits: tuple[Fit, ...]

    @property
    def fit(self) -> Fit | None:
        return self.fits[0] if self.fits else None

    @property
    def target(self) -> Atom:
        return self.update.target


class Group(ABC):
    """Updates that belong together, and the algorithms that they may be of."""

    def __init__(self, items: Sequence[tuple[Statement, str]], named: Sequence[Named]) -> None:
        self.items, self.named = items, named
        self.entries: dict[int, Entry] = {}
        self.unread: set[int] = set()  # updates whose right side is not compared
        self.judged: dict[int, Line | None] = {}
        self.recurrences: dict[int, Update] = {}  # lines that compute a state from its value before
        self.signs: dict[str, str] = {}  # gradients that the document defines with a minus sign
        self._read()
        self.holds = self._states()
        self.identified = self._identify()

    def _read(self) -> None:
        updates: dict[int, Update] = {}
        states: set[str] = set()
        times = {"t"}
        for _ in range(2):  # the second time with the states and letters of time of the whole group
            for i, (statement, _prose) in enumerate(self.items):
                try:
                    update = update_of(statement, states, times)
                except Unreadable:
                    continue
                updates[i] = update
            times |= {u.time.letter for u in updates.values() if u.time is not None and u.time.letter}
            states = {u.target.key for u in updates.values() if self._is_state(u)}
        for i, (statement, prose) in enumerate(self.items):
            if i not in updates:
                continue
            if updates[i].shift is not None and adds(updates[i]):
                self.recurrences[i] = updates[i]
            try:
                compared = Compared(updates[i])
            except (Unreadable, ArithmeticError, ValueError):
                if i in self.recurrences:
                    self.unread.add(i)
                continue
            sign = _gradient_sign(updates[i])
            if sign:
                self.signs[updates[i].target.key] = sign
                continue
            fits = tuple(compared.fits(templates()))
            self.entries[i] = Entry(statement, updates[i], self.named[i], prose, compared, fits)

    @staticmethod
    def _is_state(update: Update) -> bool:
        symbol = named_symbol(update.left)
        assert symbol is not None
        if symbol[0].name not in CONSTANTS:
            return not _gradient_sign(update) and update.target.kind != "gradient"
        others = [a for a in update.atoms() if a.key != update.target.key]
        return update.shift is not None and any(a.kind in ("state", "gradient") for a in others)

    def _states(self) -> dict[str, str]:
        """What each state holds, by its recurrence: mean, square, velocity, ..."""
        holds: dict[str, str] = {}
        for _ in range(2):
            for entry in self.entries.values():
                for fit in entry.fits:
                    if fit.rule.holds in ("parameter", "rate"):
                        continue
                    kind = fit.rule.holds
                    if kind == "corrected":
                        source = fit.role("m")
                        assert isinstance(source, Atom)
                        kind = holds.get(source.key, "")
                        if source.key == entry.target.key:
                            break
                    if kind:
                        holds.setdefault(entry.target.key, kind)
                    break
        return holds

    def _identify(self) -> frozenset[str]:
        """Algorithms that the lines themselves leave no doubt about: both moments of one gradient, or a scaled step."""
        ids = self._ids()
        of_gradient = {
            fit.rule.id
            for e in self.entries.values()
            for fit in e.fits[:1]
            if any(isinstance(a, Atom) and a.kind == "gradient" for _, a in fit.roles)
        }
        both = {"average", "average of squares"}
        return frozenset({"Adam"} if both <= of_gradient or {"scaled step", "correction"} <= ids else ())

    def _ids(self) -> set[str]:
        """The rules that the lines agree with, the first one of each line."""
        return {fit.rule.id for e in self.entries.values() for fit in e.fits[:1]}

    def judge(self, i: int) -> Line | None:
        """The line of a statement; None where it is no update."""
        if i not in self.judged:
            self.judged[i] = None  # while it is being judged
            entry = self.entries.get(i)
            if entry is not None:
                self.judged[i] = self._decide(entry)
            elif i in self.unread:
                self.judged[i] = Line("update", "not compared: its right side is not read as arithmetic of an update")
        return self.judged[i]

    @abstractmethod
    def _decide(self, entry: Entry) -> Line | None:
        """What the update of an entry is."""

    def _allowed(self, entry: Entry) -> frozenset[str]:
        names = {a.name for a in entry.named} | self.identified
        return frozenset(r for a in algorithms() if a.name in names for r in a.rules)

    def _corrects(self, entry: Entry) -> bool:
        """A hat or a label on what is otherwise a state of the group: a bias correction is meant."""
        stems = {e.target.stem for e in self.entries.values() if e.update.shift is not None}
        found = named_symbol(entry.update.left)
        if found is None or not (found[0].marks or any(x.kind == "word" for x in found[0].labels)):
            return False
        return entry.target.stem in stems and entry.target.key not in {
            e.target.key for e in self.entries.values() if e.update.shift is not None
        }

    def _agrees(self, entry: Entry, fit: Fit) -> Line | None:
        algorithm = self._algorithm(entry, fit)
        if algorithm is None:
            return None if entry.update.shift else Line("update", fit.rule.says, "", fit.rule.id, None)
        same = fit.rule.says == algorithm.name
        reason = f"agrees with {algorithm.name}" + ("" if same else f": {fit.rule.says}")
        if fit.rule.id in ("scaled step", "scaled step with decay") and "epsilon" in fit.template.constants:
            reason += " (epsilon inside the root)" if fit.template.place in (1, 2) else " (epsilon outside of the root)"
        elif fit.rule.id == "scaled step":
            reason += " (without epsilon: undefined where the second moment is 0)"
        elif fit.template.place and fit.rule.id in ("average", "average of squares"):
            reason += " (with the weights named the other way round)"
        return Line("update", reason, algorithm.name, fit.rule.id, True, source=algorithm.source)

    def _algorithm(self, entry: Entry, fit: Fit) -> Algorithm | None:
        """The named algorithm with that rule; otherwise the one that the lines around make most likely."""
        having = [a for a in algorithms() if fit.rule.id in a.rules]
        ids = self._ids()
        if fit.rule.id == "step" and isinstance(d := fit.role("d"), Atom) and self._holds(d) == "gradient":
            return having[0]
        named = [a for a in entry.named if a in having]
        if named:
            return max(named, key=lambda a: (len(ids & set(a.rules)), -len(a.rules)))
        if fit.rule.id == "step along" and not any(self._holds(a) for _, a in fit.roles if isinstance(a, Atom)):
            return None
        if fit.rule.id == "average" and "step" not in ids and not ids & {"average of squares", "scaled step"}:
            return next((a for a in having if a.name == "exponentially weighted average"), None)
        if fit.rule.id == "step" and len(ids) > 1:
            having = [a for a in having if a.name != "gradient descent"] or having
        return max(having, key=lambda a: (len(ids & set(a.rules)), a.name in self.identified), default=None)

    def _unknown(self, entry: Entry) -> Line | None:
        if not entry.named and entry.update.shift and not entry.fits:
            return None  # a recurrence of something else
        plain = {"step", "step along"} | self._allowed(entry)
        for fit in entry.fits:
            if fit.rule.id in plain:
                return Line("update", f"not compared: {fit.rule.says}, but {self._misused(fit)}")
        names = ", ".join(a.name for a in entry.named)
        return Line("update", "not compared: no known rule" + (f" of {names}" if names else "") + " has this form")

    def _misused(self, fit: Fit) -> str:
        """Why a rule does not make sense with what its states hold; empty where it does."""
        for name, needed in fit.rule.needs.items():
            atom = fit.role(name)
            if isinstance(atom, Atom):
                holds = self._holds(atom)
                if holds and holds not in needed:
                    return f"{show(atom.expr)} holds a {holds}"
                if not holds and self._unexplained(atom):
                    return f"what {show(atom.expr)} holds is not known"
        return ""

    def _unexplained(self, atom: Atom) -> bool:
        """Has the state a recurrence in the group that is no known rule, not even after a small edit?"""
        for i, update in self.recurrences.items():
            if update.target.key == atom.key and not (i in self.entries and self.entries[i].fits):
                line = self.judge(i)
                return line is None or line.verdict != "refuted"
        return False

    def _holds(self, atom: Atom) -> str:
        """What a quantity holds; empty where that is not known, or its own line is wrong."""
        if atom.key in self.signs:
            return self.signs[atom.key]
        if atom.key in self.holds:
            for i, entry in self.entries.items():
                plain = atom.stem == entry.target.stem
                if plain and (line := self.judge(i)) is not None and line.verdict == "refuted":
                    meant = rules()[line.rule].holds if line.rule and entry.target.key == atom.key else ""
                    return "" if meant == "corrected" else meant
            return self.holds[atom.key]
        return "gradient" if atom.kind == "gradient" else ""

    def _suspicious(self, entry: Entry, fit: Fit) -> bool:
        """A rule of another algorithm than the one that is named, in a line that decides which algorithm it is."""
        names = {a.name for a in entry.named} or self.identified
        moments = {"Adam", "RMSProp", "AdamW", "AMSGrad", "exponentially weighted average"}
        return bool(names) and names <= moments and fit.rule.id in ("velocity", "negative velocity", "sum of squares")

    def _is_parameter(self, own: str, other: str) -> bool:
        """Do both stand for parameters whose updates are in the group?"""
        targets = {e.target.tag or e.target.key.split("|")[0].casefold() for e in self.entries.values()}
        return own in targets and other in targets

    def _quantities(self) -> list[Atom]:
        found = [a for e in self.entries.values() for a in (e.target, *e.update.atoms())]
        return list(dict.fromkeys(found))

    def _name_of(self, entry: Entry, fit: Fit) -> str:
        algorithm = next((a for a in entry.named if fit.rule.id in a.rules), None) or self._algorithm(entry, fit)
        return algorithm.name if algorithm else "the known algorithm"

    def _refuted(
        self, entry: Entry, reason: str, mended: Statement | None, fit: Fit | None = None, rule: str = ""
    ) -> Line:
        fit = fit or entry.fit
        algorithm = self._algorithm(entry, fit) if fit else None
        return Line(
            "refuted",
            reason,
            algorithm.name if algorithm else "",
            rule or (fit.rule.id if fit else ""),
            False,
            show(mended) if mended is not None else None,
            algorithm.source if algorithm else "",
        )


def _gradient_sign(update: Update) -> str:
    r"""``g = \nabla L(w)`` defines a gradient, ``d = -\nabla L(w)`` a negative one."""
    right = peel(update.right)
    if isinstance(right, Negate):
        atom = update.atom(peel(right.arg))
        return "negative gradient" if atom is not None and atom.kind == "gradient" else ""
    atom = update.atom(right)
    if atom is None and isinstance(right, Product) and all(a.kind == "constant" for a in update.atoms(right.left)):
        atom = update.atom(peel(right.right))
    return "gradient" if atom is not None and atom.kind == "gradient" else ""
