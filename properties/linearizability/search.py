"""Search: does a history of one object fit a model?

Wing and Gong, "Testing and Verifying Concurrent Objects" (1993): look for an order of the operations that respects
real time and that the model accepts. Lowe, "Testing for Linearizability" (2017): an operation is placed just in time,
when an answer calls for it, and no configuration is entered twice. Horn and Kroening, "Faster linearizability checking
via P-compositionality" (2015) is one level up, in `check`.

A configuration is a place in the events (starts and ends in time order), the state, and which of the operations that
have started are still to be placed: a window, as wide as the concurrency. It is entered depth first, and kept only once
it has failed. Seven things prune, and none of them loses a solution:

- A pure operation is placed as soon as the state allows it: that takes nothing from the others.
- A blind operation whose interval holds a blind one that was placed already may have stood right before that one, where
  nobody could see it. It *fades* at its end, without a choice having been made earlier. For the same reason a blind
  operation is not placed right after a blind one that had no witness.
- Of several operations that ask and answer the same, the one that ends first is placed first; of several such `info`
  ones, which never end, the one that started first.
- An `info` operation that would change nothing is not placed: it may as well never take effect.
- Where no state comes again, an operation that is legal in this state alone is placed first, if the one that the end
  calls for is not legal and no other is: whatever changed the state before it would leave it no place.
- A configuration fails if a failed one was at least as free: same place and state, and what was placed in excess, or is
  missing, made no difference. Of the `info` operations that had been placed, only those count that were *missed*: of
  whose kind none was left where one might have been placed. Whatever else is left of the others is no help.
- It fails too if the model knows that it is too late for an operation that is under way, or if a state would be left
  for ever that a later read must see.

Where every change is a plain write, a read that fits nowhere is mostly found before the search (`overwritten`).
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, or_
from typing import Literal, NamedTuple

from actorproof.properties.formats.values import FrozenMap, spelled
from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation, validate
from actorproof.properties.linearizability.overwritten import first_overwritten
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.findings import Budget

NEVER = 2**62
NODES_A_LOOK = 64
MB = 1_000_000
ENTRY_BYTES = 400

LOOK_AHEAD = 32  # pure operations
EXPLAINING = 0.1  # of the budget
DIRECT = -1  # what the end called for was placed, and no choice was listed
KEPT = 256
ANY = object()  # no single state
DEAD_END: tuple[int, State] = (-NEVER, None)

_Choices = Iterator[tuple[int, State]]
Trail = tuple["Trail", int] | None


@dataclass(frozen=True, slots=True)
class Linearizable:
    """The history fits; `order` is a witness. `info` operations that aren't in it took no effect."""

    order: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLinearizable:
    """No order fits.

    Attributes:
        order: a witness for the longest prefix of the history that fits: all until the first of `stuck` ended. What
            was under way then may be placed in it, if to the answer that it gave later.
        state: the model's state after it.
        stuck: operations that can't be placed: the one whose end calls for it first, then those that were under way.
    """

    order: tuple[Operation, ...]
    state: State
    stuck: tuple[Operation, ...]

    def __str__(self) -> str:
        first, *rest = self.stuck
        beside = f"; under way: {', '.join(f'{o.id} {o}' for o in rest)}" if rest else ""
        return (
            f"{first.id} {first} fits nowhere after {len(self.order)} operations, state {spelled(self.state)}{beside}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The budget was used up. `placed` of `total` operations had ended, in the longest prefix that was seen to fit."""

    reason: Literal["time", "memory"]
    placed: int
    total: int


Answer = Linearizable | NotLinearizable | Unknown


class _Failed(NamedTuple):
    """A configuration without a solution, at some place and state.

    `used` has the bits of only those `info` operations that it might have needed and that had been placed already: one
    that lacks them, too, fails likewise, whatever else it has left.
    """

    open: frozenset[int]
    waiting: frozenset[int]
    used: int
    last: int
    fresh: bool


class _Alike(NamedTuple):
    """The `info` operations of one kind in order of their starts, and all their bits."""

    numbers: tuple[int, ...]
    bits: int


# A configuration at an end that calls for a choice; a bare tuple, since hundreds of thousands are made:
# - where it is in the events, and the state;
# - effective operations that are under way and not placed, pure ones, and the bits of `info` ones that were placed;
# - where the last blind operation was placed, and where one without a witness was placed last;
# - what was placed until here.
_Frame = tuple[int, State, tuple[int, ...], tuple[int, ...], int, int, int, Trail]


class _Plan:
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
        for operation in sorted(operations, key=attrgetter("start_ns")):
            if operation.outcome == "fail":
                continue
            pure = is_pure(operation)
            if pure and operation.outcome != "ok":
                continue
            blind = is_blind(operation)
            need = only_in(operation) if pure or grows else None
            ops.append(operation)
            self.pure.append(pure)
            self.needs.append(ANY if need is None else need[0])
            self.blind.append(blind)
            self.after.append(model.step(initial, operation)[1] if blind else None)
        self.all_blind = all(map(or_, self.pure, self.blind))
        self.grows = grows and not any(self.blind)
        # Effective ones that are legal in one state only, the one in `needs`, which never comes again.
        self.exact = bytes(self.grows and n is not ANY and not p for n, p in zip(self.needs, self.pure, strict=True))
        # Arrays, since a list of numbers takes five times the room.
        self.events = events = array("i")
        self.born = born = array("q", [0]) * len(ops)
        self.dies = dies = array("q", [NEVER]) * len(ops)
        self.infos = [number for number, operation in enumerate(ops) if operation.outcome == "info"]
        starts = [operation.start_ns for operation in ops]
        ended: list[int] = [operation.end_ns for operation in ops]  # type: ignore[misc]  # ok ones have one
        ends = [number for number, operation in enumerate(ops) if operation.outcome == "ok"]
        ends.sort(key=ended.__getitem__)
        following = place = 0
        count = len(ops)
        for number in ends:
            # Touching intervals overlap: a start at the instant of an end counts as earlier.
            while following < count and starts[following] <= ended[number]:
                born[following] = place
                events.append(following)
                following += 1
                place += 1
            dies[number] = place
            events.append(~number)
            place += 1
        # In order of their starts.
        self.pure_starts = array("i", [number for number in range(following) if self.pure[number]])
        # What starts after the last end is `info`, and may be left out.
        for late in range(following, count):
            born[late] = NEVER
        self.kind = _Kinds(ops)
        self.bit = {number: 1 << at for at, number in enumerate(self.infos)}
        self.info_kinds = self._alike()
        # Those that may be seen at once by an operation that is legal in one state only: blind ones leave that state.
        self.info_sighted = [alike for alike in self.info_kinds if not self.blind[alike.numbers[0]]]
        self.info_leaving = self._leaving()

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

    def _leaving(self) -> dict[State, list[_Alike]]:
        found: dict[State, list[_Alike]] = {}
        for alike in self.info_kinds:
            if self.blind[alike.numbers[0]]:
                found.setdefault(self.after[alike.numbers[0]], []).append(alike)
        return found

    def _alike(self) -> list[_Alike]:
        by_kind: dict[int, list[int]] = {}
        for number in self.infos:
            by_kind.setdefault(self.kind[number], []).append(number)
        return [_Alike(tuple(alike), sum(self.bit[each] for each in alike)) for alike in by_kind.values()]


class _Kinds:
    """For each operation a number that it shares only with some that ask and answer the same, made when asked for.

    By hash, for the room that a key for each would take; where two differ and have one hash, the later stays alone.
    """

    def __init__(self, ops: Sequence[Operation]) -> None:
        self._ops = ops
        self._first: dict[int, int] = {}
        self._made = array("i", [-1]) * len(ops)

    def __getitem__(self, number: int) -> int:
        kind = self._made[number]
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
        self._made[number] = kind = other if same else number
        return kind


def search(
    operations: Sequence[Operation],
    model: Model,
    *,
    budget: Budget | None = None,
    now: Callable[[], float] | None = None,
) -> Answer:
    """Decide whether operations on one object fit a model.

    `now` is a clock in seconds; without it `budget.time_s` is not watched. `budget.memory_mb` bounds what the search
    itself keeps, by estimate. BadHistoryError as in `operation.validate`.
    """
    budget = budget or Budget()
    deadline = now() + budget.time_s if now else 0.0
    validate(operations)
    suited = model.suited(operations)
    with without_collector():
        answer = _Search(_Plan(operations, suited), suited, budget.memory_mb * MB, now, deadline).run()
    if suited.foresees and isinstance(answer, NotLinearizable):
        # What fits is told without foresight, if that does not take long.
        if now:
            deadline = min(deadline, now() + budget.time_s * EXPLAINING)
        room = int(budget.memory_mb * MB * EXPLAINING)
        with without_collector():
            told = _Search(_Plan(operations, model), model, room, now, deadline).run()
        if isinstance(told, NotLinearizable):
            return told
    return answer


class _Search:
    def __init__(
        self, plan: _Plan, model: Model, room_bytes: int, now: Callable[[], float] | None, deadline: float
    ) -> None:
        self._plan = plan
        self._model = model
        self._step = model.step
        self._too_late = type(model).is_too_late is not Model.is_too_late
        self._choosy = type(model).serves is not Model.serves
        self._limit = 0
        self._direct_only = False
        self._kept: dict[State, int] = {}
        self._left: tuple[State, tuple[int, ...]] = (None, ())
        self._now = now
        self._deadline = deadline
        self._bytes = self._bytes_left = room_bytes
        self._failed: dict[tuple[int, State], list[_Failed]] = {}

    def run(self) -> Answer:
        """Search the whole history; when it fails, find the longest prefix that fits."""
        plan, total = self._plan, len(self._plan.events)
        overwritten = None
        if plan.all_blind:
            overwritten = first_overwritten(
                plan.events,
                born=plan.born,
                dies=plan.dies,
                blind=plan.blind,
                after=plan.after,
                needs=plan.needs,
                anything=ANY,
                initial=self._model.initial,
            )
        answer = self._decide(total if overwritten is None else overwritten)
        if overwritten is None or not isinstance(answer, Linearizable):
            return answer
        return self._not_after(answer, overwritten)

    def _decide(self, total: int) -> Answer:
        """Search the first `total` events."""
        plan = self._plan
        if plan.infos:
            # Most histories need an unanswered operation only right before the one that saw its effect.
            self._direct_only = True
            answer, _ = self._run(total)
            self._direct_only = False
            if not isinstance(answer, NotLinearizable):
                return answer
        answer, stuck_at = self._run(total)
        if not (self._too_late or self._kept) or not isinstance(answer, NotLinearizable):
            return answer
        # What is too late for a later operation was not tried, so the prefix may be longer than it was seen to be.
        ends = [at for at, event in enumerate(plan.events[:total]) if event < 0 and at >= stuck_at]
        low, high = 0, len(ends) - 1
        while low < high:
            middle = (low + high) // 2
            part, _ = self._run(ends[middle] + 1)
            if isinstance(part, Unknown):
                return answer
            if isinstance(part, NotLinearizable):
                high = middle
            else:
                low = middle + 1
        fits, _ = self._run(ends[high])
        return self._not_after(fits, ends[high]) if isinstance(fits, Linearizable) else answer

    def _not_after(self, fits: Linearizable, end: int) -> NotLinearizable:
        """The answer when the events before an end fit, as the last run found, and those with it don't."""
        plan = self._plan
        state, open_ = self._left
        called = ~plan.events[end]
        stuck = (called, *(number for number in open_ if number != called))
        return NotLinearizable(order=fits.order, state=state, stuck=tuple(plan.ops[number] for number in stuck))

    def _run(self, total: int) -> tuple[Answer, int]:  # noqa: PLR0915 - one loop over locals: a call for each event would double its time
        plan, step, failed = self._plan, self._step, self._failed
        failed.clear()
        self._bytes_left = self._bytes
        self._limit = total
        kept = self._kept = plan.kept(total)
        ops, events, pure, blind, born, needs = plan.ops, plan.events, plan.pure, plan.blind, plan.born, plan.needs
        exact = plan.exact
        is_info = bytes(operation.outcome != "ok" for operation in ops)  # a list takes eight times the room
        first_info = born[plan.infos[0]] if plan.infos else NEVER
        frames: list[_Frame] = []
        # The choices that each frame has left, None when they aren't listed, and how many of them were taken.
        left: list[_Choices | None] = []
        taken: list[int] = []
        # The bits of the `info` operations that were missed in what each frame tried; and in the last dead end.
        lacked: list[int] = []
        missed = 0
        deepest: tuple[int, Trail, State, tuple[int, ...]] = (-1, None, self._model.initial, ())
        looks = NODES_A_LOOK
        at = 0
        state: State = self._model.initial
        open_: tuple[int, ...] = ()
        waiting: tuple[int, ...] = ()
        used = 0
        last = fresh = -1
        trail: Trail = None
        while True:
            # Go on to the next end whose operation isn't placed.
            called = -1
            while at < total:
                event = events[at]
                if event < 0:
                    if (~event in waiting) if pure[~event] else (~event in open_):
                        called = ~event
                        break
                elif pure[event]:
                    need = needs[event]
                    if step(state, ops[event])[0] if need is ANY else need == state:
                        trail = (trail, event)
                    else:
                        waiting += (event,)
                elif not is_info[event]:
                    open_ += (event,)
                at += 1
            if called < 0:
                self._left = (state, (*waiting, *open_))
                return Linearizable(self._order(trail)), total
            looks -= 1
            if not looks:
                looks = NODES_A_LOOK
                if (reason := self._spent()) is not None:
                    reached = max(deepest[0], at)
                    ended = sum(event < 0 for event in events[:reached])
                    return Unknown(reason=reason, placed=ended, total=len(ops)), reached
            frame: _Frame | None = None
            choice, following = DEAD_END
            if (
                failed
                and (at, state) in failed
                and (before := self._hopeless((at, state, open_, waiting, used, last, fresh, trail))) is not None
            ):
                missed = before.used
            elif kept and kept.get(state, -1) > at:
                if blind[called] and born[called] < last:
                    choice = ~called
                    following = state
                else:
                    missed = 0
            elif pure[called] or fresh == at or (blind[called] and born[called] < last):
                frame = (at, state, open_, waiting, used, last, fresh, trail)
            else:
                legal, following = step(state, ops[called])
                if not legal:
                    frame = (at, state, open_, waiting, used, last, fresh, trail)
                else:
                    choice = called
                    if (first_info < at and not exact[called]) or [
                        o
                        for o in open_
                        if o != called and (needs[o] == state if exact[o] else blind[o] or step(state, ops[o])[0])
                    ]:
                        frames.append((at, state, open_, waiting, used, last, fresh, trail))
                        left.append(None)
                        taken.append(DIRECT)
                        lacked.append(0)
            if frame is not None and plan.grows:
                choice, following = self._forced(frame)
            if frame is not None and choice == -NEVER:
                choices = self._choices(frame)
                choice, following = next(choices, DEAD_END)
                if choice != -NEVER:
                    frames.append(frame)
                    left.append(choices)
                    taken.append(1)
                    lacked.append(0)
                    if len(left) > KEPT and taken[-KEPT] > 0:
                        left[-KEPT] = None  # a list that stands still takes room, and is soon made again
                else:
                    missed = self._missed(frame)
            if choice == -NEVER:
                if at > deepest[0]:
                    others = tuple(o for o in (*waiting, *open_) if o != called)
                    deepest = (at, trail, state, (called, *others))
                # Back to the last configuration that has a choice left.
                while choice == -NEVER:
                    if not frames:
                        reached, trail, state, stuck = deepest
                        named = tuple(ops[number] for number in stuck)
                        answer = NotLinearizable(order=self._order(trail), state=state, stuck=named)
                        return answer, reached
                    again, rest = frames[-1], left[-1]
                    lacked[-1] |= missed
                    if rest is None:
                        direct = taken[-1] == DIRECT
                        rest = left[-1] = self._choices(again, tried=~events[again[0]] if direct else -1)
                        for _ in range(taken[-1]):
                            next(rest)
                    choice, following = next(rest, DEAD_END)
                    if taken[-1] != DIRECT:
                        taken[-1] += 1
                    if choice == -NEVER:
                        frames.pop()
                        left.pop()
                        taken.pop()
                        # What was placed since is not missed: it would be placed again.
                        missed = (lacked.pop() | self._missed(again)) & again[4]
                        self._fail(again, missed)
                at, state, open_, waiting, used, last, fresh, trail = again
                called = ~events[at]
            # Place the choice.
            trail = (trail, choice)
            if choice < 0:
                open_ = tuple([o for o in open_ if o != called])
                at += 1
                continue
            if is_info[choice]:
                used |= plan.bit[choice]
            else:
                open_ = tuple([o for o in open_ if o != choice])
            seen = False
            if waiting and following is not state:
                left_waiting = []
                for number in waiting:
                    need = needs[number]
                    if step(following, ops[number])[0] if need is ANY else need == following:
                        trail = (trail, number)
                    else:
                        left_waiting.append(number)
                seen = len(left_waiting) < len(waiting)
                if seen:
                    waiting = tuple(left_waiting)
            state = following
            if blind[choice]:
                last = at
                fresh = -1 if seen else at
            else:
                fresh = -1
            if choice == called:
                at += 1

    def _forced(self, frame: _Frame) -> tuple[int, State]:
        """The operation that must be placed now, before any that changes the state; DEAD_END when none must.

        The end calls for one that is not legal in this state, so something has to change it. If of those under way one
        alone is legal, and in this state only, whatever came before it would leave it no place. (An `info` one that
        leaves the state as it is may as well not take effect.)
        """
        plan, step = self._plan, self._step
        ops, exact, needs = plan.ops, plan.exact, plan.needs
        state = frame[1]
        forced = -1
        for number in frame[2]:
            if needs[number] == state if exact[number] else step(state, ops[number])[0]:
                if forced >= 0 or not exact[number] or plan.dies[number] >= self._limit:
                    return DEAD_END
                forced = number
        if forced < 0:
            return DEAD_END
        following = step(state, ops[forced])[1]
        return DEAD_END if self._too_late and self._is_doomed(following, forced, frame) else (forced, following)

    def _choices(self, frame: _Frame, *, tried: int = -1) -> _Choices:
        """What may be placed now, the most promising first. A complement (`~number`) says that it fades.

        `tried` was placed before: the operation that the end calls for.
        """
        plan, step = self._plan, self._step
        ops, blind, born, kind = plan.ops, plan.blind, plan.born, plan.kind
        at, state, open_, waiting, _, last, fresh, _ = frame
        called = ~plan.events[at]
        is_fresh = fresh == at
        if tried != called and not plan.pure[called] and not (is_fresh and blind[called]):
            legal, following = step(state, ops[called])
            if blind[called] and born[called] < last:
                if self._is_read_first(at, following, state):
                    yield called, following
                    yield ~called, state
                else:
                    yield ~called, state
                    yield called, following
            elif legal:
                yield called, following
        indirect: list[tuple[int, State]] = []
        seen = {kind[called]}
        infos = self._infos(frame)
        sighted = not plan.all_blind and any(not blind[number] for number in (*open_, *infos))
        needs, after = plan.needs, plan.after
        need = needs[called]
        wanted = {needs[number] for number in waiting}
        for number in (*sorted(open_, key=plan.dies.__getitem__), *infos):
            if kind[number] in seen:
                continue
            if blind[number]:
                if is_fresh:
                    continue
                following = after[number]
                direct = not blind[called] and (step(following, ops[called])[0] if need is ANY else need == following)
                if not direct and not sighted and following not in wanted and ANY not in wanted:
                    continue  # nobody would see it
            else:
                legal, following = step(state, ops[number])
                # One that changes nothing may as well never take effect.
                if not legal or (following == state and plan.dies[number] == NEVER):
                    continue
                direct = not blind[called] and (step(following, ops[called])[0] if need is ANY else need == following)
            seen.add(kind[number])
            if self._too_late and self._is_doomed(following, number, frame):
                continue
            if direct:
                yield number, following
            elif plan.dies[number] == NEVER and (
                self._direct_only or (self._choosy and not self._serves(state, number, (called, *waiting)))
            ):
                continue
            elif sighted or not blind[number] or following in wanted or self._is_seen(following, waiting):
                indirect.append((number, following))
        if self._choosy and len(indirect) > 1:
            indirect.sort(key=lambda choice: not self._serves(state, choice[0], (called,)))
        yield from indirect

    def _serves(self, state: State, number: int, others: Iterable[int]) -> bool:
        """Whether an operation may bring about what some others need."""
        ops, serves = self._plan.ops, self._model.serves
        return any(serves(state, ops[number], ops[other]) for other in others)

    def _infos(self, frame: _Frame) -> list[int]:
        """Of each kind of `info` operations the first that isn't placed, in order of their starts.

        Those of one kind are placed in this order, so the ones that were are the first ones.
        """
        at, _, _, waiting, used, _, _, _ = frame
        born, called = self._plan.born, ~self._plan.events[at]
        found = []
        for alike, bits in self._within_sight(called, waiting):
            placed = (used & bits).bit_count()
            if placed < len(alike) and born[alike[placed]] < at:
                found.append(alike[placed])
        found.sort()
        return found

    def _within_sight(self, called: int, waiting: Sequence[int]) -> Iterable[_Alike]:
        """The kinds of `info` operations to look at before an operation; all, if any may be placed before it.

        A blind one is placed for the operation that sees the state that it leaves: the one whose end calls for it, or,
        where no other than pure ones see anything and not only the called one counts, one that waits.
        """
        plan, needs = self._plan, self._plan.needs
        asked = [] if plan.blind[called] else [called]
        if not self._direct_only:
            asked += waiting
        if any(needs[number] is ANY for number in asked) or not (self._direct_only or plan.all_blind):
            return plan.info_kinds
        leaving = (plan.info_leaving.get(need, ()) for need in {needs[number] for number in asked})
        return (*plan.info_sighted, *chain.from_iterable(leaving))

    def _missed(self, frame: _Frame) -> int:
        """The bits of the `info` operations that might have been placed here, had they not been placed before.

        Of a kind of which one is left, none is missed: it stands for all.
        """
        plan, step = self._plan, self._step
        at, state, open_, waiting, used, _, _, _ = frame
        if not used:
            return 0
        blind, is_blind_called = plan.blind, plan.blind[called := ~plan.events[at]]
        need = plan.needs[called]
        # Whether an operation may be placed that nobody sees at once also hangs on what could see it later.
        unseen = self._direct_only and not plan.all_blind and all(blind[number] for number in open_)
        missed = 0
        for alike, bits in self._within_sight(called, waiting):
            placed = (used & bits).bit_count()
            if not placed or (placed < len(alike) and plan.born[alike[placed]] < at):
                continue
            number = alike[0]
            if self._direct_only and not (unseen and not blind[number]):
                if is_blind_called:
                    continue
                following = plan.after[number] if blind[number] else step(state, plan.ops[number])[1]
                if not (step(following, plan.ops[called])[0] if need is ANY else need == following):
                    continue
            missed |= used & bits
        return missed

    def _is_doomed(self, state: State, but: int, frame: _Frame) -> bool:
        """Whether it is too late in this state for an operation that must be placed before the search's limit."""
        plan, too_late, limit = self._plan, self._model.is_too_late, self._limit
        for number in (*frame[2], *frame[3]):
            if number != but and plan.dies[number] < limit and too_late(state, plan.ops[number]):
                return True
        return False

    def _is_read_first(self, at: int, one: State, other: State) -> bool:
        """Whether, of the pure operations that start next, the first that fits only one of two states fits `one`."""
        plan, step = self._plan, self._step
        begun = bisect_left(plan.pure_starts, at, key=plan.born.__getitem__)
        for number in plan.pure_starts[begun : begun + LOOK_AHEAD]:
            need = plan.needs[number]
            if need is ANY:
                fits_one = step(one, plan.ops[number])[0]
                if fits_one is not step(other, plan.ops[number])[0]:
                    return fits_one
            elif need == one:
                return need != other
            elif need == other:
                return False
        return False

    def _is_seen(self, state: State, waiting: Iterable[int]) -> bool:
        """Whether a waiting pure operation is legal in a state."""
        needs, step, ops = self._plan.needs, self._step, self._plan.ops
        for number in waiting:
            need = needs[number]
            if step(state, ops[number])[0] if need is ANY else need == state:
                return True
        return False

    def _hopeless(self, frame: _Frame) -> _Failed | None:
        """A configuration at the same place and state that failed before and was at least as free as this one."""
        blind, born = self._plan.blind, self._plan.born
        at, state, open_, waiting, used, last, fresh, _ = frame
        is_fresh = fresh == at
        free = ~used
        entries = self._failed[at, state]
        for entry in entries:
            if (
                not entry.used & free
                and (is_fresh or not entry.fresh)
                and entry.open.issuperset(open_)
                and entry.waiting.issubset(waiting)
                and (entry.last >= last or all(not entry.last <= born[o] < last for o in open_ if blind[o]))
                and (
                    len(entry.open) == len(open_)
                    or all(blind[o] and born[o] < entry.last for o in entry.open.difference(open_))
                )
            ):
                return entry
        return None

    def _fail(self, frame: _Frame, missed: int) -> None:
        at, state, open_, waiting, _, last, fresh, _ = frame
        entry = _Failed(frozenset(open_), frozenset(waiting), missed, last, fresh == at)
        self._failed.setdefault((at, state), []).append(entry)
        self._bytes_left -= ENTRY_BYTES + sys.getsizeof(entry.open) + sys.getsizeof(entry.waiting)
        self._bytes_left -= sys.getsizeof(entry.used) + _room(state)

    def _spent(self) -> Literal["time", "memory"] | None:
        if self._bytes_left < 0:
            return "memory"
        return "time" if self._now is not None and self._now() > self._deadline else None

    def _order(self, trail: Trail) -> tuple[Operation, ...]:
        """The operations of a trail in order; what faded stands right before the blind one that hid it."""
        plan = self._plan
        order: list[int] = []  # from the last to the first
        faded: list[int] = []
        while trail is not None:
            trail, number = trail
            if number < 0:
                faded.append(~number)
                continue
            order.append(number)
            if plan.blind[number]:
                order += faded
                faded = []
        return tuple(plan.ops[number] for number in reversed(order))


def _room(state: State) -> int:
    """How many bytes a state takes, with what is in it as far as collections go."""
    if isinstance(state, FrozenMap):
        return sys.getsizeof(state) + sys.getsizeof(state.pairs) + sum(map(_room, state.pairs.items()))
    if isinstance(state, tuple | frozenset):
        return sys.getsizeof(state) + sum(map(_room, state))
    return sys.getsizeof(state)
