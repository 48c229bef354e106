"""Everything stops at once and comes back: state and reminders have to be there."""

from __future__ import annotations

from actorproof.harness.faults.fault import Verb
from actorproof.harness.scenario import Scenario, Setting
from actorproof.harness.topology import Topology
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Kill every host, placement, the schedulers and the store; bring back the store first, hosts last."""
    planner = Planner(setting)
    batch = 0

    def cycle() -> None:
        nonlocal batch
        for number in range(10):
            planner.remind(f"Recorder/t{batch}-{number}", due_s=5.0, period_s=4.0)
        batch += 1
        planner.bursts("Ledger", "append", actors=10, callers=3)
        planner.wait(3)
        targets = ["store", "scheduler:all", "placement:all"]
        targets += [f"host-{number + 1}" for number in range(setting.topology.hosts)]
        down = [planner.inject(Verb.KILL, target) for target in reversed(targets)]
        planner.hold(2.0)
        for id_ in reversed(down):
            planner.heal(id_)
        planner.wait(10)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="total-restart",
    summary="everything is killed at once and comes back",
    guarantees=("turns", "activation", "durability", "reminders", "recovery"),
    topology=Topology(hosts=2, spare_hosts=0),
    plan=plan,
    duration_s={"quick": 14, "standard": 120, "soak": 1200},
    settle_reminders_s=8.0,
)
