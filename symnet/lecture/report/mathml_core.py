"""From the converter's MathML to what browsers set well: MathML Core, with the spaces and limits of TeX.

Core knows no bold or double-struck variant except as characters of their own, sets a word of single letters as a
product, tells the sign of a number from a difference only where rows are bracketed, and leaves no space around some
operators.
"""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element

#: stands before a word that is the name of a function
FUNCTION = "\ue013"
#: named functions, which stand apart from what is beside them
FUNCTIONS = frozenset("log ln lg exp sin cos tan sinh cosh tanh max min sup inf lim arg det dim sign tr".split())
LIMITS = frozenset("∑ ∏ ∐ ⋂ ⋃ lim max min sup inf argmax argmin".split())  # limits stand below and above in a display
_BINARY = frozenset("⊙ ⊗ ⊕ ⊘ ∘ ∗ ⋆")
_VARIANTS = {"bold": "BOLD", "double-struck": "DOUBLE-STRUCK", "bold-italic": "BOLD ITALIC"}
_BARS = frozenset("|‖")
_SIGNS = frozenset("-−+±∓")
_UNARY = _SIGNS | _BINARY  # where nothing stands before, as in X^{⊙2}
_CLOSING = frozenset(")]}⟩⌋⌉!…⋯′″‴⁗") | _BARS
_PRIMES = frozenset("′″‴⁗")
_BELOW = {"msub": "munder", "msubsup": "munderover"}
#: borders at the sides alone, round from end to end
PARENTHESES = "border: solid; border-width: 0 .06em; border-radius: .5em / 50%; margin: 0 .15em; padding: .1em .2em"
THIN, MEDIUM = "0.17em", "0.22em"


def tidied(element: Element) -> Element:
    """The element as browsers want it; it may be changed in place."""
    children = _drawn([tidied(child) for child in _joined(list(element))])
    element[:] = children
    if element.tag in ("mi", "mn"):
        return _leaf(element)
    if element.tag == "mo":
        _spaced(element)
    if element.tag == "mtable":
        _aligned(element)
    if element.tag in _BELOW and children and _name(children[0]) in LIMITS:
        element.tag = _BELOW[element.tag]
        _core(children[0]).set("movablelimits", "true")
    if element.tag in ("msup", "msubsup") and len(children) == (3 if element.tag == "msubsup" else 2):
        _primed(element)
    for before, after in zip([None, *children], children):
        if after.tag == "mo" and after.text in _UNARY and (before is None or _opens(before)):
            after.attrib |= {"lspace": "0em", "rspace": "0em"}
    for before, after in zip(children, children[1:]):
        core = _core(before)
        if _is_function(core) and after.tag == "mo" and (after.text or "") in "([{":
            core.set("rspace", "0em")
    for before, after in zip(children, children[1:]):  # a bracket or a sign has its own space
        if _is_function(_core(after)) and before.tag == "mo" and not _is_function(before) and _opens(before):
            if before.text not in LIMITS:
                _core(after).set("lspace", "0em")
    return element


def _joined(children: list[Element]) -> list[Element]:
    """Upright letters side by side are one word."""
    joined: list[Element] = []
    word: Element | None = None
    for child in children:
        letters = child.get("mathvariant") == "normal" and not _PRIMES & set(child.text or "")
        if child.tag == "mi" and (letters or child.text == FUNCTION):
            if word is None:
                word = Element("mi", {"mathvariant": "normal"})
                word.text = ""
                joined.append(word)
            word.text = (word.text or "") + (child.text or "")
        else:
            word = None
            joined.append(child)
    return joined


def _drawn(children: list[Element]) -> list[Element]:
    """Matrices with their parentheses drawn as borders: those of letters stretch in fonts for formulas only."""
    drawn = list(children)
    for before, table, after in zip(children, children[1:], children[2:]):
        if table.tag == "mtable" and before.tag == after.tag == "mo" and (before.text, after.text) == ("(", ")"):
            table.set("style", PARENTHESES)
            drawn = [child for child in drawn if child is not before and child is not after]
    return drawn


def _leaf(element: Element) -> Element:
    text = element.text or ""
    if text in FUNCTIONS or text.startswith(FUNCTION):
        made = Element("mo", {"lspace": THIN, "rspace": THIN})
        made.text = text.removeprefix(FUNCTION)
        return made
    if text and set(text) <= _PRIMES:
        element.tag = "mo"
        element.attrib.clear()
        element.attrib |= {"lspace": "0em", "rspace": "0em"}
        return element
    variant = element.get("mathvariant", "")
    if variant in _VARIANTS:
        element.text = "".join(_styled(c, _VARIANTS[variant]) for c in text)
        del element.attrib["mathvariant"]
    elif variant == "normal" and len(text) > 1:
        del element.attrib["mathvariant"]  # a word is upright by itself
    return element


def _styled(letter: str, style: str) -> str:
    """The letter or digit in a style, where there is such a character."""
    name = unicodedata.name(letter, "").replace("GREEK ", "").replace("LATIN ", "").replace("LETTER ", "")
    try:
        return unicodedata.lookup(f"MATHEMATICAL {style} {name}")
    except KeyError:
        return letter


def _spaced(operator: Element) -> None:
    text = operator.text or ""
    if text in FUNCTIONS:
        operator.attrib |= {"lspace": THIN, "rspace": THIN}
    elif text in _BINARY:
        operator.attrib |= {"lspace": MEDIUM, "rspace": MEDIUM}
    elif text in _BARS or text in "…⋯":
        operator.attrib |= {"lspace": "0em", "rspace": "0em"}


def _aligned(table: Element) -> None:
    """Columns by styles as well, where a browser knows no ``columnalign``; aligned equations meet at their signs."""
    meeting = table.get("displaystyle") == "true"
    for row in table:
        for place, cell in enumerate(row):
            side = cell.get("columnalign", "")
            if meeting and len(row) == 1:  # nothing to meet at: rows of their own
                cell.attrib.pop("columnalign", None)
                continue
            if side not in ("left", "right"):
                continue
            style = f"text-align: -webkit-{side}"
            if meeting:
                style += f"; padding-{side}: 0"
                style += "; padding-left: 1.5em" if place and side == "right" else ""
            cell.set("style", style)


def _primed(element: Element) -> None:
    """A prime stands beside its letter: in the fonts it is raised already, and as an exponent too small."""
    prime = _core(element[-1])
    if prime.tag != "mo" or not set(prime.text or "") <= _PRIMES:
        return
    base, *below = list(element)[:-1]
    if _is_function(_core(base)):
        _core(base).set("rspace", "0em")
    if below:
        row = Element("mrow")
        row[:] = [base, prime]
        element.tag, element[:] = "msub", [row, *below]
    else:
        element.tag, element[:] = "mrow", [base, prime]


def _opens(before: Element) -> bool:
    """Is a sign after it one of a number, not of a sum?"""
    if before.tag in _BELOW.values():
        return _name(before[0]) in LIMITS
    return before.tag == "mo" and before.text not in _CLOSING


def _is_function(element: Element) -> bool:
    return element.tag == "mo" and element.get("lspace") == THIN


def _core(element: Element) -> Element:
    """What scripts and rows of one are put around."""
    while element.tag in ("msub", "msup", "msubsup") or (element.tag == "mrow" and len(element) == 1):
        element = element[0]
    return element


def _name(element: Element) -> str:
    """The operator that limits may belong to."""
    core = _core(element)
    return core.text or "" if core.tag == "mo" else ""
