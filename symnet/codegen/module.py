"""The generated module: source text, compiled functions, files.

The only code that is ever executed is the text made here, all of whose names were made or checked by symnet.
"""

from __future__ import annotations

import contextlib
import importlib.util
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
from symnet.loading import as_operation

STYLES = ("readable", "fast", "numba")
#: what a module computes in one function of its own
ONE_FUNCTION = ("jacobian", "hessian", "jvp", "hvp")


def module_source(op, style: str = "readable", without: Iterable[str] = ()) -> str:
    """The text of the NumPy module of an operation; fast ones may go ``without`` some of the planner's passes.

    Raises SymnetError for a definition that can not be derived, an unknown style or pass.
    """
    from symnet.codegen.training import training_text
    from symnet.codegen.update import update_text
    from symnet.derivation import derive
    from symnet.ir.training import TrainingStep
    from symnet.ir.update import UpdateRule

    if style not in STYLES:
        raise SymnetError(f"there is no style '{style}'", hint=f"choose one of {', '.join(STYLES)}")
    op = as_operation(op)
    memo = op.__dict__.setdefault("_modules", {})
    if isinstance(op, UpdateRule):
        style, without = "readable", ()  # a step has one style
    key = (style, *sorted(without))
    if key not in memo:
        if isinstance(op, UpdateRule):
            memo[key] = update_text(op)
        elif isinstance(op, TrainingStep):
            memo[key] = training_text(op, style)
        else:
            memo[key] = module_text(derive(op), style, without)
    return memo[key]


def function_source(derivation) -> str:
    """The text of a module with one function, named as ``derivation.what``, that computes what was derived."""
    return function_text(derivation)


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

    @property
    def forward(self) -> Callable[..., Any]:
        """``forward(*inputs, **constants) -> (output, cache)``."""
        return self.module.forward

    @property
    def backward(self) -> Callable[..., Any]:
        """``backward(upstream gradient, cache) -> gradients``, a tuple in the order of the differentiable inputs."""
        return self.module.backward

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

    def __repr__(self) -> str:
        return f"<compiled {self.name}>"


def compile_operation(op, style: str = "fast", without: Iterable[str] = (), what: str = "gradient") -> Compiled:
    """The operation as two NumPy functions, an update rule as ``init`` and ``step``; the result is remembered.

    ``op`` is an operation, the name of one of the catalogue, or ``"file.py:name"``; ``style`` is "fast", "readable" or
    "numba"; a fast module may go ``without`` some of the planner's passes.  With ``what`` the module has one function,
    ``jacobian``, ``hessian``, ``jvp`` or ``hvp``.

    Raises SymnetError for a definition that can not be derived, for an unknown style or pass, and for the style "numba"
    where numba is not installed.
    """
    op = as_operation(op)
    if what != "gradient":
        return Compiled(op.name, one_function(op, what))
    if style == "numba" and importlib.util.find_spec("numba") is None:
        raise SymnetError("the style 'numba' needs numba, which is not installed", hint="pip install symnet[numba]")
    memo = op.__dict__.setdefault("_compiled", {})
    key = (style, *sorted(without))
    if key not in memo:
        memo[key] = Compiled(op.name, module_source(op, style, without))
    return memo[key]


def one_function(op, what: str) -> str:
    """The text of the module of a Jacobian, Hessian or product; raises SymnetError where there is none."""
    from symnet.derivation import derive
    from symnet.ir.update import UpdateRule

    op = as_operation(op)
    if isinstance(op, UpdateRule) or what not in ONE_FUNCTION:
        raise SymnetError(f"{op.name} has no {what}", hint=f"choose an operation and one of {', '.join(ONE_FUNCTION)}")
    memo = op.__dict__.setdefault("_modules", {})
    if what not in memo:
        memo[what] = function_source(derive(op, what=what))
    return memo[what]


def generate(op, folder: str | os.PathLike[str], style: str = "readable", what: str = "gradient") -> Path:
    """Write ``<name>.py`` (other styles: ``<name>_fast.py``, ``<name>_numba.py``) into a folder; returns its path.

    With ``what`` it is ``<name>_<what>.py``, with one function.  The file appears whole or not at all.
    Raises SymnetError where it can not be written, or where a file stands that symnet has not written.
    """
    from symnet.build import module_name, refuse_foreign

    op = as_operation(op)
    if what == "gradient":
        source, name = module_source(op, style), module_name(op.name, style)
    else:
        source, name = one_function(op, what), f"{op.name}_{what}"
    path = Path(folder) / f"{name}.py"
    refuse_foreign(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(source, encoding="utf-8", newline="\n")
        os.replace(aside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise SymnetError(f"can not write {path}: {error.strerror}") from error
    return path


def load(name: str, source: str) -> ModuleType:
    """A fresh module from generated text; tracebacks show its lines."""
    file = f"<generated {name} {id(source):x}>"
    module = ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102  our own text, see above
    return module
