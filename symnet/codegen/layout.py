"""The text of a module: what each function says before and after its mathematics, and the template's context."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen import docstring
from symnet.codegen.arrays import Apply, Array, Ref, const, walk
from symnet.codegen.emit import INDENT, lines_of
from symnet.codegen.functions import Block, Lowered, lower
from symnet.codegen.names import Names, identifier, symbol_names
from symnet.codegen.passes import Program, live
from symnet.codegen.share import share
from symnet.codegen.stable import stabilise
from symnet.codegen.text import ArrayText
from symnet.codegen.wrap import WIDTH, assignment
from symnet.errors import SymnetError
from symnet.ir.expr import Access, Index, Reduction, Size, accesses
from symnet.ir.graph import Graph, Node
from symnet.resources import environment

if TYPE_CHECKING:
    from symnet.derivation import Derivation

DTYPE = "dtype"


@dataclass(frozen=True)
class FunctionText:
    """One function as the template shows it."""

    head: str
    doc: str
    lines: list[str]
    quiet: bool


def program_of(derivation: "Derivation", *, joined: bool = False) -> Program:
    """The nodes to compute, in stable form, with shared parts named and what nobody reads left out.

    ``joined``: one function computes everything (for Jacobians and tangents).
    """
    graph = derivation.stable
    known = {n.name: n for n in (*derivation.upstream, *derivation.backward)}
    results = tuple(known[n.name] for n in derivation.gradients.values())
    outputs = tuple(graph.by_name[n.name] for n in graph.outputs)
    backward = list(derivation.backward)
    if joined:
        inputs = (*graph.inputs, *derivation.upstream)
        program = Program(inputs, [*graph.definitions, *backward], results)
    else:
        program = Program(graph.inputs, list(graph.definitions), outputs, derivation.upstream, backward, results)
    program.taken |= {p.name for p in graph.parameters}
    stabilise(program)
    share(program)
    program.backward = live(program.backward, [n.name for n in results])
    read = {a.node.name for n in program.backward for a in accesses(n.expr)}
    program.forward = live(program.forward, [*(n.name for n in program.outputs), *read])
    return program


def module_text(op, derivation: "Derivation") -> str:
    """The module of an operation: forward and backward."""
    graph = derivation.stable
    program = program_of(derivation)
    writer = Writer(op, graph, program)
    functions = [writer.forward(), writer.backward(docstring.comments(derivation))]
    axes = [*graph.inputs, *program.upstream]
    return writer.render(docstring.title(op), docstring.sections(op, derivation), axes, functions)


def function_text(derivation: "Derivation") -> str:
    """A module with one function that computes what was derived from the inputs."""
    graph = derivation.stable
    program = program_of(derivation, joined=True)
    writer = Writer(derivation.op, graph, program)
    functions = [writer.alone(derivation.what)]
    title = f"The {derivation.what} of {graph.name}."
    return writer.render(title, docstring.sections(derivation.op, derivation), program.inputs, functions)


class Writer:
    """Writes the functions of one module; collects the helpers and imports that they need."""

    def __init__(self, op, graph: Graph, program: Program) -> None:
        self.op, self.graph, self.program = op, graph, program
        nodes = (*program.inputs, *program.forward, *program.upstream, *program.backward)
        self.names: Names = symbol_names(graph, nodes)
        self.lowered: Lowered = lower(program, self.names)
        for index, name in self.lowered.counters.items():
            dict.__setitem__(self.names, index, name)
        self.helpers: set[str] = {"inputs"}
        self.windows = False

    # -- functions ------------------------------------------------------------------------------------------------
    def forward(self) -> FunctionText:
        cached = self.lowered.cache
        self.sizes_for_backward: list[Size] = []
        self._backward = self._backward_body()
        body, used = self._body(self.lowered.forward, self._input_dtype(), self._forward_comments())
        wanted = [*used, *(s for s in self.sizes_for_backward if s not in used)]
        entries = [*map(identifier, cached), *self._backward.constants]
        entries += [self.names.get(s) for s in self.sizes_for_backward]
        if self._backward.needs_dtype:
            entries.append(self._input_dtype())
        outputs = ", ".join(identifier(n.name) for n in self.program.outputs)
        several = self.graph.several or len(self.program.outputs) > 1
        if several and len(self.program.outputs) == 1:
            outputs += ","
        lines = [*self._entry(wanted), *body]
        lines += assignment(INDENT, "cache =", _tuple(entries))
        lines.append(f"{INDENT}return {f'({outputs})' if several else outputs}, cache")
        doc = f"Return {_words(n.name for n in self.program.outputs)} and the cache for backward."
        return FunctionText(self._head("forward"), doc, lines, self._quiet(self.lowered.forward))

    def backward(self, comments: dict[str, str]) -> FunctionText:
        parts = self._backward_parts(comments)
        results = [identifier(n.name) for n in self.program.results]
        lines = [*parts, f"{INDENT}return {_tuple(results, bare=len(results) > 1)}"]
        arguments = ", ".join(identifier(n.name) for n in self.program.upstream)
        names = _words(n.adjoint_of or n.name for n in self._inputs_with_gradient())
        plural = "gradients" if len(results) > 1 else "gradient"
        doc = f"Return a tuple of the {plural} with respect to {names}."
        head = f"def backward({arguments}, cache):"
        return FunctionText(head, doc, lines, self._quiet(self.lowered.backward))

    def alone(self, name: str) -> FunctionText:
        body, used = self._body(self.lowered.forward, self._input_dtype(), self._forward_comments())
        outputs = [identifier(n.name) for n in self.program.outputs]
        lines = [*self._entry(list(used)), *body, f"{INDENT}return {_tuple(outputs, bare=len(outputs) > 1)}"]
        doc = f"Return a tuple: {_words(n.name for n in self.program.outputs)}."
        return FunctionText(self._head(name), doc, lines, self._quiet(self.lowered.forward))

    def _inputs_with_gradient(self) -> Sequence[Node]:
        return self.graph.differentiable_inputs

    def _head(self, name: str) -> str:
        arguments = [identifier(n.name) for n in self.program.inputs]
        constants = [f"{p.name}={_literal(p.default)}" for p in self.graph.parameters if _is_literal(p.default)]
        if constants:
            arguments += ["*", *constants]
        line = f"def {name}({', '.join(arguments)}):"
        if len(line) <= WIDTH:
            return line
        return f"def {name}(\n{INDENT}" + f",\n{INDENT}".join(arguments) + ",\n):"

    # -- the parts of a function ----------------------------------------------------------------------------------
    def _body(self, blocks: Sequence[Block], dtype: str, comments: dict[str, str]) -> tuple[list[str], list]:
        text = ArrayText(self.names, dtype)
        self.names.used = {}
        lines = lines_of(blocks, text, comments)
        self.helpers |= text.helpers
        self.windows |= text.uses_windows
        return lines, [s for s in self.names.used if isinstance(s, Size)]

    def _entry(self, sizes: list[Size]) -> list[str]:
        """Checks of the arguments and the sizes that the body speaks of."""
        given = [identifier(n.name) for n in self.program.inputs]
        given += [p.name for p in self.graph.parameters if not p.static]
        call = f"_inputs({', '.join(f'{n}={n}' for n in given)})"
        lines = self._static()
        checks, more = self._checks()
        sizes = [*sizes, *(s for s in more if s not in sizes)]
        lines += assignment(INDENT, f"{', '.join(given)} =", call)
        lines += self._unpack(sizes, [(identifier(n.name), n.axes) for n in self.program.inputs])
        return [*lines, *checks]

    def _static(self) -> list[str]:
        lines = []
        for p in self.graph.parameters:
            if p.static and _is_literal(p.default):
                lines.append(f"{INDENT}if {p.name} != {_literal(p.default)}:")
                message = f"{self.graph.name}: {p.name} shapes the code and is {p.default!r} in this module"
                lines.append(f"{INDENT * 2}raise ValueError({_quoted(message)})")
        return lines

    def _checks(self) -> tuple[list[str], list[Size]]:
        """Axes whose size is computed: inputs must have it, results must not be empty."""
        lines: list[str] = []
        self.names.used = {}
        text = ArrayText(self.names, "").scalar
        for node in self.program.inputs:
            for k, index in enumerate(node.axes):
                if not isinstance(index.size, Size):
                    lines += self._same_size(node, k, index, text)
        needed = {}
        for index in composite_indices(self.program.forward):
            needed.setdefault((index.label, index.size), None)
        for label, least in constant_reads(self.program.forward):
            needed.setdefault((label, least), None)
        while needed:
            call: dict[str, str] = {}
            for label, size in list(needed):
                name = f"{label}_" if keyword.iskeyword(label) else label
                if name not in call:
                    call[name] = text(size)
                    del needed[label, size]
            lines.append(f"{INDENT}_fits({', '.join(f'{k}={v}' for k, v in call.items())})")
            self.helpers.add("fits")
        return lines, [s for s in self.names.used if isinstance(s, Size)]

    def _same_size(self, node: Node, k: int, index: Index, text) -> list[str]:
        name, size = identifier(node.name), text(index.size)
        message = (
            f"{self.graph.name}: axis '{index.label}' of {node.name} has size {{{name}.shape[{k}]}}, {size} is needed"
        )
        return [f"{INDENT}if {name}.shape[{k}] != {size}:", f"{INDENT * 2}raise ValueError(f{_quoted(message)})"]

    def _unpack(self, sizes: Iterable[Size], arrays: Sequence[tuple[str, Sequence[Index | None]]]) -> list[str]:
        """Lines such as ``n, d = x.shape`` for the wanted sizes."""
        missing = list(dict.fromkeys(sizes))
        lines = []
        while missing:
            best = max(arrays, key=lambda a: len(_sizes_of(a[1], missing)), default=None)
            if best is None or not _sizes_of(best[1], missing):
                words = missing[0].label
                raise SymnetError(f"the size of axis '{words}' is that of no input", place=self.graph.place)
            name, axes = best
            found = _sizes_of(axes, missing)
            if len(found) == 1:
                (size,) = found
                position = [i.size if i is not None else None for i in axes].index(size)
                lines.append(f"{INDENT}{self.names[size]} = {name}.shape[{position}]")
            else:
                left = []
                for i in axes:
                    new = i is not None and i.size in found
                    left.append(self.names[i.size] if new else "_")
                    found = [s for s in found if not (new and s == i.size)]
                lines.append(f"{INDENT}{', '.join(left)} = {name}.shape")
            missing = [s for s in missing if s not in _sizes_of(axes, missing)]
        return lines

    # -- backward -------------------------------------------------------------------------------------------------
    @dataclass
    class _Backward:
        lines: list[str]
        constants: list[str]
        needs_dtype: bool
        cached: list[tuple[str, Sequence[Index | None]]]
        unpack: list[str]
        upstream: list[str]

    def _backward_body(self) -> "Writer._Backward":
        upstream = self.program.upstream
        body, sizes = self._body(self.lowered.backward, f"{identifier(upstream[0].name)}.dtype", self._comments_slot())
        constants = [self.names.get(p.symbol) for p in self.graph.parameters if p.symbol in self.names.used]
        variables = self.lowered.variables
        by_name = {n.name: n for n in (*self.program.inputs, *self.program.forward)}
        cached = [(identifier(n), self.lowered.layout(by_name[n])) for n in self.lowered.cache]
        reals = [n for n in self.lowered.cache if variables[n].kind == "real"]
        dtype = f"{identifier(reals[0])}.dtype" if reals else DTYPE
        lines, wanted = [], list(sizes)
        for node in upstream:
            like = next((n for n, layout in cached if tuple(layout) == node.axes and node.axes), None)
            self.names.used = {}
            shape = f"{like}.shape" if like else self._small_shape(node, sizes, cached)
            shape = shape or ArrayText(self.names, "").shape(node.axes)
            wanted += [s for s in self.names.used if isinstance(s, Size)]
            name = identifier(node.name)
            lines += assignment(INDENT, f"{name} =", f'_upstream("{name}", {name}, {shape}, {dtype})')
        self.helpers.add("upstream")
        wanted = list(dict.fromkeys(wanted))
        inside = [s for s in wanted if any(_sizes_of(layout, [s]) for _, layout in cached)]
        self.sizes_for_backward = [s for s in wanted if s not in inside]
        unpack = self._unpack(inside, cached)
        return Writer._Backward(body, constants, not reals, cached, unpack, lines)

    def _small_shape(self, node: Node, named: Sequence[Size], cached) -> str:
        """The shape of one or two axes, read from cached arrays where its sizes have no names."""
        if len(node.axes) > 2:
            return ""
        parts = []
        for index in node.axes:
            places = [
                (n, k) for n, layout in cached for k, i in enumerate(layout) if i is not None and i.size == index.size
            ]
            if index.size in named or not places:
                return ""
            parts.append(f"{places[0][0]}.shape[{places[0][1]}]")
        return _tuple(parts) if parts else "()"

    def _comments_slot(self) -> dict[str, str]:
        from symnet.codegen.docstring import comments

        return comments(self._derivation) if hasattr(self, "_derivation") else {}

    def _backward_parts(self, comments: dict[str, str]) -> list[str]:
        b = self._backward
        entries = [*(n for n, _ in b.cached), *b.constants, *(self.names.get(s) for s in self.sizes_for_backward)]
        if b.needs_dtype:
            entries.append(DTYPE)
        lines = assignment(INDENT, f"{_tuple(entries, bare=True)} =", "cache") if entries else []
        body, _ = self._body(self.lowered.backward, f"{identifier(self.program.upstream[0].name)}.dtype", comments)
        return [*lines, *b.unpack, *b.upstream, *body]

    def _input_dtype(self) -> str:
        real = [n for n in self.program.inputs if n.kind not in ("labels",)]
        return f"{identifier(real[0].name)}.dtype" if real else "np.dtype(float)"

    def _forward_comments(self) -> dict[str, str]:
        return {name: "the largest, so that exp can not overflow" for name in self.program.shifts}

    def _quiet(self, blocks: Sequence[Block]) -> bool:
        """A branch of ``where`` holds something that may overflow where it is not taken."""
        own = {identifier(b.node.name) for b in blocks if any(map(_is_risky, b.arrays)) and b.node.auto}
        for block in (*self.lowered.forward, *self.lowered.backward):
            for choice in block.arrays:
                if isinstance(choice, Apply) and choice.op == "where":
                    inside = [a for branch in choice.args[1:] for a in walk(branch)]
                    if any(isinstance(a, Ref) and a.name in own for a in inside):
                        return True
                    if block in blocks and any(map(_is_risky, inside)):
                        return True
        return False

    # -- the whole ------------------------------------------------------------------------------------------------
    def render(self, title: str, sections, axes: Sequence[Node], functions: Sequence[FunctionText]) -> str:
        template = environment().get_template("numpy/readable.py.j2")
        text = template.render(
            title=title,
            origin=docstring.origin(self.op),
            sections=sections,
            windows=self.windows,
            axes="\n".join(_dictionary("AXES =", [(identifier(n.name), axes_words(n)) for n in axes])),
            functions=functions,
            helpers=sorted(self.helpers, key=HELPERS.index),
            op=self.graph.name,
        )
        return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


HELPERS = ("sigmoid", "softplus", "erf", "product_of_others", "inputs", "fits", "upstream")
RISKY = {"exp", "expm1", "log", "log1p", "pow", "sqrt", "sinh", "cosh"}


def _is_risky(array: Array) -> bool:
    """An operation that can overflow, or that has no value somewhere."""
    if not isinstance(array, Apply):
        return False
    if array.op == "pow":
        return array.args[1] != const(2)
    return array.op in RISKY or (array.op == "div" and array.args[1].kind != "const")


def axes_words(node: Node) -> str:
    """The axes of an argument as the generated checks read them: ``n d``, ``n m=n``, ``n:below c``, ``n d:mask``."""
    words = []
    for index in node.axes:
        size = index.size
        same = isinstance(size, Size) and size.label != index.label
        own = isinstance(size, Size) or index.level == 0
        words.append(f"{index.label}={size.label}" if same else index.label if own else index.label)
    text = " ".join(words)
    if node.kind == "labels":
        return f"{text}:below {node.below.label if isinstance(node.below, Size) else ''}".rstrip()
    return f"{text}:mask" if node.kind in ("mask", "one_hot") else text


def composite_indices(nodes: Iterable[Node]) -> list[Index]:
    """Indices of a computed size that may be less than 1."""
    found: dict[Index, None] = {}
    for node in nodes:
        for index in node.axes:
            found[index.at_level(0)] = None
        for part in sp.preorder_traversal(node.expr):
            if isinstance(part, Reduction):
                for index in part.over:
                    found[index.at_level(0)] = None
    return [i for i in found if not isinstance(i.size, Size) and not (i.size - 1).is_nonnegative]


def constant_reads(nodes: Iterable[Node]) -> list[tuple[str, sp.Expr]]:
    """Axes that are read at a fixed position beyond the first: ``(label, size - position)`` must be at least 1."""
    found: dict[tuple[str, sp.Expr], None] = {}
    for node in nodes:
        for access in sorted(accesses(node.expr), key=lambda a: a.name):
            for axis, sub in zip(access.node.axes, access.subs):
                if sub.is_Integer and sub > 0 and not axis.size.is_Integer:
                    found[axis.label, axis.size - sub] = None
    return list(found)


def _sizes_of(layout: Sequence[Index | None], wanted: Sequence[Size]) -> list[Size]:
    return [s for s in dict.fromkeys(i.size for i in layout if i is not None) if s in wanted]


def _is_literal(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str)) or (
        isinstance(value, tuple) and all(map(_is_literal, value))
    )  # fmt: skip


def _literal(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else repr(value)


def _tuple(entries: Sequence[str], bare: bool = False) -> str:
    if len(entries) == 1:
        return f"({entries[0]},)"
    text = ", ".join(entries)
    return text if bare else f"({text})"


def _words(names: Iterable[str]) -> str:
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dictionary(left: str, items: Sequence[tuple[str, str]]) -> list[str]:
    entries = [f'"{k}": "{v}"' for k, v in items]
    line = f"{left} {{{', '.join(entries)}}}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{left} {{", *(f"{INDENT}{e}," for e in entries), "}"]


__all__ = ["Access", "function_text", "module_text", "program_of"]
