"""drain: when an actor moves, a call under way may finish.

Judged are the calls to actors that a join moved: a turn under way after the join, whose actor's next owner is the host
that joined. A leaving host is not judged: Dapr documents the drain for rebalanced actors only.

Sound since the bound is the earliest that it can be. A sidecar drains from the instant at which a new table reaches it,
and that is not before the host that joins could be known (`Join.not_before_ns`). So a reply that was ready by then and
the time-out can't have been cut by a drain that waits as it promises, and a turn given up sooner was given up too soon.
A call that comes in while a sidecar drains gets what is left of the time-out (Dapr 1.18.2 lets it in, and cancels it
with the rest), so a call is judged only where no other host's coming or going can have begun a drain.

A reply counts as lost only on positive evidence: another turn carried the same call (the runtime tried again), the
caller's answer names another turn, or the answer was an error. A caller that gave up, or whose connection broke, shows
nothing, so its call is not judged. A turn that failed counts only when the runtime had given up on it before its end
(it then failed since its actor was gone from the sidecar, and could save nothing any more), or when it was only to hold
on for a while and failed before that was over: it then did nothing that can fail, so it was taken back.

A turn that its own code would have ended in time can wait for itself: the runtime holds up a call of its own (a save, a
read, a reminder, a timer, a call to an actor) until the drain is over, and the drain waits for the turn. It counts as
lost to that when its reply was lost, such a call began early enough for the rest of its code and `answer_s` to fit into
the time-out, and the answer came only after the time-out. The rest of the code of a turn that failed is known from a
completed turn of the same call. A call to an actor that a turn of that call answers, or that another turn of it kept
waiting, was not held up by the runtime.

Not judged either: turns while anything else disturbed their route (`Route`), or that the runtime had given up on before
the join could be known, a call that took as long as the idle time-out (the runtime then deactivates an actor in
mid-turn, which is for `lifecycle`), and what looks broken where the machine stood still meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import STOOD_STILL, Figure, Findings, LeftOut, Span, Terms, Violation
from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.cluster.route import Route
from actorproof.properties.views.records import FAR_FUTURE_NS, Operation, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.drains import drain_in_force_s
from actorproof.properties.views.turns.own_calls import OwnCall, OwnCalls

CUT = "cut"
EARLY = "new owner began early"
SOONER = "cut sooner"
OUTLIVES = "drain outlives dissemination"
WAITED = "waited for itself"
DISTURBED = "something else disturbed their way"
NS = 1_000_000_000
HTTP_ERROR = 400
# Turns of ours that do nothing but hold on, and how much sooner one may end than its clock says.
HOLDS = ("Sleeper/", "hold")
APART_NS = 100_000_000


class Held(msgspec.Struct, frozen=True):
    """The arguments of a call of ours, as far as they are needed."""

    hold_s: float = 0.0


_decode_held = msgspec.json.Decoder(Held).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A call's turn that may have been under way over a join that moved its actor.

    `next` is the actor's next turn on the host that joined.
    """

    join: Join
    turn: Turn
    operation: Operation
    next: Turn

    @property
    def over_ns(self) -> int:
        """When its turn had ended and its caller was answered."""
        return max(self.turn.end_ns, self.operation.end_ns)


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every call under way over a join, in one pass over the moved actors."""
    run = timeline.run
    nothing = dict.fromkeys(terms.thresholds, 0)
    if run is None:
        return Findings(evidence=nothing, missing=("the run is not described",))
    if not run.drain_enabled:
        # No doubt about the promise: another part of the run, where drain is on, may show that it holds.
        moved = sum(1 for _ in _moves(timeline, joins(timeline), time_out_ns=0))
        left = LeftOut(evidence="drained_within", why="drainRebalancedActors is off: nothing is promised", count=moved)
        return Findings(evidence=nothing, left_out=[left] if moved else [])
    time_out_ns = round(drain_in_force_s(run) * NS)
    tally = _Tally(
        timeline=timeline,
        time_out_ns=time_out_ns,
        answer_ns=round(terms.limits["answer_s"] * NS),
        own_calls=OwnCalls(timeline),
        route=Route(
            timeline,
            dissemination_ns=round(run.dissemination_timeout_s * NS),
            drain_ns=time_out_ns,
            wake_ns=round(terms.limits["wake_s"] * NS),
        ),
    )
    found = joins(timeline)
    for move in _moves(timeline, found, time_out_ns=time_out_ns):
        if tally.undisturbed(move, timeline.idle_ns(move.turn.actor)):
            tally.judge(move)
    return Findings(
        violations=tally.violations,
        evidence={
            "drained_within": tally.within,
            "drained_beyond": tally.beyond,
            "asked_in_drain": tally.asked,
        },
        opportunities={**dict.fromkeys((CUT, EARLY, SOONER, OUTLIVES), tally.judged), WAITED: tally.asked},
        figures=[*tally.figures(), *_stayed(timeline, found, time_out_ns)],
        left_out=[
            LeftOut(evidence=name, why=why, count=count)
            for name in ("drained_within", "drained_beyond", "asked_in_drain")
            for why, count in tally.left_out.items()
            if count
        ],
    )


GUARANTEE = Guarantee(id="drain", check=check, overlapping=True)


def _taken_back(move: Move) -> bool:
    """Whether a turn failed in mid-hold, where nothing of its own can fail."""
    turn = move.turn
    of_type, method = HOLDS
    if not turn.actor.startswith(of_type) or turn.start.name != method:
        return False
    hold_s = _decode_held(move.operation.start.args).hold_s
    return turn.end_ns - turn.start_ns < round(hold_s * NS) - APART_NS


def _ends(call: OwnCall | None) -> list[tuple[ev.Event | None, str]]:
    """The events of what a turn asked for, with their labels."""
    return [] if call is None else [(call.start, f"{call.what} is sent"), (call.end, f"{call.what} comes back")]


def _told(call: OwnCall, end: ev.Event) -> str:
    return f"its own {call.what} came back after {(end.t_ns - call.start_ns) / NS:.2f} s only"


def _moves(timeline: Timeline, found: Sequence[Join], *, time_out_ns: int) -> Iterator[Move]:
    """Every call's turn that may have been under way over a join, and whose actor had a turn on the new host later.

    Neither is a turn that began so early that it would have outlasted the idle time-out, nor one that began when the
    time-out was over: whatever became of that, no drain of this join can have done it.
    """
    found = sorted(found, key=lambda join: join.not_before_ns)
    known_ns = [join.not_before_ns for join in found]
    processes = {join.process for join in found}
    for turns in timeline.turns_by_actor.values() if found else ():
        following: dict[str, Turn] = {}
        for turn in reversed(turns):
            first = bisect_right(known_ns, turn.start_ns - time_out_ns)
            last = min(
                bisect_right(known_ns, turn.start_ns + timeline.idle_ns(turn.actor)), bisect_left(known_ns, turn.end_ns)
            )
            for join in found[first:last]:
                taken = following.get(join.process)
                if taken is None or turn.process == join.process or turn.ended not in {"completed", "failed"}:
                    continue
                operation = timeline.call_of(turn)
                if operation is not None:
                    yield Move(join=join, turn=turn, operation=operation, next=taken)
            if turn.process in processes:
                following[turn.process] = turn


def _stayed(timeline: Timeline, found: Sequence[Join], time_out_ns: int) -> list[Figure]:
    """Calls over a join, longer than the time-out, to actors that stayed where they were; and how many were repeated.

    Dapr drains by actor type: a long call is cut although its actor does not move (measured on 1.18.2). No sentence of
    its documentation promises otherwise, so this is a figure.
    """
    long = repeated = 0
    found = sorted(found, key=lambda join: join.seen_ns)
    seen_ns = [join.seen_ns for join in found]
    for turns in timeline.turns_by_actor.values():
        processes: set[str] | None = None
        for turn in turns:
            first = bisect_right(seen_ns, turn.start_ns)
            last = bisect_left(seen_ns, turn.end_ns - time_out_ns)
            operation = timeline.call_of(turn) if first < last else None
            if operation is None or turn.ended != "completed":
                continue
            processes = processes or {each.process for each in turns}
            over = sum(join.process not in processes for join in found[first:last])
            again = any(t.process == turn.process and t.start_ns > turn.start_ns for t in operation.turns)
            long += over
            repeated += over * again
    return [
        Figure(name="calls over a join, longer than the time-out, to actors that stayed", value=long, unit="calls"),
        Figure(name="of these, run again by the runtime", value=repeated, unit="calls"),
    ]


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What was judged so far. Times in nanoseconds."""

    timeline: Timeline
    route: Route
    own_calls: OwnCalls
    time_out_ns: int
    answer_ns: int
    judged: int = 0
    asked: int = 0
    within: int = 0
    beyond: int = 0
    violations: list[Violation] = field(default_factory=list)
    answered_after: list[int] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    handed_over: list[int] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def undisturbed(self, move: Move, idle_ns: int) -> bool:
        """Whether nothing but the drain can explain what became of the turn."""
        end = move.operation.end
        if end is None or (end.outcome != "ok" and end.status is None):
            return False
        start_ns = move.operation.start_ns
        if move.turn.end_ns - start_ns >= idle_ns:
            return False
        hosts = {move.turn.host, move.operation.start.via}
        clear = self.route.settled(move.join, start_ns) and self.route.clear(move.join, hosts, start_ns, move.over_ns)
        self.left_out[DISTURBED] += not clear
        return clear

    def judge(self, move: Move) -> None:
        """Judge one turn that nothing else disturbed."""
        turn, join = move.turn, move.join
        bound_ns = join.not_before_ns + self.time_out_ns
        in_time = self._in_time(move, bound_ns)
        held_up = next((call for call in in_time if self._held_up(call, bound_ns)), None)
        lost, gave_up_ns = self._lost(move, held_up)
        if gave_up_ns < join.not_before_ns:
            # No drain can have begun by then: something else had taken the turn back, such as an idle time-out.
            self.left_out[DISTURBED] += 1
            return
        broken: list[tuple[str, int, OwnCall | None]] = []
        if move.next.start_ns < min(turn.end_ns, bound_ns):
            broken.append((EARLY, move.next.start_ns, None))
        if lost and turn.end_ns <= bound_ns:
            broken.append((CUT, min(gave_up_ns, turn.end_ns), None))
        elif lost and gave_up_ns < bound_ns:
            broken.append((SOONER, gave_up_ns, None))
        elif lost and held_up is not None:
            broken.append((WAITED, min(gave_up_ns, turn.end_ns), held_up))
        if broken and stalled_between(self.timeline, move.operation.start_ns, move.over_ns):
            self.left_out[STOOD_STILL] += 1
            return
        self.judged += 1
        self.asked += bool(in_time)
        for anomaly, at_ns, call in broken:
            self._violate(move, anomaly, at_ns, call)
        over = turn.start_ns < join.seen_ns < turn.end_ns
        self.within += over and (turn.end_ns <= bound_ns or held_up is not None)
        self.beyond += over and turn.end_ns > join.seen_ns + self.time_out_ns and held_up is None
        if lost:
            self.cut_after.append(min(gave_up_ns, turn.end_ns) - join.not_before_ns)
        elif over:
            self.answered_after.append(turn.end_ns - join.not_before_ns)
            self.handed_over.append(move.next.start_ns - turn.end_ns)

    def _in_time(self, move: Move, bound_ns: int) -> list[OwnCall]:
        """What a turn asked the runtime for in mid-drain, and early enough for its own code to end in time."""
        turn, seen_ns = move.turn, move.join.seen_ns
        # How long its code goes on after a failure is known from the same call's turn that went on.
        whole = [t for t in (*move.operation.turns, turn) if t.ended == "completed"]
        if not whole or turn.start_ns >= seen_ns:
            return []
        takes_ns = max(self.own_calls.own_code_ns(t, t.start_ns, t.end_ns) for t in whole)
        return [
            call
            for call in self.own_calls.of(turn)
            if call.start_ns >= seen_ns
            and call.start_ns
            + max(0, takes_ns - self.own_calls.own_code_ns(turn, turn.start_ns, call.start_ns))
            + self.answer_ns
            <= bound_ns
        ]

    def _held_up(self, call: OwnCall, bound_ns: int) -> bool:
        """Whether the runtime kept the answer back until the time-out was over."""
        if call.end is None or min(call.end.t_ns, call.served_ns) <= bound_ns:
            return False
        if not isinstance(call.start, ev.Invoked):
            return True
        if not self.timeline.whole:
            return False  # a turn that is missing may have kept it waiting
        turns = self.timeline.turns_of(call.start.actor)
        return not any(t.start_ns <= bound_ns and t.end_ns >= call.start_ns for t in turns)

    def _lost(self, move: Move, held_up: OwnCall | None) -> tuple[bool, int]:
        """Whether the turn's reply is known to be lost, and the first sign that the runtime had given up on it.

        The sign is FAR_FUTURE_NS when the reply is all that is missing.
        """
        turn, end = move.turn, move.operation.end
        if end is None or end.turn == turn.id:
            return False, FAR_FUTURE_NS
        signs = [t.start_ns for t in move.operation.turns if t.start_ns > turn.start_ns]
        if end.status is not None and end.status >= HTTP_ERROR:
            signs.append(end.t_ns)
        lost = bool(signs) or end.turn is not None
        if lost:
            signs += [t_ns for t_ns in self.route.deactivated(turn) if turn.start_ns < t_ns < turn.end_ns]
        gave_up_ns = min(signs, default=FAR_FUTURE_NS)
        if turn.ended == "failed" and gave_up_ns >= turn.end_ns and not _taken_back(move) and held_up is None:
            return False, FAR_FUTURE_NS
        return lost, gave_up_ns

    def _violate(self, move: Move, anomaly: str, at_ns: int, held_up: OwnCall | None = None) -> None:
        turn, operation, join = move.turn, move.operation, move.join
        asked = "" if held_up is None or held_up.end is None else _told(held_up, held_up.end)
        happened = {
            EARLY: f"its new owner {move.next.process} began {(turn.end_ns - at_ns) / NS:.2f} s before it ended",
            CUT: "its reply did not reach its caller" if turn.ended == "completed" else "it was made to fail",
            SOONER: "the runtime gave up on it before the drain time-out had passed",
            WAITED: f"{asked}, and the drain waited for the turn",
        }[anomaly]
        dissemination_ns = self.route.dissemination_ns
        if at_ns >= join.not_before_ns + dissemination_ns:
            # Placement may have thrown the host out by then: the shorter of two time-outs has won.
            anomaly = OUTLIVES
            happened += f"; the dissemination time-out of {dissemination_ns / NS:g} s had passed"
        events = [
            ref(event, label)
            for event, label in (
                (operation.start, "call"),
                (turn.start, "turn starts"),
                (turn.end, "turn ends"),
                (operation.end, "caller's answer"),
                (move.next.start, "turn on the new owner"),
                *_ends(held_up),
            )
            if event is not None
        ]
        spans = [
            Span(lane=operation.start.client, label="call", start_ns=operation.start_ns, end_ns=operation.end_ns),
            *(
                Span(lane=t.process, label=t.ended, start_ns=t.start_ns, end_ns=min(t.end_ns, self.timeline.last_ns))
                for t in (turn, move.next)
            ),
        ]
        self.violations.append(
            self.timeline.violation(
                anomaly=anomaly,
                actor=turn.actor,
                summary=(
                    f"A turn of {(turn.end_ns - turn.start_ns) / NS:.2f} s ran on {turn.host} when {join.host} joined;"
                    f" {happened}, {(at_ns - join.not_before_ns) / NS:.2f} s after the join at most"
                    f" (drain time-out {self.time_out_ns / NS:g} s)"
                ),
                events=events,
                spans=spans,
                at_ns=at_ns,
            )
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
