"""Which statements define a name: ``left = right`` as a definition, a claim, an update or a question."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symnet.lecture.context.context import Context
from symnet.lecture.context.facts import is_mirrored
from symnet.lecture.context.identities import is_identity, is_ones
from symnet.lecture.context.kinds import OF_SQUARES
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import SETTLED, VARIABLES, Definition, Line, logarithm
from symnet.lecture.context.refs import Ref, calls, pairs, refs
from symnet.lecture.context.stacked import index_letters, is_range, is_stack
from symnet.lecture.context.updating import is_update
from symnet.lecture.reader.syntax import (
    SAID_BESIDE,
    Big,
    Call,
    Derivative,
    Dimensions,
    Expr,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Number,
    Plus,
    Power,
    Prime,
    Product,
    Slice,
    Space,
    Statement,
    Transpose,
    Tuple,
)
from symnet.lecture.values.functions import is_evaluated


def collect_logarithms(context: Context) -> None:
    r"""``\log p(x) = ...`` says what p is, where nothing else does."""
    for line in context.lines:
        for link, ((left, right), relation) in enumerate(zip(pairs(line.statement), line.statement.relations)):
            of = logarithm(left)
            if of is None or relation != "=" or line.said.assumed or line.said.supposed:
                continue
            if isinstance(of, Ref) and any(of in other.statement.terms for other in context.lines):
                continue  # 0 < p < 1: of another p, maybe
            definition = as_definition(context, of, Power(Ref("e"), right, span=right.span), line, link)
            if definition is not None:
                found = context.definitions.setdefault(definition.key, [])
                if all(d.indices and d.parameters is None for d in found):
                    found.append(replace(definition, source=line.said.source))


def collect_definitions(context: Context, line: Line) -> None:
    statement = line.statement
    if any(r in ("imp", "iff") for r in statement.relations):
        return
    if is_update(statement):
        return
    for link, ((left, right), relation) in enumerate(zip(pairs(statement), statement.relations)):
        if relation not in ("=", "set", "get", "equiv") or relation == "get" and _is_given(context, left):
            continue
        if isinstance(left, Negate) and relation == "=" and not _is_told(context, left.arg, line):
            left, right = left.arg, Negate(right, span=right.span)
        definition = as_definition(context, left, right, line, link, firm=relation in ("set", "get"))
        if definition is None and link == len(statement.relations) - 1 and not statement.continues:
            fresh = isinstance(right, Ref) and right.key not in context.definitions and not _is_plain(left)
            if isinstance(right, Ref) and (is_identity(right.key) or is_ones(right.key)):
                fresh = False  # H^2 = I and P 1 = 1 are claims
            if isinstance(right, Ref) and right.key == "\\delta" and len(right.indices) == 2:
                fresh = False  # u_i^\\top u_j = \\delta_{ij}
            if fresh and isinstance(right, Ref) and context.reaches(left, right.key, line.order):
                fresh = False  # what is computed from c is not what c is
            if isinstance(right, Ref) and any(r.key == right.key for r in refs(left)):
                fresh = False  # \\sum_i y_i \\delta_{ik} = y_k is a claim
            fresh = fresh and not _is_size(context, left, right)
            fresh = fresh and not any(right in c.walk() for c in suppositions(statement))
            fresh = fresh and not (_is_system(left) and _is_declared(context, right))
            if fresh and not _only_number(left) and not _is_slope(left) and not isinstance(left, (Dimensions, Space)):
                definition = as_definition(context, right, left, line, link)
        if definition is not None and not _derives(context, definition) and not _solves(context, definition):
            definition = replace(definition, source=line.said.source)
            if _is_other_form(context, definition):
                context.rejected.append(definition)
            else:
                context.definitions.setdefault(definition.key, []).append(definition)


def _is_given(context: Context, left: Expr) -> bool:
    r"""Has the left side of ``f \leftarrow ...`` a value already: by a formula, or as what a function is taken of?"""
    if not isinstance(left, Ref):
        return False
    taken = (p for found in context.definitions.values() for d in found for p in d.parameters or ())
    return context.is_defined(left.key) or any(isinstance(p, Ref) and p.key == left.key for p in taken)


def _is_size(context: Context, left: Expr, right: Expr) -> bool:
    r"""``\operatorname{tr} I_n = n``: is a size said to be what is computed from names that are known, or by a sum?"""
    if not isinstance(right, Ref) or right.key not in context.naming.sizes:
        return False
    known = all(is_identity(r.key) or context.is_defined(r.key) for r in refs(left) if not is_evaluated(r.key))
    functions = {p.function.key for p in left.walk() if isinstance(p, Call) and isinstance(p.function, Ref)}
    return known or any(isinstance(p, Big) for p in left.walk()) or not functions.isdisjoint(OF_SQUARES)


def _is_known_function(context: Context, key: str) -> bool:
    """Is this the name of a function that symnet evaluates, or the document's sigmoid?"""
    if key == "\\sigma":
        return key in context.naming.functions
    return is_evaluated(key) and not context.is_defined(key)


def _derives(context: Context, new: Definition) -> bool:
    """A recurrence for a name that was defined without one is a claim about it: delta_l from delta_{l+1}."""
    own = any(r.key == new.key for r in refs(new.body))
    return (
        own
        and bool(new.indices)
        and any(
            old.same_target(new)
            and not any(r.key == old.key for r in refs(old.body))
            and not _of_another(context, old, new)
            for old in context.definitions.get(new.key, ())
        )
    )


def _solves(context: Context, new: Definition) -> bool:
    """``x_0 = (x_t - s e) / a`` where x_t has been defined by x_0: a claim."""
    fixed = bool(new.indices) and all(isinstance(i, Number) for i in new.indices)
    return fixed and any(
        any(r.key == new.key and r.indices == new.indices for r in refs(old.body))
        and any(r.key == new.key and r.indices == old.indices for r in refs(new.body))
        for old in context.definitions.get(new.key, ())
    )


def _of_another(context: Context, old: Definition, new: Definition) -> bool:
    """Do names of a new recurrence depend on its name and come after the old formula, as in the GRU after the LSTM?"""
    between = (d for r in refs(new.body) if r.key != new.key for d in context.definitions.get(r.key, ()))
    return any(d.order > old.order and context.reaches(d.body, new.key, d.order) for d in between)


def _is_slope(expr: Expr) -> bool:
    """f'(x), df/dx: what it equals is a claim."""
    return isinstance(expr, (Derivative, Nabla, Prime)) or isinstance(expr, Call) and expr.primes > 0


def _is_plain(expr: Expr) -> bool:
    return isinstance(expr, (Ref, Number))


def _is_system(expr: Expr) -> bool:
    """Is it the left side of ``A x = b``, ``a^T x = c``: names multiplied, to be what is given?"""
    parts = (Product, Transpose, Ref)
    return isinstance(expr, Product) and all(
        isinstance(p, parts) and not getattr(p, "indices", ()) for p in expr.walk()
    )


def _only_number(expr: Expr) -> bool:
    return not any(True for _ in refs(expr))


def _begins(context: Context, name: Ref) -> bool:
    """Is it the first step of what the document computes step by step: the v_0 of ``v_t = a v_{t-1} + b``?"""
    if not any(isinstance(i, Number) and i.value in (0, 1) for i in name.indices):
        return False
    said = (
        line.statement.terms for line in context.lines if line.statement.relations[:1] in (("=",), ("set",), ("get",))
    )
    steps = (right for left, right, *_ in said if isinstance(left, Ref) and left.key == name.key and left.indices)
    return any(r.key == name.key and r.indices for right in steps for r in refs(right))


def _is_tried(context: Context, name: Ref, value: Expr) -> bool:
    """Is a value only tried?  A matrix or a list of numbers defines a name of which nothing else is said."""
    if not isinstance(value, (Matrix, Tuple)):
        return True
    return _is_declared(context, name) or context.is_defined(name.key)


def _is_declared(context: Context, name: Expr) -> bool:
    """Does the document say the shape of a name, as of what is given?"""
    shapes = (p for line in context.lines for p in pairs(line.statement))
    said = ((e, right) for left, right in shapes for e in (left.items if isinstance(left, Tuple) else (left,)))
    return isinstance(name, Ref) and any(
        isinstance(right, Space) and isinstance(e, Ref) and e.key == name.key for e, right in said
    )


def is_closed(expr: Expr) -> bool:
    r"""A number written out: ``\log 3``, ``\pi / 4``, ``e^{-1}``."""
    functions = {id(p.function) for p in expr.walk() if isinstance(p, Call)}
    known = {p.function.key for p in expr.walk() if isinstance(p, Call) and isinstance(p.function, Ref)} <= SETTLED
    return known and all(id(r) in functions or r.key in ("e", "\\pi") and not r.indices for r in refs(expr))


def is_counted(context: Context, left: Expr | None, right: Expr | None) -> bool:
    r"""Is ``t = 0, \dots, T - 1`` the range of a letter that stands as an index elsewhere, and no list of entries?"""
    terms = (term for line in context.lines for term in line.statement.terms)
    return left is not None and right is not None and is_range(left, right) and left in index_letters(terms)


def as_definition(
    context: Context, left: Expr, right: Expr, line: Line, link: int, *, firm: bool = False
) -> Definition | None:
    """What ``left = right`` defines, or None where it claims or asks something."""
    if isinstance(right, (Dimensions, Space)):
        return None
    if any(isinstance(p, Moment) or _is_probability(p) for p in right.walk()) and not firm:
        return None
    if isinstance(left, Ref):
        if left.key in ("e", "\\pi") or left.key in context.naming.functions and not left.indices:
            if _only_number(right):
                return None
        if is_counted(context, left, right):
            return None
        lengths = context.naming.lengths
        if (
            left.key in lengths
            and isinstance(right, Ref)
            and right.key in lengths
            and not (left.indices or right.indices)
        ):
            return None  # where m = n: a case of the shapes
        if isinstance(right, Ref) and not (left.indices or right.indices) and left.key in context.naming.functions:
            if _is_known_function(context, right.key):  # h = \tanh
                of = Ref("x")
                return Definition(left.key, (), (of,), Call(right, (of,), certain=True), line.order, line.line, link)
        left, right = _unshifted(left, right)
        if not any(_is_negative(i) for r in refs(right) for i in r.indices):  # z_{-1} = W_{-1} y_{-2}: from the end
            left = replace(left, indices=tuple(map(_number, left.indices)))
        if any(isinstance(i, Slice) for i in left.indices) or not all(_is_pattern(i) for i in left.indices):
            return None
        if _only_number(right) and not left.indices and not line.said.source and _is_tried(context, left, right):
            return None  # x = -2: a value to try, not what x is
        if (
            is_closed(right)
            and not firm
            and not line.said.source
            and (left.key in VARIABLES or context.varies(left.key))
            and not _begins(context, left)
        ):
            return None  # x = \\log 3
        if is_mirrored(left, right) or is_stack(left, right):
            return None
        if any(r.key == left.key and _same_place(r, left) for r in refs(right)):
            return None
        if not firm and (_is_instance(context, left) or _is_case_of(context, left, line)):
            return None
        return Definition(left.key, left.indices, None, right, line.order, line.line, link)
    if isinstance(left, Call) and isinstance(left.function, Ref) and not left.primes:
        if not all(isinstance(a, Ref) and not a.indices for a in left.args) or left.function.key in SETTLED:
            return None
        if any(isinstance(p, Call) and p.function == left.function and p.args == left.args for p in right.walk()):
            return None
        if len({a.key for a in left.args if isinstance(a, Ref)}) < len(left.args):
            return None
        others = [d for d in context.definitions.get(left.function.key, ()) if d.parameters not in (None, left.args)]
        if others and any(isinstance(a, Ref) and a.key == "\\pi" for a in left.args):
            return None  # R(\\pi) = -I: the value at that number
        if is_closed(right) and context.is_defined(left.function.key) and not firm:
            if not _is_case(context, left.function.key, line):
                return None  # g(x) = 2: the value at some point
        if any(d.parameters and d.parameters != left.args for d in context.definitions.get(left.function.key, ())):
            if any(context.is_array(a.key, line.order) for a in refs(Plus(left.args))):
                return None  # f(x^*) = c - b^T x^* / 2 at the x^* of before
        if _is_value_of(context, left, right):
            return None  # f(y) = f(x) + \nabla f(x)^T (y - x): of the f of before
        if isinstance(right, Ref) and any(d.body == left for d in context.definitions.get(right.key, ())):
            return None  # f(x) = y, where y has been defined as f(x)
        indices = (*left.function.indices, *left.subs)
        if not all(map(_is_pattern, indices)):
            return None
        return Definition(left.function.key, indices, left.args, right, line.order, line.line, link)
    return None


def _is_probability(part: Expr) -> bool:
    r"""Of an event: ``p(s_{t+1} = j \mid s_t = i)`` says what a name means, and not what it is computed from."""
    return isinstance(part, Call) and any(isinstance(a, Statement) for a in (*part.args, *part.parameters))


def _is_value_of(context: Context, left: Call, right: Expr) -> bool:
    """Is a value claimed of a function that has a formula: by its other values, or at a name of that formula?"""
    function = left.function
    found = context.definitions.get(function.key, ()) if isinstance(function, Ref) else ()
    plain = [d for d in found if d.parameters and not calls(d.body, function)]
    if not plain or any(d.parameters == left.args for d in plain):
        return False
    varied = {r.key for d in plain for p in d.parameters or () for r in refs(p)}
    inside = {r.key for d in plain for r in refs(d.body)} - varied
    at = {a.key for a in left.args if isinstance(a, Ref)}
    return calls(right, function) or at <= inside and not any(r.key in at for r in refs(right))


def _is_instance(context: Context, left: Ref) -> bool:
    r"""``t_c = 1 - e`` behind ``t_i = (1 - e) \delta_{ic}``: an entry whose letter the formula of all entries names."""
    return any(
        d.parameters is None
        and len(d.indices) == len(left.indices)
        and d.indices != left.indices
        and all(d.pattern)
        and {i.key for i in left.indices if isinstance(i, Ref) and i not in d.indices}
        & {*free_letters(d.body)} - {*d.pattern}
        for d in context.definitions.get(left.key, ())
    )


def _is_case_of(context: Context, left: Ref, line: Line) -> bool:
    """``If $a = b$, then $o = u$`` behind a formula of o in a: what that comes to where a is supposed to be b."""
    targets = {r.key for c in suppositions(line.statement) for term in c.terms[:-1] for r in refs(term)}
    if not targets:
        return False
    new = Definition(left.key, left.indices, None, left, line.order, line.line)
    found = [d for d in context.definitions.get(left.key, ()) if d.parameters is None and _covers(d, new)]
    behind = context.names_behind([d.body for d in found])
    return not targets.isdisjoint(behind) and left.key not in {r.key for d in found for r in refs(d.body)}


def _covers(old: Definition, new: Definition) -> bool:
    """Does a formula give, among others, what a new one defines?"""
    return len(old.indices) == len(new.indices) and (all(old.pattern) or old.same_target(new))


def suppositions(statement: Statement) -> list[Statement]:
    """What the sentence of a statement supposes names to be, other than numbers."""
    said = [c for c in statement.conditions if c.span == SAID_BESIDE and set(c.relations) == {"="}]
    values = [c.terms[-1].arg if isinstance(c.terms[-1], Negate) else c.terms[-1] for c in said]
    return [c for c, value in zip(said, values) if len(c.relations) > 1 or not isinstance(value, Number)]


def _is_other_form(context: Context, new: Definition) -> bool:
    r"""``p_1 = \sigma(z_1 - z_2)`` behind the softmax p_k of z: an entry in the names of the formula of all entries.

    It is compared with that, and does not take its place for other claims.  A number may be where a sequence starts.
    """
    found = covering(context, new) or _unrolled(context, new)
    if not found or new.source or _only_number(new.body):
        return False
    functions = {id(p.function) for p in new.body.walk() if isinstance(p, Call)}
    named = {r.key for r in refs(new.body) if id(r) not in functions}
    return named - {new.key} <= context.names_behind([found[0].body])


def _unrolled(context: Context, entry: Definition) -> list[Definition]:
    """The recurrences, of each step from the one before, that come to an entry which is given without them."""
    if len(entry.indices) != 1 or entry.parameters is not None or any(r.key == entry.key for r in refs(entry.body)):
        return []
    place = entry.indices[0]
    if not isinstance(place, Number) or place.value < 2:
        return []
    return [
        d
        for d in context.definitions.get(entry.key, ())
        if d.parameters is None and len(d.indices) == 1 and isinstance(d.indices[0], Ref)
        if (own := [r.indices for r in refs(d.body) if r.key == d.key])
        if all(i == (Plus((d.indices[0], Negate(Number(Fraction(1))))),) for i in own)
    ]


def covering(context: Context, entry: Definition) -> list[Definition]:
    """The formulas of all entries, before one is given by itself, that need no entry to start from."""
    fixed = bool(entry.indices) and all(isinstance(i, Number) for i in entry.indices) and entry.parameters is None
    return [
        d
        for d in context.definitions.get(entry.key, ())
        if fixed and (d.order, d.link) < (entry.order, entry.link) and d.parameters is None
        if len(d.indices) == len(entry.indices) and all(d.pattern) and not any(r.key == d.key for r in refs(d.body))
    ]


def _is_told(context: Context, name: Expr, line: Line) -> bool:
    """Is a name given a value under this heading, or only spoken of, before ``-x = ...``?  That is a claim then."""
    section = [other for other in context.lines[: line.order] if other.said.section == line.said.section]
    equations = [term for other in section for term in other.statement.terms if other.statement.relations]
    return not isinstance(name, Ref) or any(part == name for term in equations for part in term.walk())


def _is_case(context: Context, key: str, line: Line) -> bool:
    """Is a name defined under a condition, and this said under one as well?  ``For $x < 0$, $f(x) = 0$``."""
    earlier = (context.lines[d.order].statement for d in context.definitions[key])
    return bool(line.statement.conditions) and any(said.conditions for said in earlier)


def _unshifted(left: Ref, right: Expr) -> tuple[Ref, Expr]:
    """``z_{i+1} = f(z_i)`` as ``z_i = f(z_{i-1})``."""
    for index in left.indices:
        if isinstance(index, Plus) and len(index.terms) == 2:
            letter, by = index.terms
            if isinstance(letter, Ref) and not letter.indices and isinstance(by, Number):
                moved = Plus((letter, Negate(by)))
                new = replace(left, indices=tuple(letter if i == index else i for i in left.indices))
                return new, _with_index(right, letter, moved)
    return left, right


def _with_index(expr: Expr, old: Ref, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Plus) and len(expr.terms) == 2 and expr.terms[0] == old and isinstance(new, Plus):
        if expr.terms[1] == getattr(new.terms[1], "arg", None):
            return old  # i + 1 - 1
    return expr.map(lambda e: _with_index(e, old, new))


def _is_negative(index: Expr | Slice) -> bool:
    return isinstance(index, Negate) and isinstance(index.arg, Number)


def _number(index: Expr) -> Expr:
    """The index of ``h_{-1}`` as a number."""
    return Number(-index.arg.value, span=index.span) if _is_negative(index) else index  # type: ignore[attr-defined]


def _is_pattern(index: Expr) -> bool:
    """A letter or a number: what the index of a definition may be."""
    return isinstance(index, Number) or (isinstance(index, Ref) and not index.indices)


def _same_place(a: Ref, b: Ref) -> bool:
    return a.indices == b.indices
