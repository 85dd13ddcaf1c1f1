"""An expression that is edited, with what stands in it and what the document offers to put in."""

from __future__ import annotations

from dataclasses import dataclass

from symnet.lecture.edits.building import unique
from symnet.lecture.edits.questions import is_function, unwrapped
from symnet.lecture.reader.syntax import Absolute, Big, Call, Expr, Label, Norm, Power, Space, Symbol


@dataclass(frozen=True)
class Vocabulary:
    """What the document offers to put in: names, sizes, and sums as they are written there (the body is not used)."""

    symbols: tuple[Symbol, ...] = ()
    sizes: tuple[Expr, ...] = ()
    sums: tuple[Big, ...] = ()


NOTHING = Vocabulary()
Change = tuple[str, str, Expr, bool]  # kind, name, what stands there now, certain


class Here:
    """What a change of a part has to know of the whole expression."""

    def __init__(self, expr: Expr, vocabulary: Vocabulary) -> None:
        self.expr, self.vocabulary = expr, vocabulary
        parts = list(expr.walk())
        subscripts = [s for p in parts if isinstance(p, Symbol) for s in p.subs]
        values = [l.value for p in parts if isinstance(p, Label) and (l := p).value is not None]
        bound = [v for p in parts if isinstance(p, Big) for v in p.variables]
        #: single letters that index something here
        self.indices = unique(
            s for s in [*subscripts, *values, *bound] if isinstance(s, Symbol) and len(s.name) == 1 and not s.subs
        )
        #: letters of layers and of steps, which have neighbours
        self.layers = {id(v) for v in values if isinstance(v, Symbol)} | {
            id(s) for s in subscripts if isinstance(s, Symbol) and s.name in ("t", "k", "l")
        }
        inside = {id(q) for s in [*subscripts, *values, *bound] for q in s.walk()}
        functions = {id(p.function) for p in parts if isinstance(p, Call) and (p.certain or p.primes or is_function(p))}
        constants = {id(p.base) for p in parts if isinstance(p, Power) and p.base == Symbol("e")}
        self.values = unique(p for p in parts if isinstance(p, Symbol) and id(p) not in inside | functions | constants)
        self.exponents = {id(p.exponent) for p in parts if isinstance(p, Power)}
        self.inside = inside
        self.sums = unique(p for p in parts if isinstance(p, Big) and p.op == "sum")
        self.dims = {id(q) for p in parts if isinstance(p, Space) for d in p.dims for q in d.walk()}
        self.quiet = {id(q) for p in parts if isinstance(p, Absolute | Norm) for q in [p.arg, *unwrapped(p.arg)]}
