"""Parts of histories for failover: a host is lost at 10 s, and probes ask an actor every second."""

from __future__ import annotations

from tests.properties.builder import History

A = "Counter/probe0"
LOST_S = 10.0


def probe(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A, via: str = "host-2") -> None:
    """One attempt a second, answered or not."""
    for at_s in range(from_s, to_s):
        client = f"probe-{actor}"
        if ok:
            turn = f"{actor}@{at_s}"
            op = h.operation(actor, at_s + 0.1, at_s + 0.3, client=client, turn=turn, via=via)
            h.turn(actor, app, at_s + 0.15, at_s + 0.25, op=op, turn=turn)
        else:
            h.operation(
                actor, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500", via=via
            )


def lost(h: History, part: str, *, back_s: float | None = None) -> None:
    """host-1, or a part of it, is killed at 10 s."""
    units = [f"host-1/{part}"] if part else ["host-1/sidecar", "host-1/app"]
    h.fault("kill", "/".join(filter(None, ("host-1", part))), LOST_S, back_s, units=units)
    for unit in units:
        h.kill(unit, LOST_S)
        if back_s is not None:
            number = h.start(unit, back_s - 1.0)
            if unit.endswith("/app"):
                h.open(f"{unit}#{number}", back_s - 1.0)
