"""Reads the terminal's matrix notation back and computes it with NumPy.

    sum      term (+|- term)*       term     scalar · ... · elementwise product
    A ⊙ B    of products            product  side by side: a matrix product, or a scalar times an array
A vector is a column; the column of ones has one row and is repeated by NumPy's broadcasting.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

Array = np.ndarray


def _softmax(z: Array) -> Array:
    axis = 0 if z.shape[1] == 1 else 1
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _diag(a: Array) -> Array:
    return np.diag(a[:, 0]) if a.shape[1] == 1 else np.diag(a)[:, None]


FUNCTIONS = {
    "sum": np.sum, "rowsum": lambda a: np.sum(a, axis=1)[:, None], "colsum": lambda a: np.sum(a, axis=0)[:, None],
    "rowmax": lambda a: np.max(a, axis=1)[:, None], "colmax": lambda a: np.max(a, axis=0)[:, None],
    "softmax": _softmax, "diag": _diag, "exp": np.exp, "log": np.log, "tanh": np.tanh, "√": np.sqrt, "sign": np.sign,
    "σ": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.logaddexp(0, x), "max": np.maximum, "min": np.minimum,
    "abs": np.abs, "erf": np.vectorize(math.erf, otypes=[float]),
}  # fmt: skip
RELATIONS = {">": np.greater, "<": np.less, "≥": np.greater_equal, "≤": np.less_equal, "=": np.equal}


class MatrixReader:
    """Computes one formula; ``named`` holds scalars, columns and matrices by symbol."""

    def __init__(self, text: str, named: Mapping[str, Array]) -> None:
        self.text, self.at, self.bars = text, 0, 0
        self.named = {"𝟏": np.ones((1, 1)), **named}
        self.looks = sorted(self.named, key=lambda look: -len(look))

    def read(self) -> Array:
        value = self.sum()
        assert self.at == len(self.text), f"not read: {self.text[self.at :]!r} of {self.text!r}"
        return value

    def takes(self, *pieces: str) -> str:
        while self.text.startswith(" ", self.at):
            self.at += 1
        piece = next((p for p in pieces if self.text.startswith(p, self.at)), "")
        self.at += len(piece)
        return piece

    def needs(self, *pieces: str) -> str:
        piece = self.takes(*pieces)
        assert piece, f"wanted {pieces} at {self.text[self.at :]!r} of {self.text!r}"
        return piece

    def sum(self) -> Array:
        total = -self.term() if self.takes("-") else self.term()
        while sign := self.takes("+", "-"):
            total = total + self.term() if sign == "+" else total - self.term()
        return total

    def term(self) -> Array:
        value = self.elementwise()
        while self.takes("·"):
            assert np.ndim(value) == 0, f"{self.text!r}: a dot stands after a scalar only"
            value = value * self.elementwise()
        return value

    def elementwise(self) -> Array:
        value = self.product()
        while self.takes("⊙"):
            value = value * self.product()
        return value

    def product(self) -> Array:
        value = self.factor()
        assert value is not None, f"nothing at {self.text[self.at :]!r} of {self.text!r}"
        while (other := self.factor()) is not None:
            value = value * other if np.ndim(value) == 0 or np.ndim(other) == 0 else self.matmul(value, other)
        return value / self.factor() if self.takes("/") else value

    def matmul(self, a: Array, b: Array) -> Array:
        product = a @ b
        return product[0, 0] if product.shape == (1, 1) else product

    def factor(self) -> Array | None:
        value = self.atom()
        while value is not None:
            if self.text.startswith("ᵀ", self.at):
                self.at += 1
                value = np.transpose(value)
            elif match := re.compile(r"\^⊙(\d+|\((\d+)/(\d+)\))").match(self.text, self.at):
                self.at = match.end()
                value = value ** (int(match[2]) / int(match[3]) if match[2] else int(match[1]))
            elif self.text.startswith(("²", "³"), self.at):
                value = value ** {"²": 2, "³": 3}[self.text[self.at]]
                self.at += 1
            else:
                break
        return value

    def atom(self) -> Array | None:
        for word in sorted(FUNCTIONS, key=lambda w: -len(w)):
            if self.takes(f"{word}("):
                arguments = [self.sum()]
                while self.takes(","):
                    arguments.append(self.sum())
                self.needs(")")
                return FUNCTIONS[word](*arguments)
        if self.takes("√"):
            return np.sqrt(self.atom())
        if self.takes("("):
            value = self.sum()
            self.needs(")")
            return value
        if not self.bars and self.takes("|"):
            self.bars += 1
            value = np.abs(self.sum())
            self.needs("|")
            self.bars -= 1
            return value
        if self.takes("["):
            a = self.sum()
            sign = self.needs(*RELATIONS)
            value = RELATIONS[sign](a, self.sum()).astype(float)
            self.needs("]")
            return value
        for look in self.looks:
            if self.takes(look):
                return self.named[look]
        if self.takes("π"):
            return np.float64(np.pi)
        if match := re.compile(r"10\^(-?\d+)").match(self.text, self.at):
            self.at = match.end()
            return np.float64(f"1e{match[1]}")
        if match := re.compile(r"\d+(\.\d+)?(·10\^-?\d+)?").match(self.text, self.at):
            self.at = match.end()
            return np.float64(match[0].replace("·10^", "e"))
        return None
