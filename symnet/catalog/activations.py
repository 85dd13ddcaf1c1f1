"""Activations."""

import symnet as sn


@sn.op(source="Rumelhart, Hinton, Williams, Nature 323 (1986)")
def sigmoid(x: "n d"):
    """Logistic sigmoid, sigma(x) = 1 / (1 + e^-x)."""
    return sn.sigmoid(x)


@sn.op(source="LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), section 4.4")
def tanh(x: "n d"):
    """Hyperbolic tangent."""
    return sn.tanh(x)


@sn.op(source="Rosenblatt, Psychological Review 65 (1958)")
def step(x: "n d"):
    """Step function of the perceptron: 1 where x > 0, else 0."""
    return sn.where(x > 0, 1, 0)


@sn.op(source="Nair, Hinton, ICML (2010)")
def relu(x: "n d"):
    """Rectified linear unit, max(0, x)."""
    return sn.maximum(0, x)


@sn.op(source="Maas, Hannun, Ng, ICML (2013)")
def leaky_relu(x: "n d", *, alpha=0.01):
    """Leaky rectified linear unit: slope alpha for negative x."""
    return sn.where(x > 0, x, alpha * x)


@sn.op(source="He, Zhang, Ren, Sun, arXiv 1502.01852 (2015), eq. 1")
def prelu(x: "n d", a: "d"):
    """Parametric rectified linear unit: the slope for negative x is learned, one for each feature."""
    return sn.where(x > 0, x, a * x)


@sn.op(source="Clevert, Unterthiner, Hochreiter, arXiv 1511.07289 (2015), eq. 15")
def elu(x: "n d", *, alpha=1.0):
    """Exponential linear unit: alpha (e^x - 1) for negative x."""
    return sn.where(x > 0, x, alpha * sn.expm1(x))


@sn.op(source="Klambauer, Unterthiner, Mayr, Hochreiter, arXiv 1706.02515 (2017), eq. 2")
def selu(x: "n d", *, alpha=1.6732632423543772, scale=1.0507009873554805):
    """Scaled exponential linear unit, whose constants keep mean 0 and variance 1."""
    return scale * sn.where(x > 0, x, alpha * sn.expm1(x))


@sn.op(source="Dugas, Bengio, Belisle, Nadeau, Garcia, NIPS (2000)")
def softplus(x: "n d"):
    """Softplus, log(1 + e^x): a smooth rectifier."""
    return sn.softplus(x)


@sn.op(source="Hendrycks, Gimpel, arXiv 1606.08415 (2016)")
def gelu(x: "n d"):
    """Gaussian error linear unit, x Phi(x) with Phi the normal distribution function."""
    phi = (1 + sn.erf(x / sn.sqrt(2))) / 2
    return x * phi


@sn.op(source="Hendrycks, Gimpel, arXiv 1606.08415 (2016)")
def gelu_tanh(x: "n d"):
    """Gaussian error linear unit with the normal distribution function approximated by tanh."""
    u = sn.sqrt(2 / sn.pi) * (x + 0.044715 * x**3)
    t = sn.tanh(u)
    return x * (1 + t) / 2


@sn.op(source="Elfwing, Uchibe, Doya, arXiv 1702.03118 (2017); Ramachandran, Zoph, Le, arXiv 1710.05941 (2017)")
def silu(x: "n d"):
    """Sigmoid linear unit (Swish), x sigma(x)."""
    s = sn.sigmoid(x)
    return x * s


@sn.op(source="Misra, arXiv 1908.08681 (2019)")
def mish(x: "n d"):
    """Mish, x tanh(softplus(x))."""
    t = sn.tanh(sn.softplus(x))
    return x * t


@sn.op(source="Courbariaux, Bengio, David, arXiv 1511.00363 (2015), eq. 3")
def hard_sigmoid(x: "n d"):
    """Hard sigmoid, (x + 1) / 2 held between 0 and 1."""
    return sn.clip((x + 1) / 2, 0, 1)


@sn.op(source="Courbariaux, Hubara, Soudry, El-Yaniv, Bengio, arXiv 1602.02830 (2016)")
def hard_tanh(x: "n d"):
    """Hard hyperbolic tangent, x held between -1 and 1."""
    return sn.clip(x, -1, 1)


@sn.op(source="Howard et al., arXiv 1905.02244 (2019), section 5.2")
def hard_swish(x: "n d"):
    """Hard Swish, x times a hard sigmoid of slope 1/6."""
    return x * sn.clip(x + 3, 0, 6) / 6


@sn.op(source="Glorot, Bengio, AISTATS (2010)")
def softsign(x: "n d"):
    """Softsign, x / (1 + |x|)."""
    return x / (1 + sn.abs(x))


@sn.op(source="Goodfellow, Warde-Farley, Mirza, Courville, Bengio, arXiv 1302.4389 (2013)")
def maxout(x: "n d", w: "d h k", b: "h k") -> "n h":
    """Maxout: every unit is the largest of k affine functions."""
    z = sn.sum(x * w, over="d") + b
    return sn.max(z, over="k")


@sn.op(source="Bridle, NATO ASI F68 (1990)")
def softmax(z: "n c"):
    """Softmax over the classes."""
    p = sn.softmax(z, over="c")
    return p


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 6.30")
def log_softmax(z: "n c"):
    """Logarithm of the softmax over the classes."""
    return z - sn.logsumexp(z, over="c")
