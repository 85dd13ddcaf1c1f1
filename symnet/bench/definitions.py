"""Forward definitions of the workloads that the catalogue does not have."""

import symnet as sn


@sn.op(source="Hendrycks, Gimpel, arXiv 1606.08415 (2016)")
def gelu_tanh(x: "n d"):
    """Gaussian error linear unit in its tanh approximation."""
    u = 0.7978845608028654 * (x + 0.044715 * x**3)
    y = 0.5 * x * (1 + sn.tanh(u))
    return y


@sn.op(source="Ioffe, Szegedy, arXiv 1502.03167 (2015), section 3.2")
def batch_norm_images(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    """Batch normalisation of images in training: every channel over the batch and its places."""
    mu = sn.mean(x, over="n h w")
    var = sn.mean((x - mu) ** 2, over="n h w")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86 (1998)")
def conv2d_same(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Convolution layer with a border of one zero: a kernel of 3 x 3 keeps the size of the images."""
    padded = sn.pad(x, "h w", 1)
    y = sn.sum(padded["n c h+r w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), algorithms 6.3 and 6.4")
def mlp_step(x: "n d", labels: sn.labels("n", below="o"), w1: "d h", b1: "h", w2: "h g", b2: "g", w3: "g o", b3: "o"):
    """Three dense layers with rectified linear units between, cross-entropy of the softmax on top."""
    h1 = sn.relu(sn.sum(x * w1, over="d") + b1)
    h2 = sn.relu(sn.sum(h1 * w2, over="h") + b2)
    z = sn.sum(h2 * w3, over="g") + b3
    p = sn.softmax(z, over="o")
    loss = -sn.mean(sn.log(p["n", labels]), over="n")
    return loss


@sn.op(source="Kingma, Ba, arXiv 1412.6980 (2014), algorithm 1")
def adam(p: "d", g: "d", m: "d", v: sn.positive("d"), *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, t=10):
    """One step of Adam; returns the parameters and both moments."""
    m_new = beta1 * m + (1 - beta1) * g
    v_new = beta2 * v + (1 - beta2) * g**2
    m_hat = m_new / (1 - beta1**t)
    v_hat = v_new / (1 - beta2**t)
    p_new = p - lr * m_hat / (sn.sqrt(v_hat) + eps)
    return p_new, m_new, v_new
