"""Scenario: topology, workload, faults, and the guarantees that these can decide."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from actorproof.harness.cluster.topology import DEFAULT_VERSION, StoreName, SubjectName, Topology
from actorproof.harness.drivers import registry as drivers
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.kind import Strikes
from actorproof.harness.faults.registry import kind
from actorproof.harness.history.under_way import UnderWay
from actorproof.harness.runtimes.registry import DEFAULT, SIMULATED, names
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Inject, Plan
from actorproof.harness.workload.written import WrittenScenario

if TYPE_CHECKING:  # whoever lists scenarios loads no actors, nor asyncio
    from actorproof.harness.subjects.actors.subject import Subject

FaultRate = Literal["off", "low", "medium", "high"]
Profile = Literal["quick", "standard", "soak"]
# How the pauses between faults stretch; "off" leaves out every fault and every caller that gives up.
PACE: Mapping[FaultRate, float] = {"off": 1.0, "low": 2.0, "medium": 1.0, "high": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user chose; None leaves a choice to the scenario. `command` runs it again where no other one does."""

    seed: int
    profile: Profile = "quick"
    hosts: int | None = None
    placements: int | None = None
    schedulers: int | None = None
    reminder_partitions: int | None = None
    duration_s: float | None = None
    fault_rate: FaultRate = "medium"
    version: str = DEFAULT_VERSION
    subject: SubjectName | None = None
    clients: int | None = None
    breakage: str | None = None
    subject_module: str = ""
    store: StoreName = "redis"
    driver: str = "process"
    images: tuple[str, ...] = ()
    skew: tuple[str, ...] = ()
    actors: int | None = None
    dapr_path: Path | None = None
    bug: str | None = None
    command: str = ""
    runtime: str = DEFAULT

    def __post_init__(self) -> None:
        if self.driver == "simulated":  # it has a runtime of its own
            object.__setattr__(self, "runtime", SIMULATED)
        if self.runtime not in names():
            raise UsageError(f"runtime {self.runtime} is unknown: choose one of {', '.join(names())}")
        if self.runtime == SIMULATED and self.driver != "simulated":
            raise UsageError("the simulated runtime runs on no machine: choose --driver simulated")
        if self.profile not in get_args(Profile):
            raise UsageError(f"profile {self.profile} is unknown: choose one of {', '.join(get_args(Profile))}")
        drivers.check(self.driver)
        if self.store not in get_args(StoreName):
            raise UsageError(f"store {self.store} is unknown: choose one of {', '.join(get_args(StoreName))}")
        if self.driver == "simulated" and self.store != "redis":
            raise UsageError(
                "the simulated runtime has a store of its own: leave --store out, or choose another --driver"
            )
        if self.driver in {"simulated", "docker"} and (self.skew or self.dapr_path is not None):
            raise UsageError(
                f"--skew and --dapr-path are for programs, and driver {self.driver} runs none: choose --driver process"
            )
        if self.bug is not None and self.driver != "simulated":
            raise UsageError(f"bug {self.bug} can only be planted in the simulated runtime: choose --driver simulated")
        if self.fault_rate not in get_args(FaultRate):
            raise UsageError(f"fault rate {self.fault_rate} is unknown: choose one of {', '.join(get_args(FaultRate))}")
        if self.duration_s is not None and not 0 < self.duration_s <= 24 * 3600:
            raise UsageError(f"duration is {self.duration_s:g} s: choose more than 0 and at most a day")
        if self.actors is not None and not 100 <= self.actors <= 1_000_000:  # noqa: PLR2004 - said in the message
            raise UsageError(f"actors is {self.actors}: choose 100 to 1,000,000")
        if self.clients is not None and not 1 <= self.clients <= 500:  # noqa: PLR2004 - said in the message
            raise UsageError(f"clients is {self.clients}: choose 1 to 500")

    @property
    def pace(self) -> float:
        """Factor on the pauses between faults."""
        return PACE[self.fault_rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a directed plan is made from."""

    topology: Topology
    duration_s: float
    pace: float
    rng: random.Random
    actors: int = 0


def setting(options: Options, *, topology: Topology, duration_s: float, actors: int = 0) -> Setting:
    """What the options make of a directed plan: the same seed makes the same one."""
    return Setting(
        topology=topology,
        duration_s=duration_s,
        pace=options.pace,
        actors=actors,
        rng=random.Random(f"{options.seed}/plan"),  # noqa: S311 - a reproducible choice, no secret
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing to try.

    Attributes:
        name: as on the command line.
        summary: one line for `actorproof list`.
        guarantees: ids of those that it can decide.
        profiles: those whose `verify` runs it.
        owes: what is under way when its faults strike, by kind of fault, so reliably that a run without it is worth
            nothing. A profile owes what the shorter ones do, and its own.
        topology: what runs when the user does not say otherwise.
        configure: draws the topology from the seed instead.
        runtimes: those whose `verify` runs it.
        load: what goes on in the background.
        plan: makes the directed steps; None when the state machine draws them.
        duration_s: of the faults and the load, by profile.
        whole_plan: whether each step of the plan has to be done; other plans go round until the time is up.
        drawing: how much the state machine draws; the profile says it when None.
        actors: how many it fills the cluster with, by profile; None for a scenario that does no such thing.
        timed: whether steps that come after the duration are left out.
        subjects: actor types of its own, beside those that we ship; classes of one file.
        source: the file or module that it was loaded from by name; empty for those that we ship.
        machines: whether it needs a driver whose hosts have machines of their own (docker).
        settle_reminders_s: how long reminders stay registered after the last heal, so that missed ticks show.
    """

    name: str
    summary: str
    guarantees: tuple[str, ...]
    topology: Topology
    load: Load = field(default_factory=Load)
    plan: Callable[[Setting], Plan] | None
    duration_s: Mapping[Profile, float]
    settle_reminders_s: float = 0.0
    whole_plan: bool = False
    drawing: Drawing | None = None
    timed: bool = True
    actors: Mapping[Profile, int] | None = None
    machines: bool = False
    subjects: tuple[type[Subject], ...] = ()
    source: str = ""
    configure: Callable[[int], Topology] | None = None
    profiles: tuple[Profile, ...] = ()
    runtimes: tuple[str, ...] = (DEFAULT, SIMULATED)
    owes: Mapping[Profile, Mapping[str, tuple[UnderWay, ...]]] = field(default_factory=dict)

    def length_s(self, profile: Profile) -> float:
        """How long it takes from a cluster that is up: of the load, and of what is due once it has ended."""
        return self.duration_s[profile] + self.settle_reminders_s

    def actors_for(self, options: Options) -> int:
        """How many actors it fills the cluster with. UsageError when it can't be told that."""
        if self.actors is None:
            if options.actors is not None:
                raise UsageError(f"scenario {self.name} fills the cluster with no actors: leave --actors out")
            return 0
        return options.actors or self.actors[options.profile]

    def owed(self, profile: Profile) -> dict[str, tuple[UnderWay, ...]]:
        """What it owes in a profile, by kind of fault."""
        profiles: tuple[Profile, ...] = get_args(Profile)
        found: dict[str, tuple[UnderWay, ...]] = {}
        for each in profiles[: profiles.index(profile) + 1]:
            for fault, under_way in self.owes.get(each, {}).items():
                found[fault] = tuple(dict.fromkeys((*found.get(fault, ()), *under_way)))
        return found


def scenario_of(written: WrittenScenario, *, source: str = "") -> Scenario:
    """The scenario that is written there. Every step is done, however long it takes; only a draw ends in time."""
    verbs = (
        *(step.verb for step in written.steps if isinstance(step, Inject)),
        *(fault.verb for fault in written.faults),
        *(written.draw.verbs if written.draw else ()),
    )
    return Scenario(
        name=written.name,
        summary=written.summary or written.name,
        guarantees=written.guarantees,
        topology=written.topology,
        load=written.load,
        plan=None if written.draw else lambda setting: written.plan(setting.duration_s),
        drawing=written.draw,
        duration_s=dict.fromkeys(get_args(Profile), written.duration_s),
        settle_reminders_s=written.settle_reminders_s,
        whole_plan=written.draw is None,
        timed=written.draw is not None,
        machines=any(kind(verb).strikes is Strikes.MACHINES for verb in verbs),
        source=source,
    )
