"""What is said of NumPy's and torch's ways to write things: how they are written here."""

import pytest

import symnet as sn
from symnet.errors import DefinitionError


def said(function) -> str:
    with pytest.raises(DefinitionError) as caught:
        _ = sn.op(function).graph
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (0, 'as in x["0 d"]'),
        ((slice(None), 0), 'as in x["n 0"]'),
        ((..., 0), 'as in x["n 0"]'),
        (slice(1, None), 'as in x["u+1 d"]'),
        (-1, 'sn.flip(x, "n")'),
    ],
)
def test_places_by_number(key, words):
    def f(x: "n d"):
        return x[key]

    assert words in said(f)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda x: sn.gelu(x), "from symnet.catalog.activations import gelu"),
        (lambda x: sn.sum(x, dim=1), 'write over="d"'),
        (lambda x: sn.softmax(x), 'write over="d"'),
        (lambda x: x / sn.sum(x, over="d", keepdims=True), "leave keepdims out"),
        (lambda x: sn.max(x, x), "sn.maximum(a, b)"),
        (lambda x: x * [1, 2], "make it a parameter"),
        (lambda x: {"y": x}, "as in `return y, z`"),
    ],
)
def test_functions_and_arguments(body, words):
    def f(x: "n d"):
        return body(x)

    assert words in said(f)


def test_annotations():
    def f(x: "n, d"):
        return x

    assert 'as in "n d"' in said(f)
    with pytest.raises(DefinitionError, match='as in sn.labels."n", below="c".'):
        sn.labels("n")
