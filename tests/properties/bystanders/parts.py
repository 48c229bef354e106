"""Parts of histories for bystanders: something happens to host-3 at 40 s, and probes ask an actor every second."""

from __future__ import annotations

from tests.properties.builder import History

A = "Counter/probe0"
CHANGE_S = 40.0


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


def killed(h: History, host: str = "host-3", *, back_s: float | None = None) -> None:
    """A host is killed at 40 s."""
    units = [f"{host}/sidecar", f"{host}/app"]
    h.fault("kill", host, CHANGE_S, back_s, units=units)
    for unit in units:
        h.kill(unit, CHANGE_S)
        if back_s is not None:
            number = h.start(unit, back_s - 1.0)
            if unit.endswith("/app"):
                h.open(f"{unit}#{number}", back_s - 1.0)
