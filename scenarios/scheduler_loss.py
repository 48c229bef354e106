"""Three schedulers lose one of them for longer than a reminder may wait, and then all; ticks are due all the time."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

REMINDERS = 40
PERIOD_S = 5.0
BEFORE_S = 6.0
# Longer than the budget of a tick (catalogue), so that one which waits for the return is late.
AWAY_S = 62.0
ALL_AWAY_S = 5.0
# Whatever was faulted disturbs for as long as a tick may wait.
APART_S = 47.0
AFTER_S = 54.0
TICKS = round((BEFORE_S + AWAY_S + APART_S + ALL_AWAY_S + AFTER_S) / PERIOD_S)


def plan(setting: Setting) -> Plan:
    """Register reminders, lose one scheduler, and all of them some time after its return."""
    planner = Planner(setting)

    def cycle() -> None:
        batch = planner.fresh("batch")
        for number in range(REMINDERS):
            planner.remind(f"Recorder/{batch}-{number}", due_s=1.0 + number % 5, period_s=PERIOD_S, repetitions=TICKS)
        planner.hold(BEFORE_S)
        planner.fault("kill", "scheduler-0", for_s=AWAY_S)
        planner.hold(APART_S)
        planner.fault("kill", "scheduler:all", for_s=ALL_AWAY_S)
        planner.hold(AFTER_S)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="scheduler-loss",
    summary="of three schedulers one is killed, and later all, while reminders are due",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "reminders", "recovery", "availability", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, schedulers=3),
    load=Load(clients=2, actors=4, fickle=0, probes=4, mix={"counter": 1, "register": 1}),
    plan=plan,
    owes={"standard": {"kill scheduler": ("tick due",), "kill scheduler:all": ("tick due",)}},
    timed=False,
    duration_s={"quick": 10, "standard": 10, "soak": 900},
)
