"""parallelism: a turn of one actor does not keep the others of its host waiting.

A call is judged that reaches an actor whose turns had all ended when it was sent, and that nobody else called until it
began, while nothing disturbs the cluster (see `epoch`). It is *held up by another actor* when it was sent while a turn
of another actor ran in the application that it came to, waited for `wait_s` at least of that turn, and began within
`after_s` of its end; and meanwhile nothing else of its actor's type began there. A busy machine delays calls too, but
not until a turn ends that it has nothing to do with. Where a host works on so many calls at once (see `slots`), a call
that finds them all taken waits for room, and no turn by itself holds it up. When a call came to the application can't
be seen, only when it was sent: so it takes calls of `together` actors that one turn held up. A single one is a
coincidence.

That turns do run side by side is seen directly: turns that lie wholly within a slow one of another actor there. The
figures compare how long calls to free actors took to begin beside a slow turn and without one, in the same run.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.cluster.epoch import NS, Epochs
from actorproof.properties.views.records import FAR_PAST_NS, Operation, Turn, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.sketch import Sketch
from actorproof.properties.views.turns.slots import Slots

HELD_UP = "held up by another actor"
MS = 1e6


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every call to an actor that was free."""
    return _Calls(timeline, terms).findings()


GUARANTEE = Guarantee(id="parallelism", check=check, from_any_history=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call to a free actor, and the turn that it began."""

    operation: Operation
    turn: Turn

    @property
    def waited_ns(self) -> int:
        return self.turn.start_ns - self.operation.start_ns


class Beside:
    """The slow turns of one application, for asking which ran at an instant, and until when at most."""

    def __init__(self, turns: list[Turn]) -> None:
        self.by_end = sorted(turns, key=lambda turn: turn.end_ns)
        self._starts = [turn.start_ns for turn in turns]
        self._latest: list[tuple[int, str, int]] = []
        end_ns, actor, other_ns = 0, "", 0
        for turn in turns:
            if turn.actor == actor:
                end_ns = max(end_ns, turn.end_ns)
            elif turn.end_ns > end_ns:
                end_ns, actor, other_ns = turn.end_ns, turn.actor, end_ns
            else:
                other_ns = max(other_ns, turn.end_ns)
            self._latest.append((end_ns, actor, other_ns))

    def until_ns(self, actor: str, at_ns: int) -> int:
        """The latest end of slow turns of other actors that had begun by an instant; 0 when there is none."""
        at = bisect_right(self._starts, at_ns) - 1
        if at < 0:
            return 0
        end_ns, latest, other_ns = self._latest[at]
        return end_ns if latest != actor else other_ns

    def ended_within(self, start_ns: int, end_ns: int) -> Iterator[Turn]:
        """Those that ended within [start_ns, end_ns]."""
        at = bisect_left(self.by_end, start_ns, key=lambda turn: turn.end_ns)
        while at < len(self.by_end) and self.by_end[at].end_ns <= end_ns:
            yield self.by_end[at]
            at += 1


class _Calls:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._wait_ns = round(terms.limits["wait_s"] * NS)
        self._after_ns = round(terms.limits["after_s"] * NS)
        self._together = round(terms.limits["together"])
        self._epochs = Epochs(timeline, terms)
        self._slots = Slots(timeline)
        self._sketch = Sketch(timeline, wake_s=terms.limits["wake_s"])
        slow: dict[str, list[Turn]] = defaultdict(list)
        begun: dict[tuple[str, str], list[int]] = defaultdict(list)
        for turn in timeline.turns:
            begun[turn.process, _type_of(turn)].append(turn.start_ns)
            if turn.end is not None and turn.end_ns - turn.start_ns >= self._wait_ns:
                slow[turn.process].append(turn)
        self._slow = {process: Beside(turns) for process, turns in slow.items()}
        self._begun = begun
        unseen: dict[str, list[int]] = defaultdict(list)
        for operation in timeline.operations:
            if operation.end is not None and operation.end.outcome == "ok" and not operation.turns:
                unseen[operation.start.actor.partition("/")[0]].append(operation.end_ns)
        self._unseen = {type_: sorted(ends) for type_, ends in unseen.items()}

    def findings(self) -> Findings:
        held: dict[str, list[tuple[Arrival, Turn]]] = defaultdict(list)
        beside: list[float] = []
        alone: list[float] = []
        asked = inside = 0
        for each in self._arrivals():
            of_app = self._slow.get(each.turn.process)
            sent_ns, actor = each.operation.start_ns, each.turn.actor
            until_ns = of_app.until_ns(actor, sent_ns) if of_app is not None else FAR_PAST_NS
            asked += until_ns >= sent_ns + self._wait_ns
            inside += each.turn.end is not None and until_ns >= each.turn.end_ns
            (beside if until_ns > sent_ns else alone).append(each.waited_ns / MS)
            holder = self._holder(each)
            if holder is not None:
                held[holder.id].append((each, holder))
        told = [
            pair for of in held.values() if len({each.turn.actor for each, _ in of}) >= self._together for pair in of
        ]
        violations = [self._violation(each, holder) for each, holder in told]
        return Findings(
            violations=violations,
            evidence={"asked": asked, "inside": inside},
            opportunities={HELD_UP: max(asked, len(violations))},
            figures=[
                Figure(name=f"calls {what} a slow turn began after, {name}", value=quantile(waits, share), unit="ms")
                for what, waits in (("beside", beside), ("without", alone))
                for name, share in (("median", 0.5), ("p99", 0.99))
            ],
        )

    def _arrivals(self) -> Iterator[Arrival]:
        """Every call whose actor was free when it was sent, and has an end, with nothing disturbed meanwhile."""
        for actor, turns in self._timeline.turns_by_actor.items():
            busy_ns = FAR_PAST_NS
            for turn in turns:
                called = self._epochs.called(turn)
                if (
                    called is not None
                    and called[1].start.actor == actor
                    and called[1].start_ns > busy_ns
                    and not self._called_beside(called[1], turn)
                ):
                    yield Arrival(operation=called[1], turn=turn)
                busy_ns = max(busy_ns, turn.end_ns)

    def _called_beside(self, operation: Operation, turn: Turn) -> bool:
        """Whether somebody else called the actor too before the turn began, and was not answered when it was sent."""
        return any(
            other is not operation and other.start_ns <= turn.start_ns and other.end_ns >= operation.start_ns
            for other in self._timeline.operations_of(turn.actor)
        )

    def _holder(self, arrival: Arrival) -> Turn | None:
        """The turn of another actor that a call waited for, if any."""
        turn, sent_ns = arrival.turn, arrival.operation.start_ns
        if arrival.waited_ns < self._wait_ns or turn.process not in self._slow:
            return None
        begun = self._begun[turn.process, _type_of(turn)]
        # At the very beginning others may still have come in: what holds this one up had not begun.
        for holder in self._slow[turn.process].ended_within(turn.start_ns - self._after_ns, turn.start_ns):
            first = bisect_right(begun, max(sent_ns, holder.start_ns))
            nothing_else = first >= len(begun) or begun[first] >= holder.end_ns
            # A call of the type that was answered meanwhile, and whose turn is not in the log, may have run there.
            ends = self._unseen.get(_type_of(turn), [])
            answered = bisect_right(ends, sent_ns)
            nothing_else = nothing_else and (answered >= len(ends) or ends[answered] > turn.start_ns)
            waited = holder.start_ns <= sent_ns and holder.end_ns - sent_ns >= self._wait_ns
            room = not self._slots.full(sent_ns, holder.end_ns)
            if holder.actor != turn.actor and waited and nothing_else and room:
                return holder
        return None

    def _violation(self, arrival: Arrival, holder: Turn) -> Violation:
        turn, operation = arrival.turn, arrival.operation
        events, spans = self._sketch.meeting([holder, turn], at_ns=turn.start_ns)
        sent = ref(operation.start, f"call of {turn.actor}")
        return Violation(
            anomaly=HELD_UP,
            actor=turn.actor,
            summary=(
                f"a call waited {arrival.waited_ns / NS:.1f} s for its turn {turn.id}, although its actor was free: it"
                f" began {(turn.start_ns - holder.end_ns) / NS:.3f} s after turn {holder.id} of {holder.actor} ended"
            ),
            events=(*events, sent),
            spans=spans,
            trigger=self._sketch.trigger(turn.start_ns),
            at_ns=turn.start_ns,
        )


def _type_of(turn: Turn) -> str:
    return turn.actor.partition("/")[0]
