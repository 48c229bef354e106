"""One connection to Redis by redis-py, which does nothing of its own: no handshake, no retry, no health check."""

from __future__ import annotations

from redis.asyncio import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ResponseError

from actorproof.harness.cluster.blueprint import Address

PONG = "PONG"


class RedisClient:
    """One connection, without time-outs of its own. Its verbs raise RedisError or OSError when the connection fails."""

    def __init__(self, address: Address) -> None:
        self._connection = Connection(
            host=address.ip,
            port=address.port,
            protocol=2,  # 3 would begin with HELLO
            driver_info=None,  # or it would begin with CLIENT SETINFO
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=None,
        )

    async def connect(self) -> None:
        """Open the connection, if it isn't open. Nothing is sent."""
        await self._connection.connect()  # type: ignore[no-untyped-call]  # the library has no types there

    async def ping(self) -> str:
        """What the store answers to PING: `PONG`, or why it refuses."""
        await self._connection.send_command("PING", check_health=False)
        try:
            answer = await self._connection.read_response()
        except (BusyLoadingError, ResponseError) as refusal:
            return str(refusal)
        return answer.decode(errors="replace") if isinstance(answer, bytes) else repr(answer)

    async def close(self) -> None:
        """Close the connection, without waiting for the other side."""
        await self._connection.disconnect(nowait=True)
