"""The text of a module: a derivation's nodes through the passes, the writer and the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symnet.codegen import docstring
from symnet.codegen.checks import axes_words
from symnet.codegen.emit import INDENT
from symnet.codegen.names import identifier
from symnet.codegen.passes import Program, live
from symnet.codegen.share import share
from symnet.codegen.stable import stabilise
from symnet.codegen.storage import store_steps
from symnet.codegen.wrap import WIDTH
from symnet.codegen.writer import FunctionText, Writer
from symnet.ir.graph import Node
from symnet.resources import environment

if TYPE_CHECKING:
    from symnet.codegen.fast.passes import Planner
    from symnet.derivation import Derivation

#: the helper functions that a module may hold, in the order in which they stand
HELPERS = (
    "sigmoid", "softplus", "erf", "product_of_others", "masked", "sum_log1p", "sum_log1p_exp", "log_product", "exp",
    "calm", "workspace", "each", "rows", "row", "threads", "plus1", "rank1",
    "larger1", "smaller1", "exp1", "log1", "log1p1", "log1p_unit1", "tanh1", "erf1", "inputs", "fits", "upstream",
)  # fmt: skip
#: the modules of the standard library that a helper needs
NEEDS = {"workspace": ("math", "sys", "threading"), "each": ("concurrent.futures", "functools", "os"),
         "row": ("functools",), "erf1": ("math",), "exp1": ("math",)}  # fmt: skip
#: what a module with one function computes
TITLES = {"jacobian": "The Jacobian", "hessian": "The Hessian", "jvp": "The product of the Jacobian with a direction",
          "hvp": "The product of the Hessian with a direction"}  # fmt: skip
#: passes that are nothing for compiled loops
NOT_COMPILED = ("no_maximum", "log_products")


def module_text(
    derivation: Derivation, style: str = "readable", without: Iterable[str] = (), more: Mapping[str, Any] | None = None
) -> str:
    """The module of an operation: forward and backward; fast ones may go ``without`` some passes.

    ``more`` is what a training step adds to its loss.
    """
    from symnet.codegen.fast.passes import Planner
    from symnet.codegen.fast.writer import FastWriter
    from symnet.codegen.fused.writer import FusedWriter

    kinds = {"fast": FastWriter, "numba": FusedWriter}
    asked, style = style, "readable" if has_steps(derivation) else style
    without = (*without, *NOT_COMPILED) if style == "numba" else without
    planner = Planner.without(without) if style in kinds else None
    program = program_of(derivation, planner=planner)
    comments = docstring.comments(derivation)
    writer = (
        kinds[style](derivation.stable, program, comments, planner)
        if planner
        else Writer(derivation.stable, program, comments)
    )
    axes = [*derivation.stable.inputs, *program.upstream]
    functions = writer.both()
    notes = () if style == asked else (docstring.unplanned(asked),)
    return render(derivation, docstring.title(derivation.op), axes, writer, functions, planner, style, more, notes)


def has_steps(derivation: Derivation) -> bool:
    """Is there a loop over steps?  The planner knows none: such a module is the readable one in every style."""
    return any(node.carry is not None for node in derivation.stable.nodes)


def _asked(derivation: Derivation) -> tuple[str, ...]:
    """The inputs whose gradients were asked for, where they are not those that are derived unasked."""
    unasked = getattr(derivation.op, "parameters", None) or [n.name for n in derivation.graph.differentiable_inputs]
    return () if set(derivation.wrt) == set(unasked) else derivation.wrt


def function_text(derivation: Derivation) -> str:
    """A module with one function that computes what was derived from the inputs."""
    program = program_of(derivation, joined=True)
    writer = Writer(derivation.stable, program, {})
    title = f"{TITLES[derivation.what]} of {derivation.stable.name}."
    return render(derivation, title, program.inputs, writer, [writer.alone(derivation.what)])


def program_of(derivation: Derivation, *, joined: bool = False, planner: Planner | None = None) -> Program:
    """The nodes to compute, in stable form, with shared parts named and what nobody reads left out.

    ``joined``: one function computes everything (for Jacobians and tangents).
    """
    graph = derivation.stable
    known = {n.name: n for n in (*derivation.upstream, *derivation.backward)}
    results = tuple(known[n.name] for n in derivation.gradients.values())
    outputs = tuple(graph.by_name[n.name] for n in graph.outputs)
    backward = list(derivation.backward)
    if joined:
        program = Program((*graph.inputs, *derivation.upstream), [*graph.definitions, *backward], results)
    else:
        program = Program(graph.inputs, list(graph.definitions), outputs, derivation.upstream, backward, results)
    program.taken |= {p.name for p in graph.parameters}
    stabilise(program, look_into=planner is not None)
    if planner is not None:
        from symnet.codegen.fast.algebra import simplify

        simplify(program, graph, planner)
    share(program)
    if planner is not None:
        from symnet.codegen.fast.algebra import compute_again

        compute_again(program, planner)
    program.backward = live(program.backward, [n.name for n in results])
    read = {name for n in program.backward for name in n.reads}
    program.forward = live(program.forward, [*(n.name for n in program.outputs), *read])
    store_steps(program)
    return program


def render(
    derivation: Derivation,
    title: str,
    axes: Sequence[Node],
    writer: Writer,
    functions: Sequence[FunctionText],
    planner: Planner | None = None,
    style: str = "readable",
    more: Mapping[str, Any] | None = None,
    notes: Sequence[docstring.Section] = (),
) -> str:
    """The template filled in."""
    helpers = writer.helpers | ({"threads"} if "each" in writer.helpers else set())
    sections, template, extra = [*docstring.sections(derivation), *notes], f"numpy/{style}.py.j2", dict(more or {})
    if more is not None:
        helpers |= {*extra.pop("helpers")}
        update = [line for e in extra.pop("lines") for line in docstring.wrapped(e)]
        sections.insert(-1, docstring.Section("Update of every parameter:", update))
        extra["base"], template = template, "numpy/training.py.j2"
    text = environment().get_template(template).render(
        fast=style == "fast",
        passes=planner.report if planner else (), reuse=planner.on("workspace") if planner else False,
        modules=sorted({m for h in helpers for m in NEEDS.get(h, ())}),
        title=title,
        origin=docstring.origin(derivation.op, derivation.what, _asked(derivation)),
        sections=sections,
        windows=writer.windows,
        axes=dictionary("AXES =", [(identifier(n.name), axes_words(n)) for n in axes]),
        functions=functions,
        kernels=writer.kernels,
        helpers=sorted(helpers, key=HELPERS.index),
        op=derivation.stable.name,
        **extra,
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


def dictionary(left: str, items: Sequence[tuple[str, str]]) -> str:
    """An assignment of a dictionary of texts, on one line where it fits."""
    entries = [f'"{k}": "{v}"' for k, v in items]
    line = f"{left} {{{', '.join(entries)}}}"
    return line if len(line) <= WIDTH else "\n".join((f"{left} {{", *(f"{INDENT}{e}," for e in entries), "}"))
