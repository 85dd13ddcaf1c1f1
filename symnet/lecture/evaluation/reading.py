"""How a formula is read where its notation leaves that open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """Choices that the notation leaves open."""

    layout: str = "gradient"  # gradient: shaped like the variable; jacobian: rows are outputs; transposed: columns are
    log_base: float = 0  # 0 is natural
    sigma: bool = False  # an undefined sigma is the logistic function
    scalars: bool = False  # every name is a scalar
    elementwise: bool = False  # products of vectors side by side are elementwise
    lengths: bool = False  # the square of a vector or matrix is the sum of the squares of its entries
    by_rows: bool = False  # vec puts the rows of a matrix one behind the other, not the columns
    imaginary: bool = False  # a letter that may be a number is the imaginary unit
    held: bool = False  # a derivative of one step of a recurrence holds the steps before it fixed
    parts: frozenset[str] = frozenset()  # dv is what the loss itself gives to these v, without what reads them

    def describe(self) -> str:
        words = []
        if self.layout == "jacobian":
            words.append("numerator layout")
        if self.layout == "transposed":
            words.append("denominator layout")
        if self.log_base:
            words.append(f"log is of base {self.log_base:g}")
        if self.sigma:
            words.append("sigma is the logistic function")
        if self.scalars:
            words.append("every name is a scalar")
        if self.elementwise:
            words.append("products of vectors are elementwise")
        if self.lengths:
            words.append("the square of a vector is its squared length")
        if self.by_rows:
            words.append("vec stacks rows")
        if self.imaginary:
            words.append("i is the imaginary unit")
        if self.held:
            words.append("the step before is held fixed")
        words += [f"the gradient by {key} leaves out what comes through others" for key in sorted(self.parts)]
        return ", ".join(words)
