"""The work of the planner grows with the number of lines, not with its square."""

import symnet as sn
from symnet.catalog.networks import multilayer_perceptron
from symnet.codegen.fast import local


def test_chains_of_gradients_are_looked_for_once(monkeypatch):
    calls = []

    def counted(expr, names_of=local.names_of):
        calls.append(expr)
        return names_of(expr)

    monkeypatch.setattr(local, "names_of", counted)
    found = []
    for layers in (2, 6):
        calls.clear()
        assert sn.compile(multilayer_perceptron(layers)).source
        found.append(len(calls))
    assert found[1] <= 4 * found[0]
