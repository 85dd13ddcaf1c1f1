"""The steps of a plan as lines: straight operations as in the fast style, every loop over rows a call of a kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from symnet.codegen.arrays import Apply, Ref, walk
from symnet.codegen.emit import INDENT
from symnet.codegen.fast.emit import Emitter, tuple_of
from symnet.codegen.fast.schedule import RowLoop
from symnet.codegen.fused.axes import Axis, dimensions
from symnet.codegen.fused.kernel import Kernel, Parameter
from symnet.codegen.fused.nests import read
from symnet.codegen.fused.places import Unfusable
from symnet.codegen.fused.text import is_call
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
            kernel, heirs = self.kernel(loop)
            kernels = {self.asked if any(map(self.maybe, heirs.values())) else "": kernel}
            if "" not in kernels:  # a caller may want them apart
                kernels[""] = Kernel(loop)
                kernels[""].run()
            texts = {condition: kernel.function for condition, kernel in kernels.items()}
            names = {condition: self.named(text) for condition, text in texts.items()}
        except Unfusable:
            super().loop(loop)
            return
        for kernel in kernels.values():
            self.text.helpers.update(kernel.text.helpers, ("each", "rows"))
        self.allocate(loop, heirs)
        sums = [i.target for i in loop.body if i.name in loop.sums]
        target = f"{tuple_of([r.name for r in sums])} = " if sums else ""
        indent = INDENT * len(kernels) if len(kernels) > 1 else self.unless_one(loop, heirs)
        for condition, kernel in kernels.items():
            if len(kernels) > 1:
                self.lines.append(f"{INDENT}if {condition}:" if condition else f"{INDENT}else:")
            self.lines += call(indent, f"{target}_rows({', '.join(self.words(names[condition], kernel))})")
        for ref in sums:
            if reshaped(ref, kernel):
                self.lines += assignment(INDENT, f"{ref.name} =", f"{ref.name}.reshape{self.text.shape(ref.layout)}")

    def named(self, function: Callable[[str], list[str]]) -> str:
        """The name under which a kernel is one of the module's functions."""
        number = len(self.kernels) + 1
        name = self.fresh(f"_{self.function}_rows{number if number > 1 else ''}")
        self.kernels.append(function(name))
        return name

    def words(self, name: str, kernel: Kernel) -> list[str]:
        """The arguments of `_rows`."""
        loop = kernel.loop
        out = [self.argument(p, kernel) for p in kernel.arguments() if p.cut and p.ref.name in loop.stored]
        cut = [self.argument(p, kernel) for p in kernel.arguments() if p.cut and p.ref.name not in loop.stored]
        whole = [self.argument(p, kernel) for p in kernel.arguments() if not p.cut]
        whole += [self.text.scalar(symbol) for symbol in kernel.sizes]
        return [
            name,
            self.dtype(),
            self.text.scalar(loop.index.size),
            self.width(loop),
            bracket(out),
            bracket(cut),
            *whole,
        ]

    def kernel(self, loop: RowLoop) -> tuple[Kernel, dict[str, str]]:
        """The kernel of a loop, and the results that it writes over arrays which nobody reads afterwards."""
        if calls_one_by_one(loop):
            raise Unfusable("functions of the C library")
        views = [(ref, through) for i in loop.body for ref, through in read(i)]
        stored = {} if any(i.statements for i in loop.body) else loop.stored
        heirs = self.heirs(stored, lambda ref: all(through == ref for found, through in views if found == ref))
        while True:
            kernel = Kernel(loop, heirs)
            kernel.run()
            if not kernel.late:
                return kernel, {name: ref.name for name, ref in heirs.items()}
            heirs = {name: ref for name, ref in heirs.items() if name not in kernel.late}

    def argument(self, parameter: Parameter, kernel: Kernel) -> str:
        """The array as the kernel takes it: side by side axes as one, none of length 1 that was kept."""
        ref = parameter.ref
        if ref.layout and not ref.indices:
            return f"{ref.name}.item()"
        if not reshaped(ref, kernel):
            return ref.name
        sizes = [self.text.scalar(d.size) for d in parameter.shape]
        return f"{ref.name}.reshape({', '.join(sizes)})"


def calls_one_by_one(loop: RowLoop) -> bool:
    """Does the loop compute for every entry what has no plain arithmetic?

    A compiled loop would call the C library 6 to 15 ns an entry; NumPy computes several entries at a time where the
    processor can (0.4 to 3 ns).  A function of a row alone, such as a power of its norm, does not matter.
    """
    parts = [part for i in loop.body if not i.statements for part in walk(i.value)]
    most = max((len(part.indices) for part in parts), default=0)
    return any(isinstance(part, Apply) and len(part.indices) == most and is_call(part) for part in parts)


def reshaped(ref: Ref, kernel: Kernel) -> bool:
    shape: Sequence[Axis | Index] = dimensions(ref.layout, kernel.axes, kernel.row)
    return len(shape) != len(ref.layout)


def bracket(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"
