"""LaTeX of a tree: readable, with as few brackets as the reader needs; ``read_formula(latex_of(e))`` is ``e`` again.

Where the tree has no ``Paren`` but the notation needs one, brackets are added: they are read back as a ``Paren``.
"""

from __future__ import annotations

from symnet.lecture.latex import names, operators, terms, values
from symnet.lecture.latex.levels import Printers
from symnet.lecture.reader.syntax import Expr


def latex_of(expr: Expr) -> str:
    """The LaTeX of a tree, of a ``Statement`` or of a resolved tree with ``Ref``."""
    printer = PRINTERS.get(type(expr))
    if printer is not None:
        return printer(latex_of, expr)
    key = getattr(expr, "key", None)
    if key is None:
        raise TypeError(f"no LaTeX for {type(expr).__name__}")
    return names.reference(latex_of, key, expr.indices)  # type: ignore[attr-defined]


PRINTERS: Printers = {**names.PRINTERS, **terms.PRINTERS, **operators.PRINTERS, **values.PRINTERS}
