"""The Runtime port: what a virtual-actor runtime is to the rest of the harness.

A runtime is one folder beside this file, whose module ``runtime`` has it as RUNTIME. Drivers, sessions and commands
get it by its name and know no other part of it.
"""

from __future__ import annotations

from typing import Protocol

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.provision.identity import Question


class Runtime(Protocol):
    """One virtual-actor runtime.

    Attributes:
        name: as in run.json and, with a version, in the name of a list of deviations.
        title: as people write it.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def questions(self) -> tuple[Question, ...]:
        """How its programs are asked who they are."""

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:
        """Its own programs and where they come from. UsageError for a request that can't be."""

    def traits(self, version: str) -> tuple[str, ...]:
        """What a version has and does, by name, sorted. TopologyError when the text is no version."""

    def untried(self, version: str) -> str | None:
        """One line about a version that nobody ran Actorproof with; None for the others."""

    def fit(self, topology: Topology, *, fixed: frozenset[str] = frozenset()) -> Topology:
        """The topology with what its version has; the fields that `fixed` names stay as they are.

        TopologyError when it can't be run so.
        """
