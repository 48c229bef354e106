"""Solo: links that lead to a violation in which no two turns meet: timers, chains of calls, instances left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from actorproof.properties.causes.link import Link
from actorproof.properties.causes.steps import Steps
from actorproof.properties.views.records import Operation, Turn, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.chain import Chain, Chains, is_inner
from actorproof.properties.views.turns.excuse import Excuses

SLACK_NS = 150_000_000
"""How much later than planned a tick of a fixed rate may come on a busy machine."""


class _Registration(msgspec.Struct, frozen=True):
    period_s: float | None = None


class Solo:
    """Answers for one history.

    - ``timer kept``: a timer's turn runs in another instance than the one that registered it;
    - ``callback lost``: a timer's turn came without the name of its callback, on another host than its registration;
    - ``fixed rate``: a timer's turn began a period after the one before it had begun, and not after that one's end;
    - ``chain refused``: a call of the actor's own chain was refused, and the actor answered nobody after that;
    - ``reminder reenters``: a reminder's or timer's turn called its own actor, and that call did not come in;
    - ``instance left``: an instance that was used on another host before was used again, and had not been told to end.
    """

    def __init__(self, timeline: Timeline, steps: Steps) -> None:
        self._timeline = timeline
        self._steps = steps
        self._chains = Chains(timeline)
        self._excuses = Excuses(timeline)

    def links(self, turns: Sequence[Turn], operations: Sequence[Operation]) -> tuple[Link, ...]:
        """What is proved of some turns and calls of one actor; the first kind that is found counts."""
        for find in (self._timer, self._reentering, self._refused, self._left):
            if found := tuple(find(turns, operations)):
                return found
        return ()

    def one_chain(self, first: Turn, second: Turn) -> bool:
        """Whether two turns follow from one call: then one may run within the other."""
        chain = self._chains.of(first)
        return chain is not None and chain is self._chains.of(second)

    def _timer(self, turns: Sequence[Turn], _: Sequence[Operation]) -> Iterator[Link]:
        firings = [turn for turn in turns if turn.start.cause == "timer"]
        registered = [turn for turn in turns if turn.start.cause == "call"]
        if not firings or not registered:
            return
        first = registered[0]
        lost = next((t for t in firings if t.start.callback == "" and t.host != first.host), None)
        away = next((t for t in firings if t.instance != first.instance and t.start_ns > first.start_ns), None)
        if lost is not None:
            yield Link(
                kind="callback lost",
                anchor=f"{first.actor} {lost.start.name}",
                said=f"timer {lost.start.name} of {first.host} came to {lost.host} without its callback's name",
                at_ns=lost.start_ns,
                events=(ref(first.start, "timer is registered"), ref(lost.start, "fires without a callback")),
            )
        elif away is not None:
            yield Link(
                kind="timer kept",
                anchor=f"{first.actor} {away.start.name}",
                said=f"timer {away.start.name}, registered on {first.host}, woke another instance than its own",
                at_ns=away.start_ns,
                events=(ref(first.start, "timer is registered"), ref(away.start, "fires in another instance")),
            )
        else:
            yield from self._rate(first, firings)

    def _rate(self, registered: Turn, firings: Sequence[Turn]) -> Iterator[Link]:
        period_ns = self._period_ns(registered)
        for before, after in pairwise(firings):
            waited_ns = after.start_ns - before.end_ns
            if period_ns and waited_ns < period_ns - before.end_ns + before.start_ns + SLACK_NS:
                yield Link(
                    kind="fixed rate",
                    anchor=f"{after.actor} {after.start.name}",
                    said=f"timer {after.start.name}, every {period_ns / 1e9:g} s, fired"
                    f" {waited_ns / 1e9:.2f} s after its callback had ended",
                    at_ns=after.start_ns,
                    events=(ref(before.start, "callback begins"), ref(after.start, "next tick")),
                )
                return

    def _period_ns(self, registered: Turn) -> int:
        """The period that a registration asked for; 0 where it can't be read."""
        operation = self._timeline.call_of(registered)
        try:
            asked = msgspec.json.decode(operation.start.args if operation else "{}", type=_Registration)
        except msgspec.DecodeError:
            return 0
        return round((asked.period_s or 0.0) * 1e9)

    def _reentering(self, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        for chain in self._chains_of(turns, operations):
            for inner in chain.inner:
                operation = inner.operation
                if inner.fired and inner.own and not any(t.start_ns < operation.end_ns for t in operation.turns):
                    root, *_ = inner.above
                    cause = root.start.cause
                    yield Link(
                        kind="reminder reenters",
                        anchor=root.id,
                        said=f"the turn of a {cause} called its own actor, and the call waited for that turn",
                        at_ns=operation.start_ns,
                        events=(
                            ref(root.start, f"{cause} fires"),
                            ref(operation.start, "calls its own actor"),
                        ),
                    )
                    return

    def _refused(self, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        for chain in self._chains_of(turns, operations):
            for inner in chain.inner:
                end = inner.operation.end
                allowed = self._timeline.run.max_stack_depth if self._timeline.run else 0
                beyond = inner.own and inner.depth > allowed and not inner.operation.turns
                if beyond and end is not None and end.status is not None:
                    yield Link(
                        kind="chain refused",
                        anchor=inner.operation.id,
                        said=f"a call at depth {inner.depth} of its own chain was refused (status {end.status})",
                        at_ns=inner.operation.end_ns,
                        events=(ref(inner.operation.start, "the chain goes on"), ref(end, "it is refused")),
                    )
                    return

    def stale(self, turn: Turn) -> tuple[Link, ...]:
        """That a turn's instance was left behind while its actor was used elsewhere, and came back to answer."""
        of_actor = self._timeline.turns_of(turn.actor)
        elsewhere = [other for other in of_actor if other.start_ns < turn.start_ns and other.process != turn.process]
        return self.left_behind(turn, elsewhere[-1]) if elsewhere else ()

    def left_behind(self, old: Turn, new: Turn) -> tuple[Link, ...]:
        """That the instance of `old` had been used before `new`, on another host, and not told to end since."""
        earlier = self._last_use(old, new)
        if earlier is None or self._told_to_end(earlier, new):
            return ()
        lost = self._steps.cut_off(earlier, new)
        if not lost:
            return ()
        left = Link(
            kind="instance left",
            anchor=f"{old.process} {old.actor} {old.start.instance}",
            said=f"the instance of {old.actor} on {old.host} was never told to end",
            at_ns=new.start_ns,
            events=(ref(earlier.start, "used here"), ref(new.start, "used elsewhere")),
        )
        return (*lost, left)

    def _left(self, turns: Sequence[Turn], _: Sequence[Operation]) -> Iterator[Link]:
        """An instance on another host that was used before: what became of its host since then is told, too."""
        for first, second in pairwise(turns):
            if first.process == second.process:
                continue
            for old, new in ((first, second), (second, first)):
                if found := self.left_behind(old, new) or self._late(old, new):
                    yield from found
                    return

    def _late(self, old: Turn, new: Turn) -> tuple[Link, ...]:
        """What held up a turn's save, which the store took when the actor's turn elsewhere had begun."""
        late = self._excuses.saved_late(old, new.start_ns) == "yes"
        return self._steps.cut_off(old, new) if late else ()

    def _told_to_end(self, last: Turn, new: Turn) -> bool:
        """Whether an instance got its DELETE between its last use and a turn elsewhere."""
        return any(
            (told.process, told.actor, told.instance) == last.instance and last.start_ns <= told.t_ns <= new.start_ns
            for told in self._timeline.deactivations
        )

    def _last_use(self, old: Turn, new: Turn) -> Turn | None:
        """The last turn of an instance before the other one's turn."""
        before = [
            turn
            for turn in self._timeline.turns_of(old.actor)
            if turn.instance == old.instance and turn.start_ns < new.start_ns
        ]
        return before[-1] if before else None

    def _chains_of(self, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Chain]:
        callers = (self._timeline.turn(operation.start.client) for operation in operations if is_inner(operation))
        return filter(None, map(self._chains.of, (*turns, *filter(None, callers))))
