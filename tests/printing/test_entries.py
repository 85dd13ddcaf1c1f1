"""Definitions that have no matrix form, written entry by entry among matrices."""

import symnet as sn
from symnet.printing.entries import entry_equation
from symnet.printing.index_notation import printer


def entries(op, name):
    graph = sn.derive(op).graph
    return entry_equation(graph.by_name[name], printer(graph))


def test_entries_go_by_the_names_of_matrices():
    assert entries("support_vector_machine", "m") == r"M_{nc} = \max(0, 1 - S_{n,\mathrm{labels}_{n}} + S_{nc})"


def test_a_batch_is_not_written():
    assert entries("masked_attention", "seen").startswith(r"\mathrm{Seen}_{ts} = \begin{cases} \mathrm{Scores}_{ts}, &")


def test_a_batch_that_does_not_lead_every_array_leaves_no_entries():
    assert entries("multi_head_attention", "q") is None
    assert "In matrix notation" not in sn.derive("multi_head_attention").markdown()


def test_the_section_tells_sizes_and_every_definition():
    page = sn.derive("rnn_unrolled").markdown()
    section = page.partition("In matrix notation a")[2].partition("The results")[0]
    assert section.count(" = ") == 6
    assert r"$W \in \mathbb{R}^{D \times E}$" in section and r"$X \in" not in section
    assert "axes that all arrays share" not in section  # nothing is left out: x stands with all of its axes
