"""Ground: what one run stands on in the engine: its label, its network with fixed addresses, its reaper."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import requests
from docker.errors import DockerException  # type: ignore[import-untyped]  # the library has no types
from docker.types import IPAMConfig, IPAMPool  # type: ignore[import-untyped]  # as above
from testcontainers.core.network import Network

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.docker import reaper, ryuk
from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.drivers.process.guardian import start_ticks, write_owner
from actorproof.harness.errors import EngineError

LABEL = "actorproof.run"
OWNER = "actorproof.owner"
OWNER_START = "actorproof.owner-start"
# One /24 a run. Not among the engine's own default pools (172.17 to 172.31, 192.168).
SUBNETS = ipaddress.IPv4Network("10.213.0.0/16")
PREFIX = 24
FIRST_HOST = 10
FIRST_PORT = 7000
READY_S = 20.0
CLOSE_S = 100.0


class Ground:
    """Made with `Ground.open`; `close` leaves nothing of the run in the engine. Blocking, and safe to do twice.

    Attributes:
        run: the value of the run's label.
        addresses: of the places on its network.
        left: once closed, whether the engine kept something of the run all the same.
    """

    def __init__(
        self, *, engine: Engine, run: str, scratch: Path, channel: socket.socket, process: subprocess.Popen[bytes]
    ) -> None:
        self.engine = engine
        self.run = run
        self.addresses: ContainerAddresses
        self.left = False
        self._scratch = scratch
        self._channel = channel
        self._process = process
        self._network: Network | None = None
        self._closed = False

    @classmethod
    def open(cls, engine: Engine, *, scratch: Path, proxy: str) -> Self:
        """Start a reaper and make a network; `proxy` is the place of the proxy. EngineError when that can't be."""
        run = secrets.token_hex(4)
        scratch.mkdir(parents=True, exist_ok=True)
        write_owner(scratch, owner=os.getpid())
        # Beside our own reaper, which works in any case.
        ryuk.watch(engine)
        ours, theirs = socket.socketpair()
        with (scratch / "reaper.log").open("ab") as log:
            command = [
                *(sys.executable, "-I", "-S", reaper.__file__),
                *(str(os.getpid()), str(scratch), str(engine.path), f"{LABEL}={run}"),
            ]
            try:
                process = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=log, stderr=log, start_new_session=True, cwd="/"
                )
            except OSError as error:
                ours.close()
                raise EngineError(
                    f"the run's reaper can't be started: {error}; free some memory or processes"
                ) from error
            finally:
                theirs.close()
        ground = cls(engine=engine, run=run, scratch=scratch, channel=ours, process=process)
        try:
            ground._await_reaper()
            ground._connect(proxy)
            ground._insist_on_reaper()
        except BaseException:
            ground.close()
            raise
        return ground

    @property
    def network(self) -> str:
        """The network's name."""
        return f"actorproof-{self.run}"

    @property
    def labels(self) -> dict[str, str]:
        """What everything of the run carries."""
        return labels_of(self.run)

    @property
    def reaper_pid(self) -> int:
        return self._process.pid

    @property
    def failure(self) -> str | None:
        """Why the run can't go on; None while its reaper lives."""
        if self._closed or self._process.poll() is None:
            return None
        return "the run's reaper process has died, and would not clear up after this run: start the run again"

    def close(self) -> None:
        """Have the reaper remove everything, and wait for it; do it here if the reaper has died."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            self._channel.sendall(reaper.DONE)
        self._channel.close()
        try:
            code = self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            code = reaper.LEFT
        if code not in {0, reaper.LEFT}:
            code = 0 if reaper.sweep(str(self.engine.path), f"{LABEL}={self.run}", looks=1) else reaper.LEFT
            shutil.rmtree(self._scratch, ignore_errors=True)
        self.left = code == reaper.LEFT
        if self._network is not None:
            self._network._docker.client.close()  # noqa: SLF001 testcontainers leaves it open

    def _await_reaper(self) -> None:
        """EngineError unless the reaper watches over what is made from now on."""
        self._channel.settimeout(READY_S)
        try:
            said = self._channel.recv(len(reaper.READY), socket.MSG_WAITALL)
        except OSError:  # TimeoutError is one
            said = b""
        self._channel.settimeout(None)
        if said != reaper.READY:
            self._process.kill()
            log = (self._scratch / "reaper.log").read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(log) if line.strip()), "it says nothing")
            raise EngineError(
                f"the run's reaper process does not come up ({last[:200]}): nothing was made; free some memory or"
                " processes"
            )

    def _insist_on_reaper(self) -> None:
        if self.failure is not None:
            raise EngineError(self.failure)

    def _connect(self, proxy: str) -> None:
        """Make the network on the first subnet that is free."""
        subnets = list(SUBNETS.subnets(new_prefix=PREFIX))
        first = os.getpid() % len(subnets)
        options: dict[str, Any] = {
            "driver": "bridge",
            # Nothing of a run has business outside, and no published port is used.
            "internal": True,
            "labels": self.labels,
        }
        network = Network(docker_client_kw={"version": self.engine.api}, docker_network_kw=options)
        network.name = self.network
        self._network = network
        for subnet in (*subnets[first:], *subnets[:first]):
            options["ipam"] = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))])
            try:
                network.create()
            except (DockerException, requests.RequestException) as error:
                refusal = explain(error, "make the run's network")
                if "overlap" not in str(error).lower() or subnet == subnets[first - 1]:
                    raise refusal from error
            else:
                self.addresses = ContainerAddresses(subnet, proxy=proxy)
                return

    # ---- what a fault may do to it

    def handle(self) -> Any:
        """docker-py's network object."""
        return self.engine.client.networks.get(self.network)


class ContainerAddresses:
    """Implements `actorproof.harness.cluster.addresses.Addresses`: an address a place, and ports that count up."""

    def __init__(self, subnet: ipaddress.IPv4Network, *, proxy: str) -> None:
        self._subnet = subnet
        self._proxy = proxy
        self._places: dict[str, str] = {}
        self._port = FIRST_PORT

    def ip(self, place: str) -> str:
        """The address of a place; the same for ever."""
        if place not in self._places:
            self._places[place] = str(self._subnet[FIRST_HOST + len(self._places)])
        return self._places[place]

    def at(self, place: str) -> Address:
        self._port += 1
        return Address(ip=self.ip(place), port=self._port)

    def proxy(self) -> Address:
        return self.at(self._proxy)

    def peer(self, place: str) -> tuple[Address, Address] | None:
        inner = self.at(place)
        return inner, Address(ip=self.ip(self._proxy), port=inner.port)


def labels_of(run: str) -> dict[str, str]:
    """What everything of a run of this process carries, so that it is found when the process is gone."""
    return {LABEL: run, OWNER: str(os.getpid()), OWNER_START: str(start_ticks(os.getpid()))}
