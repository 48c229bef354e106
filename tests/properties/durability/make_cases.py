"""Makes the case files of durability again: ``python -m tests.properties.durability.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases" / "durability"
MADE: dict[str, Callable[[History, str, str], None]] = {}
L = "Ledger/a"


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE[path] = make
        return make

    return keep


def entry(turn: str, index: int) -> list[tuple[str, str | None]]:
    return [
        (f"entry-{index:06}", f'{{"op": "op-of-{turn}", "turn": "{turn}"}}'),
        ("count", f'{{"count": {index}, "turn": "{turn}"}}'),
    ]


def append(
    h: History,
    process: str,
    at_s: float,
    index: int,
    *,
    actor: str = L,
    instance: int = 1,
    acknowledged: bool = True,
    committed_s: float | None = 0.0,
) -> str:
    """An append that takes 0.4 s and saves after 0.1 s; committed then, later (`committed_s`), or never (None)."""
    turn = h.turn(actor, process, at_s, at_s + 0.3, name="append", instance=instance, completed=acknowledged)
    save = h.save(turn, entry(turn, index), at_s + 0.1, at_s + 0.2, acknowledged=acknowledged)
    if committed_s is not None:
        after_s = committed_s or at_s + 0.1
        h.commit(save, after_s, after_s + 0.05)
    return turn


def read(h: History, process: str, at_s: float, entries: dict[int, str], *, instance: int = 1, actor: str = L) -> None:
    """An `ok` read of these entries."""
    listed = [[index, f"op-of-{turn}", turn] for index, turn in entries.items()]
    h.call(
        actor,
        process,
        at_s,
        at_s + 0.1,
        name="read",
        instance=instance,
        result={"count": max(entries, default=0), "entries": listed},
    )


def healed(h: History) -> None:
    h.phase("healed", 50.0)


def finish(h: History) -> None:
    """The phases after ``healed``, which stands before the last reads."""
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 60.0)


@case("bad/lost-by-the-store--its-own-instance-does-not-see-it")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1, committed_s=None)
    healed(h)
    read(h, one, 51.0, {})


@case("bad/unexplained--that-nobody-saw")
def _(h: History, one: str, two: str) -> None:
    turn = append(h, one, 1.0, 1)
    h.commit_writes([(L, key, value) for key, value in entry("strange", 1)], 3.0, 3.1)
    healed(h)
    read(h, one, 51.0, {1: turn})


@case("bad/overwritten-by-a-second-instance--sent-at-the-same-instant")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    second = append(h, two, 1.0, 1, committed_s=1.16)
    healed(h)
    read(h, two, 51.0, {1: second})


@case("good/appended-and-read")
def _(h: History, one: str, two: str) -> None:
    turns = {n: append(h, one, float(n), n) for n in (1, 2, 3)}
    healed(h)
    read(h, one, 51.0, turns)


@case("good/moved-after-a-kill")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    h.fault("kill", "host-1/app", 1.25, 9.0, units=["host-1/app"])
    h.kill("host-1/app", 1.25)
    second = append(h, two, 5.0, 2)
    healed(h)
    read(h, two, 51.0, {1: first, 2: second})


@case("good/not-acknowledged-and-not-there")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1, acknowledged=False, committed_s=None)
    second = append(h, one, 2.0, 1)
    healed(h)
    read(h, one, 51.0, {1: second})


@case("good/not-acknowledged-but-there")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1, acknowledged=False)
    second = append(h, one, 2.0, 2)
    healed(h)
    read(h, one, 51.0, {1: first, 2: second})


@case("good/not-acknowledged-and-overwritten")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1, acknowledged=False, committed_s=2.0)
    second = append(h, two, 3.0, 1)
    healed(h)
    read(h, two, 51.0, {1: second})


@case("good/in-flight-at-the-kill")
def _(h: History, one: str, two: str) -> None:
    turn = h.turn(L, one, 1.0, None, name="append")
    h.commit(h.save(turn, entry(turn, 1), 1.1, None), 1.1, 1.2)
    h.kill("host-1/app", 1.15)
    second = append(h, two, 5.0, 2)
    healed(h)
    read(h, two, 51.0, {1: turn, 2: second})


@case("good/one-operation-twice")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(L, 0.9, 3.0, name="append")
    turns = {}
    for index in (1, 2):
        turn = h.turn(L, one, float(index), index + 0.3, op=op, name="append")
        h.commit(h.save(turn, entry(turn, index), index + 0.1, index + 0.2), index + 0.1, index + 0.15)
        turns[index] = turn
    healed(h)
    read(h, one, 51.0, turns)


@case("good/another-spelling-in-the-store")
def _(h: History, one: str, two: str) -> None:
    turn = h.turn(L, one, 1.0, 1.3, name="append")
    h.save(turn, entry(turn, 1), 1.1, 1.2)
    h.commit_writes(
        [
            (L, "entry-000001", f'{{"turn":"{turn}","op":"op-of-{turn}"}}'),
            (L, "count", f'{{"turn":"{turn}","count":1}}'),
        ],
        1.1,
        1.15,
    )
    healed(h)
    read(h, one, 51.0, {1: turn})


@case("good/counter-overwrites-itself")
def _(h: History, one: str, two: str) -> None:
    for number in (1, 2, 3):
        turn = h.turn("Counter/a", one, float(number), number + 0.3)
        save = h.save(turn, [("value", f'{{"value": {number}, "turn": "{turn}"}}')], number + 0.1, number + 0.2)
        h.commit(save, number + 0.1, number + 0.15)


@case("good/appended-after-the-read-was-sent")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    healed(h)
    read(h, one, 51.0, {1: first})
    append(h, one, 51.5, 2)


@case("bad/lost-by-the-store--no-commit")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    append(h, one, 2.0, 2, committed_s=None)
    h.fault("kill", "store", 2.25, 5.0, units=["store"])
    third = append(h, two, 6.0, 2)
    healed(h)
    read(h, two, 51.0, {1: first, 2: third})


@case("bad/lost-by-the-store--counter")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 0.5, 1)
    turn = h.turn("Counter/a", one, 1.0, 1.3)
    h.save(turn, [("value", f'{{"value": 1, "turn": "{turn}"}}')], 1.1, 1.2)


@case("bad/lost-by-the-store--deleted")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    h.commit_writes([(L, "entry-000001", None)], 2.0, 2.1)


@case("bad/lost-by-the-store--read-without-a-log")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1, committed_s=None)
    h.add(ev.StoreLogBroken, 1.5, reason="the file was cut short")
    healed(h)
    read(h, two, 51.0, {})


@case("bad/lost-by-the-store--gap")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    append(h, one, 2.0, 2, acknowledged=False, committed_s=None)
    third = append(h, one, 3.0, 3)
    healed(h)
    read(h, one, 51.0, {1: first, 3: third})


@case("bad/unexplained--stale-cache")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    second = append(h, two, 2.0, 1)
    healed(h)
    read(h, two, 51.0, {1: second})


@case("bad/overwritten-by-a-second-instance--written-again-later")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    append(h, two, 2.0, 1, acknowledged=False)
    h.commit_writes([(L, *write) for write in entry(first, 1)], 3.0, 3.1)
    healed(h)
    read(h, one, 51.0, {1: first})


@case("bad/unexplained--read-without-a-log")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1, committed_s=None)
    second = append(h, two, 2.0, 1, committed_s=None)
    healed(h)
    read(h, two, 51.0, {1: second})


@case("bad/unexplained--written-twice")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    append(h, one, 2.0, 1)


@case("bad/overwritten-by-the-same-instance--while-another-turn-ran")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    append(h, one, 1.25, 1)


@case("bad/overwritten-by-the-same-instance--from-a-cache-that-a-race-left")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    append(h, one, 1.25, 2)
    append(h, one, 3.0, 2)


@case("bad/overwritten-by-a-second-instance--of-two-in-use-at-once")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 1)
    second = append(h, two, 2.0, 1)
    h.turn(L, one, 3.0, 3.1, name="last")
    healed(h)
    read(h, two, 51.0, {1: second})


@case("bad/overwritten-by-a-late-save--sent-before")
def _(h: History, one: str, two: str) -> None:
    late = append(h, one, 1.0, 1, acknowledged=False, committed_s=9.0)
    append(h, two, 3.0, 1)
    healed(h)
    read(h, two, 51.0, {1: late})


@case("bad/overwritten-by-a-late-save--count-goes-back")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    turn = h.turn(L, one, 1.5, None, name="append")
    h.save(turn, [("count", f'{{"count": 1, "turn": "{turn}"}}')], 1.6, None)
    second = append(h, two, 3.0, 2)
    h.commit_writes([(L, "count", f'{{"count": 1, "turn": "{turn}"}}')], 9.0, 9.1)
    healed(h)
    read(h, two, 51.0, {1: first, 2: second})


@case("bad/stale-read-at-the-end--old-cache")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1)
    append(h, two, 2.0, 2)
    append(h, two, 3.0, 3)
    healed(h)
    read(h, one, 51.0, {1: first})


@case("bad/stale-read-at-the-end--without-a-log")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 1, committed_s=None)
    append(h, two, 2.0, 2, committed_s=None)
    healed(h)
    read(h, one, 51.0, {1: first})


def made(path: str) -> History:
    """The history of one case."""
    history = History()
    MADE[path](history, history.app("host-1"), history.app("host-2"))
    finish(history)
    return history


def main() -> None:
    for path in MADE:
        made(path).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
