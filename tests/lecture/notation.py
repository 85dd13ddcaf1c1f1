"""Statements of a lecture written as Python expressions, so that a test of the proofs needs no reader.

x[i]  x_i          a * b  a b             a & b   a odot b       T(a)  a^T          d(L, x)  dL / dx
a ** b  a^b        bold_x  a bold x       hat_x   x with a hat   sum(i, body), sum(i, 1, n, body), sum(i, body, i != j)
"real(n, d)"  R^{n x d}, on the right of "in"                    f(x), f.prime(x), norm(x), cases(a, c, b)
"""

import ast
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.build import build
from symnet.lecture.context.record import Said
from symnet.lecture.reader.syntax import (
    Big,
    Call,
    Cases,
    Derivative,
    Expr,
    Label,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Space,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

RELATIONS = {ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in"}
BIGS = ("sum", "prod", "maximum", "minimum")


def statement(text: str) -> Statement:
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.Compare):
        return Statement((_expr(tree),))
    return Statement(tuple(map(_expr, (tree.left, *tree.comparators))), tuple(RELATIONS[type(o)] for o in tree.ops))


def claims(*texts: str) -> list[Claim]:
    """The links of the statements, each in the context of all; ``a == b, i != j`` has a condition behind the comma."""
    read = []
    for text in texts:
        first, *conditions = text.split("; ")
        read.append(replace(statement(first), conditions=tuple(map(statement, conditions))))
    context = build([Said(k + 1, s) for k, s in enumerate(read)])
    found = []
    for line in context.lines:
        s = line.statement
        for place, (left, right, relation) in enumerate(zip(s.terms, s.terms[1:], s.relations)):
            found.append(
                Claim(
                    line.line, 1, line.line, "", place, "equality", line.order, place, relation, left, right,
                    conditions=s.conditions, context=context,
                )
            )  # fmt: skip
    return found


def _expr(node: ast.AST) -> Expr:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return Space("R", tuple(_expr(a) for a in ast.parse(node.value, mode="eval").body.args))
        return Number(Fraction(str(node.value)), str(node.value))
    if isinstance(node, ast.Name):
        return _symbol(node.id)
    if isinstance(node, ast.Subscript):
        subs = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        target = _expr(node.value)
        if isinstance(target, Call):
            return replace(target, subs=tuple(map(_expr, subs)))
        if isinstance(node.slice, ast.List):
            return replace(target, labels=(Label("bracket", _expr(node.slice.elts[0])),))
        return replace(target, subs=tuple(map(_expr, subs)))
    if isinstance(node, ast.BinOp):
        return _operation(node)
    if isinstance(node, ast.UnaryOp):
        return Negate(_expr(node.operand))
    if isinstance(node, ast.Compare):
        return Statement(tuple(map(_expr, (node.left, *node.comparators))), tuple(RELATIONS[type(o)] for o in node.ops))
    if isinstance(node, ast.Tuple):
        return Tuple(tuple(map(_expr, node.elts)))
    assert isinstance(node, ast.Call), ast.dump(node)
    return _call(node)


def _symbol(name: str) -> Symbol:
    if name.startswith("bold_"):
        return replace(_symbol(name[5:]), font="bold")
    if name.startswith("hat_"):
        return replace(_symbol(name[4:]), marks=("hat",))
    return Symbol(name)


def _operation(node: ast.BinOp) -> Expr:
    left, right = _expr(node.left), _expr(node.right)
    match node.op:
        case ast.Add():
            return Plus((*(left.terms if isinstance(left, Plus) else (left,)), right))
        case ast.Sub():
            return Plus((*(left.terms if isinstance(left, Plus) else (left,)), Negate(right)))
        case ast.Mult():
            return Product(left, right)
        case ast.BitAnd():
            return Product(left, right, "odot")
        case ast.Div():
            return Quotient(left, right)
    return Power(left, right)


def _call(node: ast.Call) -> Expr:
    if isinstance(node.func, ast.Attribute):
        return Call(_expr(node.func.value), tuple(map(_expr, node.args)), primes=len(node.func.attr) // 5)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    args = tuple(map(_expr, node.args))
    if name in BIGS:
        conditions = tuple(a for a in args if isinstance(a, Statement))
        rest = tuple(a for a in args if not isinstance(a, Statement))
        op = {"maximum": "max", "minimum": "min"}.get(name, name)
        variable, body = rest[0], rest[-1]
        if len(rest) == 4:
            return Big(op, body, (variable,), rest[1], rest[2], None, conditions)
        return Big(op, body, (variable,), conditions=conditions)
    if name == "d":
        return Derivative(args[0], args[1:])
    if name == "nabla":
        return Nabla(args[0], args[1:])
    if name == "T":
        return Transpose(args[0])
    if name == "sqrt":
        return Root(args[0])
    if name == "norm":
        return Norm(*args)
    if name == "cases":
        return Cases(((args[0], args[1]), (args[2], None)))
    return Call(_expr(node.func), args)
