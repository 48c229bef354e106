from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.durability import STALE
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import field_of, final_reads, index_of, writes_of
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case
from tests.properties.durability.parts import L, append, entry, finish, healed, read
from tests.properties.scene import Row, Story, row, table
from tests.properties.terms import free, verdict_on


def judged(history: History) -> Verdict:
    return verdict_on(history.timeline(), free("durability"))


UNREAD = ("not read at the end: 1 of 1 ledger with acknowledged entries",)


class Ledgers(Story):
    """Ledgers on two hosts, closed in order; with an end at 0 it is left open."""

    guarantee = "durability"
    actor = L

    def __init__(self, **run: Any) -> None:
        super().__init__(**run)
        self._written: dict[str, dict[int, str]] = defaultdict(dict)

    def added(self, at_s: float, *, n: int, on: int = 1, actor: str = L, commit: bool = True, **how: Any) -> None:
        """An append of entry `n`, which the store commits or not."""
        committed_s = 0.0 if commit else None
        self._written[actor][n] = append(self, self.on(on), at_s, n, actor=actor, committed_s=committed_s, **how)

    def reads(
        self, at_s: float, *, on: int = 1, has: tuple[int, ...] | None = None, actor: str = L, instance: int = 1
    ) -> None:
        """A read of these entries, by default of all that were appended."""
        written = self._written[actor]
        shown = {n: written[n] for n in (written if has is None else has)}
        read(self, self.on(on), at_s, shown, actor=actor, instance=instance)

    def healed(self, at_s: float) -> None:
        """The last reads come after it."""
        self.phase("healed", at_s)

    def killed(self, at_s: float, *, host: int = 1, whole: bool = False, took: bool = True) -> None:
        """A host's application is killed, or the whole host."""
        target = f"host-{host}" if whole else f"host-{host}/app"
        units = [f"host-{host}/app", f"host-{host}/sidecar"] if whole else [target]
        self.fault("kill", target, at_s, 5.0, units=units, took=took)
        for unit in units:
            self.kill(unit, at_s)

    def close(self, at_s: float) -> None:
        if at_s:
            finish(self)


MOVED = "added 1 n=1; added 9 n=2 on=2; healed 50; reads 51 on=2"
FROM_START = 'started 0 unit="store"; added 1 n=1'
LATER = 'died 3 unit="host-2/app"; died 3 unit="store"; started 3.5 unit="store"'


def back(host: int) -> str:
    """A host is back after everything had stopped, appends and reads; then everything ends."""
    ends = '; died 60 unit="host-1/sidecar"; died 60 unit="host-2/sidecar"'
    return f"joined 5 host={host} sidecar=false; added 6 n=2 on={host}; healed 50; reads 51 on={host}{ends}"


@table(
    row(
        "a save just before the kill of its host, which another host reads, is evidence",
        f"killed 1.25 whole=true; {MOVED}",
        evidence={"host_kill": 1},
    ),
    row(
        "and so is every save just before it",
        "killed 1.25 whole=true; added 0.55 n=1; added 0.9 n=2; added 9 n=3 on=2; healed 50; reads 51 on=2",
        evidence={"host_kill": 2},
        limits={"before_fault_s": 1.0},
    ),
    row("but not one too early", f"killed 1.5; {MOVED}", evidence={"host_kill": 0}),
    row("nor one of another host", f"killed 1.25 host=2; {MOVED}", evidence={"host_kill": 0}),
    row(
        "nor after it",
        f"killed 1; joined 2 host=1 sidecar=false; {MOVED.replace('1', '3', 1)}",
        evidence={"host_kill": 0},
    ),
    row("nor one that is never read back", "killed 1.25; added 1 n=1", evidence={"host_kill": 0}, missing=UNREAD),
    row("nor before a kill without effect", f"killed 1.25 took=false; {MOVED}", evidence={"host_kill": 0}),
    row(
        "a save just before the store's restart is evidence",
        'started 0 unit="store"; struck 1.25 5 verb="restart" target="store" units=["store"]; died 1.26 unit="store";'
        f' started 2 unit="store"; {MOVED}',
        evidence={"store_restart": 1},
    ),
    *(
        row(
            f"a save before a stop of everything: {when}",
            f'{FROM_START}; {store} died 1.25; died 1.25 unit="host-2/app"; {back(2)}',
            evidence={"total_restart": counted},
        )
        for when, store, counted in (
            ("the store stops with it", 'died 1.3 unit="store"; started 1.8 unit="store";', 1),
            ("the store stops later", 'died 9 unit="store"; started 9.5 unit="store";', 0),
            ("the store never stops", "", 0),
        )
    ),
    row(
        "in a stop of everything the saver's own host dies just after the save",
        f"{FROM_START}; died 1.25; {LATER}; {back(2)}",
        evidence={"total_restart": 1},
    ),
    row("and not later", f"{FROM_START}; died 2.5; {LATER}; {back(2)}", evidence={"total_restart": 0}),
    row(
        "the saver's host comes back when everything had stopped",
        f"{FROM_START}; died 1.25; {LATER}; {back(1)}",
        evidence={"total_restart": 1},
    ),
    row(
        "and where it was back before, it is its next life that stops",
        f"{FROM_START}; died 1.25; joined 1.5 host=1 sidecar=false; died 3; {LATER}; {back(1)}",
        evidence={"total_restart": 0},
    ),
    row(
        "an instance that ended idle and is read from the store is evidence",
        "added 1 n=1; left 6.5; added 9 n=2 instance=2; healed 50; reads 51 instance=2",
        evidence={"idle_deactivation": 1, "rebalance": 0},
        run={"idle_timeout_s": 5.0},
    ),
    row("a move is evidence", MOVED, evidence={"idle_deactivation": 0, "rebalance": 1}),
    row(
        "the next entry shows the one before",
        "added 1 n=1; added 9 n=2 on=2",
        evidence={"rebalance": 1, "final_reads": 0},
    ),
    row(
        "an entry in the same place shows none before",
        "added 1 n=1; added 9 n=1 on=2",
        classes="unexplained",
        evidence={"rebalance": 0},
    ),
)
def test_what_is_evidence(row: Row) -> None:
    row.check(Ledgers)


@table(
    row(
        "a run that was not closed proves no loss",
        "added 1 n=1; added 2 n=2 commit=false",
        outcome=Outcome.UNKNOWN,
        missing=("the history has gaps or was not closed: a save that is missing proves nothing", *UNREAD),
        end_s=0.0,
    ),
    row(
        "without a log the last reads decide, and it is unknown",
        "added 1 n=1 commit=false; healed 50; reads 51",
        outcome=Outcome.UNKNOWN,
        missing=("the store's own log is missing: only the last reads were judged",),
    ),
    row(
        "a last read that finds nothing in an entry's place is one: what was acknowledged there is lost",
        "added 1 n=1 commit=false; added 2 n=2 commit=false; healed 50; reads 51 has=[2]",
        classes="lost by the store",
        missing=("the store's own log is missing: only the last reads were judged",),
    ),
    row(
        "a place that nothing ever stood in is told once, by the log",
        "added 1 n=1 acknowledged=false commit=false; added 2 n=2; healed 50; reads 51 has=[2]",
        classes="lost by the store",
        evidence={"final_reads": 1},
    ),
    row("nothing saved needs no log", 'called 1 2 actor="Sleeper/a" name="hold"', outcome=Outcome.HOLDS),
    row("reads before the heal are not the last", "added 1 n=1; reads 5 on=2 has=[]", missing=UNREAD),
    row(
        "every ledger is to be read at the end",
        'added 1 n=1 actor="Ledger/0"; added 2 n=1 actor="Ledger/1"; added 3 n=1 actor="Ledger/2"; healed 50;'
        ' reads 51 actor="Ledger/2"',
        outcome=Outcome.UNKNOWN,
        missing=("not read at the end: 2 of 3 ledgers with acknowledged entries",),
    ),
    row(
        "the last of several reads counts",
        "added 1 n=1; healed 50; reads 51 on=2 has=[]; reads 52 on=2",
        outcome=Outcome.HOLDS,
    ),
    row(
        "one that shows less than the store has is stale, and told once",
        "added 1 n=1; added 2 n=2; added 3 n=3; healed 50; reads 51 on=2 has=[1]",
        classes=STALE,
        says="by host-2/app#1 does not show 2 acknowledged entries that the store has, the first at index 2",
    ),
    row(
        "a read of another type is no ledger",
        'added 1 n=1; healed 50; reads 51; called 51 51.1 actor="Register/a" name="read" result=5;'
        ' called 51 51.1 actor="Register/b" name="read" result={"count":"x"}',
        outcome=Outcome.HOLDS,
    ),
    row(
        "figures are of saves and commits",
        "added 1 n=1; added 2 n=2 acknowledged=false; added 3 n=3 acknowledged=false commit=false",
        figures={
            "acknowledged saves": 1,
            "unacknowledged saves that were committed": 1,
            "commits": 2,
            "ledgers read at the end": 0,
            "save latency p50": pytest.approx(100.0),
            "save latency p99": pytest.approx(100.0),
        },
    ),
    row(
        "a blame falls once",
        "added 1 n=1 commit=false; added 2 n=2 on=2; healed 50; reads 51 on=2 has=[]",
        classes={"lost by the store": 1, "stale read at the end": 1},
    ),
    row(
        "a commit that an open run does not have yet is no stale read",
        "added 1 n=1; added 2 n=2 commit=false; healed 50; reads 51 has=[1]",
        classes="lost by the store",
        end_s=0.0,
    ),
)
def test_what_is_decided(row: Row) -> None:
    row.check(Ledgers)


def two_hosts(**run: Any) -> tuple[History, str, str]:
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


def test_a_reader_that_nobody_saw_is_not_named() -> None:
    h, one, _ = two_hosts()
    append(h, one, 1.0, 1)
    healed(h)
    h.operation(L, 51.0, 51.1, name="read", result={"count": 0, "entries": []})
    finish(h)
    (violation,) = judged(h).violations
    assert violation.summary.startswith("the last read does not show 1 acknowledged entry that the store has, ")


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
