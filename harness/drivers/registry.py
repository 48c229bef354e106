"""Registry: drivers by name. A folder with a module ``making`` is one; no list has to know it.

Such a module has one function::

    def make(options: Options, *, progress: Progress, application: Application | None) -> Driver

which finds what the driver needs on this machine. ProvisionError when a program or image is missing and can't be made,
EngineError when what it builds on does not answer, UsageError for options that it can't follow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

import actorproof.harness.drivers as package
from actorproof.harness.errors import UsageError
from actorproof.harness.named_folders import NamedFolders
from actorproof.harness.toml_place import nearest

if TYPE_CHECKING:  # whoever asks for a name only loads no driver
    from actorproof.harness.application.application import Application
    from actorproof.harness.drivers.port import Driver
    from actorproof.harness.progress import Progress
    from actorproof.harness.session.scenario import Options

# Docker where it can, else process.
AUTO = "auto"
FOLDERS = NamedFolders(package, "making")


class Make(Protocol):
    """How a driver is made."""

    def __call__(self, options: Options, *, progress: Progress, application: Application | None) -> Driver:
        """The driver, ready to bring clusters to life."""


@cache
def names() -> tuple[str, ...]:
    """Every driver's name."""
    return FOLDERS.names()


def check(name: str) -> None:
    """UsageError when no driver has that name, and it is not `auto` either."""
    choices = (AUTO, *names())
    if name not in choices:
        raise UsageError(f"driver {name} is unknown{nearest(name, choices)}")


def maker(name: str) -> Make:
    """How the driver of that name is made."""
    return cast("Make", FOLDERS.load(name).make)
