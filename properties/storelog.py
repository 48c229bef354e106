"""StoreLog: the store's own log of commits, replayed.

It tells what the final state hides: what was lost and written again, and what was overwritten.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.ledger import ENTRY, canonical, index_of
from actorproof.properties.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Written:
    """One write of one key: in which commit, at what place of the log, and the value (None: deleted)."""

    place: int
    commit: ev.StoreCommitted
    value: str | None


class StoreLog:
    """The writes of a history's commits.

    Attributes:
        gone: why absence from the log proves nothing; empty when it does.
        commits: how many.
        counts: per actor the last write of its count.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.commits = len(timeline.commits)
        if timeline.store_log_broken:
            self.gone = f"the store's own log broke: {timeline.store_log_broken}"
        elif not timeline.commits:
            self.gone = "the store's own log is missing"
        else:
            self.gone = ""
        self.counts: dict[str, Written] = {}
        self._timeline = timeline
        self._values: set[tuple[str, str, str | None]] = set()
        self._entries: dict[tuple[str, str], Written] = {}
        self._rewritten: dict[tuple[str, str], list[Written]] = {}
        self._spelled: dict[str, set[tuple[str, str | None]]] = {}
        self._replay()

    def _replay(self) -> None:
        values, entries, rewritten = self._values, self._entries, self._rewritten
        for place, commit in enumerate(self._timeline.commits):
            for write in commit.writes:
                actor, key, value = write.actor, write.key, write.value
                values.add((actor, key, value))
                if key.startswith(ENTRY):
                    written = Written(place, commit, value)
                    first = entries.setdefault((actor, key), written)
                    if first is not written:
                        rewritten.setdefault((actor, key), [first]).append(written)
                elif key == "count":
                    self.counts[actor] = Written(place, commit, value)

    def has(self, actor: str, key: str, value: str | None) -> bool:
        """Whether a commit wrote this value, in any spelling of the same JSON."""
        return (actor, key, value) in self._values or (key, canonical(value)) in self._spelling(actor)

    def overwriting(self, actor: str, key: str, value: str | None) -> Written | None:
        """The first write that put something else where this value of an entry had stood."""
        history = self._rewritten.get((actor, key))
        if history is None:
            return None
        stood = False
        wanted = canonical(value)
        for written in history:
            same = canonical(written.value) == wanted
            if stood and not same:
                return written
            stood = stood or same
        return None

    @cached_property
    def indexes(self) -> dict[str, set[int]]:
        """Per actor the indexes that have an entry after the last commit."""
        found: dict[str, set[int]] = defaultdict(set)
        for (actor, key), first in self._entries.items():
            last = self._rewritten.get((actor, key), [first])[-1]
            index = index_of(key)
            if index is not None and last.value is not None:
                found[actor].add(index)
        return dict(found)

    def _spelling(self, actor: str) -> set[tuple[str, str | None]]:
        """Keys and values of one actor, each value in one spelling."""
        if actor not in self._spelled:
            self._spelled[actor] = {(key, canonical(value)) for key, value in self._by_actor.get(actor, [])}
        return self._spelled[actor]

    @cached_property
    def _by_actor(self) -> dict[str, list[tuple[str, str | None]]]:
        found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for actor, key, value in self._values:
            found[actor].append((key, value))
        return dict(found)
