"""The steps of a plan as lines: straight operations as in the fast style, every loop over rows a call of a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symnet.codegen.arrays import Ref
from symnet.codegen.emit import INDENT
from symnet.codegen.fast.emit import Emitter, tuple_of
from symnet.codegen.fast.schedule import RowLoop
from symnet.codegen.fused.axes import Axis, dimensions
from symnet.codegen.fused.kernel import Kernel, Parameter
from symnet.codegen.fused.places import Unfusable
from symnet.codegen.wrap import assignment
from symnet.codegen.wrap import statement as call
from symnet.ir.expr import Index


@dataclass
class FusedEmitter(Emitter):
    """Writes the steps of one function; ``kernels`` are the functions that its loops became."""

    function: str = ""
    kernels: list[list[str]] = field(default_factory=list)

    def loop(self, loop: RowLoop) -> None:
        try:
            kernel = Kernel(loop)
            heirs = kernel.inherit(self.heirless(loop.body[-1].name))
            kernel.run()
            number = len(self.kernels) + 1
            name = self.fresh(f"_{self.function}_rows{number if number > 1 else ''}")
            self.kernels.append(kernel.function(name))
        except Unfusable:
            super().loop(loop)
            return
        self.text.helpers.update(kernel.text.helpers, ("each", "rows"))
        self.allocate(loop, heirs)
        out = [self.argument(p, kernel) for p in kernel.arguments() if p.cut and p.ref.name in loop.stored]
        cut = [self.argument(p, kernel) for p in kernel.arguments() if p.cut and p.ref.name not in loop.stored]
        whole = [self.argument(p, kernel) for p in kernel.arguments() if not p.cut]
        whole += [self.text.scalar(symbol) for symbol in kernel.sizes]
        sums = [i.target for i in loop.body if i.name in loop.sums]
        rows = self.text.scalar(loop.index.size)
        words = [name, self.dtype(), rows, self.width(loop), bracket(out), bracket(cut), *whole]
        target = f"{tuple_of([r.name for r in sums])} = " if sums else ""
        self.lines += call(INDENT, f"{target}_rows({', '.join(words)})")
        for ref in sums:
            if reshaped(ref, kernel):
                self.lines += assignment(INDENT, f"{ref.name} =", f"{ref.name}.reshape{self.text.shape(ref.layout)}")

    def argument(self, parameter: Parameter, kernel: Kernel) -> str:
        """The array as the kernel takes it: side by side axes as one, none of length 1 that was kept."""
        ref = parameter.ref
        if ref.layout and not ref.indices:
            return f"{ref.name}.item()"
        if not reshaped(ref, kernel):
            return ref.name
        sizes = [self.text.scalar(d.size) for d in parameter.shape]
        return f"{ref.name}.reshape({', '.join(sizes)})"


def reshaped(ref: Ref, kernel: Kernel) -> bool:
    shape: Sequence[Axis | Index] = dimensions(ref.layout, kernel.axes, kernel.row)
    return len(shape) != len(ref.layout)


def bracket(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"
