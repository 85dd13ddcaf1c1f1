r"""Training steps: a loss, the gradients of its parameters and an update rule, composed into one function.

    step = sn.training_step(two_layer_network, "adam", parameters=("w1", "w2"))

    (parameters, data, state) -> (loss, new parameters, new state)

With ``theta`` the parameters, ``x`` the data and ``U`` the rule, a step is

    g = \nabla_\theta L(\theta; x),    (\theta, s) <- U(\theta, g, s).

Without ``parameters`` the data are the inputs that run along the samples, which is the first axis of the first input;
the parameters are the other inputs that have a gradient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from symnet.errors import SymnetError
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.ir.update import RESERVED, UpdateRule

#: what the lines of a step read besides its arguments
READ = frozenset(("forward", "backward", "point", "at", "PARAMETERS", "NAME", "dict", "zip", "float"))


class TrainingStep(Op):
    """One step of training; its graph is that of the loss."""

    def __init__(self, loss: Op, rule: UpdateRule, parameters: Iterable[str] | None = None, name: str = ""):
        super().__init__(loss.function, name=name or f"{loss.name}_{rule.name}_step", inputs=loss.inputs)
        self.loss, self.rule = loss, rule
        self.source = "; ".join(s for s in (loss.source, rule.source) if s)
        self.family = "training"
        self.named = None if parameters is None else tuple(parameters)
        self.__doc__ = self.doc

    @property
    def doc(self) -> str:
        """What it trains, and how."""
        return f"One training step of {self.loss.name} by {self.rule.name}."

    @cached_property
    def graph(self) -> Graph:
        """The graph of the loss; raises SymnetError where it is not a scalar."""
        graph = self.loss.graph
        if graph.several or graph.outputs[0].axes:
            raise SymnetError(f"{self.loss.name} is not a scalar loss", place=graph.place, hint="return one number")
        return replace(graph, name=self.name)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The inputs that are trained, in the order of the loss."""
        graph = self.graph
        possible = [n.name for n in graph.differentiable_inputs]
        if self.named is None:
            found = [n.name for n in graph.differentiable_inputs if not _along_samples(n, graph.inputs[0])]
            if not graph.inputs[0].axes or not found:
                message = f"the parameters of {self.loss.name} can not be told from its data"
                hint = f"name them, some of {', '.join(possible)}"
                raise SymnetError(message, place=graph.place, hint=hint)
            return self._checked(found)
        hint = f"inputs with a gradient: {', '.join(possible)}"
        for name in self.named:
            if name not in possible:
                why = "gets no gradient" if name in {n.name for n in graph.inputs} else "is not an input"
                raise SymnetError(f"'{name}' {why} of {self.loss.name}", place=graph.place, hint=hint)
        if not self.named:
            raise SymnetError(f"no parameter of {self.loss.name} is named", place=graph.place)
        return self._checked(n for n in possible if n in self.named)

    @property
    def data(self) -> tuple[str, ...]:
        """The other inputs, which every step is given."""
        return tuple(n.name for n in self.graph.inputs if n.name not in self.parameters)

    @cached_property
    def constants(self) -> dict[str, str]:
        """Constants of the rule, by what the step calls them: a name that the loss has gets the rule's before it."""
        taken = {p.name for p in self.graph.parameters} | set(self.data)
        return {p.name: f"{self.rule.name}_{p.name}" if p.name in taken else p.name for p in self.rule.graph.parameters}

    def _checked(self, parameters: Iterable[str]) -> tuple[str, ...]:
        parameters = tuple(parameters)
        others = [n.name for n in self.graph.inputs if n.name not in parameters]
        for name in (*others, *(p.name for p in self.graph.parameters)):
            if name in RESERVED or name in READ:
                what = "an argument of its own" if name in RESERVED else "by that name"
                message = f"'{name}' of {self.loss.name} is what a training step calls {what}"
                raise SymnetError(message, place=self.graph.place, hint="rename it")
        return parameters

    def __call__(self, *arguments, **constants):
        raise SymnetError(f"{self.name} is a training step", hint="call the step of symnet.compile of it")

    def __repr__(self) -> str:
        return f"<training step {self.name}>"


def training_step(loss, rule, parameters: Iterable[str] | str | None = None, *, name: str = "") -> TrainingStep:
    """A training step of a loss (an operation or its name) by an update rule.

    ``parameters`` names what is trained; without it, all that does not run along the samples.
    Raises SymnetError where the loss is no scalar, the rule no update rule, or a parameter has no gradient.
    """
    from symnet.loading import as_operation

    loss, rule = as_operation(loss), as_operation(rule)
    if not isinstance(rule, UpdateRule):
        raise SymnetError(f"{rule.name} is not an update rule", hint="`symnet list` shows those of the catalogue")
    if isinstance(loss, (UpdateRule, TrainingStep)):
        raise SymnetError(f"{loss.name} is not a loss")
    given = parameters.split(",") if isinstance(parameters, str) else parameters
    return TrainingStep(loss, rule, None if given is None else [n.strip() for n in given], name)


def _along_samples(node: Node, first: Node) -> bool:
    """True for the first input and what shares its first axis."""
    return node.name == first.name or bool(first.axes and first.axes[0].label in {i.label for i in node.axes})
