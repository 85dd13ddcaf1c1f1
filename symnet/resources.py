"""Where the Jinja templates are, and the one environment that renders them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from symnet.errors import SymnetError

if TYPE_CHECKING:
    import jinja2


@cache
def templates_folder() -> Path:
    """The folder of templates: inside the package when installed from a wheel, beside it in a source checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "templates", package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise SymnetError(
        f"the templates of symnet are missing (looked in {package} and {package.parent})",
        hint="install symnet again",
    )


@cache
def environment() -> jinja2.Environment:
    """The Jinja environment of every back end: an undefined name is an error, only HTML is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=jinja2.select_autoescape(
            enabled_extensions=("html", "html.jinja", "html.j2"), default_for_string=False, default=False
        ),
    )
