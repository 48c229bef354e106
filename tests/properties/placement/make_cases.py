"""Makes the case files of placement again: ``python -m tests.properties.placement.make_cases``.

Two hosts run from the start, and the table that has them is seen at 0.1 s: by 8.1 s it must have reached everybody.
Where a third one joins it does so at 20 s, is ready at 21 s and in the table seen then: from 29 s on that one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, dict[str, Any], Callable[[History, str, str], None]]] = []
A = "Counter/a"
BOTH = ("host-1", "host-2")
THREE = (*BOTH, "host-3")
# So many are enough to see that one of three hosts has none of them.
IDS = 66


def case(path: str, **run: Any) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, run, make))
        return make

    return keep


def settled(**run: Any) -> tuple[History, str, str]:
    """A history with two hosts in it, and their applications."""
    h = History(**run)
    one, two = h.app("host-1"), h.app("host-2")
    for host in BOTH:
        h.sidecar(0.1, host)
    h.table(0.1, 2, BOTH)
    return h, one, two


def join(h: History, *, at_s: float = 20.0, version: int = 3) -> str:
    """A third host joins; its application."""
    h.start("host-3/sidecar", at_s, ready_s=at_s + 1.0)
    three = h.app("host-3", at_s, sidecar=False)
    h.sidecar(at_s + 1.0, "host-3")
    h.table(at_s + 1.0, version, THREE)
    h.add(
        ev.FaultStarted,
        at_s - 0.2,
        fault="join",
        verb="add",
        target="host-3",
        units=("host-3/sidecar", "host-3/app"),
        links=(),
    )
    h.add(ev.FaultTook, at_s + 1.0, fault="join", evidence=("ready",))
    return three


def use(h: History, process: str, ids: Iterable[int], at_s: float) -> None:
    """Short turns of actors, one after the other; a timer's are as good as any to show where an actor is."""
    for id_ in ids:
        h.turn(f"Counter/{id_}", process, at_s + id_ / 100, at_s + id_ / 100 + 0.005, cause="timer")


# ---- good


@case("placement/good/one-owner-from-both-sidecars")
def _(h: History, one: str, _two: str) -> None:
    for at_s, via in ((9.0, "host-1"), (10.0, "host-2")):
        op = h.operation(A, at_s, at_s + 0.2, via=via)
        h.turn(A, one, at_s + 0.1, at_s + 0.15, op=op)


@case("placement/good/elsewhere-before-the-table-had-reached-everybody")
def _(h: History, one: str, two: str) -> None:
    h.call(A, two, 8.0, 8.05)
    h.call(A, one, 8.2, 8.3)


@case("placement/good/sent-before-the-table-had-reached-everybody")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 8.0, 9.0)
    h.turn(A, two, 8.5, 8.8, op=op)
    h.call(A, one, 9.2, 9.3)


@case("placement/good/another-version-between")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.table(20.0, 3, BOTH)
    h.call(A, two, 30.0, 30.1)


@case("placement/good/another-leader-between")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.table(20.0, 2, BOTH, placement="placement-1")
    h.call(A, two, 30.0, 30.1)


@case("placement/good/nobody-leads-any-more")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.add(ev.TableObserved, 20.0, placement="placement-0", leader=False, version=0, hosts=())
    h.call(A, two, 30.0, 30.1)


@case("placement/good/a-change-is-seen-one-and-a-half-seconds-late")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.call(A, two, 18.6, 18.7)
    h.table(20.0, 3, BOTH)


@case("placement/good/the-host-lost-placement")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.sidecar(15.0, "host-1", placement=False)
    h.call(A, two, 16.0, 16.1)
    h.sidecar(17.0, "host-1")
    h.call(A, two, 24.0, 24.1)


@case("placement/good/a-stranger-answers")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.sidecar(15.0, "host-9")
    h.call(A, two, 16.0, 16.1)


@case("placement/good/a-host-was-paused")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.pause("host-1/sidecar", 15.0, 20.0)
    h.call(A, two, 34.0, 34.1)


@case("placement/good/a-link-was-cut")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.fault("cut", "host-1>placement-0", 15.0, 16.0, links=["host-1>placement-0"])
    h.call(A, two, 30.0, 30.1)


@case("placement/good/a-host-was-killed")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.kill("host-1/sidecar", 15.0)
    h.call(A, two, 22.0, 22.1)


@case("placement/good/a-change-is-seen-after-the-machine-stood-still")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.call(A, two, 13.0, 13.1)
    h.add(ev.Stalled, 16.0, late_ns=3_000_000_000)
    h.table(16.5, 3, BOTH)


@case("placement/good/a-reminder-elsewhere")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.turn(A, two, 12.0, 12.1, cause="reminder", name="r")


@case("placement/good/even-shares")
def _(h: History, one: str, two: str) -> None:
    use(h, one, range(30), 10.0)
    use(h, two, range(30, IDS), 10.0)


@case("placement/good/too-few-to-tell")
def _(h: History, one: str, _two: str) -> None:
    use(h, one, range(24), 10.0)


@case("placement/good/one-id-of-many-types")
def _(h: History, one: str, _two: str) -> None:
    for number in range(IDS):
        h.turn(f"T{number}/same", one, 10.0 + number / 100, 10.005 + number / 100, cause="timer")


@case("placement/good/all-on-one-host-of-one", hosts=1)
def _(h: History, one: str, _two: str) -> None:
    h.table(1.0, 3, ("host-1",))
    h.sidecar(1.0, "host-2", answers=False, placement=False, ready=False)
    use(h, one, range(IDS), 10.0)


@case("placement/good/a-join-takes-its-share")
def _(h: History, one: str, two: str) -> None:
    three = join(h)
    for process, before, after in ((one, range(33), range(22)), (two, range(33, IDS), range(44, IDS))):
        use(h, process, before, 10.0)
        use(h, process, after, 30.0)
    use(h, three, range(22, 44), 30.0)


@case("placement/good/a-join-and-a-new-leader")
def _(h: History, one: str, two: str) -> None:
    join(h)
    h.call(A, one, 10.0, 10.1)
    h.add(ev.TableObserved, 24.0, placement="placement-1", leader=True, version=1, hosts=("host-1",))
    h.table(25.0, 4, THREE, placement="placement-1")
    h.call(A, two, 34.0, 34.1)


@case("placement/good/a-join-and-a-kill")
def _(h: History, one: str, two: str) -> None:
    join(h)
    h.call(A, one, 10.0, 10.1)
    h.start("store", 0.0)
    h.kill("store", 20.5)
    h.call(A, two, 30.0, 30.1)


# ---- bad


@case("placement/bad/two-owners--through-two-sidecars")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.call("Counter/b", one, 10.2, 10.3)
    h.call(A, two, 11.0, 11.1)


@case("placement/bad/two-owners--the-old-one-is-still-called-after-a-join")
def _(h: History, one: str, _two: str) -> None:
    three = join(h)
    h.call(A, one, 10.0, 10.1)
    h.call(A, three, 30.0, 30.1)
    h.call(A, one, 31.0, 31.1)


@case("placement/bad/two-owners--as-soon-as-the-table-had-reached-everybody")
def _(h: History, one: str, two: str) -> None:
    h.call(A, two, 8.1, 8.2)
    h.call(A, one, 8.3, 8.4)


@case("placement/bad/two-owners--the-machine-stood-still-and-nothing-changed")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 10.0, 10.1)
    h.add(ev.Stalled, 16.0, late_ns=3_000_000_000)
    h.call(A, two, 16.5, 16.6)


@case("placement/bad/two-owners--an-outage-of-another-kind-between")
def _(h: History, one: str, two: str) -> None:
    h.start("store", 0.0)
    h.call(A, one, 10.0, 10.1)
    h.kill("store", 15.0)
    h.start("store", 16.0)
    h.call(A, two, 24.1, 24.2)


@case("placement/bad/moved-between-old-hosts--when-another-joined")
def _(h: History, one: str, two: str) -> None:
    join(h)
    h.call(A, one, 10.0, 10.1)
    h.call("Counter/b", one, 10.2, 10.3)
    h.call(A, two, 30.0, 30.1)
    h.call("Counter/b", one, 30.2, 30.3)


@case("placement/bad/gross-imbalance--all-on-one-of-two-hosts")
def _(h: History, one: str, _two: str) -> None:
    use(h, one, range(40), 10.0)


@case("placement/bad/gross-imbalance--too-few-to-see-an-empty-host-but-one-has-all")
def _(h: History, one: str, _two: str) -> None:
    join(h)
    use(h, one, range(24), 30.0)


@case("placement/bad/gross-imbalance--one-of-three-hosts-has-none")
def _(h: History, one: str, two: str) -> None:
    join(h)
    use(h, one, range(33), 30.0)
    use(h, two, range(33, IDS), 30.0)


@case("placement/bad/unfair-share-of-a-joiner--nothing-moves")
def _(h: History, one: str, two: str) -> None:
    three = join(h)
    for process, ids in ((one, range(33)), (two, range(33, IDS))):
        use(h, process, ids, 10.0)
        use(h, process, ids, 30.0)
    use(h, three, range(IDS, IDS + 18), 30.0)


@case("placement/bad/unfair-share-of-a-joiner--everything-moves")
def _(h: History, one: str, two: str) -> None:
    three = join(h)
    for process, ids in ((one, range(33)), (two, range(33, IDS))):
        use(h, process, ids, 10.0)
        use(h, three, ids, 30.0)
    use(h, one, range(IDS, IDS + 25), 30.0)
    use(h, two, range(IDS + 25, IDS + 50), 30.0)


@case("placement/bad/gross-imbalance--all-but-the-first-on-one-of-two-hosts")
def _(h: History, one: str, two: str) -> None:
    use(h, two, range(1), 10.0)
    use(h, one, range(1, 61), 10.0)


@case("placement/bad/gross-imbalance--with-an-outage-between")
def _(h: History, one: str, _two: str) -> None:
    h.start("store", 0.0)
    use(h, one, range(40), 10.0)
    h.kill("store", 15.0)
    h.start("store", 16.0)


@case("placement/bad/gross-imbalance--ids-with-a-slash")
def _(h: History, one: str, _two: str) -> None:
    for number in range(IDS):
        h.turn(f"Counter/{number}/same", one, 10.0 + number / 100, 10.005 + number / 100, cause="timer")


@case("placement/bad/moved-between-old-hosts--behind-a-new-actor")
def _(h: History, one: str, two: str) -> None:
    join(h)
    h.call(A, one, 10.0, 10.1)
    h.call("Counter/new", one, 29.5, 29.6)
    h.call(A, two, 30.0, 30.1)


@case("placement/bad/unfair-share-of-a-joiner--more-than-its-own")
def _(h: History, one: str, two: str) -> None:
    three = join(h)
    use(h, one, range(33), 10.0)
    use(h, two, range(33, IDS), 10.0)
    use(h, one, range(8), 30.0)
    use(h, two, range(33, 42), 30.0)
    use(h, three, [*range(8, 33), *range(42, IDS)], 30.0)
    use(h, one, range(IDS, IDS + 30), 30.0)
    use(h, two, range(IDS + 30, IDS + 60), 30.0)


def made(run: dict[str, Any], make: Callable[[History, str, str], None]) -> list[ev.Event]:
    """The events of a case."""
    h, one, two = settled(**run)
    make(h, one, two)
    h.close(60.0)
    return h.events()


def main() -> None:
    """Write all files again."""
    for path, run, make in MADE:
        h, one, two = settled(**run)
        make(h, one, two)
        h.close(60.0)
        h.write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
