r"""An update such as ``V_{dw} = \beta V_{dw} + (1 - \beta) dw`` as arithmetic over its quantities.

Every quantity is one ``Atom`` (a gradient, a constant, the number of the step, or a state), the time index dropped:
``m_t`` and ``m_{t-1}`` are the same state.  Products are taken entry by entry.
"""

from __future__ import annotations

import cmath
import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from symnet.lecture.knowledge.quantities import (
    BEFORE,
    CONSTANTS,
    GRADIENT,
    PAST_WORDS,
    SIZES,
    TIME_LETTERS,
    TIME_WORDS,
    WORDS,
    Atom,
    Index,
    Unreadable,
    clocks,
    field_of,
    gradient_of,
    index_of,
    is_small,
    named_symbol,
    parts_of,
    peel,
    text_of,
)
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Braced,
    Call,
    Derivative,
    Expr,
    Nabla,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Statement,
    Symbol,
    Tuple,
)

_ASSIGNS = ("=", "set", "get", "equiv")


class Update:
    """``left = right`` read as an update; raises Unreadable where it is none.

    ``shift`` is how far the left side is ahead of itself on the right: 1 for ``m_t`` and ``m_{t-1}``, 0 in place,
    None where it does not occur on the right.
    """

    def __init__(self, left: Expr, right: Expr, states: Iterable[str] = (), times: Iterable[str] = ("t",)) -> None:
        found = named_symbol(left)
        if found is None:
            raise Unreadable("its left side is no name")
        self.left, self.right, self.states = left, right, frozenset(states)
        self._symbol, self._indices = found
        self._raised = isinstance(left, Power)
        self.shift: Fraction | None = None
        self.time: Index | None = None
        self.times = set(times)
        self._clocks, self._small = clocks(right), is_small(right)
        self._newest: dict[str, Fraction] = {}  # of each name, the latest time on the right side
        self._find_time()
        for part in right.walk():
            if (found := named_symbol(part)) is not None and (age := self._age(*found)) is not None:
                key = self._key(*found)
                self._newest[key] = max(age, self._newest.get(key, age))
        self.target = self._atom_of_symbol(left, "state")

    def _find_time(self) -> None:
        """Compare the left side with its occurrences on the right."""
        for part in self.right.walk():
            found = named_symbol(part)
            if found is None or not self._same_name(found[0]) or len(found[1]) != len(self._indices):
                continue
            apart = [(a, b) for a, b in zip(self._indices, found[1]) if a != b]
            if not apart and (not isinstance(part, Power) or self._raised):
                self.shift = Fraction(0) if self.shift is None else self.shift
                for index in self._indices:
                    if index.letter in self.times:
                        self.time = self.time or index
            elif len(apart) == 1 and self._is_shift(*apart[0]):
                (new, old) = apart[0]
                by = new.offset - old.offset if new.offset is not None and old.offset is not None else Fraction(1)
                self.shift = by if self.shift is None else min(self.shift, by, key=abs)
                self.time = new
                if new.letter:
                    self.times.add(new.letter)
        if self.shift is not None and self.shift < 0:
            raise Unreadable("it goes back in time")
        if self.time is None:
            self.time = next((i for i in self._indices if i.letter in self.times), None)

    def _same_name(self, symbol: Symbol) -> bool:
        typed = symbol.font == "tt", self._symbol.font == "tt"  # a name of a program beside one of mathematics
        return symbol.name == self._symbol.name and symbol.marks == self._symbol.marks and typed[0] == typed[1]

    @staticmethod
    def _is_shift(new: Index, old: Index) -> bool:
        if new.offset is not None and old.offset is not None:
            if new.letter != old.letter and {new.letter, old.letter} & {"new", "old", "next", "prev"}:
                return True
            return new.letter == old.letter and new.letter in TIME_LETTERS | {""}
        return any(word in text for word in TIME_WORDS for text in (new.text, old.text))

    def _is_time(self, index: Index, symbol: Symbol) -> bool:
        if index.letter in TIME_WORDS or any(f":{word}" in index.text for word in TIME_WORDS):
            return True
        if index.letter:
            return index.letter in self.times and index.offset is not None
        concrete = self.time is not None and not self.time.letter and self.time.offset is not None
        if not concrete or index.offset is None or symbol.name in CONSTANTS:
            return False
        assert self.time is not None and self.time.offset is not None
        return abs(index.offset - self.time.offset) <= 1

    def _age(self, symbol: Symbol, indices: tuple[Index, ...]) -> Fraction | None:
        """The time of a name, counted from that of the others; None where it has none."""
        for index in indices:
            if any(word in index.text for word in PAST_WORDS):
                return Fraction(-1)
            if self._is_time(index, symbol):
                return index.offset if index.offset is not None and index.letter not in TIME_WORDS else Fraction(0)
        return None if self.times & {i.letter for i in self._indices} else Fraction(0)

    def atom(self, expr: Expr) -> Atom | None:
        """The quantity that this part is, as a whole."""
        if isinstance(expr, Nabla | Derivative):
            return None if self.elsewhere(expr) is not None else gradient_of(expr)
        if isinstance(expr, Big):
            inner = peel(expr.body)
            same = self.atom(inner) if expr.op == "sum" else None
            return (
                Atom("sum " + same.key, "gradient", same.tag, expr=expr) if same and same.kind == "gradient" else None
            )
        if isinstance(expr, Call) and expr.primes == 1 and isinstance(expr.function, Symbol):
            slope = Atom("grad " + expr.function.name, "gradient", expr=expr)
            return slope if len(expr.args) == 1 and self.elsewhere(expr) is None else None
        if isinstance(expr, Call) and not expr.certain and isinstance(expr.function, Symbol):
            inner_atom = self.atom(expr.function)
            gradient = inner_atom is not None and inner_atom.kind == "gradient"
            return inner_atom if gradient and self.elsewhere(expr) is None and self._is_point(expr) else None
        if isinstance(expr, Absolute) and isinstance(expr.arg, Symbol) and expr.arg.font == "cal":
            return Atom("|" + text_of(expr.arg) + "|", "constant", expr=expr)
        if isinstance(expr, Power):
            return self._atom_of_symbol(expr) if self._is_label(expr) else None
        if isinstance(expr, Symbol):
            return self._atom_of_symbol(expr)
        if isinstance(expr, Product) and isinstance(expr.left, Symbol) and expr.left.name == "d":
            right = expr.right
            if expr.op == "juxtapose" and isinstance(right, Symbol) and not expr.left.subs:
                return Atom("d" + text_of(right), "gradient", text_of(right).casefold(), expr=expr)
        return None

    def _is_label(self, power: Power) -> bool:
        """Is the exponent an index, as on the left side of this update?"""
        base = power.base
        if not isinstance(base, Symbol) or base.name in CONSTANTS and base.name != self._symbol.name:
            return False
        if not self._raised:
            return False
        mine, its = self._indices[-1], index_of(power.exponent)
        if mine.letter:
            return its.letter == mine.letter
        return its.offset is not None and not its.letter and base.name == self._symbol.name

    def _atom_of_symbol(self, expr: Expr, kind: str = "") -> Atom:
        found = named_symbol(expr)
        assert found is not None
        symbol, indices = found
        stem = symbol.name + "|" + ",".join(k for k in self._kept(symbol, indices) if ":" not in k)
        key = self._key(symbol, indices)
        age = self._age(symbol, indices)
        if expr is not self.left and age is not None and age < self._newest.get(key, age):
            key += BEFORE  # w_{t-1} beside w_t: another quantity
        tag = ""
        if not kind:
            kind = self._kind(symbol, key)
        if kind == "gradient" and symbol.name != "g":
            tag = re.sub(r"^(d|grad_?)", "", symbol.name).casefold()
        for sub in symbol.subs:
            if isinstance(sub, Symbol) and re.fullmatch(r"d[A-Za-z]+", sub.name):
                tag = sub.name[1:].casefold()
        return Atom(key, kind, tag, stem, expr)

    def _kept(self, symbol: Symbol, indices: tuple[Index, ...]) -> list[str]:
        """The indices that are no time."""
        return sorted(i.text.casefold() for i in indices if not self._is_time(i, symbol))  # dw and dW are one

    def _key(self, symbol: Symbol, indices: tuple[Index, ...]) -> str:
        return "".join(symbol.marks) + symbol.name + "|" + ",".join(self._kept(symbol, indices))

    def _kind(self, symbol: Symbol, key: str) -> str:
        if key.removesuffix(BEFORE) in self.states:
            return "state"
        if GRADIENT.match(symbol.name) and not symbol.marks[:1] == ("Delta",):
            return "gradient"
        if symbol.name in self._small and not symbol.subs:
            return "constant"
        if symbol.name == "mu" and any(isinstance(s, Symbol) and s.name not in TIME_LETTERS for s in symbol.subs):
            return "state"
        if symbol.name in CONSTANTS or len(symbol.name) > 1 and WORDS.match(symbol.name):
            return "constant"
        if symbol.name in self._clocks and not symbol.subs:
            return "time"
        if symbol.name in SIZES and not symbol.subs and not symbol.marks:
            return "constant"
        return "state"

    def elsewhere(self, expr: Expr) -> Expr | None:
        r"""The point of a gradient that is no plain symbol: ``w - \beta v`` of ``\nabla L(w - \beta v)``."""
        of = expr.of if isinstance(expr, Nabla | Derivative) else expr
        inside = of.args[0] if isinstance(of, Call) and of.args else of.right if isinstance(of, Product) else None
        point = peel(inside) if inside is not None else None
        return (
            point
            if isinstance(point, Plus) and any(a.kind in ("state", "gradient") for a in self.atoms(point))
            else None
        )

    def _is_point(self, call: Call) -> bool:
        """Is the argument of ``g(w)`` a point?  ``g (1 - beta)`` is a product."""
        atoms = self.atoms(peel(call.args[0])) if len(call.args) == 1 else ()
        return len(call.args) != 1 or any(a.kind != "constant" for a in atoms)

    def atoms(self, expr: Expr | None = None) -> tuple[Atom, ...]:
        """The quantities of a part (of the right side), in the order of their first occurrence."""
        return tuple(dict.fromkeys(self._atoms(self.right if expr is None else expr)))

    def _atoms(self, expr: Expr) -> Iterator[Atom]:
        atom = self.atom(expr)
        if atom is not None:
            yield atom
            return
        point = self.elsewhere(expr) if isinstance(expr, Nabla | Derivative | Call) else None
        if point is not None and self._is_gradient_call(expr):
            yield from self._atoms(point)
            return
        for child in parts_of(expr):
            yield from self._atoms(child)

    def _is_gradient_call(self, expr: Expr) -> bool:
        if isinstance(expr, Call):
            atom = self.atom(expr.function) if isinstance(expr.function, Symbol) else None
            return not expr.certain and atom is not None and atom.kind == "gradient"
        return True

    def value(self, values: Callable[[Atom], complex], expr: Expr | None = None) -> complex:
        """The value of a part (of the right side); raises Unreadable, or ArithmeticError where there is none."""
        return self._value(self.right if expr is None else expr, values)

    def _value(self, expr: Expr, values: Callable[[Atom], complex]) -> complex:
        atom = self.atom(expr)
        if atom is not None:
            return values(atom)
        match expr:
            case Number():
                return complex(float(expr.value))
            case Paren() | Braced():
                return self._value(expr.arg, values)
            case Plus():
                return sum((self._value(term, values) for term in expr.terms), 0j)
            case Negate():
                return -self._value(expr.arg, values)
            case Product() if expr.op not in ("outer", "matmul"):
                return self._value(expr.left, values) * self._value(expr.right, values)
            case Quotient():
                return self._value(expr.numerator, values) / self._value(expr.denominator, values)
            case Power():
                return self._value(expr.base, values) ** self._value(expr.exponent, values)
            case Root(degree=None):
                return cmath.sqrt(self._value(expr.arg, values))
            case Absolute():
                return complex(abs(self._value(expr.arg, values)))
            case Nabla() | Derivative() if (point := self.elsewhere(expr)) is not None:
                return field_of(self._value(point, values))
            case Call():
                return self._call(expr, values)
        raise Unreadable(type(expr).__name__)

    def _call(self, call: Call, values: Callable[[Atom], complex]) -> complex:
        point = self.elsewhere(call)
        if point is not None and self._is_gradient_call(call):
            return field_of(self._value(point, values))
        if not isinstance(call.function, Symbol) or call.primes or call.subs or call.parameters:
            raise Unreadable("a call")
        args = [self._value(arg, values) for arg in call.args]
        if not call.certain and len(args) == 1:
            return self._value(call.function, values) * args[0]
        name = call.function.name
        if name in ("max", "min") and args:
            return complex((max if name == "max" else min)(a.real for a in args))
        if name in ("sign", "sgn") and len(args) == 1:
            return complex((args[0].real > 0) - (args[0].real < 0))
        if name in ("exp", "cos", "sin", "sqrt") and len(args) == 1:
            return complex(getattr(cmath, name)(args[0]))
        raise Unreadable(name)


def update_of(statement: Statement, states: Iterable[str] = (), times: Iterable[str] = ("t",)) -> Update:
    """The first link of a statement as an update; raises Unreadable."""
    if statement.continues or not statement.relations or len(statement.terms) < 2:
        raise Unreadable("no assignment")
    left, right, relation = peel(statement.terms[0]), statement.terms[1], statement.relations[0]
    if isinstance(left, Tuple) and all(isinstance(item, Symbol) for item in left.items):
        both = Symbol("(" + ",".join(text_of(item) for item in left.items) + ")")  # (w, b) together
        left, right = both, _renamed(right, left, both)
    if relation == "to":  # v_t \to v_t / (1 - beta^t): is replaced by
        found = named_symbol(left)
        inside = found and any(part == left for part in right.walk())
        if not inside or right == left:
            raise Unreadable("a limit")
    elif relation not in _ASSIGNS:
        raise Unreadable("no assignment")
    return Update(left, right, states, times)


def _renamed(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if peel(expr) == old else expr.map(lambda child: _renamed(child, old, new))


def show(expr: Expr) -> str:
    """LaTeX of a part, for messages."""
    return latex_of(expr)
