"""The store is killed with saves under way and comes back with what it had acknowledged."""

from __future__ import annotations

from actorproof.harness.faults.fault import Verb
from actorproof.harness.scenario import Scenario, Setting
from actorproof.harness.topology import Topology
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Kill the store at once and bring it back; kill it and let callers meet its absence."""
    planner = Planner(setting)

    def cycle() -> None:
        planner.bursts("Ledger", "append", actors=10, callers=3)
        planner.wait(0.2)
        planner.fault(Verb.RESTART, "store", for_s=0.5)
        planner.wait(4)
        planner.bursts("Ledger", "append", actors=10, callers=3)
        planner.fault(Verb.KILL, "store", for_s=2.0)
        planner.wait(5)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="store-restart",
    summary="the store is killed and restarted with saves under way",
    guarantees=("turns", "activation", "durability", "recovery"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk"),
    plan=plan,
    duration_s={"quick": 12, "standard": 120, "soak": 1200},
)
