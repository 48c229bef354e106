"""Makes the case files of availability again: ``python -m tests.properties.availability.make_cases``.

placement-1 of three leads, is killed at 20 s and comes back at 48 s; placement-2 leads from 22 s on. Everybody has to
answer from 43 s on. A probe asks an actor every second, and so does a newcomer a new one each time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, dict[str, Any], Callable[[History, str], None]]] = []
A = "Counter/probe0"
DIED_S = 20.0
BACK_S = 48.0
END_S = 70


def case(path: str, **run: Any) -> Callable[[Callable[[History, str], None]], Callable[[History, str], None]]:
    def keep(make: Callable[[History, str], None]) -> Callable[[History, str], None]:
        MADE.append((path, run, make))
        return make

    return keep


def lost(
    *, takes_over: bool = True, led: str = "placement-1", verb: str = "kill", took: bool = True, **run: Any
) -> tuple[History, str]:
    """A history in which placement-1 is killed, and an application."""
    h = History(**({"placements": 3} | run))
    app = h.app("host-1")
    for number in range(3):
        h.start(f"placement-{number}", 0.0)
    h.table(0.5, 2, ["host-1"], placement=led)
    target = "placement:leader" if verb == "kill" else "placement-1"
    h.fault(verb, target, DIED_S, BACK_S, units=["placement-1"], took=took)
    h.kill("placement-1", DIED_S + 0.001, reaped_after_s=0.005)
    if takes_over:
        h.table(22.0, 1, ["host-1"], placement="placement-2")
    h.start("placement-1", BACK_S - 0.5, ready_s=BACK_S)
    return h, app


def asks(h: History, app: str, from_s: int, to_s: int, *, ok: bool, actor: str = A) -> None:
    """One attempt a second on a probed actor, or, as ``new``, on a new one each time."""
    for at_s in range(from_s, to_s):
        name = f"Counter/new{at_s}" if actor == "new" else actor
        client = "newcomer-0" if actor == "new" else f"probe-{actor}"
        if ok:
            op = h.operation(name, at_s + 0.1, at_s + 0.3, client=client)
            h.turn(name, app, at_s + 0.15, at_s + 0.25, op=op)
        else:
            h.operation(name, at_s + 0.1, at_s + 0.6, client=client, outcome="info", status=500, reason="status-500")


def both(h: History, app: str, from_s: int, to_s: int, *, ok: bool) -> None:
    """The probe and the newcomer."""
    asks(h, app, from_s, to_s, ok=ok)
    asks(h, app, from_s, to_s, ok=ok, actor="new")


# ---- good


@case("availability/good/nobody-notices")
def _(h: History, app: str) -> None:
    both(h, app, 16, 60, ok=True)


@case("availability/good/silent-for-a-while")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 30, ok=False)
    both(h, app, 30, 60, ok=True)


@case("availability/good/answers-just-in-time")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 43, ok=False)
    both(h, app, 43, 60, ok=True)


@case("availability/good/a-single-attempt-fails-later")
def _(h: History, app: str) -> None:
    both(h, app, 16, 50, ok=True)
    both(h, app, 50, 51, ok=False)
    both(h, app, 51, 60, ok=True)


@case("availability/good/asked-too-seldom")
def _(h: History, app: str) -> None:
    both(h, app, 18, 20, ok=True)
    both(h, app, 44, 46, ok=False)
    both(h, app, 55, 60, ok=True)


@case("availability/good/another-fault-meanwhile")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    h.fault("cut", "host-1>placement-2", 40.0, 55.0, links=["host-1>placement-2"])
    both(h, app, 20, 60, ok=False)


@case("availability/good/another-fault-just-before")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-1>placement-2", 10.0, 12.0, links=["host-1>placement-2"])
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/another-replica-was-down")
def _(h: History, app: str) -> None:
    h.kill("placement-0", 2.0)
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/one-replica-only", placements=1)
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/it-was-not-seen-to-lead", led="placement-2")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/it-was-asked-to-end", verb="terminate")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/the-kill-was-not-seen-to-take-effect", took=False)
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)


@case("availability/good/a-host-ends-meanwhile")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    h.exit("host-1/sidecar", 44.05, code=1, expected=False)
    both(h, app, 20, 60, ok=False)


@case("availability/good/another-replica-ends-at-about-the-same-time")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    h.exit("placement-0", 20.5, code=1, expected=False)
    both(h, app, 20, 60, ok=False)


@case("availability/good/a-unit-is-paused-meanwhile")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    h.pause("host-1/app", 30.0, 44.0)
    both(h, app, 20, 60, ok=False)


@case("availability/good/the-machine-stood-still")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    h.add(ev.Stalled, 35.0, late_ns=900_000_000)
    both(h, app, 20, 60, ok=False)


@case("availability/good/an-actor-that-was-not-active")
def _(h: History, app: str) -> None:
    asks(h, app, 20, 60, ok=False)
    asks(h, app, 16, 60, ok=True, actor="new")


# ---- bad


@case("availability/bad/active-actors-late--never-again")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-1>placement-2", 1.0, 2.0, links=["host-1>placement-2"])
    both(h, app, 16, 20, ok=True)
    asks(h, app, 20, 60, ok=False)
    asks(h, app, 20, 60, ok=True, actor="new")


@case("availability/bad/active-actors-late--when-nobody-took-over", takes_over=False)
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    asks(h, app, 20, 50, ok=False)
    asks(h, app, 50, 60, ok=True)


@case("availability/bad/active-actors-late--they-noticed-late")
def _(h: History, app: str) -> None:
    both(h, app, 16, 40, ok=True)
    asks(h, app, 40, 60, ok=False)
    asks(h, app, 40, 60, ok=True, actor="new")


@case("availability/bad/new-activations-late--though-active-actors-answer")
def _(h: History, app: str) -> None:
    both(h, app, 16, 20, ok=True)
    asks(h, app, 20, 60, ok=True)
    asks(h, app, 20, 47, ok=False, actor="new")
    asks(h, app, 47, 60, ok=True, actor="new")


@case("availability/good/only-registrations-and-calls-that-never-end-later")
def _(h: History, app: str) -> None:
    asks(h, app, 16, 40, ok=True)
    for at_s in (50, 51, 52):
        h.operation(A, at_s, at_s + 0.5, action="register-reminder", outcome="info", status=500, reason="status-500")
        h.operation(A, at_s + 0.6, None)


@case("availability/good/new-actors-that-began-as-their-caller-gave-up")
def _(h: History, app: str) -> None:
    asks(h, app, 16, 60, ok=True)
    for at_s in (50, 51, 52):
        actor = f"Counter/slow{at_s}"
        op = h.operation(actor, at_s, at_s + 0.6, outcome="info", status=500, reason="status-500")
        h.turn(actor, app, at_s + 0.6, at_s + 0.7, op=op, completed=False)


@case("availability/bad/active-actors-late--after-much-that-did-not-matter")
def _(h: History, app: str) -> None:
    h.fault("kill", "placement-9", 1.0, 1.5, units=["placement-9"])
    h.fault("kill", "placement-0", 2.0, 3.0, units=["placement-0"])
    h.kill("placement-0", 2.001)
    h.start("placement-0", 3.0)
    h.pause("host-1/app", 3.5, 4.0)
    h.add(ev.TableObserved, 10.0, placement="placement-0", leader=False, version=0, hosts=())
    both(h, app, 16, 20, ok=True)
    asks(h, app, 20, 60, ok=False)
    asks(h, app, 20, 60, ok=True, actor="new")


@case("availability/bad/new-activations-late--and-one-that-was-there-before")
def _(h: History, app: str) -> None:
    asks(h, app, 16, 60, ok=True)
    h.turn("Counter/old", app, 17.0, 17.1, completed=False)
    h.turn("Counter/old", app, 30.0, 30.1)
    asks(h, app, 16, 60, ok=False, actor="new")


def made(run: dict[str, Any], make: Callable[[History, str], None]) -> History:
    """A case's history."""
    h, app = lost(**run)
    make(h, app)
    h.close(float(END_S))
    return h


def main() -> None:
    """Write all files again."""
    for path, run, make in MADE:
        made(run, make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
