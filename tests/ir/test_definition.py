"""Reading a definition: names, axes, facts, composition, and what is refused."""

import numpy as np
import pytest

import symnet as sn
from symnet.ir import signs
from symnet.ir.expr import Access
from tests.styles import STYLES


def names(op):
    return [n.name for n in op.graph.definitions]


def axes(node):
    return " ".join(i.label for i in node.axes)


def sizes(node):
    return [str(i.size).replace("|", "") for i in node.axes]


def test_local_names_become_the_names_of_the_intermediates():
    @sn.op
    def f(x: "n d", *, eps=1e-5):
        mu = sn.mean(x, over="d")
        xc = x - mu
        r = 1 / sn.sqrt(sn.mean(xc**2, over="d") + eps)
        return xc * r

    assert names(f)[0:2] == ["mu", "xc"] and "r" in names(f) and names(f)[-1] == "y"


def test_a_name_bound_again_gets_a_number():
    @sn.op
    def f(x: "n d"):
        h = sn.tanh(x)
        for _ in range(2):
            h = sn.tanh(h)
        return h

    assert names(f) == ["h", "h_2", "h_3"]


def test_names_in_helper_functions_are_kept_too():
    def centred(x):
        mean = sn.mean(x, over="n")
        return x - mean

    @sn.op
    def f(x: "n d"):
        return centred(x) ** 2

    assert "mean" in names(f)


def test_definitions_need_no_source_text():
    space = {"sn": sn}
    exec("def f(x: 'n d'):\n    h = sn.exp(x)\n    return h * 2\n", space)  # noqa: S102
    assert names(sn.op(space["f"])) == ["h", "y"]


def test_postponed_annotations_work():
    space = {"sn": sn}
    exec(  # noqa: S102
        "from __future__ import annotations\n"
        "def f(z: 'n c', t: sn.labels('n', below='c'), *, scale=2.0) -> 'c n':\n"
        "    return sn.softmax(z * scale, over='c')\n",
        space,
    )
    op = sn.op(space["f"])
    assert [n.kind for n in op.graph.inputs] == ["real", "labels"] and axes(op.graph.outputs[0]) == "c n"


def test_a_postponed_name_stands_for_what_its_module_says():
    space = {"sn": sn, "Batch": "n d", "Targets": sn.mask("n d")}
    head = "from __future__ import annotations\n"
    exec(head + "def f(x: Batch, t: Targets) -> Batch:\n    return x * t\n", space)  # noqa: S102
    op = sn.op(space["f"])
    assert [n.kind for n in op.graph.inputs] == ["real", "mask"] and axes(op.graph.outputs[0]) == "n d"
    exec(head + "def g(x: Inputs):\n    return x * 2\n", space)  # noqa: S102
    with pytest.raises(sn.DefinitionError, match="the annotation Inputs gives no axes; write the axes themselves, or"):
        sn.op(space["g"]).graph  # noqa: B018


def test_broadcast_goes_by_name_and_the_larger_operand_orders_the_axes():
    @sn.op
    def f(g: "d", x: "n d"):
        return g * x

    assert axes(f.graph.outputs[0]) == "n d"


def test_what_is_computed_from_an_operand_entry_by_entry_has_its_order_of_axes():
    @sn.op
    def f(x: "n d", y: "d n"):
        return 2 * x + y

    assert [i.label for i in f.graph.outputs[0].axes] == ["n", "d"]


def test_a_contraction_keeps_the_order_of_first_appearance():
    @sn.op
    def f(x: "n d", w: "d h"):
        return sn.sum(x * w, over="d")

    assert axes(f.graph.outputs[0]) == "n h"


def test_the_return_annotation_orders_the_axes_also_of_a_named_output():
    @sn.op
    def f(x: "n d") -> ("d n", ""):
        y = 2 * x
        return y, sn.sum(y)

    y, total = f.graph.outputs
    assert y.name == "y" and axes(y) == "d n"
    assert sn.check_gradients(f).ok


def test_a_window_runs_over_the_largest_range_that_stays_inside():
    @sn.op
    def f(x: "n h", k: "r"):
        return sn.sum(x["n 2*h+3*r+1"] * k, over="r")

    assert sizes(f.graph.outputs[0]) == ["n", "floor(h/2 - 3*r/2 + 1/2) + 1"]


def test_pairs_of_neighbours_are_read_at_both_places():
    """The largest even position stays inside where the largest odd one does."""

    @sn.op
    def haar(x: "n t"):
        later = x["n 2*u+1"]
        sooner = x["n 2*u"]
        return sooner + later, sooner - later

    x = np.arange(14.0).reshape(2, 7)
    for y, sign in zip(haar(x), (1, -1)):
        np.testing.assert_array_equal(y, x[:, 0:6:2] + sign * x[:, 1:6:2])
    assert sn.check_gradients(haar).ok


def test_the_front_of_an_axis_that_is_one_longer_is_read_under_a_new_name():
    @sn.op
    def whole(r: "t", v: "s"):
        return r + v["t+1"] - v["t"]

    with pytest.raises(
        sn.DefinitionError, match=r"'s' has t \+ 1 entries, 't' runs over t .* new name .*x\[\"u\+1\"\]"
    ):
        whole.graph  # noqa: B018

    @sn.op
    def front(r: "t", v: "s"):
        later = v["u+1"]
        return r["u"] + later - v["u"]

    np.testing.assert_array_equal(front(np.zeros(3), np.array([1.0, 2, 4, 8])), [1, 2, 4])


def test_an_unknown_offset_runs_over_the_stride():
    @sn.op
    def f(x: "n h"):
        return sn.max(x["n 3*h+r"], over="r")

    assert sizes(f.graph.outputs[0]) == ["n", "floor(h/3)"]


def test_equal_sizes_are_unified():
    @sn.op
    def f(x: "n d", t: "n m"):
        return sn.sum((sn.sum(x * x["m d"], over="d") - t) ** 2)

    assert sizes(f.graph.by_name["t"]) == ["n", "n"]


def test_repeated_reductions_have_one_name():
    @sn.op
    def f(x: "n d"):
        mu = sn.mean(x, over="d")
        return sn.var(x, over="d") * mu

    var = f.graph.outputs[0].expr
    assert "mu" in {a.node.name for a in var.atoms(Access)} | {
        a.node.name for n in f.graph.definitions for a in n.expr.atoms(Access)
    }
    assert len([n for n in names(f) if "mean" in n]) == 0


def test_an_integer_constant_used_in_a_pattern_becomes_part_of_the_graph():
    @sn.op
    def f(x: "n t", *, stride=2, scale=3):
        return sn.mean(x[f"n {stride}*t+r"], over="r") * scale

    static = {p.name: p.static for p in f.graph.parameters}
    assert static == {"stride": True, "scale": False}


def test_a_decimal_is_kept_as_written():
    @sn.op
    def f(x: "n"):
        return 0.7978845608 * (x + 0.044715 * x**3)

    assert "0.7978845608" in str(f.graph.outputs[0].expr) and "0.044715" in str(f.graph.outputs[0].expr)


def test_operations_compose_by_position_of_the_axes():
    @sn.op
    def norm(x: "n d", g: "d"):
        mu = sn.mean(x, over="d")
        return g * (x - mu)

    @sn.op
    def block(a: "b t h", w: "h k", g: "k"):
        z = sn.sum(a["b 0 h"] * w, over="h")
        return norm(z, g) + norm(z, 2 * g)

    assert axes(block.graph.outputs[0]) == "b k"
    assert {"mu", "mu_2"} <= set(names(block))
    assert sn.check_gradients(block).ok


def test_numpy_arrays_are_computed_with():
    @sn.op
    def f(x: "n", *, a=2.0):
        return a * x

    assert np.array_equal(f(np.arange(3.0)), [0, 2, 4])


def refused(function):
    with pytest.raises(sn.SymnetError) as caught:
        sn.derive(sn.op(function))
    return str(caught.value)


def unknown_axis(x: "n d"):
    y = x + 1
    return sn.mean(y, over="q")


def mismatched_sizes(x: "n h", k: "r"):
    return x["n h+r"] * x


def unsupported_function(x: "n d"):
    return sn.softmx(x, over="d")


def numpy_function(x: "n d"):
    return np.exp(x)


def undefined_name(x: "n d"):
    return sn.exp(missing)


def data_dependent_branch(x: "n d"):
    if x > 0:
        return x
    return -x


def returns_nothing(x: "n d"):
    y = x + 1  # noqa: F841


def no_axes(x):
    return x


def wrong_return(x: "n d") -> "n":
    return x


def matmul(x: "n d", w: "d h"):
    return x @ w


def array_constant(x: "n d"):
    return x * np.ones(3)


def few_subscripts(x: "n d"):
    return x["n"]


def unknown_window(x: "n d"):
    return x["n d+r"]


def loop_over_rows(x: "n d"):
    for row in x:
        return row


def gather_by_reals(x: "n d", t: "n"):
    return x[t, "d"]


def division_by_zero(x: "n"):
    return x / 0


def logarithm_of_zero(x: "n"):
    return sn.log(x - x)


def root_of_a_negative_number(x: "n"):
    return x + sn.sqrt(-1)


def real_power_of_a_negative_number(x: "n"):
    return (-2.5) ** x


def array_that_may_be_left_out(x: "n d", b: "d" = 0.0):
    return x + b


def one_axis_twice(x: "n d"):
    return sn.sum(x, over="d d")


@sn.op
def calls_itself(x: "n"):
    return calls_itself(x / 2)


def no_gradient(y: sn.one_hot("n c")):
    return sn.sum(y)


@pytest.mark.parametrize(
    "function, line, words",
    [
        (unknown_axis, 2, ["axis 'q'", '"n d"', "'n', 'd'"]),
        (mismatched_sizes, 1, ["axis 'h'", "h - r + 1", "new name"]),
        (unsupported_function, 1, ["softmx", "sn.softmax"]),
        (numpy_function, 1, ["np.exp", "sn.exp"]),
        (undefined_name, 1, ["missing"]),
        (data_dependent_branch, 1, ["sn.where"]),
        (returns_nothing, 0, ["returns nothing", "return"]),
        (no_axes, 0, ["'x'", '"n d"']),
        (wrong_return, 0, ['"n"', '"n d"']),
        (matmul, 1, ["sn.sum(a * b"]),
        (array_constant, 1, ["NumPy array", "parameter"]),
        (few_subscripts, 1, ["only 1"]),
        (unknown_window, 1, ["'r'", "sn.axis"]),
        (loop_over_rows, 1, ["iterated"]),
        (gather_by_reals, 1, ["labels", "sn.labels"]),
        (division_by_zero, 1, ["division by 0"]),
        (logarithm_of_zero, 1, ["logarithm of 0"]),
        (root_of_a_negative_number, 1, ["not a real number"]),
        (real_power_of_a_negative_number, 1, ["negative number", "integer"]),
        (array_that_may_be_left_out, 0, ["'b' has the default 0.0", "as in *, b=0.5"]),
        (one_axis_twice, 1, ["axis 'd' stands twice", '"d d"']),
        (no_gradient, 0, ["no input has a gradient"]),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_is_refused_says_where_and_what_to_write(function, line, words):
    message = refused(function)
    first = function.__code__.co_firstlineno
    assert f"test_definition.py:{first + line}, in {function.__name__}: " in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    "write, words",
    [
        (lambda x: sn.einsum("nd->n", x), ["no 'einsum'", 'sn.sum(a * b, over="d")']),
        (lambda x: np.einsum("nd->n", x), ["np.einsum", 'sn.sum(a * b, over="d")']),
        (lambda x: np.sum(x, axis=0), ["np.sum", 'write sn.sum(x, over="d")']),
        (lambda x: sn.cumsum(x), ["no 'cumsum'", "sn.where"]),
        (lambda x: sn.topk(x, 3), ["no 'topk'", "sn.labels"]),
        (lambda x: x.reshape(2, 3), ["no 'reshape'", '"n g c"']),
        (lambda x: x // 2, ["`//`", "comparisons"]),
        (lambda x: x % 2, ["`%`", "parameter"]),
        (lambda x: round(x), ["slope 0"]),
        (lambda x: x.__setitem__(0, 1), ["written into", "sn.where"]),
        (lambda x: 0 * sn.axis("s", 2), ["None", 'sn.index("s")']),
        (lambda x: x + sn.axis("s", 2), ["None", 'sn.index("s")']),
        (lambda x: sn.flipud(x), ["no 'flipud'", 'sn.flip(x, "t")']),
        (lambda x: x["n -d"], ["before the first element", 'sn.flip(x, "t")']),
        (lambda x: x["n d+1"] - x, ["d - 1", 'later - x["s"]']),
        (lambda x: sn.arccosh(x), ["no 'arccosh'", "sn.log(x + sn.sqrt(x**2 - 1))"]),
        (lambda x: x.detach(), ["no 'detach'", "comes in as a parameter", "wrt=..."]),
        (lambda x: sn.pad(x, "n", 1, 0), ["sn.pad takes 3", "write sn.pad(x, over, width)"]),
        (lambda x: {"y": x}, ["returns a dict"]),
        (lambda x: x["n d d"], ["more subscripts than axes"]),
        (lambda x: x["n s"] - x["n s+1"], ["would leave axis 'd'", 'later = x["s+1"]']),
    ],
)
def test_what_numpy_has_and_a_definition_has_not_says_what_to_write(write, words):
    def f(x: "n d"):
        return write(x)

    message = refused(f)
    assert all(word in message for word in words), message


def test_a_definition_that_calls_itself_is_told_so():
    with pytest.raises(sn.DefinitionError, match="calls_itself calls itself; .*sn.scan"):
        sn.derive(calls_itself)


def test_a_position_is_an_integer_of_any_kind():
    @sn.op
    def rows(x: "n d", *, k=2):
        return x[np.int64(1), "d"] * x[k, "d"]

    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(rows(x), x[1] * x[2])


def test_constants_are_numbers_of_any_kind():
    half, three = np.float32(0.5), np.int64(3)

    @sn.op
    def scaled(x: "n", *, a=half, k=three):
        return a * x**k

    np.testing.assert_array_equal(sn.compile(scaled).forward(np.full(2, 2.0), a=2.0)[0], [16, 16])


def test_a_constant_that_decides_a_shape_may_be_halved():
    def same(x: "n t", *, k=5):
        sn.axis("r", k)
        return sn.mean(sn.pad(x, "t", k // 2)["n t+r"], over="r") * (k % 2)

    assert sn.compile(sn.op(same)).forward(np.ones((1, 4)))[0].shape == (1, 4)


def test_what_is_no_function_is_no_definition():
    with pytest.raises(sn.DefinitionError, match="3 is not a function"):
        sn.op(3)


def test_tracing_leaves_the_trace_function_alone():
    import sys

    before = sys.gettrace()

    @sn.op
    def f(x: "n"):
        return x / 0 if False else x

    _ = f.graph
    assert sys.gettrace() is before


def test_a_known_shorter_index_reads_the_front_part():
    @sn.op
    def differences(x: "t"):
        return x["u+1"] - x["u"]

    x = np.array([1.0, 4.0, 9.0, 16.0])
    assert np.array_equal(differences(x), [3, 5, 7])
    assert sn.check_gradients(differences).ok


def test_an_index_with_the_stride_or_an_input_as_its_range_reads_no_part():
    """The taps of ``k`` beyond the stride were left out without a word."""

    def window(x: "h", k: "r=3"):
        return sn.sum(x["2*h+s"] * k["s"], over="s")

    def declared(y: "s=2", k: "r=3"):
        return sn.sum(y * k["s"], over="s")

    def chosen(k: "r=3"):
        sn.axis("s", 2)
        s = sn.axis("s", 2)  # noqa: F841
        return sn.sum(k["s"], over="s")

    assert "axis 'r' has 3 entries, 's' runs over 2" in refused(window)
    assert "axis 'r' has 3 entries, 's' runs over 2" in refused(declared)
    assert sn.op(chosen)(np.array([1.0, 2.0, 4.0])) == 3


def test_a_position_in_the_place_of_another_axis_fixes_no_size():
    def first(z: "n g=4 e"):
        return z[0, "n e"]

    def first_row(z: "n g=4 e"):
        return z["g 0 e"]

    def square(z: "n m"):
        return z["0 n"]

    assert "x[\"n 0 e\"] reads axis 'g' at 0, x[\"0 new e\"] reads axis 'n' there" in refused(first)
    assert 'x["0 g e"] reads axis \'n\' at 0, x["new 0 e"]' in refused(first_row)
    assert sizes(sn.op(square).graph.outputs[0]) == ["m"]


def test_sizes_that_can_not_be_equal_are_refused():
    def f(x: "t h", k: "r"):
        y = sn.sum(x["u+r h"] * k, over="r")
        return y["u q"] * sn.sum(x["q h"], over="h")["q"] * x["t u"]

    assert "equal" in refused(f)


def test_a_call_that_renames_axes_leaves_sums_in_their_order():
    from symnet.catalog.losses import mean_squared_error

    @sn.op
    def loss(y: "n o", t: "n o"):
        return mean_squared_error(y, t)

    @sn.op
    def written(y: "n o", t: "n o"):
        return sn.mean((y - t) ** 2)

    assert loss.graph.outputs[0].expr == written.graph.outputs[0].expr
    sn.derive(loss)


def test_a_definition_that_ends_the_program_is_refused():
    @sn.op
    def ends(x: "n"):
        raise SystemExit(3)

    with pytest.raises(sn.SymnetError, match="in ends: SystemExit: 3"):
        _ = ends.graph


def test_a_chain_that_is_too_long_is_shown_the_recurrence():
    @sn.op
    def chain(x: "n"):
        for _ in range(4000):
            x = sn.tanh(x)
        return x

    with pytest.raises(sn.SymnetError, match="nested too deeply.*sn.scan"):
        _ = chain.graph


@sn.op
def causal_residual(x: "n t c", k: "c r=3"):
    return x + sn.sum(sn.pad(x, "t", (2, 0))["n t+r c"] * k, over="r")


@sn.op
def of_another_length(x: "n t c", k: "c q"):
    return sn.mean(causal_residual(x, k) ** 2)


@pytest.mark.parametrize("op", [causal_residual, of_another_length])
def test_a_window_of_fixed_size_keeps_the_size(op):
    assert sn.check_gradients(op).ok
    for style in ("readable", "fast"):
        forward = sn.compile(op, style).forward
        x, k = np.ones((2, 5, 3)), np.ones((3, 3))
        assert np.shape(forward(x, k)[0]) == ((2, 5, 3) if op is causal_residual else ())
        with pytest.raises(ValueError, match="of k has size 4, 3 is needed"):
            forward(x, np.ones((3, 4)))


def two_sizes(x: "n r", k: "r=3"):
    return x * k


def no_size(x: "n r=0"):
    return x


def window_of_any_size(x: "t", k: "r"):
    return x + sn.sum(sn.pad(x, "t", (2, 0))["t+r"] * k, over="r")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (two_sizes, "axis 'r' has no size before, and size 3 in k; give an axis its size where it stands first"),
        (no_size, "'r=0' in the annotation of x \"n r=0\" gives no size"),
        (window_of_any_size, "where a window is to keep the size, give its size"),
    ],
)
def test_sizes_of_axes_are_given_once(function, said):
    assert said in refused(function)


def test_an_output_that_is_a_number_everywhere_keeps_its_name():
    @sn.op
    def f(x: "n d"):
        m = 0 * sn.sum(x, over="n")
        return m

    assert names(f) == ["m"]


def outside(x: "n", *, a: "[0, 1)" = 1.5):
    return a * x


def no_interval(x: "n", *, a: "0..1" = 0.5):
    return a * x


@sn.op
def mixed(x: "n", *, a: "[0, 1)" = 0.5, eps: float = 1e-6, size: "int" = 1):
    return a * x + eps


def called_outside(x: "n"):
    return mixed(x, a=2)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (outside, "a = 1.5 is not in [0, 1)"),
        (no_interval, "'0..1' is not an interval"),
        (called_outside, "a of mixed is 2, not in [0, 1)"),
    ],
)
def test_a_constant_lies_in_the_interval_of_its_annotation(function, said):
    assert said in refused(function)


@pytest.mark.parametrize("style", STYLES)
def test_a_module_holds_constants_to_their_intervals(style):
    f = sn.compile(mixed, style)
    assert f.forward(np.zeros(2), a=0)[0].shape == (2,)
    with pytest.raises(ValueError, match=r"mixed: a is 1.0, it has to lie in \[0, 1\)"):
        f.forward(np.zeros(2), a=1)
    assert "a = 1/2 ∈ [0, 1)" in sn.derive(mixed).text()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda x: sn.sum(x, over=("n", "d")),
            "('n', 'd') does not name axes; write their names in one string, as in over=\"n d\"",
        ),
        (lambda x: sn.softmax(x, -1), "-1 does not name axes; write their names in one string"),
        (lambda x: sn.transpose(x, ["d", "n"]), "['d', 'n'] does not name axes"),
        (lambda x: sn.pad(x, 0, 1), "0 does not name axes"),
    ],
)
def test_axes_are_named_in_one_string(function, said):
    with pytest.raises(sn.DefinitionError) as refusal:
        sn.derive(sn.op(function, name="f", inputs={"x": "n d"}))
    assert said in str(refusal.value)


def test_a_matrix_product_inside_an_activation_has_a_name():
    """Its gradient is wanted as one array, whether of a sigmoid or of a softmax."""

    @sn.op
    def gate(x: "n d", w: "d k", v: "d k"):
        return sn.softmax(sn.sum(x * w, over="d") / 2, over="k") * sn.sigmoid(sn.sum(x * v, over="d"))

    assert names(gate) == ["z", "z_2", "y"]


@pytest.mark.parametrize("first", ["", "from __future__ import annotations"])
def test_a_parameter_with_a_default_and_the_type_of_a_number_is_a_constant(first):
    scope = {"sn": sn}
    text = f'{first}\ndef decay(x: "n", rate: float = 0.5):\n    return sn.exp(-rate * x)\n'
    exec(compile(text, "decay.py", "exec"), scope)  # noqa: S102  our own text
    assert [p.name for p in sn.op(scope["decay"]).graph.parameters] == ["rate"]


def test_primitives_of_numbers_are_numbers():
    @sn.op
    def f(x: "n"):
        return x * sn.tanh(sn.softplus(0)) + sn.maximum(sn.softplus(0.5), sn.sigmoid(1))

    expected = np.tanh(np.log(2)) + np.log1p(np.exp(0.5))
    for style in ("readable", "fast"):
        np.testing.assert_allclose(sn.compile(f, style).forward(np.ones(2))[0], expected)


def test_what_is_known_of_a_node_is_found_once(monkeypatch):
    """Every layer reads the one before it several times, and asks for its signs."""
    asked = []

    def count(depth):
        def deep(x: "n d"):
            h = x
            for _ in range(depth):
                m = sn.mean(h, over="d")
                c = h - m
                h = h + c / sn.sqrt(sn.mean(c**2, over="d") + 1)
            return h

        asked.clear()
        assert sn.op(deep).graph.outputs
        return len(asked)

    leaves_of = signs.leaves_of
    monkeypatch.setattr(signs, "leaves_of", lambda expr: asked.append(expr) or leaves_of(expr))
    assert count(12) < 3 * count(6)
