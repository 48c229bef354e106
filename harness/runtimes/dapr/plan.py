"""Plan: from a topology to the blueprint of a cluster of Dapr, and where everything in it is found.

All addresses are chosen once, spare hosts included. Where links are proxied, whoever dials gets the proxy's address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.cluster import proxy_unit as toxiproxy
from actorproof.harness.cluster.addresses import LOOPBACK, Addresses
from actorproof.harness.cluster.blueprint import Address, Blueprint, LinkSpec, UnitSpec
from actorproof.harness.cluster.blueprint import Protocol as Spoken
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import TopologyError
from actorproof.harness.provision.program import Programs
from actorproof.harness.runtimes.dapr import component, witnessed
from actorproof.harness.runtimes.dapr.units import app, daprd, placement, scheduler
from actorproof.harness.runtimes.dapr.units.app import app_protocol, components
from actorproof.harness.runtimes.dapr.versions import fit, validate
from actorproof.harness.stores import postgres, redis


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where things are found, by host or unit.

    Attributes:
        sidecar_http: where clients dial: the proxy of ``client>host-N``, or the sidecar itself when unproxied.
        sidecar_direct: the sidecars' HTTP API without a proxy.
        advertised: host by the address under which it stands in placement's table.
        placement_health, scheduler_health: health ports, by unit.
        store: the store itself.
        store_log: the folder that holds the append-only file of Redis.
        metrics: Prometheus ports, by unit.
    """

    sidecar_http: Mapping[str, Address]
    sidecar_direct: Mapping[str, Address]
    advertised: Mapping[str, str]
    placement_health: Mapping[str, Address]
    scheduler_health: Mapping[str, Address]
    store: Address
    store_log: Path
    metrics: Mapping[str, Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A topology with everything about it decided; `versions` are those that its programs are run as, by name."""

    topology: Topology
    versions: Mapping[str, str]
    blueprint: Blueprint
    endpoints: Endpoints


def plan(
    *, topology: Topology, programs: Programs, addresses: Addresses, scratch: Path, run_dir: Path, python: str
) -> Deployment:
    """Decide everything about a cluster, and write the sidecars' component files below `scratch`.

    TopologyError when the topology can't be; ProvisionError when a program is missing.
    """
    topology.validate()
    topology = fit(topology, fixed=frozenset({"schedulers", "subject", "reminder_partitions"}))
    validate(topology)
    return _Planner(
        topology=topology, programs=programs, addresses=addresses, scratch=scratch, run_dir=run_dir, python=python
    ).deployment()


class _Planner:
    """Builds one deployment; holds what its steps share."""

    def __init__(
        self, *, topology: Topology, programs: Programs, addresses: Addresses, scratch: Path, run_dir: Path, python: str
    ) -> None:
        self._topology = topology
        self._programs = programs
        self._addresses = addresses
        self._scratch = scratch.absolute()
        self._raw = run_dir.absolute() / "raw"
        self._python = python
        self._links: list[LinkSpec] = []
        self._metrics: dict[str, Address] = {}

    def deployment(self) -> Deployment:
        topology = self._topology
        store_listen = self._at(redis.NAME)
        store = self._store(store_listen)
        placements, placement_listens, placement_health = self._placements()
        schedulers, scheduler_dials, scheduler_health = self._schedulers()
        apps: list[UnitSpec] = []
        sidecars: list[UnitSpec] = []
        clients: dict[str, Address] = {}
        direct: dict[str, Address] = {}
        advertised: dict[str, str] = {}
        config = self._config()
        for number, host in enumerate(topology.host_names, start=1):
            listen, grpc = self._at(host), self._at(host)
            # What an application and its sidecar tell each other flows through the link that one of them dials.
            if topology.streams:
                dialled = self._link(f"{host}>app", grpc, server=f"{host}/sidecar", protocol="grpc")
                app_listen = listen
            else:
                dialled = grpc
                app_listen = self._link(f"{host}>app", listen, server=f"{host}/app", protocol="http")
            sidecar = self._sidecar(
                host,
                app=app_listen,
                grpc=grpc,
                store=store_listen,
                placements=placement_listens,
                schedulers=scheduler_dials,
                config=config,
            )
            direct[host] = sidecar.http
            clients[host] = self._link(f"client>{host}", sidecar.http, server=f"{host}/sidecar", protocol="http")
            advertised[str(sidecar.advertised)] = host
            initial = number <= topology.hosts
            apps.append(self._app(host, listen=listen, http=sidecar.http, grpc=dialled, initial=initial))
            sidecars.append(
                daprd.unit(
                    sidecar,
                    program=self._programs["daprd"].path,
                    cwd=self._cwd(f"{host}/sidecar"),
                    version=self._programs["daprd"].version,
                    dissemination_timeout_s=topology.dissemination_timeout_s,
                    placement_health=tuple(placement_health.values()),
                    types=app.types(topology),
                    initial=initial,
                    app_ready_s=topology.application.ready_timeout_s if topology.application else 0.0,
                )
            )
        # A sidecar asks its application once which actor types it has, so applications come before sidecars.
        waves: list[tuple[UnitSpec, ...]] = [(store, *placements, *schedulers, *apps), tuple(sidecars)]
        if topology.application is not None:
            waves = [(store, *placements, *schedulers), (*apps, *sidecars)]
        api = None
        if topology.proxied:
            api = self._addresses.proxy()
            waves.insert(
                0,
                (toxiproxy.unit(program=self._programs["toxiproxy"].path, cwd=self._cwd(toxiproxy.NAME), api=api),),
            )
        return Deployment(
            topology=topology,
            versions={program.name: program.version for program in self._programs.all},
            blueprint=Blueprint(waves=tuple(waves), links=tuple(self._links), proxy_api=api),
            endpoints=Endpoints(
                sidecar_http=clients,
                sidecar_direct=direct,
                advertised=advertised,
                placement_health=placement_health,
                scheduler_health=scheduler_health,
                store=store_listen,
                store_log=store.cwd,
                metrics=self._metrics,
            ),
        )

    def _app(self, host: str, *, listen: Address, http: Address, grpc: Address, initial: bool) -> UnitSpec:
        """The application of a host: a subject of ours, or one of a user's own with its witness."""
        application = self._topology.application
        if application is None:
            return app.unit(
                host=host,
                python=self._python,
                cwd=self._cwd(f"{host}/app"),
                topology=self._topology,
                listen=listen,
                sidecar_http=http,
                sidecar_grpc=grpc,
                raw=self._raw,
                initial=initial,
            )
        return witnessed.unit(
            application,
            host=host,
            witness=self._programs["witness"].path,
            places=witnessed.Places(
                listen=listen,
                app=self._inside(host) if application.image else self._at(host),
                http=self._at(host),
                grpc=self._at(host),
                sidecar_http=http,
                sidecar_grpc=grpc,
            ),
            raw=self._raw,
            scratch=self._scratch,
            initial=initial,
        )

    def _config(self) -> Path:
        """The sidecars' configuration file: the user's own, or ours."""
        application = self._topology.application
        if application is not None and application.config:
            return Path(application.config)
        return self._write(self._scratch / "config.yaml", daprd.config(self._topology.features))

    def _store(self, listen: Address) -> UnitSpec:
        cwd = self._cwd(redis.NAME)
        if self._topology.store == "redis":
            return redis.unit(program=self._programs["redis-server"].path, cwd=cwd, listen=listen)
        # Where this is root, PostgreSQL runs as another user, who has to get to its folder.
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._scratch.chmod(0o711)
        return postgres.unit(program=self._programs["postgres"].path, cwd=cwd, listen=listen)

    def _component(self, host: str, store: Address) -> str:
        """The component file of a host's sidecar; adds the host's link to the store."""
        kind = self._topology.store
        if kind not in {"redis", "postgres"}:
            raise TopologyError(f"Dapr has no store {kind} here: choose redis or postgres")
        address = self._link(f"{host}>store", store, server=redis.NAME, protocol=kind)
        return component.statestore(kind, address=address, version=self._programs["daprd"].version)

    def _placements(self) -> tuple[list[UnitSpec], dict[str, Address], dict[str, Address]]:
        """Units, where they listen, and their health ports."""
        names = [f"placement-{k}" for k in range(self._topology.placements)]
        raft = {name: self._at(name) for name in names}
        listens = {name: self._at(name) for name in names}
        health = {name: self._at(name) for name in names}
        units = [
            placement.unit(
                name=name,
                program=self._programs["placement"].path,
                cwd=self._cwd(name),
                version=self._programs["placement"].version,
                listen=listens[name],
                health=health[name],
                metrics=self._metrics_port(name),
                raft=raft,
                dissemination_timeout_s=self._topology.dissemination_timeout_s,
            )
            for name in names
        ]
        return units, listens, health

    def _schedulers(self) -> tuple[list[UnitSpec], tuple[Address, ...], dict[str, Address]]:
        """Units, what sidecars dial, and their health ports."""
        names = [f"scheduler-{k}" for k in range(self._topology.schedulers)]
        peers = {name: self._at(name) for name in names}
        listens = {name: self._at(name) for name in names}
        dials = {name: self._link(f"hosts>{name}", listens[name], server=name, protocol="grpc") for name in names}
        health = {name: self._at(name) for name in names}
        units = [
            scheduler.unit(
                name=name,
                program=self._programs["scheduler"].path,
                cwd=self._cwd(name),
                version=self._programs["scheduler"].version,
                listen=listens[name],
                broadcast=dials[name],
                health=health[name],
                metrics=self._metrics_port(name),
                etcd_client=self._at(name),
                etcd_peers=peers,
            )
            for name in names
        ]
        return units, tuple(dials.values()), health

    def _sidecar(
        self,
        host: str,
        *,
        app: Address,
        grpc: Address,
        store: Address,
        placements: Mapping[str, Address],
        schedulers: tuple[Address, ...],
        config: Path,
    ) -> daprd.Sidecar:
        """Where a host's sidecar listens and whom it dials; adds the host's links."""
        place = self._addresses.peer(host)
        # By itself, too: Dapr 1.12 takes every host that is found at 127.0.0.1, whatever its port, for itself.
        internal = advertised = place[0] if place is not None else self._at(host)
        if place is not None and self._topology.peers_proxied:
            advertised = place[1]
            self._links.append(
                LinkSpec(
                    name=f"peers>{host}",
                    listen=advertised,
                    upstream=internal,
                    server=f"{host}/sidecar",
                    protocol="grpc",
                )
            )
        resources = self._scratch / "resources" / host
        text = self._component(host, store)
        own = components(self._topology)
        if not any(component.is_actor_store(each) for each in own.values()):
            self._write(resources / "statestore.yaml", text)
        for name, each in own.items():
            self._write(resources / f"own-{name}", each)
        return daprd.Sidecar(
            host=host,
            http=self._at(host),
            grpc=grpc,
            metrics=self._metrics_port(f"{host}/sidecar"),
            internal=internal,
            advertised=advertised,
            app=app,
            placements=tuple(
                self._link(f"{host}>{name}", address, server=name, protocol="grpc")
                for name, address in placements.items()
            ),
            schedulers=schedulers,
            resources=resources,
            config=config,
            app_protocol=app_protocol(self._topology),
        )

    def _link(self, name: str, upstream: Address, *, server: str, protocol: Spoken) -> Address:
        """Where to dial for `upstream`: a new proxy, or `upstream` itself when nothing is proxied."""
        if not self._topology.proxied:
            return upstream
        listen = self._addresses.proxy()
        self._links.append(LinkSpec(name=name, listen=listen, upstream=upstream, server=server, protocol=protocol))
        return listen

    def _inside(self, host: str) -> Address:
        """Where an application in a container listens, for who shares its network."""
        return Address(ip=LOOPBACK, port=self._at(host).port)

    def _at(self, unit: str) -> Address:
        """Where a unit listens: units of one host share its place."""
        return self._addresses.at(unit.partition("/")[0])

    def _metrics_port(self, unit: str) -> Address:
        self._metrics[unit] = self._at(unit)
        return self._metrics[unit]

    def _cwd(self, unit: str) -> Path:
        return self._scratch / unit.replace("/", "-")

    def _write(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
