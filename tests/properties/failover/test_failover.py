"""failover agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import itertools

import pytest
from msgspec import structs

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case
from tests.properties.losses import Asking
from tests.properties.scene import Row, row, table
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out

from .naive import broken


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("failover"))


@pytest.mark.parametrize("closed", [False, True])
def test_a_history_with_gaps_or_without_an_end_shows_no_silence(*, closed: bool) -> None:
    events = Case("failover/bad/late--after-the-budget").events()
    gap = next(at for at, event in enumerate(events) if isinstance(event, ev.TurnStarted))
    verdict = decide(Timeline(leave_out(events, gap.__eq__) if closed else events[:-1]))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not whole" in reason for reason in verdict.missing)


def test_the_parts_of_a_failover_add_up_to_its_slowest_answer() -> None:
    figures = {
        figure.name: figure.value for figure in decide(Case("failover/good/answers-elsewhere").timeline()).figures
    }
    parts = [value for name, value in figures.items() if "of it" in name]
    assert len(parts) == 3
    assert sum(parts) == pytest.approx(figures["kill host: time to answer elsewhere, slowest"])


def test_a_loss_is_evidence_only_where_each_actor_could_be_judged() -> None:
    for name, count in (
        ("good/answers-elsewhere", 1),
        ("good/another-fault-comes", 0),
        ("bad/late--after-the-budget", 1),
    ):
        evidence = {each.name: each.have for each in decide(Case(f"failover/{name}").timeline()).evidence}
        assert evidence["losses_host"] == count


@pytest.mark.parametrize("earlier_s", [1.2, 9.95])
def test_turns_on_the_host_after_a_fault_began_and_before_it_took_effect_are_no_answers(earlier_s: float) -> None:
    events = Case("failover/bad/late--after-the-budget").events()
    (began,) = (event for event in events if isinstance(event, ev.FaultStarted))
    slow = structs.replace(began, t_ns=began.t_ns - round(earlier_s * 1e9))
    moved = sorted((slow if event is began else event for event in events), key=lambda event: event.t_ns)
    numbers = itertools.count()
    moved = [structs.replace(event, seq=next(numbers)) if event.process == began.process else event for event in moved]
    between = [event for event in moved if isinstance(event, ev.TurnStarted) and slow.t_ns < event.t_ns < began.t_ns]
    assert between
    found = decide(Timeline(moved))
    assert [(each.anomaly, each.actor) for each in found.violations] == [
        (each.anomaly, each.actor) for each in decide(Timeline(events)).violations
    ]
    assert broken(moved) == broken(events)


class Losing(Asking):
    """Host 1 is lost at 10 s."""

    guarantee = "failover"

    def __init__(self) -> None:
        super().__init__(drain_timeout_s=4.0)

    def silent(self, from_s: float, to_s: float, *, verb: str = "pause") -> None:
        """Host 1 does nothing."""
        self.fault(verb, "host-1", from_s, to_s, units=["host-1/sidecar", "host-1/app"])


ONE = "asks 2 9 on=1; "
HOST = ONE + "gone 10; "
B = 'actor="Counter/probe1"'
LOST, PAUSED, OF_APP, OF_SIDECAR = ({f"losses_{part}": 1} for part in ("host", "pause", "application", "sidecar"))
SHORT = {"host_s": 10.0}
JUDGED, NOT = {"late": 1, "never": 1}, {"late": 0, "never": 0}


def until(at_s: int) -> str:
    """Nobody answers until then."""
    return f"asks 11 {at_s}; asks {at_s} 90 on=2"


# A host has 32 s, and the drain of 4 s on top, from 10.01 s on, when its fault was proved.
@table(
    row("in time", HOST + until(45), opportunities=JUDGED, evidence=LOST),
    row("whoever was not asked after the time proves nothing", HOST + until(46), opportunities=NOT),
    row("late", HOST + until(47), classes="late", says="36 s are allowed", evidence=LOST),
    row("never", HOST + "asks 11 90", classes="never", says="by way of other hosts; 36 s are allowed"),
    row("three attempts", HOST + "asks 44 47; asks 47 90 on=2", classes="late", says="asked 3 times"),
    row("are needed", HOST + "asks 45 47; asks 47 90 on=2", opportunities=NOT, evidence={"losses_host": 0}),
    row("by way of others", HOST + "asks 11 47 via=1; asks 47 90 on=2", opportunities=NOT),
    row("who lives elsewhere is not asked", "asks 2 9 on=2; gone 10; " + until(47), opportunities=NOT),
    row("each who lived there", f"{HOST}asks 2 9 on=1 {B}; {until(45)};asks 11 30 on=2 {B}", opportunities={"late": 2}),
    row(
        "all of them",
        f"{HOST} asks 2 9 on=1 {B}; {until(45)}; asks 11 46 {B}",
        opportunities={"late": 1},
        evidence={"losses_host": 0},
        figures={"losses that could not be judged for every actor": 1},
    ),
    row("who is back changes the table once more", ONE + "gone 10 40; " + until(62), opportunities=NOT),
    row("and has 16 s for it", ONE + "gone 10 40; " + until(63), classes="late", says="52 s are allowed"),
    row("later it does not", ONE + "gone 10 70; " + until(47), classes="late", says="36 s are allowed"),
    row("an application has 47 s", ONE + 'gone 10 part="app"; ' + until(57), opportunities=NOT),
    row("and no more", ONE + 'gone 10 part="app"; ' + until(58), classes="late", evidence=OF_APP),
    row("a sidecar 36 s", ONE + 'gone 10 part="sidecar"; ' + until(47), classes="late", evidence=OF_SIDECAR),
    row("a pause shorter than a lease is no loss", ONE + "silent 10 18; " + until(63), opportunities=NOT),
    row("a longer one is", ONE + "silent 10 18.1; " + until(63), classes="late", evidence=PAUSED),
    row("or being cut off", ONE + 'silent 10 18.1 verb="disconnect"; ' + until(63), classes="late", evidence=PAUSED),
    row("coming is not", ONE + 'silent 10 18.1 verb="add"; ' + until(63), opportunities=NOT),
    row("nor what no host lost", ONE + 'struck 10 30 units=["store"]; ' + until(63), opportunities=NOT),
    row("or one that a table gave up", ONE + "silent 10 14; tabled 12 2 hosts=[2]; " + until(63), classes="late"),
    row("not if it kept it", ONE + "silent 10 14; tabled 12 2; tabled 15 3 hosts=[2]; " + until(63), opportunities=NOT),
    row("what healed before has its time", "struck 2 5; " + HOST + until(41), limits=SHORT, opportunities=NOT),
    row("not more", "struck 2 5; " + HOST + until(42), limits=SHORT, classes="late", says="30.99 s are allowed"),
    row("another fault meanwhile", "struck 9 12; " + HOST + until(47), opportunities=NOT),
    row("one before the answer", "struck 30 31; " + HOST + until(47), opportunities=NOT),
    row("one after the proof", "struck 48 49; " + HOST + until(47), classes="late"),
    row("a unit that ends", "crash 30; " + HOST + until(47), opportunities=NOT),
    row("one that had ended", "crash 5; " + HOST + until(47), classes="late"),
    row("a stall", "stall 30; " + HOST + until(47), opportunities=NOT),
    row(
        "its parts",
        f"{HOST} tabled 0.5 1; tabled 12 2; tabled 15 3 hosts=[2]; tabled 16 4 hosts=[2]; asks 2 9 on=1 {B};"
        f" asks 11 20; asks 20 30 on=2; asks 11 21 {B}; asks 21 30 on=2 {B}",
        figures={
            "kill host: of it detection, median": 4.99,
            "kill host: of it dissemination and drain, median": 5.15,
            "kill host: of it activation, median": 1.1,
            "kill host: time to answer elsewhere, slowest": 11.24,
        },
    ),
    row(
        "a table without it that was seen before the proof was there at once",
        f"{HOST} tabled 0.5 1; tabled 10.005 2 hosts=[2]; asks 11 20; asks 20 30 on=2",
        figures={"kill host: of it detection, median": 0.0},
    ),
)  # fmt: skip
def test_losses(row: Row) -> None:
    row.check(Losing)
