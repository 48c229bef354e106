"""Redis as the actors' state store: every write in the append-only file, and on the disk, before it is acknowledged."""

from __future__ import annotations

import asyncio
import ipaddress
from pathlib import Path

from redis.exceptions import RedisError

from actorproof.harness.cluster.blueprint import Address, UnitSpec
from actorproof.harness.stores.redisclient import PONG, RedisClient

NAME = "store"
_PING_TIMEOUT_S = 1.0


def unit(*, program: Path, cwd: Path, listen: Address) -> UnitSpec:
    """Redis 6.2 or 7 at `listen`, its data in `cwd`."""

    async def ready() -> str | None:
        why = await _why_no_pong(listen)
        return None if why is None else f"PING at {listen}: {why}"

    return UnitSpec(
        name=NAME,
        role="store",
        argv=argv(program=program, cwd=cwd, listen=listen),
        cwd=cwd,
        listens=(listen,),
        ready=ready,
    )


async def _why_no_pong(listen: Address) -> str | None:
    """None when a fresh connection gets PONG, else what came instead."""
    fresh = RedisClient(listen)
    try:
        async with asyncio.timeout(_PING_TIMEOUT_S):
            await fresh.connect()
            answer = await fresh.ping()
    except (RedisError, OSError, TimeoutError):
        return "no answer"
    finally:
        await fresh.close()
    return None if answer == PONG else answer  # a store that is still reading its log says LOADING


def argv(*, program: Path, cwd: Path, listen: Address) -> tuple[str, ...]:
    """Command line. The log is never rewritten, since it is followed and replayed from its first byte."""
    settings = {
        "bind": listen.ip,
        "port": str(listen.port),
        # It refuses whoever is not on this machine, and is of no use where the store has an address of its own.
        "protected-mode": "yes" if ipaddress.ip_address(listen.ip).is_loopback else "no",
        "daemonize": "no",
        "dir": str(cwd),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",
        "aof-load-truncated": "yes",
        "auto-aof-rewrite-percentage": "0",
    }
    return (str(program), *(word for key, value in settings.items() for word in (f"--{key}", value)))
