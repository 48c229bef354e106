"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.opinion import Opinion, actors
from tests.properties.reentrancy.naive import broken
from tests.properties.reentrancy.parts import calls, gives_up, let_in, new, visit

ACTORS = ("Chain/a", "Chain/b", "Lone/a")
ENDS = ("ok", "ok", "ok", "ok", "refused", "gave-up", "impatient", "lost", "late")


def chain(draw: st.DrawFn, h: History, apps: tuple[str, str], at_s: float) -> None:
    """A chain of up to three calls below its first, whose last may be answered in any way."""
    actor = draw(st.sampled_from(ACTORS))
    fired = draw(st.integers(0, 5)) == 0
    length_s = draw(st.sampled_from((1.0, 10.0)))
    op = None
    if not fired:
        gone = draw(st.integers(0, 7)) == 0
        end: dict[str, Any] = {"outcome": "info", "reason": "gave-up"} if gone else {}
        op = h.operation(actor, at_s - 0.05, at_s + (0.02 if gone else length_s + 0.05), name="walk", **end)
    app = draw(st.sampled_from(apps))
    cause: ev.Cause = "reminder" if fired else "call"
    above = h.turn(actor, app, at_s, at_s + length_s, op=op, cause=cause, name="walk")
    for level in range(1, draw(st.integers(1, 4))):
        actor, caller = draw(st.sampled_from(ACTORS)), app
        app = draw(st.sampled_from(apps))
        start_s, end_s = at_s + 0.1 * level, at_s + length_s - 0.1 * level
        span, turn_s = (start_s, end_s), (start_s + 0.01, end_s - 0.01)
        match draw(st.sampled_from(ENDS)):
            case "ok":
                above = let_in(h, calls(h, above, caller, actor, span), actor, app, turn_s)
                continue
            case "refused":
                calls(h, above, caller, actor, span, outcome="info", status=500, reason="status-500")
            case "gave-up":
                calls(h, above, caller, actor, span, outcome="info", reason="gave-up")
            case "impatient":
                calls(h, above, caller, actor, span, outcome="info", reason="gave-up", wait_s=0.5)
            case "lost":
                lost = calls(h, above, caller, actor, span, outcome="info", reason="gave-up")
                let_in(h, lost, actor, app, (turn_s[0], turn_s[0] + draw(st.sampled_from((0.1, 9.0)))))
            case _:
                late = calls(h, above, caller, actor, span, outcome="info", reason="gave-up")
                let_in(h, late, actor, app, (at_s + length_s + 0.2, at_s + length_s + 0.3))
        break


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A few chains and strangers on three actors; now and then something disturbs."""
    h, one, two = new()
    unique = 0.0
    for _ in range(draw(st.integers(1, 3))):
        unique += 0.003
        chain(draw, h, (one, two), draw(st.integers(2, 20)) + unique)
    for _ in range(draw(st.integers(0, 4))):
        unique += 0.0007
        actor, from_s = draw(st.sampled_from(ACTORS)), draw(st.integers(10, 120)) / 5 + unique
        if draw(st.booleans()):
            gives_up(h, actor, from_s)
        else:
            later_s = from_s + draw(st.sampled_from((0.0, 0.5, 3.0, 8.0)))
            visit(h, actor, draw(st.sampled_from((one, two))), from_s, (later_s + 0.01, later_s + 0.11))
    at_s = draw(st.integers(0, 30)) + 0.4
    match draw(st.sampled_from(("none",) * 6 + ("cut", "stall", "table", "host", "deactivated"))):
        case "cut":
            h.fault("cut", "host-1>app", at_s, at_s + 1.0, links=["host-1>app"])
        case "stall":
            h.add(ev.Stalled, at_s, late_ns=600_000_000)
        case "table":
            h.table(at_s, 2, ["host-1", "host-2"])
        case "host":
            h.app("host-3", at_s)
        case "deactivated":
            h.deactivate("Chain/a", one, at_s)
        case _:
            pass
    h.close(80.0)
    return h


OPINION = Opinion(guarantee="reentrancy", histories=histories(), shown=actors, naive=broken)
