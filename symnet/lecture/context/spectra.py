r"""Eigenvalues and singular values that words name: "a matrix ``$A$`` with eigenvalues ``$\lambda_i$``"."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.beside import adjectives
from symnet.lecture.context.kinds import EIGENVALUE, SINGULAR_VALUE
from symnet.lecture.context.record import IN_WORDS, Definition, Line, Record
from symnet.lecture.context.refs import Ref, is_upper
from symnet.lecture.reader.syntax import Call

_OF = r"(?:\s+(?:of|матрицы)\s+(?:the\s+)?(?:matrix\s+)?¤)?(?:\s+(?:are|be|—|равны))?"
_WORDS = {
    EIGENVALUE: adjectives(rf"eigenvalues{_OF}|собственн\w+ (?:числ|значени)\w+{_OF}"),
    SINGULAR_VALUE: adjectives(rf"singular values{_OF}|сингулярн\w+ (?:числ|значени)\w+{_OF}"),
}
INDEX = Ref("i")


def spectra_told(record: Record) -> Iterator[Definition]:
    """Definitions of the names that words call the eigenvalues or singular values of the one matrix of a sentence.

    They are counted from the largest one; nothing is defined where the text says that they grow.
    """
    for line in record.lines:
        name = line.statement.terms[0]
        if not isinstance(name, Ref) or len(name.indices) != 1 or record.is_defined(name.key):
            continue
        if not {"<", "<="} & set(line.statement.relations):
            for function, words in _WORDS.items():
                matrix = _matrix(record, line) if words.stand_beside(line) else None
                if matrix is not None and not _is_made_of(record, matrix, name, line.order):
                    body = Call(function, (matrix, INDEX), certain=True)
                    yield Definition(name.key, (INDEX,), None, body, line.order, line.line, IN_WORDS)


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
