"""Memory: state that an application keeps in a variable of its process, and not in the actor's state.

A type that never saves anything, of which calls with the same arguments are answered differently as time goes on, and
begin again with the very first answer in another process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline

DISTINCT = 3  # answers of one process that show that something is remembered
ENOUGH = 2  # actors that begin again


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    saving = {save.actor.partition("/")[0] for save in timeline.saves}
    saving |= {each.actor.partition("/")[0] for each in timeline.unattributed if each.what == "save"}
    found: dict[str, list[Seen]] = defaultdict(list)
    calls: dict[tuple[str, str, str], list[Turn]] = defaultdict(list)
    for turn in timeline.turns:
        operation = timeline.call_of(turn)
        type_ = turn.actor.partition("/")[0]
        if operation is not None and turn.ended == "completed" and type_ not in saving:
            calls[turn.actor, turn.start.name, operation.start.args].append(turn)
    for (actor, name, _), turns in calls.items():
        again = _again(turns)
        if again is not None:
            first, second = again
            found[actor.partition("/")[0]].append(
                Seen(
                    actor=actor,
                    what=f"{name} answered {_text(first)} again in another process, after other answers, and"
                    " nothing was ever saved",
                    events=((first.start, f"{name}: {_text(first)}"), (second.start, f"{name}: {_text(second)}")),
                )
            )
    for seen in found.values():
        if len({each.actor for each in seen}) >= ENOUGH:
            yield from seen


def _again(turns: Sequence[Turn]) -> tuple[Turn, Turn] | None:
    """The very first turn, and the first one in another process with the same answer."""
    first = turns[0]
    answers = {turn.end.result for turn in turns if turn.process == first.process and turn.end is not None}
    if len(answers) < DISTINCT:
        return None
    for before, turn in pairwise(turns):
        if turn.process not in {before.process, first.process}:
            same = turn.end is not None and first.end is not None and turn.end.result == first.end.result
            return (first, turn) if same else None
    return None


def _text(turn: Turn) -> str:
    return turn.end.result[:40] if turn.end else ""


MISTAKE = Mistake(
    name="state outside its actor",
    remedy="keep it in the actor's state and save it: another process has another variable",
    find=_find,
)
