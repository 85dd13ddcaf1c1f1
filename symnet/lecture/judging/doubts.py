"""Reasons to doubt a refutation: open functions, inferred shapes, gradients that come through later steps."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.spectra import with_norms_of_order_2
from symnet.lecture.context.context import Context
from symnet.lecture.context.identities import is_identity, is_ones
from symnet.lecture.context.numbers import signed, value_of
from symnet.lecture.context.ranks import STRONG, free_count
from symnet.lecture.context.record import IN_WORDS
from symnet.lecture.context.refs import LOSS, LOSS_NAMES, Ref, pairs, refs, spelling
from symnet.lecture.context.sizes import Clash
from symnet.lecture.evaluation.steps import told_end
from symnet.lecture.judging.known import is_known
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Call, Derivative, Expr, Norm, Plus, Power, Product, Symbol
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.trial.unknowns import derivatives, unknown_functions
from symnet.lecture.values.errors import NeedsContext


def of_open_function(claim: Claim) -> bool:
    """Is the claim about a function that is nowhere defined, and that is no part of what another one is defined by?"""
    context = claim.context
    called = {p.function.key for p in claim.parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    open_ = {key for key in called if not is_known(claim, key)}
    if not open_ or context is None:
        return bool(open_)
    return bool(open_ - context.names_behind([Ref(key) for key in sorted(called - open_)]))


def open_map(claim: Claim) -> str:
    """A function of which only another meaning of its letter is known, as in ``p(y)`` beside ``p = (k - 1) / 2``."""
    for part in claim.parts:
        if isinstance(part, Call) and isinstance(part.function, Ref) and claim.context is not None:
            found = claim.context.definitions.get(part.function.key, ())
            if found and all(d.parameters is None for d in found) and part.function.key not in LOSS_NAMES:
                return part.function.key
    return ""


def lost_name(claim: Claim) -> str:
    """A name that the claim is about, and whose only definition was left aside since its sides do not fit; or empty."""
    context = claim.context
    assert context is not None
    names = context.names_behind(claim.sides)
    return next((d.key for d in context.rejected if d.key in names and d.key not in context.definitions), "")


def unread(claim: Claim) -> tuple[str, str]:
    """A name behind the claim that only a formula which was not understood may define, and the place of that."""
    context = claim.context
    return ("", "") if context is None else context.unread(context.names_behind(claim.sides))


def guessed(claim: Claim) -> bool:
    """Does the claim hold vectors or matrices whose shapes nobody declared?"""
    context = claim.context
    if context is None or claim.left is None or claim.right is None or claim.kind == "shape":
        return False
    vectors = [r for side in claim.sides for r in refs(side) if context.rank(r) > 0]
    return any(not is_settled(context, r, claim.order) for r in vectors)


#: capitals of weights and data, which are any matrices: nobody takes them for symmetric or orthogonal
WEIGHTS = frozenset(("W", "X", "\\Theta"))


def of_weights(claim: Claim) -> bool:
    """Is every array of a claim declared, a matrix of weights or data, or a formula of such?"""
    context = claim.context
    if context is None or claim.left is None or claim.right is None:
        return False
    names = [r for side in claim.sides for r in refs(side) if context.rank(r) > 0]
    return bool(names) and all(is_settled(context, r, claim.order, custom=True) for r in names)


def is_settled(
    context: Context, ref: Ref, order: int, custom: bool = False, seen: frozenset[str] = frozenset()
) -> bool:
    """Is the shape of a vector or matrix declared, or that of a formula of such?  Or by ``custom`` that of weights?"""
    known = context.ranks.known.get((ref.key, free_count(ref)), (0, 0))[1] >= STRONG
    if known or is_ones(ref.key) or context.ranks.is_told(ref, order):
        return True
    if custom and ref.key.split("_")[0] in WEIGHTS and context.rank(ref) == 2:
        return True
    if ref.key in seen:
        return False
    bodies = [d.body for d in context.definitions_of(ref.key, order) if d.parameters is None]
    inner = [r for body in bodies for r in refs(body) if context.rank(r) > 0]
    return bool(inner) and all(is_settled(context, r, order, custom, seen | {ref.key}) for r in inner)


def of_any_matrices(claim: Claim) -> bool:
    """Is it a rule of Kronecker products or of vec, which is told in letters that stand for any matrices?"""
    context = claim.context
    assert context is not None
    products = (p for p in claim.parts if isinstance(p, Product) and p.op == "outer")
    calls = (p.function for p in claim.parts if isinstance(p, Call))
    return Ref("vec") in calls or any(context.ranks.rank(p.left) == 2 for p in products)


_SPECTRUM = re.compile(
    r"(?:eigenvalues?|singular values?|собственн\w+ (?:числ|значени)\w*|сингулярн\w+ (?:числ|значени)\w*)"
    r"(?:\s+[^\W\d_]+){0,2}\s*…",
    re.IGNORECASE,
)


def of_spectrum(claim: Claim) -> str:
    """A name that the text calls eigenvalues or singular values, in a claim on matrices: any numbers elsewhere.

    Where it is known of which matrix, one beside arrays that nothing defines, which may be its eigenvectors.
    """
    context = claim.context
    assert context is not None
    own = [r for side in claim.sides for r in refs(side)]
    if not any(context.rank(r) == 2 for r in own):
        return ""
    said = (line for line in context.lines if _SPECTRUM.search(line.prose))
    heads = (line.statement.terms[0] for line in said)
    called = {head.key for head in heads if isinstance(head, Ref)} & {r.key for r in own}
    told = {key for key in called if any(d.link == IN_WORDS for d in context.definitions.get(key, ()))}
    behind = context.names_behind(Ref(key) for key in told)
    arrays = (r for r in own if r.key not in behind and not is_identity(r.key) and not context.is_defined(r.key))
    free = told if any(r.indices or context.rank(r) for r in arrays) else set()
    free |= {key for key in called if not context.is_defined(key) and context.rank(Ref(key)) < 2}
    return min(free, default="")


#: words that say which norm of a matrix has the order 2
_OPERATOR_NORM = re.compile(
    r"(?:spectral|operator|induced) norm|singular value|"
    r"(?:спектральн|операторн|индуцированн)\w+ норм|сингулярн\w+ (?:чис|знач)",
    re.IGNORECASE,
)


def of_operator_norm(claim: Claim) -> str:
    r"""A matrix whose norm of order 2 may be Frobenius' one: where nothing tells the two apart."""
    context = claim.context
    assert context is not None
    parts = (part for line in context.lines for part in line.statement.walk())
    if context.takes_eigenvalues or any(isinstance(p, Norm) and p.order == Ref("F") for p in parts):
        return ""
    if any(_OPERATOR_NORM.search(line.prose) for line in context.lines):
        return ""
    return next((latex_of(matrix) for matrix in with_norms_of_order_2(claim)), "")


def listed(claim: Claim) -> str:
    """An entry of the claim of which only a list with a capital name says what it is; or empty."""
    names = claim.context.naming.listed if claim.context is not None else {}
    parts = [p for side in claim.raw if side is not None for p in side.walk()]
    entries = [p for p in parts if isinstance(p, Symbol) and len(p.subs) == 1 and spelling(p) in names]
    return latex_of(entries[0]) if entries else ""


def carried(claim: Claim) -> str:
    """A name whose entries follow from each other, and whose gradient, of a loss left open, the right side takes.

    A definition in which it is one of several parts counts too; one that only names it says no more than it does.
    """
    context = claim.context
    if context is None or claim.right is None or context.naming.loss != LOSS:
        return ""
    with suppress(NeedsContext):  # the verdict may be of a reading with more functions left open
        if told_end(context, unknown_functions(claim)):
            return ""  # the document says what the loss sees of all steps

    def bodies(key: str) -> list[Expr]:
        return [d.body for d in context.definitions_of(key, claim.order)]

    def reaches(key: str, other: str) -> bool:
        return any(context.reaches(body, other, claim.order) for body in bodies(key))

    behind = [part for part in parts_behind(replace(claim, left=None)) if not isinstance(part, Derivative)]
    named = {by.key for part in (claim.right, *behind) for _, by in derivatives(part) if isinstance(by, Ref)}
    circular = [key for key in sorted(named) if reaches(key, key)]
    bodies_between = [b for key in context.definitions if any(reaches(c, key) for c in circular) for b in bodies(key)]
    stepped = any(
        len(r.indices) > 1 and any(isinstance(i, Plus) for i in r.indices) for b in bodies_between for r in refs(b)
    )
    return circular[0] if circular and stepped else ""


def open_in_author(claim: Claim) -> str:
    """A function that the author uses in a definition behind the claim and says nothing of, or ""."""
    calls = [p for part in parts_behind(claim, authored=True) for p in part.walk() if isinstance(p, Call)]
    functions = sorted({p.function.key for p in calls if isinstance(p.function, Ref)})
    return next((key for key in functions if not is_known(claim, key)), "")


def declarations(claim: Claim) -> str:
    """The lines that declare the shapes which were inferred for the names of a claim."""
    context = claim.context
    assert context is not None
    names = {r.key: r for side in claim.sides for r in refs(side)}
    letters = iter("nmdkpqrsuv")
    sizes: dict[str, str] = {}
    lines = []
    for key, ref in names.items():
        rank = context.rank(ref)
        if rank and context.ranks.known.get((key, free_count(ref)), (0, 0))[1] < STRONG:
            axes = [context.sizes.find(f"axis:{key}:{free_count(ref) + k}") for k in range(rank)]
            for axis in axes:
                plain = axis.split(":")[-1] if axis == "1" or axis.startswith(("size:", "const:")) else ""
                sizes.setdefault(axis, plain if plain.isalnum() else next(letters, "n"))
            lines.append(f"shape {context.naming.latex(key)} = {' x '.join(sizes[axis] for axis in axes)}")
    return f"add: {'; '.join(lines)}" if lines else "declare them with shape"


def declared(claim: Claim) -> bool:
    """Do declared sizes clash?"""
    if claim.kind == "shape" or claim.context is None:
        return True
    try:
        claim_sizes(claim, strict=True)
    except Clash as clash:
        return len(clash.sizes) == 2 and set(clash.sizes) <= claim.context.declared
    return False


def of_no_number(claim: Claim) -> str:
    r"""A name of a claim whose square is said to be zero or below: the ``\varepsilon`` of dual numbers; or empty."""
    context = claim.context
    assert context is not None
    names = {key for key in context.names_behind(claim.sides) - context.units[1] if context.rank(Ref(key)) != 2}
    for line in context.lines:
        for left, right in pairs(line.statement):
            if isinstance(left, Power) and isinstance(left.base, Ref) and value_of(left.exponent) == 2:
                square = signed(right)
                if square is not None and square <= 0 and left.base.key in names and line.order != claim.order:
                    return left.base.key
    return ""
