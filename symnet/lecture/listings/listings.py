"""Code listings: hand-written gradients, updates and well-known functions in NumPy are claims.

    findings_of(listing, earlier) -> one Finding per statement that says something

The code is read from its syntax and never run.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symnet.lecture.listings.findings import Listing
from symnet.lecture.listings.programs import programs
from symnet.lecture.listings.report import Report
from symnet.lecture.listings.source import Source, is_python, read_source
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import dotted
from symnet.lecture.verdict import Finding


def findings_of(
    listing: Listing,
    earlier: Sequence[Listing] = (),
    limit: float = 10,
    simplex: Mapping[str, str] | None = None,
    bits: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """The findings of one listing, in the order of its lines; ``earlier`` are the listings before it.

    ``simplex`` are the names whose entries sum to 1 by what the document says, ``bits`` those whose entries are 0 or 1,
    with where it says so.
    ``limit`` is in seconds of computing; what is not judged by then is 'not-understood' with that reason.
    """
    if not is_python(listing.language) or not listing.code.strip():
        return ()
    source = read_source(listing.code)
    if not source.tree.body and not _looks_like_code(listing.code):
        return ()
    start = time.process_time()
    report = Report(listing, source, start + limit, start + 0.4 * limit, simplex or {}, bits or {})
    context = earlier_lines(source, earlier)
    for program in programs(source.tree, source.lines, context):
        report.program(program)
    report.syntax()
    return report.findings()


def _looks_like_code(code: str) -> bool:
    return bool(re.search(r"^\s*[\w.\[\]']+\s*[-+*/]?=[^=]|\bnp\.|\bdef |\bfor .*:|\bwhile .*:", code, re.MULTILINE))


def earlier_lines(source: Source, earlier: Sequence[Listing]) -> list[Line]:
    """Statements of earlier listings that give values to names which this one reads or has gradients of."""
    chosen: list[list[Line]] = []
    tree = source.tree
    for before in reversed(earlier[-12:]):
        if not is_python(before.language):
            continue
        missing = _missing([line for part in chosen for line in part], tree, source)
        if not missing:
            break
        found = read_source(before.code)
        lines = [line for p in programs(found.tree, found.lines)[:1] if not p.name for line in p.lines]
        useful = any(set(line.names) & missing for line in lines)
        again = {n for line in lines if line.gradient for n in line.names} & _assigned(tree, source)
        if useful:
            lines = [line for line in lines if not line.update and not (again and line.gradient)]
            chosen.insert(0, [replace(line, own=False) for line in lines])
    return [line for part in chosen for line in part]


def _assigned(tree: ast.Module, source: Source) -> set[str]:
    return {n for p in programs(tree, source.lines)[:1] for line in p.lines for n in line.names}


def _missing(context: list[Line], tree: ast.Module, source: Source) -> set[str]:
    """Names that are read before they have a value, and targets of gradients without one."""
    have: set[str] = set()
    found: set[str] = set()
    own = [line for p in programs(tree, source.lines)[:1] for line in p.lines if not p.name]
    for line in [*context, *own]:
        if isinstance(line.stmt, ast.FunctionDef):
            have.add(line.stmt.name)
            continue
        value = getattr(line.stmt, "value", None)
        reads = {k for k in map(dotted, ast.walk(value)) if k} if value is not None else set()
        if isinstance(line.stmt, ast.AugAssign):
            reads |= set(line.names)
        found |= {r for r in reads if r not in have and r.split(".")[0] not in ("np", "numpy")}
        have |= set(line.names)
        for name in line.names:
            m = re.match(r"^(?:grad_|d)(\w+)$", name) or re.match(r"^(\w+)_grad$", name)
            if m and m[1] not in have:
                found.add(m[1])
    return found
