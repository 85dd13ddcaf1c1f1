"""Sizes: classes of axes that are equal.  Sums, products, definitions and shape statements unite them."""

from __future__ import annotations

from collections.abc import Mapping

from symnet.errors import SymnetError
from symnet.lecture.reader.syntax import Span

ONE = "1"


class Clash(SymnetError):
    """Two shapes do not fit; ``span`` is where in the formula."""

    def __init__(self, message: str, span: Span = (-1, -1), sizes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.span, self.sizes = span, sizes


class Sizes:
    """Classes of axes with the same size."""

    def __init__(self, parents: Mapping[str, str] | None = None, strict: bool = False) -> None:
        self.parents: dict[str, str] = dict(parents or {})
        self.strict = strict
        self.places: dict[str, str] = {}

    def copy(self, strict: bool = False) -> Sizes:
        new = Sizes(self.parents, strict)
        new.places = dict(self.places)
        return new

    @property
    def names_mixed(self) -> bool:
        """Do two declared names stand for one size? Then the document uses a name in two ways."""
        declared = [a for a in self.parents if a.startswith("size:")]
        return any(self.parents[a] != a and named(self.find(a)) and self.find(a) != a for a in declared)

    def find(self, axis: str) -> str:
        root = axis
        while (parent := self.parents.get(root, root)) != root:
            root = parent
        return root

    def unite(self, a: str, b: str, span: Span = (-1, -1)) -> str:
        """One class for both; raises Clash where two sizes with names of their own meet (strict only)."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return a
        if named(b) and not named(a):
            a, b = b, a
        if named(a) and named(b):
            if self.strict and ONE not in (a, b):
                raise Clash(f"{shown(a)} and {shown(b)} are different sizes", span, (a, b))
            if ONE in (a, b):
                if self.strict:
                    raise Clash(f"a size {shown(a if b == ONE else b)} meets a size 1", span)
                return a
        self.parents[b] = a
        return a


def named(axis: str) -> bool:
    """Was the size declared under a name or a number?"""
    return axis == ONE or axis.startswith(("size:", "const:"))


def shown(axis: str) -> str:
    """A size for a message."""
    return axis.split(":", 1)[1] if ":" in axis else axis
