"""failed-turn: a turn that fails before it saves leaves nothing behind, in the store or in its instance's memory.

Judged are turns that ended as failed and had begun no save: whatever they changed, nobody may see it. Every value names
the turn that wrote it, so the store and later saves tell by themselves. Memory tells through answers: a counter answers
what it holds, and only goes up. So the next turn of the same instance is looked at, where it is beyond doubt which sum
was saved last: the actor's turns so far ran one after the other, each save was acknowledged, and this instance wrote
the last of them, or nothing was saved yet.

- *kept in memory*: that next turn answers more than was saved (and it adds);
- *saved by a later turn*: a later save has a value that the failed turn wrote;
- *saved all the same*: the store's log has such a value, and no save of any turn.

Opportunities: next turns that were looked at; failed turns that a save of the same actor followed; failed turns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.state.linearizability.calls import kind_of
from actorproof.properties.guarantees.state.linearizability.subject import Kind
from actorproof.properties.verdict.findings import EventRef, Findings, Terms, Violation
from actorproof.properties.views.records import FAR_PAST_NS, Save, Turn, ref
from actorproof.properties.views.state.ledger import field_of, writes_of
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.sketch import Sketch

MEMORY = "kept in memory"
LATER = "saved by a later turn"
STORE = "saved all the same"
EVIDENCE = ("failed_turns", "saved_after", "looked_at")
GAPS = "the history has gaps: a save that it lacks may explain anything"
COUNTER = "counter"
ADD = "add"
READ = "read"
WRITER = "turn"


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Judge every turn that failed before it saved."""
    return _FailedTurns(timeline, terms).findings()


GUARANTEE = Guarantee(id="failed-turn", check=check, from_any_history=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A counter's failed turn, the next turn of its instance, and the answers that a sum as it was saved allows."""

    failed: Turn
    following: Turn
    allowed: int
    answered: int


class _FailedTurns:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._sketch = Sketch(timeline, wake_s=terms.limits["wake_s"])
        self._failed = {turn.id: turn for turn in timeline.turns if turn.ended == "failed" and not turn.saves}
        self._violations: list[Violation] = []

    def findings(self) -> Findings:
        if not self._timeline.whole:
            return Findings(evidence=dict.fromkeys(EVIDENCE, 0), missing=[GAPS])
        actors = {turn.actor for turn in self._failed.values()}
        saves: Mapping[str, list[Save]] = defaultdict(list)
        for save in self._timeline.saves:
            if save.actor in actors:
                saves[save.actor].append(save)
        last = {actor: of[-1].start.t_ns for actor, of in saves.items()}
        looks = [look for actor in sorted(actors) for look in looks_at(self._timeline, actor)]
        for look in looks:
            if look.answered > look.allowed:
                self._kept(look)
        told = self._saved_later(saves)
        self._saved_all_the_same(actors, told)
        followed = sum(last.get(turn.actor, FAR_PAST_NS) > turn.start_ns for turn in self._failed.values())
        return Findings(
            violations=sorted(self._violations, key=lambda violation: violation.at_ns),
            evidence=dict(zip(EVIDENCE, (len(self._failed), followed, len(looks)), strict=True)),
            opportunities={MEMORY: len(looks), LATER: followed, STORE: len(self._failed)},
        )

    def _kept(self, look: Look) -> None:
        self._report(
            MEMORY,
            look.failed,
            f"{look.following.id} of the same instance answered {look.answered}, and {look.allowed} is what was saved",
            turns=[look.failed, look.following],
            at_ns=look.following.end_ns,
        )

    def _saved_later(self, saves: Mapping[str, list[Save]]) -> set[str]:
        """Report the first save of another turn that has each failed turn's values; the failed turns of all of them."""
        told: set[str] = set()
        for save in (save for of in saves.values() for save in of):
            for writer in writers(save):
                failed = self._failed.get(writer)
                if failed is None or writer in told:
                    continue
                told.add(writer)
                saver = self._timeline.turn(save.turn)
                self._report(
                    LATER,
                    failed,
                    f"{save.turn} saved what it had set aside",
                    turns=[failed, *([saver] if saver is not None else [])],
                    at_ns=save.start.t_ns,
                    events=(ref(save.start, "the later save"),),
                )
        return told

    def _saved_all_the_same(self, actors: set[str], told: set[str]) -> None:
        """Report what the store has of failed turns and no turn saved."""
        for commit in self._timeline.commits:
            for write in commit.writes:
                writer = field_of(write.value, WRITER) if write.actor in actors else None
                failed = self._failed.get(writer) if isinstance(writer, str) else None
                if failed is None or failed.id in told:
                    continue
                told.add(failed.id)
                self._report(
                    STORE,
                    failed,
                    f"the store has what it had set aside as {write.key}, and no turn saved that",
                    turns=[failed],
                    at_ns=commit.t_ns,
                    events=(ref(commit, "commit"),),
                )

    def _report(
        self,
        anomaly: str,
        failed: Turn,
        how: str,
        *,
        turns: list[Turn],
        at_ns: int,
        events: tuple[EventRef, ...] = (),
    ) -> None:
        met, spans = self._sketch.meeting(sorted(turns, key=lambda turn: turn.start_ns), at_ns=at_ns)
        self._violations.append(
            Violation(
                anomaly=anomaly,
                actor=failed.actor,
                summary=f"{failed.start.name} failed before it saved ({failed.id}), and {how}",
                events=(*met, *events),
                spans=spans,
                trigger=self._sketch.trigger(at_ns),
                at_ns=at_ns,
            )
        )


def writers(save: Save) -> Iterator[str]:
    """The turns that a save's values name as their writer, other than its own."""
    for _, value in writes_of(save):
        writer = field_of(value, WRITER)
        if isinstance(writer, str) and writer != save.turn:
            yield writer


def looks_at(timeline: Timeline, actor: str) -> Iterator[Look]:
    """The turns of a counter that come next after a failed one, up to the first doubt about what is saved."""
    kind = kind_of(timeline, actor)
    if kind is None or kind.model.name != COUNTER:
        return
    saved, saver = 0, None
    before: Turn | None = None
    for turn in timeline.turns_by_actor[actor]:
        if before is not None:
            if turn.start_ns <= before.end_ns:
                return
            unsaved = before.ended == "failed" and not before.saves
            if unsaved and turn.instance == before.instance and saver in {None, turn.instance}:
                yield from _look(timeline, kind, before, turn, saved)
        before = turn
        for save in turn.saves:
            value = _stored(kind, save)
            if value is None:
                return
            saved, saver = value, turn.instance


def _stored(kind: Kind, save: Save) -> int | None:
    """The sum that a save has put in the store; None when nobody can say."""
    try:
        stored = kind.stored({key: msgspec.json.decode(value or "null") for key, value in writes_of(save)})
    except (KeyError, TypeError, ValueError):
        return None
    return stored if save.acknowledged and isinstance(stored, int) else None


def _look(timeline: Timeline, kind: Kind, failed: Turn, turn: Turn, saved: int) -> Iterator[Look]:
    """What a turn answered beside what it may; nothing for one that tells no sum."""
    operation = timeline.call_of(turn)
    if operation is None or turn.end is None or turn.ended != "completed":
        return
    try:
        asked = kind.ask(turn.start.name, msgspec.json.decode(operation.start.args), turn.id)
        answered = kind.result(turn.start.name, msgspec.json.decode(turn.end.result)) if asked else None
    except (KeyError, TypeError, ValueError):
        return
    if asked is None or not isinstance(answered, int):
        return
    added = asked[1] if asked[0] == ADD else 0
    if asked[0] in {ADD, READ} and isinstance(added, int) and added >= 0:
        yield Look(failed=failed, following=turn, allowed=saved + added, answered=answered)
