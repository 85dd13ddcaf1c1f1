"""A token of LaTeX, and why a formula is not cut into tokens."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """A piece of LaTeX was not understood; ``start`` and ``end`` say where it stands.

    Where one of a pair is missing, ``remedy`` is what to write.
    """

    def __init__(self, reason: str, token: str, start: int, end: int, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason, self.token, self.start, self.end, self.remedy = reason, token, start, end, remedy


@dataclass(frozen=True, slots=True)
class Token:
    r"""A token or a group.

    ``kind`` is number, letter, name (a word), diff (``dw``), text, cmd (``text`` without the backslash), sym (any other
    character, relations such as ``:=``), group (``text`` the opening bracket, ``close`` the closing one), env (``text``
    its name, ``body`` its cells with amp and row tokens), quad, row, amp.  A name may be that of an ``operator``.
    """

    kind: str
    text: str
    start: int
    end: int
    body: tuple[Token, ...] = ()
    close: str = ""
    font: str = ""
    operator: bool = False

    def is_sym(self, *texts: str) -> bool:
        return self.kind == "sym" and self.text in texts

    def is_cmd(self, *texts: str) -> bool:
        return self.kind == "cmd" and self.text in texts

    def is_group(self, *opens: str) -> bool:
        return self.kind == "group" and (not opens or self.text in opens)

    def shown(self) -> str:
        return f"\\{self.text}" if self.kind == "cmd" else self.text
