"""Virtual time, and processes that stand still or are gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from actorproof.harness.errors import ClusterError
from actorproof.harness.simulation.clock import READING_NS, SimClock
from actorproof.harness.simulation.loop import START_NS, StandstillError, VirtualLoop, virtual_loop
from actorproof.harness.simulation.process import Process

T = TypeVar("T")


def play(work: Coroutine[Any, Any, T]) -> T:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def test_time_jumps_to_the_next_timer() -> None:
    async def work() -> list[tuple[str, int]]:
        seen: list[tuple[str, int]] = []

        async def sleeper(name: str, delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            seen.append((name, virtual_loop().now_ns - START_NS))

        await asyncio.gather(sleeper("b", 3600.0), sleeper("a", 1.5), sleeper("c", 3600.0))
        return seen

    began = time.monotonic()
    assert play(work()) == [("a", 1_500_000_000), ("b", 3_600_000_000_000), ("c", 3_600_000_000_000)]
    assert time.monotonic() - began < 60


def test_timeouts_end_when_they_should() -> None:
    async def work() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await asyncio.Event().wait()
        async with asyncio.timeout(2.0):
            await asyncio.sleep(1.0)
        return virtual_loop().now_ns - START_NS

    assert play(work()) == 3_000_000_000


def test_a_standstill_is_told() -> None:
    loop = VirtualLoop()
    stuck = asyncio.Event().wait()
    with pytest.raises(StandstillError, match="stands still"):
        loop.run_until_complete(stuck)
    loop.close()


def test_each_reading_of_the_clock_is_later() -> None:
    async def work() -> list[int]:
        clock = SimClock()
        return [clock.now_ns() - START_NS for _ in range(3)]

    assert play(work()) == [READING_NS, 2 * READING_NS, 3 * READING_NS]


def test_a_clock_of_another_loop_says_so() -> None:
    async def work() -> None:
        SimClock().now_ns()

    with pytest.raises(ClusterError, match="virtual time only"):
        asyncio.run(work())


def fail(error: BaseException) -> None:
    raise error


class Scene:
    """A process that counts seconds."""

    def __init__(self) -> None:
        self.process = Process("p", pid=1, loop=virtual_loop(), failed=fail)
        self.seen: list[float] = []
        self.process.spawn(self.count())

    async def count(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.seen.append((virtual_loop().now_ns - START_NS) / 1e9)


def test_a_paused_process_stands_still_and_goes_on() -> None:
    async def work() -> list[float]:
        scene = Scene()
        await asyncio.sleep(2.5)
        scene.process.paused = True
        await asyncio.sleep(10.0)
        scene.process.resume()
        await asyncio.sleep(1.6)
        return scene.seen

    # What was due while it stood still runs when it goes on.
    assert play(work()) == [1.0, 2.0, 12.5, 13.5]


def test_a_dead_process_does_nothing_more() -> None:
    async def work() -> list[float]:
        scene = Scene()
        await asyncio.sleep(1.5)
        scene.process.spawn(scene.count())  # it has not begun when the process dies
        scene.process.end(-9)
        await asyncio.sleep(10.0)
        assert await scene.process.exited == -9
        return scene.seen

    assert play(work()) == [1.0]
