from __future__ import annotations

import pytest

from actorproof.properties import activation, turns
from actorproof.properties.excuse import UNTIMED
from actorproof.properties.verdict import Budget, Doubt, Outcome
from tests.properties.builder import History
from tests.properties.terms import free

A = "Counter/a"


@pytest.mark.parametrize(
    ("committed", "word"),
    [(None, "unknown"), ((1.5, 1.9), "excused"), ((12.5, 12.6), "late"), ((1.5, 12.6), "unknown")],
)
def test_the_rest_of_a_turn_is_excused_unless_it_saves_late(committed: tuple[float, float] | None, word: str) -> None:
    """The application of a turn is stopped from 2 s to 20 s; the actor is in use elsewhere from 12 s on."""
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    turn = h.turn(A, one, 1.0, 20.2)
    save = h.save(turn, [("value", "1")], 1.5, 20.1)
    h.pause("host-1/app", 2.0, 20.0)
    h.turn(A, two, 12.0, 13.0)
    h.commit_writes([("Counter/b", "value", "2")], 0.5, 0.6)
    if committed:
        h.commit(save, *committed)
    h.close(90.0)
    verdict = activation.check(h.timeline(), free("activation"), Budget())
    outcome = {"excused": Outcome.HOLDS, "late": Outcome.VIOLATED, "unknown": Outcome.UNKNOWN}[word]
    assert verdict.outcome is outcome
    assert verdict.excused == ({} if word == "late" else {"frozen": 1})
    doubt = Doubt(klass="undelivered", what=UNTIMED)
    assert verdict.doubts == ((doubt,) if word == "unknown" else ())


def test_meetings_of_one_actor() -> None:
    h = History(reentrancy=True)
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, 5.0, chain="c")
    h.turn(A, one, 2.0, 3.0, chain="c")
    h.turn(A, two, 4.0, 4.5)
    h.turn("Counter/b", two, 1.0, 2.0)
    h.close(90.0)
    timeline = h.timeline()
    of_turns = turns.Meetings(timeline, free("turns"))
    of_instances = activation.Meetings(timeline, free("activation"))
    assert [(a.id, b.id, what) for a, b, what in of_turns.of(A)] == [("turn-1", "turn-3", "two live hosts")]
    assert [(a.process, b.process, what) for a, b, what in of_instances.of(A)] == [(one, two, "two instances")]
    for other in ("Counter/b", "Nobody/x"):
        assert list(of_turns.of(other)) == []
        assert list(of_instances.of(other)) == []
