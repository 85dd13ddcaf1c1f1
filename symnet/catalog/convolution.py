"""Convolution and pooling."""

import symnet as sn


@sn.op(source="Waibel, Hanazawa, Hinton, Shikano, Lang, IEEE Trans. ASSP 37 (1989)")
def conv1d(x: "n c t", k: "o c r", b: "o") -> "n o t":
    """Convolution layer over sequences (cross-correlation, stride 1, no padding)."""
    y = sn.sum(x["n c t+r"] * k, over="c r") + b
    return y


@sn.op(source="van den Oord et al., arXiv 1609.03499 (2016), section 2.1")
def causal_conv1d(x: "n c t", k: "o c r") -> "n o t":
    """Causal convolution over sequences, padded in front for windows of 3: an output reads no later input."""
    y = sn.sum(sn.pad(x, "t", (2, 0))["n c t+r"] * k, over="c r")
    return y


@sn.op(source="Dumoulin, Visin, arXiv 1603.07285 (2016), section 2.4")
def conv1d_strided(x: "n c t", k: "o c r", b: "o") -> "n o t":
    """Convolution layer over sequences with stride 2 and a zero at both ends."""
    y = sn.sum(sn.pad(x, "t", 1)["n c 2*t+r"] * k, over="c r") + b
    return y


@sn.op(source="Kalchbrenner et al., arXiv 1610.10099 (2016)")
def conv1d_dilated(x: "n c t", k: "o c r", b: "o") -> "n o t":
    """Dilated convolution layer over sequences: the window reads every second place."""
    y = sn.sum(x["n c t+2*r"] * k, over="c r") + b
    return y


@sn.op(source="Krizhevsky, Sutskever, Hinton, NIPS (2012), section 3.5")
def conv1d_grouped(x: "n g c t", k: "g o c r", b: "g o") -> "n g o t":
    """Grouped convolution layer over sequences: every group of channels by itself; channels are split into g c."""
    y = sn.sum(x["n g c t+r"] * k, over="c r") + b
    return y


@sn.op(source="LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86 (1998)")
def conv2d(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Convolution layer (cross-correlation, stride 1, no padding)."""
    y = sn.sum(x["n c h+r w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Dumoulin, Visin, arXiv 1603.07285 (2016), section 2.4")
def conv2d_strided(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Convolution layer with stride 2 and one row and column of zeros at every side."""
    y = sn.sum(sn.pad(x, "h w", 1)["n c 2*h+r 2*w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Simonyan, Zisserman, arXiv 1409.1556 (2014), section 2.1")
def conv2d_padded(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Convolution layer with one row and column of zeros at every side: windows of 3 x 3 keep the size."""
    y = sn.sum(sn.pad(x, "h w", 1)["n c h+r w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Yu, Koltun, arXiv 1511.07122 (2015), eq. 2")
def conv2d_dilated(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Dilated convolution layer: the window reads every second place."""
    y = sn.sum(x["n c h+2*r w+2*s"] * k, over="c r s") + b
    return y


@sn.op(source="Krizhevsky, Sutskever, Hinton, NIPS (2012), section 3.5")
def conv2d_grouped(x: "n g c h w", k: "g o c r s", b: "g o") -> "n g o h w":
    """Grouped convolution layer: every group of channels by itself; channels are split into g c."""
    y = sn.sum(x["n g c h+r w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Howard et al., arXiv 1704.04861 (2017), eq. 3")
def conv2d_depthwise(x: "n c h w", k: "c r s", b: "c") -> "n c h w":
    """Depthwise convolution layer: every channel has a window of its own."""
    y = sn.sum(x["n c h+r w+s"] * k, over="r s") + b
    return y


@sn.op(source="Boureau, Ponce, LeCun, ICML (2010)")
def max_pool(x: "n c h w"):
    """Maximum over windows of 2 x 2, stride 2; a tie goes to the first place."""
    y = sn.max(x["n c 2*h+r 2*w+s"], over="r s")
    return y


@sn.op(source="LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86 (1998)")
def avg_pool(x: "n c h w"):
    """Mean over windows of 2 x 2, stride 2."""
    y = sn.mean(x["n c 2*h+r 2*w+s"], over="r s")
    return y


@sn.op(source="Lin, Chen, Yan, arXiv 1312.4400 (2013), section 3.2")
def global_avg_pool(x: "n c h w"):
    """Mean of every channel over all places."""
    y = sn.mean(x, over="h w")
    return y
