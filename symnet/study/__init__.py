"""Studies: lists of claims, each proved by the engine or shown by a run, printed as one page in several languages.

A study is a function without arguments that returns a :class:`symnet.study.study.Study`; adding one takes a line here,
and its words in ``templates/studies/<language>/``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from symnet.errors import SymnetError

if TYPE_CHECKING:
    from symnet.study.study import Study

#: name -> module of the function of that name (with _ for -)
STUDIES = {
    "activations": "symnet.study.activations",
    "linear": "symnet.study.linear",
    "perceptron": "symnet.study.perceptron",
    "optimizers": "symnet.study.optimizers",
    "likelihoods": "symnet.study.likelihoods",
    "networks": "symnet.study.networks",
    "vanishing": "symnet.study.vanishing",
    "initialisation": "symnet.study.initialisation",
    "dropout": "symnet.study.dropout",
    "normalisation": "symnet.study.normalisation",
    "differences": "symnet.study.differences",
    "stationary": "symnet.study.stationary",
    "approximation": "symnet.study.approximation",
}


def load_study(name: str) -> Study:
    """The study of that name; raises SymnetError where there is none."""
    from symnet.loading import nearest

    if name not in STUDIES:
        near = nearest(name, STUDIES)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(STUDIES)}"
        raise SymnetError(f"unknown study {name!r}", hint=hint)
    return getattr(importlib.import_module(STUDIES[name]), name.replace("-", "_"))()


def summaries(language: str = "en") -> dict[str, str]:
    """Each study with its title."""
    from symnet.study.words import words

    return {name: words(name, language).title for name in STUDIES}


def page_path(folder: Path, name: str, language: str) -> Path:
    """Where a page is among the pages of a folder: other languages have a folder of their own."""
    return folder / f"{name}.md" if language == "en" else folder / language / f"{name}.md"


def pages(folder: Path) -> tuple[dict[Path, str], list[str]]:
    """The files of all studies in all languages with their indices, and the sentences that are not shown."""
    from symnet.study.words import LANGUAGES

    texts = {page_path(folder, "README", language): index(language) for language in LANGUAGES}
    wrong = []
    for name in STUDIES:
        found = load_study(name)
        wrong += found.wrong()
        for language in LANGUAGES:
            texts |= found.files(page_path(folder, name, language), language)
    return texts, wrong


def index(language: str) -> str:
    """The list of the studies, as a page."""
    from symnet.resources import environment
    from symnet.study.words import words

    template = environment().get_template("explain/studies.md.jinja")
    return template.render(studies=[words(name, language) for name in STUDIES], words=words("studies", language))
