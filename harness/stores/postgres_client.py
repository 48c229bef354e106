"""One connection to PostgreSQL, opened by its first query: one statement at a time, answered whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.stores.account import DATABASE, USER

if TYPE_CHECKING:
    # Loaded with the first query alone: few runs keep their state in PostgreSQL.
    import asyncpg

Value = str | int | bytes | None
Row = tuple[Value, ...]


class PostgresError(Exception):
    """The server refused a statement; `sqlstate` is its code of five characters, None when it gave none."""

    def __init__(self, message: str, *, sqlstate: str | None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class Connection:
    """One connection; use it as an async context manager, or `close` it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._open: asyncpg.Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def query(self, text: str, *arguments: Value, timeout_s: float) -> list[Row]:
        """The rows of one statement; `arguments` stand in it as $1, $2 and so on.

        PostgresError when the server refuses, OSError when the connection breaks,
        TimeoutError. After the last two, and when it is cancelled, the connection is closed, so that no late answer is
        taken for the next one's; the next query opens another.
        """
        import asyncpg  # noqa: PLC0415 - as above

        answered = False
        try:
            async with asyncio.timeout(timeout_s):
                connection = self._open or await self._connect()
                rows: Sequence[asyncpg.Record] = await connection.fetch(text, *arguments)
            answered = True
            return [tuple(row) for row in rows]
        except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            # The second one when the server's farewell comes just as the next statement is sent.
            raise ConnectionResetError(str(error)) from error
        except asyncpg.PostgresError as error:
            answered = self._open is not None and not self._open.is_closed()
            raise PostgresError(str(error), sqlstate=error.sqlstate) from error
        finally:
            if not answered:
                self.close()

    def close(self) -> None:
        """Close the connection, without waiting for anybody."""
        if self._open is not None:
            self._open.terminate()
            self._open = None

    async def _connect(self) -> asyncpg.Connection:
        import asyncpg  # noqa: PLC0415 - as above

        # Statements are not kept: tables may be made anew between two of them.
        self._open = await asyncpg.connect(
            host=self._address.ip,
            port=self._address.port,
            user=USER,
            database=DATABASE,
            ssl=False,
            statement_cache_size=0,
        )
        return self._open
