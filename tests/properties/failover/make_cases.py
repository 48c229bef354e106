"""Makes the case files of failover again: ``python -m tests.properties.failover.make_cases``.

host-1 is lost at 10 s, or a part of it. Probes ask an actor that lived there every second, by way of host-2; the drain
time-out is 4 s, so a host has until 46 s, an application until 57 s, and one that is back by then 16 s more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, Callable[[History, str, str], None]]] = []
A = "Counter/probe0"
B = "Counter/probe1"
LOST_S = 10.0
END_S = 100


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, make))
        return make

    return keep


def probe(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A, via: str = "host-2") -> None:
    """One attempt a second, answered or not."""
    for at_s in range(from_s, to_s):
        client = f"probe-{actor}"
        if ok:
            turn = f"{actor}@{at_s}"
            op = h.operation(actor, at_s + 0.1, at_s + 0.3, client=client, turn=turn, via=via)
            h.turn(actor, app, at_s + 0.15, at_s + 0.25, op=op, turn=turn)
        else:
            h.operation(
                actor, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500", via=via
            )


def lost(h: History, part: str, *, back_s: float | None = None) -> None:
    """host-1, or a part of it, is killed at 10 s."""
    units = [f"host-1/{part}"] if part else ["host-1/sidecar", "host-1/app"]
    h.fault("kill", "/".join(filter(None, ("host-1", part))), LOST_S, back_s, units=units)
    for unit in units:
        h.kill(unit, LOST_S)
        if back_s is not None:
            number = h.start(unit, back_s - 1.0)
            if unit.endswith("/app"):
                h.open(f"{unit}#{number}", back_s - 1.0)


@case("failover/good/answers-elsewhere")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    h.table(13.0, 2, ["host-2"])
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 18, ok=False)
    probe(h, two, 18, END_S, ok=True)


@case("failover/good/answers-just-in-time")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 45, ok=False)
    probe(h, two, 45, END_S, ok=True)


@case("failover/good/an-application-has-longer")
def _(h: History, one: str, two: str) -> None:
    lost(h, "app")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 56, ok=False)
    probe(h, two, 56, END_S, ok=True)


@case("failover/good/its-host-was-back-in-the-meantime")
def _(h: History, one: str, two: str) -> None:
    lost(h, "", back_s=40.0)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 61, ok=False)
    probe(h, "host-1/app#2", 61, END_S, ok=True)


@case("failover/good/asked-by-way-of-the-lost-host-only")
def _(h: History, one: str, two: str) -> None:
    lost(h, "app")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 70, ok=False, via="host-1")
    probe(h, two, 70, END_S, ok=True)


@case("failover/good/lives-on-another-host")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    probe(h, one, 1, 9, ok=True)
    probe(h, two, 9, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/asked-at-the-beginning-only")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 30, ok=False)
    probe(h, two, 70, END_S, ok=True)


@case("failover/good/another-fault-comes")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    h.fault("cut", "host-2>store", 40.0, 50.0, links=["host-2>store"])
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/another-fault-healed-just-before")
def _(h: History, one: str, two: str) -> None:
    h.fault("cut", "host-2>store", 4.0, 9.5, links=["host-2>store"])
    lost(h, "")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 45, ok=False)
    probe(h, two, 45, END_S, ok=True)


@case("failover/good/in-the-course-of-another-fault")
def _(h: History, one: str, two: str) -> None:
    h.fault("cut", "host-2>store", 4.0, 60.0, links=["host-2>store"])
    lost(h, "")
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/a-unit-died-by-itself")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    h.exit("host-2/sidecar", 40.0, code=1, expected=False)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/the-machine-stood-still")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    h.add(ev.Stalled, 30.0, late_ns=900_000_000)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/a-pause-shorter-than-its-lease")
def _(h: History, one: str, two: str) -> None:
    h.fault("pause", "host-1", LOST_S, 17.0, units=["host-1/sidecar", "host-1/app"])
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/a-fault-that-took-no-effect")
def _(h: History, one: str, two: str) -> None:
    h.fault("kill", "host-1", LOST_S, 17.0, units=["host-1/sidecar", "host-1/app"], took=False)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/good/only-the-callers-do-not-wait")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    probe(h, one, 1, 10, ok=True)
    for at_s in range(12, END_S):
        op = h.operation(A, at_s + 0.1, at_s + 0.2, client="probe-0", outcome="info", reason="deadline", via="host-2")
        h.turn(A, two, at_s + 0.15, at_s + 0.25, op=op)


@case("failover/bad/late--after-the-budget")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    h.table(13.0, 2, ["host-2"])
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 50, ok=False)
    probe(h, two, 50, END_S, ok=True)


@case("failover/bad/late--only-when-its-application-was-back")
def _(h: History, one: str, two: str) -> None:
    lost(h, "app", back_s=80.0)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 81, ok=False)
    probe(h, "host-1/app#2", 81, END_S, ok=True)


@case("failover/bad/late--after-a-long-pause")
def _(h: History, one: str, two: str) -> None:
    h.fault("pause", "host-1", LOST_S, 80.0, units=["host-1/sidecar", "host-1/app"])
    for part in ("sidecar", "app"):
        h.pause(f"host-1/{part}", LOST_S, 80.0)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, 81, ok=False)
    probe(h, one, 81, END_S, ok=True)


@case("failover/bad/never--though-its-host-was-back")
def _(h: History, one: str, two: str) -> None:
    lost(h, "sidecar", back_s=40.0)
    probe(h, one, 1, 10, ok=True)
    probe(h, two, 10, END_S, ok=False)


@case("failover/bad/never--one-actor-of-two")
def _(h: History, one: str, two: str) -> None:
    lost(h, "")
    for actor in (A, B):
        probe(h, one, 1, 10, ok=True, actor=actor)
    probe(h, two, 10, END_S, ok=False)
    probe(h, two, 20, END_S, ok=True, actor=B)


def made(make: Callable[[History, str, str], None]) -> History:
    """One case."""
    h = History(drain_timeout_s=4.0)
    one, two = h.app("host-1"), h.app("host-2")
    h.table(0.1, 1, ["host-1", "host-2"])
    make(h, one, two)
    h.close(END_S + 10)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
