"""Layers, most of them with parameters."""

import symnet as sn
from symnet.catalog.activations import relu, silu


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 6.36")
def dense(x: "n d", w: "d h", b: "h") -> "n h":
    """Dense layer, Y = X W + 1 b^T; rows are samples."""
    y = sn.sum(x * w, over="d") + b
    return y


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.2")
def dense_transposed(x: "n d", w: "h d", b: "h") -> "n h":
    """Dense layer whose weights hold one row for each unit, Y = X W^T + 1 b^T."""
    y = sn.sum(x * w, over="d") + b
    return y


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.9")
def linear_classifier(x: "d", w: "c d", b: "c") -> "c":
    """Scores of a linear classifier for one sample, s = W x + b."""
    s = sn.sum(w * x, over="d") + b
    return s


@sn.op(source="Bengio, Ducharme, Vincent, Jauvin, JMLR 3 (2003)")
def embedding(table: "v d", tokens: sn.labels("n t", below="v")):
    """Embedding: every token is replaced by its row of the table."""
    y = table[tokens, "d"]
    return y


@sn.op(source="Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014), section 4")
def dropout(x: "n d", m: sn.mask("n d")):
    """Dropout in training, given the mask m of the units that are kept."""
    y = m * x
    return y


@sn.op(source="Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014), section 4")
def dropout_test(x: "n d", *, keep=0.5):
    """Dropout at test time: every unit is scaled by the probability that it was kept."""
    y = keep * x
    return y


@sn.op(source="Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014), section 10")
def inverted_dropout(x: "n d", m: sn.mask("n d"), *, keep=0.5):
    """Inverted dropout in training: scaled by 1 / keep, so that nothing is left to do at test time."""
    y = m * x / keep
    return y


@sn.op(source="He, Zhang, Ren, Sun, arXiv 1512.03385 (2015), eq. 1")
def residual_block(x: "n d", w1: "d h", b1: "h", w2: "h d", b2: "d"):
    """Residual block, x + F(x) with F two dense layers and ReLU between."""
    z1 = dense(x, w1, b1)
    a = relu(z1)
    f = dense(a, w2, b2)
    y = x + f
    return y


@sn.op(source="Vaswani et al., arXiv 1706.03762 (2017), eq. 2")
def feed_forward(x: "n d", w1: "d h", b1: "h", w2: "h d", b2: "d"):
    """Position-wise feed-forward network: two dense layers and ReLU between."""
    z = dense(x, w1, b1)
    a = relu(z)
    y = dense(a, w2, b2)
    return y


@sn.op(source="Dauphin, Fan, Auli, Grangier, arXiv 1612.08083 (2016), eq. 1")
def glu(x: "n d", w: "d h", b: "h", v: "d h", c: "h") -> "n h":
    """Gated linear unit, (X W + b) times the sigmoid of (X V + c)."""
    a = dense(x, w, b)
    g = dense(x, v, c)
    s = sn.sigmoid(g)
    y = a * s
    return y


@sn.op(source="Shazeer, arXiv 2002.05202 (2020), eq. 6")
def swiglu(x: "n d", w: "d h", v: "d h", w2: "h d"):
    """SwiGLU block, (SiLU(X W) * X V) W2 without biases."""
    a = sn.sum(x * w, over="d")
    g = sn.sum(x * v, over="d")
    h = silu(a) * g
    y = sn.sum(h * w2, over="h")
    return y
