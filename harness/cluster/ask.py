"""Asking a unit one question over a fresh connection. A unit that doesn't answer is no error here, it is an answer."""

from __future__ import annotations

import asyncio

import aiohttp

from actorproof.harness.cluster.blueprint import Address, Probe
from actorproof.harness.cluster.once import never_again
from actorproof.harness.ports import CutOffError

OK = 200


async def get(address: Address, path: str, *, timeout_s: float = 1.0) -> tuple[int, bytes] | None:
    """Status and body of one HTTP GET, asked once; None when there is no whole answer within `timeout_s`."""
    try:
        async with (
            asyncio.timeout(timeout_s),
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(never_again,),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the one above is the only one
            ) as session,
            session.get(f"http://{address}{path}", allow_redirects=False) as response,
        ):
            return response.status, await response.read()
    except (aiohttp.ClientError, CutOffError, OSError, TimeoutError, ValueError):
        return None


async def accepts(address: Address) -> bool:
    """Whether anybody listens there."""
    try:
        _, writer = await asyncio.open_connection(address.ip, address.port)
    except OSError:
        return False
    writer.transport.abort()
    return True


def answers(address: Address, path: str) -> Probe:
    """Whether a unit is ready: once it answers 200 to a GET."""

    async def ready() -> str | None:
        answer = await get(address, path)
        return None if answer is not None and answer[0] == OK else f"{address}{path} says {answer and answer[0]}"

    return ready
