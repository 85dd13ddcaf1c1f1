"""The slips in which an update differs from that of an algorithm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.knowledge.quantities import Atom, Unreadable, named_symbol, peel
from symnet.lecture.knowledge.rules import Compared, Fit, templates
from symnet.lecture.knowledge.update_edits import EDITS, replace_equal, sign_edits
from symnet.lecture.knowledge.update_line import Line
from symnet.lecture.knowledge.update_lines import ASCENT, Entry, Group
from symnet.lecture.knowledge.updates import Update, show
from symnet.lecture.reader.syntax import Expr, Label, Number, Paren, Power, Statement, Symbol

#: rules with a direction ``d`` above and a second moment ``s`` below
SCALED = frozenset({"scaled step", "scaled step with decay", "scaled change", "scaled direction"})


class Slips(Group):
    """The slips that turn an update of an algorithm into another one."""

    def _tags(self, entry: Entry) -> Line | None:
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

    def _retagged(self, entry: Entry, atom: Atom, own: str) -> Statement | None:
        """The line with the quantity of the right parameter, if the group has one of that kind."""
        for other in self._quantities():
            if other.tag == own and other.kind == atom.kind and other.key.split("|")[0][:1] == atom.key[:1]:
                return _with_right(entry.statement, replace_equal(entry.update.right, atom.expr, other.expr))
        return None

    def _time(self, entry: Entry) -> Line | None:
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

    def _in_place(self, entry: Entry) -> Line | None:
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

    def _constants(self, entry: Entry) -> Line | None:
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

    def _corrected_left_out(self, entry: Entry) -> Line | None:
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

    def _corrected(self) -> dict[str, Entry]:
        """The lines that define a corrected state, by the state they correct."""
        return {
            source.key: e
            for e in self.entries.values()
            for f in e.fits[:1]
            if f.rule.id == "correction" and isinstance(source := f.role("m"), Atom) and source.key != e.target.key
        }

    def _forgotten(self, entry: Entry, corrected: Sequence[Entry]) -> bool:
        """Do both moments have corrections, all before this line, that no line of the group uses?"""
        order = {id(e): i for i, e in self.entries.items()}
        keys = {e.target.key for e in corrected}
        used = {a.key for e in self.entries.values() for a in e.update.atoms()}
        return len(keys) == 2 and not keys & used and all(order[id(e)] < order[id(entry)] for e in corrected)

    def _second_moment(self, entry: Entry) -> Line | None:
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

    def _swapped(self, entry: Entry) -> Line | None:
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

    def _other_state(self, entry: Entry) -> Line | None:
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

    def _mended(self, entry: Entry) -> Line | None:
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
                    if self._plausible(entry, edited, fit, makers):
                        found.append((self._unlikely(entry, fit), edited, reason, fit))
                        break
                if found and found[-1][0] == 0:
                    break
            if found:
                _, edited, reason, fit = min(found, key=lambda f: f[0])
                text = f"differs from {fit.rule.says} of {self._name_of(entry, fit)}: {reason}"
                return self._refuted(entry, text, _with_right(entry.statement, edited), fit)
        return None

    def _unlikely(self, entry: Entry, fit: Fit) -> int:
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

    @staticmethod
    def _is_doubled(entry: Entry, edited: Expr, fit: Fit) -> bool:
        """Does a mended line take the same direction twice, where others stood beside it?  Another rule is meant."""

        def times(expr: Expr, what: Expr) -> int:
            return sum(part == what for part in expr.walk())

        return any(
            isinstance(d := fit.role(name), Atom) and times(edited, d.expr) > max(1, times(entry.update.right, d.expr))
            for name in ("d", "m")
        )

    def _plausible(self, entry: Entry, edited: Expr, fit: Fit, makers: Callable) -> bool:
        """Does the mended line make sense here? A plain step is mended by a sign only: much else can stand there."""
        if self._misused(fit) or self._is_doubled(entry, edited, fit):
            return False
        if fit.rule.id in ("step", "step along", "decayed step", "sign step") and makers is not sign_edits:
            return False
        if fit.rule.id in ("perceptron rule", "mistake rule"):
            return makers is sign_edits
        if fit.rule.holds == "parameter":
            d = fit.role("d") or fit.role("m")
            return isinstance(d, Atom) and (bool(self._holds(d)) or fit.rule.id != "step")
        return entry.update.shift is not None or fit.rule.holds in ("corrected",)


def _with_right(statement: Statement, right: Expr) -> Statement:
    return replace(statement, terms=(statement.terms[0], right, *statement.terms[2:]))


def _dressed(plain: Expr, dressed: Expr) -> Expr:
    """The plain symbol with the marks and labels of the dressed one."""
    a, b = named_symbol(plain), named_symbol(dressed)
    if a is None or b is None or not isinstance(plain, Symbol):
        return dressed
    labels = tuple(x for x in b[0].labels if isinstance(x, Label))
    return replace(plain, marks=b[0].marks, labels=labels)
