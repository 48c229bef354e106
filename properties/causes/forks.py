"""Forks: saves that went on from an older state than the newest, and state that ended with its process.

- ``went on from older state``: the store's log says what each commit went on from, and this one went past another
  commit of its actor, which is lost with that;
- ``ran at the same time`` and ``answered by another's turn``, told here only of calls through two hosts that decide
  nothing;
- ``through two hosts``: the calls of these two commits, turns or answers were made through two hosts;
- ``memory gone``: nothing keeps what actors save, and the instance that had saved was not the one that ran later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.steps import Steps
from actorproof.properties.views.records import Operation, Turn, ref
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import writes_of
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Commit:
    """One commit of one actor, and the turn that saved it."""

    event: ev.StoreCommitted
    base: int
    turn: Turn


class Forks:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, steps: Steps) -> None:
        self._timeline = timeline
        self._steps = steps

    def links(self, actor: str, turns: Sequence[Turn], at_ns: int) -> tuple[Link, ...]:
        """What led to lost state of an actor; nothing where no proof is found."""
        if not turns:  # what never ran went on from nothing
            return ()
        fork = self._fork(actor, turns, at_ns)
        return tuple(self._forked(*fork) if fork is not None else self._forgotten(turns))

    def at_once(self, first: Turn, second: Turn) -> tuple[Link, ...]:
        """That two turns ran at the same time whose calls came through two hosts that decide nothing; else nothing."""
        call, other = self._timeline.call_of(first), self._timeline.call_of(second)
        if not self._handed_over or call is None or other is None or call.start.via == other.start.via:
            return ()
        return (self._steps.overlap(first, second), _apart(call, other))

    def shared(self, operations: Sequence[Operation]) -> tuple[Link, ...]:
        """That a call was answered with what the turn of another call returned, which had come through another host."""
        if not self._handed_over:
            return ()
        for operation in operations:
            end = operation.end
            if end is None or (turn := self._timeline.turn(end.turn or "")) is None:
                continue
            other = self._timeline.call_of(turn)
            if other is None or other.start.via == operation.start.via:
                continue
            answered = Link(
                kind="answered by another's turn",
                anchor=operation.id,
                said=f"call {operation.id} was answered with what turn {turn.id} had returned, which was asked for by"
                f" call {other.id}",
                at_ns=operation.end_ns,
                events=(ref(turn.start, "turn of another call"), ref(end, "answer")),
            )
            return (_apart(operation, other), answered)
        return ()

    @property
    def _handed_over(self) -> bool:
        """Whether what calls come through decides nothing, so that two of them may not know of each other."""
        return self._timeline.run is not None and self._timeline.run.sidecars_hand_over

    def _fork(self, actor: str, turns: Sequence[Turn], at_ns: int) -> tuple[_Commit, _Commit] | None:
        """The nearest commit, back from what some turns saved, that went past another one; that one comes first."""
        commits = self._commits.get(actor, {})
        named = {turn.id for turn in turns}
        own = [each for each in commits.values() if each.turn.id in named]
        end = own[-1] if own else next((c for c in reversed(commits.values()) if c.event.t_ns <= at_ns), None)
        while end is not None:
            past = [each for each in commits.values() if end.base < each.event.index < end.event.index]
            if past:
                return min(past, key=lambda each: each.turn.id not in named), end
            end = commits.get(end.base)
        return None

    def _forked(self, lost: _Commit, kept: _Commit) -> Iterator[Link]:
        call, other = self._timeline.call_of(lost.turn), self._timeline.call_of(kept.turn)
        yield Link(
            kind="went on from older state",
            anchor=f"commit {kept.event.index}",
            said=f"turn {kept.turn.id} of {kept.turn.actor} went on from the state before the save of turn"
            f" {lost.turn.id}" + _answered_by(call, kept.turn.start_ns),
            at_ns=kept.turn.start_ns,
            events=(
                ref(lost.turn.start, "a turn that saves"),
                ref(lost.event, "its save is kept"),
                ref(kept.turn.start, "a turn that goes on from older state"),
                ref(kept.event, "its save is kept in place of it"),
            ),
        )
        if call is not None and other is not None and call.start.via != other.start.via:
            yield _apart(call, other)

    def _forgotten(self, turns: Sequence[Turn]) -> Iterator[Link]:
        """That the last of some turns ran in another instance than one that had saved, where nothing keeps a save."""
        if self._timeline.run is None or not self._timeline.run.state_in_memory:
            return
        last = turns[-1]
        before = reversed(self._timeline.turns_of(last.actor))
        ended = (turn for turn in before if turn.end_ns <= last.start_ns and turn.instance != last.instance)
        saved = next((turn for turn in ended if turn.saves), None)
        if saved is None:
            return
        yield from self._steps.struck(saved.host, last.start_ns)
        yield Link(
            kind="memory gone",
            anchor=f"{saved.process} {last.actor} {saved.start.instance}",
            said=f"turn {last.id} of {last.actor} ran in a new process, which knew nothing of what turn"
            f" {saved.id} had saved in the old one",
            at_ns=last.start_ns,
            events=(ref(saved.start, "saves in one process"), ref(last.start, "begins in another, empty")),
        )

    @cached_property
    def _commits(self) -> dict[str, dict[int, _Commit]]:
        """By actor and index, in the order of the log, the commits that say what they went on from."""
        saved = {
            (save.actor, key, canonical(value)): self._timeline.turn(save.turn)
            for save in self._timeline.saves
            for key, value in writes_of(save)
        }
        found: dict[str, dict[int, _Commit]] = defaultdict(dict)
        for event in self._timeline.commits:
            if event.base is None:
                continue
            for write in event.writes:
                turn = saved.get((write.actor, write.key, canonical(write.value)))
                if turn is not None:
                    found[write.actor][event.index] = _Commit(event=event, base=event.base, turn=turn)
        return found


def _answered_by(call: Operation | None, by_ns: int) -> str:
    """How long a call had been answered by an instant, where it had."""
    if call is None or call.outcome != "ok" or call.end_ns > by_ns:
        return ""
    return f", whose call had been answered {(by_ns - call.end_ns) / NS:.2f} s before"


def _apart(call: Operation, other: Operation) -> Link:
    """That two calls were made through two hosts."""
    return Link(
        kind="through two hosts",
        anchor=f"{call.id} {other.id}",
        said=f"the one was called through {call.start.via}, the other through {other.start.via}",
        at_ns=max(call.start_ns, other.start_ns),
        events=(ref(call.start, "call"), ref(other.start, "call through another host")),
    )
