"""The passes of the fast style: their names, what each does, what it gains where it acts.

Gains are times (of ``release`` memory) without the pass over those with it (forward and backward, one thread, float32),
measured by ``python benchmarks/passes.py``; another machine has other ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from symnet.errors import SymnetError


@dataclass(frozen=True)
class Pass:
    """One decision of the planner, which can be switched off by its name."""

    name: str
    does: str
    gain: str


PASSES = (
    Pass(
        "recompute",
        "what is one cheap step from a stored array is computed again, not stored",
        "batch norm 1.3, Adam 1.3",
    ),
    Pass(
        "pull_out",
        "factors leave sums that do not depend on them; brackets of sums are multiplied out",
        "binary cross-entropy 1.1, batch norm 1.1",
    ),
    Pass(
        "tanh",
        "(1 + tanh u) / 2 is the sigmoid of 2 u, which needs one exponential and no number beside it",
        "GELU 1.1",
    ),
    Pass(
        "local_derivatives",
        "a factor of a gradient that forward knows is computed there and stored",
        "GELU 1.2",
    ),
    Pass(
        "polynomials", "polynomials in one array are nested, as Horner has them, with numbers multiplied in", "GELU 1.1"
    ),
    Pass("roots", "positive constants leave the roots in denominators, where they meet other constants", "Adam 1.1"),
    Pass("collect", "factors of rows and columns are multiplied together before they meet the array", "batch norm 1.1"),
    Pass(
        "no_maximum",
        "exp without a pass for the maximum; redone with it where the sums leave a safe range",
        "softmax cross-entropy 1.3",
    ),
    Pass("log_products", "logarithms of products of 32 factors instead of 32 logarithms", "binary cross-entropy 1.2"),
    Pass("columns", "convolutions are matrix products, image by image", "convolution 2.0"),
    Pass(
        "matrices",
        "contractions over several axes are one matrix product of grouped axes",
        "self-attention of small arrays 1.9",
    ),
    Pass(
        "places",
        "sums and extremes over windows are taken entry by entry, for all windows at once",
        "max pooling 3.4, depthwise convolution 2.4",
    ),
    Pass(
        "row_loops",
        "chains of operations run over blocks of rows that stay in the cache, into buffers",
        "layer norm 2.9, GELU 2.9, batch norm 1.9, Adam 1.9",
    ),
    Pass(
        "workspace",
        "memory that nobody holds any more is used again",
        "GELU 1.6, Adam 1.6, layer norm 1.4, batch norm 1.4",
    ),
    Pass(
        "release",
        "large arrays are let go when they have been read for the last time, and the next ones have their memory",
        "memory beside the gradients: GRU cell 1.5, LSTM cell 1.5, SwiGLU 1.5",
    ),
    Pass(
        "spent_cache",
        "a gradient is written over what forward left for it; another backward pass has forward compute it again",
        "softmax cross-entropy 1.5, binary cross-entropy 1.2",
    ),
    Pass("exp2", "exp2 with the factor multiplied in, where NumPy has it fast", "binary cross-entropy 1.2, GELU 1.2"),
    Pass(
        "narrow_buffers",
        "a small ufunc buffer, so that rows and columns are read in place",
        "batch norm of images 1.4, layer norm 1.3",
    ),
)


@dataclass
class Planner:
    """Which passes are on, and which have shaped the module so far."""

    off: frozenset[str] = frozenset()
    acted: set[str] = field(default_factory=set)

    @classmethod
    def without(cls, names: Iterable[str] = ()) -> Planner:
        """All passes but the named ones; raises SymnetError for an unknown name."""
        off, known = frozenset(names), [p.name for p in PASSES]
        for name in sorted(off - set(known)):
            raise SymnetError(f"there is no pass '{name}'", hint=f"choose from {', '.join(known)}")
        return cls(off)

    def on(self, name: str) -> bool:
        return name not in self.off

    def act(self, name: str, changed: bool = True) -> None:
        """Remember that a pass has shaped the module."""
        if changed:
            self.acted.add(name)

    @property
    def report(self) -> list[Pass]:
        """The passes that shaped the module, in the order in which they work."""
        return [p for p in PASSES if p.name in self.acted]
