from __future__ import annotations

import pytest

from actorproof.properties.guarantees.execution import mailbox_order
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.mailbox_order.parts import A, call
from tests.properties.placement.parts import settled
from tests.properties.terms import CATALOGUE, free, verdict_on

ARRIVAL_S = free("mailbox-order").limits["arrival_s"]


def decided(h: History) -> Verdict:
    h.close(60.0)
    return verdict_on(h.timeline(), free("mailbox-order"))


def figures(verdict: Verdict) -> tuple[float, float]:
    waited, overtaken = (figure.value for figure in verdict.figures)
    return waited, overtaken


def burst(h: History, app: str, order: list[int]) -> None:
    """Callers who call within a second, 0.1 s apart, and run one after the other in the order given."""
    ops = [h.operation(A, 10.0 + number / 10, 14.0 + number / 10, client=f"c{number}") for number in range(len(order))]
    for place, number in enumerate(order):
        h.turn(A, app, 11.0 + place / 10, 11.05 + place / 10, op=ops[number])


def test_a_queue_overtakes_nobody() -> None:
    h, one, _ = settled()
    burst(h, one, [0, 1, 2, 3])
    assert figures(decided(h)) == (4, 0)


def test_last_come_first_served_breaks_no_promise_and_shows() -> None:
    h, one, _ = settled()
    burst(h, one, [0, 3, 2, 1])
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert figures(verdict) == (4, 2)


def test_calls_sent_at_about_the_same_time_overtake_nobody() -> None:
    h, one, _ = settled()
    ops = [h.operation(A, 10.0 + number / 100, 14.0, client=f"c{number}") for number in range(3)]
    for place, number in enumerate((2, 1, 0)):
        h.turn(A, one, 11.0 + place / 10, 11.05 + place / 10, op=ops[number])
    assert figures(decided(h)) == (3, 0)


def test_a_call_that_is_run_again_counts_once() -> None:
    h, one, _ = settled()
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3, client="client-bob")
    h.turn(A, one, 10.4, 10.5, op=op)
    assert figures(decided(h)) == (0, 0)


def test_a_turn_that_a_chain_came_to_did_not_wait_for_its_caller() -> None:
    h, one, _ = settled()
    op = call(h, one, 10.0, 10.4)
    h.turn("Counter/b", one, 10.2, 10.3, op=op)
    assert figures(decided(h)) == (0, 0)


def test_what_is_evidence() -> None:
    h, one, _ = settled()
    call(h, one, 5.0, 5.1)
    for number in range(3):
        call(h, one, 10.0 + number, 10.1 + number)
    h.fault("cut", "host-1>app", 20.0, 20.1, links=["host-1>app"])
    call(h, one, 22.0, 22.1)
    call(h, one, 23.0, 23.1)
    verdict = decided(h)
    assert [(e.name, e.have) for e in verdict.evidence] == [("calls_in_sequence", 2)]
    assert verdict.opportunities == {mailbox_order.BEHIND: 2}


def test_without_evidence_it_is_unknown() -> None:
    h, one, _ = settled()
    call(h, one, 10.0, 10.1)
    h.close(60.0)
    terms = CATALOGUE.terms("mailbox-order", "quick")
    assert verdict_on(h.timeline(), terms).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("answered_s", "judged"), [(10.999, 1), (11.0, 0)])
def test_a_call_that_may_have_been_repeated_is_not_judged(answered_s: float, judged: int) -> None:
    h, one, _ = settled()
    call(h, one, 10.0, answered_s)
    call(h, one, 12.0, 12.1)
    assert decided(h).evidence[0].have == judged


@pytest.mark.parametrize(("waited_s", "counted"), [(ARRIVAL_S - 0.001, (0, 0)), (ARRIVAL_S, (1, 0))])
def test_who_waited(waited_s: float, counted: tuple[float, float]) -> None:
    h, one, _ = settled()
    h.turn(A, one, 9.0, 9.1, cause="reminder", name="tick")
    op = h.operation(A, 10.0, 11.0, client="c")
    h.turn(A, one, 10.0 + waited_s, 10.9, op=op)
    assert figures(decided(h)) == counted


@pytest.mark.parametrize(("later_s", "counted"), [(ARRIVAL_S - 0.001, (1, 0)), (ARRIVAL_S, (1, 1))])
def test_who_was_overtaken(later_s: float, counted: tuple[float, float]) -> None:
    h, one, _ = settled()
    first = h.operation(A, 10.0, 12.0, client="c")
    second = h.operation(A, 10.0 + later_s, 12.0, client="d")
    h.turn(A, one, 10.0 + later_s, 10.1 + later_s, op=second)
    h.turn(A, one, 11.0, 11.1, op=first)
    assert figures(decided(h)) == counted
