"""Departure: a caller that went away, as the host of the actor that it had called may have learnt of it.

He gave up or lost his connection; the sidecar that he had asked died, or was asked to end, which takes back at once
what it has under way (Dapr 1.18.2 answers 500, context canceled); or a fault closed the connections from there to the
actor's host, at its begin or at its heal. Word of that travels: it reaches the actor's host at most `late_ns` later,
or so long after what stood in its way, a stopped sidecar or a faulted link, and the client may hear of it sooner.

A reminder goes away likewise. A sidecar that comes into the placement table, or comes back to it, connects to the
schedulers anew, and takes back what it had been given to deliver before, to whichever host; the scheduler gives that
out again (1.18.2: its log has both to the millisecond, and its source a context that ends with the connection).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import EventRef
from actorproof.properties.views.records import FAR_FUTURE_NS, Operation, Turn, ref
from actorproof.properties.views.ticks.schedule import AHEAD_NS, Reminder, plan
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.excuse import possible_end_ns

GAVE_UP = frozenset({"gave-up", "deadline", "cut-off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One caller that went away, or one reminder.

    Attributes:
        operation: what he had called; of a reminder, its registration.
        left_ns: no host can have heard of it sooner.
        heard_ns: every host has heard of it by then.
        why: in a few words.
        at: the host that he had asked.
        table: that with which a reminder was taken back; None for a caller.
        running: whether it was taken back while its own turn ran.
    """

    operation: Operation
    left_ns: int
    heard_ns: int
    why: str
    at: str
    table: ev.TableObserved | None = None
    running: bool = False

    @property
    def what(self) -> str:
        """What waited, in a few words."""
        return f"call {self.operation.id}" if self.table is None else f"reminder {self.operation.start.name}"

    @property
    def events(self) -> tuple[EventRef, ...]:
        """The event that shows it."""
        if self.table is not None:
            return (ref(self.table, f"table {self.table.version}"),)
        return () if self.operation.end is None else (ref(self.operation.end, "its caller is gone"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """The departure from an actor's queue that let a turn in beside another one.

    `pairs` are turns that ran at the same time, the latest pair first: the departure let in the second turn of the last
    pair, and each of the others began beside the one before it.
    """

    departure: Departure
    pairs: tuple[tuple[Turn, Turn], ...]


class Departures:
    """The departures of one history. Word of one reaches a host at most `late_ns` after it."""

    def __init__(self, timeline: Timeline, *, late_ns: int) -> None:
        self._timeline = timeline
        self._late_ns = late_ns
        self._waits: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def of(self, operation: Operation, host: str) -> Iterator[Departure]:
        """When, for an actor's host, the caller of an operation was gone; nothing when it held out to the end."""
        end, via = operation.end, operation.start.via
        answered = end is not None and end.outcome == "ok"
        if via != host:
            if not answered:
                yield from self._deaths(operation, host)
            for at_ns in self._closed_ns.get(f"peers>{host}", ()):
                if operation.start_ns <= at_ns <= operation.end_ns:
                    yield self._departure(operation, at_ns, f"its connection to {host} was closed", host)
        if end is None or answered:
            return
        for life in self._timeline.lives_of(f"{via}/sidecar"):
            asked_ns = max(life.stopping_ns, operation.start_ns)
            if life.started_ns <= operation.start_ns and asked_ns <= min(operation.end_ns, life.ended_ns):
                yield self._departure(operation, asked_ns, "its sidecar was asked to end", host)
        if end.reason.partition(":")[0] in GAVE_UP:
            yield self._departure(operation, end.t_ns, end.reason, host)

    def during(self, turn: Turn, before_ns: int) -> Departure | None:
        """How a turn's own caller went away before it ended, and before an instant.

        A turn may begin after its caller is gone: the word of that is on its way.
        """
        operation = self._timeline.call_of(turn)
        if operation is None:
            return None
        until_ns = possible_end_ns(self._timeline, turn)
        found = (d for d in self.of(operation, turn.host) if d.left_ns <= before_ns and d.left_ns < until_ns)
        return next(found, None)

    def freed(self, first: Turn, second: Turn) -> Freed | None:
        """Whether the queue's front was removed while a turn ran, by a caller who left his place behind it.

        Dapr 1.18.2 takes the front out of an actor's queue then, which is the turn that runs, and the next one begins.
        From there on each turn's end lets in one too many, for as long as turns overlap: it is proof, too, that the
        first of two turns began so itself.
        """
        pairs = [(first, second)]
        while (departure := self._from_queue(*pairs[-1]) or self._taken_back(*pairs[-1])) is None:
            if (met := self._met(pairs[-1][0])) is None:
                return None
            pairs.append((met, pairs[-1][0]))
        return Freed(departure=departure, pairs=tuple(pairs))

    def _from_queue(self, first: Turn, second: Turn) -> Departure | None:
        """The caller who left the place where he waited behind `first`, so that `second` could begin; the latest such.

        He waited when he left (see `_waits_at`). The call of `second` begins as soon as it is there, so one that had
        come long before was let in by something else.
        """
        since_ns = self._waited_since(second)
        found = [
            departure
            for operation in self._timeline.operations_of(first.actor)
            if operation.start_ns <= second.start_ns
            for departure in self.of(operation, first.host)
            if departure.left_ns <= second.start_ns
            and first.start_ns <= departure.heard_ns
            and (since_ns is None or second.start_ns <= max(since_ns, departure.left_ns) + self._late_ns)
            and self._waits_at(departure, first.host)
        ]
        return max(found, key=lambda departure: departure.left_ns, default=None)

    def _taken_back(self, first: Turn, second: Turn) -> Departure | None:
        """The reminder that waited behind `first`, or is its own, and was taken back as a host came into the table.

        One that waited was due before `second` began, and comes only after that. One that ran comes again, though it
        was to come once. A table is seen at most `late_ns` after it changed.
        """
        for table, host in self._comings:
            over_ns = table.t_ns + self._late_ns
            if not table.not_before_ns <= second.start_ns <= over_ns:
                continue
            for reminder in self._reminders.get(first.actor, ()):
                running = _comes_again(reminder, first, second.start_ns)
                if running or _waited(reminder, second.start_ns):
                    why = f"as {host} came into table {table.version}"
                    left_ns = min(max(first.start_ns, table.not_before_ns), second.start_ns)
                    return Departure(
                        operation=reminder.registration,
                        left_ns=left_ns,
                        heard_ns=over_ns,
                        why=why,
                        at=host,
                        table=table,
                        running=running,
                    )
        return None

    @cached_property
    def _comings(self) -> list[tuple[ev.TableObserved, str]]:
        """Each table with a host that the one before it had not; the first table has none."""
        tables = [table for table in self._timeline.tables if table.leader]
        return [
            (table, host) for before, table in pairwise(tables) for host in sorted(set(table.hosts) - set(before.hosts))
        ]

    @cached_property
    def _reminders(self) -> dict[str, list[Reminder]]:
        """Those whose registration was acknowledged, by actor."""
        found: dict[str, list[Reminder]] = defaultdict(list)
        for reminder in plan(self._timeline).reminders:
            if reminder.registration.outcome == "ok":
                found[reminder.actor].append(reminder)
        return found

    def _waits_at(self, departure: Departure, host: str) -> bool:
        """Whether the call of a caller who left waited for the actor: none of its turns had begun, or all had ended.

        A turn that ended, and whose answer is long overdue although nothing stood in its way, had been taken back: the
        runtime has its call wait once more.
        """
        left_ns, operation = departure.left_ns, departure.operation
        ends = [possible_end_ns(self._timeline, turn) for turn in operation.turns if turn.start_ns <= left_ns]
        if not ends:
            return True
        in_the_way = self._in_the_way(operation.start.via, host)
        return max(ends) + self._late_ns < left_ns and not any(
            start_ns <= left_ns and max(ends) <= end_ns for start_ns, end_ns in in_the_way
        )

    def _met(self, turn: Turn) -> Turn | None:
        """The latest turn on the same host that may still have run when one began."""
        earlier = (
            other
            for other in self._timeline.turns_by_actor[turn.actor]
            if other.host == turn.host and other.start_ns < turn.start_ns < possible_end_ns(self._timeline, other)
        )
        return max(earlier, key=lambda other: other.start_ns, default=None)

    def _waited_since(self, turn: Turn) -> int | None:
        """When the call of a turn came to its actor's host, where nothing can have held it up on its way."""
        operation = self._timeline.call_of(turn)
        if operation is None or operation.turns[:1] != [turn]:
            return None
        moved = any(operation.start_ns - self._late_ns <= t.t_ns <= turn.start_ns for t in self._timeline.tables)
        return None if moved else operation.start_ns

    def _deaths(self, operation: Operation, host: str) -> Iterator[Departure]:
        """The death of the sidecar that was asked: some time from the instant before the signal until it is known.

        An engine of containers takes a while to kill one, which goes on taking calls until then.
        """
        for life in self._timeline.lives_of(f"{operation.start.via}/sidecar"):
            left_ns = max(life.ended_ns, operation.start_ns)
            known_ns = min(life.exited_ns, operation.end_ns)
            if life.ended_ns < FAR_FUTURE_NS and left_ns <= known_ns:
                yield self._departure(operation, left_ns, "its sidecar died", host, known_ns=known_ns)

    def _departure(
        self, operation: Operation, left_ns: int, why: str, host: str, *, known_ns: int | None = None
    ) -> Departure:
        via = operation.start.via
        heard_ns = (left_ns if known_ns is None else known_ns) + self._late_ns
        for start_ns, end_ns in self._in_the_way(via, host):
            if start_ns <= heard_ns and left_ns <= end_ns:
                heard_ns = max(heard_ns, end_ns + self._late_ns)
        return Departure(operation=operation, left_ns=left_ns, heard_ns=heard_ns, why=why, at=via)

    def _in_the_way(self, via: str, host: str) -> list[tuple[int, int]]:
        """When word from a client by way of one host to another had to wait, in order."""
        key = (via, host)
        if key not in self._waits:
            lives = self._timeline.lives_of(f"{via}/sidecar")
            links = {f"client>{via}", f"peers>{host}"}
            faulted = ((f.start.t_ns, f.healed_ns) for f in self._timeline.faults if links & {*f.start.links})
            self._waits[key] = sorted([*(span for life in lives for span in life.paused), *faulted])
        return self._waits[key]

    @cached_property
    def _closed_ns(self) -> dict[str, list[int]]:
        """Per link, when its connections were closed by a fault."""
        found: dict[str, list[int]] = defaultdict(list)
        for fault in self._timeline.faults:
            if fault.start.has("severs"):
                for link in fault.start.links:
                    found[link] += [fault.start.t_ns, fault.healed_ns]
        return found


def _comes_again(reminder: Reminder, turn: Turn, at_ns: int) -> bool:
    """Whether a turn is of a reminder that was to come once, and came again after an instant."""
    mine = any(each is turn for each in reminder.firings)
    return mine and not reminder.period_ns and any(each.start_ns > at_ns for each in reminder.firings)


def _waited(reminder: Reminder, at_ns: int) -> bool:
    """Whether the latest tick of a reminder that was due by an instant had not come, and came after that."""
    late_ns = at_ns - reminder.latest_ns
    stopped_ns = reminder.asked_to_stop_ns
    if late_ns < 0 or (stopped_ns is not None and stopped_ns <= at_ns):
        return False
    due_ns = reminder.earliest_ns + (late_ns // reminder.period_ns * reminder.period_ns if reminder.period_ns else 0)
    came = [turn.start_ns for turn in reminder.firings]
    return any(t_ns > at_ns for t_ns in came) and not any(due_ns - AHEAD_NS <= t_ns <= at_ns for t_ns in came)
