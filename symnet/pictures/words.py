"""The words on pictures and in their alternative texts: ``templates/explain/<language>/pictures.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """The words of a language; raises SymnetError naming the known languages."""
    from symnet.explain.texts import texts
    from symnet.resources import templates_folder

    texts(language)
    return json.loads((templates_folder() / "explain" / language / "pictures.json").read_text(encoding="utf-8"))
