"""Parts of histories: chains of calls."""

from __future__ import annotations

from typing import Any

from tests.properties.builder import History

A, B, LONE = "Chain/a", "Chain/b", "Lone/a"
PATIENCE_S = 8.0
TOO_DEEP: dict[str, Any] = {"outcome": "info", "status": 500, "reason": "status-500 too deep"}


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
