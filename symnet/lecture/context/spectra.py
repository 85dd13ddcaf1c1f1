r"""Eigenvalues and singular values that words name: "a matrix ``$A$`` with eigenvalues ``$\lambda_i$``"."""

from __future__ import annotations

from symnet.lecture.context.beside import adjectives
from symnet.lecture.context.kinds import EIGENVALUE, SINGULAR_VALUE
from symnet.lecture.context.record import IN_WORDS, Definition, Line, Record
from symnet.lecture.context.refs import Ref, is_upper
from symnet.lecture.reader.syntax import Call, Expr, Negate

_OF = r"(?:\s+(?:of|матрицы)\s+(?:the\s+)?(?:matrix\s+)?¤)?(?:\s+(?:are|be|—|равны))?"
_WORDS = {
    EIGENVALUE: adjectives(rf"eigenvalues{_OF}|собственн\w+ (?:числ|значени)\w+{_OF}"),
    SINGULAR_VALUE: adjectives(rf"singular values{_OF}|сингулярн\w+ (?:числ|значени)\w+{_OF}"),
}
INDEX = Ref("i")


def spectra_told(record: Record) -> list[Definition]:
    """Definitions of the names that words call the eigenvalues or singular values of the one matrix of a sentence.

    They are counted from the largest one, or from the smallest eigenvalue where the text says that they grow.  A name
    of which one sentence says so without a matrix has none: it may be of another one there.
    """
    found: dict[str, list[Definition | None]] = {}
    for line in record.lines:
        name = line.statement.terms[0]
        if isinstance(name, Ref) and len(name.indices) == 1 and not record.is_defined(name.key):
            for function, words in _WORDS.items():
                if words.stand_beside(line):
                    found.setdefault(name.key, []).append(_definition(record, line, name, function))
    return [d for told in found.values() if None not in told for d in told if d is not None]


def _definition(record: Record, line: Line, name: Ref, function: Ref) -> Definition | None:
    matrix = _matrix(record, line)
    grow = not {"<", "<="}.isdisjoint(line.statement.relations)
    if matrix is None or _is_made_of(record, matrix, name, line.order) or grow and function != EIGENVALUE:
        return None
    body: Expr = Call(function, (Negate(matrix) if grow else matrix, INDEX), certain=True)
    return Definition(name.key, (INDEX,), None, Negate(body) if grow else body, line.order, line.line, IN_WORDS)


def _is_made_of(record: Record, matrix: Ref, name: Ref, order: int) -> bool:
    """Is a matrix given by its own eigenvalues or singular values?"""
    return any(record.reaches(d.body, name.key, order) for d in record.definitions_of(matrix.key, order))


def _matrix(record: Record, line: Line) -> Ref | None:
    """The one capital that the sentence of a line names."""
    heads = (
        other.statement.terms[0]
        for other in record.lines
        if (other.said.section, other.said.sentence) == (line.said.section, line.said.sentence)
        and set(other.statement.relations) <= {"in"}
    )
    found = {head for head in heads if isinstance(head, Ref) and not head.indices and is_upper(head.key)}
    return found.pop() if len(found) == 1 else None
