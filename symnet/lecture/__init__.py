"""The lecture checker: a document comes in, a verdict on each of its claims goes out.

Its rooms, each of which knows only those before it:

    reader      LaTeX of one formula -> a tree
    latex       a tree -> LaTeX
    values      numbers with slopes, matrices of them, the functions that are evaluated
    algebra     normal forms of index expressions
    knowledge   what names, laws and algorithms are known to mean
    documents   Markdown, TeX, notebooks and text -> formulas, listings, directives, in order
    context     what a document says: names decided, definitions, facts, ranks, sizes, shapes
    evaluation  the value of a formula at a sampled point
    listings    NumPy listings as claims
    claims      the links of the chains of a document, with what the author says of them
    trial       a claim tried at many points, in arrays of several sizes
    proof       a claim proved for all sizes
    edits       the slips of a pen: corrections of false claims, mutants of true ones
    judging     verdicts: refute first, then prove
    report      what was found, for people and for programs
"""
