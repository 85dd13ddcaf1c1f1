"""From the lines of a page to text: a template lays them out, a :class:`Style` says how formulas are set in it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from symnet.explain.ascii import ascii_program
from symnet.explain.content import Because, content
from symnet.explain.options import Options
from symnet.explain.texts import Texts, texts
from symnet.printing.dialects import Dialect, Latex, Text

if TYPE_CHECKING:
    from symnet.derivation import Derivation

_BLANK_LINES = re.compile(r"\n{3,}")
#: stands for the program while blank lines are tidied, since those of the program are meant
_PROGRAM = "\0"
#: formulas inside sentences: LaTeX, and for a terminal
SYMBOLS = {
    "ones": (r"\mathbf{1}", "𝟏"),
    "hadamard": (r"\odot", "⊙"),
    "size": ("N", "N"),
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


def symbols(letter: str, loss: str) -> dict[str, tuple[str, str]]:
    """The formulas inside sentences, where any quantity goes by a letter, and what gradients are of by ``loss``."""
    any_quantity = {
        "v": (letter, letter),
        "L": (loss, loss),
        "dv": (f"d{letter}", f"d{letter}"),
        "pv": (rf"\partial {letter}", f"∂{letter}"),
        "dot": (rf"\dot{{{letter}}}", f"{letter}\u0307"),
    }
    return any_quantity | SYMBOLS


@dataclass(frozen=True)
class Style:
    """A kind of document: its template, its dialect, and how a formula stands in a sentence and in a line of text.

    ``form`` ends the name of the template; ``frame`` is the document around what that lays out, where it needs one.
    """

    form: str
    dialect: Dialect
    inline: Callable[[str], str]
    plain: Callable[[str], str] = str
    block: Callable[[str], str] = str
    program: Callable[[str], str] = str
    words: Callable[[str], str] = str
    frame: str = ""

    def symbols(self, letter: str, loss: str) -> Mapping[str, str]:
        return {key: self.inline(pair[isinstance(self.dialect, Text)]) for key, pair in symbols(letter, loss).items()}


MARKDOWN = Style("md", Latex(), lambda f: f"${f}$")
TERMINAL = Style("txt", Text(), str)
HTML = Style(
    "html",
    Latex(),
    lambda f: escape(rf"\({f}\)"),
    block=lambda f: escape(rf"\[{f}\]"),
    program=html.escape,
    words=escape,
)


def _mathml(formula: str, display: bool) -> Markup:
    from symnet.lecture.report.mathml import mathml

    return Markup(mathml(formula, display))


#: a page of its own for a browser: formulas are MathML, beside each the button that copies its LaTeX
PAGE = Style(
    "html",
    Latex(),
    lambda f: _mathml(f, False),
    block=lambda f: _mathml(f, True),
    program=html.escape,
    words=escape,
    frame="explain/document.html.jinja",
)


def tex_plain(text: str) -> str:
    """Words as LaTeX prints them."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in text)


LATEX = Style("tex", Latex(), lambda f: f"${f}$", tex_plain, program=ascii_program)


@dataclass(frozen=True)
class Speaker:
    """What a template asks for words: every text of one language with its formulas set in one style."""

    style: Style
    texts: Texts
    page: Any

    def __call__(self, group: str, key: str, **formulas: Any) -> str:
        """A text with its formulas put in; a sequence of formulas is listed."""
        set_ = {k: self.list(v) if isinstance(v, tuple) else self.math(v) for k, v in formulas.items()}
        letter, loss = getattr(self.page, "letter", "v"), getattr(self.page, "loss", "L")
        return self.style.words(self.texts[group][key]).format(**{**self.style.symbols(letter, loss), **set_})

    def math(self, formula: str) -> str:
        return self.style.inline(formula) if formula else ""

    def list(self, formulas: tuple[str, ...]) -> str:
        return self.style.words(", ").join(map(self.math, formulas))

    def label(self, key: str) -> str:
        return self.texts["labels"][key]

    def reason(self, reason: Because) -> str:
        """The word before an equation that a rewrite used."""
        return self.label("because_fact" if reason.source else "because_definition")

    def source(self, reason: Because) -> str:
        return self("sources", reason.source, names=reason.names)

    def heading(self, key: str) -> str:
        headings = self.texts["headings"]
        return headings[key][self.page.what] if key == "results" else headings[key]

    @property
    def program(self) -> str:
        """What stands above the listing of a program."""
        keys = ["program", "listing"] + (["program_unit"] if self.page.unit else [])
        return self._together(*(self("sentences", key) for key in keys))

    @property
    def step(self) -> str:
        """What the lines of an update rule are about."""
        return self._together(*(self("sentences", key) for key in self.page.about))

    @property
    def intro(self) -> str:
        """What the symbols of the chain rule mean on this page."""
        several = self.page.what == "gradient" and len(self.page.given) > 1
        key = "unit" if self.page.unit else "gradient_several" if several else self.page.what
        parts = [self("sentences", p.key, symbol=p.symbol, of=p.of, given=p.given) for p in self.page.parts]
        rule = [self("sentences", "through")] if self.page.what == "gradient" else []
        rows = [self("sentences", "hessian_rows")] if self.page.what == "hessian" and len(self.page.given) > 1 else []
        lines = [self("sentences", "in_lines")] if self.page.in_lines else []
        return self._together(self("sentences", key, given=self.page.given), *rows, *rule, *parts, *lines)

    @property
    def layout(self) -> str:
        """What matrix notation means on this page."""
        page, matrices = self.page, self.page.matrices
        unwritten = matrices.unwritten if matrices else ()
        keys = {
            "matrix": True,
            "mixed": page.mixed,
            "batch": page.batch,
            "step_matrices": bool(page.steps),
            "entry_lines": matrices is not None and matrices.entries,
            "unwritten": bool(unwritten),
        }
        return self._together(*(self("sentences", k, names=unwritten) for k, needed in keys.items() if needed))

    @property
    def spaces(self) -> str:
        """The sizes of the matrices, and what is done to their rows."""
        matrices = self.page.matrices
        found = [
            self.math(s.formula) + ("" if s.kind == "real" else self.style.words(f" ({self('kinds', s.kind)})"))
            for s in matrices.spaces
        ]
        sizes = self.style.words(f"{self.label('sizes')} ") + self.style.words(", ").join(found) + "."
        softmax = any("softmax" in formula for formula in (*matrices.forward, *matrices.results))
        return self._together(sizes, *([self("sentences", "softmax_rows")] if softmax else []))

    @property
    def conventions(self) -> tuple[str, ...]:
        """What holds for the formulas of this page."""
        equal = (self("conventions", "equal", one=one, other=other) for one, other in self.page.equal)
        return (*(self("conventions", key) for key in self.page.conventions), *equal)

    def _together(self, *sentences: str) -> str:
        return self.style.words(" ").join(sentences)


def render(derivation: Derivation, style: Style, options: Options, code: str = "", **more: Any) -> str:
    """The page of a derivation in a style, with its program; ends with one newline."""
    words = texts(options.lang)
    return lay_out("page", content(derivation, style.dialect, words, options), style, words, code, **more)


def lay_out(kind: str, page: Any, style: Style, words: Texts, code: str = "", **more: Any) -> str:
    """A page of some kind, laid out by the template of that kind and style."""
    from symnet.resources import environment

    body = f"explain/{kind}.{style.form}.jinja"
    template = environment().get_template(style.frame or body)
    laid_out = template.render(
        page=page,
        say=Speaker(style, words, page),
        plain=style.plain,
        set_block=style.block,
        code=_PROGRAM if code else "",
        body=body,
        **more,
    )
    before, mark, after = _BLANK_LINES.sub("\n\n", laid_out).partition(_PROGRAM)
    return (before + (style.program(code) if mark else "") + after).strip() + "\n"
