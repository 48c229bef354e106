"""Hosts, applications and sidecars are killed with calls, saves and failing turns under way, and come back."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Kill a whole host, an application, a sidecar, in turn."""
    planner = Planner(setting)

    def cycle() -> None:
        for part in ("", "/app", "/sidecar"):
            if planner.planned_s:
                # Before the next one, so that the last one of a short run is not waited for in vain.
                planner.wait(4)
            planner.bursts("Ledger", "append", actors=8, callers=3, hold_s=0.3)
            for method in ("add", "fail", "add"):
                planner.bursts("Counter", method, actors=8)
            planner.wait(0.3)
            planner.fault("kill", planner.host() + part, for_s=1.5)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="kill-and-recover",
    summary="hosts, applications and sidecars are killed and come back",
    profiles=("quick", "standard"),
    guarantees=(
        "turns",
        "activation",
        "durability",
        "recovery",
        "failover",
        "bystanders",
        "failed-turn",
        "transactions",
        "linearizability",
    ),
    topology=Topology(hosts=3, spare_hosts=0),
    plan=plan,
    owes={
        "quick": {
            "kill host": ("turn open", "call queued"),
            "kill host/app": ("turn open", "call queued"),
            "kill host/sidecar": ("turn open", "call queued"),
        }
    },
    duration_s={"quick": 24, "standard": 130, "soak": 1200},
)
