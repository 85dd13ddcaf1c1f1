"""Networks put together from layers, some of them with their loss."""

import symnet as sn
from symnet.catalog.layers import dense, embedding, residual_block
from symnet.catalog.losses import softmax_cross_entropy, softmax_cross_entropy_labels
from symnet.catalog.transformer import transformer_block


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.5.1")
def computational_graph(x: "", y: "", z: ""):
    """The smallest graph with a product and a sum, f = (x + y) z."""
    q = x + y
    f = q * z
    return f


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.2.2.2")
def neuron(x: "d", w: "d", b: ""):
    """One neuron, the sigmoid of a weighted sum."""
    z = sn.sum(w * x, over="d") + b
    a = sn.sigmoid(z)
    return a


@sn.op(source="Rumelhart, Hinton, Williams, Nature 323 (1986)")
def two_layer_network(x: "n d", y: "n o", w1: "d h", w2: "h o"):
    """Two dense layers without biases, sigmoid between, summed squared error."""
    z = sn.sum(x * w1, over="d")
    h = sn.sigmoid(z)
    y_pred = sn.sum(h * w2, over="h")
    loss = sn.sum((y_pred - y) ** 2)
    return loss


@sn.op(source="Glorot, Bordes, Bengio, AISTATS (2011)")
def classifier(x: "n d", w1: "d h", b1: "h", w2: "h c", b2: "c", y: sn.one_hot("n c")):
    """Classifier of two dense layers, ReLU between, cross-entropy of the softmax."""
    z1 = dense(x, w1, b1)
    a = sn.relu(z1)
    z2 = dense(a, w2, b2)
    loss = softmax_cross_entropy(z2, y)
    return loss


@sn.op(source="Radford et al., Improving Language Understanding by Generative Pre-Training (2018)")
def language_model(
    tokens: sn.labels("b t", below="v"), targets: sn.labels("b t", below="v"), table: "v m", places: "t m",
    gamma1: "m", beta1: "m", w_q: "h m d", w_k: "h m d", w_v: "h m d", w_o: "h d m",
    gamma2: "m", beta2: "m", w1: "m e", b1: "e", w2: "e m", b2: "m",
):  # fmt: skip
    """Language model of one transformer block: embeddings of tokens and places, cross-entropy of the next token."""
    x = embedding(table, tokens) + places
    u = transformer_block(x, gamma1, beta1, w_q, w_k, w_v, w_o, gamma2, beta2, w1, b1, w2, b2)
    z = sn.sum(u * table, over="m")
    ce = softmax_cross_entropy_labels(z, targets)
    loss = sn.mean(ce)
    return loss


def multilayer_perceptron(depth: int, activation=sn.tanh, name: str = "") -> sn.Op:
    """A perceptron of ``depth`` dense layers with biases; the activation follows all but the last."""
    inputs = {"x": "n d0"}
    for k in range(1, depth + 1):
        inputs |= {f"w{k}": f"d{k - 1} d{k}", f"b{k}": f"d{k}"}

    def forward(*arrays):
        h, *parameters = arrays
        for k in range(1, depth + 1):
            w, b = parameters[2 * k - 2 : 2 * k]
            z = sn.sum(h * w, over=f"d{k - 1}") + b
            h = activation(z) if k < depth else z
        return h

    forward.__doc__ = f"Multilayer perceptron of {depth} dense layers, {activation.__name__} between."
    forward.__module__ = __name__
    source = "Goodfellow, Bengio, Courville, Deep Learning (2016), algorithms 6.3 and 6.4"
    return sn.op(forward, name=name or f"mlp_{depth}", source=source, inputs=inputs)


mlp = multilayer_perceptron(3, name="mlp")


@sn.op(source="Rumelhart, Hinton, Williams, Nature 323 (1986)")
def deep_network(x: "n d", w: "l k d", b: "l d"):
    """L dense layers of one width, each followed by tanh; L is an axis of the weights."""

    def layer(a, w, b):
        z = sn.sum(a["n k"] * w, over="k") + b
        return sn.tanh(z)

    a = sn.scan(layer, x, w, b, over="l")
    return sn.last(a, over="l")


@sn.op(source="He, Zhang, Ren, Sun, arXiv 1603.05027 (2016), eqs. 3 and 4")
def residual_network(x0: "n d", w1: "l d h", b1: "l h", w2: "l h d", b2: "l d"):
    """L residual blocks one after the other, each with parameters of its own."""
    x = sn.scan(residual_block, x0, w1, b1, w2, b2, over="l")
    return sn.last(x, over="l")
