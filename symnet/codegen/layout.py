"""The text of a module: a derivation's nodes through the passes, the writer and the template."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.codegen import docstring
from symnet.codegen.checks import axes_words
from symnet.codegen.emit import INDENT
from symnet.codegen.names import identifier
from symnet.codegen.passes import Program, live, without_steps
from symnet.codegen.share import share
from symnet.codegen.stable import stabilise
from symnet.codegen.storage import store_steps
from symnet.codegen.wrap import WIDTH
from symnet.codegen.writer import FunctionText, Writer
from symnet.ir.expr import Constant
from symnet.resources import environment

if TYPE_CHECKING:
    from symnet.codegen.fast.passes import Planner
    from symnet.derivation import Derivation
    from symnet.ir.graph import Graph

#: the helper functions that a module may hold, in the order in which they stand
HELPERS = (
    "sigmoid", "softplus", "erf", "product_of_others", "masked", "where", "fold", "fold_place", "fold_product",
    "each_entry", "at", "sum_log1p", "sum_log1p_exp", "log_product", "exp", "calm", "workspace", "zeros", "copy",
    "each", "rows", "row", "threads", "widest", "plus1", "rank1", "larger1", "smaller1", "exp1", "expm11", "log1",
    "log1p1", "log1p_unit1", "tanh1", "erf1", "inputs", "number", "fits", "upstream",
    "spend",
)  # fmt: skip
#: the modules of the standard library that a helper needs
NEEDS = {"at": ("math",), "fold": ("math",), "workspace": ("math", "sys", "threading"),
         "each": ("concurrent.futures", "functools", "os"),
         "row": ("functools",), "exp1": ("math",)}  # fmt: skip
#: what a module with one function computes
TITLES = {"jacobian": "The Jacobian", "hessian": "The Hessian", "jvp": "The product of the Jacobian with a direction",
          "hvp": "The product of the Hessian with a direction"}  # fmt: skip
#: the numbers of half precision: half of the smallest is rounded to 0
HALF = (2.0**-25, 65504.0)
#: passes that are nothing for compiled loops
NOT_COMPILED = ("no_maximum", "log_products")


def module_text(derivation: Derivation, style: str = "readable", without: Iterable[str] = ()) -> str:
    """The module of an operation: forward and backward; fast ones may go ``without`` some passes."""
    style, planner, sections = begun(derivation, style, without)
    writer, functions = both(derivation, style, planner)
    words = words_of(derivation, docstring.title(derivation.op), writer)
    return render(f"numpy/{style}.py.j2", sections, [writer], functions, planner, style=style, **words)


def begun(
    derivation: Derivation, style: str, without: Iterable[str]
) -> tuple[str, Planner | None, list[docstring.Section]]:
    """The style that the module will have, its planner, and what it says of itself."""
    sections = docstring.sections(derivation)
    if style != "readable" and any(node.carry is not None for node in derivation.stable.nodes):
        sections.append(docstring.in_steps())
    return style, plan(style, without), sections


def plan(style: str, without: Iterable[str] = ()) -> Planner | None:
    """The planner of a style, ``without`` some passes; the readable style has none."""
    from symnet.codegen.fast.passes import Planner

    if style == "readable":
        return None
    return Planner.without((*without, *NOT_COMPILED) if style == "numba" else without)


def writer_of(
    style: str, graph: Graph, program: Program, comments: Mapping[str, str], planner: Planner | None
) -> Writer:
    """What writes the functions of a program in a style."""
    from symnet.codegen.fast.writer import FastWriter
    from symnet.codegen.fused.writer import FusedWriter

    if planner is None:
        return Writer(graph, program, comments)
    return {"fast": FastWriter, "numba": FusedWriter}[style](graph, program, comments, planner)


def both(derivation: Derivation, style: str, planner: Planner | None) -> tuple[Writer, list[FunctionText]]:
    """``forward`` and ``backward``, and who has written them."""
    program = program_of(derivation, planner=planner)
    writer = writer_of(style, derivation.stable, program, docstring.comments(derivation), planner)
    return writer, writer.both()


def _asked(derivation: Derivation) -> tuple[str, ...]:
    """The inputs whose gradients were asked for, where they are not those that are derived unasked."""
    unasked = getattr(derivation.op, "parameters", None) or [n.name for n in derivation.graph.differentiable_inputs]
    return () if set(derivation.wrt) == set(unasked) else derivation.wrt


def function_text(derivation: Derivation) -> str:
    """A module with one function that computes what was derived from the inputs."""
    writer = Writer(derivation.stable, program_of(derivation, joined=True), {})
    words = words_of(derivation, f"{TITLES[derivation.what]} of {derivation.stable.name}.", writer)
    functions = [writer.alone(derivation.what)]
    return render("numpy/readable.py.j2", docstring.sections(derivation), [writer], functions, **words)


def program_of(derivation: Derivation, *, joined: bool = False, planner: Planner | None = None) -> Program:
    """The nodes to compute, after the passes.

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
    return prepared(program, graph, planner)


def prepared(program: Program, graph: Graph, planner: Planner | None = None) -> Program:
    """The program in stable form, with shared parts named and what nobody reads left out."""
    program.taken |= {p.name for p in graph.parameters}
    stabilise(program, look_into=planner is not None, parameters=graph.parameters)
    if planner is not None:
        from symnet.codegen.fast.algebra import simplify

        with without_steps(program) as rest:
            simplify(rest, graph, planner)
    share(program, apart=frozenset() if planner is None else frozenset(program.shifts))
    if planner is not None:
        from symnet.codegen.fast.algebra import compute_again

        with without_steps(program) as rest:
            compute_again(rest, planner)
    program.backward = live(program.backward, [n.name for n in program.results])
    read = {name for n in program.backward for name in n.reads}
    program.forward = live(program.forward, [*(n.name for n in program.outputs), *read])
    store_steps(program)
    return program


def words_of(derivation: Derivation, title: str, writer: Writer) -> dict[str, Any]:
    """What the templates say of an operation."""
    axes = writer.program.inputs + (writer.program.upstream if derivation.what == "gradient" else ())
    return {
        "title": title,
        "origin": docstring.origin(derivation.op, derivation.what, _asked(derivation)),
        "op": derivation.stable.name,
        "axes": dictionary("AXES =", [(identifier(n.name), axes_words(n)) for n in axes]),
    }


def render(
    template: str,
    sections: Sequence[docstring.Section],
    writers: Sequence[Writer],
    functions: Sequence[FunctionText],
    planner: Planner | None = None,
    *,
    style: str = "readable",
    **words: Any,
) -> str:
    """The template filled in: what the writers of the functions need, and the words of the page."""
    helpers = {h for w in writers for h in w.helpers}
    helpers |= {"threads"} if "each" in helpers else set()
    text = environment().get_template(template).render(
        base=f"numpy/{style}.py.j2",
        style=style,
        no_half="sums and products would overflow" if style == "fast" else _lost_in_half(writers, style),
        passes=planner.report if planner else (),
        reuse=planner.on("workspace") if planner else False,
        modules=sorted({m for h in helpers for m in NEEDS.get(h, ())}),
        sections=sections,
        windows=any(w.windows for w in writers),
        functions=functions,
        kernels=[kernel for w in writers for kernel in w.kernels],
        helpers=sorted(helpers, key=HELPERS.index),
        **words,
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


def _lost_in_half(writers: Sequence[Writer], style: str) -> str:
    """What half precision makes of a number of the definitions that it does not hold; "" where it holds them all."""
    if style != "readable":  # compiled loops compute in single precision
        return ""
    nodes = [n for w in writers for n in (*w.program.forward, *w.program.backward)]
    found = {abs(float(getattr(a, "value", a))) for n in nodes for a in n.expr.atoms(sp.Rational, Constant)}
    found |= {abs(p.default) for w in writers for p in w.graph.parameters if isinstance(p.default, (int, float))}
    for number in sorted(found):
        if 0 < number < HALF[0] or HALF[1] < number < math.inf:
            return f"{number:g} would be {'0' if number < 1 else 'infinite'}"
    return ""


def dictionary(left: str, items: Sequence[tuple[str, str]]) -> str:
    """An assignment of a dictionary of texts, on one line where it fits."""
    entries = [f'"{k}": "{v}"' for k, v in items]
    line = f"{left} {{{', '.join(entries)}}}"
    return line if len(line) <= WIDTH else "\n".join((f"{left} {{", *(f"{INDENT}{e}," for e in entries), "}"))
