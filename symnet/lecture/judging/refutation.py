"""A claim that fails somewhere: wrong, to be solved, or in want of a hypothesis or of what is not known."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.identities import is_identity, is_ones
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.documents.sentences import sentence_of
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.hypothesis import with_hypothesis
from symnet.lecture.judging.known import is_known, is_slope
from symnet.lecture.judging.numbers import is_loose, is_numeric, judge_numbers
from symnet.lecture.judging.wording import assumptions_of, understood
from symnet.lecture.reader.syntax import Big, Call, Expr, Number, Product
from symnet.lecture.trial.compare import close
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.values.scalars import plain
from symnet.lecture.verdict import Finding


def all_defined(claim: Claim) -> bool:
    r"""Is every name on the left defined, but for what its functions are taken of: the \phi of ``R(\phi)``?"""
    assert claim.left is not None and claim.context is not None
    calls = [p for p in claim.left.walk() if isinstance(p, Call) and isinstance(p.function, Ref)]
    known = [p for p in calls if claim.context.is_defined(p.function.key)]  # type: ignore[attr-defined]
    taken = {a.key for p in known for a in p.args if isinstance(a, Ref)} - claim.context.definitions.keys()
    context, order, applied = claim.context, claim.order, {p.function for p in calls}

    def is_size(name: Ref) -> bool:
        """N counts, and so do the n_l of layers, unless a formula says what N_k is."""
        return name.key in context.naming.sizes and not (name.indices and context.is_array(name.key, order))

    named = [r for r in refs(claim.left) if not is_size(r) and r.key not in taken and not is_ones(r.key)]
    names = [r for r in named if r.indices or len(r.key) > 1 or not r.key.islower()]
    return bool(names) and all(
        context.is_array(r.key, order) if r.indices and r not in applied else context.is_defined(r.key) for r in names
    )


def is_zero(expr: Expr | None) -> bool:
    return isinstance(expr, Number) and expr.value == 0


def refuted(claim: Claim, outcome: Outcome, end: float, singles: bool = False) -> Finding:
    """A claim that fails somewhere: wrong, to be solved, or in want of a hypothesis."""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    derived = any(map(is_slope, claim.left.walk()))
    unknown = {f for f in outcome.left_functions ^ outcome.right_functions if not is_known(claim, f)}
    if unknown:
        return blank(claim, "needs-context", reason=_undefined(claim, min(unknown)), reading=understood(claim))
    if derived and outcome.left_zero:
        return blank(
            claim,
            "needs-context",
            reason="the left side is zero as far as the definitions go",
            reading=understood(claim),
        )
    if outcome.untested:
        reason = f"it is said to hold where {outcome.untested}, which is not evaluated"
        return blank(claim, "needs-context", reason=reason, reading=understood(claim))
    if is_numeric(claim):
        return judge_numbers(claim, outcome)
    if isinstance(claim.raw[0], Call) and isinstance(claim.left, Product) and isinstance(claim.right, Number):
        return blank(claim, "condition", reason="a value at a point, if it is a function", reading=understood(claim))
    if is_loose(claim):
        return blank(claim, "not-understood", reason="digits that stand apart may be one number")
    found = with_hypothesis(claim, end, singles)
    if found is not None:
        return found
    if effort.is_over(end) and any(isinstance(p, Big) and p.op == "int" for p in claim.parts):
        return blank(claim, "needs-context", reason="it fails, but there was no time to try it for positive names only")
    found = _asked(claim, outcome, derived)
    if found is not None and not (found.verdict == "condition" and _is_never_met(claim, end)):
        return found
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=understood(claim),
        reason="the sides differ at the point shown",
        assumptions=assumptions_of(claim, outcome, Reading()),
        counterexample=outcome.counterexample,
    )


def _asked(claim: Claim, outcome: Outcome, derived: bool) -> Finding | None:
    """What an equation that fails somewhere says if it asserts nothing: it is to be solved, or a name is not known."""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    left, right = outcome.left_touched, outcome.right_touched
    named = {d.key for found in claim.context.definitions.values() for d in found if not d.indices}
    counts = right & (claim.context.naming.sizes - named)
    right = right - counts or right  # of 1/N times the sum of N values nobody asks what N is
    only_right = sorted(right - left)
    only_left = sorted(left - right)
    constant = isinstance(claim.right, Number) or not right
    asserted = not is_zero(claim.right) and (derived or all_defined(claim) and not claim.context.wish(claim.order))
    asserted = asserted or is_zero(claim.right) and _is_said_to_vanish(claim)
    if constant and not outcome.constant_left and (isinstance(claim.left, Ref) or _is_value_somewhere(claim)):
        return blank(claim, "condition", reason="a value for an example", reading=understood(claim))
    if constant and not outcome.constant_left and not asserted:
        return blank(claim, "condition", reason="an equation to be solved or assumed", reading=understood(claim))
    if only_right and not derived:
        if only_left or not left:
            return blank(
                claim, "condition", reason=f"it relates {_names(only_left)} and {_names(only_right)}, which are free"
            )
    absent = [k for k in only_right if not claim.context.is_defined(k) and not _is_size_of(claim, k, left)]
    if absent and not _same_letters(claim, absent):
        line = f"define {claim.context.naming.latex(absent[0])} = ..."
        return blank(
            claim,
            "needs-context",
            reason=f"what {absent[0]} is on the right side is not known; write: {line}",
            reading=understood(claim),
        )
    if only_left and not derived and not right <= left:
        return blank(claim, "condition", reason="it relates names that are free", reading=understood(claim))
    free = _is_free_name(claim) and not (_is_counted(claim) and all_defined(claim))
    if (only_left or only_right) and not derived and free and not _in_case(claim, outcome):
        return blank(claim, "condition", reason="an equation between free names", reading=understood(claim))
    return None


#: words that say that something is zero, and such that say where
_VANISHES = re.compile(
    r"\b(?:vanish(?:es)?|cancels?|(?:is|are|equals?) (?:equal to )?zero|(?:sums?|adds?) (?:up )?to zero|"
    r"рав[ен]\w* нулю|обраща\w+ся в н[ою]ль|взаимно уничтожа\w+)\b",
    re.IGNORECASE,
)
_SOMEWHERE = re.compile(
    r"\b(?:at|in|on|under|for|if|when|where|with|only|must|should|set(?:ting)?|let|assum\w+|suppose|require\w*|choose|"
    r"condition\w*|optim\w*|minim\w*|solution\w*|при|в|на|для|если|когда|где|пусть|должн\w+|услови\w+|чтобы|"
    r"приравн\w+|оптим\w*|миним\w*|решени\w+)\b",
    re.IGNORECASE,
)


def _is_said_to_vanish(claim: Claim) -> bool:
    """Does the sentence say of what is computed from a defined name that it is zero, and not where?"""
    context, sentence = claim.context, sentence_of(claim.prose)
    assert context is not None and claim.left is not None
    if not _VANISHES.search(sentence) or _SOMEWHERE.search(sentence):
        return False
    names = {r.key for r in refs(claim.left)}
    return any(d.order < claim.order for key in names for d in context.definitions.get(key, ()))


def _is_never_met(claim: Claim, end: float) -> bool:
    """Do the sides differ by the same number wherever they are tried, so that no values solve the equation?"""
    apart: list[Any] = []

    def note(left: Any, right: Any) -> bool:
        apart.append(None if np.shape(left) or np.shape(right) else plain(left) - plain(right))
        return True

    outcome = outcome_of(claim, note, end=end)
    if outcome is None or len(apart) < 2 or None in apart or outcome.constant_left:
        return False
    return apart[0] != 0 and all(close(difference, apart[0]) for difference in apart)


def _is_size_of(claim: Claim, key: str, names: set[str]) -> bool:
    """Is a name the size of an array among ``names``?"""
    sizes = claim_sizes(claim)
    axes = {sizes.find(f"axis:{name}:{k}") for name in names for k in (0, 1)}
    return sizes.find(f"size:{key}") in axes


def _is_value_somewhere(claim: Claim) -> bool:
    """``g(x) = 2`` with a free x: the value that g takes at the x that is spoken of."""
    left = claim.left
    if not isinstance(left, Call) or left.primes or not isinstance(left.function, Ref):
        return False
    return any(isinstance(a, Ref) and not _is_constant(claim, a) for a in left.args)


def _undefined(claim: Claim, function: str) -> str:
    assert claim.context is not None
    return f"what {function} is, is not known; write: define {claim.context.naming.latex(function)}(x) = ..."


def _same_letters(claim: Claim, missing: list[str]) -> bool:
    """Does the missing name look like a misspelt one: a hat or a prime lost?"""
    assert claim.left is not None and claim.context is not None
    bodies = [d.body for found in claim.context.definitions.values() for d in found]
    names = {r.key for expr in (claim.left, *bodies) for r in refs(expr)}
    return all(m in names for m in missing)


def _is_free_name(claim: Claim) -> bool:
    return any(
        isinstance(s, Ref) and not (_is_constant(claim, s) or is_identity(s.key) or is_ones(s.key))
        for s in (claim.left, claim.right)
    )


def _is_counted(claim: Claim) -> bool:
    r"""Is a side the number of the terms of a sum on the other one: the K of ``\sum_{k=1}^K p_k = K``?"""
    sums = [p for p in claim.parts if isinstance(p, Big) and p.op == "sum"]
    return any(isinstance(s, Ref) and any(p.upper == s for p in sums) for s in claim.sides)


def _in_case(claim: Claim, outcome: Outcome) -> bool:
    """Is it said of what a name comes to in a case that the text tells?"""
    lines = claim.context.lines  # type: ignore[union-attr]
    return (
        isinstance(claim.left, Ref)
        and _is_constant(claim, claim.left)
        and any(0 <= d.order < len(lines) and lines[d.order].said.supposed for d in outcome.used)
    )


def _is_constant(claim: Claim, name: Ref) -> bool:
    """Is a name defined, or one of the numbers e and pi?"""
    assert claim.context is not None
    number = name.key in ("e", "\\pi") and not claim.context.is_letter(name.key)
    return claim.context.is_defined(name.key) or number and not name.indices


def _names(keys: list[str]) -> str:
    return ", ".join(keys[:3]) if keys else "names"
