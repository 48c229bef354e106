"""Failures: the configurations that had no solution, so that none as hopeless is entered again."""

from __future__ import annotations

import sys
from typing import NamedTuple

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.model import State
from actorproof.properties.linearizability.plan import Plan

ENTRY_BYTES = 400

Trail = tuple["Trail", int] | None
# A configuration at an end that calls for a choice; a bare tuple, since hundreds of thousands are made:
# - where it is in the events, and the state;
# - effective operations that are under way and not placed, pure ones, and the bits of `info` ones that were placed;
# - where the last blind operation was placed, and where one without a witness was placed last;
# - what was placed until here.
Frame = tuple[int, State, tuple[int, ...], tuple[int, ...], int, int, int, Trail]


class Failed(NamedTuple):
    """A configuration without a solution, at some place and state.

    `used` has the bits of only those `info` operations that it might have needed and that had been placed already: one
    that lacks them, too, fails likewise, whatever else it has left.
    """

    open: frozenset[int]
    waiting: frozenset[int]
    used: int
    last: int
    fresh: bool


class Failures:
    """What failed, by place and state; `bytes_left` is the room that is left for it, by estimate."""

    def __init__(self, plan: Plan, room_bytes: int) -> None:
        self._blind = plan.blind
        self._born = plan.born
        self.bytes_left = room_bytes
        self.entries: dict[tuple[int, State], list[Failed]] = {}

    def like(self, frame: Frame) -> Failed | None:
        """A configuration at the same place and state that failed before and was at least as free as this one."""
        at, state, open_, waiting, used, last, fresh, _ = frame
        is_fresh = fresh == at
        free = ~used
        for entry in self.entries.get((at, state), ()):
            if (
                not entry.used & free
                and (is_fresh or not entry.fresh)
                and entry.open.issuperset(open_)
                and entry.waiting.issubset(waiting)
                and (entry.last >= last or self._none_fades(open_, entry.last, last))
                and (len(entry.open) == len(open_) or self._all_fade(entry, open_))
            ):
                return entry
        return None

    def _none_fades(self, open_: tuple[int, ...], since: int, last: int) -> bool:
        """Whether no open operation fades thanks to a blind one that was placed later than in the failed one."""
        blind, born = self._blind, self._born
        return all(not since <= born[number] < last for number in open_ if blind[number])

    def _all_fade(self, entry: Failed, open_: tuple[int, ...]) -> bool:
        """Whether what was open in the failed one alone could fade there, so that it was no burden."""
        blind, born = self._blind, self._born
        return all(blind[number] and born[number] < entry.last for number in entry.open.difference(open_))

    def add(self, frame: Frame, missed: int) -> None:
        """Remember a configuration that failed; `missed` has the bits of the `info` ones that it might have needed."""
        at, state, open_, waiting, _, last, fresh, _ = frame
        entry = Failed(frozenset(open_), frozenset(waiting), missed, last, fresh == at)
        self.entries.setdefault((at, state), []).append(entry)
        self.bytes_left -= ENTRY_BYTES + sys.getsizeof(entry.open) + sys.getsizeof(entry.waiting)
        self.bytes_left -= sys.getsizeof(entry.used) + room_of(state)


def room_of(state: State) -> int:
    """How many bytes a state takes, with what is in it as far as collections go."""
    if isinstance(state, FrozenMap):
        return sys.getsizeof(state) + sys.getsizeof(state.pairs) + sum(map(room_of, state.pairs.items()))
    if isinstance(state, tuple | frozenset):
        return sys.getsizeof(state) + sum(map(room_of, state))
    return sys.getsizeof(state)
