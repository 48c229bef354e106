"""Final states: read through the runtime when everything is healed and at rest."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.ports import Clock
from actorproof.harness.workload.client import Client

POLL_S = 0.1


async def read_state(client: Client, actor: str, *, hosts: Sequence[str], clock: Clock, deadline_ns: int) -> bool:
    """Read one actor's state, asking again until the deadline, or until every host refused for good.

    Whether it was read.
    """
    refusing: set[str] = set()
    attempt = 0
    while clock.now_ns() < deadline_ns and len(refusing) < len(hosts):
        via = hosts[attempt % len(hosts)]
        answer = await client.call(actor, "read", {}, via=via, timeout_s=10.0)
        if answer.outcome == "ok":
            return True
        if answer.refused:
            refusing.add(via)
        attempt += 1
        await clock.sleep(POLL_S)
    return False
