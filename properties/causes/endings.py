"""Endings: why an instance was told to end, where neither a new table nor the end of its host explains it.

- ``idle time-out``, ``idle time-out before``, ``idle from the start``: it was told as its idle time-out passed, counted
  from the start of its last turn or of the one before, while that ran or after it;
- ``ended in use``, ``ended early``: it was told during a turn, or before its idle time-out, for no such reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from actorproof.harness.history import events as ev
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.steps import IDLED, Steps
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.records import Turn, ref
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000
SCAN_NS = NS
"""The idle time-out is looked at so often, or so late on a busy machine."""


class Endings:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, steps: Steps) -> None:
        self._timeline = timeline
        self._steps = steps

    def told(self, violation: Violation) -> tuple[Link, ...]:
        """Why an instance was told to end, where that is what a violation is about: turns that met are beside it."""
        named = {(event.process, event.seq) for event in violation.events if event.t_ns == violation.at_ns}
        for event in self._timeline.deactivations:
            if event.actor == violation.actor and (event.process, event.seq) in named:
                return tuple(self._end(event))
        return ()

    def of(self, turns: Sequence[Turn], at_ns: int) -> Iterator[Link]:
        """Why one of the instances of some turns was told to end by an instant."""
        instances = {turn.instance for turn in turns}
        for event in self._timeline.deactivations:
            if (event.process, event.actor, event.instance) in instances and event.t_ns <= at_ns:
                for link in self._end(event):
                    yield link
                    return

    def _end(self, event: ev.Deactivated) -> Iterator[Link]:
        """Why an instance was told to end too soon, where no table and no end of its host explains it."""
        actor = event.actor
        key = (event.process, actor, event.instance)
        used = [turn for turn in self._timeline.turns_of(actor) if turn.instance == key and turn.start_ns < event.t_ns]
        if not used or self._leaves(event.process, event.t_ns):
            return
        idle_ns = self._timeline.idle_ns(actor)
        running = [turn for turn in used if turn.end_ns > event.t_ns]
        struck = [(turn, found) for turn in running if (found := self._steps.put_away(turn, event.t_ns))]
        last, why = max(struck, key=lambda each: each[1].kind == IDLED) if struck else (used[-1], None)
        idle_for_ns = event.t_ns - max(turn.end_ns for turn in used)
        from_start_ns = event.t_ns - last.start_ns
        early = not running and idle_for_ns < idle_ns
        if early:
            why = self._steps.put_away_after(last, event.t_ns)
        # A runtime that lets a turn end first (Dapr before 1.14) ends its actor at the next look after it.
        over_ns = max(last.start_ns + idle_ns, last.end_ns)
        if why is None and early and abs(event.t_ns - over_ns) <= SCAN_NS:
            kind, said = (
                "idle from the start",
                f"was told to end {from_start_ns / NS:.1f} s after its last turn's start",
            )
        elif self._steps.drains.moving(last.start_ns, event.t_ns):
            return
        elif why is not None:
            yield why
            return
        elif running:
            kind, said = (
                "ended in use",
                f"was told to end while turn {last.id} ran, {from_start_ns / NS:.1f} s old"
                + self._other_reasons(event.t_ns, idle_ns),
            )
        elif early:
            kind, said = "ended early", f"was told to end {idle_for_ns / NS:.1f} s after its last use"
        else:
            return
        yield Link(
            kind=kind,
            anchor=f"{event.process} {actor} {event.instance}",
            said=f"instance {event.instance} of {actor} {said}",
            at_ns=event.t_ns,
            events=(ref(last.start, "its last turn begins"), ref(event, "told to end")),
        )

    def _other_reasons(self, t_ns: int, idle_ns: int) -> str:
        """How far the two reasons for which an instance may be told to end were away: a new table, and idle time."""
        before = [table.t_ns for table in self._timeline.tables if table.leader and table.t_ns <= t_ns]
        said = f", {(t_ns - before[-1]) / NS:.1f} s after the last table came up" if before else ""
        return f"{said}; the idle time-out was {idle_ns / NS:.1f} s"

    def _leaves(self, process: str, t_ns: int) -> bool:
        """Whether the sidecar beside a process had been asked to end: then it tells all instances to end."""
        life = self._timeline.life_at(f"{process.partition('/')[0]}/sidecar", t_ns)
        return life is None or life.stopping_ns <= t_ns
