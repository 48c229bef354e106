"""Parts of histories: probes after a fault."""

from __future__ import annotations

from tests.properties.builder import History

A = "Counter/probe0"
B = "Counter/probe1"
HEALED_S = 15.0
END_S = 80


def probe(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A) -> None:
    """One attempt a second, answered or not."""
    for at_s in range(from_s, to_s):
        client = f"probe-{actor}"
        if ok:
            turn = f"{actor}@{at_s}"
            op = h.operation(actor, at_s + 0.1, at_s + 0.3, client=client, turn=turn)
            h.turn(actor, app, at_s + 0.15, at_s + 0.25, op=op, turn=turn)
        else:
            h.operation(actor, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500")


def killed() -> tuple[History, str]:
    """A history in which a host was killed, and an application that lives on."""
    h = History()
    h.app("host-1")
    two = h.app("host-2")
    h.fault("kill", "host-1/sidecar", 10.0, HEALED_S, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 10.0)
    h.start("host-1/sidecar", 14.0, ready_s=14.5)
    return h, two
