"""Plan: the operations of a history as numbers, and its events in order of time, as the search goes through them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Sequence
from operator import attrgetter, or_
from typing import NamedTuple

from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation

NEVER = 2**62
ANY = object()  # no single state


class Alike(NamedTuple):
    """The `info` operations of one kind in order of their starts, and all their bits."""

    numbers: tuple[int, ...]
    bits: int


class Plan:
    """The operations of a history as numbers, in order of their starts, and its events in order of time."""

    def __init__(self, operations: Sequence[Operation], model: Model) -> None:
        is_pure, is_blind, only_in, grows = model.is_pure, model.is_blind, model.only_in, model.only_grows
        self.ops: list[Operation] = []
        ops = self.ops
        self.pure: list[bool] = []
        self.needs: list[Hashable] = []
        self.blind: list[bool] = []
        # The state after a blind operation, whatever was before; for others unused.
        self.after: list[State] = []
        self.initial = initial = model.initial
        step = model.step
        pures, needs, blinds, after = self.pure, self.needs, self.blind, self.after
        for operation in sorted(operations, key=attrgetter("start_ns")):
            if operation.outcome == "fail":
                continue
            pure = is_pure(operation)
            if pure and operation.outcome != "ok":
                continue
            blind = is_blind(operation)
            need = only_in(operation) if pure or grows else None
            ops.append(operation)
            pures.append(pure)
            needs.append(ANY if need is None else need[0])
            blinds.append(blind)
            after.append(step(initial, operation)[1] if blind else None)
        self.all_blind = all(map(or_, self.pure, self.blind))
        self.grows = grows and not any(self.blind)
        # Effective ones that are legal in one state only, the one in `needs`, which never comes again.
        self.exact = bytes(self.grows and n is not ANY and not p for n, p in zip(self.needs, self.pure, strict=True))
        # Arrays, since a list of numbers takes five times the room.
        self.events = array("i")
        self.born = born = array("q", [0]) * len(ops)
        self.dies = array("q", [NEVER]) * len(ops)
        self.infos = [number for number, operation in enumerate(ops) if operation.outcome == "info"]
        self._place()
        self.kind = Kinds(ops)
        self.is_info = bytes(operation.outcome != "ok" for operation in ops)  # a list takes eight times the room
        self.first_info = born[self.infos[0]] if self.infos else NEVER
        self.bit = {number: 1 << at for at, number in enumerate(self.infos)}
        self.info_kinds = self._alike()
        # Those that may be seen at once by an operation that is legal in one state only: blind ones leave that state.
        self.info_sighted = [alike for alike in self.info_kinds if not self.blind[alike.numbers[0]]]
        self.info_leaving = self._leaving()

    def _place(self) -> None:
        """Put starts and ends in order of time, and say where each operation starts and ends."""
        ops, events, born, dies = self.ops, self.events, self.born, self.dies
        starts = [operation.start_ns for operation in ops]
        ended: list[int] = [operation.end_ns for operation in ops]  # type: ignore[misc]  # ok ones have one
        ends = [number for number, operation in enumerate(ops) if operation.outcome == "ok"]
        ends.sort(key=ended.__getitem__)
        following = place = 0
        count = len(ops)
        happens = events.append
        for number in ends:
            end = ended[number]
            # Touching intervals overlap: a start at the instant of an end counts as earlier.
            while following < count and starts[following] <= end:
                born[following] = place
                happens(following)
                following += 1
                place += 1
            dies[number] = place
            happens(~number)
            place += 1
        # In order of their starts.
        self.pure_starts = array("i", [number for number in range(following) if self.pure[number]])
        # What starts after the last end is `info`, and may be left out.
        for late in range(following, count):
            born[late] = NEVER

    def kept(self, total: int) -> dict[State, int]:
        """Until where in the first `total` events a state must be kept, if it can't come again once it is left.

        Only where every change is blind is it known what leads to a state. A read that begins later and ends in time
        must see it.
        """
        if not self.all_blind:
            return {}
        sources = Counter(state for state, blind in zip(self.after, self.blind, strict=True) if blind)
        sources[self.initial] += 1
        return {
            self.needs[number]: self.born[number]
            for number in self.pure_starts
            if self.needs[number] is not ANY and sources[self.needs[number]] == 1 and self.dies[number] < total
        }

    def _leaving(self) -> dict[State, list[Alike]]:
        found: dict[State, list[Alike]] = {}
        for alike in self.info_kinds:
            if self.blind[alike.numbers[0]]:
                found.setdefault(self.after[alike.numbers[0]], []).append(alike)
        return found

    def _alike(self) -> list[Alike]:
        by_kind: dict[int, list[int]] = {}
        for number in self.infos:
            by_kind.setdefault(self.kind[number], []).append(number)
        return [Alike(tuple(alike), sum(self.bit[each] for each in alike)) for alike in by_kind.values()]


class Kinds:
    """For each operation a number that it shares only with some that ask and answer the same, made when asked for.

    By hash, for the room that a key for each would take; where two differ and have one hash, the later stays alone.
    `known` are those that were made, -1 for others: to look there first saves a call.
    """

    def __init__(self, ops: Sequence[Operation]) -> None:
        self._ops = ops
        self._first: dict[int, int] = {}
        self.known = array("i", [-1]) * len(ops)

    def __getitem__(self, number: int) -> int:
        kind = self.known[number]
        if kind >= 0:
            return kind
        op = self._ops[number]
        other = self._first.setdefault(hash((op.function, op.value, op.result, op.outcome)), number)
        like = self._ops[other]
        same = (
            like.function == op.function
            and like.value == op.value
            and like.result == op.result
            and like.outcome == op.outcome
        )
        self.known[number] = kind = other if same else number
        return kind
