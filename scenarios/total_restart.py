"""Everything stops at once and comes back: state and reminders have to be there."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Kill every host, placement, the schedulers and the store; bring back the store first, hosts last.

    Before the last host is back, hosts and store are killed twice more.
    """
    planner = Planner(setting)
    batch = 0

    def appends() -> None:
        # Acknowledged one after the other, for longer than hosts take to die, until everything stops in the middle: not
        # so soon that a busy machine has not answered the first ones by then, and no more at once than it can send.
        for after_s in (0.0, 0.3, 0.6, 0.9, 1.2):
            planner.bursts("Ledger", "append", actors=30, callers=8, hold_s=0.01, after_s=after_s)
        planner.hold(0.6)

    def cycle() -> None:
        nonlocal batch
        for number in range(30):
            planner.remind(f"Recorder/t{batch}-{number}", due_s=3.0, period_s=2.0, repetitions=4)
        batch += 1
        planner.wait(3)
        appends()
        planner.stop_everything(for_s=2.0, again=[appends, appends])
        planner.wait(10)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="total-restart",
    summary="everything is killed at once and comes back",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "durability", "transactions", "reminders", "recovery", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0),
    plan=plan,
    owes={
        "standard": {
            "kill host": ("turn open", "tick due"),
            "kill store": ("tick due",),
            "kill scheduler:all": ("tick due",),
        }
    },
    duration_s={"quick": 14, "standard": 120, "soak": 1200},
    settle_reminders_s=48.0,
)
