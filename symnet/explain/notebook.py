"""A derivation as a notebook: formulas in Markdown cells, the generated module, and a check of its gradients.

The check needs nothing but NumPy: it differentiates the forward pass numerically, entry by entry, at a small random
point, and compares.  Cell ids count the cells, so that equal derivations give equal bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symnet.explain.program import program
from symnet.explain.render import MARKDOWN, render
from symnet.explain.texts import texts

if TYPE_CHECKING:
    from symnet.check.sample import Sample
    from symnet.derivation import Derivation
    from symnet.ir.graph import Graph, Node

_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def notebook(derivation: Derivation, language: str = "en") -> Any:
    """An nbformat 4 notebook; run from top to bottom it ends with the largest relative error of every gradient."""
    import nbformat

    words = texts(language)
    page = render(derivation, MARKDOWN, language, code="")
    cells = [nbformat.v4.new_markdown_cell(part.strip()) for part in _SECTION.split(page) if part.strip()]
    code = program(derivation)
    if code:
        headings, sentences = words["headings"], words["sentences"]
        cells += [
            nbformat.v4.new_markdown_cell(f"## {headings['program']}\n\n{sentences['program']}"),
            nbformat.v4.new_code_cell(code.rstrip()),
            nbformat.v4.new_markdown_cell(f"## {headings['check']}\n\n{sentences['check']}"),
            nbformat.v4.new_code_cell(check_code(derivation, language).rstrip()),
        ]
    for k, cell in enumerate(cells):
        cell["id"] = f"cell-{k}"
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book.metadata["language_info"] = {"name": "python"}
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
        wanted=[n.name for n in graph.differentiable_inputs],
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
        return f"np.eye({shape[-1]})[rng.integers(0, {shape[-1]}, {shape[:-1]})]"
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
