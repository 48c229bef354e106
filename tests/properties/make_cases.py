"""Makes the case files of turns, activation and executions again: ``python -m tests.properties.make_cases``.

The files are what is tested; this says how they came to be.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.properties.builder import History

CASES = Path(__file__).parent / "cases"
MADE: list[tuple[str, Callable[[History, str, str], None], dict[str, object]]] = []
A = "Counter/a"


def case(
    path: str, **run: object
) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, make, run))
        return make

    return keep


def held(h: History, process: str, from_s: float, to_s: float | None) -> tuple[str, str]:
    """A call whose caller got no answer, and its turn."""
    op = h.operation(A, from_s - 0.01, from_s + 29, outcome="info", reason="status-500")
    return op, h.turn(A, process, from_s, to_s, op=op)


@case("turns/good/one-after-the-other")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.call(A, one, 2.0, 3.0)
    h.call(A, two, 3.0, 4.0)


@case("turns/good/different-actors-at-once")
def _(h: History, one: str, two: str) -> None:
    h.call("Counter/a", one, 1.0, 3.0)
    h.call("Counter/b", one, 1.5, 2.5)
    h.call("Counter/c", two, 1.5, 2.5)


@case("turns/good/operations-overlap-turns-do-not")
def _(h: History, one: str, two: str) -> None:
    for start_s in (1.0, 2.0, 3.0):
        op = h.operation(A, 0.9, 4.5)
        h.turn(A, one, start_s, start_s + 0.9, op=op)


@case("turns/good/killed-with-a-turn-open")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, None)
    h.fault("kill", "host-1/app", 1.99, 9.0, units=["host-1/app"])
    h.kill("host-1/app", 2.0)
    h.call(A, two, 2.5, 3.0)


@case("turns/good/reminder-after-call")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.turn(A, one, 2.0, 2.5, cause="reminder", name="tick")


@case("turns/good/retry-after-a-failed-turn")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 1.0, 4.0)
    h.turn(A, one, 1.1, 2.0, op=op, completed=False)
    h.turn(A, two, 3.0, 3.9, op=op)


@case("turns/good/clause-frozen--save-never-committed")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 20.2)
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    _, other = h.call(A, two, 12.0, 13.0)
    h.commit(h.save(other, [("value", '{"n": 1, "turn": "b"}')], 12.2, 12.3), 12.2, 12.3)
    h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 20.05, 20.1, acknowledged=False)


@case("turns/good/clause-frozen--saved-before")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 20.2)
    h.commit(h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 1.5, 20.1), 1.5, 1.9)
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    h.call(A, two, 12.0, 13.0)


@case("turns/good/clause-orphaned--sidecar-killed")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, 8.0)
    h.fault("kill", "host-1/sidecar", 1.9, 9.0, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 2.0)
    h.call(A, two, 5.0, 6.0)


@case("turns/good/clause-orphaned--sidecar-stopped")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, 18.0)
    h.fault("pause", "host-1/sidecar", 2.0, 20.0, units=["host-1/sidecar"])
    h.pause("host-1/sidecar", 2.0, 20.0)
    h.call(A, two, 15.0, 16.0)


@case("turns/bad/two-live-hosts--overlap-by-join")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 6.0)
    h.app("host-3", 2.0)
    h.table(2.5, 2, ["host-1", "host-2", "host-3"])
    h.call(A, two, 3.0, 4.0)


@case("turns/bad/two-live-hosts--killed-later")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, None)
    h.call(A, two, 2.0, 3.0)
    h.call("Counter/b", one, 3.5, 4.0)
    h.kill("host-1/app", 5.0)


@case("turns/bad/unexplained--two-at-once")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 3.0)
    h.call(A, one, 2.0, 4.0)


@case("turns/bad/unexplained--reminder-during-call")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 3.0)
    h.turn(A, one, 2.0, 2.5, cause="reminder", name="tick")


@case("turns/bad/unexplained--one-chain-without-reentrancy")
def _(h: History, one: str, two: str) -> None:
    h.turn(A, one, 1.0, 3.0, chain="c")
    h.turn(A, one, 2.0, 2.5, chain="c")


@case("turns/bad/abandoned--its-caller-gave-up")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 0.9, 1.5, outcome="info", reason="gave-up", give_up_s=0.6)
    h.turn(A, one, 1.0, 5.0, op=op)
    h.call(A, one, 2.0, 2.5)


@case("turns/bad/drain-gave-up--turns-longer-than-the-time-out")
def _(h: History, one: str, two: str) -> None:
    h.table(0.1, 1, ["host-1", "host-2"])
    held(h, one, 1.0, 12.0)
    h.app("host-3", 2.0)
    h.table(3.0, 2, ["host-1", "host-2", "host-3"])
    h.call(A, two, 9.5, 10.0)


@case("turns/bad/idle-time-out--over-a-long-turn", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    op = h.operation(A, 0.9, 3.0, outcome="info", reason="status-500")
    h.turn(A, one, 1.0, 8.0, op=op)
    h.deactivate(A, one, 3.0)
    h.call(A, one, 4.0, 5.0, instance=2)


@case("turns/bad/unexplained--its-idle-time-out-had-not-passed", idle_timeout_s=5.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 8.0)
    h.deactivate(A, one, 3.0)
    h.call(A, one, 4.0, 5.0, instance=2)


@case("turns/bad/same-host--a-caller-left-his-place")
def _(h: History, one: str, two: str) -> None:
    h.operation(A, 1.1, 2.0, outcome="info", reason="gave-up", give_up_s=0.9)
    h.call(A, one, 1.0, 3.0)
    h.call(A, one, 1.05, 4.0, margin_s=0.96)


@case("turns/bad/unexplained--the-table-of-the-start", drain_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    held(h, one, 0.5, 9.0)
    h.call(A, one, 4.0, 5.0)


@case("turns/good/an-idle-time-out-after-a-turn", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.deactivate(A, one, 4.0)
    h.call(A, one, 5.0, 6.0, instance=2)


@case("activation/bad/idle-time-out--in-one-process", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 8.0)
    h.deactivate(A, one, 3.0)
    h.turn(A, one, 4.0, 5.0, instance=2)


@case("activation/bad/two-instances--in-one-process")
def _(h: History, one: str, two: str) -> None:
    h.turn(A, one, 1.0, 8.0)
    h.deactivate(A, one, 3.0)
    h.turn(A, one, 4.0, 5.0, instance=2)


@case("lifecycle/good/idle-for-its-time-out", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.call(A, one, 1.0, 3.0)
    h.deactivate(A, one, 5.0)


@case("lifecycle/good/within-the-slack", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 3.0)
    h.deactivate(A, one, 4.96)


@case("lifecycle/good/a-timer-keeps-nobody-active", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.call(A, one, 1.0, 3.0)
    h.turn(A, one, 4.5, 4.6, cause="timer", name="tick")
    h.deactivate(A, one, 5.0)


@case("lifecycle/good/never-used", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.deactivate(A, one, 5.0)


@case("lifecycle/good/clause-moved--its-table-changed", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.call(A, one, 1.0, 3.0)
    h.table(3.5, 2, ["host-2"])
    h.deactivate(A, one, 3.6)


@case("lifecycle/good/clause-leaving-host--its-sidecar-was-asked-to-end", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 6.0)
    h.signal("host-1/sidecar", 2.0, "SIGTERM")
    h.deactivate(A, one, 2.1)


@case("lifecycle/good/clause-cut-off--without-placement", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.fault("cut", "host-1>placement-0", 0.5, 2.0, links=["host-1>placement-0"])
    h.turn(A, one, 1.0, 6.0)
    h.deactivate(A, one, 2.1)


@case("lifecycle/bad/idle-time-out--over-a-long-turn", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 8.0)
    h.deactivate(A, one, 3.0)


@case("lifecycle/bad/abandoned--its-caller-had-given-up", idle_timeout_s=5.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    op = h.operation(A, 0.9, 1.5, outcome="info", reason="gave-up", give_up_s=0.6)
    h.turn(A, one, 1.0, 8.0, op=op)
    h.deactivate(A, one, 3.6)


@case("lifecycle/bad/during-a-turn--nothing-explains-it", idle_timeout_s=5.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 8.0)
    h.deactivate(A, one, 3.0)


@case("lifecycle/bad/during-a-turn--of-a-timer", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.call(A, one, 1.0, 1.5)
    h.turn(A, one, 3.0, 8.0, cause="timer", name="tick")
    h.deactivate(A, one, 3.6)


@case("lifecycle/bad/counted-from-the-start--of-its-last-turn", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 0.2, 0.4)
    h.turn(A, one, 1.0, 2.5)
    h.deactivate(A, one, 3.0)


@case("lifecycle/bad/too-early--after-a-call", idle_timeout_s=5.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 2.5)
    h.deactivate(A, one, 3.6)


@case("lifecycle/bad/too-early--after-a-reminder", idle_timeout_s=2.0)
def _(h: History, one: str, two: str) -> None:
    h.table(0.0, 1, ["host-1", "host-2"])
    h.turn(A, one, 1.0, 2.5)
    h.turn(A, one, 4.5, 4.6, cause="reminder", name="tick")
    h.deactivate(A, one, 5.0)


@case("turns/bad/cut-off--resumed")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 0.5, 1.0)
    h.table(0.0, 1, ["host-1", "host-2"])
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    h.table(10.0, 2, ["host-2"])
    h.call(A, two, 19.0, 21.0)
    h.turn(A, one, 20.5, 20.8)


@case("turns/bad/cut-off--without-placement")
def _(h: History, one: str, two: str) -> None:
    h.fault("cut", "host-1>placement-0", 2.0, 20.0, links=["host-1>placement-0"])
    h.call(A, one, 10.0, 14.0)
    h.call(A, two, 12.0, 13.0)


@case("turns/bad/frozen-saved-late--after-the-resume")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 20.2)
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    h.call(A, two, 12.0, 13.0)
    h.commit(h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 20.05, 20.1), 20.04, 20.08)


@case("turns/bad/frozen-saved-late--committed-once-more")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 20.2)
    save = h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 1.5, 1.9)
    h.commit(save, 1.5, 1.8)
    h.commit(save, 13.0, 13.1)
    h.pause("host-1/app", 2.0, 20.0)
    h.call(A, two, 12.0, 13.0)


@case("turns/bad/orphaned-saved-late--committed-by-another-way")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 8.0)
    save = h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 1.5, 7.0, acknowledged=False)
    h.fault("kill", "host-1/sidecar", 1.9, 9.0, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 2.0)
    h.call(A, two, 5.0, 6.0)
    h.commit(save, 5.5, 5.6)


@case("turns/bad/leaving-host--runs-on-after-it-was-asked-to-end")
def _(h: History, one: str, two: str) -> None:
    h.table(2.0, 1, [])
    h.call(A, one, 1.0, 6.0)
    h.signal("host-1/sidecar", 2.5, "SIGTERM")
    h.call(A, two, 3.0, 4.0)


@case("turns/bad/unexplained--of-a-host-that-is-leaving")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 6.0)
    h.signal("host-1/sidecar", 2.5, "SIGTERM")
    h.call(A, one, 3.0, 4.0)


@case("turns/bad/unexplained--a-stranger-within-a-chain", reentrancy=True)
def _(h: History, one: str, two: str) -> None:
    h.turn(A, one, 1.0, 5.0, chain="c")
    h.turn(A, one, 2.0, 4.0)
    h.turn(A, one, 3.0, 3.5, chain="c")


@case("turns/bad/two-live-hosts--beside-a-turn-whose-end-is-not-known")
def _(h: History, one: str, two: str) -> None:
    three = h.app("host-3")
    held(h, one, 1.0, None)
    h.call(A, two, 2.0, 6.0)
    h.call(A, three, 3.0, 4.0)
    h.kill("host-1/app", 9.0)


@case("turns/bad/two-live-hosts--the-longer-one-is-told")
def _(h: History, one: str, two: str) -> None:
    three = h.app("host-3")
    h.call(A, one, 1.0, 6.0)
    h.call(A, two, 2.0, 7.0)
    h.call(A, three, 3.0, 8.0)


@case("turns/bad/two-live-hosts--its-sidecar-had-been-started-again")
def _(h: History, one: str, two: str) -> None:
    h.kill("host-1/sidecar", 0.5)
    h.start("host-1/sidecar", 0.8)
    h.call(A, one, 1.0, 6.0)
    h.call(A, two, 3.0, 4.0)


@case("turns/bad/unexplained--the-first-one-has-no-end")
def _(h: History, one: str, two: str) -> None:
    turn = h.turn(A, one, 1.0, None, cause="reminder", name="tick")
    h.turn(A, one, 2.0, 2.5, cause="reminder", name="tick")
    h.save(turn, [("value", "1")], 2.2, 3.0)
    h.kill("host-1/app", 5.0)


@case("turns/good/clause-orphaned--sidecar-killed-at-that-instant")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, 8.0)
    h.kill("host-1/sidecar", 2.0)
    h.turn(A, two, 2.0, 3.0)


@case("turns/good/clause-frozen--acknowledged-before-the-log-was-read")
def _(h: History, one: str, two: str) -> None:
    _, turn = held(h, one, 1.0, 20.2)
    h.commit(h.save(turn, [("value", '{"n": 1, "turn": "a"}')], 1.5, 1.9), 1.5, 12.5)
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    h.call(A, two, 12.0, 13.0)


@case("turns/good/a-call-that-waited-for-another")
def _(h: History, one: str, two: str) -> None:
    own = h.operation(A, 1.0, 9.0)
    other = h.operation(A, 2.0, 6.0)
    h.turn(A, one, 5.0, 5.5, op=own)
    h.turn(A, one, 5.6, 5.9, op=other)


@case("turns/good/a-reminder-while-a-call-waited")
def _(h: History, one: str, two: str) -> None:
    h.operation(A, 1.0, 9.0, outcome="info", reason="status-500")
    h.turn(A, one, 5.0, 5.5, cause="reminder", name="tick")


@case("turns/good/nothing-waits-for-what-is-no-call")
def _(h: History, one: str, two: str) -> None:
    h.operation(A, 1.0, 9.0, action="register-reminder", name="tick")
    h.operation(A, 1.0, 9.0, outcome="fail", reason="refused")
    h.operation(A, 1.0, None)
    h.turn(A, one, 5.0, 5.5, cause="reminder", name="tick")


@case("turns/good/at-the-same-instant")
def _(h: History, one: str, two: str) -> None:
    """What ends when the next begins neither overlaps it nor waits for it."""
    h.operation(A, 1.0, 5.0, outcome="info", reason="status-500")
    h.turn(A, one, 5.0, 5.5, cause="reminder", name="tick")
    h.turn(A, one, 5.5, 6.0, cause="reminder", name="tick")
    op = h.operation(A, 6.0, 7.0)
    h.turn(A, two, 6.2, 6.5, op=op)
    op = h.operation(A, 8.0, 9.0)
    h.turn(A, two, 8.0, 8.5, op=op)
    h.operation(A, 10.0, 11.0, outcome="info", reason="status-500")
    h.turn(A, two, 10.0, 10.5, cause="reminder", name="tick")


@case("turns/good/struck-with-a-turn-open-or-not")
def _(h: History, one: str, two: str) -> None:
    """Evidence: only what strikes an open turn counts, pauses only when they are longer than 10 s."""
    h.call("Counter/long", one, 1.0, 30.0)
    h.call("Counter/short", one, 2.0, 2.5)
    h.turn("Counter/other", two, 1.0, 3.0)
    h.fault("cut", "hosts>store", 2.0, 2.2, links=["hosts>store"])
    h.fault("stall", "host-1>store", 4.0, 5.0, links=["host-1>store"])
    h.fault("cut", "host-1>store", 4.0, 5.0, links=["host-1>store"], took=False)
    h.fault("swallow", "host-2>store", 3.0, 5.0, links=["host-2>store"])
    h.fault("pause", "host-1/app", 6.0, 16.0, units=["host-1/app"])
    h.fault("pause", "host-1/app", 16.0, 26.1, units=["host-1/app"])
    h.fault("kill", "host-12/app", 6.0, 7.0, units=["host-12/app"])
    h.fault("kill", "host-2/app", 0.5, 0.9, units=["host-2/app"])
    h.fault("kill", "host-1/app", 31.0, 32.0, units=["host-1/app"])


@case("activation/good/moved-after-its-last-use")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.deactivate(A, one, 2.5)
    h.call(A, two, 3.0, 4.0)
    h.deactivate(A, two, 4.5)
    h.call(A, one, 5.0, 6.0, instance=2)


@case("activation/good/leftover")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.call(A, two, 3.0, 4.0)
    h.call(A, two, 5.0, 6.0)


@case("activation/good/a-dead-application-leaves-nothing-over")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.kill("host-1/app", 3.0)
    h.turn(A, two, 3.0, 4.0)


@case("activation/bad/two-instances--told-from-its-last-use-on")
def _(h: History, one: str, two: str) -> None:
    for from_s in (1.0, 2.0, 5.0, 6.0):
        h.call(A, one, from_s, from_s + 0.5)
    h.call(A, two, 3.0, 4.0)


@case("activation/bad/two-instances--the-longer-one-is-told")
def _(h: History, one: str, two: str) -> None:
    three = h.app("host-3")
    h.call(A, one, 1.0, 1.5)
    h.call(A, two, 2.0, 2.5)
    h.call(A, three, 3.0, 9.0)
    h.call(A, one, 5.0, 5.5)
    h.call(A, two, 6.0, 6.5)


@case("activation/good/the-smallest-margin-of-several")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.deactivate(A, one, 2.1)
    h.call(A, two, 5.0, 6.0)
    h.deactivate(A, two, 6.1)
    h.call(A, one, 7.0, 8.0, instance=2)


@case("activation/bad/two-instances--an-outage-before-its-last-use-is-over")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 1.5)
    h.fault("cut", "host-1>app", 1.6, 1.8, links=["host-1>app"])
    h.call(A, one, 2.0, 2.5)
    h.call(A, two, 3.0, 4.0)
    h.call(A, one, 5.0, 6.0)


@case("activation/good/same-process-again")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.deactivate(A, one, 2.0)
    h.call(A, one, 2.0, 3.0, instance=2)


@case("activation/good/clause-frozen--the-rest-of-a-turn")
def _(h: History, one: str, two: str) -> None:
    held(h, one, 1.0, 20.2)
    h.fault("pause", "host-1/app", 2.0, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.0, 20.0)
    h.call(A, two, 12.0, 13.0)


@case("activation/bad/two-instances--a-b-a")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.call(A, two, 3.0, 4.0)
    h.call(A, one, 5.0, 6.0)


@case("activation/bad/two-instances--deactivated-and-used-on")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.deactivate(A, one, 2.5)
    h.call(A, two, 3.0, 4.0)
    h.turn(A, one, 5.0, 5.1, instance=1)


@case("activation/bad/undelivered--sidecar-died")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.fault("kill", "host-1/sidecar", 2.4, 5.0, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 2.5)
    h.call(A, two, 3.0, 4.0)
    h.start("host-1/sidecar", 4.5)
    h.call(A, one, 6.0, 7.0)


@case("activation/bad/undelivered--application-stopped")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.fault("pause", "host-1/app", 2.5, 20.0, units=["host-1/app"])
    h.pause("host-1/app", 2.5, 20.0)
    h.call(A, two, 12.0, 13.0)
    h.call(A, one, 21.0, 22.0)


@case("activation/bad/undelivered--link-cut")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    h.fault("cut", "host-1>app", 2.5, 5.0, links=["host-1>app"])
    h.call(A, two, 3.0, 4.0)
    h.call(A, one, 6.0, 7.0)


@case("executions/good/never-once-and-more-often")
def _(h: History, one: str, two: str) -> None:
    h.call(A, one, 1.0, 2.0)
    for outcome, times in (("ok", 3), ("info", 2), ("info", 0), ("info", 1)):
        op = h.operation(A, 3.0, 9.0, outcome=outcome)  # type: ignore[arg-type]
        for n in range(times):
            h.turn(A, one, 4.0 + n, 4.5 + n, op=op)
    h.operation(A, 3.0, 9.0, action="register-reminder", name="tick", outcome="info")


def main() -> None:
    for path, make, run in MADE:
        history = History(**run)
        make(history, history.app("host-1"), history.app("host-2"))
        history.close(60.0)
        history.write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
