"""Makes the case files of the guarantee again: ``python -m tests.properties.linearizability.make_cases``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases" / "linearizability"
MADE: dict[str, Callable[[History, str, str], None]] = {}
C, R, L, A = "Counter/a", "Register/a", "Ledger/a", "Accounts/a"


def case(path: str) -> Callable[[Callable[[History, str, str], None]], Callable[[History, str, str], None]]:
    def keep(make: Callable[[History, str, str], None]) -> Callable[[History, str, str], None]:
        MADE[path] = make
        return make

    return keep


def run(  # noqa: PLR0917 - calls stand one a line, as a table
    h: History,
    process: str,
    from_s: float,
    to_s: float,
    method: str,
    args: Any,
    result: Any,
    *,
    writes: dict[str, Any] | None = None,
    actor: str = C,
    op: str | None = None,
    outcome: ev.Outcome = "ok",
    acknowledged: bool = True,
    committed: bool = True,
    instance: int = 1,
    turn: str | None = None,
) -> str:
    """A call with one turn just inside it, which saves at its end; its turn. With `op`, one more turn of that call."""
    turn = turn or h._id("turn")
    if op is None:
        named = turn if outcome == "ok" else None
        reason = "" if outcome == "ok" else "gave-up"
        op = h.operation(
            actor, from_s, to_s, name=method, args=args, turn=named, result=result, outcome=outcome, reason=reason
        )
    h.turn(
        actor,
        process,
        from_s + 0.01,
        to_s - 0.01,
        op=op,
        name=method,
        instance=instance,
        completed=acknowledged,
        result=result,
        turn=turn,
    )
    if writes is not None:
        saved = [(key, json.dumps(value | {"turn": turn})) for key, value in writes.items()]
        save = h.save(turn, saved, to_s - 0.05, to_s - 0.02, acknowledged=acknowledged)
        if committed:
            h.commit(save, to_s - 0.05, to_s - 0.03)
    return turn


def add(h: History, process: str, from_s: float, to_s: float, result: int, **more: Any) -> str:
    return run(h, process, from_s, to_s, "add", {"by": 1}, result, writes={"value": {"value": result}}, **more)


def get(h: History, process: str, from_s: float, to_s: float, result: int, **more: Any) -> str:
    return run(h, process, from_s, to_s, "get", {}, result, **more)


def write(h: History, process: str, from_s: float, to_s: float, value: object, **more: Any) -> str:
    return run(
        h, process, from_s, to_s, "write", {"value": value}, None, writes={"value": {"value": value}}, actor=R, **more
    )


def cas(h: History, process: str, from_s: float, to_s: float, swap: tuple[object, object], *, swapped: bool) -> str:
    old, new = swap
    writes = {"value": {"value": new}} if swapped else None
    return run(h, process, from_s, to_s, "cas", {"old": old, "new": new}, swapped, writes=writes, actor=R)


def append(h: History, process: str, from_s: float, to_s: float, index: int, **more: Any) -> str:
    writes = {f"entry-{index:06}": {"op": "op"}, "count": {"count": index}}
    return run(h, process, from_s, to_s, "append", {}, {"index": index}, writes=writes, actor=L, **more)


def read(h: History, process: str, from_s: float, to_s: float, turns: list[str]) -> str:
    entries = [[index, "op", turn] for index, turn in enumerate(turns, start=1)]
    return run(h, process, from_s, to_s, "read", {}, {"count": len(turns), "entries": entries}, actor=L)


def opened(h: History, process: str) -> None:
    held = {"ann": 10, "bob": 10}
    accounts = {f"account-{name}": {"balance": balance} for name, balance in held.items()}
    names = {"names": {"names": sorted(held)}}
    run(h, process, 0.1, 0.3, "open", {"balances": held}, held, writes={**accounts, **names}, actor=A)


def transfer(h: History, process: str, from_s: float, to_s: float, *, amount: int, seen: dict[str, int]) -> str:
    args = {"source": "ann", "target": "bob", "amount": amount}
    writes = {f"account-{name}": {"balance": balance} for name, balance in seen.items()}
    return run(h, process, from_s, to_s, "transfer", args, seen, writes=writes, actor=A)


# ---- good


@case("good/one-after-the-other")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 3.0, 4.0, 2)
    get(h, two, 5.0, 6.0, 2)


@case("good/calls-at-once")
def _(h: History, one: str, two: str) -> None:
    for at, (result, from_s) in enumerate(((2, 1.0), (1, 1.5))):
        op = h.operation(C, 0.5 + at / 10, 4.0, args={"by": 1}, turn=f"t{at}", result=result)
        run(h, one, from_s, from_s + 0.4, "add", {"by": 1}, result, writes={"value": {"value": result}}, op=op,
            turn=f"t{at}")  # fmt: skip


@case("good/executed-twice")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(C, 1.0, 5.0, args={"by": 1}, turn="t-2", result=2)
    add(h, one, 1.0, 2.0, 1, op=op, turn="t-1")
    add(h, two, 3.0, 4.0, 2, op=op, turn="t-2")
    get(h, two, 6.0, 7.0, 2)


@case("good/unanswered-and-took-effect")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1, outcome="info")
    get(h, one, 3.0, 4.0, 1)


@case("good/unanswered-and-lost")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1, outcome="info", acknowledged=False, committed=False)
    get(h, one, 3.0, 4.0, 0)


@case("good/gave-up-before-it-saved")
def _(h: History, one: str, two: str) -> None:
    run(h, one, 1.0, 2.0, "add", {"by": 1}, 1, outcome="info", acknowledged=False)
    add(h, one, 3.0, 4.0, 1)


@case("good/failed-before-it-saved")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    run(h, one, 3.0, 4.0, "fail", {}, None, outcome="info", acknowledged=False)
    get(h, one, 5.0, 6.0, 1)
    add(h, one, 7.0, 8.0, 2)
    op = h.operation(C, 9.0, 10.0, name="fail", args={}, outcome="info", reason="cut-off")
    h.turn(C, one, 9.1, None, op=op, name="fail")  # nobody saw its end: even so it changed nothing
    get(h, two, 11.0, 12.0, 2)


@case("good/a-register-and-its-swaps")
def _(h: History, one: str, two: str) -> None:
    write(h, one, 1.0, 2.0, 3)
    cas(h, one, 3.0, 4.0, (3, 4), swapped=True)
    cas(h, one, 5.0, 6.0, (3, 5), swapped=False)
    run(h, one, 7.0, 8.0, "read", {}, 4, actor=R)


@case("good/a-ledger")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 2.0, 1)
    second = append(h, one, 3.0, 4.0, 2, outcome="info")
    third = append(h, two, 5.0, 6.0, 3)
    read(h, two, 7.0, 8.0, [first, second, third])


@case("good/accounts")
def _(h: History, one: str, two: str) -> None:
    opened(h, one)
    transfer(h, one, 1.0, 2.0, amount=4, seen={"ann": 6, "bob": 14})
    run(h, one, 3.0, 4.0, "transfer", {"source": "ann", "target": "bob", "amount": 7}, {"ann": 6, "bob": 14}, actor=A)
    run(h, two, 5.0, 6.0, "total", {}, {"ann": 6, "bob": 14}, actor=A)


@case("good/a-sleeper")
def _(h: History, one: str, two: str) -> None:
    run(h, one, 1.0, 2.0, "hold", {"hold_s": 1}, None, actor="Sleeper/a")
    run(h, one, 3.0, 4.0, "hold_save", {"hold_s": 1}, 1, actor="Sleeper/a", writes={"count": {"count": 1}})


@case("good/turns-that-raced-without-a-trace")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    get(h, one, 1.5, 2.5, 0)


# ---- bad


@case("bad/unexplained--read-goes-back")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    get(h, one, 3.0, 4.0, 0)


@case("bad/unexplained--added-to-nothing")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 3.0, 4.0, 3)


@case("bad/unexplained--a-failed-turn-left-its-change")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    run(h, one, 3.0, 4.0, "fail", {}, None, outcome="info", acknowledged=False)
    get(h, one, 5.0, 6.0, 2)


@case("bad/unexplained--swapped-what-was-not-there")
def _(h: History, one: str, two: str) -> None:
    write(h, one, 1.0, 2.0, 3)
    cas(h, one, 3.0, 4.0, (2, 5), swapped=True)


@case("bad/unexplained--one-index-twice")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 2.0, 1)
    append(h, two, 3.0, 4.0, 1)


@case("bad/unexplained--an-entry-of-nobody")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 2.0, 1)
    read(h, one, 3.0, 4.0, ["nobody"])


@case("bad/unexplained--money-is-lost")
def _(h: History, one: str, two: str) -> None:
    opened(h, one)
    transfer(h, one, 1.0, 2.0, amount=4, seen={"ann": 6, "bob": 14})
    run(h, two, 5.0, 6.0, "total", {}, {"ann": 6, "bob": 10}, actor=A)


@case("bad/unexplained--raced-but-something-else-was-lost")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 1.5, 2.5, 2)
    get(h, one, 3.0, 4.0, 2)
    add(h, one, 5.0, 6.0, 3)
    get(h, two, 7.0, 8.0, 0)


def ticked(h: History, actor: str, at_s: float, writes: dict[str, Any], *, acknowledged: bool = True) -> str:
    """A reminder's turn of half a second on the first host, which saves at its end; its id."""
    turn = h.turn(actor, "host-1/app#1", at_s, at_s + 0.5, cause="reminder", name="tick")
    saved = [(key, json.dumps(value | {"turn": turn})) for key, value in writes.items()]
    save = h.save(turn, saved, at_s + 0.4, at_s + 0.45, acknowledged=acknowledged)
    if acknowledged:
        h.commit(save, at_s + 0.4, at_s + 0.44)
    return turn


def tick_appends(h: History, at_s: float, index: int, *, acknowledged: bool = True) -> str:
    writes = {f"entry-{index:06}": {"op": None}, "count": {"count": index}}
    return ticked(h, L, at_s, writes, acknowledged=acknowledged)


@case("good/reminders-that-append")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 2.0, 1)
    second = tick_appends(h, 2.5, 2)
    third = append(h, one, 4.0, 5.0, 3)
    tick_appends(h, 5.5, 4, acknowledged=False)
    read(h, one, 7.0, 8.0, [first, second, third])


@case("good/a-reminder-that-adds")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    ticked(h, C, 2.5, {"value": {"value": 7}})
    add(h, one, 4.0, 5.0, 8)


@case("bad/unexplained--what-a-reminder-appended-is-gone")
def _(h: History, one: str, two: str) -> None:
    first = append(h, one, 1.0, 2.0, 1)
    tick_appends(h, 2.5, 2)
    third = append(h, one, 4.0, 5.0, 2)
    read(h, one, 7.0, 8.0, [first, third])


@case("bad/unexplained--a-reminder-appended-at-a-place-that-was-taken")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 2.0, 1)
    second = tick_appends(h, 2.5, 1)
    read(h, one, 7.0, 8.0, [second])


@case("bad/unexplained--both-added-to-the-same")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 1.5, 2.5, 1)
    get(h, one, 3.0, 4.0, 1)


@case("bad/two-live-hosts--both-appended-at-the-same-index")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 2.0, 1)
    second = append(h, two, 1.5, 2.5, 1)
    read(h, two, 3.0, 4.0, [second])


@case("bad/abandoned--the-next-call-was-let-in")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(C, 1.0, 1.2, args={"by": 1}, outcome="info", reason="gave-up")
    add(h, one, 1.0, 3.0, 1, op=op)
    add(h, one, 1.5, 2.0, 1)
    add(h, one, 2.1, 2.5, 2)
    get(h, one, 3.5, 4.0, 1)


@case("bad/two-instances--a-stale-cache")
def _(h: History, one: str, two: str) -> None:
    add(h, one, 1.0, 2.0, 1)
    add(h, two, 3.0, 4.0, 2)
    get(h, one, 5.0, 6.0, 1)
    add(h, two, 7.0, 8.0, 3)


@case("bad/late-save--committed-when-nobody-waited")
def _(h: History, one: str, two: str) -> None:
    op = h.operation(L, 1.0, 2.0, name="append", outcome="info", reason="status-500")
    turn = h.turn(L, one, 1.1, 1.9, op=op, name="append", completed=False)
    late = h.save(
        turn,
        [("entry-000001", f'{{"op": "op", "turn": "{turn}"}}'), ("count", f'{{"count": 1, "turn": "{turn}"}}')],
        1.2,
        1.8,
        acknowledged=False,
    )
    append(h, one, 3.0, 4.0, 1)
    h.commit(late, 5.0, 5.1)
    read(h, one, 6.0, 7.0, [turn])


@case("bad/unexplained--an-entry-that-only-the-cache-had")
def _(h: History, one: str, two: str) -> None:
    append(h, one, 1.0, 3.0, 1)
    seen = append(h, one, 1.5, 2.0, 1)
    second = append(h, one, 4.0, 5.0, 2)
    read(h, one, 6.0, 7.0, [seen, second])


def made(path: str) -> History:
    """The history of one case."""
    history = History()
    MADE[path](history, history.app("host-1"), history.app("host-2"))
    history.close(60.0)
    return history


def main() -> None:
    for path in MADE:
        made(path).write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()
