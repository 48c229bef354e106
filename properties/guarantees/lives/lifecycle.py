"""lifecycle: an actor is deactivated when it is idle, no sooner than its time-out after its use.

A DELETE that an application receives while a turn of that instance runs is a violation; so is one that comes sooner
than the idle time-out after the end of the instance's last call or reminder (a timer does not keep an actor active).
Three clauses excuse it: *moved* (the table changed meanwhile, or just before, so that it was still being disseminated
and drained: what a drain owes is `drain`'s), *leaving host* (the sidecar had been asked to end) and *cut off* (the host
resumed or was without placement, as in `turns`). Otherwise the class is

- *idle time-out*: during a turn, when the idle time-out ran out over it, counted from its start, or that of the use
  before as it began;
- *abandoned*: during a turn whose own caller had given up before;
- *during a turn*: likewise, and nothing explains it;
- *counted from the start*: between two turns, when the idle time-out had passed since the last one's start;
- *too early*: sooner than that.

Opportunities: DELETEs of instances that had been used and that no clause excuses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Doubt, Figure, Findings, Terms, Violation
from actorproof.properties.views.cluster.outage import Outages
from actorproof.properties.views.records import USES, Turn, host_of, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.excuse import possible_end_ns, proven_end_ns
from actorproof.properties.views.turns.sketch import Sketch

FROM_START = "counted from the start"
EARLY = "too early"
DURING = "during a turn"
IDLE = "idle time-out"
ABANDONED = "abandoned"
UNTIMED = "time that can't be trusted, since the machine stood still or its clock stepped"


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every DELETE of a history; without its run-started event no idle time-out is known, and none is."""
    return _Deletes(timeline, terms).findings()


GUARANTEE = Guarantee(id="lifecycle", check=check)


class _Deletes:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        limits = terms.limits
        self._timeline = timeline
        self._early_ns = round(limits["early_slack_s"] * 1e9)
        self._idle_slack_ns = round(limits["idle_slack_s"] * 1e9)
        self._outages = Outages(timeline, wake_s=limits["wake_s"])
        self._abandonment = Abandonment(
            timeline, observed_late_s=limits["observed_late_s"], idle_slack_s=limits["idle_slack_s"]
        )
        self._sketch = Sketch(timeline, wake_s=limits["wake_s"])
        self._turns = {(i.process, i.actor, i.number): i.turns for i in timeline.instances}
        self._violations: list[Violation] = []
        self._excused: Counter[str] = Counter()
        self._doubts: Counter[str] = Counter()
        self._judged: Counter[str] = Counter()

    def findings(self) -> Findings:
        for event in self._timeline.deactivations if self._timeline.run is not None else ():
            turns = self._turns.get((event.process, event.actor, event.instance), [])
            before = turns[: bisect_right(turns, event.t_ns, key=lambda turn: turn.start_ns)]
            if before:
                self._judge(event, before)
        long = sum(
            proven_end_ns(self._timeline, turn) - turn.start_ns > self._timeline.idle_ns(turn.actor)
            for turn in self._timeline.turns
        )
        return Findings(
            violations=self._violations,
            evidence={"deactivations": self._judged["all"], "long_turns": long if self._timeline.run else 0},
            opportunities=dict.fromkeys((IDLE, ABANDONED, DURING, FROM_START, EARLY), self._judged["all"]),
            excused=self._excused,
            figures=[Figure(name="actors deactivated", value=len(self._timeline.deactivations), unit="")],
            doubts=[Doubt(anomaly=anomaly, what=UNTIMED, count=count) for anomaly, count in self._doubts.items()],
        )

    def _judge(self, event: ev.Deactivated, before: list[Turn]) -> None:
        """One DELETE, of an instance that had these turns by then."""
        at_ns = event.t_ns
        running = [turn for turn in before if proven_end_ns(self._timeline, turn) > at_ns]
        if not running and any(possible_end_ns(self._timeline, turn) > at_ns for turn in before):
            return  # whether a turn without an end still ran is not known
        clause = self._clause(event, running or before[-1:])
        if clause is not None:
            self._excused[clause] += 1
            return
        self._judged["all"] += 1
        if running:
            anomaly = self._class_of(running, at_ns)
            if anomaly != IDLE and stalled_between(self._timeline, min(map(self._asked_ns, running)), at_ns):
                self._doubts[anomaly] += 1
            else:
                self._report(event, anomaly, running, "while a turn of it ran")
            return
        uses = [turn for turn in before if turn.start.cause in USES]
        if not uses:
            return
        last = max(uses, key=lambda turn: turn.end_ns)
        idle_ns = self._timeline.idle_ns(event.actor)
        early_ns = last.end_ns + idle_ns - at_ns
        if early_ns <= self._early_ns:
            return
        from_start = at_ns >= uses[-1].start_ns + idle_ns - self._idle_slack_ns
        anomaly = FROM_START if from_start else EARLY
        if stalled_between(self._timeline, self._asked_ns(last), at_ns):
            self._doubts[anomaly] += 1
        else:
            self._report(event, anomaly, [last], f"{early_ns / 1e6:.0f} ms before its idle time-out had passed")

    def _asked_ns(self, turn: Turn) -> int:
        """Since when its runtime may have counted a turn: its call, where it is known, was sent then."""
        operation = self._timeline.call_of(turn)
        return turn.start_ns if operation is None else min(operation.start_ns, turn.start_ns)

    def _clause(self, event: ev.Deactivated, turns: list[Turn]) -> str | None:
        host, at_ns = host_of(event.process), event.t_ns
        sidecar = self._timeline.life_at(f"{host}/sidecar", turns[0].start_ns)
        if self._abandonment.drains.moving(min(turn.start_ns for turn in turns), at_ns):
            return "moved"
        if sidecar is not None and min(sidecar.stopping_ns, sidecar.ended_ns) <= at_ns:
            return "leaving host"
        return "cut off" if self._outages.cut_off(host, at_ns) else None

    def _class_of(self, running: list[Turn], at_ns: int) -> str:
        if any(self._abandonment.idleness.over(turn, at_ns) for turn in running):
            return IDLE
        return ABANDONED if any(self._abandonment.by_caller(turn, at_ns) for turn in running) else DURING

    def _report(self, event: ev.Deactivated, anomaly: str, turns: list[Turn], how: str) -> None:
        events, spans = self._sketch.meeting(turns, at_ns=event.t_ns)
        deleted = ref(event, f"DELETE on {host_of(event.process)}")
        self._violations.append(
            Violation(
                anomaly=anomaly,
                actor=event.actor,
                summary=f"instance {event.instance} in {event.process} was deactivated {how} ({turns[0].id})",
                events=(*events, deleted),
                spans=spans,
                trigger=self._sketch.trigger(event.t_ns),
                at_ns=event.t_ns,
            )
        )
