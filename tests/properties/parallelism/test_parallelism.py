"""What another actor's turn held up, and what was held up by the runtime's own limits."""

from __future__ import annotations

from collections import Counter

import pytest

from actorproof.properties.guarantees.execution.parallelism import Beside
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import ns
from tests.properties.parallelism.parts import call, slow
from tests.properties.placement.parts import settled
from tests.properties.terms import CATALOGUE, free, verdict_on


def crowded(others: int, *, answered: bool = True, slots: str = "slots-4") -> Counter[str]:
    """Two calls that a slow turn holds up while it, and `others` that wait for it too, are under way."""
    h, one, _ = settled(traits=(slots,) if slots else ())
    slow(h, one, 20.0, 23.0)
    for number in range(others):
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
