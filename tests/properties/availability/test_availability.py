"""What is counted after a leader's loss; that a naive second implementation agrees; that less shows no more."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.faults import availability
from actorproof.properties.guarantees.faults.schedulers import LATE
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.availability.parts import BACK_S, DIED_S, A, asks, both, lost
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("availability"))


def shown(events: list[ev.Event]) -> set[tuple[str, str]]:
    return {(violation.anomaly, violation.actor) for violation in decide(Timeline(events)).violations}


def have(verdict: Verdict) -> int:
    return verdict.evidence[0].have


def test_what_is_evidence() -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 30, ok=False)
    both(h, app, 30, 60, ok=True)
    h.close(70.0)
    verdict = decide(h.timeline())
    assert have(verdict) == 1
    assert verdict.opportunities == {availability.ACTIVE: 1, availability.NEW: 1, LATE: 0}
    silences = [round(figure.value, 2) for figure in verdict.figures]
    assert silences == [10.25, 10.25]


@pytest.mark.parametrize("missing", ["successor", "newcomers", "afterwards", "probes"])
def test_what_is_none(missing: str) -> None:
    h, app = lost(takes_over=missing != "successor")
    until_s = 40 if missing == "afterwards" else 60
    if missing != "probes":
        asks(h, app, 16, until_s, ok=True)
    if missing != "newcomers":
        asks(h, app, 16, until_s, ok=True, actor="new")
    h.close(70.0)
    assert have(decide(h.timeline())) == 0
    assert verdict_on(h.timeline(), CATALOGUE.terms("availability", "quick")).outcome is Outcome.UNKNOWN


def test_silence_needs_a_whole_history() -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)
    h.close(70.0)
    events = h.events()
    assert len(shown(events)) == 2
    gone = leave_out(events, lambda at: at == len(events) // 2)
    verdict = decide(Timeline(gone))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("no answer was seen 2 times, but the history is not whole",)


DIED = DIED_S + 0.001
DEADLINE = DIED + 23.0
B = "Counter/probe1"


def fails(h: History, from_s: float, to_s: float) -> None:
    """One attempt of the probe."""
    h.operation(A, from_s, to_s, client=f"probe-{A}", outcome="info", status=500, reason="status-500")


def judged(h: History) -> Verdict:
    h.close(130.0)
    return decide(h.timeline())


def test_two_losses_and_two_actors() -> None:
    h, app = lost()
    for actor in (A, B, "new"):
        asks(h, app, 16, 20, ok=True, actor=actor)
        asks(h, app, 30 if actor == B else 25, 60, ok=True, actor=actor)
        asks(h, app, 78, 120, ok=True, actor=actor)
    h.turn("Counter/quiet", app, 17.0, 17.1)
    h.operation("Counter/quiet", 17.2, 17.3, client="probe-quiet", action="register-reminder")
    h.fault("kill", "placement:leader", 80.0, 108.0, units=["placement-2"])
    h.kill("placement-2", 80.001)
    verdict = judged(h)
    # Nobody was seen to lead after the second.
    assert have(verdict) == 1
    assert verdict.opportunities == {availability.ACTIVE: 4, availability.NEW: 2, LATE: 0}
    assert [round(figure.value, 2) for figure in verdict.figures] == [10.25, 5.25]


@pytest.mark.parametrize(("at_s", "by"), [(47.9, "placement-1"), (BACK_S, "placement-2")])
def test_who_succeeds_is_another_one_and_before_it_is_back(at_s: float, by: str) -> None:
    h, app = lost(takes_over=False)
    h.table(at_s, 3, ["host-1"], placement=by)
    both(h, app, 16, 60, ok=True)
    assert have(judged(h)) == 0


def test_a_run_that_was_not_closed_breaks_nothing() -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)
    verdict = decide(h.timeline())
    assert verdict.missing == ("no answer was seen 2 times, but the history is not whole",)


def test_nobody_was_seen_to_lead() -> None:
    h, app = lost(takes_over=False)
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)
    h.close(70.0)
    events = [event for event in h.events() if not isinstance(event, ev.TableObserved)]
    assert not decide(Timeline(events, numbered=False)).violations


@pytest.mark.parametrize("what", ["nothing", "leader", "fault", "healed", "resumed"])
def test_what_happens_at_the_instant_of_the_death(what: str) -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)
    match what:
        case "leader":
            h.table(DIED, 3, ["host-1"], placement="placement-2")
        case "fault":
            h.fault("cut", "host-1>app", DIED, DIED + 0.5, links=["host-1>app"])
        case "healed":
            h.fault("cut", "host-1>app", 1.0, DIED - 15.0, links=["host-1>app"])
        case "resumed":
            h.pause("host-1/app", 18.0, DIED)
        case _:
            pass
    assert bool(judged(h).violations) is (what in {"nothing", "resumed"})


def test_an_actor_that_began_at_the_instant_of_the_death_is_a_new_one() -> None:
    h, app = lost()
    op = h.operation(A, 19.0, 45.2, client=f"probe-{A}")
    h.turn(A, app, DIED, 45.0, op=op)
    verdict = judged(h)
    assert verdict.opportunities == {availability.ACTIVE: 0, availability.NEW: 1, LATE: 0}
    assert round(verdict.figures[0].value, 2) == 25.0


def test_the_first_answer_of_a_new_actor_counts() -> None:
    h, app = lost()
    h.turn("Counter/n", app, 20.2, 20.3, completed=False)
    for from_s, to_s in ((21.0, 40.0), (25.0, 26.0), (30.0, 31.0)):
        h.turn("Counter/n", app, from_s, to_s)
    h.turn("Counter/m", app, 49.9, 50.0)
    assert [round(figure.value, 1) for figure in judged(h).figures] == [24.0]


def test_silence_is_measured_until_the_budget_is_over() -> None:
    h, app = lost()
    for end_s in (17.0, 30.0, DEADLINE, 60.0):
        op = h.operation(A, end_s - 0.2, end_s + 0.1, client=f"probe-{A}")
        h.turn(A, app, end_s - 0.1, end_s, op=op)
    assert [round(figure.value, 2) for figure in judged(h).figures] == [13.0]


def test_an_answer_at_the_instant_of_another_fault_is_none() -> None:
    h, app = lost()
    h.turn(A, app, 16.0, 16.1)
    op = h.operation(A, 49.0, 50.1, client=f"probe-{A}")
    h.turn(A, app, 49.5, 50.0, op=op)
    h.fault("cut", "host-1>app", 50.0, 51.0, links=["host-1>app"])
    assert judged(h).opportunities[availability.ACTIVE] == 0


@pytest.mark.parametrize(
    ("attempts", "broken_"),
    [
        (((DIED, 20.5), (44.0, 44.6), (45.0, 45.6)), True),
        (((30.0, 30.5), (31.0, 31.5), (DEADLINE, 43.6)), True),
        (((30.0, 30.5), (31.0, 31.5), (DEADLINE - 1e-9, 43.6)), False),
        (((30.0, 30.5), (44.0, 44.6), (49.0, 50.0)), True),
        (((30.0, 30.5), (44.0, 44.6), (49.0, 50.001)), False),
        (((44.0, 44.6), (45.0, 45.6)), False),
    ],
)
def test_which_attempts_prove_that_it_is_late(attempts: tuple[tuple[float, float], ...], *, broken_: bool) -> None:
    h, app = lost()
    h.turn(A, app, 16.0, 16.1)
    for from_s, to_s in attempts:
        fails(h, from_s, to_s)
    h.fault("cut", "host-1>app", 50.0, 51.0, links=["host-1>app"])
    assert bool(judged(h).violations) is broken_


def test_a_stall_before_the_last_attempt_ended_excuses() -> None:
    h, app = lost()
    h.turn(A, app, 16.0, 16.1)
    for from_s, to_s in ((44.0, 44.6), (45.0, 45.6), (46.0, 47.5)):
        fails(h, from_s, to_s)
    h.add(ev.Stalled, 47.4, late_ns=300_000_000)
    assert not judged(h).violations
