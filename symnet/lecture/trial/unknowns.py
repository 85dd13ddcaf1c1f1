"""What a claim leaves open: the names that it differentiates and nothing defines, as functions of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.refs import LOSS, Ref, refs
from symnet.lecture.reader.syntax import At, Call, Derivative, Expr, Nabla, Negate, Number, Plus, Slice
from symnet.lecture.values.errors import NeedsContext

TOP = Fraction(4)  # the last layer of an unnamed depth


def derivatives(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """(of, by) of every derivative."""
    for part in expr.walk():
        if isinstance(part, Derivative) and part.of is not None:
            for by in part.by:
                yield part.of, by
        elif isinstance(part, Nabla):
            for by in part.by:
                yield part.of, by


def unknown_functions(
    claim: Claim, treat_open: frozenset[str] = frozenset(), parts: frozenset[str] = frozenset()
) -> dict[str, tuple[Ref, ...]]:
    """For names that are differentiated but not defined: what they are functions of.

    A name is a function of what the *right* side differentiates it by, the most downstream of these, and of ``parts``;
    the left side follows by the definitions between.  Raises NeedsContext where a path is missing: 0 = 0 shows nothing.
    """
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    edges: dict[str, list[Ref]] = {}
    first: dict[str, list[Ref]] = {}  # those that the right side and the definitions speak of
    asked: list[tuple[Expr, Ref]] = []
    behind = _behind(claim, treat_open)
    for side in (claim.right, *behind, claim.left):
        for of, by in derivatives(side):
            of = _variable(of)
            by_ref = _variable(by)
            if not isinstance(by_ref, Ref):
                continue
            asked.append((of, by_ref))
            if isinstance(of, Ref) and not _reaches(context, of, by_ref.key, claim.order, treat_open):
                if context.definitions_of(of.key, claim.order) and of.key not in treat_open:
                    continue
                found = edges.setdefault(of.key, [])
                target = _whole(by_ref, context)
                if target not in found:
                    found.append(target)
                if side is not claim.left:
                    first.setdefault(of.key, []).append(target)
    right = {(of.key, by.key) for side in (claim.right, *behind) for of, by in _named(side)}
    for of, by in _named(claim.left):
        if of.key == LOSS and of.key in edges and not any(key == LOSS for key, _ in right):
            edges[LOSS] += _given(context, by, claim.order)
    written = {of.key for side in (claim.left, claim.right) for of, _ in _named(side)}
    for key in sorted(edges.keys() - written):  # the L of D = dL/dS, of which also G = dL/dO is taken
        edges[key] += _taken(context, key, edges[key], claim.order)
    plan: dict[str, tuple[Ref, ...]] = {}
    for key, targets in edges.items():
        sinks = [
            t
            for t in targets
            if t.key in parts or not any(t != o and _leads(context, t, o, edges, claim.order) for o in targets)
        ]
        given = _given_at_last(context, targets, claim.order) if key == LOSS else []
        plan[key] = tuple(given or sinks or [t for t in targets if t in first.get(key, ())] or targets)
    for of, by in asked:
        names = [of.key] if isinstance(of, Ref) else [r.key for r in refs(of)]
        if not any(_connected(context, key, by.key, plan, claim.order, treat_open) for key in names):
            raise _unknown_dependence(context, of, by)
    for _, by in asked:
        layered = any(isinstance(r, Ref) and r.key == by.key and _is_top(r) for t in plan.values() for r in t)
        if layered and not context.definitions_of(by.key, claim.order):
            raise NeedsContext(
                f"how {by.key} of one layer depends on the layer before is not known", _layer(context, by.key)
            )
    for of, by in _named(claim.left):
        direct = of.key in plan and any(t.key == by.key for t in plan[of.key])
        if direct and (of.key, by.key) not in right:
            raise NeedsContext(f"{of.key} is not defined", f"define {context.naming.latex(of.key)} = ...")
    return plan


def _given(context: Context, by: Ref, order: int) -> list[Ref]:
    """What the loss is a function of where gradients are given, not computed, and depends on ``by``."""
    return [
        _whole(Ref(d.key, d.indices), context)
        for key in sorted(context.naming.given)
        for d in context.definitions_of(key, order)
        if context.reaches(d.body, by.key, order)
    ]


def _taken(context: Context, of: str, targets: Iterable[Ref], order: int) -> list[Ref]:
    """What definitions anywhere differentiate a name by, and what depends on one of the ``targets``."""
    bodies = (d.body for found in context.definitions.values() for d in found)
    taken = dict.fromkeys(_whole(by, context) for body in bodies for name, by in _named(body) if name.key == of)
    return [by for by in taken if any(t.key != by.key and _leads(context, t, by, {}, order) for t in targets)]


def _given_at_last(context: Context, targets: Iterable[Ref], order: int) -> list[Ref]:
    """What the loss is a function of where what it is differentiated by goes from step to step: none comes last."""

    def recurs(key: str) -> bool:
        return any(context.reaches(d.body, key, order, frozenset((key,))) for d in context.definitions_of(key, order))

    recurring = [t.key for t in targets if recurs(t.key)]
    found = dict.fromkeys(ref for key in recurring for ref in _given(context, Ref(key), order))
    return [ref for ref in found if not any(isinstance(i, Number) and i.value != TOP for i in ref.indices)]


def _unknown_dependence(context: Context, of: Expr, by: Ref) -> NeedsContext:
    """What is missing where a derivative is taken of what does not depend on the variable, as far as is known."""
    functions = {part.function for part in of.walk() if isinstance(part, Call)}
    names = [r.key for r in (of, *refs(of)) if isinstance(r, Ref) and r not in functions]
    if not names:
        return NeedsContext(f"how what is differentiated depends on {by.key} is not known")
    naming = context.naming
    open_names, variable = _undefined_below(context, names[0]), naming.latex(by.key)
    if len(open_names) == 1:
        line = f"define {naming.latex(open_names[0])} = {naming.fresh_function()}({variable})"
    else:  # one of several names depends on it
        line = f"define {naming.latex(open_names[-1])} = ... {variable} ..." if open_names else ""
    return NeedsContext(f"how {names[0]} depends on {by.key} is not known", line)


def _undefined_below(context: Context, key: str) -> list[str]:
    """The names without definition that a name depends on; the name itself where it has none."""
    naming, found, seen = context.naming, [], {key}
    todo = [key]
    while todo:
        name = todo.pop(0)
        definitions = context.definitions.get(name, [])
        if not definitions and name != "e" and name not in naming.sizes | naming.bound | naming.functions:
            found.append(name)
        for d in definitions:
            functions = {p.function.key for p in d.body.walk() if isinstance(p, Call) and isinstance(p.function, Ref)}
            new = [r.key for r in refs(d.body) if r.key not in seen | functions]
            seen.update(new)
            todo += dict.fromkeys(new)
    return found


def _layer(context: Context, key: str) -> str:
    """A line that says that a layer is a function of the one before."""
    name = context.naming.latex(key)
    return f"define {name}_l = {context.naming.fresh_function()}({name}_{{l-1}})"


def _behind(claim: Claim, treat_open: frozenset[str]) -> list[Expr]:
    """The definitions that the sides rely on and that hold derivatives: ``delta = dL/dz``."""
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    found: dict[int, Expr] = {}
    seen: set[str] = set()
    todo = [r for side in claim.sides for r in refs(side)]
    while todo:
        ref = todo.pop()
        if ref.key in seen or ref.key in treat_open:
            continue
        seen.add(ref.key)
        for d in context.definitions_of(ref.key, claim.order):
            if any(True for _ in derivatives(d.body)):
                found[d.order] = d.body
            todo += refs(d.body)
    return [found[k] for k in sorted(found)]


def moved_names(claim: Claim, treat_open: frozenset[str]) -> frozenset[str]:
    """What the claim, and the definitions that it relies on, differentiate by, where all may be moved together.

    A name that is defined both as a whole and by its entries is read by the one or the other, by what is moved.
    """
    assert claim.context is not None
    values = ([d for d in found if d.parameters is None] for found in claim.context.definitions.values())
    if any(len({len(d.indices) for d in found}) > 1 for found in values):
        return frozenset()
    parts = (*claim.sides, *_behind(claim, treat_open))
    return frozenset(by.key for part in parts for _, by in _named(part))


def _named(expr: Expr) -> Iterator[tuple[Ref, Ref]]:
    for of, by in derivatives(expr):
        of, by = _variable(of), _variable(by)
        if isinstance(of, Ref) and isinstance(by, Ref):
            yield of, by


def _variable(expr: Expr) -> Expr:
    """g in d f / d g(x); L in L(w)."""
    if isinstance(expr, At):
        return _variable(expr.arg)
    return expr


def _whole(ref: Ref, context: Context) -> Ref:
    """All entries that an axis index picks from; a layer or a step is kept."""
    shifted = any(isinstance(i, Plus) for i in ref.indices)
    if shifted and len(ref.indices) > 1 and _is_windowed(ref, context):
        return Ref(ref.key, tuple(Slice() for _ in ref.indices))
    letters = [i for i in ref.indices if isinstance(i, Ref)]
    if shifted or any(i.key in ("l", "t") and not i.indices and _is_step(i, ref, context) for i in letters):
        if len(ref.indices) == 1:
            return Ref(ref.key, (Number(TOP),))
        return Ref(ref.key, tuple(_kept(i, ref, context) for i in ref.indices))
    if letters and len(letters) == len(ref.indices):
        return Ref(ref.key, tuple(Slice() for _ in letters))
    return ref


def _kept(index: Expr, ref: Ref, context: Context) -> Expr:
    """The last layer or step; all entries for an index that picks from an axis of it."""
    entry = isinstance(index, Ref) and not index.indices and not _is_step(index, ref, context)
    return Slice() if entry else Number(TOP)


def _is_windowed(ref: Ref, context: Context) -> bool:
    """Are the indices places in an array: is the name defined, and no entry of it through another one?"""
    found = context.definitions.get(ref.key, [])
    return bool(found) and not any(context.reaches(d.body, ref.key, d.order) for d in found)


def _is_step(letter: Ref, ref: Ref, context: Context) -> bool:
    """Does the letter count layers or steps: alone, or where the document speaks of the one before?"""
    if len(ref.indices) > 1 and _is_windowed(ref, context):
        return False
    return len(ref.indices) == 1 or any(
        isinstance(index, Plus) and letter in index.terms
        for line in context.lines
        for r in refs(line.statement)
        if r.key == ref.key
        for index in r.indices
    )


def _is_top(ref: Ref) -> bool:
    return bool(ref.indices) and all(isinstance(i, Number) and i.value == TOP for i in ref.indices)


def _reaches(context: Context, of: Ref, key: str, order: int, treat_open: frozenset[str]) -> bool:
    if of.key == key:
        return True
    if of.key in treat_open:
        return False
    return any(
        d.parameters is None or all(isinstance(p, Ref) for p in d.parameters)
        for d in context.definitions_of(of.key, order)
        if context.reaches(d.body, key, order, frozenset((of.key,)))
    )


def _leads(context: Context, a: Ref, b: Ref, edges: Mapping[str, list[Ref]], order: int) -> bool:
    """Does ``b`` depend on ``a``?"""
    if a.key == b.key:
        return _shift(a) < _shift(b)
    if any(context.reaches(d.body, a.key, order, frozenset((b.key,))) for d in context.definitions_of(b.key, order)):
        return True
    return any(t.key == a.key or (t.key != b.key and _leads(context, a, t, {}, order)) for t in edges.get(b.key, ()))


def _shift(ref: Ref) -> int:
    for index in ref.indices:
        if isinstance(index, Plus):
            last = index.terms[-1]
            if isinstance(last, Negate) and isinstance(last.arg, Number):
                return -int(last.arg.value)
            if isinstance(last, Number):
                return int(last.value)
    return 0


def _connected(
    context: Context, of: str, by: str, plan: Mapping[str, tuple[Ref, ...]], order: int, treat_open: frozenset[str]
) -> bool:
    seen: set[str] = set()
    todo = [of]
    while todo:
        key = todo.pop()
        if key == by:
            return True
        if key in seen:
            continue
        seen.add(key)
        todo += [r.key for r in plan.get(key, ())]
        if key not in treat_open:
            todo += [r.key for d in context.definitions_of(key, order) for r in refs(d.body)]
    return False
