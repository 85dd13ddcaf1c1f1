"""Where formulas and listings are found, what counts as one, and which files are refused."""

import json
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.errors import SymnetError
from symnet.lecture.documents.documents import DocumentError, documents_in, read_document

TICKS = "```"


@pytest.fixture
def read(tmp_path):
    """Write a text to a file and read it as a document."""

    def write_and_read(text: str, name: str = "lecture.md", encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_bytes(textwrap.dedent(text).encode(encoding))
        return read_document(path)

    return write_and_read


def latex(document) -> list[str]:
    return [f.latex for f in document.formulas]


def assert_placed(document, text: str) -> None:
    """Every formula stands where it says: its opening delimiter is there."""
    lines = text.split("\n")
    for f in document.formulas:
        assert lines[f.line - 1][f.column - 1 :].startswith(("$", "\\(", "\\[", "\\\\(", "\\\\[", "\\begin", "```"))
        assert f.line <= f.end_line <= len(lines)


# -- delimiters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.tex"])
def test_every_delimiter(read, name):
    text = "Let $a = 1$ and \\(b = 2\\).\n\n$$c = 3$$\n\n\\[\nd = 4\n\\]\n\n\\begin{equation*}e = 5\\end{equation*}\n"
    document = read(text, name)
    assert latex(document) == ["a = 1", "b = 2", "c = 3", "d = 4", "e = 5"]
    assert [f.display for f in document.formulas] == [False, False, True, True, True]
    assert [(f.line, f.column, f.end_line) for f in document.formulas] == [
        (1, 5, 1), (1, 17, 1), (3, 1, 3), (5, 1, 7), (9, 1, 9),
    ]  # fmt: skip


@pytest.mark.parametrize("environment", ["align", "align*", "gather", "multline", "eqnarray", "flalign*"])
def test_environments_with_rows_keep_their_begin(read, environment):
    body = f"\\begin{{{environment}}} a &= b \\\\ c &= d \\end{{{environment}}}"
    for name in ("a.md", "a.tex"):
        assert latex(read(f"Then\n{body}\nholds.", name)) == [body]


def test_delimiters_of_other_flavours(read):
    assert latex(read("GitHub $`a_1`$, doubled \\\\(b^2\\\\) and\n\n\\\\[c = d\\\\]\n")) == ["a_1", "b^2", "c = d"]
    document = read(f"{TICKS}math\ne = f\n{TICKS}\n\n{TICKS}{{math}}\n:label: eq\ng = h\n{TICKS}\n")
    assert latex(document) == ["e = f", "g = h"]
    assert [(f.line, f.end_line) for f in document.formulas] == [(1, 3), (5, 8)]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "From $5 to $10, or 5$ and 10$ more.",
        "Prices of $1,000 or $2k; a \\$ sign, \\$x\\$.",
        "US$ 5 is not much, US$ 6 is.",
        "Run `echo $HOME` and ``a ` $x$``.",
        f"{TICKS}bash\necho $HOME $PATH\n{TICKS}",
        "Text\n\n    indented $code = 1$",
        "An escaped \\[bracket\\] and \\(another one\\), \\[1\\](link)",
        "<!-- $hidden = 1$ -->",
        "<code>$x = 1$</code>",
        "$$\n$$",
    ],
)
def test_what_is_no_formula(read, text):
    assert latex(read(text)) == []


def test_money_beside_formulas(read):
    assert latex(read("Pay $5 and use $x = 1$, or 7$ with $y$.")) == ["x = 1", "y"]


def test_spaces_inside_of_dollars(read):
    assert latex(read("Take $ \\alpha $, $ n = 1 $ and $ x $ here.")) == ["\\alpha", "n = 1", "x"]


def test_inline_formula_over_two_lines_but_not_over_paragraphs(read):
    assert latex(read("so $a +\nb$ is")) == ["a +\nb"]
    assert latex(read("so a $5\n\nb$ is")) == []


def test_dollars_within_text(read):
    assert latex(read("if $a \\text{ for $b$ and $c$} d$ then $e$")) == ["a \\text{ for $b$ and $c$} d", "e"]
    assert latex(read("$$a \\text{ if $b > 0$}$$")) == ["a \\text{ if $b > 0$}"]


def test_display_with_blank_lines(read):
    assert latex(read("$$\n\na = b\n\n$$\n\n$c$")) == ["a = b", "c"]


def test_display_within_text_and_with_a_number_behind_it(read):
    document = read("the size\n$$W = n, (2)$$\n (3)\n\nNext $x$")
    assert [(f.line, f.latex, f.before, f.after) for f in document.formulas] == [
        (2, "W = n, (2)", "the size", ""), (5, "x", "Next", ""),
    ]  # fmt: skip


def test_lines_of_a_formula_are_no_blocks(read):
    text = "$$\na\n- b\n# c\n```\n> d\n$$\n\n```python\nx = 1\n```\n"
    document = read(text)
    assert latex(document) == ["a\n- b\n# c\n```\n> d"]
    assert [listing.code for listing in document.listings] == ["x = 1"]


def test_lists_tables_and_quotations(read):
    text = "- $a$\n  1. $b$\n\n| $c$ | $\\|d\\|$ |\n|---|---|\n\n> $$\n> e = f\n> $$\n\n## On $g$\n"
    document = read(text)
    assert [" ".join(x.split()) for x in latex(document)] == ["a", "b", "c", "\\|d\\|", "e = f", "g"]
    assert_placed(document, text)


# -- what is not closed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opener", ["$$", "\\[", "\\(", "\\begin{align}", "$"])
@pytest.mark.parametrize("name", ["a.md", "a.tex"])
def test_an_unclosed_delimiter_costs_its_line(read, opener, name):
    document = read(f"First $x$.\n\n{opener}\\alpha = 1\n\nThen $y = 2$ and\n\n$$z = 3$$\n", name)
    assert latex(document) == ["x", f"{opener}\\alpha = 1", "y = 2", "z = 3"]


def test_unclosed_display_before_prose_and_another_display(read):
    document = read("$$a = 1\nthis is what we have shown\n$$b = 2$$\n\n$c$")
    assert latex(document)[1:] == ["b = 2", "c"]
    assert latex(document)[0].startswith("$$a")


# -- prose ------------------------------------------------------------------------------------------------------------


def test_prose_around(read):
    document = read("# Title\n\nOther.\n\nLet $a$ be **one** and $b$ two <!-- hidden -->.\n\n- item $c$\n- $d$ last\n")
    a, b, c, d = document.formulas
    assert (a.before, a.after) == ("Let", "be **one** and $b$ two .")
    assert b.before == "Let $a$ be **one** and"
    assert (c.before, c.after, d.before, d.after) == ("- item", "", "-", "last")


def test_a_displayed_formula_belongs_to_the_sentence_around_it(read):
    f = read("The first layer is:\n\n$$z = W x$$\n\nwhere $W$ is n x d.\n\nNew.").formulas[0]
    assert (f.before, f.after) == ("The first layer is:", "where $W$ is n x d.")
    f = read("The first layer is:\n\n\n<!-- note -->\n\n$$z = W x$$\n\n\n\nwhere $W$ is n x d.\n\nNew.").formulas[0]
    assert (f.before, f.after) == ("The first layer is:", "where $W$ is n x d.")
    f = read("All is said.\n\n$$z = W x$$\n\nNew.").formulas[0]
    assert (f.before, f.after) == ("", "")


def test_prose_is_short_and_holds_whole_formulas(read):
    for f in read("word $a_{1} = b$ " * 200).formulas:
        assert len(f.before) <= 300 and len(f.after) <= 300
        assert f.before.count("$") % 2 == f.after.count("$") % 2 == 0


def test_what_is_not_closed_stays_in_the_prose(read):
    first, second = read("All $$a = 1 of $b$ that").formulas
    assert (first.latex, second.latex) == ("$$a = 1 of $b$ that", "b")
    assert (second.before, second.after) == ("All $$a = 1 of", "that")


# -- TeX --------------------------------------------------------------------------------------------------------------


def test_tex_document(read):
    text = r"""
    \documentclass{article}
    \newcommand{\R}{\mathbb{R}} \newcommand{\vect}[1]{\mathbf{#1}}
    \newcommand{\be}{\begin{equation}}\newcommand{\ee}{\end{equation}}
    \DeclareMathOperator{\softmax}{softmax}
    \title{On $nothing$}
    \begin{document}
    50\% of $x \in \R^n$ % not $this$
    \begin{align}
      y &= \vect{x} \\ % nor $that$
      z &= \softmax(\vect x)
    \end{align}
    \verb|$verb$| and
    \begin{verbatim}
    $ echo $HOME
    \end{verbatim}
    \begin{lstlisting}[language=Python]
    x = 1
    y = x
    \end{lstlisting}
    \be a = b \ee
    \end{document}
    $after$
    """
    document = read(text, "a.tex")
    assert [" ".join(x.split()) for x in latex(document)] == [
        r"x \in \mathbb{R}^n",
        r"\begin{align} y &= \mathbf{x} \\ z &= \operatorname{softmax}(\mathbf{x}) \end{align}",
        "a = b",
    ]
    assert [(f.line, f.column, f.end_line) for f in document.formulas] == [(8, 9, 8), (9, 1, 12), (21, 1, 21)]
    assert [(x.code, x.line, x.end_line, x.language) for x in document.listings] == [("x = 1\ny = x", 18, 19, "python")]


def test_macros_that_do_not_end_are_left_alone(read):
    text = (
        "\\newcommand{\\a}{\\b\\b\\b\\b}\\newcommand{\\b}{\\a\\a\\a\\a}\n\n$\\a = 1$\n\n$\\newcommand{\\v}{w}$\n\n$\\v$"
    )
    assert latex(read(text)) == ["\\a = 1", "w"]


# -- listings ---------------------------------------------------------------------------------------------------------


def test_listings(read):
    text = f"""\
    {TICKS}python
    x = 1  # $5
    {TICKS}

    {TICKS}
    for t in range(3):
        s = s + t
    {TICKS}

    {TICKS}
    some output, not code
    {TICKS}

    {TICKS}r
    x = 1
    {TICKS}
    """
    found = read(text).listings
    assert [(x.code, x.line, x.end_line) for x in found] == [
        ("x = 1  # $5", 2, 2), ("for t in range(3):\n    s = s + t", 6, 7),
    ]  # fmt: skip


def test_a_listing_torn_into_fences_is_one(read):
    text = f"{TICKS}\nwhile True:\n{TICKS}\n\n{TICKS}\n    x = x + 1\n{TICKS}\n\nprose\n\n{TICKS}\ny = 1\n{TICKS}\n"
    first, second = read(text).listings
    lines = text.split("\n")
    for listing in (first, second):
        for k, line in enumerate(listing.code.split("\n")):
            assert line in ("", lines[listing.line - 1 + k])
    assert first.code.split() == ["while", "True:", "x", "=", "x", "+", "1"]
    assert (first.line, first.end_line) == (2, 6)


def test_a_numbered_listing_goes_on_behind_prose(read):
    text = f"{TICKS}\n1 a = 1\n2 b = 2\n{TICKS}\n\nand\n\n{TICKS}\n3 c = a\n4 d = b\n{TICKS}\n"
    (listing,) = read(text).listings
    assert listing.code.split("\n")[0] == "1 a = 1"
    assert listing.code.split("\n")[-1] == "4 d = b"


# -- notebooks --------------------------------------------------------------------------------------------------------


def notebook(*sources: tuple[str, str], **metadata) -> str:
    cells = []
    for kind, source in sources:
        code = {"outputs": [], "execution_count": None} if kind == "code" else {}
        cells.append({"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True), **code})
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


def test_notebook(read):
    text = notebook(
        ("markdown", "# Layers\n\n$\\newcommand{\\R}{\\mathbb{R}}$ Let $x \\in \\R$."),
        ("code", "import numpy as np\ny = 2 * x"),
        ("markdown", "<!-- symnet: shape y = n -->\n$$y = 2x$$"),
        ("code", "%%latex\n\\begin{equation} z = 1 \\end{equation}"),
    )
    document = read(text, "a.ipynb")
    assert document.title == "Layers"
    assert [(f.cell, f.line, f.column, f.latex) for f in document.formulas] == [
        (0, 3, 35, "x \\in \\mathbb{R}"), (2, 2, 1, "y = 2x"), (3, 2, 1, "z = 1"),
    ]  # fmt: skip
    assert [(x.cell, x.line, x.code) for x in document.listings] == [(1, 1, "import numpy as np\ny = 2 * x")]
    assert [d.source for d in document.directives] == ["a.ipynb, cell 2, line 1"]
    kinds = [type(item).__name__ for item in document.items]
    assert kinds == ["Formula", "Listing", "Directive", "Formula", "Formula"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", "not json", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', ""])
def test_what_is_no_notebook_says_so(read, text):
    with pytest.raises(DocumentError, match=r"broken\.ipynb is not a notebook"):
        read(text, "broken.ipynb")


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251"])
def test_encodings(read, encoding):
    document = read("Функция активации нейрона равна $y = 1$, то есть постоянна.", "a.txt", encoding)
    (f,) = document.formulas
    assert (f.latex, f.before) == ("y = 1", "Функция активации нейрона равна")


def test_western_code_page(read):
    assert read("Die Größe für jede Schicht: $y$", "a.txt", "cp1252").formulas[0].before.startswith("Die Größe für")


def test_ends_of_lines(tmp_path):
    for end in ("\r\n", "\r", "\n"):
        path = tmp_path / "a.md"
        path.write_bytes(f"a{end}{end}text $x$ and{end}$$y{end}= 1$$".encode())
        assert [(f.line, f.column, f.end_line) for f in read_document(path).formulas] == [(3, 6, 3), (4, 1, 5)]


def test_refused_files(tmp_path):
    binary = tmp_path / "a.md"
    binary.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(DocumentError, match=r"a\.md is not text"):
        read_document(binary)
    with pytest.raises(DocumentError, match="does not exist"):
        read_document(tmp_path / "none.md")
    with pytest.raises(DocumentError, match="is a folder"):
        read_document(tmp_path)
    with pytest.raises(DocumentError, match="does not exist"):
        documents_in(tmp_path / "none")
    assert issubclass(DocumentError, SymnetError)


def test_folders(tmp_path):
    for name in ("b.md", "a/z.tex", "a/c.ipynb", "a/notes.py", ".git/x.md", "A.txt", "b.symnet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = [p.relative_to(tmp_path).as_posix() for p in documents_in(tmp_path)]
    assert found == sorted(["A.txt", "a/c.ipynb", "a/z.tex", "b.md"], key=Path)
    assert documents_in(tmp_path / "b.md") == [tmp_path / "b.md"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DocumentError, match="holds no document"):
        documents_in(tmp_path / "empty")


def test_titles(read):
    assert read("---\ntitle: Nets\n---\n# Other").title == "Nets"
    assert read("intro\n\n## First *heading*\n").title == "First *heading*"
    assert read("---\nno: [yaml\n---\n$x$").title
    assert read("\\section{Nets}", "a.tex").title == "Nets"
    assert read("nothing", "deck.txt").title == "deck"


# -- any text ---------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["$", "$$", "\\[", "\\]", "\\(", "\\)", "\\begin{align}", "\\end{align}", "\\begin{cases}", "\\end{cases}", "`",
     "```\n", "\n", "\n\n", "a", " ", "x = 1", "\\alpha", "\\text{", "{", "}", "\\\\", "- ", "> ", "# ", "<!--", "-->",
     "5", "|", "two words of prose", "%", "\\verb|", "\\$", "\t", "    ", "---\n", "\\newcommand{\\a}{b}"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30), st.sampled_from(["a.md", "a.txt", "a.tex"]))
def test_positions_point_at_formulas(tmp_path_factory, pieces, name):
    text = "".join(pieces)
    path = tmp_path_factory.getbasetemp() / name
    path.write_text(text)
    document = read_document(path)
    assert_placed(document, text)
    assert all(f.latex.strip() for f in document.formulas)
    places = [(f.line, f.column) for f in document.formulas]
    assert places == sorted(set(places))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["words here, ", "\n\n", "\n- ", "\n> ", "costs \\$5, ", "`code $` "]),
            st.sampled_from([("$", "$"), ("\n$$", "$$\n"), ("\\(", "\\)"), ("\n\\[", "\\]\n")]),
            st.sampled_from(["x = 1", "\\frac{a}{b}", "W^{[l]} \\in \\mathbb{R}", "a &= b \\\\ c"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_nothing_is_lost(tmp_path_factory, parts):
    text = "".join(f"{between}{opener}{body}{closer} " for between, (opener, closer), body in parts)
    path = tmp_path_factory.getbasetemp() / "whole.md"
    path.write_text(text)
    document = read_document(path)
    assert latex(document) == [body for *_, body in parts]
    assert_placed(document, text)


@pytest.mark.parametrize(
    "piece", ["$$ a\n\n", "\\[ x_1 ", "$\\text{a$ ", "\\begin{align} ", "<!-- ", "> ", "$x$ word "]
)
def test_time_grows_with_the_length(tmp_path, piece):
    def seconds(count: int) -> float:
        (tmp_path / "a.md").write_text(piece * count)
        start = time.process_time()
        read_document(tmp_path / "a.md")
        return time.process_time() - start

    seconds(10)
    assert seconds(8000) < 8 * 4 * seconds(1000) + 0.2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# One\n\n$a$\n\n## Two\n\n$b$\n\n## Three\n\n$c$ and $d$\n\nFour\n====\n\n$e$\n"),
        ("a.tex", "\\section{One} $a$\n\\subsection*{Two}\n$b$ \\subsection[T]{Three} $c$ and $d$ \\section{Four} $e$"),
    ],
)
def test_formulas_know_the_headings_they_stand_under(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = {f.latex: f.headings for f in read_document(tmp_path / name).formulas}
    inner = ("One", "Three")
    assert found == {"a": ("One",), "b": ("One", "Two"), "c": inner, "d": inner, "e": ("Four",)}


def test_a_program_is_no_document(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="is a program"):
        documents_in(path)


# -- reStructuredText -------------------------------------------------------------------------------------------------

RST = """\
Flows
=====

.. symnet: shape x = n
.. a comment with :math:`c = 0`

Let :math:`a > 0`, not ``:math:`b = 1```.

.. math::
   :label: affine

   f(z) = a z

   g(x) = x / a

.. note:: With :math:`a = 1` nothing changes.

Code
----

.. math:: h = 2

.. code-block:: python
   :linenos:

   y = a * x
   dx = a

After it :math:`k = 3`.
"""


def test_formulas_and_listings_of_restructured_text(read):
    document = read(RST, "flows.rst")
    assert latex(document) == ["a > 0", "f(z) = a z", "g(x) = x / a", "a = 1", "h = 2", "k = 3"]
    assert [(f.line, f.display) for f in document.formulas] == [
        (7, False), (12, True), (14, True), (16, False), (21, True), (29, False),
    ]  # fmt: skip
    assert [(x.line, x.end_line, x.code) for x in document.listings] == [(26, 27, "y = a * x\ndx = a")]
    assert [d.subject for d in document.directives] == ["x"]
    assert document.title == "Flows" and document.formulas[-1].headings == ("Flows", "Code")


@pytest.mark.parametrize("info", ["{code-block} python\n:linenos:", "{code-cell} ipython3", "{code} python"])
def test_listings_of_myst(read, info):
    (listing,) = read(f"Text.\n\n{TICKS}{info}\ny = a * x\ndx = a\n{TICKS}\n").listings
    assert listing.code.strip() == "y = a * x\ndx = a"
    assert listing.code.split("\n")[4 + info.count("\n") - listing.line] == "y = a * x"
