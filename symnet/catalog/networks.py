"""Networks put together from layers."""

import symnet as sn


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
