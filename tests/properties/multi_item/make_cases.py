"""Makes the case files of transactions again: ``python -m tests.properties.multi_item.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.properties.builder import History
from tests.properties.multi_item.parts import Transfers

CASES = Path(__file__).parent.parent / "cases" / "transactions"
MADE: list[tuple[str, Callable[[Transfers], None]]] = []
OPENED = {"ann": 100, "bob": 100, "cid": 100}


def case(path: str) -> Callable[[Callable[[Transfers], None]], Callable[[Transfers], None]]:
    def keep(make: Callable[[Transfers], None]) -> Callable[[Transfers], None]:
        MADE.append((path, make))
        return make

    return keep


@case("good/whole")
def _(t: Transfers) -> None:
    t.transfer("ann", "bob", 3)
    t.transfer("bob", "cid", 5)


@case("good/not-acknowledged-and-not-there")
def _(t: Transfers) -> None:
    t.turn({"ann": 1, "bob": 199}, acknowledged=False)
    t.transfer("ann", "bob", 3)


@case("good/not-acknowledged-and-there-as-a-whole")
def _(t: Transfers) -> None:
    t.save({"ann": 97, "bob": 103}, acknowledged=False)


@case("good/stored-twice")
def _(t: Transfers) -> None:
    _, _, writes = t.turn({"ann": 97, "bob": 103})
    t.commit(writes)
    t.commit(writes)


@case("good/clause-stale--turns-ran-at-once")
def _(t: Transfers) -> None:
    t.h.turn("Accounts/a", t.app, t.at_s + 0.02, t.at_s + 0.5)
    t.transfer("ann", "bob", 3)
    t.save({"bob": 90, "cid": 110})


@case("good/clause-stale--an-instance-came-back")
def _(t: Transfers) -> None:
    t.instance = 2
    t.transfer("ann", "bob", 3)
    t.instance = 1
    t.save({"bob": 90, "cid": 110})


@case("good/clause-stale--a-save-was-not-acknowledged")
def _(t: Transfers) -> None:
    t.save({"ann": 97, "bob": 103}, acknowledged=False)
    t.save({"bob": 90, "cid": 110})


@case("bad/torn--half-is-missing")
def _(t: Transfers) -> None:
    _, _, writes = t.turn({"ann": 97, "bob": 103}, acknowledged=False)
    t.commit(writes[:1])


@case("bad/torn--in-two-commits")
def _(t: Transfers) -> None:
    _, _, writes = t.turn({"ann": 97, "bob": 103}, acknowledged=False)
    t.commit(writes[:1])
    t.commit(writes[1:])


@case("bad/write-cycle--each-overwrote-the-other")
def _(t: Transfers) -> None:
    _, _, first = t.turn({"ann": 97, "bob": 103})
    t.commit(first[:1])
    _, _, second = t.turn({"ann": 90, "bob": 110})
    t.commit(second)
    t.commit(first[1:])


@case("bad/sum-changed--money-is-made")
def _(t: Transfers) -> None:
    t.transfer("ann", "bob", 3)
    t.save({"bob": 104, "cid": 100})


@case("bad/sum-changed--by-another-instance")
def _(t: Transfers) -> None:
    t.transfer("ann", "bob", 3)
    t.instance = 2
    t.save({"ann": 90, "cid": 110})


def made(make: Callable[[Transfers], None]) -> History:
    """One case."""
    h = History()
    transfers = Transfers(h, h.app("host-1"))
    transfers.save(OPENED)
    make(transfers)
    h.close(60.0)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
