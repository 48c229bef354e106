"""Spec: what a keeper is told on its command line, by which other commands find it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Options, Scenario, scenario_of
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.written import WrittenScenario

# What shows at any time whether actors answer; all else is asked for by hand.
PROBES = Load(clients=0, fickle=0, probes=4, probe_every_s=0.5)
STATE = "standing.json"
ENDED = "ended.json"


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster that stays.

    Attributes:
        name: by which commands name it.
        folder: that of its run.
        limit_s: after so long it goes down by itself.
        owner: the process with whose end it goes down; 0 when there is none.
    """

    name: str
    folder: str
    limit_s: float
    topology: Topology
    guarantees: tuple[str, ...]
    options: Options
    owner: int = 0

    def scenario(self) -> Scenario:
        """The scenario of its run: its topology, with probes, and what is done by hand."""
        return scenario_of(
            WrittenScenario(
                name="by-hand",
                summary="what was done by hand",
                guarantees=self.guarantees,
                duration_s=self.limit_s,
                topology=self.topology,
                load=PROBES,
            ),
            source=str(Path(self.folder) / "plan.json"),
        )

    def encode(self) -> str:
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def decode(cls, text: str) -> Spec:
        """What `encode` wrote; ValueError when it is something else."""

        def path(type_: type, value: Any) -> Any:
            return Path(value) if issubclass(type_, Path) else value

        return msgspec.json.decode(text, type=cls, dec_hook=path)


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """How a keeper is asked, in its run's folder: a port of the loopback, and a word that others do not know.

    Attributes:
        ends: when it goes down by itself, in seconds of the wall clock.
    """

    pid: int
    port: int
    word: str
    ends: float


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a keeper leaves in its run's folder at its end: what the run came to, and the exit code of that."""

    lines: tuple[str, ...]
    code: int
