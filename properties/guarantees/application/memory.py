"""Memory: state that an application keeps in a variable of its process, and not in the actor's state.

A type that never saves anything, of which calls with the same arguments are answered differently as time goes on, and
begin again with the very first answer in another process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.records import Turn
from actorproof.properties.views.timeline import Timeline

DISTINCT = 3  # answers of one process that show that something is remembered
ENOUGH = 2  # actors that begin again
SHOWN = 40  # characters of an answer


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    saving = {save.actor.partition("/")[0] for save in timeline.saves}
    saving |= {each.actor.partition("/")[0] for each in timeline.unattributed if each.what == "save"}
    found: dict[str, list[Seen]] = defaultdict(list)
    calls: dict[tuple[str, str, str], list[tuple[Turn, str]]] = defaultdict(list)
    for turn in timeline.turns:
        operation = timeline.call_of(turn)
        type_ = turn.actor.partition("/")[0]
        if operation is not None and turn.end is not None and turn.end.completed and type_ not in saving:
            calls[turn.actor, turn.start.name, operation.start.args].append((turn, turn.end.result))
    for (actor, name, _), answers in calls.items():
        first, told = answers[0]
        again = _again(answers)
        if again is not None:
            said = f"{name}: {told[:SHOWN]}"
            found[actor.partition("/")[0]].append(
                Seen(
                    actor=actor,
                    what=f"{name} answered {told[:SHOWN]} again in another process, after other answers, and"
                    " nothing was ever saved",
                    events=((first.start, said), (again.start, said)),
                )
            )
    for seen in found.values():
        if len({each.actor for each in seen}) >= ENOUGH:
            yield from seen


def _again(answers: Sequence[tuple[Turn, str]]) -> Turn | None:
    """The first turn in another process than the very first, if it has the same answer as that, and others had not."""
    first, told = answers[0]
    if len({each for turn, each in answers if turn.process == first.process}) < DISTINCT:
        return None
    turn, answer = next((each for each in answers if each[0].process != first.process), (None, ""))
    return turn if answer == told else None


MISTAKE = Mistake(
    name="state outside its actor",
    remedy="keep it in the actor's state and save it: another process has another variable",
    find=_find,
)
