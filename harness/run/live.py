"""Live: where a run under way stands, from the journals that its processes write, read as they grow."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import SUFFIX

WINDOW_NS = 10_000_000_000
"""Calls of so long ago, and no older ones, make up the rate and the latency."""
OVERDUE_NS = 5_000_000_000
"""A turn that has been open for so long is told."""
_LOAD = re.compile(r"load-(\d+)-")
_DECODER: msgspec.json.Decoder[ev.AnyEvent] = msgspec.json.Decoder(ev.AnyEvent)


class Tail:
    """The journals of a folder; each time it is asked, it gives the events that were written since the last time."""

    def __init__(self, raw: Path) -> None:
        self._raw = raw
        self._read: dict[Path, int] = {}

    def new(self) -> list[ev.AnyEvent]:
        """What was written since, in time order. Lines that can't be read are left out: the run is judged later."""
        found: list[ev.AnyEvent] = []
        for path in sorted(self._raw.glob(f"*{SUFFIX}")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            for line in whole.splitlines():
                try:
                    found.append(_DECODER.decode(line))
                except msgspec.DecodeError:
                    continue
        found.sort(key=lambda event: event.t_ns)
        return found


@dataclass(slots=True)
class OpenFault:
    """A fault that is in place; `evidence` is empty until its effect was seen, `missed` says why it was not."""

    fault: str
    verb: str
    target: str
    t_ns: int
    evidence: tuple[str, ...] = ()
    missed: str = ""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that runs; `host` is where."""

    actor: str
    host: str
    t_ns: int


@dataclass(slots=True)
class Live:
    """Where a run stands, up to the last event that it was fed.

    Attributes:
        started: the run's first event, once it is there.
        phase: the last that was reached; empty before the first.
        units: ``running``, ``paused`` or ``down``, by name.
        faults: those that are in place, by id; `injected` counts all.
        turns: those that are open, by id.
        owners: the host on which an actor last had a turn, as long as its application lives.
        loads: the number of the last load that was started by hand.
        troubles: what could not be done, in order.
    """

    started: ev.RunStarted | None = None
    phase: str = ""
    now_ns: int = 0
    began_ns: int = 0
    injected: int = 0
    operations: int = 0
    units: dict[str, str] = field(default_factory=dict)
    faults: dict[str, OpenFault] = field(default_factory=dict)
    turns: dict[str, OpenTurn] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    loads: int = 0
    _asked: dict[str, int] = field(default_factory=dict)
    _answers: deque[tuple[int, int, bool]] = field(default_factory=deque)

    def feed(self, events: Iterable[ev.Event]) -> None:
        """Take in what happened next."""
        for event in events:
            self.now_ns = max(self.now_ns, event.t_ns)
            self.began_ns = self.began_ns or event.t_ns
            self._take(event)
        while self._answers and self._answers[0][0] < self.now_ns - WINDOW_NS:
            self._answers.popleft()

    def _take(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                self.started = event
            case ev.PhaseReached():
                self.phase = event.phase
            case ev.Invoked():
                self._asked[event.op] = event.t_ns
                if found := _LOAD.match(event.client):
                    self.loads = max(self.loads, int(found[1]))
            case ev.Completed():
                asked_ns = self._asked.pop(event.op, event.t_ns)
                self.operations += 1
                self._answers.append((event.t_ns, event.t_ns - asked_ns, event.outcome == "ok"))
            case ev.TurnStarted():
                host = event.process.partition("/")[0]
                self.turns[event.turn] = OpenTurn(event.actor, host, event.t_ns)
                self.owners[event.actor] = host
            case ev.TurnEnded():
                self.turns.pop(event.turn, None)
            case ev.UnitStarted():
                self.units[event.unit] = "running"
            case ev.UnitSignalled():
                self.units[event.unit] = {"SIGSTOP": "paused", "SIGCONT": "running"}.get(
                    event.signal, self.units.get(event.unit, "")
                )
            case ev.UnitExited():
                self.units[event.unit] = "down"
                self._application_gone(event.unit)
            case ev.Troubled():
                self.troubles.append(event.text)
            case _:
                self._take_fault(event)

    def _take_fault(self, event: ev.Event) -> None:
        match event:
            case ev.FaultStarted():
                self.injected += 1
                self.faults[event.fault] = OpenFault(event.fault, event.verb, event.target, event.t_ns)
            case ev.FaultTook() if event.fault in self.faults:
                self.faults[event.fault].evidence = event.evidence
            case ev.FaultMissed() if event.fault in self.faults:
                self.faults[event.fault].missed = event.reason
            case ev.FaultHealed():
                self.faults.pop(event.fault, None)

    def _application_gone(self, unit: str) -> None:
        host, _, part = unit.partition("/")
        if part == "app":
            self.turns = {turn: each for turn, each in self.turns.items() if each.host != host}
            self.owners = {actor: owner for actor, owner in self.owners.items() if owner != host}

    @property
    def actors_by_host(self) -> Mapping[str, int]:
        """How many actors last had a turn on each host."""
        return Counter(self.owners.values())

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were ever started."""
        found = {unit.partition("/")[0] for unit in self.units if "/" in unit}
        return tuple(sorted(found, key=lambda host: (len(host), host)))

    @property
    def rate(self) -> float:
        """Calls that were answered in a second, over the window."""
        span_ns = min(WINDOW_NS, max(1, self.now_ns - self.began_ns))
        return sum(ok for _, _, ok in self._answers) * 1e9 / span_ns

    @property
    def failed(self) -> int:
        """Calls of the window that were not answered with a result."""
        return sum(not ok for _, _, ok in self._answers)

    def latency_ms(self, share: float) -> float | None:
        """The latency that a share of the answered calls did not exceed, over the window; None without any."""
        took = sorted(took_ns for _, took_ns, ok in self._answers if ok)
        return took[min(len(took) - 1, int(share * len(took)))] / 1e6 if took else None

    @property
    def overdue(self) -> tuple[OpenTurn, ...]:
        """Turns that have been open for too long, the oldest first."""
        late = [turn for turn in self.turns.values() if self.now_ns - turn.t_ns > OVERDUE_NS]
        return tuple(sorted(late, key=lambda turn: turn.t_ns))
