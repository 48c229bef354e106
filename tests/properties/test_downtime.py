"""When part of a cluster was down, disturbed, or changed: seconds from the run's start."""

from __future__ import annotations

from math import inf
from typing import Any

from actorproof.properties.views.cluster.change import changes
from actorproof.properties.views.cluster.downtime import Calm, downtimes
from actorproof.properties.views.records import FAR_FUTURE_NS
from tests.properties.builder import S, ns
from tests.properties.scene import Story, rules


def at_s(t_ns: int) -> float:
    return (t_ns - ns(0.0)) / S


def fault(from_s: float, to_s: float, verb: str, *units: str, how: str = "") -> str:
    """What happens to units is told beside it."""
    names = ",".join(f'"{unit}"' for unit in units)
    return f'struck {from_s} {to_s} verb="{verb}" target="{units[0]}" units=[{names}] {how}; '


APP, CAR = 'unit="host-1/app"', 'unit="host-1/sidecar"'
ALL_DEAD = f'started 0 unit="store"; died 1 {APP}; died 1.1 unit="host-2/app"; '
HOST = fault(1, 9, "kill", "host-1/sidecar", "host-1/app")
SCHEDULER = fault(2, 8, "kill", "scheduler-0") + 'started 0 unit="scheduler-0"; died 2.1 unit="scheduler-0"'
STORE = fault(3, 5, "restart", "store") + 'started 0 unit="store"; died 3.1 unit="store"'


@rules(
    "text expected",
    ("a host, from its first death", f"{HOST} died 1.2 {APP}; died 1.1 {CAR}", [("host_kill", 1.1, 9, {"host-1"})]),
    ("one that is not in the log", fault(3, 4, "kill", "host-2/app"), [("host_kill", 3, 4, {"host-2"})]),
    ("another death", f"{HOST} died 0.5 {APP}; died 9.5 {CAR}", [("host_kill", 1, 9, {"host-1"})]),
    ("until the phase that says so", f"{HOST} healed 7", [("host_kill", 1, 7, {"host-1"})]),
    ("not one before it", f"{HOST} healed 0.5", [("host_kill", 1, 9, {"host-1"})]),
    ("a scheduler", SCHEDULER, [("scheduler_kill", 2.1, 8, set())]),
    ("the store", STORE, [("store_restart", 3.1, 5, set())]),
    (
        "in order of time",
        f"{STORE}; {SCHEDULER}",
        [("scheduler_kill", 2.1, 8, set()), ("store_restart", 3.1, 5, set())],
    ),
    (
        "each of two",
        fault(1, 9, "kill", "scheduler-0", "store") + SCHEDULER.partition("; ")[2] + ";" + STORE.partition("; ")[2],
        [("scheduler_kill", 2.1, 9, set()), ("store_restart", 3.1, 9, set())],
    ),
    ("a pause", fault(1, 2, "pause", "host-1/app") + fault(1, 2, "pause", "store"), []),
    ("a stop in order", fault(1, 2, "terminate", "host-1/app"), []),
    ("placement", fault(1, 2, "kill", "placement-0"), []),
    ("no effect", fault(1, 2, "kill", "host-1/app", how="took=false"), []),
    (
        "all applications and the store",
        ALL_DEAD + f'died 1.2 unit="store"; started 2 unit="store"; joined 3 host=1 sidecar=false; died 9 {APP}',
        [("total_restart", 1.1, 3, set())],
    ),
    (
        "all sidecars",
        ALL_DEAD.replace("app", "sidecar") + f'died 1.2 unit="store"; started 2 unit="store"; started 3 {CAR}',
        [("total_restart", 1.1, 3, set())],
    ),
    ("one is left", f'started 0 unit="store"; died 1 {APP}; died 1.2 unit="store"; started 2 unit="store"', []),
    ("the store is left", ALL_DEAD + "joined 3 host=1 sidecar=false", []),
    ("it was down before", ALL_DEAD + 'died 0.2 unit="store"; started 0.5 unit="store"; joined 3 host=1', []),
    ("it was down after", ALL_DEAD + 'joined 3 host=1; died 3.2 unit="store"; started 3.5 unit="store"', []),
)  # fmt: skip
def test_when_part_of_a_cluster_was_down(text: str, expected: list[Any]) -> None:
    found = downtimes(Clusters().tell(text).timeline())
    assert [(each.kind, at_s(each.start_ns), at_s(each.end_ns), set(each.hosts)) for each in found] == expected


class Clusters(Story):
    """Two hosts."""

    def healed(self, at: float) -> None:
        """All faults are over."""
        self.phase("healed", at)


@rules(
    "text due_s expected",
    ("nothing disturbs", "", 10, 12),
    ("a fault later", "struck 12.1 20", 10, 12),
    ("a fault until its wake is over", "struck 11.9 20", 10, 25),
    ("one before that", "struck 1 4", 10, 12),
    ("a wake that touches", "struck 1 6", 10, 12),
    ("what the phase ended", "struck 9 20; healed 15", 10, 20),
    ("what ended by itself, until it is back", 'crash 9; started 14 unit="host-2/sidecar" ready_s=16', 10, 21),
    (
        "not until one after that",
        "crash 9; started 12 {0} ready_s=13; ended 30 {0}; started 40 {0}".format('unit="host-2/sidecar"'),
        10,
        18,
    ),
    ("each of two", 'crash 9; struck 20 30; started 14 unit="host-2/sidecar"; crash 19', 10, inf),
    ("what was asked to end", 'died 9 unit="host-2/app"', 10, 12),
)
def test_by_when_a_cluster_must_have_done_what_was_due(text: str, due_s: float, expected: float) -> None:
    calm = Calm(Clusters().tell(text).timeline(), wake_ns=5 * S)
    found = calm.deadline(ns(due_s), 2 * S)
    assert (inf if found > FAR_FUTURE_NS else at_s(found)) == expected


@rules(
    "text expected",
    ("it died by itself", "crash 9", [("sidecar died", "loss", 9, {"host-2"})]),
    ("the store did", 'started 0 unit="store"; crash 9 unit="store"', [("store died", "loss", 9, set())]),
    (
        "it is killed and comes back",
        HOST + f"died 1.1 {APP}; started 4 {APP} ready_s=5",
        [("kill host/sidecar", "loss", 1, {"host-1"}), ("kill host/sidecar, back", "join", 4, {"host-1"})],
    ),
    (
        "five seconds before it listens",
        HOST + f"died 1.1 {APP}; started 2 {APP} ready_s=8",
        [("kill host/sidecar", "loss", 1, {"host-1"}), ("kill host/sidecar, back", "join", 3, {"host-1"})],
    ),
    (
        "it is resumed",
        fault(1, 9, "pause", "host-1/app") + f"paused 1 6 {APP}",
        [("pause host/app", "loss", 1, {"host-1"}), ("pause host/app, back", "join", 6, {"host-1"})],
    ),
    (
        "a link is back with its heal",
        'cut 1 7 link="host-1>store"',
        [("cut host>store", "loss", 1, {"host-1"}), ("cut host>store, back", "join", 7, {"host-1"})],
    ),
    (
        "it ends in order",
        fault(1, 9, "terminate", "host-1/app") + f"asked 1.5 {APP}; ended 2 {APP}; started 4 {APP}",
        [("terminate host/app", "loss", 1, {"host-1"}), ("terminate host/app, back", "join", 4, {"host-1"})],
    ),
    (
        "it is taken away",
        fault(1, 9, "remove", "host-1/app"),
        [("remove host/app", "leave", 1, {"host-1"}), ("remove host/app, back", "join", 9, {"host-1"})],
    ),
    (
        "it joins and leaves",
        fault(1, 9, "add", "host-3/app", "host-3/sidecar")
        + 'started 2 unit="host-3/app" ready_s=8; asked 7 unit="host-3/app"',
        [("add host/app", "join", 3, {"host-3"}), ("add host/app, leave", "leave", 7, {"host-3"})],
    ),
)
def test_when_hosts_come_and_go(text: str, expected: list[Any]) -> None:
    found = changes(Clusters().tell(text).timeline())
    assert [(each.kind, each.sort, at_s(each.at_ns), set(each.hosts)) for each in found] == expected
