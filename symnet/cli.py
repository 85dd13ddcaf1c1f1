"""The command line.  Only click is imported here: each command imports what it needs, so that help is immediate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symnet import __version__
from symnet.bench.command import bench
from symnet.console import Choice, errors, files, print_json, progress
from symnet.pictures.command import graph, plot
from symnet.study.command import study

if TYPE_CHECKING:
    from symnet.build import Plan

FORMS = ("md", "tex", "ipynb", "html", "pdf", "txt")
SUFFIXES = {f".{form}": form for form in FORMS} | {".htm": "html", ".text": "txt", "": "txt"}
DIFF_LINES = 40


class Commands(click.Group):
    """Turns errors into one sentence on stderr and exit code 2; a finding has exit code 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            message = error.format_message()
            if isinstance(error, click.NoSuchOption) and not error.possibilities:
                message += " Options stand behind their command, as in: symnet derive softmax --lang ru"
            errors([message])
            ctx.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        from symnet.errors import SymnetError

        try:
            return super().invoke(ctx)
        except SymnetError as error:
            failures = getattr(error, "failures", ())
            errors([failure.error for failure in failures] or [str(error)])
            ctx.exit(1 if getattr(error, "found", False) else 2)
        except KeyboardInterrupt:
            errors(["interrupted"])
            ctx.exit(130)
        except click.UsageError as error:
            errors([error.format_message()])
            ctx.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("SYMNET_TRACEBACK"):
                raise
            from symnet.build import internal_error

            errors([internal_error(error)])
            ctx.exit(2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A compiler for the mathematics of neural networks.

    One forward definition in; derived, explained, generated and checked gradients out.
    NAME is an operation of the catalogue (batch_norm) or of your own file (mylayers.py:rms_norm).

    \b
    Exit codes: 0 fine; 1 something was found (a failed gradient check, a stale
    file); 2 bad usage or unreadable input.

    \b
    Examples:
      symnet list
      symnet derive softmax --what jacobian
      symnet generate mylayers.py:rms_norm -o .
      symnet verify batch_norm
    """


@main.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(as_json: bool) -> None:
    """List the operations and update rules of the catalogue.

    \b
    Examples:
      symnet list
      symnet list --json
    """
    from symnet import catalog

    everything = (*catalog.FAMILIES.items(), *catalog.RULES.items())
    families = {family: [catalog.load(name) for name in names] for family, names in everything}
    if as_json:
        print_json(
            [
                {"name": op.name, "family": family, "doc": op.doc, "source": op.source}
                for family, ops in families.items()
                for op in ops
            ]
        )
        return
    width = max((len(op.name) for ops in families.values() for op in ops), default=0)
    for family, ops in families.items():
        click.echo(family)
        for op in ops:
            click.echo(f"  {op.name:{width}}  {op.doc}".rstrip())


def _form_of(output: Path) -> str:
    """The form that the suffix of a file asks for; without one, plain text."""
    try:
        return SUFFIXES[output.suffix.lower()]
    except KeyError:
        known = ", ".join(f".{form}" for form in FORMS)
        raise click.UsageError(f"no form of a derivation ends in {output.suffix}; take {known}, or --to FORM") from None


wrt_option = click.option("--wrt", metavar="X", multiple=True, help="Only with respect to X; may be repeated.")


@main.command(short_help="Derive gradients step by step.")
@click.argument("name")
@wrt_option
@click.option(
    "--what",
    type=Choice(["gradient", "jacobian", "hessian", "jvp", "hvp"]),
    default="gradient",
    show_default=True,
    help="What to derive.",
)
@click.option(
    "--to",
    "form",
    type=Choice([*FORMS, "text"]),
    metavar=f"[{'|'.join(FORMS)}]",
    help="Form of the derivation; without it, the suffix of FILE decides, else txt.",
)
@click.option("--lang", metavar="LANGUAGE", default="en", show_default=True, help="Language of the words: en or ru.")
@click.option(
    "--notation",
    type=Choice(["index", "matrix", "both"]),
    default="both",
    show_default=True,
    help="Index lines, matrix lines wherever there are any, or index lines with the matrices beside the result.",
)
@click.option(
    "--detail",
    type=Choice(["brief", "normal", "full"]),
    default="normal",
    show_default=True,
    help="Definitions and result; one line for each step; or the proofs of lemmas and what is put in as well.",
)
@click.option("--example", is_flag=True, help="Add every value in one small example.")
@click.option("--check/--no-check", default=None, help="Check the program and show the table (default: but for txt).")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write FILE.")
def derive(
    name: str,
    wrt: tuple[str, ...],
    what: str,
    form: str | None,
    lang: str,
    notation: str,
    detail: str,
    example: bool,
    check: bool | None,
    output: Path | None,
) -> None:
    """Derive the gradients of NAME, step by step; print the step of an update rule.

    A notebook is executed, so that it holds the output of its check.

    \b
    Examples:
      symnet derive batch_norm
      symnet derive softmax --wrt z --what jacobian
      symnet derive mylayers.py:rms_norm -o rms_norm.ipynb
      symnet derive batch_norm --lang ru --detail full --example -o batch_norm.html
    """
    if form is None:
        form = _form_of(output) if output else "txt"
    if form == "pdf" and output is None:
        raise click.UsageError("a PDF is not for the terminal; name a file: -o FILE.pdf")
    import symnet
    from symnet.explain import Options
    from symnet.files import write_all
    from symnet.loading import load_operation

    shown = check if check is not None else form in ("md", "tex", "html", "pdf")
    choice = vars(Options(lang, notation, detail, example, shown))
    derivation = symnet.derive(load_operation(name), wrt=wrt or None, what=what)
    if form == "pdf":
        assert output is not None
        write_all({output: derivation.pdf(**choice)})
        return
    if form == "ipynb":
        import nbformat

        from symnet.explain.notebook import executed

        text = nbformat.writes(executed(derivation.notebook(**choice)))
    else:
        method = {"md": "markdown", "tex": "latex", "html": "html"}.get(form, "text")
        text = getattr(derivation, method)(**choice)
    text = text.rstrip("\n") + "\n"
    if output:
        write_all({output: text})
    else:
        click.echo(text, nl=False)


@main.command(short_help="An exercise with blanks, and its check.")
@click.argument("name")
@click.option(
    "--check",
    "filled",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Judge the answers in FILE, an exercise that was filled in.",
)
@click.option("--to", "form", type=Choice(["md", "ipynb"]), default="md", show_default=True, help="Form.")
@click.option("--lang", metavar="LANGUAGE", default="en", show_default=True, help="Language of the words: en or ru.")
@click.option("--hide", metavar="X", multiple=True, help="Hide only the gradient of X; may be repeated.")
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the exercise and its solutions (default: here).",
)
def exercise(name: str, filled: Path | None, form: str, lang: str, hide: tuple[str, ...], folder: Path) -> None:
    """Write the derivation of NAME with blanks in place of gradients, and its solutions; or judge the answers.

    An answer may have any equivalent form. Exit code 1 when one is not right.

    \b
    Examples:
      symnet exercise softmax_cross_entropy
      symnet exercise batch_norm --to ipynb --lang ru --hide gamma --hide x
      symnet exercise batch_norm --check batch_norm-exercise.md
    """
    from symnet.explain.exercise_files import read_document, report, write
    from symnet.loading import load_operation

    op = load_operation(name)
    if folder.suffix in (".md", ".ipynb") and not folder.is_dir():
        raise click.UsageError(f"-o names a folder, and {folder} is a file by its name; --to gives the form")
    if filled is None:
        for path in write(op, folder, form, lang, hide):
            click.echo(f"wrote {path}")
        return
    lines, right = report(op, read_document(filled), lang)
    click.echo("\n".join(lines))
    sys.exit(int(not right))


names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use (default: one per processor)."
)


update_option = click.option(
    "--update", metavar="RULE", help="A training step of each NAME, a loss, by this update rule."
)
parameters_option = click.option(
    "--parameters", metavar="W,B,...", help="What --update trains; without it, all that does not run along the samples."
)


def _training(names: tuple[str, ...], update: str | None, parameters: str | None) -> Any:
    """The training that was asked for, or None."""
    from symnet.build import Training

    if update is None:
        if parameters is not None:
            raise click.UsageError("--parameters says what --update trains")
        return None
    if not names:
        raise click.UsageError("--update wants the NAME of a loss")
    return Training(update, parameters)


@main.command(short_help="Write NumPy modules.")
@names_argument
@update_option
@parameters_option
@click.option(
    "--what",
    type=Choice(["gradient", "jacobian", "hessian", "jvp", "hvp"]),
    default="gradient",
    show_default=True,
    help="What to compute; all but the gradient are one function in DIR/NAME_WHAT.py.",
)
@wrt_option
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    default=Path("generated"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the modules.",
)
@click.option(
    "--style",
    type=Choice(["readable", "fast", "numba", "both"]),
    default="both",
    show_default=True,
    help="NAME.py as a textbook prints it, NAME_fast.py planned for memory and cache; NAME_numba.py is compiled.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a module is stale.")
@jobs_option
def generate(
    names: tuple[str, ...],
    update: str | None,
    parameters: str | None,
    what: str,
    wrt: tuple[str, ...],
    folder: Path,
    style: str,
    check: bool,
    jobs: int | None,
) -> None:
    """Write the NumPy modules of each NAME, or of the whole catalogue, to DIR/NAME.py and DIR/NAME_fast.py.

    With --update the module is a training step, DIR/NAME_RULE_step.py: its `step` returns the loss, the new parameters
    and the new state.

    \b
    Examples:
      symnet generate
      symnet generate classifier --update adam -o .
      symnet generate softmax_cross_entropy --what hvp -o .
      symnet generate two_layer_network --wrt w1 --wrt w2 -o .
      symnet generate mylayers.py:rms_norm -o .
      symnet generate --check
    """
    from symnet.build import STYLES, plan_modules

    styles = STYLES if style == "both" else (style,)
    training = _training(names, update, parameters)
    asked = [*(["--what", what] if what != "gradient" else []), *(word for x in wrt for word in ("--wrt", x))]
    if asked and (training or not names):
        raise click.UsageError(f"{' '.join(asked[:2])} wants the NAME of an operation, and no --update")
    with progress("generating") as running:
        plan = plan_modules(names, folder, styles, training, what, wrt or None, jobs=jobs, **running)
    command = ["symnet", "generate", *names, *asked]
    if training:
        command += ["--update", training.rule]
        command += ["--parameters", training.parameters] if training.parameters is not None else []
    if style != "both":
        command += ["--style", style]
    if folder != Path("generated"):
        command += ["-o", str(folder)]
    _settle(plan, check, command)


@main.command(short_help="Check gradients numerically.")
@names_argument
@update_option
@parameters_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random inputs.")
@click.option("--trials", type=click.IntRange(min=1), default=3, show_default=True, help="Sets of sizes to try.")
@click.option(
    "--style",
    type=Choice(["readable", "fast", "numba"]),
    default="fast",
    show_default=True,
    help="Which module to check.",
)
@jobs_option
def verify(
    names: tuple[str, ...],
    update: str | None,
    parameters: str | None,
    as_json: bool,
    seed: int,
    trials: int,
    style: str,
    jobs: int | None,
) -> None:
    """Check the gradients of each NAME, or of the whole catalogue, against numerical differentiation.

    \b
    Examples:
      symnet verify
      symnet verify classifier --update adam
      symnet verify batch_norm --trials 10 --seed 7
      symnet verify mylayers.py:rms_norm --json
    """
    from symnet.build import verify_all

    training = _training(names, update, parameters)
    with progress("verifying") as running:
        outcomes = verify_all(names, seed, trials, style, training, jobs=jobs, **running)
    failed = [outcome.error for outcome in outcomes if outcome.error]
    verdicts = [outcome.value for outcome in outcomes if not outcome.error]
    if as_json:
        print_json([verdict.data for verdict in verdicts])
    elif verdicts:
        click.echo("\n\n".join(verdict.table.strip("\n") for verdict in verdicts))
    errors(failed)
    sys.exit(2 if failed else int(not all(verdict.ok for verdict in verdicts)))


@main.command(short_help="Check the formulas of lectures.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object, or a list for several documents.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page (several: into a folder).")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
@click.option("--sarif", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write SARIF 2.1.0.")
@click.option("-v", "--verbose", is_flag=True, help="Print every claim, not only what was found.")
@click.option("--explain", type=click.IntRange(min=1), metavar="LINE", help="Only explain the claims on this line.")
@click.option("--mutants", is_flag=True, help="Alter each accepted claim and tell how many alterations are caught.")
@click.option(
    "--limit",
    type=click.FloatRange(min=0, max=86400, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for one claim.",
)
@click.option("--no-cache", is_flag=True, help="Judge every claim anew, and keep nothing.")
@jobs_option
def check(
    paths: tuple[Path, ...],
    as_json: bool,
    html: Path | None,
    junit: Path | None,
    sarif: Path | None,
    verbose: bool,
    explain: int | None,
    mutants: bool,
    limit: float,
    no_cache: bool,
    jobs: int | None,
) -> None:
    """Check the formulas of each PATH: a document (.md, .txt, .tex, .rst, .ipynb) or a folder of them.

    Exit code 1 when a claim is refuted or ill-typed, 2 when a document can not be read.

    \b
    Examples:
      symnet check lecture.md
      symnet check lecture.md --explain 12
      symnet check course/ --html report/ --junit report.xml
      symnet check lecture.md --json
    """
    from symnet.lecture.check import Options
    from symnet.lecture.command import Outputs, run

    if limit != limit:
        raise click.BadParameter("not a number", param_hint="--limit")
    options = Options(jobs, limit, cache=not no_cache)
    outputs = Outputs(as_json, verbose, explain, mutants, html, junit, sarif)
    sys.exit(run(paths, options, outputs, progress))


@main.command(short_help="Do all of it for the whole catalogue.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file is stale.")
@click.option("--no-cache", is_flag=True, help="Make everything anew, and keep nothing.")
@jobs_option
def build(check: bool, no_cache: bool, jobs: int | None) -> None:
    """Derive, generate, explain and check the whole catalogue.

    Writes generated/ and docs/derivations/ below the current folder, and nothing when any operation fails.

    \b
    Examples:
      symnet build
      symnet build --check
    """
    from symnet.build import plan_build

    with progress("building") as running:
        plan = plan_build(cache=not no_cache, jobs=jobs, **running)
    _settle(plan, check, ["symnet", "build"])


main.add_command(bench)
main.add_command(graph)
main.add_command(plot)
main.add_command(study)


def _settle(plan: Plan, check: bool, command: list[str]) -> None:
    """Write the plan; or only compare it with the disk, print what differs and the command that mends it."""
    if not check:
        changed = plan.write()
        for path in changed:
            click.echo(f"{'wrote' if path in plan.texts else 'removed'} {path}")
        click.echo(f"{files(plan.texts)} up to date, {len(changed)} changed")
        return
    stale = plan.stale()
    for path, (old, new) in stale.items():
        click.echo(_difference(path, old, new))
    if stale:
        import shlex

        click.echo(f"{len(stale)} of {len(plan.texts)} files are stale; to mend: {shlex.join(command)}")
        sys.exit(1)
    click.echo(f"{files(plan.texts)} up to date")


def _difference(path: Path, old: str, new: str) -> str:
    """A unified diff from the file on disk to the text it should have, cut to a readable length."""
    from difflib import unified_diff

    there, wanted = (str(path) if old else "/dev/null"), (str(path) if new else "/dev/null")
    lines = list(unified_diff(old.splitlines(), new.splitlines(), there, wanted, lineterm=""))
    if len(lines) > DIFF_LINES:
        lines[DIFF_LINES:] = [f"... {len(lines) - DIFF_LINES} more lines"]
    return "\n".join(lines) or f"{path}: line endings differ"


if __name__ == "__main__":
    main(prog_name="symnet")
