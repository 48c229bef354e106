"""Makes the case files of bystanders again: ``python -m tests.properties.bystanders.make_cases``.

Three hosts; something happens to host-3 at 40 s. Probes ask an actor of host-1, by way of host-2, every second. A table
may take 8 s to be brought to all hosts, a change.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, Callable[[History, str], None]]] = []
A = "Counter/probe0"
CHANGE_S = 40.0
END_S = 120


def case(path: str) -> Callable[[Callable[[History, str], None]], Callable[[History, str], None]]:
    def keep(make: Callable[[History, str], None]) -> Callable[[History, str], None]:
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


def silent(h: History, app: str, *spans: tuple[int, int], via: str = "host-2") -> None:
    """An actor that is asked all the time, and does not answer in these spans."""
    at_s = 20
    for from_s, to_s in spans:
        probe(h, app, at_s, from_s, ok=True)
        probe(h, app, from_s, to_s, ok=False, via=via)
        at_s = to_s
    probe(h, app, at_s, END_S, ok=True)


def killed(h: History, host: str = "host-3", *, back_s: float | None = None) -> None:
    """A host is killed at 40 s."""
    units = [f"{host}/sidecar", f"{host}/app"]
    h.fault("kill", host, CHANGE_S, back_s, units=units)
    for unit in units:
        h.kill(unit, CHANGE_S)
        if back_s is not None:
            number = h.start(unit, back_s - 1.0)
            if unit.endswith("/app"):
                h.open(f"{unit}#{number}", back_s - 1.0)


@case("bystanders/good/silent-once")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 48))


@case("bystanders/good/silent-for-not-quite-twice-a-dissemination")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 55))


@case("bystanders/good/once-for-the-loss-and-once-for-the-return")
def _(h: History, app: str) -> None:
    killed(h, back_s=50.0)
    silent(h, app, (40, 46), (50, 56))


@case("bystanders/good/for-both-at-once")
def _(h: History, app: str) -> None:
    killed(h, back_s=43.0)
    silent(h, app, (40, 60))


@case("bystanders/good/once-for-a-join-and-once-for-a-leave")
def _(h: History, app: str) -> None:
    h.app("host-4", 40.5)
    h.fault("add", "host-4", CHANGE_S, 60.0, units=["host-4/sidecar", "host-4/app"])
    for part in ("sidecar", "app"):
        h.signal(f"host-4/{part}", 58.0, "SIGTERM")
        h.exit(f"host-4/{part}", 59.0, code=0)
    silent(h, app, (41, 46), (58, 63))


@case("bystanders/good/lives-on-the-struck-host")
def _(h: History, app: str) -> None:
    killed(h, "host-1", back_s=60.0)
    probe(h, app, 20, 40, ok=True)
    probe(h, app, 40, 60, ok=False)
    probe(h, "host-1/app#2", 60, END_S, ok=True)


@case("bystanders/good/its-host-is-cut-off")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-1>placement-0", CHANGE_S, 60.0, links=["host-1>placement-0"])
    silent(h, app, (40, 60))


@case("bystanders/good/moves")
def _(h: History, app: str) -> None:
    killed(h)
    probe(h, app, 20, 40, ok=True)
    probe(h, app, 40, 60, ok=False)
    probe(h, "host-2/app#1", 60, END_S, ok=True)


@case("bystanders/good/asked-by-way-of-the-struck-host")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 60), via="host-3")


@case("bystanders/good/hardly-asked")
def _(h: History, app: str) -> None:
    killed(h)
    probe(h, app, 20, 40, ok=True)
    probe(h, app, 40, 42, ok=False)
    probe(h, app, 60, END_S, ok=True)


@case("bystanders/good/one-attempt-hangs")
def _(h: History, app: str) -> None:
    killed(h)
    probe(h, app, 20, 40, ok=True)
    h.operation(A, 40.1, 60.0, client="probe-0", via="host-2", outcome="info", reason="deadline")
    probe(h, app, 60, END_S, ok=True)


@case("bystanders/good/the-store-was-down")
def _(h: History, app: str) -> None:
    h.start("store", 0.0)
    h.fault("kill", "store", CHANGE_S, 60.0, units=["store"])
    h.kill("store", CHANGE_S)
    h.start("store", 59.0)
    silent(h, app, (40, 62))


@case("bystanders/good/the-machine-stood-still")
def _(h: History, app: str) -> None:
    killed(h)
    h.add(ev.Stalled, 50.0, late_ns=900_000_000)
    silent(h, app, (40, 60))


@case("bystanders/good/nothing-had-changed")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (70, 90))


@case("bystanders/good/long-after-a-change")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 45), (75, 80))


@case("bystanders/good/two-short-silences")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 45), (50, 51))


@case("bystanders/good/only-the-callers-do-not-wait")
def _(h: History, app: str) -> None:
    killed(h)
    for at_s in range(20, END_S):
        op = h.operation(A, at_s + 0.1, at_s + 0.2, client="probe-0", outcome="info", reason="deadline", via="host-2")
        h.turn(A, app, at_s + 0.15, at_s + 0.25, op=op)


@case("bystanders/bad/silenced--for-more-than-twice-a-dissemination")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 58))


@case("bystanders/bad/silenced--a-second-time-for-one-change")
def _(h: History, app: str) -> None:
    killed(h)
    silent(h, app, (40, 45), (50, 55))


@case("bystanders/bad/silenced--a-third-time-for-a-loss-and-a-return")
def _(h: History, app: str) -> None:
    killed(h, back_s=47.0)
    silent(h, app, (40, 44), (47, 51), (55, 59))


@case("bystanders/bad/silenced--by-a-join")
def _(h: History, app: str) -> None:
    h.app("host-4", 40.5)
    h.fault("add", "host-4", CHANGE_S, 100.0, units=["host-4/sidecar", "host-4/app"])
    silent(h, app, (41, 60))


@case("bystanders/bad/silenced--by-a-link-of-another-host")
def _(h: History, app: str) -> None:
    h.fault("cut", "host-3>placement-0", CHANGE_S, 90.0, links=["host-3>placement-0"])
    silent(h, app, (44, 62))


@case("bystanders/bad/silenced--by-a-unit-that-died-by-itself")
def _(h: History, app: str) -> None:
    h.exit("host-3/sidecar", CHANGE_S, code=1, expected=False)
    silent(h, app, (40, 60))


def made(make: Callable[[History, str], None]) -> History:
    """One case."""
    h = History(hosts=3)
    one = h.app("host-1")
    h.app("host-2")
    h.app("host-3")
    h.table(0.1, 1, ["host-1", "host-2", "host-3"])
    make(h, one)
    h.close(END_S + 10)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
