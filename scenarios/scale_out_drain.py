"""A host joins while turns run: calls under way may finish where they are, within the drain time-out."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

DRAIN_S = 4.0
WITHIN_S = DRAIN_S - 0.5
BEYOND_S = DRAIN_S + 3.5
# What a join takes on top of the pauses: 5 s, and 7 on a busy machine (measured).
JOIN_S = 8.0
# Late enough for the table to have changed, early enough for a save to come back long before the time-out.
SAVE_S = 2.5
# About a third of the actors move.
SHORT = 60
LONG = 40
SAVING = 30
BESIDE = 24


def plan(setting: Setting) -> Plan:
    """Turns that end before the drain time-out runs out, turns that don't, and turns that save in mid-drain, at a join.

    A host takes half a second to two seconds to join, so turns that begin just before and last 3.5 s end some 2 to 3 s
    after the tables changed. They have to end within the drain time-out of their own call's beginning, since the
    instant at which a sidecar begins to drain is not known, only that it is no sooner. Turns of 7.5 s are still open
    when the time-out runs out; the host stays until they have been run again on it and answered.
    """
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]
    batch = 0

    def cycle() -> None:
        nonlocal batch
        # What the leaving host began may take as long to be over; a call that comes in meanwhile is not judged. And
        # owners are judged only by a table that had the time to reach everybody.
        planner.hold(setting.topology.dissemination_timeout_s + (DRAIN_S if batch else 0.0))
        # Called once, so that it shows who owns them before.
        planner.bursts("Sleeper", "hold", actors=SHORT + LONG + SAVING, first=batch)
        # A slow turn, and calls of other actors beside it; it is over long before anybody may have heard of the join.
        planner.bursts("Recorder", "ping", actors=1, hold_s=1.6, first=batch)
        planner.hold(0.3)
        planner.bursts("Recorder", "ping", actors=BESIDE, first=batch + 1)
        planner.hold(3.7)
        planner.bursts("Sleeper", "hold", actors=SHORT, hold_s=WITHIN_S, first=batch)
        planner.bursts("Sleeper", "hold", actors=LONG, hold_s=BEYOND_S, first=batch + SHORT)
        planner.bursts("Sleeper", "hold_save", actors=SAVING, hold_s=SAVE_S, first=batch + SHORT + LONG)
        joined = planner.inject("add", spare)
        planner.hold(6.0)
        # Called again, so that it shows who owns them now.
        planner.bursts("Sleeper", "hold", actors=SHORT, first=batch)
        planner.hold(4.5)
        planner.bursts("Sleeper", "hold", actors=SHORT + LONG + SAVING, first=batch)
        planner.hold(3.0)
        planner.heal(joined)
        planner.wait(2.0)
        planner.planned_s += JOIN_S
        batch += SHORT + LONG + SAVING

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="scale-out-drain",
    summary="a host joins while turns run that end within the drain time-out, turns that don't, and turns that save",
    profiles=("quick", "standard", "soak"),
    guarantees=(
        "turns",
        "activation",
        "parallelism",
        "mailbox-order",
        "drain",
        "placement",
        "recovery",
        "bystanders",
        "linearizability",
    ),
    topology=Topology(hosts=2, spare_hosts=1, drain_timeout_s=DRAIN_S, idle_timeout_s=30.0),
    load=Load(mix=STANDARD_MIX, clients=6),
    plan=plan,
    owes={"quick": {"add host": ("turn open", "call queued", "actor idle", "drain")}},
    duration_s={"quick": 34, "standard": 180, "soak": 1200},
)
