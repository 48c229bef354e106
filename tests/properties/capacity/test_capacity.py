"""What becomes of many actors is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.capacity.parts import A, read, write
from tests.properties.case import Case
from tests.properties.scene import Row, Scene, row, table
from tests.properties.terms import CATALOGUE, verdict_on

KIB = 1024


class Filling(Scene):
    """Actors are filled, put away after 30 s without a turn at the latest, and read again."""

    guarantee = "capacity"
    actor = A
    end_s = 90.0

    def wrote(self, at_s: float, *, value: str = "v", **how: object) -> None:
        """A write of 0.1 s, the first of its stage unless that is named."""
        write(self, self.one, at_s, value, **how)  # type: ignore[arg-type]

    def read(self, at_s: float, *, value: str = "v", **how: object) -> None:
        """Likewise a read."""
        read(self, self.one, at_s, value, **how)  # type: ignore[arg-type]

    def gone(self, at_s: float, *, actor: str = A, instance: int = 1) -> None:
        """An actor is put away."""
        self.deactivate(actor, self.one, at_s, instance=instance)

    def resident(self, at_s: float, *, kib: int, unit: str = "host-1/app") -> None:
        """A look at what a unit has in memory."""
        self.add(ev.MemoryObserved, at_s, unit=unit, resident_bytes=kib * KIB)


B, C = 'actor="Register/c2"', 'actor="Register/c3"'
TWO = f"wrote 1; wrote 2 {B}; "
GONE = f"gone 22; gone 23 {B}; "


LATE, LOST = "kept active", "state lost"


@table(
    row("a stall makes it unknown", "wrote 1; stall 10", doubts=(LATE,), outcome=Outcome.UNKNOWN),
    row("one before the last use does not", "wrote 10; stall 9", classes=LATE),
    row("put away in time", "wrote 1; gone 31", evidence={"put_away": 1}, opportunities={LATE: 1}),
    row("not in time", "wrote 1; gone 31.2", classes=LATE, evidence={"put_away": 0}),
    row("used again before it was due", "wrote 1; read 31 instance=1", classes=LATE, opportunities={LATE: 1}),
    row("the run was not watched for as long", "wrote 61", opportunities={LATE: 0}),
    row("the instance that was written to last", "wrote 1; gone 5; wrote 6 instance=2", classes=LATE),
    row("not one before it", "wrote 1; wrote 40 instance=2; gone 65 instance=2", evidence={"put_away": 1}),
    row("none is there", "wrote 1 ok=false", classes="refused", evidence={"actors": 0}),
    row("what it holds is not known", 'wrote 1; wrote 2 ok=false; read 9 value="x"', opportunities={LOST: 0}),
    row("but that it was there", "wrote 1; wrote 2 ok=false", evidence={"actors": 1}, opportunities={"refused": 1}),
    row("it comes back", "wrote 1; gone 22; read 40", evidence={"returned": 1}, opportunities={LOST: 1}),
    row("it never went", "wrote 1; read 5 instance=1; gone 22", evidence={"returned": 0}, opportunities={LOST: 1}),
    row("another value", 'wrote 1; gone 22; read 40 value="x"', classes=LOST, evidence={"returned": 0}),
    row("a read before the write is over", 'wrote 1; read 1.05 value="x" instance=1; gone 22', opportunities={LOST: 0}),
    row("either of two at once", 'wrote 1 value="x"; wrote 1.05; gone 22; read 40 value="x"', opportunities={LOST: 1}),
    row("of others the last", 'wrote 1 value="x"; wrote 1.2; gone 22; read 40 value="x"', classes=LOST),
    row("a fault", "wrote 1; struck 40 41", opportunities={LATE: 0}),
    row(
        "how fast they came and came back",
        TWO + GONE + f"wrote 4 stage=1 {C}; gone 25 {C}; read 40; read 40.3 {B}",
        figures={
            "activations up to 2 actors a second": 2 / 1.1,
            "activations up to 3 actors a second": 1 / 0.1,
            "returns of 2 actors a second": 2 / 0.4,
            "returns of 2 actors took, median": 100,
        },
    ),
    row(
        "those of a stage may come later than another's",
        f"{TWO} wrote 1.5 stage=1 {C}; {GONE} gone 25 {C}",
        figures={"activations up to 2 actors a second": 2 / 1.1, "activations up to 3 actors a second": 10},
    ),
    row(
        "what they cost after each stage",
        f"resident 0.5 kib=100; wrote 1; resident 2 kib=104; wrote 3 stage=1 {B}; resident 4 kib=9;wrote 5 stage=1 {C};"
        'resident 6 kib=115; resident 6 kib=9 unit="new"',
        classes={LATE: 3},
        figures={"memory of host/app for each of 1 actors": 4, "memory of host/app for each of 3 actors": 5},
    ),
    row(
        "what was left of their memory",
        "resident 0.5 kib=100; " + TWO + "resident 3 kib=106; " + GONE + "resident 24 kib=104; read 40",
        figures={
            "actors active at the same time": 2,
            "memory of host/app for each of 2 actors": 3,
            "memory of host/app left by each of 2 actors that were put away": 2,
        },
    ),
)  # fmt: skip
def test_what_becomes_of_actors(row: Row) -> None:
    row.check(Filling)


def test_nothing_is_left_to_tell_while_one_is_active() -> None:
    told = "resident 0.5 kib=100; " + TWO + "gone 22; resident 24 kib=104; read 40; gone 41 " + B
    verdict = Filling().tell(told).verdict()
    assert not [figure for figure in verdict.figures if "left" in figure.name]


def test_without_evidence_it_is_unknown() -> None:
    history = Case("capacity/good/it-goes-and-comes-back").timeline()
    assert verdict_on(history, CATALOGUE.terms("capacity", "quick")).outcome is Outcome.UNKNOWN
