"""HttpTransport: carries a client's requests to the sidecars' HTTP API. It never retries.

aiohttp repeats PUT and DELETE by itself when a kept-alive connection turns out to be dead, so these get a fresh
connection each; POST and GET with a body are not repeated (tests/workload/test_transport.py holds both).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.ports import CutOffError, RefusedError, Reply

_FRESH = frozenset({"PUT", "DELETE", "GET"})


class HttpTransport:
    """One connection pool for all clients of a run.

    `addresses` says where clients dial for each host; `limit` is the most connections that are open at once.
    """

    def __init__(self, addresses: Mapping[str, Address], *, limit: int = 512) -> None:
        self._bases = {host: f"http://{address}" for host, address in addresses.items()}
        self._kept = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._fresh = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit, force_close=True), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def request(self, *, host: str, method: str, path: str, body: bytes, timeout_s: float) -> Reply:
        """See `actorproof.harness.ports.Transport`."""
        session = self._fresh if method in _FRESH else self._kept
        try:
            async with (
                asyncio.timeout(timeout_s),
                session.request(method, self._bases[host] + path, data=body) as response,
            ):
                return Reply(status=response.status, body=await response.read())
        except aiohttp.ClientConnectorError as error:
            # Raised only while connecting: not a byte of the request was sent.
            raise RefusedError(str(error.os_error.strerror or error)) from error
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise CutOffError(type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._kept.close()
        await self._fresh.close()
