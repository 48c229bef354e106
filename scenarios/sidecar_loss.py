"""A sidecar dies while its application lives on: actors come back to instances that missed what happened meanwhile."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 24


def plan(setting: Setting) -> Plan:
    """Save, kill a sidecar, save again elsewhere once its actors have moved, and bring the sidecar back."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        planner.bursts("Ledger", "append", actors=ACTORS, first=first)
        planner.wait(1.5)
        sidecar = planner.inject("kill", f"{planner.host()}/sidecar")
        # Placement notices at once that the sidecar is gone; its actors move within a few seconds.
        planner.hold(5.0)
        planner.bursts("Ledger", "append", actors=ACTORS, first=first)
        planner.hold(2.0)
        planner.heal(sidecar)
        planner.wait(6)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="sidecar-loss",
    summary="sidecars die while their applications, and the actors' memory, live on",
    profiles=("standard",),
    guarantees=("turns", "activation", "durability", "recovery", "failover", "bystanders", "linearizability"),
    topology=Topology(hosts=3, spare_hosts=0),
    plan=plan,
    owes={"standard": {"kill host/sidecar": ("turn open", "actor idle")}},
    duration_s={"quick": 28, "standard": 130, "soak": 1200},
)
