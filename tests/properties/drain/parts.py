"""Parts of histories: a drain."""

from __future__ import annotations

from typing import Any

from tests.properties.builder import History

A = "Sleeper/a"
JOIN_S = 20.0


def joined(**run: Any) -> tuple[History, str, str]:
    """A history with a join in it, an application that ran before, and the one that joined."""
    h = History(**({"drain_timeout_s": 4.0} | run))
    one = h.app("host-1")
    h.app("host-2")
    three = h.app("host-3", JOIN_S)
    h.fault("add", "host-3", JOIN_S - 0.5, 50.0, units=["host-3/sidecar", "host-3/app"])
    h.table(JOIN_S + 0.5, 2, ["host-1", "host-2", "host-3"])
    return h, one, three


def again(h: History, one: str, three: str, *, ends_s: float, again_s: float) -> None:
    """A turn from 19 s on, whose call is run again on the new owner, for half a second."""
    op = h.operation(A, 18.9, again_s + 0.6, turn="second")
    h.turn(A, one, 19.0, ends_s, op=op, turn="first")
    h.turn(A, three, again_s, again_s + 0.5, op=op, turn="second")
