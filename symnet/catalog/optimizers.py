"""Update rules, of the parameter w, its gradient g and a state; t counts the steps, 1 in the first of them."""

import symnet as sn


@sn.update(source="Cauchy, Comptes rendus 25 (1847)")
def gradient_descent(w: "i", g: "i", *, lr: "[0, inf)" = 0.01):
    """Gradient descent: a step against the gradient."""
    w = w - lr * g
    return w


@sn.update(source="Polyak, USSR Comput. Math. Math. Phys. 4 (1964)")
def momentum(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.01, beta: "[0, 1)" = 0.9):
    """Momentum, the velocity a decayed sum of the gradients."""
    v = beta * v + g
    w = w - lr * v
    return w, v


@sn.update(source="Goh, Distill (2017), doi 10.23915/distill.00006, with the velocity as an average")
def momentum_average(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.1, beta: "[0, 1)" = 0.9):
    """Momentum, the velocity an exponentially weighted average of the gradients."""
    v = beta * v + (1 - beta) * g
    w = w - lr * v
    return w, v


@sn.update(source="Sutskever, Martens, Dahl, Hinton, ICML (2013), eq. 1 and 2")
def momentum_velocity(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.01, beta: "[0, 1)" = 0.9):
    """Momentum, the velocity is the step itself."""
    v = beta * v - lr * g
    w = w + v
    return w, v


@sn.update(source="Sutskever, Martens, Dahl, Hinton, ICML (2013), eq. 3 and 4")
def nesterov(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.01, beta: "[0, 1)" = 0.9):
    """Nesterov's momentum, with the gradient at the point looked ahead, w + beta v."""
    v = beta * v - lr * g
    w = w + v
    return w, v


@nesterov.gradient_at
def looked_ahead(w: "i", v: "i", *, beta=0.9):
    """The point that the velocity alone would lead to."""
    return w + beta * v


@sn.update(source="Bengio, Boulanger-Lewandowski, Pascanu (2012), arXiv:1212.0901")
def nesterov_shifted(w: "i", g: "i", v: "i", *, lr: "[0, inf)" = 0.01, beta: "[0, 1)" = 0.9):
    """Nesterov's momentum, rewritten for the point looked ahead: the gradient is taken at w itself."""
    v = beta * v - lr * g
    w = w + beta * v - lr * g
    return w, v


@sn.update(source="Duchi, Hazan, Singer, JMLR 12 (2011)")
def adagrad(w: "i", g: "i", s: "i", *, lr: "[0, inf)" = 0.01, eps: "(0, inf)" = 1e-8):
    """AdaGrad: each entry is divided by the root of the sum of its squared gradients."""
    s = s + g**2
    w = w - lr * g / (sn.sqrt(s) + eps)
    return w, s


@sn.update(source="Tieleman, Hinton, Neural Networks for Machine Learning (2012), lecture 6.5")
def rmsprop(w: "i", g: "i", s: "i", *, lr: "[0, inf)" = 0.001, beta: "[0, 1)" = 0.9, eps: "(0, inf)" = 1e-8):
    """RMSProp, epsilon outside the root."""
    s = beta * s + (1 - beta) * g**2
    w = w - lr * g / (sn.sqrt(s) + eps)
    return w, s


@sn.update(source="Graves (2013), arXiv:1308.0850, without its centring and momentum")
def rmsprop_inside(w: "i", g: "i", s: "i", *, lr: "[0, inf)" = 0.001, beta: "[0, 1)" = 0.9, eps: "(0, inf)" = 1e-8):
    """RMSProp, epsilon inside the root."""
    s = beta * s + (1 - beta) * g**2
    w = w - lr * g / sn.sqrt(s + eps)
    return w, s


@sn.update(source="Kingma, Ba (2014), arXiv:1412.6980, algorithm 1")
def adam(
    w: "i",
    g: "i",
    m: "i",
    v: "i",
    t: "" = 0,
    *,
    lr: "[0, inf)" = 0.001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.999,
    eps: "(0, inf)" = 1e-8,
):
    """Adam: averages of the gradient and of its square, both corrected for their start at 0."""
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    w = w - lr * mhat / (sn.sqrt(vhat) + eps)
    return w, m, v, t


@sn.update(source="Kingma, Ba (2014), arXiv:1412.6980, algorithm 1, with epsilon inside the root")
def adam_inside(
    w: "i",
    g: "i",
    m: "i",
    v: "i",
    t: "" = 0,
    *,
    lr: "[0, inf)" = 0.001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.999,
    eps: "(0, inf)" = 1e-8,
):
    """Adam, epsilon inside the root."""
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    w = w - lr * mhat / sn.sqrt(vhat + eps)
    return w, m, v, t


@sn.update(source="Kingma, Ba (2014), arXiv:1412.6980, section 3, without the correction")
def adam_uncorrected(
    w: "i",
    g: "i",
    m: "i",
    v: "i",
    *,
    lr: "[0, inf)" = 0.001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.999,
    eps: "(0, inf)" = 1e-8,
):
    """Adam without bias correction: its first steps are too long."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    w = w - lr * m / (sn.sqrt(v) + eps)
    return w, m, v


@sn.update(source="Loshchilov, Hutter (2017), arXiv:1711.05101, algorithm 2")
def adamw(
    w: "i",
    g: "i",
    m: "i",
    v: "i",
    t: "" = 0,
    *,
    lr: "[0, inf)" = 0.001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.999,
    eps: "(0, inf)" = 1e-8,
    decay: "[0, inf)" = 0.01,
):
    """AdamW: Adam with weight decay apart from the gradient; as is usual, the decay is scaled by lr."""
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    w = w - lr * (mhat / (sn.sqrt(vhat) + eps) + decay * w)
    return w, m, v, t


@sn.update(source="Chen et al. (2023), arXiv:2302.06675, algorithm 2")
def lion(
    w: "i",
    g: "i",
    m: "i",
    *,
    lr: "[0, inf)" = 0.0001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.99,
    decay: "[0, inf)" = 0.0,
):
    """Lion: the sign of an average of the gradients, with weight decay apart."""
    c = beta1 * m + (1 - beta1) * g
    w = w - lr * (sn.sign(c) + decay * w)
    m = beta2 * m + (1 - beta2) * g
    return w, m


@sn.update(source="You, Gitman, Ginsburg (2017), arXiv:1708.03888, algorithm 1")
def lars(
    w: "i",
    g: "i",
    v: "i",
    *,
    lr: "[0, inf)" = 0.1,
    trust: "(0, inf)" = 0.001,
    beta: "[0, 1)" = 0.9,
    decay: "[0, inf)" = 0.0,
    eps: "(0, inf)" = 1e-9,
):
    """LARS: momentum, the rate of each array in proportion to its norm over that of its gradient; 1 for zeros."""
    size = sn.sqrt(sn.sum(w**2, over="i"))
    slope = sn.sqrt(sn.sum(g**2, over="i"))
    rate = sn.where(size > 0, trust * size / (slope + decay * size + eps), 1)
    v = beta * v + lr * rate * (g + decay * w)
    w = w - v
    return w, v


@sn.update(source="You et al. (2019), arXiv:1904.00962, algorithm 2")
def lamb(
    w: "i",
    g: "i",
    m: "i",
    v: "i",
    t: "" = 0,
    *,
    lr: "[0, inf)" = 0.001,
    beta1: "[0, 1)" = 0.9,
    beta2: "[0, 1)" = 0.999,
    eps: "(0, inf)" = 1e-6,
    decay: "[0, inf)" = 0.01,
):
    """LAMB: Adam with weight decay, the step of each array as long as the array itself; as it is for zeros."""
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    u = mhat / (sn.sqrt(vhat) + eps) + decay * w
    size = sn.sqrt(sn.sum(w**2, over="i"))
    length = sn.sqrt(sn.sum(u**2, over="i"))
    trust = sn.where(size * length > 0, size / sn.where(length > 0, length, 1), 1)
    w = w - lr * trust * u
    return w, m, v, t


@sn.update(source="Shazeer, Stern (2018), arXiv:1804.04235, algorithm 4")
def adafactor(
    w: "i j",
    g: "i j",
    r: "i",
    c: "j",
    t: "" = 0,
    *,
    lr: "[0, inf)" = 0.01,
    decay: "(0, inf)" = 0.8,
    clip: "(0, inf)" = 1.0,
    eps1: "(0, inf)" = 1e-30,
    eps2: "[0, inf)" = 0.001,
):
    """Adafactor, of matrices: of the squared gradients only the sums of rows and columns are kept."""
    t = t + 1
    beta = 1 - t**-decay
    s = g**2 + eps1
    r = beta * r + (1 - beta) * sn.sum(s, over="j")
    c = beta * c + (1 - beta) * sn.sum(s, over="i")
    total = sn.sum(r, over="i")
    vhat = r * c / total
    u = g / sn.sqrt(vhat)
    rms = sn.sqrt(sn.mean(u**2, over="i j"))
    rate = lr * sn.maximum(eps2, sn.sqrt(sn.mean(w**2, over="i j")))
    w = w - rate * u / sn.maximum(1, rms / clip)
    return w, r, c, t


@sn.update(source="Riedmiller, Braun, ICNN (1993); Igel, Huesken, NC (2000), without backtracking")
def rprop(
    w: "i",
    g: "i",
    h: "i",
    delta: sn.positive("i") = 0.1,
    *,
    grow: "[1, inf)" = 1.2,
    shrink: "(0, 1]" = 0.5,
    smallest: "(0, inf)" = 1e-6,
    largest: "(0, inf)" = 50.0,
):
    """Rprop: a step for each entry, longer while the sign of its gradient stays, shorter when it turns."""
    same = g * h
    turned = sn.where(same < 0, sn.maximum(shrink * delta, smallest), delta)
    delta = sn.where(same > 0, sn.minimum(grow * delta, largest), turned)
    h = sn.where(same < 0, 0, g)
    w = w - sn.sign(h) * delta
    return w, h, delta


@sn.update(source="Roberts, Technometrics 1 (1959)")
def weighted_average(m: "i", x: "i", *, beta: "[0, 1)" = 0.9):
    """Exponentially weighted moving average of what it is given."""
    m = beta * m + (1 - beta) * x
    return m


@sn.update(source="Kingma, Ba (2014), arXiv:1412.6980, section 3")
def weighted_average_corrected(a: "i", x: "i", m: "i", t: "" = 0, *, beta: "[0, 1)" = 0.9):
    """Exponentially weighted moving average, corrected for its start at 0."""
    t = t + 1
    m = beta * m + (1 - beta) * x
    a = m / (1 - beta**t)
    return a, m, t


@sn.update(source="Ioffe, Szegedy (2015), arXiv:1502.03167, algorithm 2, with weighted averages")
def running_statistics(mu: "d", x: "n d", var: sn.positive("d") = 1.0, *, rate: "[0, 1]" = 0.1):
    """Running mean and variance of batches, for batch normalisation at test time; the variance is the unbiased one."""
    mu_B = sn.mean(x, over="n")
    var_B = sn.sum((x - mu_B) ** 2, over="n") / (sn.size("n") - 1)
    mu = (1 - rate) * mu + rate * mu_B
    var = (1 - rate) * var + rate * var_B
    return mu, var


@sn.op(source="Pascanu, Mikolov, Bengio (2012), arXiv:1211.5063, algorithm 1")
def clip_by_norm(g: "i", *, limit=1.0):
    """Gradient clipping: a gradient longer than the limit is made as long as that."""
    square = sn.maximum(sn.sum(g**2, over="i"), limit**2)
    y = limit * g / sn.sqrt(square)
    return y


@sn.op(source="Smith (2015), arXiv:1506.01186, section 3.2")
def triangular_rate(t: "n", *, low=0.001, high=0.006, half=2000.0):
    """Cyclical learning rate: from low up to high in half a cycle, and down again."""
    lr = low + (high - low) * 2 / sn.pi * abs(sn.arctan(sn.tan(sn.pi / 2 * t / half)))
    return lr


@sn.op(source="Loshchilov, Hutter (2016), arXiv:1608.03983, eq. 5; warm-up: Goyal et al. (2017), arXiv:1706.02677")
def cosine_rate(t: "n", *, low=0.0, high=0.001, warm=100.0, total=1000.0):
    """Learning rate that grows linearly to high in warm steps, then falls to low along half a cosine."""
    past = sn.clip((t - warm) / (total - warm), 0, 1)
    lr = sn.where(t < warm, high * t / warm, low + (high - low) * (1 + sn.cos(sn.pi * past)) / 2)
    return lr
