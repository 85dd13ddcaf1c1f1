"""Generated modules measured against other ways to compute the same numbers.

A workload is a small record: an operation of symnet with the sizes of its axes.  Its contestants are the generated
modules, textbook NumPy and the peers that are installed; each is checked against the others before it is timed.

``textbook.py``, ``peers/`` and the gradients written by hand in them are comparison material: nothing that symnet
derives or generates reads them.
"""
