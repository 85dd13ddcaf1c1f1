"""Bytes to text: UTF-8, UTF-16 and UTF-32 with or without their marks, and the Windows code pages."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_WORD = re.compile(r"[^\W\d_]*[\u0400-\u04ff][^\W\d_]*")
_CYRILLIC_WORD = re.compile(r"[\u0400-\u04ff]+")


def decoded(data: bytes) -> str | None:
    """The text of ``data``, or None where it is not text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _text(data, encoding)
    head = data[:2000]
    if _is_high(head[1::2]) and not _is_high(head[::2]):
        return _text(data, "utf-16-le")
    if _is_high(head[::2]) and not _is_high(head[1::2]):
        return _text(data, "utf-16-be")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _of_code_page(data)
    return text if _is_text(text) else None


def _is_high(data: bytes) -> bool:
    """Are these the high bytes of characters in UTF-16, Latin or Cyrillic?"""
    return len(data) > 1 and data.count(0) + data.count(4) > 0.9 * len(data)


def _of_code_page(data: bytes) -> str | None:
    """Windows-1251 where the words in it come out Cyrillic from end to end, else Windows-1252."""
    text = _text(data, "cp1251")
    if text is not None:
        words = _WORD.findall(text)
        whole = [w for w in words if _CYRILLIC_WORD.fullmatch(w) and len(w) > 1]
        if 2 * len(whole) > len(words):
            return text
    return _text(data, "cp1252")


def _text(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if _is_text(text) else None


def _is_text(text: str) -> bool:
    """Less than one character in a thousand controls a device."""
    return 1000 * len(_CONTROL.findall(text)) <= len(text)
