"""Facts: what the events of one violation show by themselves, where neither two turns nor an outage explain it.

Each kind is read from the events and the store's log, never from the name of a violation:

- ``save not kept``: a save was acknowledged, and what it wrote stands in no commit of the store's whole log;
- ``number rounded``: the same, and a commit has what it wrote but for a whole number that a float can't say;
- ``commit undone``: what a turn's answer lacks was committed before that turn began, to another instance or turn;
- ``instance left`` and what became of its host (see `solo`): the instance that answered had been left behind while its
  actor was used elsewhere;
- ``failed turn before``: the instance that answered had a turn that failed before, and answered from memory since;
- ``deeper than allowed``, ``refused below its depth``, ``answer lost``, ``not let in``: a chain's call;
- ``run again``: one call began twice although the first had answered;
- ``turn broken by a change``: a turn failed, or its reply was lost, while the table changed;
- ``no answer after a heal``: nobody was answered although a fault was over;
- ``moved without need``: an actor changed its host between two that were there all the time.

What reminders and timers show is in `firings`, and why an instance was told to end in `endings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.properties.causes.drained import CHANGE_NS
from actorproof.properties.causes.endings import Endings
from actorproof.properties.causes.firings import Firings
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.solo import Solo
from actorproof.properties.causes.steps import Steps
from actorproof.properties.views.records import Operation, Turn, TurnEnd, ref
from actorproof.properties.views.state.kept import kept_from
from actorproof.properties.views.state.ledger import writes_of
from actorproof.properties.views.state.storelog import StoreLog
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.chain import Chains

NS = 1_000_000_000
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


class Facts:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, log: StoreLog, steps: Steps, solo: Solo, endings: Endings) -> None:
        self._timeline = timeline
        self._steps = steps
        self._solo = solo
        self._chains = Chains(timeline)
        self._firings = Firings(timeline)
        self._endings = endings
        self._log = log

    def links(self, actor: str, turns: Sequence[Turn], operations: Sequence[Operation], at_ns: int) -> tuple[Link, ...]:
        """What is shown of the turns and operations that a violation names; the first kind that is found counts."""
        for find in (self._saves, self._chain, self._again, self._firings.links, self._broken, self._moved):
            if found := tuple(find(actor, turns, operations)):
                return found
        if found := tuple(self._endings.of(turns, at_ns)):
            return found
        of_one_instance = len({turn.instance for turn in turns}) == 1
        if of_one_instance and (found := self._solo.stale(turns[0])):
            return found
        return (
            tuple(self._remembered(turns))
            or tuple(self._kept(turns))
            or tuple(self._silent(operations, at_ns))
            or tuple(self._uneven())
        )

    # ---- state

    def _saves(self, _: str, turns: Sequence[Turn], __: Sequence[Operation]) -> Iterator[Link]:
        if self._log.gone or not self._timeline.closed:
            return
        for turn in turns:
            for save in turn.saves:
                missing = [write for write in writes_of(save) if not self._log.has(save.actor, *write)]
                if save.end is None or not save.acknowledged or not missing:
                    continue
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

    def _remembered(self, turns: Sequence[Turn]) -> Iterator[Link]:
        """What the answer of the last turn lacks, or has from a turn that failed; those before it only failed."""
        if not turns:
            return
        *others, turn = turns
        if not all(each.ended == "failed" and each.end_ns < turn.start_ns for each in others):
            return
        before = [each for each in self._timeline.turns_of(turn.actor) if each.start_ns < turn.start_ns]
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
        for chain in filter(None, map(self._chains.of, turns)):
            for inner in chain.inner:
                operation, end = inner.operation, inner.operation.end
                if operation.id not in named or not inner.own or run is None:
                    continue
                entered = [turn for turn in operation.turns if turn.start_ns < operation.end_ns]
                if entered and inner.depth > run.max_stack_depth:
                    kind, said = "deeper than allowed", f"entered at depth {inner.depth} of {run.max_stack_depth}"
                elif entered and not self._timeline.reentrant(operation.start.actor):
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
            late = next((turn for turn in operation.turns if turn.start_ns > operation.end_ns), None)
            if operation.outcome == "ok" and late is not None:
                yield Link(
                    kind="run again",
                    anchor=operation.id,
                    said=f"call {operation.id} began once more as turn {late.id}, after it had been answered",
                    at_ns=late.start_ns,
                    events=(ref(operation.start, "call"), ref(late.start, "begins once more")),
                )
                return

    # ---- the table

    def _broken(self, _: str, turns: Sequence[Turn], operations: Sequence[Operation]) -> Iterator[Link]:
        for operation in operations:
            first = next(iter(operation.turns), None)
            if first is None or first not in turns or first is operation.answering:
                continue
            if operation.end_ns <= first.start_ns:  # nobody waited for a reply any more
                continue
            again = next((turn for turn in operation.turns if turn.start_ns > first.start_ns), None)
            if again is not None and (waited := tuple(self._steps.drained.waited(first, again))):
                yield from waited
                return
            change = self._steps.drains.changed(first.start_ns, min(first.end_ns, operation.end_ns))
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

    # ---- answers that never came

    def _silent(self, operations: Sequence[Operation], at_ns: int) -> Iterator[Link]:
        """Calls that went without an answer although a fault before them was over."""
        last = next((operation for operation in reversed(operations) if operation.outcome != "ok"), None)
        faults = reversed(self._timeline.faults)
        fault = next((each for each in faults if each.took is not None and each.start.t_ns <= at_ns), None)
        if last is None or fault is None:
            return
        part = (*fault.start.units, fault.start.target)[0].partition("-")[0].partition(":")[0]
        if last.start_ns < min(fault.healed_ns, fault.start.t_ns + CHANGE_NS) + LEARNT_NS:
            return
        yield Link(
            kind=f"no answer after {part}",
            anchor=fault.start.fault,
            said=f"nobody was answered long after {fault.start.verb} {fault.start.target}",
            at_ns=last.start_ns,
            events=(ref(fault.start, f"{fault.start.verb} {fault.start.target}"), ref(last.start, "asked again")),
        )

    def _uneven(self) -> Iterator[Link]:
        """All actors lived on one host although the last table had more."""
        table = next((table for table in reversed(self._timeline.tables) if table.leader), None)
        hosts = {turns[-1].host for turns in self._timeline.turns_by_actor.values()}
        actors = len(self._timeline.turns_by_actor)
        if table is not None and len(table.hosts) > 1 and len(hosts) == 1 and actors >= MANY:
            yield Link(
                kind="one host has all",
                anchor=f"table {table.version}",
                said=f"all {actors} actors lived on {hosts.pop()}, one of {len(table.hosts)} hosts",
                at_ns=table.t_ns,
                events=(ref(table, f"table {table.version}"),),
            )
