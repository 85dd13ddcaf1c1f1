"""The words of a study, per language: ``templates/studies/<language>/<study>.yaml`` and ``common.yaml``, never Python.

A study's file has ``title``, ``about``, ``sections`` (key -> heading), ``lines`` (key -> text, by: the rule that is
named), ``runs`` (key -> text, picture: what it shows) and ``words`` (key -> what is said in tables, in pictures and
before formulas).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from symnet.errors import SymnetError

LANGUAGES = ("en", "ru")


@dataclass(frozen=True)
class Phrase:
    """Something that is said, by its key; ``values`` are put into the words."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


def phrase(key: str, **values: object) -> Phrase:
    return Phrase(key, tuple((name, str(value)) for name, value in values.items()))


#: what stands in a table: data as it is, or words
Cell = str | Phrase


@dataclass(frozen=True)
class Words:
    """What a study says in one language."""

    name: str
    language: str
    own: Mapping[str, Any]
    common: Mapping[str, Any]

    def __getitem__(self, key: str) -> str:
        """A word or heading that all studies share."""
        return self._found(self.common, "frame", key)

    @property
    def title(self) -> str:
        return self.own["title"]

    @property
    def about(self) -> str:
        return self.own.get("about", "").strip()

    def section(self, key: str) -> str:
        return self._found(self.own, "sections", key)

    def line(self, key: str) -> tuple[str, str]:
        """The sentence of a line and the rule that its author names."""
        found = self._found(self.own, "lines", key)
        return found["text"].strip(), found["by"].strip()

    def run(self, key: str) -> str:
        """The sentence of an experiment."""
        return self._found(self.own, "runs", key)["text"].strip()

    def caption(self, key: str) -> str:
        """What the picture of an experiment shows."""
        return self._found(self.own, "runs", key)["picture"].strip()

    def say(self, said: Cell) -> str:
        """Words for a phrase; anything else is data."""
        if isinstance(said, str):
            return said
        group = self.own.get("words") or {}
        text = group[said.key] if said.key in group else self._found(self.common, "words", said.key)
        return text.format(**dict(said.values)) if said.values else text

    def word(self, key: str, **values: object) -> str:
        return self.say(phrase(key, **values))

    def _found(self, file: Mapping[str, Any], group: str, key: str) -> Any:
        try:
            return file[group][key]
        except KeyError:
            raise SymnetError(f"study '{self.name}' has no {group} '{key}' in language '{self.language}'") from None


@cache
def words(name: str, language: str = "en") -> Words:
    """The words of a study; raises SymnetError naming the known languages."""
    if language not in LANGUAGES:
        raise SymnetError(
            f"there are no studies in language '{language}'", hint=f"choose one of {', '.join(LANGUAGES)}"
        )
    return Words(name, language, _read(language, name), _read(language, "common"))


@cache
def _read(language: str, name: str) -> Mapping[str, Any]:
    import yaml

    from symnet.resources import templates_folder

    path = templates_folder() / "studies" / language / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
