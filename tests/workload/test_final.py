"""A final state is asked for until it is read, the time is up, or every host refuses for good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.session.final import read_state
from actorproof.harness.workload.client import Answer, Client


@dataclass
class Clock:
    t_ns: int = 0

    def now_ns(self) -> int:
        return self.t_ns

    def wall_ns(self) -> int:
        return self.t_ns

    async def sleep(self, seconds: float) -> None:
        self.t_ns += int(seconds * 1e9)


@dataclass
class Answering:
    statuses: list[int]
    asked: list[str] = field(default_factory=list)

    async def call(self, *_: object, via: str, **__: object) -> Answer:
        status = self.statuses[min(len(self.asked), len(self.statuses) - 1)]
        self.asked.append(via)
        outcome: ev.Outcome = "ok" if status == 200 else "info"
        refused = status in {400, 404}
        return Answer(outcome=outcome, status=status, turn=None, result="", reason="", refused=refused)


@pytest.mark.parametrize(
    ("statuses", "read", "asked"),
    [([200], True, 1), ([500, 500, 200], True, 3), ([400], False, 2), ([404, 500, 200], True, 3), ([429], False, 10)],
)
def test_a_refusal_for_good_is_not_repeated(statuses: list[int], *, read: bool, asked: int) -> None:
    client = Answering(statuses)
    done = read_state(cast("Client", client), "Ledger/x", hosts=("a", "b"), clock=Clock(), deadline_ns=10**9)
    assert (asyncio.run(done), len(client.asked)) == (read, asked)
