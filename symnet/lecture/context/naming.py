"""Who is who in a document: symbols become references, products are told from calls and powers from labels.

What a letter is, one formula alone does not say.  ``Naming`` reads all statements of a document once and collects the
evidence; then ``resolve`` rewrites a tree so that only three kinds of names are left:

    Ref(key, indices)      a value: its name (with accents, word subscripts, stars) and what it is indexed with
    Call(Ref, args)        a function applied; a bracket behind a scalar has become a product
    Power(base, exponent)  a power; ``z^{i+1}``, ``w^{(i)}``, ``W^{[l]}`` have become indices
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.context.evidence import Evidence, is_two, unwrapped
from symnet.lecture.context.kinds import OF_SPECTRA
from symnet.lecture.context.refs import (
    FUNCTION_LETTERS,
    GREEK,
    LAYER,
    LOSS_NAMES,
    SAMPLE,
    WORDS_OF_INDICES,
    Ref,
    is_bold,
    spelling,
)
from symnet.lecture.context.rewriting import (
    factor_raised,
    gradient_of_product,
    logsumexp,
    of_base,
    second_gradient,
)
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import (
    Big,
    Braced,
    Call,
    Derivative,
    Expr,
    Label,
    Nabla,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Slice,
    Symbol,
    Transpose,
)


class Naming(Evidence):
    """What the names of a document are, by the evidence of all its statements; trees with names decided."""

    def key_of(self, symbol: Symbol) -> tuple[str, tuple[Expr, ...]]:
        """The name of a symbol, and its indices: labels first, then subscripts."""
        key, indices = self._named(symbol)
        self.written.setdefault(key, symbol)
        return key, indices

    def latex(self, key: str) -> str:
        """A name as the document writes it, without its indices."""
        symbol = self.written.get(key)
        if symbol is None:
            return key
        subs = tuple(s for k, s in enumerate(symbol.subs) if not self.is_index(s, symbol, k))
        bare = replace(symbol, subs=subs, labels=tuple(label for label in symbol.labels if label.value is None))
        return latex_of(bare if self._named(bare)[0] == key else symbol)

    def fresh_function(self) -> str:
        """A letter for a function that the document does not use."""
        return next((x for x in ("f", "g", "h", "F", "G", "\\phi", "\\psi") if x not in self.written), "\\varphi")

    def _named(self, symbol: Symbol) -> tuple[str, tuple[Expr, ...]]:
        name = spelling(symbol)
        if name in self.apart and is_bold(symbol):
            name = f"\\mathbf{{{name}}}"
        if name in self.picked and not symbol.subs and not symbol.labels:
            return f"\\mathrm{{{name}}}", ()
        indices: list[Expr] = []
        words: list[str] = []
        marks: list[str] = []
        for label in symbol.labels:
            if label.kind in ("paren", "bracket") and label.value is not None:
                if isinstance(label.value, Number) and (name, -1) not in self.lettered:
                    marks.append(f"({label.value.text or label.value.value})")
                else:
                    indices.append(self.resolve(label.value))
            else:
                marks.append({"star": "*", "prime": "'" * label.count}.get(label.kind, label.word))
        for position, sub in enumerate(self._split(symbol.subs)):
            if self.is_index(sub, symbol, position):
                indices.append(sub if isinstance(sub, Slice) else self.resolve(sub))
            else:
                words.append(text_of(sub))
        if words:
            name += "_{" + ",".join(words) + "}" if len(words) > 1 or len(words[0]) > 1 else "_" + words[0]
        if marks:
            name += "^{" + ",".join(marks) + "}"
        if self.two_deltas and name == "\\delta" and (symbol.labels or len(indices) < 2):
            name += LAYER
        if len(indices) == 1 and (name, is_bold(symbol)) in self.columns:
            return self.columns[name, is_bold(symbol)], (Slice(), *indices)
        sample = any(label.kind == "paren" and label.value is not None for label in symbol.labels)
        if is_bold(symbol) and sample and len(indices) == 1 and name in self.bold_whole:
            name += SAMPLE
        elif name in self.bold_entries and is_bold(symbol) and len(indices) == 1:
            name = f"\\mathbf{{{name}}}"
        elif name in self.upper_entries and len(indices) == 2:
            name = self.upper_entries[name]
        elif name in self.upper_rows and len(indices) == 1 and (is_bold(symbol) or name in self.row_vectors):
            name = self.upper_rows[name]
        if is_bold(symbol) and (len(indices) == 0 or symbol.labels or not symbol.name[0].isupper()):
            self.bold_refs[name, len(indices)] = symbol.name[:1].isupper() or symbol.name[:1] == "\\"
        return name, tuple(indices)

    def _split(self, subs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """The ``bte`` of o_{bte} as three indices, where each of the letters is one elsewhere in the document.

        A prime behind them belongs to the last one, as in g_{de'}.
        """
        found: list[Expr] = []
        for sub in subs:
            plain = isinstance(sub, Symbol) and not (sub.subs or sub.marks or sub.font)
            if isinstance(sub, Symbol) and plain and self._is_run(sub.name) and _is_primed(sub.labels):
                found += [replace(sub, name=letter, labels=()) for letter in sub.name[:-1]]
                found.append(replace(sub, name=sub.name[-1]))
            else:
                found.append(sub)
        return tuple(found)

    def _is_run(self, name: str) -> bool:
        """Letters side by side that are indices: a sum runs over each, or it stands in a run with one that is."""
        letters = {*name}
        return 1 < len(name) == len(letters) and letters <= self.bound and name not in WORDS_OF_INDICES

    def ref(self, symbol: Symbol) -> Ref:
        key, indices = self.key_of(symbol)
        return Ref(key, indices, span=symbol.span)

    def value(self, symbol: Symbol) -> Expr:
        """The reference; the derivative of the loss where ``dx`` stands for it."""
        ref = self.ref(symbol)
        if ref.key in self.adjoint_of:
            return Derivative(Ref(self.loss), (replace(ref, key=self.adjoint_of[ref.key]),), span=symbol.span)
        return (
            Power(replace(ref, key=ref.key + "^2"), Number(_HALF), span=symbol.span) if ref.key in self.squares else ref
        )

    def is_function(self, call: Call) -> bool:
        """Is ``name(...)`` a function applied, or a product?"""
        symbol = call.function
        if not isinstance(symbol, Symbol) or call.certain or call.primes or call.parameters or len(call.args) != 1:
            return True
        name = spelling(symbol)
        if self._named(symbol)[0] in OF_SPECTRA:
            return True
        inside = [s for s in call.args[0].walk() if isinstance(s, Symbol) and spelling(s) == name]
        if inside and not any(isinstance(c, Call) for c in call.args[0].walk()):
            return False  # a(1 - a)
        if symbol.subs and isinstance(unwrapped(call.args[0]), Plus) and self.entries_alone[name] > 0:
            return False  # \pi_b (q_b - v)
        array = self.adjoint_of.get(self._named(symbol)[0])
        if array is not None and array not in self.functions:
            return False  # its gradient times a bracket: dh_next (1 - h_next^2)
        if name in self.functions:
            return True
        if (name, unwrapped(call.args[0])) in self.differentiated:
            return True
        if symbol.name in self.sizes or name in self.indexed and not self.simple_calls[name]:
            return False
        sum_inside = isinstance(unwrapped(call.args[0]), Plus | Product)
        if name in self.matrices and not self.simple_calls[name] and sum_inside:
            return False  # P (I - P)
        if name in self.defined and len(symbol.name) > 2 and symbol.font == "rm":
            return False  # \\operatorname{rate} g
        if symbol.name == "Gamma" and name not in self.defined and self.bare[name] <= 0:
            return True
        longer = len(spelling(symbol)) > 1 and symbol.name != "pi"
        if symbol.name in FUNCTION_LETTERS or symbol.name in LOSS_NAMES or longer:
            plain_bracket = isinstance(unwrapped(call.args[0]), (Plus, Product)) and self.bare[name] > self.calls[name]
            return not plain_bracket and not (symbol.name in GREEK and symbol.name not in FUNCTION_LETTERS)
        return self.bare[name] <= 0 and self.simple_calls[name] == self.calls[name]

    def resolve(self, expr: Expr) -> Expr:
        """The tree with names decided."""
        if isinstance(expr, Symbol):
            return self.value(expr)
        if isinstance(expr, Paren):
            return self.resolve(expr.arg)
        if isinstance(expr, Braced):
            return self.resolve(expr.arg)
        if isinstance(expr, Power) and isinstance(expr.base, Symbol):
            return self._power(expr, expr.base)
        if isinstance(expr, Product) and (gradient := gradient_of_product(expr)) is not None:
            return self.resolve(gradient)
        if isinstance(expr, Product) and (reduced := logsumexp(expr)) is not None:
            return self.resolve(reduced)
        if isinstance(expr, Product) and (joined := self._differential(expr)) is not None:
            return self.resolve(joined)
        if isinstance(expr, Transpose) and self._is_product(expr.arg):
            return self.resolve(factor_raised(expr.arg, lambda bracket: Transpose(bracket, span=expr.span)))
        if isinstance(expr, Power) and self._is_product(expr.base):
            power = expr
            return self.resolve(factor_raised(expr.base, lambda bracket: replace(power, base=bracket)))
        if isinstance(expr, Call) and (quotient := of_base(expr)) is not None:
            return self.resolve(quotient)
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Big):
            return replace(
                expr,
                variables=tuple(replace(v, name=self.key_of(v)[0], labels=()) for v in expr.variables),
                body=self.resolve(expr.body),
                lower=None if expr.lower is None else self.resolve(expr.lower),
                upper=None if expr.upper is None else self.resolve(expr.upper),
                domain=None if expr.domain is None else self.resolve(expr.domain),
                conditions=tuple(self.resolve(c) for c in expr.conditions),  # type: ignore[misc]
            )
        if isinstance(expr, Ref):
            return expr
        if isinstance(expr, Derivative) and (second := second_gradient(expr)) is not None:
            return self.resolve(second)
        if isinstance(expr, Nabla) and isinstance(expr.of, Symbol) and not expr.by and expr.of.subs:
            if all(isinstance(s, Symbol) and self.bare[spelling(s)] > 0 for s in expr.of.subs):  # \nabla z_{x,y}
                expr = replace(expr, of=replace(expr.of, subs=()), by=expr.of.subs)
        return expr.map(self.resolve)

    def _is_product(self, expr: Expr) -> bool:
        """``a(b + c)``: what is raised behind the bracket is the bracket alone."""
        return isinstance(expr, Call) and len(expr.args) == 1 and not self.is_function(expr)

    def _differential(self, expr: Product) -> Expr | None:
        r"""``d\hat{x}``, ``d\mu`` as one symbol, where the document writes gradients so."""
        if not self.adjoints or expr.op != "juxtapose":
            return None
        rest, last = (expr.left.left, expr.left.right) if isinstance(expr.left, Product) else (None, expr.left)
        right = expr.right
        if isinstance(right, (Power, Transpose)):
            right = right.base if isinstance(right, Power) else right.arg
        if self._is_product(right):  # d\\hat{x} (x - \\mu)
            joined = self._differential(replace(expr, right=right.function))  # type: ignore[attr-defined]
            bracket = factor_raised(right, lambda b: b).right
            return None if joined is None else Product(joined, bracket, span=expr.span)
        if not isinstance(last, Symbol) or last != Symbol("d") or not isinstance(right, Symbol):
            return None
        if last.span[1] != right.span[0] or len(right.name) == 1 and not right.marks:
            return None
        whole: Expr = replace(right, name=right.name, marks=(*right.marks, "d"), span=(last.span[0], right.span[1]))
        if isinstance(expr.right, Power):
            whole = replace(expr.right, base=whole)
        elif isinstance(expr.right, Transpose):
            whole = replace(expr.right, arg=whole)
        return whole if rest is None else Product(rest, whole, span=expr.span)

    def _power(self, expr: Power, base: Symbol) -> Expr:
        if self._is_exponential(expr, base):
            return self.resolve(Call(Symbol("exp"), (expr.exponent,), span=expr.span))
        key, indices = self.key_of(base)
        if spelling(base) in self.raised:
            return Ref(key, (self.resolve(expr.exponent), *indices), span=expr.span)
        if key in self.squares and is_two(expr.exponent):
            return Ref(key + "^2", indices, span=expr.span)
        name = spelling(base)
        labelish = isinstance(expr.exponent, (Symbol, Plus, Number))
        layer = bool(self.layers) and any(isinstance(s, Symbol) and s.name in self.layers for s in expr.exponent.walk())
        known = name in self.labelled or layer
        if known and name not in self.powers and labelish and not is_two(expr.exponent):
            return Ref(key, (self.resolve(expr.exponent), *indices), span=expr.span)
        return replace(expr, base=self.resolve(base), exponent=self.resolve(expr.exponent))

    def _is_exponential(self, expr: Power, base: Symbol) -> bool:
        r"""``e^{z_{ne}}`` where e is an index as well, ``e^{-z}`` beside ``e_i`` or ``e(z)``: the number is meant.

        Nobody raises an index, an error or a function to a power that is no number and no index.
        """
        plain = base.name == "e" and not (base.subs or base.labels or base.marks)
        others = self.bound | self.defined | self.indexed | {name for name, _ in self.lettered} | {*self.calls}
        if not plain or "e" not in others:
            return False
        return any(isinstance(s, Symbol) and spelling(s) not in self.bound for s in expr.exponent.walk())

    def _call(self, expr: Call) -> Expr:
        if isinstance(expr.function, Power) and isinstance(expr.function.base, Symbol):  # \sigma^{2}(x), f^{(2)}...
            power = self._power(expr.function, expr.function.base)
            if isinstance(power, Power) and isinstance(power.exponent, Negate):  # the inverse function
                inverse = replace(self.ref(expr.function.base), key=self.key_of(expr.function.base)[0] + "^{-1}")
                return replace(expr, function=inverse, args=tuple(map(self.resolve, expr.args)), certain=True)
            if isinstance(power, Power):
                inner = replace(expr, function=expr.function.base, span=expr.span)
                return Power(self._call(inner), power.exponent, span=expr.span)
            return replace(expr, function=power, args=tuple(map(self.resolve, expr.args)), certain=True)
        only = expr.args[0] if len(expr.args) == 1 else None
        if isinstance(only, Call) and isinstance(only.args[0], Symbol) and only.span[1] == expr.span[1] > 0:
            only = replace(only, certain=True)  # \\log p(y): a lone name in brackets is no factor of its own
            expr = replace(expr, args=(only,))
        if isinstance(only, Call) and only.span[1] == expr.span[1] > 0 and not self.is_function(only):
            # \\tanh x (1 - y): the bracket is a factor of its own
            head = replace(expr, args=(only.function,), span=(expr.span[0], only.function.span[1]))
            return Product(self.resolve(head), self.resolve(only.args[0]), span=expr.span)
        args = tuple(self.resolve(a) for a in expr.args)
        if not isinstance(expr.function, Symbol):
            return replace(expr, function=self.resolve(expr.function), args=args)
        if self.is_function(expr):
            call, condition = self.signatures.of(expr)
            args += tuple(self.resolve(a) for a in call.args[len(args) :])
            parameters = tuple(self.resolve(p) for p in call.parameters)
            subs = tuple(s if isinstance(s, Slice) else self.resolve(s) for s in expr.subs)
            ref = self._under(condition, expr.function)
            return replace(expr, function=ref, args=args, parameters=parameters, subs=subs, certain=True)
        left = self.resolve(expr.function)
        (right,) = args
        return Product(left, right, span=expr.span)

    def _under(self, condition: tuple[Expr, ...], function: Symbol) -> Ref:
        r"""The name of a function, of which there are several: the one of ``p(y \mid x)`` is no ``p(y)``."""
        ref = self.ref(function)
        if not condition:
            return ref
        key = f"{ref.key}_{{\\mid {','.join(map(latex_of, condition))}}}"
        self.written.setdefault(key, function)
        return replace(ref, key=key)


def _is_primed(labels: Iterable[Label]) -> bool:
    """Are there no labels but primes?"""
    return all(label.kind == "prime" for label in labels)


_HALF = Fraction(1, 2)


def text_of(sub: Expr) -> str:
    if isinstance(sub, Symbol):  # the B of \\mu_{\\mathcal{B}} is that of \\mu_B
        inner = ",".join(map(text_of, sub.subs))
        return spelling(replace(sub, font="")) + (f"_{{{inner}}}" if inner else "")
    if isinstance(sub, Number):
        return sub.text or str(sub.value)
    return latex_of(sub)
