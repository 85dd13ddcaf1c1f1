"""The claims of a document, in order: its formulas read, put into their context and told apart by what they claim."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symnet.errors import SymnetError
from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.conditions import (
    Standing,
    is_case,
    is_clause_of_case,
    is_condition,
    is_root,
    is_setting,
    is_value_there,
    wish,
)
from symnet.lecture.claims.denial import is_denied
from symnet.lecture.claims.directive_findings import findings_on
from symnet.lecture.claims.suppositions import is_supposition
from symnet.lecture.context.build import build
from symnet.lecture.context.context import Context
from symnet.lecture.context.directed import Author, settings, statement_of
from symnet.lecture.context.quantities import MEANS, each_moment, with_variances, without_moments
from symnet.lecture.context.record import Line, Said
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.context.updating import is_update
from symnet.lecture.documents.items import Directive, Document, Formula, Listing
from symnet.lecture.documents.sentences import sentence_of
from symnet.lecture.knowledge.algorithms import judge_updates
from symnet.lecture.knowledge.densities import defines_a_density, with_normal_laws
from symnet.lecture.knowledge.update_line import Line as Step
from symnet.lecture.listings.listings import findings_of
from symnet.lecture.reader.clauses import bounds_result
from symnet.lecture.reader.reader import read_formula, subject_of
from symnet.lecture.reader.syntax import (
    DEFINITE_ORDERS,
    SAID_BESIDE,
    Big,
    Braced,
    Derivative,
    Dimensions,
    Expr,
    Moment,
    Nabla,
    Number,
    Paren,
    Prime,
    Refusal,
    Space,
    Statement,
    Symbol,
)
from symnet.lecture.verdict import UNBALANCED, Finding

LINKS = 200  # relations in one chain
#: what kind of claim a relation makes where nothing else is seen
KINDS = {
    "=": "equality",
    "equiv": "equality",
    "!=": "inequality",
    "<": "inequality",
    "<=": "inequality",
    ">": "inequality",
    ">=": "inequality",
    **dict.fromkeys(DEFINITE_ORDERS, "inequality"),
    "<<": "approximation",
    ">>": "approximation",
    "~=": "approximation",
    "prop": "approximation",
    "sim": "distribution",
    "in": "membership",
    "subset": "membership",
    "set": "definition",
    "get": "definition",
}


def claims_of(document: Document) -> tuple[Claim, ...]:
    """The claims of a document, in order; reads all formulas and builds the context."""

    author = Author(document.directives)
    statements = [Said(d.line, statement, "", d.source) for d, statement in author.formulas()]
    densities = not defines_a_density(item.latex for item in document.items if isinstance(item, Formula))
    chosen: tuple[Directive, ...] = ()  # the layout and the logarithm in force
    parts: list[tuple[Formula, list[Refusal | int]]] = []
    listings: dict[int, list[Listing]] = {}
    headings: list[tuple[str, ...]] = [()] * len(statements)  # of each statement
    standing = Standing()
    means = any(isinstance(item, Formula) and MEANS.search(item.latex) for item in document.items)
    last: Statement | None = None
    shown: Statement | None = (
        None  # the last one of a displayed formula: what a display that begins with = goes on from
    )
    for item in document.items:
        if isinstance(item, Directive):
            chosen = settings(item, chosen)
            if item.kind in ("define", "assume"):
                said = author.renamed(statement_of(item))
                statements.append(Said(item.line, said, "", item.source, item.kind == "assume"))
            continue
        if isinstance(item, Listing):
            listings.setdefault(len(parts), []).append(item)
            continue
        found: list[Refusal | int] = []
        prose = prose_around(item)
        for part in (each for whole in read_formula(item.latex) for each in each_moment(whole)):
            if isinstance(part, Refusal):
                found.append(part)
                if (name := subject_of(item.latex, part)) is not None:
                    statements.append(Said(item.line, name, prose, unread=True, section=item.headings))
                continue
            if len(part.relations) > LINKS:
                found.append(Refusal(f"a chain of more than {LINKS} relations", "", part.span))
                continue
            part = author.renamed(with_variances(part, item.latex) if means else part)
            part = with_normal_laws(part, densities)
            before = found[-1] if found else None
            if isinstance(before, int) and (condition := _condition(part)) is not None:
                said = statements[before].statement
                if said.span != part.span and not bounds_result([condition], [said]):  # as those of a, b > 0 have
                    conditions = (*said.conditions, condition)
                    statements[before] = statements[before]._replace(statement=replace(said, conditions=conditions))
                    continue
            source = (shown if item.display else None) or last
            if part.continues and source is not None:
                part = replace(part, terms=(source.terms[-1], *part.terms), continues=False)
                part = replace(part, span=(-2, part.span[1]))  # its first side stands in the formula before
            found.append(len(statements))
            statements.append(Said(item.line, part, prose, settings=chosen, section=item.headings))
            for braced in part.walk():
                if isinstance(braced, Braced) and braced.note is not None and braced.note.relations:
                    if braced.note.continues:
                        note = replace(braced.note, terms=(braced.arg, *braced.note.terms), continues=False)
                        found.append(len(statements))
                        statements.append(Said(item.line, note, prose, settings=chosen, section=item.headings))
            if part.relations:
                last, shown = part, part if item.display else shown
        headings += [item.headings] * (len(statements) - len(headings))
        _attach(statements, headings, item, found, parts[-1][1] if parts else [], standing)
        parts.append((item, found))
    headings += [()] * (len(statements) - len(headings))
    told = without_moments([said.statement for said in statements])
    statements = [said._replace(statement=statement) for said, statement in zip(statements, told)]
    layout, place, part_of = document.layout
    statements = [
        said._replace(layout=(layout, place)) if said.section[: len(part_of)] == part_of else said
        for said in _with_settings(statements)
    ]
    context = build(statements, author)
    written = [(said.statement, said.prose.split(" … ")[0]) for said in statements]
    judged = judge_updates(written, headings)
    steps = [_alone(step, statement) for step, (statement, _) in zip(judged, written)]
    steps = [None if step is not None and _is_summed(context, k) else step for k, step in enumerate(steps)]
    digest = hashlib.sha256(repr((statements, document.items)).encode()).hexdigest()
    claims = [
        Claim(f.line, f.column, f.end_line, f.latex, 0, f.kind, finding=f, key=f"{digest}|directive|{k}")
        for k, f in enumerate(findings_on(context))
    ]
    for number, (formula, found) in enumerate(parts):
        claims += _listing_claims(listings.get(number, ()), document, digest, context)
        claims += _claims_of_formula(formula, found, context, steps, f"{digest}|{number}")
    claims += _listing_claims(listings.get(len(parts), ()), document, digest, context)
    return tuple(claims)


def prose_around(formula: Formula) -> str:
    """The prose around a formula, with one sign for it and the end of its sentence, where the formula has that."""
    latex = formula.latex.rstrip()
    end = f"{latex[-1]} " if latex.endswith((".", ";")) else ""
    return f"{formula.before} … {end}{formula.after}"


def _with_settings(statements: list[Said]) -> Iterator[Said]:
    """The statements; what gives a parameter a value for the sake of an argument defines nothing, nor does a root."""
    told = [said.statement for said in statements]
    for k, each in enumerate(statements):
        said = each._replace(sentence=" ".join(sentence_of(each.prose).split()))
        before, _, after = said.prose.partition(" … ")
        if not said.source and is_denied(before, after):
            yield said._replace(denied=True)
        elif said.source or not before:
            yield said
        elif asked := wish(before):
            yield said._replace(wish=asked)
        elif is_setting(said.statement, before, told[:k], told) or is_value_there(said.statement, before, told[:k]):
            yield said._replace(assumed=True)
        elif is_root(said.statement, before, after, told[:k]):
            yield said._replace(solved=True, supposed=False)
        else:
            yield said._replace(case=is_case(before), clause=is_clause_of_case(before))


def _attach(
    statements: list[Said],
    headings: Sequence[tuple[str, ...]],
    formula: Formula,
    found: list[Refusal | int],
    previous: list[Refusal | int],
    standing: Standing,
) -> None:
    """Conditions in the prose: this formula may be one, of the formula before it, or one may stand before it."""
    new = [k for k in found if isinstance(k, int)]
    only = statements[new[0]].statement if len(found) == len(new) == 1 and not formula.display else None
    if only is not None:
        section = (s.statement for s, under in zip(statements, headings[: new[0]]) if under == formula.headings)
        if is_supposition(only, formula.before, formula.after, section):
            statements[new[0]] = statements[new[0]]._replace(supposed=True)
    supposed = only is not None and statements[new[0]].supposed
    if only is not None and standing.read(only, formula.latex, formula.before, formula.after, supposed):
        _restrict(statements, previous, only, anew=True)
    elif only is None or all(only is not condition for condition in standing.conditions):
        for condition in standing.over(formula.before):
            _restrict(statements, new, condition)


def _restrict(statements: list[Said], which: Sequence[Refusal | int], condition: Statement, anew: bool = False) -> None:
    """Adds a condition to statements; ``anew`` where it takes the place of those that stood for the whole sentence."""
    for k in which:
        if isinstance(k, int) and not is_condition(statements[k].statement):
            said = statements[k].statement
            kept = tuple(c for c in said.conditions if not (anew and c.span == SAID_BESIDE))
            mine = replace(condition, span=SAID_BESIDE)
            statements[k] = statements[k]._replace(statement=replace(said, conditions=(*kept, mine)))


def _alone(step: Step | None, statement: Statement) -> Step | None:
    """A line that differs from the algorithm named nearby may be a line of another one."""

    if step is None or step.verdict != "refuted":
        return step
    (other,) = judge_updates([(statement, "")])
    momentum = other is not None and other.agrees and "momentum" in f"{other.algorithm} {other.reason}".lower()
    return other if momentum else step


def _is_summed(context: Context, order: int) -> bool:
    """Does a sum of the same names say before what is on the left?  Then a recurrence claims something of that sum."""
    line = context.lines[order]
    left, *rest = line.statement.terms
    if not isinstance(left, Ref) or not left.indices:
        return False
    names = {r.key for term in rest for r in refs(term)} - {left.key}
    found = [d for d in context.definitions.get(left.key, ()) if d.order < order and d.pattern and all(d.pattern)]
    near = all(context.lines[d.order].said.section == line.said.section for d in found)
    return bool(found) and near and all(_is_sum_of(d.body, names, left.key) for d in found)


def _is_sum_of(body: Expr, names: set[str], key: str) -> bool:
    """Is it a sum of these names, and of no values of ``key``?"""
    inside = {r.key for r in refs(body)}
    return any(isinstance(p, Big) and p.op == "sum" for p in body.walk()) and names <= inside and key not in inside


def _condition(part: Statement) -> Statement | None:
    r"""The ``i \ne j``, ``c > 0``, ``(l > 1)`` behind a claim, which say when it holds; None where it is no such."""
    alone = part.terms[0] if not part.relations else None
    if isinstance(alone, Paren) and isinstance(alone.arg, Statement):
        part = alone.arg
    if len(part.relations) != 1 or part.relations[0] not in ("!=", "<", "<=", ">", ">="):
        return None
    left, right = part.terms if len(part.terms) == 2 else (None, None)
    return part if isinstance(left, Symbol) and isinstance(right, (Symbol, Number)) else None


def _claims_of_formula(
    formula: Formula, found: list[Refusal | int], context: Context, steps: Sequence[Step | None], of: str
) -> list[Claim]:
    """The claims of a formula; their keys begin with ``of``, which no other formula has."""
    claims: list[Claim] = []

    def add(**values) -> None:
        key = f"{of}|{len(claims)}"
        claims.append(
            Claim(
                formula.line,
                formula.column,
                formula.end_line,
                formula.latex,
                len(claims),
                key=key,
                beside=formula.beside,
                cell=formula.cell,
                prose=prose_around(formula),
                **values,
            )
        )

    for part in found:
        if isinstance(part, Refusal):
            row = _line(formula, part.span[0]) if part.remedy else None
            add(row=row, kind=UNBALANCED if part.remedy else "formula", refusal=part, text=formula.latex)
            continue
        line, step = context.lines[part], steps[part]
        if not line.statement.relations:
            add(kind="expression", order=part, left=line.statement.terms[0], text=formula.latex, context=context)
            continue
        for place, ((left, right), raw, relation) in enumerate(
            zip(pairs(line.statement), pairs(line.raw), line.statement.relations)
        ):
            add(
                row=_row(formula, raw, place > 0 or line.raw.continues),
                kind="update" if step is not None and place == 0 else _kind(left, right, relation, line),
                step=step if place == 0 else None,
                order=part,
                place=place,
                relation=relation,
                left=left,
                right=right,
                raw=raw,
                conditions=line.statement.conditions,
                text=_text(formula.latex, raw),
                context=context,
            )
    if not found:
        add(kind="formula", refusal=Refusal("the formula is empty", "", (0, 0)), text=formula.latex)
    return claims


def _row(formula: Formula, raw: tuple[Expr, Expr], goes_on: bool) -> int | None:
    """The line of a claim, where the formula is written in several rows and this is not the first.

    What ``goes_on`` begins with its relation, beside the right side.
    """
    return _line(formula, raw[1 if goes_on else 0].span[0]) if "\\\\" in formula.latex else None


def _line(formula: Formula, start: int) -> int | None:
    """The line of what stands at an offset of the formula, where it is not the first."""
    if formula.lead < 0 or not 0 <= start <= len(formula.latex):
        return None
    line = formula.line + formula.lead + formula.latex.count("\n", 0, start)
    return line if line > formula.line else None


def _text(latex: str, raw: tuple[Expr, Expr]) -> str:
    start, end = raw[0].span[0], raw[1].span[1]
    return latex[start:end] if 0 <= start < end else latex


def _kind(left: Expr, right: Expr, relation: str, line: Line) -> str:
    if isinstance(left, Dimensions) or isinstance(right, (Space, Dimensions)):
        return "shape"
    if is_update(Statement((left, right), (relation,))):
        return "update"  # what follows in a chain is a claim about the new value
    kind = KINDS.get(relation, "statement")
    if kind == "equality":
        parts = [*left.walk(), *right.walk()]
        if any(isinstance(p, Moment) for p in parts):
            return "moment"
        if any(isinstance(p, (Derivative, Nabla, Prime)) or getattr(p, "primes", 0) for p in parts):
            return "derivative"
    return kind


def _listing_claims(listings: Sequence[Listing], document: Document, digest: str, context: Context) -> Iterator[Claim]:
    """What the listings say, judged at once: reading them is most of the work."""

    simplex = {k.key: k.source for k in context.facts if k.what == "simplex"}
    bits = {k.key: k.source for k in context.facts if k.what == "bits"}
    for listing in listings:
        before = document.items[: document.items.index(listing)]
        try:
            findings = findings_of(
                listing, [item for item in before if isinstance(item, Listing)], simplex=simplex, bits=bits
            )
        except SymnetError as error:
            place = (listing.line, 1, listing.end_line, listing.code, 0)
            findings = (Finding(*place, "code", "not-understood", reason=str(error)),)
        for k, f in enumerate(findings):
            key = f"{digest}|code|{listing.cell}|{listing.line}|{k}"
            place = (f.line, f.column, f.end_line, f.latex, f.link)
            yield Claim(*place, f.kind, finding=f, key=key, cell=listing.cell)
