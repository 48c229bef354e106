"""Idleness: which DELETE a turn met since an idle time-out ran out, and whose time-out that was.

Dapr 1.18.2 counts it from when a call is let in, in the sidecar, cancels what runs when it runs out, and lets the next
call in. The time-out that ran out over a turn is

- its own, counted from the turn's start, `slack_s` allowed for the way from the sidecar to the application;
- its own, counted from when its call was let in, at the earliest: once the call had been sent and the actor's turn
  before had ended. So long a way is told from a DELETE that came too soon by the call's answer: the sidecar had
  cancelled it, and its caller got an error;
- that of the actor's use before, in the same life of the same sidecar, when it ran out before the turn began: the call
  came in while its actor was being put away, so the DELETE comes at most `slack_s` after the turn began, also where
  that had ended by then. A sidecar keeps its clock when its application dies; a call that found nobody there has set it
  once more, at its end at the latest. A sidecar sends the DELETEs of a type one after the other, in the order in which
  their time-outs run out: each keeps those that ran out after its own waiting, however many there are, from when the
  application is told until it answers, and what waited meanwhile is let in before it;
- likewise, and the cancelled call was still on its way to the application: its caller had got an error and the instance
  of the use before a DELETE, and at most `LATE_NS` after that the turn began, in another instance.

Each time no table moved the actor from then on until the DELETE: that is another reason to tell an instance to end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_PAST_NS, USES, Operation, Turn, host_of
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.drains import Drains
from actorproof.properties.views.turns.excuse import possible_end_ns

LATE_NS = 1_000_000_000
"""A time-out is acted on at most so long after it ran out, or after the DELETE before its own was over (a busy machine
allowed for, once a DELETE); a cancelled call is answered so long before or after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LettingGo:
    """A DELETE that keeps others of its type on its host waiting.

    Attributes:
        from_ns, to_ns: the application was told, and answered; the same where the answer is not witnessed.
        due_ns: its time-out ran out then, at the earliest.
    """

    from_ns: int
    to_ns: int
    due_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAway:
    """That a turn's instance was told to end.

    Attributes:
        told: the DELETE.
        used: the turn whose idle time-out had run out, this one or the one before it.
    """

    told: ev.Deactivated
    used: Turn


class Idleness:
    """Answers for the turns of one history."""

    def __init__(self, timeline: Timeline, drains: Drains, *, slack_s: float) -> None:
        self._timeline = timeline
        self._drains = drains
        self._slack_ns = round(slack_s * 1e9)

    def over(self, turn: Turn, before_ns: int) -> PutAway | None:
        """The DELETE that a turn's instance got while it ran, and before an instant, since a time-out ran out."""
        idle_ns = self._timeline.idle_ns(turn.actor)
        if not idle_ns:
            return None
        until_ns = min(before_ns, possible_end_ns(self._timeline, turn))
        for told in self._deleted.get(turn.instance, ()):
            if turn.start_ns <= told.t_ns <= until_ns:
                found = self._own(turn, told, idle_ns) or self._before(turn, told, idle_ns)
                if found is not None:
                    return found
        return None

    def over_by_then(self, turn: Turn, before_ns: int) -> PutAway | None:
        """The DELETE that a turn's instance got just after the turn, since the time-out of the use before ran out."""
        idle_ns = self._timeline.idle_ns(turn.actor)
        ended_ns = possible_end_ns(self._timeline, turn)
        for told in self._deleted.get(turn.instance, ()):
            if ended_ns <= told.t_ns <= before_ns and (found := self._before(turn, told, idle_ns)) is not None:
                return found
        return None

    def outrun(self, turn: Turn) -> PutAway | None:
        """The DELETE that came before the turn of a call that the sidecar had cancelled and answered by then."""
        used, call = self._used(turn), self._refused(turn)
        idle_ns = self._timeline.idle_ns(turn.actor)
        if not idle_ns or used is None or used.host != turn.host or used.instance == turn.instance:
            return None
        if call is None or call.end_ns >= turn.start_ns:
            return None
        if self._drains.changed(used.start_ns, turn.start_ns) is not None:
            return None
        counted_ns, set_ns = used.start_ns - self._slack_ns, self._set_ns(used, turn)
        for told in self._deleted.get(used.instance, ()):
            cancelled = call.start_ns <= told.t_ns and abs(told.t_ns - call.end_ns) <= LATE_NS
            on_its_way = turn.start_ns - LATE_NS <= told.t_ns <= turn.start_ns
            ran_out = counted_ns + idle_ns <= told.t_ns <= self._acted_ns(used, set_ns + idle_ns)
            if cancelled and on_its_way and ran_out and self._kept(used, told.t_ns):
                return PutAway(told=told, used=used)
        return None

    def _refused(self, turn: Turn) -> Operation | None:
        """The call of a turn, where the sidecar answered it with an error and tried it no second time before."""
        call = self._timeline.call_of(turn)
        if call is None or call.end is None or call.end.status is None or call.outcome == "ok":
            return None
        return call if call.turns[0] is turn else None

    def _own(self, turn: Turn, told: ev.Deactivated, idle_ns: int) -> PutAway | None:
        for counted_ns, changed_ns in self._let_in(turn, told):
            out = told.t_ns >= counted_ns + idle_ns
            if out and self._drains.changed(changed_ns, told.t_ns) is None:
                return PutAway(told=told, used=turn)
        return None

    def _let_in(self, turn: Turn, told: ev.Deactivated) -> list[tuple[int, int]]:
        """When a turn's call can have been let in at the earliest, and since when no table may have changed."""
        found = [(turn.start_ns - self._slack_ns, turn.start_ns)]
        call = self._refused(turn)
        if call is not None and abs(told.t_ns - call.end_ns) <= LATE_NS:
            before = next(self._before_it(turn), None)
            sent_ns = max(call.start_ns, FAR_PAST_NS if before is None else possible_end_ns(self._timeline, before))
            found.append((sent_ns, sent_ns))
        return found

    def _before(self, turn: Turn, told: ev.Deactivated, idle_ns: int) -> PutAway | None:
        used = self.ran_out(turn)
        if used is None or told.t_ns > self._acted_ns(used, self._set_ns(used, turn) + idle_ns):
            return None
        just_begun = told.t_ns - turn.start_ns <= self._slack_ns
        if not just_begun or not self._kept(used, told.t_ns) or not self._stayed(used, told):
            return None
        return PutAway(told=told, used=used)

    def _stayed(self, used: Turn, told: ev.Deactivated) -> bool:
        """Whether no table moved an actor away from the use of it to its DELETE.

        None may have changed then, or one that was seen after it only, and its next turn began on the same host: where
        a new table moves an actor away from, no turn of it begins.
        """
        change = self._drains.changed(used.start_ns, told.t_ns)
        of_actor = self._timeline.turns_by_actor[told.actor]
        after = next((turn for turn in of_actor if turn.start_ns > told.t_ns), None)
        return change is None or (change.seen_ns > told.t_ns and after is not None and after.host == used.host)

    def ran_out(self, turn: Turn) -> Turn | None:
        """The use before a turn, where that began as the idle time-out of that use ran out on the same host."""
        used = self._used(turn)
        idle_ns = self._timeline.idle_ns(turn.actor)
        if used is None or not idle_ns or used.host != turn.host or not self._kept(used, turn.start_ns):
            return None
        from_ns = used.start_ns - self._slack_ns + idle_ns
        return used if from_ns <= turn.start_ns <= self._acted_ns(used, self._set_ns(used, turn) + idle_ns) else None

    def _acted_ns(self, used: Turn, ran_out_ns: int) -> int:
        """When a time-out is acted on at the latest that ran out at an instant: DELETEs that were due before its own
        come in between, each of which was sent at once when the one before was over.
        """
        at_ns = ran_out_ns + LATE_NS
        for each in self._letting_go.get((used.host, used.actor.partition("/")[0]), ()):
            if each.due_ns <= ran_out_ns and each.from_ns <= at_ns:
                at_ns = max(at_ns, each.to_ns + LATE_NS)
        return at_ns

    def _used(self, turn: Turn) -> Turn | None:
        """The use of its actor before a turn."""
        return next((each for each in self._before_it(turn) if each.start.cause in USES), None)

    def _kept(self, used: Turn, until_ns: int) -> bool:
        """Whether one life of a sidecar had the actor all the time from a use of it to an instant."""
        sidecar = self._timeline.life_at(f"{used.host}/sidecar", used.start_ns)
        if sidecar is not None and min(sidecar.stopping_ns, sidecar.ended_ns) <= until_ns:
            return False
        return not any(used.start_ns <= t_ns < until_ns for t_ns in self._deleted_on.get((used.host, used.actor), ()))

    def _set_ns(self, used: Turn, turn: Turn) -> int:
        """When the clock of a use was set at the latest: once more by a call that found no application."""
        failed = (
            call.end_ns
            for call in self._timeline.operations_of(turn.actor)
            if call.outcome != "ok" and call.id != turn.start.op and used.start_ns <= call.end_ns <= turn.start_ns
        )
        return max((used.start_ns, *failed))

    def _before_it(self, turn: Turn) -> Iterator[Turn]:
        """The turns of its actor that began before a turn, the latest first."""
        of_actor = self._timeline.turns_of(turn.actor)
        at = bisect_left(of_actor, turn.start_ns, key=lambda other: other.start_ns)
        return (of_actor[number] for number in reversed(range(at)))

    @cached_property
    def _deleted(self) -> dict[tuple[str, str, int], list[ev.Deactivated]]:
        found: dict[tuple[str, str, int], list[ev.Deactivated]] = defaultdict(list)
        for event in self._timeline.deactivations:
            found[event.process, event.actor, event.instance].append(event)
        return found

    @cached_property
    def _letting_go(self) -> dict[tuple[str, str], list[LettingGo]]:
        """The DELETEs of each host, by type, in time order."""
        answered = {(each.process, each.actor, each.instance): each.t_ns for each in self._timeline.goodbyes}
        found: dict[tuple[str, str], list[LettingGo]] = defaultdict(list)
        for event in self._timeline.deactivations:
            host, type_ = host_of(event.process), event.actor.partition("/")[0]
            to_ns = answered.get((event.process, event.actor, event.instance), event.t_ns)
            found[host, type_].append(LettingGo(from_ns=event.t_ns, to_ns=to_ns, due_ns=self._due_ns(event)))
        return found

    def _due_ns(self, told: ev.Deactivated) -> int:
        """When the time-out of an instance told to end ran out at the earliest; FAR_PAST_NS where no use is known."""
        of_actor = self._timeline.turns_of(told.actor)
        at = bisect_left(of_actor, told.t_ns, key=lambda turn: turn.start_ns)
        key = (told.process, told.actor, told.instance)
        uses = (turn for turn in reversed(of_actor[:at]) if turn.instance == key and turn.start.cause in USES)
        used = next(uses, None)
        return FAR_PAST_NS if used is None else used.start_ns - self._slack_ns + self._timeline.idle_ns(told.actor)

    @cached_property
    def _deleted_on(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in self._timeline.deactivations:
            found[host_of(event.process), event.actor].append(event.t_ns)
        return found
