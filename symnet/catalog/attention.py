"""Attention."""

import symnet as sn


@sn.op(source="Vaswani et al., arXiv 1706.03762 (2017), eq. 1")
def attention(q: "b t d", k: "b s d", v: "b s e"):
    """Scaled dot-product attention: every query t reads the values s by softmax weights."""
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    p = sn.softmax(scores, over="s")
    o = sn.sum(p * v, over="s")
    return o


@sn.op(source="Vaswani et al., arXiv 1706.03762 (2017), section 3.2.3")
def masked_attention(q: "b t d", k: "b s d", v: "b s e", mask: sn.mask("t s")):
    """Scaled dot-product attention that reads only where the mask is 1."""
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    seen = sn.where(mask, scores, -1e9)
    p = sn.softmax(seen, over="s")
    o = sn.sum(p * v, over="s")
    return o


@sn.op(source="Radford et al., Improving Language Understanding by Generative Pre-Training (2018)")
def causal_attention(q: "b t d", k: "b s d", v: "b s e"):
    """Scaled dot-product attention in which no query reads a later place."""
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    seen = sn.where(sn.index("s") <= sn.index("t"), scores, -sn.inf)
    p = sn.softmax(seen, over="s")
    o = sn.sum(p * v, over="s")
    return o


@sn.op(source="Vaswani et al., arXiv 1706.03762 (2017), section 3.2.2")
def multi_head_attention(x: "b t m", w_q: "h m d", w_k: "h m d", w_v: "h m d", w_o: "h d m", mask: sn.mask("t s")):
    """Multi-head self-attention that reads only where the mask is 1."""
    q = sn.sum(x * w_q, over="m")
    k = sn.sum(x["b s m"] * w_k, over="m")
    v = sn.sum(x["b s m"] * w_v, over="m")
    o = masked_attention(sn.transpose(q, "b h t d"), sn.transpose(k, "b h s d"), sn.transpose(v, "b h s d"), mask)
    y = sn.sum(o * w_o, over="h d")
    return y


@sn.op(source="Radford et al., Improving Language Understanding by Generative Pre-Training (2018)")
def causal_self_attention(x: "b t m", w_q: "h m d", w_k: "h m d", w_v: "h m d", w_o: "h d m"):
    """Multi-head self-attention in which no place reads a later one."""
    q = sn.sum(x * w_q, over="m")
    k = sn.sum(x["b s m"] * w_k, over="m")
    v = sn.sum(x["b s m"] * w_v, over="m")
    o = causal_attention(sn.transpose(q, "b h t d"), sn.transpose(k, "b h s d"), sn.transpose(v, "b h s d"))
    y = sn.sum(o * w_o, over="h d")
    return y
