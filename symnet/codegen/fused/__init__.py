"""The numba style: every loop over rows of the fast plan as one compiled kernel of plain loops."""
