r"""Equations that the text assumes: "Let ``$a, b$`` be vectors with ``$a^\top b = 0$``", in English and Russian."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.claims.conditions import is_case
from symnet.lecture.claims.properties import chances, is_read, properties
from symnet.lecture.context.context import Context
from symnet.lecture.context.introduced import IF, LET, THEN, WITH, before, introduces
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.documents.sentences import sentence_behind
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.bounds import as_bounds
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Braced,
    Call,
    Expr,
    Matrix,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Statement,
    Transpose,
)

#: what a sentence begins with that consists of conclusions
_CONCLUDED = re.compile(
    r"[^…]*\b(?:then|hence|so|thus|therefore|тогда|следовательно|отсюда|значит)\b[\s,:]*"
    r"(?:(?:we|it|one|also)\s+(?:have|get|obtain|find|has|holds|follows)\s*(?:that)?|имеем|верно|получаем|также)?[\s:]*"
    r"(?:…[\s,;.]*(?:and|also|и|а также|как и)?[\s,:]*)*",
    re.IGNORECASE,
)
#: what is to be shown, or only explained, and not assumed
_SHOWN = re.compile(
    r"\b(?:show|prove|verify|check|whether|iff|if and only if|called|докаж\w*|доказать|покаж\w*|показать|провер\w*|"
    r"убедимся|назыв\w*|тогда и только тогда)\b",
    re.IGNORECASE,
)
#: the rest of such a sentence
_CLOSED = re.compile(
    r"(?:[\s,;:.…]|\b(?:and|also|и|также)\b)*(?:(?:for|для)\s+(?:all|any|every|each|всех|люб\w+|кажд\w+)\s*…\W*)?",
    re.IGNORECASE,
)
#: verbs that say of what is computed what holds for it, and of what is free what is assumed
_VERB = re.compile(r"(?:satisf(?:ies|y)|obeys?|удовлетворя[юе]т)\b", re.IGNORECASE)
#: words that say of the vectors of their sentence how they lie to each other
_ORTHOGONAL = re.compile(
    r"\b(?:orthogonal|perpendicular|ортогональн|перпендикулярн)(?!\w*[\s-]+(?:complement|projec\w*|matri\w*|direction|"
    r"decompos\w*|матриц\w*|дополнен\w*|проекц\w*|преобраз\w*|базис\w*)\b)",
    re.IGNORECASE,
)
_ORTHONORMAL = re.compile(r"\b(?:orthonormal|ортонормирован)", re.IGNORECASE)
#: the same before the names, in the sentence of a claim: for orthogonal vectors ``$q$`` and ``$r$``
_VECTORS = re.compile(
    r"\b(?:for|with|if|when|для|при|если)\s+(?:[^\W\d_]+\s+){0,2}?(?:orthogonal|orthonormal|perpendicular|ортогональн\w*|"
    r"ортонормирован\w*|перпендикулярн\w*)\s+(?:[^\W\d_]+\s+){0,2}?…",
    re.IGNORECASE,
)
#: properties that equations would say, and that are not read as words
_UNREAD = re.compile(
    r"\b(?:cent(?:er|r)ed|zero[- ]mean|standardi[sz]ed|normali[sz]ed|whitened|idempotent|nilpotent|involut\w*|"
    r"projectors?|projection matri\w*|(?:row|column|doubly)[- ]stochastic|stochastic matri\w*|unitary|hermitian|"
    r"anti-?symmetric|skew\w*|commut\w*|collinear|parallel|proportional|linearly dependent|triangular|permutation|"
    r"circulant|toeplitz|rank[- ](?:one|1)|equal|identical|constant|центрирован\w*|стандарти[зр]\w*|нормирован\w*|"
    r"нормализован\w*|идемпотент\w*|нильпотент\w*|инволюц\w*|проектор\w*|стохастическ\w+ матриц\w*|унитарн\w*|"
    r"эрмитов\w*|кососимметр\w*|антисимметр\w*|коммут\w*|перестановочн\w*|коллинеарн\w*|параллельн\w*|"
    r"пропорциональн\w*|треугольн\w*|циркулянт\w*|т[её]плицев\w*|одинаков\w*|постоянн\w*|константн\w*)",
    re.IGNORECASE,
)
#: those of them that only matrices have
_OF_MATRICES_ONLY = re.compile(
    r"idempotent|nilpotent|involut|project|stochastic|unitary|hermitian|symmetric|skew|commut|triangular|permutation|"
    r"circulant|toeplitz|rank|идемпотент|нильпотент|инволюц|проектор|стохастическ|унитарн|эрмитов|симметр|коммут|"
    r"перестановочн|треугольн|циркулянт|т[её]плицев",
    re.IGNORECASE,
)
#: a number behind the word that is said of it: "for a constant reward $1$"
_OF_NUMBER = re.compile(r"(?:\s+[^\W\d_]+){0,2}\s*\$[\d.,\s]+\$")
#: functions of matrices in an assumption; equations with others, as the sigmoid, are claims about these
_OF_MATRICES = frozenset(("tr", "\\operatorname{tr}", "det", "rank", "diag"))
_ALGEBRA = (Ref, Number, Plus, Negate, Product, Quotient, Power, Paren, Braced, Transpose, Norm, Absolute, Matrix)


def assumes(context: Context, line: Line) -> bool:
    """Does the text, or a directive, assume an equation between what is computed by algebra?"""
    if line.said.assumed:  # by a directive, or for an example
        return bool(line.said.source) and _is_equation(context, line)
    sentence = before(line.prose)
    word, let = WITH.search(sentence), LET.match(sentence)
    if word is not None and let is None and _VERB.match(word.group()) and _is_computed(context, line):
        return False  # the products satisfy p_t = a_t p_{t-1}
    return bool(word or let and not THEN.search(sentence)) and _is_equation(context, line)


def _is_computed(context: Context, line: Line) -> bool:
    """Does an equation begin with a name that has a formula before it, or with what is computed from such only?"""
    left, order = line.statement.terms[0], line.order
    letters = {letter.key for r in refs(left) for index in r.indices for letter in refs(index)}
    names = {r.key for r in refs(left)} - letters - context.naming.sizes
    told = {key for key in names if any(d.order < order for d in context.definitions_of(key, order))}
    return bool(told) and (isinstance(left, Ref | Call) or told == names)


def bounds_assumed(context: Context, order: int) -> Iterator[Line]:
    """The inequalities that are assumed for a statement: let ``x`` be with ``|x| \\le 1``; for its sentence: if ..."""
    own = context.lines[order].said.sentence
    return (line for line in _before_and_above(context, order) if is_bound_assumed(line, own))


def is_bound_assumed(line: Line, own: str) -> bool:
    """Is an inequality assumed for all that follows, or for the sentence ``own`` that it stands in?"""
    told = as_bounds(line.statement) and not line.said.denied
    return bool(told) and introduces(line.statement, line.prose, own == line.said.sentence)


def supposes(context: Context, line: Line) -> bool:
    """Does a sentence assume an equation for itself: if ``$a = 2 b$``?"""
    return not line.said.assumed and bool(IF.search(before(line.prose))) and _is_equation(context, line)


def text_of(line: Line) -> str:
    """An assumed equation for a reader."""
    return latex_of(line.raw if line.raw.relations == line.statement.relations else line.statement)


def _is_equation(context: Context, line: Line) -> bool:
    statement = line.statement
    if set(statement.relations) != {"="} or line.said.supposed or not all(map(_is_algebra, statement.terms)):
        return False
    links = zip(pairs(statement), range(len(statement.relations)))
    return not any(context.definition_at(line.order, link, *pair) for pair, link in links)


def _is_algebra(expr: Expr) -> bool:
    if isinstance(expr, Call):
        known = isinstance(expr.function, Ref) and expr.function.key in _OF_MATRICES
        return known and all(map(_is_algebra, expr.args))
    if isinstance(expr, Big):
        return expr.op in ("sum", "prod") and not expr.conditions and _is_algebra(expr.body)
    inner = expr.children() if not isinstance(expr, Ref | Statement) else ()
    return isinstance(expr, _ALGEBRA) and all(map(_is_algebra, inner))


def assumptions(context: Context, order: int) -> Iterator[Line]:
    """The equations that are assumed for a statement: before it, under its heading or one above it; by directives."""
    yield from (line for line in context.lines if line.said.assumed and assumes(context, line))
    lines = _before_and_above(context, order)
    yield from (line for line in lines if not line.said.assumed and assumes(context, line))
    own = context.lines[order].said.sentence
    for sentence, spoken in _sentences(lines):
        vectors = {name: said for said in spoken for name in _vectors(context, said)}
        if vectors and (LET.match(sentence) or sentence == own and _VECTORS.search(sentence)):
            said = min(vectors.values(), key=lambda line: line.order)
            yield from (replace(said, statement=s) for s in _in_words(sentence, list(vectors)))
        if _tells(sentence, own):
            yield from properties(context, filter(_is_premise, spoken))


def chances_told(context: Context, order: int) -> Iterator[Line]:
    """The matrices whose rows are probabilities, as words before a statement say."""
    own = context.lines[order].said.sentence
    for sentence, spoken in _sentences(_before_and_above(context, order)):
        if _tells(sentence, own):
            yield from chances(context, filter(_is_premise, spoken))


def _sentences(lines: Iterable[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Sentences, with the statements in each."""
    for (_, sentence), spoken in itertools.groupby(lines, key=lambda line: (line.line, line.said.sentence)):
        yield sentence, list(spoken)


def _tells(sentence: str, own: str) -> bool:
    """Does a sentence say what holds from there on, or the one of a claim say in which case that holds?"""
    if _SHOWN.search(sentence):
        return False
    return sentence == own or bool(LET.match(sentence)) or not is_case(sentence.partition("…")[0])


def _is_premise(line: Line) -> bool:
    """Is a name not told in a conclusion: then ``$P$`` is idempotent?"""
    return not THEN.search(before(line.prose))


def is_concluded(prose: str) -> bool:
    """Does nothing but "then" or the like stand before a formula, so that it is said to follow, and nothing behind?"""
    after = prose.partition(" … ")[2]
    return bool(_CONCLUDED.fullmatch(before(prose)) and _CLOSED.fullmatch(sentence_behind(after)))


def cases(context: Context, order: int) -> Iterator[Line]:
    """The equations that sentences before a statement, under the same heading, suppose."""
    section = context.lines[order].said.section
    return (line for line in context.lines[:order] if line.said.section == section and supposes(context, line))


def _vectors(context: Context, line: Line) -> Iterator[Ref]:
    """The vector that a statement names: ``q``, ``u_1``, the e of ``e \\in \\mathbb{R}^n``."""
    name = line.statement.terms[0]
    if set(line.statement.relations) <= {"in"} and isinstance(name, Ref) and context.rank(name) == 1:
        yield name


def _in_words(sentence: str, vectors: list[Ref]) -> Iterator[Statement]:
    """What words say of vectors as equations between them."""
    normal = _ORTHONORMAL.search(sentence)
    if not normal and not _ORTHOGONAL.search(sentence):
        return
    first = vectors[0]
    if first.indices and len({name.key for name in vectors}) == 1:  # u_1, ..., u_k
        a, b = (Ref(first.key, (Ref(letter),)) for letter in "ij")
        same = Ref("\\delta", (Ref("i"), Ref("j")))
        yield _equation(_inner(a, b), same if normal else Product(same, _inner(a, b)))
        return
    for a, b in itertools.combinations(vectors, 2):
        yield _equation(_inner(a, b), Number(Fraction(0)))
    for name in vectors if normal else ():
        yield _equation(_inner(name, name), Number(Fraction(1)))


def _inner(a: Ref, b: Ref) -> Expr:
    return Product(Transpose(a), b)


def _equation(left: Expr, right: Expr) -> Statement:
    return Statement((left, right), ("=",))


def unread(context: Context, order: int, names: Container[str]) -> tuple[str, Line] | None:
    """A property that the text gives a name in words that are not read, and where; None where there is none."""
    own = context.lines[order]
    said = [line for line in _before_and_above(context, order) if "=" not in line.statement.relations]
    said += [own] if "…" not in before(own.prose) else []  # else a formula may say it: equal logits $z_k = c$
    for line in said:
        sentence = line.said.sentence
        told = LET.match(sentence) or is_case(line.prose.partition(" … ")[0])
        if told and any(r.key in names for r in refs(line.statement)):
            spoken = [other for other in said if other.said.sentence == sentence]
            named = [r for r in refs(line.statement) if r.key in names]
            for word in _UNREAD.finditer(THEN.split(sentence)[0]):
                if not is_read(context, spoken, word.group()) and _is_said_of(context, named, word.group(), line.prose):
                    return word.group(), line
    return None


def _is_said_of(context: Context, named: Iterable[Ref], word: str, prose: str) -> bool:
    """May a property be said of names: it is none of matrices beside numbers, and none of a number that follows it?"""
    if _OF_MATRICES_ONLY.match(word) and not any(context.rank(Ref(r.key)) == 2 for r in named):
        return False
    return not _OF_NUMBER.match(prose.partition(word)[2])


def _before_and_above(context: Context, order: int) -> list[Line]:
    """The statements before one under its heading or one above it."""
    section = context.lines[order].said.section
    return [line for line in context.lines[:order] if section[: len(line.said.section)] == line.said.section]
