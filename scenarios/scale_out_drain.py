"""Hosts join while turns run: calls under way may finish where they are, within the drain time-out."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

DRAIN_S = 4.0
# What a join takes on top of the pauses: 5 s, and 7 on a busy machine (measured).
JOIN_S = 8.0
# A host joins half a second to 4 s after its fault began, in containers 5 to 6 s (measured): whenever it does, some
# turns began just before.
STARTS_S = (0.0, 2.0, 4.0)
WITHIN_S = DRAIN_S - 0.5
BEYOND_S = DRAIN_S + 2.5
# Late enough for the table to have changed, early enough for a save to come back long before the time-out.
SAVE_S = 2.5
# Until the longest turns have been run again on the host that joined, and answered.
AGAIN_S = BEYOND_S + 0.5
# What calls show of a table counts only if the next change is not seen so soon after them; and as a host is started the
# machine may stand still for most of a second, in which the change may have begun.
APART_S = 2.5
# At each start. A third of them move at the first join, and at the second a sixth from where nothing else happens.
SHORT = 30
LONG = 26
SAVING = 30
EACH = SHORT + LONG + SAVING
BESIDE = 24


def plan(setting: Setting) -> Plan:
    """Turns that end before the drain time-out runs out, turns that don't, and turns that save in mid-drain, at joins.

    They begin just before the host joins, at several instants, since it is not known when that is. Turns of 3.5 s end
    within the drain time-out of their own call's beginning, since the instant at which a sidecar begins to drain is
    not known, only that it is no sooner. Turns of 6.5 s that began less than 2.5 s before are open when it runs out.
    A second host joins beside the first one: a machine that stands still for a moment leaves one join to judge.
    """
    planner = Planner(setting)
    spares = setting.topology.host_names[setting.topology.hosts :]
    settled_s = max(AGAIN_S, setting.topology.dissemination_timeout_s + 1.5)
    batch = 0

    def join(spare: str, again_s: float) -> str:
        for number, start_s in enumerate(STARTS_S):
            first = batch + number * EACH
            planner.bursts("Sleeper", "hold", actors=SHORT, hold_s=WITHIN_S, after_s=start_s, first=first)
            planner.bursts("Sleeper", "hold", actors=LONG, hold_s=BEYOND_S, after_s=start_s, first=first + SHORT)
            planner.bursts(
                "Sleeper", "hold_save", actors=SAVING, hold_s=SAVE_S, after_s=start_s, first=first + SHORT + LONG
            )
        joined = planner.inject("add", spare)
        planner.hold(again_s)
        planner.planned_s += JOIN_S
        # Called again, so that it shows who owns them now.
        planner.bursts("Sleeper", "hold", actors=len(STARTS_S) * EACH, first=batch)
        planner.hold(APART_S)
        return joined

    def cycle() -> None:
        nonlocal batch
        # What the leaving host began may take as long to be over; a call that comes in meanwhile is not judged. And
        # owners are judged only by a table that had the time to reach everybody.
        planner.hold(setting.topology.dissemination_timeout_s + (DRAIN_S if batch else 0.0))
        # Called once, so that it shows who owns them before.
        planner.bursts("Sleeper", "hold", actors=len(STARTS_S) * EACH, first=batch)
        # A slow turn, and calls of other actors beside it; it is over long before anybody may have heard of the join.
        planner.bursts("Recorder", "ping", actors=1, hold_s=1.6, first=batch)
        planner.hold(0.3)
        planner.bursts("Recorder", "ping", actors=BESIDE, first=batch + 1)
        planner.hold(3.7)
        # The first table has to be in force for a while, too; of the second one only the drain is judged.
        first, second = spares
        joined = [join(first, settled_s), join(second, AGAIN_S)]
        for id_ in reversed(joined):
            planner.heal(id_)
        planner.wait(2.0)
        batch += len(STARTS_S) * EACH

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="scale-out-drain",
    summary="hosts join while turns run that end within the drain time-out, turns that don't, and turns that save",
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
    topology=Topology(hosts=2, spare_hosts=2, drain_timeout_s=DRAIN_S, idle_timeout_s=30.0),
    load=Load(mix=STANDARD_MIX, clients=6),
    plan=plan,
    owes={"quick": {"add host": ("turn open", "call queued", "actor idle", "drain")}},
    duration_s={"quick": 48, "standard": 225, "soak": 1200},
)
