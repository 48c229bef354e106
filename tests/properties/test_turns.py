from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.drains import drain_in_force_s
from tests.properties.builder import History, ns
from tests.properties.terms import free, verdict_on

A = "Counter/a"


def decide(history: History, *, close: bool = True) -> Verdict:
    if close:
        history.close(90.0)
    return verdict_on(history.timeline(), free("turns"))


def frozen(*, saved: tuple[float, float | None], acknowledged: bool, committed: tuple[float, float] | None) -> Verdict:
    """A turn of a stopped application, from 1 s to 20.2 s, and one elsewhere that begins at 12 s."""
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    turn = h.turn(A, one, 1.0, 20.2)
    h.pause("host-1/app", 2.0, 20.0)
    other = h.turn(A, two, 12.0, 13.0)
    h.commit(h.save(other, [("value", "2")], 12.1, 12.2), 12.1, 12.15)
    save = h.save(turn, [("value", "1")], saved[0], saved[1], acknowledged=acknowledged)
    if committed:
        h.commit(save, *committed)
    return decide(h)


@pytest.mark.parametrize(
    ("saved", "acknowledged", "committed", "word"),
    [
        ((1.5, 1.9), True, (1.5, 1.8), "excused"),
        ((1.5, 20.1), True, (1.5, 11.9), "excused"),
        ((1.5, 20.1), True, (1.5, 12.0), "excused"),
        ((1.5, 20.1), True, (12.0, 14.0), "late"),
        ((1.5, 20.1), True, (11.9, 12.1), "unknown"),
        ((1.5, 20.1), True, None, "unknown"),
        ((20.05, 20.1), True, None, "late"),
        ((1.5, 1.9), True, None, "excused"),
        ((20.05, None), False, None, "excused"),
        ((20.05, None), False, (20.05, 20.3), "late"),
        ((1.5, None), False, (1.5, 30.0), "unknown"),
    ],
)
def test_a_late_save(
    saved: tuple[float, float | None],
    acknowledged: bool,  # noqa: FBT001
    committed: tuple[float, float] | None,
    word: str,
) -> None:
    verdict = frozen(saved=saved, acknowledged=acknowledged, committed=committed)
    outcome = {"excused": Outcome.HOLDS, "late": Outcome.VIOLATED, "unknown": Outcome.UNKNOWN}[word]
    assert verdict.outcome is outcome, verdict.missing
    assert verdict.excused.get("frozen", 0) == (word != "late")
    assert verdict.opportunities["frozen, saved late"] == 1
    assert set(verdict.classes) <= {"frozen, saved late"}


def test_a_chain_may_overlap_itself_when_reentrancy_is_on() -> None:
    h = History(reentrancy=True)
    one = h.app("host-1")
    h.turn(A, one, 1.0, 3.0, chain="c")
    h.turn(A, one, 2.0, 2.5, chain="c")
    assert decide(h).outcome is Outcome.HOLDS


@pytest.mark.parametrize("chain", ["d", None])
def test_a_stranger_may_not_enter_a_chain(chain: str | None) -> None:
    h = History(reentrancy=True)
    one = h.app("host-1")
    h.turn(A, one, 1.0, 3.0, chain="c")
    h.turn(A, one, 2.0, 2.5, chain=chain)
    assert decide(h).classes == {"unexplained": 1}


def test_a_turn_without_an_end_in_a_dead_application_is_a_doubt_at_most() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, None)
    h.turn(A, two, 2.0, 3.0)
    h.kill("host-1/app", 5.0)
    verdict = decide(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert [(doubt.anomaly, doubt.count) for doubt in verdict.doubts] == [("two live hosts", 1)]


def test_a_turn_that_hangs_is_proven_by_what_its_process_wrote_later() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, None)
    h.turn(A, two, 2.0, 3.0)
    h.turn("Counter/b", one, 4.0, 5.0)
    assert decide(h).classes == {"two live hosts": 1}


def test_a_gap_takes_that_proof_away() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, 1.5)
    h.turn(A, two, 2.0, 3.0)
    h.turn("Counter/b", one, 4.0, 5.0)
    h.close(9.0)
    events = [e for e in h.events() if not (type(e).__name__ == "TurnEnded" and e.process == one and e.seq < 5)]
    for timeline in (Timeline(events), Timeline(events, numbered=False)):
        verdict = verdict_on(timeline, free("turns"))
        assert not verdict.violations
        assert verdict.doubts


def test_its_own_save_proves_a_turn_even_with_gaps() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    turn = h.turn(A, one, 1.0, None)
    h.save(turn, [("value", "1")], 2.5, 2.6)
    h.turn(A, two, 2.0, 3.0)
    h.close(9.0)
    timeline = Timeline(h.events(), numbered=False)
    assert verdict_on(timeline, free("turns")).classes == {"two live hosts": 1}


def test_one_later_turn_counts_once_a_class() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 9.0)
    h.turn(A, one, 2.0, 9.0)
    h.turn(A, one, 3.0, 4.0)
    assert decide(h).classes == {"unexplained": 2}


def test_evidence() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    first = h.operation(A, 1.0, 4.0)
    second = h.operation(A, 1.1, 6.0)
    h.turn(A, one, 2.0, 3.0, op=first)
    h.turn(A, two, 5.0, 5.5, op=second)
    h.fault("kill", "host-1/sidecar", 2.5, 8.0, units=["host-1/sidecar"])
    h.fault("kill", "host-1/app", 3.5, 8.0, units=["host-1/app"])
    h.fault("kill", "placement-0", 2.5, 8.0, units=["placement-0"])
    h.fault("pause", "host-2", 5.1, 15.2, units=["host-2/app", "host-2/sidecar"])
    h.fault("pause", "host-2/app", 5.1, 15.0, units=["host-2/app"])
    h.fault("cut", "host-1>store", 2.5, 3.0, links=["host-1>store"])
    h.fault("cut", "host-2>store", 2.5, 3.0, links=["host-2>store"])
    h.fault("cut", "host-1>store", 2.6, 3.0, links=["host-1>store"], took=False)
    have = {e.name: e.have for e in decide(h).evidence}
    assert have == {"contended_turns": 2, "moves": 1, "kills": 1, "pauses_over_10s": 1, "cuts": 1}


@pytest.mark.parametrize(("begun_s", "counted"), [(5.0, 1), (5.105, 1), (5.2, 0)])
def test_a_pause_has_a_turn_open_if_one_was_as_it_was_injected_or_as_it_took(begun_s: float, counted: int) -> None:
    h = History()
    h.turn(A, h.app("host-1"), begun_s, 16.0)
    h.fault("pause", "host-1", 5.1, 15.2, units=["host-1/app", "host-1/sidecar"])
    assert {e.name: e.have for e in decide(h).evidence}["pauses_over_10s"] == counted


def test_a_lone_call_is_not_contended() -> None:
    h = History()
    one = h.app("host-1")
    h.call(A, one, 1.0, 2.0)
    h.call(A, one, 3.0, 4.0)
    h.operation(A, 4.5, 4.6, outcome="fail", reason="refused")
    h.call("Counter/b", one, 3.0, 4.0)
    assert {e.name: e.have for e in decide(h).evidence}["contended_turns"] == 0


@pytest.mark.parametrize(
    ("run", "wait_s"),
    [
        ({"drain_timeout_s": 4.0, "dissemination_timeout_s": 8.0}, 4.0),
        ({"drain_timeout_s": 8.0, "dissemination_timeout_s": 8.0}, 6.4),
        ({"drain_timeout_s": 60.0, "dissemination_timeout_s": 2.0}, 2.0),
        ({"drain_timeout_s": 60.0, "dissemination_timeout_s": 8.0, "version": "1.16.0"}, 60.0),
        ({"drain_enabled": False}, 0.0),
    ],
)
def test_drain_in_force(run: dict[str, object], wait_s: float) -> None:
    assert drain_in_force_s(History(**run).timeline().run) == pytest.approx(wait_s)


def test_a_violation_names_the_fault_and_few_events() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.fault("cut", "peers>host-1", 1.5, 1.8, links=["peers>host-1"])
    h.turn(A, one, 1.0, 9.0)
    h.turn(A, two, 2.0, 9.0)
    violation = decide(h).violations[0]
    assert violation.trigger == "cut peers>host"
    assert len(violation.events) == 5
    assert {span.lane for span in violation.spans} == {one, two, "fault"}


def test_a_new_sidecar_that_has_no_placement_yet_has_not_lost_it() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    h.sidecar(0.5, "host-1")
    h.kill("host-1/sidecar", 3.0)
    h.start("host-1/sidecar", 4.5)
    h.sidecar(5.0, "host-1", placement=False)
    h.sidecar(5.5, "host-1")
    h.turn(A, one, 6.0, 9.0)
    h.turn(A, two, 7.0, 8.0)
    assert decide(h).classes == {"two live hosts": 1}


def test_a_reason_may_say_more_after_a_colon() -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 0.9, 1.5, outcome="info", reason="cut-off: ServerDisconnectedError")
    h.turn(A, one, 1.0, 5.0, op=op)
    h.turn(A, one, 2.0, 2.5)
    assert decide(h).classes == {"abandoned": 1}


@pytest.mark.parametrize(
    ("views", "anomaly"),
    [
        ([(0.5, True, True), (4.0, True, False)], "cut off"),
        ([(0.5, True, True), (4.0, True, False), (5.0, True, True)], "cut off"),
        ([(0.5, True, True), (4.0, False, False), (5.0, True, False), (5.5, True, True)], "cut off"),
        ([(0.5, True, False), (4.0, True, True)], "two live hosts"),
    ],
)
def test_cut_off_is_a_sidecar_that_lost_placement(views: list[tuple[float, bool, bool]], anomaly: str) -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    for at_s, answers, placement in views:
        h.sidecar(at_s, "host-1", answers=answers, placement=placement)
    h.turn(A, one, 6.0, 9.0)
    h.turn(A, two, 7.0, 8.0)
    assert decide(h).classes == {anomaly: 1}


@pytest.mark.parametrize(
    ("table_s", "hosts", "anomaly"),
    [
        (4.0, ["host-2"], "cut off"),
        (4.0, ["host-1", "host-2"], "unexplained"),
        (2.0, ["host-2"], "unexplained"),
    ],
)
def test_a_stopped_host_that_a_table_left_out_was_cut_off_on_itself(
    table_s: float, hosts: list[str], anomaly: str
) -> None:
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.phase("ready", 0.5)
    h.table(0.6, 1, ["host-1", "host-2"])
    h.pause("host-1/app", 3.0, 5.0)
    h.table(table_s, 2, hosts)
    h.turn(A, one, 5.1, 9.0)
    h.turn(A, one, 7.0, 8.0, instance=2)
    h.close(20.0)
    assert decide(h).classes == {anomaly: 1}


@pytest.mark.parametrize(
    ("refused_s", "status", "anomaly"),
    [
        (4.444, 500, "drain gave up"),
        (4.454, 500, "drain gave up"),  # word of it came 1 ms after the next turn had begun
        (4.456, 500, "unexplained"),  # its own turn had ended before: so it answered that
        (4.444, None, "unexplained"),
    ],
)
def test_a_turn_that_begins_after_its_drain_was_given_up_when_its_caller_was_refused(
    refused_s: float, status: int | None, anomaly: str
) -> None:
    # Measured on 1.18.2: table at 0.410 s, drain 4 s, the caller refused at 4.444 s, the turn begins at 4.445 s. In
    # another run the turn began 6 ms after the drain, the next one 4 ms later, its caller was refused 1 ms after it.
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.phase("ready", 0.1)
    h.table(0.2, 1, ["host-1"])
    h.table(0.41, 2, ["host-1", "host-2"])
    op = h.operation(A, 4.3, refused_s, outcome="info", status=status, reason="" if status is None else "status-500")
    h.turn(A, one, 4.445, 4.455, op=op)
    h.turn(A, one, 4.453, 4.46, instance=2)
    h.close(20.0)
    assert decide(h).classes == {anomaly: 1}


@pytest.mark.parametrize(
    ("drains", "again", "elsewhere", "anomaly"),
    [
        (False, True, False, "drain off"),
        (False, False, False, "unexplained"),
        (False, False, True, "drain off"),
        (True, True, False, "unexplained"),
    ],
)
def test_with_drain_off_a_new_table_lets_the_next_turn_in_where_the_call_was_taken_back_or_the_actor_moved(
    *, drains: bool, again: bool, elsewhere: bool, anomaly: str
) -> None:
    # Measured on 1.18.2: table 3 at 13.0 s, every call under way executed again 1.0 s after it.
    h = History(drain_enabled=drains, drain_timeout_s=4.0)
    one, two = h.app("host-1"), h.app("host-2")
    h.table(0.0, 1, ["host-1"])
    h.phase("ready", 0.1)
    h.table(3.0, 2, ["host-1", "host-2"])
    op = h.operation(A, 1.9, 9.0, turn="t2" if again else "t1")
    h.turn(A, one, 2.0, 7.0, op=op, turn="t1")
    h.turn(A, two if elsewhere else one, 4.0, 8.9, op=op if again else None, turn="t2")
    h.close(20.0)
    assert decide(h).classes == {anomaly: 1}


@pytest.mark.parametrize("answered", [True, False])
def test_a_turn_that_was_answered_has_ended_whatever_its_process_wrote_since(*, answered: bool) -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    op = h.operation(A, 1.0, 1.6, turn="first" if answered else "another")
    h.turn(A, one, 1.02, 1.05, op=op, turn="another")
    h.turn(A, one, 1.1, None, op=op, turn="first")
    h.turn(A, two, 3.0, 4.0)
    h.turn("Counter/b", one, 5.0, 6.0)
    verdict = decide(h)
    assert verdict.classes == ({} if answered else {"two live hosts": 1})
    assert bool(verdict.doubts) is answered


def readers(*names: str, trait: bool = True) -> Verdict:
    """Two turns of a counter that overlap, on a runtime that may have those that only read run beside others."""
    h = History(traits=("readers-beside-writers",) if trait else ())
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, 3.0, name=names[0])
    h.turn(A, two, 2.0, 2.5, name=names[1])
    return decide(h)


def test_a_turn_that_only_reads_may_run_beside_others_where_the_runtime_says_so() -> None:
    assert readers("add", "get").outcome is Outcome.HOLDS
    assert readers("get", "add").outcome is Outcome.HOLDS
    assert readers("get", "get").outcome is Outcome.HOLDS


def test_turns_that_change_their_actor_may_not_run_at_once_whatever_readers_may() -> None:
    assert readers("add", "add").outcome is Outcome.VIOLATED
    assert readers("add", "no-such-method").outcome is Outcome.VIOLATED


def test_a_turn_that_only_reads_is_a_turn_where_the_runtime_says_nothing_of_readers() -> None:
    assert readers("add", "get", trait=False).outcome is Outcome.VIOLATED


def test_a_turn_whose_process_was_found_dead_counts_up_to_when_it_was_last_seen_open() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    lost, after = h.turn(A, one, 1.0, None), h.turn(A, two, 2.0, 3.0)
    h.add(ev.TurnLost, 4.0, process=one, turn=lost, reason="its worker died", seen_ns=ns(1.5))
    timeline = h.timeline()
    first = timeline.turn(lost)
    assert first is not None
    assert (first.ended, first.end_ns) == ("lost", ns(1.5))
    assert timeline.turn(after) is not None
    assert decide(h).outcome is Outcome.HOLDS
