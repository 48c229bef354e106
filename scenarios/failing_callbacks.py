"""Applications fail reminders and timers, or a call at its save, and the runtime has to keep its promises to them.

Dapr's scheduler gives a tick without a failure policy three more tries, and each try is up to six deliveries, a second
apart (measured on 1.18.2: 14 and more, while documentation speaks of three retries). So an application that fails for
24 deliveries is never reminded.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTORS = 6
TRIES = 4
DELIVERIES = 6 * TRIES

BEHAVIOURS = (
    Behaviour(actors="Recorder/recovers-", request="reminder", manner="fail", times=TRIES - 1),
    Behaviour(actors="Recorder/fails-", request="reminder", manner="fail", times=DELIVERIES),
    Behaviour(actors="Recorder/cancels-", request="reminder", manner="cancel"),
    Behaviour(actors="Ticker/fails-", request="timer", manner="fail", times=2),
    Behaviour(actors="Counter/stages-", request="call", name="add", manner="fail-save", times=2),
)


def plan(setting: Setting) -> Plan:
    """Reminders that fire once and such that repeat, timers and calls, each kind on actors of its own."""
    planner = Planner(setting)
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        for number in range(ACTORS):
            mine = f"{cycles}-{number}"
            planner.remind(f"Recorder/recovers-once{mine}", due_s=1.0)
            planner.remind(f"Recorder/recovers-again{mine}", due_s=1.0, period_s=6.0, repetitions=2)
            planner.remind(f"Recorder/fails-{mine}", due_s=1.0)
            planner.remind(f"Recorder/cancels-{mine}", due_s=1.0, period_s=2.0, repetitions=3)
            planner.start_timer(f"Ticker/fails-{mine}", due_s=0.5, period_s=1.0, repetitions=5)
        for _ in range(4):
            for number in range(ACTORS):
                planner.calls(f"Counter/stages-{cycles}-{number}", "add", callers=1)
            planner.hold(0.5)
            for number in range(ACTORS):
                planner.calls(f"Counter/stages-{cycles}-{number}", "get", callers=2)
            planner.hold(0.5)
        planner.hold(6.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="failing-callbacks",
    summary="applications fail reminders, timers and saves",
    guarantees=("turns", "activation", "reminders", "timers", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, behaviours=BEHAVIOURS),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    duration_s={"quick": 10, "standard": 40, "soak": 300},
    settle_reminders_s=48.0,
)
