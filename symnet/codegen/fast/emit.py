"""The steps of a plan as lines: straight operations, and a function for the rows a .. b of every loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from symnet.codegen.arrays import Apply, Loop, MatMul, Reduce, Ref, Statement, Subscript
from symnet.codegen.emit import INDENT, heads, statement_lines
from symnet.codegen.fast.block import Block, alike
from symnet.codegen.fast.extent import shortest_beside, wide_places, widest_row
from symnet.codegen.fast.instructions import Gemm, Instruction
from symnet.codegen.fast.memory import is_gather
from symnet.codegen.fast.nested import inlined
from symnet.codegen.fast.operations import FastText
from symnet.codegen.fast.release import released
from symnet.codegen.fast.schedule import RowLoop, Step
from symnet.codegen.fast.steps import Stepping
from symnet.codegen.names import unlike
from symnet.codegen.statements import counter_names
from symnet.codegen.wrap import assignment
from symnet.codegen.wrap import statement as call
from symnet.ir.expr import Param

BLOCK = "block"
#: entries beside each other from which a small ufunc buffer gains
LONG = 256


@dataclass
class Emitter:
    """Writes the steps of one function."""

    text: FastText
    itemsize: str
    names: set[str]
    outputs: set[str]
    counter: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Ref] = field(default_factory=dict)  #: arrays of others that results may be written over
    successors: Mapping[str, str] = field(default_factory=dict)  #: the one result that may be, where not all may
    asked: str = ""  #: the argument that says in each call whether they may
    lines: list[str] = field(default_factory=list)
    loops: int = 0

    def __post_init__(self) -> None:
        self.first, self.last = self.fresh("start"), self.fresh("stop")
        self.names |= {self.first, self.last}
        self.height = Param("rows of a block")
        self.text.scalar.names[self.height] = f"{self.last} - {self.first}"  # type: ignore[index]
        self.text.fresh = self.fresh_row
        self.counter = self.counter or next(counter_names(self.names))
        self.aliases: set[str] = set()  # of variables, in any block
        self.own: dict[str, Ref] = {}  # arrays that this function may write over once they are read
        self.made: dict[str, Ref] = {}  # arrays that it has made, of which nobody holds a view
        self.spent: set[str] = set()  # arrays of others whose memory a result has
        self.dying: dict[str, Ref] = {}  # those of them that the step reads for the last time
        self.filled: set[str] = set()  # parts of arrays that are there already

    def run(self, steps: Sequence[Step]) -> list[str]:
        self.own = dict(self.given)
        lines = self.released(steps)  # they say which constants they need
        return [*self.constants(), *lines]

    def released(self, steps: Sequence[Step], kept: Collection[str] = (), again: bool = False) -> list[str]:
        """The lines of all steps; what is large and needed no more is let go, but for what is ``kept``."""
        planner, pieces = self.text.planner, list(self.pieces(steps))
        made = [ref for step in steps for ref in (step.stored.values() if isinstance(step, RowLoop) else [step.target])]
        large = [ref.name for ref in dict.fromkeys(made) if len(ref.indices) > 1]
        on = planner.on("workspace") and planner.on("release")
        dead = [name for name in large if on and name not in self.outputs and name not in kept]
        lines = released(pieces, dead, again)
        planner.act("release", len(lines) > sum(map(len, pieces)))
        return lines

    def pieces(self, steps: Sequence[Step]) -> Iterator[list[str]]:
        """The lines of each step."""
        steps, outer = inlined(steps, self.outputs), self.lines
        last = {ref.name: at for at, step in enumerate(steps) for ref in step.reads}
        for at, step in enumerate(steps):
            self.lines = []
            self.dying = {name: ref for name, ref in self.own.items() if last.get(name) == at}
            if isinstance(step, RowLoop):
                self.loop(step)
            elif isinstance(step, Stepping) and step.plan:
                self.held(step.reads)
                self.stepping(step)
            else:
                self.straight(step)
            yield self.lines
        self.lines = outer

    def constants(self) -> Iterable[str]:
        """Rows of equal numbers, made once."""
        for (size, number, block), name in self.text.rows.items():
            length = self.text.scalar(size)
            if block:
                length = f"np.minimum({length}, {self.text.scalar(block)} + 2 * BLOCK // {self.itemsize})"
            self.text.helpers.add("row")
            yield f"{INDENT}{name} = _row({self.text.scalar(number)}, {length}, {self.dtype()})"

    # -- loops over steps -----------------------------------------------------------------------------------------
    def stepping(self, step: Stepping) -> None:
        """A loop whose steps have a plan of their own, over the parts of arrays that belong to a step."""
        for statement in step.statements[:-1]:
            self.lines += statement_lines(statement, self.text, INDENT)
        bound = {name for i in step.plan for name in _bound(i)}
        late = [name for name in step.filled if name in bound or not step.in_one_piece(name)]
        outer = self.lines, self.own, self.outputs
        self.lines, self.own, self.outputs, self.filled = [], {}, step.wanted, {*step.filled} - {*late}
        inner = self.released(step.plan, {*step.carried, *step.carried.values(), *late}, again=True)
        body, (self.lines, self.own, self.outputs), self.filled = inner, outer, set()
        places = {name: self.text(view) for name, view in step.views.items()}
        body = [*(f"{INDENT}{name} = {place}" for name, place in places.items() if name not in late), *body]
        body += [f"{INDENT}{places[name]} = {name}" for name in late]
        body += [f"{INDENT}{name} = {following}" for name, following in step.carried.items()]
        self.lines += heads(step.loop, self.text, INDENT)
        self.lines += [f"{INDENT}{line}" if line else "" for line in body]

    # -- straight operations --------------------------------------------------------------------------------------
    def straight(self, step: Instruction) -> None:
        if step.statements or step.also or not isinstance(step.value, (Apply, MatMul, Gemm, Reduce)):
            self.held(step.reads)
            for ref in step.reads:
                self.own.pop(ref.name, None)
        if step.statements:
            if step.comment:
                self.lines.append(f"{INDENT}# {step.comment}")
            for statement in step.statements:
                self.name_counters(statement)
                self.text.stepping = isinstance(step, Stepping) and isinstance(statement, Loop)
                self.lines += statement_lines(statement, self.text, INDENT, comments=self.comments)
            self.text.stepping = False
            return
        if step.also:
            self.calm(step)
            return
        value = step.value
        if step.name in self.filled:
            self.lines += self.text.written(value, step.name, step.comment)
            return
        if isinstance(value, Subscript) and is_gather(value.items) and value.kind == "real":
            right, made = self.text.rows_at(value), True
        else:
            right, made = self.text(value), isinstance(value, (MatMul, Gemm)) and len(value.layout) > 1
        if made:
            self.owns(step.target)
        self.lines += assignment(INDENT, f"{step.name} =", right, step.comment)

    def calm(self, step: Instruction) -> None:
        """exp and its sums, without the maximum where that is safe."""
        shifted, total = step.also
        logits = self.text(step.value.children[0])
        summed = Reduce(total.layout, "real", "sum", step.target, step.axes, True)
        self.text.helpers.add("calm")
        power = Apply(step.value.layout, "real", "exp", step.value.children)
        self.lines += assignment(INDENT, f"{step.name} =", self.text(power))
        self.lines += assignment(INDENT, f"{total.name} =", self.text(summed))
        last = self.calm_options(step)
        self.lines += assignment(INDENT, f"{shifted.name} =", f"_calm({logits}, {step.name}, {total.name}, {last})")

    def calm_options(self, step: Instruction) -> str:
        """The axis of the sums, and the number in front of the logits."""
        factors = [f"factor={self.text(f)}" for f in step.value.children[1:]]
        return ", ".join([self.text.axis(list(step.axes)), *factors])

    def name_counters(self, statement: Statement) -> None:
        """Loops that the planner has made get names for their counters."""
        if isinstance(statement, Loop):
            names = self.text.scalar.names
            for index, _ in statement.counters:
                names.setdefault(index, self.counter)  # type: ignore[attr-defined]

    def fresh(self, name: str, *taken: Container[str]) -> str:
        """``name``, or with underscores until it is neither a name of the definition nor ``taken``."""
        return unlike(name, self.names, *taken)

    def fresh_row(self, name: str) -> str:
        """The name of a row of equal numbers, which all blocks may read."""
        name = self.fresh(name, self.aliases)
        self.names.add(name)
        return name

    def dtype(self) -> str:
        self.text.uses_dtype = True
        return self.text.dtype

    def kind(self, ref: Ref) -> str:
        """The dtype of an array, as text."""
        return f"np.dtype({ref.kind})" if ref.kind in ("bool", "int") else self.dtype()

    # -- loops ----------------------------------------------------------------------------------------------------
    def loop(self, loop: RowLoop) -> None:
        planner = self.text.planner
        self.loops += 1
        name = self.fresh(BLOCK if self.loops == 1 else f"{BLOCK}{self.loops}")
        self.text.height = f"{self.last} - {self.first}"
        block = Block(self, loop)
        body, results = block.run()
        self.text.height = ""
        heirs = block.heirs()
        self.allocate(loop, heirs)
        size = self.text.scalar(loop.index.size)
        self.text.helpers.add("each")
        planner.act("row_loops")
        self.lines += ["", f"{INDENT}def {name}({self.first}, {self.last}):  # rows of {loop.index.label}"]
        self.lines += [f"{INDENT}{line}" for line in body]
        if results:
            self.lines.append(f"{INDENT * 2}return {tuple_of(results)}")
        self.lines.append("")
        target = f"{tuple_of(results)} = " if results else ""
        places = block.places | {dead: block.places[heir] for heir, dead in heirs.items()}
        arrays = f", arrays={count}" if (count := wide_places(loop, places)) > 1 else ""
        narrow = self.narrow(loop) if planner.on("narrow_buffers") else ""
        planner.act("narrow_buffers", bool(narrow))
        indent = self.unless_one(loop, heirs)
        self.lines += call(indent, f"{target}_each({name}, {size}, {self.width(loop)}{arrays}{narrow})")

    def unless_one(self, loop: RowLoop, heirs: Mapping[str, str]) -> str:
        """The indent of the call: a loop that does no more than multiply by a number is skipped where that is 1."""
        factors = {self.factor(i, heirs) for i in loop.body}
        if len(factors) != 1 or None in factors:
            return INDENT
        self.lines.append(f"{INDENT}if {factors.pop()} != 1:")
        return INDENT * 2

    def factor(self, instruction: Instruction, heirs: Mapping[str, str]) -> str | None:
        """The number by which an instruction multiplies an array of others in its place, if it does nothing else."""
        value, left = instruction.value, heirs.get(instruction.name)
        if instruction.statements or left not in self.given or self.asked:
            return None
        if not isinstance(value, Apply) or value.op != "mul" or len(value.args) != 2:
            return None
        arrays = [a for a in value.args if isinstance(a, Ref) and a.name == left]
        numbers = [a for a in value.args if isinstance(a, Ref) and not a.layout]
        return numbers[0].name if arrays and numbers else None

    def narrow(self, loop: RowLoop) -> str:
        """The option of a small ufunc buffer, which gains where many entries lie beside each other."""
        lengths = shortest_beside(loop)
        if lengths is None:
            return ""
        texts = [self.text.scalar(x) for x in lengths]
        length = texts[0] if len(texts) == 1 else f"min({', '.join(texts)})"
        return f", narrow={length} >= {LONG}" if texts else ", narrow=True"

    def allocate(self, loop: RowLoop, heirs: Mapping[str, str] | None = None) -> None:
        """The arrays that a loop fills; an heir has the memory of an array that dies."""
        for ref in loop.stored.values():
            if ref.name in self.filled:
                continue
            self.owns(ref)
            dead = (heirs or {}).get(ref.name, "")
            self.spent |= {dead} & self.given.keys()
            if dead and not self.maybe(dead):
                self.lines.append(f"{INDENT}{ref.name} = {dead}  # in its place")
                continue
            self.text.helpers.add("workspace")
            new = f"_empty({self.text.shape(ref.layout)}, {self.kind(ref)})"
            self.lines += assignment(INDENT, f"{ref.name} =", f"{dead} if {self.asked} else {new}" if dead else new)

    def maybe(self, dead: str) -> bool:
        """Is it asked in each call whether this array may be written over?"""
        return bool(self.asked) and dead in self.given

    def owns(self, ref: Ref) -> None:
        self.made[ref.name] = ref
        if ref.name not in self.outputs:
            self.own[ref.name] = ref

    def held(self, refs: Iterable[Ref]) -> None:
        """Others may hold views of these arrays from now on."""
        for ref in refs:
            self.made.pop(ref.name, None)

    def heirs(self, stored: Mapping[str, Ref], may: Callable[[Ref], bool]) -> dict[str, Ref]:
        """Results, each with an array of its shape that dies and may give it its memory."""
        found: dict[str, Ref] = {}
        for name, target in stored.items():
            for ref in self.heirless(name):
                if alike(ref, target) and ref not in found.values() and may(ref):
                    found[name] = ref
                    break
        return found

    def heirless(self, name: str) -> list[Ref]:
        """Arrays that die, whose memory an array of this name can have.  That of others is for results."""
        if not self.text.planner.on("workspace") or name in self.filled:
            return []
        own = [ref for ref in self.dying.values() if ref.name not in self.given]
        if name not in self.outputs:
            return own
        given = [ref for ref in self.dying.values() if ref.name in self.given]
        return [ref for ref in given if self.successors.get(ref.name, name) == name] + own

    def width(self, loop: RowLoop) -> str:
        """The bytes of a row of the widest array, as text."""
        entries = widest_row(loop)
        return self.itemsize if entries == 1 else f"{self.text.scalar(entries, 4)} * {self.itemsize}"


def _bound(step: Step) -> Iterable[str]:
    """The variables to which a step gives arrays of its own, whatever they were before."""
    if isinstance(step, RowLoop):
        return step.sums
    return step.names if step.also else ()


def tuple_of(names: Sequence[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)
