"""Names that are free under the heading of a claim, and have a value under another one: let r be in (0, 1)."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.claims.claim import Claim
from symnet.lecture.judging.wording import left_open
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding


def with_free_names(claim: Claim) -> Claim | None:
    """The claim with the names free that its own heading introduces, and only other headings give a value."""
    context = claim.context
    if context is None or not 0 <= claim.order < len(context.lines):
        return None
    names = context.names_behind(claim.sides) & context.definitions.keys()
    found = context.definitions
    free = [key for key in sorted(names) if all(context.is_another(key, d.order, claim.order) for d in found[key])]
    for key in free:
        context = context.with_open(key)
    return replace(claim, context=context) if free else None


def as_introduced(claim: Claim, freed: Claim, told: Finding, finding: Finding) -> Finding:
    """What is found where the whole document says ``told``, and the ``finding`` with free names accepts nothing.

    The value that another heading gives accepts nothing that fails without it.  It refutes nothing either, unless it
    stands further up, and may be meant.
    """
    assert claim.context is not None and freed.context is not None
    if finding.verdict in FOUND and told.verdict in FOUND:
        return finding
    lost = [d for key, ds in claim.context.definitions.items() if not freed.context.is_defined(key) for d in ds]
    later = [d for d in lost if d.order > claim.order]
    value = (later or lost)[0]
    reason = f"{value.key} is introduced here without a value, and has one under another heading, on {value.place}"
    if told.verdict in FOUND and later:
        return left_open(told, f"{reason}; it fails with that")
    if told.verdict in ACCEPTED and finding.verdict == "refuted":
        reason = f"{reason}; it holds only with that"
        return replace(finding, verdict="reading-dependent", correction=None, reason=reason)
    return told
