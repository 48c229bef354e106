"""Durability: every acknowledged save is still there at the end, in the store's own log and for whoever reads it.

The log decides: an acknowledged save has a commit, and no other value ever takes an entry's place. The last reads are
held against it, and stand alone when the log is missing; they belong to the check, so a ledger that was not read at the
end makes it `unknown`. An entry that the log keeps and the last reader doesn't see is a class of its own, *stale read
at the end*: the state is there, but its actor works without it.

An entry that another one took the place of is told by who wrote that: a *late save*, sent before it; the *same
instance* or a *second* one, if turns or instances of the actor had been in use at once by then; else *unexplained*.

Saves that were not acknowledged may be there or not. A value that is not an entry may be followed by newer ones: of it
only the commit is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.state.kept import LARGE, LOST, ROUNDED, kept
from actorproof.properties.verdict.findings import EventRef, Figure, Findings, Span, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, Instance, Save, ref
from actorproof.properties.views.state import readback
from actorproof.properties.views.state.ledger import (
    COUNT,
    ENTRY,
    Entry,
    FinalRead,
    Write,
    field_of,
    final_reads,
    index_of,
    instance_of,
    writes_of,
)
from actorproof.properties.views.state.storelog import StoreLog, value_in
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.excuse import possible_end_ns

SECOND = "overwritten by a second instance"
SAME = "overwritten by the same instance"
LATE = "overwritten by a late save"
STALE = "stale read at the end"
UNEXPLAINED = "unexplained"
MS_NS = 1_000_000
S_NS = 1_000_000_000


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find saves that were acknowledged and are not there, in one pass over saves and commits."""
    return _Saves(timeline, terms).findings() if timeline.asked is None else kept(timeline, terms)


GUARANTEE = Guarantee(id="durability", check=check, canary=True)


class _Saves:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._terms = terms
        self._log = StoreLog(timeline)
        self._reads = final_reads(timeline)
        self._whole = timeline.closed and timeline.whole
        self._absence = self._whole and not self._log.gone
        self._violations: list[Violation] = []
        self._blamed: set[str] = set()
        self._missing: list[str] = []
        self._acknowledged: list[Save] = []
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        self._late_commits = 0
        self._with_large_numbers = 0
        self._raced: dict[str, int] = {}

    def findings(self) -> Findings:
        self._check_saves()
        for actor, entries in self._entries.items():
            self._check_count(actor, entries)
        if self._absence:
            self._check_gaps()
        for actor, read in self._reads.items():
            self._check_read(read, self._entries.get(actor, []))
        return Findings(
            violations=self._violations,
            evidence=self._evidence(),
            opportunities=self._opportunities(),
            figures=self._figures(),
            missing=[*self._missing, *self._reasons()],
        )

    # ---- the store's log

    def _check_saves(self) -> None:
        unreadable = 0
        for save in self._timeline.saves:
            if save.actor in self._timeline.unclear:
                continue
            try:
                writes = writes_of(save)
            except ValueError:
                unreadable += 1
                continue
            if save.acknowledged:
                self._acknowledged.append(save)
                self._with_large_numbers += any(LARGE.search(value) is not None for _, value in writes if value)
                self._check_commits(save, writes)
            elif writes:
                self._late_commits += self._log.has(save.actor, *writes[0])
        if unreadable:
            self._missing.append(f"the writes of {some(unreadable, 'save')} can't be read")
        if unclear := sorted(self._timeline.unclear):
            self._missing.append(f"{', '.join(unclear)}: the store's keys of these actors can't be told apart")

    def _check_commits(self, save: Save, writes: Sequence[Write]) -> None:
        """Every write of an acknowledged save is in the log, and an entry stays as it is."""
        actor = save.actor
        for key, value in writes:
            index = index_of(key)
            if index is not None and value is not None:
                self._entries[actor].append(Entry(save, _answered_ns(save), index, key, value))
        for key, value in writes:
            if not self._log.has(actor, key, value):
                if self._log.has_rounded(actor, key, value):
                    self._rounded(save, key)
                elif self._absence:
                    self._lost(save, f"{key} is in no commit of the store's log")
                return
            if key.startswith(ENTRY):
                over = self._log.overwriting(actor, key, value)
                if over is not None:
                    self._overwritten(save, key, over)
                    return

    def _check_count(self, actor: str, entries: Sequence[Entry]) -> None:
        """A count behind an acknowledged entry hides it from whoever reads the ledger next."""
        last = max(entries, key=lambda entry: entry.index)
        commit = self._log.counts.get(actor)
        if commit is None or last.save.id in self._blamed or not self._absence:
            return
        count = field_of(value_in(commit, actor, COUNT), "count")
        if isinstance(count, int) and count < last.index:
            self._overwritten(last.save, COUNT, commit)

    def _check_gaps(self) -> None:
        """Entries are numbered without gaps; a missing one that was acknowledged is a loss of its own already."""
        for actor, (missing, highest) in self._log.gaps().items():
            entries = self._entries.get(actor, [])
            acknowledged = {entry.index for entry in entries}
            gap = next((index for index in missing if index not in acknowledged), None)
            after = next((entry for entry in entries if gap is not None and entry.index > gap), None)
            if after is not None:
                self._lost(after.save, f"the ledger goes to {highest} and nothing stands at index {gap}")

    def _lost(self, save: Save, what: str, *more: EventRef) -> None:
        at_ns = _answered_ns(save)
        self._report(
            LOST,
            save,
            f"save {save.id} of turn {save.turn} was acknowledged, but {what}",
            events=[*_events_of(save), *more],
            spans=[_span_of(save, "acknowledged save")],
            at_ns=at_ns,
            # The fault that took it may have struck just after the acknowledgement.
            near_ns=at_ns + int(self._terms.limits["before_fault_s"] * S_NS),
        )

    def _rounded(self, save: Save, key: str) -> None:
        self._report(
            ROUNDED,
            save,
            f"save {save.id} of turn {save.turn} was acknowledged, and the store has {key} with another whole number",
            events=_events_of(save),
            spans=[_span_of(save, "acknowledged save")],
            at_ns=_answered_ns(save),
        )

    def _overwritten(self, save: Save, key: str, commit: ev.StoreCommitted) -> None:
        value = value_in(commit, save.actor, key)
        turn = field_of(value, "turn")
        other = self._by_turn.get(turn) if isinstance(turn, str) else None
        if value is None and other is None:
            self._lost(save, f"{key} was deleted from the store", ref(commit, f"{key} deleted"))
            return
        if other is None and not self._whole:
            return
        self._report(
            self._overwriter(save, other),
            save,
            f"{key}, saved by turn {save.turn} and acknowledged, was overwritten by turn {turn or 'unknown'}"
            + (", which ran at the same time" if other is not None and self._overlap(save, other) else ""),
            events=[*_events_of(save), *(_events_of(other) if other else ()), ref(commit, f"{key} overwritten")],
            spans=[
                _span_of(save, "acknowledged save"),
                *([_span_of(other, "overwriting save")] if other else []),
                Span(lane="store", label=f"{key} overwritten", start_ns=commit.not_before_ns, end_ns=commit.t_ns),
            ],
            at_ns=commit.t_ns,
        )

    def _overwriter(self, save: Save, other: Save | None) -> str:
        """The class of an overwriting: by a save that had been sent before, by another instance, or by the same.

        The last two take turns or instances that were in use at once before: what they left in the store and in caches.
        """
        if other is not None and other.start.t_ns < save.start.t_ns:
            return LATE
        if other is None or self._raced_ns(save.actor) > other.start.t_ns:
            return UNEXPLAINED
        return SAME if instance_of(self._timeline, other) == instance_of(self._timeline, save) else SECOND

    def _raced_ns(self, actor: str) -> int:
        """When two turns or two instances of an actor were first in use at once; FAR_FUTURE_NS when they never were."""
        found = self._raced.get(actor)
        if found is None:
            turns = self._timeline.turns_of(actor)
            instances = self._instances.get(actor, [])
            ends = [possible_end_ns(self._timeline, turn) for turn in turns]
            used = [max(possible_end_ns(self._timeline, turn) for turn in each.turns) for each in instances]
            found = self._raced[actor] = min(
                _first_meeting([turn.start_ns for turn in turns], ends),
                _first_meeting([each.first_ns for each in instances], used),
            )
        return found

    @cached_property
    def _instances(self) -> dict[str, list[Instance]]:
        found: dict[str, list[Instance]] = defaultdict(list)
        for instance in self._timeline.instances:
            found[instance.actor].append(instance)
        return found

    def _overlap(self, save: Save, other: Save) -> bool:
        one, two = self._timeline.turn(save.turn), self._timeline.turn(other.turn)
        return one is not None and two is not None and one.start_ns < two.end_ns and two.start_ns < one.end_ns

    # ---- the last reads

    def _check_read(self, read: FinalRead, entries: Iterable[Entry]) -> None:
        """Every entry acknowledged before the read was sent is in its answer."""
        start_ns = read.operation.start_ns
        unseen = [
            entry
            for entry in entries
            if entry.answered_ns < start_ns
            and read.entries.get(entry.index) != entry.save.turn
            and entry.save.id not in self._blamed
        ]
        stale: list[Entry] = []
        for entry in unseen:
            if self._stands(entry) or self._is_stale(read, entry.save):
                stale.append(entry)
                continue
            other = self._by_turn.get(read.entries.get(entry.index, ""))
            answer = read.operation.end
            seen = () if answer is None else (ref(answer, "last read"),)
            if other is None:
                self._lost(entry.save, f"the last read has no such entry at index {entry.index}", *seen)
            else:
                self._report(
                    self._overwriter(entry.save, other),
                    entry.save,
                    f"index {entry.index}, acknowledged to turn {entry.save.turn}, is read as turn {other.turn}'s",
                    events=[*_events_of(entry.save), *_events_of(other), *seen],
                    spans=[_span_of(entry.save, "acknowledged save"), _span_of(other, "overwriting save")],
                    at_ns=start_ns,
                )
        if stale:
            self._report_stale(read, stale)

    def _stands(self, entry: Entry) -> bool:
        """Whether the log, as far as it goes, has the entry in its place."""
        place = (entry.save.actor, entry.key, entry.value)
        return not self._log.gone and self._log.has(*place) and self._log.overwriting(*place) is None

    def _is_stale(self, read: FinalRead, save: Save) -> bool:
        """Whether the reader is another instance that was in use before the save: it may never have looked again."""
        turn = read.operation.answering
        if turn is None or turn.instance == instance_of(self._timeline, save):
            return False
        first_ns = self._first_use.get(turn.instance, turn.start_ns)
        return first_ns < _answered_ns(save)

    @cached_property
    def _by_turn(self) -> dict[str, Save]:
        return {save.turn: save for save in self._timeline.saves}

    @cached_property
    def _first_use(self) -> dict[tuple[str, str, int], int]:
        return {(i.process, i.actor, i.number): i.first_ns for i in self._timeline.instances}

    def _report_stale(self, read: FinalRead, stale: Sequence[Entry]) -> None:
        operation = read.operation
        first = stale[0].save
        # Whoever went on from a lower index after that took the count back with it.
        back = [each for each in self._entries[first.actor] if each.answered_ns > stale[0].answered_ns]
        rewound = min(
            (each for each in back if each.index < stale[0].index), key=lambda each: each.answered_ns, default=None
        )
        reader = f" by {operation.answering.process}" if operation.answering else ""
        missed = some(len(stale), "acknowledged entry", "acknowledged entries")
        self._report(
            STALE,
            first,
            f"the last read{reader} does not show {missed} that the store has, the first at index {stale[0].index}",
            events=[
                *_events_of(first),
                *(_events_of(rewound.save) if rewound else ()),
                ref(operation.start, "last read"),
            ],
            spans=[
                _span_of(first, "acknowledged save"),
                Span(
                    lane=operation.start.client,
                    label="last read",
                    start_ns=operation.start_ns,
                    end_ns=operation.end_ns,
                ),
            ],
            at_ns=operation.start_ns,
        )

    # ---- what comes out

    def _report(
        self,
        anomaly: str,
        save: Save,
        summary: str,
        *,
        events: Sequence[EventRef],
        spans: Sequence[Span],
        at_ns: int,
        near_ns: int = 0,
    ) -> None:
        self._blamed.add(save.id)
        self._violations.append(
            self._timeline.violation(
                anomaly=anomaly,
                actor=save.actor,
                summary=summary,
                events=events,
                spans=spans,
                at_ns=at_ns,
                near_ns=near_ns,
            )
        )

    def _evidence(self) -> dict[str, int]:
        counts = readback.counts(
            self._timeline,
            self._entries,
            self._reads,
            before_ns=int(self._terms.limits["before_fault_s"] * S_NS),
        )
        return {"acknowledged_saves": len(self._acknowledged), "final_reads": len(self._reads)} | counts

    def _opportunities(self) -> dict[str, int]:
        entries = sum(map(len, self._entries.values()))
        return {
            LOST: len(self._acknowledged),
            ROUNDED: self._with_large_numbers,
            SECOND: entries,
            SAME: entries,
            LATE: entries,
            UNEXPLAINED: entries,
            STALE: len(self._reads),
        }

    def _figures(self) -> list[Figure]:
        took_ms = [(_answered_ns(save) - save.start.t_ns) / MS_NS for save in self._acknowledged]
        return [
            Figure(name="acknowledged saves", value=len(self._acknowledged), unit=""),
            Figure(name="unacknowledged saves that were committed", value=self._late_commits, unit=""),
            Figure(name="commits", value=self._log.commits, unit=""),
            Figure(name="ledgers read at the end", value=len(self._reads), unit=""),
            Figure(name="save latency p50", value=quantile(took_ms, 0.5), unit="ms"),
            Figure(name="save latency p99", value=quantile(took_ms, 0.99), unit="ms"),
        ]

    def _reasons(self) -> list[str]:
        if not self._acknowledged:
            return []
        reasons = []
        if not self._whole:
            reasons.append("the history has gaps or was not closed: a save that is missing proves nothing")
        if self._log.gone:
            reasons.append(f"{self._log.gone}: only the last reads were judged")
        if unread := sum(actor not in self._reads for actor in self._entries):
            ledgers = some(len(self._entries), "ledger")
            reasons.append(f"not read at the end: {unread} of {ledgers} with acknowledged entries")
        return reasons


def _first_meeting(starts: Sequence[int], ends: Sequence[int]) -> int:
    """The first start, in order, that lies before an earlier one's end."""
    until_ns = FAR_PAST_NS
    for start_ns, end_ns in zip(starts, ends, strict=True):
        if start_ns < until_ns:
            return start_ns
        until_ns = max(until_ns, end_ns)
    return FAR_FUTURE_NS


def _answered_ns(save: Save) -> int:
    return save.end.t_ns if save.end is not None else save.start.t_ns


def _events_of(save: Save) -> tuple[EventRef, ...]:
    sent = ref(save.start, f"save of turn {save.turn} sent")
    if save.end is None:
        return (sent,)
    return (sent, ref(save.end, "acknowledged" if save.end.acknowledged else "not acknowledged"))


def _span_of(save: Save, label: str) -> Span:
    return Span(lane=save.start.process, label=label, start_ns=save.start.t_ns, end_ns=_answered_ns(save))
