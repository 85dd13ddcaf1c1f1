"""Proofs of equations between index expressions."""
