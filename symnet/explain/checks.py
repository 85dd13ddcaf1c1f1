"""The check of a page's program, as a table that is the same on every machine: the bounds that it kept.

Measured errors depend on the processor and its libraries, so a page promises a bound for each method; a check that
does not keep its bound is shown as failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

from symnet.ir.training import TrainingStep
from symnet.printing.dialects import Dialect
from symnet.printing.index_notation import Printer
from symnet.printing.names import symbol_of
from symnet.printing.updates import RulePrinter

if TYPE_CHECKING:
    from symnet.check.report import Report
    from symnet.derivation import Derivation
    from symnet.ir.op import Op

#: method of a check -> the relative error that a page promises
BOUNDS = {"forward": 1e-10, "central": 1e-7, "complex": 1e-10}
READABLE = "readable"


@dataclass(frozen=True)
class Bound:
    """The errors of one array by one method, over all draws of sizes."""

    symbol: str
    method: str
    bound: str
    kept: bool


@dataclass(frozen=True)
class Check:
    """The table, the number of draws, and the key of the sentence that says what was done."""

    rows: tuple[Bound, ...]
    draws: int
    key: str


def checked(op: Op, style: str = READABLE) -> Report:
    """The check of an operation's module in a style; it is remembered."""
    import symnet

    memo = op.__dict__.setdefault("_check_reports", {})
    if style not in memo:
        memo[style] = symnet.check_gradients(op, style=style)
    return memo[style]


def kept(report: Report) -> bool:
    """Is every error of a report within the bound of its method?"""
    return report.ok and all(row.error <= BOUNDS[_method(row.method)] for row in report.rows)  # a NaN is not


def check_of(derivation: Derivation, printer: Printer) -> Check | None:
    """The check of the derivation's program; None where it has none."""
    if derivation.what != "gradient":
        return None
    symbols = {n.name: printer.expression(n.value) for n in derivation.graph.nodes}
    gradients = {name: printer.expression(n.value) for name, n in derivation.gradients.items()}
    states: Mapping[str, str] = {}
    if isinstance(derivation.op, TrainingStep):
        states = RulePrinter(derivation.op.rule, printer.dialect, page=printer.notation.names).states()
    return table(checked(derivation.op), symbols, printer.dialect, gradients=gradients, states=states)


def table(
    report: Report,
    symbols: Mapping[str, str],
    dialect: Dialect,
    key: str = "checked",
    gradients: Mapping[str, str] | None = None,
    states: Mapping[str, str] | None = None,
) -> Check:
    """A report as bounds; ``symbols`` are the arrays as the page prints them, ``gradients`` those by its inputs, and
    ``states`` what a training step keeps of each parameter."""
    rows: dict[tuple[str, str], list[bool]] = {}
    for row in report.rows:
        method = _method(row.method)
        rows.setdefault((row.input, method), []).append(row.ok and row.error <= BOUNDS[method])

    def bound(name: str, method: str, fine: list[bool]) -> Bound:
        known = symbols if method == "forward" else gradients or symbols
        return Bound(_shown(name, known, states or {}, dialect), method, _power(BOUNDS[method], dialect), all(fine))

    bounds = tuple(bound(name, method, fine) for (name, method), fine in rows.items())
    said = key if kept(report) else key.replace("checked", "not_kept")
    return Check(bounds, min(map(len, rows.values()), default=0), said)


def _method(name: str) -> str:
    """Directions and entries are one method; what raises is compared with nothing, and its error is infinite."""
    return next((key for key in BOUNDS if name.startswith(key)), "forward")


def _shown(name: str, symbols: Mapping[str, str], states: Mapping[str, str], dialect: Dialect) -> str:
    """An array as the page prints it; ``w, m`` is the state m of w."""
    array, _, state = name.partition(", ")
    looks = [(array, symbols), (state, states)] if state else [(array, symbols)]
    return ", ".join(known.get(part) or dialect.symbol(symbol_of(part)).text for part, known in looks)


def _power(bound: float, dialect: Dialect) -> str:
    return dialect.number("1", round(log10(bound))).text


__all__ = ["Check", "check_of", "checked", "kept", "table"]
