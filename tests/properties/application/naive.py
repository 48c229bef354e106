"""What an application did wrong, as plain loops over the events find it, written from the guarantee's sentences alone.

One host; turns of one actor come one after the other, and of whoever called nobody goes away before the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
Answer = set[tuple[str, str]]


class Facts:
    """The history's turns, and what belongs to each."""

    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events
        self.run = of(events, ev.RunStarted)[0]
        self.turns = of(events, ev.TurnStarted)
        self.ends = {end.turn: end for end in of(events, ev.TurnEnded)}
        self.lost = {loss.turn: loss.t_ns for loss in of(events, ev.TurnLost)}
        self.answers = {end.save: end for end in of(events, ev.SaveEnded)}
        self.saves = of(events, ev.SaveStarted)
        self.stray = of(events, ev.Unattributed)
        self.gone = of(events, ev.Deactivated)

    def saves_of(self, turn: ev.TurnStarted) -> list[ev.SaveStarted]:
        return [save for save in self.saves if save.turn == turn.turn]

    def well(self, turn: ev.TurnStarted) -> bool:
        return turn.turn in self.ends and self.ends[turn.turn].completed

    def refused(self, save: ev.SaveStarted, by_ns: int) -> bool:
        """Whether the sidecar had said by then that it stored nothing."""
        end = self.answers.get(save.save)
        return end is not None and end.reason.startswith("status-") and not end.acknowledged and end.t_ns <= by_ns

    def effect(self, turn: ev.TurnStarted) -> str:
        methods = [method for type_ in self.run.types or () for method in type_.methods]
        return next((method.effect for method in methods if method.name == turn.name), "")

    def reads(self, turn: ev.TurnStarted) -> bool:
        return any(call.turn == turn.turn and call.what == "read" for call in of(self.events, ev.RuntimeCallStarted))


def broken(events: list[ev.Event]) -> Answer:
    """Each mistake, and the actor that shows it."""
    facts = Facts(events)
    kinds = (said, stray, deactivation, long, good, leftovers, ends, memory)
    return {found for kind in kinds for found in kind(facts)}


def said(facts: Facts) -> Iterator[tuple[str, str]]:
    (asked,) = of(facts.events, ev.ApplicationAsked)
    if asked.health is None or not (asked.health == 0 or asked.health // 100 == 2):
        yield "no health route", "-"
    if asked.unread:
        yield "setting that is not read", "-"
    calls = {call.op: call.actor for call in of(facts.events, ev.Invoked)}
    answered = {end.op for end in of(facts.events, ev.Completed)}
    for event in of(facts.events, ev.InvariantBroken):
        if event.op in answered:
            yield "breaks its invariant", calls[event.op]


def stray(facts: Facts) -> Iterator[tuple[str, str]]:
    """What was asked for in no turn, by the turn of its actor that came before."""
    after: dict[str, list[ev.Unattributed]] = defaultdict(list)
    turns = {turn.turn: turn for turn in facts.turns}
    for event in facts.stray:
        earlier = [turn for turn in facts.turns if turn.t_ns < event.t_ns and event.what != "call" and not event.open]
        before = [turn for turn in earlier if (turn.process, turn.actor) == (event.process, event.actor)]
        if before and all(turn.turn in facts.ends for turn in before) and not leaving(facts, event):
            after[before[-1].turn].append(event)

    def late_s(turn: str) -> float:
        return (after[turn][0].t_ns - facts.ends[turn].t_ns) / S

    def busy(turn: str) -> int:
        """How many turns of its actor ended in the ten seconds up to its end."""
        at = facts.ends[turn].t_ns
        mine = [t for t in facts.turns if (t.process, t.actor) == (turns[turn].process, turns[turn].actor)]
        return sum(at - 10 * S <= facts.ends[t.turn].t_ns <= at for t in mine if t.turn in facts.ends)

    alone = [late_s(turn) <= 1 for turn in after if busy(turn) == 1]
    for turn, asked in after.items():
        soon = late_s(turn) <= 1 if busy(turn) == 1 or not alone else sum(alone) >= len(alone) / 2
        again = len(asked) > max(2, busy(turn)) and asked[-1].t_ns - asked[0].t_ns >= S
        told = "answers before it has finished" if soon else "keeps working after its turn"
        yield "background task on its state" if again else told, turns[turn].actor


def leaving(facts: Facts, event: ev.Unattributed) -> bool:
    """Whether the actor was being deactivated."""
    answers = of(facts.events, ev.DeactivationAnswered)
    return any(
        gone.t_ns <= event.t_ns <= answer.t_ns
        for gone in facts.gone
        for answer in answers
        if gone.actor == answer.actor == event.actor and gone.instance == answer.instance > 0
    )


def deactivation(facts: Facts) -> Iterator[tuple[str, str]]:
    exits = [e.t_ns for e in of(facts.events, ev.UnitExited) if e.unit.endswith("/app")]
    for answer in of(facts.events, ev.DeactivationAnswered):
        dying = any(t_ns <= answer.t_ns + S for t_ns in exits)
        if answer.instance and answer.status != 200 and not (answer.status is None and dying):
            yield "ignores deactivation", answer.actor
    first: dict[tuple[str, str, int], ev.TurnStarted] = {}
    for turn in facts.turns:
        first.setdefault((turn.process, turn.actor, turn.instance), turn)
    for (process, actor, instance), turn in first.items():
        if instance == 1 or facts.reads(turn) or not facts.well(turn):
            continue
        like = [t for (_, _, number), t in first.items() if number == 1 and t.name == turn.name and facts.well(t)]
        told = any((g.process, g.actor, g.instance) == (process, actor, instance - 1) for g in facts.gone)
        if told and len(like) >= 3 and all(facts.reads(t) for t in like):
            yield "ignores deactivation", actor


def long(facts: Facts) -> Iterator[tuple[str, str]]:
    """The first turn of each method whose own code took as long as the idle time-out."""
    told: set[str] = set()
    for turn in facts.turns:
        end = facts.ends[turn.turn].t_ns if turn.turn in facts.ends else facts.lost.get(turn.turn)
        if end is not None and turn.name not in told:
            saves = [save for save in facts.saves_of(turn) if save.save in facts.answers]
            own = end - turn.t_ns - sum(min(end, facts.answers[save.save].t_ns) - save.t_ns for save in saves)
            own -= 10**6 * facts.reads(turn)  # how long a read takes
            if own >= facts.run.idle_timeout_s * S - S // 5:
                told.add(turn.name)
                yield "idle time-out shorter than its longest turn", turn.actor


def good(facts: Facts) -> Iterator[tuple[str, str]]:
    for turn in filter(facts.well, facts.turns):
        last = facts.saves_of(turn)[-1:]
        if facts.effect(turn) == "fails" or any(facts.refused(save, facts.ends[turn.turn].t_ns) for save in last):
            yield "200 on failure", turn.actor


def leftovers(facts: Facts) -> Iterator[tuple[str, str]]:
    """Readers that save, but only where a turn of their instance had failed, with no save since."""
    saved: list[tuple[bool, ev.TurnStarted]] = []
    clean = 0
    key = lambda turn: (turn.process, turn.actor, turn.instance)  # noqa: E731
    for _, turns in groupby(sorted(facts.turns, key=key), key=key):
        dirty = False
        for turn in turns:
            saves = facts.saves_of(turn)
            if facts.effect(turn) == "reads" and saves:
                saved.append((dirty, turn))
            elif facts.effect(turn) == "reads":
                clean += 1
            failed = turn.turn in facts.ends and not facts.well(turn)
            stored = any(save.save in facts.answers and facts.answers[save.save].acknowledged for save in saves)
            dirty = failed or (dirty and not stored)
    if clean >= 3 and all(dirty for dirty, _ in saved):
        for _, turn in saved:
            yield "keeps a failed turn's changes", turn.actor


def ends(facts: Facts) -> Iterator[tuple[str, str]]:
    """What the application did in the two seconds before it exited, though nobody had asked it to."""
    for exit_ in (exit_ for exit_ in of(facts.events, ev.UnitExited) if not exit_.expected):
        signals = [e.t_ns for e in of(facts.events, ev.UnitSignalled) if e.unit.endswith("/sidecar")]
        if any(exit_.t_ns - 10 * S <= t_ns <= exit_.t_ns for t_ns in signals) or not exit_.unit.endswith("/app"):
            continue
        near = [e for e in facts.events if exit_.t_ns - 2 * S <= e.t_ns <= exit_.t_ns]
        answered = {e.actor for e in of(facts.events, ev.DeactivationAnswered) if not e.instance and e.status}
        needless = [e.actor for e in of(near, ev.Deactivated) if not e.instance and e.actor not in answered]
        near_ids = {end.save for end in of(near, ev.SaveEnded)}
        cut = [
            turn.actor
            for turn in facts.turns
            if turn.turn not in facts.ends
            for save in facts.saves_of(turn)[-1:]
            if save.save in near_ids and facts.refused(save, exit_.t_ns)
        ]
        for event in of(near, ev.UnattributedRefused):
            last = [turn for turn in facts.turns if turn.actor == event.actor and turn.t_ns < event.t_ns][-1:]
            cut += [turn.actor for turn in last if turn.turn in facts.lost and event.what == "save"]
        if needless:
            yield "ends on a DELETE", needless[0]
        elif cut:
            yield "ends in a turn that failed", cut[0]
        else:
            yield "ends by itself", "-"


def memory(facts: Facts) -> Iterator[tuple[str, str]]:
    """Actors of which answers begin again in another process, of a type that saves nothing."""
    if facts.saves or any(event.what == "save" for event in facts.stray):
        return
    again = set()
    for actor, name in {(turn.actor, turn.name) for turn in facts.turns}:
        turns = [t for t in facts.turns if (t.actor, t.name) == (actor, name) and t.op and facts.well(t)]
        answers = [(turn.process, facts.ends[turn.turn].result) for turn in turns]
        here = {result for process, result in answers if process == answers[0][0]}
        there = [result for process, result in answers if process != answers[0][0]]
        if len(here) >= 3 and there and there[0] == answers[0][1]:
            again.add(actor)
    if len(again) > 1:
        yield from (("state outside its actor", actor) for actor in again)
