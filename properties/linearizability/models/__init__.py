"""Models: one file each, known by the name that its class has; whoever adds one edits no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from actorproof.properties.linearizability.model import Model


def _named() -> dict[str, type[Model]]:
    found: dict[str, type[Model]] = {}
    for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
        for each in vars(importlib.import_module(f"{__name__}.{module}")).values():
            if isinstance(each, type) and issubclass(each, Model) and vars(each).get("name"):
                found[each.name] = each
    return found


MODELS: Mapping[str, type[Model]] = _named()
"""Every model by its name."""
