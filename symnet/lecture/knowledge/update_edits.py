r"""Small changes of the right side of an update, each with what would have been wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.knowledge.quantities import Atom, peel
from symnet.lecture.knowledge.updates import Update, show
from symnet.lecture.reader.syntax import Expr, Negate, Number, Paren, Plus, Power, Product, Quotient, Root, Symbol

#: a part, what stands there instead, and what was wrong
Change = tuple[Expr, Expr, str]
Editor = Callable[[Update, Sequence[Atom]], Iterator[tuple[Expr, str]]]


def _sign_parts(update: Update, _quantities: Sequence[Atom]) -> Iterator[Change]:
    for part in update.right.walk():
        if isinstance(part, Plus):
            for i, term in enumerate(part.terms):
                flipped = term.arg if isinstance(term, Negate) else Negate(term)
                terms = (*part.terms[:i], flipped, *part.terms[i + 1 :])
                shown = term.arg if isinstance(term, Negate) else term
                if not (i == 0 and isinstance(flipped, Negate)):
                    yield part, Plus(terms), f"the sign of {show(shown)} is wrong"
        elif isinstance(part, Negate):
            yield part, part.arg, f"the sign of {show(part.arg)} is wrong"


def _power_parts(update: Update, _quantities: Sequence[Atom]) -> Iterator[Change]:
    time = update.time.letter if update.time is not None and update.time.letter else "t"
    for part in update.right.walk():
        atom = update.atom(part)
        if isinstance(part, Power) and atom is None:
            base = peel(part.base)
            inner = update.atom(base)
            if inner is not None and inner.kind != "constant":
                yield part, base, f"{show(base)} must not be raised to a power"
            if inner is not None and inner.kind == "constant":
                yield part, Power(part.base, Symbol(time)), f"the power {time} of {show(base)} is missing"
        elif atom is not None and atom.kind == "gradient":
            squared = Paren(part) if not isinstance(part, Symbol) else part
            yield part, Power(squared, Number(Fraction(2), text="2")), f"the square of {show(part)} is missing"
        elif atom is not None and atom.kind == "constant" and isinstance(part, Symbol):
            yield part, Power(part, Symbol(time)), f"the power {time} of {show(part)} is missing"


def _factor_parts(update: Update, _quantities: Sequence[Atom]) -> Iterator[Change]:
    one = Number(Fraction(1), text="1")
    constants = [a for a in update.atoms() if a.kind == "constant" and isinstance(a.expr, Symbol)]
    complements = [(a, Paren(Plus((one, Negate(a.expr))))) for a in constants]
    for part in update.right.walk():
        if isinstance(part, Plus):
            for i, term in enumerate(part.terms):
                for atom, rest in complements:
                    if len(part.terms) == 2 and part.terms[0] == one:
                        continue
                    bare = term.arg if isinstance(term, Negate) else term
                    new: Expr = Product(rest, bare)
                    new = Negate(new) if isinstance(term, Negate) else new
                    terms = (*part.terms[:i], new, *part.terms[i + 1 :])
                    yield part, Plus(terms), f"the factor 1 - {show(atom.expr)} of {show(bare)} is missing"
        atom_here = update.atom(part)
        if atom_here is not None and atom_here.kind == "constant" and isinstance(part, Symbol):
            rest = Paren(Plus((one, Negate(part))))
            yield part, rest, f"{show(part)} stands where 1 - {show(part)} belongs"
        if isinstance(part, Paren) and isinstance(part.arg, Plus):
            for atom, rest in complements:
                if part == rest:
                    yield part, atom.expr, f"1 - {show(atom.expr)} stands where {show(atom.expr)} belongs"
        if isinstance(part, Product):
            for keep, drop in ((part.left, part.right), (part.right, part.left)):
                if update.atoms(drop) and all(a.kind in ("constant", "time") for a in update.atoms(drop)):
                    yield part, keep, f"the factor {show(drop)} does not belong there"


def _root_parts(update: Update, _quantities: Sequence[Atom]) -> Iterator[Change]:
    for part in update.right.walk():
        if isinstance(part, Root) and part.degree is None:
            yield part, Paren(part.arg), f"the root of {show(part.arg)} does not belong there"
        if isinstance(part, Quotient):
            for inner in part.denominator.walk():
                atom = update.atom(inner)
                if atom is not None and atom.kind == "state" and not isinstance(inner, Root):
                    root = replace_part(part.denominator, inner, Root(inner))
                    yield part, replace(part, denominator=root), f"the root of {show(inner)} is missing"
            yield part.denominator, Root(part.denominator), f"the root of {show(part.denominator)} is missing"


def _symbol_parts(update: Update, quantities: Sequence[Atom]) -> Iterator[Change]:
    indices = [
        i for p in update.right.walk() if isinstance(p, Symbol) for sub in (*p.subs, *p.labels) for i in sub.walk()
    ]
    for part in update.right.walk():
        atom = update.atom(part)
        if atom is None or not isinstance(part, Symbol) or any(part is i for i in indices):
            continue
        for other in quantities:
            same_kind = (other.kind == "constant") == (atom.kind == "constant") and other.kind != "time"
            if other.key != atom.key and same_kind and atom.kind != "time" and isinstance(other.expr, Symbol):
                yield part, other.expr, f"{show(part)} stands where {show(other.expr)} belongs"


def _edits(parts: Callable[[Update, Sequence[Atom]], Iterator[Change]]) -> Editor:
    def edit(update: Update, quantities: Sequence[Atom]) -> Iterator[tuple[Expr, str]]:
        for part, new, reason in parts(update, quantities):
            yield replace_part(update.right, part, new), reason

    return edit


sign_edits = _edits(_sign_parts)
#: right sides with one small change and what was wrong, the likelier changes first
EDITS = (sign_edits, *map(_edits, (_power_parts, _factor_parts, _root_parts, _symbol_parts)))


def replace_part(expr: Expr, part: Expr, new: Expr) -> Expr:
    """With that very part (the object) replaced."""
    if expr is part:
        return new
    return expr.map(lambda child: replace_part(child, part, new))


def replace_equal(expr: Expr, part: Expr, new: Expr) -> Expr:
    """With every part that is equal replaced."""
    if expr == part:
        return new
    return expr.map(lambda child: replace_equal(child, part, new))
