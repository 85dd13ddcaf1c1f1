r"""Formulas between their delimiters, in a text of any format, in one pass.

Delimiters are $, $$, \( \), \[ \] (also with two backslashes, and $` `$) and the environments of displayed mathematics.
A delimiter that is not closed costs its own line and no more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from symnet.lecture.documents.page import Page

#: environments that are displayed mathematics without any delimiter around them; with True their rows need the \begin
ENVIRONMENTS = {
    **dict.fromkeys(("equation", "displaymath", "math", "dmath", "subequation"), False),
    **dict.fromkeys(
        ("align", "alignat", "flalign", "gather", "multline", "eqnarray", "xalignat", "dgroup", "darray"), True
    ),
}
#: in Markdown also these stand for themselves
INNER = frozenset(
    {"aligned", "alignedat", "gathered", "split", "cases", "array", "matrix", "pmatrix", "bmatrix", "vmatrix"}
)

_TOKEN = re.compile(r"\\\\[()\[\]]|\\(?:[A-Za-z]+|[^A-Za-z])|`+|\$|<!--", re.DOTALL)
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}")
_WORDS = re.compile(r"(?:(?<![\\\w{])[^\W\d_]{2,}[ ,\n]+){3}[^\W\d_]{2,}")
_TWO_WORDS = re.compile(r"(?<![\\\w])[^\W\d_]{2,}[ ,.;:]+[^\W\d_]{2,}")
_IN_TEXT = re.compile(r"\\(?:text\w*|mbox|hbox|mathrm|operatorname\*?)\s*\{[^{}]*\}")
_TEXT_GROUP = re.compile(r"\\(?:text\w*|mbox|hbox)\s*\{[^{}]*$")
_MATH = re.compile(r"[\\^_=<>+*/|∈≤≥≠∑∂√→]")
_LONGEST_GROUP, _MOST_GROUPS = 400, 20
_LONGEST_UNCLOSED = 300


@dataclass(frozen=True)
class Found:
    """A formula at offsets ``start`` to ``end``, delimiters included; ``latex`` is empty where nothing stands inside.

    The search goes on at ``resume`` behind a delimiter that is not closed.
    """

    start: int
    end: int
    latex: str
    display: bool
    resume: int = -1


class Search:
    """What can open and close a formula in ``page``, and where each formula ends."""

    def __init__(self, page: Page) -> None:
        self.page, self.text = page, page.clear
        self.tokens: list[tuple[int, str]] = []
        self.places: dict[str, list[int]] = defaultdict(list)  # delimiter -> offsets
        self.ends: dict[int, tuple[str, int]] = {}  # offset of \begin or \end -> environment, offset behind it
        for m in _TOKEN.finditer(self.text):
            start, word = m.start(), m[0]
            if len(word) == 3 and word.startswith("\\\\") and page.tex:  # \\[2pt] is the end of a line
                word = "\\\\"
            if word[0] == "\\" and word[1:].isalpha() and not (word := self._environment(start, word)):
                continue
            self.tokens.append((start, word))
            self.places[word].append(start)
            if word == "$" and self.text.startswith("$$", start):
                self.places["$$"].append(start)
            if word == "`" and self.text.startswith("`$", start):
                self.places["`$"].append(start)
        self.comment_ends = [m.start() for m in re.finditer("-->", self.text)] if not page.tex else []

    def _environment(self, start: int, word: str) -> str:
        r"""The token of \begin, \end or of a macro for one of them; empty for all other commands."""
        name, kind, end = "", word[1:], start + len(word)
        if word in ("\\begin", "\\end"):
            if m := _ENVIRONMENT.match(self.text, end):
                name, end = m[1], m.end()
        elif word[1:] in self.page.shortcuts:
            kind, name = self.page.shortcuts[word[1:]]
        if not name:
            return ""
        self.ends[start] = (name, end)
        return f"\\{kind}{{{name}}}"

    def next(self, token: str, offset: int) -> int:
        """The first offset of a token at or behind ``offset``; -1 where there is none."""
        places = self.places.get(token, [])
        i = bisect_left(places, offset)
        return places[i] if i < len(places) else -1

    def comment_end(self, offset: int) -> int:
        """The offset behind the comment that opens at ``offset``; -1 where it does not close."""
        i = bisect_left(self.comment_ends, offset + 4)
        return self.comment_ends[i] + 3 if i < len(self.comment_ends) else -1

    def formulas(self) -> list[Found]:
        """All formulas in order; comments with directives go to the page."""
        found: list[Found] = []
        at = 0
        for start, token in self.tokens:
            if start < at:
                continue
            if token == "<!--":
                end = self.comment_end(start)
                if end > 0:
                    self.page.comments.append((start, end, self.text[start + 4 : end - 3]))
                    at = end
            elif token[0] == "`":
                at = max(at, self._code_end(start, token))
            elif one := self.formula_at(start, token):
                found.append(one)
                at = one.end if one.resume < 0 else one.resume
        return found

    def formula_at(self, start: int, token: str) -> Found | None:
        """The formula that this token opens, if it opens one."""
        if token == "$":
            if self.text.startswith("$$", start):
                return self._display(start)
            if self.text.startswith("$`", start) and not self.page.tex:
                end = self.next("`$", start + 2)
                if 0 < end <= self.page.paragraph_end(start):
                    return self._found(start, start + 2, end, end + 2, False)
            return self._inline(start)
        if token in ("\\(", "\\\\("):
            return self._bracketed(start, token, token.replace("(", ")"), False)
        if token in ("\\[", "\\\\["):
            return self._bracketed(start, token, token.replace("[", "]"), True)
        if token.startswith("\\begin{"):
            return self._of_environment(start)
        return None

    # -- one method for each kind of delimiter ------------------------------------------------------------------------

    def _display(self, start: int) -> Found | None:
        end = self.next("$$", start + 2)
        if end < 0 or self._runs_over(start, end):
            return self._unclosed(start, "$$", True)
        return self._found(start, start + 2, end, end + 2, True)

    def _runs_over(self, start: int, end: int) -> bool:
        """Is what stands between two double dollars more than one formula: other paragraphs, or prose?"""
        inside = self.text[start + 2 : end]
        if "\n" not in inside:
            return False
        alone = not inside.split("\n", 1)[0].strip() and not inside.rsplit("\n", 1)[1].strip()
        if self.page.broken(start, end) and not alone:
            return True
        return is_prose(inside)

    def _bracketed(self, start: int, opener: str, closer: str, display: bool) -> Found | None:
        end, again = self.next(closer, start + len(opener)), self.next(opener, start + len(opener))
        limit = len(self.text) if display else self.page.paragraph_end(start)
        inside = self.text[start + len(opener) : min(end, limit)] if end >= 0 else ""
        closed = 0 <= end <= limit and not 0 <= again < end and not (self.page.broken(start, end) and is_prose(inside))
        if self.page.tex:
            return (
                self._found(start, start + len(opener), end, end + len(closer), display)
                if closed
                else (self._unclosed(start, opener, display))
            )
        rest = inside if closed else self._rest_of_line(start + len(opener))
        plain = not _MATH.search(rest) and (_TWO_WORDS.search(rest) or len(rest.strip()) > 1 and not closed)
        bare = display and closed and "\n" not in rest and not _MATH.search(rest)
        if (
            plain
            or bare
            or (len(opener) == 3 and not closed)
            or not closed
            and not re.search(r"\\[A-Za-z]|[\^_]", rest)
        ):
            return None  # an escaped bracket
        if closed:
            return self._found(start, start + len(opener), end, end + len(closer), display)
        return self._unclosed(start, opener, display)

    def _of_environment(self, start: int) -> Found | None:
        name, inside = self.ends[start]
        bare = name.rstrip("*")
        if bare not in ENVIRONMENTS and (self.page.tex or bare not in INNER):
            return None
        end, again = self.next(f"\\end{{{name}}}", inside), self.next(f"\\begin{{{name}}}", inside)
        if bare in INNER:
            end = self._matching(name, start)
        if end < 0 or bare not in INNER and 0 <= again < end:
            return self._unclosed(start, self.text[start:inside], bare != "math")
        behind = self.ends[end][1]
        if ENVIRONMENTS.get(bare, True):
            latex = f"\\begin{{{name}}}{self.text[inside:end]}\\end{{{name}}}"
            return Found(start, behind, latex if self.text[inside:end].strip() else "", True)
        return self._found(start, inside, end, behind, bare != "math")

    def _matching(self, name: str, start: int) -> int:
        """The \\end of an environment that may contain itself."""
        opened = self.next(f"\\begin{{{name}}}", start + 1)
        at, depth = start, 1
        for _ in range(100):
            end = self.next(f"\\end{{{name}}}", at + 1)
            opened = self.next(f"\\begin{{{name}}}", at + 1)
            if end < 0:
                return -1
            at, depth = (opened, depth + 1) if 0 <= opened < end else (end, depth - 1)
            if depth == 0:
                return end
        return -1

    def _inline(self, start: int) -> Found | None:
        limit = self.page.paragraph_end(start)
        end = self._closing_dollar(start, limit)
        if self.page.tex:
            return self._found(start, start + 1, end, end + 1, False) if end > 0 else self._unclosed(start, "$", False)
        inside = self.text[start + 1 : end] if end > 0 else ""
        if end > 0 and self._is_inline(start, end, inside):
            return self._found(start, start + 1, end, end + 1, False)
        rest = inside.split("\n", 1)[0] if end > 0 else self._rest_of_line(start + 1)
        if re.match(r"\\[A-Za-z]{2,}|[A-Za-z](?:[_^]| ?=)", rest) and not (start and self.text[start - 1].isdigit()):
            return self._unclosed(start, "$", False)
        return None  # money, or a shell's prompt

    def _closing_dollar(self, start: int, limit: int) -> int:
        r"""The next dollar sign of the paragraph that does not stand in a \text{...}."""
        first = end = self.next("$", start + 1)
        for _ in range(_MOST_GROUPS):
            if not 0 < end < limit:
                break
            group = self.text[max(start + 1, end - _LONGEST_GROUP) : end]
            if not _TEXT_GROUP.search(group):
                return end
            inner = self.next("$", end + 1)  # the other one of the pair in the group
            if not 0 < inner < min(limit, end + _LONGEST_GROUP):
                break
            end = self.next("$", inner + 1)
        return first if 0 < first < limit else -1

    def _is_inline(self, start: int, end: int, inside: str) -> bool:
        """Is this a formula, or text between two sums of money?"""
        text = self.text
        if not inside.strip():
            return bool(self.page.text[start + 1 : end].strip())  # nothing but definitions of macros
        if "`" in inside or text[end + 1 : end + 2].isdigit():
            return False
        after_digit = start > 0 and text[start - 1].isdigit()
        if after_digit and (inside[0] in " ,.;:)") and not _MATH.search(inside.split(" ")[-1] + inside[:2]):
            return False
        if re.match(r"[\d.,]+[kKmMbB]?\s", inside) and not _MATH.search(inside):
            return False
        if not inside[0].isspace() and not inside[-1].isspace():
            return not (is_prose(inside) and not re.search(r"\\[A-Za-z]", inside))
        words = _IN_TEXT.sub(" ", inside)
        if _TWO_WORDS.search(words):
            return False
        return bool(_MATH.search(inside)) or len(inside.split()) == 1

    def _code_end(self, start: int, ticks: str) -> int:
        end = self.next(ticks, start + 1)
        if self.page.tex or end < 0 or end > self.page.paragraph_end(start):
            return start
        return end + len(ticks)

    def _found(self, start: int, inside: int, end: int, behind: int, display: bool) -> Found:
        return Found(start, behind, self.text[inside:end].strip(), display)

    def _unclosed(self, start: int, opener: str, display: bool) -> Found:
        rest = self._rest_of_line(start + len(opener))
        return Found(start, start + len(opener) + len(rest), opener + rest.rstrip(), display, start + len(opener))

    def _rest_of_line(self, start: int) -> str:
        rest = self.text[start : start + _LONGEST_UNCLOSED]
        return rest.split("\n", 1)[0]


def is_prose(text: str) -> bool:
    """Four words in a row that are neither commands nor in a text command."""
    return bool(_WORDS.search(_IN_TEXT.sub(" ", text)))
