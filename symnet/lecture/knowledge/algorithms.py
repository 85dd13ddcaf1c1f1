r"""Updates of known algorithms: does ``S = \beta_2 S + (1 - \beta_2) dw^2`` agree with Adam, and if not, how so?

Lines that belong together are judged
together.  A line is refuted only where the text names the algorithm, or the lines leave one reading, and one small
edit turns it into a listed rule; in doubt it is 'not compared'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symnet.lecture.knowledge.rules import Algorithm, Compared, Fit, algorithms, rules, templates
from symnet.lecture.knowledge.update_edits import EDITS, replace_equal, sign_edits
from symnet.lecture.knowledge.update_groups import Headings, Named, adds, groups, names_in_force
from symnet.lecture.knowledge.updates import (
    CONSTANTS,
    TIMES,
    Atom,
    Unreadable,
    Update,
    named_symbol,
    peel,
    show,
    update_of,
)
from symnet.lecture.reader.syntax import Expr, Label, Negate, Number, Paren, Power, Product, Statement, Symbol

#: words that speak of going up instead of down
ASCENT = re.compile(
    r"ascent|ascend|maximi[sz]|likelihood|reward|policy|подъ[её]м|максими|правдоподоби|наград|политик", re.IGNORECASE
)


#: rules with a direction ``d`` above and a second moment ``s`` below
SCALED = frozenset({"scaled step", "scaled step with decay", "scaled change", "scaled direction"})


@dataclass(frozen=True)
class Line:
    """What was found for one statement: ``verdict`` is update or refuted.

    ``agrees`` is True where the line is the rule of ``algorithm``, False where it differs, None where it was not
    compared.  ``correction`` is LaTeX of the whole line.
    """

    verdict: str
    reason: str
    algorithm: str = ""
    rule: str = ""
    agrees: bool | None = None
    correction: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Match:
    """The lines that belong together, one entry for each statement (None: no update), and what they make up."""

    algorithm: str
    lines: tuple[Line | None, ...]


@dataclass
class _Entry:
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


class _Group:
    def __init__(self, items: Sequence[tuple[Statement, str]], named: Sequence[Named]) -> None:
        self.items, self.named = items, named
        self.entries: dict[int, _Entry] = {}
        self.unread: set[int] = set()  # updates whose right side is not compared
        self.judged: dict[int, Line | None] = {}
        self.recurrences: dict[int, Update] = {}  # lines that compute a state from its value before
        self.signs: dict[str, str] = {}  # gradients that the document defines with a minus sign
        self._read()
        self.holds = self._states()
        self.identified = self._identify()

    # -- reading

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
            self.entries[i] = _Entry(statement, updates[i], self.named[i], prose, compared, fits)

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

    # -- judging

    def judge(self, i: int) -> Line | None:
        """The line of a statement; None where it is no update."""
        if i not in self.judged:
            self.judged[i] = None  # while it is being judged
            entry = self.entries.get(i)
            if entry is not None:
                self.judged[i] = self._judge(entry)
            elif i in self.unread:
                self.judged[i] = Line("update", "not compared: its right side is not read as arithmetic of an update")
        return self.judged[i]

    def _judge(self, entry: _Entry) -> Line | None:
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

    def _allowed(self, entry: _Entry) -> frozenset[str]:
        names = {a.name for a in entry.named} | self.identified
        return frozenset(r for a in algorithms() if a.name in names for r in a.rules)

    def _corrects(self, entry: _Entry) -> bool:
        """A hat or a label on what is otherwise a state of the group: a bias correction is meant."""
        stems = {e.target.stem for e in self.entries.values() if e.update.shift is not None}
        found = named_symbol(entry.update.left)
        if found is None or not (found[0].marks or any(x.kind == "word" for x in found[0].labels)):
            return False
        return entry.target.stem in stems and entry.target.key not in {
            e.target.key for e in self.entries.values() if e.update.shift is not None
        }

    def _agrees(self, entry: _Entry, fit: Fit) -> Line | None:
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

    def _algorithm(self, entry: _Entry, fit: Fit) -> Algorithm | None:
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

    def _unknown(self, entry: _Entry) -> Line | None:
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

    def _suspicious(self, entry: _Entry, fit: Fit) -> bool:
        """A rule of another algorithm than the one that is named, in a line that decides which algorithm it is."""
        names = {a.name for a in entry.named} or self.identified
        moments = {"Adam", "RMSProp", "AdamW", "AMSGrad", "exponentially weighted average"}
        return bool(names) and names <= moments and fit.rule.id in ("velocity", "negative velocity", "sum of squares")

    # -- errors that several lines show together

    def _tags(self, entry: _Entry) -> Line | None:
        """dw in a line for b: every quantity of a line belongs to one parameter."""
        tags = {e.target.tag for e in self.entries.values()} | {
            a.tag for e in self.entries.values() for a in e.update.atoms()
        }
        own = entry.target.tag or entry.target.key.split("|")[0].casefold()
        if not own or own not in tags - {""}:
            return None
        for atom in entry.update.atoms():
            if atom.tag and atom.tag != own and atom.tag in tags and self._is_parameter(own, atom.tag):
                reason = f"{show(atom.expr)} belongs to {atom.tag}, the left side to {own}"
                return self._refuted(entry, reason, self._retagged(entry, atom, own))
        return None

    def _is_parameter(self, own: str, other: str) -> bool:
        """Do both stand for parameters whose updates are in the group?"""
        targets = {e.target.tag or e.target.key.split("|")[0].casefold() for e in self.entries.values()}
        return own in targets and other in targets

    def _retagged(self, entry: _Entry, atom: Atom, own: str) -> Statement | None:
        """The line with the quantity of the right parameter, if the group has one of that kind."""
        for other in self._quantities():
            if other.tag == own and other.kind == atom.kind and other.key.split("|")[0][:1] == atom.key[:1]:
                return _with_right(entry.statement, replace_equal(entry.update.right, atom.expr, other.expr))
        return None

    def _quantities(self) -> list[Atom]:
        found = [a for e in self.entries.values() for a in (e.target, *e.update.atoms())]
        return list(dict.fromkeys(found))

    def _time(self, entry: _Entry) -> Line | None:
        """m_t on both sides where the other lines use m_{t-1}."""
        update = entry.update
        if update.shift != 0 or update.time is None or not update.time.letter:
            return None
        shifts = [e.update.shift for e in self.entries.values() if e is not entry and e.update.shift == 1]
        if not shifts or not entry.fits or entry.fits[0].rule.id == "correction":
            return None
        if not any(peel(part) == entry.update.left for part in update.right.walk()):
            return None
        reason = f"{show(update.left)} is computed from itself: the value of the step before is meant"
        return self._refuted(entry, reason, None)

    def _in_place(self, entry: _Entry) -> Line | None:
        """S = S / (1 - beta^t) where a corrected S with a name of its own is used later."""
        if (
            not entry.fits
            or entry.fits[0].rule.id != "correction"
            or entry.target.key not in self._inputs_of(entry.fits[0])
        ):
            return None
        if entry.statement.relations[0] in ("to", "get", "set"):
            return None
        defined = {e.target.key for e in self.entries.values()}
        for other in self.entries.values():
            for atom in other.update.atoms():
                if atom.stem == entry.target.stem and atom.key not in defined and atom.kind == "state":
                    same = replace(
                        entry.statement, terms=(_dressed(entry.update.left, atom.expr), *entry.statement.terms[1:])
                    )
                    reason = (
                        f"the corrected value overwrites {show(entry.update.left)}, which its recurrence needs; "
                        f"{show(atom.expr)} is used below and is defined nowhere"
                    )
                    return self._refuted(entry, reason, same)
        return None

    @staticmethod
    def _inputs_of(fit: Fit) -> set[str]:
        return {atom.key for _, atom in fit.roles if isinstance(atom, Atom)}

    def _constants(self, entry: _Entry) -> Line | None:
        """The correction of a state must use the constant of its recurrence."""
        if not entry.fits or entry.fits[0].rule.id != "correction":
            return None
        fit = entry.fits[0]
        state, beta = fit.role("m"), fit.role("beta")
        for other in self.entries.values():
            if not isinstance(state, Atom) or other.target.key != state.key or other is entry:
                continue
            for recurrence in other.fits[:1]:
                right = recurrence.role("beta")
                if recurrence.rule.id in ("average", "average of squares") and right is not None and right != beta:
                    if not (isinstance(right, Atom) and isinstance(beta, Atom)) or recurrence.template.place:
                        return None
                    fixed = _with_right(entry.statement, replace_equal(entry.update.right, beta.expr, right.expr))
                    reason = (
                        f"the recurrence of {show(state.expr)} has {show(right.expr)}, its correction {show(beta.expr)}"
                    )
                    return self._refuted(entry, reason, fixed)
        return None

    def _corrected_left_out(self, entry: _Entry) -> Line | None:
        """Corrected states are defined, and the step uses one of them, or both, without the correction.

        Both only where the corrected ones stand before the step and nothing uses them: a text may give the step
        without corrections first.
        """
        fit = entry.fit
        if fit is None or fit.rule.id not in SCALED:
            return None
        corrected = self._corrected()
        used = [a for name in ("d", "s") if isinstance(a := fit.role(name), Atom)]
        plain = [a for a in used if a.key in corrected]
        dressed = [a for a in used if a.key in {e.target.key for e in corrected.values()}]
        if not plain or not dressed and not self._forgotten(entry, [corrected[a.key] for a in plain]):
            return None
        fixed = entry.update.right
        for wrong in plain:
            fixed = replace_equal(fixed, wrong.expr, corrected[wrong.key].target.expr)
        uses = " and ".join(show(a.expr) for a in plain)
        meant = " and ".join(show(corrected[a.key].target.expr) for a in plain)
        reason = f"uses {uses} where the corrected {meant} {'were' if len(plain) > 1 else 'was'} defined"
        return self._refuted(entry, reason, _with_right(entry.statement, fixed))

    def _corrected(self) -> dict[str, _Entry]:
        """The lines that define a corrected state, by the state they correct."""
        return {
            source.key: e
            for e in self.entries.values()
            for f in e.fits[:1]
            if f.rule.id == "correction" and isinstance(source := f.role("m"), Atom) and source.key != e.target.key
        }

    def _forgotten(self, entry: _Entry, corrected: Sequence[_Entry]) -> bool:
        """Do both moments have corrections, all before this line, that no line of the group uses?"""
        order = {id(e): i for i, e in self.entries.items()}
        keys = {e.target.key for e in corrected}
        used = {a.key for e in self.entries.values() for a in e.update.atoms()}
        return len(keys) == 2 and not keys & used and all(order[id(e)] < order[id(entry)] for e in corrected)

    def _second_moment(self, entry: _Entry) -> Line | None:
        """v = beta v + (1 - beta) g, or s + g, without the square, where v or s stands below the root of a step."""
        update = entry.update
        squares = {"average of squares", "sum of squares"}
        if update.shift is None or any(fit.rule.id in squares for fit in entry.fits):
            return None
        if not any(stem == entry.target.stem for stem in self._below_roots()):
            return None
        for source in update.atoms():
            if source.kind != "gradient":
                continue
            base = source.expr if isinstance(source.expr, Symbol) else Paren(source.expr)
            right = replace_equal(update.right, source.expr, Power(base, Number(Fraction(2), text="2")))
            try:
                compared = Compared(Update(update.left, right, update.states, update.times))
            except (Unreadable, ArithmeticError, ValueError):
                continue
            fit = next(compared.fits([t for t in templates() if t.rule.id in squares]), None)
            if fit is not None:
                missing = f"the square of {show(source.expr)} is missing"
                reason = f"{show(update.left)} stands below a root later on: {missing}"
                return self._refuted(entry, reason, _with_right(entry.statement, right), fit)
        return None

    def _below_roots(self) -> Iterator[str]:
        """Stems of what a step has below its root while a mean or a gradient stands above."""
        for other in self.entries.values():
            for fit in other.fits[:1]:
                d, s = fit.role("d"), fit.role("s")
                if fit.rule.id in SCALED and isinstance(d, Atom) and isinstance(s, Atom):
                    if self.holds.get(d.key, d.kind) != "square" and d.stem != s.stem:
                        yield s.stem

    def _swapped(self, entry: _Entry) -> Line | None:
        """The second moment above the fraction and the mean below the root."""
        fit = entry.fit
        if fit is None or fit.rule.id not in SCALED:
            return None
        d, s = fit.role("d"), fit.role("s")
        if not isinstance(d, Atom) or not isinstance(s, Atom):
            return None
        if self.holds.get(d.key) != "square" or self.holds.get(s.key) not in ("mean", "velocity"):
            return None

        def swap(part: Expr) -> Expr:
            if part in (d.expr, s.expr):
                return s.expr if part == d.expr else d.expr
            return part.map(swap)

        fixed = _with_right(entry.statement, swap(entry.update.right))
        reason = f"{show(d.expr)} holds squares and belongs below the root, {show(s.expr)} above it"
        return self._refuted(entry, reason, fixed)

    def _other_state(self, entry: _Entry) -> Line | None:
        r"""``\hat v = m / (1 - \beta^t)``: the correction of another state than its name says."""
        fit = entry.fit
        if fit is None or fit.rule.id != "correction" or not self._corrects(entry):
            return None
        source = fit.role("m")
        if not isinstance(source, Atom) or source.stem == entry.target.stem:
            return None
        right = next(
            (
                e.target
                for e in self.entries.values()
                if e.update.shift is not None and e.target.stem == entry.target.stem
            ),
            None,
        )
        if right is None or source.key not in self.holds:
            return None
        fixed = _with_right(entry.statement, replace_equal(entry.update.right, source.expr, right.expr))
        reason = f"{show(entry.update.left)} is computed from {show(source.expr)} instead of {show(right.expr)}"
        return self._refuted(entry, reason, fixed)

    # -- errors within one line

    def _mended(self, entry: _Entry) -> Line | None:
        """The line with the first small edit that makes it a rule of the named algorithm."""
        allowed = self._allowed(entry)
        if not allowed or not entry.update.atoms():
            return None
        if any(ASCENT.search(prose) for prose in (e.prose for e in self.entries.values())):
            allowed = allowed - {"step", "step along", "decayed step"}
        candidates = [t for t in templates() if t.rule.id in allowed]
        quantities = self._quantities()
        for makers in EDITS:
            found: list[tuple[int, Expr, str, Fit]] = []
            for edited, reason in makers(entry.update, quantities):
                try:
                    update = Update(entry.update.left, edited, entry.update.states, entry.update.times)
                    compared = Compared(update)
                except (Unreadable, ArithmeticError, ValueError):
                    continue
                for fit in compared.fits(candidates):
                    if self._plausible(entry, fit, makers):
                        found.append((self._unlikely(entry, fit), edited, reason, fit))
                        break
                if found and found[-1][0] == 0:
                    break
            if found:
                _, edited, reason, fit = min(found, key=lambda f: f[0])
                text = f"differs from {fit.rule.says} of {self._name_of(entry, fit)}: {reason}"
                return self._refuted(entry, text, _with_right(entry.statement, edited), fit)
        return None

    def _unlikely(self, entry: _Entry, fit: Fit) -> int:
        """How odd the mended line would be: against the step that uses it, with the constant of another state, ..."""
        averages = ("average", "average of squares")
        others = [f for e in self.entries.values() if e is not entry for f in e.fits[:1]]
        betas = {f.role("beta") for f in others if f.rule.id in averages}
        needs = [
            f.rule.needs.get("d", ())
            for f in others
            if isinstance(d := f.role("d"), Atom) and d.stem == entry.target.stem
        ]
        corrected = {m.key for f in others if f.rule.id == "correction" and isinstance(m := f.role("m"), Atom)}
        d, used = fit.role("d"), [a for _, a in fit.roles if isinstance(a, Atom) and a.kind == "state"]
        plain = isinstance(d, Atom) and d.kind == "gradient" and "mean" in self.holds.values() and fit.rule.id != "step"
        uncorrected = fit.rule.holds == "parameter" and (plain or any(a.key in corrected for a in used))
        against = any(fit.rule.holds not in needed for needed in needs)
        taken = fit.rule.id in averages and fit.role("beta") in betas
        renamed = fit.template.place > 0 and fit.rule.holds != "parameter"
        return 4 * against + 2 * taken + uncorrected + renamed

    def _plausible(self, entry: _Entry, fit: Fit, makers: Callable) -> bool:
        """Does the mended line make sense here? A plain step is mended by a sign only: much else can stand there."""
        if self._misused(fit):
            return False
        if fit.rule.id in ("step", "step along", "decayed step", "sign step") and makers is not sign_edits:
            return False
        if fit.rule.id in ("perceptron rule", "mistake rule"):
            return makers is sign_edits
        if fit.rule.holds == "parameter":
            d = fit.role("d") or fit.role("m")
            return isinstance(d, Atom) and (bool(self._holds(d)) or fit.rule.id != "step")
        return entry.update.shift is not None or fit.rule.holds in ("corrected",)

    def _name_of(self, entry: _Entry, fit: Fit) -> str:
        algorithm = next((a for a in entry.named if fit.rule.id in a.rules), None) or self._algorithm(entry, fit)
        return algorithm.name if algorithm else "the known algorithm"

    def _refuted(
        self, entry: _Entry, reason: str, mended: Statement | None, fit: Fit | None = None, rule: str = ""
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


def _with_right(statement: Statement, right: Expr) -> Statement:
    return replace(statement, terms=(statement.terms[0], right, *statement.terms[2:]))


def _dressed(plain: Expr, dressed: Expr) -> Expr:
    """The plain symbol with the marks and labels of the dressed one."""
    a, b = named_symbol(plain), named_symbol(dressed)
    if a is None or b is None or not isinstance(plain, Symbol):
        return dressed
    labels = tuple(x for x in b[0].labels if isinstance(x, Label))
    return replace(plain, marks=b[0].marks, labels=labels)
