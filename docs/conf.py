"""The site: `make site` builds it from this folder into build/site."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
# the reference describes this checkout, whatever symnet is installed
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

import symnet  # noqa: E402

project = "symnet"
author = "The symnet developers"
release = version = symnet.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "symnet_site"]
exclude_patterns = ["derivations/README.md", "derivations/ru/README.md", "examples", "_ext"]

myst_enable_extensions = ["amsmath", "dollarmath", "colon_fence", "attrs_inline"]
myst_dmath_double_inline = True
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True

# repository path -> the page that stands for it; other files of the repository become source pages when linked to
source_pages = {
    "README.md": "index",
    "generated": "gallery",
    "docs/derivations": "gallery",
    "docs/derivations/README.md": "gallery",
    "docs/derivations/ru/README.md": "ru/gallery",
}

html_theme = "furo"
html_title = "symnet"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_search_summary = False  # it would read pages by requests, which a browser refuses for file://
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True
