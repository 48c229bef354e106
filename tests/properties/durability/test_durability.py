from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.state.ledger import canonical, field_of, final_reads, index_of, writes_of
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case
from tests.properties.durability.parts import L, append, entry, finish, healed, read
from tests.properties.terms import free, verdict_on


def judged(history: History) -> Verdict:
    return verdict_on(history.timeline(), free("durability"))


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


def evidence(verdict: Verdict) -> dict[str, int]:
    return {item.name: item.have for item in verdict.evidence}


def moved(h: History, one: str, two: str, *, at_s: float = 1.0) -> None:
    first = append(h, one, at_s, 1)
    second = append(h, two, at_s + 8.0, 2)
    healed(h)
    read(h, two, 51.0, {1: first, 2: second})
    finish(h)


def two_hosts(**run: object) -> tuple[History, str, str]:
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


def test_a_log_with_gaps_proves_no_loss() -> None:
    events = Case("durability/bad/lost-by-the-store--no-commit").events()
    gone = next(e for e in events if isinstance(e, ev.TurnEnded))
    verdict = verdict_on(Timeline([e for e in events if e is not gone]), free("durability"))
    assert verdict.outcome is Outcome.VIOLATED  # the last read shows it all the same
    without_read = [e for e in events if e is not gone and not isinstance(e, ev.Completed)]
    verdict = verdict_on(Timeline(without_read), free("durability"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("gaps" in reason for reason in verdict.missing)


@pytest.mark.parametrize(
    ("saved", "stored", "found"),
    [
        ("9007199254740993", "9007199254740992", {"number rounded": 1}),
        ("9007199254740993", "9007199254740993", {}),
        ("9007199254740993", "7", {"lost by the store": 1}),
        ('"9007199254740993"', '"9007199254740992"', {"lost by the store": 1}),
        ("[1,9007199254740993]", "[1,9007199254740992]", {"number rounded": 1}),
    ],
)
def test_a_whole_number_that_a_float_can_not_say_is_told_from_a_loss(
    saved: str, stored: str, found: dict[str, int]
) -> None:
    h, one, _ = two_hosts()
    _, turn = h.call("Register/a", one, 1.0, 1.5, name="write")
    value = f'{{"turn":"{turn}","value":%s}}'
    h.save(turn, [("value", value % saved)], 1.1, 1.2)
    h.commit_writes([("Register/a", "value", value % stored)], 1.1, 1.3)
    finish(h)
    assert dict(judged(h).classes) == found


def test_a_run_that_was_not_closed_proves_no_loss() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    append(h, one, 2.0, 2, committed_s=None)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not closed" in reason for reason in verdict.missing)


def test_without_a_log_the_reads_decide_and_it_is_unknown() -> None:
    h, one, _ = two_hosts()
    first = append(h, one, 1.0, 1, committed_s=None)
    healed(h)
    read(h, one, 51.0, {1: first})
    finish(h)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("the store's own log is missing: only the last reads were judged",)


def test_nothing_saved_needs_no_log() -> None:
    h, one, _ = two_hosts()
    h.call("Sleeper/a", one, 1.0, 2.0, name="hold")
    finish(h)
    assert judged(h).outcome is Outcome.HOLDS


def test_reads_before_the_heal_are_not_the_last() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    read(h, two, 5.0, {})
    finish(h)
    verdict = judged(h)
    assert not verdict.violations
    assert verdict.missing == ("1 of 1 ledgers with acknowledged entries were not read at the end",)


def test_every_ledger_is_to_be_read_at_the_end() -> None:
    h, one, _ = two_hosts()
    for n in range(3):
        turn = append(h, one, 1.0 + n, 1, actor=f"Ledger/{n}")
    healed(h)
    read(h, one, 51.0, {1: turn}, actor="Ledger/2")
    finish(h)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("2 of 3 ledgers with acknowledged entries were not read at the end",)


def test_the_last_of_several_reads_counts() -> None:
    h, one, two = two_hosts()
    first = append(h, one, 1.0, 1)
    healed(h)
    read(h, two, 51.0, {})
    read(h, two, 52.0, {1: first})
    finish(h)
    assert judged(h).outcome is Outcome.HOLDS


def test_a_read_of_another_type_is_no_ledger() -> None:
    h, one, _ = two_hosts()
    first = append(h, one, 1.0, 1)
    healed(h)
    read(h, one, 51.0, {1: first})
    h.call("Register/a", one, 51.0, 51.1, name="read", result=5)
    h.call("Register/b", one, 51.0, 51.1, name="read", result={"count": "x"})
    finish(h)
    assert judged(h).outcome is Outcome.HOLDS


def test_writes_that_cannot_be_read_are_unknown() -> None:
    h, one, _ = two_hosts()
    turn = h.turn(L, one, 1.0, 2.0)
    for save in ("s", "t"):
        h.add(ev.SaveStarted, 1.1, process=one, save=save, turn=turn, actor=L, writes="{")
        h.add(ev.SaveEnded, 1.2, process=one, save=save, acknowledged=True)
    finish(h)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("the writes of 2 saves can't be read",)


def test_figures() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    append(h, one, 2.0, 2, acknowledged=False)
    append(h, one, 3.0, 3, acknowledged=False, committed_s=None)
    finish(h)
    assert figures(judged(h)) == {
        "acknowledged saves": 1,
        "unacknowledged saves that were committed": 1,
        "commits": 2,
        "ledgers read at the end": 0,
        "save latency p50": pytest.approx(100.0),
        "save latency p99": pytest.approx(100.0),
    }


def test_a_save_just_before_a_host_kill_is_evidence_when_another_reads_it() -> None:
    h, one, two = two_hosts()
    h.fault("kill", "host-1", 1.25, 5.0, units=["host-1/app", "host-1/sidecar"])
    h.kill("host-1/app", 1.27)
    h.kill("host-1/sidecar", 1.28)
    moved(h, one, two)
    assert evidence(judged(h))["host_kill"] == 1


def test_every_save_just_before_a_host_kill_is_evidence() -> None:
    h, one, two = two_hosts()
    h.fault("kill", "host-1", 1.25, 5.0, units=["host-1/app", "host-1/sidecar"])
    h.kill("host-1/app", 1.27)
    h.kill("host-1/sidecar", 1.28)
    entries = {number: append(h, one, 0.2 + 0.35 * number, number) for number in (1, 2)}
    entries[3] = append(h, two, 9.0, 3)
    healed(h)
    read(h, two, 51.0, entries)
    finish(h)
    verdict = verdict_on(h.timeline(), free("durability", before_fault_s=1.0))
    assert evidence(verdict)["host_kill"] == 2


@pytest.mark.parametrize("case", ["too early", "another host", "never read back", "no effect"])
def test_what_is_no_evidence_of_a_host_kill(case: str) -> None:
    h, one, two = two_hosts()
    at_s = {"too early": 1.5}.get(case, 1.25)
    host = {"another host": "host-2"}.get(case, "host-1")
    h.fault("kill", f"{host}/app", at_s, 5.0, units=[f"{host}/app"], took=case != "no effect")
    h.kill(f"{host}/app", at_s)
    if case == "never read back":
        append(h, one, 1.0, 1)
        finish(h)
    else:
        moved(h, one, two)
    assert evidence(judged(h))["host_kill"] == 0


def test_evidence_of_a_store_restart() -> None:
    h, one, two = two_hosts()
    h.start("store", 0.0)
    h.fault("restart", "store", 1.25, 5.0, units=["store"])
    h.kill("store", 1.26)
    h.start("store", 2.0)
    moved(h, one, two)
    assert evidence(judged(h))["store_restart"] == 1


def total_restarts(h: History, first: str, *, back: str) -> int:
    """What is counted when a host is back at 5 s, appends a second entry and reads both; then everything ends."""
    again = h.app(back, 5.0, sidecar=False)
    assert again != f"{back}/app#1"
    second = append(h, again, 6.0, 2)
    healed(h)
    read(h, again, 51.0, {1: first, 2: second})
    for host in ("host-1", "host-2"):
        h.kill(f"{host}/sidecar", 60.0)
    finish(h)
    return evidence(judged(h))["total_restart"]


@pytest.mark.parametrize(("store_s", "counted"), [(1.3, 1), (9.0, 0), (None, 0)])
def test_evidence_of_a_stop_of_everything(store_s: float | None, counted: int) -> None:
    h, one, _ = two_hosts()
    h.start("store", 0.0)
    if store_s is not None:
        h.kill("store", store_s)
        h.start("store", store_s + 0.5)
    first = append(h, one, 1.0, 1)
    for host in ("host-1", "host-2"):
        h.kill(f"{host}/app", 1.25)
    assert total_restarts(h, first, back="host-2") == counted


@pytest.mark.parametrize(("dies_s", "counted"), [(1.25, 1), (2.5, 0)])
def test_in_a_stop_of_everything_the_death_of_the_savers_own_host_counts(dies_s: float, counted: int) -> None:
    h, one, _ = two_hosts()
    h.start("store", 0.0)
    first = append(h, one, 1.0, 1)
    h.kill("host-1/app", dies_s)
    h.kill("host-2/app", 3.0)
    h.kill("store", 3.0)
    h.start("store", 3.5)
    assert total_restarts(h, first, back="host-2") == counted


@pytest.mark.parametrize("again_s", [5.0, 1.5])
def test_the_last_life_before_a_stop_of_everything_counts(again_s: float) -> None:
    """The saver's host comes back after everything had stopped, or before, and then it is its next life that stops."""
    h, one, _ = two_hosts()
    h.start("store", 0.0)
    first = append(h, one, 1.0, 1)
    h.kill("host-1/app", 1.25)
    if again_s < 3.0:
        h.app("host-1", again_s, sidecar=False)
        h.kill("host-1/app", 3.0)
    h.kill("host-2/app", 3.0)
    h.kill("store", 3.0)
    h.start("store", 3.5)
    assert total_restarts(h, first, back="host-1") == (again_s > 3.0)


def test_evidence_of_an_idle_deactivation() -> None:
    h, one, _ = two_hosts(idle_timeout_s=5.0)
    first = append(h, one, 1.0, 1)
    h.deactivate(L, one, 6.5)
    second = append(h, one, 9.0, 2, instance=2)
    healed(h)
    read(h, one, 51.0, {1: first, 2: second}, instance=2)
    finish(h)
    found = evidence(judged(h))
    assert (found["idle_deactivation"], found["rebalance"]) == (1, 0)


def test_evidence_of_a_move() -> None:
    h, one, two = two_hosts()
    moved(h, one, two)
    found = evidence(judged(h))
    assert (found["idle_deactivation"], found["rebalance"]) == (0, 1)


def test_the_trigger_may_follow_the_acknowledgement() -> None:
    verdict = verdict_on(Case("durability/bad/lost-by-the-store--no-commit").timeline(), free("durability"))
    assert [violation.trigger for violation in verdict.violations] == ["kill store"]


def test_a_second_instance_is_named_with_both_saves() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    append(h, two, 2.0, 1)
    finish(h)
    (violation,) = judged(h).violations
    assert len(violation.events) == 5
    assert {span.lane for span in violation.spans} == {one, two, "store"}


def test_a_blame_falls_once() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1, committed_s=None)
    append(h, two, 2.0, 2)
    healed(h)
    read(h, two, 51.0, {})
    finish(h)
    assert judged(h).classes == {"lost by the store": 1, "stale read at the end": 1}


def test_stored_texts() -> None:
    assert index_of("entry-000012") == 12
    assert index_of("entry-x") is None
    assert index_of("count") is None
    assert canonical('{"b": 1, "a": [ ]}') == '{"a":[],"b":1}'
    assert canonical("{") == "{"
    assert canonical(None) is None
    assert field_of("{", "turn") is None
    assert field_of("[1]", "turn") is None
    assert field_of(None, "turn") is None
    assert field_of(entry("t", 1)[0][1], "turn") == "t"


def test_a_commit_that_an_open_run_does_not_have_yet_is_no_stale_read() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    append(h, one, 2.0, 2, committed_s=None)
    healed(h)
    read(h, one, 51.0, {1: "turn-1"})
    assert judged(h).classes == {"lost by the store": 1}


def test_a_reader_that_nobody_saw_is_not_named() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    healed(h)
    h.operation(L, 51.0, 51.1, name="read", result={"count": 0, "entries": []})
    finish(h)
    (violation,) = judged(h).violations
    assert violation.summary.startswith("the last read does not show 1 acknowledged entries")


def test_an_entry_without_a_count_says_nothing_of_counts() -> None:
    h, one, _ = two_hosts()
    turn = h.turn(L, one, 1.0, 2.0, name="append")
    h.commit(h.save(turn, entry(turn, 1)[:1], 1.1, 1.2), 1.1, 1.15)
    healed(h)
    read(h, one, 51.0, {1: turn})
    finish(h)
    assert judged(h).outcome is Outcome.HOLDS


def test_one_save_is_blamed_once_for_its_entry_and_its_count() -> None:
    h, one, two = two_hosts()
    first, second = append(h, one, 1.0, 1), append(h, one, 2.0, 2)
    third = h.turn(L, two, 3.0, 3.5, name="append")
    writes: list[tuple[str, str | None]] = [entry(third, 2)[0], entry(third, 1)[1]]
    h.commit(h.save(third, writes, 3.1, 3.2, acknowledged=False), 3.1, 3.15)
    healed(h)
    read(h, one, 51.0, {1: first, 2: second})
    finish(h)
    assert judged(h).classes == {"overwritten by a second instance": 1}


def test_the_next_entry_shows_the_one_before() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    append(h, two, 9.0, 2)
    finish(h)
    found = evidence(judged(h))
    assert (found["rebalance"], found["final_reads"]) == (1, 0)


def test_an_entry_in_the_same_place_shows_none_before() -> None:
    h, one, two = two_hosts()
    append(h, one, 1.0, 1)
    append(h, two, 9.0, 1)
    finish(h)
    assert evidence(judged(h))["rebalance"] == 0


def test_writes_that_cannot_be_read_are_named() -> None:
    h, one, _ = two_hosts()
    turn = h.turn(L, one, 1.0, 2.0)
    h.add(ev.SaveStarted, 1.1, process=one, save="s", turn=turn, actor=L, writes='[["k", 1]]')
    with pytest.raises(ValueError, match="save s: its writes can't be read: Expected"):
        writes_of(h.timeline().saves[0])


@pytest.mark.parametrize("phase", ["healed", "quiet"])
def test_last_reads_come_after_the_heal_or_else_the_quiet(phase: str) -> None:
    h, one, two = two_hosts()
    h.phase(phase, 50.0)  # type: ignore[arg-type]
    read(h, one, 49.9, {1: "a"})
    assert final_reads(h.timeline()) == {}
    read(h, one, 50.0, {1: "b"})
    read(h, two, 51.0, {1: "c"}, actor="Ledger/b")
    h.operation(L, 52.0, 52.1, name="list", result={"count": 1, "entries": [[1, None, "d"]]})
    h.operation(L, 52.0, 52.1, name="read", result={"count": 1, "entries": [[1, None, "e"]]}, outcome="info")
    h.operation(L, 52.0, None, name="read")
    found = final_reads(h.timeline())
    assert {actor: dict(read.entries) for actor, read in found.items()} == {L: {1: "b"}, "Ledger/b": {1: "c"}}
