"""The words of a page, per language: files in ``templates/explain/<language>/``, never sentences in Python.

rules.json: rule -> its name and why it holds;
texts.json: headings, sentences, kinds of inputs, sources of facts;
summaries.json: what the operations of the catalogue compute, by the words of their definitions;
../identities.json: rule -> its identity, in LaTeX and for a terminal, the same in every language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from symnet.errors import SymnetError

#: the language of the catalogue's own words
WRITTEN_IN = "en"


@dataclass(frozen=True)
class Rule:
    """A rewrite rule as a page names it; ``identity`` is in the dialect of the page."""

    key: str
    name: str
    why: str
    identity: str


@dataclass(frozen=True)
class Texts:
    """Everything a page says in one language."""

    language: str
    words: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, str]]
    identities: Mapping[str, Mapping[str, str]]
    summaries: Mapping[str, str]

    def summary(self, doc: str) -> str:
        """What an operation of the catalogue computes; the author's own words where they have no translation."""
        return self.summaries.get(doc, doc)

    def rule(self, key: str, dialect: str) -> Rule:
        """The texts of a rule; ``dialect`` is "latex" or "text".  An unknown rule is a defect of symnet."""
        if key not in self.rules or key not in self.identities:
            raise SymnetError(f"the rule '{key}' has no text in language '{self.language}'")
        text = self.rules[key]
        return Rule(key, text["name"], text["why"], self.identities[key][dialect])

    def __getitem__(self, group: str) -> Any:
        return self.words[group]


@cache
def texts(language: str) -> Texts:
    """The texts of a language; raises SymnetError naming the known languages."""
    from symnet.resources import templates_folder

    folder = templates_folder() / "explain"
    if language not in languages():
        known = ", ".join(languages())
        raise SymnetError(f"there are no explanations in language '{language}'", hint=f"choose one of {known}")

    def load(path: str) -> Any:
        return json.loads((folder / path).read_text(encoding="utf-8"))

    summaries = load(f"{language}/summaries.json") if language != WRITTEN_IN else {}
    texts, rules = load(f"{language}/texts.json"), load(f"{language}/rules.json")
    return Texts(language, texts, rules, load("identities.json"), summaries)


def languages() -> tuple[str, ...]:
    """The languages that there are explanations in."""
    from symnet.resources import templates_folder

    return tuple(sorted(p.parent.name for p in (templates_folder() / "explain").glob("*/texts.json")))
