"""Two hosts call the same actors, as two programs of a user would: nothing else is done to them."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ROUNDS = 3


def plan(setting: Setting) -> Plan:
    """Calls on the same few actors through both hosts, in rounds that leave a node room again."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        for _ in range(ROUNDS):
            planner.bursts("Ledger", "append", actors=2, callers=4, hold_s=0.1, first=first)
            planner.bursts("Counter", "add", actors=2, callers=2, args={"by": 1}, first=first)
            planner.hold(6.0)
        first += 2

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="two-caller-processes",
    summary="two hosts call the same actors at the same time",
    profiles=("quick", "standard", "soak"),
    runtimes=("ray-workflow", "ray"),
    guarantees=("turns", "linearizability", "durability", "executions", "parallelism"),
    topology=Topology(hosts=2, spare_hosts=0),
    load=Load(clients=4, actors=2, fickle=0, probes=2, pause_s=0.1, slow_every=6, probe_every_s=0.5),
    plan=plan,
    timed=False,
    duration_s={"quick": 40, "standard": 120, "soak": 1200},
)
