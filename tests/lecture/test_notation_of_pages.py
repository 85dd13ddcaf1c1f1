r"""Forms that the pages of the documentation are written in, each true and with a mistake."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND

GIVEN = "For a quantity $v$ the symbol $dv$ stands for the gradient of a loss $L$ with respect to $v$. Given is $dy$."
SAID = r"For a quantity $v$ the symbol $dv$ stands for the gradient of $\mathrm{loss}$ with respect to $v$."


def last(tmp_path, *parts):
    """The verdict on the last formula of a document of displayed formulas and one sentence."""
    document = tmp_path / "page.md"
    document.write_text(
        "\n\n".join(
            p if p.startswith(("For a quantity", "Sizes", "An entry", "Элемент")) else f"$$\n{p}\n$$" for p in parts
        ),
        encoding="utf-8",
    )
    claims = claims_of(read_document(document))
    (finding,) = [judge(claim) for claim in claims if claim.line == claims[-1].line]
    return finding.verdict


PICKED = (
    r"m_{nc} = \max(0, s_{nc} - s_{n,\mathrm{labels}_{n}} + \mathrm{margin})",
    r"\mathrm{loss} = \frac{1}{N} \sum_{n,c} \begin{cases} 0, & \mathrm{labels}_{n} = c \\ "
    r"m_{nc}, & \mathrm{labels}_{n} \ne c \end{cases}",
    SAID,
    r"ds_{nc} = dm_{nc} [m_{nc} > 0] - [\mathrm{labels}_{n} = c] \sum_{c'} dm_{nc'} [m_{nc'} > 0]",
)


def test_an_entry_that_a_label_picks_has_the_sizes_of_the_others(tmp_path):
    assert last(tmp_path, *PICKED, r"dm_{nc} = \frac{[\mathrm{labels}_{n} \ne c]}{N}") in ACCEPTED
    assert last(tmp_path, *PICKED, r"dm_{nc} = \frac{[\mathrm{labels}_{n} = c]}{N}") in FOUND


NUMBER = (
    r"m_{n} = a_{n}^2",
    r"\mathrm{mean} = \frac{1}{N} \sum_{n} m_{n}",
    r"\mathrm{loss} = \mathrm{mean} + \sum_{n} a_{n}",
    SAID,
    r"d\mathrm{mean} = 1",
)


def test_a_gradient_may_be_a_number_and_stand_before_an_indicator(tmp_path):
    assert last(tmp_path, *NUMBER, r"dm_{n} = \frac{d\mathrm{mean}}{N}", r"da_{n} = 2 dm_{n} a_{n} + 1") in ACCEPTED
    assert last(tmp_path, *NUMBER, r"dm_{n} = \frac{d\mathrm{mean}}{N}", r"da_{n} = 2 dm_{n} a_{n}") in FOUND
    assert last(tmp_path, *NUMBER, r"dm_{n} = \frac{d\mathrm{mean} [N > 0]}{N}") in ACCEPTED


SPREAD = (
    r"\mu_{d} = \frac{1}{N} \sum_{n} x_{nd}",
    r"\mathrm{var}_{d} = \frac{1}{N} \sum_{n} (x_{nd} - \mu_{d})^2",
    r"y_{nd} = \frac{x_{nd} - \mu_{d}}{\sqrt{\mathrm{var}_{d} + \epsilon}}",
)


def test_a_quantity_that_is_named_like_a_moment_is_a_factor(tmp_path):
    assert last(tmp_path, *SPREAD, r"y_{nd}^2 (\mathrm{var}_{d} (1 + \mu_{d}) + \epsilon (1 + \mu_{d})) = "
                r"(1 + \mu_{d}) (x_{nd} - \mu_{d})^2") in ACCEPTED  # fmt: skip
    assert last(tmp_path, *SPREAD, r"y_{nd}^2 (\mathrm{var}_{d} (1 - \mu_{d}) + \epsilon (1 + \mu_{d})) = "
                r"(1 + \mu_{d}) (x_{nd} - \mu_{d})^2") in FOUND  # fmt: skip


FORMS = (r"p_{n} = \sigma(z_{n})", r"\mathrm{loss} = -\sum_{n} p_{n}^2 \log p_{n}")
SOFTPLUS = r"= \sum_{n} p_{n}^2 \operatorname{softplus}(-z_{n})"
BY_P = r"dp_{n} = 2 p_{n} \operatorname{softplus}(-z_{n})"


def test_a_gradient_may_be_of_another_form_of_the_loss_if_that_is_the_same(tmp_path):
    assert last(tmp_path, *FORMS, SOFTPLUS, SAID, BY_P) in ACCEPTED
    assert last(tmp_path, *FORMS, SOFTPLUS, SAID, BY_P.replace("2", "")) in FOUND
    assert last(tmp_path, *FORMS, SOFTPLUS.replace("-z", "z"), SAID, BY_P.replace("-z", "z")) not in ACCEPTED
    assert last(tmp_path, *FORMS, SAID, BY_P) not in ACCEPTED


CONVOLUTION = (r"y_{not} = \sum_{c,r} x_{n,c,t+r} k_{ocr} + b_{o}", GIVEN)
WINDOWS = r"dx_{nct} = \sum_{o,r} dy_{n,o,t-r} k_{ocr}"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"db_{o} = \sum_{n,t} dy_{not}", r"db_{o} = \sum_{n} dy_{not}"),
        (r"dk_{ocr} = \sum_{n,t} dy_{not} x_{n,c,t+r}", r"dk_{ocr} = \sum_{n,t} dy_{not} x_{n,c,t-r}"),
        (WINDOWS, WINDOWS.replace("t-r", "t-2r")),
    ],
)
def test_the_places_of_a_window_are_no_steps(tmp_path, true, false):
    others = (r"dx_{nct} = \sum_{o,t',r} dy_{not'} k_{ocr} \delta_{t,t'+r}", WINDOWS)
    assert last(tmp_path, *CONVOLUTION, *others, true) in ACCEPTED
    assert last(tmp_path, *CONVOLUTION, *others, false) in FOUND


MOVED = (
    r"p_{nct} = \sum_{t'} x_{nct'} \delta_{t'+2,t}",
    r"y_{not} = \sum_{c,r} p_{n,c,t+r} k_{ocr}",
    GIVEN,
    r"dp_{nct} = \sum_{o,r} dy_{n,o,t-r} k_{ocr}",
)


def test_arrays_are_long_enough_for_an_entry_some_places_on(tmp_path):
    assert last(tmp_path, *MOVED, r"dx_{nct} = dp_{n,c,t+2}") in ACCEPTED
    assert last(tmp_path, *MOVED, r"dx_{nct} = dp_{n,c,t+1}") in FOUND


def test_letters_beside_primes_are_indices(tmp_path):
    total = r"s_{c} = \sum_{n,h,w} x_{nchw}"
    assert last(tmp_path, total, r"s_{c} + 1 = \sum_{n',h',w'} x_{n'ch'w'} + 1") in ACCEPTED
    assert last(tmp_path, total, r"s_{c} + 1 = \sum_{n',h',w'} x_{n'ch'w'}^2 + 1") in FOUND


def test_an_indicator_of_an_array_is_of_each_entry(tmp_path):
    vectors = (r"s \in \mathbb{R}^n", r"y \in \mathbb{R}^n", r"h = s \odot y")
    assert last(tmp_path, *vectors, r"y \odot [1 - h > 0] = y \odot [1 - s \odot y > 0]") in ACCEPTED
    assert last(tmp_path, *vectors, r"y \odot [1 - h > 0] = y \odot [1 - s \odot y < 0]") not in ACCEPTED


def test_an_array_with_a_word_for_a_name_stands_before_a_bracket(tmp_path):
    distance = (
        r"\mathrm{near}_{n} = \sum_{d} (p_{nd} - a_{nd})^2",
        r"\mathrm{loss} = \sum_{n} \mathrm{near}_{n}^2",
        SAID,
    )
    assert last(tmp_path, *distance, r"d\mathrm{near}_{n} = 2 \mathrm{near}_{n}",
                r"dp_{nd} = 2 d\mathrm{near}_{n} (p_{nd} - a_{nd})") in ACCEPTED  # fmt: skip
    assert last(tmp_path, *distance, r"d\mathrm{near}_{n} = 2 \mathrm{near}_{n}",
                r"dp_{nd} = 2 d\mathrm{near}_{n} (p_{nd} + a_{nd})") in FOUND  # fmt: skip


def test_a_range_of_an_index_is_no_definition(tmp_path):
    steps = (r"h_{tn} = \tanh(x_{tn})", r"t = 0, \dots, T - 1")
    assert last(tmp_path, *steps) == "condition"
    assert last(tmp_path, *steps, r"t = T - 1, \dots, 0") == "condition"
    assert last(tmp_path, r"x = 1, 2, \dots, n", r"\sum_{i=1}^{n} x_i = \frac{n(n+1)}{2}") in ACCEPTED


POOLED = (
    r"y_{nh} = \max_{r,s \in \{0, 1\}} x_{n,2h+r,s}",
    GIVEN,
)


@pytest.mark.slow
def test_the_largest_entry_of_a_window_receives_the_gradient(tmp_path):
    right = r"dx_{nhw} = \sum_{h'} \sum_{r,s=0}^{1} dy_{nh'} \delta_{h,2h'+r} \delta_{w,s}"
    place = r" [\operatorname{argmax}_{r',s' \in \{0, 1\}} x_{n,2h'+r',s'} = 2 r + s]"
    assert last(tmp_path, *POOLED, right + place) in ACCEPTED
    assert last(tmp_path, *POOLED, right) in FOUND
    assert last(tmp_path, *POOLED, right + place.replace("2 r + s", "r + 2 s")) in FOUND


PADDED = (
    r"p_{nch} = \sum_{h'} x_{nch'} \delta_{h,h'+1}",
    r"y_{noh} = \sum_{c,r} k_{ocr} p_{n,c,h+2r}",
    GIVEN,
)


def test_gradients_of_padded_and_dilated_windows_are_read(tmp_path):
    assert last(tmp_path, *PADDED, r"dx_{nch} = dp_{n,c,h+1}") in ACCEPTED
    assert last(tmp_path, *PADDED, r"dx_{nch} = dp_{n,c,h+2}") in FOUND
    assert last(tmp_path, *PADDED, r"dp_{nch} = \sum_{o,h',r} dy_{noh'} k_{ocr} \delta_{h,h'+2r}") in ACCEPTED
    assert last(tmp_path, *PADDED, r"dp_{nch} = \sum_{o,h',r} dy_{noh'} k_{ocr} \delta_{h,h'+r}") not in ACCEPTED


STRIDED = (r"y_{not} = \sum_{c,r} k_{ocr} x_{n,c,2t+r}", GIVEN)
IMAGES = (r"y_{nohw} = \sum_{c,r,s} k_{ocrs} x_{n,c,h+2r,w+2s}", GIVEN)
OUTSIDE = "An entry outside of its array counts as 0:"


@pytest.mark.slow
def test_entries_outside_of_an_array_are_zero_where_that_is_said(tmp_path):
    right = r"dx_{nct} = \sum_{o,t'} dy_{not'} k_{o,c,t-2t'}"
    assert last(tmp_path, *STRIDED, OUTSIDE, right) in ACCEPTED
    assert last(tmp_path, *STRIDED, "Элемент вне своего массива считается равным 0:", right) in ACCEPTED
    assert last(tmp_path, *STRIDED, right) not in ACCEPTED
    assert last(tmp_path, *STRIDED, OUTSIDE, right.replace("k_", "2 k_")) in FOUND


@pytest.mark.slow
def test_the_two_directions_of_a_window_that_leaves_places_out_are_told_apart(tmp_path):
    right = r"dx_{nchw} = \sum_{o,r,s} dy_{n,o,h-2r,w-2s} k_{ocrs}"
    assert last(tmp_path, *IMAGES, OUTSIDE, right) in ACCEPTED
    assert last(tmp_path, *IMAGES, OUTSIDE, right.replace("k_{ocrs}", "k_{ocsr}")) not in ACCEPTED


HIDDEN = (
    r"m_{ts} \in \{0, 1\}",
    r"z_{ts} = \begin{cases} a_{ts}, & m_{ts} = 1 \\ -10^{3}, & m_{ts} = 0 \end{cases}",
    r"p_{ts} = \frac{e^{z_{ts}}}{\sum_{s'} e^{z_{ts'}}}",
    GIVEN.replace("dy", "dp"),
)


@pytest.mark.slow
def test_rows_that_a_mask_hides_wholly_keep_their_digits(tmp_path):
    assert last(tmp_path, *HIDDEN, r"dz_{ts} = p_{ts} (dp_{ts} - \sum_{s'} dp_{ts'} p_{ts'})") in ACCEPTED
    assert last(tmp_path, *HIDDEN, r"dz_{ts} = p_{ts} (dp_{ts} - \sum_{s'} dp_{ts'})") in FOUND


SIZES = r"Sizes: $Q \in \mathbb{R}^{T \times D}$, $K \in \mathbb{R}^{S \times D}$, $V \in \mathbb{R}^{S \times E}$."
ROWS = "The softmax of a matrix is taken of each row."
ATTENTION = (
    r"\mathrm{scores} = Q K^{\top}",
    r"P = \operatorname{softmax}(\mathrm{scores})",
    r"O = P V",
    GIVEN.replace("dy", "dO"),
    r"dP = dO V^{\top}",
)
SCORES = r"d\mathrm{scores} = P \odot (dP - \operatorname{rowsum}(dP \odot P) \mathbf{1}^{\top})"


@pytest.mark.slow
def test_a_page_says_that_a_softmax_is_taken_of_rows(tmp_path):
    assert last(tmp_path, f"{SIZES} {ROWS}", *ATTENTION, SCORES) in ACCEPTED
    assert last(tmp_path, f"{SIZES} {ROWS}", *ATTENTION, SCORES.replace("row", "col")) not in ACCEPTED
    assert last(tmp_path, SIZES, *ATTENTION[:2], GIVEN.replace("dy", "dP"), SCORES) == "not-understood"


def test_a_softmax_that_weighs_values_is_taken_of_rows(tmp_path):
    assert last(tmp_path, SIZES, *ATTENTION, SCORES) in ACCEPTED
    assert last(tmp_path, SIZES, *ATTENTION, SCORES.replace("row", "col")) not in ACCEPTED


def test_the_gradient_of_a_word_may_be_transposed(tmp_path):
    assert last(tmp_path, f"{SIZES} {ROWS}", *ATTENTION, SCORES, r"dK = d\mathrm{scores}^{\top} Q") in ACCEPTED
    assert last(tmp_path, f"{SIZES} {ROWS}", *ATTENTION, SCORES, r"dQ = d\mathrm{scores}^{\top} K") in FOUND


CENTRED = (
    r"Sizes: $X \in \mathbb{R}^{N \times D}$, $\mu \in \mathbb{R}^{D}$.",
    r"\mu = \frac{1}{N} \operatorname{colsum}(X)",
    r"Y = X - \mathbf{1} \mu^{\top}",
    GIVEN.replace("dy", "dY"),
)


def test_sums_of_columns_are_as_long_as_the_rows(tmp_path):
    right = r"dX = \frac{1}{N} (N dY - \mathbf{1} \operatorname{colsum}(dY)^{\top})"
    assert last(tmp_path, *CENTRED, right) in ACCEPTED
    assert last(tmp_path, *CENTRED, right.replace("(N dY", "(dY")) in FOUND
    assert last(tmp_path, *CENTRED, right.replace("col", "row")) not in ACCEPTED


STATES = (
    r"c_{ne} = f_{ne} i_{ne}",
    r"m_{ne} = \tanh(c_{ne})",
    r"h_{ne} = o_{ne} m_{ne}",
    GIVEN.replace("$dy$", "$dh$, $dc$"),
    r"dm_{ne} = dh_{ne} o_{ne}",
    r"dc_{\mathrm{total},ne} = dc_{ne} + dm_{ne} (1 - \tanh^{2}(c_{ne}))",
)


def test_a_gradient_that_a_definition_adds_to_may_be_that_of_the_loss_by_itself(tmp_path):
    assert last(tmp_path, *STATES, r"df_{ne} = dc_{\mathrm{total},ne} i_{ne}") in ACCEPTED
    assert last(tmp_path, *STATES, r"df_{ne} = dc_{ne} i_{ne}") in ACCEPTED  # of all that reads c
    assert last(tmp_path, *STATES, r"df_{ne} = dc_{\mathrm{total},ne} f_{ne}") in FOUND
    assert last(tmp_path, *STATES, r"df_{ne} = 2 dc_{\mathrm{total},ne} i_{ne}") in FOUND


def test_a_gradient_of_steps_that_a_definition_adds_to_is_left_open(tmp_path):
    steps = (
        r"z_{tn} = x_{tn} + u h_{t-1,n}",
        r"h_{tn} = \tanh(z_{tn})",
        GIVEN.replace("dy", "dh"),
        r"dh_{\mathrm{total},tn} = dh_{tn} + dh_{\mathrm{back},t+1,n}",
        r"dh_{\mathrm{back},tn} = u dz_{tn}",
        r"dh_{\mathrm{back},Tn} = 0",
    )
    assert last(tmp_path, *steps, r"dz_{tn} = dh_{\mathrm{total},tn} (1 - h_{tn}^{2})") not in FOUND
