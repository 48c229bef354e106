"""What another actor's turn held up, and what was held up by the runtime's own limits."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from actorproof.properties.guarantees.execution.parallelism import HELD_UP, Beside
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import ns
from tests.properties.parallelism.parts import OTHER, SLOW, call, slow
from tests.properties.placement.parts import settled
from tests.properties.scene import Row, Story, row, table
from tests.properties.terms import CATALOGUE, free, verdict_on


def crowded(
    others: int, *, answered: bool = True, slots: str = "slots-4", left: dict[str, Any] | None = None
) -> Counter[str]:
    """Two calls that a slow turn holds up while it, and `others` that wait for it too, or left, are under way."""
    h, one, _ = settled(traits=(slots,) if slots else ())
    slow(h, one, 20.0, 23.0)
    for number in range(others):
        if left is not None:
            h.operation("Sleeper/slow", 20.1, 20.3, **left)
            continue
        op = h.operation("Sleeper/slow", 20.1 + number / 100, 26.0 if answered else None, name="hold")
        h.turn("Sleeper/slow", one, 24.0 + number / 100, 24.005 + number / 100, op=op, name="hold")
    call(h, one, 20.5, 23.1, actor="Counter/a")
    call(h, one, 20.5, 23.15, actor="Counter/b")
    h.close(60.0)
    return Counter(violation.actor for violation in verdict_on(h.timeline(), free("parallelism")).violations)


def test_a_call_that_finds_every_slot_of_a_host_taken_is_held_up_by_no_turn() -> None:
    both = Counter({"Counter/a": 1, "Counter/b": 1})
    # Beside a call there are the slow turn, the other call that is held up, and those that wait for the slow turn.
    assert crowded(1) == both
    assert crowded(2) == Counter()
    assert crowded(2, answered=False) == Counter()
    assert crowded(2, left={"outcome": "info"}) == Counter(), "nobody knows when it is over"
    for left in ({"outcome": "info", "status": 500}, {"outcome": "fail"}):
        assert crowded(2, left=left) == both
    assert crowded(9, slots="") == both, "nothing limits how many calls this runtime works on"


@pytest.mark.parametrize(
    ("actor", "at_s", "until_s"),
    [("c", 0.9, None), ("a", 1.5, None), ("c", 1.5, 4), ("a", 2.5, 3), ("b", 2.5, 4), ("a", 6.5, 8), ("b", 6.5, 7)],
)
def test_until_when_slow_turns_of_others_run(actor: str, at_s: float, until_s: float | None) -> None:
    h, one, _ = settled()
    for name, from_s, to_s in (("a", 1, 4), ("b", 2, 3), ("a", 5, 7), ("b", 6, 8)):
        h.turn(f"Sleeper/{name}", one, from_s, to_s)
    turns = [turn for turn in h.timeline().turns if turn.actor.startswith("Sleeper/")]
    assert Beside(turns).until_ns(f"Sleeper/{actor}", ns(at_s)) == (0 if until_s is None else ns(until_s))


def test_without_evidence_it_is_unknown() -> None:
    h, one, _ = settled()
    call(h, one, 20.0, 20.1)
    h.close(60.0)
    assert verdict_on(h.timeline(), CATALOGUE.terms("parallelism", "quick")).outcome is Outcome.UNKNOWN


class Waiting(Story):
    """Calls beside slow turns, in a settled cluster of two hosts."""

    guarantee, actor, end_s = "parallelism", OTHER, 60.0

    def __init__(self) -> None:
        super().__init__()
        self.tell("sees 0.1; sees 0.1 host=2; tabled 0.1 2")

    def slow(self, from_s: float, to_s: float, *, actor: str = SLOW) -> None:
        """A long turn on host 1."""
        slow(self, self.one, from_s, to_s, actor=actor)

    def asked(self, sent_s: float, from_s: float, *, of: str = "Counter/a", on: int = 1) -> None:  # type: ignore[override]
        """A call, and when its short turn began."""
        call(self, self.on(on), sent_s, from_s, actor=of)


B = 'asked 20.5 23.1 of="Counter/b"; '
HELD = "slow 20 23; asked 20.5 23.1; " + B
BOTH = {HELD_UP: 2}


@table(
    row("two that a slow turn holds up", HELD, classes=BOTH, evidence={"asked": 2, "inside": 0}),
    row("one is a coincidence", "slow 20 23; asked 20.5 23.1", opportunities={HELD_UP: 1}),
    row("they begin soon after its end", f"slow 20 23; asked 20.5 23.3; {B}", classes=BOTH),
    row("not long after", f"slow 20 23; asked 20.5 23.31; {B}"),
    row("they waited for a second of it", f"slow 20 23; asked 22 23.1; {B}", classes=BOTH),
    row("not for less", f"slow 20 23; asked 22.01 23.1; {B}"),
    row("it had begun when they were sent", f"slow 20.5 23; asked 20.4 23.1; {B}"),
    row("another began meanwhile", HELD + 'asked 21 21.1 of="Counter/c"'),
    row("one of another type", HELD + 'asked 21 21.1 of="Other/c"', classes=BOTH, evidence={"asked": 3, "inside": 1}),
    row("one that began before", HELD + 'asked 20.1 20.2 of="Counter/c"', classes=BOTH),
    row("one elsewhere", HELD + 'asked 21 21.1 of="Counter/c" on=2', classes=BOTH),
    row("one whose turn is not in the log", HELD + 'sent 21 22 actor="Counter/c"'),
    row("one that nobody answered", HELD + 'sent 21 22 actor="Counter/c" outcome="info"', classes=BOTH),
    row("one that was answered before", HELD + 'sent 20.1 20.4 actor="Counter/c"', classes=BOTH),
    row("its actor was busy", HELD + 'ran 20.3 20.7 actor="Counter/a"'),
    row("it had been", HELD + 'ran 20.3 20.4 actor="Counter/a"', classes=BOTH),
    row("somebody else called it", HELD + 'sent 20.6 30 actor="Counter/a"'),
    row("and was answered before", HELD + 'sent 20 20.4 actor="Counter/a" outcome="info"', classes=BOTH),
    row("it came to another host", f"slow 20 23; asked 20.5 23.1 on=2; {B}"),
    row("something disturbs", HELD + "struck 21 22", evidence={"asked": 0}),
    row("a turn within a slow one", "slow 20 23; asked 21 21.1", evidence={"asked": 1, "inside": 1}),
    row("which had less than a second to run", "slow 20 23; asked 22.1 22.2", evidence={"asked": 0, "inside": 1}),
    row("not within it", "slow 20 23; asked 22 22.99", evidence={"asked": 1, "inside": 0}),
    row("a turn of less than a second is not slow", "slow 20 20.99; asked 20.1 20.2", evidence={"inside": 0}),
    row(
        "how long calls take to begin",
        "slow 20 23; asked 21 21.1; asked 24 24.01",
        figures={
            "calls beside a slow turn began after, median": 100.0,
            "calls without a slow turn began after, median": 10.0,
        },
    ),
)
def test_calls_beside_slow_turns(row: Row) -> None:
    row.check(Waiting)
