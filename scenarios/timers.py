"""Timers that go on, end, fail, take their time, are unregistered, and lose their actor to idleness and to a move."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

IDLE_S = 4.0
# Placement and hosts are disturbed by a join until so long after it was taken back: the next cycle comes later.
CALM_S = 16.0
# Timers end with their cycle, even those that a runtime does not forget: so they never pile up.
LONG_S = 16


def plan(setting: Setting) -> Plan:
    """All kinds of timers side by side, each kind on actors of its own; at the end a host joins."""
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]
    cycles = 0

    def cycle() -> None:
        nonlocal cycles
        cycles += 1
        if cycles > 1:
            planner.hold(CALM_S)

        def actors(kind: str, count: int) -> list[str]:
            return [f"Ticker/{kind}{cycles}-{number}" for number in range(count)]

        for actor in actors("counted", 8):
            planner.start_timer(actor, due_s=0.5, period_s=1.0, repetitions=3)
        for actor in actors("brief", 4):
            planner.start_timer(actor, due_s=0.5, period_s=0.5, ttl_s=1.5)
        for actor in actors("slow", 6):
            planner.start_timer(actor, due_s=0.5, period_s=0.5, ttl_s=LONG_S, hold_s=0.4)
        for actor in actors("failing", 6):
            planner.start_timer(actor, due_s=0.5, period_s=0.5, ttl_s=LONG_S, fail_every=2)
        # Idle for longer than their time-out when their timer is due.
        for actor in actors("idle", 12):
            planner.start_timer(actor, due_s=IDLE_S + 2.0)
        stopped = [(actor, planner.start_timer(actor, due_s=0.3, period_s=0.5)) for actor in actors("stopped", 6)]
        # Used by nobody but their timers, and some of them on the way to the host that joins.
        for actor in actors("moved", 24):
            planner.start_timer(actor, due_s=1.0, period_s=1.0, repetitions=LONG_S)
        planner.hold(1.5)
        # Callbacks have to wait for calls.
        for actor in actors("counted", 4):
            planner.calls(actor, "ping", callers=3, hold_s=0.2)
        for actor, name in stopped:
            planner.stop_timer(actor, name)
        planner.hold(7.5)
        planner.fault("add", spare, for_s=4.0)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="timers",
    summary="timers fire, end, fail and lose their actors to idleness and to a move",
    profiles=("quick", "standard", "soak"),
    guarantees=("turns", "activation", "timers"),
    topology=Topology(hosts=2, spare_hosts=1, idle_timeout_s=IDLE_S),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.2, mix={"counter": 1, "ledger": 1}),
    plan=plan,
    owes={"quick": {"add host": ("actor idle", "tick due")}},
    duration_s={"quick": 13, "standard": 120, "soak": 1200},
)
