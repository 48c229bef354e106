"""Registry: runtimes by name. A folder with a module ``runtime`` is one; no list has to know it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import actorproof.harness.runtimes as package
from actorproof.harness.errors import UsageError
from actorproof.harness.named_folders import NamedFolders

if TYPE_CHECKING:  # whoever asks for a name only loads no part of a runtime
    from actorproof.harness.runtimes.port import Deployable, Runtime, Simulable

# What is run where nobody says otherwise.
DEFAULT = "dapr"
# What the driver of that name runs.
SIMULATED = "simulated"
FOLDERS = NamedFolders(package, "runtime")


@cache
def names() -> tuple[str, ...]:
    """Every runtime's name."""
    return FOLDERS.names()


@cache
def runtime(name: str) -> Runtime:
    """The runtime of that name. UsageError when there is none."""
    if name not in names():
        raise UsageError(f"runtime {name} is unknown: choose one of {', '.join(names())}")
    return cast("Runtime", FOLDERS.load(name).RUNTIME)


def protocol(name: str) -> str:
    """The runtime whose protocol that one follows; the name itself where Actorproof does not know it."""
    return runtime(name).protocol if name in names() else name


def title(name: str) -> str:
    """A runtime's name as people write it; the name itself where Actorproof does not know it."""
    return runtime(name).title if name in names() else name


def deployable(name: str) -> Deployable:
    """The runtime of that name, whose units are programs. UsageError when there is none."""
    from actorproof.harness.runtimes.port import Deployable  # noqa: PLC0415 - see above

    found = runtime(name)
    if not isinstance(found, Deployable):
        raise UsageError(f"runtime {name} has no programs: choose another driver")
    return found


def simulable(name: str) -> Simulable:
    """The runtime of that name, whose units are simulated. UsageError when there is none."""
    from actorproof.harness.runtimes.port import Simulable  # noqa: PLC0415 - see above

    found = runtime(name)
    if not isinstance(found, Simulable):
        raise UsageError(f"runtime {name} is not simulated: choose another driver")
    return found
