"""Attention."""

import symnet as sn


@sn.op(source="Vaswani et al., arXiv 1706.03762 (2017), eq. 1")
def attention(q: "b t d", k: "b s d", v: "b s e"):
    """Scaled dot-product attention: every query t reads the values s by softmax weights."""
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    p = sn.softmax(scores, over="s")
    o = sn.sum(p * v, over="s")
    return o
