"""Names with a settled meaning: what a document calls tanh, softmax or ELU is compared with what everybody does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref
from symnet.lecture.context.sizes import Clash
from symnet.lecture.judging.wording import understood
from symnet.lecture.knowledge.names import Known, lookup
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Call, Expr, Number, Paren, Product, Symbol
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, run
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.values.functions import BUILTIN, is_evaluated
from symnet.lecture.verdict import Assumption, Finding

#: functions of one number, or of a vector, that a bare name on the left settles
GROUPS = ("activation", "vector")


def judge_settled(claim: Claim, here: Definition | None) -> Finding | None:
    """The finding on a definition of a known name; None where the name settles nothing."""
    raw = claim.raw[0]
    if claim.context is None or not isinstance(raw, Call) or not isinstance(raw.function, Symbol) or raw.primes:
        return None
    meant = lookup(raw.function)
    if meant is None or meant.group not in GROUPS or len(raw.args) != meant.arity:
        return None
    if raw.function.name in meant.letters and not _said(meant, claim.prose):
        return None
    failed: tuple[Claim, Outcome, str] | None = None
    for trial, note in _comparisons(claim, raw, meant):
        try:
            outcome = run(trial, equal, but=here)
        except (ShapeError, Clash):
            continue
        except (Unsupported, NeedsContext):
            return None
        if outcome.holds:
            return _agrees(claim, meant, note, outcome)
        if outcome.points and failed is None and not _left_open(trial, outcome):
            failed = (trial, outcome, note)
    if failed is None:
        return None
    return _differs(claim, meant, *failed)


def _left_open(claim: Claim, outcome: Outcome) -> bool:
    """Does the formula use a function that nobody has defined?"""
    assert claim.context is not None
    return any(
        not claim.context.is_defined(key) and not is_evaluated(key)
        for key in outcome.left_functions | outcome.right_functions
    )


def _said(known: Known, prose: str) -> bool:
    return any(re.search(word, prose, re.IGNORECASE) for word in known.words)


def _comparisons(claim: Claim, raw: Call, known: Known) -> Iterator[tuple[Claim, str]]:
    """The claim with a known formula on its left, for each of the equally standard ones."""
    assert claim.context is not None
    naming = claim.context.naming
    if known.group == "vector":
        assert isinstance(raw.function, Symbol)
        name = BUILTIN.get(raw.function.name, raw.function.name)
        if name in ("softmax", "logsumexp"):
            yield claim, ""

            assert claim.right is not None and isinstance(claim.left, Call)
            for letter in free_letters(claim.right)[:1]:
                yield replace(claim, left=replace(claim.left, subs=(Ref(letter),))), ""
        return
    letters = {s.name for s in raw.walk() if isinstance(s, Symbol)}
    for variant in known.variants:
        if variant.of != "scalar":
            continue
        value = variant.value
        for argument, actual in zip(variant.arguments, raw.args):
            value = substituted(value, argument, Paren(actual))
        yield replace(claim, left=naming.resolve(value), raw=(value, claim.raw[1])), variant.note
        constants = [s for s in value.walk() if isinstance(s, Symbol) and f"\\{s.name}" in known.constants]
        others = _constants_of(claim, letters)
        for constant in dict.fromkeys(constants):
            for other in others:
                changed = substituted(value, constant, other)
                yield replace(claim, left=naming.resolve(changed), raw=(changed, claim.raw[1])), variant.note


def _constants_of(claim: Claim, letters: set[str]) -> list[Expr]:
    """What the document's formula holds besides the argument: its constants, and its numbers."""
    raw = claim.raw[1]
    assert raw is not None
    found: dict[Expr, None] = {}
    for part in raw.walk():
        if isinstance(part, Symbol) and part.name not in letters and len(part.name) < 12 and part.name != "e":
            found[part] = None
        if isinstance(part, Number) and part.value not in (0, 1):
            found[part] = None
    return list(found)


def substituted(expr: Expr, old: Expr, new: Expr) -> Expr:
    """``expr`` with every ``old`` replaced."""
    if isinstance(expr, Call) and expr.function == old and not expr.certain and len(expr.args) == 1:
        return Product(new, Paren(substituted(expr.args[0], old, new)), span=expr.span)
    return new if expr == old else expr.map(lambda e: substituted(e, old, new))


def _agrees(claim: Claim, known: Known, note: str, outcome: Outcome) -> Finding:
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=understood(claim),
        reason=f"agrees with the known definition of {known.name}{f' ({note})' if note else ''}",
        assumptions=(Assumption(f"what {known.name} means", known.source),),
    )


def _differs(claim: Claim, known: Known, trial: Claim, outcome: Outcome, note: str) -> Finding:
    correction = None
    if known.group == "activation" and claim.raw[0] is not None and trial.raw[0] is not None:
        correction = f"{latex_of(claim.raw[0])} = {latex_of(trial.raw[0])}"
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=understood(claim),
        reason=f"this is not {known.name}: it differs from every usual definition of it",
        assumptions=(Assumption(f"what {known.name} means", known.source),),
        counterexample=outcome.counterexample,
        correction=correction,
    )
