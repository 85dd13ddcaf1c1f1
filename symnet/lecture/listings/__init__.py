"""NumPy statements of a document, read from their syntax tree and judged; never executed."""
