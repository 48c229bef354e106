"""Makes the case files of drain again: ``python -m tests.properties.drain.make_cases``.

Two hosts run from the start; a third joins at 20 s, and its actors move. The drain time-out is 4 s, so what ends by
23.75 s has to be waited for (a sidecar's start is known to a quarter of a second).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, dict[str, Any], Callable[[History, str, str], None]]] = []
A = "Sleeper/a"
JOIN_S = 20.0


def case(path: str, **run: Any) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, run, make))
        return make

    return keep


def joined(**run: Any) -> tuple[History, str, str]:
    """A history with a join in it, an application that ran before, and the one that joined."""
    h = History(**({"drain_timeout_s": 4.0} | run))
    one = h.app("host-1")
    h.app("host-2")
    three = h.app("host-3", JOIN_S)
    h.fault("add", "host-3", JOIN_S - 0.5, 50.0, units=["host-3/sidecar", "host-3/app"])
    h.table(JOIN_S + 0.5, 2, ["host-1", "host-2", "host-3"])
    return h, one, three


def again(h: History, one: str, three: str, *, ends_s: float, again_s: float) -> None:
    """A turn from 19 s on, whose call is run again on the new owner, for half a second."""
    op = h.operation(A, 18.9, again_s + 0.6, turn="second")
    h.turn(A, one, 19.0, ends_s, op=op, turn="first")
    h.turn(A, three, again_s, again_s + 0.5, op=op, turn="second")


@case("drain/good/ends-within")
def _(h: History, one: str, three: str) -> None:
    h.call(A, one, 19.0, 23.7)
    h.call(A, three, 23.8, 24.0)


@case("drain/good/cut-after-the-time-out")
def _(h: History, one: str, three: str) -> None:
    again(h, one, three, ends_s=30.0, again_s=24.5)


@case("drain/good/answered-without-a-name")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.1)
    h.turn(A, one, 19.0, 22.0, op=op)
    h.call(A, three, 22.5, 23.0)


@case("drain/good/caller-gave-up")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 20.5, outcome="info", reason="gave-up", give_up_s=1.6)
    h.turn(A, one, 19.0, 22.0, op=op)
    h.call(A, three, 21.0, 21.5)


@case("drain/good/link-cut-meanwhile")
def _(h: History, one: str, three: str) -> None:
    h.fault("cut", "host-1>app", 20.0, 21.0, links=["host-1>app"])
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/good/sidecar-of-the-caller-killed")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 20.1, via="host-2", outcome="info", status=500, reason="status-500")
    h.fault("kill", "host-2/sidecar", 19.9, 30.0, units=["host-2/sidecar"])
    h.kill("host-2/sidecar", 20.0)
    h.turn(A, one, 19.0, 22.0, op=op)
    h.call(A, three, 22.5, 23.0)


@case("drain/good/placement-lost-by-the-host")
def _(h: History, one: str, three: str) -> None:
    h.sidecar(20.2, "host-1", placement=False)
    h.sidecar(21.2, "host-1")
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/good/stays-where-it-is")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 30.0, turn="second")
    h.turn(A, one, 19.0, 28.0, op=op, turn="first")
    h.turn(A, one, 24.5, 29.0, op=op, turn="second")


@case("drain/good/fails-by-itself")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.1, outcome="info", status=500, reason="status-500")
    h.turn(A, one, 19.0, 22.0, op=op, completed=False)
    h.call(A, three, 22.5, 23.0)


def fails(h: History, one: str, three: str, *, name: str, hold_s: float, actor: str = A) -> None:
    """A turn of three seconds that fails, and whose call is run again on the new owner."""
    op = h.operation(actor, 18.9, 24.0, turn="second", name=name, args={"hold_s": hold_s})
    h.turn(actor, one, 19.0, 22.0, op=op, turn="first", name=name, completed=False)
    h.turn(actor, three, 22.5, 23.5, op=op, turn="second", name=name)


@case("drain/bad/cut--taken-back-in-mid-hold")
def _(h: History, one: str, three: str) -> None:
    fails(h, one, three, name="hold", hold_s=3.2)


@case("drain/good/fails-after-its-hold")
def _(h: History, one: str, three: str) -> None:
    fails(h, one, three, name="hold", hold_s=3.1)


@case("drain/good/fails-where-it-loads-first")
def _(h: History, one: str, three: str) -> None:
    fails(h, one, three, name="hold_save", hold_s=3.5)


@case("drain/good/fails-in-a-hold-of-another-type")
def _(h: History, one: str, three: str) -> None:
    fails(h, one, three, name="hold", hold_s=3.5, actor="Order/a")


@case("drain/good/deactivated-in-mid-turn-for-idleness", idle_timeout_s=3.0)
def _(h: History, one: str, three: str) -> None:
    h.deactivate(A, one, 22.0)
    again(h, one, three, ends_s=22.5, again_s=22.6)


@case("drain/good/another-host-left-just-before")
def _(h: History, one: str, three: str) -> None:
    # The drain may have begun with the call: 4 s after that it is over.
    h.fault("terminate", "host-2", 17.0, 18.8, units=["host-2/sidecar"])
    h.signal("host-2/sidecar", 17.0, "SIGTERM")
    h.exit("host-2/sidecar", 17.5, code=0)
    again(h, one, three, ends_s=23.6, again_s=23.7)


@case("drain/good/the-machine-stood-still")
def _(h: History, one: str, three: str) -> None:
    h.add(ev.Stalled, 21.0, late_ns=900_000_000)
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/good/the-application-was-stopped")
def _(h: History, one: str, three: str) -> None:
    h.fault("pause", "host-1/app", 20.5, 21.5, units=["host-1/app"])
    h.pause("host-1/app", 20.5, 21.5)
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/good/the-host-was-leaving")
def _(h: History, one: str, three: str) -> None:
    # Its calls are cut since it goes, not since another comes.
    h.fault("remove", "host-1", 20.2, 40.0, units=["host-1/sidecar", "host-1/app"])
    h.signal("host-1/sidecar", 20.2, "SIGTERM")
    again(h, one, three, ends_s=22.0, again_s=22.5)
    h.exit("host-1/sidecar", 23.5, code=0)
    h.signal("host-1/app", 23.5, "SIGTERM")
    h.exit("host-1/app", 23.6, code=0)


@case("drain/good/the-new-host-left-again")
def _(h: History, one: str, three: str) -> None:
    # The second turn of the call ends with its host, so the answer is an error.
    op = h.operation(A, 18.9, 27.0, outcome="info", status=500, reason="status-500")
    h.turn(A, one, 19.0, 22.0, op=op)
    h.turn(A, three, 22.5, None, op=op)
    h.signal("host-3/app", 25.0, "SIGKILL")
    h.exit("host-3/app", 25.1)


@case("drain/good/placement-was-down")
def _(h: History, one: str, three: str) -> None:
    h.start("placement-0", 0.0)
    h.fault("kill", "placement-0", 12.0, 17.0, units=["placement-0"])
    h.kill("placement-0", 12.0)
    h.start("placement-0", 16.0)
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/good/its-caller-never-heard")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, None)
    h.turn(A, one, 19.0, 22.0, op=op)
    h.turn(A, three, 22.5, 23.0, op=op)


@case("drain/good/only-the-caller-forgot")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.1, outcome="info", status=200, turn="first", reason="cut-off")
    h.turn(A, one, 19.0, 22.0, op=op, turn="first")
    h.call(A, three, 22.5, 23.0)


@case("drain/good/a-sidecar-started-again-is-no-join")
def _(h: History, one: str, three: str) -> None:
    h.kill("host-2/sidecar", 2.0)
    h.start("host-2/sidecar", 19.5)
    h.call(A, one, 19.0, 22.0)
    h.call(A, "host-2/app#1", 21.0, 21.5)


@case("drain/bad/cut--run-again-after-its-end")
def _(h: History, one: str, three: str) -> None:
    again(h, one, three, ends_s=22.0, again_s=22.5)


@case("drain/bad/cut--answered-with-an-error")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.1, outcome="info", status=500, reason="status-500")
    h.turn(A, one, 19.0, 22.0, op=op)
    h.call(A, three, 22.5, 23.0)


@case("drain/bad/cut--answered-with-the-least-error")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.1, outcome="info", status=400, reason="status-400")
    h.turn(A, one, 19.0, 22.0, op=op)
    h.call(A, three, 22.5, 23.0)


@case("drain/bad/cut--ended-just-in-time")
def _(h: History, one: str, three: str) -> None:
    again(h, one, three, ends_s=23.75, again_s=24.5)


@case("drain/bad/cut--failed-since-its-actor-was-gone")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 21.0, outcome="info", status=500, reason="status-500")
    h.deactivate(A, one, 20.9)
    h.turn(A, one, 19.0, 22.0, op=op, completed=False)
    h.call(A, three, 22.5, 23.0)


@case("drain/bad/cut-sooner--told-to-end-in-mid-turn")
def _(h: History, one: str, three: str) -> None:
    h.deactivate(A, one, 21.0)
    again(h, one, three, ends_s=30.0, again_s=30.5)


@case("drain/bad/new-owner-began-early--another-call")
def _(h: History, one: str, three: str) -> None:
    h.call(A, one, 19.0, 23.0)
    h.call(A, three, 22.0, 22.5)


@case("drain/bad/drain-outlives-dissemination--placement-went-on", version="1.16.0", drain_timeout_s=60.0)
def _(h: History, one: str, three: str) -> None:
    h.call(A, one, 19.0, 35.0)
    h.call(A, three, 28.5, 29.0)


def held_up(h: History, one: str, three: str, *, ends_s: float = 24.6, again_s: float = 0.5) -> None:
    """A turn from 19 s on that fails, and whose call is run again on the new owner, for `again_s`."""
    op = h.operation(A, 18.9, 25.0 + again_s, turn="second")
    h.turn(A, one, 19.0, ends_s, op=op, turn="first", completed=False)
    h.turn(A, three, 24.7, 24.7 + again_s, op=op, turn="second")


@case("drain/bad/waited-for-itself--its-save-was-refused-afterwards")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three, again_s=3.2)
    h.save("first", [("count", "1")], 22.0, 24.55, acknowledged=False)


@case("drain/bad/waited-for-itself--it-ended-before-it-was-run-again")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    h.save("first", [("count", "1")], 20.6, 24.5, acknowledged=False)


@case("drain/bad/waited-for-itself--its-read-was-answered-afterwards")
def _(h: History, one: str, three: str) -> None:
    again(h, one, three, ends_s=25.5, again_s=24.5)
    h.ask("first", "read", 20.6, 20.7)
    h.ask("first", "read", 21.0, 24.5)


@case("drain/bad/waited-for-itself--its-call-to-an-actor-was-begun-afterwards")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    op = h.operation("Sleeper/other", 21.0, 24.55, client="first", process=one, outcome="info", status=500)
    h.turn("Sleeper/other", three, 24.52, 24.6, op=op, turn="inner")


@case("drain/good/its-save-came-back-in-mid-drain")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 22.2, turn="first")
    h.turn(A, one, 19.0, 22.1, op=op, turn="first")
    h.save("first", [("count", "1")], 22.0, 22.05)
    h.call(A, three, 24.5, 25.0)


@case("drain/good/its-save-was-held-up-but-it-answered")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 24.8, turn="first")
    h.turn(A, one, 19.0, 24.6, op=op, turn="first")
    h.save("first", [("count", "1")], 22.0, 24.55)
    h.call(A, three, 24.9, 25.0)


@case("drain/good/its-save-was-sent-too-late")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    h.save("first", [("count", "1")], 22.9, 24.55, acknowledged=False)


@case("drain/good/its-save-was-sent-before-the-table-changed")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    h.save("first", [("count", "1")], 20.4, 24.55, acknowledged=False)


@case("drain/good/the-rest-of-its-code-takes-too-long")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three, again_s=8.0)
    h.ask("first", "read", 21.0, 24.55, ok=False)


@case("drain/good/how-long-the-rest-of-its-code-takes-is-not-known")
def _(h: History, one: str, three: str) -> None:
    op = h.operation(A, 18.9, 25.5, outcome="info", status=500)
    h.turn(A, one, 19.0, 24.6, op=op, turn="first", completed=False)
    h.turn(A, three, 24.7, 25.2, op=op, turn="second", completed=False)
    h.save("first", [("count", "1")], 22.0, 24.55, acknowledged=False)


@case("drain/good/the-actor-that-it-calls-has-a-turn")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    op = h.operation("Sleeper/other", 21.0, 24.55, client="first", process=one, outcome="info", status=500)
    h.call("Sleeper/other", three, 20.0, 24.5)
    h.turn("Sleeper/other", three, 24.52, 24.6, op=op, turn="inner")


@case("drain/good/the-actor-that-it-calls-answers-slowly")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    op = h.operation("Sleeper/other", 21.0, 24.55, client="first", process=one)
    h.turn("Sleeper/other", three, 21.1, 24.5, op=op, turn="inner")


@case("drain/good/its-save-was-never-answered")
def _(h: History, one: str, three: str) -> None:
    held_up(h, one, three)
    h.save("first", [("count", "1")], 22.0, None)


def made(run: dict[str, Any], make: Callable[[History, str, str], None]) -> list[ev.Event]:
    """One case's events."""
    h, one, three = joined(**run)
    make(h, one, three)
    h.close(60.0)
    return h.events()


def main() -> None:
    for path, run, make in MADE:
        h, one, three = joined(**run)
        make(h, one, three)
        h.close(60.0)
        h.write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
