"""From the lines of a page to text: a template lays them out, a :class:`Style` says how formulas are set in it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symnet.explain.ascii import ascii_program
from symnet.explain.content import Content, content
from symnet.explain.texts import Texts, texts
from symnet.printing.dialects import Dialect, Latex, Text

if TYPE_CHECKING:
    from symnet.derivation import Derivation

_BLANK_LINES = re.compile(r"\n{3,}")
#: stands for the program while blank lines are tidied, since those of the program are meant
_PROGRAM = "\0"
#: formulas inside sentences: LaTeX, and for a terminal
SYMBOLS = {
    "v": ("v", "v"),
    "dv": ("dv", "dv"),
    "pv": (r"\partial v", "∂v"),
    "L": ("L", "L"),
    "dot": (r"\dot{v}", "v̇"),
    "ones": (r"\mathbf{1}", "𝟏"),
    "hadamard": (r"\odot", "⊙"),
    "max": (r"\max", "max"),
    "min": (r"\min", "min"),
    "relu": (r"\max(0, x)", "max(0, x)"),
    "zero": ("0", "0"),
    "abs": ("|x|", "|x|"),
    "bracket": ("[a > b]", "[a > b]"),
    "delta": (r"\delta_{ij}", "δ[i,j]"),
    "logsumexp": (
        r"\operatorname{logsumexp}_{i} u_i = \log \sum_{i} e^{u_i}",
        "logsumexp_i u[i] = log(Σ_i exp(u[i]))",
    ),
    "argmax": (r"\operatorname{argmax}", "argmax"),
}


@dataclass(frozen=True)
class Style:
    """A kind of document: its template, its dialect, and how a formula stands in a sentence and in a line of text."""

    template: str
    dialect: Dialect
    inline: Callable[[str], str]
    plain: Callable[[str], str] = str
    program: Callable[[str], str] = str

    def symbols(self) -> Mapping[str, str]:
        return {key: self.inline(pair[isinstance(self.dialect, Text)]) for key, pair in SYMBOLS.items()}


MARKDOWN = Style("explain/page.md.jinja", Latex(), lambda f: f"${f}$")
TERMINAL = Style("explain/page.txt.jinja", Text(), str)
HTML = Style("explain/page.html.jinja", Latex(), lambda f: rf"\({f}\)", program=html.escape)


def tex_plain(text: str) -> str:
    """Words as LaTeX prints them."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in text)


LATEX = Style("explain/page.tex.jinja", Latex(), lambda f: f"${f}$", tex_plain, ascii_program)


@dataclass(frozen=True)
class Speaker:
    """What a template asks for words: every text of one language with its formulas set in one style."""

    style: Style
    texts: Texts
    page: Content

    def __call__(self, group: str, key: str, **formulas: Any) -> str:
        """A text with its formulas put in; a sequence of formulas is listed."""
        set_ = {k: self.list(v) if isinstance(v, tuple) else self.math(v) for k, v in formulas.items()}
        return self.texts[group][key].format(**{**self.style.symbols(), **set_})

    def math(self, formula: str) -> str:
        return self.style.inline(formula) if formula else ""

    def list(self, formulas: tuple[str, ...]) -> str:
        return ", ".join(map(self.math, formulas))

    def heading(self, key: str) -> str:
        headings = self.texts["headings"]
        return headings[key][self.page.what] if key == "results" else headings[key]

    @property
    def intro(self) -> str:
        """What the symbols of the chain rule mean on this page."""
        return self("sentences", "unit" if self.page.unit else self.page.what, given=self.page.given)


def render(derivation: Derivation, style: Style, language: str, code: str = "", **more: Any) -> str:
    """The page of a derivation in a style, with its program; ends with one newline."""
    from symnet.resources import environment

    words = texts(language)
    page = content(derivation, style.dialect, words)
    speaker = Speaker(style, words, page)
    template = environment().get_template(style.template)
    laid_out = template.render(page=page, say=speaker, plain=style.plain, code=_PROGRAM if code else "", **more)
    before, mark, after = _BLANK_LINES.sub("\n\n", laid_out).partition(_PROGRAM)
    return (before + (style.program(code) if mark else "") + after).strip() + "\n"
