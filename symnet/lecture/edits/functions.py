"""Functions, powers and sums: other arguments, exponents, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.edits.building import (
    ONE,
    TWO,
    negated,
    nowhere,
    number_of,
    replaced_everywhere,
    shifted,
    times,
    unique,
    with_args,
)
from symnet.lecture.edits.here import Change, Here
from symnet.lecture.edits.places import with_field
from symnet.lecture.edits.questions import free_letters, takes_prime
from symnet.lecture.reader.syntax import (
    NOWHERE,
    Absolute,
    Big,
    Call,
    Cases,
    Expr,
    Label,
    Matrix,
    Moment,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Space,
    Statement,
    Symbol,
    Tuple,
)

#: functions that are taken for each other
NEIGHBOURS = {
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "max": "min",
    "min": "max",
    "exp": "log",
    "log": "exp",
    "ln": "exp",
    "tanh": "sigma",
}
#: functions f with f(-x) = f(x)
EVEN = frozenset(("cos", "cosh"))


def of_call(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Prime):
        yield (
            "derivative of a function",
            "prime dropped",
            replace(part, count=part.count - 1) if part.count > 1 else part.arg,
            True,
        )
    if not isinstance(part, Call):
        return
    if part.primes:
        yield "derivative of a function", "prime dropped", replace(part, primes=part.primes - 1, span=NOWHERE), True
    elif takes_prime(part):
        yield "derivative of a function", "prime added", replace(part, primes=1, span=NOWHERE), part.certain
    name = part.function.name if isinstance(part.function, Symbol) else ""
    if len(part.args) == 1:
        argument = part.args[0]
        bare = argument.arg if isinstance(argument, Paren) else argument
        even = name in EVEN
        if not isinstance(bare, Tuple):
            yield (
                "argument",
                "sign of the argument turned",
                with_args(part, negated(bare)),
                not even and part.certain,
            )
        if not isinstance(bare, Tuple | Plus | Negate):
            yield "argument", "argument doubled", with_args(part, times(TWO, bare)), True
            yield "argument", "argument halved", with_args(part, Quotient(bare, TWO)), True
            if isinstance(bare, Product) and isinstance(bare.left, Number):
                yield "argument", "factor of the argument dropped", with_args(part, bare.right), True
        if isinstance(bare, Call) and len(bare.args) == 1:
            yield "argument", "inner function dropped", with_args(part, *bare.args), True
        if isinstance(bare, Symbol):
            for other in _compositions(here, bare):
                yield "argument", "inner function added", with_args(part, other), True
    if name in NEIGHBOURS:
        near = NEIGHBOURS[name]
        new = replace(part, function=Symbol(near), span=NOWHERE)
        yield "function", f"{name} replaced by {near}", new, True


def _compositions(here: Here, bare: Symbol) -> list[Expr]:
    """The g(x) of the expression for an x."""
    found = (p for p in here.expr.walk() if isinstance(p, Call) and p.args == (bare,) and not p.primes)
    calls = [nowhere(p) for p in found]
    primed = [
        replace(p, primes=0, span=NOWHERE)
        for p in here.expr.walk()
        if isinstance(p, Call) and p.args == (bare,) and p.primes
    ]
    return [*unique(calls), *unique(primed)]


def of_power(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Root) and part.degree is None:
        yield "exponent", "root dropped", part.arg, True
    if isinstance(part, Quotient) and not isinstance(part.denominator, Root | Number):
        root = Root(nowhere(part.denominator))
        yield "exponent", "root of the denominator", replace(part, denominator=root, span=NOWHERE), True
    if isinstance(part, Power):
        exponent = part.exponent
        if exponent == TWO:
            yield "exponent", "square dropped", part.base, True
            yield "exponent", "square made a cube", replace(part, exponent=number_of(3), span=NOWHERE), True
            return
        if isinstance(exponent, Label):
            return
        even = isinstance(part.base, Symbol) and part.base.name == "e"
        yield (
            "argument" if even else "exponent",
            "sign of the exponent turned",
            replace(part, exponent=negated(exponent), span=NOWHERE),
            True,
        )
        if even:
            if not isinstance(exponent, Plus):
                yield (
                    "argument",
                    "exponent doubled",
                    replace(part, exponent=times(TWO, exponent), span=NOWHERE),
                    True,
                )
            if isinstance(exponent, Product) and isinstance(exponent.left, Number):
                yield (
                    "argument",
                    "factor of the exponent dropped",
                    replace(part, exponent=exponent.right, span=NOWHERE),
                    True,
                )
        else:
            for step, word in ((-1, "less"), (1, "more")):
                new = shifted(exponent, step)
                yield "exponent", f"exponent one {word}", replace(part, exponent=new, span=NOWHERE), True
    elif isinstance(part, Norm | Absolute) or isinstance(part, Call) and part.certain and len(part.args) == 1:
        yield "exponent", "square added", Power(part, TWO), True
    elif isinstance(part, Symbol) and part in here.values and not part.labels:
        yield "exponent", "square added", Power(part, TWO), True
    elif isinstance(part, Moment) and part.kind == "E":
        yield "exponent", "square added", Power(Paren(part), TWO), True


def _other_axes(here: Here, part: Big) -> Iterator[Change]:
    r"""The entries of matrices summed along the other axis: ``\\sum_k a_{ik}`` for ``\\sum_k a_{kj}``."""
    if len(part.variables) != 1:
        return
    (over,) = part.variables
    entries = (p for p in part.body.walk() if isinstance(p, Symbol) and len(p.subs) == 2 and over in p.subs)
    for entry in unique(entries):
        first, last = entry.subs
        for other in here.indices:
            if other not in entry.subs:
                turned = (nowhere(other), first) if first == over else (last, nowhere(other))
                body = replaced_everywhere(part.body, entry, replace(entry, subs=turned, span=NOWHERE))
                yield "index", f"{part.op} along the other axis", replace(part, body=body, span=NOWHERE), True


def of_sum(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    if isinstance(part, Big):
        if part.op in ("max", "min"):
            yield (
                "function",
                f"{part.op} exchanged",
                replace(part, op="min" if part.op == "max" else "max", span=NOWHERE),
                True,
            )
        for other in here.indices:
            if len(part.variables) == 1 and part.variables[0] != other and part.domain is None:
                new = replace(part, variables=(nowhere(other),), span=NOWHERE)
                yield "index", f"{part.op} over {other.name} instead of {part.variables[0].name}", new, True
        if part.op in ("sum", "prod"):
            yield from _other_axes(here, part)
            yield "sum", f"{part.op} dropped", part.body, True
            for name, bound in (("lower", part.lower), ("upper", part.upper)):
                if bound is not None and not isinstance(bound, Symbol) or isinstance(bound, Symbol) and name == "upper":
                    for step, word in ((-1, "less"), (1, "more")):
                        stepped = with_field(part, name, shifted(bound, step))
                        yield "sum", f"{name} bound one {word}", stepped, True
            if isinstance(part.body, Plus):
                first, *rest = part.body.terms
                moved = Plus((replace(part, body=first, span=NOWHERE), *rest))
                yield "bracket", f"only the first term in the {part.op}", moved, True
    elif top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix):
        free = free_letters(part)
        for big in here.vocabulary.sums:
            if len(big.variables) == 1 and big.variables[0] in free:
                inner, negative = (part.arg, True) if isinstance(part, Negate) else (part, False)
                summed: Expr = nowhere(replace(big, body=Paren(inner) if isinstance(inner, Plus) else inner))
                yield "missing sum", "sum added", negated(summed) if negative else summed, True
                if isinstance(big.upper, Symbol):
                    mean = times(Quotient(ONE, nowhere(big.upper)), summed)
                    yield "missing sum", "mean added", negated(mean) if negative else mean, True
