"""The fast style: the same derivation, planned for memory and cache.

lowered arrays -> single operations (linear) -> levels and row loops (schedule) -> buffers (block) -> text (emit)
"""
