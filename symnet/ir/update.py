r"""Update rules: a forward definition of one step, (parameter, gradient, state) -> (new parameter, new state).

    @sn.update(source="...")
    def momentum(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.01, beta: "[0, 1)" = 0.9):
        v = beta * v + g
        w = w - lr * v
        return w, v

The first array is the parameter, the second its gradient, the others are state.  A state without axes is a number that
all arrays share, such as the count t of the steps; where it is made of an array, as a norm is, every array has its own.
A default is what a state begins with (0 without one), and the annotation of a constant is the interval that it must lie
in.

A rule that acts on every entry alone has a graph of scalars and serves arrays of any shape.  One that reads more than
an entry (the norm of an array, the rows and columns of a matrix) keeps its axes: with one axis ``i`` it takes the
entries of an array of any shape in a row, with more it takes arrays of that many axes.  A state may have axes of its
own, of a given size or, where the rule reads an axis of the parameter under that name, of the size of this.  The new
value of a state ``v`` is the node ``v_new``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

import sympy as sp

from symnet.errors import DefinitionError, SymnetError
from symnet.ir.expr import Access, Index, Param, Reduction, Size, accesses, transform
from symnet.ir.graph import Graph, Node
from symnet.ir.interval import Interval
from symnet.ir.op import Op

NEW = "_new"
RESERVED = ("parameters", "gradients", "state", "in_place")


class UpdateRule(Op):
    """One step of an optimiser.

    ``graph`` has scalar nodes; ``parameter``, ``gradient`` and ``states`` name its inputs, ``start`` says what each
    state begins with, ``shared`` are the numbers that all arrays share, ``own`` those of which every array has one.
    """

    point: Op | None = None
    starts = True  # the default of a state is what it begins with

    def gradient_at(self, function: Callable) -> Callable:
        """Declare where the gradient is taken, as a function of parameter and states; without it, at the parameter."""
        self.point = Op(function)
        return function

    @cached_property
    def graph(self) -> Graph:
        """The step on one entry or one array; raises DefinitionError where the definition is not an update rule."""
        graph = self._written
        _check_shape(graph)
        result = _renamed(graph, _new_names(graph), scalar=not _mixing(graph))
        _check_carried(result, self._shared(result))
        return result

    @cached_property
    def array_graph(self) -> Graph:
        """The step with all axes, also where every entry goes alone."""
        return _renamed(self._written, _new_names(self._written), scalar=False)

    @cached_property
    def _written(self) -> Graph:
        """The graph of the definition as it stands."""
        return Op.graph.func(self)  # type: ignore[attr-defined]

    @property
    def entrywise(self) -> bool:
        """True where every entry is computed from the same entry of the others."""
        return not self.graph.inputs[0].axes

    @property
    def flat(self) -> bool:
        """True where the rule reads the entries of an array of any shape in a row."""
        first = self.graph.inputs[0].axes
        return len(first) == 1 and all(n.axes in ((), first) for n in self.graph.inputs)

    @cached_property
    def point_graph(self) -> Graph | None:
        """Where the gradient is taken, as a graph of scalars."""
        if self.point is None:
            return None
        graph = self.point.graph
        if mixing := _mixing(graph) or (not self.entrywise and self.parameter):
            raise DefinitionError(f"{mixing} mixes the entries of an array; the point is of every entry alone")
        unknown = {n.name for n in graph.inputs} - {self.parameter, *self.states}
        unknown |= {p.name for p in graph.parameters} - {p.name for p in self.graph.parameters}
        if unknown or len(graph.outputs) != 1 or graph.inputs[0].name != self.parameter:
            message = f"the point where {self.name} takes its gradient is not made of its parameter and states"
            raise DefinitionError(message, place=graph.place, hint="use the names of the rule, the parameter first")
        return _renamed(graph, {graph.outputs[0].name: f"{self.parameter}_at"}, scalar=True)

    # -- what is what ---------------------------------------------------------------------------------------------
    @property
    def parameter(self) -> str:
        return self.graph.inputs[0].name

    @property
    def gradient(self) -> str:
        return self.graph.inputs[1].name

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(n.name for n in self.graph.inputs[2:])

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """The states that are numbers, the same for every array."""
        return self._shared(self.graph)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The states that are one number of every array."""
        return tuple(name for name in self._numbers(self.graph) if name not in self.shared)

    def _shared(self, graph: Graph) -> tuple[str, ...]:
        found = self._numbers(graph)
        while True:
            known = made_of(graph, found)
            kept = tuple(name for name in found if name + NEW in known)
            if kept == found:
                return found
            found = kept

    def _numbers(self, graph: Graph) -> tuple[str, ...]:
        """The states that were declared without axes."""
        given = inspect.signature(self.function).parameters
        return tuple(n.name for n in graph.inputs[2:] if not str(given[n.name].annotation).strip("\"'"))

    @cached_property
    def start(self) -> Mapping[str, float]:
        """What each state is before the first step."""
        given = inspect.signature(self.function).parameters
        found = {}
        for name in self.states:
            default = given[name].default
            if default is inspect.Parameter.empty:
                default = 0 if name in self.shared else 0.0
            if isinstance(default, bool) or not isinstance(default, (int, float)):
                raise DefinitionError(f"state '{name}' begins with {default!r}, which is not a number")
            if name in self.counters:
                if not (default >= 0 and float(default).is_integer()):
                    raise DefinitionError(f"state '{name}' counts the steps, and begins with {default!r}")
                default = int(default)
            found[name] = default if name in self.shared else float(default)
        return found

    @cached_property
    def ranges(self) -> Mapping[str, Interval]:
        """The intervals of the constants that have one."""
        found = {p.name: p.limits for p in self.graph.parameters if p.limits is not None}
        if reserved := {p.name for p in self.graph.parameters} & set(RESERVED):
            raise DefinitionError(f"a constant can not be called '{min(reserved)}', `step` calls an argument that")
        return found

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """The shared states that count the steps: t_new = t + 1."""
        by_name = self.graph.by_name
        return tuple(s for s in self.shared if by_name[s + NEW].expr == by_name[s].value + 1)

    # -- use ------------------------------------------------------------------------------------------------------
    def __call__(self, *arguments, **constants):
        raise SymnetError(f"{self.name} is an update rule", hint="call the step of symnet.compile of it")

    def apply(self, values: Mapping[str, sp.Expr], constants: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
        """One step on SymPy expressions: the new value of the parameter and of every state, by its old name."""
        if not self.entrywise:
            raise SymnetError(f"{self.name} reads whole arrays, its step is not one of numbers")
        found = evaluate(self.graph, values, constants)
        return {name: found[name + NEW] for name in (self.parameter, *self.states)}

    def __repr__(self) -> str:
        return f"<update rule {self.name}>"


def update(function=None, *, name: str = "", source: str = ""):
    """Declare an update rule: ``@sn.update`` over a function of parameter, gradient and states.

    Parameter, gradient and states stand in this order, and the function returns the new parameter and the new states.
    The default of a state is what it begins with; a constant is keyword-only, its annotation the interval in which it
    must lie, as in ``lr: "[0, inf)" = 0.01``.  A state without axes is one number for all arrays, or one for each where
    it is made of an array.
    """
    if function is None:
        return lambda f: UpdateRule(f, name=name, source=source)
    return UpdateRule(function, name=name, source=source)


def evaluate(graph: Graph, values: Mapping[str, sp.Expr], constants: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
    """Every node of a graph of scalars as an expression in the values of its inputs and constants."""
    found = {n.name: sp.sympify(values[n.name], strict=True) for n in graph.inputs}
    given = {p.symbol: sp.sympify(constants.get(p.name, Param(p.name)), strict=True) for p in graph.parameters}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        return found[part.node.name] if isinstance(part, Access) else given.get(part)

    for node in graph.definitions:
        found[node.name] = transform(node.expr, leaf)
    return found


# -- what a rule must be --------------------------------------------------------------------------------------------


def _carried(graph: Graph) -> tuple[Node, ...]:
    """The inputs that have a new value: the parameter and the states."""
    return (graph.inputs[0], *graph.inputs[2:])


def _new_names(graph: Graph) -> dict[str, str]:
    """What the new values are called, by their names in the definition."""
    return {node.name: f"{old.name}{NEW}" for node, old in zip(graph.outputs, _carried(graph))}


def _check_shape(graph: Graph) -> None:
    hint = "a rule takes (parameter, gradient, states...) and returns (new parameter, new states...)"
    sizes = {i.size for n in graph.inputs[:1] for i in n.axes}

    def known(axis: Index) -> bool:
        return axis.size in sizes or bool(axis.size.is_number)

    if len(graph.inputs) < 2:
        raise DefinitionError("an update rule needs a parameter and its gradient", place=graph.place, hint=hint)
    if len(graph.outputs) != len(graph.inputs) - 1:
        wanted = ", ".join(n.name for n in _carried(graph))
        message = f"{len(graph.outputs)} arrays are returned, the new values of {wanted} are needed"
        raise DefinitionError(message, place=graph.place, hint=hint)
    for node in graph.inputs:
        if node.kind not in ("real", "positive"):
            raise DefinitionError(f"{node.name} holds no real numbers", place=graph.place, hint=hint)
        if node is not graph.inputs[1] and not all(map(known, node.axes)):
            raise DefinitionError(
                f"state {node.name} has an axis that the parameter {graph.inputs[0].name} does not have",
                place=graph.place,
                hint='nothing would tell how long it is at the start; give it a size, as in "i k=3", or read an axis '
                'of the parameter under its name, as in g["k j"]',
            )
    for old, new in zip(_carried(graph), graph.outputs):
        if old.axes != new.axes:
            message = f"the new value of {old.name} has other axes than {old.name}"
            raise DefinitionError(message, place=graph.place, hint=hint)


def _mixing(graph: Graph) -> str:
    """The first node that reads more than one entry of an array, or has axes of its own; empty where there is none."""
    axes = graph.inputs[0].axes
    for node in graph.nodes:
        plain = node.axes in ((), axes)
        if node.expr is not None:
            plain = plain and not node.expr.has(Reduction, Size)
            plain = plain and all(a.subs in ((), axes) for a in accesses(node.expr))
            plain = plain and not node.expr.atoms(Index)
        if not plain:
            return node.name
    return ""


def made_of(graph: Graph, numbers: Iterable[str]) -> set[str]:
    """What depends on these numbers and on constants alone."""
    known = set(numbers)
    for node in graph.definitions:
        if all(a.node.name in known for a in accesses(node.expr)) and not node.expr.has(Size):
            known.add(node.name)
    return known


def _check_carried(graph: Graph, shared: tuple[str, ...]) -> None:
    """The new value of an array must depend on one."""
    known = made_of(graph, shared)
    for node in graph.outputs:
        if node.name.removesuffix(NEW) not in shared and node.name in known:
            raise DefinitionError(f"the new {node.name.removesuffix(NEW)} depends on no array", place=graph.place)


def _renamed(graph: Graph, names: Mapping[str, str], scalar: bool) -> Graph:
    """The graph with some nodes renamed; ``scalar``: of one entry."""
    taken = set(names.values())
    new: dict[str, Node] = {}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if not isinstance(part, Access):
            return None
        return Access(new[part.node.name], () if scalar else part.subs)

    for node in graph.nodes:
        name = names.get(node.name, node.name)
        if name in taken and node.name not in names:
            raise DefinitionError(f"'{name}' is kept for the new value", place=graph.place, hint="rename it")
        expr = None if node.expr is None else transform(node.expr, leaf)
        new[node.name] = replace(node, name=name, axes=() if scalar else node.axes, expr=expr)
    outputs = tuple(new[o.name] for o in graph.outputs)
    return replace(graph, nodes=tuple(new.values()), outputs=outputs, facts=())
