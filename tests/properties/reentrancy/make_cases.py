"""Makes the case files of reentrancy again: ``python -m tests.properties.reentrancy.make_cases``.

Reentrancy is on, to a depth of 2, but for actors of type Lone. Callers wait for 8 s.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases"
MADE: list[tuple[str, Callable[[History, str, str], None]]] = []
A, B, LONE = "Chain/a", "Chain/b", "Lone/a"
PATIENCE_S = 8.0
TOO_DEEP = {"outcome": "info", "status": 500, "reason": "status-500 too deep"}


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE.append((path, make))
        return make

    return keep


def new() -> tuple[History, str, str]:
    """A history without anything in it, and its two applications."""
    h = History(reentrancy=True, max_stack_depth=2, reentrancy_exceptions=("Lone",))
    return h, h.app("host-1"), h.app("host-2")


def root(h: History, actor: str, app: str, from_s: float, to_s: float, **end: Any) -> str:
    """A client's call and its turn, a little inside; the turn."""
    op = h.operation(actor, from_s - 0.1, to_s + 0.1, name="walk", **end)
    return h.turn(actor, app, from_s, to_s, op=op, name="walk")


def calls(
    h: History, caller: str, app: str, actor: str, at_s: tuple[float, float], *, wait_s: float = PATIENCE_S, **end: Any
) -> str:
    """A call that a turn of `app` makes; its id."""
    return h.operation(actor, *at_s, name="walk", client=caller, process=app, via=app[:6], give_up_s=wait_s, **end)


def let_in(h: History, op: str, actor: str, app: str, at_s: tuple[float, float], **end: Any) -> str:
    """The turn that carries a call; its id."""
    return h.turn(actor, app, *at_s, op=op, name="walk", **end)


def visit(h: History, actor: str, app: str, from_s: float, turn_s: tuple[float, float]) -> None:
    """A stranger: it calls, and has its turn in time."""
    op = h.operation(actor, from_s, turn_s[1] + 0.1, name="walk", give_up_s=PATIENCE_S)
    h.turn(actor, app, *turn_s, op=op, name="walk")


def gives_up(h: History, actor: str, from_s: float, *, after_s: float = PATIENCE_S) -> None:
    """A stranger that nobody lets in."""
    h.operation(actor, from_s, from_s + after_s, name="walk", outcome="info", reason="gave-up", give_up_s=after_s)


def there_and_back(h: History, one: str, two: str, at_s: float = 1.0) -> None:
    """A calls B on the other host, which calls A: it takes 0.9 s."""
    outer = root(h, A, one, at_s, at_s + 0.9)
    middle = let_in(h, calls(h, outer, one, B, (at_s + 0.1, at_s + 0.8)), B, two, (at_s + 0.2, at_s + 0.7))
    let_in(h, calls(h, middle, two, A, (at_s + 0.3, at_s + 0.6)), A, one, (at_s + 0.4, at_s + 0.5))


def to_itself(h: History, one: str, actor: str = A, at_s: float = 1.0) -> str:
    """A calls itself: it takes 0.9 s. The inner turn."""
    outer = root(h, actor, one, at_s, at_s + 0.9)
    return let_in(h, calls(h, outer, one, actor, (at_s + 0.1, at_s + 0.6)), actor, one, (at_s + 0.2, at_s + 0.5))


def too_deep(h: History, one: str) -> None:
    """A calls itself, and once more than it may."""
    inner = to_itself(h, one)
    calls(h, inner, one, A, (1.3, 1.4), **TOO_DEEP)


def waits(h: History, one: str, *, wait_s: float = 1.0) -> None:
    """A Lone calls itself, and gives up."""
    outer = root(h, LONE, one, 1.0, 1.2 + wait_s)
    calls(h, outer, one, LONE, (1.1, 1.1 + wait_s), outcome="info", reason="gave-up", wait_s=wait_s)


@case("good/to-itself-and-strangers-after")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    visit(h, A, one, 1.1, (2.0, 2.1))
    visit(h, A, one, 1.2, (2.2, 2.3))


@case("good/there-and-back-over-two-hosts")
def _(h: History, one: str, two: str) -> None:
    there_and_back(h, one, two)
    visit(h, A, one, 1.1, (2.0, 2.1))
    visit(h, B, two, 1.1, (1.75, 1.8))


@case("good/refused-one-deeper")
def _(h: History, one: str, two: str) -> None:
    too_deep(h, one)
    visit(h, A, one, 1.1, (2.0, 2.1))


@case("good/waits-where-it-is-off")
def _(h: History, one: str, two: str) -> None:
    waits(h, one)
    visit(h, LONE, one, 1.3, (2.3, 2.4))


@case("good/run-after-its-caller-gave-up-where-it-is-off")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, LONE, one, 1.0, 2.2)
    inner = calls(h, outer, one, LONE, (1.1, 2.1), outcome="info", reason="gave-up", wait_s=1.0)
    let_in(h, inner, LONE, one, (2.3, 2.4))


@case("good/from-a-reminder")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, 1.9, cause="reminder", name="tick")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5))


@case("good/clause--given-up-by-a-stranger-that-waited-while-turns-ran")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    gives_up(h, A, 1.1)
    root(h, A, one, 2.0, 9.5)


@case("good/another-chain-beside-it")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    to_itself(h, one, B)


@case("good/an-inner-call-that-failed-in-its-turn")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    inner = calls(h, outer, one, A, (1.1, 1.6), outcome="info", status=500, reason="status-500")
    let_in(h, inner, A, one, (1.2, 1.5), completed=False)


@case("good/clause--disturbed-by-a-fault")
def _(h: History, one: str, two: str) -> None:
    h.fault("cut", "host-1>placement-0", 1.1, 1.3, links=["host-1>placement-0"])
    to_itself(h, one)
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--disturbed-by-a-deactivation")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.deactivate(A, one, 1.25)
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--disturbed-by-a-stall")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.add(ev.Stalled, 1.8, late_ns=600_000_000)
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--disturbed-by-a-host-that-came")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.app("host-3", 1.3)
    visit(h, A, one, 1.1, (1.4, 1.45))


@case("good/clause--disturbed-by-a-new-table")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.table(2.5, 2, ["host-1"])
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--given-up-by-the-client")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 0.9, 1.15, name="walk", outcome="info", reason="gave-up", give_up_s=0.25)
    outer = h.turn(A, one, 1.0, 1.9, op=op, name="walk")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5))
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--given-up-by-a-stranger")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    gives_up(h, A, 1.05, after_s=0.2)
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--given-up-too-early")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 3.0)
    calls(h, outer, one, A, (1.1, 2.1), outcome="info", reason="gave-up", wait_s=1.0)


@case("bad/refused-too-early--to-itself")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    calls(h, outer, one, A, (1.1, 1.6), **TOO_DEEP)


@case("bad/deadlock--there-and-back")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 9.0)
    middle = let_in(h, calls(h, outer, one, B, (1.1, 8.9)), B, two, (1.2, 8.8))
    calls(h, middle, two, A, (1.3, 8.7), outcome="info", reason="gave-up", wait_s=7.4)


@case("bad/deadlock--run-when-it-was-too-late")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 5.2)
    inner = calls(h, outer, one, A, (1.1, 5.1), outcome="info", reason="gave-up", wait_s=4.0)
    let_in(h, inner, A, one, (5.3, 5.4))


@case("bad/deadlock--neither-let-in-nor-refused")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 9.0)
    inner = let_in(h, calls(h, outer, one, A, (1.1, 8.9)), A, one, (1.2, 8.8))
    calls(h, inner, one, A, (1.3, 8.7), outcome="info", reason="gave-up", wait_s=7.4)


@case("bad/deadlock-from-a-reminder--to-itself")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, 5.2, cause="reminder", name="tick")
    calls(h, outer, one, A, (1.1, 5.1), outcome="info", reason="gave-up", wait_s=4.0)


@case("bad/answer-lost--an-error")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    let_in(h, calls(h, outer, one, A, (1.1, 1.6), **TOO_DEEP), A, one, (1.2, 1.5))


@case("bad/answer-lost--nothing-for-seconds")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 9.3)
    inner = calls(h, outer, one, A, (1.1, 9.1), outcome="info", reason="gave-up")
    let_in(h, inner, A, one, (1.2, 1.5))


@case("bad/beyond-the-depth--to-itself")
def _(h: History, one: str, two: str) -> None:
    inner = to_itself(h, one)
    let_in(h, calls(h, inner, one, A, (1.25, 1.45)), A, one, (1.3, 1.4))


@case("bad/stranger-let-in--a-call")
def _(h: History, one: str, two: str) -> None:
    there_and_back(h, one, two)
    visit(h, A, one, 1.1, (1.6, 1.65))


@case("bad/stranger-let-in--a-reminder")
def _(h: History, one: str, two: str) -> None:
    there_and_back(h, one, two)
    h.turn(A, one, 1.6, 1.65, cause="reminder", name="tick")


@case("bad/stranger-let-in--with-the-same-id")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 0.9, 2.0, name="walk")
    outer = h.turn(A, one, 1.0, 1.9, op=op, name="walk", chain="c")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5), chain="c")
    other = h.operation(A, 1.0, 1.8, name="walk")
    h.turn(A, one, 1.3, 1.4, op=other, name="walk", chain="c")


@case("bad/locked-after-its-depth--whoever-came-and-whoever-comes")
def _(h: History, one: str, two: str) -> None:
    too_deep(h, one)
    gives_up(h, A, 1.1)
    gives_up(h, A, 3.0)


@case("bad/locked-after-a-chain--there-and-back")
def _(h: History, one: str, two: str) -> None:
    there_and_back(h, one, two)
    gives_up(h, A, 1.1)


@case("bad/entered-though-off--to-itself")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one, LONE)


@case("bad/locked-though-off--whoever-comes")
def _(h: History, one: str, two: str) -> None:
    waits(h, one)
    gives_up(h, LONE, 1.3)


@case("good/clause--given-up-by-a-stranger-as-the-chain-ends")
def _(h: History, one: str, two: str) -> None:
    too_deep(h, one)
    gives_up(h, A, 1.9, after_s=0.1)
    visit(h, A, one, 1.1, (1.75, 1.8))


@case("good/clause--given-up-by-a-stranger-as-the-chain-begins")
def _(h: History, one: str, two: str) -> None:
    gives_up(h, A, 0.7, after_s=0.3)
    to_itself(h, one)
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--given-up-by-a-client-that-was-cut-off")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 0.9, 1.15, name="walk", outcome="info", reason="cut-off: reset")
    outer = h.turn(A, one, 1.0, 1.9, op=op, name="walk")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5))
    visit(h, A, one, 1.1, (1.3, 1.4))


@case("good/clause--given-up-and-let-in-when-its-caller-was-over")
def _(h: History, one: str, two: str) -> None:
    inner = to_itself(h, one)
    late = calls(h, inner, one, A, (1.3, 1.45), outcome="info", reason="gave-up", wait_s=0.15)
    let_in(h, late, A, one, (1.6, 1.7))


@case("good/clause--given-up-or-never-answered")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    h.operation(A, 1.1, None, name="walk", client=outer, process=one, give_up_s=PATIENCE_S)
    outer = root(h, A, one, 3.0, 3.9)
    inner = h.operation(A, 3.1, None, name="walk", client=outer, process=one, give_up_s=PATIENCE_S)
    let_in(h, inner, A, one, (3.2, 3.5))


@case("good/clause--given-up-by-a-stranger-and-run-later")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    op = h.operation(A, 1.1, 9.1, name="walk", outcome="info", reason="gave-up", give_up_s=PATIENCE_S)
    h.turn(A, one, 9.2, 9.3, op=op, name="walk")


@case("good/clause--given-up-by-a-stranger-in-a-fault-after-it")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.fault("cut", "host-1>app", 5.0, 6.0, links=["host-1>app"])
    gives_up(h, A, 1.1)


@case("good/clause--given-up-by-a-stranger-of-a-turn-that-never-ends")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, None, cause="reminder", name="tick")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5))
    gives_up(h, A, 1.1)


@case("good/clause--given-up-by-a-stranger-while-another-turn-never-ends")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.turn(A, one, 2.5, None, cause="timer", name="tick")
    gives_up(h, A, 1.1)


@case("good/a-stranger-is-refused-afterwards")
def _(h: History, one: str, two: str) -> None:
    to_itself(h, one)
    h.operation(A, 2.0, 2.1, name="walk", outcome="info", status=500, reason="status-500", give_up_s=PATIENCE_S)
    h.operation(A, 2.2, None, name="walk", give_up_s=PATIENCE_S)


@case("good/from-a-reminder-to-another")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, 1.9, cause="reminder", name="tick")
    let_in(h, calls(h, outer, one, B, (1.1, 1.6)), B, two, (1.2, 1.5))


@case("good/a-stranger-begins-at-the-instant-of-another-try")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(A, 0.9, 3.0, name="walk")
    for from_s in (1.0, 2.0):
        outer = h.turn(A, one, from_s, from_s + 0.5, op=op, name="walk")
        let_in(h, calls(h, outer, one, B, (from_s + 0.1, from_s + 0.4)), B, two, (from_s + 0.2, from_s + 0.3))
    visit(h, A, one, 1.2, (2.0, 2.05))


@case("good/run-as-soon-as-its-caller-was-over-where-it-is-off")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, LONE, one, 1.0, 2.2)
    inner = calls(h, outer, one, LONE, (1.1, 2.1), outcome="info", reason="gave-up", wait_s=1.0)
    let_in(h, inner, LONE, one, (2.2, 2.4))


@case("bad/refused-too-early--with-many-words-and-a-fault-much-later")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    reason = "status-500 " + "".join(str(digit % 10) for digit in range(60))
    calls(h, outer, one, A, (1.1, 1.6), outcome="info", status=500, reason=reason)
    h.fault("cut", "host-1>app", 30.0, 31.0, links=["host-1>app"])


@case("bad/deadlock-from-a-reminder--there-and-back")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, 9.0, cause="reminder", name="tick")
    middle = let_in(h, calls(h, outer, one, B, (1.1, 8.9)), B, two, (1.2, 8.8))
    calls(h, middle, two, A, (1.3, 8.7), outcome="info", reason="gave-up", wait_s=7.4)


@case("bad/answer-lost--cut-off")
def _(h: History, one: str, two: str) -> None:
    outer = root(h, A, one, 1.0, 1.9)
    let_in(h, calls(h, outer, one, A, (1.1, 1.6), outcome="info", reason="cut-off: reset"), A, one, (1.2, 1.5))


@case("bad/beyond-the-depth--never-answered")
def _(h: History, one: str, two: str) -> None:
    inner = to_itself(h, one)
    deeper = h.operation(A, 1.25, None, name="walk", client=inner, process=one, give_up_s=PATIENCE_S)
    let_in(h, deeper, A, one, (1.3, 1.4))


@case("bad/stranger-let-in--two-before-the-inner-turn-that-calls")
def _(h: History, one: str, two: str) -> None:
    too_deep(h, one)
    visit(h, A, one, 1.01, (1.05, 1.1))
    visit(h, A, one, 1.02, (1.12, 1.15))


@case("bad/stranger-let-in--and-others-gave-up-long-before-and-long-after")
def _(h: History, one: str, two: str) -> None:
    gives_up(h, A, 0.1, after_s=0.2)
    there_and_back(h, one, two)
    visit(h, A, one, 1.1, (1.6, 1.65))
    gives_up(h, A, 20.0, after_s=0.2)


@case("bad/stranger-let-in--into-a-turn-that-never-ends")
def _(h: History, one: str, two: str) -> None:
    outer = h.turn(A, one, 1.0, None, cause="reminder", name="tick")
    let_in(h, calls(h, outer, one, A, (1.1, 1.6)), A, one, (1.2, 1.5))
    visit(h, A, one, 1.1, (3.0, 3.1))


def made(make: Callable[[History, str, str], None]) -> History:
    """One case."""
    h, one, two = new()
    make(h, one, two)
    h.close(60.0)
    return h


def main() -> None:
    for path, make in MADE:
        made(make).write(CASES / "reentrancy" / f"{path}.jsonl")


if __name__ == "__main__":
    main()
