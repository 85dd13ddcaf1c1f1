"""What to write for a name that a definition does not have: NumPy's names, and what they are called here."""

from __future__ import annotations

import difflib
import inspect

#: names by space, and what does the same here
_HINTS = {
    "einsum dot matmul mm bmm inner vdot vecdot tensordot": 'a product and its sum, sn.sum(a * b, over="d")',
    "outer kron": "a * b broadcasts by axis name; give the axes different names",
    "cumsum cumulative_sum": 'with u = x["s"], sum sn.where(sn.index("s") <= sn.index("t"), u, 0) over="s"',
    "cumprod cumulative_prod": 'a recurrence is sn.scan(lambda p, u: p * u, start, x, over="t")',
    "sort argsort topk top_k argmax argmin median percentile quantile partition unique": (
        'an order is found outside and comes in as sn.labels, x[labels]; the largest entry is sn.max(x, over="d")'
    ),
    "concatenate concat cat hstack vstack stack append": (
        'arrays stay apart: [x, h] W is sn.sum(x * w, over="d") + sn.sum(h * u, over="k")'
    ),
    "reshape flatten ravel view squeeze unsqueeze expand_dims split chunk": (
        'axes are split and joined outside, as in x: "n g c", and broadcasting goes by name'
    ),
    "T swapaxes moveaxis permute permute_dims": (
        'axes go by name, so nothing is transposed; the return annotation orders them, as in -> "d n"'
    ),
    "eye identity diag diagonal trace": 'x["i i"] is the diagonal of x; sn.index("i") == sn.index("j") the identity',
    "zeros ones zeros_like ones_like full full_like": "a number broadcasts",
    "arange linspace": 'positions along an axis are sn.index("t")',
    "tril triu": 'compare positions, sn.where(sn.index("s") <= sn.index("t"), x, 0)',
    "norm": 'write sn.sqrt(sn.sum(x**2, over="d"))',
    "inv pinv det solve cholesky svd qr eig eigh fft": "compute it outside and make it a parameter",
    "floor ceil rint round trunc mod fmod remainder floor_divide": "count with comparisons, as in x > 0",
    "log2 log10": "write sn.log(x) / sn.log(2)",
    "exp2": "write 2**x",
    "power pow": "write a**b",
    "square": "write x**2",
    "reciprocal": "write 1 / x",
    "log_sigmoid logsigmoid": "write -sn.softplus(-x)",
    "arcsin asin": "write 2 * sn.arctan(x / (1 + sn.sqrt(1 - x**2)))",
    "arccos acos": "write sn.pi / 2 - 2 * sn.arctan(x / (1 + sn.sqrt(1 - x**2)))",
    "arctan2 atan2": "write 2 * sn.arctan(y / (sn.sqrt(x**2 + y**2) + x))",
    "atan": "write sn.arctan(x)",
    "arcsinh asinh": "write sn.log(x + sn.sqrt(x**2 + 1))",
    "arccosh acosh": "write sn.log(x + sn.sqrt(x**2 - 1))",
    "arctanh atanh": "write (sn.log1p(x) - sn.log1p(-x)) / 2",
    "hypot": "write sn.sqrt(x**2 + y**2)",
    "erfc": "write 1 - sn.erf(x)",
    "normalize": 'write x / sn.sqrt(sn.sum(x**2, over="d"))',
    "lgamma gammaln digamma gamma": "compute it outside and make it a parameter; it has no gradient here",
    "stop_gradient detach no_grad": (
        "what gets no gradient comes in as a parameter; sn.compile(f, wrt=...) says which gradients are computed"
    ),
    "log_softmax": 'write sn.log(sn.softmax(x, over="c"))',
    "logaddexp": "write sn.log(sn.exp(a) + sn.exp(b)), which does not overflow here",
    "take gather take_along_axis index_select": 'write table[t, "d"] with t: sn.labels("n", below="v")',
    "roll shift diff": 'windows are read as x["t+r"], with sn.axis("r", 2) before',
    "flipud fliplr": 'write sn.flip(x, "t")',
    "rand randn random normal uniform dropout": 'randomness comes in as an input, such as sn.mask("n d")',
    "shape size len": 'sizes are written sn.size("d")',
}
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "var", "std", "softmax", "logsumexp")
#: keyword arguments that NumPy and torch have, and what is said of them
_ARGUMENTS = {
    "axis dim": ("axes go by name here, not by number", 'write over="d"'),
    "keepdims keepdim": (
        "no axis is kept, axes meet by name",
        'leave {} out: x / sn.sum(x, over="d") is right as it is',
    ),
}
_BY_NAME = {name: hint for names, hint in _HINTS.items() for name in names.split()}


def instead(name: str) -> str:
    """What to write for a function of NumPy or torch; "" where nothing is known."""
    from symnet import FUNCTIONS
    from symnet.catalog import FAMILIES

    if name in REDUCTIONS:
        return f'write sn.{name}(x, over="d")'
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name in FUNCTIONS:
        return f"write sn.{name}"
    family = next((f for f, names in FAMILIES.items() if name in names), "")
    if family:
        return f"the catalogue has it: from symnet.catalog.{family} import {name}, and then {name}(x)"
    near = difflib.get_close_matches(name, FUNCTIONS, n=3)
    return f"did you mean {' or '.join('sn.' + n for n in near)}?" if near else ""


def of_arguments(said: str) -> tuple[str, str] | None:
    """What Python said of the arguments of a function, in the words of the notation; None where that is not known."""
    import symnet
    from symnet import FUNCTIONS

    for names, (message, hint) in _ARGUMENTS.items():
        for name in names.split():
            if f"unexpected keyword argument '{name}'" in said:
                return message, hint.format(name)
    if said.endswith("argument: 'over'"):
        return f"{said.partition('(')[0]} needs the axis to go along", 'write over="d", the name of an axis'
    name, call, rest = said.partition("() ")
    if call and name in FUNCTIONS:
        wanted = ", ".join(p.name for p in inspect.signature(getattr(symnet, name)).parameters.values())
        return f"sn.{name} {rest}", f"write sn.{name}({wanted})"
    return None
