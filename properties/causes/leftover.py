"""Leftover: what a turn that failed left in the memory of its instance, and a later turn went on from.

It is proved by what the store has: the later turn asked the store for nothing, no turn of their instance between the
two saved or read anything, and

- ``failed save before``: the failed turn had tried to save what the store's log never had; or
- ``failed turn before``: it had begun no save, and the sum that the later turn answers or saves is more than the last
  commit leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.causes.link import Link
from actorproof.properties.guarantees.state.linearizability.calls import kind_of
from actorproof.properties.views.records import Turn, ref
from actorproof.properties.views.state.ledger import field_of, writes_of
from actorproof.properties.views.state.storelog import StoreLog
from actorproof.properties.views.timeline import Timeline

COUNTER, ADD, WRITER = "counter", "add", "turn"


class Leftovers:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, log: StoreLog) -> None:
        self._timeline = timeline
        self._log = log

    def links(self, turns: Sequence[Turn]) -> tuple[Link, ...]:
        """That one of some turns of one instance, which did not meet, went on from what a failed one had left."""
        met = any(after.start_ns <= before.end_ns for before, after in pairwise(turns))
        if self._log.gone or not self._timeline.closed or met or len({turn.instance for turn in turns}) != 1:
            return ()
        for turn in turns:
            if (failed := self._went_on_from(turn)) is not None:
                kind, why = (
                    ("failed save before", "saved in vain") if failed.saves else ("failed turn before", "failed")
                )
                return (
                    Link(
                        kind=kind,
                        anchor=failed.id,
                        said=f"turn {turn.id} went on from what turn {failed.id} of the same instance, which {why}, had"
                        " left in memory",
                        at_ns=failed.start_ns,
                        events=(ref(failed.start, f"a turn that {why}"), ref(turn.start, "goes on from it")),
                    ),
                )
        return ()

    def _went_on_from(self, turn: Turn) -> Turn | None:
        if turn.asks_state:
            return None
        before = [
            each
            for each in self._timeline.turns_of(turn.actor)
            if each.instance == turn.instance and each.end_ns < turn.start_ns
        ]
        for earlier in reversed(before):
            if any(save.acknowledged for save in earlier.saves):
                return None
            if earlier.ended == "failed" and self._left(earlier, turn):
                return earlier
            if earlier.asks_state:
                return None
        return None

    def _left(self, failed: Turn, turn: Turn) -> bool:
        if failed.saves:
            writes = [write for save in failed.saves for write in writes_of(save)]
            return bool(writes) and not any(self._log.has(failed.actor, *write) for write in writes)
        stored, reached = self._stored(failed, turn), self._reached(turn)
        return stored is not None and reached is not None and reached > stored

    def _stored(self, failed: Turn, turn: Turn) -> int | None:
        """The sum that the store had when a turn began; None where it may have changed since the failed one began."""
        before = [
            (writer, commit)
            for commit in self._timeline.commits_of(turn.actor)
            if (writer := self._writer(commit, turn.actor)) is None or writer.start_ns < turn.start_ns
        ]
        if not before:
            return 0
        writer, last = before[-1]
        if writer is None or writer.end_ns > failed.start_ns or not any(save.acknowledged for save in writer.saves):
            return None
        return self._sum(turn.actor, {write.key: write.value for write in last.writes if write.actor == turn.actor})

    def _writer(self, commit: ev.StoreCommitted, actor: str) -> Turn | None:
        """The turn that what a commit wrote of an actor names as its writer."""
        *_, named = (field_of(write.value, WRITER) for write in commit.writes if write.actor == actor)
        return self._timeline.turn(named) if isinstance(named, str) else None

    def _reached(self, turn: Turn) -> int | None:
        """The sum that a turn went on from, by what it answered or saved, less what it was asked to add."""
        kind = kind_of(self._timeline, turn.actor)
        operation = self._timeline.call_of(turn)
        if kind is None or operation is None:
            return None
        try:
            asked = kind.ask(turn.start.name, msgspec.json.decode(operation.start.args), turn.id)
            if turn.end is not None and turn.ended == "completed" and asked is not None:
                answer: object = kind.result(turn.start.name, msgspec.json.decode(turn.end.result))
            else:
                answer = self._sum(turn.actor, dict(writes_of(turn.saves[-1]))) if turn.saves else None
        except (KeyError, TypeError, ValueError):
            return None
        if asked is None or kind.model.name != COUNTER or not isinstance(answer, int):
            return None
        added = asked[1] if asked[0] == ADD else 0
        return answer - added if isinstance(added, int) else None

    def _sum(self, actor: str, writes: Mapping[str, str | None]) -> int | None:
        kind = kind_of(self._timeline, actor)
        try:
            stored = kind and kind.stored({key: msgspec.json.decode(text or "null") for key, text in writes.items()})
        except (KeyError, TypeError, ValueError):
            return None
        return stored if isinstance(stored, int) else None
