"""Search: does a history of one object fit a model?

Wing and Gong, "Testing and Verifying Concurrent Objects" (1993): look for an order of the operations that respects
real time and that the model accepts. Lowe, "Testing for Linearizability" (2017): an operation is placed just in time,
when an answer calls for it, and no configuration is entered twice. Horn and Kroening, "Faster linearizability checking
via P-compositionality" (2015) is one level up, in `check`.

A configuration is a place in the events (starts and ends in time order), the state, and which of the operations that
have started are still to be placed: a window, as wide as the concurrency. It is entered depth first, and kept only once
it has failed. Five things prune, and none of them loses a solution:

- A pure operation is placed as soon as the state allows it: that takes nothing from the others.
- A blind operation whose interval holds a blind one that was placed already may have stood right before that one, where
  nobody could see it. It *fades* at its end, without a choice having been made earlier. For the same reason a blind
  operation is not placed right after a blind one that had no witness.
- Of several operations that ask and answer the same, the one that ends first is placed first; of several such `info`
  ones, which never end, the one that started first.
- A configuration fails if a failed one was at least as free: same place and state, and what was placed in excess, or is
  missing, made no difference.
- It fails too if the model knows that it is too late for an operation that is under way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation, spelled, validate
from actorproof.properties.verdict import Budget

NEVER = 2**62
NODES_A_LOOK = 64
MB = 1_000_000
ENTRY_BYTES = 400

LOOK_AHEAD = 64
EXPLAINING = 0.1  # of the budget
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
    """A configuration without a solution, at some place and state."""

    open: frozenset[int]
    waiting: frozenset[int]
    used: frozenset[int]
    last: int
    fresh: bool


class _Frame(NamedTuple):
    """A configuration at an end that calls for a choice, and the choices that are left (None: not listed yet)."""

    at: int
    state: State
    open: tuple[int, ...]  # effective operations that are under way and not placed
    waiting: tuple[int, ...]  # pure ones
    used: frozenset[int]  # `info` ones that were placed
    last: int  # where the last blind operation was placed
    fresh: int  # where a blind operation without a witness was placed last
    trail: Trail


class _Plan:
    """The operations of a history as numbers, in order of their starts, and its events in order of time."""

    def __init__(self, operations: Sequence[Operation], model: Model) -> None:
        is_pure, is_blind = model.is_pure, model.is_blind
        self.ops: list[Operation] = []
        ops = self.ops
        self.pure: list[bool] = []
        for operation in sorted(operations, key=_start_of):
            if operation.outcome == "fail":
                continue
            pure = is_pure(operation)
            if pure and operation.outcome != "ok":
                continue
            ops.append(operation)
            self.pure.append(pure)
        self.blind = [is_blind(operation) for operation in ops]
        self.events: list[int] = []
        events = self.events
        self.born = born = [0] * len(ops)
        self.dies = dies = [NEVER] * len(ops)
        self.infos = [number for number, operation in enumerate(ops) if operation.outcome == "info"]
        ends = [number for number, operation in enumerate(ops) if operation.outcome == "ok"]
        ends.sort(key=[operation.end_ns for operation in ops].__getitem__)  # type: ignore[arg-type]  # ok ones have one
        following = 0
        count = len(ops)
        for number in ends:
            end_ns = ops[number].end_ns
            # Touching intervals overlap: a start at the instant of an end counts as earlier.
            while following < count and ops[following].start_ns <= end_ns:  # type: ignore[operator]  # as above
                born[following] = len(events)
                events.append(following)
                following += 1
            dies[number] = len(events)
            events.append(~number)
        # What starts after the last end is `info`, and may be left out.
        for late in range(following, count):
            born[late] = NEVER
        kinds: dict[object, int] = {}
        self.kind = [kinds.setdefault((op.function, op.value, op.result, op.outcome), len(kinds)) for op in ops]


def _start_of(operation: Operation) -> int:
    return operation.start_ns


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
    validate(operations)
    budget = budget or Budget()
    suited = model.suited(operations)
    answer = _Search(_Plan(operations, suited), suited, budget, now).run()
    if suited.foresees and isinstance(answer, NotLinearizable):
        # What fits is told without foresight, if that does not take long.
        short = Budget(time_s=budget.time_s * EXPLAINING, memory_mb=max(1, int(budget.memory_mb * EXPLAINING)))
        told = _Search(_Plan(operations, model), model, short, now).run()
        if isinstance(told, NotLinearizable):
            return told
    return answer


class _Search:
    def __init__(self, plan: _Plan, model: Model, budget: Budget, now: Callable[[], float] | None) -> None:
        self._plan = plan
        self._model = model
        self._step = model.step
        self._too_late = type(model).is_too_late is not Model.is_too_late
        self._limit = 0
        self._direct_only = False
        self._left: tuple[State, tuple[int, ...]] = (None, ())
        self._now = now
        self._deadline = now() + budget.time_s if now else 0.0
        self._bytes = self._bytes_left = budget.memory_mb * MB
        self._failed: dict[tuple[int, State], list[_Failed]] = {}

    def run(self) -> Answer:
        """Search the whole history; when it fails, find the longest prefix that fits."""
        plan = self._plan
        if plan.infos:
            # Most histories need an unanswered operation only right before the one that saw its effect.
            self._direct_only = True
            answer, _ = self._run(len(plan.events))
            self._direct_only = False
            if not isinstance(answer, NotLinearizable):
                return answer
        answer, stuck_at = self._run(len(plan.events))
        if not self._too_late or not isinstance(answer, NotLinearizable):
            return answer
        # What is too late for a later operation was not tried, so the prefix may be longer than it was seen to be.
        ends = [at for at, event in enumerate(plan.events) if event < 0 and at >= stuck_at]
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
        if not isinstance(fits, Linearizable):
            return answer
        state, open_ = self._left
        called = ~plan.events[ends[high]]
        stuck = (called, *(number for number in open_ if number != called))
        return NotLinearizable(order=fits.order, state=state, stuck=tuple(plan.ops[number] for number in stuck))

    def _run(self, total: int) -> tuple[Answer, int]:  # noqa: PLR0915 - one loop over locals: a call for each event would double its time
        plan, step, failed = self._plan, self._step, self._failed
        failed.clear()
        self._bytes_left = self._bytes
        self._limit = total
        ops, events, pure, blind, born = plan.ops, plan.events, plan.pure, plan.blind, plan.born
        is_info = [operation.outcome != "ok" for operation in ops]
        first_info = born[plan.infos[0]] if plan.infos else NEVER
        frames: list[tuple[_Frame, _Choices | None]] = []
        deepest: tuple[int, Trail, State, tuple[int, ...]] = (-1, None, self._model.initial, ())
        looks = NODES_A_LOOK
        at = 0
        state: State = self._model.initial
        open_: tuple[int, ...] = ()
        waiting: tuple[int, ...] = ()
        used: frozenset[int] = frozenset()
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
                    if step(state, ops[event])[0]:
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
            if (at, state) in failed and self._hopeless(_Frame(at, state, open_, waiting, used, last, fresh, trail)):
                pass
            elif pure[called] or fresh == at or (blind[called] and born[called] < last):
                frame = _Frame(at, state, open_, waiting, used, last, fresh, trail)
            else:
                legal, following = step(state, ops[called])
                if not legal:
                    frame = _Frame(at, state, open_, waiting, used, last, fresh, trail)
                else:
                    choice = called
                    if len(open_) > 1 or first_info < at:
                        frames.append((_Frame(at, state, open_, waiting, used, last, fresh, trail), None))
            if frame is not None:
                choices = self._choices(frame)
                choice, following = next(choices, DEAD_END)
                if choice != -NEVER:
                    frames.append((frame, choices))
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
                    again, left = frames[-1]
                    if left is None:
                        left = self._choices(again, tried=~events[again.at])
                        frames[-1] = (again, left)
                    choice, following = next(left, DEAD_END)
                    if choice == -NEVER:
                        frames.pop()
                        self._fail(again)
                at, state, open_, waiting, used, last, fresh, trail = again
                called = ~events[at]
            # Place the choice.
            trail = (trail, choice)
            if choice < 0:
                open_ = tuple([o for o in open_ if o != called])
                at += 1
                continue
            if is_info[choice]:
                used |= {choice}
            else:
                open_ = tuple([o for o in open_ if o != choice])
            seen = False
            if waiting and following is not state:
                left_waiting = []
                for number in waiting:
                    if step(following, ops[number])[0]:
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

    def _choices(self, frame: _Frame, *, tried: int = -1) -> _Choices:
        """What may be placed now, the most promising first. A complement (`~number`) says that it fades.

        `tried` was placed before: the operation that the end calls for.
        """
        plan, step = self._plan, self._step
        ops, blind, born, kind = plan.ops, plan.blind, plan.born, plan.kind
        at, state, open_, waiting, used, last, fresh, _ = frame
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
        infos = [number for number in plan.infos if born[number] < at and number not in used]
        sighted = any(not blind[number] for number in open_) or any(not blind[number] for number in infos)
        for number in (*sorted(open_, key=plan.dies.__getitem__), *infos):
            if kind[number] in seen or (is_fresh and blind[number]):
                continue
            seen.add(kind[number])
            legal, following = step(state, ops[number])
            if not legal or (self._too_late and self._is_doomed(following, number, frame)):
                continue
            if not blind[called] and step(following, ops[called])[0]:
                yield number, following
            elif self._direct_only and plan.dies[number] == NEVER:
                continue
            elif sighted or not blind[number] or any(step(following, ops[w])[0] for w in waiting):
                indirect.append((number, following))
        yield from indirect

    def _is_doomed(self, state: State, but: int, frame: _Frame) -> bool:
        """Whether it is too late in this state for an operation that must be placed before the search's limit."""
        plan, too_late, limit = self._plan, self._model.is_too_late, self._limit
        for number in (*frame.open, *frame.waiting):
            if number != but and plan.dies[number] < limit and too_late(state, plan.ops[number]):
                return True
        return False

    def _is_read_first(self, at: int, one: State, other: State) -> bool:
        """Whether, of the pure operations that start next, the first that fits only one of two states fits `one`."""
        plan, step = self._plan, self._step
        for event in plan.events[at : at + LOOK_AHEAD]:
            if event >= 0 and plan.pure[event]:
                fits_one = step(one, plan.ops[event])[0]
                if fits_one is not step(other, plan.ops[event])[0]:
                    return fits_one
        return False

    def _hopeless(self, frame: _Frame) -> bool:
        """Whether a configuration at the same place and state failed before that was at least as free as this one."""
        blind, born = self._plan.blind, self._plan.born
        at, state, open_, waiting, used, last, fresh, _ = frame
        is_fresh = fresh == at
        entries = self._failed[at, state]
        for entry in entries:
            if (
                (is_fresh or not entry.fresh)
                and entry.open.issuperset(open_)
                and entry.waiting.issubset(waiting)
                and entry.used <= used
                and (entry.last >= last or all(not entry.last <= born[o] < last for o in open_ if blind[o]))
                and (
                    len(entry.open) == len(open_)
                    or all(blind[o] and born[o] < entry.last for o in entry.open.difference(open_))
                )
            ):
                return True
        return False

    def _fail(self, frame: _Frame) -> None:
        entry = _Failed(
            frozenset(frame.open), frozenset(frame.waiting), frame.used, frame.last, frame.fresh == frame.at
        )
        self._failed.setdefault((frame.at, frame.state), []).append(entry)
        self._bytes_left -= ENTRY_BYTES + sys.getsizeof(entry.open) + sys.getsizeof(entry.waiting)
        self._bytes_left -= sys.getsizeof(entry.used) + sys.getsizeof(frame.state)

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
