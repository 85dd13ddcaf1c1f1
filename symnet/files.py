"""Files that appear whole or not at all: written beside their place, then renamed.

A link stays a link, its file is replaced.  What is no file, as /dev/null or a pipe, gets the text itself.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from symnet.errors import SymnetError

DO_NOT_EDIT = "do not edit"  # stands near the top of every file of the main job, so that only those are replaced

#: what generated modules import; a file of that name beside them would stand in its place
IMPORTED = frozenset({"concurrent", "functools", "math", "numba", "numpy", "os", "sys", "threading"})


def write_all(texts: Mapping[Path, str | bytes]) -> None:
    """Write files, all of which stand beside their places before the first is renamed; raises SymnetError."""
    with contextlib.ExitStack() as stack:
        files = [(stack.enter_context(OutFile(path)), text) for path, text in texts.items()]
        for file, text in files:
            file.put(text if isinstance(text, bytes) else text.encode("utf-8"))
        for file, _ in files:
            file.show()


class OutFile:
    """``with OutFile(path) as file: ... file.write(data)``; raises SymnetError where ``path`` can not be written.

    That it can is known on entering, before anything is computed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        place = Path(os.path.realpath(path))
        self.stream = _is_stream(path)
        self.place = path if self.stream else place
        self.aside = place.with_name(f".{place.name}.{os.getpid()}.tmp") if place.name else place
        self.data = b""

    def __enter__(self) -> OutFile:
        with self._refused():
            if self.place.is_dir():
                raise IsADirectoryError(None, "Is a directory")
            if not self.stream:
                self.place.parent.mkdir(parents=True, exist_ok=True)
                self.aside.write_bytes(b"")
        return self

    def put(self, data: bytes) -> None:
        """Write beside the place."""
        self.data = data
        if not self.stream:
            with self._refused():
                self.aside.write_bytes(data)

    def show(self) -> None:
        """What was put takes its place."""
        with self._refused():
            if self.stream:
                self.place.write_bytes(self.data)
            else:
                os.replace(self.aside, self.place)

    def write(self, data: bytes) -> None:
        self.put(data)
        self.show()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if not self.stream:
            with contextlib.suppress(OSError):  # renamed, or never there
                self.aside.unlink()

    @contextlib.contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SymnetError(f"can not write {self.path}: {error.strerror}") from error


def _is_stream(path: Path) -> bool:
    """A device or a pipe: something that is there and is neither a file nor a folder."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def module_name(name: str, style: str) -> str:
    """The readable module of an operation has its name, others say their style."""
    return name if style == "readable" else f"{name}_{style}"


def module_path(folder: Path, name: str, style: str) -> Path:
    """The file of a module; raises SymnetError where modules beside it could no longer import what they need."""
    module = module_name(name, style)
    if module in IMPORTED:
        raise SymnetError(
            f"{module}.py would stand in the place of the module '{module}', which generated modules import",
            hint="rename the operation",
        )
    return folder / f"{module}.py"


def text_of(path: Path) -> str:
    """The text of a file, empty when there is none."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise SymnetError(f"can not read {path}: {error.strerror}") from error


def written_here(text: str) -> bool:
    """Whether symnet has written a module or page, which it then may replace."""
    return DO_NOT_EDIT in "\n".join(text.splitlines()[:10]).lower()


def refuse_foreign(path: Path) -> None:
    """Raises SymnetError where a file stands that symnet has not written, such as the definition itself."""
    text = text_of(path)
    if text.strip() and not written_here(text):
        raise SymnetError(f"{path} was not written by symnet and is left as it is", hint="choose another folder")
