"""The application of the only host is away while its sidecar lives on, and reminders fall due.

With one host the sidecar is the only one that the scheduler can hand ticks to; with several, another one takes them and
tries for longer (measured on 1.18.2: nothing is lost then).
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

AWAY_S = 8.0
ACTORS = 12


def plan(setting: Setting) -> Plan:
    """Actors that are known to their host have reminders that fire once, and such that fire again and again."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        planner.bursts("Recorder", "ping", actors=ACTORS, first=first)
        planner.hold(1.0)
        for number in range(ACTORS):
            again = number % 3 == 0
            planner.remind(
                f"Recorder/b{first + number}",
                due_s=1.0 + number % 3,
                period_s=2.0 if again else None,
                repetitions=6 if again else None,
            )
        planner.hold(0.5)
        planner.fault("kill", "host-1/app", for_s=AWAY_S)
        planner.hold(1.0)
        first += ACTORS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="application-away",
    summary="reminders fall due while only the application of the only host is away",
    guarantees=("turns", "activation", "durability", "reminders", "recovery"),
    topology=Topology(hosts=1, spare_hosts=0),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    profiles=("quick", "standard", "soak"),
    owes={"quick": {"kill host/app": ("actor idle", "tick due")}},
    duration_s={"quick": 11, "standard": 60, "soak": 600},
    settle_reminders_s=48.0,
)
