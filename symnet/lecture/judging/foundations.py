"""Definitions that are refuted are no ground for other claims: those are judged with what was meant instead.

Where the refuted definition has a correction, that takes its place; a known name without one keeps its known meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.nearby import of_lines
from symnet.lecture.context.record import IN_WORDS, Definition, Line
from symnet.lecture.context.refs import pairs
from symnet.lecture.judging.contexts import read_in
from symnet.lecture.judging.wording import left_open
from symnet.lecture.knowledge.names import lookup
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Call, Expr, Statement, Symbol
from symnet.lecture.verdict import ACCEPTED, FOUND, Assumption, Finding

#: the finding on a claim in so many steps; True where a refutation can be told before its correction is sought
Decide = Callable[[Claim, float, bool], Finding]
Place = tuple[int, int]  # the order of a statement and the link in it

#: (document, statement, link) -> the finding on the definition there; (document, places) -> the context without them.
#: Both are as large as a document has definitions, and empty again with the next document.
_findings: dict[tuple[str, int, int], Finding | None] = {}
_contexts: dict[tuple[str, tuple[Place, ...]], Context] = {}


def on_sound_ground(claim: Claim, steps: float, decide: Decide) -> Finding:
    """The finding on a claim, with the definitions behind it mended where they are refuted."""
    if claim.context is None or claim.left is None or claim.finding is not None or claim.step is not None:
        return decide(claim, steps, True)
    refuted = {(d.order, d.link): f for d, f in _refuted_behind(claim, steps, decide)}
    if not refuted:
        return decide(claim, steps, True)
    as_written = decide(claim, steps, False)
    lines = " and ".join(f"line {f.line}" for f in refuted.values())
    mended = decide(read_in(claim, _mended(claim, refuted), claim.order), steps, False)
    if mended.verdict in ACCEPTED:
        note = tuple(Assumption(_meant(f), f"line {f.line}, which is refuted") for f in refuted.values())
        return replace(mended, assumptions=(*mended.assumptions, *note))
    if as_written.verdict in ACCEPTED and mended.verdict in FOUND:
        reason = f"holds with {lines} as it stands, which is refuted; with what is meant there: {mended.reason}"
        return replace(mended, verdict="reading-dependent", reason=reason, assumptions=as_written.assumptions)
    if mended.verdict in FOUND and as_written.verdict in FOUND:
        return mended
    if as_written.verdict in (*ACCEPTED, *FOUND):
        reason = f"it relies on {lines}, which is refuted, and can not be judged without: {mended.reason}"
        return left_open(mended, reason)
    return as_written


def _refuted_behind(claim: Claim, steps: float, decide: Decide) -> Iterator[tuple[Definition, Finding]]:
    context = claim.context
    assert context is not None
    for key in sorted(names_behind(claim)):
        for d in context.definitions_of(key, claim.order):
            if d.order != claim.order and not d.source and d.link != IN_WORDS and _may_be_wrong(context, d):
                found = _finding_on(claim, d, steps, decide)
                if found is not None and found.verdict == "refuted":
                    yield d, found


def _may_be_wrong(context: Context, d: Definition) -> bool:
    """Is there anything that the definition is compared with: a known name, a loss, an earlier definition?"""
    left, right = _raw(context.lines[d.order], d.link)
    again = any(o.same_target(d) and (o.order, o.link) < (d.order, d.link) for o in context.definitions[d.key])
    known = isinstance(left, Call) and isinstance(left.function, Symbol) and lookup(left.function) is not None
    return again or known or any(isinstance(p, Call) for p in right.walk())


def _finding_on(claim: Claim, d: Definition, steps: float, decide: Decide) -> Finding | None:
    document = claim.key.split("|")[0]
    at = (document, d.order, d.link)
    if at not in _findings:
        _forget_others(document)
        _findings[at] = None  # while it is being judged
        _findings[at] = decide(_claim_of(claim, d), min(steps, effort.CLAIM), False)
    return _findings[at]


def _forget_others(document: str) -> None:
    for kept in (_findings, _contexts):
        if any(key[0] != document for key in kept):
            kept.clear()


def _claim_of(claim: Claim, d: Definition) -> Claim:
    """The claim that a definition makes."""
    assert claim.context is not None
    line = claim.context.lines[d.order]
    (left, right), raw = list(pairs(line.statement))[d.link], _raw(line, d.link)
    key = f"{claim.key.split('|')[0]}|definition|{d.order}|{d.link}"
    relation = line.statement.relations[d.link]
    return Claim(
        d.line, 1, d.line, line.raw.text, 0, "equality", d.order, d.link, relation, left, right, raw,
        line.statement.conditions, prose=line.prose, key=key, text=line.raw.text, context=claim.context,
    )  # fmt: skip


def _raw(line: Line, link: int) -> tuple[Expr, Expr]:
    return list(pairs(line.raw))[link]


def _mended(claim: Claim, refuted: dict[Place, Finding]) -> Context:
    """The document with the corrections of its refuted definitions."""
    assert claim.context is not None
    document = claim.key.split("|")[0]
    at = (document, tuple(sorted(refuted)))
    if at not in _contexts:
        _forget_others(document)
        lines = list(claim.context.lines)
        for (order, link), finding in refuted.items():
            lines[order] = _mended_line(lines[order], link, finding)
        _contexts[at] = of_lines(claim.context, lines)
    return _contexts[at]


def _mended_line(line: Line, link: int, finding: Finding) -> Line:
    """The line with the correction; where there is none, it defines nothing."""
    left, _ = _raw(line, link)
    for part in read_formula(finding.correction or ""):
        for a, b in pairs(part) if isinstance(part, Statement) else ():
            if a == left and link < len(line.raw.terms) - 1:
                terms = (*line.raw.terms[: link + 1], b, *line.raw.terms[link + 2 :])
                return replace(line, said=line.said._replace(statement=replace(line.raw, terms=terms)))
    return replace(line, said=line.said._replace(assumed=True))


def _meant(finding: Finding) -> str:
    return f"{finding.correction} is meant" if finding.correction else "what the name is known to mean"
