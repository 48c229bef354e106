"""Every guarantee by its id: each module in this package, and in its folders, that holds a GUARANTEE."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import actorproof.properties.guarantees as package
from actorproof.properties.guarantees.guarantee import Guarantee


@cache
def guarantees() -> Mapping[str, Guarantee]:
    """All guarantees, by id, in alphabetical order. ValueError when two have the same id."""
    found: dict[str, Guarantee] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        guarantee = getattr(importlib.import_module(module.name), "GUARANTEE", None)
        if not isinstance(guarantee, Guarantee):
            continue
        if guarantee.id in found:
            raise ValueError(f"{module.name}: there is a guarantee {guarantee.id} already")
        found[guarantee.id] = guarantee
    return dict(sorted(found.items()))
