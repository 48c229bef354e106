"""Reading: one pass over the merged events of a history, which pairs them up.

An open turn of an application that died ends just before its kill: the later of its last event and the instant before
the signal. The death of a sidecar ends no turn.
"""

from __future__ import annotations

from collections.abc import Iterable

from actorproof.harness.history import events as ev
from actorproof.properties.views import problems
from actorproof.properties.views.problems import Problem
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Life, Operation, RuntimeCall, Save, Turn
from actorproof.properties.views.state.commits import reread


class Reading:
    """What the events are paired up into. `events` must be in merged order (t_ns, process, seq).

    `numbered=False` is for a part of a history: running numbers then have gaps that mean nothing. `whole=True` says of
    such a part that the history that it was taken from has no gaps.

    Attributes:
        run: the run-started event, None when the history has none.
        turns, operations, saves, faults, lives: everything, in order of start.
        commits: the store's own log, in its order.
        unclear: actors of which some commit can't be told from another actor's (see `commits`).
        needless: the DELETEs of actors that the application did not hold.
        sdks: the SDKs that applications of others named, each once a process.
        phases: when each phase was reached.
        problems: what is wrong with the history itself.
    """

    def __init__(self, events: Iterable[ev.Event], *, numbered: bool = True, whole: bool = False) -> None:
        self._numbered = numbered
        self._whole = whole or numbered
        self.run: ev.RunStarted | None = None
        self.turns: list[Turn] = []
        self.operations: list[Operation] = []
        self.saves: list[Save] = []
        self.faults: list[FaultSpan] = []
        self.lives: list[Life] = []
        self.commits: list[ev.StoreCommitted] = []
        self.unclear: frozenset[str] = frozenset()
        self.tables: list[ev.TableObserved] = []
        self.sidecars: list[ev.SidecarObserved] = []
        self.memory: list[ev.MemoryObserved] = []
        self.deactivations: list[ev.Deactivated] = []
        self.asked: ev.ApplicationAsked | None = None
        self.goodbyes: list[ev.DeactivationAnswered] = []
        self.needless: list[ev.Deactivated] = []
        self.sdks: list[ev.SdkNamed] = []
        self.unattributed: list[ev.Unattributed] = []
        self.invariants: list[ev.InvariantBroken] = []
        self.refusals: list[ev.UnattributedRefused] = []
        self.stalls: list[ev.Stalled | ev.WallStepped] = []
        self.store_log_broken: str = ""
        self.phases: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.first_ns = 0
        self.last_ns = 0
        self.event_count = 0
        self._turn: dict[str, Turn] = {}
        self._operation: dict[str, Operation] = {}
        self._save: dict[str, Save] = {}
        self._losses: dict[str, ev.TurnLost] = {}
        self._runtime_call: dict[str, RuntimeCall] = {}
        self._fault: dict[str, FaultSpan] = {}
        self._life: dict[tuple[str, int], Life] = {}
        self._last_event_ns: dict[str, int] = {}
        self._opened: dict[str, ev.JournalOpened] = {}
        self._next_seq: dict[str, int] = {}
        for event in events:
            self._add(event)
        self._finish()

    def _add(self, event: ev.Event) -> None:
        if not self.event_count:
            self.first_ns = event.t_ns
        self.event_count += 1
        self.last_ns = event.t_ns
        process = event.process
        expected = self._next_seq.get(process, 0)
        if self._numbered and event.seq != expected:
            self.problems.append(problems.missing(event, expected))
        self._next_seq[process] = event.seq + 1
        self._last_event_ns[process] = event.t_ns
        match event:
            case ev.Invoked():
                if event.op in self._operation:
                    self.problems.append(problems.twice(event, f"operation {event.op} is invoked twice"))
                    return
                self._operation[event.op] = operation = Operation(start=event)
                self.operations.append(operation)
            case ev.Completed():
                self._complete(event)
            case ev.TurnStarted():
                if event.turn in self._turn:
                    self.problems.append(problems.twice(event, f"turn {event.turn} starts twice"))
                    return
                self._turn[event.turn] = turn = Turn(start=event)
                self.turns.append(turn)
            case ev.TurnEnded():
                self._end_turn(event)
            case ev.TurnLost():
                self._lose_turn(event)
            case ev.SaveStarted():
                if event.save in self._save:
                    self.problems.append(problems.twice(event, f"save {event.save} starts twice"))
                    return
                self._save[event.save] = save = Save(id=event.save, turn=event.turn, actor=event.actor, start=event)
                self.saves.append(save)
                if event.turn in self._turn:
                    self._turn[event.turn].saves.append(save)
            case ev.SaveEnded():
                self._end_save(event)
            case ev.RuntimeCallStarted():
                self._runtime_call[event.call] = call = RuntimeCall(start=event)
                if event.turn in self._turn:
                    self._turn[event.turn].runtime_calls.append(call)
            case ev.RuntimeCallEnded():
                if event.call in self._runtime_call:
                    self._runtime_call[event.call].end = event
            case ev.StoreCommitted():
                self.commits.append(event)
            case _:
                self._add_rare(event)

    def _complete(self, event: ev.Completed) -> None:
        operation = self._operation.get(event.op)
        if operation is None or operation.end is not None:
            if operation is None:
                self.problems.append(problems.unbegun(event, f"operation {event.op} is never invoked"))
            else:
                self.problems.append(problems.twice(event, f"operation {event.op} is completed twice"))
            return
        operation.end = event

    def _end_turn(self, event: ev.TurnEnded) -> None:
        turn = self._turn.get(event.turn)
        if turn is None or turn.end is not None:
            if turn is None:
                self.problems.append(problems.unbegun(event, f"turn {event.turn} ends but never started"))
            else:
                self.problems.append(problems.twice(event, f"turn {event.turn} ends but ended before"))
            return
        turn.end = event
        turn.end_ns = event.t_ns
        turn.ended = "completed" if event.completed else "failed"

    def _lose_turn(self, event: ev.TurnLost) -> None:
        turn = self._turn.get(event.turn)
        if turn is None:
            self.problems.append(problems.unbegun(event, f"turn {event.turn} is lost from sight but never started"))
            return
        self._losses[event.turn] = event
        turn.end_ns = event.t_ns if event.seen_ns is None else event.seen_ns
        turn.ended = "lost"

    def _end_save(self, event: ev.SaveEnded) -> None:
        save = self._save.get(event.save)
        if save is None or save.end is not None:
            if save is None:
                self.problems.append(problems.unbegun(event, f"save {event.save} ends but never started"))
            else:
                self.problems.append(problems.twice(event, f"save {event.save} ends but ended before"))
            return
        save.end = event

    def _add_rare(self, event: ev.Event) -> None:
        match event:
            case ev.JournalOpened():
                self._opened[event.process] = event
            case ev.RunStarted():
                self.run = event
            case ev.PhaseReached():
                self.phases[event.phase] = event.t_ns
            case ev.Deactivated(instance=0):
                self.needless.append(event)
            case ev.Deactivated():
                self.deactivations.append(event)
            case ev.FaultStarted():
                if event.fault in self._fault:
                    self.problems.append(problems.twice(event, f"fault {event.fault} starts twice"))
                    return
                self._fault[event.fault] = span = FaultSpan(start=event)
                self.faults.append(span)
            case ev.FaultTook() | ev.FaultHealed():
                self._go_on_fault(event)
            case ev.UnitStarted():
                if (event.unit, event.incarnation) in self._life:
                    unit = f"{event.unit}#{event.incarnation}"
                    self.problems.append(problems.twice(event, f"unit {unit} starts twice"))
                    return
                life = Life(unit=event.unit, incarnation=event.incarnation, started_ns=event.t_ns)
                self._life[event.unit, event.incarnation] = life
                self.lives.append(life)
            case ev.UnitReady() | ev.UnitSignalled() | ev.UnitExited():
                self._go_on_unit(event)
            case ev.TableObserved():
                self.tables.append(event)
            case ev.SidecarObserved():
                self.sidecars.append(event)
            case ev.MemoryObserved():
                self.memory.append(event)
            case ev.StoreLogBroken():
                self.store_log_broken = event.reason
            case ev.Stalled() | ev.WallStepped():
                self.stalls.append(event)
            case _:
                self._add_of_application(event)

    def _add_of_application(self, event: ev.Event) -> None:
        """What is told of an application of a user's own."""
        match event:
            case ev.ApplicationAsked():
                self.asked = event
            case ev.DeactivationAnswered():
                self.goodbyes.append(event)
            case ev.SdkNamed():
                self.sdks.append(event)
            case ev.Unattributed():
                self.unattributed.append(event)
            case ev.UnattributedRefused():
                self.refusals.append(event)
            case ev.InvariantBroken():
                self.invariants.append(event)
            case _:
                pass

    def _go_on_fault(self, event: ev.FaultTook | ev.FaultHealed) -> None:
        span = self._fault.get(event.fault)
        if span is None:
            self.problems.append(problems.unbegun(event, f"fault {event.fault} goes on but never started"))
        elif isinstance(event, ev.FaultTook):
            span.took = event
        else:
            span.healed_ns = event.t_ns

    def _go_on_unit(self, event: ev.UnitReady | ev.UnitSignalled | ev.UnitExited) -> None:
        """What becomes of a unit's incarnation."""
        life = self._life.get((event.unit, event.incarnation))
        if life is None:
            unit = f"{event.unit}#{event.incarnation}"
            self.problems.append(problems.unbegun(event, f"unit {unit} goes on but never started"))
            return
        match event:
            case ev.UnitReady():
                life.ready_ns = event.t_ns
            case ev.UnitExited():
                life.exited_ns = event.t_ns
                life.exit = event
                life.ended_ns = min(life.ended_ns, event.t_ns)
                life.expected = event.expected
            case ev.UnitSignalled(signal="SIGTERM"):
                life.stopping_ns = min(life.stopping_ns, event.t_ns)
            case ev.UnitSignalled(signal="SIGKILL"):
                life.ended_ns = min(life.ended_ns, event.t_ns)
            case ev.UnitSignalled(signal="SIGSTOP"):
                life.paused.append((event.t_ns, FAR_FUTURE_NS))
            case ev.UnitSignalled(signal="SIGCONT") if life.paused:
                life.paused[-1] = (life.paused[-1][0], event.t_ns)
            case _:
                pass

    def _finish(self) -> None:
        self.commits, self.unclear = reread(self.commits, (save.start for save in self.saves))
        boots = {(o.boot_id, o.time_namespace) for o in self._opened.values()}
        if len(boots) > 1:
            self.problems.append(problems.clocks())
        for turn in self.turns:
            if turn.end is None and turn.ended != "lost":
                life = self._life_of(turn.process)
                if life is not None and life.exited_ns != FAR_FUTURE_NS:
                    last = self._last_event_ns[turn.process]
                    turn.end_ns = max(turn.start_ns, last, life.ended_ns if life.ended_ns < life.exited_ns else last)
                    turn.ended = "killed"
            operation = self._operation.get(turn.start.op or "")
            if operation is not None:
                operation.turns.append(turn)

    def _life_of(self, process: str) -> Life | None:
        unit, _, number = process.rpartition("#")
        return self._life.get((unit, int(number))) if number.isdigit() else None
