"""A loop over steps as one operation: it makes the arrays of all its nodes, and nothing of it can be blocked.

Its steps wait for each other and their arrays are small, so they are printed as they are read: what they take is their
products of matrices.  (To compute the products of the inputs for all steps at once made a GRU of 50 steps of 64 x 256
slower, by the memory that they need.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symnet.codegen.arrays import Array, Assign, Einsum, Loop, Ref, Statement, ordered, statements_in
from symnet.codegen.fast.contraction import matrices
from symnet.codegen.fast.instructions import Instruction, with_children


def steps(statements: Sequence[Statement]) -> Instruction:
    """The instruction of a loop over steps."""
    plain = tuple(_in_matrices(s) for s in statements)
    assigned = [s for s in statements_in(plain) if isinstance(s, Assign)]
    made = {s.target: Ref(s.value.layout, s.value.kind, s.target) for s in assigned}
    first, *others = made.values()
    return Instruction(first, assigned[0].value, plain, also=tuple(others))


def _in_matrices(statement: Statement) -> Statement:
    """The statement with contractions as matrix products."""
    if isinstance(statement, Loop):
        return replace(statement, body=tuple(map(_in_matrices, statement.body)))
    return replace(statement, value=_products(statement.value))


def _products(array: Array) -> Array:
    found = with_children(array, map(_products, array.children)) if array.children else array
    gemm = matrices(found) if isinstance(found, Einsum) else None
    return found if gemm is None else ordered(gemm, found.layout)
