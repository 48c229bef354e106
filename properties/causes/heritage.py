"""Heritage: what an instance began with, where two turns at once had decided what the store held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from actorproof.properties.causes.link import Link
from actorproof.properties.causes.steps import Steps
from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.state.ledger import canonical, writes_of
from actorproof.properties.views.timeline import Save, Timeline, Turn, ref

Key = tuple[str, str]
"""An actor and a key of its state."""
Stored = tuple[str, str | None]
"""A key and its value, in one spelling."""


class Heritage:
    """Answers for one history.

    The damage of two turns at once may show long after: the later save took away what the earlier one had saved, the
    instance went on from memory, and only the next one reads what was left.
    """

    def __init__(self, timeline: Timeline, steps: Steps) -> None:
        self._timeline = timeline
        self._steps = steps

    def pairs(self, turn: Turn) -> Iterator[tuple[Turn, Turn, Link]]:
        """Two turns at once, in order of their start, and the link from them to a turn's instance.

        For each key: the last commit of it before the instance began took the place of one that was acknowledged, and
        the turns that had saved these two ran at once. A value that several saves wrote proves nothing.
        """
        began_ns = min((i.first_ns for i in self._timeline.instances if turn in i.turns), default=turn.start_ns)
        for (actor, key), commits in self._commits.items():
            if actor != turn.actor:
                continue
            before = [stored for by_ns, stored in commits if by_ns <= began_ns][-2:]
            saves = [self._saved.get((actor, *stored), []) for stored in before]
            if [len(each) for each in saves] != [1, 1] or not saves[0][0].acknowledged:
                continue
            (gone,), (left,) = saves
            saver = self._timeline.turn(gone.turn)
            for first, second in self._steps.overlapping(saver) if saver else ():
                if left.turn in {first.id, second.id}:
                    yield first, second, self._link(turn, key, gone, left, began_ns)

    def _link(self, turn: Turn, key: str, gone: Save, left: Save, began_ns: int) -> Link:
        events: tuple[EventRef, ...] = (
            ref(gone.start, f"save of turn {gone.turn}"),
            ref(left.start, f"save of turn {left.turn}, which stays"),
            ref(turn.start, "turn of a later instance"),
        )
        return Link(
            kind="began with what was left",
            anchor=f"{turn.process} {turn.actor} {turn.start.instance}",
            said=f"a later instance of {turn.actor} began with {key} of {left.turn}, saved over that of {gone.turn}",
            at_ns=began_ns,
            events=events,
        )

    @cached_property
    def _commits(self) -> dict[Key, list[tuple[int, Stored]]]:
        """By actor and key, when the store's log had each value, in its order."""
        found: dict[Key, list[tuple[int, Stored]]] = defaultdict(list)
        for commit in self._timeline.commits:
            for write in commit.writes:
                found[write.actor, write.key].append((commit.t_ns, (write.key, canonical(write.value))))
        return found

    @cached_property
    def _saved(self) -> dict[tuple[str, str, str | None], list[Save]]:
        """By actor, key and value, the saves that wrote it."""
        found: dict[tuple[str, str, str | None], list[Save]] = defaultdict(list)
        for save in self._timeline.saves:
            for key, value in writes_of(save):
                found[save.actor, key, canonical(value)].append(save)
        return found
