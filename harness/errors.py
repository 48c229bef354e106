"""The exceptions of Actorproof, and the exit code of each.

    ActorproofError                  exit 3
    ├── UsageError                   exit 64   the request can't be (unknown scenario, 0 hosts, ...)
    │   └── TopologyError            exit 64   a topology that can't be
    ├── ProvisionError               exit 3    a program is missing and can't be made
    ├── ClusterError                 exit 3    a cluster did not come up or can't be driven
    │   ├── PortTakenError           exit 3    somebody else listens where a unit should
    │   └── EngineError              exit 3    no container engine that can be used, or it refuses
    ├── ApplicationError             exit 3    a user's application can't be run, or hosts no actors
    ├── FaultError                   exit 3    a fault could not be injected, proved or healed
    ├── JournalError                 exit 3    the history can't be written (disk full, ...)
    └── HistoryError                 exit 3    a history or run folder can't be read (truncated, foreign, ...)

Every message is one line that names the thing and says what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class ActorproofError(Exception):
    """Anything that Actorproof itself raises on purpose."""

    exit_code: ClassVar[int] = 3


class UsageError(ActorproofError):
    """The request itself is wrong; nothing was started."""

    exit_code: ClassVar[int] = 64


class TopologyError(UsageError):
    """A topology that can't be."""


class ProvisionError(ActorproofError):
    """A program is missing and can't be found or made."""


class ClusterError(ActorproofError):
    """A cluster did not come up, or one of its units can't be driven."""


class PortTakenError(ClusterError):
    """Another process listens on an address that a unit needs."""


class EngineError(ClusterError):
    """There is no container engine that can be used, or it refuses."""


class ApplicationError(ActorproofError):
    """An application of a user can't be run, or does not do what hosts of actors do."""


class FaultError(ActorproofError):
    """A fault could not be injected, proved or healed."""


class JournalError(ActorproofError):
    """An event could not be written; the run stops, what was written stays."""


class HistoryError(ActorproofError):
    """A history file or run folder can't be read as one."""
