"""Curves, surfaces, paths and the errors of finite differences, drawn from derived gradients."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import symnet as sn
from symnet import catalog
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.pictures.curve import curves, elementwise
from symnet.pictures.landscape import landscape, run
from symnet.pictures.steps import errors

ELEMENTWISE = [n for names in catalog.FAMILIES.values() for n in names if elementwise(catalog.load(n).graph)]


@sn.op
def bowl(x: "", y: ""):
    """A bowl with its lowest point at (1, -1)."""
    return (x - 1) ** 2 + 3 * (y + 1) ** 2


@sn.op
def line(x: "n"):
    """Without curvature: differences make no error but rounding."""
    return 3 * x


@sn.op
def reciprocal(x: ""):
    """Not finite at 0."""
    return 1 / x


def run_command(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit:
        main(list(arguments), prog_name="symnet")
    out, err = capsys.readouterr()
    return exit.value.code or 0, out, err


def text(svg: str) -> str:
    return " ".join("".join(t.itertext()) for t in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_the_activations_are_elementwise_and_softmax_is_not():
    assert {"sigmoid", "relu", "gelu", "selu", "softsign"} <= set(ELEMENTWISE)
    assert not {"softmax", "maxout", "prelu", "dense", "batch_norm"} & set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_curve_of_the_derivative_is_the_slope_of_the_curve(name):
    value, slope = curves(catalog.load(name))
    f = sn.compile(name)
    axes = len(catalog.load(name).graph.inputs[0].axes)
    jumps = [jump[0] for jump in (*value.jumps, *slope.jumps)]
    smooth = [k for k, x in enumerate(slope.x) if np.isfinite(x) and all(abs(x - jump) > 0.01 for jump in jumps)]
    for k in smooth[::20]:
        x, h = np.full((1,) * axes, slope.x[k]), 1e-5
        assert float((f.forward(x + h)[0] - f.forward(x - h)[0]).item()) / (2 * h) == pytest.approx(
            slope.y[k], abs=2e-5
        )


def test_jumps_are_found_where_they_are_with_the_value_of_the_convention():
    _, relu = curves(catalog.load("relu"))
    assert relu.jumps == ((0.0, 0.0, 0.0, 1.0),)
    value, slope = curves(catalog.load("step"))
    assert value.jumps == ((0.0, 0.0, 0.0, 1.0),) and not slope.jumps
    _, clipped = curves(catalog.load("hard_tanh"))
    assert [jump[0] for jump in clipped.jumps] == [-1, 1]
    assert not any(curve.jumps for curve in curves(catalog.load("sigmoid")))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_picture_of_a_curve_is_small_and_names_both_lines(name):
    svg = sn.plot(name).svg()
    assert len(svg) < 20_000 and f"{name}(x)" in text(svg) and f"{name}′(x)" in text(svg)
    assert "<metadata" not in svg and 'id="figure' not in svg and "fill: #ffffff" not in svg


def test_forward_differences_have_order_one_and_central_ones_order_two():
    found = errors(catalog.load("softmax_cross_entropy"))
    assert found.slopes == (pytest.approx(1, abs=0.02), pytest.approx(2, abs=0.02))
    tiny = found.steps < 1e-13
    assert found.central[tiny].min() > 1e3 * found.central.min()  # rounding
    svg = sn.plot("softmax_cross_entropy", "steps").svg()
    assert "slope 1.00" in text(svg) and "slope 2.00" in text(svg)


def test_no_slope_is_claimed_where_only_rounding_is_seen():
    assert errors(line).slopes == (None, None)
    assert "slope" not in text(sn.plot(line, "steps").svg())


def test_a_surface_has_the_derived_gradient_of_its_two_numbers():
    assert landscape(bowl).function(2.0, 1.0) == (13.0, 2.0, 12.0)
    land = landscape(catalog.load("logistic_regression"), "w")
    value, a, b = land.function(0.3, -0.2)
    h = 1e-6
    assert (land.function(0.3 + h, -0.2)[0] - land.function(0.3 - h, -0.2)[0]) / (2 * h) == pytest.approx(a, rel=1e-6)
    assert (land.function(0.3, -0.2 + h)[0] - land.function(0.3, -0.2 - h)[0]) / (2 * h) == pytest.approx(b, rel=1e-6)


def test_paths_run_down_to_the_lowest_point():
    for rule in ("gradient_descent", "momentum", "nesterov", "adam"):
        points = run(landscape(bowl), rule, (-1.0, 1.0), 400, {"lr": 0.05})
        assert points[0].tolist() == [-1, 1] and np.hypot(*(points[-1] - (1, -1))) < 0.05
    svg = sn.plot(bowl, rules=["momentum", "adam"], constants={"lr": 0.05}).svg()
    assert "momentum" in text(svg) and "adam" in text(svg)


def test_a_rule_that_reads_whole_arrays_takes_both_numbers_as_one():
    @sn.op
    def bowl(x: "", y: ""):
        return x**2 + 2 * y**2

    start = np.array([3.0, 4.0])
    for rule, lr, length in (("lars", 2.0, 0.002 * 5), ("lamb", 0.01, 0.01 * 5), ("adafactor", 0.01, 0.01 * 5)):
        points = run(landscape(bowl), rule, tuple(start), 1, {"lr": lr})
        assert np.hypot(*(points[1] - start)) == pytest.approx(length), rule  # a part of the norm of both


def test_the_kind_follows_from_the_operation():
    assert [sn.plot(op).kind for op in ("gelu", bowl, "batch_norm")] == ["curve", "surface", "steps"]
    assert sn.plot("logistic_regression", wrt="w").kind == "surface"


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_hash_seed():
    code = (
        "import hashlib, symnet as sn\n"
        "for name, kind in (('gelu', None), ('relu', None), ('softmax', 'steps')):\n"
        "    print(hashlib.sha256(sn.plot(name, kind).svg().encode()).hexdigest())\n"
    )
    found = set()
    for seed in "0", "1":
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1


def test_pictures_leave_the_settings_of_the_user_alone():
    import matplotlib

    matplotlib.rcParams["font.size"] = 23
    try:
        first = sn.plot("relu").svg()
        assert matplotlib.rcParams["font.size"] == 23
    finally:
        matplotlib.rcdefaults()
    assert first == sn.plot("relu").svg()


def test_a_rule_of_a_file_has_a_path(tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(
        'import symnet as sn\n\n\n@sn.update\ndef heavy(w: "i", g: "i", v: "i", *, lr=0.1):\n'
        "    v = 0.5 * v + g\n    w = w - lr * v\n    return w, v\n"
    )
    assert "heavy" in sn.plot("logistic_regression", wrt="w", rules=[f"{file}:heavy"]).svg()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["softmax", "--kind", "curve"], "is not an elementwise operation"),
        (["softmax", "--kind", "surface"], "no scalar function"),
        (["logistic_regression", "--kind", "surface"], "--wrt w"),
        (["logistic_regression", "--wrt", "v"], "no differentiable input 'v'"),
        (["logistic_regression", "--wrt", "w", "--rule", "adamant"], "did you mean 'adam'"),
        (["logistic_regression", "--wrt", "w", "--rule", "gelu"], "no update rule 'gelu'"),
        (["logistic_regression", "--wrt", "w", "--kind", "path"], "name one"),
        (["logistic_regression", "--wrt", "w", "--rule", "adam", "--set", "foo=1"], "has a constant 'foo'"),
        (["logistic_regression", "--wrt", "w", "--rule", "adam", "--set", "lr=-1"], "lr"),
        (["gelu", "--rule", "adam", "--kind", "curve"], "no paths"),
        (["gelu", "--wrt", "x"], "wrt is for a surface"),
        (["gelu", "--at", "x=1"], "is an axis of the picture"),
        (["leaky_relu", "--at", "slope=1"], "has no constant 'slope'"),
        (["gelu", "--between", "x=2,1"], "empty"),
        (["gelu", "--between", "x=a,b"], "no pair of numbers"),
        (["gelu", "--between", "u=0,1"], "has no axis 'u'"),
        (["gelu", "--lang", "xx"], "no explanations in language"),
        (["gelu", "-o", "gelu.png"], "end it in .svg"),
        (["adam"], "is an update rule"),
        (["gelx"], "did you mean 'gelu'"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, err = run_command(capsys, "plot", *arguments)
    assert code == 2 and not out and said in err and len(err.splitlines()) <= 3
    assert not list(tmp_path.iterdir())


def test_a_constant_changes_the_curve():
    _, slope = curves(catalog.load("leaky_relu"), constants={"alpha": 0.3})
    assert slope.jumps == ((0.0, 0.3, 0.3, 1.0),)
    assert sn.plot("leaky_relu", given={"alpha": 0.3}).svg() != sn.plot("leaky_relu").svg()


def test_a_path_out_of_all_bounds_is_refused():
    with pytest.raises(SymnetError, match="out of all bounds"):
        sn.plot(bowl, rules=["gradient_descent"], constants={"lr": 1e6}, steps=2000).svg()


def test_a_curve_through_a_pole_is_refused():
    with pytest.raises(SymnetError, match="not finite between -5 and 5"):
        sn.plot(reciprocal).svg()


def test_a_missing_matplotlib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SymnetError, match="pictures need matplotlib"):
        sn.plot("relu").svg()
