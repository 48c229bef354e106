"""Reminders decided the slow way: missed ticks by trying every way to give turns to ticks, and the rest turn by turn
with a list of all ticks, straight from the events.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

from actorproof.harness.history import events as ev

S = 1_000_000_000


def deadline(due_ns: int, faults: list[tuple[int, int]], budget_ns: int, within_ns: int | None = None) -> int:
    """By when a tick is to be served: the budget after due, or after the heal of whatever touches that time.

    With `within_ns`, that much after due where nothing touches that time.
    """
    end_ns = due_ns + (budget_ns if within_ns is None else within_ns)
    changed = True
    while changed:
        changed = False
        for start_ns, healed_ns in faults:
            if start_ns <= end_ns and healed_ns + budget_ns > end_ns and healed_ns + budget_ns >= due_ns:
                end_ns = healed_ns + budget_ns
                changed = True
    return end_ns


def fewest_missed(ticks: list[tuple[int, int, bool]], turns: list[int], *, rounding_ns: int) -> int:
    """`ticks` are (earliest due, deadline, wanted); `turns` the starts of completed ones. The first tick takes any."""

    @cache
    def best(at: int, free: frozenset[int]) -> int:
        if at == len(turns):
            return sum(ticks[k][2] for k in free)
        found = best(at + 1, free)
        for k in free:
            earliest_ns, deadline_ns, _ = ticks[k]
            if (k == 0 or earliest_ns - rounding_ns <= turns[at]) and turns[at] <= deadline_ns:
                found = min(found, best(at + 1, free - {k}))
        return found

    return best(0, frozenset(range(len(ticks))))


def named(
    ticks: list[tuple[int, int]],
    by: dict[tuple[int, int], int],
    turns: list[ev.TurnStarted],
    surplus: list[int],
    early_ns: int,
) -> list[tuple[int, int]]:
    """The ticks for which nobody came when they were due: each turn, from the last back, takes the latest due one."""
    left = list(ticks)
    for turn in reversed(turns):
        due = [tick for tick in left if tick == ticks[0] or tick[0] - early_ns <= turn.t_ns]
        below = [tick for tick in due if all(tick < taken for taken in ticks if taken not in left)]
        if turn.t_ns not in surplus and below and turn.t_ns <= by[below[-1]]:
            left.remove(below[-1])
    return left


def classes(
    events: list[ev.Event], *, budget_ns: int, redelivery_ns: int, slack_ns: int, early_ns: int
) -> Counter[str]:
    """How often each class of violation occurs in a whole history of one reminder with repetitions."""
    asked = next(e for e in events if isinstance(e, ev.Invoked) and e.action == "register-reminder")
    answers = {e.op: e.t_ns for e in events if isinstance(e, ev.Completed)}
    args = json.loads(asked.args)
    due, period = round(args["due_s"] * S), round(args["period_s"] * S)
    ticks = [(asked.t_ns + due + k * period, answers[asked.op] + due + k * period) for k in range(args["repetitions"])]
    stop = next((e for e in events if isinstance(e, ev.Invoked) and e.action == "unregister-reminder"), None)
    wanted_until = next(e.t_ns for e in events if isinstance(e, ev.PhaseReached) and e.phase == "final")
    allowed = ticks
    if stop is not None:
        allowed = [tick for tick in ticks if tick[0] <= answers[stop.op] + slack_ns]
        wanted_until = min(wanted_until, stop.t_ns - 1)
    healed = {e.fault: e.t_ns for e in events if isinstance(e, ev.FaultHealed)}
    faults = [(e.t_ns, healed[e.fault]) for e in events if isinstance(e, ev.FaultStarted)]
    ends = {e.turn: e.completed for e in events if isinstance(e, ev.TurnEnded)}
    turns = [e for e in events if isinstance(e, ev.TurnStarted) and e.cause == "reminder"]
    found: Counter[str] = Counter()
    found["early"] += bool(turns) and turns[0].t_ns < ticks[0][0] - early_ns
    found["payload changed"] += any(json.loads(turn.data) != args["data"] for turn in turns)

    by = {tick: deadline(tick[1], faults, budget_ns) for tick in allowed}
    open_, late, surplus = list(allowed), set(), []
    for turn in turns:
        late |= {tick for tick in open_ if by[tick] < turn.t_ns}
        may = [tick for tick in open_ if tick == ticks[0] or tick[0] - S <= turn.t_ns]
        in_time = [tick for tick in may if tick not in late]
        if not may:
            surplus.append(turn.t_ns)
        elif ends[turn.turn]:
            open_.remove((in_time or may)[0])
    count = sum(by[tick] <= wanted_until for tick in late | set(open_))
    missed = sorted(
        (by[tick], tick[0] - S)
        for tick in named(allowed, by, [t for t in turns if ends[t.turn]], surplus, early_ns)[:count]
    )
    failures = "".join(" x"[not ends[turn.turn]] for turn in turns)
    runs = [at for at in range(len(failures)) if failures[: at + 1].endswith("xxxx") and failures[at + 1 :][:1] != "x"]
    began = {at: turns[len(failures[: at + 1].rstrip("x"))].t_ns for at in runs}
    for by_ns, since_ns in missed:
        run = next((at for at in runs if since_ns <= began[at] and turns[at].t_ns <= by_ns), None)
        found["missed" if run is None else "dropped after failed deliveries"] += 1
        if run is not None:
            runs.remove(run)
    over = deadline(allowed[-1][1], faults, budget_ns, redelivery_ns) if allowed else 0
    after = "beyond its end"
    if stop is not None and len(allowed) < len(ticks):
        after, over = "fired after unregister", max(over, answers[stop.op] + slack_ns)
    found[after] += any(at > over for at in surplus)
    return +found
