"""What is known of orders: `actorproof test` asks these functions."""

from __future__ import annotations

from typing import Any

STATUSES = {"none", "new", "paid", "cancelled"}


def known(order: dict[str, Any]) -> bool:
    """An order has a status that there is, and an item unless nobody made it."""
    return order["status"] in STATUSES and ("item" in order) is (order["status"] != "none")


def order(state: dict[str, Any] | None, method: str, argument: Any) -> tuple[Any, Any] | None:
    """What an order answers, and what it is like afterwards. It is None at first, and `...` stands for any answer."""
    order = state or {"status": "none"}
    match method:
        case "create":
            order = {"status": "new", "item": argument["item"]}
        case "pay" if order["status"] == "new":
            order = {**order, "status": "paid"}
        case "payment-timeout":
            return ..., {**order, "status": "cancelled"} if order["status"] == "new" else order
    return order, order
