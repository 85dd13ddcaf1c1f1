"""Computational graphs as pictures."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import symnet as sn
from symnet import catalog
from symnet.check.interpreted import InterpretedModule
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.explain.texts import languages
from symnet.pictures.operations import taken_apart
from symnet.pictures.point import sample_of
from symnet.pictures.values import values_of
from symnet.pictures.words import words

NAMES = [name for family in catalog.FAMILIES.values() for name in family]
SCANS = [name for name in NAMES if any(node.carry is not None for node in catalog.load(name).graph.nodes)]
POINT = {"x": -2, "y": 5, "z": -4}


@sn.op
def twice(x: "", y: ""):
    """x is read twice."""
    a = x * y
    return a + sn.sin(x)


def texts(svg: str, role: str) -> list[tuple[float, float, str]]:
    """(x, y, text) of all text of a role."""
    root = ElementTree.fromstring(svg)
    return [
        (float(t.get("x")), float(t.get("y")), "".join(t.itertext()))
        for t in root.iter("{http://www.w3.org/2000/svg}text")
        if t.get("class") == role
    ]


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit:
        main(list(arguments), prog_name="symnet")
    out, err = capsys.readouterr()
    return exit.value.code or 0, out, err


@pytest.mark.parametrize("operations", [False, True])
def test_the_product_of_a_sum_shows_its_values_above_and_its_gradients_below(operations):
    svg = sn.graph("computational_graph", **POINT, operations=operations).svg()
    values, gradients = texts(svg, "value")[:-1], texts(svg, "gradient")[:-1]  # the last ones are the legend
    pairs = {(value, next(g for gx, gy, g in gradients if gx == x and 10 < gy - y < 40)) for x, y, value in values}
    assert pairs == {("−2", "← −4"), ("5", "← −4"), ("−4", "← 3"), ("3", "← −4"), ("−12", "← 1")}
    shown = [text for _, _, text in texts(svg, "formula")]
    assert shown == (["x", "y", "z", "+", "q", "×", "f"] if operations else ["x", "y", "z", "q = x + y", "f = z q"])


def test_a_node_with_two_readers_shows_what_each_adds_to_its_gradient():
    shown = [text for _, _, text in texts(sn.graph(twice, x=0, y=3).svg(), "gradient")]
    assert "← 4" in shown and shown.count("← 3") == 1  # y + cos x = 4; 3 comes from the product
    assert shown.count("← 1") == 3  # from the sine, at a, and at the output


#: operations whose many boxes take long to be laid out
LONG = ("transformer", "transformer_block", "language_model")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in NAMES if n not in SCANS]
)
def test_every_operation_of_the_catalogue_is_drawn(name):
    op = catalog.load(name)
    point = sample_of(op.graph)
    derived = InterpretedModule(sn.derive(op)) if op.graph.differentiable_inputs and name != "step" else None
    whole = values_of(op.graph, point, {})
    split, labels = taken_apart(op.graph)
    apart = values_of(split, point, {})
    assert all(labels[n.name] for n in split.definitions)
    for node in op.graph.nodes:
        np.testing.assert_allclose(apart.forward[node.name], whole.forward[node.name], rtol=1e-6, atol=1e-9)
    if derived is not None:
        _, cache = derived.forward(*(point[n.name] for n in op.graph.inputs))
        found = derived.backward(*(whole.upstream[y.name] for y in op.graph.outputs), cache)
        wanted = [n.name for n in op.graph.differentiable_inputs]
        for input_name, gradient in zip(wanted, found):
            for values in (whole, apart):
                shown = values.gradients.get(input_name, np.zeros_like(gradient))
                np.testing.assert_allclose(shown, gradient, rtol=1e-5, atol=1e-7)
    for picture in (sn.graph(op), sn.graph(op, sample=True), sn.graph(op, sample=True, operations=True)):
        root = ElementTree.fromstring(picture.svg())
        wide, high = float(root.get("width")), float(root.get("height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect"):
            assert 0 <= float(box.get("x")) and float(box.get("x")) + float(box.get("width")) <= wide
            assert 0 <= float(box.get("y")) and float(box.get("y")) + float(box.get("height")) <= high
        for path in root.iter("{http://www.w3.org/2000/svg}path"):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
            if "bracket" not in path.get("class"):  # which is written with H and V
                assert all(0 <= x <= wide for x in numbers[::2]) and all(0 <= y <= high for y in numbers[1::2])
        assert len(picture.svg()) < 120_000


@pytest.mark.parametrize("name", ["batch_norm", "lstm_cell", "transformer_block", "computational_graph"])
def test_boxes_do_not_overlap(name):
    root = ElementTree.fromstring(sn.graph(name, sample=True).svg())
    boxes = [
        tuple(float(box.get(key)) for key in ("x", "y", "width", "height"))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    for k, (x, y, w, h) in enumerate(boxes):
        for u, v, m, n in boxes[k + 1 :]:
            assert x + w < u or u + m < x or y + h < v or v + n < y


def test_the_structure_alone_names_shapes_and_no_numbers():
    svg = sn.graph("dense").svg()
    assert not texts(svg, "value") and [text for _, _, text in texts(svg, "gradient")] == ["gradients, backward"]
    assert {text for _, _, text in texts(svg, "soft")} >= {"N × D"}


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_hash_seed():
    code = (
        "import hashlib, symnet as sn\n"
        "for name in ('lstm_cell', 'softmax_cross_entropy', 'transformer_block'):\n"
        "    for operations in (False, True):\n"
        "        svg = sn.graph(name, sample=True, operations=operations).svg()\n"
        "        print(hashlib.sha256(svg.encode()).hexdigest())\n"
    )
    found = set()
    for seed in "0", "1", "2":
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1


def test_all_languages_have_the_same_words():
    shapes = {}
    for language in languages():
        said = {(group, key): text for group, more in words(language).items() for key, text in more.items()}
        shapes[language] = {key: set(re.findall(r"{(\w+)}", text)) for key, text in said.items()}
    assert all(shape == shapes["en"] for shape in shapes.values())
    assert "Вычислительный граф" in sn.graph("dense", lang="ru").svg()


def test_notebooks_show_the_picture():
    picture = sn.graph("computational_graph", **POINT)
    assert picture._repr_svg_() == picture.svg()


def test_arrays_may_come_from_a_file(tmp_path, capsys):
    np.savez(tmp_path / "point.npz", z=np.array([[1.0, 2.0, 3.0]]))
    code, out, err = run(capsys, "graph", "softmax", "--data", str(tmp_path / "point.npz"))
    assert code == 0 and not err
    assert {"0.09", "0.245", "0.665"} <= {text for _, _, text in texts(out, "value")}


def test_the_command_writes_the_picture(tmp_path, capsys):
    file = tmp_path / "graph.svg"
    points = [part for name, value in POINT.items() for part in ("--at", f"{name}={value}")]
    assert run(capsys, "graph", "computational_graph", *points, "-o", str(file)) == (0, "", "")
    assert file.read_text(encoding="utf-8") == sn.graph("computational_graph", **POINT).svg()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["computational_graf"], "did you mean 'computational_graph'"),
        (["computational_graph", "--at", "x=1"], "needs a value of 'y'"),
        (["computational_graph", "--at", "u=1"], "has no array 'u'"),
        (["computational_graph", "--at", "x"], "'x' gives no value"),
        (["computational_graph", "--at", "x=one"], "'x=one' gives no value"),
        (["softmax", "--at", "z=[1, 2]"], 'z has axes "n c"'),
        (["softmax", "--at", "z=[[1, 2], [3]]"], "no array of numbers"),
        (["softmax", "--at", 'z=[["a"]]'], "no array of numbers"),
        (["softmax", "--at", "z=[[NaN]]"], "not finite"),
        (["softmax", "--at", "z=[]"], "z is empty"),
        (["dense", "--at", "x=[[1, 2]]", "--at", "w=[[1]]", "--at", "b=[1]"], "axis 'd' of w has size 1"),
        (["computational_graph", "--data", "nowhere.npz"], "can not read nowhere.npz"),
        (["computational_graph", "--sample", "--at", "x=1"], "leave one of them out"),
        (["adam"], "is an update rule"),
        (["softmax", "--lang", "xx"], "no explanations in language 'xx'"),
        (["softmax", "-o", "graph.jpg"], "end it in .svg"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "graph", *arguments)
    assert code == 2 and not out and said in err and len(err.splitlines()) <= 4
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_written_is_named(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    code, _, err = run(capsys, "graph", "softmax", "-o", str(tmp_path / "taken" / "graph.svg"))
    assert code == 2 and "can not write" in err


def test_labels_must_be_classes():
    with pytest.raises(SymnetError, match="whole numbers"):
        sn.graph("softmax_cross_entropy_labels", z=[[1.0, 2.0]], labels=[0.5])


def test_a_point_outside_of_the_domain_is_refused():
    with pytest.raises(SymnetError, match="not finite at this point"):
        sn.graph("binary_cross_entropy_of_probabilities", yhat=[-1.0], y=[1.0])


@pytest.mark.parametrize("name", SCANS)
def test_a_scan_is_drawn_without_values(name):
    op = catalog.load(name)
    drawn = "".join(ElementTree.fromstring(sn.graph(op).svg()).itertext())
    assert all(n.name[0] in drawn for n in op.graph.nodes)
    for more in ({"sample": True}, {"operations": True}):
        with pytest.raises(sn.SymnetError, match="holds a scan"):
            sn.graph(op, **more)


def test_a_constant_lies_in_its_interval():
    @sn.op
    def blend(x: "n", *, share: "[0, 1]" = 0.5):
        return share * x

    with pytest.raises(sn.SymnetError, match=r"share is 2, it has to lie in \[0, 1\]"):
        sn.graph(blend, x=[1.0], share=2)
