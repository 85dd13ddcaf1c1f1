"""What the author's directives say of the names of a document, and what they add to its statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from symnet.lecture.context.naming import Naming
from symnet.lecture.context.refs import Ref, spelling
from symnet.lecture.documents.directives import OF_A_PLACE, dimensions, formula_of, name_of
from symnet.lecture.documents.items import Directive
from symnet.lecture.knowledge.names import known
from symnet.lecture.reader.syntax import Call, Expr, Statement, Symbol
from symnet.lecture.values.functions import is_evaluated


def statement_of(directive: Directive) -> Statement:
    """The formula of ``define`` or ``assume``."""
    if directive.kind == "assume":
        return formula_of(directive.value)
    return replace(formula_of(f"{directive.subject} = {directive.value}"), relations=("set",))


@dataclass(frozen=True)
class Author:
    """The directives that hold in a whole document."""

    directives: tuple[Directive, ...] = ()

    def of(self, kind: str, value: str = "") -> Iterator[Directive]:
        """The directives of a kind, or those that say just this."""
        return (d for d in self.directives if d.kind == kind and value in ("", d.value))

    def _names(self, kind: str, value: str) -> frozenset[str]:
        return frozenset(spelling(name_of(d.subject)) for d in self.of(kind, value))

    def naming(self, statements: list[Statement]) -> Naming:
        """The names of a document, with what the author says of their scripts."""
        found = Naming(
            statements,
            labels=self._names("superscript", "label"),
            powers=self._names("superscript", "power"),
            entries=self._names("subscript", "index"),
            words=self._names("subscript", "label"),
        )
        found.functions |= {self.key(found, d) for d in self.of("function")}
        return found

    @staticmethod
    def key(naming: Naming, directive: Directive) -> str:
        """The name that a directive is about, as the document's references have it."""
        return naming.ref(name_of(directive.subject)).key

    def ref(self, naming: Naming, directive: Directive) -> Ref:
        """The reference that a directive is about."""
        resolved = naming.resolve(formula_of(directive.subject).terms[0])
        return resolved if isinstance(resolved, Ref) else naming.ref(name_of(directive.subject))

    # -- known functions ------------------------------------------------------------------------------------------
    @cached_property
    def meanings(self) -> dict[str, Symbol]:
        """Spelling of a name of the document -> the name of the function that it means."""
        return {spelling(name_of(d.subject)): _operator(d.value) for d in self.of("known")}

    def renamed(self, statement: Statement) -> Statement:
        """A statement with the names of known functions for the author's."""
        if not self.meanings:
            return statement
        return self._renamed(statement)  # type: ignore[return-value]

    def _renamed(self, expr: Expr) -> Expr:
        known = self.meanings.get(spelling(expr)) if isinstance(expr, Symbol) else None
        if known is not None and isinstance(expr, Symbol) and (not expr.subs or known.name == "softmax"):
            expr = replace(expr, name=known.name, font=known.font, marks=())
        elif isinstance(expr, Call) and isinstance(expr.function, Symbol) and spelling(expr.function) in self.meanings:
            expr = replace(expr, certain=True)
        return expr.map(self._renamed)

    def formulas(self) -> Iterator[tuple[Directive, Statement]]:
        """The definitions of known functions that symnet does not evaluate by itself."""
        for d in self.of("known"):
            meant = known(d.value)
            if meant is not None and not is_evaluated(_operator(d.value).name):
                yield d, replace(meant.variants[0].statement, relations=("set",))

    # -- shapes ---------------------------------------------------------------------------------------------------
    def sizes(self, naming: Naming, directive: Directive) -> tuple[Expr, ...]:
        """The sizes of ``shape``, as the document's references."""
        return tuple(naming.resolve(formula_of(size).terms[0]) for size in dimensions(directive.value))


def settings(directive: Directive, before: tuple[Directive, ...]) -> tuple[Directive, ...]:
    """The layout and the logarithm in force behind a directive."""
    if directive.kind not in OF_A_PLACE or directive.kind == "define":
        return before
    return (*(d for d in before if d.kind != directive.kind), directive)


def _operator(name: str) -> Symbol:
    """The symbol of a known function: ReLU, tr."""
    meant = known(name)
    assert meant is not None
    left = meant.variants[0].left
    assert isinstance(left, Call) and isinstance(left.function, Symbol)
    return left.function
