"""What the main job made, kept between two runs: one JSON file for each operation, in the user's cache folder.

A product is found again by what decides it: the files that define the operation, the sources and templates that derive,
print and check it, and the versions of what computes.  A file that can not be read is one that was never written.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnet.errors import SymnetError
from symnet.resources import templates_folder

if TYPE_CHECKING:
    from symnet.ir.op import Op

CATALOGUE = "symnet.catalog."
#: rooms that no module or page of an operation comes from
ELSEWHERE = ("bench", "catalog", "lecture", "study")
VERSIONS = ("numpy", "sympy", "mpmath", "jinja2", "opt_einsum")


def kept(op: Op, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``make`` gives, from an earlier run where nothing that decides it has changed."""
    files = definition_files(op)
    if not files:
        return make()
    place = _folder() / f"{op.name}.json"
    key = _digest([_engine(), op.name, *(path.read_text(encoding="utf-8") for path in files)])
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(place.read_text(encoding="utf-8"))
        if data["key"] == key and data["made"]["name"] == op.name:
            return data["made"]
    made = make()
    _write(place, json.dumps({"key": key, "made": made}))
    return made


def definition_files(op: Op) -> list[Path]:
    """The files of the catalogue that define an operation: its own, and those of the operations that these import."""
    from symnet.ir.op import Op as Operation

    todo = [name for name in _modules(op) if name.startswith(CATALOGUE)]
    found: dict[str, None] = {}
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = None
            values = vars(sys.modules[name]).values()
            others = {m for v in values for m in (_modules(v) if isinstance(v, Operation) else [_home(v)])}
            todo += [m for m in others if m.startswith(CATALOGUE) and m in sys.modules]
    return sorted(Path(str(sys.modules[name].__file__)) for name in found)


def _modules(op: Any) -> Iterator[str]:
    """Where an operation is defined; a training step has a loss and a rule."""
    yield _home(getattr(op, "function", None))
    for part in ("loss", "rule"):
        if hasattr(op, part):
            yield from _modules(getattr(op, part))


def _home(value: Any) -> str:
    name = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    return name if isinstance(name, str) else ""


@functools.cache
def _engine() -> str:
    """The sources and templates that a product may come from, and what they run on."""
    package = Path(__file__).resolve().parent
    sources = [p for p in sorted(package.rglob("*.py")) if p.relative_to(package).parts[0] not in ELSEWHERE]
    templates = sorted(p for p in templates_folder().rglob("*") if p.is_file())
    files = (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in (*sources, *templates))
    return _digest([sys.version, platform.machine(), *(f"{n} {metadata.version(n)}" for n in VERSIONS), *files])


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8")).hexdigest()


def _folder() -> Path:
    """The cache folder of the user, or what SYMNET_CACHE_DIR says."""
    import platformdirs

    return Path(os.environ.get("SYMNET_CACHE_DIR") or platformdirs.user_cache_dir("symnet")) / "build"


def _write(path: Path, text: str) -> None:
    """Keep a text; a full disk is no error."""
    from symnet.files import write_all

    with contextlib.suppress(SymnetError, OSError):
        write_all({path: text})


__all__ = ["definition_files", "kept"]
