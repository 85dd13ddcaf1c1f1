"""When what is computed: straight operations and loops over blocks of rows, in levels.

An operation is *row-local* in an index r when its rows a .. b need only the rows a .. b of its operands.  All
row-local operations that can run together make one loop over blocks of rows that stay in the cache.  A sum over r is
collected by the loop and known after it: who reads it belongs to the next level.

    level(op) = max over operands of   level of its loop           rows of the same loop
                                       level + 1                   sums of a loop, or rows wanted as a whole

What a later loop reads again is computed anew there when that is cheap, else stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from symnet.codegen.arrays import (
    Apply,
    Array,
    Const,
    Copy,
    Flat,
    Full,
    Layout,
    MatMul,
    Positions,
    Reduce,
    Ref,
    Subscript,
    is_whole,
    walk,
)
from symnet.codegen.fast.instructions import Gemm, Instruction, base, row_axis, variables
from symnet.ir.expr import Index

#: how many passes over a block may be spent to compute anew what could be stored
RECOMPUTE = 3
#: what an operation costs, in passes over a block; others cost one
COST = {"exp": 5, "log": 6, "log1p": 6, "expm1": 6, "tanh": 5, "sin": 6, "cos": 6, "pow": 20, "erf": 25, "sqrt": 4,
        "where": 3, "sinh": 9, "cosh": 9, "arctan": 9, "tan": 9}  # fmt: skip


@dataclass
class RowLoop:
    """A loop over blocks of rows of ``index``; ``sums`` are collected over all blocks, ``stored`` are written."""

    index: Index
    body: list[Instruction]
    sums: set[str]
    stored: dict[str, Ref]

    @property
    def reads(self) -> tuple[Ref, ...]:
        """The variables that the body reads."""
        return tuple(dict.fromkeys(ref for instruction in self.body for ref in instruction.reads))

    @property
    def in_rows(self) -> list[Ref]:
        """The variables that have rows, as often as they are made or read."""
        return [ref for i in self.body for ref in (i.target, *i.reads) if self.index in ref.layout]


Step = Instruction | RowLoop


@dataclass
class _State:
    level: int
    rows: Index | None = None
    instruction: Instruction | None = None


@dataclass
class Schedule:
    """The steps of one function; ``wanted`` are the variables that others read: results and the cache."""

    instructions: Sequence[Instruction]
    given: Sequence[Ref]
    wanted: set[str]
    blocked: bool = True
    states: dict[str, _State] = field(default_factory=dict)

    def run(self) -> list[Step]:
        arrays = [*self.given, *(ref for i in self.instructions for ref in (i.target, *i.also))]
        self.largest = largest_layouts(arrays)
        self.leading = {layout[0] for layout in self.largest} - {None} if self.blocked else set()
        for ref in self.given:
            self.states[ref.name] = _State(0)
        for instruction in self.instructions:
            self.states.update(dict.fromkeys(instruction.names, self.place(instruction)))
        self.decide()
        return self.steps()

    # -- levels ---------------------------------------------------------------------------------------------------
    def place(self, instruction: Instruction) -> _State:
        row = self.row_index(instruction)
        if row is None:
            levels = [s.level + (s.rows is not None) for s in self.sources(instruction)]
            return _State(max(levels, default=0), None, instruction)
        level = 0
        for ref, operand in operands_of(instruction):
            state = self.state(ref)
            whole = state.rows is not None and not (state.rows == row and row_axis(operand, row) == 0)
            level = max(level, state.level + whole)
        if not instruction.statements and collects(instruction.value, row):
            return _State(level + 1, None, instruction)
        return _State(level, row, instruction)

    def state(self, ref: Ref) -> _State:
        return self.states.get(ref.name) or _State(0)

    def sources(self, instruction: Instruction) -> Iterable[_State]:
        return (self.state(ref) for ref in instruction.reads)

    def row_index(self, instruction: Instruction) -> Index | None:
        """The index over whose rows the operation can be blocked."""
        value = instruction.value
        if instruction.statements:
            return instruction.row if instruction.row in self.leading else None
        if isinstance(value, Subscript):
            row = gathered_row(value)
            return row if row in self.leading else None
        layout: Layout = value.arg.layout if isinstance(value, Reduce) else value.layout
        row = next((i for i in layout[:1] if i is not None), None)
        compared = isinstance(value, Apply) and value.kind == "bool"
        positions = [a for a in walk(value) if isinstance(a, Positions)]
        if row is None or row not in self.leading or any(row in a.layout or not compared for a in positions):
            return None
        places = isinstance(value, Reduce) and value.op in ("argmax", "argmin") and value.arg.kind == "real"
        if not (places or compared) and (value.kind == "int" or any(r.kind == "int" for r in variables(value))):
            return None
        if any(row in operand.layout and row_axis(operand, row) is None for _, operand in operands(value)):
            return None
        return row if row_local(value, row) else None

    # -- what is stored, what computed anew -----------------------------------------------------------------------
    def decide(self) -> None:
        """Which row-local values are written to memory: results, what is read as a whole, what is dear to repeat."""
        self.stored = {n for n in self.wanted if (s := self.states.get(n)) is not None and s.rows is not None}
        for instruction in self.instructions:
            own = self.states[instruction.name]
            collected = own.rows is None and self.row_index(instruction) is not None
            row = own.rows if own.rows is not None else self.row_index(instruction) if collected else None
            level = own.level - 1 if collected else own.level
            for ref, operand in operands_of(instruction):
                state = self.state(ref)
                if state.rows is None:
                    continue
                if row is None or state.rows != row or row_axis(operand, row) != 0:
                    self.stored.add(ref.name)
                elif state.level < level and self.cost(ref.name) > RECOMPUTE:
                    self.stored.add(ref.name)

    def cost(self, name: str) -> int:
        """Passes over a block to compute a row-local value from what is in memory."""
        state = self.states.get(name)
        if state is None or state.rows is None or name in self.stored:
            return 0
        assert state.instruction is not None
        value = state.instruction.value
        if isinstance(value, (Reduce, MatMul, Gemm)) or state.instruction.statements or state.instruction.also:
            return RECOMPUTE + 1
        own = COST.get(value.op, 1) if isinstance(value, Apply) else 1
        return own + sum(self.cost(ref.name) for ref in state.instruction.reads)

    # -- steps ----------------------------------------------------------------------------------------------------
    def steps(self) -> list[Step]:
        straight: dict[int, list[Instruction]] = {}
        loops: dict[tuple[int, Index], list[Instruction]] = {}
        for instruction in self.instructions:
            state = self.states[instruction.name]
            row = self.row_index(instruction)
            if row is None:
                straight.setdefault(state.level, []).append(instruction)
            elif state.rows is None:
                loops.setdefault((state.level - 1, row), []).append(instruction)
            elif self.stored.intersection(instruction.names):
                loops.setdefault((state.level, row), []).append(instruction)
        result: list[Step] = []
        top = max([*straight, *(level for level, _ in loops)], default=0)
        for level in range(top + 1):
            result += straight.get(level, [])
            for (at, row), roots in loops.items():
                if at == level:
                    loop = self.loop(level, row, roots)
                    result += [loop] if self.worth(loop) else loop.body
        return result

    def worth(self, loop: RowLoop) -> bool:
        """Some array of the loop is as large as any, and more is done than to copy.

        What is done to columns and rows alone needs no blocks.
        """
        if all(isinstance(i.value, Copy) and not i.statements for i in loop.body):
            return False
        return any(ref.layout in self.largest for i in loop.body for ref in (i.target, *i.also, *i.reads))

    def loop(self, level: int, row: Index, roots: Sequence[Instruction]) -> RowLoop:
        keep = {name for r in roots for name in r.names}
        todo = [ref.name for r in roots for ref in r.reads]
        while todo:
            name = todo.pop()
            state = self.states.get(name)
            if name in keep or state is None or state.rows != row:
                continue
            if name in self.stored and state.level < level:
                continue
            assert state.instruction is not None
            keep.update(state.instruction.names)
            todo += [ref.name for ref in state.instruction.reads]
        body = [i for i in self.instructions if i.name in keep]
        sums = {r.name for r in roots if self.states[r.name].rows is None}
        stored = {r.name: r for i in body for r in (i.target, *i.also) if r.name in self.stored}
        return RowLoop(row, body, sums, stored)


def operands(value: Array) -> list[tuple[Ref, Array]]:
    """Each variable that an operation reads, and the operand (a view of it) through which it does."""
    result = []
    for child in _operands(value):
        ref = base(child)
        if isinstance(ref, Ref):
            result.append((ref, child))
    return result


def _operands(value: Array) -> Iterable[Array]:
    if isinstance(value, Reduce) and isinstance(value.arg, (Apply, Flat)):
        return value.arg.children
    if isinstance(value, (Ref,)) or not value.children:
        return (value,)
    if isinstance(base(value), Ref):
        return (value,)
    return value.children


def operands_of(instruction: Instruction) -> list[tuple[Ref, Array]]:
    """The same for statements, which read whole arrays, or rows where all can be blocked."""
    if not instruction.statements:
        return operands(instruction.value)
    return [(ref, ref if instruction.row is not None else _WHOLE) for ref in instruction.reads]


_WHOLE = Ref((), "real", "")


def gathered_row(value: Subscript) -> Index | None:
    """The index n of  p[arange(n), t]:  every row gives an element of its own."""
    first, *rest = value.items
    if not isinstance(first, Positions) or not first.layout or value.arg.layout[0] != first.layout[0]:
        return None
    arrays = [i for i in rest if isinstance(i, Array)]
    whole = is_whole(i for i in rest if not isinstance(i, Array))
    own = all(isinstance(i, Ref) and i.layout[:1] == first.layout[:1] for i in arrays)
    return first.layout[0] if own and whole and isinstance(value.arg, Ref) else None


def row_local(value: Array, row: Index) -> bool:
    """Rows of the result need the same rows of the operands."""
    if isinstance(value, Reduce):
        if collects(value, row):
            arrays = [o for o in _operands(value) if not isinstance(o, Const)]
            return value.op in ("sum", "sum_log1p") and all(row in o.layout for o in arrays)
        return value.op in ("sum", "max", "min", "argmax", "argmin")
    if isinstance(value, MatMul):
        batch = all(row not in x.layout[-2:] or len(x.layout) < 3 for x in (value.a, value.b))
        shared = row in value.a.layout[:-2] and row in value.b.layout[:-2]
        return batch and shared
    if isinstance(value, Gemm):
        fronts = [x.layout[0] == row and row_axis(x, row) == 0 for x in (value.a, value.b) if row in x.layout]
        return value.layout[0] == row and bool(fronts) and all(fronts)
    if isinstance(value, Flat):
        return value.count < len(value.arg.layout)
    return isinstance(value, (Apply, Copy, Full))


def collects(value: Array, row: Index) -> bool:
    """A sum over the rows."""
    return isinstance(value, Reduce) and value.arg.layout[0] == row and 0 in value.axes


def largest_layouts(refs: Iterable[Ref]) -> set[Layout]:
    """Those of the largest arrays: no other array has all their indices and more."""
    layouts = {r.layout: frozenset(r.indices) for r in refs if r.indices}
    return {layout for layout, own in layouts.items() if not any(own < other for other in layouts.values())}
