"""Reading an array under other index names: renamed and repeated axes, windows, gathers.

In ``x["n c 2*h+r w+s"]`` each word reads one axis.  An affine word has one *new* index, the axis's own name or else a
name not seen before; it runs over the largest range that stays inside.  A second unknown name has the stride as its
range.  Where none is new, the axis has just the size that they reach.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

import sympy as sp

from symnet.errors import DefinitionError
from symnet.ir.expr import Access, Index, Size, reindex
from symnet.ir.notation import Word, words

if TYPE_CHECKING:
    from symnet.ir.tensor import Tensor

#: a new index takes its range from where it is read first
FURTHEST_FIRST = (
    "give the position a new name, which then runs over the largest range that stays inside, and read first where it "
    'reaches furthest, as in later = x["s+1"] and then later - x["s"]'
)


def read(x: Tensor, key) -> Tensor:
    """``x[key]``; raises DefinitionError naming the word, the axis and both sizes."""
    from symnet.ir.tensor import Tensor

    definition = x.definition
    parts = key if isinstance(key, tuple) else (key,)
    subs: list[sp.Expr] = []
    axes: list[Index] = []

    def axis() -> Index:
        if len(subs) >= len(x.axes):
            raise DefinitionError(f'more subscripts than axes: the array has axes "{x.words}"')
        return x.axes[len(subs)]

    def add(index: Index) -> None:
        same = [i for i in axes if i.label == index.label]
        if same and same[0] != index:
            raise DefinitionError(
                f"axis '{index.label}' would have the sizes "
                f"{definition.words(same[0].size)} and {definition.words(index.size)}",
                hint=FURTHEST_FIRST,
            )
        if not same:
            axes.append(index)

    for part in parts:
        if isinstance(part, str):
            for word in words(part):
                own = axis()
                try:
                    sub, new = _word(definition, own, word)
                except DefinitionError as error:
                    message = f'{error.message} (reading an array with axes "{x.words}")'
                    raise DefinitionError(message, hint=error.hint) from None
                subs.append(sub)
                for index in new:
                    add(index)
        elif isinstance(part, Tensor) and part.static is None:
            subs.append(_gather(definition, axis(), part))
            for index in part.axes:
                add(index)
        elif (place := _place(part)) is not None:
            axis()
            if place < 0:
                end = f'sn.flip(x, "{x.axes[len(subs)].label}")'
                raise DefinitionError(
                    "negative positions are not read", hint=f"count from the front; {end} is the axis read from its end"
                )
            subs.append(sp.Integer(place))
        else:
            shown = {slice: "a slice", type(...): "..."}.get(type(part), repr(part))
            raise DefinitionError(f"{shown} is not a subscript", hint=_in_words(x, parts))
    if len(subs) < len(x.axes):
        raise DefinitionError(
            f'the array has axes "{x.words}", the subscript reads only {len(subs)} of them', hint=_in_words(x, parts)
        )
    _refuse_shifted(x, subs)
    if x.weight > 1 and not isinstance(x.expr, Access) and x.expr.has(Access):
        definition.name_reductions(x)
    expr = reindex(x.expr, dict(zip(x.axes, subs)))
    return Tensor(definition, expr, axes, firm=len(axes) == len(x.axes), weight=x.weight)


def _refuse_shifted(x: Tensor, subs: list[sp.Expr]) -> None:
    """``z[0, "n e"]`` of "n g=4 e" would read axis g as n, and the size of n would be 4 from there on."""
    sizes = {axis.label: axis.size for axis in x.axes}
    placed = {axis.label: sub for axis, sub in zip(x.axes, subs) if sub.is_Integer}
    for axis, sub in zip(x.axes, subs):
        if isinstance(sub, Index) and sub.label in placed:
            if sizes[sub.label].is_Integer != axis.size.is_Integer:
                place = str(placed[sub.label])
                labels = {i.label: i.label for i in x.axes}
                meant = " ".join((labels | {axis.label: place}).values())
                other = " ".join((labels | {sub.label: place, axis.label: "new"}).values())
                raise DefinitionError(
                    f"axis '{sub.label}' is read at {place} and axis '{axis.label}' as '{sub.label}', so that both "
                    f'would have one size (reading an array with axes "{x.words}")',
                    hint=f'x["{meant}"] reads axis \'{axis.label}\' at {place}, x["{other}"] reads axis '
                    f"'{sub.label}' there",
                )


def _place(part: object) -> int | None:
    """A position that is given as a number, Python's, NumPy's or a constant of the definition."""
    from symnet.ir.tensor import Tensor

    if isinstance(part, Tensor):
        return part.__index__()
    return int(part) if not isinstance(part, bool) and isinstance(part, numbers.Integral) else None


def _in_words(x: Tensor, parts: tuple) -> str:
    """How NumPy's ``x[:, 0]`` is written."""
    spare = max(len(x.axes) - sum(part is not ... for part in parts), 0)
    filled = [q for part in parts for q in ([slice(None)] * spare if part is ... else [part])]
    names = [i.label for i in x.axes]
    said = [str(q) if type(q) is int and q >= 0 else name for q, name in zip(filled, names)] + names[len(filled) :]
    if any(isinstance(q, slice) and q != slice(None) for q in filled):
        return (
            f'a part of an axis is read as in x["{" ".join(["u+1", *names[1:]])}"], where u is new: from the second on'
        )
    return f'name all axes in one string, as in x["{" ".join(said)}"]'


def _word(definition, axis: Index, word: Word) -> tuple[sp.Expr, list[Index]]:
    """The subscript that a word stands for and the indices in it."""
    if not word.terms:
        if word.offset < 0:
            raise DefinitionError(f"'{word.text}' reads before the first element of axis '{axis.label}'")
        return sp.Integer(word.offset), []
    if word.plain:
        index = _plain(definition, axis, word.terms[0][1])
        return index, [index]
    return _affine(definition, axis, word)


def _plain(definition, axis: Index, name: str) -> Index:
    if name == axis.label:
        return axis
    known = definition.indices.get(name)
    if known is None:
        if name in definition.nodes and definition.nodes[name].kind == "labels":
            raise DefinitionError(
                f"'{name}' is an array of labels, between quotes it would be a new axis",
                hint=f'to read at the labels write it without quotes, as in x["n", {name}]',
            )
        index = Index(name, axis.size)
        definition.indices[name] = index
        return index
    if known.size != axis.size:
        front = (axis.size - known.size).is_nonnegative
        own, other = definition.same_size(axis.size), definition.same_size(known.size)
        if own != other and (own - other).is_nonnegative and name in definition.whole:
            whole, part = definition.words(own), definition.words(other)
            number = f'sn.axis("{name}", {whole}) before a window is read gives it another range; '
            named = f'name it, as in sn.axis("front", {part})'
            longer = 'give it a new name where it is read furthest, as in later = x["u+1"] and then x["u"]'
            raise DefinitionError(
                f"axis '{axis.label}' has {whole} entries, '{name}' runs over {part}",
                hint=(number if own.is_Integer else "")
                + f"to read only the front part, {named if other.is_Integer else longer}",
            )
        if not front:
            definition.equate(known.size, axis.size, f"axis '{axis.label}' read as '{name}'")
    return known


def _affine(definition, axis: Index, word: Word) -> tuple[sp.Expr, list[Index]]:
    names = [name for _, name in word.terms]
    coefficient = {name: c for c, name in word.terms}
    unknown = [n for n in names if n not in definition.indices]
    position = axis.label if axis.label in names else None
    if position is None and unknown:
        position = max(unknown, key=lambda n: coefficient[n])
    if any(c < 0 for c in coefficient.values()) or word.offset < 0:
        raise DefinitionError(
            f"'{word.text}' runs before the first element of axis '{axis.label}'",
            hint='pad first, as in sn.pad(x, "t", 1), and read forward; sn.flip(x, "t") is the axis read backwards',
        )
    ranges: dict[str, Index] = {}
    for name in names:
        if name == position:
            continue
        if name in definition.indices:
            ranges[name] = definition.indices[name]
        elif position is not None and coefficient[position] > 1 and coefficient[name] == 1:
            ranges[name] = Index(name, sp.Integer(coefficient[position]))
            definition.indices[name] = ranges[name]
            definition.whole.add(name)
        else:
            raise DefinitionError(
                f"the range of '{name}' in '{word.text}' is not known",
                hint=f'give it by an input with that axis, or by sn.axis("{name}", 3)',
            )
    reach = word.offset + sum(coefficient[n] * (i.size - 1) for n, i in ranges.items())
    if position is None:
        slack = _least(sp.expand(axis.size - 1 - reach))
        if isinstance(axis.size, Size) and axis.size not in reach.free_symbols:
            definition.equate(axis.size, sp.expand(reach + 1), f"axis '{axis.label}' read at '{word.text}'")
        elif not slack.is_nonnegative:
            raise DefinitionError(
                f"'{word.text}' would leave axis '{axis.label}' of size {definition.words(axis.size)}",
                hint=FURTHEST_FIRST,
            )
    else:
        stride = coefficient[position]
        steps = axis.size - 1 - reach
        size = steps + 1 if stride == 1 else sp.floor(steps / stride) + 1
        ranges[position] = Index(position, sp.expand(size))
        if position != axis.label:
            definition.indices[position] = ranges[position]
    sub = sp.Add(word.offset, *(coefficient[n] * ranges[n] for n in names))
    return sub, [ranges[n] for n in names]


def _least(size: sp.Expr) -> sp.Expr:
    """An expression that is nowhere larger, without floors: whole - 1 + 1/q <= floor(whole) <= whole of q-ths."""
    while terms := [t for t in sp.Add.make_args(size) if isinstance(t.as_coeff_Mul()[1], sp.floor)]:
        factor, floor = terms[0].as_coeff_Mul()
        (whole,) = floor.args
        least = whole if factor < 0 else whole - 1 + 1 / sp.denom(sp.together(whole))
        size = sp.expand(size - terms[0] + factor * least)
    return size


def _gather(definition, axis: Index, labels: Tensor) -> sp.Expr:
    if not isinstance(labels.expr, Access) or labels.expr.node.kind != "labels":
        raise DefinitionError(
            f"axis '{axis.label}' is read at an array that does not hold labels",
            hint=f'declare it as sn.labels("n", below="{axis.label}")',
        )
    below = labels.expr.node.below
    if isinstance(below, Size) and below != axis.size:
        definition.equate(below, axis.size, f"labels '{labels.expr.node.name}' read axis '{axis.label}'")
    return labels.expr
