"""bystanders: a fault on one part does not silence actors that neither live there nor are called by way of there.

Whatever makes hosts come or go changes the table of placement, once when it strikes and once when it is over, and
actors may wait while the table is brought to all hosts: for one dissemination time-out, which Dapr documents, a change.
So a loss and its return are two changes: a runtime that keeps its promise brings a table for each, and may wait twice.
An actor that stays silent for twice as long as its changes allow, or more often than the table changed, is *silenced*.

A bystander of a silence is an actor that probes call all the time, whose turns before and after it ran in the same
process, on a host that no fault strikes at that time. A silence lies between two completed turns of it. It counts when
enough attempts by way of unstruck hosts lie wholly in it and were not answered: `attempts` of them for a long one, one
for a short one of at least `silent_s`, and one for each `asked_every_s` in either. So a caller who did not ask, or who
asked by way of a struck host, says nothing; widening attempts makes them prove less, and turns are witnessed.

A change counts for a silence from `before_s` before it began until it ended. Those that nothing changed before are no
fault's doing. Faults of the store and of the control plane strike everybody, so nobody is a bystander
then. Silences in which the machine stood still are not judged. Silence is a conclusion from absence: it takes a whole
history.

Figures, by kind of change, until the next one and for at most twice the dissemination: the longest silence (of those
in which nobody asked by way of a struck host), the share of calls over 1 s, and answers a second in the 5 s after it
against the 5 s before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actorproof.plural import some
from actorproof.properties.guarantees.faults.recovery import PROBE
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.cluster.change import Change, changes, hosts, struck_by
from actorproof.properties.views.records import FAR_FUTURE_NS, Operation, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.timeline import Timeline

SILENCED = "silenced"
SLOW_NS = 1_000_000_000
AROUND_NS = 5_000_000_000
NS = 1_000_000_000
EVIDENCE: Mapping[str, str] = {"loss": "losses", "join": "joins", "leave": "leaves"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Between two completed turns of a bystander; `attempts` are those that lie wholly in it and were not answered."""

    before: Turn
    after: Turn
    attempts: Sequence[Operation]

    @property
    def from_ns(self) -> int:
        return self.before.end_ns

    @property
    def to_ns(self) -> int:
        return self.after.end_ns

    @property
    def length_ns(self) -> int:
        return self.to_ns - self.from_ns


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every silence of every probed actor."""
    bystanders = _Bystanders(timeline, terms)
    violations: list[Violation] = []
    for actor in bystanders.probed:
        violations += bystanders.judged(actor)
    judged, figures = bystanders.told()
    missing = []
    opportunities = max(sum(judged.values()), len(violations))
    if violations and not (timeline.closed and timeline.whole):
        missing = [f"bystanders were silent {some(len(violations), 'time')}, but the history is not whole"]
        violations = []
    return Findings(
        violations=violations,
        evidence={name: judged[name] for name in terms.thresholds},
        opportunities={SILENCED: opportunities},
        figures=figures,
        missing=missing,
    )


GUARANTEE = Guarantee(id="bystanders", check=check)


class _Bystanders:
    """The probed actors of one history, and what struck whom."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._limits = terms.limits
        self._hosts = hosts(timeline)
        self._changes = changes(timeline)
        self._once_ns = round((timeline.run.dissemination_timeout_s if timeline.run else 0.0) * NS)
        self._before_ns = round(terms.limits["before_s"] * NS)
        wake_ns = round(terms.limits["wake_s"] * NS)
        self._strikes = [
            (span.start.t_ns, min(span.healed_ns, FAR_FUTURE_NS - wake_ns) + wake_ns, struck_by(timeline, span))
            for span in timeline.faults
        ]
        self.probed = list(
            dict.fromkeys(o.start.actor for o in timeline.operations if o.start.client.startswith(PROBE))
        )
        self._turns = {actor: _completed(timeline, actor) for actor in self.probed}

    # ---- judging

    def judged(self, actor: str) -> Iterator[Violation]:
        """The violations of one actor: silences that are too long, then those that are too many."""
        silences = list(self._silences(actor))
        told: list[Silence] = []
        for silence in silences:
            count = len(self._changed(silence.from_ns, silence.to_ns))
            too_long = count and silence.length_ns > 2 * self._once_ns * count
            if too_long and self._asked(silence, self._limits["attempts"]):
                told.append(silence)
                yield self._violation(actor, [silence], count)
        short = [each for each in silences if each not in told and self._asked(each, 1)]
        first = 0
        for last, silence in enumerate(short):
            while first < last and not self._together(short[first], silence):
                first += 1
            for begin in range(first, last):
                several = short[begin : last + 1]
                count = len(self._changed(several[0].from_ns, silence.to_ns))
                if len(several) > count > 0:
                    yield self._violation(actor, several, count)
                    break

    def _together(self, first: Silence, last: Silence) -> bool:
        """Whether a silence can still be the doing of what changed around the first one."""
        changed = self._changed(first.from_ns, last.to_ns)
        return bool(changed) and last.from_ns <= changed[-1].at_ns + self._before_ns + self._once_ns

    def _asked(self, silence: Silence, attempts: float) -> bool:
        every = silence.length_ns / (self._limits["asked_every_s"] * NS)
        return len(silence.attempts) >= max(attempts, every - 1)

    def _silences(self, actor: str) -> Iterator[Silence]:
        """The gaps between an actor's completed turns in which it was a bystander."""
        calls = self._of_actor(actor)
        for before, after in pairwise(self._turns[actor]):
            length_ns = after.end_ns - before.end_ns
            if length_ns < self._limits["silent_s"] * NS or before.process != after.process:
                continue
            struck = self._struck(before.end_ns, after.end_ns)
            if before.host in struck or stalled_between(self._timeline, before.end_ns, after.end_ns):
                continue
            from_at = bisect_left(calls, before.end_ns, key=lambda call: call.start_ns)
            to_at = bisect_right(calls, after.end_ns, key=lambda call: call.start_ns)
            attempts = [
                call
                for call in calls[from_at:to_at]
                if call.end is not None
                and call.end_ns <= after.end_ns
                and call.outcome == "info"
                and call.start.via not in struck
            ]
            yield Silence(before=before, after=after, attempts=attempts)

    def _of_actor(self, actor: str) -> Sequence[Operation]:
        return self._timeline.operations_of(actor)

    def _struck(self, from_ns: int, to_ns: int) -> frozenset[str]:
        """The hosts that faults strike in a span of time."""
        struck: frozenset[str] = frozenset()
        for start_ns, end_ns, of_fault in self._strikes:
            if start_ns <= to_ns and from_ns <= end_ns:
                struck |= of_fault or self._hosts
        return struck

    def _changed(self, from_ns: int, to_ns: int) -> list[Change]:
        """What changed the table for a silence."""
        return [change for change in self._changes if from_ns - self._before_ns <= change.at_ns <= to_ns]

    def _violation(self, actor: str, silences: Sequence[Silence], count: int) -> Violation:
        change = self._changed(silences[0].from_ns, silences[-1].to_ns)[-1]
        lengths = " and ".join(f"{silence.length_ns / NS:.1f} s" for silence in silences)
        events = (
            [(silence.before.start, "answers") for silence in silences]
            + [
                (attempt.start, "is asked, and does not answer")
                for silence in silences
                for attempt in silence.attempts[:2]
            ]
            + [(silence.after.start, "answers again") for silence in silences]
        )
        refs = {(event.t_ns, event.process, event.seq): ref(event, label) for event, label in events}
        changed = "once" if count == 1 else f"{count} times"
        return Violation(
            anomaly=SILENCED,
            actor=actor,
            summary=(
                f"It was silent for {lengths} on {silences[0].before.host}, which nothing struck; the table changed"
                f" {changed} ({change.kind}), and {self._once_ns / NS:g} s a change are allowed"
            ),
            events=tuple(refs.values()),
            spans=(
                *(Span(lane=actor, label="no answer", start_ns=each.from_ns, end_ns=each.to_ns) for each in silences),
            ),
            trigger=change.kind.partition(",")[0],
            at_ns=silences[-1].to_ns,
        )

    # ---- figures

    def told(self) -> tuple[Counter[str], list[Figure]]:
        """How many changes had bystanders, and what became of them, by kind of change."""
        judged: Counter[str] = Counter()
        seen: dict[str, list[_Seen]] = defaultdict(list)
        for change in self._changes:
            later = [other.at_ns for other in self._changes if other.at_ns > change.at_ns]
            until_ns = min([*later, change.at_ns + 2 * self._once_ns, self._timeline.observed_ns])
            each = [self._seen(actor, change.at_ns, until_ns) for actor in self.probed]
            fit = [one for one in each if one is not None]
            judged[EVIDENCE[change.sort]] += bool(fit)
            seen[change.kind] += fit
        figures = []
        for kind, fit in sorted(seen.items()):
            if fit:
                figures += _figures(kind, fit)
        return judged, figures

    def _seen(self, actor: str, at_ns: int, until_ns: int) -> _Seen | None:
        """What an actor was seen to do around a change; None when it was no bystander of it, or was not asked."""
        turns = self._turns[actor]
        place = bisect_right(turns, at_ns, key=lambda turn: turn.end_ns)
        if not 0 < place < len(turns) or turns[place - 1].process != turns[place].process:
            return None
        ends = [turn.end_ns for turn in turns[place - 1 :]]
        struck = self._struck(at_ns, min(until_ns, ends[1]))
        calls = [
            call
            for call in self._of_actor(actor)
            if at_ns <= call.start_ns < until_ns and call.end is not None and call.start.via not in struck
        ]
        if turns[place].host in struck or not calls:
            return None
        # What began before the next change and goes on over it is that one's.
        gaps = [(a, b) for a, b in pairwise(ends) if a <= at_ns or b <= until_ns]
        asked_ns = [call.start_ns for call in self._of_actor(actor) if call.start.via in struck]
        return _Seen(
            longest_ns=max((b - a for a, b in gaps if not any(a <= t_ns <= b for t_ns in asked_ns)), default=None),
            calls=len(calls),
            slow=sum(call.end_ns - call.start_ns > SLOW_NS for call in calls),
            before=sum(at_ns - AROUND_NS <= turn.end_ns < at_ns for turn in turns),
            after=sum(at_ns <= turn.end_ns < at_ns + AROUND_NS for turn in turns),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One bystander around one change; `before` and `after` are its answers in the 5 s around.

    `longest_ns` is None where each silence was asked into by way of a struck host.
    """

    longest_ns: int | None
    calls: int
    slow: int
    before: int
    after: int


def _completed(timeline: Timeline, actor: str) -> list[Turn]:
    """An actor's turns that completed, in order of their end."""
    turns = (turn for turn in timeline.turns_of(actor) if turn.ended == "completed")
    return sorted(turns, key=lambda turn: turn.end_ns)


def _figures(kind: str, seen: Sequence[_Seen]) -> list[Figure]:
    around_s = AROUND_NS / NS
    slow = sum(each.slow for each in seen) / sum(each.calls for each in seen)
    longest_ns = max((s.longest_ns for s in seen if s.longest_ns is not None), default=None)
    silence = [] if longest_ns is None else [longest_ns / NS]
    return [
        *(Figure(name=f"{kind}: longest silence of a bystander", value=each, unit="s") for each in silence),
        Figure(name=f"{kind}: calls of bystanders over 1 s", value=100 * slow, unit="%"),
        Figure(name=f"{kind}: answers in the 5 s before", value=sum(s.before for s in seen) / around_s, unit="/s"),
        Figure(name=f"{kind}: answers in the 5 s after", value=sum(s.after for s in seen) / around_s, unit="/s"),
    ]
