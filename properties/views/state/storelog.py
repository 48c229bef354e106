"""StoreLog: the store's own log of commits, replayed.

It tells what the final state hides: what was lost and written again, and what was overwritten.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import dropwhile

from actorproof.harness.history import events as ev
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import COUNT, ENTRY, index_of
from actorproof.properties.views.timeline import Timeline


class StoreLog:
    """The writes of a history's commits.

    Attributes:
        gone: why absence from the log proves nothing; empty when it does.
        commits: how many.
        counts: per actor the last commit that wrote its count.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.commits = len(timeline.commits)
        if timeline.store_log_broken:
            self.gone = f"the store's own log broke: {timeline.store_log_broken}"
        elif not timeline.commits:
            self.gone = "the store's own log is missing"
        else:
            self.gone = ""
        self.counts: dict[str, ev.StoreCommitted] = {}
        self._values: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        self._spelled: dict[str, set[tuple[str, str | None]]] = {}
        self._entries: dict[str, dict[str, ev.StoreCommitted]] = defaultdict(dict)
        self._rewritten: dict[tuple[str, str], list[ev.StoreCommitted]] = {}
        for commit in timeline.commits:
            self._add(commit)

    def _add(self, commit: ev.StoreCommitted) -> None:
        for write in commit.writes:
            actor, key = write.actor, write.key
            self._values[actor].add((key, write.value))
            if key.startswith(ENTRY):
                first = self._entries[actor].setdefault(key, commit)
                if first is not commit:
                    self._rewritten.setdefault((actor, key), [first]).append(commit)
            elif key == COUNT:
                self.counts[actor] = commit

    def has(self, actor: str, key: str, value: str | None) -> bool:
        """Whether a commit wrote this value, in any spelling of the same JSON."""
        values = self._values.get(actor)
        if values is None:
            return False
        if (key, value) in values:
            return True
        if actor not in self._spelled:
            self._spelled[actor] = {(other, canonical(text)) for other, text in values}
        return (key, canonical(value)) in self._spelled[actor]

    def has_rounded(self, actor: str, key: str, value: str | None) -> bool:
        """Whether a commit wrote the same but for whole numbers, which are what a float makes of them."""
        wanted = as_floats(value)
        return any(
            other == key and as_floats(text) == wanted for other, text in self._values.get(actor, ()) if text != value
        )

    def overwriting(self, actor: str, key: str, value: str | None) -> ev.StoreCommitted | None:
        """The first commit that put something else where this value of an entry had stood."""
        wanted = canonical(value)

        def same(commit: ev.StoreCommitted) -> bool:
            return canonical(value_in(commit, actor, key)) == wanted

        since = dropwhile(lambda commit: not same(commit), self._rewritten.get((actor, key), ()))
        return next((commit for commit in since if not same(commit)), None)

    def gaps(self) -> dict[str, tuple[list[int], int]]:
        """Per actor with a gap in its entries after the last commit: the missing indexes, and the highest there is."""
        found: dict[str, tuple[list[int], int]] = {}
        rewritten = {actor for actor, _ in self._rewritten}
        for actor, entries in self._entries.items():
            if actor not in rewritten and max(entries) == f"{ENTRY}{len(entries):06}":
                continue  # so many entries, and the last one's number is the same: the usual case
            indexes = {
                index
                for key, first in entries.items()
                if (index := index_of(key)) is not None
                and value_in(self._rewritten.get((actor, key), [first])[-1], actor, key) is not None
            }
            highest = max(indexes, default=0)
            missing = [index for index in range(1, highest) if index not in indexes]
            if missing:
                found[actor] = (missing, highest)
        return found


def as_floats(text: str | None) -> object:
    """A JSON text with every number as a float; the text itself when it is none."""
    try:
        return text if text is None else json.loads(text, parse_int=float)
    except ValueError:
        return text


def value_in(commit: ev.StoreCommitted, actor: str, key: str) -> str | None:
    """What a commit leaves at a key: its last write of it."""
    return next((w.value for w in reversed(commit.writes) if w.actor == actor and w.key == key), None)
