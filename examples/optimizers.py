"""Train one classifier of handwritten digits with every update rule of the catalogue.

    python examples/optimizers.py --epochs 10
    python examples/optimizers.py --rules adam lion nesterov

Loss and rules are written as mathematics, a forward pass and single steps; symnet makes the gradients and the programs.
The data are the 1797 images of 8 x 8 pixels that come with scikit-learn.
"""

from __future__ import annotations

import argparse

from symnet.study.paths import DIGITS, losses


def compare(rules: list[str], epochs: int = 10, say=print) -> dict[str, float]:
    """The share of held-out images that is classified rightly, by rule."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise SystemExit("The images come with scikit-learn: pip install scikit-learn") from None

    found = {}
    say(f"{'rule':20} {'first loss':>10} {'last loss':>10} {'accuracy':>9}")
    for rule in rules:
        loss, found[rule] = losses(rule, DIGITS[rule], epochs)
        say(f"{rule:20} {loss[0]:10.3f} {loss[-1]:10.3f} {found[rule]:9.3f}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a classifier of digits with the update rules of the catalogue.")
    parser.add_argument("--epochs", type=int, default=10, help="passes over the training images (default: 10)")
    parser.add_argument("--rules", nargs="+", choices=list(DIGITS), default=list(DIGITS), help="which (default: all)")
    arguments = parser.parse_args()
    compare(arguments.rules, arguments.epochs)


if __name__ == "__main__":
    main()
