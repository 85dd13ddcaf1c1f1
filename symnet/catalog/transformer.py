"""A transformer block, composed from the catalogue's smaller operations, and a stack of such blocks."""

import symnet as sn
from symnet.catalog.attention import causal_self_attention
from symnet.catalog.layers import feed_forward
from symnet.catalog.normalization import layer_norm


@sn.op(source="Xiong et al., arXiv 2002.04745 (2020), figure 1 (b)")
def transformer_block(
    x: "b t m",
    gamma1: "m",
    beta1: "m",
    w_q: "h m d",
    w_k: "h m d",
    w_v: "h m d",
    w_o: "h d m",
    gamma2: "m",
    beta2: "m",
    w1: "m e",
    b1: "e",
    w2: "e m",
    b2: "m",
):
    """Transformer block with the norms first: causal multi-head attention, a feed-forward network, residuals."""
    a = layer_norm(x, gamma1, beta1)
    u = causal_self_attention(a, w_q, w_k, w_v, w_o)
    r = x + u
    c = layer_norm(r, gamma2, beta2)
    f = feed_forward(c, w1, b1, w2, b2)
    y = r + f
    return y


@sn.op(source="Xiong et al., arXiv 2002.04745 (2020), figure 1 (b)")
def transformer(
    x0: "b t m",
    gamma1: "l m",
    beta1: "l m",
    w_q: "l h m d",
    w_k: "l h m d",
    w_v: "l h m d",
    w_o: "l h d m",
    gamma2: "l m",
    beta2: "l m",
    w1: "l m e",
    b1: "l e",
    w2: "l e m",
    b2: "l m",
):
    """L transformer blocks one after the other, each with parameters of its own."""
    x = sn.scan(transformer_block, x0, gamma1, beta1, w_q, w_k, w_v, w_o, gamma2, beta2, w1, b1, w2, b2, over="l")
    return sn.last(x, over="l")
