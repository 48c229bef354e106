"""Timers: they fire while the actor is active and not after, never early, and go on whatever their callback does.

A timer belongs to the instance that registered it. What other instances of its actor run of it fired after
deactivation, once a callback that was on its way already can't be any more. Within the instance each tick is wanted by
its due time plus a budget of time in which the actor has no other turn. What the first due time and the end of the last
callback say is judged; ticks that come while faults go on, or in their wake, are not.

Whether a tick was left out is a conclusion from absence, and so is that a timer was registered only once: in a history
that is not whole only payloads are judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.ticks.timers.course import TimerCourse, TimerCourses
from actorproof.properties.guarantees.ticks.timers.findings import TimerFindings
from actorproof.properties.verdict.findings import EventRef, Figure, Findings, Terms
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.cluster.downtime import Calm
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn, ref
from actorproof.properties.views.ticks.schedule import S_NS, TTL_EDGE_NS, cancels, carries
from actorproof.properties.views.ticks.ticking import Timer, gather
from actorproof.properties.views.timeline import Timeline

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
DIED = "fired after its application died"  # the runtime took no notice, and fired it in the next activation
MS_NS = 1_000_000


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find ticks that were missed, early or too many, in one pass over timers and turns."""
    return _Callbacks(timeline, terms).findings()


GUARANTEE = Guarantee(id="timers", check=check)


class _Callbacks:
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
        self._timers, self._problems = gather(timeline)
        self._findings = TimerFindings(timeline)
        self._unjudged = 0
        self._lateness: list[int] = []  # of ticks that were served, behind the latest instant at which they were due

    def findings(self) -> Findings:
        known = TimerCourses(self._timeline)
        courses: list[TimerCourse] = []
        for timer in self._timers:
            self._check_what_it_carries(timer)
            course = known.of(timer)
            if course is None:
                self._unjudged += 1
            elif self._timeline.whole:
                courses.append(course)
                self._check_period(course, self._check_early(course))
                self._check_ticks(course)
                self._check_stop(course)
                self._check_end(course)
                self._check_gone(course)
        missing = [*self._problems, *(f"{why}: {some(count, 'time')}" for why, count in self._findings.unknown.items())]
        if self._timers and not (self._timeline.whole and self._timeline.closed):
            missing.append("the history has gaps or was not closed: a turn that is missing proves nothing")
        return self._findings.all(self._terms, figures=self._figures(courses), missing=missing)

    # ---- presence alone

    def _check_what_it_carries(self, timer: Timer) -> None:
        if not timer.firings:
            return
        self._findings.opportunities[PAYLOAD] += 1
        changed = [turn for turn in timer.firings if not carries(turn, timer.asked.data)]
        if changed:
            self._findings.report(
                PAYLOAD,
                timer,
                f"timer {timer.name} carried {changed[0].start.data[:80]} instead of what was registered, "
                f"{len(changed)} of {len(timer.firings)} times",
                turns=changed[:1],
                at_ns=changed[0].start_ns,
            )
        registered = timer.registered
        for anomaly in (CALLBACK, ELSEWHERE):
            turns = [
                turn
                for turn in timer.firings
                if (anomaly == CALLBACK) is (registered is not None and turn.instance == registered.instance)
            ]
            self._findings.opportunities[anomaly] += bool(turns)
            lost = [turn for turn in turns if turn.start.callback not in {None, timer.asked.callback}]
            if lost:
                self._findings.report(
                    anomaly,
                    timer,
                    f"timer {timer.name} names {lost[0].start.callback!r} as its callback instead of"
                    f" {timer.asked.callback!r}, {len(lost)} of {len(turns)} times",
                    turns=lost[:1],
                    at_ns=lost[0].start_ns,
                )

    # ---- when it fires

    def _check_early(self, course: TimerCourse) -> set[str]:
        """As many periods have passed since the first due time as callbacks completed, whatever they count from.

        The turns that came before that.
        """
        timer, registered = course.timer, course.registered
        self._findings.opportunities[EARLY] += bool(course.own)
        early: list[tuple[Turn, int]] = []
        completed = 0
        for turn in course.before_cancel():
            earliest_ns = registered.start_ns + timer.due_ns + completed * timer.period_ns
            again = bool(completed) and self._calm.disturbed(registered.start_ns, turn.start_ns)
            if earliest_ns - turn.start_ns > self._early_ns and not again:
                early.append((turn, earliest_ns))
            completed += turn.ended == "completed"
        if early:
            turn, earliest_ns = early[0]
            if not self._findings.untimed(EARLY, registered.start_ns, turn.start_ns):
                self._findings.report(
                    EARLY,
                    timer,
                    f"timer {timer.name} fired {(earliest_ns - turn.start_ns) / MS_NS:.0f} ms before its tick can be"
                    f" due, {some(len(early), 'time')}",
                    turns=[turn],
                    bar=("not due before", turn.start_ns, earliest_ns),
                    at_ns=turn.start_ns,
                )
        return {turn.id for turn, _ in early}

    def _check_period(self, course: TimerCourse, too_early: set[str]) -> None:
        """A period begins when the callback before it has finished; but for turns that are too early anyhow."""
        if not course.timer.period_ns:
            return
        early: list[tuple[int, Turn, Turn]] = []
        pairs = 0
        for turn, following in pairwise(course.before_cancel()):
            if (
                turn.ended != "completed"
                or following.id in too_early
                or self._calm.disturbed(turn.start_ns, following.start_ns)
            ):
                continue
            pairs += 1
            ahead_ns = turn.end_ns + course.timer.period_ns - following.start_ns
            if ahead_ns > self._early_ns and not self._findings.untimed(PERIOD, turn.start_ns, following.start_ns):
                early.append((ahead_ns, turn, following))
        self._findings.opportunities[PERIOD] += pairs > 0
        if early:
            ahead_ns, turn, following = max(early, key=lambda found: found[0])
            self._findings.report(
                PERIOD,
                course.timer,
                f"timer {course.timer.name} fired {ahead_ns / MS_NS:.0f} ms before its period was over,"
                f" counted from the end of the callback before; {len(early)} of {pairs} times",
                turns=[turn, following],
                bar=("period", turn.end_ns, turn.end_ns + course.timer.period_ns),
                at_ns=following.start_ns,
            )

    def _check_ticks(self, course: TimerCourse) -> None:
        """Each tick comes within the budget, as long as the actor is active and nothing disturbs it."""
        timer, registered = course.timer, course.registered
        due_ns = registered.end_ns + timer.due_ns
        until_ns = course.until_ns()
        before: Turn | None = None
        for number, turn in enumerate((*course.own, None)):
            over = timer.ticks is not None and number >= timer.ticks
            ttl_s = timer.asked.ttl_s
            if over or (ttl_s is not None and due_ns > registered.start_ns + round(ttl_s * S_NS) - TTL_EDGE_NS):
                return
            deadline_ns = course.free.after(due_ns, self._budget_ns)
            able = deadline_ns < until_ns and not self._calm.disturbed(registered.start_ns, deadline_ns)
            if able:
                self._count(before)
            if turn is not None and turn.start_ns <= deadline_ns:
                self._lateness.append(max(0, turn.start_ns - due_ns))
            elif able:
                self._miss(course, number, (due_ns, deadline_ns), before, turn)
            if turn is None or turn.ended not in {"completed", "failed"}:
                return
            before, due_ns = turn, turn.end_ns + timer.period_ns

    def _count(self, before: Turn | None) -> None:
        """One tick that would have been seen to be missing."""
        self._findings.evidence["ticks"] += 1
        self._findings.opportunities[MISSED] += 1
        if before is None:
            return
        if before.ended == "failed":
            self._findings.evidence["after_failures"] += 1
            self._findings.opportunities[REMOVED] += 1
        if before.end_ns - before.start_ns >= self._slow_ns:
            self._findings.evidence["after_slow_callbacks"] += 1

    def _miss(
        self, course: TimerCourse, number: int, due: tuple[int, int], before: Turn | None, turn: Turn | None
    ) -> None:
        due_ns, deadline_ns = due
        removed = before is not None and before.ended == "failed" and turn is None
        anomaly = REMOVED if removed else MISSED
        if not self._timeline.closed:
            self._findings.unknown["no turn serves a due tick, but the history isn't whole"] += 1
            return
        if self._findings.untimed(anomaly, due_ns, deadline_ns):
            return
        self._findings.report(
            anomaly,
            course.timer,
            f"tick {number + 1} of timer {course.timer.name} was not served within"
            f" {(deadline_ns - due_ns) / S_NS:.1f} s of its due time, though its actor was active"
            + ("; the callback before it failed" if removed else "" if turn is None else "; it came later"),
            turns=[each for each in (before, turn) if each is not None],
            bar=(f"tick {number + 1} due", due_ns, deadline_ns),
            at_ns=due_ns,
        )

    # ---- when it does not fire any more

    def _check_stop(self, course: TimerCourse) -> None:
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
        if course.has_more(stop.start_ns) and self._seen(
            course, stop.end_ns, stop.end_ns + max(timer.period_ns, course.next_due_ns() - stop.end_ns)
        ):
            self._findings.evidence["unregistered"] += 1
        self._findings.opportunities[STOPPED] += 1
        self._check_over(course, STOPPED, stop.end_ns, "after it was unregistered", [ref(stop.start, "unregister")])

    def _check_end(self, course: TimerCourse) -> None:
        """No callback begins beyond its repetitions or its time to live."""
        timer = course.timer
        bounded = timer.ticks is not None or timer.asked.ttl_s is not None
        if not bounded or timer.unpaused or any(cancels(turn) for turn in course.own):
            return
        self._findings.opportunities[BEYOND] += 1
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
            self._findings.evidence["ended"] += 1
        self._check_over(course, BEYOND, over_ns, "after its last tick")

    def _check_over(
        self, course: TimerCourse, anomaly: str, over_ns: int, words: str, more: Sequence[EventRef] = ()
    ) -> None:
        """No callback begins in its instance when what was on its way at an instant is done."""
        late = [turn for turn in course.own if course.free.between(over_ns, turn.start_ns) > self._on_its_way_ns]
        if not late:
            return
        turn = late[0]
        if self._calm.disturbed(course.registered.start_ns, turn.start_ns):
            return  # what was on its way may have been held up
        if not self._findings.untimed(anomaly, over_ns, turn.start_ns):
            self._findings.report(
                anomaly,
                course.timer,
                f"timer {course.timer.name} fired {some(len(late), 'time')} {words}, first"
                f" {(turn.start_ns - over_ns) / S_NS:.1f} s later",
                turns=[turn],
                bar=("over", over_ns, turn.start_ns),
                more=more,
                at_ns=turn.start_ns,
            )

    def _check_gone(self, course: TimerCourse) -> None:
        """No callback begins when the instance that registered it is over."""
        timer, registered = course.timer, course.registered
        gone_ns, how = course.gone()
        if gone_ns is None:
            return
        due_ns = max(gone_ns, course.next_due_ns())
        wanted_ns = min(course.observed_ns, timer.asked_to_stop_ns or FAR_FUTURE_NS)
        seen = course.has_more(gone_ns) and due_ns + self._budget_ns <= wanted_ns
        self._findings.evidence["deactivated"] += seen
        self._findings.opportunities[GONE] += seen
        anomaly = GONE
        if course.unnoticed():
            anomaly = DIED
            how = "its application died under a sidecar that lived on"
        late = [turn for turn in course.strays if course.free.between(gone_ns, turn.start_ns) > self._on_its_way_ns]
        if not late:
            return
        turn = late[0]
        if self._held_up(gone_ns, turn.start_ns):
            self._findings.doubts[anomaly, "timer that fired after deactivation while messages were held up"] += 1
            return
        if self._findings.untimed(anomaly, gone_ns, turn.start_ns):
            return
        self._findings.opportunities[anomaly] += anomaly == DIED or not seen
        self._findings.report(
            anomaly,
            timer,
            f"timer {timer.name} fired {some(len(late), 'time')} in another activation than the one that registered"
            f" it, first {(turn.start_ns - gone_ns) / S_NS:.1f} s after {how}",
            turns=[registered, turn],
            bar=("not active", gone_ns, turn.start_ns),
            more=[] if course.deactivated is None else [ref(course.deactivated, "deactivated")],
            at_ns=turn.start_ns,
        )

    def _held_up(self, start_ns: int, end_ns: int) -> bool:
        """Whether a fault that can hold messages up touches [start_ns, end_ns].

        One that ends processes of hosts ends what was sent before it; every other can hold it up.
        """
        return any(
            not (fault.start.has("ends") and {"/" in unit for unit in fault.start.units} == {True})
            and fault.start.t_ns <= end_ns
            and start_ns <= fault.healed_ns + self._wake_ns
            for fault in self._timeline.faults
        )

    def _seen(self, course: TimerCourse, over_ns: int, due_ns: int) -> bool:
        """Whether a tick that came although its timer was over would have been seen in its instance."""
        enough_ns = max(due_ns, course.free.after(over_ns, self._on_its_way_ns)) + self._on_its_way_ns
        gone_ns = FAR_FUTURE_NS if course.deactivated is None else course.deactivated.t_ns
        until_ns = min(course.observed_ns, gone_ns)
        return enough_ns <= until_ns and not self._calm.disturbed(course.registered.start_ns, enough_ns)

    # ---- what comes out

    def _figures(self, courses: Sequence[TimerCourse]) -> list[Figure]:
        late_ms = [late_ns / MS_NS for late_ns in self._lateness]
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

    def _idle(self, courses: Sequence[TimerCourse]) -> tuple[int, int]:
        """Instances that only callbacks used for longer than the idle time-out: still there, and deactivated."""
        if self._timeline.run is None:
            return 0, 0
        idle_ns = self._timeline.idle_ns
        callbacks = sorted((turn for course in courses for turn in course.own), key=lambda turn: turn.start_ns)
        fired = {turn.instance: turn.start_ns for turn in callbacks}  # the last of each
        deactivated = {course.registered.instance: course.deactivated for course in courses}
        called: dict[tuple[str, str, int], int] = defaultdict(int)
        for turn in self._timeline.turns:
            if turn.instance in fired and turn.start.cause != "timer":
                called[turn.instance] = max(called[turn.instance], turn.end_ns)
        kept = [key for key, last_ns in fired.items() if last_ns > called[key] + idle_ns(key[1]) + S_NS]
        collected = [
            key
            for key, last_ns in fired.items()
            if (ended := deactivated[key]) is not None
            and called[key] < last_ns <= ended.t_ns
            and 2 * (ended.t_ns - last_ns) < idle_ns(key[1])
            and not self._calm.disturbed(last_ns, ended.t_ns)
        ]
        return len(kept), len(collected)
