"""What a reader may choose about a page: language, notation, how much is told, a worked example, a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symnet.errors import SymnetError

NOTATIONS = ("index", "matrix", "both")
DETAILS = ("brief", "normal", "full")


@dataclass(frozen=True)
class Options:
    """The reader's choice; raises SymnetError naming what there is to choose from.

    ``notation``: index lines, matrix lines wherever there are any, or index lines with the matrices beside the result.
    ``detail``: brief is definitions and result; normal adds one line for each step; full adds the derivatives of named
    functions, the proof of each lemma, and what is put in before it is simplified.
    ``example``: every value in one small example.
    ``check``: the gradients of the program are checked and the table is shown.
    ``pictures``: the folder that the pictures of a Markdown page are in; other documents hold their pictures.
    """

    lang: str = "en"
    notation: str = "both"
    detail: str = "normal"
    example: bool = False
    check: bool = False
    pictures: str = ""

    def __post_init__(self) -> None:
        from symnet.explain.texts import texts

        texts(self.lang)
        _choose("notation", self.notation, NOTATIONS)
        _choose("detail", self.detail, DETAILS)


def _choose(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise SymnetError(f"there is no {what} '{value}'", hint=f"choose one of {', '.join(known)}")


DEFAULT = Options()
