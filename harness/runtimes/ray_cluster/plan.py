"""Plan: from a topology to the blueprint of a Ray cluster.

The head (GCS, and a raylet that runs nothing) is one unit. A host is two: its node, whose workers run the turns, and
its driver, which clients call. So a node is the half that runs turns, and a driver the one that stands before it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.cluster import ask
from actorproof.harness.cluster.addresses import Addresses
from actorproof.harness.cluster.blueprint import INCARNATION, Address, Blueprint, UnitSpec
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import TopologyError
from actorproof.harness.history.journal import journal_name
from actorproof.harness.provision.program import Program

HEAD = "gcs"
PACKAGE_ROOT = Path(__file__).absolute().parents[3]
PACKAGE = "actorproof.harness.runtimes.ray_cluster.host"
CPUS = 4
READY_S = 240.0
GRACE_S = 6.0
# A raylet ends when the agent that it starts beside itself has not told it so in time, 30 s when nothing else is said:
# on a busy machine a Python takes longer.
AGENT = {"agent_register_timeout_ms": 180_000}
SOCKET_BYTES = 107
"""How long the name of a socket may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a runtime uses its cluster.

    Attributes:
        calls: how drivers call actors, by their name for it.
        config: the head's settings, by Ray's names.
    """

    calls: str
    config: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A cluster with everything about it decided.

    Attributes:
        drivers: where each host's driver listens.
        nodes: host by the address of its node.
        witnesses: where each host's node answers what its workers do.
        storage: the folder that the cluster keeps things in, if any are `kept`.
    """

    blueprint: Blueprint
    drivers: Mapping[str, Address]
    nodes: Mapping[str, str]
    witnesses: Mapping[str, Address]
    storage: Path
    kept: bool


def plan(
    *, topology: Topology, kind: Kind, python: Program, addresses: Addresses, scratch: Path, run_dir: Path
) -> Plan:
    """Decide everything about a cluster.

    TopologyError where a machine has only one loopback address, or the folder's name leaves none for sockets in it.
    """
    return _Planner(
        topology=topology, kind=kind, python=python, addresses=addresses, scratch=scratch, run_dir=run_dir
    ).plan()


class _Planner:
    """Builds one plan; holds what its steps share."""

    def __init__(
        self, *, topology: Topology, kind: Kind, python: Program, addresses: Addresses, scratch: Path, run_dir: Path
    ) -> None:
        self._topology = topology
        self._kind = kind
        self._python = str(python.path)
        self._addresses = addresses
        self._scratch = scratch.absolute()
        self._raw = run_dir.absolute() / "raw"
        self._storage = self._scratch / "storage"

    def plan(self) -> Plan:
        longest = max(len(os.fsencode(self._scratch / f"{name}.witness")) for name in self._topology.host_names)
        if longest > SOCKET_BYTES:
            raise TopologyError(
                f"Ray's sockets stand in {self._scratch}, whose name is {longest - SOCKET_BYTES} bytes too long: set"
                " TMPDIR to a folder with a shorter one"
            )
        self._storage.mkdir(parents=True, exist_ok=True)
        code = self._scratch / "code"
        code.mkdir(parents=True, exist_ok=True)
        # Ray's Python gets to see this package alone, and nothing else that this Python has installed.
        (code / "actorproof").symlink_to(PACKAGE_ROOT)
        gcs = self._own(HEAD)
        nodes: list[UnitSpec] = []
        drivers: list[UnitSpec] = []
        listens: dict[str, Address] = {}
        ips: dict[str, str] = {}
        witnesses: dict[str, Address] = {}
        for number, host in enumerate(self._topology.host_names, start=1):
            initial = number <= self._topology.hosts
            own = self._own(host)
            ips[own.ip] = host
            witnesses[host] = self._addresses.at(host)
            nodes.append(self._node(host, own, listen=witnesses[host], gcs=gcs, initial=initial))
            listens[host] = self._addresses.at(host)
            drivers.append(self._driver(host, own, listen=listens[host], gcs=gcs, initial=initial))
        head = self._head(gcs)
        return Plan(
            blueprint=Blueprint(waves=((head,), tuple(nodes), tuple(drivers)), links=(), proxy_api=None),
            drivers=listens,
            nodes=ips,
            witnesses=witnesses,
            storage=self._storage,
            kept=self._topology.store == "files",
        )

    def _own(self, place: str) -> Address:
        """An address that no other node has: Ray tells nodes of one machine apart by nothing else."""
        pair = self._addresses.peer(place)
        if pair is None:
            raise TopologyError("Ray's nodes need an address each, which this machine's loopback has not: use Linux")
        return pair[0]

    def _head(self, gcs: Address) -> UnitSpec:
        listen = self._addresses.at(HEAD)
        words = self._node_words(HEAD, gcs, gcs=gcs, listen=listen, cpus=0)
        return UnitSpec(
            name=HEAD,
            role="control",
            argv=(*words, "--head", "--config", json.dumps(AGENT | dict(self._kind.config))),
            env=self._env(),
            cwd=self._scratch / HEAD,
            listens=(gcs, listen),
            ready=ask.answers(listen, "/healthz"),
            ready_timeout_s=READY_S,
            grace_s=GRACE_S,
        )

    def _node(self, host: str, own: Address, *, listen: Address, gcs: Address, initial: bool) -> UnitSpec:
        process = f"{host}/node#{INCARNATION}"
        return UnitSpec(
            name=f"{host}/node",
            role="app",
            argv=(
                *self._node_words(host, own, gcs=gcs, listen=listen, cpus=CPUS),
                *("--process", process),
                *("--journal", str(self._raw / journal_name(process))),
                *("--witness", str(self._scratch / f"{host}.witness")),
            ),
            env=self._env(),
            cwd=self._scratch / f"{host}-node",
            listens=(listen,),
            ready=ask.answers(listen, "/healthz"),
            ready_timeout_s=READY_S,
            grace_s=GRACE_S,
            initial=initial,
        )

    def _node_words(self, name: str, own: Address, *, gcs: Address, listen: Address, cpus: int) -> tuple[str, ...]:
        return (
            *(self._python, "-m", f"{PACKAGE}.node"),
            *("--name", name),
            *("--listen", str(listen)),
            *("--ip", own.ip),
            *("--gcs", str(gcs)),
            *("--node-port", str(self._addresses.at(name).port)),
            *("--object-port", str(self._addresses.at(name).port)),
            *("--sockets", str(self._scratch)),
            *("--cpus", str(cpus)),
        )

    def _driver(self, host: str, own: Address, *, listen: Address, gcs: Address, initial: bool) -> UnitSpec:
        return UnitSpec(
            name=f"{host}/driver",
            role="sidecar",
            argv=(
                *(self._python, "-m", f"{PACKAGE}.driver"),
                *("--kind", self._kind.calls),
                *("--sockets", str(self._scratch)),
                *("--listen", str(listen)),
                *("--ip", own.ip),
                *("--gcs", str(gcs)),
            ),
            env=self._env(),
            cwd=self._scratch / f"{host}-driver",
            listens=(listen,),
            ready=ask.answers(listen, "/healthz"),
            ready_timeout_s=READY_S,
            initial=initial,
        )

    def _env(self) -> tuple[tuple[str, str], ...]:
        env = {
            "ACTORPROOF_CODE": str(self._scratch / "code"),
            "PYTHONPATH": str(self._scratch / "code"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
            "TMPDIR": str(self._scratch),
        }
        if self._topology.store == "files":
            env["RAY_STORAGE"] = f"custom://{PACKAGE}.disk.opened{self._storage}"
        # Older NumPy builds need to be told of some processors; see the user's own environment.
        env |= {name: os.environ[name] for name in os.environ if name.startswith("OPENBLAS_")}
        return tuple(env.items())
