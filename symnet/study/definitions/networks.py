"""Networks that studies speak of: without activations, in both layouts, deep ones for experiments."""

import symnet as sn
from symnet.catalog.layers import dense
from symnet.catalog.losses import softmax_cross_entropy_labels


@sn.op
def two_linear_layers(x: "n d", w1: "d h", b1: "h", w2: "h o", b2: "o") -> "n o":
    """Two dense layers with nothing between."""
    h = dense(x, w1, b1)
    y = dense(h, w2, b2)
    return y


@sn.op
def one_linear_layer(x: "n d", w1: "d h", b1: "h", w2: "h o", b2: "o") -> "n o":
    """One dense layer whose weights and biases are made of those of two."""
    w = sn.sum(w1 * w2, over="h")
    b = sn.sum(b1 * w2, over="h") + b2
    y = sn.sum(x * w, over="d") + b
    return y


@sn.op
def dense_dx(x: "n d", w: "d h", dy: "n h"):
    """Gradient of a dense layer by its input."""
    dx = sn.sum(dy * w, over="h")
    return dx


@sn.op
def dense_dw(x: "n d", w: "d h", dy: "n h") -> "d h":
    """Gradient of a dense layer by its weights."""
    dw = sn.sum(x * dy, over="n")
    return dw


@sn.op
def dense_db(dy: "n h"):
    """Gradient of a dense layer by its bias."""
    db = sn.sum(dy, over="n")
    return db


@sn.op
def transposed_dx(x: "n d", w: "h d", dy: "n h"):
    """The same with the weights of a unit in a row."""
    dx = sn.sum(dy * w, over="h")
    return dx


@sn.op
def transposed_dw(x: "n d", w: "h d", dy: "n h") -> "h d":
    """The same with the weights of a unit in a row."""
    dw = sn.sum(dy * x, over="n")
    return dw


@sn.op
def two_layers(x: "n d", w1: "d h", b1: "h", w2: "h o", b2: "o") -> "n o":
    """Two dense layers with a sigmoid between."""
    z = dense(x, w1, b1)
    a = sn.sigmoid(z)
    y = dense(a, w2, b2)
    return y


@sn.op
def two_layers_dw1(x: "n d", w1: "d h", b1: "h", w2: "h o", dy: "n o") -> "d h":
    """Gradient of the first weights: back through the second layer, the activation and the first layer."""
    z = dense(x, w1, b1)
    a = sn.sigmoid(z)
    da = sn.sum(dy * w2, over="o")
    dz = da * a * (1 - a)
    dw1 = sn.sum(x * dz, over="n")
    return dw1


@sn.op
def columns(x: "d n", w: "h d", b: "h") -> "h n":
    """Dense layer on samples in columns, Y = W X + b 1^T."""
    y = sn.sum(w * x, over="d") + b
    return y


@sn.op
def columns_dx(x: "d n", w: "h d", dy: "h n") -> "d n":
    """Its gradient by the input."""
    dx = sn.sum(w * dy, over="h")
    return dx


@sn.op
def columns_dw(x: "d n", w: "h d", dy: "h n") -> "h d":
    """Its gradient by the weights."""
    dw = sn.sum(dy * x, over="n")
    return dw


def classifier_of(depth: int, activation=sn.sigmoid) -> sn.Op:
    """A perceptron of ``depth`` dense layers with softmax cross-entropy on integer labels, all in one definition."""
    from symnet.catalog.networks import multilayer_perceptron

    network = multilayer_perceptron(depth, activation)
    inputs = {n.name: " ".join(i.label for i in n.axes) for n in network.graph.inputs}
    inputs["labels"] = sn.labels("n", below=f"d{depth}")

    def forward(*arrays):
        return softmax_cross_entropy_labels(network(*arrays[:-1]), arrays[-1])

    forward.__doc__ = f"Classifier of {depth} dense layers."
    return sn.op(forward, name=f"classifier_{depth}_{activation.__name__}", inputs=inputs)


@sn.op
def composed(x: "d", a: "h d", b: "o h"):
    """Two maps of vectors with tanh between, y = B tanh(A x)."""
    h = sn.tanh(sn.sum(a * x, over="d"))
    y = sn.sum(b * h, over="h")
    return y


@sn.op
def composed_jacobian(x: "d", a: "h d", b: "o h") -> "o d":
    """The factors from the output to the input."""
    h = sn.tanh(sn.sum(a * x, over="d"))
    s = 1 - h**2
    j = sn.sum(b * s * a, over="h")
    return j


@sn.op
def composed_slope(x: "d", a: "h d", b: "o h", dy: "o"):
    """The transposed factors from the input to the output."""
    h = sn.tanh(sn.sum(a * x, over="d"))
    s = 1 - h**2
    dh = sn.sum(b * dy, over="o")
    dx = sn.sum(a * (dh * s), over="h")
    return dx


@sn.op
def by_jacobian(x: "d", a: "h d", b: "o h", dy: "o"):
    """J^T dy."""
    h = sn.tanh(sn.sum(a * x, over="d"))
    s = 1 - h**2
    j = sn.sum(b * s * a, over="h")
    dx = sn.sum(j * dy, over="o")
    return dx
