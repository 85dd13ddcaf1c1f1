"""Work under a hard time limit: processes that are ended and replaced when a piece of work hangs, dies or swells.

A worker is an interpreter of its own that gets a function and its arguments over a pipe.  Nothing is forked from a
process with threads, and the script that imports symnet is not imported again, so it needs no guard of ``__main__``.
The limit is one of the time that the processor works on it, where the system measures that: what else runs there
changes no answer.  Watchdogs end a worker from inside, also in the middle of C code and when its parent is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from symnet.errors import SymnetError

MEMORY = 4 << 30  # bytes that a worker may ask for, where the system can limit it
START = 120.0  # seconds that a worker may take to import what its first piece of work needs
LIFE = 2000  # pieces of work after which a worker makes room for a new one
PATIENCE = 12  # limits that may pass on the clock on the wall: for work that waits, or that others keep waiting
GRACE = 0.5  # seconds beyond the limit in which work that watches its own time can still answer


@dataclass(frozen=True)
class Answer:
    """The value of a piece of work, or the sentence that says why there is none."""

    value: Any = None
    error: str = ""
    lasting: bool = True  # would the same work get the same answer again?


@dataclass(frozen=True)
class SoFar:
    """A value that is the answer where the work does not come to an end within its limit."""

    value: Any


#: writes an answer to the parent; None outside of a worker
_send: Callable[[object], None] | None = None


def so_far(value: Any) -> None:
    """What the answer is unless the work finds a better one in time."""
    if _send is not None:
        _send(SoFar(value))


class Worker:
    """One process that answers one call after the other until it dies."""

    def __init__(self) -> None:
        self.surroundings = _surroundings()
        self.calls = 0
        path = [entry for entry in sys.path if isinstance(entry, str)]
        start = f"import sys; sys.path[:] = {path!r}; from symnet.lecture.workers import serve; serve()"
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-c", start],
            env={
                **os.environ,
                **threads,
                "PYTHONHASHSEED": "0",
            },  # the same order everywhere, whatever the caller's seed
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("SYMNET_TRACEBACK") else subprocess.DEVNULL,
        )

    def call(self, module: str, function: str, arguments: tuple[Any, ...], limit: float) -> Answer:
        """``module.function(*arguments)`` within ``limit`` seconds, not counting the import of the module."""
        assert self.process.stdin and self.process.stdout
        self.calls += 1
        try:
            request = pickle.dumps((os.getcwd(), module, function, arguments, limit))
        except RecursionError:
            return Answer(error="it is nested too deeply")
        except Exception as error:  # what can not be sent
            return _failure(error)
        began = time.monotonic()
        so_far: Answer | None = None
        try:
            self.process.stdin.write(request)
            self.process.stdin.flush()
            began = pickle.load(self.process.stdout) and time.monotonic()  # True: imported, the clock runs from here
            while isinstance(answer := pickle.load(self.process.stdout), SoFar):
                so_far = Answer(answer.value)
            return so_far if answer.error and so_far is not None else answer
        except (EOFError, OSError, pickle.UnpicklingError):
            took = time.monotonic() - began
            self.end()
            if so_far is not None:
                return so_far
            if took >= limit:
                return Answer(error=f"it was not judged within the limit of {limit:g} s")
            return Answer(error="the process that judged it died (out of memory?)", lasting=False)
        except Exception as error:  # what came back can not be understood, nor what comes after it
            self.end()
            return Answer(error="it is nested too deeply") if isinstance(error, RecursionError) else _failure(error)

    def end(self) -> None:
        self.process.kill()
        with contextlib.suppress(ValueError):  # the thread that waits for its answer ends it too
            self.process.communicate()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


class Workers:
    """At most ``jobs`` workers, started when they are needed.

    A context manager: at its end the idle ones are kept for the next one, which spares it their start; a worker that
    is still at work is ended.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._started: list[Worker] = []
        self._closed = False
        self._idle: SimpleQueue[Worker | None] = SimpleQueue()
        for _ in range(jobs):
            self._idle.put(None)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        idle = set()
        with contextlib.suppress(Empty):
            while True:
                idle.add(self._idle.get_nowait())
        for worker in self._started:
            if worker in idle and worker.alive and worker.calls < LIFE:
                _SPARE.append(worker)
            elif worker.alive:
                worker.end()

    def call(self, module: str, function: str, *arguments: Any, limit: float) -> Answer:
        """The answer of the next idle worker; waits for one."""
        worker = self._idle.get()
        try:
            if self._closed:
                return Answer(error="it was interrupted", lasting=False)
            if worker is None:
                worker = _spare() or Worker()
                self._started.append(worker)
            return worker.call(module, function, arguments, limit)
        finally:
            self._idle.put(worker if worker and worker.alive else None)

    def map(
        self, module: str, function: str, many: Iterable[tuple[Any, ...]], limit: float, done: Callable[[], None]
    ) -> list[Answer]:
        """The answers for many arguments, in their order; ``done`` is called as each one is ready."""
        from concurrent.futures import ThreadPoolExecutor

        def one(arguments: tuple[Any, ...]) -> Answer:
            answer = self.call(module, function, *arguments, limit=limit)
            done()
            return answer

        threads = ThreadPoolExecutor(self.jobs)
        try:
            return list(threads.map(one, many))
        except BaseException:
            self.__exit__()  # what runs is not waited for
            raise
        finally:
            threads.shutdown(cancel_futures=True)


#: idle workers; they end with this process, and a forked one has none
_SPARE: list[Worker] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SPARE.clear)


def _spare() -> Worker | None:
    """An idle worker that was started as one would be now."""
    while _SPARE:
        worker = _SPARE.pop()
        if worker.alive and worker.surroundings == _surroundings():
            return worker
        worker.end()
    return None


@atexit.register
def end_spare() -> None:
    """End the idle workers."""
    while _SPARE:
        _SPARE.pop().end()


def _surroundings() -> tuple[Any, ...]:
    """What decides how a worker is started."""
    return tuple(map(str, sys.path)), os.environ.get("SYMNET_TRACEBACK")


def serve() -> None:
    """Answer calls from stdin until it is closed: what a worker process runs."""
    import faulthandler
    import importlib
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears of it and ends its workers
    _limit_memory()
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not an answer

    def send(answer: object) -> None:
        answers.write(pickle.dumps(answer))
        answers.flush()

    global _send
    _send = send
    while True:
        try:
            folder, name, function, arguments, limit = pickle.load(calls)
        except EOFError:
            return
        faulthandler.dump_traceback_later(START, exit=True)
        try:
            os.chdir(folder)
            work = getattr(importlib.import_module(name), function)
            _watch(limit + GRACE)
            send(True)
            answer = _attempt(work, arguments)
        except Exception as error:
            send(True)
            answer = _failure(error)
        with contextlib.suppress(BrokenPipeError):
            try:
                packed = pickle.dumps(answer)
            except Exception as error:
                packed = pickle.dumps(_failure(error))
            _watch(0)
            answers.write(packed)
            answers.flush()


def _watch(limit: float) -> None:
    """End this process after so many seconds of work; never where the limit is 0."""
    import faulthandler
    import signal

    timer = getattr(signal, "setitimer", None)
    if timer is not None:
        timer(signal.ITIMER_PROF, limit)  # type: ignore[attr-defined, unused-ignore]
        limit *= PATIENCE
    if limit:
        faulthandler.dump_traceback_later(limit, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()


def _attempt(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Answer:
    try:
        return Answer(work(*arguments))
    except MemoryError:
        return Answer(error="it took more memory than allowed", lasting=False)
    except RecursionError:
        return Answer(error="it is nested too deeply")
    except SymnetError as error:
        return Answer(error=str(error))
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> Answer:
    from symnet.build import internal_error

    if os.environ.get("SYMNET_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    return Answer(error=internal_error(error))


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):  # not on this system, or a lower limit is set
        pass
