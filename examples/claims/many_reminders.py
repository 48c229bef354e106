"""Four hundred reminders of one type, over parts of the store. With Dapr 1.12.0, which keeps them there:

``actorproof run ./examples/claims/many_reminders.py --dapr 1.12.0 --schedulers 0 --reminder-partitions 31``
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

REMINDERS = 400


def plan(setting: Setting) -> Plan:
    """Register all, ten a quarter of a second, and let each come twice."""
    planner = Planner(setting)
    for number in range(REMINDERS):
        planner.remind(f"Recorder/{number}", due_s=20.0, period_s=5.0, repetitions=2)
        if number % 10 == 0:
            planner.hold(0.25)
    planner.hold(30.0)
    return planner.plan()


SCENARIO = Scenario(
    name="many-reminders",
    summary="four hundred reminders of one type are registered, and fire twice",
    guarantees=("turns", "reminders"),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=60.0),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=1),
    plan=plan,
    timed=False,
    duration_s={"quick": 1, "standard": 1, "soak": 1},
    settle_reminders_s=48.0,
)
