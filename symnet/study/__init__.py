"""Studies: lists of an author's lines, each proved by the engine or shown by a run, printed as one page.

A study is a function without arguments that returns a :class:`symnet.study.study.Study`; adding one takes a line here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from symnet.errors import SymnetError

if TYPE_CHECKING:
    from symnet.study.study import Study

#: name -> module of the function of that name
STUDIES = {"optimizers": "symnet.study.optimizers"}


def load_study(name: str) -> Study:
    """The study of that name; raises SymnetError where there is none."""
    from symnet.loading import nearest

    if name not in STUDIES:
        near = nearest(name, STUDIES)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(STUDIES)}"
        raise SymnetError(f"unknown study {name!r}", hint=hint)
    return getattr(importlib.import_module(STUDIES[name]), name)()
