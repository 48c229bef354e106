"""Calls that only read come beside slow ones that change their actor, and beside those of others: nothing disturbs."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

SLOW_S = 5.0  # longer than a busy machine takes to begin a turn
READS = 4


def plan(setting: Setting) -> Plan:
    """One slow turn at a time; beside it, one after the other, readers of its actor and of another one."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        planner.bursts("Counter", "add", actors=2, first=first, args={"by": 1})  # so that both are there
        planner.hold(4.0)
        planner.bursts("Counter", "add", actors=1, first=first, hold_s=SLOW_S, args={"by": 1})
        planner.hold(1.0)
        for _ in range(READS):
            planner.bursts("Counter", "get", actors=2, first=first)
            planner.hold(1.0)
        planner.hold(2.0)
        first += 2

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="reads-beside-writes",
    summary="calls that only read come beside slow ones that change their actor",
    profiles=("quick", "standard", "soak"),
    runtimes=("ray-workflow",),
    guarantees=("turns", "linearizability", "durability", "executions", "parallelism", "readers"),
    topology=Topology(hosts=1, spare_hosts=0),
    # Little else, since a node has room for few calls at once.
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.3, slow_every=1000, probe_every_s=1.0),
    plan=plan,
    timed=False,
    duration_s={"quick": 16, "standard": 120, "soak": 1200},
)
