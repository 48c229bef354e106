"""Makes the case files of mailbox-order again: ``python -m tests.properties.mailbox_order.make_cases``.

Two hosts run from the start, and the table that has them is seen at 0.1 s: by 8.1 s it must have reached everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.placement.make_cases import join, settled

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, Callable[[History, str, str], None]]] = []
A = "Counter/a"
ANN = "client-ann"


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, make))
        return make

    return keep


def call(h: History, app: str, from_s: float, to_s: float, *, client: str = ANN, outcome: ev.Outcome = "ok") -> str:
    """A caller's call and its turn, which lies inside; its id."""
    op = h.operation(A, from_s, to_s, client=client, outcome=outcome)
    h.turn(A, app, from_s + 0.01, to_s - 0.01, op=op)
    return op


def again(h: History, app: str, op: str, at_s: float) -> None:
    """One more turn of a call."""
    h.turn(A, app, at_s, at_s + 0.05, op=op)


@case("mailbox-order/good/one-after-the-other")
def _(h: History, one: str, _two: str) -> None:
    for number in range(4):
        call(h, one, 10.0 + number / 10, 10.08 + number / 10)


@case("mailbox-order/good/another-callers-call-between")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3, client="client-bob")
    again(h, one, op, 10.4)


@case("mailbox-order/good/a-later-caller-first")
def _(h: History, one: str, _two: str) -> None:
    first = h.operation(A, 10.0, 10.9, client=ANN)
    call(h, one, 10.2, 10.3, client="client-bob")
    h.turn(A, one, 10.5, 10.6, op=first)
    call(h, one, 11.0, 11.1)


@case("mailbox-order/good/gave-up-and-called-again")
def _(h: History, one: str, _two: str) -> None:
    op = h.operation(A, 10.0, 10.1, client=ANN, outcome="info", reason="gave-up", give_up_s=0.1)
    call(h, one, 10.2, 10.3)
    again(h, one, op, 10.4)


@case("mailbox-order/good/repeated-before-the-answer")
def _(h: History, one: str, _two: str) -> None:
    op = h.operation(A, 10.0, 10.5, client=ANN)
    h.turn(A, one, 10.1, 10.2, op=op)
    h.turn(A, one, 10.3, 10.4, op=op)
    call(h, one, 10.6, 10.7)


@case("mailbox-order/good/answered-late-so-it-may-have-been-repeated")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 11.1)
    call(h, one, 11.2, 11.3)
    again(h, one, op, 11.4)


@case("mailbox-order/good/while-a-link-was-stalled")
def _(h: History, one: str, _two: str) -> None:
    h.fault("stall", "peers>host-1", 9.0, 10.2, links=["peers>host-1"])
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3)
    again(h, one, op, 10.4)


@case("mailbox-order/good/a-table-changed-meanwhile")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3)
    h.table(11.0, 3, ("host-1", "host-2"))
    again(h, one, op, 11.5)


@case("mailbox-order/good/on-another-actor")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    other = h.operation("Counter/b", 10.2, 10.3, client=ANN)
    h.turn("Counter/b", one, 10.22, 10.28, op=other)
    again(h, one, op, 10.4)


@case("mailbox-order/good/a-nested-turn-of-the-same-call-on-another-actor")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3)
    h.turn("Counter/b", one, 10.4, 10.5, op=op)


@case("mailbox-order/bad/behind-a-later-call--run-again")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3)
    again(h, one, op, 10.4)
    call(h, one, 10.6, 10.7)


@case("mailbox-order/bad/behind-a-later-call--the-next-one-has-no-answer")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    call(h, one, 10.2, 10.3, outcome="info")
    again(h, one, op, 10.4)


@case("mailbox-order/bad/behind-a-later-call--the-next-but-one")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    h.operation(A, 10.2, 10.3, client=ANN, outcome="fail", reason="refused")
    call(h, one, 10.4, 10.5)
    again(h, one, op, 10.6)


@case("mailbox-order/bad/behind-a-later-call--answered-by-a-turn-to-come")
def _(h: History, one: str, _two: str) -> None:
    op = h.operation(A, 10.0, 10.1, client=ANN)
    call(h, one, 10.2, 10.3)
    again(h, one, op, 10.4)


@case("mailbox-order/good/begun-at-one-instant")
def _(h: History, one: str, two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    later = h.operation(A, 10.2, 10.5, client=ANN)
    h.turn(A, two, 10.4, 10.45, op=later)
    again(h, one, op, 10.4)


@case("mailbox-order/bad/behind-a-later-call--one-that-overtook-the-next")
def _(h: History, one: str, _two: str) -> None:
    call(h, one, 9.8, 9.9, outcome="info")
    op = call(h, one, 10.0, 10.1)
    next_ = h.operation(A, 10.2, None, client=ANN)
    h.turn(A, one, 10.9, 10.95, op=next_)
    last = call(h, one, 10.4, 10.55)
    again(h, one, op, 10.6)
    again(h, one, last, 11.5)
    call(h, one, 11.0, 11.1)


@case("mailbox-order/bad/behind-a-later-call--the-next-one-never-ends")
def _(h: History, one: str, _two: str) -> None:
    op = call(h, one, 10.0, 10.1)
    later = h.operation(A, 10.2, None, client=ANN)
    h.turn(A, one, 10.3, 10.35, op=later)
    again(h, one, op, 10.4)


@case("mailbox-order/bad/behind-a-later-call--after-a-join")
def _(h: History, one: str, _two: str) -> None:
    join(h)
    op = call(h, one, 30.0, 30.1)
    call(h, one, 30.2, 30.3)
    again(h, one, op, 30.4)


def made(make: Callable[[History, str, str], None]) -> list[ev.Event]:
    """The events of a case."""
    h, one, two = settled()
    make(h, one, two)
    h.close(60.0)
    return h.events()


def main() -> None:
    """Write all files again."""
    for path, make in MADE:
        h, one, two = settled()
        make(h, one, two)
        h.close(60.0)
        h.write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
