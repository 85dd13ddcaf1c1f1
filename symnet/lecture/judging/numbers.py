"""Equations between numbers, ``2 \\cdot 3^2 = 18``: computed, with room for what is rounded."""

from __future__ import annotations

import re
from dataclasses import replace

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.refs import Ref
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.known import is_known
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Call, Dots, Expr, Infinity, Negate, Number, Power, Product, Symbol
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.verdict import Finding

#: a decimal of at most so many places is not rounded to one place: 3/4 is not 0.8
_SHORT = 3
#: the bases of logarithms, 0 is e
BASES = (0, 2, 10)
#: by how much of itself a number may differ from what is said to be about as large
ROUGH = 0.1
#: a comma or a blank between digits, a percent sign behind them
_LOOSE = re.compile(r"\d\s*(,|\{,\}|\\,|~)\s*\d|\d\s*\\?%")


def is_numeric(claim: Claim) -> bool:
    """Do numbers alone stand on both sides?"""
    sides = (claim.left, claim.right)
    if any(side is None or isinstance(side, Ref) or not _is_number(claim, side) for side in sides):
        return False
    return not is_loose(claim)


def is_loose(claim: Claim) -> bool:
    """Are there digits apart that may be one number, ``10 000`` or ``0, 5``, or a percent sign?"""
    if any(_LOOSE.search(piece) for piece in _around(claim)):
        return True
    parts = claim.parts
    beside = [p for p in parts if isinstance(p, Product) and p.op == "juxtapose"]
    return any(_is_digits(p.right) and _is_digits(_last(p.left)) for p in beside)


def _last(expr: Expr) -> Expr:
    """The factor that is written last."""
    while isinstance(expr, (Product, Negate)):
        expr = expr.right if isinstance(expr, Product) else expr.arg
    return expr


def _around(claim: Claim) -> tuple[str, str]:
    """The ends of the claim with what stands beside it: 0,5 = 1/2 may be a decimal comma."""
    first, second = claim.raw
    if first is None or second is None or first.span[0] < 0:
        return "", ""
    start, end = first.span[0], second.span[1]
    return claim.latex[max(0, start - 6) : start + 1], claim.latex[end - 1 : end + 6]


def _is_number(claim: Claim, expr: Expr) -> bool:
    if isinstance(expr, Ref):
        return expr.key == "\\pi" and not expr.indices and not claim.context.is_letter(expr.key)  # type: ignore[union-attr]
    if isinstance(expr, Power) and isinstance(expr.base, Ref) and expr.base.key == "e":
        return not claim.context.is_defined("e") and _is_number(claim, expr.exponent)  # type: ignore[union-attr]
    if isinstance(expr, Call):
        name = expr.function.key if isinstance(expr.function, Ref) else "\\sigma"
        if name == "\\sigma" or expr.primes or expr.subs or not is_known(claim, name):
            return False  # sigma has several meanings
        return all(_is_number(claim, a) for a in expr.args)
    if isinstance(expr, (Symbol, Dots, Infinity)):
        return False
    return all(_is_number(claim, part) for part in expr.children())


def _is_digits(expr: Expr) -> bool:
    while isinstance(expr, (Product, Power)):
        expr = expr.left if isinstance(expr, Product) else expr.base
    return isinstance(expr, Number)


def judge_numbers(claim: Claim, outcome: Outcome) -> Finding:
    """Numbers that are not equal: rounded, or wrong; a result that stands alone is corrected."""
    found = outcome.counterexample or {}
    try:
        left, right = float(found["left"]), float(found["right"])
    except (KeyError, TypeError, ValueError):  # matrices of numbers
        return _wrong(claim, outcome)
    places = _places(claim.left) or _places(claim.right)
    if _is_rounded(*((right, left) if _places(claim.left) else (left, right)), places):
        return blank(
            claim, "approximation", method="numeric", reason=f"rounds to {places} decimal place{'s' * (places > 1)}"
        )
    first, second = claim.raw
    if isinstance(claim.left, Number) and isinstance(claim.right, Number):
        return _wrong(claim, outcome)
    if isinstance(claim.right, (Number, Negate)) and first is not None and (value := _written(left, places)):
        return _wrong(claim, outcome, f"{latex_of(first)} = {value}")
    if isinstance(claim.left, (Number, Negate)) and second is not None and (value := _written(right, places)):
        return _wrong(claim, outcome, f"{value} = {latex_of(second)}")
    return _wrong(claim, outcome)


def judge_approximation(claim: Claim) -> Finding:
    """``0.9^{10} \\approx 0.35``: computed where numbers alone stand on both sides, one of them a decimal."""
    open_yet = blank(claim, "approximation", reason="not checkable as stated")
    places = _places(claim.right) or _places(claim.left)
    if claim.relation != "~=" or not places or not is_numeric(claim):
        return open_yet
    findings = [_approximately(claim, base, places) or open_yet for base in BASES if not base or _has_log(claim)]
    return next((f for f in findings if f.verdict == "approximation"), findings[0])


def _has_log(claim: Claim) -> bool:
    """Is there a logarithm of which the base is not written?"""
    calls = (p for p in claim.parts if isinstance(p, Call) and not p.subs)
    return any(isinstance(p.function, Ref) and p.function.key == "log" for p in calls)


def _approximately(claim: Claim, base: float, places: int) -> Finding | None:
    """The finding on numbers that are said to be about equal, with logarithms of one base."""
    outcome = outcome_of(claim, equal, reading=Reading(log_base=base))
    if outcome is None or not outcome.points:
        return None
    if outcome.holds:
        return blank(claim, "approximation", method="numeric", reason="the numbers are equal")
    found = judge_numbers(claim, outcome)
    if found.verdict == "approximation" or isinstance((outcome.counterexample or {}).get("left"), str):
        return found
    left, right = (float((outcome.counterexample or {})[side]) for side in ("left", "right"))
    if abs(left - right) <= max(1.0000001 / 10**places, ROUGH * max(abs(left), abs(right))):
        return blank(claim, "approximation", method="numeric", reason=f"the numbers are {left:.6g} and {right:.6g}")
    return replace(found, correction=found.correction and found.correction.replace(" = ", " \\approx "))


def _wrong(claim: Claim, outcome: Outcome, correction: str | None = None) -> Finding:
    return blank(
        claim,
        "refuted",
        method="numeric",
        reason="the numbers differ",
        counterexample=outcome.counterexample,
        correction=correction,
    )


def _written(value: float, places: int) -> str:
    """A value as it would stand there, with as many places as the wrong one where it has no end."""
    if value == round(value, 4):
        return f"{value:.6g}"
    return f"{value:.{places}f}" if places else ""


def _places(expr: Expr | None) -> int:
    """The decimal places of a number as it is written; 0 for everything else."""
    while isinstance(expr, Negate):
        expr = expr.arg
    text = expr.text if isinstance(expr, Number) else ""
    return len(text.split(".")[1]) if "." in text else 0


def _is_rounded(value: float, written: float, places: int) -> bool:
    """Is ``written``, with so many decimal places, the rounded ``value``?"""
    if places == 0 or abs(value - written) > 0.5000001 / 10**places:
        return False
    short = abs(value * 10**_SHORT - round(value * 10**_SHORT)) < 1e-6
    return not (short and places < 2)
