"""One host alone, and workers of it, are killed with calls and failing turns under way: no other host breaks it."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

CREATED_S = 10.0  # until the load has met all of its actors
BACK_S = 10.0  # until a host that was started again is known everywhere


def plan(setting: Setting) -> Plan:
    """What stands before the host, what runs its turns, and both, in turn."""
    planner = Planner(setting)

    def cycle() -> None:
        planner.hold(CREATED_S)
        # The worker of such a turn kills itself in it, once for each call.
        planner.bursts("Ledger", "append", actors=2)
        planner.hold(3.0)
        planner.bursts("Ledger", "append", actors=2, args={"die": True})
        planner.hold(4.0)
        for part in ("/sidecar", "/app", ""):
            planner.bursts("Ledger", "append", actors=2, callers=2, hold_s=0.3)
            planner.bursts("Sleeper", "hold", actors=2, hold_s=1.5)
            planner.wait(0.5)
            planner.fault("kill", f"host-1{part}", for_s=1.5)
            planner.wait(BACK_S)
        for method in ("add", "fail", "get"):
            planner.bursts("Counter", method, actors=2)
            planner.hold(3.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="one-caller-process",
    summary="one host alone is killed, in parts and as a whole",
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
