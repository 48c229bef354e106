"""Parts of histories: calls and what turns answered."""

from __future__ import annotations

import json
from typing import Any

from actorproof.harness.history import events as ev
from tests.properties.builder import History

C, R, L, A = "Counter/a", "Register/a", "Ledger/a", "Accounts/a"


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
    turn = turn or h.new_id("turn")
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


def append(h: History, process: str, from_s: float, to_s: float, index: int, **more: Any) -> str:
    writes = {f"entry-{index:06}": {"op": "op"}, "count": {"count": index}}
    return run(h, process, from_s, to_s, "append", {}, {"index": index}, writes=writes, actor=L, **more)


def read(h: History, process: str, from_s: float, to_s: float, turns: list[str]) -> str:
    entries = [[index, "op", turn] for index, turn in enumerate(turns, start=1)]
    return run(h, process, from_s, to_s, "read", {}, {"count": len(turns), "entries": entries}, actor=L)


# ---- good


# ---- bad
