"""How calls and turns become operations, and what is left of those that raced."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.linearizability.calls import (
    Calls,
    StrangeCallError,
    calls_of,
    commits_by_turn,
    committed_within,
    kind_of,
)
from actorproof.properties.guarantees.state.linearizability.subject import KINDS
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.views.records import Save
from tests.properties.builder import START_NS, History, S

C = "Counter/a"
Told = tuple[str, str, Any, float, float | None, str, Any]


def told(operation: Operation) -> Told:
    start_s, end_s = (None if t is None else (t - START_NS) / S for t in (operation.start_ns, operation.end_ns))
    assert start_s is not None
    return (
        operation.id, operation.function, operation.value, start_s, end_s, operation.outcome, operation.result,
    )  # fmt: skip


def read(history: History, actor: str = C) -> Calls:
    history.close(90.0)
    kind = kind_of(history.timeline(), actor)
    assert kind is not None
    return calls_of(history.timeline(), actor, kind)


def saved(h: History, turn: str, value: int, from_s: float, to_s: float | None, *, acknowledged: bool = True) -> str:
    return h.save(turn, [("value", f'{{"value": {value}, "turn": "{turn}"}}')], from_s, to_s, acknowledged=acknowledged)


def test_of_two_turns_one_must_be_named() -> None:
    h = History()
    app = h.app("host-1")
    op = h.operation(C, 1.0, 5.0, args={"by": 2}, result=2)
    h.turn(C, app, 1.5, 2.5, op=op)
    h.turn(C, app, 3.5, 4.5, op=op)
    with pytest.raises(StrangeCallError, match="the turn that answered operation op-1 of Counter/a is not known"):
        read(h)


def test_an_answer_by_a_turn_that_is_not_there() -> None:
    h = History()
    op = h.operation(C, 1.0, 5.0, args={"by": 2}, turn="other", result=2)
    h.turn(C, h.app("host-1"), 1.5, 2.5, op=op)
    with pytest.raises(StrangeCallError, match="the turn that answered"):
        read(h)


def test_a_call_that_another_calls_turn_answered_is_held_to_that_answer() -> None:
    h = History()
    app = h.app("host-1")
    one = h.operation(C, 1.0, 3.0, args={"by": 2}, turn="t", result=2)
    h.turn(C, app, 1.5, 2.5, op=one, turn="t")
    h.operation(C, 1.0, 4.0, args={"by": 3}, turn="t", result=2)
    saved(h, "t", 2, 1.6, 1.8)
    calls = read(h)
    assert [told(each)[:3] + told(each)[5:] for each in calls.operations] == [
        ("op-1", "add", 2, "ok", 2),
        ("op-2", "add", 3, "ok", 2),
    ]
    assert {id_: turn.id for id_, turn in calls.turns.items()} == {"op-1": "t", "op-2": "t"}
    assert len(calls.freed({"t"}, None)) == 1


@pytest.mark.parametrize(("acknowledged", "outcome"), [(True, "ok"), (False, "info")])
def test_what_a_reminder_saves_is_an_operation(acknowledged: bool, outcome: str) -> None:  # noqa: FBT001
    h = History()
    turn = h.turn("Ledger/a", h.app("host-1"), 1.0, 2.0, cause="reminder", name="tick")
    for at in (1, 2):
        writes = [(f"entry-{at:06}", f'{{"turn": "{turn}"}}'), ("count", f'{{"count": {at}}}')]
        h.save(turn, writes, 1.0 + at / 10, 1.05 + at / 10, acknowledged=acknowledged)
    calls = calls_of(h.timeline(), "Ledger/a", KINDS["Ledger"])
    told = [(each.function, each.value, each.outcome, each.result) for each in calls.operations]
    assert told == [("append", turn, outcome, at if acknowledged else None) for at in (1, 2)]
    assert calls.model is KINDS["Ledger"].model


# ---- what is left of turns that raced


def raced(*, acknowledged: bool = True, completed: bool = True, ends: bool = True, result: Any = 5) -> Calls:
    h = History()
    app = h.app("host-1")
    one = h.operation(C, 1.0, 3.0, args={"by": 1}, turn="t1", result=1)
    h.turn(C, app, 1.5, 2.5, op=one, turn="t1", result=1)
    saved(h, "t1", 1, 1.6, 1.8)
    two = h.operation(C, 2.0, 4.0, args={"by": 4}, outcome="info", client="bob")
    h.turn(C, app, 2.1, 3.5 if ends else None, op=two, turn="t2", completed=completed, result=result)
    saved(h, "t2", 5, 2.6, 2.8, acknowledged=acknowledged)
    third = h.operation(C, 5.0, 6.0, name="get", outcome="info")
    h.turn(C, app, 5.1, None, op=third, name="get", turn="t3")
    return read(h)


STORED_ONE = ("save-1", "stored", 1, 1.6, 1.8, "ok", None)


def commit(turn: str, after_s: float, by_s: float) -> dict[str, ev.StoreCommitted]:
    h = History()
    h.commit_writes([(C, "value", f'{{"turn": "{turn}"}}')], after_s, by_s)
    (found,) = (event for event in h.events() if isinstance(event, ev.StoreCommitted))
    return {turn: found}


def test_nothing_freed() -> None:
    # What nobody answered is placed where its save was acknowledged; what never saved is left out.
    assert [told(each) for each in raced().freed(set(), None)] == [
        ("op-1", "add", 1, 1.0, 3.0, "ok", 1),
        ("t2", "add", 4, 2.0, 2.8, "ok", 5),
    ]


def test_a_freed_turn_leaves_its_save() -> None:
    assert [told(each) for each in raced().freed({"t1"}, None)] == [("t2", "add", 4, 2.0, 2.8, "ok", 5), STORED_ONE]
    assert [told(each) for each in raced().freed({"t1", "t2"}, None)] == [
        STORED_ONE,
        ("save-2", "stored", 5, 2.6, 2.8, "ok", None),
    ]
    assert [each.key for each in raced().freed({"t1"}, None)] == [C, C]


def test_a_save_that_was_not_acknowledged_may_be_there() -> None:
    calls = raced(acknowledged=False)
    assert told(calls.freed(set(), None)[-1]) == ("t2", "add", 4, 2.0, None, "info", None)
    assert told(calls.freed({"t2"}, None)[-1]) == ("save-2", "stored", 5, 2.6, None, "info", None)


def test_what_a_turn_answered_to_nobody() -> None:
    assert told(raced(completed=False).freed(set(), None)[-1])[-1] is None
    assert told(raced(ends=False).freed(set(), None)[-1])[-1] is None
    with pytest.raises(StrangeCallError, match=r"the answer of turn t2 is not understood: TypeError\("):
        raced(result="odd").freed(set(), None)


def test_an_answer_is_read_by_its_method() -> None:
    h = History()
    ledger = "Ledger/a"
    op = h.operation(ledger, 1.0, 3.0, name="append", outcome="info")
    h.turn(ledger, h.app("host-1"), 1.5, 2.5, op=op, name="append", turn="t1", result={"index": 4})
    h.save("t1", [("count", '{"count": 4}')], 1.6, 1.7)
    assert [each.result for each in read(h, ledger).freed(set(), None)] == [4]


def test_the_last_save_of_a_turn_tells_when() -> None:
    h = History()
    op = h.operation(C, 1.0, 3.0, args={"by": 1}, outcome="info")
    h.turn(C, h.app("host-1"), 1.5, 2.5, op=op, turn="t1", result=2)
    saved(h, "t1", 1, 1.6, 1.7)
    saved(h, "t1", 2, 1.8, 1.9)
    assert [told(each)[4:] for each in read(h).freed(set(), None)] == [(1.9, "ok", 2)]


# ---- when a save was committed


def save(*, acknowledged: bool = True, answered: bool = True) -> Save:
    h = History()
    h.turn(C, h.app("host-1"), 1.0, 9.0, turn="t")
    saved(h, "t", 1, 2.0, 4.0 if answered else None, acknowledged=acknowledged)
    (found,) = h.timeline().turns_by_actor[C][0].saves
    return found


def window(one: Save, log: dict[str, ev.StoreCommitted] | None) -> tuple[float | None, ...] | None:
    found = committed_within(one, log)
    return None if found is None else tuple(None if t is None else (t - START_NS) / S for t in found)


def test_when_a_save_was_committed() -> None:
    assert window(save(), None) == (2.0, 4.0)
    assert window(save(), {}) == (2.0, 4.0)
    assert window(save(), commit("t", 2.5, 3.0)) == (2.5, 3.0)
    assert window(save(), commit("t", 1.0, 5.0)) == (2.0, 4.0)
    assert window(save(), commit("t", 4.5, 5.0)) == (4.0, 4.0)
    assert window(save(), commit("other", 2.5, 3.0)) == (2.0, 4.0)
    for unsure in (save(acknowledged=False), save(answered=False)):
        assert window(unsure, None) == (2.0, None)
        assert window(unsure, {}) is None
        assert window(unsure, commit("t", 1.0, 5.0)) == (2.0, 5.0)
        assert window(unsure, commit("t", 3.0, 5.0)) == (3.0, 5.0)


def test_whose_calls_can_be_read() -> None:
    of = [kind_of(History(subject=subject).timeline(), "Ledger/a/b") for subject in ("bare", "sdk", "app")]
    assert of == [KINDS["Ledger"], KINDS["Ledger"], None]
    assert kind_of(History().timeline(), "Cart/a") is None


@pytest.mark.parametrize("effect", ["reads", "none", "writes"])
def test_only_what_declares_that_it_writes_may_save(effect: ev.Effect) -> None:
    save = ev.DeclaredMethod(name="change", effect=effect, function="write")
    h = History(types=(ev.DeclaredType(name="Cart", methods=(save,), model="register"),))
    op = h.operation("Cart/a", 1.0, 3.0, name="change", turn="t")
    h.turn("Cart/a", h.app("host-1"), 1.5, 2.5, op=op, turn="t", name="change")
    h.save("t", [("cart", '{"item": null, "turn": "t"}')], 2.0, 2.2)
    if effect == "writes":
        assert [each.function for each in read(h, "Cart/a").operations] == ["write"]
        return
    with pytest.raises(StrangeCallError, match=f"turn t saved, and its method change declares effect {effect}"):
        read(h, "Cart/a")


@pytest.mark.parametrize("lacking", ["", "commits", "close", "log"])
def test_the_log_tells_whose_save_was_committed_where_it_is_there_whole_and_closed(lacking: str) -> None:
    h = History()
    turn = h.turn(C, h.app("host-1"), 1.0, 2.0)
    if lacking != "commits":
        for value in (1, 2):
            h.commit_writes([(C, "value", f'{{"turn": "{turn}", "n": {value}}}')], value - 0.1, value)
    if lacking == "log":
        h.add(ev.StoreLogBroken, 3.0, reason="gone")
    if lacking != "close":
        h.close(9.0)
    found = commits_by_turn(h.timeline())
    assert (None if found is None else {of: commit.index for of, commit in found.items()}) == (
        None if lacking else {turn: 0}
    )
