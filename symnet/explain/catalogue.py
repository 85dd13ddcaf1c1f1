"""The committed pages of the catalogue: each operation in every language, with links between them, and an index.

The language that the catalogue is written in stands in the folder of the pages, every other in a folder of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from symnet.explain.texts import WRITTEN_IN, languages, texts
from symnet.pictures.pages import files

if TYPE_CHECKING:
    from symnet.ir.op import Op

INDEX = "README"
PICTURES = "pictures"  # one for all languages
#: what a committed page tells: each line, the proofs of its lemmas, and the bounds of its check
CHOICE = {"check": True}
FULL = {"detail": "full"}


@dataclass(frozen=True)
class Entry:
    """An operation in the index."""

    name: str
    family: str
    doc: str


def pages(op: Op) -> Mapping[str, str]:
    """The pages of an operation and their pictures, by their paths in the folder of pages."""
    import symnet
    from symnet.explain.notation import notation_of
    from symnet.explain.updates import UpdatePage
    from symnet.ir.training import TrainingStep
    from symnet.ir.update import UpdateRule

    derivation = symnet.derive(op)
    update = isinstance(op, UpdateRule)
    found = {} if update else {f"{PICTURES}/{name}": svg for name, svg in files(op).items()}
    for lang in languages():
        choice = CHOICE if update else CHOICE | FULL | {"pictures": f"{_up(lang)}{PICTURES}"}
        parts = [derivation.markdown(lang=lang, **choice)]
        if isinstance(op, TrainingStep):
            names = notation_of(derivation).names
            trained = tuple(names.node(name).latex() for name in op.parameters)
            parts.append(UpdatePage(op.rule).section(trained, names, lang=lang))
        page = "\n\n".join(part.strip() for part in parts)
        found[_path(op.name, lang)] = _render("operation", lang, op.name, page=page)
    return found


def indices(entries: Iterable[Entry]) -> Mapping[str, str]:
    """The table of all pages, in every language."""
    entries = tuple(entries)
    return {_path(INDEX, lang): _render("index", lang, INDEX, entries=entries) for lang in languages()}


def _path(name: str, lang: str) -> str:
    return str(PurePosixPath("" if lang == WRITTEN_IN else lang, f"{name}.md"))


def _up(lang: str) -> str:
    """From a page to the folder of pages."""
    return "" if lang == WRITTEN_IN else "../"


def _render(template: str, lang: str, name: str, **more: Any) -> str:
    from symnet.resources import environment

    up = _up(lang)
    others = {texts(other)["labels"]["self"]: f"{up}{_path(name, other)}" for other in languages() if other != lang}
    return environment().get_template(f"explain/{template}.md.jinja").render(
        words=texts(lang), name=name, others=others, root=f"../../{up}", **more
    )  # fmt: skip


__all__ = ["Entry", "indices", "pages"]
