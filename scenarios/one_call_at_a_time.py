"""No actor is called before its last call was answered, and its host is left alone: what breaks here breaks always."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 3


def plan(setting: Setting) -> Plan:
    """Beside the load: counters that are added to, then fail, then are looked at."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        for method in ("add", "fail", "get", "add"):
            planner.bursts("Counter", method, actors=ACTORS, first=first, args={"by": 1})
            planner.hold(4.0)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="one-call-at-a-time",
    summary="actors are called one call after the other",
    profiles=("quick", "standard", "soak"),
    runtimes=("ray-workflow", "ray"),
    guarantees=("turns", "linearizability", "durability", "executions", "failed-turn"),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=1, actors=3, fickle=0, probes=2, pause_s=0.05, slow_every=10, probe_every_s=0.5),
    plan=plan,
    timed=False,
    duration_s={"quick": 16, "standard": 160, "soak": 1200},
)
