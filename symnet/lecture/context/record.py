"""What a document says, in order: statements, definitions, facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

from symnet.lecture.context.directed import Author
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.introduced import introduces, names_let_be
from symnet.lecture.context.kinds import EIGENVALUES
from symnet.lecture.context.naming import Naming
from symnet.lecture.context.refs import COUNTS, INDEX_LETTERS, Ref, is_capital, is_upper, pairs, refs
from symnet.lecture.documents.items import Directive
from symnet.lecture.reader.syntax import (
    DEFINITE_ORDERS,
    Big,
    Call,
    Derivative,
    Expr,
    Matrix,
    Nabla,
    Negate,
    Number,
    Product,
    Quotient,
    Root,
    Space,
    Statement,
    Tuple,
)

_SOFTMAX_OF_ROWS = re.compile(
    r"softmax\b[^.;]*(?:\b(?:of|to|along|in|over|on|across) (?:each|every|the|its|all)? ?rows?\b|\brow-?wise\b|"
    r"\brow by row\b|по (?:каждой )?строк)"
    r"|\b(?:each|every) row\b[^.;]*\b(?:softmax|sums? to (?:one|1)|probabilit)|\brows\b[^.;]*\bsum to (?:one|1)\b",
    re.I,
)
_ZERO_OUTSIDE = re.compile(
    r"\b(?:entr(?:y|ies)|values?|elements?|pixels?)\b[^.;]*\boutside\b[^.;]*\b(?:counts? as|is|are) (?:0|zero)\b"
    r"|\b(?:элемент|значени|пиксел)[^.;]*\bвне\b[^.;]*\b(?:считаетс|считаютс|рав)[^.;]*\b(?:0|нул)",
    re.I,
)
NOBODY = Author()  # where the author says nothing


class Said(NamedTuple):
    """A statement as it was read, the line and the prose around.

    One of the author's has the ``source`` of its directive; what is ``assumed`` defines nothing, what is ``supposed``
    holds for its sentence, and what is ``solved`` is the value of a name only from there on.  What the text itself
    ``denied`` says nothing.  What is said under a ``wish`` does not hold under another one, and what is said of one
    ``case`` not before it, nor are lengths and symmetries that a ``clause`` of its sentence tells.  Of what is
    ``unread`` only the left side was understood.  The ``sentence`` that it stands in has one sign for each formula.
    ``settings`` are the layout and the logarithm that the author chose, ``section`` the headings that it stands under.
    ``layout`` is the layout that the text of the document names, and where.
    """

    line: int
    statement: Statement
    prose: str = ""
    source: str = ""
    assumed: bool = False
    supposed: bool = False
    solved: bool = False
    denied: bool = False
    wish: str = ""
    case: bool = False
    clause: bool = False
    sentence: str = ""
    unread: bool = False
    settings: tuple[Directive, ...] = ()
    section: tuple[str, ...] = ()
    layout: tuple[str, str] = ("", "")


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


IN_WORDS = -1  # the link of a definition that no formula writes


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

    @property
    def has_own_arguments(self) -> bool:
        """``L(w) = ...`` also says what L is: a function of the document's own w."""
        return all(isinstance(p, Ref) and not p.indices for p in self.parameters or ())

    def same_target(self, other: Definition) -> bool:
        """Do both define the same thing, up to the letters of the indices?"""
        ours, theirs = (
            (
                d.key,
                tuple(i if isinstance(i, Number) or is_capital(i) else None for i in d.indices),
                None if d.parameters is None else len(d.parameters),
            )
            for d in (self, other)
        )
        return ours == theirs


@dataclass(frozen=True)
class Known:
    """A fact about the values of a name: bits, positive, unit, symmetric, simplex (entries positive, sum 1) ..."""

    key: str
    what: str
    source: str
    order: int = -1  # of the statement that says so
    case: bool = False  # is it said of one case?


#: facts that say in which range a number lies
RANGES = ("unit", "positive")
#: facts that a number is whole
WHOLE = ("even", "odd", "natural", "integer")
#: facts that the sign of x^T A x is known
DEFINITE = ("definite", "semidefinite")


def multiples_of_identity(statement: Statement) -> Iterator[tuple[Ref, Ref]]:
    r"""The numbers that bound matrices, each with the identity: the m and the L of ``m I \preceq H \preceq L I``."""
    if not set(statement.relations).isdisjoint(DEFINITE_ORDERS):
        for term in statement.terms:
            if isinstance(term, Product) and isinstance(term.left, Ref) and isinstance(term.right, Ref):
                if is_identity(term.right.key) and not term.left.indices:
                    yield term.left, term.right


@dataclass
class Record:
    """What a document says, in order."""

    naming: Naming
    lines: list[Line] = field(default_factory=list)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    facts: list[Known] = field(default_factory=list)
    rejected: list[Definition] = field(default_factory=list)  # their sides do not fit, or they are parts of joined ones
    others: set[tuple[int, int]] = field(default_factory=set)  # where a number gets the name of a vector: another one
    author: Author = NOBODY
    maps: dict[str, str] = field(default_factory=dict)  # functions that the author declares -> elementwise, of ...
    conditions: list[Line] = field(default_factory=list)  # assumptions that are tested at each point

    def __post_init__(self) -> None:
        self._used: tuple[int, tuple[frozenset[str], frozenset[str]]] | None = None
        self._softmax: tuple[int, str] | None = None
        self._declared: tuple[int, dict[str, list[int]]] | None = None
        self._introduced: tuple[int, dict[str, list[int]]] | None = None

    def unread(self, keys: set[str]) -> tuple[str, str]:
        """A name among these that only a formula which was not understood may define, and its place; or empty."""
        for line in self.lines if keys else ():
            name = line.statement.terms[0]
            name = name.function if isinstance(name, Call) else name
            if line.said.unread and isinstance(name, Ref) and name.key in keys and not self.is_defined(name.key):
                return name.key, line.place
        return "", ""

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
            if (d.order, d.link) in self.others and any(d.order < at <= order for at in self.declarations(key)):
                continue  # a number, and from the declaration on an array of the same name
            if d.order > order >= 0 and self.lines[d.order].said.case:
                elsewhere = self.lines[d.order].said.section != self.lines[order].said.section
                if elsewhere or self._is_spoken_of(key, order):
                    continue  # what is said later of one case
            twins = [c for c in chosen if c.same_target(d)]
            if not twins:
                covered = any(c.order < order and len(c.indices) <= len(d.indices) for c in chosen)
                if d.order < order or not covered:  # what is said later does not change what was defined before
                    chosen.append(d)
            elif d.order < order and twins[0].order < d.order:
                chosen[chosen.index(twins[0])] = d
        return chosen

    def declarations(self, key: str) -> Sequence[int]:
        """The statements that say of which space a name is an element."""
        if self._declared is None or self._declared[0] != len(self.lines):
            found: dict[str, list[int]] = {}
            for line in self.lines:
                for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
                    if relation == "in" and isinstance(right, Space) and right.dims:
                        for item in left.items if isinstance(left, Tuple) else (left,):
                            if isinstance(item, Ref) and not item.indices:
                                found.setdefault(item.key, []).append(line.order)
            self._declared = (len(self.lines), found)
        return self._declared[1].get(key, ())

    def is_another(self, key: str, there: int, here: int) -> bool:
        """Is a name another thing in a statement than in one under a heading apart, since it is introduced anew?

        It is where the text says before the statement, under its heading or one above, and not before the other one,
        that the name may be anything of its kind: let a be a number.
        """
        if not (0 <= there < len(self.lines) and 0 <= here < len(self.lines)):
            return False
        own, other = self.lines[here].said, self.lines[there].said.section
        if own.section[: len(other)] == other[: len(own.section)]:
            return False
        return any(
            at <= here and not at <= there <= here
            for at, line in ((at, self.lines[at]) for at in self._introductions.get(key, ()))
            if own.section[: len(line.said.section)] == line.said.section
            if introduces(line.statement, line.prose, own.sentence == line.said.sentence)
        )

    @property
    def _introductions(self) -> dict[str, list[int]]:
        """The statements that introduce a name for what follows, or for their own sentence."""
        if self._introduced is None or self._introduced[0] != len(self.lines):
            found: dict[str, list[int]] = {}
            for line in self.lines:
                for key in names_let_be(line.statement) if introduces(line.statement, line.prose, own=True) else ():
                    found.setdefault(key, []).append(line.order)
            self._introduced = (len(self.lines), found)
        return self._introduced[1]

    def _is_spoken_of(self, key: str, order: int) -> bool:
        """Does the document say before a statement of which values a name is?"""
        return any(known.key == key and known.order <= order for known in self.facts)

    def facts_at(self, order: int) -> Iterator[Known]:
        """The facts that hold for a statement: those of one case from there on, under the same heading.

        What one case says of the range of a name says nothing where the name is any real number, nor what another
        heading says of it where it is introduced anew.
        """
        section = self.lines[order].said.section if 0 <= order < len(self.lines) else ()
        for known in self.facts:
            if known.what in RANGES and self._is_any_number(known, order):
                continue
            if known.what in (*WHOLE, *DEFINITE) and not self._is_of_its_part(known, order):
                continue
            if self.is_another(known.key, known.order, order):
                continue
            if not known.case or known.order < order and self.lines[known.order].said.section == section:
                yield known

    def _is_of_its_part(self, known: Known, order: int) -> bool:
        """Is what is said ``if n is an integer`` of the sentence of a statement, and ``for`` it of its part?"""
        if not (0 <= known.order < len(self.lines) and 0 <= order < len(self.lines)):
            return True
        there, here = self.lines[known.order].said, self.lines[order].said
        if there.clause:
            return (there.section, there.sentence) == (here.section, here.sentence)
        return not there.case or here.section[: len(there.section)] == there.section

    def _is_any_number(self, known: Known, order: int) -> bool:
        r"""Is a name any number, ``x \in \mathbb{R}``, where another sentence, or one to come, tells a case?"""
        if not (0 <= known.order < len(self.lines) and 0 <= order < len(self.lines)):
            return False
        there, here = self.lines[known.order].said, self.lines[order].said
        if not there.case or there.sentence == here.sentence:
            return False
        return any(
            line.said.section == here.section and (known.order > order or line.said.sentence == here.sentence)
            for line in self.lines[: order + 1]
            if _is_real(line.statement, known.key)
        )

    def wish(self, order: int) -> str:
        """What the sentence of a statement asks for."""
        return self.lines[order].said.wish if 0 <= order < len(self.lines) else ""

    def definition_at(self, order: int, link: int, *sides: Expr | None) -> Definition | None:
        """The definition that this link of this statement makes, or None."""
        for side in sides:
            side = side.arg if isinstance(side, Negate) else logarithm(side) or side
            name = side.function if isinstance(side, Call) else side
            found = self.definitions.get(name.key, []) if isinstance(name, Ref) else []
            for d in (*self.rejected, *found):
                if (d.order, d.link) == (order, link):
                    return d
        return None

    def names_behind(self, exprs: Iterable[Expr], but: Iterable[str] = ()) -> set[str]:
        """The names in expressions and in all that the document, before or after, defines these by."""
        seen: set[str] = set(but)
        todo = [r.key for expr in exprs for r in refs(expr)]
        while todo:
            key = todo.pop()
            if key not in seen:
                seen.add(key)
                todo += [r.key for d in self.definitions.get(key, ()) for r in refs(d.body)]
        return seen - set(but)

    def differentiates(self, key: str) -> bool:
        """Does the document take derivatives of this name, or give no sum that it may count the terms of?"""
        parts = [p for line in self.lines for p in line.statement.walk()]
        slopes = (p.of for p in parts if isinstance(p, (Derivative, Nabla)))
        summed = any(isinstance(p, Big) and any(v.name == key.lower() for v in p.variables) for p in parts)
        return not summed or any(isinstance(of, Ref) and of.key == key for of in slopes)

    def softmax_of_rows(self) -> str:
        """Where the document says that the softmax of a matrix is taken of each row; empty where it does not.

        By convention it is where the softmax of a matrix stands left of another one: the weights of attention.
        """
        if self._softmax is None or self._softmax[0] != len(self.lines):
            said = next((line.place for line in self.lines if _SOFTMAX_OF_ROWS.search(line.prose)), "")
            self._softmax = (len(self.lines), said or ("convention" if self._weighs_rows() else ""))
        return self._softmax[1]

    def _weighs_rows(self) -> bool:
        r"""``P = softmax(Q K^T)`` with ``O = P V``, or both at once."""
        parts = [p for line in self.lines for p in line.statement.walk()]
        left = {p.left for p in parts if isinstance(p, Product) and _is_name_of_matrix(p.right)}
        weights = {d.key for found in self.definitions.values() for d in found if _is_softmax(d.body)}
        return any(_is_softmax(p) or isinstance(p, Ref) and p.key in weights and not p.indices for p in left)

    def is_zero_outside(self, order: int) -> bool:
        """Does a statement come with the word that an entry outside of its array is zero?"""
        return 0 <= order < len(self.lines) and _ZERO_OUTSIDE.search(self.lines[order].prose) is not None

    def varies(self, key: str) -> bool:
        """Does the document vary a name: as the argument of a function of its own, or by differentiating?"""
        return key in self._varied_and_bounding[0]

    def bounds_matrices(self, key: str) -> bool:
        r"""Is a name a bound of matrices, as the m of ``m I \preceq H`` is?"""
        return key in self._varied_and_bounding[1]

    @property
    def _varied_and_bounding(self) -> tuple[frozenset[str], frozenset[str]]:
        if self._used is None or self._used[0] != len(self.lines):
            parts = [p for line in self.lines for p in line.statement.walk()]
            by = [b for p in parts if isinstance(p, (Derivative, Nabla)) for b in p.by]
            calls = [p for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)]
            args = [a for p in calls if p.function.key not in SETTLED for a in p.args]  # type: ignore[attr-defined]
            varied = frozenset(r.key for r in (*by, *args) if isinstance(r, Ref) and not r.indices)
            bounds = (number.key for line in self.lines for number, _ in multiples_of_identity(line.statement))
            self._used = (len(self.lines), (varied, frozenset(bounds)))
        return self._used[1]

    def is_whole(self, key: str) -> bool:
        """Is a bare name a whole number by convention: a count, an index letter, the number of a step?"""
        bare = key.lstrip("\\")
        if self.bounds_matrices(key):
            return False
        if bare in COUNTS:
            return not self.varies(key)
        if bare not in INDEX_LETTERS or bare in CONTINUOUS:
            return key in self.naming.sizes and bare not in CONTINUOUS and not self.varies(key)
        return bare not in VARIABLES or key in self.naming.bound or key in self.naming.sizes

    def with_first_definitions(self) -> Self:
        """The context in which what is defined again keeps its first meaning."""
        new = copy(self)
        new.definitions = {}
        for key, found in self.definitions.items():
            kept = new.definitions.setdefault(key, [])
            for d in found:
                if not any(d.same_target(k) for k in kept):
                    kept.append(d)
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
    def takes_eigenvalues(self) -> bool:
        """Is an eigenvalue of anything taken, in a formula or in words?"""
        formulas = [*(line.statement for line in self.lines), *(d.body for ds in self.definitions.values() for d in ds)]
        parts = (part for formula in formulas for part in formula.walk())
        return any(isinstance(part, Call) and part.function in EIGENVALUES for part in parts)

    @cached_property
    def speaks_of_rotations(self) -> bool:
        """Does the prose speak of rotations: are orthogonal matrices without reflections meant?"""
        return any(_ROTATION.search(line.prose) for line in self.lines)

    @cached_property
    def uses_pi(self) -> bool:
        r"""Is a bare \pi a letter of the document's own, and not the number?"""
        if any(k.key == "\\pi" and (k.order < 0 or _names_pi(self.lines[k.order].statement)) for k in self.facts):
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

    def is_written_out(self, key: str) -> bool:
        r"""Is a name defined as the matrix of these entries: ``R(\phi) = \begin{pmatrix} ... \end{pmatrix}``?"""
        bodies = (d.body for d in self.definitions.get(key, ()))
        return any(isinstance(b, Matrix) and len(b.rows) > 1 and len(b.rows[0]) > 1 for b in bodies)

    def is_sequence(self, key: str) -> bool:
        """Is each of the numbers under an index computed from the one before?"""
        return any(r.key == key and r.indices for d in self.definitions.get(key, ()) for r in refs(d.body))

    def is_array(self, key: str, order: int) -> bool:
        """Is a name defined for a statement as something else than a function?"""
        return any(d.parameters is None for d in self.definitions_of(key, order))

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


def _is_real(statement: Statement, key: str) -> bool:
    r"""``x \in \mathbb{R}``"""
    links = zip(pairs(statement), statement.relations)
    spaces = [left for (left, right), r in links if r == "in" and isinstance(right, Space) and not right.dims]
    return any(r.key == key for left in spaces for r in refs(left))


def _beside_number(expr: Expr) -> bool:
    r"""Has every bare \pi a number as its neighbour, as in 2 \pi and \pi / 2, or a root around it?"""
    pi = Ref("\\pi")
    for part in expr.walk():
        inner = [e for e in part.children() if not (isinstance(part, Call) and e is part.function)]
        paired = isinstance(part, (Product, Quotient)) and any(isinstance(e, Number) for e in inner)
        if pi in inner and not paired and not isinstance(part, Root):
            return False
    return True


def _names_pi(statement: Statement) -> bool:
    r"""Does a statement speak of \pi itself, and not of the weights \pi_k?"""
    return any(part == Ref("\\pi") for part in statement.walk())


def _is_softmax(expr: Expr) -> bool:
    return isinstance(expr, Call) and isinstance(expr.function, Ref) and expr.function.key.strip("\\") == "softmax"


def _is_name_of_matrix(expr: Expr) -> bool:
    return isinstance(expr, Ref) and not expr.indices and is_upper(expr.key)


def logarithm(expr: Expr | None) -> Call | Ref | None:
    """The f(x) of log f(x), the p of log p."""
    if not isinstance(expr, Call) or not isinstance(expr.function, Ref) or expr.function.key not in ("log", "ln"):
        return None
    inner = expr.args[0] if len(expr.args) == 1 else None
    if isinstance(inner, Ref):
        return None if inner.indices or inner.key in VARIABLES else inner
    return inner if isinstance(inner, Call) and isinstance(inner.function, Ref) else None


#: letters that are varied unless something else is said
VARIABLES = frozenset("x y z u v t".split())
_ROTATION = re.compile(r"\brotat|\bповорот|\bвращен", re.IGNORECASE)
#: letters of indices that are as often real numbers
CONTINUOUS = frozenset("p q r s u v".split())
#: functions whose meaning no document changes
SETTLED = frozenset(
    "exp log ln lg sin cos tan tanh sinh cosh max min arctan sqrt sign tr det binom factorial floor ceil mod".split()
)
