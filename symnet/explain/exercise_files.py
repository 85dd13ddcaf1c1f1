"""The files of an exercise: the exercise and its solutions are written, a filled-in one is read and reported on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from symnet.errors import SymnetError
from symnet.explain.exercise import Exercise, Judgement
from symnet.explain.texts import texts

if TYPE_CHECKING:
    from symnet.ir.op import Op

MARKS = {"right": "✓", "wrong": "✗", "empty": "…", "unreadable": "?", "circular": "?", "open": "?"}


def write(op: Op, folder: Path, form: str, lang: str, hide: tuple[str, ...] = ()) -> list[Path]:
    """Write the exercise of an operation and its solutions; the files."""
    from symnet.files import write_all

    exercise = Exercise(_derivation(op), lang, hide)
    if form == "ipynb":
        import nbformat

        text = nbformat.writes(exercise.notebook()) + "\n"
    else:
        text = exercise.markdown()
    files = {
        folder / f"{op.name}-exercise.{form}": text,
        folder / f"{op.name}-solutions.md": exercise.solutions(),
    }
    write_all(files)
    return list(files)


def read_document(path: Path) -> str:
    """The Markdown of a filled-in exercise, of a notebook that of its cells; raises SymnetError where it has none."""
    try:
        text = path.read_bytes().decode("utf-8")
        if path.suffix.lower() != ".ipynb":
            return text
        cells = json.loads(text)["cells"]
        sources = (cell["source"] for cell in cells if cell["cell_type"] == "markdown")
        return "\n\n".join(s if isinstance(s, str) else "".join(s) for s in sources)
    except OSError as error:
        raise SymnetError(f"can not read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError):
        raise SymnetError(f"can not read {path}: it is no exercise that symnet has written") from None


def report(op: Op, document: str, lang: str) -> tuple[list[str], bool]:
    """A line for each answer, with what is wrong about it below; and whether all are right."""
    words = texts(lang)["exercise"]
    judged = Exercise(_derivation(op), lang).judge(document)
    lines = [line for judgement in judged for line in _lines(judgement, words)]
    return lines, all(j.verdict == "right" for j in judged)


def _lines(judgement: Judgement, words: dict[str, str]) -> list[str]:
    answer = "" if judgement.verdict == "empty" else f" = {judgement.answer}"
    lines = [f"{MARKS[judgement.verdict]} {words[judgement.verdict]}: {judgement.left}{answer}"]
    if judgement.reason:
        lines.append(f"    {words[judgement.reason].format(**judgement.values)}")
    return lines


def _derivation(op: Op):
    import symnet
    from symnet.derivation import Derivation

    derivation = symnet.derive(op)
    if not isinstance(derivation, Derivation):
        raise SymnetError(f"{op.name} has no gradient to exercise")
    return derivation


__all__ = ["read_document", "report", "write"]
