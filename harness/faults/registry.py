"""Every kind of fault by its verb: each module below `kinds` that holds a KIND."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import actorproof.harness.faults.kinds as package
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.kind import FaultKind
from actorproof.harness.toml_place import nearest


@cache
def kinds() -> Mapping[str, FaultKind]:
    """All kinds, by verb, in their order. ValueError when two have the same verb."""
    found: dict[str, FaultKind] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        kind = getattr(importlib.import_module(module.name), "KIND", None)
        if not isinstance(kind, FaultKind):
            continue
        if kind.verb in found:
            raise ValueError(f"{module.name}: there is a fault kind {kind.verb} already")
        found[kind.verb] = kind
    return {kind.verb: kind for kind in sorted(found.values(), key=lambda kind: (kind.order, kind.verb))}


def kind(verb: str) -> FaultKind:
    """The kind of that verb; UsageError, naming the nearest, when there is none."""
    try:
        return kinds()[verb]
    except KeyError:
        raise UsageError(
            f"fault {verb} is unknown{nearest(verb, kinds(), listed_by='actorproof list --faults')}"
        ) from None
