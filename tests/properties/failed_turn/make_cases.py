"""Makes the case files of failed-turn again: ``python -m tests.properties.failed_turn.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.properties.builder import History
from tests.properties.failed_turn.parts import A, Counting

CASES = Path(__file__).parent.parent / "cases" / "failed-turn"
MADE: list[tuple[str, Callable[[Counting], None]]] = []


def case(path: str) -> Callable[[Callable[[Counting], None]], Callable[[Counting], None]]:
    def keep(make: Callable[[Counting], None]) -> Callable[[Counting], None]:
        MADE.append((path, make))
        return make

    return keep


@case("good/nothing-is-left")
def _(c: Counting) -> None:
    c.add(1)
    c.fail()
    c.get(1)
    c.fail()
    c.add(2)


@case("good/nothing-was-saved-yet")
def _(c: Counting) -> None:
    c.fail()
    c.get(0)


@case("good/it-had-begun-to-save")
def _(c: Counting) -> None:
    # It may have been stored or not: what comes next may show it.
    c.add(1, acknowledged=False)
    c.get(1)


@case("good/after-a-save-in-doubt-nothing-is-sure")
def _(c: Counting) -> None:
    c.add(1, acknowledged=False)
    c.fail()
    c.get(1)


@case("good/another-instance-knows-more")
def _(c: Counting) -> None:
    # Which is `activation`'s, and not what this one's failed turn left.
    c.add(1)
    c.instance = 2
    c.add(2)
    c.instance = 1
    c.fail()
    c.get(5)


@case("good/a-turn-ran-beside-it")
def _(c: Counting) -> None:
    c.add(1)
    c.h.turn(A, c.app, c.at_s - 0.07, c.at_s + 0.5)
    c.fail()
    c.get(2)


@case("bad/kept-in-memory--the-next-turn-tells-it")
def _(c: Counting) -> None:
    c.add(1)
    c.fail()
    c.get(2)


@case("bad/kept-in-memory--before-anything-was-saved")
def _(c: Counting) -> None:
    c.fail()
    c.get(1)


@case("bad/kept-in-memory--the-next-turn-adds-to-it")
def _(c: Counting) -> None:
    c.add(1)
    c.fail()
    c.add(3)


@case("bad/saved-by-a-later-turn--with-its-own-name")
def _(c: Counting) -> None:
    c.add(1)
    failed = c.fail()
    c.turn("ping", result=0, writes=f'{{"turn":"{failed}","value":2}}')


@case("bad/saved-by-a-later-turn--after-others")
def _(c: Counting) -> None:
    failed = c.fail()
    c.get(0)
    c.turn("add", result=1, writes=f'{{"turn":"{failed}","value":1}}')


@case("bad/saved-all-the-same--and-no-turn-saved-it")
def _(c: Counting) -> None:
    failed = c.fail()
    c.h.commit_writes([(A, "value", f'{{"turn":"{failed}","value":1}}')], c.at_s, c.at_s + 0.1)


def made(make: Callable[[Counting], None]) -> History:
    """One case."""
    h = History()
    make(Counting(h, h.app("host-1")))
    h.close(60.0)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
