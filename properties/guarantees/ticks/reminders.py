"""Reminders: every tick is served, none before its time, none after its end, with the payload that was registered.

A turn that completed serves one tick: of those that are due and unserved, the one with the nearest deadline. So the
number of missed ticks is the least that fits the history. Which ones they are is told by time: from the last turn back,
each is given the latest tick that was due by then, and of the ticks that are left the first ones are named. Surplus
turns are duplicates, a figure, since delivery is at-least-once. A tick is wanted by its deadline: the latest instant at
which it can have become due, or the heal of the last fault that touches that time, plus the budget. Ticks whose
deadline lies beyond the observed time, or after somebody first tried to unregister the reminder, or its application
asked in an answer for no more, may be served or not.

A missed tick is *dropped after failed deliveries* when a run of them began once it was due, *application away* when it
became due while its actor's sidecar lived and its application did not, *fired at another actor* when that one's id is
its own, decoded once more, and has a turn of this name and payload that it never asked for, *id can't be addressed*
when its id can't stand in a path and no turn of its actor was ever seen, else just *missed*.

One dropped tick of a reminder without an end looks like a delay of one period, for ever within the budget: it takes
reminders with repetitions to see it. So evidence is only a reminder of which every tick could be decided: its number
of ticks is known, and the deadline of the last one lies inside the observed time, before anybody tried to unregister
it. A tick that was due, was not served and can't be decided makes the verdict unknown, unless the workload itself
unregistered its reminder while faults went on: then nobody wants the tick any more. Nor does anybody want those of a
reminder that was registered at the same time as another of its name, which may have replaced it: it is no evidence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import EventRef, Figure, Findings, Span, Terms, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.cluster.downtime import Calm, Downtime, downtimes
from actorproof.properties.views.cluster.outage import Outages, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.ticks.address import no_segment, read_again
from actorproof.properties.views.ticks.schedule import S_NS, Reminder, cancels, carries, plan
from actorproof.properties.views.timeline import Timeline

EARLY = "early"
MISSED = "missed"
DROPPED = "dropped after failed deliveries"
PAYLOAD = "payload changed"
AWAY = "application away"
UNREACHABLE = "id can't be addressed"
ELSEWHERE = "fired at another actor"
AFTER = "fired after unregister"
BEYOND = "beyond its end"
ROUNDING_NS = S_NS  # versions before 1.16 round periods to whole seconds: a later tick may be that much ahead
AT_ONCE_NS = S_NS  # a tick is delivered for the first time within so long
MS_NS = 1_000_000


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find ticks that were missed, early or too many, in one pass over ticks and turns."""
    return _Ticks(timeline, terms).findings()


GUARANTEE = Guarantee(id="reminders", check=check)


@dataclass(slots=True, kw_only=True)
class _Course:
    """What became of one reminder's ticks.

    Attributes:
        dues: the latest due times of the ticks that were served or missed, in order.
        missed: index and deadline of each missed tick.
        late: how many of the missed ones were served after their deadline.
        undecided: how many ticks were due and not served when the run ended, before their deadline.
        decidable: whether any dropped tick would have been seen as missed.
        surplus: turns for which no tick was left.
    """

    dues: list[int] = field(default_factory=list)
    lateness: list[int] = field(default_factory=list)
    missed: list[tuple[int, int]] = field(default_factory=list)
    late: int = 0
    undecided: int = 0
    decidable: bool = False
    surplus: list[Turn] = field(default_factory=list)


class _Ticks:
    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        limits = terms.limits
        self._timeline = timeline
        self._terms = terms
        self._budget_ns = round(limits["reminder_budget_s"] * S_NS)
        self._redelivery_ns = round(limits["redelivery_s"] * S_NS)
        self._early_slack_ns = round(limits["early_slack_s"] * S_NS)
        self._unregister_slack_ns = round(limits["unregister_slack_s"] * S_NS)
        self._deliveries = int(limits["deliveries"])
        self._whole = timeline.closed and timeline.whole
        self._plan = plan(timeline)
        self._registered = {(reminder.actor, reminder.name) for reminder in self._plan.reminders}
        self._outages = Outages(timeline, wake_s=0.0)
        self._calm = Calm(timeline, wake_ns=self._budget_ns)
        self._healed_ns = timeline.phases.get("healed", FAR_FUTURE_NS)
        self._observed_ns = timeline.observed_ns
        self._violations: list[Violation] = []
        self._unknown: Counter[str] = Counter()
        self._courses: list[tuple[Reminder, _Course]] = []

    def findings(self) -> Findings:
        for reminder in self._plan.reminders:
            self._check_early(reminder)
            self._check_payload(reminder)
            if reminder.registration.outcome == "ok":
                allowed = self._allowed(reminder)
                course = self._follow(reminder, allowed)
                self._name_by_time(reminder, course, allowed)
                self._courses.append((reminder, course))
                self._report_missed(reminder, course)
                self._check_end(reminder, course, allowed)
        missing = [*self._plan.problems, *(f"{why}: {some(count, 'time')}" for why, count in self._unknown.items())]
        if undecided := sum(course.undecided for _, course in self._courses):
            missing.append(f"{some(undecided, 'tick')} not served, and the run ended before the time was up")
        if self._plan.reminders and not self._whole:
            missing.append("the history has gaps or was not closed: a turn that is missing proves nothing")
        return Findings(
            violations=self._violations,
            evidence=self._evidence(),
            opportunities=self._opportunities(),
            figures=self._figures(),
            missing=missing,
        )

    # ---- presence alone

    def _check_early(self, reminder: Reminder) -> None:
        if not reminder.firings:
            return
        turn = reminder.firings[0]
        ahead_ns = reminder.earliest_ns - turn.start_ns
        if ahead_ns <= self._early_slack_ns:
            return
        if stalled_between(self._timeline, reminder.registration.start_ns, turn.start_ns):
            self._unknown["a turn looks early, but the clocks can't be trusted there"] += 1
            return
        self._report(
            EARLY,
            reminder,
            f"reminder {reminder.name} fired {ahead_ns / MS_NS:.0f} ms before its first due time",
            turns=[turn],
            bar=("not due before", turn.start_ns, reminder.earliest_ns),
            at_ns=turn.start_ns,
        )

    def _check_payload(self, reminder: Reminder) -> None:
        changed = [turn for turn in reminder.firings if not carries(turn, reminder.asked.data)]
        if changed:
            self._report(
                PAYLOAD,
                reminder,
                f"reminder {reminder.name} carried {changed[0].start.data[:80]} "
                f"instead of what was registered, {len(changed)} of {len(reminder.firings)} times",
                turns=changed[:1],
                at_ns=changed[0].start_ns,
            )

    # ---- tick by tick

    def _allowed(self, reminder: Reminder) -> float:
        """How many ticks may be due: within repetitions and time to live, up to an acknowledged unregistration."""
        if reminder.stopped is None:
            return reminder.most
        left_ns = reminder.stopped.end_ns + self._unregister_slack_ns - reminder.earliest_ns
        if left_ns < 0:
            return 0
        return min(reminder.most, left_ns // reminder.period_ns + 1 if reminder.period_ns else inf)

    def _follow(self, reminder: Reminder, allowed: float) -> _Course:
        """Give each completed turn the due tick with the nearest deadline, in one pass over both."""
        course = _Course()
        period_ns, earliest_ns, latest_ns = reminder.period_ns, reminder.earliest_ns, reminder.latest_ns
        stop_ns = reminder.asked_to_stop_ns
        wanted_until_ns = self._observed_ns if stop_ns is None else min(self._observed_ns, stop_ns - 1)
        course.decidable = self._decidable(reminder, wanted_until_ns)
        overdue = 0
        tick = 0
        for turn in reminder.firings:
            while tick < allowed:
                deadline_ns = self._calm.deadline(latest_ns + tick * period_ns, self._budget_ns)
                if deadline_ns >= turn.start_ns:
                    break
                overdue += 1
                if tick < reminder.least:
                    self._expire(reminder, course, tick, deadline_ns, wanted_until_ns)
                tick += 1
            due = tick < allowed and (tick == 0 or earliest_ns + tick * period_ns - ROUNDING_NS <= turn.start_ns)
            if turn.ended == "completed" and due:
                latest_due_ns = latest_ns + tick * period_ns
                course.dues.append(latest_due_ns)
                course.lateness.append(max(0, turn.start_ns - latest_due_ns))
                tick += 1
            elif turn.ended == "open" and due:
                tick += 1  # it may still complete: neither served nor missed
            elif overdue:
                done = turn.ended == "completed"
                overdue -= done
                course.late += done
            elif not due:
                course.surplus.append(turn)
        while tick < reminder.least and latest_ns + tick * period_ns <= wanted_until_ns:
            deadline_ns = self._calm.deadline(latest_ns + tick * period_ns, self._budget_ns)
            self._expire(reminder, course, tick, deadline_ns, wanted_until_ns)
            tick += 1
        return course

    def _name_by_time(self, reminder: Reminder, course: _Course, allowed: float) -> None:
        """Say which ticks were missed: those that no turn came for when they were due."""
        if not course.missed:
            return
        period_ns, latest_ns = reminder.period_ns, reminder.latest_ns
        surplus = {turn.id for turn in course.surplus}
        served: dict[int, Turn] = {}
        below = allowed
        for turn in reversed(reminder.firings):
            if turn.ended not in {"completed", "open"} or turn.id in surplus:
                continue
            since_due_ns = turn.start_ns - reminder.earliest_ns + self._early_slack_ns
            tick = min(max(since_due_ns // period_ns, 0) if period_ns else 0, below - 1)
            if tick >= 0 and self._calm.deadline(latest_ns + int(tick) * period_ns, self._budget_ns) >= turn.start_ns:
                served[int(tick)] = turn
                below = tick
        last = max(tick for tick, _ in course.missed)
        left = [tick for tick in range(last + 1) if tick not in served][: len(course.missed)]
        if len(left) < len(course.missed):
            return
        course.missed = [(k, self._calm.deadline(latest_ns + k * period_ns, self._budget_ns)) for k in left]
        done = {latest_ns + k * period_ns: turn for k, turn in served.items() if turn.ended == "completed"}
        course.dues = sorted([*done, *(latest_ns + k * period_ns for k in left)])
        course.lateness = [max(0, turn.start_ns - due_ns) for due_ns, turn in done.items()]

    def _expire(self, reminder: Reminder, course: _Course, tick: int, deadline_ns: int, wanted_until_ns: int) -> None:
        """A tick that must come was not served by its deadline: missed, if it was wanted and the time was observed."""
        due_ns = reminder.latest_ns + tick * reminder.period_ns
        if deadline_ns <= wanted_until_ns:
            course.dues.append(due_ns)
            course.missed.append((tick, deadline_ns))
        elif due_ns + self._unregister_slack_ns <= wanted_until_ns and self._kept(reminder):
            course.undecided += 1

    def _decidable(self, reminder: Reminder, wanted_until_ns: int) -> bool:
        """Whether each dropped tick would leave one unserved by a deadline that was observed."""
        if reminder.least != reminder.most or reminder.least == inf:
            return False
        last_ns = reminder.latest_ns + (int(reminder.least) - 1) * reminder.period_ns
        return self._calm.deadline(last_ns, self._budget_ns) <= wanted_until_ns

    def _kept(self, reminder: Reminder) -> bool:
        """Whether it stayed registered until all faults were healed, so that only the run's end cuts it short."""
        stop_ns = reminder.asked_to_stop_ns
        return stop_ns is None or stop_ns >= self._healed_ns

    def _report_missed(self, reminder: Reminder, course: _Course) -> None:
        runs = _failed_runs(reminder.firings, self._deliveries)
        for number, (tick, deadline_ns) in enumerate(course.missed):
            due_ns = reminder.latest_ns + tick * reminder.period_ns
            if not self._whole:
                self._unknown["no turn serves a due tick, but the history isn't whole"] += 1
                continue
            if stalled_between(self._timeline, reminder.earliest_ns + tick * reminder.period_ns, deadline_ns):
                self._unknown["a tick looks missed, but the machine stood still or its clock stepped"] += 1
                continue
            since_ns = reminder.earliest_ns + tick * reminder.period_ns - ROUNDING_NS
            failed = next((run for run in runs if since_ns <= run[0].start_ns <= run[-1].start_ns <= deadline_ns), None)
            if failed is not None:
                runs.remove(failed)
            waited_s = (deadline_ns - due_ns) / S_NS
            anomaly, why, turns = self._why_missed(reminder, due_ns, failed)
            self._report(
                anomaly,
                reminder,
                f"tick {tick + 1} of reminder {reminder.name} was not served within {waited_s:.1f} s of its due time"
                + why
                + (", but later" if number < course.late else ""),
                turns=turns,
                bar=(f"tick {tick + 1} due", due_ns, deadline_ns),
                at_ns=due_ns,
                near_ns=due_ns + self._redelivery_ns,
            )

    def _why_missed(
        self, reminder: Reminder, due_ns: int, failed: Sequence[Turn] | None
    ) -> tuple[str, str, Sequence[Turn]]:
        """The class of a missed tick, what shows it, in words, and the turns that do."""
        if failed is not None:
            return DROPPED, f", after {len(failed)} failed deliveries", [failed[0], failed[-1]]
        if (other := self._other(reminder)) is not None:
            return ELSEWHERE, f": {other.actor} got it, which is what its id says when it is decoded", [other]
        if self._unreachable(reminder):
            return UNREACHABLE, ": its actor's id can't stand in a path, and no turn of that actor ever came", []
        turns = _around(reminder.firings, due_ns)
        if self._away(reminder, due_ns):
            return AWAY, ", which came while only its application was away", turns
        return MISSED, "", turns

    def _unreachable(self, reminder: Reminder) -> bool:
        return no_segment(reminder.actor) and not self._timeline.turns_of(reminder.actor)

    def _other(self, reminder: Reminder) -> Turn | None:
        """A turn of this reminder that came to the actor whose id this one's is, decoded once more."""
        actor = read_again(reminder.actor)
        if actor is None or (actor, reminder.name) in self._registered:
            return None
        return next(
            (
                turn
                for turn in self._timeline.turns_of(actor)
                if turn.start.cause == "reminder"
                and turn.start.name == reminder.name
                and turn.start_ns >= reminder.earliest_ns - self._early_slack_ns
                and carries(turn, reminder.asked.data)
            ),
            None,
        )

    def _away(self, reminder: Reminder, due_ns: int) -> bool:
        """Whether only the application of an actor's host was away when a tick became due: its sidecar lived."""
        turns = self._timeline.turns_of(reminder.actor)
        at = bisect_right(turns, due_ns, key=lambda turn: turn.start_ns)
        if not at:
            return False
        host = turns[at - 1].host
        window = (due_ns - (reminder.latest_ns - reminder.earliest_ns), due_ns + AT_ONCE_NS)
        gone = touches(self._outages.down(f"{host}/app"), *window)
        return gone and not touches(self._outages.down(f"{host}/sidecar"), *window)

    def _check_end(self, reminder: Reminder, course: _Course, allowed: float) -> None:
        """No turn comes when all ticks are over and the last one can't be delivered once more."""
        if allowed == inf or reminder.unpaused or (reminder.cancelled and allowed == reminder.most):
            return
        # Another of its name may have taken its place at any time, and its turns can't be told from that one's.
        if reminder.contested:
            return
        stopped = reminder.stopped if allowed < reminder.most else None
        over_ns = stopped.end_ns + self._unregister_slack_ns if stopped is not None else FAR_PAST_NS
        if allowed:
            last_ns = reminder.latest_ns + (int(allowed) - 1) * reminder.period_ns
            over_ns = max(over_ns, self._calm.deadline(last_ns, self._redelivery_ns))
        unasked = [turn for turn in course.surplus if turn.start_ns > over_ns][self._of_the_one_before(reminder) :]
        if not unasked:
            return
        turn = unasked[0]
        since_ns = stopped.end_ns if stopped is not None else over_ns if allowed else reminder.registration.start_ns
        if allowed and not self._whole:
            self._unknown["a turn comes after its reminder's end, but the history isn't whole"] += 1
        elif stalled_between(self._timeline, since_ns, turn.start_ns):
            self._unknown["a turn comes after its reminder's end, but the clocks can't be trusted there"] += 1
        else:
            replaced = stopped is not None and stopped.start.action == "register-reminder"
            what = (
                "after it was replaced"
                if replaced
                else "after it was unregistered"
                if stopped
                else "after its last tick"
                if allowed
                else "though it has none"
            )
            end = () if stopped is None or stopped.end is None else (ref(stopped.end, "unregistered"),)
            self._report(
                AFTER if stopped else BEYOND,
                reminder,
                f"reminder {reminder.name} fired {some(len(unasked), 'time')} {what}, "
                f"first {(turn.start_ns - since_ns) / S_NS:.1f} s later",
                turns=[turn],
                bar=("nothing due", since_ns, turn.start_ns),
                more=end,
                at_ns=turn.start_ns,
            )

    def _of_the_one_before(self, reminder: Reminder) -> int:
        """How many of its turns may be the last ones of a reminder that it replaced, since they carry the same."""
        if not reminder.alike:
            return 0
        registered = reminder.registration
        until_ns = self._calm.deadline(registered.end_ns + self._unregister_slack_ns, self._redelivery_ns)
        return sum(turn.start_ns <= until_ns for turn in reminder.firings)

    # ---- what comes out

    def _report(
        self,
        anomaly: str,
        reminder: Reminder,
        summary: str,
        *,
        turns: Iterable[Turn],
        at_ns: int,
        bar: tuple[str, int, int] | None = None,
        more: Sequence[EventRef] = (),
        near_ns: int = 0,
    ) -> None:
        operation = reminder.registration
        events = [ref(operation.start, f"register {reminder.name}"), *more]
        answered_ns = operation.start_ns
        if operation.end is not None:
            events.append(ref(operation.end, f"registered: {operation.outcome}"))
            answered_ns = operation.end_ns
        spans = [
            Span(lane=operation.start.client, label="registration", start_ns=operation.start_ns, end_ns=answered_ns)
        ]
        for turn in turns:
            events.append(ref(turn.start, f"reminder turn, {turn.ended}"))
            end_ns = turn.end_ns if turn.ended != "open" else self._observed_ns
            spans.append(Span(lane=turn.process, label=f"turn, {turn.ended}", start_ns=turn.start_ns, end_ns=end_ns))
        if bar is not None:
            spans.append(Span(lane=reminder.actor, label=bar[0], start_ns=bar[1], end_ns=bar[2]))
        self._violations.append(
            self._timeline.violation(
                anomaly=anomaly,
                actor=reminder.actor,
                summary=summary,
                events=events,
                spans=spans,
                at_ns=at_ns,
                near_ns=near_ns,
            )
        )

    def _evidence(self) -> dict[str, int]:
        decidable = [(reminder, course) for reminder, course in self._courses if course.decidable]
        have = Counter(
            due_ticks=sum(len(course.dues) for _, course in decidable),
            served_ticks=sum(len(course.lateness) for _, course in self._courses),
        )
        outages = downtimes(self._timeline)
        idle = _idle_spans(self._timeline)
        for reminder, course in decidable:
            for start_ns, end_ns in idle.get(reminder.actor, ()):
                have["ticks_idle"] += _within(course.dues, start_ns, end_ns)
            have["ticks_application_kill"] += sum(self._away(reminder, due_ns) for due_ns in course.dues)
            for outage in outages:
                if outage.kind != "host_kill" or self._owner_died(reminder.actor, outage):
                    have[f"ticks_{outage.kind}"] += _within(course.dues, outage.start_ns, outage.end_ns)
        return {name: have[name] for name in self._terms.thresholds}

    def _owner_died(self, actor: str, outage: Downtime) -> bool:
        turns = self._timeline.turns_of(actor)
        at = bisect_right(turns, outage.start_ns, key=lambda turn: turn.start_ns) - 1
        return at >= 0 and turns[at].host in outage.hosts

    def _opportunities(self) -> dict[str, int]:
        ticks = sum(len(course.dues) for _, course in self._courses)
        reminders = self._plan.reminders
        return {
            EARLY: len(reminders),
            MISSED: ticks,
            DROPPED: sum(len(_failed_runs(reminder.firings, self._deliveries)) for reminder, _ in self._courses),
            AWAY: sum(self._away(reminder, due_ns) for reminder, course in self._courses for due_ns in course.dues),
            UNREACHABLE: sum(len(course.dues) for reminder, course in self._courses if self._unreachable(reminder)),
            ELSEWHERE: sum(len(course.dues) for reminder, course in self._courses if read_again(reminder.actor)),
            PAYLOAD: sum(bool(reminder.firings) for reminder in reminders),
            AFTER: sum(reminder.stopped is not None for reminder in reminders),
            BEYOND: sum(reminder.most != inf for reminder in reminders),
        }

    def _figures(self) -> list[Figure]:
        late_ms = [late_ns / MS_NS for _, course in self._courses for late_ns in course.lateness]
        missed = sum(len(course.missed) for _, course in self._courses)
        return [
            Figure(name="reminders registered", value=len(self._plan.reminders), unit=""),
            Figure(name="of those, at the same time as another of their name", value=self._contested(), unit=""),
            Figure(name="ticks due", value=len(late_ms) + missed, unit=""),
            Figure(name="ticks served", value=len(late_ms), unit=""),
            Figure(name="ticks missed", value=missed, unit=""),
            Figure(name="duplicate firings", value=self._duplicates(), unit=""),
            Figure(name="firings after an answer that cancels", value=self._after_cancel(), unit=""),
            Figure(name="firings with a period of zero", value=self._unpaused(), unit=""),
            Figure(name="lateness p50", value=quantile(late_ms, 0.5), unit="ms"),
            Figure(name="lateness p99", value=quantile(late_ms, 0.99), unit="ms"),
            Figure(name="lateness max", value=max(late_ms, default=0.0), unit="ms"),
        ]

    def _after_cancel(self) -> int:
        """How many turns came for reminders whose application had asked for no more in an answer before."""
        return sum(
            turn.start_ns > first.end_ns
            for reminder in self._plan.reminders
            if (first := next((turn for turn in reminder.firings if cancels(turn)), None)) is not None
            for turn in reminder.firings
        )

    def _contested(self) -> int:
        """Of how many nobody knows whether they stand, so that no tick of them is wanted."""
        return sum(reminder.contested for reminder in self._plan.reminders)

    def _unpaused(self) -> int:
        return sum(len(reminder.firings) for reminder in self._plan.reminders if reminder.unpaused)

    def _duplicates(self) -> int:
        return sum(
            turn.ended == "completed"
            for reminder, course in self._courses
            if not reminder.unpaused
            for turn in course.surplus
        )


def _failed_runs(firings: Sequence[Turn], least: int) -> list[list[Turn]]:
    """Runs of at least `least` turns in a row that did not complete."""
    runs = [list(run) for failed, run in groupby(firings, lambda turn: turn.ended in {"failed", "killed"}) if failed]
    return [run for run in runs if len(run) >= least]


def _around(firings: Sequence[Turn], at_ns: int) -> Sequence[Turn]:
    """The last firing before an instant and the first after it."""
    at = bisect_left(firings, at_ns, key=lambda turn: turn.start_ns)
    return firings[max(0, at - 1) : at + 1]


def _within(dues: Sequence[int], start_ns: int, end_ns: int) -> int:
    return bisect_right(dues, end_ns) - bisect_left(dues, start_ns)


def _idle_spans(timeline: Timeline) -> dict[str, list[tuple[int, int]]]:
    """Per actor the times from a deactivation until its next turn: it was in nobody's memory."""
    spans: dict[str, dict[int, int]] = defaultdict(dict)
    for event in timeline.deactivations:
        turns = timeline.turns_of(event.actor)
        at = bisect_right(turns, event.t_ns, key=lambda turn: turn.start_ns)
        end_ns = turns[at].start_ns if at < len(turns) else timeline.last_ns
        spans[event.actor][end_ns] = event.t_ns  # the last DELETE before a turn: then nobody held it
    return {actor: [(start, end) for end, start in of_actor.items()] for actor, of_actor in spans.items()}
