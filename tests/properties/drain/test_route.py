"""Whether a join is the only change around it, and whether a call's way is clear of faults, to the instant."""

from __future__ import annotations

import pytest

from actorproof.properties.views.cluster.join import Join, joins
from actorproof.properties.views.cluster.route import Route
from tests.properties.builder import S, ns
from tests.properties.scene import Story, rules

HOSTS = {"host-1", "host-2"}


class Ways(Story):
    """Two hosts from the start, and a third one that may join."""

    def off(self, from_s: float, to_s: float) -> None:
        """A host off the way is asked to leave."""
        self.fault("terminate", "host-9", from_s, to_s, units=["host-9/app"])

    def route(self) -> tuple[Route, Join]:
        timeline = self.timeline()
        (join,) = [join for join in joins(timeline) if join.host == "host-3"]
        return Route(timeline, dissemination_ns=8 * S, drain_ns=4 * S, wake_ns=15 * S), join


@rules(
    "text settled",
    # A table waits for both; an earlier life that ended since the last table that counts was a change of its own.
    ("an application may start first", 'started 15 {0}; started 20 unit="host-3/sidecar"', True),
    ("after an earlier life", 'started 1 {0}; died 5 {0}; started 15 {0}; started 20 unit="host-3/sidecar"', True),
    ("that it begins soon after", 'started 1 {0}; died 5 {0}; started 6 {0}; started 20 unit="host-3/sidecar"', True),
    ("not one that just ended", 'started 15 {0}; died 17 {0}; started 18 {0}; started 20 unit="host-3/sidecar"', False),
    *(
        (f"another host goes at {at_s} s", f'joined 1 host=9; died {at_s} unit="host-9/app"; joined 20 host=3', settled)
        for at_s, settled in ((6.89, True), (7.0, False), (7.1, False), (19.0, False), (19.7, False), (19.8, True))
    ),
    ("the control plane may come and go", 'started 18 unit="placement-0"; joined 20 host=3', True),
    *(
        (
            f"another join is over at {ready_s} s",
            f'started 15 unit="host-9/app"; started {from_s} unit="host-9/sidecar" ready_s={ready_s}; joined 20 host=3',
            settled,
        )
        for from_s, ready_s, settled in ((14, 14.9, False), (15, 15.0, True), (15, 19.0, True), (15, 19.1, False))
    ),
    (
        "a host may have lived before",
        'joined 1 host=9; died 2 unit="host-9/app"; died 2 unit="host-9/sidecar"; joined 15 host=9; joined 20 host=3',
        True,
    ),
    ("one without a sidecar is never ready", "joined 15 host=9 sidecar=false; joined 20 host=3", False),
    ("what ends as the join may begin is no part of it", "started 15 {0}; crash 19.76 {0}; joined 20 host=3", True),
    ("what ends before is", "started 15 {0}; crash 19.75 {0}; joined 20 host=3", False),
    (
        "a host that left and came back had left",
        'started 1 unit="host-9/app"; died 15 unit="host-9/app"; started 16 unit="host-9/sidecar"; joined 20 host=3',
        False,
    ),
    *(
        (f"one is asked at {at_s} s", f"joined 1 host=9; asked {at_s} {{1}}; ended 30 {{1}}; joined 20 host=3", settled)
        for at_s, settled in ((19.7, False), (19.8, True))
    ),
)  # fmt: skip
def test_a_join_is_settled_when_no_other_host_comes_or_goes_around_it(text: str, *, settled: bool) -> None:
    units = ('unit="host-3/app"', 'unit="host-9/sidecar"')
    route, join = Ways().tell(text.format(*units)).route()
    assert route.settled(join, ns(19.0)) is settled


CRASH = 'started 0 unit="scheduler-0"; crash {} unit="scheduler-0"'
CUT = 'cut {} {} link="host-9>store"'
AWAY = 'off 20 21; struck 20 21 verb="{}" units={}'
# Placement is lost from 5 s to 6 s, and from 10 s to 12 s.
TWICE = "sees 5 placement=false; sees 6; sees 10 placement=false; sees 12"


@rules(
    "text within_s clear",
    ("nothing happens", "", (19, 25), True),
    *(
        (f"a crash at {at_s} s disturbs for a wake", CRASH.format(at_s), (19, 25), clear)
        for at_s, clear in ((3.9, True), (4.0, False), (25.0, False), (25.1, True))
    ),
    *(
        (f"a fault until {to_s} s disturbs for a wake", CUT.format(from_s, to_s), (19, 25), clear)
        for from_s, to_s, clear in ((1, 3.9, True), (1, 4.0, False), (25, 26.0, False), (25.1, 26.1, True))
    ),
    ("one that is long over hides no other", f"{CUT.format(1, 2)}; {CUT.format(20, 21)}", (19, 25), False),
    *(
        (f"{verb} {units}", AWAY.format(verb, units), (19, 25), clear)
        for verb, units, clear in (
            ("add", '["host-9/app"]', True),
            ("remove", '["host-9/app","host-9/sidecar"]', True),
            ("terminate", '["host-9/app"]', True),
            ("kill", '["host-9/app"]', False),
            ("terminate", '["host-1/app"]', False),
            ("terminate", '["host-9/app","host-2/app"]', False),
            ("terminate", '["store"]', False),
            ("remove", '["host-9/app"] links=["host-9>app"]', False),
        )
    ),
    *(
        (f"{unit} of the way dies at {at_s} s", f'died {at_s} unit="{unit}"', (19, 25), clear)
        for unit in ("host-1/app", "host-2/sidecar")
        for at_s, clear in ((18.9, True), (19.0, False), (25.0, False), (25.1, True))
    ),
    ("one of the way stands still", "paused 24 30", (19, 25), False),
    ("one off the way does", 'joined 0 host=9; paused 24 30 unit="host-9/app"', (19, 25), True),
    *(
        (
            f"a stream is lost from {lost_s} s, {how}",
            f"sees 1; sees {lost_s} {how}; sees {lost_s + 0.01} host=9 placement=false; {back}",
            (19, 25),
            clear,
        )
        for how in ("placement=false", "answers=false")
        for lost_s, back, clear in (
            (5, "sees 18.9", True),
            (5, "sees 19", False),
            (25, "sees 26", False),
            (25.1, "sees 26", True),
            (24, "", False),
        )
    ),
    # That is the drain's own doing.
    ("a stream is lost when dissemination is over", "sees 27.75 placement=false", (19, 40), True),
    ("not before", "sees 27.7 placement=false", (19, 40), False),
    ("a stream is lost the first time", TWICE, (5.5, 6), False),
    ("it is back", TWICE, (7, 9), True),
    ("it is lost again", TWICE, (11, 11.5), False),
    ("and back again", TWICE, (13, 25), True),
)  # fmt: skip
def test_a_way_is_clear_when_nothing_disturbs_its_hosts(
    text: str, within_s: tuple[float, float], *, clear: bool
) -> None:
    route, join = Ways().tell(f"{text}; joined 20 host=3").route()
    assert route.clear(join, HOSTS, *map(ns, within_s)) is clear


def test_nor_may_the_host_that_joins_stand_still() -> None:
    route, join = Ways().tell('joined 20 host=3; paused 24 30 unit="host-3/app"').route()
    assert not route.clear(join, HOSTS, ns(19.0), ns(25.0))


@pytest.mark.parametrize(("actor", "told_s"), [("Sleeper/a", [3.0, 4.0]), ("Sleeper/b", [])])
def test_when_an_instance_was_told_to_end(actor: str, told_s: list[float]) -> None:
    left = "; ".join(f'left {at_s} actor="Sleeper/a" on={on}' for at_s, on in ((3, 1), (4, 1), (5, 2)))
    scene = Ways().tell(f'ran 1 9 actor="{actor}" turn="t"; {left}; joined 20 host=3')
    turn = scene.timeline().turn("t")
    assert turn is not None
    assert scene.route()[0].deactivated(turn) == [ns(at_s) for at_s in told_s]
