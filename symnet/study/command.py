"""The command ``symnet study``.  Only click is imported here; the rest when it runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from symnet.console import Choice, errors, files, print_json


@click.command(short_help="Prove the lines of a study and print its page.")
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Write the pages of all studies, in every language.")
@click.option("--lang", type=Choice(["en", "ru"]), default="en", show_default=True, help="Language of the page.")
@click.option("--to", "form", type=Choice(["md"]), default="md", show_default=True, help="Form of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write the page to PATH, and its pictures to pictures/ beside it; with --all, the folder of the pages.",
)
def study(name: str | None, everything: bool, lang: str, form: str, as_json: bool, output: Path | None) -> None:
    """Prove every line of the study NAME and run its experiments; without NAME list the studies.

    Exit code 1 when a line is not proved or an experiment does not show what it should.

    \b
    Examples:
      symnet study
      symnet study optimizers
      symnet study optimizers --lang ru -o optimizers.md
      symnet study --all -o docs/studies
    """
    from symnet.files import write_all
    from symnet.study import load_study, pages, summaries

    if everything:
        if name is not None or output is None:
            raise click.UsageError("--all takes no NAME, and the folder of the pages as -o")
        texts, wrong = pages(output)
        write_all(texts)
        click.echo(f"wrote {files(texts).removesuffix(' is').removesuffix(' are')} to {output}")
    elif output is not None and output.suffix.lower() not in ("", ".md"):
        raise click.UsageError(f"a page is Markdown, and {output} ends in {output.suffix}; name a .md")
    elif name is None:
        if output is not None:
            raise click.UsageError("-o needs a NAME, or --all; `symnet study` lists the studies")
        if as_json:
            print_json(summaries(lang))
            return
        width = max(map(len, summaries(lang)))
        click.echo("\n".join(f"{key:{width}}  {title}" for key, title in summaries(lang).items()))
        return
    else:
        found = load_study(name)
        wrong = found.wrong(lang)
        if output:
            texts = found.files(output, lang)
            write_all(texts)
            for path in texts:
                click.echo(f"wrote {path}")
        elif as_json:
            print_json(found.to_dict(lang))
        else:
            click.echo(found.markdown(language=lang), nl=False)
    errors([f"not shown: {sentence}" for sentence in wrong])
    sys.exit(int(bool(wrong)))
