"""Pages: every part is there, formulas are well formed, words and program come from where they should."""

from __future__ import annotations

import html as html_module
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

import symnet as sn
from symnet.codegen import module_source
from symnet.explain import html, latex_document, markdown, program, text
from symnet.explain.ascii import ascii_program
from symnet.explain.options import Options
from symnet.explain.texts import texts
from tests.printing.latex_syntax import check_formula
from tests.printing.operations import EVERYTHING, OPERATIONS

NAMES = list(EVERYTHING)


def formulas_of(page: str) -> list[str]:
    """The display and inline formulas of a Markdown page, its program left out."""
    page = page.partition("```python")[0]
    blocks = re.findall(r"^\$\$\n(.+?)\n\$\$$", page, re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", re.sub(r"\$\$.+?\$\$", "", page, flags=re.DOTALL))


def headings(page: str) -> list[str]:
    return re.findall(r"^##? (.+)$", page.partition("```python")[0], re.MULTILINE)


def listing(op) -> str:
    """The program of a page: functions of the generated module, without the checks of their arguments."""
    shown = program.listing(sn.derive(op))
    lines = set(module_source(op).splitlines())
    own = [line for line in shown.splitlines() if line not in lines and not re.match(r"    \w+: |    \"\"\"", line)]
    assert [line for line in own if '"""' not in line] == []
    assert "_inputs" not in shown and "_upstream" not in shown
    return shown


def test_the_sections_of_batch_norm_in_order():
    page = markdown(sn.derive(OPERATIONS["batch_norm"]))
    assert headings(page) == [
        "batch_norm",
        "Inputs",
        "Conventions",
        "1. Forward pass",
        "2. Chain rule",
        "3. Rewriting",
        "4. The gradients",
        "5. In matrix notation",
        "6. The program",
    ]


def test_the_stable_form_has_a_section_where_there_is_one():
    assert "2. Stable form" in headings(markdown(sn.derive(OPERATIONS["cross_entropy"])))
    assert "2. Chain rule" in headings(markdown(sn.derive(OPERATIONS["dense"])))


def test_batch_norm_is_explained_from_definition_to_the_three_terms():
    page = markdown(sn.derive(OPERATIONS["batch_norm"]))
    wanted = [
        "Every feature over the batch.",
        "| $x_{nd}$ | `n d` | real numbers |",
        r"$\epsilon = 10^{-5}$",
        r"\mu_{B,d} = \frac{1}{N} \sum_{n} x_{nd}",
        r"\sigma^{2}_{d} = \frac{1}{N} \sum_{n} (x_{nd} - \mu_{B,d})^{2}",
        "Given is $dy_{nd}$",
        r"d\hat{x}_{nd} = dy_{nd} \gamma_{d}",
        r"Through $\hat{x}$:",
        "**Use a known sum**",
        r"= 0$ (lemma, by definition of $\mu_{B}$)",
        "**Collect and factor**, $a b + a c = a (b + c)$",
        r"\left(N d\hat{x}_{nd} - \sum_{n'} d\hat{x}_{n'd} "
        r"- \hat{x}_{nd} \sum_{n'} d\hat{x}_{n'd} \hat{x}_{n'd}\right)",
        "rows run over its first axis",
        r"d\gamma = \operatorname{colsum}(dY \odot \hat{X})",
    ]
    place = 0
    for piece in wanted:
        assert piece in page[place:], piece
        place = page.index(piece, place)


def test_a_scalar_loss_needs_no_upstream_gradient():
    page = markdown(sn.derive(OPERATIONS["cross_entropy"]))
    assert r"the gradient of $\mathrm{loss}$ with respect to $v$" in page
    assert r"dz_{nc} = \frac{p_{nc} - y_{nc}}{N}" in page
    assert "($y$ is one-hot)" in page
    assert "d\\mathrm{loss}" not in page


def test_a_reason_is_given_once_and_the_rule_each_time():
    page = markdown(sn.derive(OPERATIONS["batch_norm"]))
    rule = texts("en").rule("split", "latex")
    assert page.count(f"**{rule.name}**") > 1
    assert page.count(rule.why) == 1


def test_lines_that_print_alike_are_not_repeated():
    page = markdown(sn.derive(OPERATIONS["attention"]))
    blocks = re.findall(r"\$\$\n= (.+?)\n\$\$", page, re.DOTALL)
    lines = re.findall(r"\$\$\n(.+?)\n\$\$", page, re.DOTALL)
    for block in blocks:
        assert not lines[lines.index(f"= {block}") - 1].endswith(f"= {block}")


@pytest.mark.parametrize(
    "name, conventions",
    [
        ("pooling", ["first one receives", "counted row by row", "both indices are equal"]),
        ("two_layers", ["slope 0 at", "its derivative is 0"]),
        ("pieces", ["The slope of $|x|$", "slope 0 at"]),
    ],
)
def test_conventions_are_named_where_they_matter(name, conventions):
    page = markdown(sn.derive(EVERYTHING[name]))
    assert "## Conventions" in page
    for words in conventions:
        assert words in page


def test_no_conventions_where_none_matters():
    assert "Conventions" not in markdown(sn.derive(OPERATIONS["dense"]), Options(notation="index"))


def test_a_letter_is_told_before_it_is_used():
    page = markdown(sn.derive(EVERYTHING["attention"]))
    assert page.index("A capital letter such as $N$") < page.index(r"\frac{1}{\sqrt{D}}")


def test_axes_of_one_size_under_two_letters_are_told():
    assert "The indices $k$ and $e$ run over equally many values." in markdown(sn.derive(EVERYTHING["rnn"]))


def test_the_parts_of_a_gradient_are_told():
    page = markdown(sn.derive(EVERYTHING["rnn"]))
    assert r"$dh$ is the gradient at the output $h$ by itself; $dh_{\mathrm{total}}$ adds what comes back" in page
    assert r"$dh_{\mathrm{back}}$ at a step is what this step passes back to $h$ at the step before it." in page


def test_the_letter_for_any_quantity_is_nothing_else_on_the_page():
    assert "For a quantity $g$ the symbol $dg$" in markdown(sn.derive(EVERYTHING["transformer_block"]))


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_of_a_markdown_page_is_well_formed(name):
    page = markdown(sn.derive(EVERYTHING[name]))
    found = formulas_of(page)
    assert len(found) > 5
    for formula in found:
        check_formula(formula)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_markdown_with_the_generated_program(name):
    derivation = sn.derive(EVERYTHING[name])
    page = markdown(derivation)
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    assert [t.content for t in tokens if t.type == "fence" and t.info == "python"] == [listing(EVERYTHING[name])]
    assert page.endswith("\n") and not page.endswith("\n\n")
    assert "\n\n\n" not in page.partition("```python")[0]
    assert not re.search(r"[ \t]+$", page.partition("```python")[0], re.MULTILINE)


def test_inline_formulas_keep_the_rules_of_markdown_readers():
    page = markdown(sn.derive(OPERATIONS["batch_norm"])).partition("```python")[0]
    page = re.sub(r"\$\$.+?\$\$", "", page, flags=re.DOTALL)
    for paragraph in page.split("\n"):
        pieces = paragraph.split("$")
        assert len(pieces) % 2 == 1, paragraph
        for formula, after in zip(pieces[1::2], pieces[2::2]):
            assert formula == formula.strip() and not after[:1].isalnum(), paragraph


@pytest.mark.parametrize("name", NAMES)
def test_the_latex_document_is_well_formed(name):
    document = latex_document(sn.derive(EVERYTHING[name]), standalone=True)
    body, verbatim = document.split(r"\begin{verbatim}")
    environments = re.findall(r"\\(begin|end)\{(\w+)\}", body + verbatim.partition(r"\end{verbatim}")[2])
    stack: list[str] = []
    for what, environment in environments:
        if what == "begin":
            stack.append(environment)
        else:
            assert stack.pop() == environment
    assert not stack
    display = re.findall(r"^\\\[\n(.+?)\n\\\]$", body, re.MULTILINE | re.DOTALL)
    assert len(display) == body.count(r"\[") >= 2
    for formula in display:
        check_formula(formula)
        assert "\n" not in formula  # an empty line ends a formula
    assert body.count("$") % 2 == 0
    assert document.startswith(r"\documentclass") and document.endswith("\\end{document}\n")
    assert document.isascii()


def test_the_program_in_latex_is_written_out_in_ascii():
    assert ascii_program("dx̂[n,d] = Σ_n σ(w₁[n])² · √(μ + ε)  # ŷ ≥ 0") == (
        "dxhat[n,d] = sum_n sigma(w1[n])^2 * sqrt(mu + epsilon)  # yhat >= 0"
    )
    assert ascii_program("# snow ☃") == "# snow ?"


def test_a_latex_parser_reads_the_document():
    walker = pytest.importorskip("pylatexenc.latexwalker")
    for name in NAMES:
        document = latex_document(sn.derive(EVERYTHING[name]), standalone=True)
        walker.LatexWalker(document, tolerant_parsing=False).get_latex_nodes()


def test_names_are_escaped_in_latex():
    @sn.op(source="A & B, 100% {sure}")
    def my_op(my_input: "n"):
        """Costs $5, x_1 ~ y^2 \\ #1."""
        return 2 * my_input

    document = latex_document(sn.derive(my_op))
    assert r"\section*{my\_op}" in document
    assert r"A \& B, 100\% \{sure\}" in document
    assert r"Costs \$5, x\_1 \textasciitilde{} y\textasciicircum{}2 \textbackslash{} \#1." in document
    assert r"\documentclass" not in document


class Tags(HTMLParser):
    """Checks that tags nest, and gathers what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_html_nests_folds_and_is_escaped(name):
    derivation = sn.derive(EVERYTHING[name])
    tags = Tags()
    tags.feed(html(derivation))
    assert not tags.open
    assert tags.seen.count("details") >= 4
    assert listing(EVERYTHING[name]).strip() in tags.text
    for formula in re.findall(r"\\\[(.+?)\\\]", tags.text):
        check_formula(formula)


def test_html_escapes_what_the_author_wrote():
    @sn.op(source="<script>alert(1)</script>")
    def sneaky(x: "n"):
        """a < b & c"""
        return sn.where(x < 0, x, 2 * x)

    page = html(sn.derive(sneaky))
    assert "<script>" not in page
    assert "<p>a &lt; b &amp; c</p>" in page
    assert "x_{n} &lt; 0" in page and html_module.unescape(page).count(r"\begin{cases} 1, & x_{n} < 0") >= 1


@pytest.mark.parametrize("name", NAMES)
def test_the_terminal_page_has_no_markup(name):
    page = text(sn.derive(EVERYTHING[name]))
    assert not set(page) & set("\\$<{}") - {"<"}
    assert page.splitlines()[0].startswith(name)


def test_the_terminal_page_of_softmax():
    assert (
        text(sn.derive(OPERATIONS["softmax"]))
        == """\
softmax

Inputs
    z[n,c]: real numbers

Conventions
    A capital letter such as N is the number of entries along the axis of the same small letter; indices
    count from 0.

Forward pass
    p[n,c] = exp(z[n,c])/(Σ_c' exp(z[n,c']))

Chain rule
    For a quantity v the symbol dv stands for the gradient of a loss L with respect to v, entry by
    entry. Given is dp[n,c], the gradient with respect to the output; the others follow in reverse
    order, each from those above it. By the chain rule dv is a sum over the quantities that v enters,
    entry by entry: the gradient of each times its derivative with respect to v. These quantities are
    named with each line.

    dz[n,c] = dp[n,c] (exp(z[n,c])/(Σ_c' exp(z[n,c']))) - exp(z[n,c])/(Σ_c' exp(z[n,c'])) · Σ_c' dp[n,c'] \
(exp(z[n,c'])/(Σ_c'' exp(z[n,c''])))    (through p)

Rewriting
    dz[n,c] = dp[n,c] (exp(z[n,c])/(Σ_c' exp(z[n,c']))) - exp(z[n,c])/(Σ_c' exp(z[n,c'])) · Σ_c' dp[n,c'] \
(exp(z[n,c'])/(Σ_c'' exp(z[n,c''])))
    = dp[n,c] p[n,c] - p[n,c] Σ_c' dp[n,c'] p[n,c']
        Recognise a definition: v = f(u)  ⇒  f(u) = v
        By definition exp(z[n,c])/(Σ_c' exp(z[n,c'])) = p[n,c]
    = p[n,c] (dp[n,c] - Σ_c' dp[n,c'] p[n,c'])
        Collect and factor: a b + a c = a (b + c)

The gradients
    dz[n,c] = p[n,c] (dp[n,c] - Σ_c' dp[n,c'] p[n,c'])

In matrix notation
    Gradients have the shape of what they are of (denominator layout).
    Sizes: Z ∈ ℝ^(N × C), P ∈ ℝ^(N × C). The softmax of a matrix is taken of each row.

    P = softmax(Z)
    dZ = P ⊙ (dP - rowsum(dP ⊙ P) 𝟏ᵀ)
"""
    )


@pytest.mark.parametrize(
    ("lang", "ahead"), [("en", "the other way"), ("ru", "в обратную сторону")], ids=["English", "Russian"]
)
def test_a_tangent_goes_with_the_steps_and_a_gradient_against_them(lang, ahead):
    """The dot of h^(0) stands above the letter."""
    tangent = sn.derive("rnn", what="jvp").markdown(lang=lang)
    assert ahead not in tangent
    assert r"\dot{h}_{-1,n,e} = \dot{h}^{(0)}_{ne}" in tangent
    assert ahead in sn.derive("rnn").markdown(lang=lang)


@pytest.mark.parametrize("what", ["jacobian", "jvp"])
def test_other_derivatives_have_pages_without_a_program(what):
    derivation = sn.derive(OPERATIONS["softmax"], what=what)
    page = markdown(derivation)
    assert "```python" not in page
    assert {"jacobian": "The Jacobian", "jvp": "The tangent"}[what] in page
    for formula in formulas_of(page):
        check_formula(formula)
    expected = {
        "jacobian": r"J_{\mathrm{p},\mathrm{z},ncn'c'} = p_{nc} \delta_{nn'} (\delta_{cc'} - p_{nc'})",
        "jvp": r"\dot{p}_{nc} = p_{nc} \left(\dot{z}_{nc} - \sum_{c'} p_{nc'} \dot{z}_{nc'}\right)",
    }
    assert expected[what] in page


def test_the_hessian_names_both_derivatives_apart():
    derivation = sn.derive(OPERATIONS["cross_entropy"], "z", what="hessian")
    page = markdown(derivation)
    assert r"\partial dz_{ncn'c'} = \delta_{cc'} \delta_{nn'}" in page
    assert r"\frac{p_{nc} \delta_{nn'}}{N} (\delta_{cc'} - p_{nc'})" in page
    for formula in formulas_of(page):
        check_formula(formula)


def test_an_input_that_is_the_output_has_its_gradient():
    @sn.op
    def add(x: "n", y: "n"):
        s = x + y
        return s

    page = markdown(sn.derive(add))
    assert "dx_{n} = ds_{n}" in page and "dy_{n} = ds_{n}" in page


def test_equal_derivations_give_equal_bytes():
    def fresh():
        @sn.op
        def layer(x: "n d", w: "d h"):
            return sn.tanh(sn.sum(x * w, over="d"))

        return layer

    pages = [[f(sn.derive(fresh())) for f in (markdown, latex_document, html, text)] for _ in range(2)]
    assert pages[0] == pages[1]


@sn.op
def gated(x: "n d", v: "d e", u: "e d"):
    """A layer with an input called v."""
    return sn.sum(sn.tanh(sn.sum(x * v, over="d")) * u, over="e")


def test_the_letter_for_any_quantity_is_the_name_of_none():
    assert "For a quantity q the symbol dq" in text(sn.derive(gated))
    assert "For a quantity $u$ the symbol $du$" in markdown(sn.derive("attention"))
    assert "For a quantity v the symbol dv" in text(sn.derive("dense"))


def test_the_loss_is_not_called_what_counts_layers():
    page = sn.derive("deep_network")
    assert "gradient of a loss $J$" in markdown(page) and "$l = 0, \\dots, L - 1$" in markdown(page)
    assert "gradient of a loss J " in text(page)
    assert "gradient of a loss $L$" in markdown(sn.derive("dense"))


@sn.op
def grouped(x: "n g d", w: "g d"):
    """The gradient of what is repeated along a leading axis has no matrix form."""
    return x * w


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Only in index notation, above: "), ("ru", "Только в индексной записи, выше: ")]
)
def test_the_matrix_section_names_what_it_leaves_out(language, words):
    derivation = sn.derive(grouped)
    assert words + "dw." in derivation.text(lang=language)
    for page in (derivation.markdown(lang=language), derivation.latex(lang=language)):
        assert words + "$dw$." in page
    assert words not in sn.derive("dense").markdown(lang=language)


def test_the_words_above_a_program_are_true_of_it():
    """Only of a scalar loss is the upstream gradient 1 above; a notebook holds the whole module."""
    multiplies, listed = "have the upstream gradient 1", "which is left out here"
    for name, scalar in (("dense", False), ("mean_squared_error", True)):
        derivation = sn.derive(name)
        page = derivation.markdown()
        assert (multiplies in page, listed in page) == (scalar, True)
        cells = "".join(cell.source for cell in derivation.notebook().cells if cell.cell_type == "markdown")
        assert (multiplies in cells, listed in cells) == (scalar, False)


def test_a_check_names_the_gradient_that_it_compares():
    rows = [line for line in sn.derive("dense").markdown(check=True).splitlines() if "central differences" in line]
    assert [row.split(" | ")[0] for row in rows] == ["| $dx_{nd}$", "| $dw_{dh}$", "| $db_{h}$"]


def lines_of(name: str, gradient: str) -> list[str]:
    """The lines of a gradient as it is rewritten, in all detail."""
    page = text(sn.derive(name), Options(detail="full"))
    part = page[page.index("\nRewriting") : page.index("\nThe gradients")].split("\n\n")
    found = next(p for p in part if p.strip().removeprefix("Rewriting\n").strip().startswith(gradient))
    return [line.strip() for line in found.splitlines() if line.startswith("    = ")]


def test_what_stays_in_brackets_is_not_multiplied_out():
    assert lines_of("silu", "dx[n,d]") == [
        "= dy[n,d] s[n,d] - ds[n,d] s[n,d] (s[n,d] - 1)",
        "= s[n,d] (dy[n,d] + ds[n,d] (1 - s[n,d]))",
        "= s[n,d] (dy[n,d] + dy[n,d] x[n,d] (1 - s[n,d]))",
        "= dy[n,d] x[n,d] s[n,d] (1 - s[n,d]) + dy[n,d] s[n,d]",
        "= dy[n,d] s[n,d] (1 + x[n,d] (1 - s[n,d]))",
        "= dy[n,d] s[n,d] (1 + y[n,d]/s[n,d] · (1 - s[n,d]))",
        "= dy[n,d] s[n,d] + dy[n,d] y[n,d] (1 - s[n,d])",
        "= dy[n,d] (s[n,d] + y[n,d] (1 - s[n,d]))",
    ]
    assert len(lines_of("layer_norm", "dx[n,d]")) == 5


@sn.op
def seen_only(x: "n t", t: "n t", seen: sn.mask("n t"), *, delta=1.0):
    """Huber's loss of the entries that were seen."""
    r = x - t
    small, large = r**2 / 2, abs(r) * delta - delta**2 / 2
    each = sn.where(abs(r) <= delta, small, large)
    return sn.sum(seen * each, over="n t") / (sn.sum(seen, over="n t") + 1)


def test_what_is_1_where_a_relation_fails_is_a_bracket_and_a_bracket_is_told():
    page = text(sn.derive(seen_only))
    assert "dlarge[n,t] = deach[n,t] [|r[n,t]| > δ]" in page and "dlarge = deach ⊙ [abs(R) > δ]" in page
    assert "deach = 1/(1 + sum(seen)) · seen" in page
    for name in ("embedding", "max_pool"):
        assert "A bracket such as" in text(sn.derive(name))
