"""Reminders whose turns save state, beside calls that do, in actors of the Python SDK that may be called back.

A reminder's turn has no reentrancy id of its caller's, and the SDK keeps what each chain of calls changes apart: what
a reminder saves has to be there for the next call, and the other way round. Nothing is faulted.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 8
IDLE_S = 3.0


def plan(setting: Setting) -> Plan:
    """Ledgers that calls and reminders append to in turn, at once, and after the actor was away."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        ledgers = [f"Ledger/m{first + number}" for number in range(ACTORS)]
        for ledger in ledgers:
            planner.calls(ledger, "append", callers=2)
            planner.remind(ledger, due_s=0.5, period_s=1.0, repetitions=3)
            planner.remind(ledger, due_s=IDLE_S + 3.5)
        for _ in range(4):
            planner.hold(0.5)
            for ledger in ledgers:
                planner.calls(ledger, "append", callers=2)
                planner.calls(ledger, "read", callers=1)
        planner.hold(IDLE_S + 3.0)
        for ledger in ledgers:
            planner.calls(ledger, "read", callers=2)
        planner.hold(0.5)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="saving-reminders",
    summary="reminders and calls append to the same actors of the Python SDK, with reentrancy on",
    guarantees=("turns", "activation", "durability", "reminders", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, subject="sdk", reentrancy=True, idle_timeout_s=IDLE_S),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    duration_s={"quick": 9, "standard": 18, "soak": 300},
    settle_reminders_s=48.0,
)
