"""TimerCourse: what became of one timer whose registration is known, as facts that judge nothing yet.

A timer belongs to the instance that registered it: its own callbacks are those that this instance ran, and it is over
when the instance is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.ticks.timers.free_time import FreeTime
from actorproof.properties.views.records import FAR_FUTURE_NS, Instance, Life, Turn
from actorproof.properties.views.ticks.schedule import S_NS, cancels
from actorproof.properties.views.ticks.ticking import Timer
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimerCourse:
    """What became of one timer.

    Attributes:
        registered: the turn that registered it.
        own: its turns in the instance that registered it, in order of start.
        strays: its turns in other instances, likewise.
        deactivated: the DELETE that its instance received.
        app, sidecar: the incarnations in which it was registered.
        later: the instances of its actor that were first used after it was registered.
        free: when a callback of it need not have waited for another turn of its actor.
        observed_ns: until when the history shows what happened.
    """

    timer: Timer
    registered: Turn
    own: Sequence[Turn]
    strays: Sequence[Turn]
    deactivated: ev.Deactivated | None
    app: Life | None
    sidecar: Life | None
    later: Sequence[Instance]
    free: FreeTime
    observed_ns: int

    def before_cancel(self) -> Sequence[Turn]:
        """Its own turns up to the first whose answer asked for no more; no text says what comes then."""
        at = next((at for at, turn in enumerate(self.own) if cancels(turn)), len(self.own))
        return self.own[: at + 1]

    def until_ns(self) -> int:
        """Up to when it was surely wanted and able to fire: its instance lived, nobody had asked to stop it."""
        ends = [self.observed_ns, *(instance.first_ns for instance in self.later)]
        ends += [
            end for life in (self.app, self.sidecar) if life is not None for end in (life.ended_ns, life.stopping_ns)
        ]
        if self.deactivated is not None:
            ends.append(self.deactivated.t_ns)
        if self.timer.asked_to_stop_ns is not None:
            ends.append(self.timer.asked_to_stop_ns)
        return min(ends)

    def gone(self) -> tuple[int | None, str]:
        """When the instance that registered it was over at the latest, and what shows it; None if that isn't seen."""
        found: list[tuple[int, str]] = []
        if self.deactivated is not None:
            found.append((self.deactivated.t_ns, "its deactivation"))
        if self.app is not None:
            found.append((self.app.ended_ns, "the death of its application"))
        found += [(instance.first_ns, "the next activation's first turn") for instance in self.later]
        return min((each for each in found if each[0] < self.observed_ns), default=(None, ""))

    def unnoticed(self) -> bool:
        """Whether it fired on since its application died under a sidecar that lived on and took no notice."""
        if self.deactivated is not None or self.app is None or self.app.ended_ns == FAR_FUTURE_NS or not self.strays:
            return False
        lived_on = self.sidecar is None or self.sidecar.ended_ns > self.strays[-1].start_ns
        return lived_on and all(turn.host == self.registered.host for turn in self.strays)

    def has_more(self, at_ns: int) -> bool:
        """Whether more ticks were to come at an instant."""
        fired = sum(turn.start_ns <= at_ns for turn in self.own)
        ttl_s = self.timer.asked.ttl_s
        left = self.timer.ticks is None or fired < self.timer.ticks
        return left and (ttl_s is None or at_ns < self.registered.start_ns + round(ttl_s * S_NS))

    def next_due_ns(self) -> int:
        """When the tick after the last one in its instance would have been due."""
        if not self.own:
            return self.registered.end_ns + self.timer.due_ns
        last = self.own[-1]
        return (last.end_ns if last.ended != "open" else last.start_ns) + self.timer.period_ns


class TimerCourses:
    """The courses of a history's timers, made one by one."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._deactivated = {(d.process, d.actor, d.instance): d for d in timeline.deactivations}
        self._instances: dict[str, list[Instance]] = defaultdict(list)
        for instance in timeline.instances:
            self._instances[instance.actor].append(instance)

    def of(self, timer: Timer) -> TimerCourse | None:
        """What became of a timer; None when it isn't sure in which instance it was registered, once."""
        registered = timer.registered
        if registered is None:
            return None
        deactivated = self._deactivated.get(registered.instance)
        if deactivated is not None and deactivated.t_ns <= registered.end_ns:
            return None
        since = [
            instance
            for instance in self._instances[timer.actor]
            if (instance.process, instance.actor, instance.number) != registered.instance
            and instance.last_ns >= registered.start_ns
        ]
        # Another instance was in use meanwhile: whose timer it is can't be told.
        if any(instance.first_ns <= registered.end_ns for instance in since):
            return None
        fired = {turn.id for turn in timer.firings}
        return TimerCourse(
            timer=timer,
            registered=registered,
            own=[turn for turn in timer.firings if turn.instance == registered.instance],
            strays=[turn for turn in timer.firings if turn.instance != registered.instance],
            deactivated=deactivated,
            app=self._timeline.life_of(registered.process),
            sidecar=self._timeline.life_at(f"{registered.host}/sidecar", registered.end_ns),
            later=since,
            free=FreeTime(
                (turn.start_ns, turn.end_ns)
                for turn in self._timeline.turns_by_actor[timer.actor]
                if turn.id not in fired
            ),
            observed_ns=self._timeline.observed_ns,
        )
