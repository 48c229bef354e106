"""RunInfo: what stands in run.json, everything about a run that is not an event."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import msgspec

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.journal import Origin
from actorproof.harness.history.under_way import UnderWay

FORMAT = 1


class ProgramInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program that the cluster was made of, where it came from, and what it said of itself when it was asked."""

    name: str
    version: str
    origin: str
    path: str
    sha256: str
    said: str = ""


class Owner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The process that runs it, told from a later one of the same number by when it started and on which boot."""

    pid: int
    start: int
    boot_id: str

    @classmethod
    def this_process(cls) -> Self:
        """The process that asks."""
        origin = Origin.of_this_process()
        return cls(pid=origin.pid, start=_start_ticks(origin.pid), boot_id=origin.boot_id)

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self.boot_id == Origin.of_this_process().boot_id and self.start == _start_ticks(self.pid) != 0


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a runtime promises of one guarantee, where it is not what the catalogue says.

    Attributes:
        sentence: the promise, as its documents have it.
        source: where that stands.
        evidence: what has to be seen before it holds, and how often; other evidence is not asked for.
    """

    sentence: str
    source: str
    evidence: dict[str, int]


class RunInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was run.

    Attributes:
        command: the command line that runs it again.
        state: ``running`` until the history is complete, then ``complete``; ``failed`` when the run broke off.
        store: what kept the actors' state, as the topology calls it; empty where the runtime is simulated.
        started, finished: UTC, ISO 8601; finished is empty while running.
        skew: ``NAME=VERSION`` of each program that was meant to be of another version.
        bug: the one that was planted in a simulated runtime; empty for none.
        guarantees: ids of the guarantees that the scenario can decide.
        promises: what the runtime promises, by guarantee; None where it is what the catalogue says, of all.
        owner: the process that runs it; None in what was written before this was recorded.
        owes: what has to be under way when faults strike, by kind of fault. None where that is for its parts to say,
            and in what was written before this was recorded.
        parts: names of the sub-folders that are runs of their own (verify); empty for a single run.
    """

    format: int = FORMAT
    run: str
    scenario: str
    profile: str
    seed: int
    command: str
    state: str
    started: str
    finished: str = ""
    actorproof: str
    python: str
    platform: str
    runtime: str
    version: str
    driver: str
    store: str = "redis"
    topology: Topology | None
    duration_s: float
    fault_rate: str
    guarantees: tuple[str, ...]
    promises: dict[str, Promise] | None = None
    owes: dict[str, tuple[UnderWay, ...]] | None = None
    programs: tuple[ProgramInfo, ...] = ()
    skew: tuple[str, ...] = ()
    bug: str = ""
    parts: tuple[str, ...] = ()
    owner: Owner | None = None
    failure: str = ""

    @property
    def release(self) -> str:
        """The version, and what was meant to be of another one: ``1.18.2 with control-plane 1.16.0``."""
        mixed = ", ".join(choice.replace("=", " ") for choice in self.skew)
        return f"{self.version} with {mixed}" if mixed else self.version


def _start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 when there is none, or it is dead and not yet reaped."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0
    return 0 if state in "ZX" else int(rest[18])
