"""Cause: the violations, over all guarantees, that one mechanism led to; what none explains stays by itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from actorproof.properties.causes.endings import Endings
from actorproof.properties.causes.facts import Facts
from actorproof.properties.causes.forks import Forks
from actorproof.properties.causes.heritage import Heritage
from actorproof.properties.causes.leftover import Leftovers
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.mechanism import Mechanism, fitting
from actorproof.properties.causes.named import Named
from actorproof.properties.causes.silence import Silences
from actorproof.properties.causes.solo import Solo
from actorproof.properties.causes.steps import Steps
from actorproof.properties.verdict.findings import EventRef, Violation
from actorproof.properties.views.records import Turn
from actorproof.properties.views.state.storelog import StoreLog
from actorproof.properties.views.timeline import Timeline

TURN = re.compile(r"\S+#\d+:t\d+")
UNEXPLAINED = "unexplained"
HANDED_ON = 10
"""Over so many pairs of turns one extra place in an actor's queue is followed back."""
PAIRS = 8
"""So many pairs of overlapping turns of an actor are looked at for one violation, those nearest to it first."""

APPLICATION = "application"
"""The guarantee whose violations are laid to a user's own application."""
WRITTEN_WITH = "written with "
"""What the kind of a link begins with that names the SDK of an application."""
SDKS_OWN = frozenset(
    {
        "200 on failure",
        "ends on a DELETE",
        "ends in a turn that failed",
        "keeps a failed turn's changes",
        "setting that is not read",
    }
)
"""Mistakes that code of an SDK makes, if it does: it does so in place of the application."""
ENDS = frozenset({"ends on a DELETE", "ends in a turn that failed"})
"""Those in which nothing but its log tells whose code it was."""
OF_EITHER = "asks by an SDK"
"""The kind of a link that says of a mistake that it may be the application's or its SDK's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One violation with the links that led to it, in time order; none where nothing is proved."""

    guarantee: str
    part: str
    violation: Violation
    links: tuple[Link, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(link.kind for link in self.links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What one mechanism led to.

    Attributes:
        mechanism: what happened; None for violations that nothing explains.
        traced: its violations with their links, in time order.
        incidents: how often it happened: violations that share what it began with are one.
        example: of the guarantee that it broke most often, the violation that shows it with the fewest events.
    """

    mechanism: Mechanism | None
    traced: tuple[Traced, ...]
    incidents: int
    example: Traced

    @property
    def lost(self) -> Mapping[str, int]:
        """Violations by guarantee, the most first."""
        return dict(Counter(each.guarantee for each in self.traced).most_common())

    @property
    def triggers(self) -> Mapping[str, int]:
        """Violations by the kind of fault that stood at their beginning, the most first."""
        return dict(Counter(each.violation.trigger for each in self.traced).most_common())


def key_of(cause: Cause, traced: Traced) -> str:
    """What names a cause in every run: its mechanism's id, or guarantee and class of what nothing explains."""
    if cause.mechanism is not None:
        return cause.mechanism.id
    return f"{UNEXPLAINED}/{traced.guarantee}/{traced.violation.anomaly}"


class Tracing:
    """Traces the violations of one history back to what led to them."""

    def __init__(self, timeline: Timeline, *, part: str = "") -> None:
        self._part = part
        self._timeline = timeline
        self._named = Named(timeline)
        self._steps = Steps(timeline)
        self._solo = Solo(timeline, self._steps)
        log = StoreLog(timeline)
        self._endings = Endings(timeline, self._steps)
        self._facts = Facts(timeline, log, self._steps, self._solo, self._endings)
        self._silences = Silences(timeline, self._steps)
        self._forks = Forks(timeline, self._steps)
        self._heritage = Heritage(timeline)
        self._leftovers = Leftovers(timeline, log)

    def trace(self, guarantee: str, violation: Violation) -> Traced:
        """One violation with its links. What an application does wrong is a cause by itself."""
        links = tuple(self._mistake(violation)) if guarantee == APPLICATION else self._links(violation)
        # What a fault did may be seen before the fault itself is noted.
        in_order = tuple(sorted(links, key=lambda link: link.at_ns))
        return Traced(guarantee=guarantee, part=self._part, violation=violation, links=in_order)

    def _mistake(self, violation: Violation) -> Iterator[Link]:
        """The link that a mistake of an application is, and what says that the code that makes it is its SDK's."""
        found = (f"application: {violation.anomaly}", violation.actor, violation.summary)
        yield self._link(violation, *found, events=violation.events)
        if violation.anomaly not in SDKS_OWN:
            return
        turns = self._named.turns(violation)
        if turns and all(turn.end is not None and turn.end.result == "null" for turn in turns):
            said = f"the answer of turn {turns[0].id} has no body"
            yield self._link(violation, "answered nothing", turns[0].id, said)
        of_reminder = next((turn for turn in turns if _saves_in_reminder(turn)), None)
        if of_reminder is not None:  # which ends the process by itself, whatever else may have ended it
            said = f"turn {of_reminder.id} is of reminder {of_reminder.start.name}"
            yield self._link(violation, "in a reminder", of_reminder.id, said)
        for sdk, version in sorted({(each.sdk, each.version) for each in self._timeline.sdks}):
            kind = f"{WRITTEN_WITH}{sdk}"
            said = f"its requests come from {sdk} {version}"
            yield self._link(violation, kind, kind, said)
            if violation.anomaly in ENDS:
                yield self._link(
                    violation, OF_EITHER, kind, f"{said}, and whose code ended it can't be seen from outside"
                )

    def _link(
        self, violation: Violation, kind: str, anchor: str, said: str, *, events: tuple[EventRef, ...] = ()
    ) -> Link:
        return Link(kind=kind, anchor=anchor, said=said, at_ns=violation.at_ns, events=events)

    def _links(self, violation: Violation) -> tuple[Link, ...]:
        if found := self._endings.told(violation):
            return found
        turns = [turn for turn in self._named.turns(violation) if turn.actor == violation.actor]
        if found := self._forks.links(violation.actor, turns, violation.at_ns) or self._leftovers.links(turns):
            return found
        operations = self._named.operations(violation)
        if found := self._forks.shared(operations):
            return found
        pairs = tuple(self._pairs(turns, violation))
        for first, second in pairs:
            if found := self._forks.at_once(first, second):
                return found
        for first, second in pairs:
            if found := self._led_to(first, second):
                return found
        if found := self._solo.links(turns, operations):
            return found
        for first, second in pairs:
            if found := self._steps.struck_out(first, second) or self._steps.undisturbed(first, second):
                return found
        return (
            self._silences.links(turns, operations)
            or self._facts.links(violation.actor, turns, operations, violation.at_ns)
            or self._steps.astray(turns)
            or self._inherited(turns)
        )

    def _inherited(self, turns: Sequence[Turn]) -> tuple[Link, ...]:
        """The links to two turns of which one saved over the other, where a later instance went on from that.

        The two ran at the same time, or the one that stayed was of an instance that had been left behind; then it is
        one of `turns`, or the lost one came after them: that may have been long ago, since all that follows an older
        state takes more of the lost one's place.
        """
        for turn in turns:
            for fork in self._heritage.forks(turn):
                at_once = next((p for p in self._steps.overlapping(fork.lost) if fork.kept in p), None)
                found = self._led_to(*at_once) if at_once is not None else ()
                if not found and fork.kept in turns and fork.from_memory:
                    found = self._solo.left_behind(fork.kept, fork.lost)
                if found:
                    return (*found, fork.began)
            for fork in self._heritage.forks(turn, since_ns=turns[0].start_ns):
                if found := self._solo.left_behind(fork.kept, fork.lost):
                    return (*found, fork.began)
        return ()

    def _led_to(self, first: Turn, second: Turn) -> tuple[Link, ...]:
        """The links to two turns at once; where nothing let the second one in, to the two that ran just before them."""
        links = [self._steps.overlap(first, second)]
        for _ in range(HANDED_ON):
            if found := self._steps.let_in(first, second):
                return (*found, *links)
            earlier = self._steps.handed_on(first, second)
            if earlier is None:
                break
            first, second = earlier
            links.append(self._steps.overlap(first, second))
        return ()

    def _pairs(self, turns: Sequence[Turn], violation: Violation) -> Iterator[tuple[Turn, Turn]]:
        """Pairs of turns that ran at the same time: first those that it names, then what they met until then."""
        names = {turn.id for turn in turns}
        at_ns = violation.at_ns
        seen_ns = max((at_ns, *(event.t_ns for event in violation.events)))
        pairs = {
            (a.id, b.id): (a, b)
            for turn in turns
            for a, b in self._steps.overlapping(turn)
            if b.start_ns <= seen_ns and (a.start.op == b.start.op or not self._solo.one_chain(a, b))
        }
        ordered = sorted(
            pairs.values(), key=lambda pair: (not {each.id for each in pair} <= names, abs(pair[1].start_ns - at_ns))
        )
        yield from ordered[:PAIRS]


def _saves_in_reminder(turn: Turn) -> bool:
    """Whether a turn is of a reminder, and was refused no other request than a save."""
    return turn.start.cause == "reminder" and all(call.end is None or call.end.ok for call in turn.runtime_calls)


def causes(traced: Iterable[Traced], mechanisms: Sequence[Mechanism]) -> tuple[Cause, ...]:
    """The causes of a run, those with the most violations first; what nothing explains comes last, all together."""
    by: dict[Mechanism | None, list[Traced]] = defaultdict(list)
    for each in traced:
        by[fitting(mechanisms, each.kinds)].append(each)
    found = [_cause(mechanism, members) for mechanism, members in by.items()]
    return tuple(sorted(found, key=lambda cause: (cause.mechanism is None, -len(cause.traced))))


def _cause(mechanism: Mechanism | None, members: Sequence[Traced]) -> Cause:
    ordered = tuple(sorted(members, key=lambda each: each.violation.at_ns))
    return Cause(
        mechanism=mechanism,
        traced=ordered,
        incidents=sum(incidents(mechanism, ordered).values()),
        example=clearest(mechanism, ordered),
    )


def incidents(mechanism: Mechanism | None, members: Iterable[Traced]) -> Counter[str]:
    """How often it happened in each part: violations of a cause that share what it began with are one incident."""
    return Counter(part for part, _ in dict.fromkeys(_beginning(mechanism, each) for each in members))


def _beginning(mechanism: Mechanism | None, traced: Traced) -> tuple[str, str]:
    """What an incident began with: the first link that the mechanism asks for."""
    asked = [link for link in traced.links if mechanism is not None and link.kind in mechanism.links]
    first = asked[0].anchor if asked else f"{traced.guarantee} {traced.violation.at_ns} {traced.violation.actor}"
    return (traced.part, first)


def clearest(mechanism: Mechanism | None, members: Sequence[Traced]) -> Traced:
    """What shows it best: of the part where it came most often and the guarantee that it breaks there most often, the
    violation with the fewest events.

    One whose class is known goes before any that has none: its way ends in what it breaks. Of several with as few
    events, one of few turns; of these the longest one: it is seen best.
    """
    ((part, _),) = incidents(mechanism, members).most_common(1)
    here = [each for each in members if each.part == part]
    ((often, _),) = Counter(each.guarantee for each in here).most_common(1)
    return min((each for each in here if each.guarantee == often), key=_size)


def _size(traced: Traced) -> tuple[bool, int, int, int]:
    """Whether it has no class; how much there is to read, of how many turns; then the longest first."""
    events = traced.violation.events
    length_ns = events[-1].t_ns - events[0].t_ns if events else 0
    turns = {name for link in traced.links for name in TURN.findall(link.said)}
    nameless = traced.violation.anomaly == UNEXPLAINED
    return nameless, len(traced.links) + len(events), len(turns), -length_ns
