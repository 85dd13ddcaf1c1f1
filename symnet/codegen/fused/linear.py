"""Single operations as compiled loops have them best.

    sigmoid(z)            e^-|z| / (1 + e^-|z|) for z < 0, 1 / (1 + e^-|z|) else
    log(1 + e^-|z|)       what is added to 1 lies between 0 and 1

A softplus and a sigmoid of the same z share the exponential, which is most of their work.
"""

from __future__ import annotations

from symnet.codegen.arrays import Apply, Array, apply, const
from symnet.codegen.fast.linear import Linear, is_exponential


class FusedLinear(Linear):
    def apply(self, array: Apply) -> Array:
        (first, *_) = array.args
        if array.op == "sigmoid":
            z = self.atom(first)
            e = self.atom(apply("exp", apply("neg", apply("abs", z))))
            above = apply("where", apply("ge", z, const(0), kind="bool"), const(1), e)
            return self.operation(apply("div", above, apply("add", e, const(1))))
        if array.op == "log1p" and is_exponential(first):
            return Apply(array.layout, "real", "log1p_unit", (self.atom(first),))
        return super().apply(array)
