"""What the site needs beyond Sphinx: formulas as MathML, folding, the gallery, sources as pages, two languages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import symnet
from symnet.lecture.report import mathml, mathml_core
from symnet_site import folding, formulas, gallery, languages, listings, sources

PARTS = (formulas, folding, gallery, listings, sources, languages)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in PARTS:
        part.setup(app)
    # pages written by other code are written anew
    words = Path(__file__).with_name("words.json").read_bytes()
    code = words + b"".join(Path(str(part.__file__)).read_bytes() for part in (*PARTS, mathml, mathml_core))
    app.add_config_value("site_code", hashlib.sha256(code).hexdigest(), "env", types=[str])
    return {"version": symnet.__version__, "parallel_read_safe": True, "parallel_write_safe": True}
