"""The catalogue: forward definitions with their sources, one file per family; everything else is derived."""

from __future__ import annotations

import importlib

#: family -> its operations, in the order of the documentation; cheap to import
FAMILIES: dict[str, tuple[str, ...]] = {
    "activations": ("sigmoid", "tanh", "relu", "softmax"),
    "losses": (
        "binary_cross_entropy",
        "softmax_cross_entropy",
        "softmax_cross_entropy_labels",
        "mean_squared_error",
    ),
    "layers": ("dense",),
    "normalization": ("batch_norm", "layer_norm"),
    "networks": ("two_layer_network", "mlp"),
    "attention": ("attention",),
    "convolution": ("conv2d", "max_pool"),
}


def load(name: str):
    """The operation of that name; raises KeyError where the catalogue has none."""
    for family, names in FAMILIES.items():
        if name in names:
            return getattr(importlib.import_module(f"symnet.catalog.{family}"), name)
    raise KeyError(name)
