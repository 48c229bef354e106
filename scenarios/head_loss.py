"""What all hosts ask who else is there stands still, and is killed, with calls under way."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

HEAD = "gcs"


def plan(setting: Setting) -> Plan:
    """A pause, then a kill."""
    planner = Planner(setting)

    def cycle() -> None:
        planner.hold(10.0)
        planner.bursts("Ledger", "append", actors=2, callers=2, hold_s=0.3)
        planner.fault("pause", HEAD, for_s=5.0)
        planner.wait(8)
        planner.bursts("Ledger", "append", actors=2, callers=2, hold_s=0.3)
        planner.fault("kill", HEAD, for_s=2.0)
        planner.wait(20)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="head-loss",
    summary="the head of the cluster stands still, and is killed",
    profiles=("standard", "soak"),
    runtimes=("ray-workflow", "ray"),
    guarantees=("turns", "linearizability", "durability", "executions", "recovery"),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=3, actors=2, fickle=0, probes=2, pause_s=0.1, slow_every=6, probe_every_s=0.5),
    plan=plan,
    timed=False,
    duration_s={"quick": 30, "standard": 120, "soak": 1200},
)
