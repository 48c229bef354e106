"""Abandonment: which turns were given up on while they ran: by their caller, by the drain, or by a host that leaves."""

from __future__ import annotations

from bisect import bisect_left

from actorproof.harness.history import events as ev
from actorproof.properties.views.excuse import possible_end_ns
from actorproof.properties.views.timeline import Timeline, Turn

GAVE_UP = frozenset({"gave-up", "deadline", "cut-off"})
HONOURED = "drain-honoured"
DRAIN_RATIO = 0.8
DRAIN_FLOOR_S = 2.0


def drain_in_force_s(run: ev.RunStarted | None) -> float:
    """How long the runtime waits for a call under way when its actor moves, in seconds.

    Where the runtime honours it, a time-out that reaches the dissemination time-out is cut to 0.8 of that, 2 s at least
    (Dapr's ClampDrainOngoingCallTimeout). Elsewhere it is what was promised, not what is done.
    """
    if run is None or not run.drain_enabled:
        return 0.0
    if HONOURED not in (run.traits or ()) or run.drain_timeout_s < run.dissemination_timeout_s:
        return run.drain_timeout_s
    return max(DRAIN_RATIO * run.dissemination_timeout_s, DRAIN_FLOOR_S)


class Abandonment:
    """Answers for the turns of one history; a placement table is seen at most `observed_late_s` after it changed."""

    def __init__(self, timeline: Timeline, *, observed_late_s: float) -> None:
        self._timeline = timeline
        self._wait_ns = round(drain_in_force_s(timeline.run) * 1e9)
        self._late_ns = round(observed_late_s * 1e9)
        seen: dict[int, int] = {}
        for table in timeline.tables:
            if table.leader:
                seen.setdefault(table.version, table.t_ns)
        self._changes_ns = sorted(seen.values())

    def by_caller(self, turn: Turn) -> bool:
        """Whether a turn's own caller gave up, lost its connection or died before the turn ended."""
        operation = self._timeline.operation(turn.start.op) if turn.start.op else None
        if operation is None or operation.end is None or operation.end.outcome == "ok":
            return False
        if operation.end.reason.partition(":")[0] not in GAVE_UP:
            return False
        return operation.end_ns < possible_end_ns(self._timeline, turn)

    def by_leaving(self, turn: Turn, before_ns: int) -> bool:
        """Whether the turn's sidecar had been asked to end before an instant.

        Dapr 1.18.2 leaves placement at once then, and its actors begin elsewhere while their turns go on here.
        """
        sidecar = self._timeline.life_at(f"{turn.host}/sidecar", turn.start_ns)
        return sidecar is not None and sidecar.stopping_ns <= before_ns

    def by_drain(self, turn: Turn, before_ns: int) -> bool:
        """Whether, before an instant, the drain time-out in force passed since the table changed, over the turn.

        A turn may begin after the change was seen: the sidecar drains from when it hears of it, and lets calls in.
        The drain gives up on turns of actors that stay, too: Dapr 1.18.2 cancels every call that is still under way
        when it runs out, and tries again where the actor is then, which may be the same host.
        """
        at = bisect_left(self._changes_ns, turn.start_ns - self._wait_ns)
        return at < len(self._changes_ns) and self._changes_ns[at] + self._wait_ns - self._late_ns <= before_ns
