"""reentrancy: a chain of calls may enter an actor that it has, so deep and no deeper, and nobody else may meanwhile.

A chain is told by who called whom: an operation that a turn made belongs to that turn's chain,
whatever reentrancy id the runtime gave it. A call is reentrant when a turn of its own chain is open on the actor that
it calls; its depth is the number of those turns and itself. Where reentrancy is on:

- *refused too early*: a reentrant call within the depth was answered with an error, and no turn had carried it;
- *deadlock*: a reentrant call was neither let in nor answered for `enter_s`, until its caller gave up;
  *deadlock from a reminder* when the chain began with a reminder or a timer, and not with a call;
- *answer lost*: its turn completed, and its caller got an error, or nothing for `answer_s`;
- *beyond the depth*: a call deeper than max_stack_depth was let in;
- *stranger let in*: a turn of another chain, a reminder or a timer began on an actor between the start and the end of a
  turn that calls others;
- *locked after its depth*, *locked after a chain*: nobody had a turn on an actor for `freed_s` although a call waited
  for it, after a chain had failed there at its depth, or after any other.

Where it is off: *entered though off*, and *locked though off*. Nothing is said of a call by way of both kinds of actor.

A chain is not judged when anything disturbed it: clause *disturbed*, when a fault was in place or had healed less than
`wake_s` before, a unit began, ended or was stopped, the placement table changed, an actor of it was deactivated, or the
machine stood still; clause *given up*, when a caller of it, or of one of its actors, gave up or lost its connection,
which lets strangers in (see `turns`, *abandoned*).

How long a caller waited is what it wrote down before its call (`give_up_s`), not the distance of two events of its
own, so that a wider operation never shows more; a turn's own times are the witness's. Most of this concludes from
absence: where the history is not whole, what looks wrong makes it `unknown`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.cluster.outage import merged
from actorproof.properties.views.records import FAR_FUTURE_NS, Operation, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.chain import Chain, Chains, Inner, is_inner
from actorproof.properties.views.turns.departure import GAVE_UP
from actorproof.properties.views.turns.excuse import possible_end_ns, proven_end_ns
from actorproof.properties.views.turns.sketch import Sketch

REFUSED = "refused too early"
DEADLOCK = "deadlock"
DEADLOCK_FIRED = "deadlock from a reminder"
LOST = "answer lost"
BEYOND = "beyond the depth"
STRANGER = "stranger let in"
LOCKED_DEPTH = "locked after its depth"
LOCKED = "locked after a chain"
ENTERED_OFF = "entered though off"
LOCKED_OFF = "locked though off"
NS = 1_000_000_000
OK = 200


@dataclass(frozen=True, slots=True)
class Held:
    """An actor while a chain that goes on from there had it."""

    actor: str
    chain: Chain
    turns: tuple[Turn, ...]

    @property
    def start_ns(self) -> int:
        return self.turns[0].start_ns


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find what became of chains and strangers. Everything is looked at once, or bisected.

    Nothing is judged where the history does not say what its run was: how deep a chain may go isn't known.
    """
    if timeline.run is None:
        return Findings(evidence=dict.fromkeys(terms.thresholds, 0), missing=["what the run was, and its depth"])
    return _Entries(timeline, terms, depth=timeline.run.max_stack_depth).findings()


GUARANTEE = Guarantee(id="reentrancy", check=check)


class _Entries:
    def __init__(self, timeline: Timeline, terms: Terms, *, depth: int) -> None:
        self.timeline = timeline
        self.terms = terms
        self.chains = Chains(timeline)
        self.depth = depth
        self.sketch = Sketch(timeline, wake_s=terms.limits["wake_s"])
        self.wake_ns = self._limit_ns("wake_s")
        self.late_ns = self._limit_ns("observed_late_s")
        self.enter_ns = self._limit_ns("enter_s")
        self.answer_ns = self._limit_ns("answer_s")
        self.freed_ns = self._limit_ns("freed_s")
        self.have: Counter[str] = Counter()
        self.opportunities: Counter[str] = Counter()
        self.excused: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.slowest_ns = 0
        # Made once for each actor, when it is first asked for.
        self._earliest = cache(self._earliest_from)
        self._latest = cache(self._latest_until)

    def findings(self) -> Findings:
        for chain in self.chains.calling:
            if self._disturbed(chain.start_ns, self._end_ns(chain), {turn.actor for turn in chain.turns}):
                self.excused["disturbed"] += 1
                continue
            for inner in chain.inner:
                if inner.own:
                    self._judge(inner)
            for held in self._held(chain):
                self._judge_strangers(held)
                self._judge_lock(held)
        missing: list[str] = []
        if self.violations and not (self.timeline.closed and self.timeline.whole):
            missing = [f"calls look wrong {some(len(self.violations), 'time')}, but the history is not whole"]
            self.violations = []
        return Findings(
            violations=self.violations,
            evidence={name: self.have[name] for name in self.terms.thresholds},
            opportunities={anomaly: self.opportunities[anomaly] for anomaly in self.terms.classes},
            excused=self.excused,
            figures=[Figure(name="longest wait of a reentrant call", value=self.slowest_ns / NS, unit="s")],
            missing=missing,
        )

    # ---- one call

    def _judge(self, inner: Inner) -> None:
        """A call of a chain to an actor that the chain has."""
        operation = inner.operation
        if not self._reentrant(operation.start.actor):
            self._judge_off(inner)
        elif not all(self._reentrant(turn.actor) for turn in inner.above):
            return  # nothing is promised of a chain by way of an actor that has no reentrancy
        elif self._given_up(self._path(inner)):
            self.excused["given up"] += 1
        elif inner.depth > self.depth:
            self._judge_too_deep(inner)
        else:
            self._judge_within(inner)

    def _judge_within(self, inner: Inner) -> None:
        """A call that has to be let in, and answered."""
        operation = inner.operation
        for anomaly in (REFUSED, self._deadlock(inner), LOST):
            self.opportunities[anomaly] += 1
        self.have["from_reminders"] += inner.fired
        let_in = self._let_in(inner)
        if let_in is None:
            if self._refused(operation):
                self._violate(REFUSED, inner, f"was refused at depth {inner.depth} of {self.depth}")
            elif self._waited(operation):
                self._violate(self._deadlock(inner), inner, f"was not let in at depth {inner.depth} of {self.depth}")
            return
        self.slowest_ns = max(self.slowest_ns, let_in.start_ns - operation.start_ns)
        if operation.outcome == "ok":
            self._count(inner, let_in)
        elif len(operation.turns) == 1 and let_in.ended == "completed" and self._lost(inner, let_in):
            self._violate(LOST, inner, "had completed", let_in)

    def _judge_too_deep(self, inner: Inner) -> None:
        """A call that has to be refused."""
        operation = inner.operation
        for anomaly in (BEYOND, self._deadlock(inner)):
            self.opportunities[anomaly] += 1
        let_in = self._let_in(inner)
        if let_in is not None:
            self._violate(BEYOND, inner, f"was let in at depth {inner.depth} of {self.depth}", let_in)
        elif self._waited(operation):
            self._violate(
                self._deadlock(inner), inner, f"was neither let in nor refused at depth {inner.depth} of {self.depth}"
            )
        elif self._refused(operation):
            self.have["failed_at_depth"] += 1

    def _judge_off(self, inner: Inner) -> None:
        """A call that has to wait, or to fail."""
        self.opportunities[ENTERED_OFF] += 1
        let_in = self._let_in(inner)
        if let_in is not None:
            self._violate(ENTERED_OFF, inner, "was let in, with reentrancy off", let_in)
        elif inner.operation.end is not None:
            self.have["off_calls"] += 1

    def _count(self, inner: Inner, let_in: Turn) -> None:
        self.have["self_calls" if inner.caller.actor == inner.operation.start.actor else "round_trips"] += 1
        self.have["across_hosts"] += inner.caller.host != let_in.host
        self.have["full_depth"] += inner.depth == self.depth

    def _let_in(self, inner: Inner) -> Turn | None:
        """The turn that carried a call while the chain still had the actor."""
        end_ns = proven_end_ns(self.timeline, inner.own[-1])
        return next((turn for turn in inner.operation.turns if turn.start_ns < end_ns), None)

    @staticmethod
    def _deadlock(inner: Inner) -> str:
        return DEADLOCK_FIRED if inner.fired else DEADLOCK

    @staticmethod
    def _refused(operation: Operation) -> bool:
        """Whether a call was answered with an error, and never run."""
        status = operation.end.status if operation.end else None
        return status is not None and status != OK and not operation.turns

    def _waited(self, operation: Operation) -> bool:
        """Whether a caller gave up after having waited for long enough."""
        end, patience_s = operation.end, operation.start.give_up_s
        return end is not None and end.reason == "gave-up" and (patience_s or 0) * NS >= self.enter_ns

    def _lost(self, inner: Inner, let_in: Turn) -> bool:
        """Whether the answer of a turn that completed did not reach its caller, though there was time for it."""
        operation = inner.operation
        end, patience_s = operation.end, operation.start.give_up_s
        if end is None:
            return False
        if end.reason == "gave-up":
            # It called no sooner than its own turn began.
            return let_in.end_ns + self.answer_ns <= inner.caller.start_ns + round((patience_s or 0) * NS)
        return end.reason.startswith("cut-off") or (end.status is not None and end.status != OK)

    # ---- who else wants the actor

    def _held(self, chain: Chain) -> Iterator[Held]:
        """The actors that a chain had while it went on."""
        found: dict[str, list[Turn]] = defaultdict(list)
        for turn in chain.calling:
            found[turn.actor].append(turn)
        for actor, turns in found.items():
            yield Held(actor, chain, tuple(turns))

    def _judge_strangers(self, held: Held) -> None:
        """Turns of others that began while a turn of the chain was open."""
        if not self._reentrant(held.actor):
            return
        turns = self.timeline.turns_by_actor[held.actor]
        end_ns = max(proven_end_ns(self.timeline, turn) for turn in held.turns)
        if self._given_up(held.chain.operations) or self._given_up(self._near(held, end_ns)):
            self.excused["given up"] += 1
            return
        first = bisect_right(turns, held.start_ns, key=lambda turn: turn.start_ns)
        earliest = self._earliest(held.actor)
        for at in range(first, len(turns)):
            stranger = turns[at]
            if stranger.start_ns >= end_ns and earliest[at] > end_ns:
                break  # it and all after it were sent when this one was over
            other = self.chains.of(stranger)
            if other is None or other is held.chain:
                continue
            within = next(
                (t for t in held.turns if t.start_ns < stranger.start_ns < proven_end_ns(self.timeline, t)), None
            )
            waited = other.start_ns <= end_ns
            if within is not None:
                self.opportunities[STRANGER] += 1
                words = self._stranger_words(within, stranger)
                self._tell(STRANGER, words, (within, stranger), at_ns=stranger.start_ns)
            elif waited and stranger.start_ns >= end_ns:
                self.opportunities[STRANGER] += 1
                self.have["strangers"] += 1

    def _earliest_from(self, actor: str) -> Sequence[int]:
        """For each turn of an actor, the first instant of all chains of that turn and those after it."""
        chains = [self.chains.of(turn) for turn in self.timeline.turns_by_actor[actor]]
        starts = [FAR_FUTURE_NS if each is None else each.start_ns for each in reversed(chains)]
        return list(accumulate(starts, min))[::-1]

    def _latest_until(self, actor: str) -> Sequence[int]:
        """For each call to an actor, the last instant of all calls up to it."""
        return list(accumulate((call.end_ns for call in self.timeline.operations_of(actor)), max))

    def _near(self, held: Held, end_ns: int) -> Iterator[Operation]:
        """The calls to an actor that were under way while a chain had it, until an instant."""
        calls = self.timeline.operations_of(held.actor)
        # Nothing was under way before the first that reaches the chain.
        first = bisect_left(self._latest(held.actor), held.start_ns)
        for at in range(first, bisect_right(calls, end_ns, key=lambda call: call.start_ns)):
            if held.start_ns <= calls[at].end_ns:
                yield calls[at]

    def _judge_lock(self, held: Held) -> None:
        """Whether the next call was let in when the chain was over."""
        reentrant = self._reentrant(held.actor)
        deep = reentrant and self._failed_at_depth(held)
        anomaly = LOCKED_OFF if not reentrant else LOCKED_DEPTH if deep else LOCKED
        end_ns = max(possible_end_ns(self.timeline, turn) for turn in held.turns)
        if reentrant and self._given_up(held.chain.operations):
            return
        after = self._next_held_ns(held)
        stuck = [
            call
            for call in self._waiting.get(held.actor, [])
            if call.start_ns < after and end_ns < call.end_ns and self._idle(call)
        ]
        turns = self.timeline.turns_by_actor[held.actor]
        first, last = (bisect_left(turns, t_ns, key=lambda turn: turn.start_ns) for t_ns in (end_ns, after))
        freed = any(self.chains.of(turns[at]) is not held.chain for at in range(first, last))
        if not stuck and not freed:
            return
        self.opportunities[anomaly] += 1
        if deep:
            self.have["strangers_after_depth"] += 1
        if not stuck:
            return
        words = (
            f"a chain was over, and no turn ran for {self.freed_ns / NS:g} s and more while calls waited: {len(stuck)}"
        )
        self._tell(anomaly, words, held.turns[:1], at_ns=end_ns, call=stuck[0])

    def _failed_at_depth(self, held: Held) -> bool:
        return any(
            inner.depth > self.depth and inner.operation.start.actor == held.actor and not inner.operation.turns
            for inner in held.chain.inner
        )

    def _next_held_ns(self, held: Held) -> int:
        """When the next chain had the actor."""
        starts = self._holds[held.actor]
        at = bisect_right(starts, held.turns[-1].start_ns)
        return starts[at] if at < len(starts) else FAR_FUTURE_NS

    @cached_property
    def _holds(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for chain in self.chains.calling:
            for turn in chain.calling:
                found[turn.actor].append(turn.start_ns)
        for starts in found.values():
            starts.sort()
        return found

    @cached_property
    def _waiting(self) -> Mapping[str, list[Operation]]:
        """Calls of clients that gave up, and that no turn ever carried, by actor."""
        found: dict[str, list[Operation]] = defaultdict(list)
        for call in self.timeline.operations:
            gave_up = call.end is not None and call.end.reason == "gave-up" and call.start.give_up_s is not None
            if call.start.action == "call" and gave_up and not call.turns and not is_inner(call):
                found[call.start.actor].append(call)
        return found

    def _idle(self, call: Operation) -> bool:
        """Whether, of the time that a caller waited, its actor had no turn for long enough, and nothing disturbed."""
        actor = call.start.actor
        if self._disturbed(call.start_ns, call.end_ns, {actor}):
            return False
        open_ = merged(
            (max(turn.start_ns, call.start_ns), min(possible_end_ns(self.timeline, turn), call.end_ns))
            for turn in self.timeline.turns_by_actor[actor]
            if turn.start_ns < call.end_ns and possible_end_ns(self.timeline, turn) > call.start_ns
        )
        busy_ns = sum(end - start for start, end in open_)
        return round((call.start.give_up_s or 0) * NS) - busy_ns >= self.freed_ns

    # ---- what excuses

    def _disturbed(self, start_ns: int, end_ns: int, actors: Iterable[str]) -> bool:
        """Whether anything but the runtime's own doing may explain what became of a chain."""
        timeline = self.timeline
        if timeline.faults_during(start_ns - self.wake_ns, end_ns) or stalled_between(timeline, start_ns, end_ns):
            return True
        if any(start_ns <= t_ns <= end_ns for t_ns in self._unrest):
            return True
        return any(start_ns <= t_ns <= end_ns for actor in actors for t_ns in self._deactivated.get(actor, ()))

    @cached_property
    def _unrest(self) -> list[int]:
        """When units came and went, and when the table may have changed."""
        found = [t for life in self.timeline.lives for t in (life.started_ns, life.ended_ns)]
        found += [t for life in self.timeline.lives for span in life.paused for t in span]
        for table in self.timeline.tables:
            found += [table.t_ns, table.t_ns - self.late_ns]
        return found

    @cached_property
    def _deactivated(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for event in self.timeline.deactivations:
            found[event.actor].append(event.t_ns)
        return found

    @staticmethod
    def _given_up(operations: Iterable[Operation]) -> bool:
        """Whether a caller gave up or lost its connection, or may have."""
        return any(o.end is None or o.end.reason.partition(":")[0] in GAVE_UP for o in operations)

    def _path(self, inner: Inner) -> list[Operation]:
        """The calls above a call."""
        found = map(self.timeline.call_of, inner.above)
        return [operation for operation in found if operation is not None]

    def _end_ns(self, chain: Chain) -> int:
        ends = [operation.end_ns for operation in chain.operations]
        ends += [possible_end_ns(self.timeline, turn) for turn in chain.turns]
        return min(max(ends), self.timeline.last_ns)

    def _reentrant(self, actor: str) -> bool:
        return self.timeline.reentrant(actor)

    def _limit_ns(self, name: str) -> int:
        return round(self.terms.limits[name] * NS)

    # ---- telling

    @staticmethod
    def _stranger_words(within: Turn, stranger: Turn) -> str:
        return f"turn {stranger.id} of another chain began within turn {within.id}, which calls others"

    def _violate(self, anomaly: str, inner: Inner, happened: str, let_in: Turn | None = None) -> None:
        operation = inner.operation
        via = " -> ".join([turn.actor for turn in inner.above] + [operation.start.actor])
        answer = operation.end.reason[:60] if operation.end and operation.end.reason else operation.outcome
        summary = f"call {operation.id} of {via} {happened}; its caller: {answer}"
        turns = inner.own if let_in is None else (*inner.own, let_in)
        at_ns = let_in.start_ns if let_in is not None else max(operation.start_ns, inner.caller.start_ns)
        self._tell(anomaly, summary, turns, at_ns=at_ns, call=operation)

    def _tell(
        self, anomaly: str, summary: str, turns: Sequence[Turn], *, at_ns: int, call: Operation | None = None
    ) -> None:
        events, spans = self.sketch.meeting(turns, at_ns=at_ns)
        shown, bars = list(events), list(spans)
        if call is not None:
            named = [ref(call.start, "call")] + ([ref(call.end, "caller's answer")] if call.end else [])
            places = {(event.process, event.seq) for event in shown}
            shown += [event for event in named if (event.process, event.seq) not in places]
            end_ns = min(call.end_ns, self.timeline.last_ns)
            bar = Span(
                lane=call.start.client,
                label=f"{call.start.name}: {call.outcome}",
                start_ns=call.start_ns,
                end_ns=end_ns,
            )
            bars += [] if bar in bars else [bar]
        self.violations.append(
            # No trigger: what a fault was near is not judged.
            Violation(
                anomaly=anomaly,
                actor=turns[0].actor,
                summary=summary,
                events=tuple(shown),
                spans=tuple(bars),
                at_ns=at_ns,
            )
        )
