"""Formulas for a page: MathML of known elements and attributes only, or the escaped LaTeX where there is none."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree import ElementTree

from symnet.lecture.report.mathml_core import FUNCTION, tidied
from symnet.lecture.report.words import one_line

LONGEST = 5_000  # characters; what is longer is shown as it is written
ELEMENTS = frozenset(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts none mtable mtr mtd menclose".split()
)
ATTRIBUTES = frozenset(
    "display mathvariant stretchy fence separator lspace rspace minsize maxsize symmetric largeop movablelimits accent "
    "accentunder linethickness columnalign columnspacing rowspacing columnlines rowlines width height depth "
    "displaystyle scriptlevel notation".split()
)
_PLAIN = re.compile(r"[\w .%+-]*")
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_KEPT = {"<": "\ue010", ">": "\ue011", r"\&": "\ue012"}  # what the converter would write into its output as it is
_BACK = {kept: sign.removeprefix("\\") for sign, kept in _KEPT.items()}
_WRITTEN = (
    (re.compile(r"\\(begin|end)\s*\{(?:aligned|alignedat|split|gathered|gather\*?|eqnarray\*?)\}"), r"\\\1{align*}"),
    (re.compile(r"(?<=\\begin\{align\*\})\s*(?:\{\d+\}|\[[tbc]\])"), ""),
    (re.compile(r"\\(begin|end)\s*\{(?:equation|multline|displaymath|math)\*?\}"), ""),
    (re.compile(r"\\(begin|end)\s*\{align\}"), r"\\\1{align*}"),
    (re.compile(r"\\mathrm\s*\{\s*(\w)\s*\}"), r"\\mathrm{{\1}}"),  # else the converter sets one letter in italics
    (re.compile(r"\\operatorname\s*\*?\s*\{"), rf"\\mathrm{{{FUNCTION}"),
    (re.compile(r"\\tag\*?\s*\{([^{}]*)\}"), r"\\qquad\\text{(\1)}"),
    (re.compile(r"\\(?:label|notag|nonumber|displaylimits|limits|nolimits)(?![A-Za-z])(?:\{[^{}]*\})?"), " "),
    (re.compile(r"\\(?:bm|boldsymbol|pmb)(?![A-Za-z])"), r"\\mathbf"),
    (re.compile(r"\\(?:textrm|textnormal|textup|mbox|hbox)(?![A-Za-z])"), r"\\text"),
)


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> str:
    """The formula as MathML, safe to stand in HTML."""
    source = latex.strip()
    found = _converted(source, display) if len(source) <= LONGEST else None
    return found or f'<code class="latex">{html.escape(one_line(source))}</code>'


def _converted(latex: str, display: bool) -> str | None:
    from latex2mathml.converter import convert

    for pattern, written in _WRITTEN:
        latex = pattern.sub(written, latex)
    for sign, kept in _KEPT.items():
        latex = latex.replace(sign, kept)
    try:
        root = ElementTree.fromstring(convert(latex, display="block" if display else "inline"))
        return ElementTree.tostring(tidied(_known(root)), encoding="unicode", short_empty_elements=False)
    except Exception:  # the converter meets what it does not know with all kinds of errors
        return None


def _known(element: ElementTree.Element) -> ElementTree.Element:
    """The element without anything but known elements, plain attributes and text."""
    name = element.tag.removeprefix(_NAMESPACE)
    text = "".join(_BACK.get(c, c) for c in element.text or "")
    if name == "mi" and text in _BACK.values():
        name = "mo"
    attributes = {k: v for k, v in element.attrib.items() if k in ATTRIBUTES and _PLAIN.fullmatch(v)}
    known = ElementTree.Element(name if name in ELEMENTS else "mrow", attributes)
    known.text = text
    known.extend(_known(child) for child in element)
    return known
