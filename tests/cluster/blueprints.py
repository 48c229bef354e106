"""Small blueprints for tests: echo servers in plain Python, with or without Toxiproxy in front."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import cache
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Address, Blueprint, LinkSpec, Probe, UnitSpec
from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.process.cluster import ProcessCluster
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ProvisionError
from actorproof.harness.history.journal import Journal
from actorproof.harness.provision.programs import provide

# Echoes each line. Options: "stubborn" ignores SIGTERM, "forks" has a child that writes its pid to a file,
# "broken" complains and exits. The line "die" ends it with code 3.
SERVER = """
import os, signal, socket, sys, threading, time
ip, port, options = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
print("incarnation", os.environ.get("INCARNATION"), options, flush=True)
if "broken" in options:
    print("no such thing", file=sys.stderr)
    sys.exit(7)
if "stubborn" in options:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "forks" in options and os.fork() == 0:
    if "away" in options:
        os.setsid()
    with open("child.pid", "w") as file:
        file.write(str(os.getpid()))
    while True:
        time.sleep(100)
def serve(connection):
    with connection, connection.makefile("rwb") as stream:
        for line in stream:
            if line == b"die\\n":
                os._exit(3)
            stream.write(line)
            stream.flush()
with socket.create_server((ip, port)) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def echoes(address: Address) -> Probe:
    """Ready when the server echoes a line."""

    async def probe() -> str | None:
        reader, writer = await asyncio.open_connection(address.ip, address.port)
        try:
            writer.write(b"hello\n")
            return None if await reader.readline() == b"hello\n" else "no echo"
        finally:
            writer.transport.abort()

    return probe


def accepts(address: Address) -> Probe:
    """Ready when somebody listens."""

    async def probe() -> str | None:
        _, writer = await asyncio.open_connection(address.ip, address.port)
        writer.transport.abort()
        return None

    return probe


def server(
    name: str, address: Address, *options: str, folder: Path, initial: bool = True, python: str = sys.executable
) -> UnitSpec:
    """An echo server."""
    return UnitSpec(
        name=name,
        role="app",
        argv=(python, "-I", "-S", "-c", SERVER, address.ip, str(address.port), *options, "run-{incarnation}"),
        env=(("INCARNATION", "{incarnation}"),),
        cwd=folder / name,
        listens=(address,),
        ready=echoes(address),
        grace_s=0.5 if "stubborn" in options else 5.0,
        initial=initial,
    )


@cache
def _found_toxiproxy() -> Path | str:
    """Its path, or why there is none."""
    if path := os.environ.get("ACTORPROOF_TOXIPROXY", ""):
        return Path(path)
    try:
        return provide(version=DEFAULT_VERSION, progress=lambda _: None, build=False)["toxiproxy"].path
    except ProvisionError as error:
        return str(error)


def toxiproxy_program() -> Path:
    """The Toxiproxy server's path; skips the test when this machine has none."""
    found = _found_toxiproxy()
    if isinstance(found, str):
        pytest.skip(f"no toxiproxy server: {found}")
    return found


def proxy(program: Path, api: Address, *, folder: Path) -> UnitSpec:
    """A Toxiproxy server."""
    return UnitSpec(
        name="toxiproxy",
        role="proxy",
        argv=(str(program), "-host", api.ip, "-port", str(api.port)),
        cwd=folder / "toxiproxy",
        listens=(api,),
        ready=accepts(api),
    )


def link(name: str, slot: Slot, upstream: Address, *, to: str) -> LinkSpec:
    """A link to a server."""
    return LinkSpec(name=name, listen=local(slot), upstream=upstream, server=to, protocol="http")


def local(slot: Slot) -> Address:
    """A free address."""
    return Address(ip="127.0.0.1", port=slot.port())


def cluster(blueprint: Blueprint, folder: Path) -> ProcessCluster:
    """A cluster over a blueprint, with its journal in folder/raw/harness.jsonl."""
    clock = SystemClock()
    journal = Journal.open(folder / "raw" / "harness.jsonl", process="harness", clock=clock)
    return ProcessCluster(blueprint=blueprint, journal=journal, run_dir=folder, scratch=folder / "scratch", clock=clock)
