"""Makes the case files of reminders again: ``python -m tests.properties.reminders.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases" / "reminders"
MADE: dict[str, Callable[[History, str, str], None]] = {}
R = "Recorder/a"
END_S = 300.0


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE[path] = make
        return make

    return keep


def register(
    h: History,
    from_s: float,
    to_s: float | None,
    *,
    due_s: float = 2.0,
    period_s: float | None = None,
    repetitions: int | None = None,
    ttl_s: float | None = None,
    data: Any = None,
    name: str = "tick",
    outcome: ev.Outcome = "ok",
) -> str:
    args = {"due_s": due_s, "period_s": period_s, "repetitions": repetitions, "ttl_s": ttl_s, "data": data}
    return h.operation(R, from_s, to_s, action="register-reminder", name=name, args=args, outcome=outcome)


def unregister(h: History, from_s: float, to_s: float | None, *, name: str = "tick", outcome: ev.Outcome = "ok") -> str:
    return h.operation(R, from_s, to_s, action="unregister-reminder", name=name, outcome=outcome)


def fire(h: History, process: str, at_s: float, *, completed: bool = True, data: Any = None, name: str = "tick") -> str:
    return h.turn(R, process, at_s, at_s + 0.01, cause="reminder", name=name, data=data, completed=completed)


@case("good/once")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, data={"a": [1, "x"]})
    fire(h, one, 3.05, data={"a": [1, "x"]})


@case("good/five-times")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0, repetitions=5)
    for k in range(5):
        fire(h, one, 3.05 + k)


@case("good/back-to-back-after-downtime")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0, repetitions=20)
    for k in range(3):
        fire(h, one, 3.05 + k)
    h.fault("kill", "scheduler-0", 5.5, 100.0, units=["scheduler-0"])
    for k in range(17):
        fire(h, two, 120.0 + k / 10)


@case("good/duplicates")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=5.0, repetitions=2)
    for at_s in (3.05, 3.5, 8.05, 9.0):
        fire(h, one, at_s)


@case("good/retried-and-delivered")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    for k in range(3):
        fire(h, one, 3.05 + k, completed=False)
    fire(h, one, 6.1)


@case("good/unregistered-in-time")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, due_s=60.0)
    unregister(h, 5.0, 5.1)


@case("good/unregistered-while-it-fires")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0)
    for k in range(80):
        fire(h, one, 3.05 + k)
    unregister(h, 82.5, 82.6)
    fire(h, one, 83.06)


@case("good/unregistration-unknown")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, due_s=60.0, name="gone")
    unregister(h, 5.0, 6.0, name="gone", outcome="info")
    register(h, 1.0, 1.1, due_s=60.0, name="kept")
    unregister(h, 5.0, 6.0, name="kept", outcome="info")
    fire(h, one, 61.1, name="kept")


@case("good/registration-unknown")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, None, name="never")
    register(h, 1.0, 2.0, outcome="info", name="made")
    fire(h, one, 3.1, name="made")


@case("good/time-to-live")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=2.0, ttl_s=6.0)
    for k in range(4):  # from its due time on, as Dapr counts; from the registration on it would be 3
        fire(h, one, 3.05 + 2 * k)


@case("good/due-too-late-to-know")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, due_s=280.0)
    fire(h, one, 281.2)
    register(h, 1.0, 1.1, due_s=298.5, name="at-the-end")


@case("bad/early--half-a-second")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    fire(h, one, 2.5)


def away(h: History, unit: str) -> None:
    """An actor that was used on the first host, of which a unit is away from 2 s to 14 s, when its reminder is due."""
    h.call(R, "host-1/app#1", 0.5, 0.6, name="ping")
    register(h, 1.0, 1.1, due_s=4.0)
    h.fault("kill", unit, 1.99, 14.0, units=[unit])
    h.kill(unit, 2.0)
    process = f"{unit}#{h.start(unit, 14.0)}"
    if unit.endswith("/app"):
        h.open(process, 14.0)


@case("bad/application-away--its-sidecar-lived")
def _(h: History, one: str, two: str) -> None:
    away(h, "host-1/app")


@case("bad/missed--only-its-sidecar-was-away")
def _(h: History, one: str, two: str) -> None:
    away(h, "host-1/sidecar")


@case("bad/missed--another-application-was-away")
def _(h: History, one: str, two: str) -> None:
    away(h, "host-2/app")


@case("good/served-when-its-application-came-back")
def _(h: History, one: str, two: str) -> None:
    away(h, "host-1/app")
    fire(h, two, 15.0)


@case("bad/missed--once")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)


@case("bad/missed--last-of-five")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0, repetitions=5)
    for k in range(4):
        fire(h, one, 3.05 + k)


@case("bad/missed--served-too-late")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    fire(h, one, 90.0)


@case("bad/missed--long-after-the-heal")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    h.fault("kill", "scheduler-0", 2.0, 100.0, units=["scheduler-0"])


@case("bad/missed--one-failed-delivery")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    fire(h, one, 3.05, completed=False)


@case("bad/missed--periodic-stops")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=10.0)
    for k in range(23):
        fire(h, one, 3.05 + 10 * k)


@case("bad/dropped-after-failed-deliveries--once")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1)
    for k in range(4):
        fire(h, one, 3.05 + k, completed=False)


@case("bad/dropped-after-failed-deliveries--third-of-five")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=10.0, repetitions=5)
    for k in (0, 1, 3, 4):
        fire(h, one, 3.05 + 10 * k)
    for k in range(4):
        fire(h, one, 23.05 + k, completed=False)


@case("bad/payload-changed--in-a-turn-that-goes-on")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, data={"a": 1})
    h.turn(R, one, 3.05, None, cause="reminder", name="tick", data={"a": 2})


@case("good/its-time-to-live-was-nearly-over")
def _(h: History, one: str, two: str) -> None:
    """Two ticks have to come, two more may: nobody misses them, and a turn that comes late may be one of them."""
    register(h, 1.0, 1.1, period_s=1.0, ttl_s=3.5)
    for at_s in (3.15, 4.15, 60.0):
        fire(h, one, at_s)


@case("bad/payload-changed--lost")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, data={"a": 1})
    fire(h, one, 3.05)


@case("bad/fired-after-unregister--never-due")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, due_s=60.0)
    unregister(h, 5.0, 5.1)
    fire(h, one, 61.1)


@case("bad/fired-after-unregister--goes-on")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0)
    unregister(h, 20.5, 20.6)
    for k in range(80):
        fire(h, one, 3.05 + k)


@case("bad/beyond-its-end--goes-on")
def _(h: History, one: str, two: str) -> None:
    register(h, 1.0, 1.1, period_s=1.0, repetitions=5)
    for k in range(40):
        fire(h, one, 3.05 + k)


def made(path: str) -> History:
    """The history of one case."""
    history = History()
    MADE[path](history, history.app("host-1"), history.app("host-2"))
    history.close(END_S)
    return history


def main() -> None:
    for path in MADE:
        made(path).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
