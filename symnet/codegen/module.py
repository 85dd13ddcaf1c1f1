"""The generated module: source text, compiled functions, files.

The only code that is ever executed is the text made here, all of whose names were made or checked by symnet.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import linecache
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from symnet.codegen.layout import function_text, module_text
from symnet.errors import SymnetError
from symnet.files import module_path, refuse_foreign, write_all
from symnet.frames import room_for
from symnet.loading import as_operation

STYLES = ("readable", "fast", "numba")
#: what a module computes in one function of its own
ONE_FUNCTION = ("jacobian", "hessian", "jvp", "hvp")


def module_source(
    op,
    style: str = "readable",
    without: Iterable[str] = (),
    what: str = "gradient",
    wrt: str | Iterable[str] | None = None,
) -> str:
    """The text of the NumPy module of an operation; fast ones may go ``without`` some of the planner's passes.

    Raises SymnetError for a definition that can not be derived, an unknown style, pass or input, and where there is no
    such ``what``.
    """
    from symnet.derivation import names_of
    from symnet.ir.update import UpdateRule

    if style not in STYLES:
        raise SymnetError(f"there is no style '{style}'", hint=f"choose one of {', '.join(STYLES)}")
    op, without = as_operation(op), tuple(sorted(without))
    if what != "gradient" and (isinstance(op, UpdateRule) or what not in ONE_FUNCTION):
        raise SymnetError(f"{op.name} has no {what}", hint=f"choose an operation and one of {', '.join(ONE_FUNCTION)}")
    if what != "gradient":
        style, without = "readable", ()  # this has one style
    names = names_of(wrt)
    memo = op.__dict__.setdefault("_modules", {})
    key = (what, names, style, without)
    if key not in memo:
        with room_for(op.name):
            memo[key] = _text(op, style, without, what, names)
    return memo[key]


def _text(op, style: str, without: tuple[str, ...], what: str, wrt: tuple[str, ...] | None) -> str:
    from symnet.codegen.training import training_text
    from symnet.codegen.update import update_text
    from symnet.derivation import derive
    from symnet.ir.training import TrainingStep
    from symnet.ir.update import UpdateRule

    if what == "gradient" and isinstance(op, (UpdateRule, TrainingStep)):
        if wrt is not None:
            raise SymnetError(f"{op.name} is a step, which moves all of its parameters", hint="leave wrt out")
        return update_text(op, style, without) if isinstance(op, UpdateRule) else training_text(op, style, without)
    derivation = derive(op, wrt, what)
    return module_text(derivation, style, without) if what == "gradient" else function_text(derivation)


def function_source(derivation) -> str:
    """The text of a module with one function, named as ``derivation.what``, that computes what was derived."""
    return function_text(derivation)


class Cache(tuple):
    """What ``forward`` of a compiled operation leaves for ``backward``, marked by the text of their module."""

    source: str


@dataclass(frozen=True, eq=False)
class Compiled:
    """An operation ready to compute: ``forward`` and ``backward`` of the generated module, whose text is ``source``.

    The functions raise ValueError for arrays whose axes do not fit together, and for dtypes that are no floats.
    """

    name: str
    source: str

    @cached_property
    def module(self) -> ModuleType:
        return load(self.name, self.source)

    @cached_property
    def forward(self) -> Callable[..., Any]:
        """``forward(*inputs, **constants) -> (output, cache)``."""
        function, source = self.module.forward, self.source

        @functools.wraps(function)
        def forward(*arguments: Any, **constants: Any) -> tuple[Any, Cache]:
            output, held = function(*arguments, **constants)
            cache = Cache(held)
            cache.source = source
            return output, cache

        return forward

    @cached_property
    def backward(self) -> Callable[..., Any]:
        """``backward(upstream gradient, cache) -> gradients``, a tuple in the order of the differentiable inputs."""
        function, source = self.module.backward, self.source

        def wanted() -> str:
            upstream = ", ".join(list(inspect.signature(function).parameters)[:-1])
            return f"write backward({upstream}, cache), the cache being the tuple that forward of {self.name} returned"

        @functools.wraps(function)
        def backward(*arguments: Any, **named: Any) -> tuple[Any, ...]:
            cache = named.get("cache", arguments[-1] if arguments else None)
            if isinstance(cache, Cache) and cache.source != source:
                raise ValueError(f"{self.name}: the cache is that of another module; {wanted()}")
            try:
                return function(*arguments, **named)
            except (TypeError, ValueError) as error:
                if isinstance(cache, tuple) and "unpack" not in str(error):
                    raise
                raise ValueError(f"{self.name}: {wanted()}") from error

        return backward

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The one function of a Jacobian, Hessian or product: ``jacobian``, ``hessian``, ``jvp`` or ``hvp``."""
        if name in ONE_FUNCTION and hasattr(self.module, name):
            return getattr(self.module, name)
        raise AttributeError(f"the module has no function '{name}'", name=name, obj=None)

    @property
    def init(self) -> Callable[..., Any]:
        """Of an update rule or a training step: ``init(parameters) -> state``."""
        return self.module.init

    @property
    def step(self) -> Callable[..., Any]:
        """Of an update rule: ``step(parameters, gradients, state, **constants) -> (parameters, state)``.

        Of a training step: ``step(parameters, *data, state, **constants) -> (loss, parameters, state)``.
        """
        return self.module.step

    @property
    def point(self) -> Callable[..., Any]:
        """Of an update rule that looks ahead: ``point(parameters, state, **constants)``, where gradients are taken."""
        return self.module.point

    def __call__(self, *arguments, **constants):
        """The value alone, as the operation itself gives it: what ``forward`` returns without the cache."""
        if hasattr(self.module, "forward"):
            return self.module.forward(*arguments, **constants)[0]
        for name in ONE_FUNCTION:
            if hasattr(self.module, name):
                return getattr(self.module, name)(*arguments, **constants)
        raise SymnetError(
            f"{self.name} is a step, not a function of arrays", hint="begin with init(...), then call step(...)"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.name, self.source)  # a module can not be pickled, its text can

    def __repr__(self) -> str:
        return f"<compiled {self.name}>"


def compile_operation(
    op, style: str = "fast", without: Iterable[str] = (), what: str = "gradient", wrt: str | Iterable[str] | None = None
) -> Compiled:
    """The operation as two NumPy functions, an update rule as ``init`` and ``step``; the text is remembered.

    ``op`` is an operation, the name of one of the catalogue, or ``"file.py:name"``; ``style`` is "fast", "readable" or
    "numba"; a fast module may go ``without`` some of the planner's passes.  ``wrt`` names the inputs whose gradients
    are wanted, one or several (default: all differentiable ones); what only others need is not computed.  With
    ``what`` the module has one function, ``jacobian``, ``hessian``, ``jvp`` or ``hvp``.

    Raises SymnetError for a definition that can not be derived, for an unknown style, pass or input, and for the style
    "numba" where numba is not installed.
    """
    op = as_operation(op)
    if style == "numba" and importlib.util.find_spec("numba") is None:
        raise SymnetError("the style 'numba' needs numba, which is not installed", hint="pip install symnet[numba]")
    source = module_source(op, style, without, what, wrt)
    return op.__dict__.setdefault("_compiled", {}).setdefault(source, Compiled(op.name, source))


def generate(
    op,
    folder: str | os.PathLike[str],
    style: str = "readable",
    what: str = "gradient",
    wrt: str | Iterable[str] | None = None,
) -> Path:
    """Write ``<name>.py`` (other styles: ``<name>_fast.py``, ``<name>_numba.py``) into a folder; returns its path.

    ``wrt`` names the inputs whose gradients are wanted.  With ``what`` it is ``<name>_<what>.py``, with one function.
    The file appears whole or not at all.
    Raises SymnetError where it can not be written, or where a file stands that symnet has not written.
    """
    op = as_operation(op)
    source = module_source(op, style, what=what, wrt=wrt)
    path = module_path(Path(folder), op.name, style if what == "gradient" else what)
    refuse_foreign(path)
    write_all({path: source})
    return path


def load(name: str, source: str) -> ModuleType:
    """A fresh module from generated text; tracebacks show its lines.

    No file can have its name, so that who looks it up, as numba and pickle do, imports nothing else in its place.
    """
    file = f"<generated {name} {id(source):x}>"
    module = ModuleType(f"<generated {name}>")
    module.__file__ = file
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102  our own text, see above
    return module
