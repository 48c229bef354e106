"""drain: when an actor moves, a call under way may finish.

Judged are the calls to actors that a join moved: a turn under way after the join, whose actor's next owner is the host
that joined. A leaving host is not judged: Dapr documents the drain for rebalanced actors only.

Sound since every bound is the earliest that it can be. A sidecar drains from the instant at which a new table reaches
it; that is neither before the host that joins could be known (`Join.not_before_ns`), if nothing else moved shortly
before, nor ever before the call itself began. So a reply that was ready by then + the time-out can't have been cut by a
drain that waits as it promises, and a turn given up before then + the time-out was given up too soon.

A reply counts as lost only on positive evidence: another turn carried the same call (the runtime tried again), the
caller's answer names another turn, or the answer was an error. A caller that gave up, or whose connection broke, shows
nothing, so its call is not judged. A turn that failed counts only when the runtime had given up on it before its end:
it then failed since its actor was gone from the sidecar, and saves nothing any more.

Not judged either: turns while anything else disturbed their path (`Path`), a caller that waited longer than the idle
time-out (the runtime deactivates an actor in mid-turn then, which is for `lifecycle`), and spans in which the machine
stood still.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from actorproof.harness.history import events as ev
from actorproof.properties.join import Join, joins
from actorproof.properties.stall import stalled_between
from actorproof.properties.timeline import FAR_FUTURE_NS, Operation, Timeline, Turn, host_of, ref
from actorproof.properties.verdict import Budget, Figure, Span, Terms, Verdict, Violation, decide, evidence_of

CUT = "cut"
EARLY = "new owner began early"
SOONER = "cut sooner"
OUTLIVES = "drain outlives dissemination"
NS = 1_000_000_000
CLAMPED_SINCE = (1, 17)
CALM_VERBS = frozenset({"add", "remove", "terminate"})
HTTP_ERROR = 400


def time_out_s(run: ev.RunStarted, terms: Terms) -> float:
    """The drain time-out in force: what hosts declare, clamped as the version does.

    From 1.17 a time-out that is not below the dissemination time-out becomes 80 % of that, and at least 2 s
    (pkg/actors/api/config.go, ClampDrainOngoingCallTimeout). Before, it is what is declared.
    """
    version = tuple(int(part) for part in run.version.split(".")[:2] if part.isdigit())
    if version < CLAMPED_SINCE or run.drain_timeout_s < run.dissemination_timeout_s:
        return run.drain_timeout_s
    return max(terms.limits["clamp_share"] * run.dissemination_timeout_s, terms.limits["clamp_floor_s"])


def check(timeline: Timeline, terms: Terms, budget: Budget) -> Verdict:
    """Judge every call under way over a join. A single pass: `budget` is not needed."""
    del budget
    run = timeline.run
    if run is None:
        return decide(
            terms, violations=(), evidence=evidence_of(terms, _NOTHING), missing=("the run is not described",)
        )
    if not run.drain_enabled:
        reason = "drainRebalancedActors is off: nothing is promised"
        return decide(terms, violations=(), evidence=evidence_of(terms, _NOTHING), missing=(reason,))
    tally = _Tally(
        time_out_ns=round(time_out_s(run, terms) * NS), dissemination_ns=round(run.dissemination_timeout_s * NS)
    )
    path = _Path(timeline, settle_ns=tally.dissemination_ns, wake_ns=round(terms.limits["wake_s"] * NS))
    for join, turn, taken_over in _moved(timeline, round(run.idle_timeout_s * NS)):
        operation = timeline.operation(turn.start.op) if turn.start.op else None
        if operation is not None and _judged(
            timeline, path, join, turn, operation, idle_ns=round(run.idle_timeout_s * NS)
        ):
            tally.judge(timeline, path, join, turn, operation, taken_over=taken_over)
    return decide(
        terms,
        violations=tally.violations,
        evidence=evidence_of(terms, {"drained_within": tally.within, "drained_beyond": tally.beyond}),
        opportunities=dict.fromkeys((CUT, EARLY, SOONER, OUTLIVES), tally.judged),
        figures=tally.figures(),
    )


_NOTHING = {"drained_within": 0, "drained_beyond": 0}


def _moved(timeline: Timeline, idle_ns: int) -> Iterator[tuple[Join, Turn, Turn]]:
    """Every completed or failed call's turn that may have been under way over a join that moved its actor.

    With the join, and the first turn of the actor on the host that joined.
    """
    by_process = {join.process: join for join in joins(timeline)}
    if not by_process:
        return
    for turns in timeline.turns_by_actor.values():
        met: set[str] = set()
        for at, first in enumerate(turns):
            if first.process in met:
                continue
            met.add(first.process)
            join = by_process.get(first.process)
            if join is None:
                continue
            for turn in reversed(turns[:at]):
                if turn.start_ns < join.not_before_ns - idle_ns:
                    break
                over = turn.end_ns > join.not_before_ns and turn.process != first.process
                if over and turn.start.cause == "call" and turn.ended in {"completed", "failed"}:
                    yield join, turn, first


def _judged(timeline: Timeline, path: _Path, join: Join, turn: Turn, operation: Operation, *, idle_ns: int) -> bool:
    """Whether nothing but the drain can explain what became of the turn."""
    end = operation.end
    if end is None or (end.outcome != "ok" and end.status is None):
        return False
    start_ns = operation.start_ns
    end_ns = max(turn.end_ns, end.t_ns)
    if turn.end_ns - start_ns >= idle_ns or stalled_between(timeline, start_ns, end_ns):
        return False
    return path.clear(join, {turn.host, operation.start.via}, start_ns, end_ns)


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What was judged so far. Times in nanoseconds."""

    time_out_ns: int
    dissemination_ns: int
    judged: int = 0
    within: int = 0
    beyond: int = 0
    violations: list[Violation] = field(default_factory=list)
    answered_after: list[int] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    handed_over: list[int] = field(default_factory=list)

    def judge(
        self, timeline: Timeline, path: _Path, join: Join, turn: Turn, operation: Operation, *, taken_over: Turn
    ) -> None:
        """Judge one turn that nothing else disturbed."""
        self.judged += 1
        settled = path.settled(join, operation.start_ns)
        drain_from_ns = max(operation.start_ns, join.not_before_ns) if settled else operation.start_ns
        bound_ns = drain_from_ns + self.time_out_ns
        evicted_ns = join.not_before_ns + self.dissemination_ns
        lost, gave_up = _lost(path, turn, operation)
        found: list[tuple[str, int, Turn | None]] = []
        begun = taken_over.start_ns < turn.end_ns and taken_over.start_ns <= operation.end_ns
        if begun and taken_over.start_ns < bound_ns:
            found.append((EARLY, taken_over.start_ns, taken_over))
        if lost and turn.end_ns <= bound_ns:
            found.append((CUT, min(gave_up, turn.end_ns), None))
        elif lost and gave_up < bound_ns:
            found.append((SOONER, gave_up, None))
        for klass, at_ns, other in found:
            # What happens once placement may have thrown the host out is the shorter of the two time-outs' doing.
            named = OUTLIVES if at_ns >= evicted_ns else klass
            self.violations.append(
                self._violation(timeline, join, turn, operation, klass=named, at_ns=at_ns, other=other or taken_over)
            )
        over = turn.start_ns < join.seen_ns < turn.end_ns
        if over and turn.end_ns <= bound_ns:
            self.within += 1
        elif over and turn.end_ns > join.seen_ns + self.time_out_ns:
            self.beyond += 1
        if lost:
            self.cut_after.append(min(gave_up, turn.end_ns) - join.not_before_ns)
        elif over:
            self.answered_after.append(turn.end_ns - join.not_before_ns)
            self.handed_over.append(taken_over.start_ns - turn.end_ns)

    def _violation(
        self, timeline: Timeline, join: Join, turn: Turn, operation: Operation, *, klass: str, at_ns: int, other: Turn
    ) -> Violation:
        after_s = (at_ns - join.not_before_ns) / NS
        ran_s = (turn.end_ns - turn.start_ns) / NS
        happened = {
            EARLY: f"its new owner {other.process} began a turn {(turn.end_ns - at_ns) / NS:.2f} s before it ended",
            CUT: "it ended in time but its reply did not reach its caller",
            SOONER: "the runtime gave up on it before the drain time-out had passed",
            OUTLIVES: f"the runtime gave up on it after the dissemination time-out of {self.dissemination_ns / NS:g} s",
        }[klass]
        events = [ref(operation.start, "call"), ref(turn.start, "turn starts")]
        if turn.end is not None:
            events.append(ref(turn.end, "turn ends"))
        if operation.end is not None:
            events.append(ref(operation.end, "caller's answer"))
        events.append(ref(other.start, "turn on the new owner"))
        end_ns = other.end_ns if other.end_ns != FAR_FUTURE_NS else other.start_ns
        return Violation(
            klass=klass,
            actor=turn.actor,
            summary=(
                f"A turn of {ran_s:.2f} s ran on {turn.host} when {join.host} joined; {happened},"
                f" at most {after_s:.2f} s after the join (drain time-out {self.time_out_ns / NS:g} s)"
            ),
            events=tuple(sorted(events, key=lambda e: e.t_ns)),
            spans=(
                Span(lane=operation.start.client, label="call", start_ns=operation.start_ns, end_ns=operation.end_ns),
                Span(lane=turn.process, label=turn.ended, start_ns=turn.start_ns, end_ns=turn.end_ns),
                Span(lane=other.process, label=other.ended, start_ns=other.start_ns, end_ns=end_ns),
            ),
            trigger=timeline.trigger_at(at_ns),
            at_ns=at_ns,
        )

    def figures(self) -> list[Figure]:
        """What the runtime really did, in seconds after the earliest instant of the join."""
        made = [Figure(name="drain time-out in force", value=self.time_out_ns / NS, unit="s")]
        for name, values, pick in (
            ("latest answer of a drained turn after the join", self.answered_after, max),
            ("earliest cut after the join", self.cut_after, min),
            ("shortest hand-over to the new owner", self.handed_over, min),
        ):
            if values:
                made.append(Figure(name=name, value=pick(values) / NS, unit="s"))
        return made


def _lost(path: _Path, turn: Turn, operation: Operation) -> tuple[bool, int]:
    """Whether the turn's reply is known to be lost, and the first sign that the runtime had given up on it.

    The sign is FAR_FUTURE_NS when there is none but the missing reply.
    """
    end = operation.end
    if end is None or end.turn == turn.id:
        return False, FAR_FUTURE_NS
    signs = [t.start_ns for t in operation.turns if t is not turn and t.start_ns > turn.start_ns]
    refused = end.status is not None and end.status >= HTTP_ERROR
    if refused:
        signs.append(end.t_ns)
    lost = bool(signs) or (end.turn is not None and end.turn != turn.id)
    if lost:
        signs += [d for d in path.deactivated(turn) if turn.start_ns < d < turn.end_ns]
    gave_up = min(signs, default=FAR_FUTURE_NS)
    if turn.ended == "failed" and gave_up >= turn.end_ns:
        return False, FAR_FUTURE_NS
    return lost, gave_up


class _Path:
    """What else happened to the hosts that a call went through."""

    def __init__(self, timeline: Timeline, *, settle_ns: int, wake_ns: int) -> None:
        self._timeline = timeline
        self._settle_ns = settle_ns
        self._wake_ns = wake_ns
        self._deactivated: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for event in timeline.deactivations:
            self._deactivated[event.process, event.actor, event.instance].append(event.t_ns)
        self._changes = sorted(
            t_ns
            for life in timeline.lives
            if life.unit.endswith(("/app", "/sidecar"))
            for t_ns in (life.started_ns, life.ended_ns, life.exited_ns)
            if t_ns != FAR_FUTURE_NS
        )
        self._crashes = [life.exited_ns for life in timeline.lives if not life.expected]
        self._down: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for seen in timeline.sidecars:
            spans = self._down[seen.host]
            if spans and spans[-1][1] == FAR_FUTURE_NS:
                spans[-1] = (spans[-1][0], seen.t_ns)
            if not (seen.answers and seen.placement_connected):
                spans.append((seen.t_ns, FAR_FUTURE_NS))

    def deactivated(self, turn: Turn) -> list[int]:
        """When the turn's instance was told to end."""
        return self._deactivated.get(turn.instance, [])

    def settled(self, join: Join, start_ns: int) -> bool:
        """Whether no other host came or went shortly before the call and up to the join.

        The table of such a change may reach a sidecar as late as the dissemination time-out after it.
        """
        of_join = {
            t_ns
            for unit in (f"{join.host}/app", f"{join.host}/sidecar")
            for life in self._timeline.lives_by_unit.get(unit, [])
            if life.exited_ns > join.not_before_ns
            for t_ns in (life.started_ns,)
        }
        after = bisect_right(self._changes, start_ns - self._settle_ns)
        upto = bisect_right(self._changes, join.not_before_ns)
        return all(t_ns in of_join for t_ns in self._changes[after:upto])

    def clear(self, join: Join, hosts: set[str], start_ns: int, end_ns: int) -> bool:
        """Whether the hosts, their sidecars' placement streams and all that lies between them were undisturbed."""
        if any(start_ns - self._wake_ns <= t_ns <= end_ns for t_ns in self._crashes):
            return False
        for fault in self._timeline.faults:
            if fault.start.t_ns > end_ns or fault.healed_ns + self._wake_ns < start_ns:
                continue
            touched = {host_of(unit) for unit in fault.start.units}
            if fault.start.verb not in CALM_VERBS or fault.start.links or touched & hosts:
                return False
            if any("/" not in unit for unit in fault.start.units):
                return False
        for host in hosts | {join.host}:
            for unit in (f"{host}/app", f"{host}/sidecar"):
                for life in self._timeline.lives_by_unit.get(unit, []):
                    if start_ns <= life.ended_ns <= end_ns or life.stopped_during(start_ns, end_ns):
                        return False
        evicted_ns = join.not_before_ns + self._settle_ns
        return not any(
            a <= end_ns and start_ns <= b and a < evicted_ns for host in hosts for a, b in self._down.get(host, ())
        )
