"""Chain: what follows from one call of a client, or one firing: who called whom, whatever the runtime's ids say."""

from __future__ import annotations

from dataclasses import dataclass, field

from actorproof.properties.views.records import Operation, Turn
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A call that a turn made. `above` are the turns above it, the caller last; `own` those of the called actor."""

    operation: Operation
    above: tuple[Turn, ...]
    own: tuple[Turn, ...]

    @property
    def depth(self) -> int:
        """How many turns of this actor are open at once when it is let in."""
        return len(self.own) + 1

    @property
    def fired(self) -> bool:
        """Whether its chain began with a reminder or a timer."""
        return self.above[0].start.cause != "call"

    @property
    def caller(self) -> Turn:
        return self.above[-1]


@dataclass(slots=True, kw_only=True, eq=False)
class Chain:
    """Everything that follows from one call of a client, or one firing. `operations` has that call first, if any."""

    operations: list[Operation] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    inner: list[Inner] = field(default_factory=list)

    @property
    def start_ns(self) -> int:
        return min([o.start_ns for o in self.operations] + [t.start_ns for t in self.turns])

    @property
    def calling(self) -> list[Turn]:
        """Its turns that called others, in order."""
        return sorted({i.caller.id: i.caller for i in self.inner}.values(), key=lambda turn: turn.start_ns)


def is_inner(operation: Operation) -> bool:
    """Whether an actor made a call, and no client of ours: its application wrote the event."""
    return "/" in operation.start.process


class Chains:
    """The chains of a history, by the turns that belong to them. What can't be traced to its beginning is in none."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._of: dict[str, Chain] = {}
        self._root: dict[str, str] = {}
        calls = [operation for operation in timeline.operations if is_inner(operation)]
        if not calls:
            return  # as in most histories, and those may be long
        for operation in timeline.operations:
            if not is_inner(operation):
                self._of[operation.id] = Chain(operations=[operation])
        for turn in timeline.turns:
            root = self._root_of(turn)
            if root is not None:
                self._root[turn.id] = root
                self._of.setdefault(root, Chain()).turns.append(turn)
        for operation in calls:
            self._add(operation)

    def of(self, turn: Turn) -> Chain | None:
        """The chain of a turn, None when its beginning isn't known."""
        root = self._root.get(turn.id)
        return None if root is None else self._of[root]

    @property
    def calling(self) -> list[Chain]:
        """The chains in which an actor called one, in order of their beginning."""
        return [chain for chain in self._of.values() if chain.inner]

    def _add(self, operation: Operation) -> None:
        above = self._above(operation)
        if not above:
            return
        chain = self.of(above[-1])
        if chain is None:
            return
        own = tuple(turn for turn in above if turn.actor == operation.start.actor)
        chain.operations.append(operation)
        chain.inner.append(Inner(operation=operation, above=above, own=own))

    def _above(self, operation: Operation) -> tuple[Turn, ...]:
        """The turns above a call, outermost first; none when one of them isn't known."""
        above: list[Turn] = []
        at: Operation | None = operation
        while at is not None and is_inner(at):
            caller = self._timeline.turn(at.start.client)
            if caller is None or caller in above:
                return ()
            above.append(caller)
            at = self._timeline.call_of(caller)
            if at is None and caller.start.op is not None:
                return ()
        return tuple(reversed(above))

    def _root_of(self, turn: Turn) -> str | None:
        """The call or firing that a turn follows from."""
        passed: list[str] = []
        at: Turn | None = turn
        while at is not None and at.id not in passed:
            passed.append(at.id)
            if at.start.op is None:
                return at.id if at.start.cause != "call" else None
            operation = self._timeline.operation(at.start.op)
            if operation is None:
                return None
            if not is_inner(operation):
                return operation.id
            at = self._timeline.turn(operation.start.client)
        return None
