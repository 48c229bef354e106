"""The contract of the Cluster port: every driver passes the same tests.

A driver's test module subclasses `ClusterContract` and says in `make` how a small cluster of it is made.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from actorproof.harness.cluster.port import Cluster, Toxic, UnitState, UnitStatus
from actorproof.harness.errors import ClusterError
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal

T = TypeVar("T")
DEADLINE_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A cluster that is not up yet, and the names in it.

    Attributes:
        server: an initial unit that echoes what it gets.
        stubborn: an initial unit that takes no notice of SIGTERM; its grace is short.
        spare: a unit that is not initial.
        broken: a unit, not initial, whose process exits with code 7 before it is ready.
        link: a link to `server`; None where nothing is proxied.
        journal: the harness's journal.
    """

    cluster: Cluster
    server: str
    stubborn: str
    spare: str
    broken: str
    link: str | None
    journal: Path

    def events(self, unit: str) -> list[ev.UnitStarted | ev.UnitReady | ev.UnitSignalled | ev.UnitExited]:
        """What the journal says of a unit, in order."""
        kinds = (ev.UnitStarted, ev.UnitReady, ev.UnitSignalled, ev.UnitExited)
        return [event for event in read_journal(self.journal) if isinstance(event, kinds) and event.unit == unit]

    def story(self, unit: str) -> list[str]:
        """The same, in words."""
        words = []
        for event in self.events(unit):
            match event:
                case ev.UnitStarted():
                    words.append(f"started {event.incarnation}")
                case ev.UnitReady():
                    words.append(f"ready {event.incarnation}")
                case ev.UnitSignalled():
                    words.append(f"{event.signal} {event.incarnation}")
                case ev.UnitExited():
                    asked = "expected" if event.expected else "unexpected"
                    words.append(f"exited {event.incarnation} code {event.code} {asked}")
        return words


@asynccontextmanager
async def brought_up(rig: Rig) -> AsyncIterator[Rig]:
    """The rig's cluster up, and down again at the end."""
    try:
        await rig.cluster.up()
        yield rig
    finally:
        await rig.cluster.down()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; TimeoutError after `DEADLINE_S`."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 the condition is about other processes
            await asyncio.sleep(0.01)


class Played(ABC):
    """Scenes on a cluster of a driver."""

    @abstractmethod
    def make(self, folder: Path) -> Rig:
        """Make a cluster that works below `folder`."""

    @pytest.fixture
    def rig(self, tmp_path: Path, runner: asyncio.Runner) -> Iterator[Rig]:
        """A cluster that is up. A driver with a time of its own has a `runner` of its own."""
        context = brought_up(self.make(tmp_path))
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


class ClusterContract(Played):
    """Every verb of the port, by its effect and by its events."""

    async def test_up_starts_the_initial_units_only(self, rig: Rig) -> None:
        state = rig.cluster.state(rig.server)
        assert (state.status, state.incarnation) == (UnitStatus.RUNNING, 1)
        assert rig.cluster.state(rig.spare) == UnitState(
            name=rig.spare, status=UnitStatus.ABSENT, incarnation=0, pid=None
        )
        assert {rig.server, rig.stubborn, rig.spare, rig.broken} <= set(rig.cluster.units())
        assert rig.story(rig.server)[:2] == ["started 1", "ready 1"]
        assert rig.story(rig.spare) == []

    async def test_kill_then_start_is_the_next_incarnation(self, rig: Rig) -> None:
        first = rig.cluster.state(rig.server).pid
        await rig.cluster.kill(rig.server)
        assert rig.cluster.state(rig.server).status is UnitStatus.EXITED
        assert rig.cluster.state(rig.server).pid is None
        await rig.cluster.start(rig.server)
        state = rig.cluster.state(rig.server)
        assert (state.status, state.incarnation) == (UnitStatus.RUNNING, 2)
        assert state.pid not in {None, first}
        assert rig.story(rig.server)[:6] == [
            "started 1",
            "ready 1",
            "SIGKILL 1",
            "exited 1 code -9 expected",
            "started 2",
            "ready 2",
        ]

    async def test_terminate(self, rig: Rig) -> None:
        await rig.cluster.terminate(rig.server)
        assert rig.story(rig.server)[2] == "SIGTERM 1"
        assert rig.story(rig.server)[3].startswith("exited 1")
        assert rig.story(rig.server)[3].endswith(" expected")

    async def test_terminate_kills_when_the_grace_has_run_out(self, rig: Rig) -> None:
        await rig.cluster.terminate(rig.stubborn)
        assert rig.story(rig.stubborn)[2:] == ["SIGTERM 1", "SIGKILL 1", "exited 1 code -9 expected"]

    async def test_pause_and_resume(self, rig: Rig) -> None:
        await rig.cluster.pause(rig.server)
        assert rig.cluster.state(rig.server).status is UnitStatus.PAUSED
        with pytest.raises(ClusterError, match="paused already"):
            await rig.cluster.pause(rig.server)
        await rig.cluster.resume(rig.server)
        assert rig.cluster.state(rig.server).status is UnitStatus.RUNNING
        with pytest.raises(ClusterError, match="not paused"):
            await rig.cluster.resume(rig.server)
        await rig.cluster.ready(rig.server)
        assert rig.story(rig.server)[1:4] == ["ready 1", "SIGSTOP 1", "SIGCONT 1"]

    async def test_kill_of_a_paused_unit(self, rig: Rig) -> None:
        await rig.cluster.pause(rig.server)
        await rig.cluster.kill(rig.server)
        await rig.cluster.start(rig.server)
        assert rig.cluster.state(rig.server).status is UnitStatus.RUNNING
        assert rig.story(rig.server)[2:5] == ["SIGSTOP 1", "SIGKILL 1", "exited 1 code -9 expected"]

    async def test_terminate_of_a_paused_unit(self, rig: Rig) -> None:
        await rig.cluster.pause(rig.stubborn)
        await rig.cluster.terminate(rig.stubborn)
        assert rig.cluster.state(rig.stubborn).status is UnitStatus.EXITED
        assert rig.story(rig.stubborn)[-1] == "exited 1 code -9 expected"

    async def test_a_spare_unit_can_be_added(self, rig: Rig) -> None:
        await rig.cluster.start(rig.spare, wait_ready=False)
        await rig.cluster.ready(rig.spare)
        await rig.cluster.ready(rig.spare)
        assert rig.story(rig.spare)[:2] == ["started 1", "ready 1"]
        assert rig.story(rig.spare).count("ready 1") == 1

    async def test_what_can_not_be_done_says_so(self, rig: Rig) -> None:
        with pytest.raises(ClusterError, match="runs already"):
            await rig.cluster.start(rig.server)
        for verb in (rig.cluster.kill, rig.cluster.terminate, rig.cluster.pause, rig.cluster.resume):
            with pytest.raises(ClusterError, match="does not run"):
                await verb(rig.spare)
        with pytest.raises(ClusterError, match="no unit nothing"):
            await rig.cluster.kill("nothing")
        with pytest.raises(ClusterError, match="no link nothing>at-all"):
            await rig.cluster.mend("nothing>at-all")

    async def test_a_unit_that_exits_before_it_is_ready(self, rig: Rig) -> None:
        with pytest.raises(ClusterError, match=f"{rig.broken} exited with code 7"):
            await rig.cluster.start(rig.broken)
        assert rig.cluster.state(rig.broken).status is UnitStatus.EXITED
        assert rig.story(rig.broken) == ["started 1", "exited 1 code 7 unexpected"]

    async def test_down_ends_everything_and_again_does_nothing(self, rig: Rig) -> None:
        await rig.cluster.pause(rig.server)
        await rig.cluster.down()
        await rig.cluster.down()
        assert rig.cluster.state(rig.server).status is UnitStatus.EXITED
        assert rig.cluster.state(rig.stubborn).status is UnitStatus.EXITED
        with pytest.raises(ClusterError, match="is down"):
            await rig.cluster.start(rig.server)
        assert rig.story(rig.server)[-1] == "exited 1 code -9 expected"
        assert rig.story(rig.stubborn)[-1].endswith(" expected")

    async def test_down_before_up(self, tmp_path: Path, runner: asyncio.Runner) -> None:
        rig = self.make(tmp_path)
        await rig.cluster.down()
        assert rig.story(rig.server) == []


class LinkedClusterContract(ClusterContract):
    """The same, and every verb on links; the rig has one."""

    def linked(self, rig: Rig) -> str:
        assert rig.link is not None
        return rig.link

    async def test_link_follows_its_server(self, rig: Rig) -> None:
        link = self.linked(rig)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"
        await rig.cluster.kill(rig.server)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.start(rig.server)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"

    async def test_cut_link_stays_cut_until_mended(self, rig: Rig) -> None:
        link = self.linked(rig)
        await rig.cluster.cut(link)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.kill(rig.server)
        await rig.cluster.start(rig.server)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.mend(link)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"
        await rig.cluster.cut(link)
        await rig.cluster.kill(rig.server)
        await rig.cluster.mend(link)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "refused"
        await rig.cluster.start(rig.server)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"

    async def test_toxics_come_and_go(self, rig: Rig) -> None:
        link = self.linked(rig)
        reset = Toxic(name="reset", kind="reset_peer", stream="upstream", attributes=(("timeout", 0),))
        slow = Toxic(name="slow", kind="latency", stream="downstream", attributes=(("latency", 50), ("jitter", 5)))
        await rig.cluster.add_toxic(link, reset)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "reset"
        with pytest.raises(ClusterError, match="can't add reset to"):
            await rig.cluster.add_toxic(link, reset)
        await rig.cluster.remove_toxic(link, "reset")
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"
        with pytest.raises(ClusterError, match="can't remove reset from"):
            await rig.cluster.remove_toxic(link, "reset")
        await rig.cluster.add_toxic(link, slow)
        await rig.cluster.add_toxic(link, reset)
        await rig.cluster.mend(link)
        assert (await rig.cluster.exchange(link, timeout_s=1.0)).ending == "answered"
        with pytest.raises(ClusterError, match="can't remove slow from"):
            await rig.cluster.remove_toxic(link, "slow")
