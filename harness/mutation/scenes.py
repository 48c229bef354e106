"""Scenes: what only a simulated runtime is asked to be, for bugs that nothing else shows.

Dapr promises nothing of readers, and an application of a user's own comes with a user: here the simulated runtime runs
readers beside writers, and our own actors stand for an application that was witnessed. The others are plans that are
drawn too seldom, in 500 examples not once, or that what else a scenario does would hide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from actorproof.harness.application.application import Application, Method
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.traits import READERS_BESIDE_WRITERS
from actorproof.harness.mutation.scene import TOPOLOGIES, scene
from actorproof.harness.session.scenario import Profile, Scenario
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Burst, Heal, Inject, Plan, Settle, Wait
from actorproof.scenarios.registry import scenario

SLOW_S = 5.0
COUNTER = "Counter/b0"
BESIDE = Plan(
    steps=(
        Burst(actor=COUNTER, method="get", callers=2),
        Wait(for_s=1.0),
        Burst(actor=COUNTER, method="add", callers=1, hold_s=SLOW_S),
        Wait(for_s=1.0),
        Burst(actor=COUNTER, method="get", callers=6),
        Wait(for_s=SLOW_S),
    )
)
READERS = Scenario(
    name="simulated-readers",
    summary="readers come beside a slow turn that changes their actor",
    guarantees=("turns", "linearizability", "readers"),
    topology=Topology(hosts=1, spare_hosts=0, features=(READERS_BESIDE_WRITERS,)),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.3, slow_every=1000, probe_every_s=1.0),
    plan=lambda _: BESIDE,
    timed=False,
    duration_s=dict.fromkeys(get_args(Profile), 10),
)
METHODS = (
    Method(type="Counter", name="get", weight=3, reads=True),
    Method(type="Counter", name="fail", fails=True),
)
APPLICATION = Scenario(
    name="simulated-application",
    summary="actors of an application are called, fail, and are put away when idle",
    guarantees=("turns", "activation", "lifecycle", "application"),
    topology=Topology(
        hosts=1,
        spare_hosts=0,
        idle_timeout_s=2.0,
        application=Application(command=("simulated",), cwd=".", types=("Counter",), health=200, methods=METHODS),
    ),
    load=Load(clients=2, actors=3, fickle=0, probes=1, pause_s=0.2, probe_every_s=1.0),
    plan=lambda _: Plan(steps=(Wait(for_s=15.0),)),
    timed=False,
    duration_s=dict.fromkeys(get_args(Profile), 15),
)


def _staged(name: str, summary: str, *steps: AnyStep, topology: Topology = TOPOLOGIES[0]) -> Scenario:
    """These steps under the load of a hunt, by a name."""
    return replace(scene(steps, topology=topology), name=name, summary=summary)


HELD_SAVE = _staged(
    "simulated-held-save",
    "a sidecar stands still with a save while its actor moves",
    Inject(id="f1", verb="kill", target="host-1/sidecar"),
    Wait(for_s=1.0),
    Inject(id="f2", verb="pause", target="host-2/sidecar"),
    Wait(for_s=1.0),
    Heal(id="f1"),
    Wait(for_s=SLOW_S),
    Heal(id="f2"),
    Settle(),
)
BROKEN_CONNECTION = _staged(
    "simulated-broken-connection",
    "the link to an application breaks, and hosts come and go",
    Wait(for_s=1.0),
    Inject(id="f1", verb="cut", target="host-3>app"),
    Heal(id="f1"),
    Inject(id="f2", verb="add", target="host-4"),
    Heal(id="f2"),
    Inject(id="f3", verb="remove", target="host-1"),
    Heal(id="f3"),
    Settle(),
)
PLACEMENT_AWAY = _staged(
    "simulated-placement-away",
    "all of placement is away once, and nothing else happens",
    Inject(id="f1", verb="kill", target="placement:all"),
    Wait(for_s=4.0),
    Heal(id="f1"),
    Settle(),
    topology=TOPOLOGIES[1],
)
SCENES: Mapping[str, Scenario] = {
    each.name: each for each in (READERS, APPLICATION, HELD_SAVE, BROKEN_CONNECTION, PLACEMENT_AWAY)
}


def performed(name: str) -> Scenario:
    """The scene of that name, or else the scenario that we ship. UsageError when there is none."""
    return SCENES[name] if name in SCENES else scenario(name)
