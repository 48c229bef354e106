"""Heartbeat: notices that the machine stood still, or that somebody set the wall clock."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock

BEAT_S = 0.05
# A stall this long makes failed time checks unknown: what was late may have been the harness.
STALL_NS = 250_000_000
# Slewing by NTP stays far below; a step is an order of magnitude above.
STEP_NS = 50_000_000


async def beat(journal: Journal, clock: Clock) -> None:
    """Beat until cancelled; write `stalled` and `wall-stepped` events."""
    last_ns = clock.now_ns()
    offset_ns = clock.wall_ns() - last_ns
    while True:
        await clock.sleep(BEAT_S)
        now_ns = clock.now_ns()
        late_ns = now_ns - last_ns - int(BEAT_S * 1e9)
        if late_ns >= STALL_NS:
            journal.write(ev.Stalled, late_ns=late_ns)
        # Both clocks are read again together: a stall between two readings is not a step.
        before_ns, wall_ns, after_ns = clock.now_ns(), clock.wall_ns(), clock.now_ns()
        step_ns = wall_ns - (before_ns + after_ns) // 2 - offset_ns
        if abs(step_ns) > STEP_NS + (after_ns - before_ns):
            journal.write(ev.WallStepped, step_ns=step_ns)
            offset_ns += step_ns
        last_ns = now_ns
