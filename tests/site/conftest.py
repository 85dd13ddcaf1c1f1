"""The built site: the one that SYMNET_SITE names, or build/site, brought up to date once for all test processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.once import in_turn

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    if built := os.environ.get("SYMNET_SITE"):
        return Path(built)
    for module in ("sphinx", "myst_parser", "furo", "sphinx_copybutton"):
        pytest.importorskip(module, reason="building the site needs the extra 'docs'")
    built_here = ROOT / "build" / "site"
    built_here.parent.mkdir(exist_ok=True)
    command = ["-m", "sphinx", "-b", "html", "-j", "auto", "-q", "-W", "--keep-going"]
    with in_turn(built_here.parent / ".site.lock"):
        subprocess.run(
            [sys.executable, *command, "-d", f"{built_here}.doctrees", str(ROOT / "docs"), str(built_here)], check=True
        )
    return built_here
