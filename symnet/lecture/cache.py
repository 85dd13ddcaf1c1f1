"""Verdicts kept between two runs: one JSON file for each document, in the user's cache folder.

A verdict is found again by what determines it: the key of its claim, the limit, and the sources of symnet.
A file that can not be read is a document that was never checked.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from symnet.errors import SymnetError
from symnet.lecture.verdict import VERDICTS, Assumption, Finding

SOURCES = (".py", ".lark", ".json", ".yaml", ".toml", ".txt")


def digest(*parts: str) -> str:
    """A name for texts; different texts have different names."""
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def engine_version() -> str:
    """What decides a verdict besides the document: the sources of this package, and SymPy."""
    package = Path(__file__).resolve().parent.parent
    files = sorted(path for path in package.rglob("*") if path.suffix in SOURCES)
    contents = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return digest(metadata.version("sympy"), *(str(path.relative_to(package)) for path in files), *contents)


def cache_folder() -> Path:
    """Where the files are: the cache folder of the user, or what SYMNET_CACHE_DIR says."""
    import os

    import platformdirs

    return Path(os.environ.get("SYMNET_CACHE_DIR") or platformdirs.user_cache_dir("symnet")) / "lectures"


def finding_of(data: Mapping[str, Any]) -> Finding:
    """A finding from its JSON; raises TypeError, KeyError or ValueError where it is none."""
    if data["verdict"] not in VERDICTS:
        raise ValueError("not a verdict")
    return Finding(**{**data, "assumptions": tuple(Assumption(**a) for a in data["assumptions"])})


class Kept:
    """The verdicts of one document, as they were at its last check."""

    def __init__(self, path: Path) -> None:
        self.file = cache_folder() / f"{digest(str(path.resolve()))[:32]}.json"
        self.whole = ""  # the name of the document that the list of findings belongs to
        self.findings: list[Finding] = []
        self.by_key: dict[str, Finding] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            data = json.loads(self.file.read_text(encoding="utf-8"))
            if data["engine"] == engine_version():
                keys = [str(key) for key in data["keys"]]
                self.findings = [finding_of(finding) for finding in data["findings"]]
                self.by_key = {key: finding for key, finding in zip(keys, self.findings, strict=True) if key}
                self.whole = data["document"]

    def write(self, whole: str, keys: list[str], findings: list[Finding]) -> None:
        """Keep the findings under their keys (an empty key: not to be kept); a full disk is no error."""
        from symnet.files import write_all

        data = {
            "engine": engine_version(),
            "document": whole if all(keys) else "",
            "keys": keys,
            "findings": [finding.as_dict() for finding in findings],
        }
        with contextlib.suppress(SymnetError, OSError):
            write_all({self.file: json.dumps(data)})
