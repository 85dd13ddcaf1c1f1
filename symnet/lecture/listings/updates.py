"""Updates of parameters in a listing."""

from __future__ import annotations

import ast
import copy
import re

from symnet.lecture.listings.corrections import Corrections
from symnet.lecture.listings.findings import ACCEPTED
from symnet.lecture.listings.judgement import Judgement
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.reader import Reading
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import dotted
from symnet.lecture.verdict import Assumption

_MINIMISED = re.compile(r"loss|cost|err|nll|mse|ce$|^L$|^J$|^E$", re.IGNORECASE)


class Updates(Corrections):
    """Steps of an optimiser: along which gradient, in which direction, inside the loop."""

    def descends_anyway(self, program: Program, name: str) -> bool:
        own = [x for _, x in program.meanings(name)]
        steps = [line for line in program.lines if line.update and set(line.names) & set(own)]
        signs = [s for line in steps for g, s in signed_names(line.stmt) if g == name]
        return bool(signs) and all(s > 0 for s in signs)

    def update(self, program: Program, reading: Reading, line: Line, claims: dict[tuple[int, str], Judgement]) -> None:
        name = line.names[0]
        signed = signed_names(line.stmt)
        steps = [(g, s) for g, s in signed if program.is_gradient(g)]
        reason = "a step along the gradient" if steps else "a step of an optimiser"
        if self.wrong_gradient(program, line):
            return
        if len(steps) == 1:
            g, sign = steps[0]
            meant = [x for _, x in program.meanings(g)]
            of = next((j.of for (_, n), j in claims.items() if n == g), "") or (
                self.gradients.loss.name if self.gradients is not None and self.gradients.loss is not None else ""
            )
            state = next((j for (_, n), j in claims.items() if n == g), None)
            if name in meant and sign > 0 and _MINIMISED.search(of):
                if state is not None and state.factor.startswith("-"):
                    self.add(
                        line,
                        "update",
                        kind="update",
                        reading=f"a step of {name}",
                        reason=f"{g} is the negative gradient, the step goes downhill",
                    )
                elif state is None or state.state in ACCEPTED:
                    self.add(
                        line,
                        "refuted",
                        kind="update",
                        reading=f"a step of {name} that is to lower {of}",
                        reason=f"the step goes along +{g}: it raises {of}",
                        counterexample={"direction": f"+{g}", "slope": f"+||{g}||^2 > 0"},
                        assumptions=(Assumption("the learning rate is positive", "convention"),),
                        correction=_turned_step(line.stmt),
                    )
                else:
                    self.add(
                        line, "update", kind="update", reading=f"a step of {name}", reason=f"{g} itself is in question"
                    )
                return
            reason = f"gradient descent: {name} moves along -{g}" if sign < 0 and name in meant else reason
        self.add(line, "update", kind="update", reading=f"a step of {name}", reason=reason)

    def wrong_gradient(self, program: Program, line: Line) -> bool:
        """A parameter that is moved along the gradient of another one, while its own gradient is there."""
        name = line.names[0]
        steps = [g for g, _ in signed_names(line.stmt) if program.is_gradient(g)]
        if len(steps) != 1:
            return False
        meant = [x for _, x in program.meanings(steps[0])]
        own = sorted(n for n in program.assigned if n != steps[0] and program.target_of(n) == name)
        if name in meant or not own:
            return False
        stmt = re.sub(rf"(?<![\w.]){re.escape(steps[0])}(?!\w)", own[0], ast.unparse(line.stmt))
        self.add(
            line,
            "refuted",
            kind="update",
            reading=f"a step of {name}",
            correction=stmt,
            reason=f"{name} is moved along {steps[0]}, the gradient with respect to {meant[0]}",
        )
        return True

    def loops(self, program: Program) -> None:
        """Updates that stand outside the training loop whose values they use."""
        loops = {line.loops[-1]: None for line in program.lines if line.loops and line.own}
        for loop in loops:
            inside = [line for line in program.lines if loop in line.loops]
            assert isinstance(loop, (ast.For, ast.While))
            if any(line.update or line.skipped for line in inside) or isinstance(loop, ast.While) and len(inside) < 2:
                continue
            made = {n for line in inside for n in line.names}
            read = {k for line in inside for k in map(dotted, ast.walk(line.stmt)) if k}
            variables = (
                {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)} if isinstance(loop, ast.For) else set()
            )
            random = any(
                "random" in (dotted(c.func) or "") or (dotted(c.func) or "") == "randn"
                for line in inside
                for c in ast.walk(line.stmt)
                if isinstance(c, ast.Call)
            )
            after = [
                line
                for line in program.lines
                if line.number > (loop.end_lineno or loop.lineno) and line.own and not line.loops
            ]
            steps = [line for line in after if line.update and set(line.names) & (read - made)]
            claimed = [
                line for line in after if line.gradient and {k for k in map(dotted, ast.walk(line.stmt)) if k} & made
            ]
            if steps and claimed and not random and not (variables & read):
                first, last = min(x.number for x in (*steps, *claimed)), max(x.number for x in steps)
                start = self.listing.line - 1
                self.add(
                    Line(loop, loop.lineno),
                    "refuted",
                    reading="a training loop",
                    reason=f"every turn of the loop computes the same: lines {first + start} to {last + start} "
                    "(gradients and updates) stand outside it and run once",
                    counterexample={"updates inside the loop": 0, "updates after it": len(steps)},
                    correction=f"indent lines {first + start} to {last + start} into the loop",
                )


def signed_names(stmt: ast.stmt) -> list[tuple[str, int]]:
    """The names that a step adds, with sign, linearly: w -= lr * dw gives (dw, -1)."""
    found: list[tuple[str, int]] = []

    def walk(node: ast.expr, sign: int) -> None:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            walk(node.operand, -sign if isinstance(node.op, ast.USub) else sign)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            walk(node.left, sign)
            walk(node.right, -sign if isinstance(node.op, ast.Sub) else sign)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(node.op, ast.Div) and one is node.right:
                    continue
                walk(one, sign * _sign(other))
        else:
            name = dotted(node)
            if name:
                found.append((name, sign))

    value = getattr(stmt, "value", None)
    if value is None:
        return []
    if isinstance(stmt, ast.AugAssign):
        if not isinstance(stmt.op, (ast.Add, ast.Sub)):
            return []
        walk(value, -1 if isinstance(stmt.op, ast.Sub) else 1)
    else:
        walk(value, 1)
    return found


def _sign(node: ast.expr) -> int:
    """The sign of a factor; names stand for positive numbers."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_sign(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return _sign(node.left) * _sign(node.right)
    return 1


def _turned_step(stmt: ast.stmt) -> str | None:
    new = copy.deepcopy(stmt)
    if isinstance(new, ast.AugAssign):
        new.op = ast.Sub() if isinstance(new.op, ast.Add) else ast.Add()
        return ast.unparse(new)
    if isinstance(new, ast.Assign) and isinstance(new.value, ast.BinOp) and isinstance(new.value.op, ast.Add):
        new.value.op = ast.Sub()
        return ast.unparse(new)
    return None
