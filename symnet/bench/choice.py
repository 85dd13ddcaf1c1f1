"""What the options of the command ask for; anything unknown is one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symnet.bench import generated, peers
from symnet.bench.agreement import TOLERANCE
from symnet.bench.workload import Workload
from symnet.bench.workloads import WORKLOADS
from symnet.errors import SymnetError
from symnet.loading import nearest


@dataclass(frozen=True)
class Choice:
    """Workloads, dtypes, numbers of threads and contestants, all known."""

    workloads: tuple[Workload, ...]
    dtypes: tuple[str, ...]
    threads: tuple[int, ...]
    contestants: tuple[str, ...]


def choose(workloads: Sequence[str], dtypes: str, threads: str, only: str | None) -> Choice:
    """Raises SymnetError naming the first thing that is not known."""
    names = [_known(name, WORKLOADS, "workload") for name in dict.fromkeys(workloads)] or list(WORKLOADS)
    return Choice(
        tuple(WORKLOADS[name] for name in names),
        tuple(_known(name, TOLERANCE, "dtype") for name in _words(dtypes, "dtype")),
        tuple(_threads(word) for word in _words(threads, "number of threads")),
        _contestants(only),
    )


def _words(text: str, what: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise SymnetError(f"no {what} is given")
    return words


def _known(name: str, known: Iterable[str], what: str) -> str:
    known = list(known)
    if name not in known:
        near = nearest(name, known)
        mean = f"did you mean {near!r}? " if near else ""
        raise SymnetError(f"unknown {what} {name!r}", hint=f"{mean}known are {', '.join(known)}")
    return name


def _threads(word: str) -> int:
    most = os.cpu_count() or 1
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= most:
        raise SymnetError(f"{word!r} is not a number of threads", hint=f"this machine has {most} processors")
    return int(word)


def _contestants(only: str | None) -> tuple[str, ...]:
    """The generated styles and the peers that are there; those asked for by name have to be."""
    there = (*generated.available(), *(name for name in peers.PEERS if peers.installed(name)))
    if only is None:
        return there
    names = []
    for name in _words(only, "contestant"):
        _known(name, (*generated.STYLES, *peers.PEERS), "contestant")
        if name not in there:
            how = "pip install 'symnet[bench]'" if name in peers.PEERS else ""
            raise SymnetError(f"'{name}' is not available here", hint=how)
        names.append(name)
    return tuple(name for name in there if name in names)
