"""Volume: the folder that a Ray cluster keeps things in, which can be made to behave as a bad disk does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.port import Condition, Written
from actorproof.harness.errors import ClusterError
from actorproof.harness.runtimes.ray_cluster.host.disk import SAID

NAME = "store"
WRITE_S = 20.0


class Folder:
    """Implements `actorproof.harness.cluster.port.Volumes`; see `host.disk` for what obeys it."""

    def __init__(self, storage: Path, drivers: Mapping[str, Address]) -> None:
        self._said = storage.with_name(storage.name + SAID)
        self._drivers = drivers

    def names(self) -> tuple[str, ...]:
        """See the port."""
        return (NAME,)

    async def spoil(self, volume: str, condition: Condition, *, delay_ms: int = 0) -> None:  # noqa: ARG002 - the one
        """See the port."""
        whole = self._said.with_suffix(".new")
        try:
            whole.write_text(json.dumps({"mode": condition, "delay_ms": delay_ms}), "utf-8")
            whole.replace(self._said)  # nobody reads half of it
        except OSError as error:
            raise ClusterError(f"{self._said} can't be written: {error.strerror}") from error

    async def restore(self, volume: str) -> None:  # noqa: ARG002 - there is one
        """See the port."""
        self._said.unlink(missing_ok=True)

    async def write(self, volume: str) -> Written:
        """See the port: the first driver that answers does it."""
        for address in self._drivers.values():
            answer = await ask.get(address, "/disk", timeout_s=WRITE_S)
            if answer is not None and answer[0] == ask.OK:
                return msgspec.json.decode(answer[1], type=Written)
        raise ClusterError(f"no driver answers that writes to the {volume}")
