from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.guarantees.guarantee import Check, Guarantee
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict.baseline import Recorded, exposure
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import (
    STOOD_STILL,
    Budget,
    Doubt,
    Figure,
    Findings,
    LeftOut,
    Terms,
    Violation,
)
from actorproof.properties.verdict.judge import examine, judge
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict, Verdict, decide
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE, free


def history(*, canary: bool = True, closed: bool = True, overlaps: int = 0, moves: int = 0, **run: Any) -> History:
    """A run with a canary that is seen, some overlaps on one host, and some orderly moves."""
    h = History(**run)
    one, two = h.app("host-1"), h.app("host-2")
    if canary:
        _, turn = h.call("Canary/c", one, 1.0, 2.0)
        h.turn("Canary/c", one, 1.2, 1.4)
        h.save(turn, [("entry-000001", '{"op": "x", "turn": "t"}'), ("count", '{"n": 1, "turn": "t"}')], 1.2, 1.3)
    for n in range(overlaps):
        h.call(f"Counter/bad{n}", one, 3.0, 4.0)
        h.call(f"Counter/bad{n}", one, 3.5, 4.5)
    for n in range(moves):
        h.call(f"Counter/m{n}", one, 5.0, 6.0)
        h.call(f"Counter/m{n}", two, 6.5, 7.0)
    if closed:
        h.close(30.0)
    return h


KNOWN = {id_: replace(found, canary=id_ == "turns") for id_, found in registered().items()}
"""The shipped guarantees; these tests stand on no other canary than that of `turns`."""


def checked_by(id_: str, check: Check, *, canary: bool = False) -> dict[str, Guarantee]:
    """The guarantees with another check in the place of one."""
    return {**KNOWN, id_: Guarantee(id=id_, check=check, canary=canary)}


def asking(thresholds: Mapping[str, int], *, ids: Sequence[str] = CATALOGUE.ids) -> Catalogue:
    """The shipped catalogue, which asks for this evidence and no other."""
    return Catalogue(
        {
            (id_, "quick"): replace(made, thresholds={name: thresholds.get(name, 0) for name in made.thresholds})
            for id_ in ids
            for made in [free(id_)]
        }
    )


def judged(
    *parts: Sequence[ev.Event],
    deviations: Sequence[Deviation] = (),
    thresholds: dict[str, int] | None = None,
    broken: str | None = None,
    guarantees: Sequence[str] = ("turns",),
    known: Mapping[str, Guarantee] = KNOWN,
) -> tuple[RunVerdict, Verdict]:
    judgement = examined(
        parts,
        examiner(guarantees, catalogue=asking(thresholds or {}), known=known),
        deviations=deviations,
        broken=broken,
    )
    return judgement, judgement.guarantees[0]


def examiner(
    guarantees: Sequence[str],
    *,
    profile: str = "quick",
    catalogue: Catalogue = CATALOGUE,
    known: Mapping[str, Guarantee] = KNOWN,
) -> Examiner:
    return Examiner(catalogue=catalogue, profile=profile, guarantees=guarantees, budget=Budget(), known=known)


def examined(
    parts: Sequence[Sequence[ev.Event]],
    by: Examiner,
    *,
    deviations: Sequence[Deviation] = (),
    broken: str | None = None,
) -> RunVerdict:
    found = examine([Timeline(part) for part in parts], by)
    return judge(found, by, deviations=deviations, broken=broken, mechanisms=[LET_IN])


def recorded(times: int, *, turns_of: int) -> Recorded:
    """A run with as many turns as one with `turns_of` overlaps, in which two were let in so many times."""
    rest, _ = Timeline(history(overlaps=turns_of).events()).halves
    return Recorded(
        run="r",
        driver="process",
        exposure=exposure(rest, fault_rate="", store=""),
        incidents={LET_IN.id: times, "caller-gives-up": times},
        violations={LET_IN.id: {"turns": times}},
        doubts={},
    )


LET_IN = Mechanism(
    id="lock-lets-two-in", title="t", story="s", links=frozenset({"nothing had changed"}), upstream="none known"
)


def deviation(*, often: int = 3, turns_of: int = 3, **fields: Any) -> Deviation:
    """Recorded in four runs, `often` times in each."""
    given: dict[str, Any] = {
        "mechanism": LET_IN.id,
        "of": "dapr 1.18.2",
        "breaks": ("turns",),
        "per": "turn",
        "evidence": "seen",
        "upstream": "none known",
    }
    return Deviation(**(given | fields)).recorded(recorded(often, turns_of=turns_of) for _ in range(4))


def test_holds_with_canary_closed_and_evidence() -> None:
    judgement, turns = judged(history().events())
    assert judgement.outcome is turns.outcome is Outcome.HOLDS
    assert judgement.outcome.exit_code == 0
    assert [each.seen for each in judgement.canaries] == [True]


def test_canary_is_not_judged_with_the_rest() -> None:
    _, turns = judged(history().events())
    assert not turns.violations


@pytest.mark.parametrize(("schedulers", "asked"), [((0, 0), False), ((0, 1), True)])
def test_evidence_of_what_no_part_of_a_run_had_is_not_asked_for(schedulers: Sequence[int], *, asked: bool) -> None:
    judgement = examined([history(schedulers=number).events() for number in schedulers], examiner(["reminders"]))
    assert ("ticks_scheduler_kill" in {each.name for each in judgement.guarantees[0].evidence}) == asked


def test_without_a_canary_nothing_holds() -> None:
    judgement, turns = judged(history(canary=False).events())
    assert turns.outcome is Outcome.UNKNOWN
    assert "no canary operation" in turns.missing[0]
    assert judgement.outcome is Outcome.ERROR
    assert judgement.outcome.exit_code == 3


def blind(timeline: Timeline, terms: Terms) -> Findings:
    return Findings(evidence=dict.fromkeys(terms.thresholds, 0))


def test_a_checker_that_is_blind_is_an_error() -> None:
    judgement, turns = judged(history().events(), known=checked_by("turns", blind, canary=True))
    assert turns.outcome is Outcome.UNKNOWN
    assert judgement.canaries[0].blind
    assert judgement.outcome.exit_code == 3


@pytest.mark.parametrize("case", ["not closed", "a gap", "no store log"])
def test_a_canary_missed_in_a_history_that_is_not_whole_is_unknown(case: str) -> None:
    h = history(canary=False, closed=case != "not closed", moves=1)
    if case == "no store log":
        h.add(ev.StoreLogBroken, 2.0, reason="cut")
    events = h.events()
    if case == "a gap":
        events.remove(next(e for e in events if isinstance(e, ev.Activated)))
    judgement, turns = judged(events)
    assert judgement.outcome is turns.outcome is Outcome.UNKNOWN
    assert judgement.outcome.exit_code == 2


def test_each_part_needs_its_canary() -> None:
    judgement, turns = judged(history().events(), history(canary=False).events())
    assert turns.outcome is Outcome.UNKNOWN
    assert not judgement.canaries[0].seen
    assert "part 2" in judgement.canaries[0].detail


def test_an_unseen_canary_hides_no_violation() -> None:
    judgement, turns = judged(history(canary=False, overlaps=1).events())
    assert judgement.outcome is turns.outcome is Outcome.VIOLATED


def test_a_gap_lets_nothing_hold() -> None:
    events = history(moves=1).events()
    events.remove(next(e for e in events if isinstance(e, ev.Activated) and e.actor == "Counter/m0"))
    judgement, turns = judged(events)
    assert turns.outcome is Outcome.UNKNOWN
    assert len(judgement.problems) == 1
    assert "is missing" in judgement.problems[0]


def test_a_lost_journal_lets_nothing_hold() -> None:
    events = [event for event in history(moves=1).events() if event.process != "host-2/app#1"]
    judgement, turns = judged(events)
    assert turns.outcome is Outcome.UNKNOWN
    assert judgement.problems[0] == "the journal of host-2/app#1 is missing"
    assert "stand in no journal" in judgement.problems[1]


def test_an_unclosed_run_lets_nothing_hold() -> None:
    _, turns = judged(history(closed=False).events())
    assert turns.outcome is Outcome.UNKNOWN
    assert turns.missing == ("the run was not closed in order",)


def test_a_refused_operation_that_a_turn_carried_is_an_error() -> None:
    h = history()
    op = h.operation("Counter/a", 8.0, 8.1, outcome="fail", reason="refused")
    h.turn("Counter/a", "host-1/app#1", 8.2, 8.3, op=op)
    judgement, turns = judged(h.events())
    assert judgement.outcome is Outcome.ERROR
    assert judgement.outcome.exit_code == 3
    assert turns.outcome is Outcome.UNKNOWN


def test_a_checker_that_fails_is_an_error_and_the_others_go_on() -> None:
    def fails(timeline: Timeline, terms: Terms) -> Findings:
        raise KeyError("gone")

    judgement, activation = judged(
        history().events(), guarantees=("activation", "turns"), known=checked_by("activation", fails)
    )
    assert activation.outcome is Outcome.ERROR
    assert activation.fault == "KeyError: 'gone'"
    assert judgement.guarantees[1].outcome is Outcome.HOLDS
    assert judgement.outcome is Outcome.ERROR


def test_evidence_is_summed_over_the_parts() -> None:
    for thresholds, outcome in (({"moves": 0}, Outcome.HOLDS), ({"kills": 1}, Outcome.UNKNOWN)):
        _, turns = judged(history().events(), history().events(), thresholds=thresholds)
        assert turns.outcome is outcome
    _, activation = judged(
        history(moves=2).events(), history(moves=3).events(), thresholds={"moves": 5}, guarantees=("activation",)
    )
    assert activation.outcome is Outcome.HOLDS
    assert {e.name: e.have for e in activation.evidence}["moves"] == 5


def test_executions_is_a_figure_and_stays_so() -> None:
    judgement, executions = judged(history(canary=False).events(), guarantees=("executions",))
    assert executions.outcome is Outcome.FIGURE
    assert judgement.outcome is Outcome.ERROR  # the canary was not there


def test_a_deviation_takes_its_violations_out() -> None:
    judgement, turns = judged(history(overlaps=3).events(), deviations=[deviation()])
    assert judgement.outcome is turns.outcome is Outcome.DEVIATES
    assert turns.raw_outcome is Outcome.VIOLATED
    assert len(turns.deviations[0].violations) == 3
    assert set(turns.accepted.values()) == {LET_IN.id}
    assert not turns.open_violations


@pytest.mark.parametrize("fields", [{"breaks": ("activation",)}, {"mechanism": "caller-gives-up"}])
def test_a_deviation_takes_out_nothing_else(fields: dict[str, Any]) -> None:
    judgement, turns = judged(history(overlaps=3).events(), deviations=[deviation(**fields)])
    assert judgement.outcome is Outcome.VIOLATED
    assert len(turns.open_violations) == 3
    assert not turns.notes


def test_more_than_recorded_runs_let_expect_is_red_and_told() -> None:
    judgement, turns = judged(history(overlaps=60).events(), deviations=[deviation(often=1, turns_of=60)])
    assert judgement.outcome is Outcome.VIOLATED
    assert len(turns.open_violations) == 60
    (note,) = turns.notes
    assert "lock-lets-two-in came more often than known: 60 violations of 60 incidents" in note
    assert len(note) < 160, "it has to fit where notes are told"


def test_a_deviation_that_no_longer_occurs_is_reported() -> None:
    _, turns = judged(history(moves=1).events(), deviations=[deviation()])
    assert [(m.deviation.mechanism, m.violations) for m in turns.deviations] == [(LET_IN.id, ())]


def doubtful() -> History:
    """A turn of host-1 may still have run when one of host-2 began: its application was killed before it could tell."""
    h = history(moves=1)
    h.turn("Counter/d", "host-1/app#1", 20.0, None)
    h.turn("Counter/d", "host-2/app#1", 20.5, 21.0)
    h.kill("host-1/app", 22.0)
    return h


def test_a_doubt_is_taken_out_by_the_deviation_that_would_accept_it() -> None:
    judgement, turns = judged(doubtful().events())
    assert judgement.outcome is Outcome.UNKNOWN
    assert any("two live hosts" in reason for reason in turns.missing)
    judgement, turns = judged(doubtful().events(), deviations=[deviation(doubts=("turns: two live hosts",))])
    assert judgement.outcome is Outcome.HOLDS
    assert not turns.missing
    assert not turns.notes
    assert [match.doubtful for match in turns.deviations] == [1]


@pytest.mark.parametrize("doubts", [(), ("turns: same host",), ("activation: two live hosts",)])
def test_a_doubt_stays_where_no_deviation_would_accept_it(doubts: tuple[str, ...]) -> None:
    judgement, turns = judged(doubtful().events(), deviations=[deviation(doubts=doubts)])
    assert judgement.outcome is Outcome.UNKNOWN
    assert turns.missing


def test_with_broken_hosts_no_deviation_counts() -> None:
    judgement, _ = judged(history(overlaps=1).events(), deviations=[deviation()], broken="turns")
    assert judgement.outcome is Outcome.VIOLATED


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="guarantee nonsense"):
        examined([], examiner(["nonsense"]))


def test_no_history_holds_nothing() -> None:
    judgement, turns = judged()
    assert judgement.outcome is turns.outcome is Outcome.UNKNOWN


def test_findings_of_parts_are_summed_and_keeps_what_is_worse() -> None:
    violation = Violation(anomaly="same host", actor="A/1", summary="s", events=(), at_ns=5)
    sooner = Violation(anomaly="same host", actor="A/2", summary="s", events=(), at_ns=4)
    made = decide(
        free("turns"),
        [
            Findings(
                violations=(violation,),
                opportunities={"same host": 3},
                excused={"frozen": 1},
                evidence={"moves": 2},
                figures=(Figure(name="longest", value=1.0, unit="s"), Figure(name="moves", value=1, unit="moves")),
                missing=("why",),
            ),
            Findings(
                violations=(sooner,),
                opportunities={"same host": 4},
                excused={"frozen": 2},
                figures=(Figure(name="longest", value=3.0, unit="s"), Figure(name="moves", value=2, unit="moves")),
                fault="KeyError: x",
            ),
        ],
    )
    assert made.violations == (sooner, violation)
    assert made.opportunities == {"same host": 7}
    assert made.excused == {"frozen": 3}
    assert [f.value for f in made.figures] == [3.0, 3]
    assert made.outcome is Outcome.VIOLATED
    assert made.missing == ("why",)
    assert decide(free("turns"), [Findings(fault="x")], doubts=["doubt"]).outcome is Outcome.ERROR
    assert decide(free("turns"), [Findings(missing=("x",))]).outcome is Outcome.UNKNOWN


def test_where_more_would_be_seen_counts_what_was_left_out_since_the_machine_stood_still() -> None:
    thresholds = CATALOGUE.terms("drain", "quick")
    within, beyond, _ = thresholds.thresholds
    left_out = [
        LeftOut(evidence=within, why=STOOD_STILL, count=9),
        LeftOut(evidence=within, why="a fault", count=4),
        LeftOut(evidence=beyond, why=STOOD_STILL, count=2),
    ]
    made = decide(thresholds, [Findings(evidence={within: 1}), Findings(evidence={within: 1}, left_out=left_out)])
    assert {each.name: each.parts for each in made.evidence[:2]} == {within: (1, 10), beyond: (0, 2)}


@pytest.mark.parametrize("gap", [False, True])
def test_a_turn_without_an_end_ran_on_where_the_history_is_whole(*, gap: bool) -> None:
    h = history(moves=1)
    h.turn("Counter/d", "host-1/app#1", 20.0, None)
    h.turn("Counter/d", "host-2/app#1", 20.5, 21.0)
    h.turn("Counter/e", "host-1/app#1", 22.0, 22.5)
    events = h.events()
    if gap:
        events.remove(next(e for e in events if isinstance(e, ev.Activated) and e.actor == "Counter/e"))
    _, turns = judged(events)
    assert turns.classes == ({} if gap else {"two live hosts": 1})


def test_the_profile_decides_what_is_asked() -> None:
    judgement = examined([history().events()], examiner(["turns"], profile="soak"))
    assert judgement.guarantees[0].terms == CATALOGUE.terms("turns", "soak")
    assert judgement.canaries[0].seen


def test_every_search_gets_the_budget() -> None:
    given: list[Budget] = []

    def search(timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
        given.append(budget)
        return blind(timeline, terms)

    judged(history().events(), known={**KNOWN, "turns": Guarantee(id="turns", search=search, canary=True)})
    assert given == [Budget()] * 2  # the canary, and the rest


def test_a_catalogue_without_its_promise_asks_for_no_canary() -> None:
    judgement = examined(
        [history(moves=1).events()],
        examiner(["activation"], catalogue=asking({}, ids=["activation"]), known=registered()),
    )
    assert judgement.canaries == ()
    assert judgement.outcome is Outcome.HOLDS


def test_figures_alone_decide_nothing() -> None:
    judgement, executions = judged(history().events(), guarantees=("executions",))
    assert executions.outcome is Outcome.FIGURE
    assert judgement.outcome is Outcome.UNKNOWN


def test_one_blind_canary_of_two_is_an_error() -> None:
    judgement, turns = judged(history().events(), known=checked_by("durability", blind, canary=True))
    assert judgement.outcome is Outcome.ERROR
    assert turns.outcome is Outcome.UNKNOWN


def test_parts_are_named_by_scenario_or_number() -> None:
    named, nameless = history(closed=False, scenario="churn").events(), history(closed=False).events()
    nameless = [event for event in nameless if not isinstance(event, ev.RunStarted)]
    judgement, turns = judged(named, nameless)
    assert turns.missing == (
        "the history is not whole: part 2: harness: event 1 is missing (next is 2)",
        "churn was not closed in order",
        "part 2 was not closed in order",
    )
    assert judgement.problems == ("part 2: harness: event 1 is missing (next is 2)",)


@pytest.mark.parametrize(("gaps", "more"), [(1, ""), (2, ", and 1 more"), (3, ", and 2 more")])
def test_more_problems_are_counted(gaps: int, more: str) -> None:
    events = history(moves=3).events()
    for n in range(gaps):
        events.remove(next(e for e in events if isinstance(e, ev.Activated) and e.actor == f"Counter/m{n}"))
    judgement, turns = judged(events)
    assert turns.missing == (f"the history is not whole: {judgement.problems[0]}{more}",)
    assert len(judgement.problems) == gaps


def test_no_history_is_said() -> None:
    _, turns = judged()
    assert "there is no history" in turns.missing


def test_findings_of_parts_keep_doubts_faults_and_extremes() -> None:
    seconds = [("smallest margin", "s"), ("longest", "s"), ("share", "%"), ("moves", "moves")]
    made = decide(
        free("turns"),
        [
            Findings(
                doubts=(Doubt(anomaly="same host", what="odd", count=2), Doubt(anomaly="abandoned", what="odd")),
                figures=tuple(Figure(name=name, value=value, unit=unit) for name, unit in seconds),
                fault=fault,
            )
            for value, fault in ((2.0, "KeyError: x"), (1.0, ""), (3.0, "KeyError: x"))
        ],
    )
    assert made.doubts == (
        Doubt(anomaly="same host", what="odd", count=6),
        Doubt(anomaly="abandoned", what="odd", count=3),
    )
    assert made.fault == "KeyError: x"
    assert made.outcome is Outcome.ERROR
    assert [figure.value for figure in made.figures] == [1.0, 3.0, 3.0, 6.0]
    assert decide(free("turns"), [Findings(doubts=made.doubts)]).outcome is Outcome.UNKNOWN
    assert decide(free("turns"), [Findings()]).outcome is Outcome.HOLDS


def test_a_failed_checker_is_named() -> None:
    def fails(timeline: Timeline, terms: Terms) -> Findings:
        raise SyntaxError("odd", ("file", 1, 1, "text"))  # it spells in several lines, of which the last is wanted

    _, activation = judged(history().events(), guarantees=("activation",), known=checked_by("activation", fails))
    assert activation.guarantee == "activation"
    assert activation.fault == "SyntaxError: odd"


def test_a_figure_whose_check_fails_is_an_error_of_the_run() -> None:
    def fails(timeline: Timeline, terms: Terms) -> Findings:
        raise KeyError("gone")

    run, executions = judged(
        history().events(), guarantees=("executions", "turns"), known=checked_by("executions", fails)
    )
    assert run.outcome is executions.outcome is Outcome.ERROR
    assert run.guarantees[1].outcome is Outcome.HOLDS
