"""The examples do what their first lines promise."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def example(name: str):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def output(name: str, *arguments: str) -> str:
    """What the example prints when a user runs it from another folder."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def digits():
    pytest.importorskip("sklearn", reason="the images of the digits example come with scikit-learn")
    return example("digits")


def test_digits_reach_97_percent(digits, tmp_path):
    assert digits.train(folder=tmp_path, say=lambda line: None) >= 0.97


def test_digits_learn_with_another_seed_too(digits, tmp_path):
    assert digits.train(seed=1, folder=tmp_path, say=lambda line: None) >= 0.97


def test_digits_use_modules_that_stand_alone(digits, tmp_path):
    digits.train(epochs=1, folder=tmp_path, say=lambda line: None)
    written = {path.name for path in tmp_path.glob("*.py")}
    assert written == {"training_loss.py", "statistics.py", "predicted_scores.py"}
    for name in written:
        assert "symnet" not in "\n".join(re.findall(r"^\s*(?:import|from) .*$", (tmp_path / name).read_text(), re.M))


def test_digits_print_progress_and_end_with_the_accuracy(digits):
    *progress, last = output("digits", "--epochs", "2", "--seed", "3").splitlines()
    assert len(progress) == 2 and all("loss" in line and "accuracy" in line for line in progress)
    assert re.fullmatch(r"test accuracy [01]\.\d+", last)


def test_digits_repeat_exactly(digits, tmp_path):
    said = [], []
    for lines in said:
        digits.train(epochs=2, seed=5, folder=tmp_path, say=lines.append)
    assert said[0] == said[1]


def test_two_layer_network_agrees_with_the_gradients_by_hand_at_every_step():
    assert max(apart for _, apart in example("two_layer_network").training(steps=100)) <= 1e-10


def test_two_layer_network_learns():
    losses = [loss for loss, _ in example("two_layer_network").training(steps=100)]
    assert losses[-1] < losses[49] < losses[0] / 5


def test_two_layer_network_prints_loss_and_difference():
    *losses, last = output("two_layer_network", "--steps", "60").splitlines()
    assert [line.split()[1] for line in losses] == ["1", "50", "60"]
    assert float(last.split()[-1]) <= 1e-10


def test_optimizers_all_classify_digits():
    pytest.importorskip("sklearn", reason="the images of the example come with scikit-learn")
    module = example("optimizers")
    found = module.compare(list(module.DIGITS), epochs=5, say=lambda line: None)
    assert len(found) >= 8 and min(found.values()) > 0.93


@pytest.mark.slow
def test_optimizers_print_one_line_for_each_rule():
    pytest.importorskip("sklearn", reason="the images of the example come with scikit-learn")
    head, *rows = output("optimizers", "--epochs", "1", "--rules", "adam", "lion").splitlines()
    assert head.startswith("rule") and [row.split()[0] for row in rows] == ["adam", "lion"]


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_whitening_makes_the_covariance_the_identity_and_keeps_its_map(kind):
    module = example("whitening")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4)) + 3
    learned = module.Whitening(kind)
    y = learned.fit_transform(x)
    assert np.allclose(y.mean(axis=0), 0, atol=1e-12) and np.allclose(np.cov(y.T, bias=True), np.eye(4), atol=1e-11)
    other = rng.normal(size=(3, 4))
    assert np.allclose(learned.transform(other), (other - x.mean(axis=0)) @ learned.map, atol=1e-12)
    assert np.allclose(learned.map, learned.map.T, atol=1e-10) == (kind == "zca")


def test_whitening_leaves_out_what_does_not_vary():
    x = np.random.default_rng(0).normal(size=(30, 3))
    x[:, 1] = 5
    assert example("whitening").Whitening().fit_transform(x).shape == (30, 2)


@pytest.mark.parametrize(
    "kind, shape, match", [("ica", (5, 2), "ica"), ("pca", (5,), r"\(5,\)"), ("zca", (1, 2), "two")]
)
def test_whitening_says_what_it_can_not_use(kind, shape, match):
    with pytest.raises(ValueError, match=match):
        example("whitening").Whitening(kind).fit(np.ones(shape))


@pytest.mark.slow
def test_whitening_prints_the_variances():
    pytest.importorskip("sklearn", reason="the images of the example come with scikit-learn")
    fitted, held = output("whitening", "--kind", "zca").splitlines()
    assert fitted.endswith("variances from 1 to 1") and held.strip().startswith("held out")
