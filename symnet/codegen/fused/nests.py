"""Within a row: which values are computed in which nest of loops.

A nest runs over the remaining axes of a row and computes everything that has these axes and needs nothing that is
known only after it.  What a later nest reads again is computed anew there when that is cheap, else kept for the row.

    layer norm     nest 1: sum x      nest 2: sum (x - mu)^2      nest 3: y = gamma (x - mu) / sqrt_var + beta
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from symnet.codegen.arrays import Apply, Array, Const, Copy, Full, Layout, Reduce, Ref, Subscript, Update
from symnet.codegen.fast.instructions import Instruction, is_view
from symnet.codegen.fast.schedule import COST, RECOMPUTE, RowLoop
from symnet.codegen.fused.places import Unfusable, source
from symnet.ir.expr import Index

#: pairs of arrays that LLVM tests for overlap before a loop; with more it does not vectorise
PAIRS = 8

Domain = tuple[Index, ...]
Nest = tuple[int, int, Domain]  # level, number of axes, axes


@dataclass
class Nests:
    """The nests of one loop; ``row`` is None where rows are single numbers."""

    loop: RowLoop
    row: Index | None
    levels: dict[str, int] = field(default_factory=dict)
    computed: dict[str, set[Nest]] = field(default_factory=dict)  # variable -> the nests that compute it
    kept: set[str] = field(default_factory=set)  # stored for the row, or in the result
    heir: Mapping[str, str] = field(default_factory=dict)  # arrays over which results are written, and these

    def __post_init__(self) -> None:
        self.made = {i.name: i for i in self.loop.body}
        self.home = {i.name: self.domain(summand(i).layout) for i in self.loop.body}
        for instruction in self.loop.body:
            self.levels[instruction.name] = self.level(instruction)
        self.place()

    @property
    def order(self) -> list[Nest]:
        """The nests, first to last."""
        found = {nest for nests in self.computed.values() for nest in nests}
        return sorted(found, key=lambda n: (n[0], n[1], [str(i) for i in n[2]]))

    def within(self, nest: Nest) -> list[Instruction]:
        return [i for i in self.loop.body if nest in self.computed[i.name]]

    def domain(self, layout: Layout) -> Domain:
        return tuple(i for i in layout if i is not None and i != self.row)

    def nest(self, name: str) -> Nest:
        return self.levels[name], len(self.home[name]), self.home[name]

    # -- levels ---------------------------------------------------------------------------------------------------
    def level(self, instruction: Instruction) -> int:
        level = 0
        own = self.home[instruction.name]
        for ref, through in read(instruction):
            value = self.made.get(ref.name)
            if value is None or ref.name == instruction.name:
                continue
            at, home = self.levels[ref.name], self.home[ref.name]
            if self.is_final(value):
                after = True
            elif through is not None and set(home) - set(own):  # one element of many
                after = self.cost(ref.name) > RECOMPUTE or bool(value.statements)
            elif through is not None and len(home) == len(own) and own:
                after = home != own
            else:
                after = len(home) > len(own)
            level = max(level, at + after)
        return level

    def is_final(self, instruction: Instruction) -> bool:
        """Known only after its nest."""
        return bool(self.home[instruction.name]) and (
            isinstance(instruction.value, Reduce) or bool(instruction.statements)
        )

    def cost(self, name: str) -> int:
        """Operations to compute a value anew."""
        instruction = self.made.get(name)
        if instruction is None or isinstance(instruction.value, Reduce) or not self.home[name]:
            return 0
        if instruction.statements:
            return RECOMPUTE + 1
        own = COST.get(instruction.value.op, 1) if isinstance(instruction.value, Apply) else 1
        return own + sum(self.cost(ref.name) for ref in instruction.reads)

    # -- where ----------------------------------------------------------------------------------------------------
    def place(self) -> None:
        wanted: dict[str, set[Nest]] = {}
        for instruction in reversed(self.loop.body):
            name, own = instruction.name, self.nest(instruction.name)
            readers = wanted.get(name, set())
            if name in self.loop.stored:
                self.kept.add(name)
            if name in self.kept or isinstance(instruction.value, Reduce) or not own[2]:
                nests = {own}
            elif any(r[2] != own[2] for r in readers) or len(readers) > 1:
                dear = self.cost(name) > RECOMPUTE
                nests = {own} if dear else {r for r in readers if r[2] == own[2]}
                if dear:
                    self.kept.add(name)
            else:
                nests = readers
            self.computed[name] = nests
            places = nests | {r for r in readers if r[2] != own[2] and name not in self.kept}
            for ref, _ in read(instruction):
                if ref.name != name:
                    wanted.setdefault(ref.name, set()).update(places)


def summand(instruction: Instruction) -> Array:
    """What an instruction computes for every position."""
    value = instruction.value
    return value.arg if isinstance(value, Reduce) else instruction.target


def read(instruction: Instruction) -> Iterator[tuple[Ref, Array | None]]:
    """The variables, each with the view through which it is read."""
    for operand in operands(instruction):
        ref, places = source(operand)
        if isinstance(ref, Ref):
            yield ref, operand
        elif not isinstance(ref, Const):
            raise Unfusable(type(ref).__name__)
        for place in places:
            if place.label is not None:
                yield place.label, place.label


def operands(instruction: Instruction) -> Sequence[Array]:
    if instruction.statements:
        start, update = instruction.statements[0], instruction.statements[-1]
        if len(instruction.statements) != 2 or not isinstance(update, Update) or update.repeated:
            raise Unfusable("an update of other rows")
        labels = [i for i in update.items if isinstance(i, Ref)]
        if not isinstance(start.value, Copy):  # type: ignore[union-attr]
            raise Unfusable("an update of zeros")
        return (start.value.arg, update.value, *labels)  # type: ignore[union-attr]
    value = instruction.value
    if is_view(value) or isinstance(value, (Ref, Const, Subscript)):
        return (value,)
    if isinstance(value, Reduce):
        if value.arg.kind != "real":
            raise Unfusable("a sum of truth values")
        if value.op not in ("sum", "max", "min"):
            raise Unfusable(f"a reduction by {value.op}")
        return value.arg.children if isinstance(value.arg, Apply) else (value.arg,)
    if isinstance(value, (Apply, Copy, Full)):
        return value.children
    raise Unfusable(type(value).__name__)


def parts(nests: Nests, inside: list[Instruction], nest: Nest) -> list[list[Instruction]]:
    """The instructions of a nest in loops that write and read few enough arrays; what several need is in each."""
    roots = [i for i in inside if nests.nest(i.name) == nest and (i.name in nests.kept or isinstance(i.value, Reduce))]
    made = {i.name: i for i in inside}
    groups: list[list[Instruction]] = []
    written: set[str] = set()
    for root in roots:
        joined = _needs([*(groups[-1] if groups else []), root], made, written)
        if groups and _pairs(nests, joined) <= PAIRS:
            groups[-1].append(root)
            continue
        written |= {i.name for group in groups for i in group if i.name in nests.kept and not i.statements}
        groups.append([root])
    result = []
    before: set[str] = set()
    for group in groups:
        result.append([i for i in inside if i.name in _needs(group, made, before)])
        before |= {i.name for i in group if i.name in nests.kept}
    return result


def _needs(roots: Sequence[Instruction], made: Mapping[str, Instruction], written: set[str]) -> dict[str, Instruction]:
    """The instructions that ``roots`` need, themselves included; what is written already is read."""
    found: dict[str, Instruction] = {}
    todo = list(roots)
    while todo:
        instruction = todo.pop()
        if instruction.name in found:
            continue
        found[instruction.name] = instruction
        todo += [made[r.name] for r, _ in read(instruction) if r.name in made and r.name not in written]
    return found


def _pairs(nests: Nests, found: Mapping[str, Instruction]) -> int:
    """Pairs of arrays of which one is written."""
    out = {n for n, i in found.items() if n in nests.kept or (n in nests.loop.sums and nests.domain(i.target.layout))}
    reads = {r.name for i in found.values() for r, _ in read(i) if r.name not in found and nests.domain(r.layout)}
    reads = {nests.heir.get(name, name) for name in reads} - out
    return len(out) * len(reads) + len(out) * (len(out) - 1) // 2
