"""Claims: the links of the chains of a document, with what the author says of them."""
