"""What several tests of the load have: a journal, and transports that answer as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.ports import Headers, Reply

Written = Callable[[], list[ev.AnyEvent]]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as opened:
        yield opened


@pytest.fixture
def written(journal: Journal) -> Written:
    """What stands in the journal by now, after its first event."""
    return lambda: read_journal(journal.path)[1:]


class Carrying:
    """A transport that keeps what it carries, and gives one answer or fails."""

    def __init__(self, answer: Reply | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bytes, Headers]] = []
        self.addresses: Mapping[str, str] = {}

    async def request(
        self, *, host: str, method: str, path: str, body: bytes, timeout_s: float, headers: Headers = ()
    ) -> Reply:
        assert host
        assert timeout_s > 0
        self.asked.append((method, path, body, headers))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        return
