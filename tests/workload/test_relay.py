"""Scenarios of one run: the next begins while the one before only waits, and nothing is lost when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from actorproof.harness.errors import ClusterError
from actorproof.harness.progress import Progress
from actorproof.harness.run.relay import AT_REST, Leg, relay
from tests.progress import Told


class Course:
    """Legs that say when they begin, and end when they are told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.may_end: dict[str, asyncio.Event] = {}

    def leg(self, name: str, *, works_s: float = 0.0) -> Leg:
        async def conduct(told: Progress, at_rest: Callable[[], None]) -> None:
            self.begun.append(name)
            self.may_end[name] = asyncio.Event()
            told.phase(f"{name} works")
            try:
                await asyncio.sleep(works_s)
                at_rest()
                await self.may_end[name].wait()
                told.phase(f"{name} ends")
            finally:
                self.ended.append(name)

        return Leg(name=name, conduct=conduct)


def failing(name: str) -> Leg:
    async def conduct(_told: Progress, _at_rest: Callable[[], None]) -> None:
        await asyncio.sleep(0)
        raise ClusterError(f"{name} does not come up")

    return Leg(name=name, conduct=conduct)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_the_next_scenario_begins_when_the_one_before_only_waits() -> None:
    course, told = Course(), Told()

    under_way = asyncio.create_task(relay([course.leg("first"), course.leg("second")], progress=told))
    await until(lambda: course.begun == ["first", "second"])
    assert course.ended == []
    course.may_end["second"].set()
    await until(lambda: told.lines[-1].startswith("waiting"))
    assert course.ended == ["second"]
    course.may_end["first"].set()
    await under_way
    assert course.ended == ["second", "first"]
    assert told.lines == ["first works", "second works", "second ends", "waiting for what is still due in first"]


async def test_a_scenario_that_never_waits_is_followed_when_it_has_ended() -> None:
    begun: list[str] = []

    async def conduct(name: str) -> None:
        begun.append(f"{name} begins")
        await asyncio.sleep(0)
        begun.append(f"{name} ends")

    def leg(name: str) -> Leg:
        return Leg(name=name, conduct=lambda _told, _rest: conduct(name))

    await relay([leg("first"), leg("second")], progress=Told())
    assert begun == ["first begins", "first ends", "second begins", "second ends"]


async def test_only_so_many_wait_at_once() -> None:
    course = Course()
    names = [f"leg-{number}" for number in range(AT_REST + 2)]

    under_way = asyncio.create_task(relay([course.leg(name) for name in names], progress=Told()))
    await until(lambda: len(course.begun) == AT_REST + 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert course.begun == names[:-1]
    course.may_end[names[1]].set()
    await until(lambda: course.begun == names)
    for name in names:
        course.may_end[name].set()
    await under_way


async def test_a_failure_ends_those_that_wait_and_is_told_as_it_is() -> None:
    course = Course()
    with pytest.raises(ClusterError, match="second does not come up"):
        await relay([course.leg("first"), failing("second"), course.leg("third")], progress=Told())
    assert course.begun == course.ended == ["first"]


async def test_an_interruption_ends_all_that_are_under_way() -> None:
    course = Course()

    under_way = asyncio.create_task(relay([course.leg("first"), course.leg("second")], progress=Told()))
    await until(lambda: len(course.begun) == len(course.may_end) == 2)
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert sorted(course.ended) == ["first", "second"]
