"""History: writes small histories for tests. Times are seconds from the run's start, as floats.

Every event is added with an explicit instant; `events()` sorts them, numbers each process's own and returns them in
merged order. An operation, turn or save gives back its id:

    h = History()
    app = h.app("host-1")
    op = h.operation("Counter/a", 1.0, 2.0)
    turn = h.turn("Counter/a", app, 1.1, 1.9, op=op)
    h.save(turn, [("value", '{"n": 1}')], 1.5, 1.6)
    h.close(10.0)
    timeline = h.timeline()
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import host_of
from actorproof.properties.views.timeline import Timeline

HARNESS = "harness"
START_NS = 1_000_000_000_000
S = 1_000_000_000


def ns(at_s: float) -> int:
    """An instant of the builder as it stands in events."""
    return START_NS + round(at_s * S)


class History:
    """A history in the making; `run` options overwrite fields of the run-started event."""

    def __init__(self, **run: Any) -> None:
        self._pending: list[tuple[int, int, type[ev.Event], str, dict[str, Any]]] = []
        self._count: dict[str, int] = defaultdict(int)
        self._incarnation: dict[str, int] = defaultdict(int)
        self._turns: dict[str, tuple[str, str]] = {}
        self._saves: dict[str, tuple[str, list[tuple[str, str | None]]]] = {}
        self._instances: set[tuple[str, str, int]] = set()
        self.open(HARNESS, 0.0)
        fields: dict[str, Any] = {
            "run": "run-1",
            "scenario": "test",
            "profile": "quick",
            "seed": 1,
            "runtime": "dapr",
            "version": "1.18.2",
            "hosts": 2,
            "placements": 1,
            "schedulers": 1,
            "subject": "bare",
            "idle_timeout_s": 20.0,
            "drain_timeout_s": 10.0,
            "drain_enabled": True,
            "dissemination_timeout_s": 8.0,
            "reentrancy": False,
        }
        self.add(ev.RunStarted, 0.0, **(fields | run))
        self.phase("ready", 0.0)
        self.phase("load", 0.0)

    # ---- anything

    def add(self, kind: type[ev.Event], at_s: float, *, process: str = HARNESS, **fields: Any) -> None:
        """One event of any kind, written by `process`."""
        self._pending.append((ns(at_s), len(self._pending), kind, process, fields))

    def open(self, process: str, at_s: float) -> None:
        """The first event of a process."""
        self.add(
            ev.JournalOpened,
            at_s,
            process=process,
            pid=len(self._pending) + 100,
            boot_id="b",
            time_namespace="t",
            wall_ns=0,
        )

    def phase(self, phase: Literal["ready", "load", "healed", "quiet", "final", "closed"], at_s: float) -> None:
        self.add(ev.PhaseReached, at_s, phase=phase)

    def close(self, at_s: float) -> None:
        """The last four phases, at one instant: absence may be concluded."""
        for phase in ("healed", "quiet", "final", "closed"):
            self.add(ev.PhaseReached, at_s, phase=phase)

    # ---- units

    def start(self, unit: str, at_s: float, *, ready_s: float | None = None) -> int:
        """A unit's next incarnation starts, and is ready at once unless `ready_s` says later; its number."""
        self._incarnation[unit] += 1
        number = self._incarnation[unit]
        self.add(ev.UnitStarted, at_s, unit=unit, incarnation=number, pid=1000 + len(self._pending))
        self.add(ev.UnitReady, at_s if ready_s is None else ready_s, unit=unit, incarnation=number)
        return number

    def app(self, host: str, at_s: float = 0.0, *, sidecar: bool = True) -> str:
        """A host's application starts, by default with its sidecar; the name of its process."""
        if sidecar:
            self.start(f"{host}/sidecar", at_s)
        process = f"{host}/app#{self.start(f'{host}/app', at_s)}"
        self.open(process, at_s)
        return process

    def signal(
        self,
        unit: str,
        at_s: float,
        signal: Literal["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"],
        *,
        incarnation: int = 0,
    ) -> None:
        """A signal is about to be sent to a unit's latest incarnation, or the one that is named."""
        self.add(ev.UnitSignalled, at_s, unit=unit, incarnation=incarnation or self._incarnation[unit], signal=signal)

    def exit(self, unit: str, at_s: float, *, code: int = -9, expected: bool = True) -> None:
        """A unit's latest incarnation was reaped."""
        self.add(ev.UnitExited, at_s, unit=unit, incarnation=self._incarnation[unit], code=code, expected=expected)

    def kill(self, unit: str, at_s: float, *, reaped_after_s: float = 0.01) -> None:
        """SIGKILL, and its exit a little later."""
        self.signal(unit, at_s, "SIGKILL")
        self.exit(unit, at_s + reaped_after_s)

    def pause(self, unit: str, from_s: float, to_s: float | None) -> None:
        """SIGSTOP, and SIGCONT unless `to_s` is None."""
        self.signal(unit, from_s, "SIGSTOP")
        if to_s is not None:
            self.signal(unit, to_s, "SIGCONT")

    def fault(
        self,
        verb: str,
        target: str,
        from_s: float,
        to_s: float | None,
        *,
        units: Sequence[str] = (),
        links: Sequence[str] = (),
        took: bool = True,
        params: str = "{}",
    ) -> str:
        """A fault's own events (what it does to units is to be added beside it); its id."""
        fault = self.new_id("fault")
        self.add(
            ev.FaultStarted,
            from_s,
            fault=fault,
            verb=verb,
            target=target,
            units=tuple(units),
            links=tuple(links),
            params=params,
        )
        if took:
            self.add(ev.FaultTook, from_s + 0.01, fault=fault, evidence=("seen",))
        else:
            self.add(ev.FaultMissed, from_s + 0.01, fault=fault, reason="not seen")
        if to_s is not None:
            self.add(ev.FaultHealed, to_s, fault=fault)
        return fault

    def table(
        self,
        at_s: float,
        version: int,
        hosts: Sequence[str],
        *,
        placement: str = "placement-0",
        not_before_s: float | None = None,
    ) -> None:
        """A placement table, as the leader shows it."""
        not_before_ns = 0 if not_before_s is None else ns(not_before_s)
        self.add(
            ev.TableObserved,
            at_s,
            placement=placement,
            leader=True,
            version=version,
            hosts=tuple(hosts),
            not_before_ns=not_before_ns,
        )

    def sidecar(
        self, at_s: float, host: str, *, answers: bool = True, placement: bool = True, ready: bool = True
    ) -> None:
        """What a sidecar says of itself."""
        self.add(ev.SidecarObserved, at_s, host=host, answers=answers, placement_connected=placement, host_ready=ready)

    # ---- operations and turns

    def operation(
        self,
        actor: str,
        from_s: float,
        to_s: float | None,
        *,
        outcome: ev.Outcome = "ok",
        action: ev.Action = "call",
        name: str = "add",
        args: Any = None,
        client: str | None = None,
        via: str = "host-1",
        turn: str | None = None,
        result: Any = None,
        reason: str = "",
        status: int | None = None,
        give_up_s: float | None = None,
        op: str | None = None,
        process: str = HARNESS,
    ) -> str:
        """An operation; without `to_s` it never ended. `args` and `result` are values, written as JSON. Its id.

        Without a client it has one of its own. `turn` may be named later, with `answered`. An actor's own call is
        written by its application, the `process`, and `client` is its turn.
        """
        op = op or self.new_id("op")
        self.add(
            ev.Invoked,
            from_s,
            process=process,
            op=op,
            client=client or f"client-{op}",
            via=via,
            actor=actor,
            action=action,
            name=name,
            args=json.dumps({} if args is None else args),
            give_up_s=give_up_s,
        )
        if to_s is not None:
            self.complete(
                op, to_s, outcome=outcome, turn=turn, result=result, reason=reason, status=status, process=process
            )
        return op

    def complete(
        self,
        op: str,
        at_s: float,
        *,
        outcome: ev.Outcome = "ok",
        turn: str | None = None,
        result: Any = None,
        reason: str = "",
        status: int | None = None,
        process: str = HARNESS,
    ) -> None:
        """The end of an operation that was begun with `to_s=None`."""
        self.add(
            ev.Completed,
            at_s,
            process=process,
            op=op,
            outcome=outcome,
            status=200 if status is None and outcome == "ok" else status,
            turn=turn,
            result=json.dumps(result),
            reason=reason,
        )

    def turn(
        self,
        actor: str,
        process: str,
        from_s: float,
        to_s: float | None,
        *,
        op: str | None = None,
        cause: ev.Cause = "call",
        name: str = "add",
        instance: int = 1,
        chain: str | None = None,
        data: Any = None,
        callback: str | None = None,
        completed: bool = True,
        cancels: bool = False,
        result: Any = None,
        turn: str | None = None,
    ) -> str:
        """A turn; without `to_s` it never ended. The first of an instance is preceded by its activation. Its id."""
        turn = turn or self.new_id("turn")
        if (process, actor, instance) not in self._instances:
            self._instances.add((process, actor, instance))
            nonce = f"{process}/{instance}"
            self.add(ev.Activated, from_s, process=process, actor=actor, instance=instance, nonce=nonce)
        self._turns[turn] = (actor, process)
        self.add(
            ev.TurnStarted,
            from_s,
            process=process,
            turn=turn,
            actor=actor,
            instance=instance,
            cause=cause,
            name=name,
            op=op,
            chain=chain,
            data=json.dumps(data),
            callback=callback,
        )
        if to_s is not None:
            self.end(turn, to_s, completed=completed, result=result, cancels=cancels)
        return turn

    def end(self, turn: str, at_s: float, *, completed: bool = True, result: Any = None, cancels: bool = False) -> None:
        """The end of a turn that was begun with `to_s=None`."""
        process = self._turns[turn][1]
        self.add(
            ev.TurnEnded,
            at_s,
            process=process,
            turn=turn,
            completed=completed,
            result=json.dumps(result),
            cancels=cancels,
        )

    def call(
        self,
        actor: str,
        process: str,
        from_s: float,
        to_s: float,
        *,
        name: str = "add",
        instance: int = 1,
        margin_s: float = 0.001,
        result: Any = None,
    ) -> tuple[str, str]:
        """An ordinary `ok` call and its turn, which lies `margin_s` inside; both ids."""
        turn = self.new_id("turn")
        via = host_of(process)
        op = self.operation(actor, from_s, to_s, name=name, via=via, turn=turn, result=result)
        self.turn(
            actor,
            process,
            from_s + margin_s,
            to_s - margin_s,
            op=op,
            name=name,
            instance=instance,
            result=result,
            turn=turn,
        )
        return op, turn

    def deactivate(self, actor: str, process: str, at_s: float, *, instance: int = 1) -> None:
        """An application receives the DELETE of an actor."""
        self.add(ev.Deactivated, at_s, process=process, actor=actor, instance=instance)

    # ---- state

    def save(
        self,
        turn: str,
        writes: Sequence[tuple[str, str | None]],
        from_s: float,
        to_s: float | None,
        *,
        acknowledged: bool = True,
        reason: str = "",
    ) -> str:
        """A state transaction of a turn; without `to_s` it was never answered. Its id."""
        actor, process = self._turns[turn]
        save = self.new_id("save")
        self._saves[save] = (actor, list(writes))
        text = json.dumps([list(write) for write in writes])
        self.add(ev.SaveStarted, from_s, process=process, save=save, turn=turn, actor=actor, writes=text)
        if to_s is not None:
            self.add(ev.SaveEnded, to_s, process=process, save=save, acknowledged=acknowledged, reason=reason)
        return save

    def ask(
        self, turn: str, what: ev.RuntimeCall, from_s: float, to_s: float | None, *, ok: bool = True, reason: str = ""
    ) -> str:
        """A turn's request to its sidecar other than a save; without `to_s` it was never answered. Its id."""
        actor, process = self._turns[turn]
        call = self.new_id("call")
        fields: dict[str, Any] = {"call": call, "turn": turn, "actor": actor, "what": what, "name": "value"}
        self.add(ev.RuntimeCallStarted, from_s, process=process, **fields)
        if to_s is not None:
            self.add(ev.RuntimeCallEnded, to_s, process=process, call=call, ok=ok, reason=reason)
        return call

    def commit(self, save: str, after_s: float, by_s: float) -> None:
        """The store's log has a save: not yet at `after_s`, but at `by_s`."""
        actor, writes = self._saves[save]
        self.commit_writes([(actor, key, value) for key, value in writes], after_s, by_s)

    def commit_writes(self, writes: Sequence[tuple[str, str, str | None]], after_s: float, by_s: float) -> None:
        """The store's log has one transaction of (actor, key, value)."""
        index = self._count["commit"]
        self._count["commit"] += 1
        self.add(
            ev.StoreCommitted,
            by_s,
            index=index,
            not_before_ns=ns(after_s),
            writes=tuple(ev.StoreWrite(actor, key, value) for actor, key, value in writes),
        )

    # ---- what comes out

    def events(self) -> list[ev.Event]:
        """All events in merged order, each process's own numbered from 0."""
        numbers: dict[str, int] = defaultdict(int)
        made: list[ev.Event] = []
        for t_ns, _, kind, process, fields in sorted(self._pending, key=lambda item: item[:2]):
            made.append(kind(process=process, seq=numbers[process], t_ns=t_ns, **fields))
            numbers[process] += 1
        return sorted(made, key=lambda event: (event.t_ns, event.process, event.seq))

    def timeline(self) -> Timeline:
        return Timeline(self.events())

    def write(self, path: Path) -> None:
        """Write the history as a file, one event a line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in self.events()))

    def new_id(self, noun: str) -> str:
        self._count[noun] += 1
        return f"{noun}-{self._count[noun]}"
