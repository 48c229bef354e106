"""Ray: tasks on a Ray cluster, each with the processors that it needs. A lost worker's tasks are performed again."""

from __future__ import annotations

import importlib
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from actorproof import __version__
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.fanout.port import Result, Task

ANSWERS_S = 5.0
CLIENT_PORT, PORT = 10001, 6379
MOST_LOSSES = 10
AHEAD = 4
"""So many tasks a processor of the cluster are handed out at most."""
SIZE_FOR_S = 1.0
"""So long the cluster's size is taken to be what it was: asking for each result costs its head more than the task."""


class Ray:
    """A Ray cluster: ``ray`` for the one of this machine, ``ray://HOST`` or ``HOST:PORT`` for another.

    `cpus` is what a task takes of a node. UsageError without the library, ClusterError when nobody answers.
    """

    def __init__(self, address: str, *, cpus: float) -> None:
        self.again = 0
        self._cpus = cpus
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to others
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise UsageError("the library ray is not installed: pip install 'actorproof[ray]'") from error
        where = "auto" if address == "ray" else address
        _answering(where)
        try:
            self._ray.init(address=where, log_to_driver=False, logging_level="ERROR", ignore_reinit_error=False)
        except Exception as error:
            raise ClusterError(f"no Ray cluster can be used at {address} ({said(error)}): ray start --head") from error

    def close(self) -> None:
        """Leave the cluster, which ends the tasks that are under way."""
        self._ray.shutdown()

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """See the port."""
        ray = self._ray
        remote = ray.remote(_performed).options(num_cpus=self._cpus, max_retries=0, scheduling_strategy="SPREAD")
        lost = (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.ObjectLostError,
                ray.exceptions.LocalRayletDiedError, ray.exceptions.OutOfMemoryError)  # fmt: skip
        waiting = list(range(len(tasks)))[::-1]
        losses: Counter[int] = Counter()
        out: dict[Any, int] = {}
        room, asked_s = 0, -SIZE_FOR_S
        try:
            while waiting or out:
                if time.monotonic() >= asked_s + SIZE_FOR_S:
                    asked_s = time.monotonic()
                    room = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1) / self._cpus))
                while waiting and len(out) < room:
                    task = waiting.pop()
                    out[remote.remote(__version__, function, tasks[task])] = task
                for each in ray.wait(list(out), num_returns=1, timeout=1.0)[0]:
                    task = out.pop(each)
                    try:
                        result = ray.get(each)
                    except lost as error:
                        losses[task] += 1
                        self.again += 1
                        if losses[task] == MOST_LOSSES:
                            raise ClusterError(
                                f"a task was lost with its worker {MOST_LOSSES} times: {error}"
                            ) from error
                        waiting.append(task)
                    else:
                        yield result
        finally:
            for each in out:
                ray.cancel(each, force=True)


def said(error: Exception) -> str:
    """What an error of Ray says, in one line: where its first ends in the middle, its last has the reason."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return f"{lines[0]} {lines[-1]}" if lines[0].endswith(":") and len(lines) > 1 else lines[0].rstrip(":")


def _performed(version: str, function: Callable[[Task], Result], task: Task) -> Result:
    """One task, at the worker."""
    if version != __version__:
        raise ClusterError(f"a worker has Actorproof {__version__}, and this is {version}: install one on all")
    return function(task)


def _answering(address: str) -> None:
    """See that somebody listens at an address: Ray itself takes minutes to say that nobody does."""
    if address in {"auto", "local"}:
        return
    plain, _, path = address.removeprefix("ray://").partition("/")
    host, _, port = plain.partition(":")
    number = port or str(CLIENT_PORT if address.startswith("ray://") else PORT)
    if not host or not number.isdigit() or path:
        raise UsageError(f"--on {address} is no address: say ray, ray://HOST or ray://HOST:PORT")
    try:
        socket.create_connection((host, int(number)), timeout=ANSWERS_S).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ClusterError(f"no Ray cluster answers at {address} ({reason}): ray start --head there") from error
