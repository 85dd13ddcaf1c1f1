"""Second formulas of a name: does the text say that they are the first one in another form?"""

from __future__ import annotations

import re

from symnet.lecture.claims.claim import Claim

#: words with which a text gives a formula again in another form
_AGAIN = re.compile(
    r"\b(?:equivalent\w*|in other words|rewrit\w+|rewrote|can (?:also )?be written|is (?:just )?the same as|"
    r"(?:an)?other forms?|another way|alternative forms?|that is|i\.\s?e\.|expand\w*|simplif\w+|entry by entry|"
    r"therefore|hence|thus|consequently|satisf(?:ies|y)|obeys?|expressed (?:by|through|in)|"
    r"in (?:terms of|components|coordinates|(?:matrix|vector|index|scalar|closed)[ -](?:form|notation)))(?!\w)|"
    r"равносильн|эквивалентн|иначе говоря|други\w+ словами|то есть|т\.\s?е\.|перепи[сш]|можно записать|друг\w+ форм|"
    r"поэтому|следовательно|отсюда|выража\w+ через|раскр(?:о|ы)\w+ скобк|"
    r"удовлетворя[юе]т|упро[щс]\w+|поэлементно|покомпонентно|в координатах|"
    r"в (?:матричн|векторн|индексн|скалярн|замкнут)\w+ (?:виде|форме|записи)",
    re.IGNORECASE,
)
#: words with which it gives the name another meaning
_ANEW = re.compile(
    r"\b(?:new|now|instead|redefin\w*|replac\w+|another (?:loss|model|choice)|alternatively|approximat\w*|not|"
    r"takes?|taken|chooses?|chosen|picks?|uses?|sets?|proposes?|suggests?|"
    r"теперь|вместо|замен\w+|нов\w+|переопредел\w*|приближ\w*|не|бер[её]т|берут|бер[её]м|выбира\w+|использу\w+|"
    r"предлага\w+|полага\w+)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?;](?:\s|$)|\n\s*\n")


def is_restated(claim: Claim, first: int) -> bool:
    """Does the text before a formula say that it is statement number ``first``, under the same heading, once more?"""
    context = claim.context
    assert context is not None
    if not 0 <= first < claim.order or context.lines[first].said.section != context.lines[claim.order].said.section:
        return False
    sentence = _sentence(claim)
    return _AGAIN.search(sentence) is not None and _ANEW.search(sentence) is None


def is_said_anew(claim: Claim) -> bool:
    """Does the text before a formula say that its name means something else from there on?"""
    return _ANEW.search(_sentence(claim)) is not None


def _sentence(claim: Claim) -> str:
    assert claim.context is not None
    return _END.split(claim.context.lines[claim.order].prose.partition("…")[0].rstrip())[-1]
