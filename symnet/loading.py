"""From a name on the command line to an operation: ``batch_norm`` or ``path/file.py:rms_norm``."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from symnet.errors import SymnetError

if TYPE_CHECKING:
    from symnet import Op


def catalogue_names() -> tuple[str, ...]:
    """The names of all catalogue operations that have a gradient, family by family."""
    from symnet import catalog

    return tuple(name for names in catalog.FAMILIES.values() for name in names)


def rule_names() -> tuple[str, ...]:
    """The names of all update rules of the catalogue."""
    from symnet import catalog

    return tuple(name for names in catalog.RULES.values() for name in names)


def as_operation(op: Op | Callable | str) -> Op:
    """An operation as it is, a function as one, a name by :func:`load_operation`."""
    from symnet.ir.op import Op

    if isinstance(op, Op):
        return op
    if isinstance(op, str):
        return load_operation(op)
    if callable(op):
        return Op(op)
    raise SymnetError(f"{op!r} is not an operation", hint="put @sn.op over a forward definition")


def load_operation(spec: str) -> Op:
    """The operation that ``spec`` names: a catalogue name, or ``path/file.py:name`` for one of the user's own.

    Raises SymnetError when there is no such file or name, or when the file can not be imported.
    """
    file, _, name = (spec, "", "") if spec.endswith(".py") else spec.rpartition(":")
    if file:
        return _from_file(file, name)
    from symnet import catalog

    known = catalogue_names() + rule_names()
    if spec not in known:
        near = nearest(spec, known)
        raise SymnetError(
            f"unknown operation {spec!r}",
            hint=(f"did you mean {near!r}? " if near else "")
            + "`symnet list` shows the catalogue, and file.py:NAME names an operation of your own",
        )
    return catalog.load(spec)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like ``word``, if any does."""
    plain = {_plain(name): name for name in known}
    close = difflib.get_close_matches(_plain(word), plain, n=1)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _from_file(file: str, name: str) -> Op:
    from symnet import Op

    module = _import_file(file)
    operations = {key: value for key, value in vars(module).items() if isinstance(value, Op)}
    if name in operations:
        return operations[name]
    plain = vars(module).get(name)
    if isinstance(plain, FunctionType) and plain.__module__ == module.__name__:
        return Op(plain)
    if not operations:
        raise SymnetError("the file defines no operation", place=file, hint="decorate a function with @symnet.op")
    listed = ", ".join(f"{file}:{key}" for key in operations)
    if not name:
        raise SymnetError("the operation is not named", place=file, hint=f"the file has {listed}")
    near = nearest(name, operations)
    raise SymnetError(
        f"no operation is called {name!r}",
        place=file,
        hint=(f"did you mean {near!r}? " if near else "") + f"the file has {listed}",
    )


class _FreshLoader(SourceFileLoader):
    """Compiles the source each time: a cached .pyc of the same second and size would hide an edit."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _import_file(file: str) -> ModuleType:
    """Import a user's file under a private name; whatever goes wrong in it names the file and the line."""
    path = Path(os.path.realpath(file))
    if not path.is_file():
        raise SymnetError(f"there is no file {file}", hint="give path/file.py:NAME")
    name = f"_symnet_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    linecache.checkcache(str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=_FreshLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent)
    added = folder not in sys.path
    if added:  # last, so that a neighbour called random.py hides nothing
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except (SymnetError, KeyboardInterrupt):
        del sys.modules[name]
        raise
    except BaseException as error:
        del sys.modules[name]
        raise SymnetError(f"{type(error).__name__}: {_reason(error)}", place=_place(error, file, path)) from error
    finally:
        if added:
            sys.path.remove(folder)
    return module


def _reason(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "the file ends the program when it is imported"
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return text.strip() or "no further message"


def _place(error: BaseException, file: str, path: Path) -> str:
    """``file.py:12``: the innermost line of the user's own file that led to the error."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines = [error.lineno]
    else:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"{file}:{lines[-1]}" if lines and lines[-1] else file
