"""Candidate: one program that a cluster needs, where it may come from, and what it has to say of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.facts import Facts
from actorproof.harness.provision.identity import Identity, Interview
from actorproof.harness.provision.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What programs are looked for, asked and made with; `progress` gets one line for each thing that takes time."""

    cache: Cache
    facts: Facts
    interview: Interview
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which programs of a runtime are wanted.

    Attributes:
        version: the runtime's.
        skew: ``NAME=VERSION`` for each program that is meant to be of another version.
        folder: where the user has them; None where they are to be found or made.
    """

    version: str
    skew: tuple[str, ...] = ()
    folder: Path | None = None


class Source(Protocol):
    """A place that a program can come from."""

    def look(self) -> Program | None:
        """The program when it is there already, its version left open; ProvisionError for a name that is none."""


@runtime_checkable
class Another(Source, Protocol):
    """A source that may have another version; `instead` is that."""

    @property
    def instead(self) -> str | None: ...


@runtime_checkable
class Maker(Source, Protocol):
    """A source that can make the program; `able` is whether it can make this one."""

    @property
    def able(self) -> bool: ...

    def make(self) -> Program:
        """Make it; ProvisionError says in one line why not and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a program has to say of itself to be taken.

    Attributes:
        name: which program.
        says: the version that it has to say; empty for any.
        version: what it is run as; empty for what it says.
        oldest: the oldest that will do; empty for any.
        other: what to do where it says another version; ``{said}`` is that.
    """

    name: str
    says: str = ""
    version: str = ""
    oldest: tuple[int, ...] = ()
    other: str = ""
    interview: Interview

    def fits(self, path: Path) -> bool:
        """Whether a program says that it is the one; one that says nothing in time is not."""
        try:
            return self._objection(self.interview.ask(path)) is None
        except ProvisionError:
            return False

    def said(self, path: Path) -> str | None:
        """The version that a program says it is; None when it is another program, or says nothing in time."""
        try:
            identity = self.interview.ask(path)
        except ProvisionError:
            return None
        return identity.version if identity is not None and identity.name == self.name else None

    def proved(self, program: Program) -> Program:
        """The program with what it says of itself. ProvisionError, one line, when it is another one or says nothing."""
        identity = self.interview.ask(program.path)
        objection = self._objection(identity)
        if identity is None or objection is not None:
            raise ProvisionError(f"{program.path} ({program.origin}) {objection}")
        return replace(program, version=self.version or identity.version, said=str(identity))

    def _objection(self, identity: Identity | None) -> str | None:
        if identity is None:
            return f"does not answer as {self.name} does: name a {self.name} in its place"
        if identity.name != self.name:
            return f"says that it is {identity}: name a {self.name} in its place"
        if self.says and identity.version != self.says:
            return (
                f"says that it is {identity}, and {self.says} was asked for: {self.other.format(said=identity.version)}"
            )
        numbers = tuple(int(part) for part in re.findall(r"\d+", identity.version))
        if numbers < self.oldest:
            return (
                f"says that it is {identity}: name one that is {'.'.join(map(str, self.oldest))} or newer in its place"
            )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One program, and the places that it may come from, in the order in which they are asked.

    `nobody` says what to do where none of them has it or can make it.
    """

    wanted: Wanted
    sources: tuple[Source, ...]
    nobody: str

    @property
    def name(self) -> str:
        return self.wanted.name

    def find(self) -> Program | None:
        """The program when it is there already. ProvisionError when the first that is there is not what is wanted."""
        found = next((program for source in self.sources if (program := source.look()) is not None), None)
        return None if found is None else self.wanted.proved(found)

    @property
    def makeable(self) -> bool:
        """Whether any of its sources can make it."""
        return self._maker is not None

    @property
    def instead(self) -> str | None:
        """Another version that is on this machine, for whoever does not want to wait for a build."""
        others = (source.instead for source in self.sources if isinstance(source, Another))
        return next((version for version in others if version is not None), None)

    def make(self) -> Program:
        """Make it. ProvisionError says in one line why not and what to do."""
        if self._maker is None:
            raise ProvisionError(self.nobody)
        return self.wanted.proved(self._maker.make())

    @property
    def _maker(self) -> Maker | None:
        return next((source for source in self.sources if isinstance(source, Maker) and source.able), None)
