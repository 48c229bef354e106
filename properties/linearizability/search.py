"""Search: does a history of one object fit a model?

Wing and Gong, "Testing and Verifying Concurrent Objects" (1993): look for an order of the operations that respects
real time and that the model accepts. Lowe, "Testing for Linearizability" (2017): an operation is placed just in time,
when an answer calls for it, and no configuration is entered twice. Horn and Kroening, "Faster linearizability checking
via P-compositionality" (2015) is one level up, in `check`.

A configuration is a place in the events (starts and ends in time order), the state, and which of the operations that
have started are still to be placed: a window, as wide as the concurrency. It is entered depth first, and kept only once
it has failed. Eight things prune, and none of them loses a solution:

- A pure operation is placed as soon as the state allows it: that takes nothing from the others.
- A blind operation whose interval holds a blind one that was placed already may have stood right before that one, where
  nobody could see it. It *fades* at its end, without a choice having been made earlier. For the same reason a blind
  operation is not placed right after a blind one that had no witness.
- Of several operations that ask and answer the same, the one that ends first is placed first; of several such `info`
  ones, which never end, the one that started first.
- An `info` operation that would change nothing is not placed: it may as well never take effect.
- One on a part of the object that nobody who waits needs to be other than it is waits until what must end was placed.
- Where no state comes again, an operation that is legal in this state alone is placed first, if the one that the end
  calls for is not legal and no other is: whatever changed the state before it would leave it no place.
- A configuration fails if a failed one was at least as free: same place and state, and what was placed in excess, or is
  missing, made no difference. Of the `info` operations that had been placed, only those count that were *missed*: of
  whose kind none was left where one might have been placed. Whatever else is left of the others is no help.
- It fails too if the model knows that it is too late for an operation that is under way, that all of them together do
  not bring about what the one that must end needs, or if a state would be left for ever that a later read must see.

Where every change is a plain write, a read that fits nowhere is mostly found before the search (`overwritten`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from actorproof.properties.linearizability.answer import Answer, Linearizable, NotLinearizable, Unknown
from actorproof.properties.linearizability.choices import DEAD_END, NOTHING, Choices, Listed
from actorproof.properties.linearizability.failures import Failures, Frame, Trail
from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation, validate
from actorproof.properties.linearizability.overwritten import first_overwritten
from actorproof.properties.linearizability.plan import ANY, Plan
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.findings import Budget

NODES_A_LOOK = 64
MB = 1_000_000

EXPLAINING = 0.1  # of the budget
DIRECT = -1  # what the end called for was placed, and no choice was listed
KEPT = 256


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
        answer = _Search(Plan(operations, suited), suited, budget.memory_mb * MB, now, deadline).run()
    if suited is model or not isinstance(answer, NotLinearizable):
        return answer
    if suited.foresees:
        # What fits is told without foresight, if that does not take long.
        if now:
            deadline = min(deadline, now() + budget.time_s * EXPLAINING)
        room = int(budget.memory_mb * MB * EXPLAINING)
        with without_collector():
            told = _Search(Plan(operations, model), model, room, now, deadline).run()
        if isinstance(told, NotLinearizable):
            return told
    return replace(answer, state=_left_by(answer.order, model))


def _left_by(order: Iterable[Operation], model: Model) -> State:
    """The state after some operations, as the model that was asked for has it."""
    state = model.initial
    for operation in order:
        state = model.step(state, operation)[1]
    return state


class _Branch(msgspec.Struct):
    """A configuration to come back to.

    Attributes:
        frame: the configuration.
        left: the choices that it has left; None when they aren't listed.
        taken: how many were taken of those; DIRECT when what the end called for was placed, and none was listed.
        lacked: the bits of the `info` operations that were missed in what was tried.
    """

    frame: Frame
    left: Any  # Listed or None, unchecked
    taken: int
    lacked: int = 0


class _Search:
    def __init__(
        self, plan: Plan, model: Model, room_bytes: int, now: Callable[[], float] | None, deadline: float
    ) -> None:
        self._plan = plan
        self._model = model
        self._step = model.step
        self._too_late = type(model).is_too_late is not Model.is_too_late
        self._now = now
        self._deadline = deadline
        self._room_bytes = room_bytes
        # Of one run, which begins with these anew.
        self._branches: list[_Branch]
        self._choices: Choices
        self._kept: dict[State, int]
        self._failures: Failures
        # The furthest dead end: its place, what was placed, the state, and what could not be placed.
        self._deepest: tuple[int, Trail, State, tuple[int, ...]]
        # The bits of the `info` operations that were missed in the last dead end.
        self._missing: int
        # What was left of one that fits: its state, and what was under way.
        self._left: tuple[State, tuple[int, ...]]
        self._looks: int
        self._is_out_of: Literal["time", "memory"] | None

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
        # Choices that are left know this search, and would keep all of it until the collector comes.
        self._branches = []
        if overwritten is None or not isinstance(answer, Linearizable):
            return answer
        return self._not_after(answer, overwritten)

    def _decide(self, total: int) -> Answer:
        """Search the first `total` events."""
        plan = self._plan
        if plan.infos:
            # Most histories need an unanswered operation only right before the one that saw its effect.
            answer, _ = self._run(total, direct_only=True)
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

    def _run(self, total: int, *, direct_only: bool = False) -> tuple[Answer, int]:
        """Search the first `total` events; the answer, and how far it got."""
        self._begin(total)
        self._choices = Choices(self._plan, self._model, total, direct_only=direct_only)
        frame: Frame = (0, self._model.initial, (), (), 0, -1, -1, None)
        follow, enter = self._follow, self._enter
        frame = follow(frame, NOTHING, None)
        while frame[0] < total:
            if self._is_out_of is not None:
                return self._unknown(self._is_out_of, frame[0])
            choice, following = enter(frame)
            if choice == NOTHING:
                if frame[0] > self._deepest[0]:
                    self._deepest = self._dead_end(frame)
                returned = self._back()
                if returned is None:
                    return self._not_linearizable()
                frame, choice, following = returned
            frame = follow(frame, choice, following)
        self._left = (frame[1], (*frame[3], *frame[2]))
        return Linearizable(self._order(frame[7])), total

    def _begin(self, total: int) -> None:
        """Forget what an earlier search of another prefix found."""
        self._failures = Failures(self._plan, self._room_bytes)
        self._branches = []
        self._deepest = (-1, None, self._model.initial, ())
        self._kept = self._plan.kept(total)
        self._looks = NODES_A_LOOK
        self._is_out_of = None
        plan = self._plan
        self._at_hand = (
            *(self._step, self._failures.entries, self._kept, total),
            *(plan.ops, plan.events, plan.pure, plan.blind, plan.born, plan.needs),
            *(plan.exact, plan.is_info, plan.first_info),
        )

    def _follow(  # noqa: PLR0915 - one loop over locals: a call for each event would double its time
        self, frame: Frame, choice: int, following: State
    ) -> Frame:
        """Place a choice, if there is one, and go on for as long as it is known what to do, or what to try first.

        The configuration at the next end that calls for a choice, or behind the last event. Where the operation of an
        end is only the first thing to try, the configuration becomes a branch to come back to.
        """
        step, failed, kept, total, ops, events, pure, blind, born, needs, exact, is_info, first_info = self._at_hand
        at, state, open_, waiting, used, last, fresh, trail = frame
        called = ~events[at] if at < total else -1
        looks, branches = self._looks, self._branches
        while True:
            # Place the choice. A complement (`~number`) says that it fades.
            if choice != NOTHING:
                trail = (trail, choice)
                if choice < 0:
                    open_ = tuple([o for o in open_ if o != called])
                    at += 1
                else:
                    if is_info[choice]:
                        used |= self._plan.bit[choice]
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
            looks -= 1
            if not looks:
                looks = NODES_A_LOOK
                self._is_out_of = self._spent()
                if self._is_out_of is not None:
                    break
            if called < 0 or (failed and (at, state) in failed):
                break
            # Is there only one thing to do?
            if kept and kept.get(state, -1) > at:
                if not (blind[called] and born[called] < last):
                    break
                choice = ~called
                following = state
            elif pure[called] or fresh == at or (blind[called] and born[called] < last):
                break
            else:
                legal, following = step(state, ops[called])
                if not legal:
                    break
                choice = called
                if (first_info < at and not exact[called]) or [
                    o
                    for o in open_
                    if o != called and (needs[o] == state if exact[o] else blind[o] or step(state, ops[o])[0])
                ]:
                    branches.append(_Branch((at, state, open_, waiting, used, last, fresh, trail), None, DIRECT))
        self._looks = looks
        return at, state, open_, waiting, used, last, fresh, trail

    def _enter(self, frame: Frame) -> tuple[int, State]:
        """The first choice in a configuration that must be looked at; DEAD_END when there is none.

        It becomes a branch to come back to, if there may be another choice.
        """
        at, state, _, _, _, last, _, _ = frame
        plan, failures, kept = self._plan, self._failures, self._kept
        self._missing = 0
        if failures.entries and (at, state) in failures.entries and (before := failures.like(frame)) is not None:
            self._missing = before.used
            return DEAD_END
        if kept and kept.get(state, -1) > at:
            called = ~plan.events[at]
            return (~called, state) if plan.blind[called] and plan.born[called] < last else DEAD_END
        if plan.grows and (forced := self._choices.forced(frame)) != DEAD_END:
            return forced
        if (missed := self._choices.helpless(frame)) is not None:
            self._missing = missed
            return DEAD_END
        choices = self._choices.of(frame)
        choice, following = next(choices, DEAD_END)
        if choice == NOTHING:
            self._missing = self._choices.missed(frame)
            return DEAD_END
        branches = self._branches
        branches.append(_Branch(frame, choices, 1))
        if len(branches) > KEPT and branches[-KEPT].taken > 0:
            branches[-KEPT].left = None  # a list that stands still takes room, and is soon made again
        return choice, following

    def _dead_end(self, frame: Frame) -> tuple[int, Trail, State, tuple[int, ...]]:
        """A dead end as it is told: its place, what was placed, the state, and what could not be placed."""
        at, state, open_, waiting, _, _, _, trail = frame
        called = ~self._plan.events[at]
        return at, trail, state, (called, *[o for o in (*waiting, *open_) if o != called])

    def _back(self) -> tuple[Frame, int, State] | None:
        """The last configuration that has a choice left, and that choice; None when there is none."""
        missed = self._missing
        while self._branches:
            branch = self._branches[-1]
            branch.lacked |= missed
            if branch.left is None:
                branch.left = self._listed_again(branch)
            choice, following = next(branch.left, DEAD_END)
            if branch.taken != DIRECT:
                branch.taken += 1
            if choice != NOTHING:
                return branch.frame, choice, following
            self._branches.pop()
            # What was placed since is not missed: it would be placed again.
            missed = (branch.lacked | self._choices.missed(branch.frame)) & branch.frame[4]
            self._failures.add(branch.frame, missed)
        return None

    def _listed_again(self, branch: _Branch) -> Listed:
        """The choices of a branch that were not taken."""
        tried = ~self._plan.events[branch.frame[0]] if branch.taken == DIRECT else -1
        choices = self._choices.of(branch.frame, tried=tried)
        for _ in range(branch.taken):
            next(choices)
        return choices

    def _unknown(self, reason: Literal["time", "memory"], at: int) -> tuple[Unknown, int]:
        reached = max(self._deepest[0], at)
        ended = sum(event < 0 for event in self._plan.events[:reached])
        return Unknown(reason=reason, placed=ended, total=len(self._plan.ops)), reached

    def _not_linearizable(self) -> tuple[NotLinearizable, int]:
        reached, trail, state, stuck = self._deepest
        named = tuple(self._plan.ops[number] for number in stuck)
        return NotLinearizable(order=self._order(trail), state=state, stuck=named), reached

    def _spent(self) -> Literal["time", "memory"] | None:
        if self._failures.bytes_left < 0:
            return "memory"
        return "time" if self._now is not None and self._now() > self._deadline else None

    def _order(self, trail: Trail) -> tuple[Operation, ...]:
        """The operations of a trail in order; what faded stands right before the blind one that hid it."""
        ops, blind = self._plan.ops, self._plan.blind
        order: list[int] = []  # from the last to the first
        faded: list[int] = []
        while trail is not None:
            trail, number = trail
            if number < 0:
                faded.append(~number)
                continue
            order.append(number)
            if faded and blind[number]:
                order += faded
                faded = []
        order.reverse()
        return tuple([ops[number] for number in order])
