"""Claims about update rules of the catalogue: what a rule computes in symbols, and when two rules make the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import sympy as sp

from symnet.catalog import load
from symnet.derivation import derive
from symnet.ir import functions as fn
from symnet.ir.op import Op
from symnet.ir.update import UpdateRule, evaluate
from symnet.study.claims import Claim, Equal, Together, induction
from symnet.study.words import Phrase, phrase

Values = Mapping[str, sp.Expr]


def constants_of(rule: UpdateRule) -> dict[str, sp.Symbol]:
    """A positive symbol for each constant of a rule."""
    looks = {"lr": "eta", "eps": "epsilon", "beta1": "beta_1", "beta2": "beta_2", "decay": "lambda"}
    return {p.name: sp.Symbol(looks.get(p.name, p.name), positive=True) for p in rule.graph.parameters}


def begun(rule: UpdateRule, parameter: sp.Expr) -> dict[str, sp.Expr]:
    """The parameter and the state before the first step."""
    return {rule.parameter: parameter, **{s: sp.nsimplify(v) for s, v in rule.start.items()}}


def stepped(name: str, values: Values, gradient: sp.Expr, constants: Values | None = None) -> dict[str, sp.Expr]:
    """Parameter and state after a step of a rule of the catalogue."""
    rule = load(name)
    return rule.apply({**values, rule.gradient: gradient}, {**constants_of(rule), **(constants or {})})


def point(name: str, values: Values, constants: Values | None = None) -> sp.Expr:
    """Where a rule takes its gradient."""
    rule = load(name)
    if rule.point_graph is None:
        return values[rule.parameter]
    found = evaluate(rule.point_graph, values, {**constants_of(rule), **(constants or {})})
    return found[rule.point_graph.outputs[0].name]


def value(op: Op, values: Values, constants: Values | None = None) -> sp.Expr:
    """What an operation of scalars (or one entry by entry) computes, as an expression in its inputs."""
    return _settled(evaluate(op.graph, values, constants or {})[op.graph.outputs[0].name])


def derived(op: Op, what: str, values: Values, constants: Values | None = None) -> dict[str, sp.Expr]:
    """The gradient or Hessian of an operation of scalars as symnet derives it, as expressions in its inputs.

    Of an operation that works entry by entry it is that of one entry.
    """
    derivation = derive(op, what=what)
    graph = derivation.stable
    values = {**{n.name: sp.S.One for n in derivation.upstream}, **values}
    results = {key: derivation.shown[node.name] for key, node in derivation.gradients.items()}
    between = [n for n in derivation.shown.values() if n.name not in {r.name for r in results.values()}]
    nodes = {n.name: n for n in (*graph.nodes, *derivation.upstream, *between, *results.values())}
    found = evaluate(replace(graph, nodes=tuple(nodes.values())), values, constants or {})
    return {key: _settled(found[node.name]) for key, node in results.items()}


def _settled(expr: sp.Expr) -> sp.Expr:
    """Comparisons that the assumptions of the symbols decide are 0 or 1, the larger of two is that operand."""

    def bracket(kind: type, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        apart = sp.factor(a - b)
        holds = apart.is_positive if kind is fn.gt else apart.is_nonnegative
        return kind(a, b) if holds is None else sp.Integer(holds)

    def larger(a: sp.Expr, b: sp.Expr) -> sp.Expr:
        first = sp.factor(a - b).is_nonnegative
        return fn.maximum(a, b) if first is None else a if first else b

    for kind in (fn.gt, fn.ge):
        expr = expr.replace(kind, partial(bracket, kind))
    return expr.replace(fn.maximum, larger)


def same_run(first: str, second: str, change: Values, constants: Values) -> Together:
    """The second rule computes ``change`` of what the first one computes, when it takes the same gradients.

    ``change`` gives parameter and state of the second in symbols named as those of the first, ``constants`` the
    constants of the second.  Base: so it is at the start.  Step: where it is so, the gradients are taken at one point,
    and it is so after a step.
    """
    a, b = load(first), load(second)
    old = {n: sp.Symbol(n, real=True) for n in (a.parameter, *a.states)}
    g = sp.Symbol("g", real=True)

    def changed(values: Values) -> dict[str, sp.Expr]:
        put = {old[n]: v for n, v in values.items()}
        return {n: e.subs(put, simultaneous=True) for n, e in change.items()}

    start = begun(a, old[a.parameter])
    base: list[Claim] = [Equal(changed(start)[n], v, _at(n, 0)) for n, v in begun(b, old[a.parameter]).items()]
    after, other = changed(stepped(first, old, g)), stepped(second, changed(old), g, constants)
    step: list[Claim] = [
        Equal(point(first, old), point(second, changed(old), constants), sp.Symbol(rf"\tilde{{{a.parameter}}}"))
    ]
    step += [Equal(after[n], other[n], _at(n, "t")) for n in other]
    return induction(base, step)


def _at(name: str, time: object) -> sp.Symbol:
    """A quantity of the second rule at a step."""
    return sp.Symbol(f"{name}_{time}")


def same_steps(first: str, second: str, change: Values, constants: Values, count: int = 4) -> Together:
    """The same for the first steps, written out with a symbol for every gradient."""
    a = load(first)
    old = {n: sp.Symbol(n, real=True) for n in (a.parameter, *a.states)}
    w = sp.Symbol("w_0", real=True)
    left, right = begun(a, w), begun(load(second), w)
    claims: list[tuple[Phrase | None, Claim]] = []
    for k in range(1, count + 1):
        g = sp.Symbol(f"g_{k}", real=True)
        left, right = stepped(first, left, g), stepped(second, right, g, constants)
        put = {old[n]: v for n, v in left.items()}
        claims += [
            (phrase("step_k", k=k), Equal(sp.expand(e.subs(put)), sp.expand(right[n]), _at(n, k)))
            for n, e in change.items()
        ]
    return Together(tuple(claims), phrase("steps_written_out", count=count))
