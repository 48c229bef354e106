"""A host stands still for longer than anyone waits for it, and goes on as if nothing had happened."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# Placement gives up on a silent host after its dissemination time-out of 8 s: longer, so that its actors move.
PAUSE_S = 12.0


def plan(setting: Setting) -> Plan:
    """Pause a whole host, its sidecar, its application, in turn, each with turns open."""
    planner = Planner(setting)
    # The actors that are probed live somewhere by then, so that it shows who serves them when their host stands still.
    planner.wait(1.0)

    def cycle() -> None:
        for part in ("", "/sidecar", "/app"):
            planner.bursts("Sleeper", "hold_save", actors=20, callers=2, hold_s=1.5)
            planner.bursts("Ledger", "append", actors=8, callers=2, hold_s=0.5)
            planner.wait(0.3)
            planner.fault("pause", planner.host() + part, for_s=PAUSE_S)
            planner.wait(4)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="paused-host",
    summary="a host, its sidecar or its application stands still for 12 s and goes on",
    profiles=("quick", "standard"),
    guarantees=(
        "turns",
        "activation",
        "durability",
        "transactions",
        "recovery",
        "failover",
        "bystanders",
        "linearizability",
    ),
    topology=Topology(hosts=3, spare_hosts=0),
    # With 8 probes no actor of them lives on the host that is paused in one run of 25.
    load=Load(probes=16),
    plan=plan,
    owes={
        "quick": {"pause host": ("turn open", "call queued")},
        "standard": {
            "pause host/sidecar": ("turn open", "call queued"),
            "pause host/app": ("turn open", "call queued"),
        },
    },
    duration_s={"quick": 14, "standard": 204, "soak": 1800},
)
