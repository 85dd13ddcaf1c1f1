"""The module of an update rule: ``init`` makes the state, ``step`` maps one rule over all arrays of a model.

The rule itself is one function of one array and its states, lowered like any forward pass.  A denominator that is
made of constants and shared states only, such as 1 - beta^t, is given a name and is refused where it is zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.codegen import docstring
from symnet.codegen.emit import INDENT, block_lines
from symnet.codegen.layout import dictionary
from symnet.codegen.names import identifier
from symnet.codegen.passes import Program
from symnet.codegen.share import share
from symnet.codegen.stable import stabilise
from symnet.codegen.text import ArrayText
from symnet.codegen.wrap import WIDTH
from symnet.codegen.writer import Writer, _definition, _literal, _quoted
from symnet.ir.expr import Size, accesses, free_indices, transform
from symnet.ir.graph import Graph, Node
from symnet.ir.update import NEW, UpdateRule
from symnet.printing.dialects import Text
from symnet.printing.updates import equations
from symnet.resources import environment

if TYPE_CHECKING:
    from symnet.codegen.functions import Block


def update_text(rule: UpdateRule) -> str:
    """The text of the NumPy module of an update rule."""
    text = environment().get_template("numpy/update.py.j2").render(
        title=docstring.title(rule),
        origin=docstring.origin(rule),
        scope="The step of every entry" if rule.entrywise else "The step of an array",
        equations=[line for e in equations(rule, Text()) for line in docstring.wrapped(e)],
        source=docstring.escaped(rule.source),
        op=rule.name,
        step=_definition("step", ["parameters", "gradients", "state", *_starred(rule.graph)]),
        **update_parts(rule),
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


def update_parts(rule: UpdateRule, called: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the templates of an update need; ``called`` gives constants other names outside the rule."""
    graph, names = _named_denominators(rule)
    point = rule.point_graph
    update = _Function(rule, graph, names)
    outside = {p.name: p.name for p in graph.parameters} | dict(called or {})
    ranges = [(outside[n], r.condition(outside[n]), r.text) for n, r in rule.ranges.items()]
    ahead = [outside[p.name] for p in point.parameters] if point else []
    inputs = [identifier(n.name) for n in graph.inputs]
    return {
        "rule_axes": "" if rule.entrywise or rule.flat else _axes(rule),
        "flat": rule.flat,
        "named": False,
        "parameter": identifier(rule.parameter),
        "gradient": identifier(rule.gradient),
        "state": _dictionary("STATE", rule.start),
        "shared": _names(rule.shared),
        "counters": _names(rule.counters),
        "ranges": ranges,
        "given": _arguments(inputs),
        "call": _arguments(inputs + [outside[p.name] for p in graph.parameters]),
        "update": update,
        "point": point and _Function(rule, point, {}),
        "point_head": point and _definition("point", ["parameters", "state", *_starred(point, outside)]),
        "point_ranges": [r for r in ranges if r[0] in ahead],
        "point_given": _arguments(_point_arguments(rule)) if point else "",
        "point_call": _arguments([identifier(n.name) for n in point.inputs] + ahead) if point else "",
        "helpers": sorted(update.helpers),
    }  # fmt: skip


class _Function:
    """The rule for one array: its head and its lines."""

    def __init__(self, rule: UpdateRule, graph: Graph, checked: dict[str, str]) -> None:
        program = Program(graph.inputs, list(graph.definitions), graph.outputs)
        program.taken |= {p.name for p in graph.parameters}
        stabilise(program)
        share(program)
        writer = Writer(graph, program, {})
        self.rule, self.checked = rule, checked
        arguments = [identifier(n.name) for n in graph.inputs] + [p.name for p in graph.parameters]
        self.head = _definition("_update" if graph is not rule.point_graph else "_point", arguments)
        text = ArrayText(writer.names, f"{arguments[0]}.dtype")
        writer.names.used = {}
        lines = [line for b in writer.lowered.forward for line in self._block(b, text)]
        sizes = writer.names.used_sizes
        self.lines = writer._unpack(sizes, [(identifier(n.name), n.axes) for n in graph.inputs]) + lines
        self.helpers = text.helpers
        self.outputs = ", ".join(identifier(n.name) for n in graph.outputs)

    def _block(self, block: Block, text: ArrayText) -> Iterable[str]:
        yield from block_lines(block, text, {})
        if said := self.checked.get(block.node.name):
            yield f"{INDENT}if {identifier(block.node.name)} == 0:"
            yield f"{INDENT * 2}raise ValueError({said})"


def _named_denominators(rule: UpdateRule) -> tuple[Graph, dict[str, str]]:
    """Denominators of constants and shared states as nodes of their own, with what to say where they are zero.

    A count of steps that was raised, the size of an axis and a constant whose interval is without 0 never are.
    """
    graph, shared = rule.graph, rule.shared
    safe = {p.symbol for p in graph.parameters if p.name in rule.ranges and 0 not in rule.ranges[p.name]}
    safe |= {graph.by_name[name + NEW].value for name in rule.counters}
    numbers = set(shared)
    nodes: list[Node] = []
    named: dict[sp.Expr, Node] = {}
    said: dict[str, str] = {}
    taken = {n.name for n in graph.nodes} | {p.name for p in graph.parameters}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if not (part.is_Pow and part.exp.could_extract_minus_sign() and part.base.free_symbols):
            return None
        if not all(a.node.name in numbers for a in accesses(part.base)) or free_indices(part.base):
            return None
        if part.base in safe or isinstance(part.base, Size):
            return None
        if part.base not in named:
            name = next(n for k in range(1, 1000) if (n := f"correction{k}" if k > 1 else "correction") not in taken)
            taken.add(name)
            named[part.base] = node = Node(name, (), part.base, auto=True)
            nodes.append(node)
            numbers.add(name)
            said[name] = _message(graph, part.base, shared)
        return sp.Pow(named[part.base].value, transform(part.exp, leaf))

    for node in graph.nodes:
        expr = node.expr and transform(node.expr, leaf)
        nodes.append(node if expr == node.expr else replace(node, expr=expr))
        if node.expr is not None and all(a.node.name in numbers for a in accesses(expr)):
            numbers.add(node.name)
    by_name = {n.name: n for n in nodes}
    outputs = tuple(by_name[o.name] for o in graph.outputs)
    result = Graph(graph.name, tuple(nodes), outputs, (), graph.parameters, graph.doc, graph.several, graph.place)
    return result, said


def _message(graph: Graph, base: sp.Expr, shared: Iterable[str]) -> str:
    """An f-string that names the values which make a denominator zero."""
    from symnet.printing.index_notation import text

    words = text(base, graph).replace("{", "{{").replace("}", "}}")
    read = {a.node.name.removesuffix(NEW) for a in accesses(base)}
    values = [s for s in shared if s in read] + sorted(
        p.name for p in graph.parameters if p.symbol in base.free_symbols
    )
    known = "".join(f", {v} = {{{identifier(v)}}}" for v in values)
    return ("f" if known else "") + _quoted(f"{graph.name}: {words} is 0{known}")


def _point_arguments(rule: UpdateRule) -> list[str]:
    """The parameter and all states, as `_all` hands them over."""
    return [identifier(n) for n in (rule.parameter, *rule.states)]


def _starred(graph: Graph, called: Mapping[str, str] | None = None) -> list[str]:
    constants = [f"{(called or {}).get(p.name, p.name)}={_literal(p.default)}" for p in graph.parameters]
    return ["*", *constants] if constants else []


def _axes(rule: UpdateRule) -> str:
    """The axes of every array of the rule."""
    arrays = [n for n in rule.graph.inputs if n.name not in rule.shared]
    return dictionary("ARRAYS =", [(identifier(n.name), " ".join(i.label for i in n.axes)) for n in arrays])


def _arguments(names: Iterable[str]) -> str:
    return ", ".join(names)


def _names(names: Iterable[str]) -> str:
    """A tuple of texts."""
    quoted = [f'"{n}"' for n in names]
    return f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"


def _dictionary(name: str, values: Mapping[str, float]) -> str:
    entries = [f'"{k}": {v!r}' for k, v in values.items()]
    line = f"{name} = {{{', '.join(entries)}}}"
    return line if len(line) <= WIDTH else "\n".join((f"{name} = {{", *(f"{INDENT}{e}," for e in entries), "}"))


__all__ = ["update_parts", "update_text"]
