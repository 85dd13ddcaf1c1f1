"""The command ``symnet bench``.  Only click is imported here; the rest when a run begins."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click


@click.command(short_help="Time generated modules against others.")
@click.option("--workload", "workloads", metavar="NAME", multiple=True, help="Only this workload; may be repeated.")
@click.option("--threads", metavar="LIST", default="1,2", show_default=True, help="Numbers of threads.")
@click.option("--dtype", "dtypes", metavar="LIST", default="float32,float64", show_default=True, help="Dtypes.")
@click.option("--with", "only", metavar="LIST", help="Only these contestants, such as fast,textbook,torch.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, max=3600),
    default=2.0,
    show_default=True,
    help="Time for the repeats of one row.",
)
@click.option("--accuracy", is_flag=True, help="Tell the largest errors in units in the last place, not times.")
@click.option("--memory", is_flag=True, help="Tell the memory of the generated modules, not times.")
@click.option("--small", is_flag=True, help="Arrays of a few entries, to see that all contestants work.")
@click.option("--json", "json_file", metavar="FILE", type=click.Path(path_type=Path), help="Write the results as JSON.")
@click.option("--page", metavar="FILE", type=click.Path(path_type=Path), help="Write the tables as Markdown.")
@click.option("--picture", metavar="FILE", type=click.Path(path_type=Path), help="Draw bars (.png, .svg, .pdf).")
def bench(
    workloads: tuple[str, ...],
    threads: str,
    dtypes: str,
    only: str | None,
    seconds: float,
    accuracy: bool,
    memory: bool,
    small: bool,
    json_file: Path | None,
    page: Path | None,
    picture: Path | None,
) -> None:
    """Time the forward and backward pass of generated modules against NumPy by hand and installed libraries.

    The contestants of a row run in turns in one process; each number of threads has a process of its own. A contestant
    whose result differs from that of the others gets a mark in place of a time. The floor is the time that the machine
    needs for the bytes, the matrix products or the exponentials, whichever is longest.

    \b
    Examples:
      symnet bench
      symnet bench --workload layer-norm --threads 1 --dtype float32
      symnet bench --json bench.json --page bench.md --picture bench.png
      symnet bench --accuracy
      symnet bench --memory
    """
    from symnet.bench import choice, run

    if accuracy and memory:
        raise click.UsageError("--accuracy and --memory are two different tables")
    if picture and (accuracy or memory):
        raise click.UsageError("--picture shows times only")
    chosen = choice.choose(workloads, dtypes, threads, only)
    command = ["symnet", *sys.argv[1:]]
    with ExitStack() as files:
        outputs = run.open_files(files, json_file, picture, page, shlex.join(command))
        if accuracy:
            run.accuracy(chosen, outputs, progress, small)
        elif memory:
            run.memory(chosen, outputs, progress, small)
        else:
            run.times(chosen, outputs, progress, seconds, small)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """A function to call after each piece of work; it moves a bar on stderr when somebody is there to watch it."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda piece: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda piece: bar.update(task, advance=1, description=f"{title}: {piece}")
