"""The command ``symnet graph``.  Only click is imported here; the rest when a picture is drawn."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Draw a computational graph.")
@click.argument("name")
@click.option("--at", "given", metavar="X=VALUE", multiple=True, help="Value of an array or constant; may be repeated.")
@click.option(
    "--data", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Arrays by name, an .npz file."
)
@click.option("--sample", is_flag=True, help="Values and gradients at a small random point.")
@click.option("--operations", is_flag=True, help="Every elementary operation as a node of its own.")
@click.option("--lang", metavar="LANGUAGE", default="en", show_default=True, help="Language of the words: en or ru.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write FILE, an .svg."
)
def graph(
    name: str,
    given: tuple[str, ...],
    data: Path | None,
    sample: bool,
    operations: bool,
    lang: str,
    output: Path | None,
) -> None:
    """Draw the computational graph of NAME as SVG: intermediates with their formulas, and how data flows.

    At a point it shows the value of every node, and the gradients that flow back. Without a point it shows shapes.

    \b
    Examples:
      symnet graph batch_norm -o batch_norm.svg
      symnet graph computational_graph --at x=-2 --at y=5 --at z=-4 -o graph.svg
      symnet graph softmax --at "z=[[1, 2, 3]]" --operations -o softmax.svg
      symnet graph mylayers.py:rms_norm --sample -o rms_norm.svg
    """
    from symnet.build import write_all
    from symnet.errors import SymnetError
    from symnet.loading import load_operation
    from symnet.pictures.graph import graph as drawn
    from symnet.pictures.point import read_values

    if output and output.suffix.lower() != ".svg":
        raise SymnetError(f"{output} is not the name of an SVG", hint="end it in .svg")
    values = read_values(given, data)
    picture = drawn(load_operation(name), values, sample=sample, operations=operations, lang=lang)
    text = picture.svg()
    if output:
        write_all({output: text})
    else:
        click.echo(text, nl=False)


__all__ = ["graph"]
