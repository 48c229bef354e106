"""Parts of histories: a settled cluster and its tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

A = "Counter/a"
BOTH = ("host-1", "host-2")
THREE = (*BOTH, "host-3")
# So many are enough to see that one of three hosts has none of them.
IDS = 66


def settled(**run: Any) -> tuple[History, str, str]:
    """A history with two hosts in it, and their applications."""
    h = History(**run)
    one, two = h.app("host-1"), h.app("host-2")
    for host in BOTH:
        h.sidecar(0.1, host)
    h.table(0.1, 2, BOTH)
    return h, one, two


def join(h: History, *, at_s: float = 20.0, version: int = 3) -> str:
    """A third host joins; its application."""
    h.start("host-3/sidecar", at_s, ready_s=at_s + 1.0)
    three = h.app("host-3", at_s, sidecar=False)
    h.sidecar(at_s + 1.0, "host-3")
    h.table(at_s + 1.0, version, THREE)
    h.add(
        ev.FaultStarted,
        at_s - 0.2,
        fault="join",
        verb="add",
        target="host-3",
        units=("host-3/sidecar", "host-3/app"),
        links=(),
    )
    h.add(ev.FaultTook, at_s + 1.0, fault="join", evidence=("ready",))
    return three


def use(h: History, process: str, ids: Iterable[int], at_s: float) -> None:
    """Short turns of actors, one after the other; a timer's are as good as any to show where an actor is."""
    for id_ in ids:
        h.turn(f"Counter/{id_}", process, at_s + id_ / 100, at_s + id_ / 100 + 0.005, cause="timer")


# ---- good


# ---- bad
