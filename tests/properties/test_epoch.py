"""When a table is in force everywhere, and what ends it: seconds from the run's start."""

from __future__ import annotations

from typing import Any

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.epoch import Epochs
from tests.properties.builder import START_NS, S
from tests.properties.placement.parts import BOTH
from tests.properties.scene import Story, rules
from tests.properties.terms import free


class Tables(Story):
    """Two hosts, on which nothing has been told yet."""

    def none_leads(self, at_s: float, *, placement: str = "placement-0", hosts: tuple[str, ...] = BOTH) -> None:
        """A replica of placement says that it does not lead."""
        self.add(ev.TableObserved, at_s, placement=placement, leader=False, version=3, hosts=hosts)

    def begun(self, at_s: float, *, unit: str) -> None:
        """A unit starts and is not ready."""
        self._incarnation[unit] += 1
        self.add(ev.UnitStarted, at_s, unit=unit, incarnation=self._incarnation[unit], pid=7)

    def told(self, from_s: float, took_s: float, *, host: int) -> None:
        """A host is told to join."""
        units = (f"host-{host}/sidecar", f"host-{host}/app")
        self.add(ev.FaultStarted, from_s, fault="join", verb="add", target=f"host-{host}", units=units, links=())
        self.add(ev.FaultTook, took_s, fault="join", evidence=("ready",))

    def ready(self, at_s: float) -> None:
        """The cluster is complete."""
        self.phase("ready", at_s)

    def epochs(self) -> Epochs:
        self.close(100.0)
        return Epochs(self.timeline(), free("placement"))

    def spans(self) -> list[tuple[int, list[tuple[float, float]]]]:
        """The version of each table, and when it was in force."""
        return [
            (epoch.table.version, [((start - START_NS) / S, (end - START_NS) / S) for start, end in epoch.spans])
            for epoch in self.epochs().all
        ]


SETTLED = "sees 0.1; sees 0.1 host=2; tabled 0.1 2; "
THIRD = (
    'started {0} unit="host-3/sidecar"; joined 20 host=3 sidecar=false; sees {1} host=3; tabled {1} 3 hosts=[1,2,3]; '
)
CUT = 'cut {} {} link="host-1>store"; '

AGAIN = (
    'started 0 unit="store"; died 30 unit="store"; started 39 unit="store" ready_s=41;'
    'asked 80 unit="host-2/sidecar"; ended 83 unit="host-2/sidecar"'
)
FOLLOWS = (
    'tabled 20 3 placement="placement-1"; none_leads 40 hosts={0}; none_leads 50 placement="placement-1" hosts={0}'
)
ALWAYS, NEXT = (2, [(8.1, 100.0)]), (3, [(58.0, 100.0)])


def until(end_s: float) -> tuple[int, list[tuple[float, float]]]:
    return 2, [(8.1, end_s)]


@rules(
    "text expected",
    ("a table has to reach everybody", "", [ALWAYS]),
    ("a new version may be there before it is seen", "tabled 50 3", [until(48.5), NEXT]),
    ("a fault disturbs until after its heal", CUT.format(30, 40), [(2, [(8.1, 30.0), (55.0, 100.0)])]),
    (
        "a unit that ends and starts",
        AGAIN,
        [(2, [(8.1, 30.0), (38.0, 38.75), (49.0, 80.0), (88.0, 100.0)])],
    ),
    (
        "what ends by itself ended up to a second before",
        'started 0 unit="store"; crash 30 unit="store"',
        [(2, [(8.1, 29.0), (37.0, 100.0)])],
    ),
    ("one is not in order", "sees 30 host=2 ready=false; sees 35 host=2", [(2, [(8.1, 28.5), (43.0, 100.0)])]),
    ("a stall of 0.1 s is none", "stall 48.5 late_s=0.1; tabled 50 3", [until(48.5), NEXT]),
    ("one of 0.25 s is one", "stall 48.5 late_s=0.25; tabled 50 3", [until(48.0), NEXT]),
    ("all that is seen after it is as old", "stall 50 late_s=10; tabled 52.5 3", [until(39.75), (3, [(60.5, 100.0)])]),
    ("for as long as that takes", "stall 40 late_s=10; tabled 43 3", [until(29.75), (3, [(51.0, 100.0)])]),
    ("not longer", "stall 40 late_s=10; tabled 43.1 3", [until(41.6), (3, [(51.1, 100.0)])]),
    *(
        (
            f"who leads no more ends its table, of hosts {hosts}",
            FOLLOWS.format(hosts),
            [(2, [(8.1, 18.5)]), (3, [(28.0, 48.5)])],
        )
        for hosts in ("[]", '["host-1","host-2"]')
    ),
    ("who never led has no table", "none_leads 0.05", [ALWAYS]),
    ("a host that nobody looked at", "tabled 50 3 hosts=[1,2,3]", [until(48.5)]),
    ("one is in order once it was seen to be", "sees 45 host=3; tabled 50 3 hosts=[1,2,3]", [until(43.5), NEXT]),
    ("and that reached everybody", "tabled 50 3 hosts=[1,2,3]; sees 52 host=3", [until(48.5), (3, [(60.0, 100.0)])]),
    ("a unit never ready", 'begun 30 unit="store"; ended 32 unit="store"', [(2, [(8.1, 29.75), (40.0, 100.0)])]),
    ("no instant", "tabled 50 3; " + CUT.format(30, 33.5) + CUT.format(58, 60), [until(30.0), (3, [(75.0, 100.0)])]),
    (
        "a join disturbs from when it is told to until all know of it",
        THIRD.format(20, 21) + "told 15 35 host=3",
        [until(15.0), (3, [(43.0, 100.0)])],
    ),
    (
        "it disturbs between its epochs alone",
        THIRD.format(20, 60) + CUT.format(28, 30) + CUT.format(80, 81),
        [(2, [(8.1, 19.75), (45.0, 58.5)]), (3, [(68.0, 80.0), (96.0, 100.0)])],
    ),
)  # fmt: skip
def test_how_long_a_table_is_in_force(text: str, expected: list[Any]) -> None:
    assert Tables().tell(SETTLED + text).spans() == expected


SEEN = 'started {0} unit="host-3/sidecar"; joined {0} host=3 sidecar=false; sees {1} host=3; '


@rules(
    "text expected",
    ("a host comes", THIRD.format(20, 21), 1),
    ("a unit ends between", THIRD.format(20, 21) + "crash 25; sees 26", 0),
    ("one before", 'started 0 unit="store"; crash 10 unit="store"; ' + THIRD.format(40, 41), 1),
    ("another host goes", SEEN.format(20, 21) + "tabled 21 3 hosts=[1,3]", 0),
    ("a table of others between", THIRD.format(20, 30) + "tabled 25 3 hosts=[1]", 0),
    ("the same between", SEEN.format(20, 21) + "tabled 21 3 hosts=[1,2,3]; tabled 25 4 hosts=[1,2,3]", 1),
    ("it was in the table before", SEEN.format(0, 0.1) + "tabled 0.2 3 hosts=[1,2,3]; " + SEEN.format(20, 21), 0),
    ("before the cluster was complete", SEEN.format(4, 5) + "tabled 5.1 3 hosts=[1,2,3]; ready 6", 0),
    ("no table has it", SEEN.format(20, 21), 0),
    ("there was none before", THIRD.format(3, 4).replace("joined 20", "joined 3"), 0),
)
def test_which_joins_nothing_else_disturbs(text: str, expected: int) -> None:
    assert len(list(Tables().tell(SETTLED + text).epochs().growths())) == expected


def test_where_nothing_hands_over_the_table_is_all_there_is_to_know() -> None:
    tables = Tables(traits=("sidecars-hand-over",)).tell(SETTLED + "sees 30 host=2 ready=false")
    assert tables.spans() == [ALWAYS]
