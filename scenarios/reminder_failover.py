"""Reminders come due while their host, the scheduler or the actor itself is away."""

from __future__ import annotations

from actorproof.harness.faults.fault import Verb
from actorproof.harness.scenario import Scenario, Setting
from actorproof.harness.topology import Topology
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Periodic and one-shot reminders on many actors; a host and the scheduler are killed while they fall due."""
    planner = Planner(setting)
    batch = 0

    def cycle() -> None:
        nonlocal batch
        for number in range(12):
            planner.remind(f"Recorder/p{batch}-{number}", due_s=1.0 + number % 3, period_s=3.0, repetitions=8)
        # Called once and due after they have been idle for longer than their idle time-out: they have to be woken.
        planner.bursts("Recorder", "ping", actors=12, first=12 * batch)
        for number in range(12):
            planner.remind(f"Recorder/b{12 * batch + number}", due_s=6.0 + number % 4)
        for number in range(6):
            planner.remind(f"Recorder/c{batch}-{number}", due_s=1.0, period_s=2.0, repetitions=4)
        batch += 1
        planner.hold(4.0)
        planner.fault(Verb.KILL, planner.host(), for_s=3.0)
        planner.wait(4)
        planner.fault(Verb.KILL, "scheduler:all", for_s=3.0)
        planner.wait(5)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="reminder-failover",
    summary="reminders fall due while their host or the scheduler is down",
    guarantees=("turns", "activation", "reminders", "recovery"),
    topology=Topology(hosts=3, spare_hosts=0, idle_timeout_s=3.0),
    load=Load(mix=STANDARD_MIX, clients=4),
    plan=plan,
    duration_s={"quick": 28, "standard": 120, "soak": 1200},
    settle_reminders_s=8.0,
)
