"""A loss in which one symbol stands for another, as a binary cross-entropy with a letter exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import refs
from symnet.lecture.judging.settled import substituted
from symnet.lecture.judging.wording import understood
from symnet.lecture.knowledge.names import known
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Big, Call, Expr, Negate, Number, Paren, Product, Quotient, Symbol
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import outcome_of
from symnet.lecture.verdict import Assumption, Finding


def judge_loss(claim: Claim, here: Definition) -> Finding | None:
    r"""A binary cross-entropy in which one symbol stands for another, as in ``y \log p + (1 - y) \log(1 - y)``."""
    raw = claim.raw[1]
    if raw is None or claim.context is None:
        return None
    core = _core(raw)
    symbols = list(dict.fromkeys(s for s in core.walk() if isinstance(s, Symbol) and s.name != "log"))
    inner = {part for s in symbols for part in s.walk() if part is not s}
    names = [s for s in symbols if s not in inner]
    if len(names) != 2 or sum(isinstance(p, Call) for p in core.walk()) < 2:
        return None
    loss = known("BCE")
    if loss is None:
        return None
    targets = []
    for order in loss.matching(names):
        for variant in loss.variants:
            if variant.of == "scalar":
                value = variant.value
                for argument, actual in zip(variant.arguments, order):
                    value = substituted(value, argument, actual)
                targets.append(value)
    if any(_same(claim, core, target) for target in targets):
        return None
    for place in _places(core, names):
        for other in names:
            changed = _replaced_at(core, place, other)
            if changed != core and any(_same(claim, changed, target) for target in targets):
                return _lost(claim, core, changed, other)
    return None


def _core(expr: Expr) -> Expr:
    """What stands under the sums, without sign and factors."""
    while True:
        if isinstance(expr, (Negate, Paren)):
            expr = expr.arg
        elif isinstance(expr, Big) and expr.op == "sum":
            expr = expr.body
        elif isinstance(expr, Product) and isinstance(_unwrapped(expr.left), (Quotient, Number, Negate)):
            expr = expr.right
        else:
            return expr


def _unwrapped(expr: Expr) -> Expr:
    return _unwrapped(expr.arg) if isinstance(expr, (Negate, Paren)) else expr


def _same(claim: Claim, a: Expr, b: Expr) -> bool:
    """Are two formulas the same up to a constant factor, where both are defined?"""
    assert claim.context is not None
    naming = claim.context.naming
    trial = replace(claim, left=naming.resolve(a), right=naming.resolve(b), relation="=", conditions=())
    names = {r.key for r in refs(trial.left)}  # type: ignore[arg-type]
    outcome = outcome_of(trial, equal, treat_open=frozenset(names), facts=dict.fromkeys(names, "unit"))
    if outcome is None or not outcome.points:
        return False
    return outcome.holds or outcome.ratio not in (None, "varies", 0)


def _places(expr: Expr, names: list[Symbol], path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if expr in names:
        yield path
        return
    for k, child in enumerate(expr.children()):
        yield from _places(child, names, (*path, k))


def _replaced_at(expr: Expr, path: tuple[int, ...], new: Expr) -> Expr:
    if not path:
        return replace(new, span=expr.span)
    counter = iter(range(10**6))
    return expr.map(lambda e: _replaced_at(e, path[1:], new) if next(counter) == path[0] else e)


def _lost(claim: Claim, core: Expr, changed: Expr, symbol: Symbol) -> Finding:
    raw = claim.raw
    assert raw[0] is not None and raw[1] is not None
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=understood(claim),
        reason=f"this is not the binary cross-entropy: {latex_of(symbol)} is missing in one place",
        assumptions=(Assumption("what the binary cross-entropy is", "convention"),),
        correction=f"{latex_of(raw[0])} = {latex_of(substituted(raw[1], core, changed))}",
    )
