"""The store can't be reached: its links are cut, stalled and swallowed, and it stands still."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Every way in which a host may lose its store, and a pause of the store itself."""
    planner = Planner(setting)

    def cycle() -> None:
        for verb in ("cut", "reset", "stall", "swallow"):
            planner.bursts("Ledger", "append", actors=8, callers=3, hold_s=0.1)
            planner.fault(verb, f"{planner.host()}>store", for_s=3.0)
            planner.wait(3)
        planner.bursts("Ledger", "append", actors=8, callers=3, hold_s=0.1)
        planner.fault("pause", "store", for_s=4.0)
        planner.wait(3)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="store-outage",
    summary="hosts lose the store, and the store stands still",
    profiles=("standard",),
    guarantees=("turns", "activation", "durability", "transactions", "recovery", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0),
    plan=plan,
    owes={
        "standard": {
            "cut host>store": ("turn open", "call queued"),
            "reset host>store": ("turn open", "call queued"),
            "stall host>store": ("turn open", "call queued"),
            "swallow host>store": ("turn open", "call queued"),
            "pause store": ("turn open", "save open", "call queued"),
        }
    },
    duration_s={"quick": 40, "standard": 150, "soak": 1200},
)
