"""A configuration that Hypothesis draws from the seed, tried with what it is about: each run tries another one.

Idle time-out and drain are shorter and longer than turns, or drain is off; reentrancy is on or off, for some types the
other way round, to depth 1, 2, 32 and 33; there are 1 or 3 replicas of placement and of the scheduler, and hosts with
and without the SDK, which are told over HTTP, over HTTP/2 without TLS, or over a gRPC stream. Whatever was drawn stands
in the report, and is what the run is judged by.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.configuration import Choices, drawn
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

BASE = Topology(spare_hosts=1)
SHORT_S, MIDDLE_S, LONG_S = 0.8, 3.0, 5.0
HOLD_S = 0.05
PATIENCE_S, PATIENCE_OFF_S = 12.0, 1.2
CALM_S = 16.0  # whatever a join disturbs is over by then


def topology(seed: int) -> Topology:
    """What Hypothesis draws for a seed."""
    return drawn(seed, Choices(), base=BASE)


def plan(setting: Setting) -> Plan:
    """Chains first, then turns shorter and longer than idle time-outs and drains, over a join; then idleness."""
    planner = Planner(setting)
    chosen = setting.topology
    spare = chosen.host_names[-1]
    first = 0

    def cycle() -> None:
        nonlocal first
        if first:
            planner.hold(CALM_S)
        for kind in ("Chain", "Lone"):
            on = chosen.reentrancy != (kind in chosen.reentrancy_exceptions)
            depth = chosen.max_stack_depth
            for number, turns in enumerate((depth, depth + 1) if on else (1,)):
                route = [f"{kind}/{first}-{number}"] * turns
                patience_s = PATIENCE_S if on else PATIENCE_OFF_S
                planner.walk(*route, route[0], hold_s=HOLD_S if depth < 10 else 0.01, patience_s=patience_s)
        planner.bursts("Ledger", "append", actors=6, callers=2, first=first)
        for number in range(6):
            planner.remind(f"Recorder/{first}-{number}", due_s=2.0, period_s=4.0, repetitions=3)
        # Who owns an actor is judged by a table that had the time to reach everybody.
        planner.hold(chosen.dissemination_timeout_s)
        planner.bursts("Sleeper", "hold", actors=50, first=first)
        planner.hold(4.0)
        planner.bursts("Sleeper", "hold", actors=15, hold_s=SHORT_S, first=first)
        planner.bursts("Sleeper", "hold", actors=20, hold_s=MIDDLE_S, first=first + 15)
        planner.bursts("Sleeper", "hold", actors=15, hold_s=LONG_S, first=first + 35)
        joined = planner.inject("add", spare)
        planner.hold(8.0)
        planner.bursts("Sleeper", "hold", actors=50, first=first)
        planner.hold(1.0)
        planner.heal(joined)
        planner.hold(4.0)
        planner.bursts("Ledger", "last", actors=6, first=first)
        planner.hold(2.0)
        first += 50

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="configurations",
    summary="a configuration that Hypothesis draws from the seed, held to its own promises",
    guarantees=(
        "turns",
        "activation",
        "durability",
        "reminders",
        "reentrancy",
        "lifecycle",
        "drain",
        "linearizability",
    ),
    topology=BASE,
    configure=topology,
    load=Load(clients=1, actors=1, fickle=0, probes=2, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    timed=False,
    duration_s={"quick": 10, "standard": 10, "soak": 300},
    settle_reminders_s=48.0,
)
