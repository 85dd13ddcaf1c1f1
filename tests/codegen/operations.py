"""Definitions that between them use every construct of the notation, each with sizes that tell its axes apart."""

from __future__ import annotations

import symnet as sn

CASES: dict[str, tuple[sn.Op, dict[str, int]]] = {}


def case(**sizes: int):
    """Register a definition with the sizes of its axes; the others are 3."""

    def register(function):
        CASES[function.__name__] = (sn.op(function), sizes)
        return function

    return register


@case(n=4, d=5)
def rms_norm(x: "n d", g: "d", *, eps=1e-6):
    ms = sn.mean(x**2, over="d")
    return g * x / sn.sqrt(ms + eps)


@case(v=6, d=3, n=8)
def embedding(table: "v d", t: sn.labels("n", below="v")):
    return table[t, "d"]


@case(v=6, d=3, n=8)
def embedding_along_the_last_axis(table: "d v", t: sn.labels("n", below="v")):
    return table["d", t]


@case(n=4, d=5)
def gram_matrix_loss(x: "n d", t: "n m"):
    return sn.sum((sn.sum(x * x["m d"], over="d") - t) ** 2)


@case(n=4)
def diagonal(x: "n m"):
    return x["n n"] ** 2


@case(n=3, c=2, h=7, w=8)
def overlap_pool(x: "n c h w"):
    sn.axis("r", 3)
    sn.axis("s", 3)
    return sn.max(x["n c 2*h+r 2*w+s"], over="r s")


@case(n=2, c=3, h=7, w=6, o=4, r=3, s=2)
def conv_stride(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    xp = sn.pad(x, "h w", 1)
    return sn.sum(xp["n c 2*h+r 2*w+s"] * k, over="c r s") + b


@case(n=2, g=3, c=4, h=5)
def weighted_mean(x: "n g c h", w: "g c"):
    return sn.mean(w * x, over="c h")


@case(n=2, c=3, h=7, w=6, r=3, s=2)
def depthwise(x: "n c h w", k: "c r s"):
    return sn.sum(x["n c h+r w+s"] * k, over="r s")


@case(n=2, c=3, h=7, w=6, o=4, r=3, s=2)
def conv_with_channels_last(x: "n h w c", k: "r s c o") -> "n h w o":
    return sn.sum(x["n 2*h+r w+s c"] * k, over="r s c")


@case(n=2, c=3, h=7, w=6, m=4, r=3, s=2)
def depth_multiplier(x: "n c h w", k: "c m r s") -> "n c m h w":
    return sn.sum(x["n c h+r w+s"] * k, over="r s")


@case(n=2, g=3, c=2, t=9, o=4, r=3)
def groups_behind_time(x: "n g t c", k: "g r c o") -> "n g t o":
    return sn.sum(x["n g t+2*r c"] * k, over="r c")


@case(n=2, c=3, t=9, r=3)
def causal_average(x: "n t c", k: "r c"):
    return sn.sum(sn.pad(x, "t", (2, 0))["n t+r c"] * k, over="r")


@case(n=2, t=9, o=4, r=3)
def filters(x: "n t", k: "r o") -> "n t o":
    return sn.sum(x["n 2*t+r"] * k, over="r")


@case(n=3, c=2, h=7, w=8)
def smallest_of_windows(x: "n h w c"):
    sn.axis("r", 3)
    sn.axis("s", 2)
    return sn.min(x["n h+r 2*w+s c"], over="r s")


@case(n=2, c=3, t=9, o=4, r=3)
def conv1d_dil(x: "n c t", k: "o c r") -> "n o t":
    return sn.sum(x["n c t+2*r"] * k, over="c r")


@case(n=4, c=5)
def prod_op(x: "n c"):
    return sn.prod(x, over="c")


@case(n=4, c=3, h=2, w=3)
def maximum_over_two_axes(x: "n c h w"):
    return sn.max(x, over="h w")


@case(n=4, c=5)
def maximum_of_all(x: "n c"):
    return sn.max(x)


@case(n=4, d=5)
def swish(x: "n d"):
    return x * sn.sigmoid(x)


@case(n=4, d=5)
def gelu(x: "n d"):
    return x * (1 + sn.erf(x / sn.sqrt(2))) / 2


@case(n=4, d=5)
def gelu_by_tanh(x: "n d"):
    return 0.5 * x * (1 + sn.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


@case(n=4, d=5)
def elu(x: "n d", *, alpha=1.0):
    return sn.where(x > 0, x, alpha * (sn.exp(x) - 1))


@case(n=4, d=5)
def huber(y: "n d", t: "n d", *, delta=1.0):
    r = sn.abs(y - t)
    return sn.mean(sn.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


@case(n=4, d=5, k=5)
def infonce(a: "n d", b: "n d", *, tau=0.1):
    s = sn.sum(a * b["m d"], over="d") / tau
    return -sn.mean(s["n n"] - sn.logsumexp(s, over="m"))


@case(n=4, d=5, m=3)
def squared_distances(x: "n d", y: "m d"):
    return sn.sum((x - y) ** 2, over="d")


@case(n=4, i=3, j=5, o=2)
def bilinear(x: "n i", y: "n j", w: "o i j"):
    return sn.sum(x * y * w, over="i j")


@case(b=2, h=3, t=4, s=5, d=6)
def masked_attention_by_heads(q: "b t h d", k: "b s h d", v: "b s h d", m: sn.mask("t s")):
    a = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    p = sn.softmax(sn.where(m, a, -1e9), over="s")
    return sn.sum(p * v, over="s")


@case(n=3, c=4, h=5, w=2)
def bn2d(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    mu = sn.mean(x, over="n h w")
    var = sn.var(x, over="n h w")
    return gamma * (x - mu) / sn.sqrt(var + eps) + beta


@case(n=4, d=3)
def two_out(x: "n d", w: "d e"):
    h = sn.tanh(sn.sum(x * w, over="d"))
    return h, sn.sum(h, over="e")


@case(n=4, d=3)
def identity(x: "n d"):
    return x


@case(n=4, d=3)
def transpose(x: "n d") -> "d n":
    return x


@case(n=4, d=3)
def outer(x: "n", y: "d"):
    return x * y


@case(n=4, d=5)
def slices(x: "n d"):
    return x["n d+1"] - x["n 2"]


@case(n=4, c=5)
def focal(z: "n c", t: sn.labels("n", below="c"), *, gamma=2.0):
    p = sn.softmax(z, over="c")
    pt = p["n", t]
    return -sn.mean((1 - pt) ** gamma * sn.log(pt))


@case(n=4, c=5)
def hinge(s: "n c", t: sn.labels("n", below="c")):
    m = sn.maximum(0, s - s["n", t] + 1)
    return sn.sum(m) / sn.size("n")


@case(n=4, c=5)
def kl(p: sn.probability("n c", over="c"), z: "n c"):
    q = sn.softmax(z, over="c")
    return sn.mean(sn.sum(p * (sn.log(p) - sn.log(q)), over="c"))


@case(n=4, k=3, d=2)
def maxout(x: "n d", w: "d k j", b: "k j"):
    z = sn.sum(x * w, over="d") + b
    return sn.max(z, over="j")


@case(n=3, d=4, h=5)
def gru(x: "n d", h: "n e", wz: "d e", uz: "e f", wr: "d e", ur: "e f", wn: "d e", un: "e f"):
    z = sn.sigmoid(sn.sum(x * wz, over="d") + sn.sum(h["n f"] * uz["f e"], over="f"))
    r = sn.sigmoid(sn.sum(x * wr, over="d") + sn.sum(h["n f"] * ur["f e"], over="f"))
    rh = r * h
    m = sn.tanh(sn.sum(x * wn, over="d") + sn.sum(rh["n f"] * un["f e"], over="f"))
    return (1 - z) * m + z * h


@case(n=3, d=4)
def trig(x: "n d"):
    return sn.sin(x) * sn.cos(x) + sn.arctan(x) + sn.sinh(x) * sn.cosh(x) + sn.expm1(x)


@case(n=3, d=4)
def poly(x: "n d"):
    return x**3 + 2 * x**5 - 1 / (1 + x**2) + (x**2 + 1) ** 1.5


@case(n=3, d=4)
def logs(x: sn.positive("n d")):
    return sn.log1p(x) * sn.log(x) + x**0.3


@case(b=2, t=5, d=3)
def causal(q: "b t d", k: "b t d", v: "b t d"):
    s = sn.sum(q * k["b u d"], over="d") / sn.sqrt(sn.size("d"))
    s = sn.where(sn.index("u") <= sn.index("t"), s, -1e30)
    p = sn.softmax(s, over="u")
    return sn.sum(p * v["b u d"], over="u")


@case(a=2, b=3, c=4, d=5)
def tucker(g: "a b c", x: "i a", y: "j b", z: "k c"):
    return sn.sum(g * x * y * z, over="a b c")


@case(n=4, d=3)
def whole(x: "n d"):
    return sn.sum(x["n d"] - sn.mean(x)) + sn.prod(sn.size("n") * x, over="n d") * 0.01


@case(n=4, c=6)
def gather_vec(w: "c", t: sn.labels("n", below="c"), x: "n"):
    return w[t] * x


@case(n=4, c=6, m=3)
def two_gather_grid(w: "c d", t: sn.labels("n", below="c"), u: sn.labels("m", below="d")):
    return w[t, u] ** 2


@case(n=4, d=3)
def where_log(x: "n d"):
    return sn.where(x > 0, sn.log(x), -sn.exp(-x))


@case(e=4, s=5)
def names_of_the_generated_code(e: "e s", s: "s"):
    np = sn.exp(e - sn.logsumexp(e, over="s"))
    cache = np * s
    sum = cache + 1
    return sum


@case(n=4, i=5, c=2, h=4, w=4, j=2, r=2, s=3)
def names_of_counters(x: "n i c h w", k: "i j r s"):
    i = sn.sum(x["n i c h+r w+s"] * k, over="i r s c")
    return i


@case(n=4, h=3)
def names_of_sizes(h: "n h", w: "h g"):
    n = sn.tanh(sn.sum(h * w, over="h"))
    g = n * sn.size("n")
    return g / sn.size("h")


@case(n=3, d=4)
def names_of_builtins(x: "n d", len: "d", range: "d", *, min=0.5):
    max = x * len + range
    return max * min


@case(n=3, d=4)
def static_param(x: "n d", *, k=2, kind="tanh"):
    for _ in range(k):
        x = sn.tanh(x) if kind == "tanh" else sn.sin(x)
    return x


@case(n=3, d=4)
def one_tuple(x: "n d"):
    return (x * 2,)


@case()
def scalars(a: "", b: ""):
    return sn.exp(a) * b + a


@case(n=3, d=4)
def logic(x: "n d", y: "n d"):
    return sn.where((x > 0) & (y > 0), x * y, x - y)


@case(n=3, d=4)
def mask_where(x: "n d", m: sn.mask("d")):
    return sn.where(m, x, 0) + sn.where(x > 1, 1, 0)


@case(n=3, d=4)
def labels_value(x: "n d", t: sn.labels("n", below="d")):
    return x * t


@case(t=9, r=3, s=2)
def conv_two(x: "t", k: "r", g: "s"):
    y = sn.sum(x["t+r"] * k, over="r")
    return sn.sum(y["t+s"] * g, over="s")


@case(n=2, c=2, h=5, w=4, r=2, s=2)
def upsample(x: "n c h w", k: "c r s") -> "n c h w":
    xp = sn.pad(x, "h w", (1, 0))
    return sn.sum(xp["n c h+r w+s"] * k, over="r s")


@case(n=2, h=4)
def sq_win(x: "n h"):
    sn.axis("r", 2)
    return sn.max(x["n h+r"] ** 2, over="r")


@case(n=2, h=6)
def win_soft(x: "n h"):
    sn.axis("r", 3)
    return sn.softmax(x["n h+r"], over="r")


@case(n=4, d=3, m=5)
def minmin(x: "n d", c: "m d"):
    return sn.min(sn.sum((x - c) ** 2, over="d"), over="m")


@case(b=2, t=3, d=4, v=6)
def tied_embedding(table: "v d", tok: sn.labels("b t", below="v"), nxt: sn.labels("b t", below="v")):
    h = table[tok, "d"]
    z = sn.sum(h * table["u d"], over="d")
    lp = z - sn.logsumexp(z, over="u")
    return -sn.mean(lp["b t", nxt])


@case(n=3, d=4)
def logprod(x: sn.positive("n d")):
    return sn.log(sn.prod(x, over="d")) * sn.prod(x, over="n")


@case(n=3, d=4)
def nested_max(x: "n d"):
    return sn.max(sn.min(x, over="d"), over="n")


@case(n=4, k=8, m=3)
def toeplitz(c: "k", x: "m"):
    return sn.sum(c["n+m"] * x, over="m")


@case(n=4, d=3)
def adam(p: "d", g: "d", m: "d", v: sn.positive("d"), *, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m1 = b1 * m + (1 - b1) * g
    v1 = b2 * v + (1 - b2) * g**2
    return p - lr * m1 / (sn.sqrt(v1) + eps), m1, v1


@case(t=3, n=2, d=2, h=3)
def rnn(x: "t n d", h0: "n h", w: "d h", u: "h g"):
    h = h0
    for k in range(3):
        h = sn.tanh(
            sn.sum(x[k, "n d"] * w, over="d") + sn.sum(h["n g"] * u["g h"] if False else h * u, over="h")["n h"]
        )
    return h


@case(n=4)
def two_axes_eq(x: "n m"):
    return sn.sum(x * (sn.index("n") == sn.index("m")))


@case(n=4, v=5, d=2, k=3)
def bag_of_embeddings(table: "v d", t: sn.labels("n k", below="v"), w: "n k"):
    return sn.sum(table[t, "d"] * w, over="k")


@case(a=4, c=5)
def gradient_that_is_the_same_along_a_summed_axis(u: "a c", s: ""):
    t = s + u
    return sn.sum(s * t, over="a")


@case(a=4, b=6, c=5)
def small_gradient_that_is_the_same_along_a_summed_axis(w: "b c", v: "b", s: ""):
    t = s + v
    return sn.sum(s * t, over="b") + sn.sum(w)


@case(a=4, c=5)
def slopes_of_two_in_a_branch(u: "a c", v: "a c", s: ""):
    return sn.arctan(sn.where(s > u, 2 * s, u)) + sn.where(v > u, 3 * v, -2 * u) ** 2


@case(n=2, c=3, t=9)
def largest_less_the_mean_of_a_window(x: "n c t"):
    sn.axis("r", 3)
    window = x["n c 2*t+r"]
    return sn.max(window, over="r") - sn.mean(window, over="r")


@case(n=4, i=3, j=5)
def distance_to_the_nearest(x: "n i", y: "n j"):
    return sn.mean(sn.min(sn.abs(x - y), over="j"), over="i")


@case(n=2, c=3, h=6, w=5, o=2, r=3, s=3)
def convolution_padded_twice(x: "n c h w", k: "o c r s"):
    padded = sn.pad(sn.pad(x, "h", (0, 1)), "w", (1, 2))
    y = sn.sum(padded["n c 2*h+r 2*w+s"] * k, over="c r s")
    return sn.sum(sn.abs(y), over="h w")


@case(n=2, h=6, w=7, p=3)
def pool_of_a_channels_last_image(x: "n h w p", b: "p"):
    a = sn.relu(x + b)
    return sn.mean(a["n 2*h+i 2*w+j p"], over="i j h w") + sn.mean(a, over="h w")


@case(n=5, k=4, m=2)
def maxima_times_their_rows(z: "n m", g: "k"):
    t = g - 2 * z
    top = sn.max(t, over="m")
    scaled = g * top
    rows = g * z
    both = scaled * rows
    return sn.sum(both, over="k m n")


@case(n=3, k=5)
def softplus_of_what_the_sum_alone_reads(g: "k", y: "n k"):
    return sn.sum(sn.softplus(sn.sin(g)), over="k")


@case(n=4, k=5, m=3)
def sum_of_what_has_no_rows(x: "n k", b: "m"):
    beside = x * b  # noqa: F841
    difference = b - 2 * sn.sum(b, over="m")
    return sn.sum(difference, over="m")


@case(k=4, m=3)
def slope_that_is_the_same_along_an_axis_of_the_sum(y: "k m", g: "k", c: ""):
    t = c * g + y
    return sn.sum(t, over="k m")


@case(k=4, m=3)
def sums_of_rows_that_share_a_factor(y: "k m", g: "k", b: "k", w: ""):
    t = w * (y - g * b)
    return sn.sum(t, over="m")


@case(k=4, m=3)
def sum_of_logits_times_their_norm(y: "k m", g: "k"):
    rows = y - 2 * g
    norm = sn.logsumexp(g, over="k")
    t = norm * rows
    return sn.sum(t, over="k m")


@case(n=3, c=4)
def softmax_from_the_end(x: "n c"):
    back = sn.flip(x, "c")
    return sn.softmax(back, over="c") * back + sn.logsumexp(sn.flip(back, "n"), over="c")


@case(n=2, c=2, h=6, w=5)
def kernel_turned_around(x: "n c h w", k: "o=3 c r=2 s=3") -> "n o h w":
    return sn.sum(sn.pad(x, "h", 1)["n c 2*h+r w+s"] * sn.flip(k, "r s"), over="c r s")


@case(n=2, c=2, p=4, o=3, t=9)
def untied_windows(x: "n c t", w: "p o c r=3") -> "n o p":
    return sn.sum(x["n c 2*p+r"] * w, over="c r")


@case(t=4, s=3, d=2, r=6)
def relative(q: "t d", k: "s d", bias: "r"):
    return sn.sum(q * k, over="d") * sn.flip(bias["t+s"], "s")


@case(n=3, t=4)
def places_where_it_is_positive(x: "n t"):
    weight = (x > 0) * (sn.index("t") + 1)
    return x * weight + sn.maximum(x * (2 - sn.index("t")), x)


@case(n=3, d=4)
def slopes_beside_a_number(x: "n d", w: "d"):
    h = sn.maximum(sn.sin(x), 0)
    return sn.mean(sn.softplus(w * h + h + sn.maximum(w, h)), "n d")
