"""Heritage: what an instance began with, where one save had taken the place of another instance's or turn's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from actorproof.properties.causes.link import Link
from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.records import Save, Turn, ref
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import writes_of
from actorproof.properties.views.timeline import Timeline

Stored = tuple[str, str | None]
"""A key and its value, in one spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """One save that took the place of another, before an instance began.

    Attributes:
        lost, kept: the turns of the save that is gone and of the one that stayed.
        began: the link to the instance that went on from what stayed.
    """

    lost: Turn
    kept: Turn
    began: Link

    @property
    def from_memory(self) -> bool:
        """Whether the save that stayed was another process's, which had not asked the store."""
        return self.lost.process != self.kept.process and not self.kept.asks_state


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saver:
    turn: Turn
    save: Save


class Heritage:
    """Answers for one history.

    The damage of two turns at once, or of an instance that was left behind, may show long after: one save took away
    what another had saved, the instance went on from memory, and only a later one reads what was left.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def forks(self, turn: Turn, *, since_ns: int | None = None) -> Iterator[Fork]:
        """What a turn's instance began with.

        For each key, back from what it began with: a commit that took the place of one that was acknowledged. Only the
        last one; with `since_ns` those that were saved from memory, whose lost save began after that, the last ones
        first. A value that several saves wrote proves nothing.
        """
        of_actor = self._timeline.turns_by_actor[turn.actor]
        began_ns = next(each.start_ns for each in of_actor if each.instance == turn.instance)
        for key, commits in self._commits.get(turn.actor, {}).items():
            before = [stored for by_ns, stored in commits if by_ns <= began_ns]
            for left, gone in pairwise(reversed(before if since_ns is not None else before[-2:])):
                lost, kept = (self._saver(turn.actor, each) for each in (gone, left))
                if lost is None or kept is None:
                    continue
                if since_ns is not None and lost.turn.start_ns < since_ns:
                    break
                began = self._link(turn, key, lost.save, kept.save, began_ns)
                fork = Fork(lost=lost.turn, kept=kept.turn, began=began)
                if lost.save.acknowledged and (since_ns is None or fork.from_memory):
                    yield fork

    def _saver(self, actor: str, stored: Stored) -> _Saver | None:
        """The one save of a value, and its turn."""
        match self._saved.get((actor, *stored)):
            case [save] if (turn := self._timeline.turn(save.turn)) is not None:
                return _Saver(turn=turn, save=save)
        return None

    def _link(self, turn: Turn, key: str, gone: Save, left: Save, began_ns: int) -> Link:
        events: tuple[EventRef, ...] = (
            ref(gone.start, f"save of turn {gone.turn}"),
            ref(left.start, f"save of turn {left.turn}, which stays"),
            ref(turn.start, "turn of a later instance"),
        )
        return Link(
            kind="began with what was left",
            anchor=f"{turn.process} {turn.actor} {turn.start.instance}",
            said=f"a later instance of {turn.actor} went on from {key} of {left.turn}, saved over that of {gone.turn}",
            at_ns=began_ns,
            events=events,
        )

    @cached_property
    def _commits(self) -> dict[str, dict[str, list[tuple[int, Stored]]]]:
        """By actor and key, when the store's log had each value, in its order."""
        found: dict[str, dict[str, list[tuple[int, Stored]]]] = defaultdict(dict)
        for commit in self._timeline.commits:
            for write in commit.writes:
                stored = (commit.t_ns, (write.key, canonical(write.value)))
                found[write.actor].setdefault(write.key, []).append(stored)
        return found

    @cached_property
    def _saved(self) -> dict[tuple[str, str, str | None], list[Save]]:
        """By actor, key and value, the saves that wrote it."""
        found: dict[tuple[str, str, str | None], list[Save]] = defaultdict(list)
        for save in self._timeline.saves:
            for key, value in writes_of(save):
                found[save.actor, key, canonical(value)].append(save)
        return found
