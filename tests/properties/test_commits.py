"""Whose a key of the store is, when ids and keys have the store's own separator in them."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.stores.actorkey import actor_key
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.durability.parts import entry, finish, healed, read
from tests.properties.terms import free, verdict_on

IDS = ["plain", "a||b", "a|", "a||", "||", "|", "|a", "a|||b", "a||count", "a||entry-000001"]


def append(h: History, process: str, at_s: float, actor: str, *, stored: bool = True, key: str | None = None) -> str:
    """The first entry of a ledger, and its commit as the store's log names it."""
    turn = h.turn(actor, process, at_s, at_s + 0.3, name="append")
    writes = entry(turn, 1) if key is None else [(key, '{"n": 1}')]
    h.save(turn, writes, at_s + 0.1, at_s + 0.2)
    if stored:
        in_store = [(actor_key(f"app||{actor.replace('/', '||')}||{name}"), value) for name, value in writes]
        h.commit_writes([(*where, value) for where, value in in_store if where], at_s + 0.1, at_s + 0.15)
    return turn


def judged(h: History) -> Verdict:
    return verdict_on(h.timeline(), free("durability"))


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("stored", [True, False])
def test_any_id_is_judged_by_its_own_commits(id_: str, stored: bool) -> None:  # noqa: FBT001
    h = History()
    one = h.app("host-1")
    actor = f"Ledger/{id_}"
    turn = append(h, one, 1.0, actor, stored=stored)
    append(h, one, 2.0, "Ledger/other")
    healed(h)
    read(h, one, 51.0, {1: turn} if stored else {}, actor=actor)
    read(h, one, 52.0, {1: "turn-2"}, actor="Ledger/other")
    finish(h)
    verdict = judged(h)
    assert verdict.outcome is (Outcome.HOLDS if stored else Outcome.VIOLATED), (verdict.violations, verdict.missing)


def test_actors_whose_ids_begin_alike_keep_their_own_entries() -> None:
    h = History()
    one = h.app("host-1")
    turns = {id_: append(h, one, 1.0 + number, f"Ledger/{id_}") for number, id_ in enumerate(IDS)}
    healed(h)
    for number, (id_, turn) in enumerate(turns.items()):
        read(h, one, 51.0 + number / 10, {1: turn}, actor=f"Ledger/{id_}")
    finish(h)
    assert judged(h).outcome is Outcome.HOLDS


def test_keys_that_two_actors_share_are_not_judged_and_told() -> None:
    h = History()
    one = h.app("host-1")
    append(h, one, 1.0, "Foreign/a", key="b||x")
    append(h, one, 2.0, "Foreign/a||b", key="x", stored=False)
    h.close(60.0)
    verdict = judged(h)
    assert not verdict.violations
    assert verdict.outcome is Outcome.UNKNOWN
    assert "Foreign/a, Foreign/a||b" in verdict.missing[0]
    assert [commit.writes for commit in h.timeline().commits] == [()]


@pytest.mark.parametrize(
    ("saved", "stored"), [('{"n": 1, "m": 2}', '{"m":2,"n":1}'), ("no JSON", "no JSON"), (None, None)]
)
def test_a_key_that_two_actors_share_is_whose_value_it_has(saved: str | None, stored: str | None) -> None:
    h = History()
    one = h.app("host-1")
    for actor, key, value in (("Foreign/a||b", "x", saved), ("Foreign/a", "b||x", '{"n": 9}')):
        h.save(h.turn(actor, one, 2.0, 3.0), [(key, value)], 2.1, 2.2)
    h.commit_writes([("Foreign/a", "b||x", stored)], 2.1, 2.2)
    timeline = h.timeline()
    assert [commit.writes for commit in timeline.commits] == [(ev.StoreWrite("Foreign/a||b", "x", stored),)]
    assert not timeline.unclear


def test_a_key_that_no_actor_saved_stays_as_it_is() -> None:
    h = History()
    turn = h.turn("Ledger/a||b", one := h.app("host-1"), 0.1, 2.0)
    h.add(ev.SaveStarted, 0.2, process=one, save="unreadable", turn=turn, actor="Ledger/a||b", writes="x")
    h.commit_writes([("Ledger/a", "b||x", "1")], 1.0, 1.1)
    (commit,) = h.timeline().commits
    assert commit.writes == (ev.StoreWrite("Ledger/a", "b||x", "1"),)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("app||Ledger||a||count", ("Ledger/a", "count")),
        ("app||Ledger||a||b||count", ("Ledger/a", "b||count")),
        ("app||Ledger||a|||count", ("Ledger/a", "|count")),
        ("app||Ledger||a", None),
        ("app||Ledger||a||", None),
        ("app||||a||count", None),
        ("actors||Ledger||p||reminders", None),
    ],
)
def test_a_key_is_read_by_its_shortest_id(key: str, found: tuple[str, str] | None) -> None:
    assert actor_key(key) == found
