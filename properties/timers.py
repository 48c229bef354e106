"""Timers: they fire while the actor is active and not after, never early, and go on whatever their callback does.

A timer belongs to the instance that registered it. What other instances of its actor run of it fired after
deactivation, once a callback that was on its way already can't be any more. Within the instance each tick is wanted by
its due time plus a budget of time in which the actor has no other turn. What the first due time and the end of the last
callback say is judged; ticks that come while faults go on, or in their wake, are not.

Whether a tick was left out is a conclusion from absence, and so is that a timer was registered only once: in a history
that is not whole only payloads are judged.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from actorproof.properties.downtime import Calm
from actorproof.properties.outage import merged
from actorproof.properties.quantile import quantile
from actorproof.properties.schedule import S_NS, TTL_EDGE_NS
from actorproof.properties.stall import stalled_between
from actorproof.properties.ticking import Timer, gather
from actorproof.properties.timeline import FAR_FUTURE_NS, Instance, Timeline, Turn, ref
from actorproof.properties.verdict import (
    Budget,
    Doubt,
    EventRef,
    Figure,
    Span,
    Terms,
    Verdict,
    Violation,
    decide,
    evidence_of,
)

EARLY = "early"
PERIOD = "next period began early"
MISSED = "missed"
REMOVED = "removed by a failing callback"
PAYLOAD = "payload changed"
CALLBACK = "callback lost"
ELSEWHERE = "callback lost elsewhere"  # in an activation that did not register it: the runtime carried it there
STOPPED = "fired after unregister"
BEYOND = "beyond its end"
GONE = "fired after deactivation"
DIED = "application died"
MS_NS = 1_000_000
# Faults that can hold up what was sent before them; the others end it.
ENDING = frozenset({"kill", "terminate", "restart", "add", "remove"})


def check(timeline: Timeline, terms: Terms, budget: Budget) -> Verdict:
    """Decide `timers`; one pass over timers and turns, so the search budget is not needed."""
    del budget
    return _Check(timeline, terms).verdict()


class _Free:
    """The time in which none of some turns ran."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._busy = merged((turn.start_ns, turn.end_ns) for turn in turns)
        self._starts = [start for start, _ in self._busy]

    def between(self, start_ns: int, end_ns: int) -> int:
        """How much of [start_ns, end_ns] was free."""
        at = max(0, bisect_right(self._starts, start_ns) - 1)
        free_ns = max(0, end_ns - start_ns)
        for begun_ns, ended_ns in self._busy[at:]:
            if begun_ns >= end_ns:
                break
            free_ns -= max(0, min(ended_ns, end_ns) - max(begun_ns, start_ns))
        return free_ns

    def after(self, start_ns: int, needed_ns: int) -> int:
        """The first instant by which `needed_ns` were free since `start_ns`."""
        at = max(0, bisect_right(self._starts, start_ns) - 1)
        now_ns = start_ns
        for begun_ns, ended_ns in self._busy[at:]:
            if ended_ns <= now_ns:
                continue
            if begun_ns - now_ns >= needed_ns:
                break
            needed_ns -= max(0, begun_ns - now_ns)
            now_ns = ended_ns
        return now_ns + needed_ns


@dataclass(slots=True, kw_only=True)
class _Course:
    """What became of one timer whose registration is known.

    Attributes:
        own: its turns in the instance that registered it.
        strays: its turns in other instances.
        until_ns: up to when it was surely wanted and able to fire: its instance lived, nobody had asked to stop it.
        decided, after_failures, after_slow: ticks that would have been seen to be missing.
        lateness: of ticks that were served, behind the latest instant at which they were due.
    """

    timer: Timer
    registered: Turn
    own: list[Turn]
    strays: list[Turn]
    until_ns: int
    decided: int = 0
    after_failures: int = 0
    after_slow: int = 0
    lateness: list[int] = field(default_factory=list)


class _Check:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        limits = terms.limits
        self._timeline = timeline
        self._terms = terms
        self._early_ns = round(limits["early_slack_s"] * S_NS)
        self._budget_ns = round(limits["timer_budget_s"] * S_NS)
        self._on_its_way_ns = round(limits["on_its_way_s"] * S_NS)
        self._slow_ns = round(limits["slow_s"] * S_NS)
        self._wake_ns = round(limits["wake_s"] * S_NS)
        self._calm = Calm(timeline, wake_ns=self._wake_ns)
        self._observed_ns = timeline.observed_ns
        self._timers, self._problems = gather(timeline)
        self._deactivated = {(d.process, d.actor, d.instance): d for d in timeline.deactivations}
        self._free: dict[tuple[str, str], _Free] = {}
        self._violations: list[Violation] = []
        self._doubts: Counter[tuple[str, str]] = Counter()
        self._unknown: Counter[str] = Counter()
        self._have: Counter[str] = Counter()
        self._opportunities: Counter[str] = Counter()
        self._excused: Counter[str] = Counter()
        self._unjudged = 0

    def verdict(self) -> Verdict:
        courses = []
        for timer in self._timers:
            self._check_what_it_carries(timer)
            course = self._course(timer)
            if course is None:
                self._unjudged += 1
            elif self._timeline.whole:
                courses.append(course)
                self._check_period(course, self._check_early(course))
                self._check_ticks(course)
                self._check_stop(course)
                self._check_end(course)
                self._check_gone(course)
        missing = [*self._problems, *(f"{why}: {count} times" for why, count in self._unknown.items())]
        if self._timers and not (self._timeline.whole and self._timeline.closed):
            missing.append("the history has gaps or was not closed: a turn that is missing proves nothing")
        return decide(
            self._terms,
            violations=self._violations,
            evidence=evidence_of(self._terms, {name: self._have[name] for name in self._terms.thresholds}),
            opportunities=self._opportunities,
            excused=self._excused,
            figures=self._figures(courses),
            doubts=[Doubt(klass=klass, what=what, count=count) for (klass, what), count in self._doubts.items()],
            missing=missing,
        )

    # ---- what is known of a timer

    def _course(self, timer: Timer) -> _Course | None:
        """What became of a timer; None when it isn't sure in which instance it was registered, once."""
        registered = timer.registered
        if registered is None:
            return None
        ended = self._deactivated.get(registered.instance)
        if ended is not None and ended.t_ns <= registered.end_ns:
            return None
        others = [
            instance
            for instance in self._instances.get(timer.actor, [])
            if (instance.process, instance.actor, instance.number) != registered.instance
        ]
        # Another instance was in use meanwhile: whose timer it is can't be told.
        if any(o.first_ns <= registered.end_ns and o.last_ns >= registered.start_ns for o in others):
            return None
        life = self._timeline.life_of(registered.process)
        sidecar = self._timeline.life_at(f"{registered.host}/sidecar", registered.end_ns)
        ends = [self._observed_ns]
        ends += [o.first_ns for o in others if o.first_ns > registered.end_ns]
        ends += [end for each in (life, sidecar) if each is not None for end in (each.ended_ns, each.stopping_ns)]
        if ended is not None:
            ends.append(ended.t_ns)
        if timer.asked_to_stop_ns is not None:
            ends.append(timer.asked_to_stop_ns)
        return _Course(
            timer=timer,
            registered=registered,
            own=[turn for turn in timer.firings if turn.instance == registered.instance],
            strays=[turn for turn in timer.firings if turn.instance != registered.instance],
            until_ns=min(ends),
        )

    @cached_property
    def _instances(self) -> dict[str, list[Instance]]:
        found: dict[str, list[Instance]] = defaultdict(list)
        for instance in self._timeline.instances:
            found[instance.actor].append(instance)
        return dict(found)

    def _free_of(self, timer: Timer) -> _Free:
        """When a callback of a timer need not have waited for another turn of its actor."""
        key = (timer.actor, timer.name)
        if key not in self._free:
            own = {turn.id for turn in timer.firings}
            turns = self._timeline.turns_by_actor.get(timer.actor, [])
            self._free[key] = _Free([turn for turn in turns if turn.id not in own])
        return self._free[key]

    # ---- presence alone

    def _check_what_it_carries(self, timer: Timer) -> None:
        if not timer.firings:
            return
        self._opportunities[PAYLOAD] += 1
        changed = [turn for turn in timer.firings if not _carries(turn, timer.asked.data)]
        if changed:
            self._report(
                PAYLOAD,
                timer,
                f"timer {timer.name} carried {changed[0].start.data[:80]} instead of what was registered, "
                f"{len(changed)} of {len(timer.firings)} times",
                turns=changed[:1],
                at_ns=changed[0].start_ns,
            )
        registered = timer.registered
        for klass in (CALLBACK, ELSEWHERE):
            turns = [
                turn
                for turn in timer.firings
                if (klass == CALLBACK) is (registered is not None and turn.instance == registered.instance)
            ]
            self._opportunities[klass] += bool(turns)
            lost = [turn for turn in turns if turn.start.callback not in {None, timer.asked.callback}]
            if lost:
                self._report(
                    klass,
                    timer,
                    f"timer {timer.name} names {lost[0].start.callback!r} as its callback instead of"
                    f" {timer.asked.callback!r}, {len(lost)} of {len(turns)} times",
                    turns=lost[:1],
                    at_ns=lost[0].start_ns,
                )

    # ---- when it fires

    def _check_early(self, course: _Course) -> set[str]:
        """As many periods have passed since the first due time as callbacks completed, whatever they count from.

        The turns that came before that.
        """
        timer, registered = course.timer, course.registered
        self._opportunities[EARLY] += bool(course.own)
        early: dict[str, tuple[Turn, int]] = {}
        completed = 0
        for turn in course.own:
            earliest_ns = registered.start_ns + timer.due_ns + completed * timer.period_ns
            again = bool(completed) and self._calm.disturbed(registered.start_ns, turn.start_ns)
            if earliest_ns - turn.start_ns > self._early_ns and not again:
                early[turn.id] = (turn, earliest_ns)
            completed += turn.ended == "completed"
        for turn, earliest_ns in list(early.values())[:1]:
            if not self._untimed(EARLY, registered.start_ns, turn.start_ns):
                self._report(
                    EARLY,
                    timer,
                    f"timer {timer.name} fired {(earliest_ns - turn.start_ns) / MS_NS:.0f} ms before its tick can be"
                    f" due, {len(early)} times",
                    turns=[turn],
                    bar=("not due before", turn.start_ns, earliest_ns),
                    at_ns=turn.start_ns,
                )
        return set(early)

    def _check_period(self, course: _Course, too_early: set[str]) -> None:
        """A period begins when the callback before it has finished; but for turns that are too early anyhow."""
        early: list[tuple[int, Turn, Turn]] = []
        pairs = 0
        for turn, following in zip(course.own, course.own[1:], strict=False):
            if (
                turn.ended != "completed"
                or following.id in too_early
                or self._calm.disturbed(turn.start_ns, following.start_ns)
            ):
                continue
            pairs += 1
            ahead_ns = turn.end_ns + course.timer.period_ns - following.start_ns
            if ahead_ns > self._early_ns and not self._untimed(PERIOD, turn.start_ns, following.start_ns):
                early.append((ahead_ns, turn, following))
        if not course.timer.period_ns:
            return
        self._opportunities[PERIOD] += pairs > 0
        if early:
            ahead_ns, turn, following = max(early, key=lambda found: found[0])
            self._report(
                PERIOD,
                course.timer,
                f"timer {course.timer.name} fired {ahead_ns / MS_NS:.0f} ms before its period was over,"
                f" counted from the end of the callback before; {len(early)} of {pairs} times",
                turns=[turn, following],
                bar=("period", turn.end_ns, turn.end_ns + course.timer.period_ns),
                at_ns=following.start_ns,
            )

    def _check_ticks(self, course: _Course) -> None:
        """Each tick comes within the budget, as long as the actor is active and nothing disturbs it."""
        timer, registered = course.timer, course.registered
        free = self._free_of(timer)
        due_ns = registered.end_ns + timer.due_ns
        for number in range(len(course.own) + 1):
            over = timer.ticks is not None and number >= timer.ticks
            ttl_s = timer.asked.ttl_s
            if over or (ttl_s is not None and due_ns > registered.start_ns + round(ttl_s * S_NS) - TTL_EDGE_NS):
                return
            turn = course.own[number] if number < len(course.own) else None
            before = course.own[number - 1] if number else None
            deadline_ns = free.after(due_ns, self._budget_ns)
            able = deadline_ns < course.until_ns and not self._calm.disturbed(registered.start_ns, deadline_ns)
            if able:
                self._count(course, before)
            if turn is not None and turn.start_ns <= deadline_ns:
                course.lateness.append(max(0, turn.start_ns - due_ns))
            elif able:
                self._miss(course, number, (due_ns, deadline_ns), before, turn)
            if turn is None or turn.ended not in {"completed", "failed"}:
                return
            due_ns = turn.end_ns + timer.period_ns

    def _count(self, course: _Course, before: Turn | None) -> None:
        """One tick that would have been seen to be missing."""
        course.decided += 1
        self._have["ticks"] += 1
        self._opportunities[MISSED] += 1
        if before is None:
            return
        if before.ended == "failed":
            self._have["after_failures"] += 1
            self._opportunities[REMOVED] += 1
        if before.end_ns - before.start_ns >= self._slow_ns:
            self._have["after_slow_callbacks"] += 1

    def _miss(self, course: _Course, number: int, due: tuple[int, int], before: Turn | None, turn: Turn | None) -> None:
        due_ns, deadline_ns = due
        removed = before is not None and before.ended == "failed" and turn is None
        klass = REMOVED if removed else MISSED
        if not self._timeline.closed:
            self._unknown["no turn serves a due tick, but the history isn't whole"] += 1
            return
        if self._untimed(klass, due_ns, deadline_ns):
            return
        self._report(
            klass,
            course.timer,
            f"tick {number + 1} of timer {course.timer.name} was not served within"
            f" {(deadline_ns - due_ns) / S_NS:.1f} s of its due time, though its actor was active"
            + ("; the callback before it failed" if removed else "" if turn is None else "; it came later"),
            turns=[each for each in (before, turn) if each is not None],
            bar=(f"tick {number + 1} due", due_ns, deadline_ns),
            at_ns=due_ns,
        )

    # ---- when it does not fire any more

    def _check_stop(self, course: _Course) -> None:
        """No callback begins once it was unregistered by the instance that had registered it."""
        timer, registered = course.timer, course.registered
        stops = [
            turn
            for operation in timer.stops
            for turn in operation.turns
            if turn.ended == "completed" and turn.instance == registered.instance and turn.start_ns > registered.end_ns
        ]
        if not stops:
            return
        stop = min(stops, key=lambda turn: turn.end_ns)
        if self._has_more(course, stop.start_ns) and self._seen(
            course, stop.end_ns, stop.end_ns + max(timer.period_ns, self._next_due_ns(course) - stop.end_ns)
        ):
            self._have["unregistered"] += 1
        self._opportunities[STOPPED] += 1
        self._check_over(course, STOPPED, stop.end_ns, "after it was unregistered", [ref(stop.start, "unregister")])

    def _check_end(self, course: _Course) -> None:
        """No callback begins beyond its repetitions or its time to live."""
        timer = course.timer
        bounded = timer.ticks is not None or timer.asked.ttl_s is not None
        if not bounded:
            return
        self._opportunities[BEYOND] += 1
        ends: list[int] = []
        if timer.asked.ttl_s is not None:
            span_ns = timer.due_ns + round(timer.asked.ttl_s * S_NS)
            ends.append(course.registered.end_ns + span_ns + TTL_EDGE_NS)
        if timer.ticks is not None:
            done = [turn for turn in course.own if turn.ended == "completed"]
            if len(done) >= timer.ticks:
                ends.append(done[timer.ticks - 1].end_ns)
        if not ends:
            return
        over_ns = min(ends)
        if timer.period_ns and self._seen(course, over_ns, over_ns + timer.period_ns):
            self._have["ended"] += 1
        self._check_over(course, BEYOND, over_ns, "after its last tick")

    def _check_over(self, course: _Course, klass: str, over_ns: int, words: str, more: Sequence[EventRef] = ()) -> None:
        """No callback begins in its instance when what was on its way at an instant is done."""
        free = self._free_of(course.timer)
        late = [turn for turn in course.own if free.between(over_ns, turn.start_ns) > self._on_its_way_ns]
        if not late:
            return
        turn = late[0]
        if self._calm.disturbed(course.registered.start_ns, turn.start_ns):
            return  # what was on its way may have been held up
        if not self._untimed(klass, over_ns, turn.start_ns):
            self._report(
                klass,
                course.timer,
                f"timer {course.timer.name} fired {len(late)} times {words}, first"
                f" {(turn.start_ns - over_ns) / S_NS:.1f} s later",
                turns=[turn],
                bar=("over", over_ns, turn.start_ns),
                more=more,
                at_ns=turn.start_ns,
            )

    def _check_gone(self, course: _Course) -> None:
        """No callback begins when the instance that registered it is over."""
        timer, registered = course.timer, course.registered
        gone_ns, how = self._gone(course)
        if gone_ns is not None and self._has_more(course, gone_ns):
            due_ns = max(gone_ns, self._next_due_ns(course))
            if due_ns + self._budget_ns <= min(self._observed_ns, timer.asked_to_stop_ns or FAR_FUTURE_NS):
                self._have["deactivated"] += 1
                self._opportunities[GONE] += 1
        if gone_ns is None or not course.strays:
            return
        if self._unnoticed(registered, course.strays):
            self._excused[DIED] += 1
            return
        free = self._free_of(timer)
        late = [turn for turn in course.strays if free.between(gone_ns, turn.start_ns) > self._on_its_way_ns]
        if not late:
            return
        turn = late[0]
        if self._held_up(gone_ns, turn.start_ns):
            self._doubts[GONE, "timers that fired after deactivation while messages were held up"] += 1
            return
        if self._untimed(GONE, gone_ns, turn.start_ns):
            return
        if self._opportunities[GONE] < 1 + sum(v.klass == GONE for v in self._violations):
            self._opportunities[GONE] += 1
        ended = self._deactivated.get(registered.instance)
        self._report(
            GONE,
            timer,
            f"timer {timer.name} fired {len(late)} times in another activation than the one that registered it, first"
            f" {(turn.start_ns - gone_ns) / S_NS:.1f} s after {how}",
            turns=[registered, turn],
            bar=("not active", gone_ns, turn.start_ns),
            more=() if ended is None else [ref(ended, "deactivated")],
            at_ns=turn.start_ns,
        )

    def _gone(self, course: _Course) -> tuple[int | None, str]:
        """When the instance that registered a timer was over at the latest, and what shows it."""
        registered = course.registered
        found: list[tuple[int, str]] = []
        if (ended := self._deactivated.get(registered.instance)) is not None:
            found.append((ended.t_ns, "its deactivation"))
        life = self._timeline.life_of(registered.process)
        if life is not None and life.ended_ns < FAR_FUTURE_NS:
            found.append((life.ended_ns, "the death of its application"))
        found += [
            (instance.first_ns, "the next activation's first turn")
            for instance in self._instances.get(registered.actor, [])
            if instance.first_ns > registered.end_ns
            and (instance.process, instance.actor, instance.number) != registered.instance
        ]
        before = [each for each in found if each[0] < self._observed_ns]
        return min(before, default=(None, ""))

    def _unnoticed(self, registered: Turn, strays: Sequence[Turn]) -> bool:
        """Whether an application died under a sidecar that lived on and never deactivated its actors."""
        life = self._timeline.life_of(registered.process)
        if registered.instance in self._deactivated or life is None or life.ended_ns == FAR_FUTURE_NS:
            return False
        sidecar = self._timeline.life_at(f"{registered.host}/sidecar", registered.end_ns)
        lived_on = sidecar is None or sidecar.ended_ns > strays[-1].start_ns
        return lived_on and all(turn.host == registered.host for turn in strays)

    def _held_up(self, start_ns: int, end_ns: int) -> bool:
        """Whether a fault that can hold messages up touches [start_ns, end_ns]."""
        return any(
            (fault.start.verb not in ENDING or "/" not in "".join(fault.start.units))
            and fault.start.t_ns <= end_ns
            and start_ns <= fault.healed_ns + self._wake_ns
            for fault in self._timeline.faults
        )

    def _has_more(self, course: _Course, at_ns: int) -> bool:
        """Whether more ticks were to come at an instant."""
        timer = course.timer
        fired = sum(turn.start_ns <= at_ns for turn in course.own)
        ttl_s = timer.asked.ttl_s
        left = timer.ticks is None or fired < timer.ticks
        return left and (ttl_s is None or at_ns < course.registered.start_ns + round(ttl_s * S_NS))

    def _next_due_ns(self, course: _Course) -> int:
        """When the tick after the last one in its instance would have been due."""
        if not course.own:
            return course.registered.end_ns + course.timer.due_ns
        last = course.own[-1]
        return (last.end_ns if last.ended != "open" else last.start_ns) + course.timer.period_ns

    def _seen(self, course: _Course, over_ns: int, due_ns: int) -> bool:
        """Whether a tick that came although its timer was over would have been seen in its instance."""
        free = self._free_of(course.timer)
        enough_ns = max(due_ns, free.after(over_ns, self._on_its_way_ns)) + self._on_its_way_ns
        ended = self._deactivated.get(course.registered.instance)
        until_ns = min(self._observed_ns, FAR_FUTURE_NS if ended is None else ended.t_ns)
        return enough_ns <= until_ns and not self._calm.disturbed(course.registered.start_ns, enough_ns)

    # ---- what comes out

    def _untimed(self, klass: str, start_ns: int, end_ns: int) -> bool:
        """Whether the machine stood still meanwhile, so that a time proves nothing; then it is noted."""
        if stalled_between(self._timeline, start_ns, end_ns):
            self._doubts[klass, "times that can't be trusted, since the machine stood still or its clock stepped"] += 1
            return True
        return False

    def _report(
        self,
        klass: str,
        timer: Timer,
        summary: str,
        *,
        turns: Iterable[Turn],
        at_ns: int,
        bar: tuple[str, int, int] | None = None,
        more: Sequence[EventRef] = (),
    ) -> None:
        events = list(more)
        spans: list[Span] = []
        for turn in dict.fromkeys([*timer.registrations[:1], *turns]):
            what = "timer turn" if turn.start.cause == "timer" else f"register {timer.name}"
            events.append(ref(turn.start, f"{what}, {turn.ended}"))
            end_ns = turn.end_ns if turn.ended != "open" else max(turn.start_ns, self._observed_ns)
            spans.append(Span(lane=turn.process, label=f"{what}, {turn.ended}", start_ns=turn.start_ns, end_ns=end_ns))
        if bar is not None:
            spans.append(Span(lane=timer.actor, label=bar[0], start_ns=bar[1], end_ns=bar[2]))
        self._violations.append(
            Violation(
                klass=klass,
                actor=timer.actor,
                summary=summary,
                events=tuple(sorted(events, key=lambda event: event.t_ns)),
                spans=tuple(spans),
                trigger=self._timeline.trigger_at(at_ns),
                at_ns=at_ns,
            )
        )

    def _figures(self, courses: Sequence[_Course]) -> list[Figure]:
        late_ms = [late_ns / MS_NS for course in courses for late_ns in course.lateness]
        kept, collected = self._idle(courses)
        return [
            Figure(name="timers registered", value=len(self._timers), unit=""),
            Figure(name="timers not judged", value=self._unjudged, unit=""),
            Figure(name="callbacks", value=sum(len(timer.firings) for timer in self._timers), unit=""),
            Figure(name="lateness p50", value=quantile(late_ms, 0.5), unit="ms"),
            Figure(name="lateness p99", value=quantile(late_ms, 0.99), unit="ms"),
            Figure(name="lateness max", value=max(late_ms, default=0.0), unit="ms"),
            Figure(name="actors that a timer kept active", value=kept, unit=""),
            Figure(name="actors collected though their timer fired", value=collected, unit=""),
        ]

    def _idle(self, courses: Sequence[_Course]) -> tuple[int, int]:
        """Instances that only callbacks used for longer than the idle time-out: still there, and deactivated."""
        run = self._timeline.run
        if run is None:
            return 0, 0
        idle_ns = round(run.idle_timeout_s * S_NS)
        fired: dict[tuple[str, str, int], int] = {}
        for course in courses:
            for turn in course.own:
                fired[turn.instance] = max(turn.start_ns, fired.get(turn.instance, 0))
        called: dict[tuple[str, str, int], int] = defaultdict(int)
        for turn in self._timeline.turns:
            if turn.instance in fired and turn.start.cause != "timer" and turn.end_ns < FAR_FUTURE_NS:
                called[turn.instance] = max(called[turn.instance], turn.end_ns)
        kept = [key for key, last_ns in fired.items() if last_ns > called[key] + idle_ns + S_NS]
        collected = [
            key
            for key, last_ns in fired.items()
            if (ended := self._deactivated.get(key)) is not None
            and called[key] < last_ns <= ended.t_ns < last_ns + idle_ns // 2
            and not self._calm.disturbed(last_ns, ended.t_ns)
        ]
        return len(kept), len(collected)


def _carries(turn: Turn, data: object) -> bool:
    try:
        decoded: object = msgspec.json.decode(turn.start.data)
    except msgspec.DecodeError:
        return False
    return decoded == data
