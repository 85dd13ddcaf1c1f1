"""What the prose of a document states of its names: symmetric, orthogonal, positive, probabilities of classes."""

from __future__ import annotations

import re

from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Call, Symbol, Transpose

#: what the probabilities of classes are called by convention
PROBABILITIES = ("y", "t", "p", "q")
#: words that state a hypothesis, in English and Russian (regular expressions, without case)
_WORDS = {
    "simplex": (
        "one[- ]?hot",
        "probabilit",
        "distribution",
        "вероятност",
        "распределен",
        "sum to one",
    ),
    "bits": ("binary", "0 or 1", r"\\?\{0, ?1\\?\}", "бинарн", "one-hot", "label", "метк"),
    "signs": (r"\{-1[,;]", r"-1\\\}", "-1 or", "or -1", "pm 1"),
    "symmetric": ("symmetric", "симметричн"),
    "orthogonal": (
        r"orthogonal(?! (?:to|complement|project|direction|component)|ly)",
        "orthonormal",
        r"ортогональн(?!\w* (?:к|столбц|строк|вектор|подпростран|про[ие]|дополн|вс|друг|им|ей|ему|остальн|направл))"
        r"(?!\w* [$…])",
        "ортонормирован",
    ),
    "diagonal": ("diagonal matri", r"diagonal [$…]", r"is diagonal\b", "диагональн"),
    "length": ("unit vector", "unit length", "unit norm", "length one", "length 1", "единичн", "единичной длины"),
    "positive": ("positive", "положительн"),
    "unit": ("probabilit", "вероятност", r"\(0, ?1\)"),
}
#: what prose states of names
HYPOTHESES = tuple(_WORDS)
#: how far from such words, in characters, the name may stand
NEAR = 20
#: how many statements beside a definition speak of it
BESIDE = 2
#: another formula between a name and what is said, and what begins to speak of another name
_OTHER = re.compile(r"\$[^$]+\$|…")
_NEXT = re.compile(
    r"[,;.]\s|\b(?:and|but|и|а) (?:(?:the|an?|any|some|матриц\w*|вектор\w*)\b|\$?$)|\$[^$]+\$|…",
)
#: of all the names that a sentence lists
_ALL = re.compile(r"\b(?:all|both|все|оба|обе)\b[^.;$]*\b(?:positive|положительн)", re.IGNORECASE)
#: what begins a sentence that says what a name is from there on
_LET = re.compile(
    r"\b(?:let|suppose|assume|throughout|everywhere|given|пусть|положим|предположим|считаем|всюду|везде|дан\w*)\b|:$",
    re.IGNORECASE,
)
#: what tells one case from others before what is stated
_CASE = re.compile(
    r"\b(?:if|when|whenever|unless|provided|as long as|in (?:the )?case|under|если|когда|в случае|при условии)\b"
    r"(?!.*\b(?:then|то|тогда)\b)|\b(?:for|with|для|при)\s+(?:[^\W\d_]+\s+){0,3}$",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE = re.compile(r"(?:[^.!?;$]|[.!?;](?!\s|$)|\$[^$]*\$)+")
_FORMULA = r"\$[^$]*\$"
_LISTED = rf"{_FORMULA}(?:,? (?:and|и) {_FORMULA}|, {_FORMULA})+"
_PLURAL = "(?:matrices|vectors|numbers|матрицы|векторы|числа)"
_BEING = r"(?:be|is|—|--+|есть)\s"
_BETWEEN = r"(?: (?:[—–-]+|---?|are|be|both|all|оба|обе|все))+ (?:[\w-]+ ){0,2}?"


#: what makes another property of a word behind it: skew-symmetric, not orthogonal, block diagonal
_ELSE = "".join(
    f"(?<!{word})" for word in (r"[\w-]", "skew ", "not ", "necessarily ", "block ", "не ", "обязательно ", "блочно ")
)


def words_of(fact: str) -> re.Pattern[str]:
    """The words by which prose states a hypothesis."""
    return re.compile("|".join(_ELSE + word if word[0].isalpha() else word for word in _WORDS[fact]), re.IGNORECASE)


def is_spoken_of(claim: Claim, fact: str) -> bool:
    """Does the document speak of such a thing anywhere?"""
    assert claim.context is not None
    return any(words_of(fact).search(line.prose) for line in claim.context.lines)


def is_transposed(claim: Claim, key: str) -> bool:
    """Does the document write the transpose of a matrix alone anywhere, and not to say that it is the matrix?"""
    assert claim.context is not None
    lines = (line for line in claim.context.lines if line.order != claim.order)
    parts = (part for line in lines if Ref(key) not in line.statement.terms for part in line.statement.walk())
    return any(isinstance(part, Transpose) and part.arg == Ref(key) for part in parts)


def stated(claim: Claim, key: str, fact: str, anywhere: bool = False) -> str:
    """Where the document says so, or ''; ``anywhere`` also what it says of a case that is not the one of the claim."""
    assert claim.context is not None
    name = re.compile(rf"(?<![A-Za-z\\\\]){re.escape(key)}(?![A-Za-z])")
    words = words_of(fact)
    for line in claim.context.lines:
        head = latex_of(line.raw.terms[0]) if isinstance(line.raw.terms[0], Symbol) else "…"
        text = f"{line.prose.replace('…', head, 1)} {line.raw.text}"
        if fact == "positive" and not line.raw.relations and head == key:
            if any("…" in part and _ALL.search(part) for part in re.split(r"[.;!?]\s", line.prose)):
                return line.place
        if not words.search(text) or _is_elsewhere(claim, line):
            continue
        place = line.prose.find("…")
        found = [m for m in words.finditer(text) if anywhere or _holds_for(claim, line, text, m, place)]
        if any(_is_of(name, text, m) for m in found):
            return line.place
        if found and head == key and (_of_a_list(line.prose, words) or _introduced_as(line.prose, words)):
            return line.place
    if fact == "simplex" and key.strip("\\") in PROBABILITIES:
        loss = any(
            isinstance(p, Call) and isinstance(p.function, Ref) and "softmax" in p.function.key.lower()
            for line in claim.context.lines
            for p in line.statement.walk()
        )
        if loss:
            return "convention"
    return ""


def _holds_for(claim: Claim, line: Line, text: str, said: re.Match[str], place: int) -> bool:
    """Is what words beside the formula at a place state said of the claim, and not of another case, or of one to come?

    What a sentence says of a case is told by its own formulas: for it, and for what follows.
    """
    sentence = next((m for m in _SENTENCE.finditer(text) if m.start() <= said.start() < m.end()), None)
    if sentence is None or not _CASE.search(text[sentence.start() : said.start()]):
        return True
    if _LET.match(sentence.group().lstrip()):
        return True
    return line.order <= claim.order and sentence.start() <= place < sentence.end()


def _is_of(name: re.Pattern[str], text: str, said: re.Match[str]) -> bool:
    """Does a name stand near the words that state a hypothesis, with no other one between them?"""
    around = text[max(0, said.start() - NEAR) : said.end() + NEAR]
    start, end = min(NEAR, said.start()), min(NEAR, said.start()) + len(said.group())
    for found in name.finditer(around):
        between = around[found.end() : start] if found.start() < start else around[end : found.start()]
        if not (_OTHER.search(between) if found.start() < start else _NEXT.search(between)):
            return True
    return False


def _is_elsewhere(claim: Claim, line: Line) -> bool:
    """Is what a line says of one case only: in passing, under another heading than that of the claim?"""
    assert claim.context is not None
    section, there = claim.context.lines[claim.order].said.section, line.said.section
    if section[: len(there)] == there or _is_behind(claim, line):
        return False
    sentence = next((m.group() for m in _SENTENCE.finditer(line.prose) if "…" in m.group()), "")
    return _LET.search(sentence) is None


def _is_behind(claim: Claim, line: Line) -> bool:
    """Does a line stand beside the definition of a name that the claim relies on: is it said of that one?"""
    assert claim.context is not None
    found = (d for key in names_behind(claim) for d in claim.context.definitions_of(key, claim.order))
    return any(abs(d.order - line.order) <= BESIDE for d in found)


def _introduced_as(prose: str, words: re.Pattern[str]) -> bool:
    """``Let … be the kernel matrix of the inputs, symmetric and positive definite``: said of what is introduced."""
    found = re.search(rf"…\s*{_BEING}(?P<what>[^$….;!?]*?)(?:{words.pattern})", prose, re.IGNORECASE)
    return found is not None and not re.search(r"\b(?:of|for|with) (?:an?|any|some) $", found["what"])


def _of_a_list(prose: str, words: re.Pattern[str]) -> bool:
    """``A and … are symmetric``, ``symmetric matrices …, B``: is something said of all that a sentence lists?"""
    text = re.sub(r"\s+(?=,)", "", re.sub(r"\s+", " ", prose.replace("…", "$…$")))
    before = rf"(?P<list>{_LISTED})(?:{_BETWEEN}(?:{words.pattern})| (?:{words.pattern})(?:ы|и|ые|ие)\b)"
    behind = rf"(?:{words.pattern})\w* (?:[\w-]+ ){{0,3}}?{_PLURAL} (?P<list>{_LISTED})"
    found = (m for pattern in (before, behind) for m in re.finditer(pattern, text, re.IGNORECASE))
    return any("…" in m["list"] for m in found)
