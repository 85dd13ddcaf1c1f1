"""Reading a definition: the author's function is run once on symbolic arrays, and its local names are kept.

While the function runs, a trace function looks at its local variables; an array bound to a name becomes a node of that
name.  Nothing of the source text is needed, so definitions work from files, notebooks and interactive sessions alike.
"""

from __future__ import annotations

import inspect
import keyword
import numbers
import sys
import threading
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

import sympy as sp

from symnet.errors import DefinitionError, SymnetError
from symnet.ir.expr import FRESH, Access, Index, Param, Reduction, Size, free_indices, reduce_over, reindex, transform
from symnet.ir.graph import Fact, Graph, Node, Parameter
from symnet.ir.instead import instead, of_arguments
from symnet.ir.interval import limits
from symnet.ir.notation import DECLARATIONS, Declared, axis_names, declared, postponed, returned, sized_axes
from symnet.ir.recurrence import arranged
from symnet.ir.renaming import renamed
from symnet.ir.tensor import NO_VALUE, Tensor

#: arrays of a definition; more come from a chain of equal steps
MOST_ARRAYS = 3000
NESTED = "the definition is nested too deeply"
RECURRENCE = 'a long chain of equal steps is a recurrence, sn.scan(step, h0, x, over="t")'
_active = threading.local()
_PACKAGE = str(Path(__file__).resolve().parent.parent)
_AUTHORS = tuple(
    str(Path(_PACKAGE) / folder) for folder in ("catalog", "bench", "study/definitions")
)  # definitions of our own


def current() -> Definition | None:
    """The definition that is being read in this thread."""
    return getattr(_active, "definition", None)


class Definition:
    """The state of one reading: nodes so far, index names, size equations, facts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: dict[str, Node] = {}
        self.indices: dict[str, Index] = {}
        self.whole: set[str] = set()  # axes of inputs, strides: no range that someone chose, so none reads a part
        self.facts: list[Fact] = []
        self.parameters: dict[str, Parameter] = {}
        self.hints: dict[Reduction, tuple[str, sp.Expr, tuple[Index, ...]]] = {}
        self._known: dict[Reduction, sp.Expr] = {}
        self._equal: dict[Size, sp.Expr] = {}
        self._reserved: set[str] = set()
        self._wanted: dict[str, str] = {}  # node -> the name it would have, were it free
        self.step: tuple[Index, Index] | None = None  # inside a scan: its axis, and the index that stands for a step

    # -- names ----------------------------------------------------------------------------------------------------
    def fresh_name(self, wanted: str) -> str:
        name, k = wanted, 2
        while name in self.nodes or name in self._reserved or keyword.iskeyword(name):
            name, k = f"{wanted}_{k}", k + 1
        return name

    def name_tensor(self, tensor: Tensor, name: str, *, auto: bool = True, line: int = 0) -> None:
        """Make an anonymous array a node; one that is a node already keeps its name."""
        if isinstance(tensor.expr, Access):
            return
        if not tensor.expr.has(Access, Index):  # a number is no array; as an output it has the author's name
            tensor.hint = tensor.hint if auto else name
            return
        self.new_node(tensor, name, auto=auto, line=line)

    def new_node(self, tensor: Tensor, name: str, *, auto: bool = True, line: int = 0) -> None:
        """Make an array a node, whatever it is."""
        if len(self.nodes) > MOST_ARRAYS:
            raise DefinitionError(NESTED, hint=RECURRENCE)
        expr = self.with_known_names(tensor.expr)
        axes, subs = self.whole_axes(expr, tensor.axes)
        node = Node(self.fresh_name(name), axes, reindex(expr, dict(zip(subs, axes))), auto=auto, line=line)
        self.nodes[node.name] = node
        self._wanted[node.name] = name
        coefficient, core = _reduction_factor(expr)
        if core is not None and free_indices(core) == frozenset(subs):
            self._known.setdefault(core, node[subs] / coefficient)
        tensor.expr, tensor.firm, tensor.weight = node[subs], True, 1

    def whole_axes(self, expr: sp.Expr, axes: tuple[Index, ...]) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
        """The axes of a node for ``expr``, and the indices that it is read at: inside a scan a step has its axis."""
        step, loose = self.step, {i for i in free_indices(expr) if i.level >= FRESH}
        if loose - {step[1] if step else None}:
            raise DefinitionError(
                "an array of one step of a scan is used outside of that step", hint="return it from the step"
            )
        if step is None or step[1] not in loose:
            return axes, axes
        if step[0].label in (i.label for i in axes):
            raise DefinitionError(
                f"axis '{step[0].label}' is the one that the scan runs over, and an axis of an array in its step",
                hint=f'read that array under another name first, as in x["{step[0].label}2"]',
            )
        return (step[0], *axes), (step[1], *axes)

    def name_reductions(self, tensor: Tensor) -> None:
        """Name the reductions in an anonymous array that is about to be broadcast: they are computed once."""
        if isinstance(tensor.expr, Access) or not tensor.expr.has(Reduction):
            return
        for core, (name, expr, axes) in list(self.hints.items()):
            if core in self._known or not tensor.expr.has(core):
                continue
            self.name_tensor(Tensor(self, expr, axes), name)
        tensor.expr = self.with_known_names(tensor.expr)

    def hint(self, tensor: Tensor, name: str) -> Tensor:
        """Remember what a reduction would be called."""
        _, core = _reduction_factor(tensor.expr)
        if core is not None:
            self.hints.setdefault(core, (name, tensor.expr, tensor.axes))
        return tensor

    def with_known_names(self, expr: sp.Expr) -> sp.Expr:
        """``expr`` with reductions that have a name replaced by it."""
        if not self._known or not expr.has(Reduction):
            return expr
        return transform(expr, lambda part: self._known.get(part) if isinstance(part, Reduction) else None)

    def _final_names(self, outputs: list[Node]) -> dict[str, str]:
        """Names the author gave go before those of the outputs, and these before all that came with a called operation.

        Only the names that change.
        """
        results = {o.name for o in outputs}
        taken = {n.name for n in self.nodes.values() if n.name not in self._wanted} | self._reserved
        final = {}
        for name in sorted(self._wanted, key=lambda n: 0 if not self.nodes[n].auto else 1 if n in results else 2):
            wanted, k = self._wanted[name], 2
            new = wanted
            while new in taken or keyword.iskeyword(new):
                new, k = f"{wanted}_{k}", k + 1
            taken.add(new)
            final[name] = new
        return {old: new for old, new in final.items() if old != new}

    # -- sizes ----------------------------------------------------------------------------------------------------
    def words(self, size: sp.Expr) -> str:
        return str(size).replace("|", "")

    def equate(self, a: sp.Expr, b: sp.Expr, why: str) -> None:
        """Two sizes must be equal: checked when the generated code runs."""
        a, b = self.same_size(a), self.same_size(b)
        if a == b:
            return
        if isinstance(a, Size) and a not in b.free_symbols:
            self._equal[a] = b
        elif isinstance(b, Size) and b not in a.free_symbols:
            self._equal[b] = a
        else:
            raise DefinitionError(f"{why} needs sizes {self.words(a)} and {self.words(b)} to be equal")

    def same_size(self, size: sp.Expr) -> sp.Expr:
        while (new := size.xreplace(self._equal)) != size:
            size = new
        return size

    # -- parameters -----------------------------------------------------------------------------------------------
    def fix(self, symbol: sp.Expr) -> None:
        """A constant whose value shaped the graph can not be changed when the generated code runs."""
        old = self.parameters[symbol.label]
        self.parameters[symbol.label] = replace(old, static=True)

    # -- the whole ------------------------------------------------------------------------------------------------
    def add_input(self, name: str, spec: Declared) -> Tensor:
        axes = []
        for label, size in sized_axes(spec.axes, what=f"annotation of {name}"):
            given = Size(label) if size is None else sp.Integer(size)
            index = self.indices.setdefault(label, Index(label, given))
            if size is not None and index.size != given:
                known = "no size" if isinstance(index.size, Size) else f"size {index.size}"
                raise DefinitionError(
                    f"axis '{label}' has {known} before, and size {size} in {name}",
                    hint="give an axis its size where it stands first",
                )
            self.whole.add(label)
            axes.append(index)
        below: sp.Expr | None = None
        if spec.kind == "labels":
            below = self.indices[spec.below].size if spec.below in self.indices else Size(spec.below)
        node = Node(name, tuple(axes), None, spec.kind, below)
        self.nodes[name] = node
        if spec.kind in ("one_hot", "probability"):
            over = [i for i in axes if i.label in spec.over.split()]
            if not over:
                raise DefinitionError(f"{name}: '{spec.over}' is not one of its axes \"{spec.axes}\"")
            self.facts.append(Fact(reduce_over("sum", node.value, over), sp.S.One, spec.kind))
        return Tensor(self, node.value, axes, firm=True)

    def finish(self, outputs: list[Node], several: bool, doc: str, place: str) -> Graph:
        nodes = arranged(self.nodes.values())
        parameters = tuple(self.parameters.values())
        graph = Graph(self.name, nodes, tuple(outputs), tuple(self.facts), parameters, doc, several, place)
        names = self._final_names(outputs)
        return renamed(graph, self._equal, names) if self._equal or names else graph


def _reduction_factor(expr: sp.Expr) -> tuple[sp.Expr, Reduction | None]:
    """``(c, R)`` with expr = c R, c constant and R a reduction; R is None where it is not of that form."""
    if isinstance(expr, Reduction):
        return sp.S.One, expr
    if expr.is_Mul:
        cores = [a for a in expr.args if isinstance(a, Reduction)]
        if len(cores) == 1:
            rest = expr / cores[0]
            if not rest.has(Access, Reduction, Index):
                return rest, cores[0]
    return sp.S.One, None


# -- running the author's function ----------------------------------------------------------------------------------


def read_definition(function, name: str, inputs: dict[str, object] | None = None, starts: bool = False) -> Graph:
    """Run ``function`` on symbolic arrays and return its graph.

    ``inputs`` gives the axes of positional parameters where annotations do not (for definitions built by a program);
    with ``starts`` arrays have defaults, which are for who asks, as the states of an update rule have.
    Raises DefinitionError with the place in the author's file.
    """
    code = getattr(function, "__code__", None)
    home = f"{code.co_filename}:{code.co_firstlineno}, in {name}" if code else name
    definition = Definition(name)
    try:
        arguments, constants, outputs_axes = _signature(definition, function, inputs, starts)
    except SymnetError as error:
        raise error.at(home) from None
    result = _run(definition, function, arguments, constants, home)
    try:
        several = isinstance(result, (tuple, list))
        tensors = list(result) if several else [result]
        outputs = _outputs(definition, tensors, outputs_axes)
    except SymnetError as error:
        raise error.at(home) from None
    return definition.finish(outputs, several, inspect.getdoc(function) or "", home)


def _signature(definition: Definition, function, inputs, starts: bool):
    """Symbolic arguments for the parameters of ``function``."""
    positional, constants = [], {}
    signature = inspect.signature(function)
    late = getattr(getattr(function, "__code__", None), "co_flags", 0) & annotations.compiler_flag
    meant = partial(postponed, scope=function.__globals__) if late else lambda annotation: annotation
    given = dict(inputs or {})
    definition._reserved.update(p for p in signature.parameters)
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL and inputs is not None:
            positional += [definition.add_input(n, _spec(n, given.pop(n))) for n in list(given)]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            annotation = given.pop(parameter.name) if parameter.name in given else meant(parameter.annotation)
            if parameter.default is not parameter.empty and (
                annotation is parameter.empty or isinstance(annotation, type)  # such as rate: float = 0.5
            ):
                constants[parameter.name] = parameter.default
                continue
            if annotation is parameter.empty:
                raise DefinitionError(
                    f"parameter '{parameter.name}' has no axes", hint=f'annotate it, as in {parameter.name}: "n d"'
                )
            if parameter.default is not parameter.empty and not starts:
                raise DefinitionError(
                    f"the array '{parameter.name}' has the default {parameter.default!r}, and no array can be left out",
                    hint="leave the default away; without that array it is another operation; "
                    f"a constant stands after `*`, as in *, {parameter.name}=0.5",
                )
            positional.append(definition.add_input(parameter.name, _spec(parameter.name, annotation)))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise DefinitionError(
                    f"keyword-only parameter '{parameter.name}' has no default", hint="constants need a default value"
                )
            constants[parameter.name] = parameter.default
        else:
            raise DefinitionError(f"*{parameter.name} says nothing about axes", hint="name each array")
    if not definition.nodes:
        raise DefinitionError("the definition has no arrays", hint='annotate a parameter, as in x: "n d"')
    arguments: dict[str, object] = {}
    for key, default in constants.items():
        if not isinstance(default, bool) and isinstance(default, numbers.Real):
            default = int(default) if isinstance(default, numbers.Integral) else float(default)
            found = limits(key, signature.parameters[key].annotation, default)
            definition.parameters[key] = Parameter(key, default, limits=found)
            arguments[key] = Tensor(definition, Param(key), static=default)
        else:
            definition.parameters[key] = Parameter(key, default, static=True)
            arguments[key] = default
    annotation = None if signature.return_annotation is signature.empty else signature.return_annotation
    return positional, arguments, returned(meant(annotation))


def _spec(name: str, annotation: object) -> Declared:
    spec = declared(annotation)
    if spec is None:
        known = getattr(annotation, "__name__", "")
        said = known if isinstance(annotation, type) or known in DECLARATIONS else repr(annotation)
        declaration = f'sn.{known}("n d")' if known in DECLARATIONS else 'sn.one_hot("n c")'
        raise DefinitionError(
            f"the annotation {said} of '{name}' is not axes",
            hint=f'write {name}: "n d", or a declaration such as {declaration}',
        )
    return spec


def _is_authors(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    return not path.startswith(_PACKAGE) or path.startswith(_AUTHORS)


def _run(definition: Definition, function, arguments, constants, home: str):
    inputs = set(map(id, arguments))

    def bind(frame: FrameType) -> None:
        for name, value in frame.f_locals.items():
            if isinstance(value, Tensor) and value.definition is definition and id(value) not in inputs:
                if not isinstance(value.expr, Access):
                    definition.name_tensor(value, name.lstrip("_") or "v", auto=False, line=frame.f_lineno)

    watched: set[FrameType] = set()

    def local(frame, event, argument):
        if event in ("line", "return"):
            bind(frame)
        return local

    def watch(frame, event, argument):
        if event == "call" and _is_authors(frame) and _holds_tensor(frame):
            watched.add(frame)
            return local
        return None

    def _holds_tensor(frame) -> bool:
        return frame.f_code is code or any(isinstance(v, Tensor) for v in frame.f_locals.values())

    code = getattr(function, "__code__", None)
    outer, before = current(), sys.gettrace()
    read = getattr(_active, "functions", ())
    if function in read:
        raise DefinitionError(
            f"{definition.name} calls itself",
            place=home,
            hint='what is done again and again is a recurrence, sn.scan(step, h0, x, over="t")',
        )
    _active.definition, _active.functions = definition, (*read, function)
    sys.settrace(watch)
    try:
        return function(*arguments, **constants)
    except SymnetError as error:
        raise error.at(_place(error, definition.name, home)) from None
    except RecursionError:
        raise DefinitionError(NESTED, place=home, hint=RECURRENCE) from None
    except (Exception, SystemExit) as error:
        raise _explained(error, definition.name, home) from error
    finally:
        sys.settrace(before)
        _active.definition, _active.functions = outer, read


def _place(error: BaseException, name: str, home: str) -> str:
    """``file:line, in name`` of the author's innermost line."""
    place = home
    for frame, line in traceback.walk_tb(error.__traceback__):
        if _is_authors(frame):
            place = f"{frame.f_code.co_filename}:{line}, in {name}"
    return place


def _explained(error: BaseException, name: str, home: str) -> DefinitionError:
    """A Python error in the author's function as one sentence."""
    place = _place(error, name, home)
    if isinstance(error, AttributeError) and error.name:
        hint = instead(error.name) or "see the notation in the README"
        return DefinitionError(f"there is no '{error.name}' here", place=place, hint=hint)
    if isinstance(error, TypeError) and (words := of_arguments(str(error))):
        return DefinitionError(words[0], place=place, hint=words[1])
    if isinstance(error, TypeError) and "'NoneType'" in str(error):
        return DefinitionError("None is not a number or an array of this definition", place=place, hint=NO_VALUE)
    if isinstance(error, NameError):
        return DefinitionError(f"{error}", place=place, hint="define it above, or make it a parameter")
    return DefinitionError(f"{type(error).__name__}: {error}", place=place)


def _outputs(definition: Definition, tensors: list, patterns: tuple[str, ...] | None) -> list[Node]:
    if not tensors or any(t is None for t in tensors):
        raise DefinitionError("the definition returns nothing", hint="end it with `return` and the result")
    if patterns is not None and len(patterns) != len(tensors):
        raise DefinitionError(f"{len(tensors)} outputs are returned, the return annotation names {len(patterns)}")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise DefinitionError(
                f"the definition returns {_said(tensor)}, which is not an array of it",
                hint="return an array that is made of its parameters, or several, as in `return y, z`",
            )
    names = ["loss" if not t.axes else "y" for t in tensors]
    if len(tensors) > 1:
        names = [f"y{k + 1}" for k in range(len(tensors))]
    names = [name if t.expr.has(Access, Index) or t.hint == "v" else t.hint for t, name in zip(tensors, names)]
    axes = [_output_axes(t, patterns[k] if patterns else None) for k, t in enumerate(tensors)]
    outputs = [_output(definition, t, a, n) for t, a, n in zip(tensors, axes, names)]
    for k, node in enumerate(outputs):
        if outputs.index(node) < k:  # the same array returned twice
            outputs[k] = _new_output(definition, node.value, axes[k], names[k])
        elif node.axes != axes[k] and node.carry is not None:  # its axes stand as the steps store them
            outputs[k] = _new_output(definition, node.value, axes[k], names[k])
        elif node.axes != axes[k]:  # the author's own name, its axes in the order that he asked for
            outputs[k] = _reordered(definition, node, axes[k])
    return [definition.nodes[node.name] for node in outputs]


def _said(value: object) -> str:
    """A value in a message: what holds arrays is told by its type."""
    return f"a {type(value).__name__}" if isinstance(value, (dict, tuple, list, set)) else repr(value)


def _output(definition: Definition, tensor: Tensor, axes: tuple[Index, ...], name: str) -> Node:
    """The node of an output; one that is computed and named already is its own node."""
    expr = tensor.expr
    if isinstance(expr, Access) and not expr.node.is_input and expr.subs == expr.node.axes:
        if set(axes) == set(expr.node.axes) and (axes == expr.node.axes or not expr.node.auto):
            return expr.node
    return _new_output(definition, definition.with_known_names(expr), axes, name)


def _new_output(definition: Definition, expr, axes: tuple[Index, ...], name: str) -> Node:
    axes, _ = definition.whole_axes(expr, axes)
    node = Node(definition.fresh_name(name), axes, expr, auto=True)
    definition.nodes[node.name] = node
    definition._wanted[node.name] = name
    return node


def _reordered(definition: Definition, old: Node, axes: tuple[Index, ...]) -> Node:
    """``old`` with its axes in another order; whoever reads it follows."""
    old = definition.nodes[old.name]  # of a step of a scan, what it reads has its final names only there
    new = Node(old.name, axes, old.expr, line=old.line)
    order = [old.axes.index(i) for i in axes]

    def leaf(part):
        if isinstance(part, Access) and part.node.name == old.name:
            return Access(new, tuple(part.subs[k] for k in order))
        return None

    for name, node in definition.nodes.items():
        if name == old.name:
            definition.nodes[name] = new
        elif node.expr is not None:
            carry = node.carry and replace(node.carry, before=transform(node.carry.before, leaf))
            definition.nodes[name] = replace(node, expr=transform(node.expr, leaf), carry=carry)
    return new


def _output_axes(tensor: Tensor, pattern: str | None) -> tuple[Index, ...]:
    if pattern is None:
        return tensor.axes
    names = axis_names(pattern, what="return annotation")
    own = {i.label: i for i in tensor.axes}
    if set(names) != set(own):
        raise DefinitionError(
            f'the return annotation says "{pattern}", the result has axes "{tensor.words}"',
            hint="reduce over the axes that are too many, or change the annotation",
        )
    return tuple(own[n] for n in names)
