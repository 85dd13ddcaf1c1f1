r"""The author's directives: one statement a line, or several between semicolons.

    shape W = n x d                     shape b = scalar            define \hat y = \sigma(z)
    assume \sum_j y_j = 1               function f elementwise      function f of vector returning scalar
    known \sigma = sigmoid              layout numerator            log base 2
    superscript W = label               subscript x = index         random x mean 0 variance v independent
    skip [reason]                       reading elementwise         expect refuted

A directive stands in the front matter of a document (key ``symnet``), in a comment of Markdown
(``<!-- symnet: ... -->``) or of TeX (``% symnet: ...``), or in a file of the same name with the suffix ``.symnet``;
``#`` begins a comment.
It becomes a ``Directive`` and holds from where it stands, those of front matter and side file from the beginning.

The last three are said of one formula: the one that the comment stands in, else the last one that ends before it on its
line, else the next one in the document; in a side file all formulas of the named lines.  They are no items of the
document: they stand in ``Formula.beside``, which ``noted`` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symnet.lecture.documents.items import Directive, DirectiveError, Formula
from symnet.lecture.knowledge.names import functions, known
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Call, Dots, Power, Refusal, Statement, Symbol
from symnet.lecture.verdict import VERDICTS

#: kinds that are said of one formula
BESIDE = ("skip", "expect", "reading")
#: kinds that hold from where they stand to the next of their kind; the others hold in the whole document
OF_A_PLACE = ("define", "layout", "log")
_WITH_EQUALS = ("shape", "define", "known", "superscript", "subscript")

_KINDS = frozenset({"scalar", "vector", "matrix"})
_COMMENT = re.compile(r"(?:^|\s)#.*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PREFIX = re.compile(r"(?:cell\s+(\d+)[\s,]*)?(?:lines?\s+(\d+)(?:\s*[-–]\s*(\d+))?)?\s*:\s*(.*)", re.DOTALL)
_FUNCTION = re.compile(r"(.+?)\s+(?:(elementwise)|of\s+(\w+)\s+(?:returning|returns)\s+(\w+))")
_RANDOM = re.compile(r"\s+(mean|variance|independent)(?=\s|$)")
#: kind -> how it is written
EXAMPLES = {
    "shape": "shape W = n x d",
    "define": r"define \hat y = \sigma(z)",
    "assume": r"assume \sum_j y_j = 1",
    "function": "function f elementwise, or function f of vector returning scalar",
    "known": r"known \sigma = sigmoid",
    "layout": "layout numerator, or layout denominator",
    "log": "log base 2, or log natural",
    "superscript": "superscript W = label, or superscript W = power",
    "subscript": "subscript x = label, or subscript x = index",
    "random": "random x mean 0 variance v independent",
    "reading": "reading scalar, reading matrix or reading elementwise",
    "expect": "expect proved",
    "skip": "skip",
}
_CHOICES = {
    "superscript": ("label", "power"),
    "subscript": ("label", "index"),
    "layout": ("numerator", "denominator"),
    "reading": ("scalar", "matrix", "elementwise"),
    "expect": (*VERDICTS, "accepted"),  # accepted: proved or holds; several with | between
}


def parse_directives(text: str, line: int, source: str) -> tuple[Directive, ...]:
    """The directives of one comment or string; raises DirectiveError, which names ``source`` and what to write."""
    return tuple(
        parse_directive(statement, line, source)
        for row in text.split("\n")
        for statement in _statements(_COMMENT.sub("", row))
    )


def parse_directive(statement: str, line: int, source: str) -> Directive:
    """One directive."""
    kind, _, rest = statement.strip().partition(" ")
    rest = rest.strip()
    if kind not in EXAMPLES:
        known = ", ".join(EXAMPLES)
        raise DirectiveError(f"{_shown(kind)} is no directive", place=source, hint=f"the directives are {known}")
    try:
        subject, value = _PARSERS.get(kind, _choice)(kind, rest)
    except ValueError as error:
        raise DirectiveError(
            f"{_shown(statement)} {error}", place=source, hint=f"write for example: {EXAMPLES[kind]}"
        ) from None
    return Directive(kind, subject, value, line, source)


def side_file(text: str, name: str) -> Iterator[tuple[int | None, int, int, Directive]]:
    """The directives of a side file as (cell, first line, last line, directive); lines are 0 where none are named.

    ``cell`` counts from 0, as in a notebook's formulas.
    """
    for number, row in enumerate(text.split("\n"), start=1):
        source = f"{name}:{number}"
        cell, first, last = None, 0, 0
        if row.lstrip().startswith(("line ", "lines ", "cell ")):
            m = _PREFIX.match(row.strip())
            if m is None:
                raise DirectiveError(
                    f"{_shown(row.strip())} names no line", place=source, hint="write for example: line 12: skip"
                )
            cell, first = int(m[1]) if m[1] else None, int(m[2] or 0)
            last, row = int(m[3] or first), m[4]
            if last < first:
                raise DirectiveError(
                    f"lines {first}-{last} run backwards", place=source, hint=f"write lines {last}-{first}"
                )
        for directive in parse_directives(row, first, source):
            if directive.kind in BESIDE and not first and cell is None:
                raise DirectiveError(
                    f"{_shown(directive.kind)} is said of one formula, and no line is named",
                    place=source,
                    hint=f"write for example: line 12: {EXAMPLES[directive.kind]}",
                )
            yield cell, first, last, directive


def written(directive: Directive) -> str:
    """A directive as its author may have written it."""
    value = f"= {directive.value}" if directive.kind in _WITH_EQUALS else directive.value
    return " ".join(word for word in (directive.kind, directive.subject, value) if word)


def refuse_contradictions(directives: Sequence[Directive]) -> None:
    """Raises DirectiveError where one directive says of the whole document what another one denies."""
    said: dict[tuple[str, str], Directive] = {}
    for directive in directives:
        if directive.kind in OF_A_PLACE or directive.kind == "assume":
            continue
        other = said.setdefault((directive.kind, "".join(directive.subject.split())), directive)
        if other.value != directive.value:
            raise DirectiveError(
                f"'{written(directive)}' contradicts '{written(other)}' of {other.source}",
                place=directive.source,
                hint="leave one of them",
            )


def noted(formula: Formula, kind: str) -> str | None:
    """What the author says of a formula: the verdict for ``expect``, the reading, the reason for ``skip`` or "".

    None where nothing is said; of several statements the last one holds.
    """
    return next((d.value for d in reversed(formula.beside) if d.kind == kind), None)


def dimensions(value: str) -> tuple[str, ...]:
    r"""The sizes in the value of ``shape``: ``n x d``, ``n \times d``, ``(n, d)``; none for ``scalar``."""
    value = value.strip()
    if value in ("scalar", "()", "1"):
        return ()
    if value.startswith("(") and value.endswith(")"):
        return tuple(part.strip() for part in _split(value[1:-1].strip().removesuffix(","), r","))
    return tuple(part.strip() for part in _split(value, r"\\times(?![A-Za-z])|×|(?<=[\s\d}])x(?=[\s\d\\({]|$)"))


def random_facts(value: str) -> dict[str, str]:
    """The value of ``random``: mean and variance as LaTeX, where they are said; "independent" -> ""."""
    pieces = _RANDOM.split(f" {value}")
    return {word: said.strip() for word, said in zip(pieces[1::2], pieces[2::2])}


def formula_of(latex: str) -> Statement:
    """The one formula that a directive holds; raises ValueError where it can not be read."""
    parts = list(read_formula(latex))
    refusal = next((part for part in parts if isinstance(part, Refusal)), None)
    if refusal is not None:
        raise ValueError(f"can not be read: {refusal.reason}{f' ({refusal.token})' if refusal.token else ''}")
    if len(parts) != 1 or not isinstance(parts[0], Statement) or not parts[0].terms:
        raise ValueError("does not hold one formula")
    return parts[0]


def name_of(latex: str) -> Symbol:
    """The name that a directive is about, as read; raises ValueError where it is none."""
    statement = formula_of(latex)
    name = statement.terms[0]
    if isinstance(name, Power) and isinstance(name.base, Symbol) and isinstance(name.exponent, Symbol):
        name = name.base  # w^k for the weights of layer k
    if statement.relations or not isinstance(name, Symbol):
        raise ValueError(f"is about {_shown(latex)}, which is no name")
    return name


# -- one function for each kind that is no mere choice ----------------------------------------------------------------


def _equation(kind: str, rest: str) -> tuple[str, str]:
    at = next((i for i, character in _outside(rest) if character == "="), -1)
    subject, value = rest[:at].removesuffix(":").strip(), rest[at + 1 :].strip()
    if at < 0 or not subject or not value:
        raise ValueError("needs a name, an equals sign and what it stands for")
    return subject, value


def _define(kind: str, rest: str) -> tuple[str, str]:
    subject, value = _equation(kind, rest)
    read = formula_of(f"{subject} = {value}")
    if not isinstance(read.terms[0], Symbol | Call | Power):
        raise ValueError("defines no name")
    if any(isinstance(part, Dots) for part in read.walk()):
        raise ValueError("leaves dots where the formula has to stand")
    return subject, value


def _shape(kind: str, rest: str) -> tuple[str, str]:
    subject, value = _equation(kind, rest)
    name_of(subject)
    sizes = dimensions(value)
    if any(not size for size in sizes):
        raise ValueError("leaves a size empty")
    if len(sizes) > 2:
        raise ValueError("has more than two sizes")
    for size in sizes:
        formula_of(size)
    return subject, value


def _known(kind: str, rest: str) -> tuple[str, str]:
    subject, value = _equation(kind, rest)
    name_of(subject)
    if known(value) is None or known(value) not in functions():
        raise ValueError(f"names no known function; these are {', '.join(f.name for f in functions())}")
    return subject, value


def _assume(kind: str, rest: str) -> tuple[str, str]:
    if not rest:
        raise ValueError("assumes nothing")
    read = formula_of(rest)
    if not read.relations:
        raise ValueError("has no relation, such as = or >")
    if any(isinstance(part, Dots) for part in read.walk()):
        raise ValueError("leaves dots where the formula has to stand")
    return "", rest


def _function(kind: str, rest: str) -> tuple[str, str]:
    m = _FUNCTION.fullmatch(rest)
    if m is None or not m[2] and not {m[3], m[4]} <= _KINDS:
        raise ValueError("does not say what the function takes and returns (scalar, vector or matrix)")
    name_of(m[1])
    return m[1], "elementwise" if m[2] else f"of {m[3]} returning {m[4]}"


def _log(kind: str, rest: str) -> tuple[str, str]:
    if rest in ("natural", "base e"):
        return "", "natural"
    word, _, base = rest.partition(" ")
    base = base.strip()
    if word != "base" or not _NUMBER.fullmatch(base) or len(base) > 20 or float(base) in (0, 1):
        raise ValueError("names no base")
    return "", f"base {base}"


def _random(kind: str, rest: str) -> tuple[str, str]:
    m = _RANDOM.search(rest)
    subject, value = (rest[: m.start()], rest[m.start() :]) if m else ("", "")
    facts = random_facts(value)
    if not subject.strip():
        raise ValueError("does not say the mean, the variance or the independence of a name")
    if any((word == "independent") != (said == "") for word, said in facts.items()):
        raise ValueError("leaves the mean or the variance empty, or says more than 'independent'")
    name_of(subject.strip())
    for said in filter(None, facts.values()):
        if any(isinstance(part, Dots) for part in formula_of(said).walk()):
            raise ValueError("leaves dots where a value has to stand")
    return subject.strip(), " ".join(f"{word} {said}".strip() for word, said in facts.items())


def _skip(kind: str, rest: str) -> tuple[str, str]:
    return "", rest.removeprefix("[").removesuffix("]").strip()


def _choice(kind: str, rest: str) -> tuple[str, str]:
    subject, value = _equation(kind, rest) if kind in ("superscript", "subscript") else ("", rest)
    if subject:
        name_of(subject)
    several = [word.strip() for word in value.split("|")] if kind == "expect" else [value]
    if not set(several) <= set(_CHOICES[kind]):
        raise ValueError(f"needs one of: {', '.join(_CHOICES[kind])}")
    return subject, value


_PARSERS = {
    "shape": _shape,
    "define": _define,
    "assume": _assume,
    "function": _function,
    "known": _known,
    "log": _log,
    "random": _random,
    "skip": _skip,
}


# -- text -------------------------------------------------------------------------------------------------------------


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters that stand in no bracket and behind no backslash."""
    depth, escaped = 0, False
    for i, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield i, character


def _statements(row: str) -> Iterator[str]:
    """The statements between the semicolons of a row; those in brackets, as in L(w; x), part nothing."""
    at = 0
    for i in [*(i for i, character in _outside(row) if character == ";"), len(row)]:
        if row[at:i].strip():
            yield row[at:i].strip()
        at = i + 1


def _split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand in no bracket."""
    depth, at, parts = 0, 0, []
    for m in re.finditer(rf"[({{\[]|[)}}\]]|(?P<cut>{separator})", text):
        if m["cut"] and depth == 0 and (text[at : m.start()].strip() or m["cut"] == ","):  # else a size named x
            parts.append(text[at : m.start()])
            at = m.end()
        elif not m["cut"]:
            depth = depth + 1 if m[0] in "([{" else max(0, depth - 1)
    return [*parts, text[at:]]


def _shown(text: str) -> str:
    """A piece of the author's text in a message."""
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"
