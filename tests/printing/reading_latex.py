"""Reads LaTeX index notation back; see tests/printing/reading.py."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from symnet.printing.names import index_symbol
from tests.printing.reading import FUNCTIONS, REDUCE, Reader, Value, after, raised_to, split


def label(mark: str) -> str:
    """A small letter that belongs to a name stands upright; a slanted one is an index."""
    return rf"\mathrm{{{mark}}}" if re.fullmatch("[a-z]", mark) else index_symbol(mark).latex()


class LatexReader(Reader):
    """LaTeX as symnet prints it."""

    RELATION = {r"\ge": ">=", r"\le": "<=", r"\ne": "!=", ">": ">", "<": "<", "=": "="}

    def look(self, symbol) -> str:
        return replace(symbol, marks=()).latex()

    def index_look(self, label: str) -> str:
        return index_symbol(label).latex()

    def relation(self) -> str:
        return self.RELATION[self.needs(*self.RELATION)]

    def product(self) -> Value:
        factors: list[Value] = []
        while (f := self.factor()) is not None:
            factors.append(f)
            self.takes(r"\cdot") or self.takes(r"\,")
        assert factors, f"nothing at {self.text[self.at :]!r} of {self.text!r}"
        return lambda at: math.prod(f(at) for f in factors)

    def factor(self) -> Value | None:
        atom = self.atom()
        return None if atom is None else self.raised(atom)

    def exponent(self) -> Value | None:
        if not self.text.startswith("^{", self.at):
            return None
        self.at += 1
        text = self.group()
        if match := re.fullmatch(r"(-?\d+)/(\d+)", text):
            return lambda at: int(match[1]) / int(match[2])
        return self.inner(text)

    def atom(self) -> Value | None:
        if self.sees(r"\frac"):
            self.takes(r"\frac")
            above, below = self.inner(self.group()), self.inner(self.group())
            return lambda at: above(at) / below(at)
        if self.takes(r"\sqrt"):
            inside = self.inner(self.group())
            return lambda at: math.sqrt(inside(at))
        if self.takes("e^"):
            exponent = self.inner(self.group())
            return lambda at: math.exp(exponent(at))
        if self.takes(r"\begin{cases}"):
            return self.cases()
        for word in sorted(REDUCE, key=len, reverse=True):
            if self.takes(rf"\{word}_", rf"\operatorname{{{word}}}_"):
                below = self.group()
                names, _, values = re.sub(r"=0$", r" \\in ", below).partition(r" \in ")
                last = self.group() if self.takes("^") else values.strip(r"\{}").split(", ")[-1]
                return self.reduction(word, names.split(","), int(last) if last else None)
        for word in sorted(FUNCTIONS, key=len, reverse=True):
            if self.matches(rf"(\\{word}|\\operatorname{{{word}}})(?=(\^{{\d+}})?(\\left)?\()"):
                power = self.exponent()
                close = {"(": ")", r"\left(": r"\right)"}[self.needs(r"\left(", "(")]
                return raised_to(self.call(word, close), power)
        if self.takes(r"\log "):
            argument = self.factor()
            return lambda at: math.log(argument(at))
        if not any(look == r"\delta" for look, *_ in self.table) and self.takes(r"\delta_"):
            a, b = self.positions(self.group())
            return lambda at: float(a(at) == b(at))
        if self.takes(r"\pi"):
            return lambda at: math.pi
        if self.takes(r"\infty"):
            return lambda at: math.inf
        if number := self.matches(r"\d+(\.\d+)?"):
            return lambda at: float(number)
        for open_, close in ((r"\left(", r"\right)"), ("(", ")"), (r"\left[", r"\right]"), ("[", "]"),
                             (r"\left|", r"\right|"), (r"\left\lfloor", r"\right\rfloor")):  # fmt: skip
            if self.takes(open_):
                if open_.endswith("["):
                    return self.sides(close)
                inside = self.sum()
                self.needs(close)
                return after({r"\left|": abs, r"\left\lfloor": math.floor}.get(open_), inside)
        return self.named()

    def named(self) -> Value | None:
        for look, symbol, array in self.table:
            start = self.at
            if not self.takes(look):
                continue
            inside = self.group() if self.text.startswith("_{", self.at) and self.takes("_") else ""
            marks = [label(m) for m in symbol.marks]
            parts = split(inside) if inside else []
            if parts[: len(marks)] == marks and bool(parts[len(marks) :]) == bool(array.ndim):
                rest = ",".join(parts[len(marks) :])
                return self.access(array, self.positions(rest) if rest else [])
            self.at = start
        return self.variable()

    def positions(self, text: str) -> list[Value]:
        parts = split(text)
        if len(parts) == 1 and re.fullmatch(r"([a-zA-Z]'*)+", text):
            parts = re.findall(r"[a-zA-Z]'*", text)
        return [self.inner(p) for p in parts]

    def cases(self) -> Value:
        a = self.sum()
        self.needs(", &")
        condition = self.conditions()
        self.needs(r"\\")
        b = self.sum()
        self.needs(", &")
        otherwise = self.conditions()
        self.needs(r"\end{cases}")

        def value(at: Mapping[str, int]) -> float:
            assert condition(at) != otherwise(at), f"the cases of {self.text!r} do not exclude each other"
            return a(at) if condition(at) else b(at)

        return value

    def group(self) -> str:
        """What stands in braces."""
        self.needs("{")
        start, depth = self.at, 1
        while depth:
            depth += (self.text[self.at] == "{") - (self.text[self.at] == "}")
            self.at += 1
        return self.text[start : self.at - 1]
