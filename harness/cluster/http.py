"""HttpTransport: carries a client's requests over HTTP to what stands before each host. It never retries.

tests/workload/test_transport.py holds that for every method.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping

import aiohttp
from yarl import URL

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.once import never_again
from actorproof.harness.ports import CutOffError, Headers, RefusedError, Reply
from actorproof.harness.request import FAILED_HEADER

LARGE = 1 << 20  # aiohttp warns of bytes from here on, which it would send in one go


class HttpTransport:
    """One connection pool for all clients of a run.

    `addresses` says where clients dial for each host; `limit` is the most connections that are open at once.
    """

    def __init__(self, addresses: Mapping[str, Address], *, limit: int = 512) -> None:
        self._bases = {host: f"http://{address}" for host, address in addresses.items()}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(never_again,),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # `request` has the only one
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),  # each costs every hop of the cluster
        )

    @property
    def addresses(self) -> Mapping[str, str]:
        """See `actorproof.harness.ports.Transport`."""
        return self._bases

    async def request(
        self, *, host: str, method: str, path: str, body: bytes, timeout_s: float, headers: Headers = ()
    ) -> Reply:
        """See `actorproof.harness.ports.Transport`."""
        # The path is encoded already; read again, it would lose a segment of dots.
        url = URL(self._bases[host] + path, encoded=True)
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.request(method, url, data=_data(body), headers=headers) as response,
            ):
                return Reply(
                    status=response.status,
                    body=await response.read(),
                    failed=FAILED_HEADER in response.headers,
                    headers=tuple(response.headers.items()),
                )
        except aiohttp.ClientConnectorError as error:
            # Raised only while connecting: not a byte of the request was sent.
            raise RefusedError(str(error.os_error.strerror or error)) from error
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise CutOffError(type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def _data(body: bytes) -> bytes | io.BytesIO:
    return body if len(body) < LARGE else io.BytesIO(body)
