"""What an application saved and was acknowledged is in the store's own log, from the time of the save."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.application.parts import A, Seen
from tests.properties.terms import free, verdict_on

SAVED = '{"status": "new", "item": "tea"}'
SPELLED = '{"item":"tea","status":"new"}'


def judged(h: Seen) -> Verdict:
    h.close(60.0)
    return verdict_on(h.timeline(), free("durability"))


def saved(value: str | None, stored: str | None, *, at_s: float = 1.25, acknowledged: bool = True) -> Seen:
    """A save from 1.2 to 1.3 s of `value`; the log has `stored` at `at_s`, and something else."""
    h = Seen()
    turn = h.turn(A, h.host, 1.0, 2.0)
    h.save(turn, [("order", value)], 1.2, 1.3, acknowledged=acknowledged)
    h.commit_writes([("Order/2", "order", SPELLED)], 0.1, 0.2)
    if stored is not None:
        h.commit_writes([(A, "order", stored)], at_s - 0.02, at_s + 0.02)
    return h


@pytest.mark.parametrize(
    ("value", "stored", "told"),
    [
        (SAVED, SPELLED, {}),
        (SAVED, None, {"lost by the store": 1}),
        (SAVED, '{"item":"milk","status":"new"}', {"lost by the store": 1}),
        ("[1.0]", "[1]", {}),
        ("[9007199254740993]", "[9007199254740992]", {"number rounded": 1}),
        ("[9007199254740993]", "[9007199254740993]", {}),
        ("no JSON", "no JSON", {}),
        ("no JSON", "none either", {"lost by the store": 1}),
        # What a witness can't tell as the store has it.
        (None, None, {}),
        ("null", SPELLED, {}),
        ('"c2F2ZWQ="', '"saved"', {}),
    ],
)
def test_an_acknowledged_save_has_a_commit_of_what_it_wrote(
    value: str | None, stored: str | None, told: dict[str, int]
) -> None:
    verdict = judged(saved(value, stored))
    assert (verdict.classes, verdict.missing) == (told, ())
    says = {
        "lost by the store": "no commit of then has its order",
        "number rounded": "has order with another whole number",
    }
    assert all(says[each.anomaly] in each.summary for each in verdict.violations)


@pytest.mark.parametrize(("at_s", "told"), [(0.5, 1), (1.25, 0), (5.0, 1)])
def test_the_commit_lies_between_the_save_and_its_answer(at_s: float, told: int) -> None:
    assert sum(judged(saved(SAVED, SPELLED, at_s=at_s)).classes.values()) == told


def test_a_save_that_was_not_acknowledged_may_be_there_or_not() -> None:
    assert judged(saved(SAVED, None, acknowledged=False)).classes == {}


def test_without_the_store_s_log_nothing_is_said_of_a_save() -> None:
    h = Seen()
    turn = h.turn(A, h.host, 1.0, 2.0)
    h.save(turn, [("order", SAVED)], 1.2, 1.3)
    assert judged(h).outcome is Outcome.UNKNOWN


def test_writes_that_can_not_be_read_are_told() -> None:
    h = saved(SAVED, SPELLED)
    h.add(ev.SaveStarted, 1.4, process=h.host, save="odd", turn="turn-1", actor=A, writes="{}")
    h.add(ev.SaveEnded, 1.5, process=h.host, save="odd", acknowledged=True, reason="")
    verdict = judged(h)
    assert (verdict.outcome, verdict.missing) == (Outcome.UNKNOWN, ("the writes of 1 save can't be read",))
