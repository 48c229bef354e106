"""Checkers: what is decided of a history without a search; one file each, known by the name that its class has."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from actorproof.properties.linearizability.checker import Checker


def _named() -> dict[str, type[Checker]]:
    found: dict[str, type[Checker]] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        for each in vars(importlib.import_module(f"{__name__}.{module}")).values():
            if isinstance(each, type) and issubclass(each, Checker) and vars(each).get("name"):
                found[each.name] = each
    return found


CHECKERS: Mapping[str, type[Checker]] = _named()
"""Every checker by its name."""
