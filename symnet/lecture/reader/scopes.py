r"""Operators with a scope: ``\sum_{i=1}^n``, ``\max_j``, ``\arg\min_w``, ``\int ... dx``."""

from __future__ import annotations

from symnet.lecture.reader.bars import paired_bars
from symnet.lecture.reader.derivatives import DerivativeReader, differential
from symnet.lecture.reader.parts import Prefix
from symnet.lecture.reader.signs import DOTS, Tokens, is_name, refuse, relation, span_of, split, unstacked
from symnet.lecture.reader.syntax import Big, Call, Dots, Expr, Number, Product, Statement, Symbol, Tuple
from symnet.lecture.reader.token import Unreadable
from symnet.lecture.reader.words import GREEK


class ScopeReader(DerivativeReader):
    """Reads operators with what is written below and above them."""

    def big(self, op: str, tokens: Tokens, i: int, j: int, under: Tokens | None = None) -> tuple[Expr | Prefix, int]:
        """An operator from token ``i``; its scripts start at ``j``."""
        t = tokens[i]
        scripts = self.scripts(tokens, j)
        below = under if under is not None else (scripts.below[0] if scripts.below else None)
        above = scripts.above[0] if scripts.above else None
        j = scripts.end
        start = t.start
        head = (start, tokens[j - 1].end)
        if len(scripts.above) > 1 or len(scripts.below) > 1:
            raise refuse("two scripts on one operator", t)
        if op in ("max", "min") and below is None and above is None:
            if j < len(tokens) and tokens[j].is_group("(", "\\{", "["):
                args, parameters = self.arguments(tokens[j])
                call = Call(Symbol(op, span=(t.start, t.end)), args, parameters, span=(start, tokens[j].end))
                return self.finish_call(call, tokens, j + 1)
            if j >= len(tokens) or not self.starts_value(tokens[j]):
                return Symbol(op, span=head), j
        if op in ("max", "min", "argmax", "argmin", "sup", "inf") and above is not None:
            raise refuse("this script is not understood", t)
        given = self.bounds(op, below, above)
        if op == "int":
            found = self.integral(tokens, i, j, given)
            if found is not None:
                return found
        alone = None
        if j >= len(tokens) or not (self.starts_value(tokens[j]) or tokens[j].is_sym("-", "+", "|", "||")):
            if op in ("max", "min", "argmax", "argmin", "inf", "sup"):
                subs = self.subscripts(below) if below is not None else ()
                return Symbol(op, subs=subs, span=head), j
        return Prefix(lambda body: Big(op, body, *given, span=(start, body.span[1])), head, alone), j

    def integral(self, tokens: Tokens, i: int, j: int, given: tuple) -> tuple[Expr, int] | None:
        """The integral up to its differential, where there is one; integrals inside take theirs first."""
        inner = 0
        for k in range(j, len(tokens)):
            if relation(tokens[k]) or tokens[k].is_sym(","):
                return None
            inner += tokens[k].is_cmd("int")
            found = differential(tokens[k : k + 4])
            if k == j or found is None or found[0] != "d" or not found[1]:
                continue
            inner -= 1
            if inner >= 0:
                continue
            rest = differential(tokens[k:])[1]  # type: ignore[index]
            variable, after = self.factor(rest, 0)
            if not isinstance(variable, Symbol):
                return None
            end = rest[after - 1].end
            following = next((n for n, t in enumerate(tokens) if t.start >= end), len(tokens))
            variables, *more = given
            return Big("int", self.sum(tokens[j:k]), (variable,), *more, span=(tokens[i].start, end)), following
        return None

    def bounds(self, op: str, below: Tokens | None, above: Tokens | None) -> tuple:
        """variables, lower, upper, domain, conditions of an operator."""
        variables: list[Symbol] = []
        lower: Expr | None = None
        domain: Expr | None = None
        conditions: list[Statement] = []
        upper = self.sum(above) if above else None
        if below:
            if op == "int":
                return (), self.sum(below), upper, None, ()
            lower, upper, domain = self.below(op, below, variables, conditions, upper)
        return tuple(variables), lower, upper, domain, tuple(conditions)

    def below(
        self, op: str, below: Tokens, variables: list[Symbol], conditions: list[Statement], upper: Expr | None
    ) -> tuple[Expr | None, Expr | None, Expr | None]:
        lower: Expr | None = None
        domain: Expr | None = None
        below = unstacked(below)
        below = [t for t in below if not (t.kind == "text" and not is_name(t))]
        if not below:
            return None, upper, None
        parts = [p for p in split(paired_bars(below), ",", ":", ";", "row", "\\colon", "|", "\\mid", "quad") if p]
        waiting: list[Symbol] = []
        for n, part in enumerate(parts):
            part, side = _from_a_side(part) if op == "lim" else (part, "")
            value = self.relation_or_sum(part)
            if isinstance(value, Symbol) and n and parts[n - 1] and isinstance(lower, Number) and value.name == "dots":
                continue
            if isinstance(value, Dots):
                continue
            if not isinstance(value, Statement):
                if lower is not None and n == len(parts) - 1 and any(t.is_cmd(*DOTS) for p in parts for t in p):
                    upper = value  # i = 1, \dots, n
                    continue
                waiting.extend(self.variables(value, part))
                if not waiting:
                    domain = value
                continue
            if value.continues:
                raise Unreadable("something is missing before the relation", "", *span_of(part))
            left = value.terms[0]
            names = self.variables(left, part, strict=True)
            relations = value.relations
            if len(relations) == 1 and relations[0] == "=" and names and lower is None and not variables:
                lower = value.terms[1]
                variables.extend((*waiting, *names))
                waiting = []
            elif len(relations) == 1 and relations[0] == "to" and op == "lim" and names:
                lower = value.terms[1]
                conditions += [Statement((names[0], lower), (side,), span=value.span)] if side else []
                variables.extend((*waiting, *names))
                waiting = []
            elif len(relations) == 1 and relations[0] == "in" and names and domain is None:
                domain = value.terms[1]
                variables.extend((*waiting, *names))
                waiting = []
            else:
                if not variables and not waiting:
                    variables.extend(implied_variables(value))
                conditions.append(value)
        variables.extend(waiting)
        return lower, upper, domain

    def variables(self, expr: Expr, part: Tokens, strict: bool = False) -> tuple[Symbol, ...]:
        """The variables that are written below: i, ``i, j``, ``ij``, (i, j)."""
        found = _variables(expr)
        if found is not None and not (isinstance(expr, Symbol) and not strict and _is_set_name(expr)):
            return found
        if strict or isinstance(expr, Symbol):
            return ()
        raise Unreadable("what stands below this operator is not understood", part[0].shown(), *span_of(part))


def _from_a_side(part: Tokens) -> tuple[Tokens, str]:
    """The ``x \\to 0`` of ``x \\to 0^+`` or ``x \\to 0+``, and how x lies to 0 then."""
    last = part[-1]
    sign = last.body[0] if last.is_group("{") and len(last.body) == 1 else last
    raised = len(part) > 2 and part[-2].is_sym("^")
    if len(part) < 3 or not sign.is_sym("+", "-") or not (raised or sign is last):
        return part, ""
    return part[: -2 if raised else -1], ">" if sign.text == "+" else "<"


def _is_set_name(symbol: Symbol) -> bool:
    return len(symbol.name) > 1 and symbol.name not in GREEK


def _variables(expr: Expr) -> tuple[Symbol, ...] | None:
    """The symbols of i, ``ij``, (i, j); None for anything else."""
    if isinstance(expr, Symbol):
        return (expr,)
    if isinstance(expr, Product) and expr.op == "juxtapose":
        parts: tuple[Expr, ...] = (expr.left, expr.right)
    elif isinstance(expr, Tuple):
        parts = expr.items
    else:
        return None
    found = [_variables(part) for part in parts]
    return None if any(f is None for f in found) else tuple(v for f in found if f is not None for v in f)


def implied_variables(condition: Statement) -> tuple[Symbol, ...]:
    """What a sum over a condition runs over: j of ``j \\ne y_i``, i and j of ``i < j``, i of ``1 \\le i \\le n``."""
    terms = condition.terms[1:-1] if len(condition.terms) > 2 else condition.terms
    if condition.relations[:1] == ("!=",):
        return _variables(condition.terms[0]) or ()
    return tuple(v for term in terms for v in _variables(term) or () if not _is_set_name(v))
