"""A file as its formulas, listings and directives, with positions: Markdown, text, TeX, notebooks."""
