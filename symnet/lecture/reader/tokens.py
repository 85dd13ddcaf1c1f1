"""LaTeX cut into tokens and grouped by its brackets and environments; nothing is decided about the meaning here."""

from __future__ import annotations

import re

from symnet.lecture.reader.characters import COMMANDS, FONTS, LOWERED, RAISED, SAME
from symnet.lecture.reader.token import Token, Unreadable
from symnet.lecture.reader.words import split_run

MAX_LENGTH = 20_000
MAX_TOKENS = 6_000
MAX_NESTING = 32
_TOKEN = re.compile(
    r"""(?P<space>\s+|(?<!\\)%[^\n]*|\\[,;:!>\ ]|~|\\(?=\n))
    |(?P<row>\\\\(?:\s*\[-?[\d.]+\s*[a-z]{2}\])?|\\cr(?![A-Za-z])|\\newline(?![A-Za-z]))
    |(?P<cmd>\\(?:[A-Za-z]+\*?|.))
    |(?P<number>\d{1,3}(?:(?:\{,\}|\\,)\d{3})+(?!\d)|(?:\d+(?:(?:\.|\{,\})\d+)?|(?<![\d}\])A-Za-z])\.\d+)(?:[eE]-\d+)?|\d+\.(?=\d|\s*[*\\]))
    |(?P<run>(?:[A-Za-z]|[А-Яа-яЁё])(?:[A-Za-zА-Яа-яЁё]|\\_(?=[A-Za-z]))*)
    |(?P<dots>\.\.\.|…)
    |(?P<sym>:=|=:|==|!=|<=>|<->|<-(?=\s*[A-Za-z(\\])|<=|>=|=>|->|<<|>>|//|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
_SPACES = frozenset(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag strut mathstrut thinspace "
    "medspace thickspace enspace negthinspace hfill noindent allowbreak break relax mathop mathbin mathrel mathord "
    "mathopen mathclose mathinner hline big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm "
    "Biggm middle normalsize small large Large footnotesize scriptsize tiny centering hskip / unicode{x20} "
    "qedhere square Box blacksquare".split()
)
#: commands whose argument is dropped
_DROPPED = frozenset(
    "tag tag* label eqref ref hspace hspace* vspace vspace* phantom hphantom vphantom cite nobreak color "
    "textcircled".split()
)
_TEXTS = {"text": "rm", "textrm": "rm", "mbox": "rm", "hbox": "rm", "textnormal": "rm", "textbf": "bold",
          "textit": "", "texttt": "tt", "textsf": "sf", "textsc": "rm", "intertext": "rm", "emph": ""}  # fmt: skip
_NAMES = {"operatorname": "rm", "operatorname*": "rm", "mathrm": "rm", "mathsf": "sf", "mathit": "", "mathtt": "tt",
          "DeclareMathOperator": "rm", "rm": "rm"}  # fmt: skip
_NAME = re.compile(r"\s*[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё0-9]*(?:(?:[\s\-_]|\\[_,;!: ]|~)+[A-Za-zА-Яа-яЁё0-9]+)*\s*")
_OPEN = {"(": ")", "[": "]", "\\{": "\\}", "\\langle": "\\rangle", "\\lVert": "\\rVert", "\\lvert": "\\rvert",
         "\\lfloor": "\\rfloor", "\\lceil": "\\rceil", "{": "}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack",
         "\\llbracket": "\\rrbracket"}  # fmt: skip
_CLOSE = frozenset(_OPEN.values())
#: delimiters of formulas; a formula begins with one only where it is not closed
CLOSERS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]", "\\\\(": "\\\\)", "\\\\[": "\\\\]"}
_SAME = {"\\lbrace": "\\{", "\\rbrace": "\\}", "\\lbrack": "[", "\\rbrack": "]", "\\lvert": "|", "\\rvert": "|",
         "\\vert": "|", "\\lVert": "\\|", "\\rVert": "\\|", "\\Vert": "\\|", "\\lparen": "(", "\\rparen": ")",
         "<": "\\langle",
         ">": "\\rangle", "||": "\\|", "\\llbracket": "[", "\\rrbracket": "]"}  # fmt: skip
_ENV_NAME = re.compile(r"\s*\{([A-Za-z]+\*?)\}")
_ENV_OPTIONS = re.compile(r"\s*(?:\[[a-z]*\])?\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_DELIMITER = re.compile(r"\s*(\\(?:[A-Za-z]+|.)|[^\s\\])", re.DOTALL)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def brace_end(latex: str, start: int) -> int:
    """The position behind the brace that closes the one at ``start``; -1 where none does."""
    depth = 0
    for m in _BRACE.finditer(latex, start):
        depth += {"{": 1, "}": -1}.get(m[0], 0)
        if depth == 0:
            return m.end()
    return -1


class _Cutter:
    """One pass over the formula; a stack of open groups instead of recursion."""

    def __init__(self, latex: str, offset: int = 0) -> None:
        self.latex, self.offset = latex.translate(SAME), offset
        self.done: list[list[Token]] = [[]]
        self.open: list[tuple[str, str, int, bool]] = []  # kind, bracket or environment, start, \left or environment
        self.count = 0

    def fail(self, reason: str, token: str, start: int, end: int, remedy: str = "") -> Unreadable:
        return Unreadable(reason, token, start + self.offset, end + self.offset, remedy)

    def unclosed(self, kind: str, text: str, start: int, sized: bool) -> Unreadable:
        end = min(start + len(text), len(self.latex))
        remedy = f"write {_closer(kind, text, sized)} where it ends"
        return self.fail("this bracket is never closed", text, start, end, remedy)

    def unmatched(self, reason: str, text: str, start: int, end: int, opener: str) -> Unreadable:
        """What closes something else than was opened last, or what was never opened."""
        if self.open:
            kind, opened, _, sized = self.open[-1]
            return self.fail(reason, text, start, end, f"write {_closer(kind, opened, sized)} before it")
        return self.fail(reason, text, start, end, f"strike it out, or write {opener} where it begins")

    def add(self, kind: str, text: str, start: int, end: int, **more) -> None:
        self.count += 1
        if self.count > MAX_TOKENS:
            raise self.fail(f"a formula of more than {MAX_TOKENS} tokens", "", 0, len(self.latex))
        self.done[-1].append(Token(kind, text, start + self.offset, end + self.offset, **more))

    def push(self, kind: str, text: str, start: int, sized: bool) -> None:
        if len(self.open) >= MAX_NESTING:
            raise self.fail(f"brackets are nested more than {MAX_NESTING} deep", text, start, start + 1)
        self.open.append((kind, text, start, sized))
        self.done.append([])

    def pop(self, close: str, end: int) -> None:
        kind, text, start, _ = self.open.pop()
        body = tuple(self.done.pop())
        self.add(kind, _SAME.get(text, text), start, end, body=body, close=_SAME.get(close, close))

    def cut(self) -> tuple[Token, ...]:
        latex, at = self.latex, 0
        while at < len(latex):
            m = _TOKEN.match(latex, at)
            if m is None:
                raise self.fail("this character is not understood", latex[at], at, at + 1)
            kind, text, at = m.lastgroup or "", m[0], m.end()
            if kind == "space":
                continue
            if kind == "sym" and text in COMMANDS:
                kind, text = "cmd", "\\" + COMMANDS[text]
            if kind == "cmd":
                at = self.command(text, m.start(), at)
            elif kind == "sym" and text in FONTS:
                self.letter(*FONTS[text], m.start(), at)
            elif kind == "sym" and (text in RAISED or text in LOWERED):
                at = self.script(RAISED if text in RAISED else LOWERED, m.start())
            elif kind == "sym":
                self.symbol(text, m.start(), at)
            elif kind == "run":
                self.run(text, m.start())
            elif kind == "dots":
                self.add("cmd", "dots", m.start(), at)
            elif kind == "number":
                self.add("number", _plain(text), m.start(), at)
            else:
                self.add(kind, text, m.start(), at)
        if self.open:
            raise self.unclosed(*self.open[-1])
        return tuple(self.done[0])

    def letter(self, font: str, letter: str, start: int, end: int) -> None:
        """A letter with a font: the x of \\mathbf{x} as one character."""
        kind = "cmd" if letter in COMMANDS else "letter" if letter.isalpha() else "number"
        if font:
            self.add("cmd", font, start, end)
            self.push("group", "{", start, False)
        self.add(kind, COMMANDS.get(letter, letter), start, end)
        if font:
            self.pop("}", end)

    def script(self, meant: dict[str, str], start: int) -> int:
        """Raised or lowered characters: a power or a subscript; the offset behind them."""
        end = start
        while end < len(self.latex) and self.latex[end] in meant:
            end += 1
        self.add("sym", "^" if meant is RAISED else "_", start, start + 1)
        self.push("group", "{", start, False)
        for part in re.finditer(r"\d+|.", "".join(meant[c] for c in self.latex[start:end])):
            kind = "number" if part[0].isdigit() else "letter" if part[0].isalpha() else "sym"
            self.add(kind, part[0], start + part.start(), start + part.end())
        self.pop("}", end)
        return end

    def run(self, text: str, start: int) -> None:
        if "\\_" in text:
            self.add("name", text.replace("\\_", "_"), start, start + len(text))
            return
        for kind, part in split_run(text):
            self.add(kind, part, start, start + len(part))
            start += len(part)

    def symbol(self, text: str, start: int, end: int) -> None:
        if text in "([{":
            self.push("group", text, start, False)
        elif text in ")]}":
            self.close(text, start, end)
        elif text == "&":
            self.add("amp", text, start, end)
        else:
            self.add("sym", text, start, end)

    def close(self, text: str, start: int, end: int) -> None:
        if not self.open:
            if text in ")]":  # 1) k = i: ...
                self.add("sym", text, start, end)
                return
            raise self.unmatched("this bracket was never opened", text, start, end, _opener(text))
        kind, opened, _, sized = self.open[-1]
        expected = _OPEN.get(opened)
        if kind == "group" and not sized and (text == expected or {text, opened} <= set("()[]") and text != "}"):
            self.pop(text, end)
            return
        if text == ")" and (kind == "env" or opened == "{" or sized):
            self.add("sym", text, start, end)
            return
        raise self.unmatched("brackets do not match", text, start, end, _opener(text))

    def command(self, text: str, start: int, end: int) -> int:
        latex, name = self.latex, text[1:]
        if name.endswith("*") and name not in ("operatorname*", "tag*", "hspace*", "vspace*"):
            name, end = name[:-1], end - 1
            text = "\\" + name
        if not name:
            raise self.fail("a backslash without a command", "\\", start, end)
        if name in ("quad", "qquad"):
            self.add("quad", text, start, end)
        elif name in _SPACES:
            return end
        elif name == "color":
            return max(end, brace_end(latex, end + len(latex[end:]) - len(latex[end:].lstrip())))
        elif name in _DROPPED:
            at = _skip(latex, end)
            stop = brace_end(latex, at) if latex[at : at + 1] == "{" else end
            if stop < 0:
                raise self.unclosed("group", "{", at, False)
            if name.startswith("hspace") and _wide(latex[at + 1 : stop - 1]):
                self.add("quad", text, start, stop)
            return stop
        elif name in _TEXTS or name in _NAMES:
            return self.text(name, start, end)
        elif name == "left":
            m = _DELIMITER.match(latex, end)
            if m is None:
                raise self.fail("\\left without a bracket", text, start, end)
            self.push("group", "" if m[1] == "." else m[1], start, True)
            return m.end()
        elif name == "right":
            m = _DELIMITER.match(latex, end)
            if m is None or not self.open or not (self.open[-1][0] == "group" and self.open[-1][3]):
                raise self.unmatched("\\right without \\left", text, start, end, "\\left")
            self.pop("" if m[1] == "." else m[1], m.end())
            return m.end()
        elif name in ("begin", "end"):
            return self.environment(name, start, end)
        elif text in _OPEN:
            self.push("group", text, start, False)
        elif text in _CLOSE:
            if not self.open or self.open[-1][0] != "group" or self.open[-1][3] or _OPEN.get(self.open[-1][1]) != text:
                if text == "\\rvert" or text == "\\rVert":
                    self.add("sym", "|" if text == "\\rvert" else "||", start, end)
                    return end
                raise self.unmatched("brackets do not match", text, start, end, _opener(text))
            self.pop(text, end)
        elif name in ("vert", "|", "Vert"):
            self.add("sym", "|" if name == "vert" else "||", start, end, font="norm")
        elif name in ("%", "$", "#", "_", "&"):
            self.add("sym", name, start, end)
        else:
            self.add("cmd", name, start, end)
        return end

    def environment(self, name: str, start: int, end: int) -> int:
        m = _ENV_NAME.match(self.latex, end)
        if m is None:
            raise self.fail(f"\\{name} without the name of an environment", f"\\{name}", start, end)
        env = m[1].rstrip("*")
        if name == "begin":
            self.push("env", env, start, True)
            if env in ("array", "alignedat", "alignat", "subarray", "tabular"):
                options = _ENV_OPTIONS.match(self.latex, m.end())
                return options.end() if options else m.end()
            options = re.compile(r"\s*\[[a-z]\]").match(self.latex, m.end())
            return options.end() if options else m.end()
        if not self.open or self.open[-1][0] != "env" or self.open[-1][1] != env:
            raise self.unmatched("environments do not match", m[1], start, m.end(), f"\\begin{{{m[1]}}}")
        self.pop("", m.end())
        return m.end()

    def text(self, name: str, start: int, end: int) -> int:
        at = _skip(self.latex, end)
        if self.latex[at : at + 1] != "{":
            if name == "rm" or self.latex[at : at + 1] in ("", "\\"):
                self.add("cmd", name, start, end)
                return end
            stop, inside, at = at + 1, self.latex[at], at - 1
        else:
            stop = brace_end(self.latex, at)
            if stop < 0:
                raise self.unclosed("group", "{", at, False)
            inside = self.latex[at + 1 : stop - 1]
        if name in _TEXTS:
            self.words(inside, start, stop, at + 1, _TEXTS[name])
        elif _NAME.fullmatch(inside):
            text = re.sub(r"\\_", "_", inside.strip())
            text = re.sub(r"(?:\\[,;!: ]|~|\s)+", " " if name != "operatorname*" else "", text)
            self.add("name", text, start, stop, font=_NAMES[name], operator=name.startswith("operatorname"))
        else:
            self.add("cmd", name, start, end)
            return end
        return stop

    def words(self, inside: str, start: int, stop: int, at: int, font: str) -> None:
        r"""\text{...}; mathematics between $ in it is cut as such."""
        parts = inside.split("$")
        if len(parts) == 1 or len(parts) % 2 == 0:
            self.add("text", inside, start, stop, font=font)
            return
        for k, part in enumerate(parts):
            if k % 2 == 0:
                if part.strip():
                    self.add("text", part, at + _indent(part), at + len(part.rstrip()), font=font)
            else:
                self.done[-1].extend(_Cutter(part, self.offset + at).cut())
            at += len(part) + 1


_WIDTH = re.compile(r"\s*(\d*\.?\d+)\s*(em|in|cm|mm|pt|ex|pc)\s*")
_IN_EM = {"em": 1.0, "in": 7.2, "cm": 2.85, "mm": 0.285, "pt": 0.1, "ex": 0.43, "pc": 1.2}


def _wide(width: str) -> bool:
    """Is this space as wide as a \\quad?"""
    m = _WIDTH.fullmatch(width)
    return m is not None and float(m[1]) * _IN_EM[m[2]] >= 0.9


def _indent(part: str) -> int:
    return len(part) - len(part.lstrip())


def _closer(kind: str, text: str, sized: bool) -> str:
    if kind == "env":
        return f"\\end{{{text}}}"
    return f"\\right{_OPEN.get(text, text) or '.'}" if sized else _OPEN.get(text, text)


def _opener(close: str) -> str:
    return next(opener for opener, closer in _OPEN.items() if closer == close)


def _skip(latex: str, at: int) -> int:
    while at < len(latex) and latex[at].isspace():
        at += 1
    return at


def _plain(number: str) -> str:
    """The number as Python writes it: ``0{,}9`` is 0.9, ``10{,}000`` is 10000."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:(?:\{,\}|\\,)\d{3})+", number):
        return re.sub(r"\{,\}|\\,", "", number)
    return number.replace("{,}", ".").replace("\\,", "")


def tokens_of(latex: str) -> tuple[Token, ...]:
    """The tokens of a formula; raises ``Unreadable``."""
    if len(latex) > MAX_LENGTH:
        raise Unreadable(f"a formula of more than {MAX_LENGTH} characters", latex[:20], 0, len(latex))
    if opener := next((opener for opener in CLOSERS if latex.startswith(opener)), ""):
        remedy = f"write {CLOSERS[opener]} where it ends"
        raise Unreadable("this formula is never closed", opener, 0, len(opener), remedy)
    return _Cutter(latex).cut()
