"""The language of directives: what each statement becomes, where it may stand, and what is said of a wrong one."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnet.lecture.documents.directives import EXAMPLES, dimensions, noted, parse_directives, random_facts
from symnet.lecture.documents.documents import DirectiveError, read_document


def one(text: str):
    (directive,) = parse_directives(text, 1, "line 1")
    return directive.kind, directive.subject, directive.value


@pytest.mark.parametrize(
    "text, kind, subject, value",
    [
        ("shape W = n x d", "shape", "W", "n x d"),
        (r"shape \mathbf{W}^{[l]} = N_l \times N_{l-1}", "shape", r"\mathbf{W}^{[l]}", r"N_l \times N_{l-1}"),
        ("shape x_{i,1} = n", "shape", "x_{i,1}", "n"),
        (r"define \hat y = \sigma(z; w)", "define", r"\hat y", r"\sigma(z; w)"),
        ("define y := z", "define", "y", "z"),
        (r"assume \sum_j y_j = 1", "assume", "", r"\sum_j y_j = 1"),
        ("function f elementwise", "function", "f", "elementwise"),
        ("function f of vector returning scalar", "function", "f", "of vector returning scalar"),
        (r"known \sigma = sigmoid", "known", r"\sigma", "sigmoid"),
        ("layout numerator", "layout", "", "numerator"),
        ("log base 2", "log", "", "base 2"),
        ("log natural", "log", "", "natural"),
        ("superscript W = label", "superscript", "W", "label"),
        ("subscript x = index", "subscript", "x", "index"),
        ("random x mean 0 variance v independent", "random", "x", "mean 0 variance v independent"),
        ("skip", "skip", "", ""),
        ("skip [drawn by hand]", "skip", "", "drawn by hand"),
        ("reading matrix", "reading", "", "matrix"),
        ("expect needs-context", "expect", "", "needs-context"),
    ],
)
def test_statements(text, kind, subject, value):
    assert one(text) == (kind, subject, value)


def test_many_statements():
    text = "shape W = n x d; shape b = n # sizes\n\n# only a comment\nassume a \\; b = f(x; y)"
    found = parse_directives(text, 4, "line 4")
    assert [(d.kind, d.subject, d.value) for d in found] == [
        ("shape", "W", "n x d"), ("shape", "b", "n"), ("assume", "", "a \\; b = f(x; y)"),
    ]  # fmt: skip
    assert {(d.line, d.source) for d in found} == {(4, "line 4")}


@pytest.mark.parametrize(
    "text, message",
    [
        ("shap W = n", "'shap' is no directive; the directives are shape, define"),
        ("shape W", "'shape W' needs a name, an equals sign .*; write for example: shape W = n x d"),
        ("shape W = n x ", "leaves a size empty"),
        ("known f = 3", "names no known function; these are sigmoid, tanh"),
        ("function f", "does not say what the function takes"),
        ("function f of spam returning scalar", "does not say what the function takes"),
        ("layout fraction", "needs one of: numerator, denominator"),
        ("log base x", "names no base"),
        ("log base 1", "names no base"),
        ("superscript W = index", "needs one of: label, power"),
        ("random x", "does not say the mean"),
        ("random x mean variance 1", "leaves the mean or the variance empty"),
        ("expect true", "needs one of: proved, holds"),
        ("reading tensor", "needs one of: scalar, matrix"),
        ("__import__('os') = 1", "is no directive"),
    ],
)
def test_errors_name_the_place_and_what_to_write(text, message):
    with pytest.raises(DirectiveError, match=f"(?s)^line 7: .*{message}"):
        parse_directives(text, 7, "line 7")


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text):
    for kind in ("", "shape ", "random ", "define ", "log base "):
        try:
            parse_directives(kind + text, 1, "line 1")
        except DirectiveError as error:
            assert str(error).startswith("line 1: ")


@pytest.mark.parametrize(
    "value, sizes",
    [
        ("scalar", ()), ("n", ("n",)), ("n x d", ("n", "d")), (r"N_l \times N_{l-1}", ("N_l", "N_{l-1}")),
        ("(n, d)", ("n", "d")), ("(d,)", ("d",)),
        ("3 x x", ("3", "x")), ("3 × 4", ("3", "4")), ("x x y", ("x", "y")), ("max", ("max",)),
    ],
)  # fmt: skip
def test_dimensions(value, sizes):
    assert dimensions(value) == sizes


def test_random_facts():
    assert random_facts("mean 0 variance \\sigma^2 independent") == {
        "mean": "0", "variance": "\\sigma^2", "independent": "",
    }  # fmt: skip


def test_every_statement_of_the_page_on_directives():
    page = Path(__file__).parents[2] / "docs" / "lecture-directives.md"
    rows = re.findall(r"^\| `([a-z]+ [^`]*|skip)` \|", page.read_text(), re.MULTILINE)
    kinds = {d.kind for row in rows for d in parse_directives(row, 1, "page")}
    assert kinds == set(EXAMPLES)


# -- where they stand -------------------------------------------------------------------------------------------------


def write(folder, name: str, text: str, side: str = ""):
    path = folder / name
    path.write_text(text)
    if side:
        path.with_suffix(".symnet").write_text(side)
    return path


def test_order_of_the_places(tmp_path):
    front = "---\ntitle: T\nsymnet:\n  - shape W = n x d\n  - 'log base 2; layout numerator'\n---\n"
    text = f"{front}$a$ <!-- symnet: shape a = 1 -->\n\n<!-- symnet:\nshape b = 2\nshape c = 3 -->\n$b$\n"
    document = read_document(write(tmp_path, "lecture.md", text, "known f = relu\nline 9: known g = tanh # late\n"))
    assert [getattr(item, "latex", None) or (item.value, item.source) for item in document.items] == [
        ("n x d", "lecture.md:4"), ("base 2", "lecture.md:5"), ("numerator", "lecture.md:5"),
        ("relu", "lecture.symnet:1"),
        "a", ("1", "lecture.md:7"), ("tanh", "lecture.symnet:2"), ("2", "lecture.md:10"), ("3", "lecture.md:11"), "b",
    ]  # fmt: skip
    assert [f.line for f in document.formulas] == [7, 12]


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.md", "$a$ and $b$ <!-- symnet: expect refuted --> $c$"),
        ("a.md", "$a$\n\n<!-- symnet: expect refuted -->\n$$b$$\n\n$c$"),
        ("a.md", "$a$\n\n<!-- symnet: expect refuted -->\n\nprose\n\n$b$\n\n$c$"),
        ("a.tex", "$a$\n\\begin{equation}\nb % symnet: expect refuted\n\\end{equation}\n$c$"),
        ("a.tex", "$a$\n% symnet: expect refuted\n\\begin{equation}b\\end{equation}\n$c$"),
        ("a.tex", "$a$\n\\begin{equation}\nb\n\\end{equation} % symnet: expect refuted\n$c$"),
    ],
)
def test_a_directive_beside_a_formula(tmp_path, name, text):
    document = read_document(write(tmp_path, name, text))
    assert [(f.latex, noted(f, "expect")) for f in document.formulas] == [("a", None), ("b", "refuted"), ("c", None)]
    assert document.directives == ()


def test_several_notes(tmp_path):
    document = read_document(write(tmp_path, "a.md", "<!-- symnet: skip; reading matrix -->\n$a$"))
    (f,) = document.formulas
    assert [(d.kind, d.value, d.source) for d in f.beside] == [("skip", "", "a.md:1"), ("reading", "matrix", "a.md:1")]
    assert (noted(f, "skip"), noted(f, "reading"), noted(f, "expect")) == ("", "matrix", None)


def test_side_file_names_lines(tmp_path):
    side = "lines 1-3: skip\nline 5: expect proved # one\n"
    document = read_document(write(tmp_path, "a.txt", "$a$ $b$\n\n$c$\n\n$d$\n", side))
    assert [[d.kind for d in f.beside] for f in document.formulas] == [["skip"], ["skip"], ["skip"], ["expect"]]


@pytest.mark.parametrize(
    "side, message",
    [
        ("skip", r"a\.symnet:1: 'skip' is said of one formula.*line 12: skip"),
        ("\nline 4: skip", r"a\.symnet:2: no formula stands on line 4"),
        ("line x: skip", r"a\.symnet:1: .* names no line"),
        ("lines 3-1: skip", "run backwards"),
        ("shape", r"a\.symnet:1: 'shape' needs"),
    ],
)
def test_errors_of_side_files(tmp_path, side, message):
    with pytest.raises(DirectiveError, match=message):
        read_document(write(tmp_path, "a.md", "$a$", side))


@pytest.mark.parametrize(
    "text, message",
    [
        ("$a$\n\n<!-- symnet: skip -->\n", r"a\.md:3: 'skip' stands beside no formula"),
        ("---\nsymnet: skip\n---\n$a$", r"a\.md:2: 'skip' stands beside no formula"),
        ("---\nsymnet:\n  a: b\n---\n$a$", r"a\.md:2: the key symnet holds something else"),
        ('---\nsymnet: "shape \\hat y = n"\n---\n$a$', r"a\.md:2: the front matter is not YAML"),
        ("a\n<!-- symnet: shape -->", r"a\.md:2: 'shape' needs"),
    ],
)
def test_errors_of_documents(tmp_path, text, message):
    with pytest.raises(DirectiveError, match=message):
        read_document(write(tmp_path, "a.md", text))


def test_no_directive_in_code(tmp_path):
    text = "`<!-- symnet: nonsense -->`\n\n```\n<!-- symnet: nonsense -->\n```\n"
    assert read_document(write(tmp_path, "a.md", text)).items == ()
    text = "\\begin{verbatim}\n% symnet: nonsense\n\\end{verbatim} 5\\% symnet: none"
    assert read_document(write(tmp_path, "a.tex", text)).items == ()
