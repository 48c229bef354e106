"""What actors' state is kept on lets nothing be written, then is full, then is slow: with calls under way, one host."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 2
STEP_S = 4.0  # for a call of each of so many actors
BACK_S = 8.0  # until calls that failed are over


def plan(setting: Setting) -> Plan:
    """One after the other; ledgers that were written before each go on being written during it and after it."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        for verb, for_s in (("protect", 6.0), ("fill", 6.0), ("slow", 12.0)):
            planner.bursts("Ledger", "append", actors=ACTORS, first=first)
            planner.hold(STEP_S)
            planner.bursts("Ledger", "append", actors=ACTORS, hold_s=1.5, first=first)
            planner.wait(0.5)
            fault = planner.inject(verb, "store")
            planner.hold(for_s)
            planner.heal(fault)
            planner.wait(BACK_S)
            planner.bursts("Ledger", "append", actors=ACTORS, first=first)
            planner.hold(STEP_S)
            first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="storage-faults",
    summary="the disk with the actors' state is read-only, full and slow",
    profiles=("quick", "standard", "soak"),
    runtimes=("ray-workflow",),
    guarantees=("turns", "linearizability", "durability", "executions", "recovery"),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=1, actors=3, fickle=0, probes=2, pause_s=0.05, slow_every=10, probe_every_s=0.5),
    plan=plan,
    timed=False,
    duration_s={"quick": 30, "standard": 240, "soak": 1800},
)
