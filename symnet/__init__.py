"""symnet: a compiler for the mathematics of neural networks.

    import symnet as sn

    @sn.op
    def rms_norm(x: "n d", g: "d", *, eps=1e-6):
        ms = sn.mean(x**2, over="d")
        return g * x / sn.sqrt(ms + eps)

    sn.derive(rms_norm)              # the gradients, step by step
    sn.compile(rms_norm)             # forward and backward on NumPy arrays
    sn.training_step(loss, "adam")   # a loss and an update rule as one step
    sn.generate(rms_norm, "gen/")    # the same as a module that imports only numpy
    sn.check_gradients(rms_norm)     # against finite differences
    sn.graph(rms_norm, sample=True)  # the computational graph as a picture, with values and gradients
    sn.check_lecture("lecture.md")   # what is proved and what is wrong in the formulas of a document

Everything is imported when it is first used, so that ``import symnet`` costs nothing.
"""

from __future__ import annotations

import importlib

from symnet.errors import DefinitionError, DerivationError, SymnetError

__version__ = "0.1.0"

#: what a definition may call, besides operators
FUNCTIONS = (
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "erf", "abs",
    "sign", "sigmoid", "softplus", "relu", "maximum", "minimum", "clip", "where", "sum", "mean", "var", "std", "prod",
    "max", "min", "logsumexp", "softmax", "size", "index", "axis", "transpose", "pad", "flip",
    "assume", "scan", "last",
)  # fmt: skip

_HOMES = {
    **{name: ("symnet.ir.language", "absolute" if name == "abs" else name) for name in FUNCTIONS},
    **{name: ("symnet.ir.scan", name) for name in ("scan", "last")},
    **{name: ("symnet.ir.notation", name) for name in ("one_hot", "labels", "mask", "probability", "positive")},
    **{name: ("math", name) for name in ("pi", "inf")},
    "op": ("symnet.ir.op", "op"),
    "Op": ("symnet.ir.op", "Op"),
    "update": ("symnet.ir.update", "update"),
    "UpdateRule": ("symnet.ir.update", "UpdateRule"),
    "training_step": ("symnet.ir.training", "training_step"),
    "TrainingStep": ("symnet.ir.training", "TrainingStep"),
    "derive": ("symnet.derivation", "derive"),
    "Derivation": ("symnet.derivation", "Derivation"),
    "compile": ("symnet.codegen.module", "compile_operation"),
    "generate": ("symnet.codegen.module", "generate"),
    "check_gradients": ("symnet.check.gradients", "check_gradients"),
    "graph": ("symnet.pictures.graph", "graph"),
    "plot": ("symnet.pictures.plot", "plot"),
    "check_lecture": ("symnet.lecture.check", "check_lecture"),
}

__all__ = ["SymnetError", "DefinitionError", "DerivationError", *_HOMES]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'symnet' has no attribute '{name}'", name=name, obj=None)
    module, attribute = _HOMES[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
