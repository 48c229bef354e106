"""Choices: what may be placed next in a configuration of the search, and what need not be tried.

See `search` for the rules that prune, and for why none of them loses a solution.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from actorproof.properties.linearizability.failures import Frame
from actorproof.properties.linearizability.model import Model, Repeated, State
from actorproof.properties.linearizability.plan import ANY, NEVER, Alike, Plan

LOOK_AHEAD = 32  # pure operations
NOTHING = -NEVER  # instead of a choice
DEAD_END: tuple[int, State] = (NOTHING, None)

Listed = Iterator[tuple[int, State]]


class Choices:
    """The choices in the configurations of one search of the first `total` events.

    With `direct_only` an `info` operation is placed only right before the one that saw its effect.
    """

    def __init__(self, plan: Plan, model: Model, total: int, *, direct_only: bool) -> None:
        self._plan = plan
        self._model = model
        self._step = model.step
        self._total = total
        self._direct_only = direct_only
        self._too_late = type(model).is_too_late is not Model.is_too_late
        self._foresees = type(model).may_follow is not Model.may_follow
        self._parted = type(model).pressing is not Model.pressing
        self._choosy = type(model).serves is not Model.serves

    def forced(self, frame: Frame) -> tuple[int, State]:
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
                if forced >= 0 or not exact[number] or plan.dies[number] >= self._total:
                    return DEAD_END
                forced = number
        if forced < 0:
            return DEAD_END
        following = step(state, ops[forced])[1]
        return DEAD_END if self._too_late and self._is_doomed(following, forced, frame) else (forced, following)

    def of(self, frame: Frame, *, tried: int = -1) -> Listed:
        """What may be placed now, the most promising first. A complement (`~number`) says that it fades.

        `tried` was placed before: the operation that the end calls for.
        """
        plan, step = self._plan, self._step
        ops, blind, born, kind, known = plan.ops, plan.blind, plan.born, plan.kind, plan.kind.known
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
        needs, after, need = plan.needs, plan.after, plan.needs[called]
        is_asked = not blind[called] and not step(state, ops[called])[0]
        wanted = {needs[number] for number in waiting}
        for number in self._pressing(state, called, waiting, (*sorted(open_, key=plan.dies.__getitem__), *infos)):
            if (known[number] if known[number] >= 0 else kind[number]) in seen:
                continue
            if blind[number]:
                if is_fresh:
                    continue
                following = after[number]
                direct = is_asked and (step(following, ops[called])[0] if need is ANY else need == following)
                if not direct and not sighted and following not in wanted and ANY not in wanted:
                    continue  # nobody would see it
            else:
                legal, following = step(state, ops[number])
                # One that changes nothing may as well never take effect.
                if not legal or (following == state and plan.dies[number] == NEVER):
                    continue
                direct = is_asked and (step(following, ops[called])[0] if need is ANY else need == following)
            seen.add(kind[number])
            if self._too_late and self._is_doomed(following, number, frame):
                continue
            if direct:
                yield number, following
            elif plan.dies[number] == NEVER and not self._is_tried(state, number, called, waiting):
                continue
            elif sighted or not blind[number] or following in wanted or self._is_seen(following, waiting):
                indirect.append((number, following))
        if self._choosy and len(indirect) > 1:
            indirect.sort(key=lambda choice: not self._serves(state, choice[0], (called,)))
        yield from indirect

    def _pressing(self, state: State, called: int, waiting: Iterable[int], numbers: Sequence[int]) -> Sequence[int]:
        """The operations that may have to be placed before the called one."""
        if not self._parted:
            return numbers
        ops, part = self._plan.ops, self._model.part
        pressing = self._model.pressing(state, ops[called], [ops[number] for number in waiting])
        return numbers if pressing is None else [number for number in numbers if part(ops[number]) in pressing]

    def _is_tried(self, state: State, number: int, called: int, waiting: Iterable[int]) -> bool:
        """Whether an `info` operation is tried that does not make the called one legal at once."""
        if not self._choosy:
            return not self._direct_only
        return self._serves(state, number, (called,) if self._direct_only else (called, *waiting))

    def _serves(self, state: State, number: int, others: Iterable[int]) -> bool:
        """Whether an operation may bring about what some others need."""
        ops, serves = self._plan.ops, self._model.serves
        return any(serves(state, ops[number], ops[other]) for other in others)

    def _infos(self, frame: Frame) -> list[int]:
        """Of each kind of `info` operations the first that isn't placed, in order of their starts.

        Those of one kind are placed in this order, so the ones that were are the first ones.
        """
        at, _, _, waiting, used, _, _, _ = frame
        if self._plan.first_info >= at:
            return []
        born, called = self._plan.born, ~self._plan.events[at]
        found = []
        for alike, bits in self._within_sight(called, waiting):
            placed = (used & bits).bit_count()
            if placed < len(alike) and born[alike[placed]] < at:
                found.append(alike[placed])
        found.sort()
        return found

    def _within_sight(self, called: int, waiting: Sequence[int]) -> Iterable[Alike]:
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

    def missed(self, frame: Frame) -> int:
        """The bits of the `info` operations that might have been placed here, had they not been placed before.

        Of a kind of which one is left, none is missed: it stands for all.
        """
        plan, step = self._plan, self._step
        at, state, open_, waiting, used, _, _, _ = frame
        if not used:
            return 0
        blind, called = plan.blind, ~plan.events[at]
        is_asked = not blind[called] and not step(state, plan.ops[called])[0]
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
                if not is_asked:
                    continue
                following = plan.after[number] if blind[number] else step(state, plan.ops[number])[1]
                direct = step(following, plan.ops[called])[0] if need is ANY else need == following
                if not direct and not (self._choosy and self._serves(state, number, (called,))):
                    continue
            missed |= used & bits
        return missed

    def _is_doomed(self, state: State, but: int, frame: Frame) -> bool:
        """Whether it is too late in this state for an operation that must end before the search does."""
        plan, too_late, total = self._plan, self._model.is_too_late, self._total
        for number in (*frame[2], *frame[3]):
            if number != but and plan.dies[number] < total and too_late(state, plan.ops[number]):
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

    def helpless(self, frame: Frame) -> int | None:
        """Where all that is under way can't bring about what the operation needs whose end has come: what is missed.

        As the bits of the `info` operations that were placed before. None where it may.
        """
        at, state, open_, _, used, _, _, _ = frame
        plan, born = self._plan, self._plan.born
        ops, called = plan.ops, ~plan.events[at]
        if not self._foresees or self._step(state, ops[called])[0]:
            return None
        answered = [(ops[number], 1) for number in open_ if number != called]
        left: list[Repeated] = []
        begun: list[Repeated] = []
        gone = 0
        for alike, bits in plan.info_kinds:
            count, placed = bisect_left(alike, at, key=born.__getitem__), (used & bits).bit_count()
            if count:
                begun.append((ops[alike[0]], count))
            if count > placed:
                left.append((ops[alike[0]], count - placed))
            if count <= placed or plan.grows:
                gone |= used & bits
        if self._may_follow(state, called, answered, left):
            return None
        # Those that were placed are missed only if they would have helped.
        return gone if gone and self._may_follow(state, called, answered, begun) else 0

    def _may_follow(self, state: State, called: int, answered: list[Repeated], infos: list[Repeated]) -> bool:
        may_follow, operation = self._model.may_follow, self._plan.ops[called]
        if self._choosy or not self._direct_only:
            return may_follow(state, operation, [*answered, *infos])
        # One `info` operation at most, right before it.
        return may_follow(state, operation, answered) or any(
            may_follow(state, operation, [*answered, (info, 1)]) for info, _ in infos
        )
