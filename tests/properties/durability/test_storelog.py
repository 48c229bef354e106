from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.views.state.storelog import StoreLog
from tests.properties.builder import History

A, B = "Ledger/a", "Ledger/b"


def log(*commits: list[tuple[str, str, str | None]], broken: str = "") -> StoreLog:
    h = History()
    for at, writes in enumerate(commits, start=1):
        h.commit_writes(writes, at - 0.1, float(at))
    if broken:
        h.add(ev.StoreLogBroken, 90.0, reason=broken)
    return StoreLog(h.timeline())


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
