"""The certificate of a derivation: its result against the definition, at random points, by the complex step.

For the author's own graph f (before any rewriting) and a random direction v,

    sum dy f'(x; v)  =  Im sum dy f(x + i h v) / h,   h = 1e-30,

is exact to rounding.  A gradient has to satisfy  sum_inputs <dx, v>  = that, a Jacobian  J v = f'(x; v),  and so on.
A derivation that does not is not handed out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from symnet.check.arithmetic import Array
from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.sample import Sample, draw
from symnet.errors import DerivationError, SymnetError

if TYPE_CHECKING:
    from symnet.derivation import Derivation

STEP = 1e-30
TOLERANCE = 1e-6
ROUNDING = 1e-6  # slopes below this part of the largest on the way may be rounding: a gradient that is zero
TRIES = 12  # points to draw until there are some with finite slopes
POINTS = 3  # a point near a kink or with cancellation may fail; a wrong result fails at all of them


def certify(derivation: Derivation, seed: int = 20) -> str:
    """How the derivation was checked, in words; raises DerivationError when it is wrong at every point tried."""
    rng = np.random.default_rng(seed)
    apart: list[float] = []
    for _ in range(TRIES):
        try:
            sample = draw(derivation.graph, rng)
        except SymnetError as error:
            return f"not checked: {error.message}"
        difference = _difference(derivation, sample, rng)
        if difference is None:
            continue
        if difference <= TOLERANCE:
            return "checked against the complex step at a random point"
        apart.append(difference)
        if sum(map(math.isfinite, apart)) == POINTS:  # one that divides by 0 tells less
            break
    if not apart:
        return f"not checked: the slopes were not finite at any of {TRIES} random points"
    raise DerivationError(
        f"the derived {derivation.what} of {derivation.graph.name} differs from its definition "
        f"(relative {apart[-1]:.1e} at {len(apart)} random points)",
        place=derivation.graph.place,
        hint="this is a defect of symnet, please report it; the result is withheld",
    )


def _difference(derivation: Derivation, sample: Sample, rng: np.random.Generator) -> float | None:
    """How far the result is from the definition; None at a point where the slopes themselves are not finite."""
    names = [n.name for n in derivation.graph.differentiable_inputs if n.name in derivation.wrt]
    direction = {name: rng.standard_normal(sample.inputs[name].shape) for name in names}
    source = derivation.stable if derivation.what in ("hessian", "hvp") else derivation.graph
    constants = constants_of(derivation.graph)
    shifted = {k: x + 1j * STEP * direction[k] if k in direction else x for k, x in sample.inputs.items()}
    perturbed = Interpreter(shifted, sample.sizes, constants, np.complex128)
    perturbed.define(source.definitions)
    slope = {name: np.imag(value) / STEP for name, value in perturbed.values.items()}
    if not all(np.all(np.isfinite(slope[y.name])) for y in source.outputs):
        return None
    floor = ROUNDING * max((float(np.max(np.abs(s), initial=0.0)) for s in slope.values()), default=0.0)

    plain = Interpreter(sample.inputs, sample.sizes, constants)
    plain.define(derivation.stable.definitions)
    given = direction if derivation.what in ("jvp", "hvp") else {}
    for node in derivation.upstream:
        shape = tuple(plain.extent(i) for i in node.axes)
        along = given.get(node.tangent_of)
        plain.values[node.name] = rng.standard_normal(shape) if along is None else along
    plain.define(n for n in derivation.backward if n.name not in plain.values)
    if derivation.what == "gradient":
        return _gradient(derivation, plain, slope, direction, floor)
    if derivation.what in ("jvp", "hvp"):
        changed = derivation.stable.outputs  # of a product with the Hessian these are the gradients
        return max(
            _relative(plain.values[n.name] if n.name in plain.values else 0.0, slope[y.name], floor)
            for y, n in zip(changed, derivation.gradients.values())
        )
    return _jacobian(derivation, plain, slope, direction, floor)


def _gradient(
    derivation: Derivation, plain: Interpreter, slope: dict[str, Array], direction: dict[str, Array], floor: float
) -> float:
    wanted, size = 0.0, floor
    for y, upstream in zip(derivation.graph.outputs, derivation.upstream):
        terms = plain.values[upstream.name] * slope[y.name]
        wanted, size = wanted + float(np.sum(terms)), size + float(np.sum(np.abs(terms)))
    found = 0.0
    for name, v in direction.items():
        terms = plain.values[derivation.gradients[name].name] * v
        found, size = found + float(np.sum(terms)), size + float(np.sum(np.abs(terms)))
    return _relative(found, wanted, size)


def _jacobian(
    derivation: Derivation, plain: Interpreter, slope: dict[str, Array], direction: dict[str, Array], floor: float
) -> float:
    """J v against f'(x; v); the blocks of a Hessian are rows of Jacobians of the gradient."""
    from symnet.derivation import derive  # the gradient that a Hessian is the Jacobian of

    rows: dict[str, tuple[Array, Array]] = {}
    for key, node in derivation.gradients.items():
        of, _, wrt = key.partition(",")
        if derivation.what == "jacobian":
            output, wrt = derivation.graph.outputs[0].name, key
        else:
            output, wrt = derive(derivation.op, derivation.wrt).gradients[of].name, wrt or of
        v = direction[wrt]
        block = plain.values[node.name]
        terms = np.tensordot(block, v, v.ndim)
        scale = np.tensordot(np.abs(block), np.abs(v), v.ndim)
        total, size = rows.get(output, (0.0, 0.0))
        rows[output] = total + terms, size + scale
    return max(
        _relative(total, slope[output], floor + float(np.max(size, initial=0.0)))
        for output, (total, size) in rows.items()
    )


def _relative(found, wanted, size: float) -> float:
    gap = float(np.max(np.abs(np.asarray(found) - wanted), initial=0.0))
    scale = max(float(np.max(np.abs(wanted), initial=0.0)), size)
    return 0.0 if gap == 0.0 else gap / scale if scale else float("inf")
