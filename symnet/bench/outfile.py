"""A file of results: that it can be written is known before anything is measured, and it appears whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType

from symnet.errors import SymnetError


class OutFile:
    """``with OutFile(path) as file: ... file.write(data)``; raises SymnetError where ``path`` can not be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")

    def __enter__(self) -> OutFile:
        try:
            if self.path.is_dir():
                raise IsADirectoryError(None, "Is a directory")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.aside.write_bytes(b"")
        except OSError as error:
            raise self._error(error) from error
        return self

    def write(self, data: bytes) -> None:
        try:
            self.aside.write_bytes(data)
            os.replace(self.aside, self.path)
        except OSError as error:
            raise self._error(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # renamed
            self.aside.unlink()

    def _error(self, error: OSError) -> SymnetError:
        return SymnetError(f"can not write {self.path}: {error.strerror}")
