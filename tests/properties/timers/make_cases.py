"""Makes the case files of timers again: ``python -m tests.properties.timers.make_cases``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases" / "timers"
MADE: dict[str, Callable[[History, str, str], None]] = {}
T = "Ticker/a"
END_S = 60.0


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE[path] = make
        return make

    return keep


def register(
    h: History,
    process: str,
    at_s: float,
    *,
    due_s: float = 1.0,
    period_s: float | None = None,
    repetitions: int | None = None,
    ttl_s: float | None = None,
    data: Any = None,
    name: str = "t",
    instance: int = 1,
    completed: bool = True,
    outcome: ev.Outcome = "ok",
) -> str:
    """A call of 0.1 s that registers a timer in its turn; its operation."""
    args = {
        "name": name,
        "due_s": due_s,
        "period_s": period_s,
        "repetitions": repetitions,
        "ttl_s": ttl_s,
        "callback": "tick",
        "data": data,
    }
    op = h.operation(T, at_s, at_s + 0.1, name="start", args=args, outcome=outcome)
    h.turn(T, process, at_s + 0.01, at_s + 0.09, op=op, name="start", instance=instance, completed=completed)
    return op


def unregister(h: History, process: str, at_s: float, *, name: str = "t", instance: int = 1) -> str:
    """A call of 0.1 s that unregisters a timer in its turn; its operation."""
    op = h.operation(T, at_s, at_s + 0.1, name="stop", args={"name": name})
    h.turn(T, process, at_s + 0.01, at_s + 0.09, op=op, name="stop", instance=instance)
    return op


def fire(
    h: History,
    process: str,
    at_s: float,
    *,
    for_s: float = 0.01,
    completed: bool = True,
    data: Any = None,
    callback: str = "tick",
    name: str = "t",
    instance: int = 1,
) -> str:
    """One callback."""
    return h.turn(
        T,
        process,
        at_s,
        at_s + for_s,
        cause="timer",
        name=name,
        data=data,
        callback=callback,
        completed=completed,
        instance=instance,
    )


@case("good/once")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, data={"a": [1, "x"]})
    fire(h, one, 2.1, data={"a": [1, "x"]})


@case("good/three-times")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=2.0, repetitions=3)
    for k in range(3):
        fire(h, one, 2.1 + 2.02 * k)


@case("good/time-to-live")
def _(h: History, one: str, two: str) -> None:
    """From the registration on two ticks have to come; from the first due time on, as Dapr counts, three may."""
    register(h, one, 1.0, period_s=2.0, ttl_s=4.5)
    for k in range(3):
        fire(h, one, 2.1 + 2.02 * k)


@case("good/slow-callbacks")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0, repetitions=3)
    for k in range(3):
        fire(h, one, 2.1 + 2.52 * k, for_s=1.5)


@case("good/failing-callbacks")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0, repetitions=6)
    for k in range(6):
        fire(h, one, 2.1 + 1.02 * k, completed=k % 2 == 0)


@case("good/waits-for-a-slow-call")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)
    h.call(T, one, 1.5, 19.5, name="ping")
    fire(h, one, 19.6)


@case("good/unregistered-while-one-was-on-its-way")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0)
    fire(h, one, 2.1)
    unregister(h, one, 3.05)
    fire(h, one, 3.2)


@case("good/unregistered-before-it-is-due")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=20.0)
    unregister(h, one, 5.0)


@case("good/on-its-way-behind-slow-calls")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0)
    fire(h, one, 2.1)
    unregister(h, one, 3.05)
    h.call(T, one, 3.2, 9.2, name="ping")
    fire(h, one, 9.3)


@case("good/deactivated-before-it-is-due")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=20.0)
    h.deactivate(T, one, 10.0)


@case("good/deactivated-while-one-was-on-its-way")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=9.0)
    h.deactivate(T, one, 10.0)
    fire(h, one, 10.1, instance=2)


@case("good/moved-and-registered-anew")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=5.0)
    fire(h, one, 2.1)
    h.deactivate(T, one, 5.0)
    register(h, two, 8.0, name="again")
    fire(h, two, 9.2, name="again")


@case("good/its-host-was-killed")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=5.0)
    fire(h, one, 2.1)
    h.fault("kill", "host-1", 5.0, 9.0, units=["host-1/app", "host-1/sidecar"])
    h.kill("host-1/app", 5.0)
    h.kill("host-1/sidecar", 5.0)
    h.call(T, two, 8.0, 8.1, name="ping")


@case("good/late-since-the-host-was-paused")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)
    h.fault("pause", "host-1", 1.5, 20.0, units=["host-1/app", "host-1/sidecar"])
    h.pause("host-1/app", 1.5, 20.0)
    h.pause("host-1/sidecar", 1.5, 20.0)
    fire(h, one, 20.1)


@case("good/executed-twice-is-not-judged")
def _(h: History, one: str, two: str) -> None:
    op = register(h, one, 1.0, due_s=5.0)
    h.turn(T, two, 8.0, 8.1, op=op, name="start")
    fire(h, two, 13.2)


@case("good/registration-unknown")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, completed=False, outcome="info")
    fire(h, one, 2.1)
    register(h, one, 3.0, name="never", completed=False, outcome="info")


@case("good/two-instances-at-once-are-not-judged")
def _(h: History, one: str, two: str) -> None:
    h.call(T, two, 0.5, 0.6, name="ping")
    register(h, one, 1.0)
    h.call(T, two, 3.0, 3.1, name="ping")
    fire(h, two, 9.0)


@case("good/keeps-its-actor-active")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=5.0, period_s=15.0)
    for at_s in (6.1, 21.2, 36.3, 51.4):
        fire(h, one, at_s)


@case("good/ends-when-the-run-does")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 40.0, due_s=18.0)


@case("good/clause-application-died")
def _(h: History, one: str, two: str) -> None:
    """Its sidecar lives on, knows nothing of it, and goes on with the next one."""
    register(h, one, 1.0, period_s=5.0)
    fire(h, one, 2.1)
    h.fault("kill", "host-1/app", 4.0, 5.0, units=["host-1/app"])
    h.kill("host-1/app", 4.0)
    fire(h, h.app("host-1", 5.0, sidecar=False), 7.2)


@case("bad/early--half-a-second")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=2.0)
    fire(h, one, 2.5)


@case("bad/early--one-tick-too-many")
def _(h: History, one: str, two: str) -> None:
    """The last comes half a period after the one before: too early even if periods count from due times."""
    register(h, one, 1.0, period_s=1.0, repetitions=4)
    for at_s in (2.1, 3.15, 4.2, 4.7):
        fire(h, one, at_s)


@case("bad/next-period-began-early--at-a-fixed-rate")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0, repetitions=3)
    for k in range(3):
        fire(h, one, 2.1 + k, for_s=0.6)


@case("bad/missed--once")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)


@case("bad/missed--last-of-three")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=2.0, repetitions=3)
    for k in range(2):
        fire(h, one, 2.1 + 2.02 * k)


@case("bad/missed--too-late")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)
    fire(h, one, 8.0)


@case("bad/missed--after-a-slow-call")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)
    h.call(T, one, 1.5, 9.5, name="ping")


@case("bad/missed--long-after-a-heal")
def _(h: History, one: str, two: str) -> None:
    h.fault("pause", "host-2", 1.0, 5.0, units=["host-2/app"])
    register(h, one, 30.0)


@case("bad/removed-by-a-failing-callback--second-of-three")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=2.0, repetitions=3)
    fire(h, one, 2.1)
    fire(h, one, 4.2, completed=False)


@case("bad/payload-changed--lost")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, data={"a": 1})
    fire(h, one, 2.1)


@case("bad/callback-lost--at-home")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0)
    fire(h, one, 2.1, callback="")


@case("bad/callback-lost-elsewhere--of-a-registration-that-is-unknown")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, completed=False, outcome="info")
    fire(h, one, 2.1, callback="")


@case("bad/fired-after-unregister--goes-on")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=1.0)
    fire(h, one, 2.1)
    unregister(h, one, 2.5)
    for k in range(1, 5):
        fire(h, one, 2.1 + 1.02 * k)


@case("bad/fired-after-unregister--never-due")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=20.0)
    unregister(h, one, 5.0)
    fire(h, one, 21.1)


@case("bad/beyond-its-end--repetitions")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=2.0, repetitions=3)
    for k in range(5):
        fire(h, one, 2.1 + 2.02 * k)


@case("bad/beyond-its-end--time-to-live")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=2.0, ttl_s=4.5)
    for k in range(6):
        fire(h, one, 2.1 + 2.02 * k)


@case("bad/fired-after-deactivation--idle")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, due_s=20.0)
    h.deactivate(T, one, 10.0)
    fire(h, one, 21.2, instance=2)


@case("bad/fired-after-deactivation--moved")
def _(h: History, one: str, two: str) -> None:
    register(h, one, 1.0, period_s=5.0)
    fire(h, one, 2.1)
    h.deactivate(T, one, 5.0)
    fire(h, two, 7.1)
    fire(h, two, 12.1)


@case("bad/fired-after-deactivation--never-told")
def _(h: History, one: str, two: str) -> None:
    """Its host was not told, but the actor has been active elsewhere for long."""
    register(h, one, 1.0, period_s=5.0)
    h.call(T, two, 5.0, 5.1, name="ping")
    fire(h, two, 7.1)


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
