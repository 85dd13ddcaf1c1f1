"""Statements about expectations, variances and laws: the moment rules with the hypotheses that the document states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.directed import Author
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref
from symnet.lecture.documents.directives import formula_of, name_of, random_facts
from symnet.lecture.knowledge.hypotheses import Fact, fact_of, facts_in
from symnet.lecture.knowledge.moments import judge_moment
from symnet.lecture.knowledge.quantities import text_of
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Call, Expr, Moment, Number, Paren, Power, Statement, Symbol
from symnet.lecture.verdict import Finding


def judge_moment_claim(claim: Claim) -> Finding:
    """The finding on a claim with E, Var or Cov, or on the law of a random variable."""
    left, right = claim.raw
    assert claim.context is not None and left is not None and right is not None
    statement = Statement((left, right), (claim.relation,), conditions=claim.context.lines[claim.order].raw.conditions)
    found = judge_moment(statement, _facts(claim))
    if found is not None and found.verdict == "refuted" and (other := _of_moments(statement)) != statement:
        again = judge_moment(other, _facts(claim))  # type: ignore[arg-type]
        found = again if again is None or again.verdict != "refuted" else found
    if found is None:
        if claim.kind == "distribution":
            return blank(claim, "definition", reason="says how a quantity is distributed")
        if isinstance(claim.left, Ref) and claim.relation == "=":
            return blank(claim, "definition", reason="introduces the name on its left")
        reason = "the rules of moments do not decide this"
        return blank(claim, "needs-context", reason=f"{reason}; write: {_random(statement)}")
    settled = _has_one_law(claim, left) or _is_computed(claim, left)
    if found.verdict == "refuted" and _shares_nothing(left, right) and not settled:
        return blank(claim, "definition", reason="says what the random variable on its left is")
    if claim.kind == "distribution" and found.verdict == "refuted" and _several_wishes(claim):
        return blank(claim, "definition", reason="says how a quantity is distributed")
    return blank(
        claim,
        found.verdict,
        method=found.method,
        reason=found.reason,
        assumptions=found.assumptions,
        counterexample=found.counterexample,
        correction=found.correction,
        reading=found.reading,
    )


def _of_moments(expr: Expr) -> Expr:
    """``E(x - m)^2`` as the square of the mean."""
    if isinstance(expr, Moment) and expr.raised and isinstance(power := expr.args[0], Power):
        bracket = power.base
        inside = bracket.arg if isinstance(bracket, Paren) else bracket
        return replace(power, base=replace(expr, args=(inside,), raised=False))
    return expr.map(_of_moments)


def _random(statement: Statement) -> str:
    """What the author could say of a variable in the moments of a statement."""
    name = next((latex_of(replace(s, subs=())) for s in _inside(statement)), "x")
    return f"random {name} mean ... variance ..., with values for the dots"


def _inside(expr: Expr) -> Iterator[Symbol]:
    """The names in the moments of an expression, without functions that everybody knows."""
    parts = [part for m in expr.walk() if isinstance(m, Moment) for arg in m.args for part in arg.walk()]
    known = [part.function for part in parts if isinstance(part, Call) and part.certain]
    return (part for part in parts if isinstance(part, Symbol) and part not in known)


def _shares_nothing(left: Expr, right: Expr) -> bool:
    """Do the two sides speak of different names?"""
    names = [{s.name for s in side.walk() if isinstance(s, Symbol)} for side in (left, right)]
    return bool(names[0]) and bool(names[1]) and not names[0] & names[1]


def _has_one_law(claim: Claim, side: Expr) -> bool:
    """Does the document say how the variable of a moment is distributed, and in one way only?"""
    assert claim.context is not None
    names = {s.name for s in _inside(side)}
    laws = {line.raw.terms for line in claim.context.lines if line.raw.relations == ("sim",)}
    said = [terms for terms in laws if isinstance(terms[0], Symbol) and terms[0].name in names]
    return len(names) == len(said) == 1


def _is_computed(claim: Claim, side: Expr) -> bool:
    """Are the variables of the moments of a side computed from others by formulas of the document?"""
    assert claim.context is not None
    inside = set(_inside(side))
    derived = _derived(line.raw for line in claim.context.lines if not line.said.denied)
    return bool(inside) and {_bare(s) for s in inside if not s.subs} <= derived and not all(s.subs for s in inside)


def _several_wishes(claim: Claim) -> bool:
    """Does the document ask for several variances, so that the law may be meant for another one?"""
    assert claim.context is not None
    wishes = {
        line.raw.terms[-1]
        for line in claim.context.lines
        if line.raw.relations and isinstance(line.raw.terms[-2], Moment) and line.raw.relations[-1] == "="
    }
    return len(wishes) > 1


def _facts(claim: Claim) -> tuple[Fact, ...]:
    """The hypotheses of the prose, and the statements of the rest of the document."""
    assert claim.context is not None
    facts: dict[Fact, None] = {}
    derived = _derived([line.raw for line in claim.context.lines])
    for line in claim.context.lines:
        source = line.place
        far = source != claim.context.lines[claim.order].place
        for fact in facts_in(_sentence(line), source, line.prose.find("…")):
            if not fact.case or _holds_on(line, claim.context.lines[claim.order]):
                facts.setdefault(replace(fact, far=far, case=False))
        if line.order != claim.order and not (far and _is_tried(line, claim.context.lines[claim.order])):
            parts = (part for part in (line.raw, *_conclusions(line.raw)) if not _speaks_of(part, derived))
            facts |= dict.fromkeys(stated for part in parts if (stated := fact_of(part, source)))
    for fact in _of_author(claim.context.author):
        facts.setdefault(fact)
    return tuple(facts)


def _holds_on(line: Line, here: Line) -> bool:
    """Does what a sentence says of a case hold for a claim: in that sentence, or behind it under the same heading?"""
    return line.order <= here.order and line.said.section == here.said.section


def _is_tried(line: Line, here: Line) -> bool:
    """Is it the value of an example, ``where s = 1``: of another formula, or under another heading?"""
    left, *right = line.raw.terms
    if not isinstance(left, Symbol) or line.raw.relations != ("=",):
        return False
    return line.said.assumed or isinstance(right[0], Number) and line.said.section != here.said.section


def _conclusions(statement: Statement) -> Iterator[Statement]:
    r"""The links after an arrow: ``Var[w] = 2 / n`` of ``n Var[w] / 2 = 1 \Rightarrow Var[w] = 2 / n``."""
    arrows = [k for k, relation in enumerate(statement.relations) if relation in ("imp", "iff")]
    for k in range(arrows[0] + 1 if arrows else len(statement.relations), len(statement.relations)):
        yield replace(statement, terms=statement.terms[k : k + 2], relations=(statement.relations[k],), continues=False)


def _sentence(line: Line) -> str:
    """The prose around a formula, with the formula where it is a name."""
    name = line.raw.terms[0] if not line.raw.relations else None
    written = f"${latex_of(name)}$" if isinstance(name, Symbol) else "…"
    return f"{line.prose.replace('…', written, 1)} {line.raw.text}"


def _derived(statements: Iterable[Statement]) -> set[str]:
    """The names that the document defines by a formula: their moments follow from it and are never given.

    What a recurrence starts from may have given ones: the x of ``x_{l+1} = x_l + F(x_l)``.
    """
    defining = (s for s in statements if s.relations and s.relations[0] in ("=", ":=") and not _has_moment(s))
    return {
        _bare(s.terms[0])
        for s in defining
        if isinstance(s.terms[0], Symbol) and _bare(s.terms[0]) not in _names_in(s.terms[1:])
    }


def _names_in(terms: Iterable[Expr]) -> set[str]:
    return {_bare(part) for term in terms for part in term.walk() if isinstance(part, Symbol)}


def _bare(symbol: Symbol) -> str:
    """A name with its marks, as of the mean of x, and without its indices."""
    return text_of(replace(symbol, subs=(), labels=()))


def _has_moment(statement: Statement) -> bool:
    return any(isinstance(part, Moment) for part in statement.walk())


def _speaks_of(statement: Statement, names: set[str]) -> bool:
    """A moment of something that has a definition: a claim, not a fact."""
    inside = (a for m in statement.walk() if isinstance(m, Moment) for a in m.args)
    return any(isinstance(s, Symbol) and _bare(s) in names for a in inside for s in a.walk())


def _of_author(author: Author) -> Iterator[Fact]:
    """What ``random x mean 0 variance v independent`` says."""
    for d in author.of("random"):
        source, said = f"directive, {d.source}", random_facts(d.value)
        if "independent" in said:
            yield Fact("independent", source, text_of(name_of(d.subject)))
        for word, moment in (("mean", "\\mathbb{E}"), ("variance", "\\operatorname{Var}")):
            if word in said:
                stated = fact_of(formula_of(f"{moment}[{d.subject}] = {said[word]}"), source)
                if stated is not None:
                    yield stated
