"""One host alone, and the workers of it, are killed and stopped with calls under way: no other host breaks it."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

CREATED_S = 10.0  # until the load has met all of its actors
BACK_S = 10.0  # until a host that was started again is known everywhere


def plan(setting: Setting) -> Plan:
    """A worker, what stands before the host, what runs its turns, and both of these, in an order that is drawn."""
    planner = Planner(setting)
    faults = [
        ("kill-worker", "host-1", 1.0, 3.0),
        ("pause-worker", "host-1", 4.0, 3.0),
        *(("kill", f"host-1{part}", 1.5, BACK_S) for part in ("/driver", "/node", "")),
    ]

    def cycle() -> None:
        planner.hold(CREATED_S)
        for verb, target, for_s, back_s in setting.rng.sample(faults, len(faults)):
            planner.bursts("Ledger", "append", actors=2, callers=2, hold_s=0.3)
            planner.bursts("Sleeper", "hold", actors=2, hold_s=1.5)
            planner.wait(0.5)
            planner.fault(verb, target, for_s=for_s)
            planner.wait(back_s)
        for method in ("add", "fail", "get"):
            planner.bursts("Counter", method, actors=2)
            planner.hold(3.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="one-caller-process",
    summary="one host alone, and a worker of it, is killed and stopped",
    profiles=("quick", "standard", "soak"),
    runtimes=("ray-workflow", "ray"),
    guarantees=(
        "turns",
        "linearizability",
        "durability",
        "executions",
        "failed-turn",
        "recovery",
        "parallelism",
    ),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=3, actors=2, fickle=0, probes=2, pause_s=0.1, slow_every=6, probe_every_s=0.5),
    plan=plan,
    timed=False,
    duration_s={"quick": 30, "standard": 240, "soak": 1800},
)
