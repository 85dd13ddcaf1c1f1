r"""The rules of known algorithms, and whether an update is one of them.

The rules stand in ``knowledge/algorithms.toml``.  A line of a document is compared with a rule by giving the letters of
the rule to the quantities of the line in every way and evaluating both at a few points.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations, product
from typing import Any

from symnet.lecture.knowledge.names import KNOWLEDGE
from symnet.lecture.knowledge.quantities import BEFORE, Atom, Unreadable, named_symbol
from symnet.lecture.knowledge.updates import Update, update_of
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Expr, Negate, Number, Paren, Plus, Power, Product, Quotient, Statement, Symbol

#: the scale of a rule: any positive constant
SCALE = "alpha"
ROLE_KINDS = {
    "g": "input", "d": "input", "m": "state", "s": "state", "u": "state", "w": "parameter", "y": "data", "p": "data",
    "x": "data", "w before": "state", "m before": "state",
    "beta": "constant", "gamma": "constant", "lambda": "constant", "epsilon": "constant", "n": "constant",
    "t": "time", "T": "time",
}  # fmt: skip
#: number of points of a comparison, and how close two values are
POINTS, CLOSE = 4, 1e-9


@dataclass(frozen=True)
class Rule:
    """One line of an algorithm; ``spellings`` are equal in standing, the first is the usual one."""

    id: str
    says: str
    holds: str
    spellings: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Algorithm:
    name: str
    words: tuple[str, ...]
    rules: tuple[str, ...]
    source: str


@cache
def _data() -> dict[str, Any]:
    with open(KNOWLEDGE / "algorithms.toml", "rb") as file:
        return tomllib.load(file)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of the data file."""
    return {
        r["id"]: Rule(
            r["id"], r["says"], r["holds"], tuple(r["latex"]), {k: tuple(v) for k, v in r.get("needs", {}).items()}
        )
        for r in _data()["rule"]
    }


@cache
def algorithms() -> tuple[Algorithm, ...]:
    """Every algorithm, in the order of the data file."""
    return tuple(Algorithm(a["name"], tuple(a["words"]), tuple(a["rules"]), a["source"]) for a in _data()["algorithm"])


def named_in(prose: str) -> tuple[Algorithm, ...]:
    """The algorithms that a piece of prose names, in the order in which they stand there."""
    hits = []
    for place, algorithm in enumerate(algorithms()):
        starts = [m.start() for word in algorithm.words for m in re.finditer(word, prose, re.IGNORECASE)]
        if starts:
            hits.append((min(starts), place, algorithm))
    found = [algorithm for *_, algorithm in sorted(hits, key=lambda hit: hit[:2])]
    if any(a.name == "Nesterov momentum" for a in found):
        found = [a for a in found if a.name != "momentum"]
    return tuple(found)


@dataclass(frozen=True)
class Template:
    """One spelling of a rule, read and taken apart."""

    rule: Rule
    place: int
    latex: str
    update: Update
    inputs: tuple[str, ...]  # roles of what is no constant, the left side left out
    constants: tuple[str, ...]
    scaled: bool
    recurs: bool


@cache
def templates() -> tuple[Template, ...]:
    return tuple(_template(rule, place) for rule in rules().values() for place in range(len(rule.spellings)))


def _template(rule: Rule, place: int) -> Template:
    latex = rule.spellings[place]
    (statement,) = read_formula(latex)
    if not isinstance(statement, Statement):
        raise ValueError(f"{latex}: {statement.reason}")
    update = update_of(statement)
    names = []
    for atom in update.atoms():
        name = _role(atom)
        if name != _role(update.target) or rule.id == "correction":
            names.append(name)
    names = list(dict.fromkeys(names))
    return Template(
        rule,
        place,
        latex,
        update,
        tuple(n for n in names if ROLE_KINDS.get(n) in ("input", "state", "parameter", "data")),
        tuple(n for n in names if ROLE_KINDS.get(n) in ("constant", "time")),
        SCALE in names,
        update.shift is not None and rule.id != "correction",
    )


def _role(atom: Atom) -> str:
    found = named_symbol(atom.expr)
    name = found[0].name if found else atom.key
    return name + BEFORE if atom.key.endswith(BEFORE) else name


@dataclass(frozen=True)
class Fit:
    """A rule that a line agrees with, and which quantity plays which role."""

    template: Template
    roles: tuple[tuple[str, Atom | complex], ...]

    @property
    def rule(self) -> Rule:
        return self.template.rule

    def role(self, name: str) -> Atom | complex | None:
        return dict(self.roles).get(name)


class _Points:
    """Deterministic values of the quantities, the same for the same key at the same point."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, int], complex] = {}
        self._random = random.Random(7)

    def point(self, number: int) -> Callable[[Atom], complex]:
        return lambda atom: self.at(atom, number)

    def at(self, atom: Atom, point: int) -> complex:
        key = (atom.kind + atom.key, point)
        if key not in self._values:
            if atom.kind == "constant":
                value: float = self._random.uniform(0.1, 0.9)
            elif atom.kind == "time":
                value = self._random.randint(2, 6)
            else:
                value = self._random.uniform(0.4, 2) * (-1 if atom.kind == "gradient" and point % 2 else 1)
            self._values[key] = complex(value)
        return self._values[key]


class Compared:
    """A line at its points, ready to be compared with every rule."""

    def __init__(self, update: Update) -> None:
        self.update = update
        self.points = _Points()
        atoms = update.atoms()
        own = {update.target.key} if update.shift is not None else set()
        self.inputs = tuple(a for a in atoms if a.kind in ("gradient", "state") and a.key not in own)
        self.constants = tuple(a for a in atoms if a.kind in ("constant", "time") and a.key not in own)
        self.numbers = tuple(dict.fromkeys(n for n in _constant_values(update.right) if 0 < n.real < 1))
        self.recurs = update.shift is not None
        self.values = [update.value(self.points.point(p)) for p in range(POINTS)]

    def fits(self, templates: Sequence[Template]) -> Iterator[Fit]:
        for template in templates:
            in_place = template.rule.id == "correction" and self.recurs
            if in_place:  # the corrected value takes the name of the state
                inputs: tuple[Atom, ...] = (*self.inputs, self.update.target)
            elif template.recurs != self.recurs:
                continue
            else:
                inputs = self.inputs
            if len(inputs) == len(template.inputs):
                fit = next(self._fits(template, inputs), None)
                if fit is not None:
                    yield fit

    def _fits(self, template: Template, inputs: tuple[Atom, ...]) -> Iterator[Fit]:
        slots: list[list[Atom | complex]] = []
        for name in template.constants:
            time = ROLE_KINDS[name] == "time"
            atoms: list[Atom | complex] = [a for a in self.constants if (a.kind == "time") == time]
            slots.append(atoms if time else [*atoms, *self.numbers])
        for order in permutations(inputs):
            if not all(_may_play(name, atom) for name, atom in zip(template.inputs, order)):
                continue
            played = dict(zip(template.inputs, order))
            if not _target_first(played) or not self._own_past(played):
                continue
            for chosen in product(*slots):
                atoms_chosen = [c for c in chosen if isinstance(c, Atom)]
                if len(set(chosen)) < len(chosen):
                    continue
                if not template.scaled and len(atoms_chosen) < len(self.constants):
                    continue
                roles = dict(zip(template.inputs, order)) | dict(zip(template.constants, chosen))
                if self._equal(template, roles):
                    yield Fit(template, tuple(roles.items()))

    def _own_past(self, roles: Mapping[str, Atom]) -> bool:
        """A quantity of an earlier step is the earlier value of what plays the role without "before"."""
        for name, atom in roles.items():
            later = roles.get(name.removesuffix(BEFORE), self.update.target)
            meant = later.key + BEFORE if name.endswith(BEFORE) else atom.key.removesuffix(BEFORE)
            if atom.key != meant:
                return False
        return True

    def _equal(self, template: Template, roles: Mapping[str, Atom | complex]) -> bool:
        try:
            if not template.scaled:
                return all(self._close(self.values[p], self._rule(template, roles, p, 1.0)) for p in range(POINTS))
            scales = {p: self._scale(template, roles, p) for p in range(POINTS)}
            return self._is_scale(template, roles, scales) and not self._is_weight_of_another(roles, scales)
        except (ArithmeticError, Unreadable, ValueError):
            return False

    def _rule(self, template: Template, roles: Mapping[str, Atom | complex], point: int, scale: complex) -> complex:
        def value(atom: Atom) -> complex:
            name = _role(atom)
            if name == SCALE:
                return scale
            if name == "pi":
                return complex(3.141592653589793)
            role = roles.get(name, self.update.target)
            return role if isinstance(role, complex) else self.points.at(role, point)

        return template.update.value(value)

    def _scale(self, template: Template, roles: Mapping[str, Atom | complex], point: int) -> complex:
        """The scale with which the rule gives the value of the line."""
        zero = self._rule(template, roles, point, 0)
        return (self.values[point] - zero) / (self._rule(template, roles, point, 1) - zero)

    def _is_scale(self, template: Template, roles: Mapping, scales: Mapping[int, complex]) -> bool:
        """Is it positive, and does it depend only on constants that play no role of their own?"""
        if any(abs(s.imag) > CLOSE or s.real <= CLOSE for s in scales.values()):
            return False
        free = [a for a in self.constants if a not in roles.values()]
        for point in range(POINTS):
            for other in range(POINTS):
                if other == point:
                    continue
                values = lambda atom, p=point, q=other: self.points.at(atom, p if atom in free else q)  # noqa: E731
                mixed = _Mixed(self, values)
                if not self._close(mixed.scale(template, roles), scales[point]):
                    return False
        return True

    def _is_weight_of_another(self, roles: Mapping[str, Atom | complex], scales: Mapping[int, complex]) -> bool:
        r"""Is it ``1 - \beta_2`` beside ``\beta_1``: the weight of another average, and no scale of this one?"""
        playing = [a for a in roles.values() if isinstance(a, Atom) and a.kind == "constant"]
        names = {found[0].name for a in playing if (found := named_symbol(a.expr)) is not None}
        for atom in self.constants:
            found = named_symbol(atom.expr)
            if atom in playing or found is None or found[0].name not in names:
                continue
            if all(self._close(scale, 1 - self.points.at(atom, p)) for p, scale in scales.items()):
                return True
        return False

    @staticmethod
    def _close(a: complex, b: complex) -> bool:
        return abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))


class _Mixed:
    """One more point: some quantities as at one point, the others as at another."""

    def __init__(self, base: Compared, values: Callable[[Atom], complex]) -> None:
        self.base, self.values = base, values

    def scale(self, template: Template, roles: Mapping[str, Atom | complex]) -> complex:
        line = self.base.update.value(self.values)
        zero, one = (self._rule(template, roles, scale) for scale in (0, 1))
        return (line - zero) / (one - zero)

    def _rule(self, template: Template, roles: Mapping[str, Atom | complex], scale: complex) -> complex:
        def value(atom: Atom) -> complex:
            name = _role(atom)
            if name == SCALE:
                return scale
            role = roles.get(name, self.base.update.target)
            return role if isinstance(role, complex) else self.values(role)

        return template.update.value(value)


def _constant_values(expr: Expr) -> Iterator[complex]:
    """The values of the largest parts that are made of numbers only."""
    if all(isinstance(part, Number | Negate | Power | Quotient | Product | Paren | Plus) for part in expr.walk()):
        try:
            yield Update(Symbol("x"), expr).value(lambda atom: 0j)
        except (ArithmeticError, Unreadable):
            pass
        return
    for child in expr.children():
        yield from _constant_values(child)


def _may_play(role: str, atom: Atom) -> bool:
    kind = ROLE_KINDS[role]
    if kind == "input":
        return True
    return atom.kind == "state"


def _target_first(roles: Mapping[str, Atom]) -> bool:
    """In ``(y - p) x``, could y be the target and p the prediction? A hat, or t and d beside y, tell."""
    if "y" not in roles or "p" not in roles:
        return True

    def rank(atom: Atom) -> int:
        found = named_symbol(atom.expr)
        if found is None or found[0].marks:
            return 3
        return {"t": 0, "d": 0, "target": 0, "y": 1}.get(found[0].name, 2)

    return rank(roles["y"]) <= rank(roles["p"])
