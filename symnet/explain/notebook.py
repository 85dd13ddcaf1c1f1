"""A derivation as a notebook: formulas in Markdown cells, the generated module, and a check of its gradients.

The check needs nothing but NumPy: it differentiates the forward pass numerically, entry by entry, at a small random
point, and compares.  Cell ids count the cells, so that equal derivations give equal bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symnet.errors import SymnetError
from symnet.explain.options import DEFAULT, Options
from symnet.explain.program import program
from symnet.explain.render import MARKDOWN, render
from symnet.explain.texts import texts
from symnet.pictures.pages import attach, linked

if TYPE_CHECKING:
    from symnet.check.sample import Sample
    from symnet.derivation import Derivation
    from symnet.ir.graph import Graph, Node

_SECTION = re.compile(r"^(?=## )", re.MULTILINE)
KERNEL = "python3"
SECONDS = 120  # for one cell


def notebook(derivation: Derivation, options: Options = DEFAULT) -> Any:
    """An nbformat 4 notebook; run from top to bottom it ends with the largest relative error of every gradient."""
    words = texts(options.lang)
    pictures = linked(derivation, "attachment:", options.lang)
    page = render(derivation, MARKDOWN, replace(options, check=False), code="", pictures=pictures)
    parts: list[Text | Code] = [Text(page)]
    code = program(derivation)
    if code:
        headings, sentences = words["headings"], words["sentences"]
        multiplies = sentences["program_unit"] if derivation.unit else ""
        parts += [
            Text(f"## {headings['program']}\n\n{sentences['program']} {multiplies}".rstrip()),
            Code(code),
            Text(f"## {headings['check']}\n\n{sentences['check']}"),
            Code(check_code(derivation, options.lang)),
        ]
    book = as_notebook(parts)
    for cell in book.cells:
        attach(cell, derivation.op)
    return book


class Text(str):
    """Markdown, which becomes a cell for each section."""


class Code(str):
    """A cell of code."""


def as_notebook(parts: Iterable[Text | Code]) -> Any:
    """The parts as cells, in order."""
    import nbformat

    cells = []
    for part in parts:
        if isinstance(part, Code):
            cells.append(nbformat.v4.new_code_cell(part.rstrip()))
        else:
            cells += [nbformat.v4.new_markdown_cell(text.strip()) for text in _SECTION.split(part) if text.strip()]
    for k, cell in enumerate(cells):
        cell["id"] = f"cell-{k}"
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book.metadata["language_info"] = {"name": "python"}
    return book


def executed(book: Any) -> Any:
    """The notebook with the outputs of its cells, run in a kernel of its own; raises SymnetError where a cell fails.

    No time of a run is kept, so that equal outputs give equal bytes.
    """
    import subprocess
    import tempfile
    from copy import deepcopy

    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    book = deepcopy(book)
    metadata = deepcopy(book.metadata)
    with tempfile.TemporaryDirectory(prefix="symnet-") as folder:
        client = NotebookClient(
            book, timeout=SECONDS, record_timing=False, resources={"metadata": {"path": folder}}, kernel_name=KERNEL
        )
        try:
            client.execute(stderr=subprocess.DEVNULL)  # remarks of the kernel, not of a cell
        except CellExecutionError as error:
            raise SymnetError(f"a cell of the notebook fails: {error.ename}: {error.evalue}".rstrip(": ")) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise SymnetError(f"the notebook was not executed: {type(error).__name__}") from None
        except NoSuchKernel:
            hint = f"install it: {sys.executable} -m ipykernel install --user"
            raise SymnetError(f"Jupyter knows no kernel called {KERNEL}", hint=hint) from None
    book.metadata = metadata  # the kernel adds its own version
    return book


@dataclass(frozen=True)
class Drawn:
    """A line of the check that makes an input."""

    name: str
    value: str


def check_code(derivation: Derivation, language: str = "en") -> str:
    """Plain NumPy that compares ``backward`` with central differences of ``forward``."""
    import numpy as np

    from symnet.check.sample import draw
    from symnet.resources import environment

    graph = derivation.graph
    point = draw(graph, np.random.default_rng(0))
    template = environment().get_template("explain/check.py.jinja")
    return template.render(
        inputs=[Drawn(n.name, _value(n, graph, point)) for n in graph.inputs],
        wanted=[n.name for n in graph.differentiable_inputs if n.name in derivation.gradients],
        several=graph.several,
        words=texts(language)["check"],
    )


def _value(node: Node, graph: Graph, point: Sample) -> str:
    """NumPy code for a random input of the node's kind, of the shape of ``point``."""
    shape = point.inputs[node.name].shape
    normal = f"rng.standard_normal({shape})"
    if _bound_by_facts(node, graph):
        return f"np.array({point.inputs[node.name].round(12).tolist()})"
    if node.kind == "labels":
        from symnet.check.sizes import extent

        return f"rng.integers(0, {extent(node.below, point.sizes)}, {shape})"
    if node.kind == "mask":
        return f"rng.integers(0, 2, {shape}).astype(float)"
    if node.kind == "one_hot":
        (along,) = graph.sums_to_one(node)
        rest = shape[:along] + shape[along + 1 :]
        rows = f"np.eye({shape[along]})[rng.integers(0, {shape[along]}, {rest})]"
        return rows if along == len(rest) else f"np.moveaxis({rows}, -1, {along})"
    if node.kind == "positive" or point.domain == "positive":
        return f"np.asarray(np.exp(0.5 * {normal}))"
    if point.domain == "unit interval":
        return f"np.asarray(1 / (1 + np.exp(-{normal})))"
    return f"np.asarray({normal})"


def _bound_by_facts(node: Node, graph: Graph) -> bool:
    """Facts that a random draw would not obey: the entries are written out."""
    from symnet.ir.expr import nodes_of

    if node.kind == "one_hot":
        return False
    return any(node.name in nodes_of(fact.lhs) for fact in graph.facts)
