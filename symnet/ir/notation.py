"""The notation of axes: ``"n d"``, ``"n c 2*h+r w+s"`` and what an annotation may say.

A pattern is words; a word is an axis name or an affine expression ``a*i + b*r + c`` of axis names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symnet.errors import DefinitionError

AXIS = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
TERM = re.compile(r"([+-]?)(?:(\d+)\*)?([A-Za-z][A-Za-z0-9_]*)|([+-]?)(\d+)")


@dataclass(frozen=True)
class Word:
    """``sum of coefficient * name + offset``; a plain axis name is one term with coefficient 1."""

    text: str
    terms: tuple[tuple[int, str], ...]
    offset: int = 0

    @property
    def plain(self) -> bool:
        return self.offset == 0 and len(self.terms) == 1 and self.terms[0][0] == 1


def words(pattern: str) -> tuple[Word, ...]:
    """The words of a pattern; raises DefinitionError naming the word that can not be read."""
    return tuple(_word(text, pattern) for text in pattern.split())


def _word(text: str, pattern: str) -> Word:
    terms: dict[str, int] = {}
    offset, position = 0, 0
    while position < len(text):
        match = TERM.match(text, position)
        if not match or (position > 0 and text[position] not in "+-"):
            raise DefinitionError(
                f"'{text}' in the axes \"{pattern}\" can not be read",
                hint='write axis names with spaces between, or an affine word such as "2*h+r"',
            )
        sign, factor, name, number_sign, number = match.groups()
        if name:
            terms[name] = terms.get(name, 0) + int(factor or 1) * (-1 if sign == "-" else 1)
        else:
            offset += int(number) * (-1 if number_sign == "-" else 1)
        position = match.end()
    return Word(text, tuple((c, n) for n, c in terms.items() if c), offset)


def axis_names(pattern: str, *, what: str = "annotation") -> tuple[str, ...]:
    """The names of a pattern of plain, distinct axes."""
    names = tuple(pattern.split())
    for name in names:
        if not AXIS.match(name):
            raise DefinitionError(
                f"'{name}' in the {what} \"{pattern}\" is not an axis name",
                hint='names of letters and digits with spaces between them, as in "n d"',
            )
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise DefinitionError(
            f"axis '{twice}' stands twice in the {what} \"{pattern}\"",
            hint=f'give the second axis a name of its own and read it as x["{twice} {twice}"]',
        )
    return names


def sized_axes(pattern: str, *, what: str = "annotation") -> tuple[tuple[str, int | None], ...]:
    """The axes of an input, each with its size where the pattern gives one: ``"o c r=3"``."""
    parts = [word.partition("=") for word in pattern.split()]
    for name, equals, size in parts:
        if equals and not (size.isdecimal() and int(size) > 0):
            raise DefinitionError(f"'{name}={size}' in the {what} \"{pattern}\" gives no size", hint="write r=3")
    names = axis_names(" ".join(name for name, _, _ in parts), what=what)
    return tuple((name, int(size) if size else None) for name, (_, _, size) in zip(names, parts))


@dataclass(frozen=True)
class Declared:
    """What an annotation declares of an input: its axes and its meaning."""

    axes: str
    kind: str = "real"
    over: str = ""
    below: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.axes, str):
            raise DefinitionError(f"{self.axes!r} does not name axes", hint='write their names in one string, "n d"')
        for what in ("over", "below"):
            if not isinstance(name := getattr(self, what), str):
                hint = f'name an axis, as in {what}="c"; an array with that axis may fix its size: "n c=3"'
                raise DefinitionError(f"{what} is {name!r}, the name of an axis is needed", hint=hint)


def one_hot(axes: str, over: str = "") -> Declared:
    """An input of one-hot rows, ``sn.one_hot("n c")``: entries 0 or 1, a single 1 along the last axis; no gradient.

    Another axis is named, as in ``sn.one_hot("n c h w", over="c")``.
    """
    if isinstance(over, str) and len(over.split()) > 1:
        raise DefinitionError(f"a one-hot input has its 1 along one axis, not over '{over}'", hint="name one axis")
    last = (str(axes).split() or [""])[-1].partition("=")[0]
    return Declared(axes, "one_hot", over=over or last)


def labels(axes: str, below: str = "") -> Declared:
    """An input of integers from 0 on, below the size of an axis: ``sn.labels("n", below="c")``; no gradient.

    A generated module refuses labels that are out of range.
    """
    if not below:
        hint = f'name the axis that they are places of, as in sn.labels("{axes}", below="c")'
        raise DefinitionError(f'sn.labels("{axes}") does not say where the labels end', hint=hint)
    return Declared(axes, "labels", below=below)


def mask(axes: str) -> Declared:
    """An input of entries 0 or 1, such as ``sn.mask("t s")``; no gradient."""
    return Declared(axes, "mask")


def probability(axes: str, over: str = "") -> Declared:
    """An input of non-negative entries that sum to 1: ``sn.probability("n c", over="c")``."""
    if not over:
        hint = f'name the axes, as in sn.probability("{axes}", over="{(str(axes).split() or ["c"])[-1]}")'
        raise DefinitionError(f'sn.probability("{axes}") does not say over which axes the entries sum to 1', hint=hint)
    return Declared(axes, "probability", over=over)


def positive(axes: str) -> Declared:
    """An input of entries greater than 0, such as the variances ``sn.positive("d")``."""
    return Declared(axes, "positive")


#: what an annotation may say of a constant
NUMBERS = {"float": float, "int": int, "bool": bool, "str": str}
DECLARATIONS: dict[str, Callable[..., Declared]] = {
    f.__name__: f for f in (one_hot, labels, mask, probability, positive)
}


def postponed(annotation: object, scope: Mapping[str, object]) -> object:
    """What a postponed annotation stands for: a name is looked up in ``scope``, any other text is as it was written.

    Raises DefinitionError for a name that is not there: taken as text it would be the name of an axis.
    """
    tree = ast.parse(annotation, mode="eval").body if isinstance(annotation, str) else None
    if not isinstance(tree, ast.Name):
        return annotation
    if tree.id in NUMBERS and tree.id not in scope:
        return NUMBERS[tree.id]
    if tree.id not in scope:
        hint = f'write the axes themselves, or define {tree.id} = "n d" at the top of the file'
        raise DefinitionError(f"the annotation {tree.id} gives no axes", hint=hint)
    return scope[tree.id]


def declared(annotation: object) -> Declared | None:
    """What an annotation says; None where it is not in the notation.

    Postponed annotations (``from __future__ import annotations``) arrive as source text: a string literal or a call of
    one of the declarations with literal arguments.  That text is read from its syntax tree, never evaluated.
    """
    if isinstance(annotation, Declared):
        return annotation
    if not isinstance(annotation, str):
        return None
    try:
        tree = ast.parse(annotation.strip() or "''", mode="eval").body
    except SyntaxError:
        return Declared(annotation)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return Declared(tree.value)
    if isinstance(tree, ast.Call):
        name = tree.func.attr if isinstance(tree.func, ast.Attribute) else getattr(tree.func, "id", "")
        values = [a.value for a in tree.args if isinstance(a, ast.Constant)]
        named = {k.arg: k.value.value for k in tree.keywords if k.arg and isinstance(k.value, ast.Constant)}
        if name in DECLARATIONS and len(values) == len(tree.args) and len(named) == len(tree.keywords):
            return DECLARATIONS[name](*values, **named)
        return None
    return Declared(annotation)


def returned(annotation: object) -> tuple[str, ...] | None:
    """The axes a return annotation fixes, one pattern per output; None where there is none."""
    if annotation is None:
        return None
    if isinstance(annotation, tuple) and all(isinstance(a, str) for a in annotation):
        return annotation
    if isinstance(annotation, str):
        try:
            tree = ast.parse(annotation.strip() or "''", mode="eval").body
        except SyntaxError:
            return (annotation,)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return (tree.value,)
        if isinstance(tree, ast.Tuple):
            values = [e.value for e in tree.elts if isinstance(e, ast.Constant)]
            if len(values) == len(tree.elts):
                return tuple(map(str, values))
        return (annotation,)
    raise DefinitionError(f"the return annotation {annotation!r} is not axes", hint='write -> "n d" or -> ("n d", "d")')
