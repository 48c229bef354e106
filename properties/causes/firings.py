"""Firings: what the firings of a reminder or a timer show by themselves, and what the lack of one does.

- ``fired early``, ``fired beyond its end``, ``fired after unregister``, ``payload differs``, ``callback differs``: a
  firing held against its registration;
- ``id in no path``, ``id decoded``: the id of a reminder's actor, held against which actors were seen;
- ``callback failed``, ``busy when due``, ``part away when due``, ``never delivered``: why a tick may not have come;
- ``timers one by one``: a timer's tick did not come, or came after its end, while the sidecar that has the timer was
  busy with the callbacks of other actors, and never ran two at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from actorproof.properties.causes.link import Link
from actorproof.properties.views.records import FAR_FUTURE_NS, Operation, Turn, ref
from actorproof.properties.views.ticks.address import no_segment, read_again
from actorproof.properties.views.ticks.queue import Queue, queues, share
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000
DUE_NS = 3 * NS
"""A tick that has not come so long after it was due is looked at from its due time to then."""
EARLY_NS = NS // 5
"""A tick that comes so much before it is due is that tick."""
BEGINS_NS = NS // 10
"""A turn that begins so long after a tick was due was in its way."""
ENDLESS = 1_000_000_000
"""More ticks than a run has time for."""
BUSY_SHARE = 0.5
"""A sidecar that ran callbacks for this share of a while held up those that were due in it."""


class _Registration(msgspec.Struct, frozen=True):
    name: str = ""
    due_s: float = 0.0
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: object = None


class Firings:
    """Answers for one history."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    @cached_property
    def _queues(self) -> dict[str, Queue]:
        return queues(self._timeline)

    def links(self, actor: str, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        """The first that a firing shows, or the lack of one, of the reminder or timer that a violation names."""
        registered = next((o for o in operations if o.start.action.startswith("register")), None)
        if registered is None:
            by = filter(None, map(self._timeline.call_of, turns))
            registered = next((o for o in by if '"due_s"' in o.start.args), None)
        if registered is None:
            return
        try:
            asked = msgspec.json.decode(registered.start.args, type=_Registration)
        except msgspec.DecodeError:
            return
        name = asked.name if registered.start.action == "call" else registered.start.name
        firings = [
            turn for turn in self._timeline.turns_of(actor) if turn.start.cause != "call" and turn.start.name == name
        ]
        yield from self._fired(registered, asked, name, firings)

    def _fired(self, registered: Operation, asked: _Registration, name: str, firings: Sequence[Turn]) -> Iterator[Link]:
        asked_ns = registered.turns[0].start_ns if registered.turns else registered.start_ns
        due_ns = asked_ns + round(asked.due_s * NS)
        begun = ref(registered.start, f"{name} is registered")
        ticks = _ticks(asked)
        over_ns = FAR_FUTURE_NS if asked.ttl_s is None else registered.end_ns + round(asked.ttl_s * NS)
        gone_ns = min((o.end_ns for o in self._unregistered(registered, name)), default=FAR_FUTURE_NS)
        # A tick whose callback failed is delivered again.
        served = [turn for turn in firings if turn.ended == "completed"]
        last_ns = served[ticks - 1].start_ns if ticks <= len(served) else FAR_FUTURE_NS
        beyond = (turn for turn in firings if turn.start_ns > min(last_ns, over_ns + NS))
        cases = (
            ("fired early", "before it was due", (t for t in firings if t.start_ns < due_ns)),
            ("fired after unregister", "after it was unregistered", (t for t in firings if t.start_ns > gone_ns)),
            ("fired beyond its end", "after its last tick", beyond),
            ("payload differs", "with another payload", (t for t in firings if _differs(asked, t))),
            ("callback differs", "without its callback's name", (t for t in firings if t.start.callback == "")),
        )
        for kind, said, found in cases:
            for turn in found:
                if found is beyond and (
                    held_up := self._held_up(registered, name, min(last_ns, over_ns), turn.start_ns)
                ):
                    yield held_up
                    return
                yield Link(
                    kind=kind,
                    anchor=f"{registered.start.actor} {name}",
                    said=f"{name} fired {said}",
                    at_ns=turn.start_ns,
                    events=(begun, ref(turn.start, f"{name} fires")),
                )
                return
        yield from self._missed(registered, asked, name, firings, _first_missed_ns(asked, due_ns, firings))

    def _held_up(self, registered: Operation, name: str, from_ns: int, to_ns: int) -> Link | None:
        """That the sidecar that has a timer was busy with those of other actors, one by one."""
        # A timer is registered by its actor, in the turn that a call of ours has it begin.
        queue = self._queues.get(registered.turns[0].host) if registered.turns else None
        if queue is None or not queue.one_by_one:
            return None
        others = queue.others(registered.start.actor, from_ns, to_ns)
        if share(others, from_ns, to_ns) < BUSY_SHARE:
            return None
        running, *_ = others
        return Link(
            kind="timers one by one",
            anchor=queue.host,
            said=f"{name} waited for other timers of {queue.host}'s sidecar, such as {running.start.name} of"
            f" {running.actor}: none of {len(queue.callbacks)} callbacks there began while another one ran",
            at_ns=max(from_ns, running.start_ns),
            events=(ref(running.start, f"{running.start.name} fires"),),
        )

    def _missed(
        self, registered: Operation, asked: _Registration, name: str, firings: Sequence[Turn], due_ns: int
    ) -> Iterator[Link]:
        """Why a tick may not have come: what was in its way when it was due."""
        actor = registered.start.actor
        last = firings[-1] if firings else None
        other = [turn for turn in self._timeline.turns_of(read_again(actor) or "") if turn.start.name == name]
        away = [
            life.unit
            for life in self._timeline.lives
            if life.ended_ns < due_ns + DUE_NS and self._back_ns(life.unit, life.incarnation) > due_ns
        ]
        busy = [
            turn
            for turn in self._timeline.turns_of(actor)
            if turn.start_ns <= due_ns + BEGINS_NS
            and turn.end_ns >= due_ns
            and not (turn in firings and _is_tick(turn, due_ns))
        ]
        if last is not None and last.ended == "failed":
            kind, said = "callback failed", f"the callback of {name} failed, and no tick came after it"
        elif no_segment(actor) and not self._timeline.turns_of(actor):
            kind, said = "id in no path", f"the id of {actor} can't stand in a path, and no turn of it ever came"
        elif other:
            kind, said = "id decoded", f"{name} came to {other[0].actor}, which is {actor} decoded once more"
        elif away:
            kind, said = "part away when due", f"{away[0]} was away when {name} was due, and the tick never came"
        elif busy:
            kind, said = "busy when due", f"turn {busy[0].id} ran when {name} was due, and the tick never came"
        elif held_up := self._held_up(registered, name, due_ns, due_ns + DUE_NS):
            yield held_up
            return
        elif not firings or asked.period_s:
            kind, said = "never delivered", f"a tick of {name} never came, and nothing was in its way"
        else:
            return
        yield Link(
            kind=kind,
            anchor=f"{registered.start.actor} {name}",
            said=said,
            at_ns=due_ns,
            events=(
                ref(registered.start, f"{name} is registered"),
                *(ref(turn.start, "fires at another actor") for turn in other[:1]),
            ),
        )

    def _back_ns(self, unit: str, incarnation: int) -> int:
        """When the next incarnation of a unit was ready."""
        lives = self._timeline.lives_by_unit[unit]
        after = [life for life in lives if life.incarnation > incarnation]
        return (after[0].ready_ns or FAR_FUTURE_NS) if after else FAR_FUTURE_NS

    def _unregistered(self, registered: Operation, name: str) -> list[Operation]:
        return [
            operation
            for operation in self._timeline.operations_of(registered.start.actor)
            if operation.outcome == "ok"
            and operation.start_ns > registered.start_ns
            and (
                (operation.start.action.startswith("unregister") and operation.start.name == name)
                or (operation.start.name == "stop" and f'"{name}"' in operation.start.args)
            )
        ]


def _differs(asked: _Registration, turn: Turn) -> bool:
    """Whether a firing carries nothing although something was registered."""
    return asked.data is not None and turn.start.data == "null"


def _ticks(asked: _Registration) -> int:
    """How many ticks were asked for."""
    return asked.repetitions or (ENDLESS if asked.period_s else 1)


def _is_tick(firing: Turn, due_ns: int) -> bool:
    """Whether a firing is the tick that was due at an instant: it came within a second."""
    return due_ns - EARLY_NS <= firing.start_ns <= due_ns + NS


def _first_missed_ns(asked: _Registration, due_ns: int, firings: Sequence[Turn]) -> int:
    """The first instant at which a tick was due and none came within a second; the last one where all came."""
    last_ns = due_ns
    for at in range(_ticks(asked)):
        last_ns = due_ns + round(at * (asked.period_s or 0.0) * NS)
        if not any(_is_tick(turn, last_ns) for turn in firings):
            break
    return last_ns
