"""Small edits of formulas: the slips of a pen."""
