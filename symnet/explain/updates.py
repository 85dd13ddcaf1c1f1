"""An update rule as a page: what it keeps, its step as its source prints it, and the program."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symnet.explain.render import tex_plain
from symnet.ir.update import UpdateRule
from symnet.printing.dialects import Dialect, Latex, Text
from symnet.printing.updates import RulePrinter

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: the functions of the module that a reader wants to see
MAIN = ("_update", "_point")


@dataclass(frozen=True)
class Constant:
    """A constant of a rule."""

    look: str
    value: str
    range: str


@dataclass(frozen=True, eq=False)
class UpdatePage:
    """An update rule that prints itself: ``markdown()``, ``latex()``, ``text()``, ``notebook()``."""

    rule: UpdateRule

    def markdown(self) -> str:
        """The page in Markdown with formulas."""
        return self._render("explain/update.md.jinja", Latex())

    def section(self) -> str:
        """The step in Markdown, as a part of the page of a training step."""
        _, _, rest = self.markdown().partition("## The step\n")
        step, _, program = rest.partition("## Program\n")
        return f"## The update\n\n{self.rule.doc}\n{step}\n{program.strip()}\n"

    def latex(self, standalone: bool = True) -> str:
        """The page as a LaTeX document, or as the body of one."""
        return self._render("explain/update.tex.jinja", Latex(), standalone=standalone, plain=tex_plain)

    def text(self) -> str:
        """The page for a terminal."""
        return self._render("explain/update.txt.jinja", Text())

    def notebook(self) -> NotebookNode:
        """The page as a notebook, with the whole module in a code cell."""
        import nbformat

        from symnet.codegen import module_source

        words, _, _ = self.markdown().partition("## Program")
        cells: list[Any] = [
            nbformat.v4.new_markdown_cell(words.strip(), id="cell-0"),
            nbformat.v4.new_code_cell(module_source(self.rule).rstrip(), id="cell-1"),
        ]
        book = nbformat.v4.new_notebook(cells=cells)
        book.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return book

    def _render(self, template: str, dialect: Dialect, **more: Any) -> str:
        from symnet.resources import environment

        printer = RulePrinter(self.rule, dialect)
        page = environment().get_template(template).render(
            rule=self.rule,
            equations=printer.equations(),
            start=printer.start(),
            constants=self._constants(printer),
            code=self.code,
            **more,
        )  # fmt: skip
        return page.strip() + "\n"

    def _constants(self, printer: RulePrinter) -> list[Constant]:
        ranges = self.rule.ranges
        return [
            Constant(printer.constant(p.name), f"{p.default:g}", ranges[p.name].text if p.name in ranges else "")
            for p in self.rule.graph.parameters
        ]

    @cached_property
    def code(self) -> str:
        """The functions of one array, from the generated module."""
        from symnet.codegen import module_source

        source = module_source(self.rule)
        lines = source.splitlines()
        functions = [f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef) and f.name in MAIN]
        return "\n\n\n".join("\n".join(lines[f.lineno - 1 : f.end_lineno]) for f in functions) + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return self.latex(standalone=False)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<page of update rule {self.rule.name}>"
