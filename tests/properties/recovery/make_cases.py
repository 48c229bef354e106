"""Makes the case files of recovery again: ``python -m tests.properties.recovery.make_cases``.

host-1 is killed at 10 s and healed at 15 s; it has 32 s to answer again. Probes ask an actor every second.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, Callable[[History, str], None]]] = []
A = "Counter/probe0"
B = "Counter/probe1"
HEALED_S = 15.0
END_S = 80


def case(path: str) -> Callable[[Callable[[History, str], None]], Callable[[History, str], None]]:
    def keep(make: Callable[[History, str], None]) -> Callable[[History, str], None]:
        MADE.append((path, make))
        return make

    return keep


def probe(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A) -> None:
    """One attempt a second, answered or not."""
    for at_s in range(from_s, to_s):
        client = f"probe-{actor}"
        if ok:
            turn = f"{actor}@{at_s}"
            op = h.operation(actor, at_s + 0.1, at_s + 0.3, client=client, turn=turn)
            h.turn(actor, app, at_s + 0.15, at_s + 0.25, op=op, turn=turn)
        else:
            h.operation(actor, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500")


def killed() -> tuple[History, str]:
    """A history in which a host was killed, and an application that lives on."""
    h = History()
    h.app("host-1")
    two = h.app("host-2")
    h.fault("kill", "host-1/sidecar", 10.0, HEALED_S, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 10.0)
    h.start("host-1/sidecar", 14.0, ready_s=14.5)
    return h, two


@case("recovery/good/answers-again")
def _(h: History, app: str) -> None:
    probe(h, app, 1, 10, ok=True)
    probe(h, app, 10, 18, ok=False)
    probe(h, app, 18, END_S, ok=True)


@case("recovery/good/answers-just-in-time")
def _(h: History, app: str) -> None:
    probe(h, app, 10, 46, ok=False)
    probe(h, app, 46, END_S, ok=True)


@case("recovery/good/back-before-anybody-asked-again")
def _(h: History, app: str) -> None:
    probe(h, app, 10, 44, ok=False)
    probe(h, app, 47, END_S, ok=True)


@case("recovery/good/the-run-ends")
def _(h: History, app: str) -> None:
    probe(h, app, 10, 46, ok=False)


@case("recovery/good/a-host-left-again")
def _(h: History, app: str) -> None:
    # The heal of an added host is its end; its own 32 s begin then.
    three = h.app("host-3", 11.0)
    h.fault("add", "host-3", 11.0, 16.0, units=["host-3/sidecar", "host-3/app"])
    for part in ("sidecar", "app"):
        h.signal(f"host-3/{part}", 15.5, "SIGTERM")
        h.exit(f"host-3/{part}", 15.9, code=0)
    probe(h, three, 12, 14, ok=True)
    probe(h, app, 14, 47, ok=False)
    probe(h, app, 47, END_S, ok=True)


@case("recovery/good/a-unit-was-down")
def _(h: History, app: str) -> None:
    h.exit("host-1/app", 12.0, code=1, expected=False)
    probe(h, app, 10, END_S, ok=False)


@case("recovery/good/a-unit-was-just-started-again")
def _(h: History, app: str) -> None:
    h.exit("host-1/app", 12.0, code=1, expected=False)
    h.open(f"host-1/app#{h.start('host-1/app', 14.0, ready_s=19.0)}", 14.0)
    probe(h, app, 10, 50, ok=False)
    probe(h, app, 50, END_S, ok=True)


@case("recovery/good/an-application-is-stopped-again")
def _(h: History, app: str) -> None:
    h.pause("host-1/app", 40.0, 60.0)
    probe(h, app, 10, 62, ok=False)
    probe(h, app, 62, END_S, ok=True)


@case("recovery/good/the-store-starts-again-at-once")
def _(h: History, app: str) -> None:
    h.start("store", 0.0)
    h.fault("restart", "store", 50.0, 50.3, units=["store"])
    h.kill("store", 50.0)
    h.start("store", 50.2)
    probe(h, app, 16, 50, ok=True)
    probe(h, app, 50, END_S - 1, ok=False)
    probe(h, app, END_S - 1, END_S + 10, ok=True)


@case("recovery/good/two-healed-in-a-row")
def _(h: History, app: str) -> None:
    # Each is judged, if at all, by the end of the longest budget: the control plane's, 50.5 s.
    h.start("placement-0", 0.0)
    h.fault("pause", "placement-0", 12.0, 15.5, units=["placement-0"])
    h.pause("placement-0", 12.0, 15.4)
    h.fault("cut", "host-2>app", 13.0, 15.5, links=["host-2>app"])
    probe(h, app, 10, 50, ok=False)
    probe(h, app, 50, END_S, ok=True)


@case("recovery/good/only-the-callers-do-not-wait")
def _(h: History, app: str) -> None:
    for at_s in range(16, END_S):
        op = h.operation(A, at_s + 0.1, at_s + 0.2, client="probe-0", outcome="info", reason="deadline")
        h.turn(A, app, at_s + 0.15, at_s + 0.25, op=op)


@case("recovery/good/one-attempt-hangs")
def _(h: History, app: str) -> None:
    h.operation(A, 16.0, 60.0, client="probe-0", outcome="info", reason="deadline")
    probe(h, app, 61, END_S, ok=True)


@case("recovery/good/asked-at-the-beginning-only")
def _(h: History, app: str) -> None:
    probe(h, app, 16, 30, ok=False)
    probe(h, app, 60, END_S, ok=True)


@case("recovery/good/another-fault-comes")
def _(h: History, app: str) -> None:
    probe(h, app, 16, END_S, ok=False)
    h.fault("cut", "host-2>app", 30.0, None, links=["host-2>app"])


@case("recovery/good/a-slower-fault-healed-just-before")
def _(h: History, app: str) -> None:
    # The store may take 30 s only, the host before it has until 47 s.
    h.fault("cut", "store", 12.0, 15.5, units=["store"])
    probe(h, app, 16, 46, ok=False)
    probe(h, app, 46, END_S, ok=True)


@case("recovery/good/a-unit-died-by-itself")
def _(h: History, app: str) -> None:
    probe(h, app, 16, END_S, ok=False)
    h.exit("host-1/app", 40.0, code=1, expected=False)


@case("recovery/good/the-machine-stood-still")
def _(h: History, app: str) -> None:
    probe(h, app, 16, END_S, ok=False)
    h.add(ev.Stalled, 30.0, late_ns=900_000_000)


@case("recovery/good/took-no-effect")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-2>app", 47.5, 47.6, links=["host-2>app"], took=False)
    probe(h, app, 10, 17, ok=False)
    probe(h, app, 17, 47, ok=True)
    probe(h, app, 48, END_S + 20, ok=False)


@case("recovery/bad/late--after-the-budget")
def _(h: History, app: str) -> None:
    probe(h, app, 1, 10, ok=True)
    probe(h, app, 10, 50, ok=False)
    probe(h, app, 50, END_S, ok=True)


@case("recovery/bad/late--after-the-last-of-two")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-2>app", 13.0, 15.0, links=["host-2>app"])
    probe(h, app, 10, 50, ok=False)
    probe(h, app, 50, END_S, ok=True)


@case("recovery/bad/late--an-application-was-stopped")
def _(h: History, app: str) -> None:
    h.fault("pause", "host-2/app", 16.0, 20.0, units=["host-2/app"])
    h.pause("host-2/app", 16.0, 19.9)
    probe(h, app, 10, 16, ok=True)
    probe(h, app, 16, 55, ok=False)
    probe(h, app, 55, END_S, ok=True)


@case("recovery/bad/never--to-the-end")
def _(h: History, app: str) -> None:
    probe(h, app, 1, 10, ok=True)
    probe(h, app, 10, END_S, ok=False)


@case("recovery/bad/never--one-actor-of-two")
def _(h: History, app: str) -> None:
    probe(h, app, 16, END_S, ok=False)
    probe(h, app, 16, END_S, ok=True, actor=B)


def made(make: Callable[[History, str], None]) -> History:
    """One case."""
    h, app = killed()
    make(h, app)
    h.close(END_S + 30)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
