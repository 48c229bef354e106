"""Only the application of a host dies and comes back to its living sidecar, while its actors' timers are to fire.

Their actors are not active any more: what they had in memory is gone, the timers that they registered included.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 12


def plan(setting: Setting) -> Plan:
    """Timers are registered, the application dies for a moment, and what fires afterwards is watched."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        for number in range(ACTORS):
            planner.start_timer(f"Ticker/b{first + number}", due_s=1.0, period_s=1.0, repetitions=14)
        planner.hold(2.5)
        planner.fault("kill", "host-1/app", for_s=2.0)
        planner.hold(8.0)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="timers-application-lost",
    summary="an application dies under its living sidecar, and its actors' timers are due",
    guarantees=("turns", "activation", "timers"),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    owes={"standard": {"kill host/app": ("tick due",)}},
    duration_s={"quick": 12, "standard": 60, "soak": 600},
)
