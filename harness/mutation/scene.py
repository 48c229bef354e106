"""Scene: what a hunt performs: the steps of one example, under a light load that has turns open all the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.registry import kind
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.session.scenario import Scenario
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Inject, Plan, Wait

# Above every budget of the reminders guarantee, so that a tick that is missed is seen to be.
SETTLE_S = 50.0
# Placement and schedulers have one replica, then three, in turn.
REPLICAS: tuple[Literal[1, 3], ...] = (1, 3)
TOPOLOGIES = tuple(
    Topology(
        hosts=3,
        spare_hosts=1,
        placements=replicas,
        schedulers=replicas,
        idle_timeout_s=4.5,
        drain_timeout_s=1.0,
        reentrancy=True,
        max_stack_depth=3,
        reentrancy_exceptions=("Lone",),
    )
    for replicas in REPLICAS
)
# Whatever happens, turns are open: of actors whose state is judged, and of sleepers. Few of them end at a time.
LOAD = Load(
    clients=10,
    actors=8,
    pause_s=0.1,
    hold_s=1.5,
    slow_every=2,
    fickle=0,
    probes=1,
    probe_every_s=1.0,
    mix={"counter": 1, "ledger": 3},
    sleepers=10,
    sleeper_actors=16,
    sleep_s=2.0,
    sleepers_save=True,
)
AFTER_JOIN_S = 16.0


def scene(steps: Sequence[AnyStep], *, topology: Topology = TOPOLOGIES[0]) -> Scenario:
    """The scenario that a hunt performs: these steps, under a light load.

    Hosts must not leave within 15 s of a join, or the drain of that join can't be judged.
    """
    if any(isinstance(step, Inject) and kind(step.verb).has(traits.JOINS) for step in steps):
        steps = [*steps, Wait(for_s=AFTER_JOIN_S)]
    return Scenario(
        name="hunt",
        summary="the steps of one example",
        guarantees=tuple(catalogue().ids),  # in its order: what a find is named by stands before what follows from it
        topology=topology,
        load=LOAD,
        plan=lambda _: Plan(steps=tuple(steps)),
        duration_s={"quick": 600, "standard": 600, "soak": 600},
        settle_reminders_s=SETTLE_S,
    )
