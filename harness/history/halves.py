"""Halves: the two units of a host, whatever a runtime calls them.

One of them runs turns, and one stands before it. They are called ``app`` and ``sidecar`` here, as Dapr's are; a runtime
whose units are other things names them so, and the history says that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Half = Literal["app", "sidecar", ""]

HALVES: Mapping[str, Half] = {"app": "app", "node": "app", "sidecar": "sidecar", "driver": "sidecar"}


def half(unit: str) -> Half:
    """Which half of a host a unit is: ``app`` runs turns, ``sidecar`` stands before it. Empty for a unit of no host."""
    host, slash, name = unit.partition("/")
    return HALVES.get(name, "") if host and slash else ""
