"""What holds of every answer of an order: `actorproof test` asks these functions."""

from __future__ import annotations

from typing import Any

STATUSES = {"none", "new", "paid", "cancelled"}


def known(order: dict[str, Any]) -> bool:
    """An order has a status that there is, and an item unless nobody made it."""
    return order["status"] in STATUSES and ("item" in order) is (order["status"] != "none")
