"""Deriving: from a forward definition to its gradients, with the record of how.

    d = derive(op)                         gradients of every differentiable input (the vector-Jacobian product)
    d = derive(op, "x", what="jacobian")   also "hessian", "jvp" and "hvp"

A Derivation is a list of named steps; every back end (page, code, check) reads that record and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.errors import SymnetError
from symnet.frames import room_for
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.loading import as_operation

if TYPE_CHECKING:
    from nbformat import NotebookNode

WHAT = ("gradient", "jacobian", "hessian", "jvp", "hvp")


@dataclass(frozen=True)
class Step:
    """One line of a derivation: ``node = before = after`` by the named rule.

    ``kind`` is definition, stable, chain, fact, rewrite or result; ``identities`` are the equations that the rule used,
    ``notes`` where they come from; ``reads`` names the nodes that a chain line goes through, or the adjoints put in.
    """

    kind: str
    rule: str
    node: Node
    before: sp.Expr | None
    after: sp.Expr
    identities: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    notes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Gradient(Node):
    """A gradient (or Jacobian, Hessian, tangent) that prints itself; ``axes`` and ``expr`` are its definition."""

    graph: Graph | None = None

    def latex(self) -> str:
        """The equation in LaTeX, in index notation."""
        from symnet.printing.index_notation import latex_equation

        return latex_equation(self.value, self.expr, self.graph)

    def text(self) -> str:
        """The equation for a terminal."""
        from symnet.printing.index_notation import text_equation

        return text_equation(self.value, self.expr, self.graph)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, eq=False)
class Derivation:
    """What was derived and how.

    ``gradients[name]`` is the node of the gradient with respect to that input (of a Jacobian: output axes, then input
    axes; of a tangent: by output).  ``graph`` is the author's, ``stable`` the same after the stable phase; ``backward``
    are the nodes to compute, in order, from ``stable`` and the ``upstream`` gradients.

    The forms that it prints in take the reader's ``choice``: ``lang`` is "en" or "ru"; ``notation`` is "index",
    "matrix" or "both"; ``detail`` is "brief", "normal" or "full"; ``example=True`` adds a worked example in numbers.
    """

    op: Op
    graph: Graph
    stable: Graph
    what: str
    wrt: tuple[str, ...]
    steps: tuple[Step, ...]
    upstream: tuple[Node, ...]
    backward: tuple[Node, ...]
    gradients: Mapping[str, Any]  # of Gradient once it is finished
    unit: bool = False  # the one output is a scalar: in the record its upstream gradient is 1
    certificate: str = ""  # how the result was checked

    @cached_property
    def shown(self) -> Mapping[str, Node]:
        """The results as the record prints them, by name (of a scalar loss: with upstream gradient 1)."""
        return {s.node.name: s.node for s in self.steps if s.kind == "result"}

    @cached_property
    def lines(self) -> tuple[Node, ...]:
        """What a Jacobian or a Hessian is computed from where it is not one formula."""
        if self.what not in ("jacobian", "hessian"):
            return ()
        results = {n.name for n in self.gradients.values()}
        return tuple(n for n in self.backward if n.name not in results)

    # -- back ends ------------------------------------------------------------------------------------------------
    def latex(self, standalone: bool = True, **choice: Any) -> str:
        """The record as a LaTeX document, or as the body of one."""
        from symnet.explain import Options, latex_document

        return latex_document(self, standalone=standalone, options=Options(**choice))

    def markdown(self, **choice: Any) -> str:
        """The record as a Markdown page with formulas."""
        from symnet.explain import Options, markdown

        return markdown(self, Options(**choice))

    def text(self, **choice: Any) -> str:
        """The record for a terminal."""
        from symnet.explain import Options, text

        return text(self, Options(**choice))

    def notebook(self, **choice: Any) -> NotebookNode:
        """The record as a notebook (an nbformat node)."""
        from symnet.explain import Options, notebook

        return notebook(self, Options(**choice))

    def html(self, **choice: Any) -> str:
        """The record as a page for a browser, which asks no other host for anything."""
        from symnet.explain import Options, html_page

        return html_page(self, Options(**choice))

    def pdf(self, **choice: Any) -> bytes:
        """The record as a PDF, made by the TeX engine of this machine."""
        from symnet.explain import Options, pdf

        return pdf(self, Options(**choice))

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        from symnet.explain import html

        return html(self)

    def _repr_latex_(self) -> str:
        return self.latex(standalone=False)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<derivation of {self.what} of {self.graph.name}: {', '.join(self.gradients)}>"


def derive(op, wrt: str | Iterable[str] | None = None, what: str = "gradient") -> Any:
    """Derive the gradients (or Jacobian, Hessian, tangent) of an operation; the result is remembered.

    ``op`` is an operation, the name of one of the catalogue, or ``"file.py:name"``; ``wrt`` names inputs (default: all
    differentiable ones); ``what`` is one of

    - ``"gradient"``: the vector-Jacobian product, given the gradient with respect to the output;
    - ``"jacobian"``: output axes, then input axes;
    - ``"hessian"``: of a scalar output, the axes of the input twice; either is one formula, or where that would be too
      long, and where steps follow each other in a scan, the lines of the chain rule that it is computed from;
    - ``"jvp"``: the change of the outputs when the inputs change in a direction;
    - ``"hvp"``: of a scalar loss, the change of its gradients then, the product of its Hessian with the direction.

    An update rule gives the page of its step; of a training step the gradients of its parameters are derived.
    The result is checked at a random point before it is handed out.

    Raises SymnetError for an unknown input or request, DefinitionError for a definition that can not be read,
    DerivationError for a result that fails its check.
    """
    from symnet.check.certificate import certify  # upwards on purpose: nothing is handed out unchecked
    from symnet.deriving import Deriver
    from symnet.explain.updates import UpdatePage
    from symnet.ir.training import TrainingStep
    from symnet.ir.update import UpdateRule

    op = as_operation(op)
    if isinstance(op, TrainingStep) and wrt is None:
        wrt = op.parameters
    if isinstance(op, UpdateRule):
        if wrt is not None or what != "gradient":
            raise SymnetError(f"{op.name} is an update rule, which has no {what}", hint="ask without wrt and what")
        return UpdatePage(op)
    if what not in WHAT:
        raise SymnetError(f"'{what}' can not be derived", hint=f"choose one of {', '.join(WHAT)}")
    graph = op.graph
    inputs = _chosen(graph, names_of(wrt))
    key = (what, tuple(n.name for n in inputs))
    memo = op.__dict__.setdefault("_derivations", {})
    if key not in memo:
        with room_for(graph.name):
            derivation = Deriver(op, graph, inputs, what).run()
            printable = {name: _gradient(node, derivation.stable) for name, node in derivation.gradients.items()}
            memo[key] = replace(derivation, gradients=printable, certificate=certify(derivation))
    return memo[key]


def _gradient(node: Node, graph: Graph) -> Gradient:
    return Gradient(**{f.name: getattr(node, f.name) for f in fields(Node)}, graph=graph)


def names_of(wrt: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """The inputs that ``wrt`` names; None where it is left out."""
    if wrt is None or isinstance(wrt, str):
        return None if wrt is None else (wrt,)
    names = tuple(wrt) if isinstance(wrt, Iterable) else ()
    if not names:
        raise SymnetError(f"wrt is {wrt!r}, which names no input", hint='write wrt="x", or wrt=["x", "w"]')
    return names


def _chosen(graph: Graph, names: tuple[str, ...] | None) -> tuple[Node, ...]:
    possible = {n.name: n for n in graph.differentiable_inputs}
    if names is None:
        if not possible:
            raise SymnetError("no input has a gradient", place=graph.place)
        return tuple(possible.values())
    for name in names:
        if name not in possible:
            why = "gets no gradient" if name in graph.by_name and graph.by_name[name].is_input else "is not an input"
            raise SymnetError(
                f"'{name}' {why}", place=graph.place, hint=f"inputs with a gradient: {', '.join(possible)}"
            )
    return tuple(n for n in possible.values() if n.name in names)
