"""Parts of histories in which a host is lost, or a part of it, and probes ask an actor every second."""

from __future__ import annotations

from tests.properties.builder import History
from tests.properties.scene import Story

A = "Counter/probe0"


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


def lost(h: History, host: str, part: str = "", *, at_s: float, back_s: float | None = None) -> None:
    """A host, or a part of it, is killed."""
    units = [f"{host}/{part}"] if part else [f"{host}/sidecar", f"{host}/app"]
    h.fault("kill", "/".join(filter(None, (host, part))), at_s, back_s, units=units)
    for unit in units:
        h.kill(unit, at_s)
        if back_s is not None:
            number = h.start(unit, back_s - 1.0)
            if unit.endswith("/app"):
                h.open(f"{unit}#{number}", back_s - 1.0)


class Asking(Story):
    """Hosts are lost, and a probe asks once a second, by default by way of host 2."""

    actor, end_s = A, 160.0

    def gone(self, at_s: float, back_s: float | None = None, *, part: str = "", host: int = 1) -> None:
        """A host, or a part of it, is killed, and comes back."""
        lost(self, f"host-{host}", part, at_s=at_s, back_s=back_s)

    def asks(self, from_s: float, to_s: float, *, on: int = 0, actor: str = A, via: int = 2) -> None:
        """Probes that a host answers, or nobody."""
        probe(self, self.on(on or 1), int(from_s), int(to_s), ok=bool(on), actor=actor, via=f"host-{via}")
