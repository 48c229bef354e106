"""Facts: what the events of one violation show by themselves, where neither two turns nor an outage explain it.

Each kind is read from the events and the store's log, never from the name of a violation:

- ``save not kept``: a save was acknowledged, and what it wrote stands in no commit of the store's whole log;
- ``number rounded``: the same, and a commit has what it wrote but for a whole number that a float can't say;
- ``commit undone``: what a turn's answer lacks was committed before that turn began, to another instance or turn;
- ``instance left`` and what became of its host (see `solo`): the instance that answered had been left behind while its
  actor was used elsewhere;
- ``failed turn before``: the instance that answered had a turn that failed before, and answered from memory since;
- ``fired early``, ``fired beyond its end``, ``fired after unregister``, ``payload differs``: a firing held against its
  registration;
- ``id in no path``, ``id decoded``: the id of a reminder's actor, held against which actors were seen;
- ``callback failed``, ``busy when due``, ``part away when due``, ``never delivered``: why a tick may not have come;
- ``deeper than allowed``, ``refused below its depth``, ``answer lost``, ``not let in``: a chain's call;
- ``idle time-out``, ``idle time-out before``, ``idle from the start``: an instance was told to end as its idle time-out
  passed, counted from the start of its last turn or of the one before, while that ran or after it;
- ``ended in use``, ``ended early``: it was told to end during a turn, or before its idle time-out, for no such reason;
- ``run again``: one call began twice although the first had answered;
- ``turn broken by a change``: a turn failed, or its reply was lost, while the table changed;
- ``no answer after a heal``: nobody was answered although a fault was over;
- ``moved without need``: an actor changed its host between two that were there all the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.solo import Solo
from actorproof.properties.causes.steps import CHANGE_NS, IDLED, Steps
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.state.kept import kept_from
from actorproof.properties.views.state.ledger import writes_of
from actorproof.properties.views.state.storelog import StoreLog
from actorproof.properties.views.ticks.address import no_segment, read_again
from actorproof.properties.views.timeline import FAR_FUTURE_NS, Operation, Timeline, Turn, TurnEnd, ref
from actorproof.properties.views.turns.chain import Chains

NS = 1_000_000_000
DUE_NS = 3 * NS
"""A tick that has not come so long after it was due is looked at from its due time to then."""
SCAN_NS = NS
"""The idle time-out is looked at so often, or so late on a busy machine."""
MANY = 10
"""So many actors lie on one of several hosts by chance less than once in 500 times."""
FATES: Mapping[TurnEnd, str] = {
    "completed": "completed, and its reply was lost,",
    "failed": "failed",
    "killed": "was killed",
    "lost": "was lost from sight",
    "open": "stayed open",
}
"""What became of a turn whose caller has no answer of it."""
LEARNT_NS = 2 * NS
"""So long after a heal a call may still fail for what was broken before."""


class _Registration(msgspec.Struct, frozen=True):
    due_s: float = 0.0
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: object = None


class Facts:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, log: StoreLog, steps: Steps, solo: Solo) -> None:
        self._timeline = timeline
        self._steps = steps
        self._solo = solo
        self._chains = Chains(timeline)
        self._log = log

    def links(self, actor: str, turns: Sequence[Turn], operations: Sequence[Operation], at_ns: int) -> tuple[Link, ...]:
        """What is shown of the turns and operations that a violation names; the first kind that is found counts."""
        for find in (self._saves, self._chain, self._again, self._firings, self._broken, self._moved):
            if found := tuple(find(actor, turns, operations)):
                return found
        if found := tuple(self._ended(turns, at_ns)):
            return found
        of_one_instance = len({turn.instance for turn in turns}) == 1
        if of_one_instance and (found := self._solo.stale(turns[0])):
            return found
        before, last = turns[:-1], turns[-1:]
        only_failed = all(turn.ended == "failed" and turn.end_ns < last[0].start_ns for turn in before)
        if last and only_failed and (found := tuple(self._remembered(last[0]))):
            return found
        return tuple(self._kept(turns)) or tuple(self._silent(operations, at_ns)) or tuple(self._uneven())

    def told_to_end(self, violation: Violation) -> tuple[Link, ...]:
        """Why an instance was told to end, where that is what a violation is about: turns that met are beside it."""
        named = {(event.process, event.seq) for event in violation.events if event.t_ns == violation.at_ns}
        for event in self._timeline.deactivations:
            if event.actor == violation.actor and (event.process, event.seq) in named:
                return tuple(link for link in self._end(event) if link.at_ns == event.t_ns)
        return ()

    # ---- state

    def _saves(self, _: str, turns: Sequence[Turn], __: Sequence[Operation]) -> Iterator[Link]:
        if self._log.gone or not self._timeline.closed:
            return
        for turn in turns:
            for save in turn.saves:
                if not save.acknowledged or save.end is None:
                    continue
                if all(self._log.has(save.actor, key, value) for key, value in writes_of(save)):
                    continue
                missing = [write for write in writes_of(save) if not self._log.has(save.actor, *write)]
                rounded = all(self._log.has_rounded(save.actor, *write) for write in missing)
                yield Link(
                    kind="number rounded" if rounded else "save not kept",
                    anchor=save.id,
                    said=f"save {save.id} of turn {turn.id} was acknowledged, and the store's log "
                    + ("has another whole number for it" if rounded else "does not have it"),
                    at_ns=save.end.t_ns,
                    events=(ref(save.start, "save is sent"), ref(save.end, "it is acknowledged")),
                )
                return

    def _kept(self, turns: Sequence[Turn]) -> Iterator[Link]:
        """That one of some turns saved what a turn that failed before had left in their instance."""
        for turn in turns:
            failed = kept_from(turn, self._timeline.turns_of(turn.actor))
            if failed is not None:
                yield Link(
                    kind="failed turn before",
                    anchor=failed.id,
                    said=f"turn {turn.id} saved what turn {failed.id} of the same instance had left, which had failed",
                    at_ns=failed.start_ns,
                    events=(ref(failed.start, "a turn that fails"), ref(turn.start, "saves what it left")),
                )
                return

    def _remembered(self, turn: Turn) -> Iterator[Link]:
        """What the answer of a turn lacks, or has from a turn that failed."""
        of_actor = self._timeline.turns_of(turn.actor)
        before = [each for each in of_actor if each.start_ns < turn.start_ns]
        failed = [each for each in before if each.instance == turn.instance and each.ended == "failed"]
        saved = [each for each in before if any(save.acknowledged for save in each.saves)]
        told = turn.end.result if turn.end is not None else ""
        unseen = [each for each in saved if each.id not in told] if any(each.id in told for each in before) else []
        if failed:
            yield Link(
                kind="failed turn before",
                anchor=failed[-1].id,
                said=f"turn {failed[-1].id} of the same instance had failed before turn {turn.id} answered",
                at_ns=failed[-1].start_ns,
                events=(ref(failed[-1].start, "a turn that fails"), ref(turn.start, "answers later")),
            )
        elif unseen:
            yield Link(
                kind="commit undone",
                anchor=unseen[-1].id,
                said=f"turn {turn.id} answered without what turn {unseen[-1].id} had saved",
                at_ns=turn.start_ns,
                events=(ref(unseen[-1].start, "saves, acknowledged"), ref(turn.start, "answers without it")),
            )

    # ---- chains of calls

    def _chain(self, _: str, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        named = {operation.id for operation in operations}
        run = self._timeline.run
        for chain in {id(c): c for c in map(self._chains.of, turns) if c is not None}.values():
            for inner in chain.inner:
                operation, end = inner.operation, inner.operation.end
                if operation.id not in named or not inner.own or run is None:
                    continue
                entered = [turn for turn in operation.turns if turn.start_ns < operation.end_ns]
                if entered and inner.depth > run.max_stack_depth:
                    kind, said = "deeper than allowed", f"entered at depth {inner.depth} of {run.max_stack_depth}"
                elif entered and not self._timeline.reentrant(inner.own[0].actor):
                    kind, said = "entered though off", "entered its own actor although reentrancy is off"
                elif entered and operation.outcome != "ok":
                    kind, said = "answer lost", "had completed, and its answer did not come back"
                elif not entered and end is not None and end.status is not None and inner.depth <= run.max_stack_depth:
                    kind, said = "refused below its depth", f"was refused at depth {inner.depth}"
                elif not entered:
                    kind, said = "not let in", f"waited for its own chain at depth {inner.depth}"
                else:
                    continue
                yield Link(
                    kind=kind,
                    anchor=operation.id,
                    said=f"call {operation.id} of a chain {said}",
                    at_ns=operation.start_ns,
                    events=(ref(operation.start, "the chain calls"),),
                )
                return

    def _again(self, _: str, __: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        for operation in operations:
            late = [turn for turn in operation.turns if turn.start_ns > operation.end_ns]
            if operation.outcome == "ok" and late:
                yield Link(
                    kind="run again",
                    anchor=operation.id,
                    said=f"call {operation.id} began once more as turn {late[0].id}, after it had been answered",
                    at_ns=late[0].start_ns,
                    events=(ref(operation.start, "call"), ref(late[0].start, "begins once more")),
                )
                return

    # ---- reminders and timers

    def _firings(self, actor: str, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        registered = next((o for o in operations if o.start.action.startswith("register")), None)
        if registered is None:
            by = [self._timeline.operation(turn.start.op) for turn in turns if turn.start.op]
            registered = next((o for o in by if o is not None and '"due_s"' in o.start.args), None)
        if registered is None:
            return
        try:
            asked = msgspec.json.decode(registered.start.args, type=_Registration)
            name = registered.start.name
            if registered.start.action == "call":
                name = str(msgspec.json.decode(registered.start.args).get("name", ""))
        except msgspec.DecodeError:
            return
        firings = [
            turn for turn in self._timeline.turns_of(actor) if turn.start.cause != "call" and turn.start.name == name
        ]
        yield from self._fired(registered, asked, name, firings)

    def _fired(self, registered: Operation, asked: _Registration, name: str, firings: Sequence[Turn]) -> Iterator[Link]:
        # A timer is registered by its actor, in the turn that a call of ours has it begin.
        turns = registered.turns if registered.start.action == "call" else ()
        asked_ns = turns[0].start_ns if turns else registered.start_ns
        due_ns = asked_ns + round(asked.due_s * NS)
        begun = ref(registered.start, f"{name} is registered")
        ticks = _ticks(asked, firings)
        over_ns = FAR_FUTURE_NS if asked.ttl_s is None else registered.end_ns + round(asked.ttl_s * NS) + NS
        gone_ns = min((o.end_ns for o in self._unregistered(registered, name)), default=FAR_FUTURE_NS)
        # A tick whose callback failed is delivered again.
        served = [turn for turn in firings if turn.ended == "completed"]
        last_ns = served[ticks - 1].start_ns if ticks <= len(served) else FAR_FUTURE_NS
        beyond = (turn for turn in firings if turn.start_ns > min(last_ns, over_ns))
        cases = (
            ("fired early", "before it was due", (t for t in firings if t.start_ns < due_ns)),
            ("fired after unregister", "after it was unregistered", (t for t in firings if t.start_ns > gone_ns)),
            ("fired beyond its end", "after its last tick", beyond),
            ("payload differs", "with another payload", (t for t in firings if _differs(asked, t))),
            ("callback differs", "without its callback's name", (t for t in firings if t.start.callback == "")),
        )
        for kind, said, found in cases:
            for turn in found:
                yield Link(
                    kind=kind,
                    anchor=f"{registered.start.actor} {name}",
                    said=f"{name} fired {said}",
                    at_ns=turn.start_ns,
                    events=(begun, ref(turn.start, f"{name} fires")),
                )
                return
        yield from self._missed(registered, asked, name, firings, due_ns)

    def _missed(
        self, registered: Operation, asked: _Registration, name: str, firings: Sequence[Turn], due_ns: int
    ) -> Iterator[Link]:
        """Why a tick may not have come: what was in its way when it was due."""
        actor = registered.start.actor
        last = firings[-1] if firings else None
        other = [turn for turn in self._timeline.turns_of(read_again(actor) or "") if turn.start.name == name]
        due_ns = _first_missed_ns(asked, due_ns, firings)
        away = [
            life.unit
            for life in self._timeline.lives
            if life.ended_ns < due_ns + DUE_NS and self._back_ns(life.unit, life.incarnation) > due_ns
        ]
        busy = [
            turn
            for turn in self._timeline.turns_of(actor)
            if turn.start_ns <= due_ns + NS // 10
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

    # ---- the table

    def _broken(self, _: str, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        for operation in operations:
            first = next(iter(operation.turns), None)
            if first is None or first not in turns or first is operation.answering:
                continue
            again = next((turn for turn in operation.turns if turn.start_ns > first.start_ns), None)
            if again is not None and (waited := self._steps.waited(first, again)):
                yield from waited
                return
            change = self._steps.drains.changed(
                first.start_ns, max(first.start_ns, min(first.end_ns, operation.end_ns))
            )
            if change is not None:
                yield Link(
                    kind="turn broken by a change",
                    anchor=first.id,
                    said=f"turn {first.id} {FATES[first.ended]} as placement table {change.table.version} came up",
                    at_ns=change.seen_ns,
                    events=(ref(first.start, "turn begins"), ref(change.table, f"table {change.table.version}")),
                )
                return

    def _moved(self, _: str, turns: Sequence[Turn], __: Sequence[Operation]) -> Iterator[Link]:
        for first, second in pairwise(turns):
            change = self._steps.drains.changed(first.start_ns, second.start_ns)
            if first.host == second.host or change is None or not self._stay({first.host, second.host}, change.table):
                continue
            yield Link(
                kind="moved without need",
                anchor=f"table {change.table.version}",
                said=f"{first.actor} moved from {first.host} to {second.host}, which both stayed",
                at_ns=change.seen_ns,
                events=(ref(first.start, f"turn on {first.host}"), ref(second.start, f"turn on {second.host}")),
            )
            return

    def _stay(self, hosts: set[str], table: ev.TableObserved) -> bool:
        """Whether hosts are in a table, and were in the one before it."""
        before = [each for each in self._timeline.tables if each.leader and each.t_ns < table.t_ns][-1:]
        return bool(before) and hosts <= set(before[0].hosts) & set(table.hosts)

    # ---- instances

    def _ended(self, turns: Sequence[Turn], at_ns: int) -> Iterator[Link]:
        instances = {turn.instance for turn in turns}
        for event in self._timeline.deactivations:
            if (event.process, event.actor, event.instance) in instances and event.t_ns <= at_ns:
                for link in self._end(event):
                    yield link
                    return

    def _end(self, event: ev.Deactivated) -> Iterator[Link]:
        """Why an instance was told to end too soon, where no table and no end of its host explains it."""
        actor = event.actor
        key = (event.process, actor, event.instance)
        used = [turn for turn in self._timeline.turns_of(actor) if turn.instance == key and turn.start_ns < event.t_ns]
        if not used or self._leaves(event.process, event.t_ns):
            return
        idle_ns = self._timeline.idle_ns(actor)
        running = [turn for turn in used if turn.end_ns > event.t_ns]
        struck = [(turn, found) for turn in running if (found := self._steps.put_away(turn, event.t_ns))]
        last, why = max(struck, key=lambda each: each[1].kind == IDLED) if struck else (used[-1], None)
        idle_for_ns = event.t_ns - max(turn.end_ns for turn in used)
        from_start_ns = event.t_ns - last.start_ns
        early = not running and idle_for_ns < idle_ns
        if early:
            why = self._steps.put_away_after(last, event.t_ns)
        # A runtime that lets a turn end first (Dapr before 1.14) ends its actor at the next look after it.
        over_ns = max(last.start_ns + idle_ns, last.end_ns)
        if why is None and early and abs(event.t_ns - over_ns) <= SCAN_NS:
            kind, said = (
                "idle from the start",
                f"was told to end {from_start_ns / NS:.1f} s after its last turn's start",
            )
        elif self._steps.drains.moving(last.start_ns, event.t_ns):
            return
        elif why is not None:
            yield why
            return
        elif running:
            kind, said = (
                "ended in use",
                f"was told to end while turn {last.id} ran, {from_start_ns / NS:.1f} s old"
                + self._other_reasons(event.t_ns, idle_ns),
            )
        elif early:
            kind, said = "ended early", f"was told to end {idle_for_ns / NS:.1f} s after its last use"
        else:
            return
        yield Link(
            kind=kind,
            anchor=f"{event.process} {actor} {event.instance}",
            said=f"instance {event.instance} of {actor} {said}",
            at_ns=event.t_ns,
            events=(ref(last.start, "its last turn begins"), ref(event, "told to end")),
        )

    def _other_reasons(self, t_ns: int, idle_ns: int) -> str:
        """How far the two reasons for which an instance may be told to end were away: a new table, and idle time."""
        before = [table.t_ns for table in self._timeline.tables if table.leader and table.t_ns <= t_ns]
        said = f", {(t_ns - before[-1]) / NS:.1f} s after the last table came up" if before else ""
        return said + (f"; the idle time-out was {idle_ns / NS:.1f} s" if idle_ns else "")

    def _leaves(self, process: str, t_ns: int) -> bool:
        """Whether the sidecar beside a process had been asked to end: then it tells all instances to end."""
        life = self._timeline.life_at(f"{process.partition('/')[0]}/sidecar", t_ns)
        return life is None or life.stopping_ns <= t_ns

    # ---- answers that never came

    def _silent(self, operations: Sequence[Operation], at_ns: int) -> Iterator[Link]:
        """Calls that went without an answer although a fault before them was over."""
        unanswered = [operation for operation in operations if operation.outcome != "ok"]
        struck = [fault for fault in self._timeline.faults if fault.took is not None and fault.start.t_ns <= at_ns]
        if not unanswered or not struck:
            return
        fault = struck[-1]
        part = (*fault.start.units, fault.start.target)[0].partition("/")[0].partition("-")[0].partition(":")[0]
        if unanswered[-1].start_ns < min(fault.healed_ns, fault.start.t_ns + CHANGE_NS) + LEARNT_NS:
            return
        yield Link(
            kind=f"no answer after {part}",
            anchor=fault.start.fault,
            said=f"nobody was answered long after {fault.start.verb} {fault.start.target}",
            at_ns=unanswered[-1].start_ns,
            events=(
                ref(fault.start, f"{fault.start.verb} {fault.start.target}"),
                ref(unanswered[-1].start, "asked again"),
            ),
        )

    def _uneven(self) -> Iterator[Link]:
        """All actors lived on one host although the last table had more."""
        tables = [table for table in self._timeline.tables if table.leader]
        hosts = {turns[-1].host for turns in self._timeline.turns_by_actor.values()}
        if tables and len(tables[-1].hosts) > 1 and len(hosts) == 1 and len(self._timeline.turns_by_actor) >= MANY:
            yield Link(
                kind="one host has all",
                anchor=f"table {tables[-1].version}",
                said=f"all {len(self._timeline.turns_by_actor)} actors lived on {hosts.pop()}, one of"
                f" {len(tables[-1].hosts)} hosts",
                at_ns=tables[-1].t_ns,
                events=(ref(tables[-1], f"table {tables[-1].version}"),),
            )


def _differs(asked: _Registration, turn: Turn) -> bool:
    """Whether a firing carries nothing although something was registered."""
    return asked.data is not None and turn.start.data == "null"


def _ticks(asked: _Registration, firings: Sequence[Turn]) -> int:
    """How many ticks were asked for; one more than there were where they have no end."""
    return asked.repetitions or (len(firings) + 1 if asked.period_s else 1)


def _is_tick(firing: Turn, due_ns: int) -> bool:
    """Whether a firing is the tick that was due at an instant: it came within a second."""
    return due_ns - NS // 5 <= firing.start_ns <= due_ns + NS


def _first_missed_ns(asked: _Registration, due_ns: int, firings: Sequence[Turn]) -> int:
    """The first instant at which a tick was due and none came within a second; the last one where all came."""
    period_ns = round((asked.period_s or 0.0) * NS)
    for _ in range(_ticks(asked, firings)):
        if not any(_is_tick(turn, due_ns) for turn in firings):
            return due_ns
        due_ns += period_ns
    return due_ns - period_ns
