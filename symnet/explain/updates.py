"""An update rule as a page: what it keeps, its step as its source prints it, the program, and its check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symnet.errors import SymnetError
from symnet.explain.checks import Check, checked, table
from symnet.explain.options import Options
from symnet.explain.render import HTML, LATEX, MARKDOWN, PAGE, TERMINAL, Style, lay_out
from symnet.explain.texts import texts
from symnet.ir.update import UpdateRule
from symnet.printing.dialects import Dialect
from symnet.printing.names import Names
from symnet.printing.updates import RulePrinter

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: the functions of the module that a reader wants to see
MAIN = ("_update", "_point")
#: the parameter of a rule on the page of a training step, whose parameters have names of their own
ANY_PARAMETER = "theta"
#: what a rule calls its second array, where that is a gradient
GRADIENTS = ("g", "grad", "gradient")


@dataclass(frozen=True)
class Constant:
    """A constant of a rule."""

    look: str
    value: str
    range: str


def _number(value: Any, dialect: Dialect) -> str:
    """0.001 as it stands, 1e-08 as a power of ten."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    return dialect.number(mantissa, int(exponent)).text if exponent else mantissa


@dataclass(frozen=True)
class Looks:
    """How the parameter and its gradient are printed, and what a program calls the parameter; in a training step each
    of ``names`` in turn stands for it, and ``typed`` are set in typewriter letters."""

    parameter: str
    gradient: str
    called: str
    names: tuple[str, ...]
    typed: tuple[str, ...]


@dataclass(frozen=True)
class UpdateContent:
    """All lines of the page of a rule.

    ``about`` are the keys of what it is a step of and of how it is written; ``point`` says that the first line is
    where the gradient is taken.
    """

    name: str
    doc: str
    source: str
    about: tuple[str, ...]
    point: bool
    equations: tuple[str, ...]
    start: tuple[str, ...]
    constants: tuple[Constant, ...]
    check: Check | None
    looks: Looks | None = None


@dataclass(frozen=True, eq=False)
class UpdatePage:
    """An update rule that prints itself, in the forms of a derivation.

    Its lines are in index notation unless the reader wants matrices alone; every detail shows all of them.
    """

    rule: UpdateRule

    def markdown(self, **choice: Any) -> str:
        """The page in Markdown with formulas."""
        return self._render(MARKDOWN, choice, self.code)

    def section(self, trained: tuple[str, ...], names: Names, **choice: Any) -> str:
        """The step in Markdown, as a part of the page of a training step, which names what it trains so."""
        return self._render(MARKDOWN, choice, self.code, kind="update_part", trained=trained, names=names)

    def latex(self, standalone: bool = True, **choice: Any) -> str:
        """The page as a LaTeX document, or as the body of one."""
        return self._render(LATEX, choice, self.code, standalone=standalone)

    def text(self, **choice: Any) -> str:
        """The page for a terminal."""
        return self._render(TERMINAL, choice)

    def html(self, **choice: Any) -> str:
        """The page for a browser, which asks no other host for anything."""
        return self._render(PAGE, choice, self.code, standalone=True)

    def pdf(self, **choice: Any) -> bytes:
        """The page as a PDF, made by the TeX engine of this machine."""
        from symnet.explain.pdf import typeset

        return typeset(self.latex(**choice))

    def notebook(self, **choice: Any) -> NotebookNode:
        """The page as a notebook: the whole module in a code cell, and its check as the last one."""
        from symnet.codegen import module_source
        from symnet.explain.notebook import Code, Text, as_notebook

        language = Options(**choice).lang
        words = texts(language)
        page = self._render(MARKDOWN, choice | {"check": False})
        return as_notebook(
            [
                Text(page),
                Text(f"## {words['headings']['program']}"),
                Code(module_source(self.rule)),
                Text(f"## {words['headings']['check']}\n\n{words['sentences']['check_update']}"),
                Code(self._check_code(words["check"])),
            ]
        )

    def _check_code(self, words: dict[str, str]) -> str:
        """Plain NumPy that compares the first steps of the module with those of the definition."""
        from symnet.check.updates import first_steps
        from symnet.resources import environment

        parameter, gradients, wanted = first_steps(self.rule)
        return environment().get_template("explain/check_update.py.jinja").render(
            parameter=parameter.tolist(),
            gradients=[g.tolist() for g in gradients],
            wanted=[w.tolist() for w in wanted],
            words=words,
        )  # fmt: skip

    def _render(
        self,
        style: Style,
        choice: dict[str, Any],
        code: str = "",
        kind: str = "update",
        trained: tuple[str, ...] = (),
        names: Names | None = None,
        **more: Any,
    ) -> str:
        options = Options(**choice)
        if options.example:
            raise SymnetError(
                f"{self.rule.name} is an update rule, whose page has no worked example",
                hint="its notebook shows the first steps",
            )
        words = texts(options.lang)
        rule, called = self.rule, ANY_PARAMETER if trained else ""
        printer = RulePrinter(rule, style.dialect, called, options.notation == "matrix", names)
        page = UpdateContent(
            rule.name,
            words.summary(rule.doc),
            rule.source,
            tuple(self._about(printer)),
            rule.point is not None,
            tuple(printer.equations()),
            tuple(printer.start()),
            tuple(self._constants(printer)),
            self._check(printer) if options.check else None,
            self._looks(printer, trained),
        )
        return lay_out(kind, page, style, words, code, **more)

    def _about(self, printer: RulePrinter) -> Iterator[str]:
        rule = self.rule
        yield "entries" if rule.entrywise else "rows" if rule.flat else "arrays"
        if printer.matrix:
            yield "whole_arrays" if rule.flat or rule.entrywise else "matrix"
            if printer.mixed:
                yield "mixed_step"

    def _looks(self, printer: RulePrinter, trained: tuple[str, ...]) -> Looks | None:
        """None where the rule averages something else than gradients."""
        parameter, gradient = (printer.dialect.symbol(printer.plain(n.name)).text for n in self.rule.graph.inputs[:2])
        if not trained and self.rule.gradient not in GRADIENTS:
            return None
        return Looks(parameter, gradient, self.rule.parameter, trained, printer.typed)

    def _check(self, printer: RulePrinter) -> Check:
        return table(checked(self.rule), printer.results(), printer.dialect, "step_checked")

    def _constants(self, printer: RulePrinter) -> list[Constant]:
        ranges = self.rule.ranges
        dialect = printer.dialect
        return [
            Constant(
                printer.constant(p.name),
                _number(p.default, dialect),
                ranges[p.name].text.replace("inf", dialect.infinity) if p.name in ranges else "",
            )
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

    def _repr_html_(self) -> str:
        return self._render(HTML, {}, self.code)

    def _repr_latex_(self) -> str:
        return self.latex(standalone=False)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<page of update rule {self.rule.name}>"
