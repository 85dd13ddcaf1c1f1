"""Operations: a forward definition with its name, its source and its graph."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Set
from dataclasses import replace
from functools import cached_property
from itertools import chain, combinations, count

import sympy as sp

from symnet.errors import DefinitionError
from symnet.ir.definition import Definition, current, read_definition
from symnet.ir.expr import Access, Index, Param, Reduction, Size, free_indices, reduce_over, reindex
from symnet.ir.graph import Carry, Graph, Node
from symnet.ir.recurrence import Steps, blocks
from symnet.ir.tensor import HEAVY, Tensor, number


class Op:
    """A forward definition; reading it is put off until something is asked of it.

    Called with arrays of another definition it becomes a part of that one; called with NumPy arrays it computes.
    """

    starts = False  # no array has a default

    def __init__(
        self, function: Callable, *, name: str = "", source: str = "", inputs: dict[str, object] | None = None
    ):
        if not callable(function):
            raise DefinitionError(f"{function!r} is not a function", hint="write @sn.op over the forward definition")
        self.function = function
        self.name = name or function.__name__
        self.source = source
        self.family = (function.__module__ or "").rpartition(".")[2]
        self.inputs = inputs
        self.__doc__ = function.__doc__
        self.__name__ = self.name

    @property
    def doc(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def graph(self) -> Graph:
        """The index graph; raises DefinitionError naming the line where the notation is not followed."""
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            hint = 'use letters, digits and _, as in sn.op(f, name="my_layer"), and no word of Python'
            raise DefinitionError(f"'{self.name}' is not a name for an operation", hint=hint)
        f = self.function
        if inspect.isgeneratorfunction(f) or inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f):
            raise DefinitionError(f"{self.name} is a generator or async", hint="write a plain function with `return`")
        return read_definition(f, self.name, self.inputs, self.starts)

    def __call__(self, *arguments, **constants):
        definition = current()
        if definition is not None:
            return call(self, definition, arguments, constants)
        import symnet

        return symnet.compile(self).forward(*arguments, **constants)[0]

    # -- how it shows itself in a notebook: upwards on purpose, and only when it is asked for
    def _repr_markdown_(self) -> str:
        from symnet.explain.shown import markdown

        return markdown(self)

    def _repr_html_(self) -> str:
        from symnet.explain.shown import html

        return html(self)

    def _repr_latex_(self) -> str:
        from symnet.explain.shown import latex

        return latex(self)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def op(function=None, *, name: str = "", source: str = "", inputs: dict[str, object] | None = None):
    """Declare a forward definition: ``@sn.op`` over a function whose annotations name the axes.

    A positional parameter is an array, its annotation the axes in NumPy order; a keyword-only parameter is a constant.
    ``name`` is the function's unless it is given; ``source`` cites where the definition is from; ``inputs`` gives names
    and axes of arrays for a function that takes ``*arrays``.

    The result is an :class:`Op`.  The definition is read when something is first asked of it; DefinitionError then
    names the line where the notation is not followed.
    """
    if function is None:
        return lambda f: Op(f, name=name, source=source, inputs=inputs)
    return Op(function, name=name, source=source, inputs=inputs)


def call(callee: Op, definition: Definition, arguments, constants):
    """The nodes of ``callee`` become nodes of the definition that calls it."""
    graph = callee.graph
    names = [n.name for n in graph.inputs]
    by_name = [name for name in names[len(arguments) :] if name in constants]
    constants = dict(constants)
    given = (*arguments, *(constants.pop(name) for name in by_name))
    if len(given) != len(names) or by_name != names[len(arguments) :]:
        wanted = f"{len(names)} array{'s' if len(names) != 1 else ''} ({', '.join(names)})"
        hint = f"constants go by name, as in {graph.parameters[0].name}=..." if graph.parameters else ""
        raise DefinitionError(f"{callee.name} takes {wanted}, got {len(given)}", hint=hint)
    unknown = set(constants) - {p.name for p in graph.parameters}
    if unknown:
        raise DefinitionError(f"{callee.name} has no constant '{sorted(unknown)[0]}'")
    return _Instance(callee, graph, definition, given, constants).outputs()


def _unused(name: str, taken: Set[str]) -> str:
    """``name``, or name2, name3, ... where it is taken."""
    return next(n for n in chain([name], (f"{name}{k}" for k in count(2))) if n not in taken)


class _Instance:
    """One call of an operation inside a definition: axes go by position, names are made unique.

    An argument with more axes than the callee asks for is a batch along the leading ones: the callee works on each.
    Two axes of the callee may be one axis of the caller, as in ``attention(x, x, x)``; where the callee reads both at
    once they are kept apart, and the second one has the callee's name for it.
    """

    def __init__(self, callee, graph: Graph, definition: Definition, arguments, constants):
        self.callee, self.graph, self.definition = callee, graph, definition
        self.labels: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self.sizes: dict[Size, sp.Expr] = {}
        self.params = {p.symbol: self._constant(p, constants) for p in graph.parameters if not p.static}
        for p in graph.parameters:
            if p.static and p.name in constants and constants[p.name] != p.default:
                raise DefinitionError(f"constant '{p.name}' of {callee.name} shapes it and is fixed at {p.default!r}")
        self.nodes: dict[str, tuple[tuple[Index, ...], sp.Expr]] = {}
        self.leading: dict[str, tuple[Index, ...]] = {}
        self.taken = {i.label for a in arguments if isinstance(a, Tensor) for i in a.axes}
        for node, argument in zip(graph.inputs, arguments):
            self._bind(node, argument)
        self._keep_apart()

    def _keep_apart(self) -> None:
        """Leading axes must not meet an axis of the callee by their name."""
        for name, axes in self.leading.items():
            for index in axes:
                if index.label in self.labels.values():
                    raise DefinitionError(
                        f"axis '{index.label}' of {name} stands before the axes that {self.callee.name} wants, "
                        "and is one of those as well",
                        hint="read it under another name first",
                    )

    def _constant(self, parameter, constants) -> sp.Expr:
        value = constants.get(parameter.name, parameter.default)
        if isinstance(value, Tensor) and value.axes:
            message = f"constant '{parameter.name}' of {self.callee.name} is a number, got an array"
            raise DefinitionError(f'{message} with axes "{value.words}"', hint="make it an array of that operation")
        fixed = value if isinstance(value, (int, float)) else getattr(value, "static", None)
        if parameter.limits is not None and fixed is not None and fixed not in parameter.limits:
            raise DefinitionError(f"{parameter.name} of {self.callee.name} is {fixed}, not in {parameter.limits.text}")
        return value.expr if isinstance(value, Tensor) else number(value)

    def _bind(self, node: Node, argument) -> None:
        if not isinstance(argument, Tensor):
            argument = Tensor(self.definition, number(argument))
        extra = len(argument.axes) - len(node.axes)
        if extra < 0:
            raise DefinitionError(
                f'{self.callee.name} wants {node.name} with axes "{" ".join(i.label for i in node.axes)}", '
                f'got "{argument.words}"'
            )
        if argument.weight > 1:
            self.definition.name_tensor(argument, argument.hint if argument.hint != "v" else node.name)
        leading, axes = argument.axes[:extra], argument.axes[extra:]
        for own, given in zip(node.axes, axes):
            first = self.given.setdefault(own.label, given.label)
            if first != given.label:
                raise DefinitionError(
                    f"axis '{own.label}' of {self.callee.name} is '{first}' in one array, "
                    f"'{given.label}' in {node.name}",
                    hint="read one of them under the other's name first",
                )
            if own.label not in self.labels:
                self.labels[own.label] = self._label(own, given)
            if isinstance(own.size, Size):
                known = self.sizes.setdefault(own.size, given.size)
                if known != given.size:
                    self.definition.equate(known, given.size, f"axis '{own.label}' of {self.callee.name}")
            elif own.size.is_Integer and given.size != own.size:
                self.definition.equate(own.size, given.size, f"axis '{own.label}' of {self.callee.name}")
        self.nodes[node.name] = (axes, argument.expr)
        self.leading[node.name] = leading

    def _label(self, own: Index, given: Index) -> str:
        """The name of an axis of the callee: as in the argument, unless the callee reads it beside one of that name."""
        beside = {label for label in self.labels if {label, own.label} in self._together}
        if given.label not in {self.labels[label] for label in beside}:
            return given.label
        known = self.definition.indices
        other = {i.label for i in known.values() if i.size != given.size}
        label = _unused(own.label, {*self.taken, *self.labels.values(), *other})
        known.setdefault(label, Index(label, given.size))
        return label

    @cached_property
    def _together(self) -> set[frozenset[str]]:
        """Pairs of axes of the callee that some expression of it depends on."""
        found: set[frozenset[str]] = set()
        for node in self.graph.definitions:
            scopes = [free_indices(node.expr) | {*node.axes}]
            scopes += [free_indices(part.body) for part in node.expr.atoms(Reduction)]
            for scope in scopes:
                found |= {frozenset(pair) for pair in combinations(sorted({i.label for i in scope}), 2)}
        return found

    def _index(self, index: Index) -> Index:
        if index.label not in self.labels:
            leading = {i.label for axes in self.leading.values() for i in axes}
            self.labels[index.label] = _unused(index.label, {*self.labels.values(), *leading})
        label, size, same = self.labels[index.label], self._walk(index.size), self.definition.same_size
        known = self.definition.indices.get(label)
        if known is not None and same(known.size) == same(size):  # equal sizes have several names until the end
            size = known.size
        return Index(label, size, index.level)

    def _walk(self, part: sp.Expr) -> sp.Expr:
        if isinstance(part, Index):
            return self._index(part)
        if isinstance(part, Size):
            return self.sizes.get(part, part)
        if isinstance(part, Param):
            return self.params.get(part, part)
        if isinstance(part, Access):
            axes, expr = self.nodes[part.node.name]
            return reindex(expr, dict(zip(axes, map(self._walk, part.subs))))
        if isinstance(part, Reduction):
            return reduce_over(part.op, self._walk(part.body), map(self._index, part.over))
        return part.func(*map(self._walk, part.args)) if part.args else part

    def outputs(self):
        """The results; the caller gives them their names, all else keeps the name it has in the callee."""
        read = {name for node in self.graph.definitions for name in node.reads}
        tensors: dict[str, Tensor] = {}
        for block in blocks(self.graph.definitions):
            if isinstance(block, Steps):
                tensors |= self._loop(block)
            else:
                tensors[block.name] = self._result(block, block.name in read)
        results = tuple(self._as_given(tensors[node.name]) for node in self.graph.outputs)
        return results if self.graph.several else results[0]

    def _as_given(self, result: Tensor) -> Tensor:
        """An axis that was kept apart from another has the caller's name again, where the result has not the other."""
        for own, label in self.labels.items():
            given = self.given.get(own, label)
            if given == label or given in (i.label for i in result.axes):
                continue
            back = {i: Index(given, i.size) for i in result.axes if i.label == label}
            axes = (back.get(i, i) for i in result.axes)
            expr = reindex(result.expr, back)
            result = Tensor(self.definition, expr, axes, firm=True, weight=result.weight, hint=result.hint)
        return result

    def _result(self, node: Node, read: bool) -> Tensor:
        axes = tuple(map(self._index, node.axes))
        expr = self._walk(node.expr)
        batch = [i for given in self.leading.values() for i in given if i in free_indices(expr)]
        whole = (*dict.fromkeys(batch), *axes)
        hint = self.callee.name if len(self.graph.outputs) == 1 and node in self.graph.outputs else node.name
        tensor = Tensor(self.definition, expr, whole, firm=True, weight=HEAVY, hint=hint)
        if node not in self.graph.outputs or read:
            self.definition.name_tensor(tensor, hint)
        self.nodes[node.name] = (axes, tensor.expr)
        return tensor

    def _loop(self, loop: Steps) -> dict[str, Tensor]:
        """A scan of the callee becomes one of the caller."""
        name = self.callee.name
        if any(self.leading.values()):
            raise DefinitionError(f"{name} holds a scan, so it takes no batch in front of its axes")
        if self.definition.step is not None:
            raise DefinitionError(f"{name} holds a scan, and a scan inside the step of a scan is not supported")
        found = {}
        for node in loop.carried:
            assert node.carry is not None
            axes = tuple(map(self._index, node.axes))
            carry = Carry(self._index(node.carry.index), self._walk(node.carry.before))
            state = Node(self.definition.fresh_name(node.name), axes, carry=carry, auto=True)
            self.definition._reserved.add(state.name)
            self.nodes[node.name] = (axes, state.value)
            found[node.name] = Tensor(self.definition, state.value, axes, firm=True, hint=node.name)
        for node in loop.nodes:
            if node.carry is None:
                found[node.name] = self._result(node, read=True)
                continue
            state = found[node.name].expr.node
            self.definition._reserved.discard(state.name)
            self.definition.nodes[state.name] = replace(state, expr=self._walk(node.expr))
            self.definition._wanted[state.name] = node.name
        return found
