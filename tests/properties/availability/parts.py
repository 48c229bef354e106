"""Parts of histories: a lost replica and its restart."""

from __future__ import annotations

from typing import Any

from tests.properties.builder import History

A = "Counter/probe0"
DIED_S = 20.0
BACK_S = 48.0


def lost(
    *, takes_over: bool = True, led: str = "placement-1", verb: str = "kill", took: bool = True, **run: Any
) -> tuple[History, str]:
    """A history in which placement-1 is killed, and an application."""
    h = History(**({"placements": 3} | run))
    app = h.app("host-1")
    for number in range(3):
        h.start(f"placement-{number}", 0.0)
    h.table(0.5, 2, ["host-1"], placement=led)
    target = "placement:leader" if verb == "kill" else "placement-1"
    h.fault(verb, target, DIED_S, BACK_S, units=["placement-1"], took=took)
    h.kill("placement-1", DIED_S + 0.001, reaped_after_s=0.005)
    if takes_over:
        h.table(22.0, 1, ["host-1"], placement="placement-2")
    h.start("placement-1", BACK_S - 0.5, ready_s=BACK_S)
    return h, app


def asks(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A) -> None:
    """One attempt a second on a probed actor, or, as ``new``, on a new one each time."""
    for at_s in range(from_s, to_s):
        name = f"Counter/new{at_s}" if actor == "new" else actor
        client = "newcomer-0" if actor == "new" else f"probe-{actor}"
        if ok:
            op = h.operation(name, at_s + 0.1, at_s + 0.3, client=client)
            h.turn(name, app, at_s + 0.15, at_s + 0.25, op=op)
        else:
            h.operation(name, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500")


def both(h: History, app: str, from_s: int, to_s: int, *, ok: bool) -> None:
    """The probe and the newcomer."""
    asks(h, app, from_s, to_s, ok=ok)
    asks(h, app, from_s, to_s, ok=ok, actor="new")


# ---- good


# ---- bad
