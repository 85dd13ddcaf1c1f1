"""Random definitions with recurrences as the text of a file: one or two scans and what is read of them.

Several states of any axes, sequences in any order of axes and from their end, labels and masks of every step, places
and numbers of steps, products and sums over other names, results of each step, numbers of the definition.
"""

from __future__ import annotations

import random
from pathlib import Path

import symnet as sn
from symnet.loading import load_operation

SEQUENCES = {"x": "t n d", "y": "n t d", "r": "d t", "m": "t", "p": "t d e"}
SHARED = {"w": "d e", "v": "d", "z": "n d", "c": ""}
STATES = ("n d", "n d", "d", "n", "", "d n", "d e", "e")
UNARY = ("tanh", "sigmoid", "relu", "sin", "abs", "softplus", "arctan")
REDUCTIONS = ("sum", "mean", "max", "min", "logsumexp", "var", "prod")
BINARY = (
    "{a} * {b}",
    "{a} - 2 * {b}",
    "sn.maximum({a}, {b})",
    "sn.where({a} > {b}, {a}, 0.5 * {b})",
    "sn.where({b} > 0, -{a}, sn.relu({a}))",
    "{a} * ({b} > 0.1)",
    "{a} / (1 + {b}**2)",
    "{a} * sn.exp(-({b}**2))",
)
NEXT = (
    "0.6 * {s} + 0.4 * sn.tanh({e})",
    "sn.tanh({e} + {s})",
    "sn.sigmoid({e}) * {s}",
    "sn.maximum(0.5 * {s}, sn.tanh({e}))",
    "sn.where(sn.abs({s}) < 2, {s} + 0.1 * sn.tanh({e}), 0.9 * {s})",
)
ENDS = (
    'sn.last({a}, over="t")',
    'sn.mean({a}**2, over="t")',
    'sn.flip({a}, "t") + 1',
    'sn.max({a}, over="t")',
    'sn.softmax({a}, over="t")',
    "2 * {a}",
    "{a}",
)
Axes = tuple[str, ...]


class Lines:
    """Lines of a function that name arrays, each made of those before."""

    def __init__(self, rng: random.Random, axes: dict[str, Axes], prefix: str, indent: str, **given: str) -> None:
        self.rng, self.axes, self.prefix, self.indent, self.given = rng, dict(axes), prefix, indent, given
        self.lines: list[str] = []

    def put(self, line: str, axes: Axes) -> None:
        name = f"{self.prefix}{len(self.lines)}"
        self.lines.append(f"{self.indent}{name} = {line}")
        self.axes[name] = axes

    def some(self, within: Axes | None = None) -> str | None:
        names = [n for n, a in self.axes.items() if within is None or set(a) <= set(within)]
        return self.rng.choice(names[-4:] if self.rng.random() < 0.5 else names) if names else None

    def expression(self, axes: Axes, depth: int = 0) -> str:
        """An expression over some of these axes."""
        rng, a = self.rng, self.some(axes)
        if a is None:
            return "0.3"
        if depth > 2 or rng.random() < 0.35:
            return a
        e, f = self.expression(axes, depth + 1), self.expression(axes, depth + 1)
        forms = [f"({e} + {f})", f"({e} - {f})", f"{e} * {f}", f"sn.{rng.choice(UNARY)}({e})", f"{e} / (1 + {a}**2)"]
        forms += [f"sn.minimum({e}, {f})", f"sn.where({e} > {f}, {f}, 0.5)"]
        if axes:
            forms.append(f'{e} * (sn.index("{rng.choice(axes)}") == 1)')
        if "step" in self.given:
            forms.append(f'{e} * (sn.index("t") + 1)')
        if "mask" in self.given and "n" in axes:
            forms.append(f"sn.where({self.given['mask']} > 0, {e}, {f})")
        if "constant" in self.given:
            forms.append(f"(1 - {self.given['constant']}) * {e}")
        wide = [n for n, b in self.axes.items() if set(axes) < set(b)]
        if wide:
            over = " ".join(i for i in self.axes[wide[0]] if i not in axes)
            forms += [f'sn.{rng.choice(REDUCTIONS)}({wide[0]}, over="{over}")'] * 2
        return rng.choice(forms)

    def line(self) -> None:
        rng, a, b = self.rng, self.some(), self.some()
        assert a is not None and b is not None
        axes, other = self.axes[a], self.axes[b]
        kind = rng.choice(
            ("binary", "binary", "unary", "reduce", "normed", "product", "pair", "flip", "pick", "gather")
        )
        union = other if set(other) > set(axes) else axes + tuple(i for i in other if i not in axes)
        if kind == "binary" and len(union) <= 3:
            self.put(rng.choice(BINARY).format(a=a, b=b), union)
        elif kind == "unary":
            self.put(f"sn.{rng.choice(UNARY)}({a})", axes)
        elif axes:
            self.along(kind, a, axes, rng.choice(axes))

    def along(self, kind: str, a: str, axes: Axes, i: str) -> None:
        rest = tuple(j for j in axes if j != i)
        new = f"k{len(self.lines)}{self.prefix}"
        again = f'{a}["{" ".join(new if j == i else j for j in axes)}"]'
        if kind == "reduce":
            self.put(f'sn.{self.rng.choice(REDUCTIONS)}({a}, over="{i}")', rest)
        elif kind == "normed":
            form = self.rng.choice(('sn.softmax({a}, over="{i}")', '({a} - sn.mean({a}, over="{i}"))', LARGEST))
            self.put(form.format(a=a, i=i), axes)
        elif kind == "product" and i == "d" and "w" in self.axes and "e" not in axes:
            words = " ".join("e" if j == "d" else j for j in axes)
            self.put(f'sn.sum({a}["{words}"] * w, over="e")', axes)
        elif kind == "pair" and len(axes) == 2:
            scores = f'sn.softmax(sn.sum({a} * {again}, over="{rest[0]}"), over="{new}")'
            self.put(f'sn.sum({scores} * {again}, over="{new}")', axes)
        elif kind == "pair" and len(axes) == 1:
            self.put(f'sn.sum({again} * (sn.index("{new}") <= sn.index("{i}")), over="{new}")', axes)
        elif kind == "flip":
            self.put(f'sn.flip({a}, "{i}") + {a}', axes)
        elif kind == "pick":
            self.put(f'{a}["{" ".join("0" if j == i else j for j in axes)}"]', rest)
        elif kind == "gather" and "labels" in self.given and "d" in axes and "n" not in axes:
            at = axes.index("d")
            front, back = (f'"{" ".join(part)}"' if part else "" for part in (axes[:at], axes[at + 1 :]))
            keys = ", ".join(key for key in (front, self.given["labels"], back) if key)
            self.put(f"{a}[{keys}]", tuple("n" if j == "d" else j for j in axes))


LARGEST = '{a} / (sn.max(sn.abs({a}), over="{i}") + 1)'


def text(seed: int) -> str:
    """The file of a definition."""
    rng = random.Random(seed)
    sequences = rng.sample(sorted(SEQUENCES), rng.randint(1, 2))
    shared = rng.sample(sorted(SHARED), rng.randint(1, 3))
    arguments = [f'{n}: "{(SEQUENCES | SHARED)[n]}"' for n in sequences + shared]
    given: dict[str, str] = {}
    steps: list[str] = []
    for word, declared in (("labels", 'sn.labels("{}", below="d")'), ("mask", 'sn.mask("{}")')):
        kind = rng.choice(("", "", "n", "t n"))
        if kind:
            arguments.append(f"{word}: {declared.format(kind)}")
            given[word] = word
            steps += [word] if kind == "t n" else []
    if rng.random() < 0.2:
        given["constant"] = "alpha"
    lines = [f'    {n} = sn.flip({n}, "t")' for n in sequences] if rng.random() < 0.3 else []
    outside = {k: v for k, v in given.items() if v not in steps}
    before = Lines(rng, {n: tuple(SHARED[n].split()) for n in shared}, "h", "    ", **outside)
    for _ in range(rng.choice((0, 0, 1, 2))):
        before.line()
    lines += before.lines
    read = [(n, tuple(i for i in SEQUENCES[n].split() if i != "t")) for n in sequences]
    results: dict[str, Axes] = {}
    for k in range(rng.choice((1, 1, 1, 2))):
        found = _scan(rng, k, before.axes, read, steps, given, arguments, lines)
        results |= found
        read = [rng.choice(list(found.items())), *(read[:1] if rng.random() < 0.4 else [])]
    after = Lines(rng, before.axes | {n: ("t", *a) for n, a in results.items()}, "f", "    ")
    for _ in range(rng.choice((0, 0, 1, 2))):
        after.line()
    lines += after.lines
    names = [n for n, a in after.axes.items() if "t" in a]
    ends = []
    for n in dict.fromkeys((names[-1], rng.choice(names))):
        lines.append(f"    end_{n} = {rng.choice(ENDS).format(a=n)}")
        ends.append(f"end_{n}")
    constants = ", *, alpha=0.7" if "constant" in given else ""
    head = f"def drawn({', '.join(arguments)}{constants}):"
    return "\n".join(("import symnet as sn", "", "", "@sn.op", head, *lines, f"    return {', '.join(ends)}", ""))


def _scan(rng, k: int, shared: dict[str, Axes], read: list, steps: list[str], given, arguments, lines) -> dict:
    """A step and its scan; the results with their axes but that of the steps."""
    states = {f"s{k}{j}": tuple(rng.choice(STATES).split()) for j in range(rng.choice((1, 1, 2, 3)))}
    starts = []
    for name, axes in states.items():
        alike = [n for n, a in shared.items() if a == axes]
        starts.append(rng.choice(alike) if alike and rng.random() < 0.4 else f"{name}_0")
        if starts[-1] == f"{name}_0":
            arguments.append(f'{name}_0: "{" ".join(axes)}"')
    inside = {**given, "step": "t"} if rng.random() < 0.3 else given
    body = Lines(rng, {**shared, **dict(read), **states}, f"b{k}", "        ", **inside)
    for _ in range(rng.randint(0, 4)):
        body.line()
    results: dict[str, Axes] = {}
    for name, axes in states.items():
        following = rng.choice(NEXT).format(s=name, e=body.expression(axes))
        body.lines.append(f"        next_{name} = {following}")
        results[f"next_{name}"] = axes
    for j, name in enumerate(rng.sample(sorted(body.axes), rng.choice((0, 0, 1, 2)))):
        body.lines.append(f"        more{k}{j} = 1.5 * {name}")
        results[f"more{k}{j}"] = body.axes[name]
    parameters = [*states, *(n for n, _ in read), *steps]
    lines += [f"    def step{k}({', '.join(parameters)}):", *body.lines, f"        return {', '.join(results)}"]
    made = {f"{name}_{k}": axes for name, axes in results.items()}
    left = ", ".join(made) + ("," if len(made) == 1 else "")
    sequences = ", ".join(parameters[len(states) :])
    lines.append(f'    {left} = sn.scan(step{k}, ({", ".join(starts)},), {sequences}, over="t")')
    return made


def operation(seed: int, folder: Path) -> sn.Op:
    path = folder / f"recurrence{seed}.py"
    path.write_text(text(seed))
    return load_operation(f"{path}:drawn")
