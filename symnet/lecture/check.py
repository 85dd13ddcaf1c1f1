"""Documents in, reports out: reading, judging in processes under a time limit, and remembering what was judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnet.errors import SymnetError
from symnet.lecture.cache import Kept, digest, finding_of
from symnet.lecture.effort import CLAIM
from symnet.lecture.report.language import language_of
from symnet.lecture.verdict import ACCEPTED, FOUND, DocumentReport, Finding
from symnet.lecture.workers import Answer, Workers

if TYPE_CHECKING:
    from symnet.lecture.claims.claim import Claim
    from symnet.lecture.documents.documents import Document

ENGINE = "symnet.lecture.judging.judge"
LIMIT = 10.0  # seconds for a claim
READING = 12  # limits that reading a whole document may take


@dataclass(frozen=True)
class Options:
    """How to check: ``jobs`` processes (default: one per processor), ``limit`` seconds for each claim."""

    jobs: int | None = None
    limit: float = LIMIT
    cache: bool = True


@dataclass(frozen=True)
class Alteration:
    """One accepted claim that was altered, and what became of it."""

    original: Finding
    altered: Finding

    @property
    def caught(self) -> bool:
        return self.altered.verdict in FOUND

    @property
    def accepted(self) -> bool:
        return self.altered.verdict in ACCEPTED


@dataclass(frozen=True)
class Progress:
    """What a progress bar is told: how many claims there are, and each one that is judged."""

    started: Callable[[int], None] = lambda total: None
    done: Callable[[str], None] = lambda what: None


@dataclass(frozen=True)
class Read:
    """A document with its claims; ``error`` where it could not be read."""

    path: Path
    document: Document | None = None
    claims: tuple[Any, ...] = ()
    findings: tuple[Finding, ...] | None = None  # of the last check, when nothing has changed
    error: str = ""
    whole: str = ""


def check_document(path: str | Path, options: Options = Options()) -> DocumentReport:
    """The verdict on every formula of one document, in the order in which they stand there."""
    return check_documents([path], options)[0]


def check_lecture(
    path: str | Path, *, jobs: int | None = None, limit: float = LIMIT, cache: bool = True
) -> DocumentReport:
    """The verdict on every formula of a document; raises SymnetError where it can not be read.

    ``jobs`` processes work on it (default: one per processor), ``limit`` seconds on each claim at most; verdicts
    of an earlier check are used again unless ``cache`` is False.
    """
    report = check_document(path, Options(jobs, limit, cache))
    if report.error:
        raise SymnetError(report.error)
    return report


def check_documents(
    paths: Iterable[str | Path], options: Options = Options(), progress: Progress = Progress()
) -> list[DocumentReport]:
    """The reports on documents, in their order; one that can not be read says so in its ``error``."""
    with _workers(options) as workers:
        reads = [_read(Path(path), options, workers) for path in paths]
        tasks = [(read, claim) for read in reads if read.findings is None for claim in read.claims]
        progress.started(len(tasks))
        kept = {read.path: Kept(read.path) for read in reads if read.claims and options.cache}
        return [_report(read, options, workers, progress, kept.get(read.path)) for read in reads]


def last_claims(paths: Iterable[str | Path], options: Options = Options()) -> list[Claim | None]:
    """The last claim of each document; None where there is none."""
    with _workers(options) as workers:
        return [(_read(Path(path), options, workers, always=True).claims or (None,))[-1] for path in paths]


def judge_claims(claims: Iterable[Claim], options: Options = Options()) -> list[Finding]:
    """The findings on claims, without corrections."""
    claims = list(claims)
    with _workers(options) as workers:
        answers = workers.map(ENGINE, "judge", [(c, CLAIM, False) for c in claims], options.limit, lambda: None)
        return [_finding(claim, answer) for claim, answer in zip(claims, answers)]


def explain_claims(path: str | Path, line: int, options: Options = Options()) -> list[str]:
    """For each claim on a line of a document: its verdict, what was assumed for it, and why."""
    with _workers(options) as workers:
        read = _read(Path(path), options, workers, always=True)
        if read.error:
            raise SymnetError(read.error)
        here = [claim for claim in read.claims if claim.line <= line <= claim.end_line]
        here = [claim for claim in here if getattr(claim, "row", None) == line] or here
        if not here:
            lines = sorted({claim.line for claim in read.claims}, key=lambda other: (abs(other - line), other))
            near = "no formula is in this document" if not lines else f"the nearest one is on line {lines[0]}"
            raise SymnetError(f"no formula is on line {line} of {path}", hint=near)
        asked = [(claim,) for claim in here]
        answers = workers.map(ENGINE, "explain", asked, 3 * options.limit, lambda: None)
        return [answer.error or str(answer.value).rstrip() for answer in answers]


def alter_claims(
    reports: Sequence[DocumentReport], options: Options = Options(), progress: Progress = Progress()
) -> list[list[Alteration]]:
    """For each report, the alterations of its accepted claims, judged in their turn."""
    results = []
    for report in reports:
        with _workers(options) as workers:
            read = _read(Path(report.file), options, workers, always=True)
            pairs = [(claim, f) for claim, f in zip(read.claims, report.claims) if f.verdict in ACCEPTED]
            found = workers.map(__name__, "altered", [(c,) for c, _ in pairs], options.limit, lambda: None)
        tasks = [(f, other) for (_, f), answer in zip(pairs, found) for other in answer.value or ()]
        progress.started(len(tasks))
        with _workers(options) as workers:
            judged = _judge([other for _, other in tasks], options, workers, lambda: progress.done("alterations"))
            results.append([Alteration(f, _finding(o, a)) for (f, o), a in zip(tasks, judged)])
    return results


def altered(claim: Any) -> list[Any]:
    """The alterations of a claim (run by a worker)."""
    from symnet.lecture.judging.mutants import mutants_of

    return list(mutants_of(claim))


# One document


def _read(path: Path, options: Options, workers: Workers, always: bool = False) -> Read:
    """A document with its claims; without them where the last check still holds, unless ``always``."""
    from symnet.build import internal_error
    from symnet.lecture.documents.documents import read_document

    try:
        document = read_document(path)
    except SymnetError as error:
        return Read(path, error=str(error))
    except Exception as error:  # a defect of symnet; the other documents are still checked
        return Read(path, error=internal_error(error, f" in {path}"))
    whole = digest(repr(document), repr(options.limit))
    if options.cache and not always:
        kept = Kept(path)
        if kept.whole == whole:
            return Read(path, document, findings=tuple(kept.findings), whole=whole)
    answer = workers.call(ENGINE, "claims_of", document, limit=READING * options.limit)
    if answer.error:
        return Read(path, document, findings=tuple(_unread(document, answer.error)), whole=whole)
    return Read(path, document, tuple(answer.value), whole=whole)


def _report(read: Read, options: Options, workers: Workers, progress: Progress, kept: Kept | None) -> DocumentReport:
    language = language_of(f"{f.before} {f.after}" for f in read.document.formulas) if read.document else "en"
    if read.error or read.findings is not None:
        return DocumentReport(str(read.path), read.findings or (), read.error, language)
    keys = [digest(claim.key, repr(options.limit)) for claim in read.claims]
    known = {key: kept.by_key[key] for key in keys if kept and key in kept.by_key}
    for _ in range(len(read.claims) - sum(key not in known for key in keys)):
        progress.done(read.path.name)
    # the same claim twice in a document is judged once
    new = {key: claim for key, claim in zip(keys, read.claims) if key not in known}
    answers = dict(zip(new, _judge(list(new.values()), options, workers, lambda: progress.done(read.path.name))))
    findings, keep = [], []
    for key, claim in zip(keys, read.claims):
        finding = _placed(claim, known[key]) if key in known else _finding(claim, answers[key])
        findings.append(finding)
        keep.append(key if key in known or answers[key].lasting else "")
    if kept:
        kept.write(read.whole, keep, findings)
    return DocumentReport(str(read.path), tuple(findings), language=language)


def _judge(claims: list[Any], options: Options, workers: Workers, done: Callable[[], None]) -> list[Answer]:
    return workers.map(ENGINE, "judge", [(claim,) for claim in claims], options.limit, done)


def _finding(claim: Any, answer: Answer) -> Finding:
    """The finding of an answer; not understood where there is none."""
    if isinstance(answer.value, Finding):
        # what is kept is JSON, so a first report is made of JSON too
        return _placed(claim, finding_of(json.loads(json.dumps(answer.value.as_dict(), default=str))))
    return Finding(
        claim.line,
        claim.column,
        claim.end_line,
        claim.latex,
        claim.link,
        kind=str(getattr(claim, "kind", "") or "equality"),
        verdict="not-understood",
        reason=answer.error or "it was not judged",
        cell=claim.cell,
    )


def _placed(claim: Any, finding: Finding) -> Finding:
    """A finding where its claim stands now."""
    place = {name: getattr(claim, name) for name in ("line", "column", "end_line", "latex", "link", "cell")}
    return replace(finding, **place, row=getattr(claim, "row", None))


def _unread(document: Document, why: str) -> Iterable[Finding]:
    """Every formula of a document whose claims could not be read."""
    reason = f"the document could not be read as a whole: {why}"
    for f in document.formulas:
        yield Finding(
            f.line, f.column, f.end_line, f.latex, 0, "equality", "not-understood", reason=reason, cell=f.cell
        )


def _workers(options: Options) -> Workers:
    from symnet.build import processors

    return Workers(options.jobs or processors())
