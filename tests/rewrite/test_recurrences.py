"""The gradients of scans are the recurrences of the textbooks."""

import pytest

import symnet as sn
from symnet.catalog import load
from symnet.ir.expr import Access, accesses
from symnet.ir.recurrence import Steps, at, blocks, started
from symnet.printing.dialects import Text
from symnet.printing.index_notation import printer, text_equation
from symnet.rewrite.recurrence import recurrences


def lines(d) -> list[str]:
    show = printer(d.stable, Text())
    loops = [b for b in blocks(d.backward) if isinstance(b, Steps)]
    return [show.equation(r.node.value, r.expr) for loop in loops for r in recurrences(loop)]


def gradient(d, name: str) -> str:
    node = next(n for n in d.backward if n.name == name)
    return text_equation(node.value, node.expr, d.stable)


def start(d, name: str) -> str:
    node = next(n for n in d.backward if n.name == name)
    return text_equation(at(node, started(node.carry)), node.carry.before, d.stable)


def test_delta_of_a_layer_is_the_weights_of_the_next_times_its_delta_times_the_slope():
    """delta^l = (W^(l+1) delta^(l+1)) * sigma'(z^l), and at the last layer dy * sigma'(z^L)."""
    page = sn.derive(load("deep_network")).text()
    assert "dz[l,n,d] = (1 - a[l,n,d]²) Σ_d' dz[l+1,n,d'] w[l+1,d,d']" in page
    assert "dz[L-1,n,d] = dy[n,d] (1 - a[L-1,n,d]²)" in page


def test_delta_of_a_sigmoid_layer_has_the_slope_a_one_minus_a():
    @sn.op
    def net(x: "d", w: "l d k", b: "l d"):
        def layer(a, w, b):
            z = sn.sum(w * a["k"], over="k") + b
            return sn.sigmoid(z)

        return sn.last(sn.scan(layer, x, w, b, over="l"), over="l")

    page = sn.derive(net).text()
    assert "dz[l,d] = a[l,d] (1 - a[l,d]) Σ_d' dz[l+1,d'] w[l+1,d',d]" in page
    assert "dw[l,d,k] = dz[l,d] a[l-1,k]" in page


def test_weights_of_a_layer_get_the_state_before_it_times_its_delta():
    d = sn.derive(load("deep_network"))
    assert gradient(d, "dw") == "dw[l,k,d] = Σ_n dz[l,n,d] a[l-1,n,k]"
    assert gradient(d, "db") == "db[l,d] = Σ_n dz[l,n,d]"
    assert gradient(d, "dx") == "dx[n,d] = da_back[0,n,d]"
    assert start(d, "da_back") == "da_back[L,n,d] = dy[n,d]"


def test_backpropagation_through_time_sums_the_gradients_of_shared_weights_over_the_steps():
    d = sn.derive(load("rnn"))
    assert gradient(d, "dh_total") == "dh_total[t,n,e] = dh[t,n,e] + dh_back[t+1,n,e]"
    assert gradient(d, "dh_back") == "dh_back[t,n,e] = Σ_e' dz[t,n,e'] u[e,e']"
    assert gradient(d, "dw") == "dw[d,e] = Σ_t,n dz[t,n,e] x[n,t,d]"
    assert gradient(d, "du") == "du[k,e] = Σ_t,n dz[t,n,e] h[t-1,n,k]"
    assert gradient(d, "dx") == "dx[n,t,d] = Σ_e dz[t,n,e] w[d,e]"
    assert gradient(d, "dh0") == "dh⁽⁰⁾[n,e] = dh_back[0,n,e]"
    assert start(d, "dh_back") == "dh_back[T,n,e] = 0"


def test_the_memory_of_an_lstm_passes_its_gradient_back_through_the_forget_gate():
    d = sn.derive(load("lstm"))
    assert gradient(d, "dc_back") == "dc_back[t,n,e] = dc[t,n,e] f[t,n,e]"
    assert gradient(d, "dc") == "dc[t,n,e] = dc_back[t+1,n,e] + dm[t,n,e] (1 - m[t,n,e]²)"
    assert gradient(d, "df") == "df[t,n,e] = dc[t,n,e] c[t-1,n,e]"


def test_a_residual_block_passes_the_gradient_on_unchanged_beside_its_branch():
    d = sn.derive(load("residual_network"))
    assert gradient(d, "dx_back") == "dx_back[l,n,d] = dx[l,n,d] + Σ_h dz⁽¹⁾[l,n,h] w⁽¹⁾[l,d,h]"
    assert start(d, "dx_back") == "dx_back[L,n,d] = dy[n,d]"


def test_nothing_but_carried_arrays_is_read_off_its_step():
    for name in ("rnn", "lstm", "gru", "deep_network", "residual_network", "transformer"):
        d = sn.derive(load(name))
        for node in (*d.stable.definitions, *d.backward):
            for access in accesses(node.expr):
                assert isinstance(access, Access)
                moved = any(s.is_Add for s in access.subs)
                assert not moved or access.node.carry is not None, f"{name}: {node.name} reads {access}"


@pytest.mark.parametrize("lang, word", [("en", "Recurrence"), ("ru", "Рекуррентная формула")])
def test_every_kind_of_page_tells_the_recurrence(lang, word):
    d = sn.derive(load("deep_network"))
    for page in (d.text(lang=lang), d.markdown(lang=lang), d.latex(lang=lang), d.html(lang=lang)):
        assert word in page


def test_the_definition_is_told_with_the_value_before_the_first_step():
    page = sn.derive(load("rnn")).text()
    assert "h[-1,n,e] = h⁽⁰⁾[n,e]" in page
    assert "z, h: step by step, for t = 0, …, T - 1." in page
    assert "for t = T - 1, …, 0." in page
