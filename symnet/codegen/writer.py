"""Functions as text: what each says before and after its mathematics.

Before: checks of the arguments, the sizes that the body speaks of, the cache unpacked.  After: the cache, the results.
Only what the body uses is said; that is known when its lines have been printed.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symnet.codegen.arrays import Apply, Array, Layout, Ref, const, walk
from symnet.codegen.checks import composite_indices, constant_reads, divisors
from symnet.codegen.emit import INDENT, lines_of
from symnet.codegen.functions import Block, lower
from symnet.codegen.names import identifier, symbol_names
from symnet.codegen.passes import Program
from symnet.codegen.text import ArrayText
from symnet.codegen.wrap import WIDTH, assignment, broken
from symnet.errors import SymnetError
from symnet.ir.expr import Size
from symnet.ir.graph import Graph, Node

DTYPE = "dtype"
LONGEST_DOC = 88
SHIFT = "the largest, so that exp can not overflow"

Shaped = tuple[str, Layout]  # a variable and the indices of its dimensions


@dataclass(frozen=True)
class FunctionText:
    """One function as the template shows it; ``quiet``: without NumPy's warnings."""

    head: str
    doc: str
    lines: list[str]
    quiet: bool


@dataclass(frozen=True)
class Entries:
    """What the cache holds: arrays, constants, sizes that no cached array has, and the dtype if none has it."""

    arrays: list[Shaped]
    constants: list[str]
    sizes: list[Size]
    dtype: bool


class Writer:
    """Writes the functions of one module; collects the helpers and imports that they need."""

    text: type[ArrayText] = ArrayText

    function = "forward"  # what computes the forward nodes

    def __init__(self, graph: Graph, program: Program, comments: Mapping[str, str]) -> None:
        self.graph, self.program = graph, program
        nodes = (*program.inputs, *program.forward, *program.upstream, *program.backward)
        self.names = symbol_names(graph, nodes)
        self.lowered = lower(program, self.names)
        self.names.update(self.lowered.counters)
        self.comments = {**dict.fromkeys(program.shifts, SHIFT), **comments}
        self.helpers: set[str] = set()
        self.spent: set[str] = set()  # arrays of others that results are written over
        self.successors: dict[str, str] = {}  # inputs that are written over, each with the output that takes its place
        self.asked = ""  # the argument that says whether they are, where a caller may choose
        self.windows = False

    @property
    def kernels(self) -> list[list[str]]:
        """Compiled functions beside those of the module."""
        return []

    # -- functions ------------------------------------------------------------------------------------------------
    def both(self) -> list[FunctionText]:
        """``forward`` and ``backward``."""
        body, sizes = self._body(self.lowered.forward, self._input_dtype())
        entries, backward = self._backward()
        cached = [name for name, _ in entries.arrays] + entries.constants
        cached += [self.names[s] for s in entries.sizes] + [self._input_dtype()] * entries.dtype
        outputs = ", ".join(identifier(n.name) for n in self.program.outputs)
        if self.graph.several:
            outputs = f"({outputs}{',' if len(self.program.outputs) == 1 else ''})"
        lines = [*self._entry([*sizes, *entries.sizes]), *body]
        lines += assignment(INDENT, "cache =", self._left(_tuple(cached)))
        for node in self.program.outputs:
            if node.axes and identifier(node.name) in cached:
                lines.append(f"{INDENT}{identifier(node.name)}.flags.writeable = False  # the cache holds it")
        lines.append(f"{INDENT}return {outputs}, cache")
        doc = f"Return {_words(n.name for n in self.program.outputs)} and the cache for backward."
        return [FunctionText(self._head("forward"), doc, lines, self._quiet(self.lowered.forward)), backward]

    def _left(self, cached: str) -> str:
        """The cache; where backward writes over it, it is there once, with what forward computes it from."""
        if not self.spent:
            return cached
        self.helpers.add("spend")
        given = [_tuple([identifier(n.name) for n in self.program.inputs])]
        constants = [f'"{p.name}": {p.name}' for p in self.graph.parameters if _is_literal(p.default)]
        given.append(f"{{{', '.join(constants)}}}")
        return f"[{cached}], {', '.join(given)}"

    def alone(self, name: str) -> FunctionText:
        """One function that computes the outputs from the inputs."""
        body, sizes = self._body(self.lowered.forward, self._input_dtype())
        outputs = [identifier(n.name) for n in self.program.outputs]
        lines = [*self._entry(sizes), *body, f"{INDENT}return {_tuple(outputs, bare=True)}"]
        doc = f"Return a tuple: {_words(n.name for n in self.program.outputs)}."
        return FunctionText(self._head(name), doc, lines, self._quiet(self.lowered.forward))

    def _backward(self) -> tuple[Entries, FunctionText]:
        upstream = self.program.upstream
        body, sizes = self._body(self.lowered.backward, f"{identifier(upstream[0].name)}.dtype")
        constants = [p.name for p in self.graph.parameters if p.symbol in self.names.used]
        by_name = {n.name: n for n in (*self.program.inputs, *self.program.forward)}
        arrays = [(identifier(n), self.lowered.layout(by_name[n])) for n in self.lowered.cache]
        reals = [identifier(n) for n in self.lowered.cache if self.lowered.variables[n].kind == "real"]
        checks, more = self._upstream(upstream, sizes, arrays, f"{reals[0]}.dtype" if reals else DTYPE)
        wanted = list(dict.fromkeys((*sizes, *more)))
        inside = [s for s in wanted if any(_sizes_of(layout, [s]) for _, layout in arrays)]
        entries = Entries(arrays, constants, [s for s in wanted if s not in inside], not reals)
        cached = [n for n, _ in arrays] + constants + [self.names[s] for s in entries.sizes]
        cached += [DTYPE] * entries.dtype
        results = [identifier(n.name) for n in self.program.results]
        cache = "_spend(cache)" if self.spent else "cache"
        lines = assignment(INDENT, f"{_tuple(cached, bare=True)} =", cache) if cached else []
        lines += [*self._unpack(inside, arrays), *checks, *body]
        bare = f"{INDENT}return {_tuple(results, bare=True)}"
        lines += [bare] if len(bare) <= WIDTH else broken(INDENT, "return ", _tuple(results), "")
        names = _words(n.adjoint_of for n in self.program.results)
        doc = f"Return a tuple of the gradient{'s' if len(results) > 1 else ''} with respect to {names}."
        if len(doc) > LONGEST_DOC:
            doc = "Return a tuple of the gradients, in the order of the inputs that have one."
        head = _definition("backward", [*(identifier(n.name) for n in upstream), "cache"])
        return entries, FunctionText(head, doc, lines, self._quiet(self.lowered.backward))

    # -- before the body ------------------------------------------------------------------------------------------
    def _head(self, name: str) -> str:
        arguments = [identifier(n.name) for n in self.program.inputs]
        constants = [f"{p.name}={_literal(p.default)}" for p in self.graph.parameters if _is_literal(p.default)]
        return _definition(name, [*arguments, "*", *constants] if constants else arguments)

    def _entry(self, sizes: Sequence[Size]) -> list[str]:
        """Checks of the arguments, and the sizes that the body and the cache speak of."""
        constants = [p.name for p in self.graph.parameters if not p.static]
        given = [identifier(n.name) for n in self.program.inputs] + constants
        call = f"_inputs({', '.join(f'{n}={n}' for n in given)})"
        self.helpers |= {"inputs", "number"} if constants else {"inputs"}
        lines = self._static()
        checks, more = self._checks()
        lines += assignment(INDENT, f"{', '.join(given)} =", call)
        for p in self.graph.parameters:
            if p.limits is not None and not p.static:
                message = f'f"{{NAME}}: {p.name} is {{{p.name}}}, it has to lie in {p.limits.text}"'
                lines += [f"{INDENT}if not {p.limits.condition(p.name)}:", f"{INDENT * 2}raise ValueError({message})"]
        lines += self._unpack([*sizes, *more], [(identifier(n.name), n.axes) for n in self.program.inputs])
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
                    name, size = identifier(node.name), text(index.size)
                    found = f"axis '{index.label}' of {node.name} has size {{{name}.shape[{k}]}}"
                    lines.append(f"{INDENT}if {name}.shape[{k}] != {size}:")
                    message = (
                        f"{INDENT * 2}raise ValueError(f{_quoted(f'{self.graph.name}: {found}, {size} is needed')})"
                    )
                    if len(message) > WIDTH:
                        lines.append(f"{INDENT * 2}found = f{_quoted(found)}")
                        message = f'{INDENT * 2}raise ValueError(f"{{NAME}}: {{found}}, {size} is needed")'
                    lines.append(message)
        needed = [(i.label, i.size) for i in composite_indices(self.program.forward)]
        needed += constant_reads((*self.graph.definitions, *self.program.forward))
        needed = list(dict.fromkeys(needed))
        fitting = {size for _, size in needed}
        while needed:
            call = dict(reversed(needed))
            needed = [(label, size) for label, size in needed if call[label] != size]
            items = [f"{_argument(label)}={text(call[label])}" for label in reversed(call)]
            lines.append(f"{INDENT}_fits({', '.join(items)})")
            self.helpers.add("fits")
        for size in divisors([*self.program.forward, *self.program.backward]):
            if size not in fitting:
                message = f'f"{{NAME}}: the definition divides by {text(size)}, which is 0"'
                lines += [f"{INDENT}if {text(size)} == 0:", f"{INDENT * 2}raise ValueError({message})"]
        return lines, self.names.used_sizes

    def _unpack(self, sizes: Iterable[Size], arrays: Sequence[Shaped]) -> list[str]:
        """Lines such as ``n, d = x.shape`` for the wanted sizes."""
        missing = list(dict.fromkeys(sizes))
        lines = []
        while missing:
            name, layout = max(arrays, key=lambda a: len(_sizes_of(a[1], missing)), default=("", ()))
            found = _sizes_of(layout, missing)
            if not found:
                place = self.graph.place
                raise SymnetError(f"the size of axis '{missing[0].label}' is that of no input", place=place)
            missing = [s for s in missing if s not in found]
            dimensions = [i.size if i is not None else None for i in layout]
            if len(found) == 1:
                lines.append(f"{INDENT}{self.names[found[0]]} = {name}.shape[{dimensions.index(found[0])}]")
                continue
            targets = ["_"] * len(dimensions)
            for size in found:
                targets[dimensions.index(size)] = self.names[size]
            lines.append(f"{INDENT}{', '.join(targets)} = {name}.shape")
        return lines

    def _upstream(
        self, upstream: Sequence[Node], named: Sequence[Size], arrays: Sequence[Shaped], dtype: str
    ) -> tuple[list[str], list[Size]]:
        """Checks of the upstream gradients, and the sizes that they speak of."""
        self.helpers.add("upstream")
        lines: list[str] = []
        self.names.used = {}
        for node in upstream:
            like = next((n for n, layout in arrays if tuple(layout) == node.axes and node.axes), None)
            shape = f"{like}.shape" if like else self._small_shape(node, named, arrays)
            shape = shape or ArrayText(self.names, "").shape(node.axes)
            name = identifier(node.name)
            lines += assignment(INDENT, f"{name} =", f'_upstream("{name}", {name}, {shape}, {dtype})')
        return lines, self.names.used_sizes

    def _small_shape(self, node: Node, named: Sequence[Size], arrays: Sequence[Shaped]) -> str:
        """The shape of one or two axes, read from cached arrays where its sizes have no names."""
        parts = []
        for index in node.axes:
            sizes = [(n, [i.size if i is not None else None for i in layout]) for n, layout in arrays]
            places = [f"{n}.shape[{found.index(index.size)}]" for n, found in sizes if index.size in found]
            if index.size in named or not places or len(node.axes) > 2:
                return ""
            parts.append(places[0])
        return _tuple(parts) if parts else "()"

    # -- the body -------------------------------------------------------------------------------------------------
    def _body(self, blocks: Sequence[Block], dtype: str) -> tuple[list[str], list[Size]]:
        text = self.text(self.names, dtype)
        self.names.used = {}
        lines = lines_of(blocks, text, self.comments)
        self.helpers |= text.helpers
        self.windows |= text.uses_windows
        return lines, self.names.used_sizes

    def _input_dtype(self) -> str:
        real = [n for n in self.program.inputs if n.kind != "labels"]
        return f"{identifier(real[0].name)}.dtype" if real else "np.dtype(float)"

    def _quiet(self, blocks: Sequence[Block]) -> bool:
        """A branch of ``where`` holds something that may overflow where it is not taken."""
        risky = [b for b in (*self.lowered.forward, *self.lowered.backward) if any(map(_is_risky, b.arrays))]
        own = {identifier(b.node.name) for b in risky if b in blocks and b.node.auto}
        given = {identifier(b.node.name) for b in risky if b not in blocks}
        for block in (*self.lowered.forward, *self.lowered.backward):
            for choice in block.arrays:
                if isinstance(choice, Apply) and choice.op == "where":
                    inside = [a for branch in choice.args[1:] for a in walk(branch)]
                    read = {a.name for a in inside if isinstance(a, Ref)}
                    if read & own or (block in blocks and (read & given or any(map(_is_risky, inside)))):
                        return True
        return False


RISKY = {"exp", "expm1", "log", "log1p", "pow", "sqrt", "sinh", "cosh"}


def _is_risky(array: Array) -> bool:
    """An operation that can overflow, or that has no value somewhere."""
    if not isinstance(array, Apply):
        return False
    if array.op == "pow":
        return array.args[1] != const(2)
    return array.op in RISKY or (array.op == "div" and array.args[1].kind != "const")


def _sizes_of(layout: Layout, wanted: Sequence[Size]) -> list[Size]:
    return [s for s in dict.fromkeys(i.size for i in layout if i is not None) if s in wanted]


def _argument(label: str) -> str:
    return f"{label}_" if keyword.iskeyword(label) else label


def _definition(name: str, arguments: Sequence[str]) -> str:
    line = f"def {name}({', '.join(arguments)}):"
    if len(line) <= WIDTH:
        return line
    return "\n".join((f"def {name}(", *(f"{INDENT}{a}," for a in arguments), "):"))


def _is_literal(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _literal(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else repr(value)


def _tuple(entries: Sequence[str], bare: bool = False) -> str:
    if len(entries) == 1:
        return f"({entries[0]},)"
    text = ", ".join(entries)
    return text if bare else f"({text})"


def _words(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
