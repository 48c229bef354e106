"""Makes the case files of parallelism again: ``python -m tests.properties.parallelism.make_cases``.

A slow turn runs from 20 to 23 s on host-1; what else happens is each case's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.properties.builder import History
from tests.properties.parallelism.parts import OTHER, call, slow
from tests.properties.placement.parts import BOTH, settled

CASES = Path(__file__).parent.parent / "cases" / "parallelism"
MADE: list[tuple[str, Callable[[History, str, str], None]]] = []


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, make))
        return make

    return keep


@case("good/side-by-side")
def _(h: History, one: str, two: str) -> None:
    call(h, one, 21.0, 21.01)
    call(h, two, 21.0, 21.01, actor="Counter/elsewhere")


def two_calls(h: History, app: str, sent_s: float, from_s: float, *, type_: str = "Counter") -> None:
    """Calls of two actors, sent and begun at about the same time."""
    for number in range(2):
        call(h, app, sent_s + number / 100, from_s + number / 50, actor=f"{type_}/{number}")


@case("good/it-waited-for-its-own-actor")
def _(h: History, one: str, _: str) -> None:
    slow(h, one, 20.5, 22.9, actor=OTHER)
    call(h, one, 21.0, 23.01)
    call(h, one, 21.0, 23.01, actor="Counter/free")


@case("good/a-single-one-is-a-coincidence")
def _(h: History, one: str, _: str) -> None:
    call(h, one, 21.0, 23.01)


@case("good/others-of-its-type-began-meanwhile")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 21.0, 23.01)
    call(h, one, 22.0, 22.01, actor="Counter/third")


@case("good/it-began-long-after-the-slow-turn")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 21.0, 23.5)


@case("good/it-began-before-the-slow-turn-ended")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 20.5, 22.5)


@case("good/it-waited-for-less-than-a-second-of-it")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 22.1, 23.01)


@case("good/the-table-changed")
def _(h: History, one: str, _: str) -> None:
    h.table(22.0, 3, BOTH)
    two_calls(h, one, 21.0, 23.01)


@case("good/the-slow-turn-ran-on-another-host")
def _(h: History, _: str, two: str) -> None:
    two_calls(h, two, 21.0, 23.01)


@case("bad/held-up-by-another-actor--of-another-type")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 21.0, 23.01)


@case("bad/held-up-by-another-actor--of-its-own-type")
def _(h: History, one: str, _: str) -> None:
    two_calls(h, one, 21.0, 23.01, type_="Sleeper")
    call(h, one, 21.5, 21.51)


@case("bad/held-up-by-another-actor--one-after-the-other")
def _(h: History, one: str, _: str) -> None:
    for number in range(3):
        call(h, one, 21.0 + number / 10, 23.01 + number / 20, actor=f"Counter/{number}")


def made(make: Callable[[History, str, str], None]) -> History:
    """One case."""
    h, one, two = settled()
    slow(h, one, 20.0, 23.0)
    make(h, one, two)
    h.close(60.0)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
