r"""Update rules: each known form is recognised under other letters, each single error in it is found and mended."""

from __future__ import annotations

import pytest

from symnet.lecture.knowledge.algorithms import judge_updates, match
from symnet.lecture.knowledge.rules import algorithms, rules, templates
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Statement


def statement(latex: str) -> Statement:
    (found,) = read_formula(latex)
    assert isinstance(found, Statement), found
    return found


def judged(prose: str, *lines: str):
    items = [(statement(line), prose if i == 0 else "") for i, line in enumerate(lines)]
    return judge_updates(items)


def test_every_rule_is_read_and_used_and_agrees_with_itself():
    assert {r for a in algorithms() for r in a.rules} == set(rules())
    assert len(templates()) == sum(len(r.spellings) for r in rules().values())


GOOD = {
    "gradient descent": [r"w^1 = w^0 - \eta \cdot \nabla L(w^0)"],
    "gradient descent, iterate as a label": [r"w^{(k+1)} = w^{(k)} - \eta \nabla L(w^{(k)})"],
    "SGD over a batch": [
        r"\mathbf{w} = \mathbf{w} - \frac{\eta}{|B|} \sum_{i \in B} \partial_{\mathbf{w}} l^{(i)}(\mathbf{w}, b)"
    ],
    "gradient descent by the slope": [r"x \leftarrow x - \eta f'(x)"],
    "exponentially weighted average": [
        r"v_1 = 0.9 v_0 + 0.1 \theta_1",
        r"v_t = \beta v_{t-1} + (1 - \beta) \theta_t",
        r"v_t \rightarrow \frac{v_t}{1 - \beta^t}",
    ],
    "momentum, averaged": [r"V_{dW} = \beta V_{dW} + (1 - \beta) dW", r"W = W - \alpha V_{dW}"],
    "momentum, heavy ball": [r"h_t = \alpha h_{t-1} + \eta g_t", r"w_t = w_{t-1} - h_t"],
    "momentum, sign inside": [
        r"v \leftarrow \alpha v - \epsilon \nabla_\theta L(\theta)",
        r"\theta \leftarrow \theta + v",
    ],
    "momentum with dampening": [r"b_t = \mu b_{t-1} + (1 - \tau) g_t", r"p_{t+1} = p_t - \text{lr} \cdot b_t"],
    "Nesterov": [r"h_t = \alpha h_{t-1} + \eta \nabla L(w_{t-1} - \alpha h_{t-1})", r"w_t = w_{t-1} - h_t"],
    "Nesterov, sign inside": [
        r"v_{t+1} = \mu v_t - \varepsilon \nabla f(\theta_t + \mu v_t)",
        r"\theta_{t+1} = \theta_t + v_{t+1}",
    ],
    "Nesterov, by two velocities": [
        r"v_t = \mu v_{t-1} - \eta g_t",
        r"x_t = x_{t-1} - \mu v_{t-1} + (1 + \mu) v_t",
    ],
    "momentum in one line": [r"x_{t+1} = x_t - \eta \nabla f(x_t) + \beta (x_t - x_{t-1})"],
    "factors on the right": [
        r"m_t = \beta_1 m_{t-1} + g_t (1 - \beta_1)",
        r"v_t = \beta_2 v_{t-1} + g_t^2 (1 - \beta_2)",
        r"x_t = x_{t-1} - \frac{m_t}{\sqrt{v_t} + \epsilon} \eta",
    ],
    "AdaGrad": [r"G_t = G_{t-1} + g_t^2", r"w_t = w_{t-1} - \frac{\eta}{\sqrt{G_t + \varepsilon}} g_t"],
    "AdaGrad, by coordinate": [
        r"G_t^j = G_{t-1}^j + g_{tj}^2",
        r"w_t^j = w_{t-1}^j - \frac{\eta}{\sqrt{G_t^j + \varepsilon}} g_t^j",
    ],
    "AdaGrad, change apart": [
        r"r \leftarrow r + g \odot g",
        r"\Delta\theta \leftarrow -\frac{\epsilon}{\delta + \sqrt{r}} \odot g",
        r"\theta \leftarrow \theta + \Delta\theta",
    ],
    "RMSProp": [r"S = \beta S + (1 - \beta) (dw)^2", r"w = w - \frac{\alpha}{\sqrt{S}} \frac{\partial L}{\partial w}"],
    "AdaDelta": [
        r"s_t = \rho s_{t-1} + (1 - \rho) g_t^2",
        r"x_t = x_{t-1} - \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{s_t + \epsilon}} g_t",
    ],
    "Adam": [
        r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
        r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2",
        r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
        r"\hat{v}_t = \frac{v_t}{1 - \beta_2^t}",
        r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
    ],
    "Adam, bold, no correction": [
        r"\mathbf{v}_t \leftarrow \beta_1 \mathbf{v}_{t-1} + (1 - \beta_1) \mathbf{g}_t",
        r"\mathbf{s}_t \leftarrow \beta_2 \mathbf{s}_{t-1} + (1 - \beta_2) \mathbf{g}_t \odot \mathbf{g}_t",
        r"\mathbf{x}_t \leftarrow \mathbf{x}_{t-1} - \eta \frac{\mathbf{v}_t}{\sqrt{\mathbf{s}_t + \epsilon}}",
    ],
    "AdamW": [r"w_t = w_{t-1} - \alpha \left( \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} + \lambda w_{t-1} \right)"],
    "weight decay": [r"w = w - \eta (g + \lambda w)", r"w = (1 - \eta \lambda) w - \eta \frac{\partial L}{\partial w}"],
    "perceptron rule": [r"w = w + \eta (t - y) x", r"w_i = w_i + \eta (y - \hat{y}) x_i", r"w = w + y x"],
    "running average": [r"E_{i+1} = (1 - \alpha) E_i + \alpha E_B"],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_known_rule_agrees(name):
    for line in judged(name, *GOOD[name]):
        assert line is not None and line.verdict == "update" and line.agrees, line


ADAM = GOOD["Adam"]
WRONG = [
    (0, r"m_t = \beta_1 m_{t-1} + g_t", "factor 1 - ", ADAM[0]),
    (0, r"m_t = \beta_1 m_{t-1} - (1 - \beta_1) g_t", "sign", ADAM[0]),
    (0, r"m_t = \beta_1 m_{t-1} + (1 + \beta_1) g_t", "sign", ADAM[0]),
    (0, r"m_t = \beta_1 m_t + (1 - \beta_1) g_t", "computed from itself", None),
    (1, r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t", "square", ADAM[1]),
    (1, r"v_t = \beta_2 v_{t-1} + (1 - \beta_1) g_t^2", "belongs", ADAM[1]),
    (1, r"v_t = \beta_2 v_{t-1} + \beta_2 g_t^2", "belongs", ADAM[1]),
    (2, r"\hat{m}_t = \frac{m_t}{1 - \beta_1}", "power t", ADAM[2]),
    (3, r"\hat{v}_t = \frac{v_t}{1 - \beta_1^t}", "its correction", ADAM[3]),
    (3, r"\hat{v}_t = \frac{m_t}{1 - \beta_2^t}", "instead of", ADAM[3]),
    (4, r"\theta_t = \theta_{t-1} + \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}", "sign", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{m}_t}{\hat{v}_t + \epsilon}", "root", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{v_t} + \epsilon}", "corrected", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{m_t}{\sqrt{\hat{v}_t} + \epsilon}", "corrected", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{m_t}{\sqrt{v_t} + \epsilon}", "corrected", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{v}_t}{\sqrt{\hat{v}_t} + \epsilon}", "belongs", ADAM[4]),
    (4, r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{v}_t}{\sqrt{\hat{m}_t} + \epsilon}", "below the root", ADAM[4]),
]


@pytest.mark.parametrize(("place", "wrong", "why", "right"), WRONG)
@pytest.mark.parametrize("prose", ["Adam keeps two averages", ""])
def test_one_error_in_adam_is_found_and_mended_and_the_other_lines_stand(place, wrong, why, right, prose):
    lines = [*ADAM[:place], wrong, *ADAM[place + 1 :]]
    found = judged(prose, *lines)
    assert [line.verdict for i, line in enumerate(found) if i != place] == ["update"] * 4
    assert found[place].verdict == "refuted" and why in found[place].reason
    if right is not None:
        assert statement(found[place].correction) == statement(right)


def test_a_corrected_value_that_overwrites_its_state_is_an_error_where_another_name_is_used():
    lines = [*ADAM[:3], r"v_t = \frac{v_t}{1 - \beta_2^t}", ADAM[4]]
    found = judged("Adam", *lines)[3]
    assert found.verdict == "refuted" and "defined nowhere" in found.reason
    assert statement(found.correction) == statement(ADAM[3])
    plain = [
        *ADAM[:2],
        r"m_t = \frac{m_t}{1 - \beta_1^t}",
        lines[3],
        r"\theta_t = \theta_{t-1} - \alpha \frac{m_t}{\sqrt{v_t} + \epsilon}",
    ]
    assert all(line.verdict == "update" for line in judged("Adam", *plain))


def test_a_gradient_of_another_parameter_is_an_error():
    found = judged("gradient descent", r"W = W - \alpha dW", r"b = b - \alpha dW", r"b = b - \alpha db")
    assert [line.verdict for line in found] == ["update", "refuted", "update"]
    assert statement(found[1].correction) == statement(r"b = b - \alpha db")


def test_a_step_uphill_is_an_error_only_where_downhill_is_meant():
    uphill = r"\theta \leftarrow \theta + \eta \nabla_\theta L(\theta)"
    (down,) = judged("gradient descent", uphill)
    assert down.verdict == "refuted"
    assert statement(down.correction) == statement(r"\theta \leftarrow \theta - \eta \nabla_\theta L(\theta)")
    for prose in ("", "gradient ascent on the reward", "градиентный спуск ... максимизируем правдоподобие"):
        (line,) = judged(prose, uphill)
        assert line.verdict == "update"


def test_the_sign_of_the_velocity_and_of_the_step_must_fit():
    found = judged("momentum", r"v_t = \beta v_{t-1} + \eta \nabla L(w_t)", r"w_{t+1} = w_t + v_t")
    assert [line.verdict for line in found] == ["update", "refuted"]
    assert statement(found[1].correction) == statement(r"w_{t+1} = w_t - v_t")
    nesterov = judged("Nesterov", r"v_t = \mu v_{t-1} + \eta \nabla f(x_{t-1} + \mu v_{t-1})", r"x_t = x_{t-1} - v_t")
    assert statement(nesterov[0].correction) == statement(r"v_t = \mu v_{t-1} + \eta \nabla f(x_{t-1} - \mu v_{t-1})")


def test_a_value_of_the_step_before_last_is_another_quantity():
    for prose, wrong, right in (
        (
            "momentum",
            r"x_{t+1} = x_t - \eta g_t - \beta (x_t - x_{t-1})",
            r"x_{t+1} = x_t - \eta g_t + \beta (x_t - x_{t-1})",
        ),
        (
            "momentum",
            r"x_{t+1} = x_t - \eta g_t + \beta (x_{t-1} - x_t)",
            r"x_{t+1} = x_t - \eta g_t - \beta (x_{t-1} - x_t)",
        ),
    ):
        (line,) = judged(prose, wrong)
        assert line.verdict == "refuted" and statement(line.correction) == statement(right)
    sign = judged("Nesterov", r"v_t = \mu v_{t-1} - \eta g_t", r"x_t = x_{t-1} + \mu v_{t-1} + (1 + \mu) v_t")
    assert [line.verdict for line in sign] == ["update", "refuted"]


UNCOMPARED = [
    r"x_{t+1} = x_t - \frac{f'(x_t)}{f''(x_t)}",
    r"x = x - \eta H^{-1} \nabla f(x)",
    r"x_{k+1} = x_k + \alpha_k p_k",
    r"\eta_{t+1} = \eta_t \alpha",
    r"t = t + 1",
    r"w = w + 0.001 \cdot 2 \sum_{i=1}^n (y_i - x_i^T w) x_i",
    r"h_t = \tanh(W h_{t-1} + U x_t)",
    r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde{h}_t",
    r"z = W x + b",
]


@pytest.mark.parametrize("latex", UNCOMPARED)
@pytest.mark.parametrize("prose", ["", "gradient descent and Adam"])
def test_what_is_no_known_rule_is_never_refuted(latex, prose):
    (line,) = judged(prose, latex)
    assert line is None or line.verdict == "update"


def test_algorithms_of_one_document_are_kept_apart():
    items = [
        (statement(r"V = \beta V + (1 - \beta) dw"), "Momentum"),
        (statement(r"w = w - \alpha V"), ""),
        *[
            (statement(line), "")
            for line in (r"V = \beta_1 V + (1 - \beta_1) dw", r"S = \beta_2 S + (1 - \beta_2) dw^2")
        ],
        (statement(r"\hat{V} = \frac{V}{1 - \beta_1^t}"), ""),
        (statement(r"\hat{S} = \frac{S}{1 - \beta_2^t}"), ""),
        (statement(r"w = w - \alpha \frac{\hat{V}}{\sqrt{\hat{S} + \epsilon}}"), ""),
    ]
    assert [line.verdict for line in judge_updates(items)] == ["update"] * 7


def test_match_names_the_algorithm_of_a_group():
    found = match([statement(line) for line in ADAM])
    assert found is not None and found.algorithm == "Adam"
    assert match([statement("y = a x + b")]) is None


def test_the_place_of_epsilon_is_said():
    inside = judged(
        "Adam", *ADAM[:4], r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \epsilon}}"
    )[4]
    outside = judged("Adam", *ADAM)[4]
    assert inside.agrees and "inside the root" in inside.reason
    assert outside.agrees and "outside of the root" in outside.reason


def test_a_lost_correction_is_found_in_the_direction_as_in_the_step():
    direction = r"r_t = \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}"
    lines = [*ADAM[:4], direction.replace(r"\hat{m}", "m"), r"\theta_t = \theta_{t-1} - r_t"]
    found = judged("Adam", *lines)
    assert [line.verdict for line in found] == [*["update"] * 4, "refuted", "update"]
    assert statement(found[4].correction) == statement(direction)


def test_a_step_without_corrections_may_stand_before_they_are_introduced():
    plain = r"\theta_t = \theta_{t-1} - \alpha \frac{m_t}{\sqrt{v_t} + \epsilon}"
    assert all(line.agrees for line in judged("Adam", *ADAM[:2], plain, *ADAM[2:]))


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("RMSProp", r"s_t = \gamma s_{t-1} + (1 - \gamma) g_t^2"),
        ("AdaGrad", r"s_t = s_{t-1} + g_t^2"),
    ],
)
def test_what_stands_below_the_root_holds_squares(name, good):
    step = r"w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} g_t"
    assert all(line.agrees for line in judged(name, good, step))
    first, second = judged(name, good.replace("g_t^2", "g_t"), step)
    assert first.verdict == "refuted" and statement(first.correction) == statement(good)
    assert second.agrees


def test_a_step_along_a_state_of_unknown_content_agrees_with_nothing():
    found = judged("", r"v_t = \mu v_{t-1} - \eta \cos(\nabla L(w_{t-1}))", r"w_t = w_{t-1} + v_t")
    assert not any(line is not None and line.agrees for line in found)


def test_headings_name_algorithms_to_the_end_of_their_section():
    step = statement(r"w_t = w_{t-1} - \frac{\eta}{s_t + \epsilon} g_t")
    square = statement(r"s_t = \gamma s_{t-1} + (1 - \gamma) g_t^2")
    root = statement(r"w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t} + \epsilon} g_t")
    items = [(square, "Adam, to begin with"), (root, ""), (square, ""), (step, "")]
    under = [("Optimisers", "First"), ("Optimisers", "First"), ("Optimisers", "RMSProp"), ("Optimisers", "RMSProp")]
    found = judge_updates(items, under)
    assert [line.algorithm for line in found] == ["Adam", "Adam", "RMSProp", "RMSProp"]
    assert found[3].verdict == "refuted" and statement(found[3].correction) == root
    elsewhere = [("Adam",), ("Adam",), ("Other methods",), ("Other methods",)]
    assert judge_updates(items, elsewhere)[3].verdict == "update"
