from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.views.state.storelog import StoreLog, value_in
from tests.properties.builder import History, ns

A, B = "Ledger/a", "Ledger/b"


def log(*commits: list[tuple[str, str, str | None]], broken: str = "") -> StoreLog:
    h = History()
    for at, writes in enumerate(commits, start=1):
        h.commit_writes(writes, at - 0.1, float(at))
    if broken:
        h.add(ev.StoreLogBroken, 90.0, reason=broken)
    return StoreLog(h.timeline())


def test_whether_absence_proves_anything() -> None:
    assert log([(A, "k", "1")]).gone == ""
    assert log().gone == "the store's own log is missing"
    assert log([(A, "k", "1")], broken="cut").gone == "the store's own log broke: cut"
    assert log([(A, "k", "1"), (A, "l", "1")], [(B, "k", "1")]).commits == 2


def test_the_last_commit_of_a_count() -> None:
    found = log([(A, "count", "1")], [(A, "count", "2"), (A, "other", "9")], [(A, "other", "8")])
    assert {actor: commit.t_ns for actor, commit in found.counts.items()} == {A: ns(2.0)}


def test_a_value_in_any_spelling() -> None:
    found = log([(A, "k", '{"a": 1, "b": 2}'), (A, "gone", None)])
    for value in ('{"a": 1, "b": 2}', '{"b":2,"a":1}'):
        assert found.has(A, "k", value)
        assert not found.has(A, "l", value)
        assert not found.has(B, "k", value)
    assert found.has(A, "gone", None)
    assert not found.has(A, "k", None)
    assert not found.has(A, "k", '{"a": 1}')


def test_what_took_an_entrys_place() -> None:
    found = log(
        [(A, "entry-000001", '"x"')],
        [(A, "entry-000001", '"y"'), (B, "entry-000001", '"x"')],
        [(A, "entry-000001", '"z"')],
        [(A, "entry-000001", '"x"'), (A, "count", '"x"')],
        [(A, "count", '"y"')],
    )

    def over(actor: str, key: str, value: str) -> int | None:
        commit = found.overwriting(actor, key, value)
        return None if commit is None else commit.t_ns

    assert over(A, "entry-000001", '"x"') == ns(2.0)
    assert over(A, "entry-000001", ' "y"') == ns(3.0)
    assert over(A, "entry-000001", '"never"') is None
    assert over(B, "entry-000001", '"x"') is None
    assert over(A, "count", '"x"') is None  # no entry: newer ones may follow


def test_the_same_value_again_takes_nobodys_place() -> None:
    found = log([(A, "entry-000001", '{"a":1}')], [(A, "entry-000001", '{"a": 1}')])
    assert found.overwriting(A, "entry-000001", '{"a":1}') is None


def entries(*indexes: int, actor: str = A, value: str | None = '"x"') -> list[tuple[str, str, str | None]]:
    return [(actor, f"entry-{index:06}", value) for index in indexes]


def test_gaps() -> None:
    assert log(entries(1, 2, 3), entries(1, 2, actor=B)).gaps() == {}
    assert log(entries(2, 4, 7)).gaps() == {A: ([1, 3, 5, 6], 7)}
    assert log([*entries(1, 3), (A, "entry-x", "1")], entries(1, actor=B)).gaps() == {A: ([2], 3)}
    assert log([(A, "entry-x", "1")]).gaps() == {}
    assert log(entries(1, 2, actor=B), entries(1, 3)).gaps() == {A: ([2], 3)}


def test_gaps_after_the_last_commit() -> None:
    assert log(entries(1, 2, 3), entries(2, value=None)).gaps() == {A: ([2], 3)}
    assert log(entries(1, 2, 3), entries(3, value=None)).gaps() == {}
    assert log(entries(1, 3), entries(2), entries(1, value='"y"')).gaps() == {}
    assert log(entries(1, 2, 3), entries(2, value=None), entries(2)).gaps() == {}


def test_what_a_commit_leaves_at_a_key() -> None:
    h = History()
    h.commit_writes([(A, "k", "1"), (A, "k", "2"), (B, "k", "3"), (A, "l", None)], 1.0, 2.0)
    (commit,) = h.timeline().commits
    assert [value_in(commit, *place) for place in ((A, "k"), (B, "k"), (A, "l"), (B, "l"))] == ["2", "3", None, None]
