"""Turns change their actor in memory and fail before they save: nothing of it may be seen afterwards."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 6


def plan(setting: Setting) -> Plan:
    """On counters of their own: adds, turns that fail, and both together with reads."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        for method in ("add", "fail", "get"):
            planner.bursts("Counter", method, actors=ACTORS, callers=2, first=first)
            planner.hold(0.5)
        for method in ("fail", "add", "get"):
            planner.bursts("Counter", method, actors=ACTORS, callers=2, first=first)
        planner.hold(1.0)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="failed-turns",
    summary="turns change their actor and fail before they save",
    guarantees=("turns", "failed-turn", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0),
    load=Load(mix=STANDARD_MIX, clients=3, fickle=0, probes=2),
    plan=plan,
    duration_s={"quick": 10, "standard": 60, "soak": 600},
)
