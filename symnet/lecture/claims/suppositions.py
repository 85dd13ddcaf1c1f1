r"""Cases that a sentence tells: "If ``$p = q$``, then ..." holds for that sentence, and says nowhere else what p is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from symnet.lecture.claims.conditions import VERB, is_value
from symnet.lecture.documents.sentences import sentence_before, sentence_behind
from symnet.lecture.reader.syntax import Call, Expr, Number, Statement, Symbol

#: what a case begins with, and the words up to the name that is supposed to be something there
CASE = re.compile(
    r"(?:^|[\s(,;:])(?:if|when|whenever|under|at|in (?:the )?case(?: of| that)?|setting|assuming|при|если|когда|"
    r"в случае|полагая|положив|(?:for|для)(?! (?:all|any|every|each|всех|любых|любого)\b))\b"
    r"(?P<words>(?:\s+[^\W\d_][\w-]*){0,8})\s*(?P<comma>,?)\s*(?:…\s*,?\s*(?:and|и)\s+)*$",
    re.IGNORECASE,
)
#: what ends a sentence without another clause
END = re.compile(r"[\s,…]*(?:(?:and|и)\s+…[\s,]*)*[.;]?\s*", re.IGNORECASE)
#: what begins the clause behind a case
THEN = re.compile(r"^[^.;]*,?\s+(?:then|то|тогда)\b", re.IGNORECASE)


def is_supposition(statement: Statement, before: str, after: str, earlier: Iterable[Statement]) -> bool:
    """Is a name that was spoken of before something else here, for the sake of a case: ``if z_k = c``?

    A name that comes up with the words is introduced by them, and what it is given holds on; so it does where it is
    computed behind the formula that it stands in.
    """
    if not statement.relations or set(statement.relations) != {"="} or is_value(statement):
        return False
    *names, value = statement.terms
    sentence = sentence_before(before)
    case = CASE.search(sentence)
    if not all(map(_is_name, names)) or case is None:
        return False
    rest = sentence_behind(after)
    if (case["comma"] or VERB.search(case["words"])) and not THEN.match(rest) or case["words"] and END.fullmatch(rest):
        return False  # For two classes $p_1 = ...$: that is what is said of the case
    if sentence[: case.start()].rstrip(" ,(").endswith("…") and not isinstance(value, Symbol | Number):
        return False
    spoken = {name for said in earlier for name in _names(said)}
    return all(name in spoken for term in names for name in _names(term))


def _is_name(expr: Expr) -> bool:
    """``p``, ``z_k``, ``f(x)``."""
    if isinstance(expr, Call):
        return isinstance(expr.function, Symbol) and not expr.primes and all(isinstance(a, Symbol) for a in expr.args)
    return isinstance(expr, Symbol)


def _names(expr: Expr) -> Iterator[Symbol]:
    """The names in an expression, without their indices."""
    return (replace(part, subs=()) for part in expr.walk() if isinstance(part, Symbol))
