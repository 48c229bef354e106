"""The simulated runtime, as the Runtime port wants it: Dapr's protocol in memory, with its versions' traits."""

from __future__ import annotations

from actorproof.harness.provision.candidate import Candidate, Request, Tools
from actorproof.harness.runtimes.dapr.runtime import Dapr
from actorproof.harness.runtimes.port import Runtime


class Simulated(Dapr):
    """Implements `actorproof.harness.runtimes.port.Runtime`."""

    name = "simulated"
    title = "the simulated runtime"

    def programs(self, request: Request, tools: Tools) -> tuple[Candidate, ...]:  # noqa: ARG002 it needs none
        """See the port: it is no program."""
        return ()

    def untried(self, version: str) -> str | None:  # noqa: ARG002 it plays the part of any version
        """See the port: every version is simulated alike."""
        return None


RUNTIME: Runtime = Simulated()
