"""Plans: links, waves, addresses, files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.application.application import Application
from actorproof.harness.cluster.addresses import LOOPBACK, Loopback
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import ProvisionError
from actorproof.harness.runtimes.dapr.plan import plan

from .support import CountedPorts, fake_programs, planned


def test_links_of_a_proxied_cluster(tmp_path: Path) -> None:
    links = {link.name for link in planned(tmp_path, Topology(hosts=1, placements=3)).blueprint.links}
    expected = {"hosts>scheduler-0"}
    for host in ("host-1", "host-2"):
        expected |= {f"client>{host}", f"{host}>app", f"{host}>store", f"peers>{host}"}
        expected |= {f"{host}>placement-{k}" for k in range(3)}
    assert links == expected


def test_every_link_leads_to_where_its_server_listens(tmp_path: Path) -> None:
    blueprint = planned(tmp_path, Topology(hosts=3, placements=3, schedulers=3)).blueprint
    for link in blueprint.links:
        assert link.upstream in blueprint.units[link.server].listens, link.name
    listens = [address for unit in blueprint.units.values() for address in unit.listens]
    listens += [link.listen for link in blueprint.links]
    assert len(set(listens)) == len(listens)


def test_whoever_dials_gets_the_proxy(tmp_path: Path) -> None:
    deployment = planned(tmp_path, Topology(hosts=1, spare_hosts=0))
    links = {link.name: link for link in deployment.blueprint.links}
    line = " ".join(deployment.blueprint.units["host-1/sidecar"].argv)
    assert f"--app-port {links['host-1>app'].listen.port} " in line
    assert f"--placement-host-address {links['host-1>placement-0'].listen} " in line
    assert f"--scheduler-host-address {links['hosts>scheduler-0'].listen} " in line
    scheduler = " ".join(deployment.blueprint.units["scheduler-0"].argv)
    assert f"--override-broadcast-host-port {links['hosts>scheduler-0'].listen}" in scheduler
    component = (tmp_path / "scratch/resources/host-1/statestore.yaml").read_text()
    assert f'value: "{links["host-1>store"].listen}"' in component
    assert deployment.endpoints.sidecar_http["host-1"] == links["client>host-1"].listen
    assert deployment.endpoints.sidecar_direct["host-1"] == links["client>host-1"].upstream
    assert deployment.endpoints.advertised[str(links["peers>host-1"].listen)] == "host-1"


def test_nothing_is_proxied_in_an_unproxied_cluster(tmp_path: Path) -> None:
    deployment = planned(tmp_path, Topology(hosts=1, proxied=False))
    assert deployment.blueprint.links == ()
    assert deployment.blueprint.proxy_api is None
    assert "toxiproxy" not in deployment.blueprint.units
    assert deployment.endpoints.sidecar_http == deployment.endpoints.sidecar_direct
    component = (tmp_path / "scratch/resources/host-1/statestore.yaml").read_text()
    assert f'value: "{deployment.endpoints.store}"' in component


@pytest.mark.parametrize("topology", [Topology(proxied=False), Topology(version="1.12.0", schedulers=0)])
def test_hosts_whose_links_no_proxy_stands_on_are_found_at_an_address_of_their_own(
    tmp_path: Path, topology: Topology
) -> None:
    advertised = planned(tmp_path, topology).endpoints.advertised
    places = {address.rpartition(":")[0] for address in advertised}
    assert len(places) == len(topology.host_names)
    assert LOOPBACK not in places  # where Dapr 1.12 takes everybody for itself


def test_waves(tmp_path: Path) -> None:
    waves = planned(tmp_path, Topology(hosts=1)).blueprint.waves
    assert [[unit.name for unit in wave] for wave in waves] == [
        ["toxiproxy"],
        ["store", "placement-0", "scheduler-0", "host-1/app", "host-2/app"],
        ["host-1/sidecar", "host-2/sidecar"],
    ]
    assert {unit.name for wave in waves for unit in wave if not unit.initial} == {"host-2/app", "host-2/sidecar"}


def test_a_sidecar_waits_for_an_application_of_a_user_s_own_as_long_as_that_may_take_to_listen(tmp_path: Path) -> None:
    application = Application(command=("order",), types=("Order",), cwd=str(tmp_path), ready_timeout_s=100.0)
    units = planned(tmp_path, Topology(hosts=1, application=application)).blueprint.units
    assert units["host-1/sidecar"].ready_timeout_s > units["host-1/app"].ready_timeout_s == 100.0


@pytest.mark.parametrize(("name", "left"), [("TMPDIR", "the run's"), ("JAVA_TOOL_OPTIONS", "the last of both")])
def test_an_application_keeps_its_temporary_files_where_the_run_clears_up(
    name: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    own = ("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=/own")
    for env in ((), (("TMPDIR", "/own"), own)):
        application = Application(command=("order",), types=("Order",), cwd=str(tmp_path), env=env)
        units = planned(tmp_path, Topology(hosts=1, application=application)).blueprint.units
        found = dict(units["host-1/app"].env)[name].split("java.io.tmpdir=")[-1]
        assert found.startswith("/own" if env else str(tmp_path / "scratch")), left


@pytest.mark.parametrize(
    ("changes", "protocol"),
    [
        ({"subject": "sdk-h2c"}, "h2c"),
        ({"subject": "sdk-stream"}, "grpc"),
        ({"application": Application(command=("order",), types=("Order",), cwd="/", protocol="stream")}, "grpc"),
    ],
    ids=["HTTP/2", "a stream", "a stream of a user's own application"],
)
def test_a_sidecar_knows_what_its_application_speaks(tmp_path: Path, changes: dict[str, Any], protocol: str) -> None:
    units = planned(tmp_path, Topology(hosts=1, **changes)).blueprint.units
    assert f"--app-protocol {protocol}" in " ".join(units["host-1/sidecar"].argv)


def test_the_link_of_a_stream_is_the_one_that_its_application_dials(tmp_path: Path) -> None:
    deployment = planned(tmp_path, Topology(hosts=1, subject="sdk-stream"))
    link = next(link for link in deployment.blueprint.links if link.name == "host-1>app")
    assert (link.server, link.protocol) == ("host-1/sidecar", "grpc")
    assert dict(deployment.blueprint.units["host-1/app"].env)["DAPR_GRPC_ENDPOINT"] == str(link.listen)


def test_largest_cluster_fits_a_block_of_ports(tmp_path: Path) -> None:
    ports = CountedPorts()
    plan(
        topology=Topology(hosts=10, spare_hosts=0, placements=3, schedulers=3),
        programs=fake_programs("1.18.2"),
        addresses=Loopback(ports),
        scratch=tmp_path,
        run_dir=tmp_path,
        python="python3",
    )
    assert ports.last - 20_000 < 299


@pytest.mark.parametrize(("topology", "name"), [(Topology(), "scheduler"), (Topology(store="postgres"), "postgres")])
def test_a_program_that_is_not_there_is_named(tmp_path: Path, topology: Topology, name: str) -> None:
    programs = fake_programs("1.18.2")
    lacking = replace(programs, found={key: each for key, each in programs.found.items() if key != name})
    with pytest.raises(ProvisionError, match=rf"{name} for version 1\.18\.2 is missing"):
        plan(
            topology=topology,
            programs=lacking,
            addresses=Loopback(CountedPorts()),
            scratch=tmp_path / "scratch",
            run_dir=tmp_path / "run",
            python="python3",
        )
