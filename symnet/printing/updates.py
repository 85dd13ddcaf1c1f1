r"""Update rules as their sources print them: m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t.

The old value of a state has t - 1 below it, all else of the step has t.  A state that counts the steps is t itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import sympy as sp

from symnet.ir.expr import Access, accesses, transform
from symnet.ir.graph import Node
from symnet.ir.update import NEW, UpdateRule
from symnet.printing.dialects import Dialect, Text
from symnet.printing.index_notation import Notation, Printer
from symnet.printing.matrix_notation import matrix_box, matrix_equation
from symnet.printing.names import Names, Symbol, symbol_of
from symnet.printing.tree import Reader


@dataclass(frozen=True)
class Timed(Symbol):
    """A symbol with the number of the step below it."""

    time: str = ""

    def latex(self, indices: str = "") -> str:
        return super().latex(",".join(i for i in (self.time, indices) if i))

    def text(self) -> str:
        return f"{super().text()}[{self.time.replace(' ', '')}]"


def _at(symbol: Symbol, time: str) -> Timed:
    return Timed(**{f.name: getattr(symbol, f.name) for f in fields(Symbol)}, time=time)


class _Reader(Reader):
    """A sum of constants, such as 1 - beta, stands before the array that it weighs."""

    def _factor_key(self, part: sp.Expr, base: sp.Expr) -> tuple:
        kind, *rest = super()._factor_key(part, base)
        return (2 if base.is_Add and not accesses(base) else kind, *rest)


class RulePrinter:
    """Prints the equations of one rule in one dialect, its parameter as ``called`` where that is given.

    With ``matrix`` a line is one of whole arrays wherever there is such a form.  What already has a meaning among the
    names of the ``page`` on which the rule stands is set as a program would write it.
    """

    def __init__(
        self, rule: UpdateRule, dialect: Dialect, called: str = "", matrix: bool = False, page: Names | None = None
    ) -> None:
        self.page = page or Names()
        self.rule, self.dialect, self.called, self.matrix = rule, dialect, called or rule.parameter, matrix
        self.graph = graph = rule.array_graph if matrix else rule.graph
        self.counter = rule.counters[0] if rule.counters else ""
        self.point: Node | None = rule.point_graph.definitions[-1] if rule.point_graph else None
        extra = (self.point,) if self.point else ()
        inputs = {n.name: n for n in graph.inputs}
        gradient = inputs.pop(rule.gradient)  # last, so that the states stand first: beta v + g
        ordered = (*inputs.values(), *graph.definitions, gradient)
        notation = Notation(replace(graph, nodes=ordered), extra)
        notation.reader = _Reader(notation.rank)
        taken = {n.name for n in graph.nodes} | {p.name for p in graph.parameters}
        letters = [x for x in (self.counter, "t", "k", "n", "step") if x and (x == self.counter or x not in taken)]
        self.letter = next((x for x in letters if self.page.is_free(x)), "step")
        for p in graph.parameters:
            notation.names.show(p.name, self.own(p.name))
        for node in (*graph.nodes, *extra):
            notation.names.show(node.name, self._symbol(node.name))
        self.printer = Printer(notation, dialect)

    def _symbol(self, name: str) -> Symbol:
        if name == self.counter + NEW:
            return symbol_of(self.letter)
        if self.point is not None and name == self.point.name:
            short = len(self.rule.parameter) == 1 or self.called != self.rule.parameter
            return self._timed(f"{self.called}tilde" if short else name, old=True)
        old = name in (self.rule.parameter, *self.rule.states)
        return self._timed(name.removesuffix(NEW), old)

    @property
    def typed(self) -> tuple[str, ...]:
        """What is set as a program would write it."""
        names = (n for n in (*self.graph.by_name, *(p.name for p in self.graph.parameters)) if not n.endswith(NEW))
        looks = {n: self.own(self.called if n == self.rule.parameter else n) for n in names if n != self.counter}
        return tuple(self.dialect.symbol(symbol).text for symbol in looks.values() if symbol.raw and not symbol.accent)

    def own(self, name: str) -> Symbol:
        """The symbol of a name, as it is typed where the page means something else by its letter."""
        symbol = symbol_of(name)
        looks = (symbol.latex(), symbol_of(symbol.base).latex())
        return symbol if all(map(self.page.is_free, looks)) else replace(symbol, raw=symbol.base)

    def plain(self, name: str) -> Symbol:
        """The symbol of an input without the number of the step."""
        symbol = self.own(self.called if name == self.rule.parameter else name)
        return symbol.upper() if self.matrix and len(self.graph.by_name[name].axes) == 2 else symbol

    def _timed(self, name: str, old: bool) -> Timed:
        symbol = self.own(self.called if name == self.rule.parameter else name)
        letter = symbol_of(self.letter)
        time = letter.text() if isinstance(self.dialect, Text) else letter.latex()
        return _at(symbol, f"{time} - 1" if old else time)

    def shown(self, expr: sp.Expr) -> sp.Expr:
        """The old count is t - 1."""
        if not self.counter:
            return expr
        new = self.graph.by_name[self.counter + NEW].value

        def leaf(part: sp.Expr) -> sp.Expr | None:
            return new - 1 if isinstance(part, Access) and part.node.name == self.counter else None

        return transform(expr, leaf)

    def equation(self, node: Node) -> str:
        shown = replace(node, expr=self.shown(node.expr))
        return self._matrices(shown) or self.printer.equation(shown.value, shown.expr)

    def _matrices(self, node: Node) -> str | None:
        """A line as one of whole arrays."""
        return matrix_equation(node, self.printer) if self.matrix else None

    @property
    def mixed(self) -> bool:
        """Has some line no form of whole arrays?"""
        return not all(map(self._matrices, self.graph.definitions))

    def equations(self) -> list[str]:
        """Where the gradient is taken, then the lines of the step."""
        lines = [] if self.point is None else [self.equation(self.point)]
        return lines + [self.equation(n) for n in self.graph.definitions if n.name != self.counter + NEW]

    def start(self) -> list[str]:
        """What each state begins with."""
        found = []
        for name, value in self.rule.start.items():
            symbol = symbol_of(self.letter) if name == self.counter else _at(self.plain(name), "0")
            found.append(f"{self.dialect.symbol(symbol).text} = {value:g}")
        return found

    def states(self) -> dict[str, str]:
        """The states by name, whatever the step."""
        looks = {
            name: symbol_of(self.letter) if name == self.counter else self.plain(name) for name in self.rule.states
        }
        return {name: self.dialect.symbol(symbol).text for name, symbol in looks.items()}

    def results(self) -> dict[str, str]:
        """The parameter and the states after a step, by name."""
        names = (self.rule.parameter, *self.rule.states)
        return {name: self._look(self.graph.by_name[name + NEW]) for name in names}

    def _look(self, node: Node) -> str:
        box = matrix_box(node.value, node.axes, self.printer) if self.matrix else None
        return box.text if box else self.printer.expression(node.value)

    def constant(self, name: str) -> str:
        return self.printer.expression(next(p.symbol for p in self.rule.graph.parameters if p.name == name))


def equations(rule: UpdateRule, dialect: Dialect) -> list[str]:
    """The lines of a rule."""
    return RulePrinter(rule, dialect).equations()


__all__ = ["RulePrinter", "Timed", "equations"]
