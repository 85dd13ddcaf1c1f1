"""The commands ``symnet graph`` and ``symnet plot``.  Only click is imported here; the rest when a picture is drawn."""

from __future__ import annotations

from pathlib import Path

import click

from symnet.console import Choice

given_option = click.option(
    "--at", "given", metavar="X=VALUE", multiple=True, help="Value of an array or constant; may be repeated."
)
data_option = click.option(
    "--data", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Arrays by name, an .npz file."
)
lang_option = click.option(
    "--lang", metavar="LANGUAGE", default="en", show_default=True, help="Language of the words: en or ru."
)
output_option = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write FILE, an .svg."
)


@click.command(short_help="Draw a computational graph.")
@click.argument("name")
@given_option
@data_option
@click.option("--sample", is_flag=True, help="Values and gradients at a small random point.")
@click.option("--operations", is_flag=True, help="Every elementary operation as a node of its own.")
@lang_option
@output_option
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
    from symnet.loading import load_operation
    from symnet.pictures.graph import graph as drawn
    from symnet.pictures.point import read_values

    _check(output)
    values = read_values(given, data)
    picture = drawn(load_operation(name), values, sample=sample, operations=operations, lang=lang)
    _write(picture.svg(), output)


@click.command(short_help="Draw curves, surfaces and paths.")
@click.argument("name")
@click.option(
    "--kind",
    type=Choice(["curve", "surface", "path", "steps"]),
    help="What to draw; without it the first that NAME has.",
)
@click.option("--between", metavar="X=LOW,HIGH", multiple=True, help="Range of an axis; may be repeated.")
@click.option("--wrt", metavar="X", help="The input whose two entries span the surface.")
@click.option("--rule", "rules", metavar="RULE", multiple=True, help="Draw the path of this rule, or of FILE.py:RULE.")
@click.option("--start", metavar="A,B", help="Where paths start.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Steps of a path.")
@click.option("--set", "settings", metavar="C=NUMBER", multiple=True, help="Constant of the update rules, as lr=0.1.")
@given_option
@data_option
@lang_option
@output_option
def plot(
    name: str,
    kind: str | None,
    between: tuple[str, ...],
    wrt: str | None,
    rules: tuple[str, ...],
    start: str | None,
    steps: int,
    settings: tuple[str, ...],
    given: tuple[str, ...],
    data: Path | None,
    lang: str,
    output: Path | None,
) -> None:
    """Draw NAME as SVG, always with its derived gradient.

    \b
    curve    an elementwise operation and its derivative
    surface  level lines of a function of two numbers, arrows along the negative gradient
    path     the same with the paths of update rules
    steps    the error of finite differences against their step

    \b
    Examples:
      symnet plot gelu -o gelu.svg
      symnet plot logistic_regression --wrt w -o surface.svg
      symnet plot logistic_regression --wrt w --rule momentum --rule adam --set lr=0.1 -o paths.svg
      symnet plot softmax_cross_entropy --kind steps -o steps.svg
    """
    from symnet.loading import load_operation
    from symnet.pictures.plot import plot as drawn
    from symnet.pictures.point import read_values

    _check(output)
    choice = {
        "wrt": wrt,
        "rules": rules,
        "start": _pair(start) if start else None,
        "steps": steps,
        "between": {axis: _range(axis, low_high) for axis, _, low_high in (text.partition("=") for text in between)},
        "constants": read_values(settings, None),
        "given": read_values(given, data),
    }
    _write(drawn(load_operation(name), kind, lang=lang, **choice).svg(), output)


def _range(axis: str, text: str) -> tuple[float, float]:
    from symnet.errors import SymnetError

    low, high = _pair(text)
    if low >= high:
        raise SymnetError(f"the range of {axis} is empty", hint="write x=-2,2")
    return low, high


def _pair(text: str) -> tuple[float, float]:
    from math import isfinite

    from symnet.errors import SymnetError

    try:
        first, second = map(float, text.split(","))
        if not (isfinite(first) and isfinite(second)):
            raise ValueError
    except ValueError:
        raise SymnetError(f"'{text}' is no pair of numbers", hint="write -2,2") from None
    return first, second


def _check(output: Path | None) -> None:
    from symnet.errors import SymnetError

    if output and output.suffix.lower() != ".svg":
        raise SymnetError(f"{output} is not the name of an SVG", hint="end it in .svg")


def _write(text: str, output: Path | None) -> None:
    from symnet.files import write_all

    if output:
        write_all({output: text})
    else:
        click.echo(text, nl=False)


__all__ = ["graph", "plot"]
