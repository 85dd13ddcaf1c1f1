"""The smallest edit that makes a false claim true under the same context."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import isfinite

from symnet.lecture import effort
from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.identities import is_identity, without_number
from symnet.lecture.context.refs import Ref, pairs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.edits.edits import KINDS, Edit, edits
from symnet.lecture.edits.here import NOTHING, Vocabulary
from symnet.lecture.edits.places import splice, with_products
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.contexts import other_contexts
from symnet.lecture.judging.hypothesis import stated
from symnet.lecture.judging.readings import lengths, readings
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import (
    RELATIONS,
    Big,
    Call,
    Derivative,
    Expr,
    Nabla,
    Negate,
    Number,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Space,
    Statement,
    Symbol,
)
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import outcome_of, run
from symnet.lecture.values.errors import NeedsContext, NoLoss, ShapeError, TooDeep, Unsupported

#: what a relation is confused with
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
TURNED |= {"succ": "prec", "succeq": "preceq", "prec": "succ", "preceq": "succeq"}
#: kinds of edits of a bound: those that do not just make the claim weaker
OF_BOUNDS = ("number", "symbol", "index", "exponent", "count", "function")
NEAR = 12  # statements before and after a claim whose names are offered
NUMERIC = (Number, Quotient, Negate, Product, Power, Root)  # what a number is written with
LARGEST = 100  # denominator of a value that is offered
MOST = 400  # edits that are tried at most


def correct(
    claim: Claim, accepts: Callable[[Claim], bool], steps: float = effort.CLAIM / 2, only: tuple[str, ...] = KINDS
) -> str | None:
    """The LaTeX of the formula with the first small edit that is accepted; None where the steps do not find one."""
    end = effort.until(steps)
    for number, (edited, latex) in enumerate(candidates(claim, only)):
        if number >= MOST or effort.is_over(end):
            return None
        with contextlib.suppress(TooDeep):
            if _survives(edited, end) and accepts(edited):
                return latex()
    return None


def _survives(claim: Claim, end: float) -> bool:
    """A quick look under the usual readings, without the hypotheses that a judge may add."""
    assert claim.context is not None
    if claim.kind not in ("equality", "derivative"):
        return True
    if claim.context.definition_at(claim.order, claim.place, claim.left, claim.right) is not None:
        return True  # the name would be taken for what the document defines it as
    found = [holds_plainly(c, end, confirm=False) for c in (claim, *other_contexts(claim))]
    return any(found) or all(holds is None for holds in found) or _holds_as_said(claim, end)


def _holds_as_said(claim: Claim, end: float) -> bool:
    """Do the sides agree where the matrices are symmetric of which the document says so?"""
    context = claim.context
    assert context is not None
    names = [key for key in sorted(names_behind(claim)) if context.rank(Ref(key)) == 2]
    facts = {key: "symmetric" for key in names if stated(claim, key, "symmetric")}
    outcome = outcome_of(claim, equal, facts=facts, end=end) if facts else None
    return outcome is not None and outcome.holds


def holds_plainly(claim: Claim, end: float, confirm: bool = True) -> bool | None:
    """Do the sides agree under a usual reading?  None where they can not be computed."""
    misfit = False  # the shapes do not fit under the usual reading: another layout may be meant
    todo = list(readings(claim))
    while todo:
        reading = todo.pop(0)
        if replace(reading, sigma=False) != Reading() and not misfit:
            continue
        try:
            if run(claim, equal, reading=reading, end=end, confirm=confirm).holds:
                return True
        except (Unsupported, NeedsContext):
            return None
        except (ShapeError, Clash) as error:
            if isinstance(error, NoLoss) and not misfit:
                todo = [*lengths(claim), *todo]
            misfit = True
    return False


def candidates(claim: Claim, only: tuple[str, ...] = KINDS) -> Iterator[tuple[Claim, Callable[[], str]]]:
    """The claim after each small edit, with what makes the LaTeX of the formula then; the most usual slips first."""
    if claim.relation in TURNED:
        turned = with_relation(claim, TURNED[claim.relation])
        yield turned, lambda: _relation_latex(claim, turned)
    value = _value(claim) if "number" in only else None
    if value is not None and (computed := with_side(claim, 1, value)) is not None:
        instead = Edit("number", "the value", claim.raw[1], value, value)  # type: ignore[arg-type]
        yield computed, lambda: formula_latex(claim, computed, 1, instead)
    for side, edit in edits_of(claim, vocabulary(claim)):
        edited = with_side(claim, side, edit.whole) if edit.kind in only else None
        if edited is not None and edited.left != edited.right:
            yield edited, lambda edited=edited, side=side, edit=edit: formula_latex(claim, edited, side, edit)  # type: ignore[misc]


def _value(claim: Claim) -> Expr | None:
    """The simple fraction that the left side comes to, where a number or a bare name stands on the right."""
    right = claim.raw[1]
    if claim.relation != "=" or right is None:
        return None
    if not isinstance(right, Symbol) and not all(isinstance(p, NUMERIC) for p in right.walk()):
        return None
    outcome = outcome_of(claim, equal)
    left = (outcome.counterexample or {}).get("left") if outcome is not None and outcome.constant_left else None
    if not isinstance(left, int | float) or not isfinite(left):
        return None
    exact = Fraction(left).limit_denominator(LARGEST)
    if abs(exact - left) > 1e-12 * max(1, abs(left)):
        return None
    size = Number(Fraction(abs(exact.numerator)))
    value = size if exact.denominator == 1 else Quotient(size, Number(Fraction(exact.denominator)))
    return Negate(value) if exact < 0 else value


def edits_of(claim: Claim, offered: Vocabulary = NOTHING) -> list[tuple[int, Edit]]:
    """The edits of both sides (0 left, 1 right); of the left only where more stands than a name or a derivative."""
    found = []
    for side, expr in enumerate(claim.raw):
        if expr is None or side == 0 and (_is_subject(expr) or claim.relation in TURNED or _stands_before(claim)):
            continue
        if claim.context is not None:
            expr = with_products(expr, lambda call: isinstance(claim.context.naming.resolve(call), Product))  # type: ignore[union-attr]
        for number, edit in enumerate(edits(expr, offered)):
            if claim.relation not in TURNED or edit.kind in OF_BOUNDS:
                found.append((KINDS.index(edit.kind), 1 - side, number, side, edit))
    return [(side, edit) for _, _, _, side, edit in sorted(found, key=lambda entry: entry[:3])]


def vocabulary(claim: Claim) -> Vocabulary:
    """The names, sizes and sums of the statements around a claim, the nearest first."""
    if claim.context is None:
        return Vocabulary()
    lines = [line for line in claim.context.lines if abs(line.order - claim.order) <= NEAR]
    lines.sort(key=lambda line: (abs(line.order - claim.order), line.order))
    parts = [part for line in lines for part in line.raw.walk()]
    symbols = dict.fromkeys(p for p in parts if isinstance(p, Symbol))
    sums = dict.fromkeys(p for p in parts if isinstance(p, Big) and p.op == "sum")
    heads = dict.fromkeys((p.variables, p.lower, p.upper, p.domain) for p in sums)
    spaces = [p for line in claim.context.lines for p in line.raw.walk() if isinstance(p, Space)]
    sizes = dict.fromkeys(d for p in spaces for d in p.dims if isinstance(d, Symbol))
    some = {(p.variables, p.lower, p.upper, p.domain): p for p in reversed(sums)}
    return Vocabulary(tuple(symbols), tuple(sizes), tuple(some[h] for h in heads))


def with_side(claim: Claim, side: int, expr: Expr) -> Claim | None:
    """The claim with another expression on one side, resolved as the document's names are."""
    raw = (expr, claim.raw[1]) if side == 0 else (claim.raw[0], expr)
    if raw[0] is None or raw[1] is None or claim.context is None:
        return None
    resolved = claim.context.naming.resolve(Statement((raw[0], raw[1]), (claim.relation,)))
    assert isinstance(resolved, Statement)
    sides = list(pairs(resolved))
    if len(sides) != 1:
        return None
    left, right = sides[0]
    text = f"{latex_of(raw[0])} {RELATIONS[claim.relation]} {latex_of(raw[1])}"
    # the other side stays the very same tree, so that an edit changes nothing else
    left, right = (left, claim.right) if side == 0 else (claim.left, right)  # type: ignore[assignment]
    return replace(claim, left=left, right=right, raw=raw, text=text, key=f"{claim.key}|{text}")


def with_relation(claim: Claim, relation: str) -> Claim:
    """The claim with another relation between its sides."""
    return replace(claim, relation=relation, key=f"{claim.key}|{relation}")


# -- LaTeX ------------------------------------------------------------------------------------------------------------


def formula_latex(claim: Claim, edited: Claim, side: int, edit: Edit) -> str:
    """The formula with the edit, all else as written; only the claim where that fails, or there are others."""
    new = latex_of(edit.after)
    whole = claim.raw[side]
    attempts = [(edit.before.span, new), (edit.before.span, f"({new})")]
    if whole is not None:
        attempts.append((whole.span, latex_of(edit.whole)))
    for span, piece in attempts:
        try:
            latex = splice(claim.latex, span, piece)
        except ValueError:
            continue
        if _says(latex, edited):
            rows = "\\\\" in latex or latex.startswith("\\begin")
            if not (rows or _is_one_of_several(latex)):
                return re.sub(r"(?<!\\)[\s.,;]+$", "", latex)  # without the end of the sentence
            return _own_row(claim, latex) or edited.text
    return edited.text


def _is_one_of_several(latex: str) -> bool:
    """Does a formula make claims apart from each other, as ``a = b, \\qquad c = d``?"""
    return sum(isinstance(part, Statement) and bool(part.relations) for part in read_formula(latex)) > 1


def _own_row(claim: Claim, latex: str) -> str:
    """The claim in the edited formula; empty where it is not written on one row."""
    start, end = (claim.raw[0], claim.raw[1])
    if start is None or end is None or start.span[0] < 0:
        return ""
    own = latex[start.span[0] : end.span[1] + len(latex) - len(claim.latex)]
    return "" if "\\\\" in own or "\\begin" in own or "\\end" in own else re.sub(r"\s*&\s*", " ", own).strip()


def _relation_latex(claim: Claim, turned: Claim) -> str:
    left, right = claim.raw
    assert left is not None and right is not None
    try:
        latex = splice(claim.latex, (left.span[1], right.span[0]), f" {RELATIONS[turned.relation]} ")
    except ValueError:
        latex = ""
    if latex and _says(latex, turned):
        return latex
    return f"{latex_of(left)} {RELATIONS[turned.relation]} {latex_of(right)}"


def _says(latex: str, claim: Claim) -> bool:
    """Does the formula, read again, make the claim?"""
    assert claim.context is not None
    for part in read_formula(latex):
        if isinstance(part, Statement):
            resolved = claim.context.naming.resolve(part)
            assert isinstance(resolved, Statement)
            sides = zip(pairs(resolved), resolved.relations)
            if any((left, right, relation) == _sides(claim) for (left, right), relation in sides):
                return True
            if part.continues and any(right == _sides(claim)[1] for right in resolved.terms):
                return True
    return False


def _unnumbered(expr: Expr) -> Expr:
    """Without what tells identity matrices apart: LaTeX does not tell them apart."""
    if isinstance(expr, Ref) and is_identity(expr.key):
        return replace(expr, key=without_number(expr.key))
    return expr.map(_unnumbered)


def _sides(claim: Claim) -> tuple[Expr | None, Expr | None, str]:
    sides = (None if side is None else _unnumbered(side) for side in (claim.left, claim.right))
    return (*sides, claim.relation)  # type: ignore[return-value]


def _is_subject(expr: Expr) -> bool:
    """A name or a derivative: what the claim is about."""
    return isinstance(expr, (Symbol, Ref, Derivative, Nabla, Prime)) or (
        isinstance(expr, Call) and all(isinstance(a, Symbol) for a in expr.args)
    )


def _stands_before(claim: Claim) -> bool:
    """Does the left side stand in an earlier formula (this one begins with the relation)?"""
    if claim.context is None or claim.place > 0 or claim.order < 0:
        return False
    return claim.context.lines[claim.order].raw.span[0] == -2
