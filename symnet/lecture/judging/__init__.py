"""Formulas split into claims; each claim refuted, proved or declined; its smallest correction."""
