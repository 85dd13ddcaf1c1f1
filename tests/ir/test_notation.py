"""What may stand in an annotation and between the quotes of a subscript."""

import pytest

import symnet as sn
from symnet.errors import DefinitionError
from symnet.ir.notation import Declared, axis_names, declared, one_hot, returned, words


def test_a_word_is_an_axis_name():
    (word,) = words("n")
    assert word.plain and word.terms == ((1, "n"),)


def test_an_affine_word_has_coefficients_and_an_offset():
    (word,) = words("2*h+r+1")
    assert {name: c for c, name in word.terms} == {"h": 2, "r": 1} and word.offset == 1


@pytest.mark.parametrize("bad", ["h**2", "h r*", "2h", "h+", "(h)", "h/2", "ü"])
def test_a_word_that_can_not_be_read_is_named(bad):
    with pytest.raises(DefinitionError, match="can not be read"):
        words(bad)


def test_axis_names_are_distinct():
    with pytest.raises(DefinitionError, match="'n' stands twice"):
        axis_names("n n")


@pytest.mark.parametrize(
    "annotation, expected",
    [
        ("n d", Declared("n d")),
        ("'n d'", Declared("n d")),  # postponed annotations arrive as source text
        ("", Declared("")),
        ("''", Declared("")),
        ("n", Declared("n")),
        ("sn.one_hot('n c')", one_hot("n c")),
        ("sn.labels('n', below='c')", Declared("n", "labels", below="c")),
        ("probability('n c', over='c')", Declared("n c", "probability", over="c")),
    ],
)
def test_annotations_are_read_from_text_too(annotation, expected):
    assert declared(annotation) == expected


@pytest.mark.parametrize("annotation", ["open('x')", "sn.one_hot(f())", "__import__('os')", 3, None])
def test_other_annotations_are_not_axes_and_never_run(annotation):
    assert declared(annotation) is None


def test_a_return_annotation_names_each_output():
    assert returned("n d") == ("n d",)
    assert returned(("n d", "d")) == ("n d", "d")
    assert returned("('n d', 'd')") == ("n d", "d")
    assert returned(None) is None


@pytest.mark.parametrize("declare", [lambda: sn.labels("n", below=3), lambda: sn.probability("n c", over=1)])
def test_what_declares_an_axis_names_it(declare):
    with pytest.raises(DefinitionError, match="is [13], the name of an axis is needed"):
        declare()


@pytest.mark.parametrize("declare", [sn.mask, sn.positive, sn.one_hot, lambda axes: sn.labels(axes, below="c")])
def test_axes_of_a_declaration_are_one_string(declare):
    with pytest.raises(DefinitionError, match='one string, "n d"'):
        declare(["n", "d"])


def test_what_sums_to_one_is_said():
    with pytest.raises(DefinitionError, match='as in sn.probability."n c", over="c".'):
        sn.probability("n c")


def test_a_declaration_that_is_not_called_is_shown_how():
    @sn.op
    def f(x: sn.positive):
        return x

    with pytest.raises(DefinitionError, match=r'positive of \'x\' is not axes; .* such as sn.positive\("n d"\)'):
        f.graph  # noqa: B018


def test_a_one_hot_input_has_its_one_along_the_last_axis_or_a_named_one():
    assert (one_hot("n c=3").over, one_hot("n c h", over="c").over) == ("c", "c")
    with pytest.raises(DefinitionError, match="along one axis"):
        one_hot("n c", over="n c")
