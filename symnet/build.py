"""The main job: every operation derived, explained, written as NumPy and checked; then all files at once.

Work is done per operation, in a pool of processes, and returns texts.  Only when every operation has succeeded
are the texts written: each beside its target first, then renamed, so that no reader meets half a file.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnet.errors import SymnetError
from symnet.files import module_name, module_path, refuse_foreign, text_of, write_all, written_here
from symnet.loading import catalogue_names, load_operation, rule_names

if TYPE_CHECKING:
    from symnet import Op

MODULES = Path("generated")
PAGES = Path("docs/derivations")
STYLES = ("readable", "fast")


@dataclass(frozen=True)
class Product:
    """What one operation comes out as; ``pages`` are by path, none when only the module was asked for."""

    name: str
    family: str
    summary: str
    modules: Mapping[str, str]  # by style
    pages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The result of one piece of work, or the sentence that says why there is none.

    ``found`` tells a finding about the operation (its gradient check fails) from a request that can not be met.
    """

    spec: str
    value: Any = None
    error: str = ""
    found: bool = False


class WorkFailed(SymnetError):
    """Some operations failed; nothing was written."""

    def __init__(self, failures: Sequence[Outcome]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(failure.error for failure in failures))

    @property
    def found(self) -> bool:
        """True when every failure is a finding about an operation, none an unreadable request."""
        return all(failure.found for failure in self.failures)


class CheckFailed(SymnetError):
    """The gradient check of an operation does not pass."""


@dataclass(frozen=True)
class Training:
    """How losses are to be trained: the update rule by its name, and the parameters (None: what is no data)."""

    rule: str
    parameters: str | None = None


# One operation


def _loaded(spec: str, training: Training | None) -> Op:
    """The operation, or the training step of it."""
    from symnet.ir.training import training_step

    op = load_operation(spec)
    return training_step(op, training.rule, training.parameters) if training else op


def make_module(
    spec: str,
    styles: Sequence[str] = STYLES,
    training: Training | None = None,
    what: str = "gradient",
    wrt: Sequence[str] | None = None,
) -> Product:
    """The generated modules of one operation, or of a training step of it; or of its Jacobian and the like."""
    op = _loaded(spec, training)
    return Product(op.name, "", "", _modules(op, styles, what, wrt))


def make_all(spec: str, cache: bool = True) -> Product:
    """Modules and derivation pages of one operation, whose gradients have passed their check.

    Unless ``cache`` is False, they come from an earlier run where nothing that decides them has changed.
    """
    from symnet.kept import kept

    op = load_operation(spec)
    return Product(**kept(op, lambda: asdict(_made(op)))) if cache else _made(op)


def _made(op: Op) -> Product:
    from symnet.explain.catalogue import pages
    from symnet.explain.checks import checked, kept

    for style in STYLES:
        report = checked(op, style)
        if not kept(report):
            raise CheckFailed(f"the gradient check of {op.name} ({style}) fails\n{report.table()}")
    return Product(op.name, op.family or "", op.doc or "", _modules(op, STYLES), pages(op))


def _modules(
    op: Op, styles: Sequence[str], what: str = "gradient", wrt: Sequence[str] | None = None
) -> Mapping[str, str]:
    """The modules of an operation by style, or the one with another function by what it computes."""
    from symnet.codegen import module_source

    if what != "gradient":
        return {what: module_source(op, what=what, wrt=wrt)}
    return {style: module_source(op, style, wrt=wrt) for style in styles}


@dataclass(frozen=True)
class Verdict:
    """The gradient check of one operation, as data and as a table."""

    ok: bool
    data: Mapping[str, Any]
    table: str


def verify(spec: str, seed: int = 0, trials: int = 3, style: str = "fast", training: Training | None = None) -> Verdict:
    """The gradient check of one operation, or of a training step of it."""
    import symnet

    op = _loaded(spec, training)
    report = symnet.check_gradients(op, seed=seed, trials=trials, style=style)
    return Verdict(bool(report.ok), {"operation": op.name, **report.to_dict()}, report.table())


# Many operations


def everything() -> tuple[str, ...]:
    """The names of the whole catalogue: operations, then update rules."""
    return (*catalogue_names(), *rule_names())


def run_all(
    work: Callable[[str], Any],
    specs: Sequence[str],
    jobs: int | None = None,
    started: Callable[[int], None] = lambda total: None,
    done: Callable[[str], None] = lambda spec: None,
) -> list[Outcome]:
    """``work`` applied to every spec by ``jobs`` processes (default: one per processor), in the order of ``specs``.

    ``started`` hears how many there are, ``done`` each one that is finished.
    """
    started(len(specs))
    jobs = min(jobs or processors(), len(specs))
    if jobs <= 1:
        outcomes = []
        for spec in specs:
            outcomes.append(_attempt(work, spec))
            done(spec)
        return outcomes

    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_one_thread)
    try:
        futures = {pool.submit(_attempt, work, spec): spec for spec in specs}
        for future in as_completed(futures):
            future.result()
            done(futures[future])
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise SymnetError("a worker process was ended from outside", hint="try again with --jobs 1") from error
    finally:
        pool.shutdown(cancel_futures=True)


def processors() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one_thread() -> None:
    """The processes already fill the processors: BLAS threads on top of them would only wait for each other."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def _attempt(work: Callable[[str], Any], spec: str) -> Outcome:
    try:
        return Outcome(spec, work(spec))
    except SymnetError as error:
        return Outcome(spec, error=str(error), found=isinstance(error, CheckFailed))
    except Exception as error:  # a defect of symnet, reported with the operation that shows it
        if os.environ.get("SYMNET_TRACEBACK"):
            traceback.print_exc()
        return Outcome(spec, error=internal_error(error, f" in {spec}"))


def internal_error(error: Exception, where: str = "") -> str:
    """The sentence for an exception that is a defect of symnet, not of the request."""
    return (
        f"internal error{where} ({type(error).__name__}: {error}); please report it, "
        "SYMNET_TRACEBACK=1 shows the traceback"
    )


def values(outcomes: Iterable[Outcome]) -> list[Any]:
    """The values of outcomes that all succeeded; raises WorkFailed with every failure otherwise."""
    outcomes = list(outcomes)
    failures = [outcome for outcome in outcomes if outcome.error]
    if failures:
        raise WorkFailed(failures)
    return [outcome.value for outcome in outcomes]


# Files


@dataclass(frozen=True)
class Plan:
    """The files as they should be: texts to write, and files of operations that are gone."""

    texts: Mapping[Path, str]
    extra: tuple[Path, ...] = ()

    def stale(self) -> dict[Path, tuple[str, str]]:
        """The files that differ, each with its text on disk and as it should be (empty: no such file)."""
        differing = {path: (text_of(path), text) for path, text in self.texts.items() if text_of(path) != text}
        return differing | {path: (text_of(path), "") for path in self.extra}

    def write(self) -> list[Path]:
        """Bring the files on disk up to date; returns those that changed.  A file of anyone else stays, as an error."""
        changed = list(self.stale())
        for path in changed:
            refuse_foreign(path)
        write_all({path: self.texts[path] for path in changed if path in self.texts})
        for path in self.extra:
            path.unlink()
        return changed


def plan_modules(
    specs: Sequence[str],
    folder: Path,
    styles: Sequence[str] = STYLES,
    training: Training | None = None,
    what: str = "gradient",
    wrt: Sequence[str] | None = None,
    **running: Any,
) -> Plan:
    """The generated modules of ``specs`` in ``folder``; without specs those of the whole catalogue, and no others."""
    work = partial(make_module, styles=tuple(styles), training=training, what=what, wrt=wrt)
    products = values(run_all(work, list(specs) or everything(), **running))
    texts = _by_path(products, folder)
    kept = {folder / f"{module_name(p.name, style)}.py": "" for p in products for style in STYLES}
    return Plan(texts, () if specs else _extra(folder, "*.py", kept))


def plan_build(root: Path = Path(), cache: bool = True, **running: Any) -> Plan:
    """All that the main job keeps below ``root``: modules, derivation pages and their index."""
    from symnet.explain.catalogue import Entry, indices

    products: list[Product] = values(run_all(partial(make_all, cache=cache), everything(), **running))
    modules = _by_path(products, root / MODULES)
    found = [p.pages for p in products] + [indices(Entry(p.name, p.family, p.summary) for p in products)]
    pages = {root / PAGES / path: text for group in found for path, text in group.items()}
    extra = [_extra(root / PAGES, pattern, pages) for pattern in ("**/*.md", "**/*.svg")]
    return Plan(modules | pages, sum(extra, _extra(root / MODULES, "*.py", modules)))


def verify_all(
    specs: Sequence[str], seed: int, trials: int, style: str = "fast", training: Training | None = None, **running: Any
) -> list[Outcome]:
    """The verdict on each of ``specs``, or of the whole catalogue."""
    work = partial(verify, seed=seed, trials=trials, style=style, training=training)
    return run_all(work, list(specs) or everything(), **running)


def _by_path(products: Iterable[Product], folder: Path) -> dict[Path, str]:
    texts: dict[Path, str] = {}
    named = [(module_path(folder, p.name, style), text) for p in products for style, text in p.modules.items()]
    for path, text in named:
        if texts.setdefault(path, text) != text:
            raise SymnetError(f"two operations would be written to {path}", hint="rename one of them")
    return texts


def _extra(folder: Path, pattern: str, wanted: Mapping[Path, str]) -> tuple[Path, ...]:
    """Files that symnet wrote in ``folder`` for operations that are gone; a file of anyone else is left alone."""
    found = sorted(path for path in folder.glob(pattern) if path not in wanted)
    return tuple(path for path in found if written_here(text_of(path)))
