"""Planting: finds the bugs of `bugs/`, and makes a runtime with one of them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from actorproof.harness.errors import UsageError
from actorproof.harness.runtimes.simulated import bugs as catalogue
from actorproof.harness.runtimes.simulated.parts import Parts
from actorproof.harness.toml_place import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One planted bug.

    Attributes:
        name: its file's, with dashes.
        summary: what is wrong, in a line.
        substitute: the class that plays a part of the runtime wrongly.
        scenario: the one that shows it, for a bug that drawn plans hardly ever show; else empty.
    """

    name: str
    summary: str
    substitute: type[Any]
    scenario: str = ""


def bugs() -> Mapping[str, Bug]:
    """Every bug that there is, by name, in alphabetical order."""
    modules = pkgutil.walk_packages(catalogue.__path__, f"{catalogue.__name__}.")
    found = [_read(importlib.import_module(module.name)) for module in modules if not module.ispkg]
    return {bug.name: bug for bug in sorted(found, key=lambda bug: bug.name)}


def named(name: str) -> Bug:
    """A bug by its name; UsageError when there is none."""
    return _of(bugs(), name)


def planted(name: str | None) -> Parts:
    """The parts of a runtime with a bug, or of one without; UsageError when there is no bug of that name."""
    # Hypothesis draws from the constants of every module that is loaded. So all bugs are loaded each time, or one seed
    # would draw one plan in a process that has planted a bug before, and another plan in one that has not.
    known = bugs()
    if name is None:
        return Parts()
    return Parts(_of(known, name).substitute)


def _of(known: Mapping[str, Bug], name: str) -> Bug:
    if name not in known:
        raise UsageError(f"bug {name} is unknown{nearest(name, known)}")
    return known[name]


def _read(module: ModuleType) -> Bug:
    """The bug of a file. TypeError when the file has none, or one that overrides nothing."""
    here = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__]
    if len(here) != 1:
        raise TypeError(f"{module.__file__}: one class is wanted, which derives from a part; there are {len(here)}")
    (substitute,) = here
    part = substitute.__bases__[0]
    new = [step for step in vars(substitute) if not step.startswith("_") and not hasattr(part, step)]
    if new:
        raise TypeError(f"{module.__file__}: {', '.join(new)} overrides no step of {part.__name__}")
    if not substitute.__doc__:
        raise TypeError(f"{module.__file__}: say in the docstring of {substitute.__name__} what is wrong")
    return Bug(
        name=module.__name__.rpartition(".")[2].replace("_", "-"),
        summary=substitute.__doc__.strip().partition("\n")[0],
        substitute=substitute,
        scenario=getattr(module, "SCENARIO", ""),
    )
