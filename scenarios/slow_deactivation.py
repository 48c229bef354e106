"""Applications take their time over the DELETE of an idle actor, while that actor and others of its type are called.

Nothing is faulted. Actors whose DELETE is slow are called again before it is answered; the others have callers all the
time, and none of them should notice. Dapr 1.18.2 sends the DELETEs of a host one after the other, and the others do.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

IDLE_S = 2.0
DELETE_S = 4.0
SLOW, OTHERS = 8, 8
BEHAVIOURS = (Behaviour(actors="Sleeper/slow-", request="deactivate", delay_s=DELETE_S),)


def plan(setting: Setting) -> Plan:
    """Actors with slow DELETEs go idle, all at once, and are called in the middle of them."""
    planner = Planner(setting)
    cycles = 0

    def others(for_s: float) -> None:
        for _ in range(round(for_s / 0.5)):
            planner.bursts("Sleeper", "hold_save", actors=OTHERS)
            planner.hold(0.5)

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        slow = [f"Sleeper/slow-{cycles}-{number}" for number in range(SLOW)]
        for actor in slow:
            planner.calls(actor, "hold_save", callers=1)
        others(IDLE_S + 1.5)
        for actor in slow[: SLOW // 2]:
            planner.calls(actor, "hold_save", callers=2)
        others(DELETE_S + IDLE_S)
        for actor in slow:
            planner.calls(actor, "hold_save", callers=1)
        planner.hold(0.5)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="slow-deactivation",
    summary="applications are slow to let go of idle actors, which are called meanwhile, as others of their type are",
    guarantees=("turns", "activation", "durability", "lifecycle", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=IDLE_S, behaviours=BEHAVIOURS),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("soak",),
    duration_s={"quick": 12, "standard": 24, "soak": 300},
)
