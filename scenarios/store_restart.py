"""The store is killed with saves under way and comes back with what it had acknowledged."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Kill the store at once and bring it back; kill it and let callers meet its absence."""
    planner = Planner(setting)

    def cycle() -> None:
        for verb, for_s in (("kill", 1.5), ("restart", 0.5)):
            planner.bursts("Ledger", "append", actors=12, callers=8)
            planner.wait(0.4)
            planner.fault(verb, "store", for_s=for_s)
            planner.wait(4)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="store-restart",
    summary="the store is killed and restarted with saves under way",
    profiles=("quick", "standard"),
    guarantees=("turns", "activation", "durability", "transactions", "recovery", "linearizability"),
    # Actors are idle for longer before the last reads: another instance has to read what was saved.
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk-repaired", idle_timeout_s=2.0),
    plan=plan,
    owes={
        "quick": {"kill store": ("turn open", "save open", "call queued")},
        "standard": {"restart store": ("turn open", "save open", "call queued")},
    },
    duration_s={"quick": 12, "standard": 120, "soak": 1200},
)
