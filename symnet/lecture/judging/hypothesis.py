"""Hypotheses under which a claim that fails may hold: stated in the document, or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symnet.lecture import effort
from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.conditions import is_clause_of_case
from symnet.lecture.context.letters import conditions_in
from symnet.lecture.context.record import WHOLE
from symnet.lecture.context.refs import LOSS_NAMES, Ref, is_upper, refs
from symnet.lecture.context.sizes import Clash, named
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.documents.sentences import sentence_of
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.doubts import WEIGHTS
from symnet.lecture.judging.known import is_slope
from symnet.lecture.judging.stated import HYPOTHESES, PROBABILITIES, is_spoken_of, is_transposed, stated, words_of
from symnet.lecture.judging.wording import FACTS, assumptions_of, understood
from symnet.lecture.reader.syntax import Big, Call, Negate, Norm, Number, Plus
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.points import jumps, known_facts
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.trial.sizes import claim_sizes, single, small
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.verdict import Assumption, Finding

#: what is often said of several names, so that a claim needs all of it
OF_SEVERAL = ("simplex", "symmetric", "orthogonal", "diagonal", "positive")
OF_MATRICES = ("symmetric", "orthogonal", "diagonal")
#: how many points an inequality is tried at
POINTS = 14


def with_hypothesis(claim: Claim, end: float, singles: bool = False) -> Finding | None:
    """Does the claim hold under a usual hypothesis on one of its names?"""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    names: dict[str, Ref] = {}
    settled = {v.name for p in claim.parts if isinstance(p, Big) for v in p.variables}
    settled |= {key for key in ("e", "\\pi") if not claim.context.is_letter(key)}
    for side in (claim.left, claim.right):
        for r in refs(side):
            if not claim.context.is_defined(r.key) and r.key not in LOSS_NAMES and r.key not in settled:
                names.setdefault(r.key, r)
    for key in _open_names(claim):
        if key in settled:
            continue
        names.setdefault(key, Ref(key))
    found = _of_unit_vectors(claim, list(names), end)
    if found is not None:
        return found
    if (found := _of_case(claim, end) or _of_whole_numbers(claim, names, end)) is not None:
        return found
    together: dict[str, str] = {}
    for fact, key in _hypotheses(claim, names, singles):
        if fact in OF_SEVERAL and stated(claim, key, fact):
            together.setdefault(key, fact)
        outcome = _under(claim, {key: fact}, end, singles)
        if outcome is None:
            return None
        if outcome.holds and not outcome.always_zero:
            if stated(claim, key, fact):
                return _held(claim, _said(claim, {key: fact}), outcome)
            return _not_said(claim, FACTS[fact].format(key), stated(claim, key, fact, anywhere=True))
    if len(together) > 1:
        outcome = _under(claim, together, end, singles)
        if outcome is not None and outcome.holds and not outcome.always_zero:
            return _held(claim, _said(claim, together), outcome)
    return None


def _of_case(claim: Claim, end: float) -> Finding | None:
    """Does the claim hold where a matrix with a formula is what its sentence supposes: ``If W is orthogonal``?"""
    context = claim.context
    assert context is not None
    if not is_clause_of_case(claim.prose.partition(" … ")[0]):
        return None
    sentence = sentence_of(claim.prose)
    for key in dict.fromkeys(r.key for side in claim.sides for r in refs(side)):
        for fact in OF_MATRICES if context.is_defined(key) and context.rank(Ref(key)) == 2 else ():
            if words_of(fact).search(sentence) and stated(claim, key, fact):
                there = replace(claim, context=context.with_open(key))
                outcome = _under(there, {key: fact}, end, False)
                if outcome is not None and outcome.holds and not outcome.always_zero:
                    return _held(claim, _said(claim, {key: fact}), outcome)
    return None


def _of_whole_numbers(claim: Claim, names: Iterable[str], end: float) -> Finding | None:
    """Does the claim hold where all numbers are whole, as what is rounded may mean it, or those of another case?"""
    context = claim.context
    assert context is not None
    here = known_facts(claim)
    told = {k.key: k for k in context.facts if k.what in WHOLE and k.key in names and k.key not in here}
    functions = {p.function.key for p in claim.parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    open_ = [key for key in names if key not in here and key not in functions and not context.is_whole(key)]
    rounded = [key for key in open_ if not context.rank(Ref(key))]
    facts = {key: known.what for key, known in told.items()}
    if any(map(jumps, claim.parts)):
        facts = dict.fromkeys(rounded, "natural") | facts
    outcome = _under(claim, facts, end, False) if facts else None
    if outcome is None or not outcome.holds or outcome.always_zero:
        return None
    place = next((known.source for known in told.values()), "")
    return _not_said(claim, ", ".join(FACTS[fact].format(key) for key, fact in facts.items()), place)


def _not_said(claim: Claim, sentence: str, place: str) -> Finding:
    """A claim that holds under what is said nowhere, or of another case at a ``place``."""
    where = f"which {place} says of its own sentence" if place else "which stands nowhere; fails without it"
    return blank(
        claim,
        "needs-hypothesis",
        method="numeric",
        reading=understood(claim),
        reason=f"holds where {sentence}, {where}",
        assumptions=(Assumption(sentence, "not stated"),),
    )


#: what speaks against an inequality under facts, among values of any size
Far = Callable[[Mapping[str, str], float], Outcome | None]


def for_positive(claim: Claim, compare: Callable[[Any, Any], bool], far: Far, steps: float) -> Finding | None:
    """Does an inequality hold where the names that nothing defines are positive, probabilities, or as it is stated?

    ``far`` looks for counterexamples among values of any size and in larger arrays.
    """
    parts = [part for whole in parts_behind(claim) for part in whole.walk()]
    settled = {v.name for part in parts if isinstance(part, Big) for v in part.variables} | {"e", "\\pi"}
    settled |= {part.function.key for part in parts if isinstance(part, Call) and isinstance(part.function, Ref)}
    names = sorted(set(_open_names(claim)) - settled)
    chances = set(_beside_their_rest(claim)) & {*names}
    likely = {key: "unit" if key in chances else "positive" for key in names}
    vectors = {key for key in names if claim.context is not None and claim.context.rank(Ref(key)) == 1}
    told = {key: "simplex" for key in sorted(vectors) if stated(claim, key, "simplex")}
    end = effort.until(steps)
    for said in (dict.fromkeys(names, "positive"), *([likely] if chances else ()), *([told] if told else ())):
        if (found := _for_all(claim, compare, far, said, end)) is not None:
            return found
    return None


def _beside_their_rest(claim: Claim) -> Iterator[str]:
    r"""The p of a formula with ``\log (1 - p)``."""
    for part in parts_behind(claim):
        for call in part.walk():
            if isinstance(call, Call) and isinstance(call.function, Ref) and call.function.key in ("log", "ln"):
                for rest in call.walk():
                    one, *taken = rest.terms if isinstance(rest, Plus) else (rest,)
                    if one == Number(Fraction(1)) and len(taken) == 1 and isinstance(taken[0], Negate):
                        yield from (r.key for r in refs(taken[0].arg))


def _for_all(
    claim: Claim, compare: Callable[[Any, Any], bool], far: Far, said: dict[str, str], end: float
) -> Finding | None:
    """Does an inequality hold under a fact on each name, or on one of them?"""

    def tried(facts: Mapping[str, str], wanted: int) -> Outcome | None:
        return outcome_of(claim, compare, facts=facts, end=end, wanted=wanted)

    outcome = tried(said, POINTS)
    if outcome is None or not outcome.holds or far(said, end):
        return None
    for key, fact in said.items():  # one that is enough alone
        found = tried({key: fact}, 4 * POINTS)
        if found is not None and found.holds and not far({key: fact}, end):
            said, outcome = {key: fact}, found
            break
    missing = [FACTS[fact].format(key) for key, fact in said.items() if not stated(claim, key, fact)]
    if not missing:
        return replace(_held(claim, _said(claim, said), outcome), reason=f"no counterexample at {outcome.cases} points")
    return blank(
        claim,
        "needs-hypothesis",
        method="numeric",
        reading=understood(claim),
        reason=f"holds where {', '.join(missing)}, which stands nowhere; fails without it",
        assumptions=tuple(Assumption(sentence, "not stated") for sentence in missing),
    )


def _hypotheses(claim: Claim, names: Mapping[str, Ref], singles: bool) -> Iterator[tuple[str, str]]:
    """What may be assumed of which name."""
    assert claim.context is not None
    told_apart = _told_apart(claim)
    slopes = [by for side in claim.sides for _, by in derivatives(side)]
    slopes += [a for part in claim.parts if isinstance(part, Call) and part.primes for a in part.args]
    varied = {by.key for by in slopes if isinstance(by, Ref)}
    negative = {key for key, fact in known_facts(claim).items() if fact == "negative"}
    joint = {key for key, fact in known_facts(claim).items() if fact == "joint"}
    for fact in (fact for fact in FACTS if fact in HYPOTHESES):
        for key, ref in names.items():
            if fact in ("length", "lengths") or fact in ("positive", "unit") and key in told_apart | negative:
                continue
            rank = max(claim.context.rank(ref), claim.context.rank(Ref(key)), len(ref.indices))
            if (fact == "simplex" and rank < 1) or (fact == "symmetric" and (rank != 2 or not is_upper(key))):
                continue
            if fact == "simplex" and key in joint:
                continue  # no row sums to 1
            if singles and fact == "simplex" and rank == 2 and key.lower() not in PROBABILITIES:
                continue  # a single entry would be 1
            if fact == "orthogonal" and (rank != 2 or not is_spoken_of(claim, fact)):
                continue
            if fact == "diagonal" and rank != 2:
                continue
            if fact in ("bits", "signs") and key in varied:
                continue  # nothing is differentiated by what jumps
            usual = key.strip("\\").lower() in PROBABILITIES or is_spoken_of(claim, fact)
            if fact == "simplex" and not usual and any(map(is_slope, claim.parts)):
                continue
            if fact in ("bits", "signs", "unit", "diagonal") and not stated(claim, key, fact):
                continue
            if fact == "symmetric" and not _is_square(claim, key):
                continue
            told = is_transposed(claim, key) or key.split("_")[0] in WEIGHTS
            if fact == "symmetric" and told and not stated(claim, key, fact):
                continue  # where A and A^T are told apart, neither stands for the other
            yield fact, key


def _under(claim: Claim, facts: Mapping[str, str], end: float, singles: bool) -> Outcome | None:
    """The claim tried under hypotheses on names; None where it can not be evaluated."""
    sizes = claim_sizes(claim)
    for key in (key for key, fact in facts.items() if fact == "orthogonal"):
        rows, columns = f"axis:{key}:0", f"axis:{key}:1"
        if not (named(sizes.find(rows)) and named(sizes.find(columns))):
            sizes.unite(rows, columns)  # else it is tall and has orthonormal columns, or wide
    return outcome_of(claim, equal, facts=facts, end=end, classes=sizes, arrays=single if singles else small)


def _said(claim: Claim, facts: Mapping[str, str]) -> Iterator[Assumption]:
    """What is assumed of names, each with the place where the document states it."""
    return (Assumption(FACTS[fact].format(key), stated(claim, key, fact)) for key, fact in facts.items())


def _held(claim: Claim, said: Iterable[Assumption], outcome: Outcome) -> Finding:
    """A claim that holds under what the document states of names."""
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=understood(claim),
        reason=f"equal at {outcome.cases} points under the hypothesis",
        assumptions=(*said, *assumptions_of(claim, outcome, Reading())),
    )


def _told_apart(claim: Claim) -> set[str]:
    """The names whose values the cases of a claim tell apart: it is said of all of them."""
    return {r.key for condition in conditions_in(claim.parts) for r in refs(condition)}


def _of_unit_vectors(claim: Claim, names: list[str], end: float) -> Finding | None:
    """Does the claim hold for vectors of length 1, of which the prose beside it speaks?"""
    assert claim.context is not None
    here = words_of("length").search(sentence_of(claim.prose))
    norms = [p.arg for part in parts_behind(claim) for p in part.walk() if isinstance(p, Norm)]
    measured = {arg.key for arg in norms if isinstance(arg, Ref)}  # nobody writes the length of what has length 1
    vectors = [k for k in names if claim.context.rank(Ref(k)) == 1 and (here or k not in measured)]
    vectors = [k for k in vectors if here or stated(claim, k, "length", anywhere=True)]
    if not vectors:
        return None
    outcome = outcome_of(claim, equal, facts=dict.fromkeys(vectors, "length"), end=end)
    if outcome is None or not outcome.holds or outcome.always_zero:
        return None
    sentence = FACTS["length"].format(", ".join(vectors))
    place = claim.context.lines[claim.order].place if here else stated(claim, vectors[0], "length")
    if not place:
        return _not_said(claim, sentence, stated(claim, vectors[0], "length", anywhere=True))
    return _held(claim, [Assumption(sentence, place)], outcome)


def _is_square(claim: Claim, key: str) -> bool:
    """Does the left side, without the right one, ask the matrix to be square, and the document speak of symmetry?"""
    assert claim.context is not None and claim.left is not None
    sizes = claim.context.sizes.copy()
    try:
        Typer(claim.context, sizes, "square").shape(claim.left)
    except (Clash, Unshaped):
        pass
    derived = any(map(is_slope, claim.left.walk()))
    return (derived or is_spoken_of(claim, "symmetric")) and sizes.find(f"axis:{key}:0") == sizes.find(f"axis:{key}:1")


def _open_names(claim: Claim) -> list[str]:
    """The undefined names that the sides depend on through definitions."""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    seen: dict[str, None] = {}
    todo = [*refs(claim.left), *refs(claim.right)]
    while todo:
        ref = todo.pop()
        if ref.key in seen:
            continue
        seen[ref.key] = None
        for d in claim.context.definitions_of(ref.key, claim.order):
            todo += refs(d.body)
    return [k for k in seen if not claim.context.is_defined(k)]
