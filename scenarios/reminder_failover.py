"""Reminders come due while their host, the scheduler, the actor itself or everything is away."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# What the faults of one cycle may take on top of its pauses (a host's heal alone up to ten), before the quick run's
# time is up and the stop of everything is left out.
SPARE_S = 22
SAVERS = 24


def plan(setting: Setting) -> Plan:
    """Reminders fall due while a host is down, then the schedulers, then everything, twice; some are unregistered."""
    planner = Planner(setting)
    batch = 0

    def saved(for_s: float) -> None:
        # Acknowledged one after the other, for longer than hosts take to die, until everything stops in the middle.
        planner.bursts("Ledger", "append", actors=SAVERS, callers=10, hold_s=0.12)
        planner.hold(for_s)

    def saved_again() -> None:
        # The first calls are answered 3 to 8 s after hosts are back (measured): whoever waits saves at once then.
        planner.hold(2.0)
        for _ in range(3):
            saved(1.4)

    def cycle() -> None:
        nonlocal batch
        # Each has an end, so that one dropped tick shows.
        for number in range(24):
            planner.remind(f"Recorder/p{batch}-{number}", due_s=1.0 + number % 3, period_s=3.0, repetitions=8)
        # Called once and due after they have been idle for longer than their idle time-out: they have to be woken.
        planner.bursts("Recorder", "ping", actors=18, first=18 * batch)
        for number in range(18):
            planner.remind(f"Recorder/b{18 * batch + number}", due_s=6.0 + number % 4)
        # Unregistered after some ticks, and before the first one: whatever is due later is forbidden.
        forgotten = [f"Recorder/f{batch}-{number}" for number in range(8)]
        names = [
            planner.remind(actor, due_s=1.0 if number % 2 else 10.0, period_s=1.5)
            for number, actor in enumerate(forgotten)
        ]
        planner.hold(3.0)
        for actor, name in zip(forgotten, names, strict=True):
            planner.forget(actor, name)
        planner.hold(1.0)
        planner.fault("kill", planner.host(), for_s=3.0)
        # Due once, when everything has stopped: later than planned where hosts and schedulers take their time to heal.
        for number in range(24):
            planner.remind(f"Recorder/c{batch}-{number}", due_s=10.0 + number / 3)
        planner.wait(3)
        planner.fault("kill", "scheduler:all", for_s=3.0)
        planner.wait(4)
        saved(0.5)
        planner.stop_everything(for_s=2.0, again=[saved_again])
        # Faults take time of their own: whatever is left of the duration is let pass second by second.
        for _ in range(SPARE_S):
            planner.hold(1.0)
        batch += 1

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="reminder-failover",
    summary="reminders fall due while their host, the scheduler or everything is down",
    profiles=("quick", "standard", "soak"),
    guarantees=("turns", "activation", "durability", "reminders", "recovery", "linearizability"),
    topology=Topology(hosts=3, spare_hosts=0, idle_timeout_s=3.0),
    load=Load(mix=STANDARD_MIX, clients=4),
    plan=plan,
    owes={"quick": {"kill host": ("tick due",), "kill scheduler:all": ("tick due",), "kill store": ("tick due",)}},
    duration_s={"quick": 46, "standard": 160, "soak": 1200},
    settle_reminders_s=48.0,
)
