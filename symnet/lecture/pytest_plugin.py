"""Lectures as tests: ``pytest --symnet lecture.md``, or documents that the ini option ``symnet_documents`` names.

Each claim is a test: it fails when it is refuted or ill-typed, and is skipped when it could not be judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from symnet.lecture.verdict import Finding

PATTERNS = ("*.md", "*.tex", "*.ipynb")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("symnet")
    group.addoption(
        "--symnet",
        action="store_true",
        help=f"collect lectures: files that are named, {', '.join(PATTERNS)} in folders",
    )
    group.addoption("--symnet-limit", type=float, default=10.0, metavar="SECONDS", help="time for one claim")
    parser.addini("symnet_documents", "patterns of the documents whose formulas are checked", type="args", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Lecture | None:
    config = parent.config
    patterns = config.getini("symnet_documents") or (PATTERNS if config.getoption("symnet") else ())
    relative = file_path.relative_to(config.rootpath) if file_path.is_relative_to(config.rootpath) else file_path
    wanted = any(relative.match(pattern) for pattern in patterns)
    if wanted or config.getoption("symnet") and parent.session.isinitpath(file_path) and file_path.suffix != ".py":
        return Lecture.from_parent(parent, path=file_path)
    return None


class Lecture(pytest.File):
    """A document; its tests are its claims."""

    def collect(self) -> Iterator[Claim]:
        from symnet.lecture.check import Options, check_document
        from symnet.lecture.report.machine import case_name

        report = check_document(self.path, Options(limit=self.config.getoption("symnet_limit")))
        if report.error:
            raise self.CollectError(report.error)
        names: dict[str, int] = {}
        for finding in report.claims:
            name = case_name(finding)
            names[name] = names.get(name, 0) + 1
            again = f" ({names[name]})" if names[name] > 1 else ""
            yield Claim.from_parent(self, name=name + again, finding=finding)


class Claim(pytest.Item):
    """One claim of a document."""

    def __init__(self, *, finding: Finding, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.finding = finding

    def runtest(self) -> None:
        from symnet.lecture.report.machine import OPEN
        from symnet.lecture.verdict import FOUND

        if self.finding.verdict in OPEN:
            pytest.skip(f"{self.finding.verdict}: {self.finding.reason}")
        if self.finding.verdict in FOUND:
            raise Wrong(self.finding.verdict)

    def repr_failure(self, excinfo, style=None):
        from symnet.lecture.report.words import message

        if isinstance(excinfo.value, Wrong):
            return f"{self.path}:{self.finding.row or self.finding.line}: {message(self.finding)}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.finding.line - 1, self.name


class Wrong(Exception):
    """A claim of a document is wrong."""
