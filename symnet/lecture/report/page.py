"""A report as one page: the document itself, with a badge at each formula that opens what is known of its claims.

The page asks no other host for anything, and nothing of the document is taken as HTML.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from symnet.lecture.documents.rst import ROLE
from symnet.lecture.report.language import counted, in_language, label, meaning
from symnet.lecture.report.mathml import mathml
from symnet.lecture.report.tex_blocks import tex_blocks
from symnet.lecture.report.words import (
    MARKS,
    claim_latex,
    counterexample_in_words,
    first_values,
    is_math,
    one_line,
    tone,
    values_in_words,
)
from symnet.lecture.verdict import VERDICTS, DocumentReport, Finding
from symnet.resources import environment

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from symnet.lecture.documents.documents import Document, Formula

_MARK = "\ue000{}\ue001"  # stands for the formula of a number while the text around it is rendered
_MARKED = re.compile("\ue000(\\d+)\ue001")
_DELIMITERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_BEGIN = re.compile(r"\\begin\s*\{([A-Za-z]+\*?)\}")
_FRONT = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_DIRECTIVE = re.compile(r"<!--\s*symnet\s*:.*?-->", re.DOTALL)
_RANKS = r"\S.* (?:a|—) (?:row vector|vector|matrix|вектор-строка|вектор|матрица)"
_REMARK = re.compile(rf"(.+)  \(({_RANKS})\)")
_IS = re.compile(r" (a|—) ")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\{[A-Za-z ]+\})?")
_WORD = re.compile(r"(?<![^\W_])[A-Za-z]{2,}(?![A-Za-z])")
_SENTENCE = re.compile(r"[^\W\d_]{2,}[ ,]+[^\W\d_]{2,}")
_NAMED = re.compile(r"((?<!\S)[^\s\\_^]*[\\_^][^\s,;:]*(?<![.)]))")
_ENDS = ("paragraph_close", "heading_close", "table_close", "fence", "code_block")


@dataclass(frozen=True)
class Claim:
    """A finding with its number on the page."""

    number: int
    finding: Finding


@dataclass
class Part:
    """A piece of the document that is rendered by itself: a file or a cell of a notebook."""

    text: str
    kind: str  # markdown, text, tex or code
    cell: int | None = None
    formulas: list[tuple[int, Formula]] = field(default_factory=list)  # with their numbers


def page_text(report: DocumentReport) -> str:
    """The page of a report; reads the document again."""
    from symnet.lecture.documents.documents import read_document

    report, document = in_language(report), read_document(report.file)
    claims = [Claim(number, finding) for number, finding in enumerate(report.claims)]
    at = by_formula(document, claims)
    parts = _parts(Path(report.file))
    for number, formula in enumerate(document.formulas):
        for part in parts:
            if part.cell == formula.cell:
                part.formulas.append((number, formula))
    placed: set[int] = set()
    say = _say(report.language)
    blocks = [block for part in parts for block in _Renderer(part, document, claims, at, placed, say).blocks()]
    return (
        environment()
        .get_template("report/page.html.jinja")
        .render(
            title=document.title,
            name=Path(report.file).name,
            report=report,
            blocks=[Markup(block) for block in blocks],
            rest=[claim for claim in claims if claim.number not in placed],
            counts=[(verdict, count, MARKS[verdict]) for verdict, count in report.summary.items() if count],
            all_verdicts={verdict: meaning(verdict, text, report.language) for verdict, text in VERDICTS.items()},
            counted=counted(len(report.claims), report.language),
            say=say,
        )
    )


def _math(latex: str, display: bool = False) -> Markup:
    return Markup(mathml(latex, display))


def _formula_or_words(text: str) -> Markup:
    """A formula as such, also where a remark in brackets follows; a sentence as it is."""
    formula, remark = text, Markup("")
    if "  " not in text and re.fullmatch(_RANKS, text):
        return _remark(text)
    if followed := _REMARK.fullmatch(text):
        formula, remark = followed[1], Markup(" (") + _remark(followed[2]) + Markup(")")
    if not _SENTENCE.search(_COMMAND.sub(" \\0 ", formula)):
        formula = _with_operators(formula)
    return _math(formula) + remark if is_math(formula) else _sentence(text)


def _sentence(text: str) -> Markup:
    r"""A sentence with the names in it as formulas: ``the entries of \hat{y} are positive``."""
    return Markup("").join(
        _math(piece) if k % 2 and piece.count("{") == piece.count("}") else escape(piece)
        for k, piece in enumerate(_NAMED.split(one_line(text)))
    )


def _counterexample(counterexample: Mapping[str, Any], language: str) -> Markup:
    """A counterexample as a sentence, with its names as formulas."""
    said = [(key, value) for key, value in counterexample.items() if value not in (None, "", {})]
    return Markup("; ").join(_point(key, value, language) for key, value in said)


def _point(key: str, value: Any, language: str) -> Markup:
    if key == "open":
        names = Markup(", ").join(_math(str(name)) for name in value)
        return escape(label("with {} as any function", language)).format(names)
    words = escape(counterexample_in_words({key: value}, language))
    if not isinstance(value, Mapping):
        return words
    values = Markup(", ").join(_math(name) + escape(f" = {number}") for name, number in first_values(value))
    return Markup(words.replace(escape(values_in_words(value)), values, 1))


def _remark(text: str) -> Markup:
    r"""``\mu a vector, X a matrix``, with the names as formulas."""
    parts = [_IS.split(part, maxsplit=1) for part in text.split(", ")]
    said = [_math(part[0]) + escape(f" {part[1]} {part[2]}") if part[1:] else escape(part[0]) for part in parts]
    return Markup(", ").join(said)


def _with_operators(latex: str) -> str:
    """The formula with a command for each word that stands without one: log, softmax."""
    kept = re.split(f"({_COMMAND.pattern})", latex)
    return "".join(piece if k % 2 else _WORD.sub(r"\\operatorname{\g<0>}", piece) for k, piece in enumerate(kept))


def _say(language: str) -> dict[str, Any]:
    """What the templates ask for words, signs and formulas."""
    return {
        "tone": tone,
        "marks": MARKS,
        "math": _math,
        "counterexample": partial(_counterexample, language=language),
        "one_line": one_line,
        "claim": claim_latex,
        "formula_or_words": _formula_or_words,
        "t": partial(label, language=language),
    }


def by_formula(document: Document, claims: Sequence[Claim]) -> dict[int, list[Claim]]:
    """The claims of each formula, by its number; in a notebook two cells can hold the same at the same place."""
    at: dict[int, list[Claim]] = {}
    start = 0
    for claim in claims:
        f = claim.finding
        same = [n for n, formula in enumerate(document.formulas) if _stands(formula, f)]
        # in document order: the formula of the claim before, where this is its next link, or a later one
        later = [n for n in same if n > start or n == start and all(c.finding.link < f.link for c in at.get(n, ()))]
        if same:
            start = (later or same)[0]
            at.setdefault(start, []).append(claim)
    return at


def _stands(formula: Formula, finding: Finding) -> bool:
    cell = finding.cell
    same = formula.latex == finding.latex and cell in (None, formula.cell)
    return same and formula.line <= finding.line <= formula.end_line


def _parts(path: Path) -> list[Part]:
    from symnet.lecture.documents.encoding import decoded
    from symnet.lecture.documents.rst import in_markdown

    text = (decoded(path.read_bytes()) or "").replace("\r\n", "\n").replace("\r", "\n")
    suffix = path.suffix.lower()
    if suffix != ".ipynb":
        tex = suffix in (".tex", ".latex", ".ltx")
        text = in_markdown(text) if suffix in (".rst", ".rest") else text
        return [Part(text, "tex" if tex else "text" if suffix in (".txt", ".text") else "markdown")]
    import json

    parts = []
    for number, cell in enumerate(json.loads(text).get("cells", ())):
        source = cell.get("source", "")
        source = source if isinstance(source, str) else "".join(source)
        kind = "markdown" if cell.get("cell_type") == "markdown" else "code"
        parts.append(Part(source.replace("\r\n", "\n").replace("\r", "\n"), kind, number))
    return parts


class _Renderer:
    """Blocks of HTML of one part, each with the claims that stand in it."""

    def __init__(
        self,
        part: Part,
        document: Document,
        claims: Sequence[Claim],
        at: dict[int, list[Claim]],
        placed: set[int],
        say: dict[str, Any],
    ) -> None:
        self.part, self.at, self.placed, self.say = part, at, placed, say
        of_formulas = {claim.number for several in at.values() for claim in several}
        listings = [item for item in document.listings if item.cell == part.cell]
        #: claims about code, which stand at lines
        self.of_code = [
            claim
            for claim in claims
            if claim.number not in of_formulas
            and any(one.line <= claim.finding.line <= one.end_line for one in listings)
        ]
        self.formulas = dict(part.formulas)
        self.text, self.gone = self._marked()

    def blocks(self) -> Iterator[str]:
        if self.part.kind == "code":
            yield f"<pre><code>{html.escape(self.text)}</code></pre>" + self._cards("", 0, len(self.text))
        elif self.part.kind == "tex":
            for source, block in tex_blocks(self.text):
                yield self._set(block) + self._cards(source)
        else:
            yield self._markdown()

    def _marked(self) -> tuple[str, list[int]]:
        """The text with a mark for each formula, and the lines that went with it (one entry for each line end)."""
        text = self.part.text.replace("\ue000", "\ufffd").replace("\ue001", "\ufffd")
        starts = [0, *(m.end() for m in re.finditer("\n", text))]
        pieces, gone, position = [], [], 0
        for number, formula in sorted(self.part.formulas, key=lambda pair: (pair[1].line, pair[1].column)):
            start = starts[min(formula.line, len(starts)) - 1] + formula.column - 1
            stop = starts[formula.end_line] if formula.end_line < len(starts) else len(text)
            if start < position:
                continue
            end = _end(text, start, stop)
            pieces += [text[position:start], _MARK.format(number)]
            gone += [formula.line + k for k in range(text.count("\n", start, end))]
            position = end
        return "".join([*pieces, text[position:]]).replace(ROLE, ""), gone

    def _markdown(self) -> str:
        from markdown_it.token import Token

        text, hidden = self.text, 0
        if front := _FRONT.match(text):
            text, hidden = text[front.end() :], front[0].count("\n")
        text = _DIRECTIVE.sub(lambda m: "\n" * m[0].count("\n"), text)
        tokens, pending, inside = [], "", 0
        lines = (0, 0)
        for token in _markdown_reader(self.part.kind == "text").parse(text):
            tokens.append(token)
            pending += token.content if token.type in ("inline", "fence", "code_block") else ""
            inside += (token.type == "table_open") - (token.type == "table_close")
            if token.type in ("fence", "code_block") and token.map:
                lines = (token.map[0] + hidden, token.map[1] + hidden)
            if token.type in _ENDS and not inside:
                cards = self._cards(pending, *lines)
                pending, lines = "", (0, 0)
                if cards:
                    tokens.append(Token("html_block", "", 0, content=cards, block=True))
        reader = _markdown_reader(self.part.kind == "text")
        return self._set(reader.renderer.render(tokens, reader.options, {}))

    def _set(self, rendered: str) -> str:
        return _MARKED.sub(self._formula, rendered)

    def _formula(self, mark: re.Match[str]) -> str:
        """A formula as it is shown, with a sign for each of its claims that leads to the card."""
        number = int(mark[1])
        if number not in self.formulas:
            return ""
        formula, claims = self.formulas[number], self.at.get(number, [])
        return str(_template("formula").formula(formula, claims, self.say))

    def _cards(self, text: str, first: int = 0, last: int = 0) -> str:
        """The cards of the claims in a text, and of those about code from line ``first`` to ``last`` (marked text)."""
        numbers = [int(number) for number in _MARKED.findall(text)]
        claims = [claim for number in numbers for claim in self.at.get(number, [])]
        for claim in self.of_code:
            line = claim.finding.line - bisect_right(self.gone, claim.finding.line - 1)
            if first < line <= last or self.part.kind == "code":
                claims.append(claim)
        claims = [claim for claim in claims if claim.number not in self.placed]
        self.placed.update(claim.number for claim in claims)
        return str(_template("cards").cards(claims, self.say)) if claims else ""


def _template(name: str) -> Any:
    return environment().get_template(f"report/{name}.html.jinja").module


def _end(text: str, start: int, stop: int) -> int:
    """Where the formula that begins at ``start`` ends, at most at ``stop``."""
    for opening, closing in _DELIMITERS:
        if text.startswith(opening, start):
            position = start + len(opening)
            while (found := text.find(closing, position, stop)) >= 0:
                backslashes = len(text[:found]) - len(text[:found].rstrip("\\"))
                if closing[0] == "\\" or backslashes % 2 == 0:
                    return found + len(closing)
                position = found + 1
    if environment_ := _BEGIN.match(text, start):
        closing = rf"\end{{{environment_[1]}}}"
        if (found := text.rfind(closing, start, stop)) >= 0:
            return found + len(closing)
    return stop - 1 if text[stop - 1 : stop] == "\n" else stop


def _markdown_reader(plain: bool) -> MarkdownIt:
    """A reader of Markdown without HTML and without pictures, which could be on another host."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.add_render_rule("image", _picture)
    return reader.disable("code") if plain else reader


def _picture(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    return f'<span class="picture">{html.escape(tokens[index].content)}</span>'
