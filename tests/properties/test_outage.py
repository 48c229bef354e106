from __future__ import annotations

import pytest

from actorproof.properties.views.cluster.outage import REAP_NS, Outages, common, died_by_ns, merged, touches
from actorproof.properties.views.timeline import FAR_FUTURE_NS, Life
from tests.properties.builder import History, S, ns

WAKE_S = 15.0
INF = float("inf")


def spans_s(spans: object) -> list[tuple[float, float]]:
    """Spans in seconds of the builder; the far future, and a wake after it, as infinity."""
    assert isinstance(spans, list)

    def at_s(t_ns: int) -> float:
        return INF if t_ns >= FAR_FUTURE_NS else (t_ns - ns(0.0)) / S

    return [(at_s(start), at_s(end)) for start, end in spans]


def outages(h: History) -> Outages:
    return Outages(h.timeline(), wake_s=WAKE_S)


def test_merged() -> None:
    assert merged([(5, 6), (1, 3), (3, 4), (2, 3), (7, 9), (7, 8)]) == [(1, 4), (5, 6), (7, 9)]
    assert merged([(1, 2), (5, 9), (6, 7)]) == [(1, 2), (5, 9)]
    assert merged([]) == []


def test_common() -> None:
    assert common([(1, 4), (6, 9)], [(3, 7), (9, 12)]) == [(3, 4), (6, 7), (9, 9)]
    assert common([(1, 2)], [(3, 4)]) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 2, True), (0, 1, False), (4, 4, True), (5, 7, False), (5, 8, True), (9, 20, True), (10, 20, False)],
)
def test_touches(start: int, end: int, *, expected: bool) -> None:
    assert touches([(2, 4), (8, 9)], start, end) is expected
    assert not touches([], start, end)


def test_only_our_own_kill_is_known_to_the_instant() -> None:
    def life(*, started_ns: int = 0, ended_ns: int = FAR_FUTURE_NS, exited_ns: int = FAR_FUTURE_NS) -> Life:
        return Life(unit="a", incarnation=1, started_ns=started_ns, ended_ns=ended_ns, exited_ns=exited_ns)

    reaped = 3 * REAP_NS
    assert died_by_ns(life()) == FAR_FUTURE_NS
    assert died_by_ns(life(ended_ns=reaped - 5, exited_ns=reaped)) == reaped - 5
    assert died_by_ns(life(ended_ns=7)) == 7
    assert died_by_ns(life(ended_ns=reaped, exited_ns=reaped)) == reaped - REAP_NS
    assert died_by_ns(life(started_ns=reaped - 5, ended_ns=reaped, exited_ns=reaped)) == reaped - 5


def test_down_while_paused_and_between_lives() -> None:
    h = History()
    h.app("host-1")
    h.pause("host-1/app", 1.0, 2.0)
    h.kill("host-1/app", 5.0)
    h.app("host-1", 8.0, sidecar=False)
    h.exit("host-1/sidecar", 6.0, code=2, expected=False)
    found = outages(h)
    assert spans_s(found.down("host-1/app")) == [(1.0, 2.0), (5.0, 8.0)]
    assert spans_s(found.down("host-1/sidecar")) == [(5.0, INF)]
    assert found.down("host-2/app") == []


def test_down_between_each_two_of_several_lives() -> None:
    h = History()
    for started_s in (0.0, 4.0, 8.0):
        h.start("store", started_s)
        h.kill("store", started_s + 2.0)
    assert spans_s(outages(h).down("store")) == [(2.0, 4.0), (6.0, 8.0), (10.0, INF)]


def test_started_again_at_once_was_never_down() -> None:
    h = History()
    h.start("host-1/app", 0.0)
    h.signal("host-1/app", 5.0, "SIGKILL")
    h.start("host-1/app", 5.0)
    assert outages(h).down("host-1/app") == []


@pytest.mark.parametrize("verb", ["cut", "reset", "swallow", "stall"])
def test_severed_links_go_by_their_ends(verb: str) -> None:
    h = History()
    h.fault(verb, "host-1>placement-0", 1.0, 2.0, links=["host-1>store", "host-1>placement-0"])
    h.fault(verb, "host-1>placement", 4.0, None, links=["host-1>placement"])
    h.fault(verb, "host-12>placement-0", 6.0, 7.0, links=["host-12>placement-0"])
    h.fault("slow", "host-1>app", 1.0, 2.0, links=["host-1>app"])
    found = outages(h)
    assert spans_s(found.severed("host-1>placement")) == [(1.0, 2.0), (4.0, INF)]
    assert found.severed("host-1>app") == []
    assert found.severed("host-1>stor") == []


def test_undelivered() -> None:
    quiet = History()
    quiet.app("host-1")
    assert not outages(quiet).undelivered("host-1", ns(0.0), ns(99.0))
    for part in ("app", "sidecar"):
        h = History()
        h.app("host-1")
        h.pause(f"host-1/{part}", 5.0, 6.0)
        _between_5_and_6(outages(h))
    for link in ("host-1>app", "host-1>placement-2"):
        h = History()
        h.fault("cut", link, 5.0, 6.0, links=[link])
        _between_5_and_6(outages(h))


def _between_5_and_6(found: Outages) -> None:
    assert found.undelivered("host-1", ns(6.0), ns(7.0))
    assert found.undelivered("host-1", ns(4.0), ns(5.0))
    assert not found.undelivered("host-1", ns(6.1), ns(7.0))
    assert not found.undelivered("host-1", ns(4.0), ns(4.9))
    assert not found.undelivered("host-2", ns(4.0), ns(7.0))


def test_cut_off_for_a_wake_after_a_resume() -> None:
    for part in ("app", "sidecar"):
        h = History()
        h.app("host-1")
        h.pause(f"host-1/{part}", 5.0, 20.0)
        found = outages(h)
        assert spans_s(found.wakes("host-1")) == [(20.0, 35.0)]
        assert found.cut_off("host-1", ns(20.0))
        assert found.cut_off("host-1", ns(35.0))
        assert not found.cut_off("host-1", ns(19.9))
        assert not found.cut_off("host-1", ns(35.1))
        assert not found.cut_off("host-2", ns(21.0))


def test_one_that_never_resumed_has_no_wake() -> None:
    h = History()
    h.app("host-1")
    h.pause("host-1/app", 5.0, None)
    assert outages(h).wakes("host-1") == []


def test_cut_off_while_the_link_to_placement_is_cut_and_a_wake_after() -> None:
    h = History()
    h.fault("cut", "host-1>placement-0", 5.0, 6.0, links=["host-1>placement-0"])
    assert spans_s(outages(h).wakes("host-1")) == [(5.0, 21.0)]


def test_cut_off_while_its_sidecar_says_that_it_lost_placement() -> None:
    h = History()
    h.start("host-1/sidecar", 0.0)
    h.sidecar(1.0, "host-1", placement=False)  # it has not had it yet
    h.sidecar(2.0, "host-1")
    h.sidecar(3.0, "host-2", placement=False)
    h.sidecar(4.0, "host-1", placement=False)
    h.sidecar(5.0, "host-1", placement=False)
    h.sidecar(6.0, "host-1")
    h.kill("host-1/sidecar", 39.0)
    h.sidecar(40.0, "host-1", answers=False, placement=False)  # it is down: that is told by its life
    h.start("host-1/sidecar", 40.5)
    h.sidecar(41.0, "host-1", placement=False)  # and up again, but not yet connected
    h.sidecar(42.0, "host-1")
    h.sidecar(60.0, "host-1", placement=False)
    h.sidecar(61.0, "host-1", answers=False, placement=False)
    h.sidecar(90.0, "host-1")
    h.sidecar(95.0, "host-1", placement=False)
    found = outages(h)
    assert spans_s(found.wakes("host-1")) == [(4.0, 21.0), (60.0, 76.0), (95.0, INF)]
    assert found.wakes("host-2") == []


def test_a_sidecar_too_busy_to_answer_once_had_placement_before() -> None:
    # Measured: it did not answer 46 ms after the leader was killed, and told 0.4 s later that it had lost placement.
    h = History()
    h.start("host-1/sidecar", 0.0)
    h.sidecar(1.0, "host-1")
    h.sidecar(3.0, "host-1", answers=False, placement=False)
    h.sidecar(3.4, "host-1", placement=False)
    h.sidecar(12.0, "host-1")
    assert spans_s(outages(h).wakes("host-1")) == [(3.4, 27.0)]


def test_cut_off_while_no_placement_replica_runs() -> None:
    h = History(placements=2)
    h.start("placement-0", 0.0)
    h.start("placement-1", 0.0)
    h.start("scheduler-0", 0.0)
    h.start("store", 0.0)  # which never was down
    h.pause("placement-0", 1.0, 4.0)
    h.pause("placement-1", 3.0, 6.0)
    h.pause("scheduler-0", 0.5, 90.0)
    assert spans_s(outages(h).wakes("host-1")) == [(3.0, 19.0)]
    assert outages(History()).wakes("host-1") == []
