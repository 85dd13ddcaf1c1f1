"""How a formula is read where its notation leaves that open."""

from __future__ import annotations

from dataclasses import dataclass

#: what is said of a choice that is made
CHOICES = {
    "sigma": "sigma is the logistic function",
    "scalars": "every name is a scalar",
    "elementwise": "products of vectors are elementwise",
    "lengths": "the square of a vector is its squared length",
    "series": "exponentials and logarithms of matrices are not those of their entries",
    "bars": "the bars of a vector are its length",
    "by_rows": "vec stacks rows",
    "imaginary": "i is the imaginary unit",
    "constants": "e and pi are the numbers",
    "held": "the step before is held fixed",
}


@dataclass(frozen=True)
class Reading:
    """Choices that the notation leaves open."""

    layout: str = "gradient"  # gradient: shaped like the variable; jacobian: rows are outputs; transposed: columns are
    log_base: float = 0  # 0 is natural
    sigma: bool = False  # an undefined sigma is the logistic function
    scalars: bool = False  # every name is a scalar
    elementwise: bool = False  # products of vectors side by side are elementwise
    lengths: bool = False  # the square of a vector or matrix is the sum of the squares of its entries
    series: bool = False  # e^A and log A of a matrix are not those of its entries
    bars: bool = False  # |x| of a vector is its length, not the absolute values of its entries
    by_rows: bool = False  # vec puts the rows of a matrix one behind the other, not the columns
    imaginary: bool = False  # a letter that may be a number is the imaginary unit
    held: bool = False  # a derivative of one step of a recurrence holds the steps before it fixed
    constants: bool = False  # e and pi are the numbers, though the document has letters so called
    parts: frozenset[str] = frozenset()  # dv is what the loss itself gives to these v, without what reads them

    def describe(self) -> str:
        words = []
        if self.layout == "jacobian":
            words.append("numerator layout")
        if self.layout == "transposed":
            words.append("denominator layout")
        if self.log_base:
            words.append(f"log is of base {self.log_base:g}")
        words += [said for choice, said in CHOICES.items() if getattr(self, choice)]
        words += [f"the gradient by {key} leaves out what comes through others" for key in sorted(self.parts)]
        return ", ".join(words)
