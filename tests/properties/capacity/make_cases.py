"""Makes the case files of capacity again: ``python -m tests.properties.capacity.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.capacity.parts import A, read, write

CASES = Path(__file__).parent.parent / "cases" / "capacity"
MADE: list[tuple[str, Callable[[History, str], None]]] = []


def case(path: str) -> Callable[[Callable[[History, str], None]], Callable[[History, str], None]]:
    def keep(make: Callable[[History, str], None]) -> Callable[[History, str], None]:
        MADE.append((path, make))
        return make

    return keep


@case("good/it-goes-and-comes-back")
def _(h: History, app: str) -> None:
    for at_s, size in ((0.5, 50), (1.0, 50), (2.0, 54)):
        h.add(ev.MemoryObserved, at_s, unit="host-1/app", resident_bytes=size * 1024)
    write(h, app, 1.5, "one")
    h.deactivate(A, app, 22.0)
    read(h, app, 40.0, "one")
    h.deactivate(A, app, 62.0, instance=2)


@case("good/it-is-used-again-before-it-is-idle")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")
    read(h, app, 20.0, "one", instance=1)
    h.deactivate(A, app, 41.0)
    read(h, app, 60.0, "one")


@case("good/nobody-watched-for-long-enough")
def _(h: History, app: str) -> None:
    write(h, app, 80.0, "one")


@case("good/its-last-write-was-not-answered")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")
    write(h, app, 2.0, "two", ok=False)
    h.deactivate(A, app, 22.0)
    read(h, app, 40.0, "two")


@case("good/something-was-faulted")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-1>app", 0.5, 0.6, links=["host-1>app"])
    write(h, app, 1.0, "one", ok=False)


@case("bad/refused--never-answered")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one", ok=False)


@case("bad/kept-active--never-put-away")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")


@case("bad/kept-active--put-away-late")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")
    h.deactivate(A, app, 31.2)
    read(h, app, 60.0, "one")


@case("bad/state-lost--it-comes-back-empty")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")
    h.deactivate(A, app, 22.0)
    read(h, app, 40.0, None)


@case("bad/state-lost--it-has-another-ones")
def _(h: History, app: str) -> None:
    write(h, app, 1.0, "one")
    write(h, app, 1.2, "two", actor="Register/c2")
    h.deactivate(A, app, 22.0)
    h.deactivate("Register/c2", app, 22.0)
    read(h, app, 40.0, "two")
    read(h, app, 40.2, "two", actor="Register/c2")


def made(make: Callable[[History, str], None]) -> History:
    """One case."""
    h = History()
    make(h, h.app("host-1"))
    h.close(90.0)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
