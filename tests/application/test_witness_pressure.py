"""Where everything comes in pieces and nobody takes it for a while, nothing is lost, repeated or moved."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from pathlib import Path

from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from tests.application.rig import Peer, Rig, answer, connect, put, rig
from tests.properties.of_kind import of

CALLERS = 8
CALLS = 60
SIZES = (0, 20, 300, 9_000, 300_000)
STUCK_S = 0.2  # so long nobody takes more
DEADLINE_S = 60.0
END = b"\r\n\r\n"


class Way:
    """One direction of a connection: what was given, and what was taken, once nothing more could be given."""

    def __init__(self, name: str) -> None:
        self.given = hashlib.sha256()
        self.taken = hashlib.sha256()
        self.stuck = asyncio.Event()
        self.rng = random.Random(name)

    def body(self) -> bytes:
        return self.rng.randbytes(self.rng.choice(SIZES))

    async def give(self, writer: asyncio.StreamWriter, message: bytes) -> None:
        """A message, in up to three pieces."""
        self.given.update(message)
        cuts = sorted(self.rng.choices(range(len(message)), k=2))
        for begin, end in zip([0, *cuts], [*cuts, len(message)], strict=True):
            writer.write(message[begin:end])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(writer.drain(), None if self.stuck.is_set() else STUCK_S)
                continue
            self.stuck.set()
            await writer.drain()

    async def take(self, reader: asyncio.StreamReader, head: bytes = b"") -> None:
        """One message, the rest of which is here when its head is given."""
        await self.stuck.wait()
        head = head or await reader.readuntil(END)
        body = await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
        self.taken.update(head + body)


class Load:
    """Callers of an application, each with a connection and an actor of its own, who wait for no answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked = [Way(f"asked {number}") for number in range(CALLERS)]
        self.told = [Way(f"told {number}") for number in range(CALLERS)]

    async def run(self, r: Rig) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        async with asyncio.timeout(DEADLINE_S), server, asyncio.TaskGroup() as group:
            for number in range(CALLERS):
                group.create_task(self._call(r, number))

    async def _call(self, r: Rig, number: int) -> None:
        sock = await asyncio.to_thread(connect, r.inbound)
        sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=sock)
        asked, told = self.asked[number], self.told[number]

        async def read() -> None:
            for _ in range(CALLS):
                await told.take(reader)

        reading = asyncio.create_task(read())
        for count in range(CALLS):
            await asked.give(writer, put(f"/actors/T/{number}/method/m{count}", asked.body()))
        asked.stuck.set()
        await reading
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The witness tries whether the application is there, and says nothing.
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._answer(reader, writer, await reader.readuntil(END))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        number = int(head.split(b"/")[3])
        asked, told = self.asked[number], self.told[number]
        came = asyncio.Semaphore(0)

        async def write() -> None:
            for _ in range(CALLS):
                await came.acquire()
                await told.give(writer, answer(200, told.body()))
            told.stuck.set()

        writing = asyncio.create_task(write())
        for _ in range(CALLS):
            await asked.take(reader, head)
            head = b""
            came.release()
        await writing


async def test_what_callers_send_who_wait_for_nobody_arrives_whole_and_in_order(tmp_path: Path, slot: Slot) -> None:
    loaded = Load(slot.port())
    with rig(tmp_path, app=loaded.port, sidecar=Peer(lambda _: None)) as r:
        await loaded.run(r)
        for ways in (loaded.asked, loaded.told):
            assert [way.taken.hexdigest() for way in ways] == [way.given.hexdigest() for way in ways]
        events = r.events()
    for number in range(CALLERS):
        turns = [event for event in events if isinstance(event, ev.TurnStarted) and event.actor == f"T/{number}"]
        assert [turn.name for turn in turns] == [f"m{count}" for count in range(CALLS)]
    ended = [event.completed for event in of(events, ev.TurnEnded)]
    assert ended == [True] * (CALLERS * CALLS)
