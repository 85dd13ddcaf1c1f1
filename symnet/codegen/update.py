"""The module of an update rule: ``init`` makes the state, ``step`` maps one rule over all arrays of a model.

The rule itself is one function of one array and its states, lowered like any forward pass.  A denominator that is
made of constants and shared states only, such as 1 - beta^t, is given a name and is refused where it is zero.

Where a style has a plan, what is made of constants, sizes and shared states is computed first: to the plan it is
constant.  A rule of every entry alone is planned for the entries of an array in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.codegen import docstring
from symnet.codegen.arrays import Assign, Copy, Ref
from symnet.codegen.emit import INDENT, block_lines
from symnet.codegen.functions import Block
from symnet.codegen.layout import dictionary, plan, prepared, render, writer_of
from symnet.codegen.names import identifier
from symnet.codegen.passes import Program
from symnet.codegen.scalars import ScalarText
from symnet.codegen.text import ArrayText
from symnet.codegen.wrap import WIDTH, assignment
from symnet.codegen.writer import FunctionText, Writer, _definition, _literal, _quoted, _tuple, _words
from symnet.ir.expr import Access, Index, Reduction, Size, accesses, free_indices, transform
from symnet.ir.graph import Graph, Node, Parameter
from symnet.ir.interval import Interval, interval
from symnet.ir.update import NEW, UpdateRule, made_of
from symnet.printing.dialects import Text
from symnet.printing.updates import equations

if TYPE_CHECKING:
    from symnet.codegen.fast.passes import Planner

#: the option of `step` that comes after the constants
IN_PLACE = ("in_place=False",)
#: where a count of steps lies that was raised, and what was found to be positive
POSITIVE = interval("(0, inf)")
#: the entries of an array in a row
ENTRIES = (Index("k", Size("k")),)


def update_text(rule: UpdateRule, style: str = "readable", without: Iterable[str] = ()) -> str:
    """The text of the NumPy module of an update rule; fast ones may go ``without`` some passes."""
    planner = plan(style, without)
    update = Update(rule, style, planner)
    scope = "The step of every entry:" if rule.entrywise else "The step of an array:"
    sections = [docstring.Section(scope, update.equations)]
    if rule.source:
        sections.append(docstring.source(rule.source))
    words = update.words | {
        "title": docstring.title(rule),
        "origin": docstring.origin(rule),
        "op": rule.name,
        "step": _definition("step", ["parameters", "gradients", "state", *_starred(rule.graph, last=IN_PLACE)]),
    }
    return render("numpy/update.py.j2", sections, update.writers, update.functions, planner, style=style, **words)


class Update:
    """The step of the arrays of a model: the functions of one array, and the words of the templates.

    ``called`` gives constants other names outside the rule.
    """

    def __init__(
        self, rule: UpdateRule, style: str, planner: Planner | None, called: Mapping[str, str] | None = None
    ) -> None:
        graph, refused = _named_denominators(rule)
        writer, lines = _planned(rule, graph, refused, style, planner) if planner else _as_read(graph, rule, refused)
        self.writers = [writer]
        self.functions = [_function("_update", graph, writer, lines, _tuple(_names_of(graph.outputs), bare=True))]
        if point := rule.point_graph:
            looking, lines = _as_read(point, rule, {})
            self.writers.append(looking)
            self.functions.append(_function("_point", point, looking, lines, *_names_of(point.outputs)))
        self.words = _words_of(rule, graph, called or {}) | {
            "flat": rule.flat or bool(planner and rule.entrywise),
            "over": writer.asked if writer.spent else "",
        }
        writer.helpers |= {"number"} if self.words["numbers"] else set()
        self.equations = [line for e in equations(rule, Text()) for line in docstring.wrapped(e)]


def _words_of(rule: UpdateRule, graph: Graph, called: Mapping[str, str]) -> dict[str, Any]:
    """What the templates say of a rule."""
    point = rule.point_graph
    outside = {p.name: p.name for p in graph.parameters} | dict(called)
    ranges = [(outside[n], r.condition(outside[n]), r.text) for n, r in rule.ranges.items()]
    ahead = [outside[p.name] for p in point.parameters] if point else []
    numbers = [outside[p.name] for p in graph.parameters if not p.static]
    inputs = _names_of(graph.inputs)
    return {
        "rule_axes": _axes(rule),
        "own": rule.own,
        "tied": any(_tied(axis, rule) != axis.label for node in rule.graph.inputs for axis in node.axes),
        "named": False,
        "parameter": identifier(rule.parameter),
        "gradient": identifier(rule.gradient),
        "state": _dictionary("STATE", rule.start),
        "shared": _names(rule.shared),
        "counters": _names(rule.counters),
        "numbers": numbers,
        "ranges": ranges,
        "given": ", ".join(inputs),
        "call": ", ".join(inputs + [outside[p.name] for p in graph.parameters]),
        "point": bool(point),
        "point_head": point and _definition("point", ["parameters", "state", *_starred(point, outside)]),
        "point_numbers": [n for n in numbers if n in ahead],
        "point_ranges": [r for r in ranges if r[0] in ahead],
        "point_given": ", ".join(_point_arguments(rule)) if point else "",
        "point_call": ", ".join(_names_of(point.inputs) + ahead) if point else "",
    }  # fmt: skip


# -- the functions of one array -------------------------------------------------------------------------------------


def _function(name: str, graph: Graph, writer: Writer, lines: list[str], result: str) -> FunctionText:
    """All constants are arguments."""
    over = [writer.asked] if writer.spent else []
    head = _definition(name, _names_of(graph.inputs) + [p.name for p in graph.parameters] + over)
    how = ", written over the old ones or apart" if over else ""
    doc = f"Return {_words(n.name for n in graph.outputs)} of one array{how}."
    return FunctionText(head, doc, [*lines, f"{INDENT}return {result}"], writer._quiet(writer.lowered.forward))


def _names_of(nodes: Iterable[Node]) -> list[str]:
    return [identifier(n.name) for n in nodes]


def _as_read(graph: Graph, rule: UpdateRule, refused: Mapping[str, str]) -> tuple[Writer, list[str]]:
    """The lines as a textbook has them."""
    writer = Writer(graph, prepared(_program(graph), graph), {})
    text = ArrayText(writer.names, f"{identifier(graph.inputs[0].name)}.dtype")
    writer.names.used = {}
    lines = []
    numbers = made_of(graph, rule.shared)
    for block in writer.lowered.forward:
        block = block if block.node.name in numbers else _owned(block)
        lines += [*block_lines(block, text, {}), *_refusal(block.node, refused)]
    writer.helpers |= text.helpers
    return writer, [*_sizes(writer, graph), *lines]


def _owned(block: Block) -> Block:
    """A value handed on as it is, such as the gradient kept for the next step, is a copy: its array is the caller's.

    In a graph of scalars these stand for arrays, so they do not look like ones.
    """
    match block.statements:
        case [Assign(name, Ref(layout=()) as ref, comment)]:
            return replace(block, statements=[Assign(name, Copy(ref.layout, ref.kind, ref), comment)])
    return block


def _planned(
    rule: UpdateRule, graph: Graph, refused: Mapping[str, str], style: str, planner: Planner
) -> tuple[Writer, list[str]]:
    """The numbers first, then the arrays by their plan."""
    numbers, arrays = _apart(graph, rule, ENTRIES if rule.entrywise else None)
    writer = writer_of(style, arrays, prepared(_program(arrays), arrays, planner), {}, planner)
    writer.function = "update"
    writer.successors = {identifier(old): identifier(new) for old, new in _successors(rule).items()}
    writer.asked = writer.program.fresh("over")
    body, _ = writer._body(writer.lowered.forward, f"{identifier(arrays.inputs[0].name)}.dtype")
    text = ScalarText(writer.names)
    lines = []
    for node in numbers:
        lines += [*assignment(INDENT, f"{identifier(node.name)} =", text(node.expr)), *_refusal(node, refused)]
    writer.helpers |= text.helpers
    return writer, [*_sizes(writer, arrays), *lines, *body]


def _successors(rule: UpdateRule) -> dict[str, str]:
    """The parameter and its states, each with the output that takes its place."""
    numbers, carried = (*rule.shared, *rule.own), [rule.parameter, *rule.states]
    return {old: new.name for old, new in zip(carried, rule.graph.outputs, strict=True) if old not in numbers}


def _program(graph: Graph) -> Program:
    return Program(graph.inputs, list(graph.definitions), graph.outputs)


def _sizes(writer: Writer, graph: Graph) -> list[str]:
    """The lines that name the sizes which have been asked for."""
    return writer._unpack(writer.names.used_sizes, [(identifier(n.name), n.axes) for n in graph.inputs])


def _refusal(node: Node, refused: Mapping[str, str]) -> Iterable[str]:
    if said := refused.get(node.name):
        yield f"{INDENT}if {identifier(node.name)} == 0:"
        yield f"{INDENT * 2}raise ValueError({said})"


def _apart(graph: Graph, rule: UpdateRule, axes: tuple[Index, ...] | None) -> tuple[list[Node], Graph]:
    """What is computed of constants, sizes and shared states, and the graph of the arrays, to which that is constant.

    With ``axes`` the arrays of a rule of every entry alone get these.
    """
    constants = {name: Parameter(identifier(name), None) for name in rule.shared}
    within = {p.symbol: p.limits for p in graph.parameters if p.limits}
    whole = {name + NEW for name in rule.counters}
    numbers: list[Node] = []
    arrays: dict[str, Node] = {}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if not isinstance(part, Access):
            return None
        if part.node.name in constants:
            return constants[part.node.name].symbol
        return Access(arrays[part.node.name], part.subs if axes is None else axes)

    for node in graph.nodes:
        if node.name in constants:
            continue
        expr = node.expr and transform(node.expr, leaf)
        if expr is not None and not node.axes and not accesses(expr) and not expr.has(Reduction):
            limits = POSITIVE if node.name in whole or _is_positive(expr, within) else None
            constants[node.name] = named = Parameter(identifier(node.name), None, limits=limits)
            within |= {named.symbol: limits} if limits else {}
            numbers.append(replace(node, expr=expr))
        else:
            arrays[node.name] = replace(node, expr=expr, axes=node.axes if axes is None else axes)
    outputs = tuple(arrays[n.name] for n in graph.outputs if n.name in arrays)
    parameters = (*graph.parameters, *constants.values())
    return numbers, replace(graph, nodes=tuple(arrays.values()), outputs=outputs, facts=(), parameters=parameters)


def _is_positive(expr: sp.Expr, within: Mapping[sp.Symbol, Interval]) -> bool:
    """Is a number, which is not 0, positive: 1 - beta^t for a beta in [0, 1) and a count t of steps?"""
    one, power = expr.as_coeff_Add()
    base, exponent = (-power).as_base_exp()
    limits = within.get(base)
    counted = exponent.is_positive or (exponent in within and within[exponent].is_positive)
    return bool(one == 1 and counted and limits and limits.low >= 0 and limits.high <= 1)


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


def _starred(graph: Graph, called: Mapping[str, str] | None = None, last: tuple[str, ...] = ()) -> list[str]:
    constants = [f"{(called or {}).get(p.name, p.name)}={_literal(p.default)}" for p in graph.parameters]
    return ["*", *constants, *last] if constants or last else []


def _axes(rule: UpdateRule) -> str:
    """The axes of every array of the rule, where they are not those of the parameter, whatever these are."""
    if rule.entrywise:
        return ""
    own = f"OWN = {_names(rule.own)}" if rule.own else ""
    if rule.flat:
        return own
    arrays = [n for n in rule.graph.inputs if n.name not in rule.shared]
    axes = dictionary("ARRAYS =", [(identifier(n.name), " ".join(_tied(i, rule) for i in n.axes)) for n in arrays])
    return f"{axes}\n{own}" if own else axes


def _tied(axis: Index, rule: UpdateRule) -> str:
    """An axis by its name; one that the parameter has not, with what tells its size: ``k=i``, ``k=3``."""
    own = rule.graph.inputs[0].axes
    same = next((i.label for i in own if i.size == axis.size), axis.size if axis.size.is_number else "")
    return axis.label if axis in own or same == "" else f"{axis.label}={same}"


def _names(names: Iterable[str]) -> str:
    """A tuple of texts."""
    quoted = [f'"{n}"' for n in names]
    return f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"


def _dictionary(name: str, values: Mapping[str, float]) -> str:
    entries = [f'"{k}": {v!r}' for k, v in values.items()]
    line = f"{name} = {{{', '.join(entries)}}}"
    return line if len(line) <= WIDTH else "\n".join((f"{name} = {{", *(f"{INDENT}{e}," for e in entries), "}"))


__all__ = ["Update", "update_text"]
