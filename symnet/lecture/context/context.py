"""A document as the judge needs it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

from symnet.lecture.context.identities import is_identity, without_number
from symnet.lecture.context.imaginary import imaginary_units
from symnet.lecture.context.ranks import STRONG, Ranks
from symnet.lecture.context.record import Definition, Known, Record
from symnet.lecture.context.refs import LOSS_NAMES, Ref
from symnet.lecture.context.sizes import Sizes
from symnet.lecture.context.windows import Window
from symnet.lecture.reader.syntax import Absolute, Expr, Norm, Root


@dataclass
class Context(Record):
    """A document as the judge needs it: what it says, with the ranks of its names and the sizes of their axes."""

    rows: set[str] = field(default_factory=set)
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)  # integer-valued names -> the axis they pick from
    declared: set[str] = field(default_factory=set)  # sizes that stand in a declared shape
    windows: dict[str, Window] = field(default_factory=dict)  # axes with an entry for each place of a window
    partly: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # axes -> the ends of sums over parts of them

    def __post_init__(self) -> None:
        super().__post_init__()
        self.near: dict[tuple[int, int, int], tuple[Context, int]] = {}  # its parts that are asked for again
        self.ranks = Ranks(self)
        self.sizes = Sizes()

    @cached_property
    def units(self) -> tuple[frozenset[str], frozenset[str]]:
        """The letters that are the imaginary unit wherever they are no index; with them those that may be it."""
        known, perhaps = imaginary_units(self.lines)
        return known - self.definitions.keys(), perhaps - self.definitions.keys()

    def rank(self, ref: Ref) -> int:
        return self.ranks.get(ref) or 0

    def values_of(self, key: str, order: int, but: Definition | None = None) -> list[Definition]:
        r"""The definitions in force of what a name is by itself.

        That of a function is none where the name is declared as an array of another kind, as ``A \in R^{m \times n}``
        beside ``A(\eta)``.
        """
        found = [d for d in self.definitions_of(key, order, but) if d.has_own_arguments]
        rank, strength = self.ranks.known.get((key, 0), (0, 0))
        if not rank or strength < STRONG or not self.declarations(key):
            return found
        return [d for d in found if d.parameters is None or (self.ranks.rank(d.body) or 0) == rank]

    def hides(self, near: Context, *sides: Expr) -> bool:
        """Does ``near`` lack a definition that the document gives, before or after, of a name that these rely on?

        It does so, too, where it takes a claim on the value of a function, ``f(x^*) = c``, for what the function is.
        """
        apart = {key for key in self.definitions if self._is_apart(key, near)}
        names = [key for key in self.names_behind(sides, apart) if key in self.definitions]
        return any(not near.is_defined(key) or self._claims(key, near) for key in names)

    def _claims(self, key: str, near: Context) -> bool:
        """Is all that ``near`` takes for formulas of a function said of its values, in the whole document?"""
        said = {self.lines[d.order].raw for d in self.definitions[key] if 0 <= d.order < len(self.lines)}
        found = near.definitions.get(key, ())
        claimed = [d.parameters and d.order >= 0 and near.lines[d.order].raw not in said for d in found]
        return bool(claimed) and all(claimed)

    def _is_apart(self, key: str, near: Context) -> bool:
        """Does ``near`` say anew of which space a vector h is, where the document defines the vectors h_t of steps?"""
        found = self.definitions[key]
        if near.is_defined(key) or not near.declarations(key) or any(d.parameters is not None for d in found):
            return False
        rank = near.rank(Ref(key))
        return all(d.indices and self.rank(Ref(key, d.indices)) + len(d.indices) > rank for d in found)

    def is_letter(self, key: str) -> bool:
        r"""Is e, or a bare \pi, a name of the document's own, and not the number?"""
        own = self.uses_pi if key == "\\pi" else self.is_defined(key) or key in self.naming.functions
        return own or bool(self.declarations(key))

    def counts(self, letter: str) -> bool:
        """Is the capital of an index letter its size, by convention? Where it means nothing else."""
        size = letter.upper()
        if len(letter) != 1 or size in self.definitions or self.naming.bare[size] <= 0:
            return False
        if size in self.naming.functions or self.naming.simple_calls[size] > 0:
            return False
        if any(is_identity(key) and without_number(key) == size for key in self.ranks.counts):
            return False
        return self.ranks.known.get((size, 0), (0, 0))[0] == 0 and not (
            size in LOSS_NAMES and self.differentiates(size)
        )

    def with_open(self, key: str) -> Context:
        """The context in which a name is a variable, whatever the document says it is."""
        return self._with({name: found for name, found in self.definitions.items() if name != key})

    def leaving_out(self, definition: Definition, since: int = 0) -> Context:
        """The context in which what a formula defines has no value by it, nor by another one from a place on.

        What the formula says is a root or a length is not negative there.
        """
        key = definition.key
        found = [d for d in self.definitions.get(key, ()) if d.order < since or not d.same_target(definition)]
        new = self._with({**self.definitions, key: found}) if found else self.with_open(key)
        if not since and isinstance(definition.body, Absolute | Norm | Root):
            new.facts = [*self.facts, Known(key, "positive", definition.place)]
        return new

    def with_numbers(self, keys: Iterable[str], restored: Iterable[Definition] = ()) -> Context:
        """The context in which names are numbers, with definitions that fit where they are."""
        definitions = {key: list(found) for key, found in self.definitions.items()}
        for definition in restored:
            definitions.setdefault(definition.key, []).append(definition)
        return self._with_ranks(keys, 0)._with(definitions)

    def with_matrices(self, keys: Iterable[str]) -> Context:
        """The context in which names are matrices."""
        return self._with_ranks(keys, 2)

    def _with_ranks(self, keys: Iterable[str], rank: int) -> Context:
        new = self._with(self.definitions)
        new.ranks = copy(self.ranks)
        new.ranks.known = {**self.ranks.known, **{(key, 0): (rank, STRONG + 1) for key in keys}}
        return new

    def with_premises(self, premises: Iterable[Definition]) -> Context:
        """The context in which names mean what a statement says before what follows from that."""
        return self._with({**self.definitions, **{d.key: [d] for d in premises}})

    def _with(self, definitions: dict[str, list[Definition]]) -> Context:
        """The context with other definitions, and nothing of what was found by those that it has."""
        new = copy(self)
        new.near, new._used, new._softmax = {}, None, None
        new.definitions = definitions
        return new
