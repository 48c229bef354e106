"""What became of chains and strangers, decided over plain events by asking everything of everything, slowly."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from actorproof.harness.history import events as ev

S = 1_000_000_000
WAKE = 15 * S
LATE = 1 * S
ENTER = 3 * S
ANSWER = 3 * S // 2
FREED = 4 * S
NEVER = 2**62
GONE = ("gave-up", "deadline", "cut-off")


class Facts:
    """One whole history, in which no application dies, by what was asked and what was run."""

    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events
        (self.run,) = [e for e in events if isinstance(e, ev.RunStarted)]
        self.asked = [e for e in events if isinstance(e, ev.Invoked)]
        self.answers = {e.op: e for e in events if isinstance(e, ev.Completed)}
        self.began = [e for e in events if isinstance(e, ev.TurnStarted)]
        self.ended = {e.turn: e for e in events if isinstance(e, ev.TurnEnded)}

    def is_on(self, actor: str) -> bool:
        excepted = actor.partition("/")[0] in self.run.reentrancy_exceptions
        return not self.run.reentrancy if excepted else self.run.reentrancy

    def asks(self, turn: ev.TurnStarted) -> list[ev.Invoked]:
        return [call for call in self.asked if call.client == turn.turn]

    def runs(self, call: ev.Invoked) -> list[ev.TurnStarted]:
        return [turn for turn in self.began if turn.op == call.op]

    def end(self, turn: ev.TurnStarted) -> int:
        """Until when it ran for sure: the end of one that never ended would stand behind all that its process wrote."""
        if turn.turn in self.ended:
            return self.ended[turn.turn].t_ns
        return max(e.t_ns for e in self.events if e.process == turn.process)

    def last(self, turn: ev.TurnStarted) -> int:
        """Until when it may have run."""
        return self.ended[turn.turn].t_ns if turn.turn in self.ended else NEVER

    def call_end(self, call: ev.Invoked) -> int:
        return self.answers[call.op].t_ns if call.op in self.answers else NEVER

    def above(self, call: ev.Invoked) -> list[ev.TurnStarted]:
        """The turns that wait for a call, outermost first."""
        for turn in self.began:
            if turn.turn == call.client:
                before = [c for c in self.asked if c.op == turn.op]
                return [*(self.above(before[0]) if before else []), turn]
        return []

    def first(self, turn: ev.TurnStarted) -> str:
        """What a turn began with: a client's call, or a firing."""
        for call in self.asked:
            if call.op == turn.op:
                above = self.above(call)
                return self.first(above[0]) if above else call.op
        return turn.turn

    def chain(self, first: str) -> tuple[list[ev.TurnStarted], list[ev.Invoked]]:
        """All turns and calls that began with something."""
        turns = [turn for turn in self.began if self.first(turn) == first]
        calls = [c for c in self.asked if c.op == first or any(c.client == turn.turn for turn in turns)]
        return turns, calls

    def gave_up(self, calls: Iterable[ev.Invoked]) -> bool:
        """Whether any caller is gone, or may be."""
        answers = [self.answers.get(call.op) for call in calls]
        return any(answer is None or answer.reason.split(":")[0] in GONE for answer in answers)

    def disturbed(self, start: int, end: int, actors: set[str]) -> bool:
        healed = {e.fault: e.t_ns for e in self.events if isinstance(e, ev.FaultHealed)}
        for e in self.events:
            match e:
                case ev.FaultStarted():
                    spans = [(e.t_ns, healed.get(e.fault, NEVER) + WAKE)]
                case ev.UnitStarted() | ev.UnitExited() | ev.UnitSignalled():
                    spans = [(e.t_ns, e.t_ns)]
                case ev.TableObserved():
                    spans = [(e.t_ns, e.t_ns), (e.t_ns - LATE, e.t_ns - LATE)]
                case ev.Stalled():
                    spans = [(e.t_ns - e.late_ns - S // 4, e.t_ns)] if e.late_ns >= S // 4 else []
                case ev.Deactivated() if e.actor in actors:
                    spans = [(e.t_ns, e.t_ns)]
                case _:
                    spans = []
            if any(a <= end and start <= b for a, b in spans):
                return True
        return False

    def idle(self, call: ev.Invoked) -> bool:
        """Whether nobody had a turn for long enough, of the time for which a call waited."""
        start, end = call.t_ns, self.call_end(call)
        if self.disturbed(start, end, {call.actor}):
            return False
        edges = sorted({start, end, *(t for turn in self.of(call.actor) for t in (turn.t_ns, self.last(turn)))})
        busy = sum(
            b - a
            for a, b in pairwise(edges)
            if start <= a and b <= end and any(turn.t_ns <= a and b <= self.last(turn) for turn in self.of(call.actor))
        )
        return round((call.give_up_s or 0) * S) - busy >= FREED

    def of(self, actor: str) -> list[ev.TurnStarted]:
        return [turn for turn in self.began if turn.actor == actor]


def broken(events: list[ev.Event]) -> set[tuple[str, str]]:
    """(class, actor) of everything that was broken."""
    facts = Facts(events)
    found: set[tuple[str, str]] = set()
    for first in {facts.first(turn) for turn in facts.began if facts.asks(turn)}:
        turns, calls = facts.chain(first)
        start = min(e.t_ns for e in (*turns, *calls))
        end = min(max([*map(facts.last, turns), *map(facts.call_end, calls)]), events[-1].t_ns)
        if facts.disturbed(start, end, {turn.actor for turn in turns}):
            continue
        for call in calls:
            found |= {(anomaly, call.actor) for anomaly in _call(facts, call)}
        for actor in {turn.actor for turn in turns if facts.asks(turn)}:
            found |= {(anomaly, actor) for anomaly in _others(facts, first, actor)}
    return found


def _call(facts: Facts, call: ev.Invoked) -> set[str]:
    above = facts.above(call)
    own = [turn for turn in above if turn.actor == call.actor]
    if not own:
        return set()
    answer = facts.answers.get(call.op)
    inside = [turn for turn in facts.runs(call) if turn.t_ns < facts.end(own[-1])]
    if not facts.is_on(call.actor):
        return {"entered though off"} if inside else set()
    if not all(facts.is_on(turn.actor) for turn in above):
        return set()
    if facts.gave_up(c for turn in above for c in facts.asked if c.op == turn.op):
        return set()
    waited = answer is not None and answer.reason == "gave-up" and round((call.give_up_s or 0) * S) >= ENTER
    deadlock = "deadlock" if above[0].cause == "call" else "deadlock from a reminder"
    if len(own) >= facts.run.max_stack_depth:
        return {"beyond the depth"} if inside else {deadlock} if waited else set()
    if not inside:
        if answer is not None and answer.status not in {None, 200} and not facts.runs(call):
            return {"refused too early"}
        return {deadlock} if waited else set()
    if (
        answer is None
        or answer.outcome == "ok"
        or len(facts.runs(call)) > 1
        or inside[0].turn not in facts.ended
        or not facts.ended[inside[0].turn].completed
    ):
        return set()
    if answer.reason == "gave-up":
        given_up = above[-1].t_ns + round((call.give_up_s or 0) * S)
        return {"answer lost"} if facts.end(inside[0]) + ANSWER <= given_up else set()
    bad = answer.reason.startswith("cut-off") or answer.status not in {None, 200}
    return {"answer lost"} if bad else set()


def _others(facts: Facts, first: str, actor: str) -> set[str]:
    found: set[str] = set()
    turns, calls = facts.chain(first)
    held = [turn for turn in turns if turn.actor == actor and facts.asks(turn)]
    start, end = min(turn.t_ns for turn in held), max(facts.end(turn) for turn in held)
    near = [call for call in facts.asked if call.actor == actor and call.t_ns <= end and start <= facts.call_end(call)]
    on = facts.is_on(actor)
    if on and not facts.gave_up([*calls, *near]):
        for turn in facts.of(actor):
            within = any(h.t_ns < turn.t_ns < facts.end(h) for h in held)
            if within and facts.first(turn) != first:
                found.add("stranger let in")
    if on and facts.gave_up(calls):
        return found
    later = [t.t_ns for t in facts.of(actor) if facts.asks(t) and t.t_ns > max(h.t_ns for h in held)]
    until = min(later, default=NEVER)
    over = max(facts.last(turn) for turn in held)
    for call in facts.asked:
        answer = facts.answers.get(call.op)
        stranger = call.actor == actor and not facts.above(call) and not facts.runs(call)
        if not stranger or call.give_up_s is None or answer is None or answer.reason != "gave-up":
            continue
        if call.t_ns < until and over < answer.t_ns and facts.idle(call):
            deep = any(
                call.actor == actor
                and not facts.runs(call)
                and sum(t.actor == actor for t in facts.above(call)) >= facts.run.max_stack_depth
                for call in calls
            )
            found.add("locked though off" if not on else "locked after its depth" if deep else "locked after a chain")
    return found
