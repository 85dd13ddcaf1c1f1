"""Training steps: loss, gradients and update as one generated module."""

from __future__ import annotations

import ast
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.catalog import RULES, load
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.explain.catalogue import pages
from symnet.loading import rule_names

RULE_NAMES = [name for name in rule_names() if isinstance(load(name), sn.UpdateRule)]
#: those that step the parameters of a classifier: not averages, not statistics, not only matrices
OPTIMISERS = [n for n in RULE_NAMES if not n.startswith(("weighted", "running", "adafactor"))]


def problem(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(12, 4)), rng.integers(0, 3, 12)
    parameters = {"w1": rng.normal(size=(4, 6)), "b1": np.zeros(6), "w2": rng.normal(size=(6, 3)), "b2": np.zeros(3)}
    return {k: v.astype(dtype) for k, v in parameters.items()}, x.astype(dtype), np.eye(3, dtype=dtype)[labels]


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("rule", OPTIMISERS)
def test_a_step_is_the_update_of_the_gradients(rule, style):
    step, loss, update = (
        sn.compile(sn.training_step("classifier", rule), style),
        sn.compile("classifier"),
        sn.compile(rule),
    )
    parameters, x, y = problem()
    ours, state = parameters, step.init(parameters)
    theirs, kept = parameters, update.init(parameters)
    for _ in range(3):
        at = update.point(theirs, kept) if load(rule).point else theirs
        value, cache = loss.forward(x, *(at[n] for n in ("w1", "b1", "w2", "b2")), y)
        gradients = dict(zip(("w1", "b1", "w2", "b2"), loss.backward(1.0, cache)[1:]))
        theirs, kept = update.step(theirs, gradients, kept)
        found, ours, state = step.step(ours, x, y, state)
        assert found == pytest.approx(value, rel=1e-12)
        for name in parameters:
            assert np.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-12)


def test_the_module_imports_only_numpy_and_runs_alone(tmp_path):
    path = sn.generate(sn.training_step("two_layer_network", "adam"), tmp_path)
    assert path.name == "two_layer_network_adam_step.py"
    imports = [a.name for s in ast.walk(ast.parse(path.read_text())) if isinstance(s, ast.Import) for a in s.names]
    assert imports == ["numpy"]
    program = (
        "import numpy as np, two_layer_network_adam_step as m\n"
        "rng = np.random.default_rng(0)\n"
        "p = {'w1': rng.normal(size=(3, 5)), 'w2': rng.normal(size=(5, 2))}\n"
        "x = rng.normal(size=(8, 3)); y = np.tanh(x[:, :2]); s = m.init(p); losses = []\n"
        "for _ in range(300):\n    loss, p, s = m.step(p, x, y, s, lr=0.05)\n    losses.append(loss)\n"
        "assert losses[-1] < 0.05 * losses[0], losses[-1]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_float32_stays_and_nothing_given_is_changed():
    parameters, x, y = problem(dtype=np.float32)
    step = sn.compile("classifier_adam_step")
    state = step.init(parameters)
    before = repr((parameters, x, y, state))
    loss, new, after = step.step(parameters, x, y, state)
    assert repr((parameters, x, y, state)) == before
    assert loss.dtype == np.float32 and {v.dtype for v in new.values()} == {np.dtype(np.float32)}
    assert {v.dtype for v in after["m"].values()} == {np.dtype(np.float32)} and after["t"] == 1


def test_a_language_model_learns_its_text():
    step = sn.compile("language_model_adamw_step")
    sizes = {"b": 2, "t": 5, "v": 11, "m": 6, "h": 2, "d": 3, "e": 8}
    rng = np.random.default_rng(1)
    axes = step.module.AXES
    parameters = {n: 0.3 * rng.normal(size=[sizes[a] for a in axes[n].split()]) for n in step.module.PARAMETERS}
    tokens, targets = rng.integers(0, 11, (2, 5)), rng.integers(0, 11, (2, 5))
    state, losses = step.init(parameters), []
    for _ in range(150):
        loss, parameters, state = step.step(parameters, tokens, targets, state, lr=0.02)
        losses.append(float(loss))
    assert losses[-1] < 0.05 * losses[0]


def test_the_perceptron_rule_separates_what_can_be_separated():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2))
    margin = x @ np.array([1.0, -2.0]) + 0.3
    x, y = x[np.abs(margin) > 0.4], np.sign(margin[np.abs(margin) > 0.4])
    step = sn.compile(sn.training_step("perceptron", "gradient_descent"))
    parameters = {"w": np.zeros(2), "b": np.array(0.0)}
    state = step.init(parameters)
    for _ in range(200):
        mistakes = 0
        for k in range(len(x)):
            before = parameters
            _, parameters, state = step.step(parameters, x[k : k + 1], y[k : k + 1], state, lr=1.0)
            wrong = y[k] * (x[k] @ before["w"] + before["b"]) <= 0
            assert np.allclose(parameters["w"], before["w"] + wrong * y[k] * x[k])  # Rosenblatt's rule
            mistakes += wrong
        if not mistakes:
            break
    assert not mistakes and np.all(y * (x @ parameters["w"] + parameters["b"]) > 0)


@pytest.mark.parametrize("name", RULES["training"])
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_steps_of_the_catalogue_pass_their_check(name, style):
    report = sn.check_gradients(load(name), style=style, trials=2)
    assert report.ok, report.table()


def test_a_wrong_step_is_seen(monkeypatch):
    from symnet.codegen import module

    step = sn.training_step("two_layer_network", "momentum")
    source = module.module_source(step)
    for right, wrong in (("w - lr", "w + lr"), ("return loss, parameters", "return 2 * loss, parameters")):
        assert right in source
        compiled = module.Compiled(step.name, source.replace(right, wrong))
        step.__dict__["_compiled"] = {module.module_source(step, "fast"): compiled}
        assert not sn.check_gradients(step, trials=1).ok


# What is a parameter, and bad input


def test_parameters_are_what_does_not_run_along_the_samples():
    assert sn.training_step("classifier", "adam").parameters == ("w1", "b1", "w2", "b2")
    assert sn.training_step("classifier", "adam", "w2").data == ("x", "w1", "b1", "b2", "y")
    assert sn.training_step("language_model", "adam").data == ("tokens", "targets")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("dense", "adam"), "not a scalar loss"),
        (("l1_penalty", "adam"), "can not be told from its data"),
        (("classifier", "adam", ("v",)), "'v' is not an input"),
        (("classifier", "adam", ("y",)), "'y' gets no gradient"),
        (("classifier", "adam", ()), "no parameter"),
        (("classifier", "sigmoid"), "sigmoid is not an update rule"),
        (("adam", "adam"), "adam is not a loss"),
        (("classifier", "adem"), "did you mean 'adam'"),
    ],
)
def test_what_can_not_be_trained_is_refused_with_the_reason(arguments, words):
    with pytest.raises(SymnetError, match=words):
        _ = sn.training_step(*arguments).parameters


def test_constants_of_both_keep_apart():
    @sn.op
    def scaled(x: "n d", w: "d", *, lr=2.0):
        return lr * sn.sum(sn.sum(x * w, over="d") ** 2, over="n")

    step = sn.compile(sn.training_step(scaled, "gradient_descent"))
    x, w = np.array([[1.0]]), {"w": np.array([3.0])}
    loss, new, _ = step.step(w, x, step.init(w), lr=1.0, gradient_descent_lr=0.5)
    assert (loss, new["w"][0]) == (9.0, 0.0)


@pytest.mark.parametrize("name", ["state", "forward", "at", "zip", "PARAMETERS"])
def test_data_called_as_what_a_step_calls_is_refused(name):
    def loss(data, w):
        return sn.sum((data - w) ** 2, over="n")

    op = sn.op(lambda *arrays: loss(*arrays), name="loss", inputs={name: "n", "w": ""})
    with pytest.raises(SymnetError, match=f"'{name}' of loss"):
        sn.compile(sn.training_step(op, "nesterov"))


def test_errors_of_a_step_name_it_and_the_reason():
    step = sn.compile("classifier_adam_step")
    parameters, x, y = problem()
    state = step.init(parameters)

    def raises(words, *arguments, **constants):
        with pytest.raises(ValueError, match=f"classifier_adam_step: {words}"):
            step.step(*arguments, **constants)

    raises("the parameters are", {"w1": parameters["w1"]}, x, y, state)
    raises("the parameters are ndarray", parameters["w1"], x, y, state)
    raises("the state holds", parameters, x, y, {})
    raises("lr is -1", parameters, x, y, state, lr=-1)
    raises("axis 'n'", parameters, x[:3], y, state)
    raises("x has dtype int64", parameters, x.astype(int), y, state)
    raises("t is -1", parameters, x, y, {**state, "t": -1})


def test_the_command_line_generates_and_verifies_steps(tmp_path):
    def run(*arguments, code=0):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    made = ["classifier", "--update", "lamb", "--parameters", "w1,b1", "-o", str(tmp_path), "--style", "readable"]
    run("generate", *made)
    text = (tmp_path / "classifier_lamb_step.py").read_text()
    assert "run `symnet generate classifier --update lamb --parameters w1,b1`" in text
    assert "symnet generate classifier --update lamb" in text and 'PARAMETERS = ("w1", "b1")' in text
    run("generate", *made, "--check")
    assert "classifier_lars_step: ok" in run("verify", "classifier", "--update", "lars", "--trials", "1")
    run("generate", "--update", "adam", code=2)
    run("generate", "classifier", "--parameters", "w1", code=2)
    run("generate", "classifier", "--update", "softmax", code=2)


NAME = "gated_loss_adam_step.md"


@sn.op
def gated_loss(x: "n t", y: "n", v: "t", g: "t", beta1: ""):
    """A loss whose names are those of Adam: of its second moment, its gradient and its constant."""
    m = sn.sum(x * v * g, over="t")
    return sn.mean((beta1 * m - y) ** 2)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_page_never_calls_two_things_by_one_name(lang):
    """What the loss has named is set in typewriter letters in the update, hats and all; the index t counts no steps."""
    page = pages(sn.training_step(gated_loss, "adam", ("v", "g", "beta1")))[{"en": "", "ru": "ru/"}[lang] + NAME]
    update = page[page.index(r"\mathtt{m}_{k} =") :]
    assert r"\mathtt{v}_{k} = \beta_{2} \mathtt{v}_{k - 1} + (1 - \beta_{2}) \mathtt{g}_{k}^{2}" in update
    assert (
        r"\hat{\mathtt{m}}_{k} = \frac{\mathtt{m}_{k}}{1 - \mathtt{beta}_{1}^{k}}" in update
        and r"$\mathtt{v}_{0} = 0$, $k = 0$" in update
    )
    assert r"| $v_{t}, \mathtt{v}$ |" in page and r"v_{k}" not in update.replace(r"\mathtt{v}_{k}", "")
