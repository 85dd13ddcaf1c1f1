"""What a document says, in order: statements, definitions, facts, ranks and sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from symnet.lecture.context.directed import Author
from symnet.lecture.context.identities import is_identity, is_ones, numbered, without_number
from symnet.lecture.context.naming import Naming
from symnet.lecture.context.ranks import STRONG, Ranks
from symnet.lecture.context.refs import INDEX_LETTERS, LOSS, LOSS_NAMES, SAMPLE, Ref, pairs, refs
from symnet.lecture.context.sizes import ONE, Clash, Sizes
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.documents.items import Directive
from symnet.lecture.reader.syntax import (
    Big,
    Call,
    Derivative,
    Dimensions,
    Dots,
    Expr,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Slice,
    Space,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

_SOFTMAX_OF_ROWS = re.compile(
    r"softmax\b[^.;]*(?:\b(?:of|to|along|in) each row\b|\brow-?wise\b|по (?:каждой )?строк)", re.I
)
_ZERO_OUTSIDE = re.compile(
    r"\b(?:entr(?:y|ies)|values?|elements?|pixels?)\b[^.;]*\boutside\b[^.;]*\b(?:counts? as|is|are) (?:0|zero)\b"
    r"|\b(?:элемент|значени|пиксел)[^.;]*\bвне\b[^.;]*\b(?:считаетс|считаютс|рав)[^.;]*\b(?:0|нул)",
    re.I,
)
#: how many statements before and after one are near it, and how many are next to it
NEAR = ((10, 4), (5, 2))
NOBODY = Author()  # where the author says nothing


class Said(NamedTuple):
    """A statement as it was read, the line and the prose around.

    One of the author's has the ``source`` of its directive; what is ``assumed`` defines nothing, and what is ``solved``
    is the value of a name only from there on.  What is said under a ``wish`` does not hold under another one.
    ``settings`` are the layout and the logarithm that the author chose, ``section`` the headings that it stands under.
    """

    line: int
    statement: Statement
    prose: str = ""
    source: str = ""
    assumed: bool = False
    solved: bool = False
    wish: str = ""
    settings: tuple[Directive, ...] = ()
    section: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One statement where it stands; ``statement`` is resolved, ``raw`` as it was read."""

    order: int
    said: Said
    statement: Statement

    @property
    def line(self) -> int:
        return self.said.line

    @property
    def raw(self) -> Statement:
        return self.said.statement

    @property
    def prose(self) -> str:
        return self.said.prose

    @property
    def place(self) -> str:
        """Where it stands, for a reader."""
        return place_of(self.said.line, self.said.source)


def place_of(line: int, source: str) -> str:
    """A line of the document, or the place of a directive."""
    return f"directive, {source}" if source else f"line {line}"


@dataclass(frozen=True)
class Definition:
    """``key[indices] = body`` or ``key(parameters) = body``; letters among the indices stand for any value."""

    key: str
    indices: tuple[Expr, ...]
    parameters: tuple[Expr, ...] | None
    body: Expr
    order: int
    line: int
    link: int = 0
    source: str = ""  # of the directive

    @property
    def place(self) -> str:
        """Where it stands, for a reader."""
        return place_of(self.line, self.source)

    @property
    def pattern(self) -> tuple[str | None, ...]:
        """What the definition defines, with letters left open."""
        return tuple(i.key if isinstance(i, Ref) and not i.indices else None for i in self.indices)

    def same_target(self, other: Definition) -> bool:
        """Do both define the same thing, up to the letters of the indices?"""
        ours, theirs = (
            (
                d.key,
                tuple(i if isinstance(i, Number) else None for i in d.indices),
                None if d.parameters is None else len(d.parameters),
            )
            for d in (self, other)
        )
        return ours == theirs


@dataclass(frozen=True)
class Known:
    """A fact about the values of a name: simplex (entries positive, sum 1), bits, positive, unit, symmetric ..."""

    key: str
    what: str
    source: str
    order: int = -1  # of the statement that says so


@dataclass
class Context:
    """A document as the judge needs it."""

    naming: Naming
    lines: list[Line] = field(default_factory=list)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    facts: list[Known] = field(default_factory=list)
    rows: set[str] = field(default_factory=set)
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)  # integer-valued names -> the axis they pick from
    declared: set[str] = field(default_factory=set)  # sizes that stand in a declared shape
    rejected: list[Definition] = field(default_factory=list)  # definitions whose sides do not fit
    others: set[tuple[int, int]] = field(default_factory=set)  # where a number gets the name of a vector: another one
    author: Author = NOBODY
    maps: dict[str, str] = field(default_factory=dict)  # functions that the author declares -> elementwise, of ...
    conditions: list[Line] = field(default_factory=list)  # assumptions that are tested at each point
    partly: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # axes -> the ends of sums over parts of them

    def __post_init__(self) -> None:
        self._near: dict[tuple[int, int, int], tuple[Context, int]] = {}
        self._varied: tuple[int, frozenset[str]] | None = None
        self.ranks = Ranks(self)
        self.sizes = Sizes()

    # -- questions ------------------------------------------------------------------------------------------------
    def rank(self, ref: Ref) -> int:
        return self.ranks.get(ref) or 0

    def definitions_of(self, key: str, order: int, but: Definition | None = None) -> list[Definition]:
        """The definitions of a name that are in force at a place: the latest before it, else the first after it."""
        chosen: list[Definition] = []
        for d in self.definitions.get(key, ()):
            if but is not None and (d.order, d.link) == (but.order, but.link):
                continue
            if self.wish(d.order) and self.wish(order) and self.wish(d.order) != self.wish(order):
                continue
            if d.order > order and ((d.order, d.link) in self.others or self.lines[d.order].said.solved):
                continue
            twins = [c for c in chosen if c.same_target(d)]
            if not twins:
                covered = any(c.order < order and len(c.indices) <= len(d.indices) for c in chosen)
                if d.order < order or not covered:  # what is said later does not change what was defined before
                    chosen.append(d)
            elif d.order < order and twins[0].order < d.order:
                chosen[chosen.index(twins[0])] = d
        return chosen

    def wish(self, order: int) -> str:
        """What the sentence of a statement asks for."""
        return self.lines[order].said.wish if 0 <= order < len(self.lines) else ""

    def definition_at(self, order: int, link: int, *sides: Expr | None) -> Definition | None:
        """The definition that this link of this statement makes, or None."""
        for side in sides:
            side = logarithm(side) or side
            name = side.function if isinstance(side, Call) else side
            found = self.definitions.get(name.key, []) if isinstance(name, Ref) else []
            for d in (*found, *self.rejected):
                if (d.order, d.link) == (order, link):
                    return d
        return None

    def around(self, order: int, before: int, after: int) -> tuple[Context, int]:
        """The context of the statements near one of them, and the place of that statement among these."""
        return self._part((order, before, after), lambda line: -before <= line.order - order <= after)

    def nearby(self, order: int, section: bool) -> Iterator[tuple[Context, int]]:
        """The statements near one of them, then those of its section."""
        for before, after in NEAR:
            yield self.around(order, before, after)
        if section:
            yield self.section(order)

    def section(self, order: int) -> tuple[Context, int]:
        """The context of the statements under the same heading, and the place of a statement among these."""
        here = self.lines[order].said.section
        return self._part((order, -1, -1), lambda line: line.said.section == here)

    def _part(self, at: tuple[int, int, int], belongs: Callable[[Line], bool]) -> tuple[Context, int]:
        """The context of what belongs to a part and of all that the author says, and the place of statement at[0]."""
        if at not in self._near:  # asked for again for each edit of a claim, then no more
            if len(self._near) > 3 * len(NEAR):
                self._near.clear()
            near = [line for line in self.lines if belongs(line) or line.said.source]
            self._near[at] = self.of_lines(near), sum(line.order < at[0] for line in near)
        return self._near[at]

    def around_with_shapes(self, order: int, before: int, after: int) -> tuple[Context, int] | None:
        """The same with the shapes that are declared farther off; None where these seem to be of other names.

        The names are the same where half of the other statements on them fit these shapes.
        """
        near = [line for line in self.lines if -before <= line.order - order <= after or line.said.source]
        place = sum(line.order < order for line in near)
        statement = near[place].statement
        told_of = self._declarations({r.key for r in refs(statement)}, near[place].order)
        far = [line for line in told_of if line not in near]
        keys = {key for line in far for key in _declared_by(line.statement)}
        told = self.of_lines([*far, *near])
        others = [line for line in told.lines[len(far) :] if line.order != len(far) + place]
        tried = [told.is_shapely(line) for line in others if any(r.key in keys for r in refs(line.statement))]
        fits = [fit for fit in tried if fit is not None]
        return (told, len(far) + place) if sum(fits) >= max(1, len(fits) / 2) else None

    def _declarations(self, names: set[str], order: int) -> list[Line]:
        """The last shape statements before a statement on those of its names that are matrices.

        Small letters are used again for numbers in most documents.
        """
        found: dict[str, Line] = {}
        for line in self.lines[:order]:
            for key in _declared_by(line.statement) & names:
                found[key] = line
        return sorted({line.order: line for line in found.values()}.values(), key=lambda line: line.order)

    def is_shapely(self, line: Line) -> bool | None:
        """Do the shapes of a statement fit?  None where they are not all followed."""
        typer = Typer(self, self.sizes.copy(strict=True), "shapely")
        for left, right in pairs(line.statement):
            try:
                typer.broadcast(typer.shape(left), typer.shape(right), left.span)
            except Clash:
                return False
            except (Unshaped, RecursionError):
                return None
        return True

    def of_lines(self, lines: Iterable[Line]) -> Context:
        """The context of some of the statements, with all that the author says."""
        return build([line.said for line in lines], self.author, self.naming.adjoint_of, self.naming.loss)

    def hides(self, near: Context, *sides: Expr | None) -> bool:
        """Does ``near`` lack a definition that the document gives, before or after, of a name that these rely on?"""
        seen: set[str] = set()
        todo = [r.key for side in sides if side is not None for r in refs(side)]
        while todo:
            key = todo.pop()
            if key in seen:
                continue
            seen.add(key)
            if self.is_defined(key) and not near.is_defined(key):
                return True
            todo += [r.key for d in self.definitions.get(key, ()) for r in refs(d.body)]
        return False

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

    def differentiates(self, key: str) -> bool:
        """Does the document take derivatives of this name, or give no sum that it may count the terms of?"""
        parts = [p for line in self.lines for p in line.statement.walk()]
        slopes = (p.of for p in parts if isinstance(p, (Derivative, Nabla)))
        summed = any(isinstance(p, Big) and any(v.name == key.lower() for v in p.variables) for p in parts)
        return not summed or any(isinstance(of, Ref) and of.key == key for of in slopes)

    def takes_softmax_of_rows(self) -> bool:
        """Does the document say that the softmax of a matrix is taken of each row?"""
        return any(_SOFTMAX_OF_ROWS.search(line.prose) for line in self.lines)

    def is_zero_outside(self, order: int) -> bool:
        """Does a statement come with the word that an entry outside of its array is zero?"""
        return 0 <= order < len(self.lines) and _ZERO_OUTSIDE.search(self.lines[order].prose) is not None

    def varies(self, key: str) -> bool:
        """Does the document vary a name: as the argument of a function of its own, or by differentiating?"""
        if self._varied is None or self._varied[0] != len(self.lines):
            parts = [p for line in self.lines for p in line.statement.walk()]
            by = [b for p in parts if isinstance(p, (Derivative, Nabla)) for b in p.by]
            calls = [p for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)]
            args = [a for p in calls if p.function.key not in SETTLED for a in p.args]  # type: ignore[attr-defined]
            named = frozenset(r.key for r in (*by, *args) if isinstance(r, Ref) and not r.indices)
            self._varied = (len(self.lines), named)
        return key in self._varied[1]

    def is_whole(self, key: str) -> bool:
        """Is a bare name a whole number by convention: a count, an index letter, the number of a step?"""
        bare = key.lstrip("\\")
        if bare in COUNTS:
            return not self.varies(key)
        if bare not in INDEX_LETTERS or bare in CONTINUOUS:
            return False
        return bare not in VARIABLES or key in self.naming.bound or key in self.naming.sizes

    def with_first_definitions(self) -> Context:
        """The context in which what is defined again keeps its first meaning."""
        new = copy(self)
        new.definitions = {}
        for key, found in self.definitions.items():
            kept = new.definitions.setdefault(key, [])
            for d in found:
                if not any(d.same_target(k) for k in kept):
                    kept.append(d)
        return new

    def with_open(self, key: str) -> Context:
        """The context in which a name is a variable, whatever the document says it is."""
        new = copy(self)
        new._near, new._varied = {}, None
        new.definitions = {name: found for name, found in self.definitions.items() if name != key}
        return new

    def without(self, rejected: Definition) -> None:
        """Forgets a definition whose sides do not fit."""
        self.rejected.append(rejected)
        self.definitions[rejected.key] = [d for d in self.definitions[rejected.key] if d is not rejected]
        if not self.definitions[rejected.key]:
            del self.definitions[rejected.key]

    @property
    def redefines(self) -> bool:
        """Is any name defined more than once?"""
        return any(a.same_target(b) for found in self.definitions.values() for a, b in zip(found, found[1:]))

    @cached_property
    def uses_pi(self) -> bool:
        r"""Is a bare \pi a letter of the document's own, and not the number?"""
        if any(k.key == "\\pi" for k in self.facts):
            return True
        found = self.definitions.get("\\pi", [])
        parameters = (p for ds in self.definitions.values() for d in ds for p in d.parameters or ())
        if any(isinstance(p, Ref) and p.key == "\\pi" for p in parameters):
            return True
        if any(not d.indices and d.parameters is None for d in found):
            return True
        return bool(found) and not all(_beside_number(line.statement) for line in self.lines)

    def is_defined(self, key: str) -> bool:
        return key in self.definitions

    def reaches(self, expr: Expr, key: str, order: int, seen: frozenset[str] = frozenset()) -> bool:
        """Does the value of ``expr`` depend on the name ``key`` through the definitions?"""
        for ref in refs(expr):
            if ref.key == key:
                return True
            if ref.key not in seen:
                deeper = seen | {ref.key}
                if any(self.reaches(d.body, key, order, deeper) for d in self.definitions_of(ref.key, order)):
                    return True
        return False


def build(
    statements: Sequence[Said],
    author: Author = NOBODY,
    gradients: Mapping[str, str] | None = None,
    loss: str = LOSS,
) -> Context:
    """The context of statements, and of what the author says besides.

    ``gradients`` are the names of gradients of ``loss``, where a larger document has shown which they are.
    """
    told = [said.statement for said in statements]
    if not any(is_identity(d.subject.strip("$ ")) for d in author.directives):
        told = numbered(told)
    statements = [said._replace(statement=s) for said, s in zip(statements, told)]
    naming = author.naming(told)
    naming.loss = loss
    naming.squares -= {naming.ref(base).key for base in _squares_tried(statements)}
    naming.adjoints = naming.adjoints or bool(gradients)
    context = _defined(naming, statements, author)
    adjoints = gradients if gradients is not None else _adjoints(context) if naming.adjoints else {}
    if adjoints:
        naming.adjoint_of = dict(adjoints)
        defined = context.definitions
        naming.given = frozenset(v for name, v in adjoints.items() if name not in defined and v in defined)
        context = _defined(naming, statements, author)
    author.declare(context)
    context.partly = _partly(context.lines)
    context.ranks.collect(line.statement for line in context.lines)
    _collect_rows(context)
    _collect_sizes(context)
    _collect_labels(context)
    return context


def _partly(lines: Iterable[Line]) -> dict[tuple[str, int], set[str]]:
    r"""Axes of which one term takes sums of different lengths, as in ``\sum_{i=1}^k a_i / \sum_{i=1}^d a_i``."""
    found: dict[tuple[str, int], set[str]] = {}
    for term in (term for line in lines for term in line.statement.terms):
        uppers: dict[tuple[str, int], set[str]] = {}
        for part in term.walk():
            if isinstance(part, Big) and isinstance(part.upper, Ref):
                letters = {v.name for v in part.variables}
                for ref in refs(part.body):
                    for position, index in enumerate(ref.indices):
                        if isinstance(index, Ref) and index.key in letters:
                            uppers.setdefault((ref.key, position), set()).add(part.upper.key)
        for axis, ends in uppers.items():
            if len(ends) > 1:
                found.setdefault(axis, set()).update(ends)
    return found


def _declared_by(statement: Statement) -> set[str]:
    """The matrices of whose shapes a statement speaks."""
    found = set()
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation == "in" and isinstance(right, Space) and len(right.dims) == 2:
            found |= {e.key for e in (left.items if isinstance(left, Tuple) else (left,)) if isinstance(e, Ref)}
    return found


def _squares_tried(statements: Iterable[Said]) -> Iterator[Symbol]:
    """The names whose squares are given a value that is only tried."""
    for said in statements:
        left = said.statement.terms[0]
        if said.assumed and isinstance(left, Power) and isinstance(left.base, Symbol):
            yield left.base


def _defined(naming: Naming, statements: Sequence[Said], author: Author) -> Context:
    """The statements resolved, with the definitions and facts among them."""
    context = Context(naming, author=author)
    for order, said in enumerate(statements):
        resolved = naming.resolve(said.statement)
        assert isinstance(resolved, Statement)
        context.lines.append(Line(order, said, resolved))
    for line in context.lines:
        if not line.said.assumed:
            _collect_definitions(context, line)
        _collect_facts(context, line)
    _collect_logarithms(context)
    split = _negative_names(context.lines)  # where cases are told apart, neither sign is a fact
    context.facts = [
        k for k in context.facts if k.what != "positive" or k.key not in split or k.source.startswith("dir")
    ]
    defined = context.definitions
    context.conditions = [line for line in context.lines if line.said.assumed and _is_tested(line.statement, defined)]
    return context


def _negative_names(lines: Iterable[Line]) -> set[str]:
    """The names that are below zero somewhere: ``x < 0``."""
    found = set()
    for line in lines:
        for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
            if relation in (">", ">="):
                left, right = right, left
            below = relation in ("<", "<=", ">", ">=") and isinstance(right, Number) and right.value == 0
            if below and isinstance(left, Ref):
                found.add(left.key)
    return found


def _is_tested(statement: Statement, defined: Mapping[str, object]) -> bool:
    """Is an assumption tested at each point? The values of names without definition are chosen so that it holds."""
    chosen = any(
        True
        for (left, right), relation in zip(pairs(statement), statement.relations)
        for known in facts_of(left, right, relation, "")
        if known.key not in defined
    )
    return not chosen and set(statement.relations) <= {"<", "<=", ">", ">=", "!="}


def _adjoints(context: Context) -> dict[str, str]:
    """``dx`` -> ``x`` where a document writes gradients so: some are given, and others are computed from them."""
    names = {r.key for line in context.lines for r in refs(line.statement)}
    forward = {key for key in context.definitions if not (key.startswith("d") and key[1:] in names)}
    inner = {r.key for key in forward for d in context.definitions[key] for r in refs(d.body)}
    found = {name: name[1:] for name in sorted(names) if name.startswith("d") and name[1:] in forward | inner}
    given = [v for name, v in found.items() if not context.is_defined(name) and context.is_defined(v)]
    computed = [name for name in found if context.is_defined(name)]
    if computed:  # dv is the gradient of a loss that the document computes itself, and says so
        context.naming.loss = _said_loss(context) or LOSS
    return found if computed and (given or context.naming.loss != LOSS) else {}


def _said_loss(context: Context) -> str:
    """The number of which "dv stands for the gradient of ... with respect to v" says that gradients are; or empty."""
    for line in context.lines:
        (first, *rest) = line.statement.terms
        if rest or not isinstance(first, Ref) or first.indices or not _SAID.search(line.prose):
            continue
        if any(not d.indices and d.parameters is None for d in context.definitions.get(first.key, ())):
            return first.key
    return ""


_SAID = re.compile(r"(stands? for|denotes?|means?|is) (the )?gradients? of … with respect to|обозначает градиент … по")


# -- definitions ------------------------------------------------------------------------------------------------------


def _beside_number(expr: Expr) -> bool:
    r"""Has every bare \pi a number as its neighbour, as in 2 \pi and \pi / 2?"""
    pi = Ref("\\pi")
    for part in expr.walk():
        inner = [e for e in part.children() if not (isinstance(part, Call) and e is part.function)]
        alone = not isinstance(part, (Product, Quotient)) or not any(isinstance(e, Number) for e in inner)
        if pi in inner and alone:
            return False
    return True


def _collect_logarithms(context: Context) -> None:
    r"""``\log p(x) = ...`` says what p is, where nothing else does."""
    for line in context.lines:
        for link, ((left, right), relation) in enumerate(zip(pairs(line.statement), line.statement.relations)):
            of = logarithm(left)
            if of is None or relation != "=" or line.said.assumed:
                continue
            definition = as_definition(context, of, Power(Ref("e"), right, span=right.span), line, link)
            if definition is not None:
                found = context.definitions.setdefault(definition.key, [])
                if all(d.indices and d.parameters is None for d in found):
                    found.append(replace(definition, source=line.said.source))


def logarithm(expr: Expr | None) -> Call | None:
    """The f(x) of log f(x)."""
    if not isinstance(expr, Call) or not isinstance(expr.function, Ref) or expr.function.key not in ("log", "ln"):
        return None
    inner = expr.args[0] if len(expr.args) == 1 else None
    return inner if isinstance(inner, Call) and isinstance(inner.function, Ref) else None


def _collect_definitions(context: Context, line: Line) -> None:
    statement = line.statement
    if any(r in ("imp", "iff") for r in statement.relations):
        return
    if is_update(statement):
        return
    for link, ((left, right), relation) in enumerate(zip(pairs(statement), statement.relations)):
        if relation not in ("=", "set", "get", "equiv"):
            continue
        definition = as_definition(context, left, right, line, link, firm=relation in ("set", "get"))
        if definition is None and link == len(statement.relations) - 1 and not statement.continues:
            fresh = isinstance(right, Ref) and right.key not in context.definitions and not _is_plain(left)
            if isinstance(right, Ref) and (is_identity(right.key) or is_ones(right.key)):
                fresh = False  # H^2 = I and P 1 = 1 are claims
            if fresh and isinstance(right, Ref) and context.reaches(left, right.key, line.order):
                fresh = False  # what is computed from c is not what c is
            if isinstance(right, Ref) and any(r.key == right.key for r in refs(left)):
                fresh = False  # \\sum_i y_i \\delta_{ik} = y_k is a claim
            if fresh and not _only_number(left) and not _is_slope(left) and not isinstance(left, (Dimensions, Space)):
                definition = as_definition(context, right, left, line, link)
        if definition is not None and not _derives(context, definition) and not _solves(context, definition):
            definition = replace(definition, source=line.said.source)
            context.definitions.setdefault(definition.key, []).append(definition)


def _derives(context: Context, new: Definition) -> bool:
    """A recurrence for a name that was defined without one is a claim about it: delta_l from delta_{l+1}."""
    own = any(r.key == new.key for r in refs(new.body))
    return (
        own
        and bool(new.indices)
        and any(
            old.same_target(new)
            and not any(r.key == old.key for r in refs(old.body))
            and not _of_another(context, old, new)
            for old in context.definitions.get(new.key, ())
        )
    )


def _solves(context: Context, new: Definition) -> bool:
    """``x_0 = (x_t - s e) / a`` where x_t has been defined by x_0: a claim."""
    fixed = bool(new.indices) and all(isinstance(i, Number) for i in new.indices)
    return fixed and any(
        any(r.key == new.key and r.indices == new.indices for r in refs(old.body))
        and any(r.key == new.key and r.indices == old.indices for r in refs(new.body))
        for old in context.definitions.get(new.key, ())
    )


def _of_another(context: Context, old: Definition, new: Definition) -> bool:
    """Do names of a new recurrence depend on its name and come after the old formula, as in the GRU after the LSTM?"""
    between = (d for r in refs(new.body) if r.key != new.key for d in context.definitions.get(r.key, ()))
    return any(d.order > old.order and context.reaches(d.body, new.key, d.order) for d in between)


def _is_slope(expr: Expr) -> bool:
    """f'(x), df/dx: what it equals is a claim."""
    return isinstance(expr, (Derivative, Nabla, Prime)) or isinstance(expr, Call) and expr.primes > 0


def _is_plain(expr: Expr) -> bool:
    return isinstance(expr, (Ref, Number))


def _only_number(expr: Expr) -> bool:
    return not any(True for _ in refs(expr))


def _is_tried(context: Context, name: Ref, value: Expr) -> bool:
    """Is a value only tried?  A matrix or a list of numbers defines a name of which nothing else is said."""
    if not isinstance(value, (Matrix, Tuple)):
        return True
    shapes = (p for line in context.lines for p in pairs(line.statement))
    declared = any(
        isinstance(right, Space) and isinstance(left, Ref) and left.key == name.key for left, right in shapes
    )
    return declared or context.is_defined(name.key)


def is_closed(expr: Expr) -> bool:
    r"""A number written out: ``\log 3``, ``\pi / 4``, ``e^{-1}``."""
    functions = {id(p.function) for p in expr.walk() if isinstance(p, Call)}
    known = {p.function.key for p in expr.walk() if isinstance(p, Call) and isinstance(p.function, Ref)} <= SETTLED
    return known and all(id(r) in functions or r.key in ("e", "\\pi") and not r.indices for r in refs(expr))


def is_counted(context: Context, left: Expr | None, right: Expr | None) -> bool:
    r"""Is ``t = 0, \dots, T - 1`` the range of a letter that stands as an index elsewhere, and no list of entries?"""
    if not isinstance(left, Ref) or left.indices or not isinstance(right, Tuple):
        return False
    if not any(isinstance(item, Dots) for item in right.items) or any(r.indices for r in refs(right)):
        return False
    named = (r for line in context.lines for term in line.statement.terms for r in refs(term))
    return any(isinstance(i, Expr) and any(left == r for r in refs(i)) for ref in named for i in ref.indices)


#: letters that are varied unless something else is said
VARIABLES = frozenset("x y z u v t".split())
#: letters that count, and letters of indices that are as often real numbers
COUNTS = frozenset("N M K T D".split())
CONTINUOUS = frozenset("p q r s u v".split())


def as_definition(
    context: Context, left: Expr, right: Expr, line: Line, link: int, *, firm: bool = False
) -> Definition | None:
    """What ``left = right`` defines, or None where it claims or asks something."""
    if isinstance(right, (Dimensions, Space)):
        return None
    if any(isinstance(p, Moment) for p in right.walk()) and not firm:
        return None
    if isinstance(left, Ref):
        if left.key in ("e", "\\pi") or left.key in context.naming.functions and not left.indices:
            if _only_number(right):
                return None
        if is_counted(context, left, right):
            return None
        lengths = context.naming.lengths
        if (
            left.key in lengths
            and isinstance(right, Ref)
            and right.key in lengths
            and not (left.indices or right.indices)
        ):
            return None  # where m = n: a case of the shapes
        left, right = _unshifted(left, right)
        if any(isinstance(i, Slice) for i in left.indices) or not all(_is_pattern(i) for i in left.indices):
            return None
        if _only_number(right) and not left.indices and not line.said.source and _is_tried(context, left, right):
            return None  # x = -2: a value to try, not what x is
        if (
            is_closed(right)
            and not firm
            and not line.said.source
            and (left.key in VARIABLES or context.varies(left.key))
        ):
            return None  # x = \\log 3
        if any(r.key == left.key and _same_place(r, left) for r in refs(right)):
            return None
        return Definition(left.key, left.indices, None, right, line.order, line.line, link)
    if isinstance(left, Call) and isinstance(left.function, Ref) and not left.primes:
        if not all(isinstance(a, Ref) and not a.indices for a in left.args) or left.function.key in SETTLED:
            return None
        if any(isinstance(p, Call) and p.function == left.function and p.args == left.args for p in right.walk()):
            return None
        if len({a.key for a in left.args if isinstance(a, Ref)}) < len(left.args):
            return None
        if is_closed(right) and context.is_defined(left.function.key) and not firm:
            return None  # g(x) = 2: the value at some point
        if isinstance(right, Ref) and any(d.body == left for d in context.definitions.get(right.key, ())):
            return None  # f(x) = y, where y has been defined as f(x)
        indices = (*left.function.indices, *left.subs)
        if not all(map(_is_pattern, indices)):
            return None
        return Definition(left.function.key, indices, left.args, right, line.order, line.line, link)
    return None


def _unshifted(left: Ref, right: Expr) -> tuple[Ref, Expr]:
    """``z_{i+1} = f(z_i)`` as ``z_i = f(z_{i-1})``."""
    for index in left.indices:
        if isinstance(index, Plus) and len(index.terms) == 2:
            letter, by = index.terms
            if isinstance(letter, Ref) and not letter.indices and isinstance(by, Number):
                moved = Plus((letter, Negate(by)))
                new = replace(left, indices=tuple(letter if i == index else i for i in left.indices))
                return new, _with_index(right, letter, moved)
    return left, right


def _with_index(expr: Expr, old: Ref, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Plus) and len(expr.terms) == 2 and expr.terms[0] == old and isinstance(new, Plus):
        if expr.terms[1] == getattr(new.terms[1], "arg", None):
            return old  # i + 1 - 1
    return expr.map(lambda e: _with_index(e, old, new))


#: functions whose meaning no document changes
SETTLED = frozenset("exp log ln lg sin cos tan tanh sinh cosh max min arctan sqrt sign tr det".split())


def _is_pattern(index: Expr) -> bool:
    """A letter or a number: what the index of a definition may be."""
    return isinstance(index, Number) or (isinstance(index, Ref) and not index.indices)


def _same_place(a: Ref, b: Ref) -> bool:
    return a.indices == b.indices


def is_update(statement: Statement) -> bool:
    """``w = w - ...``, ``w <- w - ...``: the old value on the right, the new one on the left."""
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation not in ("=", "get", "set") or not isinstance(left, Ref):
            continue
        if any(isinstance(p, (Transpose,)) and p.arg == left for p in right.walk()):
            continue  # A = A^T: a condition
        own = [r for r in refs(right) if r == left]
        if own and right != left and _is_additive_in(right, left):
            return True
    return False


def _is_additive_in(right: Expr, left: Ref) -> bool:
    """w - step, beta w + (1 - beta) g: a term is the old value, alone or times a factor free of it."""
    from symnet.lecture.reader.syntax import Negate, Plus

    terms = right.terms if isinstance(right, Plus) else (right,)
    for term in terms:
        inner = term.arg if isinstance(term, Negate) else term
        if inner == left or (isinstance(inner, Product) and left in _factors(inner)):
            return True
    return False


def _factors(expr: Expr) -> list[Expr]:
    if isinstance(expr, Product):
        return [*_factors(expr.left), *_factors(expr.right)]
    return [expr]


# -- facts ------------------------------------------------------------------------------------------------------------


def _collect_facts(context: Context, line: Line) -> None:
    terms, relations = line.statement.terms, line.statement.relations
    if len(terms) == 3 and {"<", "<="} >= set(relations) or {">", ">="} >= set(relations) and len(terms) == 3:
        ends = (_number(terms[0]), _number(terms[2]))
        if isinstance(terms[1], Ref) and ends in ((0, 1), (1, 0)) and (ends == (0, 1)) == (relations[0] in ("<", "<=")):
            context.facts.append(Known(terms[1].key, "unit", line.place, line.order))
    for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
        for known in facts_of(left, right, relation, line.place):
            context.facts.append(replace(known, order=line.order))


def facts_of(left: Expr, right: Expr, relation: str, source: str) -> Iterator[Known]:
    """What a relation says of the values of a name that is nowhere defined."""
    from symnet.lecture.reader.syntax import Big, Interval, SetOf

    zero = isinstance(right, Number) and right.value == 0
    one = isinstance(right, Number) and right.value == 1
    if isinstance(left, Big) and left.op == "sum" and relation == "=" and one and isinstance(left.body, Ref):
        yield Known(left.body.key, "simplex", source)
    elif relation == "=" and one and (name := _measured(left)) is not None:
        yield Known(name.key, "length", source)
    elif isinstance(left, Ref) and relation in (">", ">=") and zero:
        yield Known(left.key, "positive", source)
    elif isinstance(right, Ref) and relation in ("<", "<=") and isinstance(left, Number) and left.value == 0:
        yield Known(right.key, "positive", source)
    elif isinstance(left, Ref) and relation == "=" and isinstance(right, Transpose) and right.arg == left:
        yield Known(left.key, "symmetric", source)
    elif isinstance(right, Ref) and relation == "=" and isinstance(left, Transpose) and left.arg == right:
        yield Known(right.key, "symmetric", source)
    elif relation == "=" and isinstance(right, Ref) and is_identity(right.key) and isinstance(left, Product):
        for a, b in ((left.left, left.right), (left.right, left.left)):
            if isinstance(a, Transpose) and a.arg == b and isinstance(b, Ref) and not b.indices:
                yield Known(b.key, "orthogonal", source)
    elif isinstance(left, Ref) and relation == "in" and isinstance(right, SetOf):
        values = {i.value for i in right.items if isinstance(i, Number)}
        if values == {0, 1} and len(right.items) == 2:
            yield Known(left.key, "bits", source)
        elif len(right.items) == 2 and len(values) + sum(not isinstance(i, Number) for i in right.items) == 2:
            yield Known(left.key, "signs", source)
    elif isinstance(left, Ref) and relation == "in" and isinstance(right, Interval):
        if (_number(right.low), _number(right.high)) == (0, 1):
            yield Known(left.key, "unit", source)


def _measured(expr: Expr) -> Ref | None:
    """The vector whose length, or its square, an expression is."""
    if isinstance(expr, Power) and _number(expr.exponent) == 2:
        expr = expr.base
    if isinstance(expr, Norm) and expr.order in (None, Number(Fraction(2))):
        expr = Product(Transpose(expr.arg), expr.arg)
    if isinstance(expr, Product) and isinstance(expr.left, Transpose) and expr.left.arg == expr.right:
        return expr.right if isinstance(expr.right, Ref) and not expr.right.indices else None
    return None


def _number(expr: Expr):
    return expr.value if isinstance(expr, Number) else None


# -- rows, sizes, labels ----------------------------------------------------------------------------------------------


def _collect_rows(context: Context) -> None:
    """Vectors that stand left of a matrix without a transpose are rows; so is what is defined as such."""
    products = [p for line in context.lines for p in line.statement.walk() if isinstance(p, Product)]
    for p in products:
        if p.op not in ("juxtapose", "dot", "times", "matmul") or not isinstance(p.left, (Ref, Call)):
            continue
        right = p.right.arg if isinstance(p.right, Transpose) else p.right
        left_rank = context.ranks.rank(p.left)
        if left_rank == 1 and isinstance(right, Ref) and context.rank(right) == 2 and isinstance(p.left, Ref):
            context.rows.add(p.left.key)
    for _ in range(3):
        for line in context.lines:
            for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
                if relation in ("=", "set", "get") and isinstance(left, Ref) and context.rank(left) == 1:
                    try:
                        shape = Typer(context, context.sizes.copy(), str(line.order)).shape(right)
                    except (Clash, Unshaped, RecursionError):
                        continue
                    if len(shape) == 2 and shape[0] == ONE and shape[1] != ONE:
                        context.rows.add(left.key)


def _collect_sizes(context: Context) -> None:
    """Unite the sizes that definitions and shape statements say are equal."""
    for key in sorted(context.ranks.counts):
        if key.endswith(SAMPLE):  # the samples of x are as long as x
            context.sizes.unite(f"axis:{key}:1", f"axis:{key.removesuffix(SAMPLE)}:0")
    for line in context.lines:
        statement = line.statement
        typer = Typer(context, context.sizes, str(line.order))
        for (left, right), relation in zip(pairs(statement), statement.relations):
            if relation == "in" and isinstance(right, Space):
                for item in left.items if isinstance(left, Tuple) else (left,):
                    if isinstance(item, Ref):
                        declare(context, item, right.dims)
            elif isinstance(left, Dimensions) and isinstance(left.arg, Ref) and left.word != "size":
                declare(context, left.arg, right.items if isinstance(right, Tuple) else (right,))
    for directive in context.author.of("shape"):
        ref, sizes = context.author.ref(context.naming, directive), context.author.sizes(context, directive)
        if context.rank(ref) == len(sizes):
            declare(context, ref, sizes)
    for line in context.lines:
        statement = line.statement
        typer = Typer(context, context.sizes, str(line.order))
        for link, ((left, right), relation) in enumerate(zip(pairs(statement), statement.relations)):
            defined = context.definition_at(line.order, link, left, right)
            trial = context.sizes.copy(strict=True)
            typer = Typer(context, trial, str(line.order))
            try:
                shape = typer.shape(right if defined is None else defined.body)
            except Clash:
                if defined is not None:
                    context.without(defined)
                continue
            except (Unshaped, RecursionError):
                continue
            if defined is not None and not shape and not defined.indices and _is_array(context, defined):
                context.others.add((line.order, link))
            safe = trial.copy()
            if defined is not None and (shape or isinstance(left, Ref) and left.indices):
                try:
                    typer.broadcast(typer.shape(right if defined.body is left else left), shape, left.span)
                except (Clash, Unshaped, RecursionError):
                    if not shape:
                        context.sizes = safe.copy()
                    continue
            if defined is not None or (relation in ("=", "set", "get") and not _has_derivative(statement)):
                context.sizes = trial.copy()


def _is_array(context: Context, defined: Definition) -> bool:
    """Does the document say for sure that what the name stands for has axes?"""
    rank, strength = context.ranks.known.get((defined.key, 0), (0, 0))
    return defined.parameters is None and rank > 0 and strength >= STRONG


def _has_derivative(statement: Statement) -> bool:
    return any(isinstance(p, (Derivative, Nabla)) for p in statement.walk())


def declare(context: Context, ref: Ref, dims: Iterable[Expr]) -> None:
    """``ref`` has these dimensions."""
    m = sum(not isinstance(i, Slice) for i in ref.indices)
    for position, dim in enumerate(dims):
        context.declared.add(size_name(dim))
        context.sizes.unite(f"axis:{ref.key}:{m + position}", size_name(dim))


def size_name(dim: Expr) -> str:
    """The name of a size: a letter, a number, or its LaTeX."""
    if isinstance(dim, Number):
        return ONE if dim.value == 1 else f"const:{dim.value}"
    if isinstance(dim, Ref):  # the sizes of all layers are one class: n_l and n_{l-1} clash nowhere
        return f"size:{dim.key}" if not dim.indices else f"layer:{dim.key}"
    return "size:" + _latex(dim)


def _latex(expr: Expr) -> str:
    if isinstance(expr, Ref):
        inner = ",".join(map(_latex, expr.indices))
        return expr.key + (f"[{inner}]" if inner else "")
    if isinstance(expr, Number):
        return str(expr.value)
    return type(expr).__name__ + "(" + ",".join(map(_latex, expr.children())) + ")"


def _collect_labels(context: Context) -> None:
    """y in s_{y_i}: an integer that picks from an axis of s."""
    for line in context.lines:
        for ref in refs(line.statement):
            for position, index in enumerate(ref.indices):
                picks = isinstance(index, Ref) and index.key.startswith("\\mathrm{")
                if isinstance(index, Ref) and (index.indices or index.key == "y" or picks):
                    context.labels[index.key] = (ref.key, position)


__all__ = ["Context", "Definition", "Known", "Line", "as_definition", "build", "is_update"]
