from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.lives import placement
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case, cases
from tests.properties.opinion import actors
from tests.properties.placement.naive import broken, tail
from tests.properties.placement.parts import BOTH, IDS, A, join, settled, use
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out, thorough


def decided(h: History) -> Verdict:
    h.close(60.0)
    return verdict_on(h.timeline(), free("placement"))


def have(verdict: Verdict) -> dict[str, int]:
    return {evidence.name: evidence.have for evidence in verdict.evidence}


def figure(verdict: Verdict, name: str) -> float:
    return next(figure.value for figure in verdict.figures if figure.name == name)


def test_what_is_counted_over_a_join() -> None:
    h, one, two = settled()
    three = join(h)
    use(h, one, range(30), 10.0)
    use(h, two, range(30, IDS), 10.0)
    use(h, one, range(20), 30.0)
    use(h, three, range(20, 40), 30.0)
    use(h, two, range(40, IDS), 30.0)
    for at_s, via in ((11.0, "host-1"), (12.0, "host-2")):
        op = h.operation(A, at_s, at_s + 0.2, via=via)
        h.turn(A, one, at_s + 0.1, at_s + 0.15, op=op)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert have(verdict) == {"placed_ids": IDS + 1 + IDS, "actors_seen_from_two": 1, "joins": 1, "ids_over_joins": IDS}
    assert figure(verdict, "actors that a join moved to the joiner") == 20
    assert figure(verdict, "largest share of a joiner over its fair one") == pytest.approx(20 / 22)
    assert figure(verdict, "largest load of a host over the mean") == pytest.approx(26 * 3 / IDS)


def test_too_few_ids_are_no_evidence_and_no_violation() -> None:
    h, one, _ = settled()
    use(h, one, range(30), 10.0)
    verdict = decided(h)
    assert have(verdict)["placed_ids"] == 0
    assert verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("listed", "stalled_s", "why"),
    [
        (True, 20.5, "the machine stood still meanwhile"),
        (True, 31.0, "the machine stood still meanwhile"),  # as actors were looked for
        (False, None, "something else disturbed the cluster"),
        (True, None, "too few actors were seen before and after"),
    ],
)
def test_joins_that_can_not_be_judged_are_told_with_the_reason(
    *, listed: bool, stalled_s: float | None, why: str
) -> None:
    h, one, _ = settled()
    join(h)
    use(h, one, range(30), 10.0)
    if stalled_s is not None:
        h.add(ev.Stalled, stalled_s, late_ns=400_000_000)
    h.close(60.0)
    events = [each for each in h.events() if listed or getattr(each, "version", 0) != 3]
    verdict = verdict_on(Timeline(events, numbered=listed, whole=True), CATALOGUE.terms("placement", "quick"))
    said = f"joins of a host with no fault or other change near in time: 0 seen, 1 needed (1 more left out since {why})"
    assert said in verdict.missing


def test_shares_need_a_whole_history() -> None:
    h, one, _ = settled()
    use(h, one, range(60), 10.0)
    h.close(60.0)
    events = h.events()
    gone = leave_out(events, lambda at: at == len(events) // 2)
    assert verdict_on(Timeline(events), free("placement")).violations
    assert not verdict_on(Timeline(gone), free("placement")).violations


def test_a_history_without_a_described_run_has_no_epochs() -> None:
    h, one, two = settled()
    h.call(A, one, 10.0, 10.1)
    h.call(A, two, 11.0, 11.1)
    h.close(60.0)
    events = [event for event in h.events() if type(event).__name__ != "RunStarted"]
    verdict = verdict_on(Timeline(events, numbered=False), CATALOGUE.terms("placement", "quick"))
    assert verdict.outcome is Outcome.UNKNOWN


def test_the_limit_is_one_that_a_ring_does_not_break() -> None:
    """Twenty rings of 100 points a host, of 2 to 10 hosts: no share of 1,000 ids is as rare as the limit."""
    import random  # noqa: PLC0415
    from bisect import bisect  # noqa: PLC0415

    rng = random.Random(1)
    for hosts in (2, 3, 10):
        for _ in range(20):
            ring = sorted((rng.random(), host) for host in range(hosts) for _ in range(100))
            points = [point for point, _ in ring]
            counts = [0] * hosts
            for _ in range(1000):
                counts[ring[bisect(points, rng.random()) % len(ring)][1]] += 1
            assert min(placement.tail(count, 1000, 100, 100 * (hosts - 1)) for count in counts) > 1e-6


@pytest.mark.parametrize(("count", "hosts", "wrong"), [(100, 2, True), (65, 2, False), (0, 3, True), (60, 3, False)])
def test_what_a_ring_gives_of_a_hundred(count: int, hosts: int, *, wrong: bool) -> None:
    assert (placement.tail(count, 100, 100, 100 * (hosts - 1)) < 1e-9) is wrong


def test_hosts_of_the_table_are_known_by_name() -> None:
    h, one, two = settled()
    h.table(12.0, 3, ("host-1", *BOTH))
    h.call(A, one, 10.0, 10.01)
    h.call(A, two, 22.0, 22.1)
    assert not decided(h).violations


def seen(h: History, process: str, actor: str, *asked: tuple[float, str]) -> None:
    """Calls to an actor by way of sidecars."""
    for at_s, via in asked:
        op = h.operation(actor, at_s, at_s + 0.05, via=via)
        h.turn(actor, process, at_s + 0.01, at_s + 0.04, op=op)


def test_each_actor_is_counted() -> None:
    h, one, _ = settled()
    seen(h, one, "Counter/once", (10.0, "host-1"))
    seen(h, one, "Counter/a", (11.0, "host-1"), (11.1, "host-2"))
    seen(h, one, "Counter/b", (12.0, "host-2"), (12.1, "host-1"))
    seen(h, one, "Counter/c", (13.0, "host-1"), (13.1, "host-1"))
    verdict = decided(h)
    assert have(verdict)["actors_seen_from_two"] == 2
    assert verdict.opportunities[placement.OWNERS] == 3


def test_each_join_is_counted() -> None:
    h, one, two = settled()
    three = join(h)
    h.start("host-4/sidecar", 40.0, ready_s=41.0)
    four = h.app("host-4", 40.0, sidecar=False)
    h.sidecar(41.0, "host-4")
    h.table(41.0, 4, (*BOTH, "host-3", "host-4"))
    h.fault("add", "host-4", 39.8, None, units=["host-4/sidecar", "host-4/app"])
    for process, first, second, third in (
        (one, range(45), range(30), range(22)),
        (two, range(45, 90), range(45, 75), range(45, 67)),
        (three, (), [*range(30, 45), *range(75, 90)], [*range(30, 45), *range(75, 82)]),
        (four, (), (), [*range(22, 30), *range(67, 75), *range(82, 90)]),
    ):
        use(h, process, first, 10.0)
        use(h, process, second, 30.0)
        use(h, process, third, 50.0)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert have(verdict)["joins"] == 2
    assert have(verdict)["ids_over_joins"] == 180
    assert verdict.opportunities[placement.UNFAIR] == 2
    assert figure(verdict, "actors that a join moved to the joiner") == 30 + 24
    assert figure(verdict, "largest share of a joiner over its fair one") == pytest.approx(24 * 4 / 90)
    assert figure(verdict, "smallest share of a joiner over its fair one") == pytest.approx(30 * 3 / 90)


@pytest.mark.parametrize(("ids", "joins"), [(56, 0), (57, 1)])
def test_how_many_ids_show_a_joiners_share(ids: int, joins: int) -> None:
    h, one, two = settled()
    three = join(h)
    for process, before, after in (
        (one, range(0, ids, 2), range(0, ids, 3)),
        (two, range(1, ids, 2), range(1, ids, 3)),
    ):
        use(h, process, before, 10.0)
        use(h, process, after, 30.0)
    use(h, three, range(2, ids, 3), 30.0)
    assert have(decided(h))["joins"] == joins


def test_an_actor_that_wanders_moves_from_where_it_was_last_to_where_it_is_first() -> None:
    h, one, two = settled()
    join(h)
    h.call("Counter/a", one, 10.0, 10.1)
    h.call("Counter/a", two, 11.0, 11.1)
    h.call("Counter/a", one, 30.0, 30.1)
    h.call("Counter/b", one, 12.0, 12.1)
    h.call("Counter/b", two, 31.0, 31.1)
    h.call("Counter/b", one, 32.0, 32.1)
    assert decided(h).classes == {placement.OWNERS: 2, placement.MOVED: 2}


@pytest.mark.parametrize("case", cases("placement"), ids=str)
def test_a_naive_check_agrees(case: Case) -> None:
    events = case.events()
    verdict = verdict_on(Timeline(events), free("placement", chance=1e-9, virtual_nodes=100))
    assert actors(verdict, events) == broken(events)


@given(ids=st.integers(0, 60), data=st.data(), own=st.integers(1, 100), hosts=st.integers(2, 10))
@thorough(60)
def test_the_tail_is_the_urns(ids: int, data: st.DataObject, own: int, hosts: int) -> None:
    count = data.draw(st.integers(0, ids))
    exact = float(tail(count, ids, own, own * (hosts - 1)))
    assert placement.tail(count, ids, own, own * (hosts - 1)) == pytest.approx(exact, rel=1e-6)
