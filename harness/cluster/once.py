"""Sending an HTTP request once.

aiohttp repeats an idempotent request (GET, PUT, DELETE) by itself when its connection drops, a fresh connection
included (measured with 3.14.5). A middleware turns the drop into an error of our own, which aiohttp lets through.
"""

from __future__ import annotations

import aiohttp

from actorproof.harness.ports import CutOffError


async def never_again(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send once: a dropped connection is a CutOffError at once. A connection that was never made is passed on."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise CutOffError(type(error).__name__) from error
