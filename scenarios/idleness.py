"""Actors go idle and come back; turns outlast the idle time-out while callers wait behind them; others fail.

Nothing is faulted.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

IDLE_S = 2.0
FAILING_S = 1.2


def plan(setting: Setting) -> Plan:
    """Turns that fail, short ones, some of nearly the time-out and longer ones on own actors; then idleness."""
    planner = Planner(setting)

    def cycle() -> None:
        failed_turns(planner)
        planner.bursts("Ledger", "append", actors=12)
        planner.bursts("Sleeper", "hold_save", actors=8, hold_s=IDLE_S - 0.8)
        planner.bursts("Sleeper", "hold_save", actors=6, callers=2, hold_s=2.5 * IDLE_S, first=100)
        planner.hold(2.5 * IDLE_S - FAILING_S)

    return planner.repeat(cycle)


def failed_turns(planner: Planner) -> None:
    """Counters that are added to, fail and tell; some tell at once, some are added to first."""
    for method, first, actors in (("add", 200, 12), ("fail", 200, 12), ("get", 200, 6), ("add", 206, 6)):
        planner.bursts("Counter", method, actors=actors, first=first)
        planner.hold(FAILING_S / 4)


SCENARIO = Scenario(
    name="idleness",
    summary="actors go idle and come back, and turns outlast the idle time-out",
    guarantees=("turns", "activation", "parallelism", "durability", "lifecycle", "failed-turn", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=IDLE_S),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("quick", "standard", "soak"),
    duration_s={"quick": 10, "standard": 60, "soak": 600},
)
