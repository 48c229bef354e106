from __future__ import annotations

from collections.abc import Mapping

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_FUTURE_NS, Life
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns

A = "Counter/a"


def history() -> History:
    h = History()
    h.app("host-1")
    h.start("store", 0.0)
    h.fault("pause", "store", 1.0, 2.0, units=["store"])
    h.pause("store", 1.0, 2.0)
    h.kill("store", 3.0)
    h.close(10.0)
    return h


def said(timeline: Timeline) -> list[str]:
    return [f"{problem.kind}: {problem}" for problem in timeline.problems]


@pytest.mark.parametrize(
    ("kind", "word"),
    [(ev.UnitStarted, "unit store#1 goes on but never started"), (ev.FaultStarted, "fault fault-1 goes on")],
)
def test_a_lost_line_of_the_harness_is_a_problem(kind: type[ev.Event], word: str) -> None:
    events = [e for e in history().events() if not (isinstance(e, kind) and getattr(e, "unit", "store") == "store")]
    for numbered in (True, False):
        timeline = Timeline(events, numbered=numbered)
        assert any(word in str(problem) for problem in timeline.problems)
        assert not timeline.closed


def test_any_lost_line_can_be_read() -> None:
    events = history().events()
    for at, event in enumerate(events):
        if event.process == "harness":
            assert not Timeline(events[:at] + events[at + 1 :]).closed


def without(events: list[ev.Event], kind: type[ev.Event], number: int = 0) -> list[ev.Event]:
    """Without the event of a kind at that place among its like."""
    gone = [event for event in events if isinstance(event, kind)][number]
    return [event for event in events if event is not gone]


def test_gaps_in_numbers_are_named() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, one, 3.0, 4.0)
    h.close(9.0)
    events = without(h.events(), ev.TurnEnded, 1)
    assert Timeline(events).problems == []  # nothing follows it
    events = without(events, ev.TurnStarted, 1)
    assert Timeline(events).whole
    events = without(h.events(), ev.TurnStarted)
    assert said(Timeline(events)) == [
        "gap: host-1/app#1: event 2 is missing (next is 3)",
        "gap: host-1/app#1 event 3: turn turn-1 ends but never started",
    ]
    assert said(Timeline(events, numbered=False))[:1] == [
        "gap: host-1/app#1 event 3: turn turn-1 ends but never started"
    ]
    late = [event for event in h.events() if event.process != "harness" or event.seq]
    assert str(Timeline(late).problems[0]) == "harness: event 0 is missing (next is 1)"


def test_whole() -> None:
    events = history().events()
    assert Timeline(events).whole
    assert Timeline(events, numbered=False, whole=True).whole
    assert not Timeline(events, numbered=False).whole
    timeline = Timeline([event for event in events if not (event.process == "harness" and event.seq == 1)])
    assert not timeline.whole
    assert not timeline.closed


@pytest.mark.parametrize(
    ("phases", "until_s"), [("quiet", 2.0), ("quiet final", 3.0), ("quiet closed", 2.0), ("", 4.0)]
)
def test_actors_are_left_to_themselves_until_final_states_are_read(phases: str, until_s: float) -> None:
    h = History()
    at_s = {"quiet": 2.0, "final": 3.0, "closed": 4.0}
    for phase in ("quiet", "final", "closed"):
        if phase in phases.split():
            h.phase(phase, at_s[phase])
    h.phase("healed", 4.0)
    assert h.timeline().observed_ns == ns(until_s)


def test_closed_by_its_last_phase_only() -> None:
    h = History()
    for phase in ("healed", "quiet", "final"):
        h.phase(phase, 5.0)
    assert not h.timeline().closed
    h.phase("closed", 6.0)
    timeline = h.timeline()
    assert timeline.closed
    assert timeline.phases["closed"] == timeline.last_ns == ns(6.0)
    assert timeline.first_ns == ns(0.0)
    assert timeline.event_count == len(h.events())


def test_what_happens_twice_or_from_nowhere_is_a_problem() -> None:
    h = History()
    one = h.app("host-1")
    h.operation(A, 1.0, 2.0, op="twice")
    h.operation(A, 3.0, 4.0, op="twice")
    h.complete("nowhere", 5.0)
    h.turn(A, one, 1.1, 1.9, turn="t")
    h.turn("Counter/b", one, 1.2, 1.8, turn="t")
    h.add(ev.TurnEnded, 6.0, process=one, turn="nowhere", completed=True, result="null")
    h.add(ev.TurnLost, 6.05, process=one, turn="nowhere", reason="the caller hung up")
    h.add(ev.SaveEnded, 6.1, process=one, save="nowhere", acknowledged=True, reason="")
    h.add(ev.FaultTook, 6.2, fault="nowhere", evidence=("seen",))
    h.add(ev.FaultHealed, 6.2, fault="nowhere")
    h.signal("host-9/app", 6.3, "SIGKILL", incarnation=7)
    timeline = h.timeline()
    assert said(timeline) == [
        "contradiction: host-1/app#1 event 4: turn t starts twice",
        "contradiction: host-1/app#1 event 6: turn t ends but ended before",
        "contradiction: harness event 10: operation twice is invoked twice",
        "contradiction: harness event 11: operation twice is completed twice",
        "gap: harness event 12: operation nowhere is never invoked",
        "gap: host-1/app#1 event 7: turn nowhere ends but never started",
        "gap: host-1/app#1 event 8: turn nowhere is lost from sight but never started",
        "gap: host-1/app#1 event 9: save nowhere ends but never started",
        "gap: harness event 13: fault nowhere goes on but never started",
        "gap: harness event 14: fault nowhere goes on but never started",
        "gap: harness event 15: unit host-9/app#7 goes on but never started",
    ]
    ((operation),) = timeline.operations
    assert (operation.start_ns, operation.end_ns) == (ns(1.0), ns(2.0))
    ((turn),) = timeline.turns
    assert (turn.actor, turn.end_ns, turn.ended) == (A, ns(1.8), "completed")


def test_a_save_a_fault_and_a_unit_begin_once_and_the_first_counts() -> None:
    h = History()
    one = h.app("host-1")
    turn = h.turn(A, one, 1.0, 2.0)
    save = h.save(turn, [("k", "1")], 1.1, 1.2)
    h.add(ev.SaveStarted, 1.3, process=one, save=save, turn=turn, actor="Counter/b", writes="[]")
    h.add(ev.SaveEnded, 1.4, process=one, save=save, acknowledged=False, reason="late")
    fault = h.fault("pause", "host-1/app", 3.0, 4.0)
    h.add(ev.FaultStarted, 4.5, fault=fault, verb="kill", target="store", units=(), links=())
    h.add(ev.UnitStarted, 5.0, unit="host-1/app", incarnation=1, pid=9)
    timeline = h.timeline()
    assert [str(problem).partition(": ")[2] for problem in timeline.problems] == [
        f"save {save} starts twice",
        f"save {save} ends but ended before",
        f"fault {fault} starts twice",
        "unit host-1/app#1 starts twice",
    ]
    assert [(each.actor, each.acknowledged) for each in timeline.saves] == [(A, True)]
    assert [each.kind for each in timeline.faults] == ["pause host/app"]
    assert [life.started_ns for life in timeline.lives if life.unit == "host-1/app"] == [ns(0.0)]


def test_clocks_of_different_boots_do_not_compare() -> None:
    for field, other in (("boot_id", "c"), ("time_namespace", "u")):
        h = History()
        given = {"pid": 1, "boot_id": "b", "time_namespace": "t", "wall_ns": 0} | {field: other}
        h.add(ev.JournalOpened, 1.0, process="host-1/app#1", **given)
        (problem,) = h.timeline().problems
        assert problem.kind == "clocks"
        assert str(problem) == "the processes' clocks do not compare: they ran in different boots or time namespaces"


def test_a_turn_ends_with_its_application() -> None:
    h = History()
    one, two, three = h.app("host-1"), h.app("host-2"), h.app("host-3")
    killed = h.turn(A, one, 1.0, None)
    h.kill("host-1/app", 4.0)
    crashed = h.turn("Counter/b", two, 1.0, None)
    h.turn("Counter/c", two, 2.0, 3.0)
    h.exit("host-2/app", 5.0, code=1, expected=False)
    left = h.turn("Counter/d", three, 1.0, None)
    strange = h.turn("Counter/e", "host-4/app", 1.0, None)
    timeline = h.timeline()
    ends = {turn.id: (turn.ended, turn.end_ns) for turn in timeline.turns}
    assert ends[killed] == ("killed", ns(4.0))
    assert ends[crashed] == ("killed", ns(3.0))
    assert ends[left] == ends[strange] == ("open", FAR_FUTURE_NS)


def test_a_line_written_after_the_kill_was_sent_moves_the_end_of_its_open_turn() -> None:
    h = History()
    one = h.app("host-1")
    turn = h.turn(A, one, 1.0, None)
    h.signal("host-1/app", 4.0, "SIGKILL")
    h.turn("Counter/b", one, 4.1, 4.2)
    h.exit("host-1/app", 4.5)
    found = h.timeline().turn(turn)
    assert found is not None
    assert found.end_ns == ns(4.2)


def test_lives() -> None:
    h = History()
    h.start("host-1/app", 1.0, ready_s=1.5)
    h.signal("host-1/app", 2.0, "SIGSTOP")
    h.signal("host-1/app", 3.0, "SIGCONT")
    h.signal("host-1/app", 4.0, "SIGSTOP")
    h.signal("host-1/app", 4.5, "SIGCONT")
    h.signal("host-1/app", 5.0, "SIGTERM")
    h.signal("host-1/app", 5.5, "SIGTERM")
    h.signal("host-1/app", 6.0, "SIGKILL")
    h.exit("host-1/app", 6.1, expected=True)
    h.start("host-1/app", 7.0)
    h.signal("host-1/app", 7.5, "SIGCONT")
    h.signal("host-1/app", 7.6, "SIGSTOP")
    h.exit("host-1/app", 8.0, code=2, expected=False)
    timeline = h.timeline()
    first, second = timeline.lives_by_unit["host-1/app"]
    assert (first.started_ns, first.ready_ns, first.stopping_ns) == (ns(1.0), ns(1.5), ns(5.0))
    assert (first.ended_ns, first.exited_ns, first.expected) == (ns(6.0), ns(6.1), True)
    assert first.paused == [(ns(2.0), ns(3.0)), (ns(4.0), ns(4.5))]
    assert (second.ended_ns, second.exited_ns, second.expected) == (ns(8.0), ns(8.0), False)
    assert (second.paused, second.stopping_ns) == ([(ns(7.6), FAR_FUTURE_NS)], FAR_FUTURE_NS)
    assert timeline.life_of("host-1/app#2") is second
    assert timeline.life_of("host-1/app#3") is timeline.life_of("harness") is None
    alive = {at_s: timeline.life_at("host-1/app", ns(at_s)) for at_s in (0.9, 1.0, 5.9, 6.0, 6.9, 7.0, 7.9, 8.0)}
    assert alive == {0.9: None, 1.0: first, 5.9: first, 6.0: None, 6.9: None, 7.0: second, 7.9: second, 8.0: None}
    assert timeline.life_at("host-2/app", ns(1.0)) is None


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 1, False), (0, 2, True), (3, 4, True), (5, 9, True), (6, 9, False)]
)
def test_stopped_during(start: int, end: int, *, expected: bool) -> None:
    assert Life(unit="u", incarnation=1, started_ns=0, paused=[(2, 5)]).stopped_during(start, end) is expected


def test_faults_near_an_instant() -> None:
    h = History()
    h.fault("pause", "host-1/app", 10.0, 20.0)
    h.fault("cut", "host-2>placement-0", 12.0, 14.0, took=False)
    h.fault("kill", "scheduler-1", 15.0, None)
    timeline = h.timeline()

    def during(start_s: float, end_s: float) -> list[str]:
        return [fault.kind for fault in timeline.faults_during(ns(start_s), ns(end_s))]

    assert during(9.0, 9.9) == []
    assert during(9.0, 10.0) == ["pause host/app"]
    assert during(14.0, 14.5) == ["pause host/app", "cut host>placement"]
    assert during(20.1, 99.0) == ["kill scheduler"]
    triggers = {at_s: timeline.trigger_at(ns(at_s)) for at_s in (9.9, 10.0, 13.0, 14.9, 15.0, 900.0)}
    assert triggers == {
        9.9: "none",
        10.0: "pause host/app",
        13.0: "pause host/app",
        14.9: "pause host/app",
        15.0: "kill scheduler",
        900.0: "kill scheduler",
    }


def test_a_fault_triggers_for_a_wake_after_its_heal() -> None:
    h = History()
    h.fault("pause", "host-1/app", 10.0, 20.0)
    timeline = h.timeline()
    assert timeline.trigger_at(ns(35.0)) == "pause host/app"
    assert timeline.trigger_at(ns(35.1)) == "none"
    assert timeline.trigger_at(ns(25.0), wake_s=5.0) == "pause host/app"
    assert timeline.trigger_at(ns(25.1), wake_s=5.0) == "none"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("host-3", "kill host"),
        ("host-12/app", "kill host/app"),
        ("host-1>placement-0", "kill host>placement"),
        ("store", "kill store"),
        ("hosts>scheduler-0", "kill hosts>scheduler"),
        ("top-half", "kill top-half"),
    ],
)
def test_the_kind_of_a_fault_has_no_numbers(target: str, kind: str) -> None:
    assert ev.fault_kind("kill", target) == kind


def test_instances_and_moves() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, 2.0)
    h.turn("Counter/b", two, 1.5, 1.6)
    h.deactivate(A, one, 3.0)
    h.turn(A, one, 4.0, 9.0, instance=2)
    h.turn(A, one, 5.0, 6.0, instance=2)
    h.turn(A, two, 7.0, 8.0)
    timeline = h.timeline()
    assert [
        (i.process, i.actor, i.number, i.first_ns, i.last_ns, i.deactivated_ns, len(i.turns))
        for i in timeline.instances
    ] == [
        (one, A, 1, ns(1.0), ns(2.0), ns(3.0), 1),
        (two, "Counter/b", 1, ns(1.5), ns(1.6), None, 1),
        (one, A, 2, ns(4.0), ns(9.0), None, 2),
        (two, A, 1, ns(7.0), ns(8.0), None, 1),
    ]
    assert [(a.start_ns, b.start_ns) for a, b in timeline.moves] == [(ns(5.0), ns(7.0))]


def test_operations_have_their_turns_and_saves_theirs() -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 1.0, 9.0, turn="second")
    h.turn(A, one, 2.0, 3.0, op=op, turn="first", completed=False)
    h.turn(A, one, 4.0, 5.0, op=op, turn="second")
    kept = h.save("first", [("k", "1")], 2.1, 2.2)
    lost = h.save("first", [("k", "2")], 2.3, None)
    refused = h.save("second", [("k", "3")], 4.1, 4.2, acknowledged=False)
    pending = h.operation("Counter/b", 1.0, None)
    timeline = h.timeline()
    operation = timeline.operation(op)
    assert operation is not None
    assert [turn.id for turn in operation.turns] == ["first", "second"]
    assert [turn.ended for turn in operation.turns] == ["failed", "completed"]
    assert operation.answering is timeline.turn("second")
    assert [save.id for save in operation.turns[0].saves] == [kept, lost]
    assert {save.id: save.acknowledged for save in timeline.saves} == {kept: True, lost: False, refused: False}
    other = timeline.operation(pending)
    assert other is not None
    assert (other.outcome, other.end_ns, other.answering) == ("info", FAR_FUTURE_NS, None)
    assert timeline.operations_by_actor == {A: [operation], "Counter/b": [other]}
    assert timeline.last_event_ns(one) == ns(5.0)
    assert timeline.last_event_ns("host-2/app#1") == 0


def test_an_answer_by_a_turn_that_nobody_saw_has_no_turn() -> None:
    h = History()
    op = h.operation(A, 1.0, 9.0, turn="unseen")
    h.turn(A, h.app("host-1"), 2.0, 3.0, op=op)
    operation = h.timeline().operation(op)
    assert operation is not None
    assert operation.answering is None


def test_the_canary_is_split_from_the_rest() -> None:
    def lived(actor: str, h: History, process: str, from_s: float) -> None:
        _, turn = h.call(actor, process, from_s, from_s + 1)
        h.save(turn, [("k", "1")], from_s + 0.2, from_s + 0.3)
        h.deactivate(actor, process, from_s + 2)

    h = History()
    one = h.app("host-1")
    lived("Canary/c", h, one, 1.0)
    lived("Counter/a", h, one, 2.0)
    h.fault("kill", "host-1/app", 5.0, 6.0)
    h.close(9.0)
    timeline = h.timeline()
    for half, actor in zip(timeline.halves, ("Counter/a", "Canary/c"), strict=True):
        assert {turn.actor for turn in half.turns} == set(half.turns_by_actor) == {actor}
        assert {operation.start.actor for operation in half.operations} == set(half.operations_by_actor) == {actor}
        assert {save.actor for save in half.saves} == {each.actor for each in half.deactivations} == {actor}
        assert {instance.actor for instance in half.instances} == {actor}
        assert (len(half.turns), len(half.saves)) == (1, 1)
        assert half.turn(half.turns[0].id) is half.operations[0].answering is half.turns[0]
        assert half.closed
        assert half.faults == timeline.faults
        assert half.lives == timeline.lives
        assert half.phases == timeline.phases


def test_a_view_is_made_once_for_what_makes_it_and_its_limits() -> None:
    timeline = History().timeline()

    def limits_of(_: Timeline, limits: Mapping[str, float]) -> list[float]:
        return list(limits.values())

    one = timeline.view(limits_of, {"wake_s": 1.0})
    assert timeline.view(limits_of, {"wake_s": 1.0}) is one
    assert timeline.view(limits_of, {"wake_s": 2.0}) == [2.0]
    assert timeline.view(lambda *_: "another", {"wake_s": 1.0}) == "another"


def test_a_type_is_an_exception_from_what_a_run_says_of_reentrancy() -> None:
    for reentrancy in (False, True):
        timeline = History(reentrancy=reentrancy, reentrancy_exceptions=("Chain",)).timeline()
        assert timeline.reentrant("Chain/a/b") is not reentrancy
        assert timeline.reentrant("Other/a") is reentrancy
