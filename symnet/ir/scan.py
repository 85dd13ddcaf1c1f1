"""Recurrences of a definition: a step that is applied along an axis, each time to what the last one gave.

    h[t] = step(h[t - 1], x[t])        h[-1] = start

The step is run once, for a step t that is not known: slices lose the axis, and whatever is named inside gets it back.
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symnet.errors import DefinitionError
from symnet.ir.definition import Definition, current
from symnet.ir.expr import Access, Index, fresh_index, reindex, transform
from symnet.ir.graph import Carry, Node
from symnet.ir.tensor import Tensor, number


def scan(step: Callable, start, *sequences, over: str):
    """Apply ``step`` along the axis ``over``: ``state = step(state, slice of each sequence)``.

    ``start`` is the state before the first step, an array or a tuple of several.  The step gets the state, then the
    slice of each sequence, and returns the new state; what it returns beyond that is one more result of each step.
    Arrays that the step uses but does not get are the same in every step.  The results have the axis in front: all
    states after their step, then the other results.
    """
    definition = current()
    if definition is None:
        raise DefinitionError("sn.scan is only known inside a definition", hint="use it in a function under @sn.op")
    if definition.step is not None:
        raise DefinitionError("a scan inside the step of a scan is not supported", hint="write the inner steps out")
    several = isinstance(start, (tuple, list))
    results = _Scan.of(definition, step, list(start) if several else [start], sequences, over).results()
    return results[0] if len(results) == 1 and not several else tuple(results)


def last(x, over: str) -> Tensor:
    """``x`` at the end of an axis; of the states of a scan the last one, which without steps is where it started."""
    if not isinstance(x, Tensor):
        raise DefinitionError(f"sn.last needs an array of the definition, got {x!r}")
    index = _axis(x, over, "the array", hint="name an axis that it has")
    if x.weight > 1:
        x.definition.name_tensor(x, x.hint)
    rest = tuple(i for i in x.axes if i != index)
    return Tensor(x.definition, reindex(x.expr, {index: index.size - 1}), rest, firm=True)


def _axis(x: Tensor, label: str, what: str, hint: str) -> Index:
    for index in x.axes:
        if index.label == label:
            return index
    raise DefinitionError(f"{what} has no axis '{label}', its axes are \"{x.words}\"", hint=hint)


@dataclass(frozen=True)
class _Scan:
    """One scan: ``index`` is its axis, ``hidden`` stands for a step of it while the step is read."""

    definition: Definition
    step: Callable
    names: tuple[str, ...]  # of the states, as the step calls them
    states: tuple[Node, ...]  # each without its definition
    index: Index
    hidden: Index
    arguments: tuple[Tensor, ...]

    @classmethod
    def of(cls, definition: Definition, step: Callable, starts: list, sequences: Sequence, over: str) -> _Scan:
        names = _parameters(step, len(starts) + len(sequences))
        for k, (array, name) in enumerate(zip((*starts, *sequences), names)):
            if not isinstance(array, Tensor):
                raise DefinitionError(
                    f"'{name}' of the scan begins with {array!r}, which is not an array",
                    hint="begin with an input, or with a number times an array of the state's axes, "
                    f'as in 0 * sn.sum(x, over="{over}")',
                )
            if not isinstance(array.expr, Access):
                definition.name_tensor(array, f"{name}_start" if k < len(starts) else name)
        index = cls._steps(definition, sequences, names[len(starts) :], over)
        hidden = fresh_index(index)
        states, arguments = [], []
        for array, name in zip(starts, names):
            if over in (i.label for i in array.axes):
                raise DefinitionError(f"the state '{name}' has the axis '{over}' that the scan runs over")
            free = definition.fresh_name(name)
            definition._reserved.add(free)
            node = Node(free, (index, *array.axes), carry=Carry(index, array.expr))
            states.append(node)
            arguments.append(Tensor(definition, node[(hidden - 1, *array.axes)], array.axes, firm=True))
        for array in sequences:
            rest = tuple(i for i in array.axes if i != index)
            arguments.append(Tensor(definition, reindex(array.expr, {index: hidden}), rest, firm=True))
        return cls(definition, step, tuple(names[: len(starts)]), tuple(states), index, hidden, tuple(arguments))

    @staticmethod
    def _steps(definition: Definition, sequences: Sequence[Tensor], names: Sequence[str], over: str) -> Index:
        hint = "the step reads an array that is the same in every step by its name; it is no sequence of the scan"
        found = [_axis(x, over, f"the sequence '{name}'", hint) for x, name in zip(sequences, names)]
        if not found and over not in definition.indices:
            known = ", ".join(definition.indices)
            raise DefinitionError(f"axis '{over}' is not known", hint=f"known are {known}")
        first = found[0] if found else definition.indices[over]
        for index in found[1:]:
            definition.equate(first.size, index.size, f"the scan over '{over}'")
        if any(index != first for index in found):
            raise DefinitionError(f"the sequences differ in the size of '{over}'")
        return first

    def results(self) -> list[Tensor]:
        """All states and the other results, with the axis of the steps in front."""
        definition = self.definition
        before = set(definition.nodes)
        definition.step = (self.index, self.hidden)
        try:
            returned = self.step(*self.arguments)
            found = [self._array(x) for x in (returned if isinstance(returned, (tuple, list)) else [returned])]
            self._check(found)
            extra = found[len(self.states) :]
            for tensor in extra:
                name = tensor.hint if tensor.hint != "v" else "y"
                if isinstance(tensor.expr, Access) and tensor.expr.node in self.states:
                    definition.new_node(tensor, name)  # h[t-1] begins with h[-1], which is no entry of h
                definition.name_tensor(tensor, name)
        finally:
            definition.step = None
        fresh = {name for name in definition.nodes if name not in before}
        moved = self._define([t.expr for t in found[: len(self.states)]], fresh)
        back = {self.hidden: self.index}
        tensors = [Tensor(definition, state.value, state.axes, firm=True) for state in self.states]
        for tensor in extra:
            expr = reindex(transform(tensor.expr, moved), back)
            tensors.append(Tensor(definition, expr, (self.index, *tensor.axes), firm=True))
        return tensors

    def _array(self, returned) -> Tensor:
        """A number that a step returns is the same at every step."""
        if isinstance(returned, Tensor):
            return returned
        if isinstance(returned, numbers.Real):
            return Tensor(self.definition, number(returned), firm=True)
        raise DefinitionError(
            f"the step returns {returned!r}, which is not an array of it",
            hint="it has to end in `return` with the new states, then what else it gives at each step",
        )

    def _check(self, found: list[Tensor]) -> None:
        if len(found) < len(self.states):
            raise DefinitionError(f"the step returns {len(found)} arrays, the scan carries {len(self.states)}")
        for tensor, name, state in zip(found, self.names, self.states):
            if set(tensor.axes) != set(state.axes[1:]):
                wanted = " ".join(i.label for i in state.axes[1:])
                raise DefinitionError(
                    f'the state \'{name}\' has axes "{wanted}", the step returns "{tensor.words}"',
                    hint="read the state under another name before it is summed over, "
                    'as in sn.sum(h["n k"] * u, over="k")',
                )

    def _define(self, exprs: list[sp.Expr], fresh: set[str]) -> Callable[[sp.Expr], sp.Expr | None]:
        """Give the states their definitions.

        A result that has a name of its own is the state; what is returned says how it is read from now on.
        """
        nodes, back = self.definition.nodes, {self.hidden: self.index}
        merged: dict[str, Node] = {}
        order: dict[str, list[int]] = {}
        definitions: list[sp.Expr] = []
        for expr, state in zip(exprs, self.states):
            expr = reindex(expr, back)
            if isinstance(expr, Access) and expr.node.name in fresh - set(merged) and set(expr.subs) == set(state.axes):
                name, axes = expr.node.name, nodes[expr.node.name].axes
                place = dict(zip(axes, expr.subs))
                merged[name], order[name] = (
                    state,
                    [axes.index(k) for s in state.axes for k, v in place.items() if v == s],
                )
                expr = reindex(nodes[name].expr, place)
            definitions.append(expr)

        def leaf(part: sp.Expr) -> sp.Expr | None:
            if isinstance(part, Access) and part.node.name in merged:
                name = part.node.name
                return Access(merged[name], tuple(part.subs[k] for k in order[name]))
            return None

        for name in merged:
            del nodes[name], self.definition._wanted[name]
        for name in fresh - set(merged):
            nodes[name] = replace(nodes[name], expr=transform(nodes[name].expr, leaf))
        for state, expr in zip(self.states, definitions):
            self.definition._reserved.discard(state.name)
            nodes[state.name] = replace(state, expr=transform(expr, leaf))
            self.definition._wanted[state.name] = state.name
        return leaf


def _parameters(step: Callable, count: int) -> list[str]:
    """The names of the first ``count`` parameters of a step; raises DefinitionError where it does not take so many."""
    from symnet.ir.op import Op

    function = step.function if isinstance(step, Op) else step
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return [f"v{k}" for k in range(count)]
    names = [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    try:
        signature.bind(*[None] * count)
    except TypeError:
        raise DefinitionError(
            f"the step takes ({', '.join(signature.parameters)}), the scan gives it {count} arrays",
            hint="it gets each state as an argument of its own, then the slice of each sequence, "
            "as in step(h, c, x) of sn.scan(step, (h0, c0), x, ...)",
        ) from None
    return [*names[:count], *(f"v{k}" for k in range(len(names), count))]


__all__ = ["last", "scan"]
