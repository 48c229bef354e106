"""Whether a time can be trusted: the harness's own heartbeat and the wall clock say when it can't."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.views.timeline import Timeline

STALL_NS = 250_000_000
BEAT_NS = 250_000_000


def stalled_between(timeline: Timeline, start_ns: int, end_ns: int) -> bool:
    """Whether the machine stood still for 250 ms, or the wall clock stepped, within [start_ns, end_ns].

    A stall reaches back from its event by its length and a beat; a step happened in the beat before its event. A time
    check that failed over such a span proves nothing: it is `unknown`.
    """
    for stall in timeline.stalls:
        match stall:
            case ev.Stalled():
                if stall.late_ns < STALL_NS:
                    continue
                began_ns = stall.t_ns - stall.late_ns - BEAT_NS
            case ev.WallStepped():
                began_ns = stall.t_ns - BEAT_NS
        if began_ns <= end_ns and start_ns <= stall.t_ns:
            return True
    return False
