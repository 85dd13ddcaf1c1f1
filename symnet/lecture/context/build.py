"""The context of a document, built from its statements and from what the author says besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from symnet.lecture.context.basis import definitions_of_units, units_in, units_told
from symnet.lecture.context.cases import join_cases
from symnet.lecture.context.context import Context
from symnet.lecture.context.defining import collect_definitions, collect_logarithms
from symnet.lecture.context.directed import Author
from symnet.lecture.context.evidence import is_two
from symnet.lecture.context.extents import collect_labels, collect_rows, collect_sizes, declare_kinds, partial_sums
from symnet.lecture.context.facts import collect_facts, is_tested, negative_names
from symnet.lecture.context.identities import is_identity, numbered
from symnet.lecture.context.increments import multiplied
from symnet.lecture.context.naming import Naming
from symnet.lecture.context.raised import raised_to_steps
from symnet.lecture.context.ranks import STRONG
from symnet.lecture.context.record import NOBODY, Known, Line, Said
from symnet.lecture.context.refs import LOSS, Ref, refs, spelling
from symnet.lecture.context.small import digits_apart
from symnet.lecture.context.spectra import spectra_told
from symnet.lecture.context.stacked import told_stacks
from symnet.lecture.context.tables import tabulated
from symnet.lecture.context.told import is_called_matrix
from symnet.lecture.context.windows import windows
from symnet.lecture.reader.syntax import Expr, Power, Statement, Symbol


def build(
    statements: Sequence[Said],
    author: Author = NOBODY,
    gradients: Mapping[str, str] | None = None,
    loss: str = LOSS,
) -> Context:
    """The context of statements, and of what the author says besides.

    ``gradients`` are the names of gradients of ``loss``, where a larger document has shown which they are.
    """
    told = digits_apart(raised_to_steps(multiplied([said.statement for said in statements])))
    if not any(is_identity(d.subject.strip("$ ")) for d in author.directives):
        told = numbered(told)
    told, tables, families, laws = tabulated(told)
    statements = units_told([said._replace(statement=s) for said, s in zip(statements, told)])
    told = [said.statement for said in statements]
    naming = author.naming(told)
    naming.loss = loss
    naming.squares -= {naming.ref(base).key for base in (*_squares_tried(statements), *_squares_computed(statements))}
    naming.adjoints = naming.adjoints or bool(gradients)
    naming.entries |= tables
    naming.tables = tables
    naming.entries |= {spelling(vector) for vector in units_in(statements)}
    naming.units = {naming.ref(vector).key for vector in units_in(statements)}
    naming.families = {naming.ref(name).key for name in families}
    naming.laws = {naming.ref(name).key for name in laws}
    naming.matrices = {spelling(name) for name in _matrices(statements)}
    naming.squares -= {naming.ref(name).key for name in _matrices(statements)}
    for stack in told_stacks((said.statement, said.prose.partition(" … ")[0]) for said in statements):
        naming.note(stack)
    context = with_definitions(naming, statements, author)
    adjoints = gradients if gradients is not None else _adjoints(context) if naming.adjoints else {}
    if adjoints:
        naming.adjoint_of = dict(adjoints)
        defined = context.definitions
        naming.given = frozenset(v for name, v in adjoints.items() if name not in defined and v in defined)
        context = with_definitions(naming, statements, author)
    declare_kinds(context)
    context.partly = partial_sums(context.lines)
    for key in sorted(naming.units):
        context.ranks.put(key, 1, 1, STRONG)
    context.ranks.collect(line.statement for line in context.lines)
    context.facts = [k for k in context.facts if k.what not in LENGTHS or context.rank(Ref(k.key)) < 2]
    collect_rows(context)
    collect_sizes(context)
    collect_labels(context)
    all_definitions = (d for found in context.definitions.values() for d in found)
    context.windows = windows(d for d in all_definitions if not context.is_zero_outside(d.order))
    return context


#: facts that only vectors are drawn with; that the norm of a matrix is 1 is an equation
LENGTHS = ("length", "lengths")


def _squares_tried(statements: Iterable[Said]) -> Iterator[Symbol]:
    """The names whose squares are given a value that is only tried."""
    for said in statements:
        left = said.statement.terms[0]
        if said.assumed and isinstance(left, Power) and isinstance(left.base, Symbol):
            yield left.base


def _squares_computed(statements: Sequence[Said]) -> set[Symbol]:
    """The names whose squares are written only where the same heading has said before what the name itself is."""
    computed: dict[Symbol, bool] = {}
    known: set[tuple[tuple[str, ...], Expr]] = set()
    for said in statements:
        left = said.statement.terms[0]
        if said.statement.relations[:1] not in (("=",), ("set",)):
            continue
        if isinstance(left, Power) and isinstance(left.base, Symbol) and is_two(left.exponent):
            computed[left.base] = computed.get(left.base, True) and (said.section, left.base) in known
        known.add((said.section, left))
    return {name for name, is_so in computed.items() if is_so}


def _matrices(statements: Iterable[Said]) -> Iterator[Symbol]:
    """The names that words call matrices: no function is meant by ``P (I - P)``, and no entries by ``J^2 = I``."""
    for order, said in enumerate(statements):
        name = said.statement.terms[0]
        if isinstance(name, Symbol) and is_called_matrix(Line(order, said, said.statement)):
            yield name


def with_definitions(naming: Naming, statements: Sequence[Said], author: Author) -> Context:
    """The statements resolved, with the definitions and facts among them."""
    context = Context(naming, author=author)
    for order, said in enumerate(statements):
        resolved = naming.resolve(said.statement)
        assert isinstance(resolved, Statement)
        context.lines.append(Line(order, said, resolved))
    for line in context.lines:
        if line.said.denied:
            continue
        if not line.said.assumed and not line.said.supposed:
            collect_definitions(context, line)
        collect_facts(context, line)
    for definition in (*spectra_told(context), *definitions_of_units(context)):
        context.definitions.setdefault(definition.key, []).append(definition)
    collect_logarithms(context)
    join_cases(context)
    split = negative_names(context.lines)  # where cases are told apart, neither sign is a fact
    context.facts = [
        k for k in context.facts if k.what != "positive" or k.key not in split or k.source.startswith("dir")
    ]
    stated = {k.key for k in context.facts if k.what == "simplex"}
    context.facts += [Known(key, "simplex", "convention") for key in sorted(naming.laws - stated)]
    defined = context.definitions
    context.conditions = [line for line in context.lines if line.said.assumed and is_tested(line.statement, defined)]
    return context


def _adjoints(context: Context) -> dict[str, str]:
    """``dx`` -> ``x`` where a document writes gradients so: some are given, and others are computed from them."""
    names = {r.key for line in context.lines for r in refs(line.statement)}
    forward = {key for key in context.definitions if not (key.startswith("d") and key[1:] in names)}
    inner = {r.key for key in forward for d in context.definitions[key] for r in refs(d.body)}
    found = {name: name[1:] for name in sorted(names) if name.startswith("d") and name[1:] in forward | inner}
    given = [v for name, v in found.items() if not context.is_defined(name) and context.is_defined(v)]
    computed = [name for name in found if context.is_defined(name)]
    if computed:  # dv is the gradient of a loss that the document computes itself, and says so
        context.naming.loss = _said_loss(context) or LOSS
    return found if computed and (given or context.naming.loss != LOSS) else {}


def _said_loss(context: Context) -> str:
    """The number of which "dv stands for the gradient of ... with respect to v" says that gradients are; or empty."""
    for line in context.lines:
        (first, *rest) = line.statement.terms
        if rest or not isinstance(first, Ref) or first.indices or not _SAID.search(line.prose):
            continue
        if any(not d.indices and d.parameters is None for d in context.definitions.get(first.key, ())):
            return first.key
    return ""


_SAID = re.compile(r"(stands? for|denotes?|means?|is) (the )?gradients? of … with respect to|обозначает градиент … по")
