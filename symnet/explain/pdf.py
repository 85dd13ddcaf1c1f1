"""A PDF by way of LaTeX, where the machine has an engine for it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from symnet.errors import SymnetError
from symnet.explain.documents import latex_document
from symnet.explain.options import DEFAULT, Options

if TYPE_CHECKING:
    from symnet.derivation import Derivation

ENGINES = ("pdflatex", "lualatex", "xelatex")
PACKAGES = "texlive-latex-recommended, for Russian also texlive-lang-cyrillic"
SECONDS = 120


def pdf(derivation: Derivation, options: Options = DEFAULT) -> bytes:
    """The page as a PDF."""
    return typeset(latex_document(derivation, standalone=True, options=options))


def typeset(source: str) -> bytes:
    """A LaTeX document as a PDF; raises SymnetError where there is no engine, or where it does not set the page."""
    engine = next((found for name in ENGINES if (found := shutil.which(name))), None)
    if engine is None:
        raise SymnetError(
            "a PDF needs a TeX engine, and none is installed",
            hint=f"install TeX Live (on Debian and Ubuntu: {PACKAGES}) or choose --to html",
        )
    with tempfile.TemporaryDirectory(prefix="symnet-") as folder:
        (Path(folder) / "page.tex").write_text(source, encoding="utf-8")
        command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
        try:
            run = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise SymnetError(f"{Path(engine).name} did not end within {SECONDS} seconds") from None
        page = Path(folder) / "page.pdf"
        if run.returncode or not page.is_file():
            said = run.stdout.decode("utf-8", errors="replace").splitlines()
            reason = next((line.lstrip("! ") for line in said if line.startswith("!")), "no message")
            raise SymnetError(f"{Path(engine).name} can not set the page: {reason}", hint=f"it needs {PACKAGES}")
        return page.read_bytes()
