"""One exchange of bytes with whatever listens at an address, measured: it shows what a fault does to a link.

The question depends on what listens behind the link: HTTP, gRPC (an HTTP/2 preface with settings, which the server
has to acknowledge), Redis or PostgreSQL. Each is about 2 KB, so that limits and slices show; each makes the server
answer.
"""

from __future__ import annotations

import asyncio
import struct
import time

from actorproof.harness.cluster.blueprint import Address, Protocol
from actorproof.harness.cluster.port import Ending, Exchange
from actorproof.harness.stores.account import DATABASE, USER

_PADDING = 2000
# PostgreSQL's first message, version 3.0 of its protocol, from the user that a run's stores have.
_SETTINGS = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
_STARTUP = struct.pack("!ii", len(_SETTINGS) + 8, 196608) + _SETTINGS


def question(protocol: Protocol) -> bytes:
    """About 2 KB that make a server of that protocol answer."""
    match protocol:
        case "http":
            return b"GET /healthz HTTP/1.1\r\nHost: probe\r\nX-Padding: " + b"x" * _PADDING + b"\r\n\r\n"
        case "redis":
            return b"*2\r\n$4\r\nPING\r\n$%d\r\n" % _PADDING + b"x" * _PADDING + b"\r\n"
        case "postgres":
            # A server that trusts its clients reads on, although it was not waited for.
            padded = b"SELECT repeat('x', %d) --" % _PADDING + b"x" * _PADDING + b"\0"
            return _STARTUP + b"Q" + struct.pack("!i", len(padded) + 4) + padded + b"X" + struct.pack("!i", 4)
        case "grpc":
            # Unknown settings are to be ignored (RFC 9113, 6.5.2), and the whole frame is to be acknowledged.
            settings = b"".join(struct.pack("!HI", 0xF000 + n, 0) for n in range(_PADDING // 6))
            frame = len(settings).to_bytes(3, "big") + b"\x04\x00" + bytes(4) + settings
            return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame


def whole(protocol: Protocol, received: bytes) -> bool:
    """Whether the answer to `question` is there."""
    match protocol:
        case "http":
            return b"\r\n\r\n" in received
        case "redis":
            return len(received) >= _PADDING
        case "postgres":
            return received.count(b"Z\x00\x00\x00\x05I") > 1  # ready for a query, and ready again after ours
        case "grpc":
            # The acknowledgement of our settings: a frame of length 0, type 4, flag 1.
            return b"\x00\x00\x00\x04\x01\x00\x00\x00\x00" in received


async def exchange(address: Address, protocol: Protocol, *, timeout_s: float) -> Exchange:
    """Ask once through `address` and wait for the whole answer at most `timeout_s`. Never raises."""
    started_ns = time.monotonic_ns()
    received = bytearray()
    ending: Ending = "silent"
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.ip, address.port)
            writer.write(question(protocol))
            await writer.drain()
            while not whole(protocol, bytes(received)):
                chunk = await reader.read(65536)
                if not chunk:
                    ending = "closed"
                    break
                received += chunk
            else:
                ending = "answered"
    except TimeoutError:
        ending = "silent"
    except ConnectionRefusedError:
        ending = "refused"
    except OSError:
        ending = "reset"
    finally:
        if writer is not None:
            writer.transport.abort()
    return Exchange(ending=ending, received=len(received), took_ms=(time.monotonic_ns() - started_ns) / 1e6)
