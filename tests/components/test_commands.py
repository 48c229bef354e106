"""Command lines by version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.program import Programs
from actorproof.harness.runtimes.dapr.plan import plan

from .support import CountedPorts, fake_programs, planned


def words(folder: Path, unit: str, topology: Topology) -> str:
    """A unit's command line with the test's folder left out."""
    argv = planned(folder, topology).blueprint.units[unit].argv
    return " ".join(argv).replace(str(folder), "")


def small(version: str, *, proxied: bool = False) -> Topology:
    return Topology(
        hosts=1, spare_hosts=0, schedulers=0 if version == "1.12.0" else 1, version=version, proxied=proxied
    )


DAPRD = (
    "/bin/daprd --app-id actorproof --app-port {app} --app-channel-address 127.0.0.1 --dapr-http-port {http}"
    " --dapr-grpc-port {grpc} --dapr-listen-addresses 127.0.0.1 --dapr-internal-grpc-port {internal}"
    " --metrics-port {metrics}"
    " --resources-path /scratch/resources/host-1 --config /scratch/config.yaml"
    " --dapr-graceful-shutdown-seconds 5 --log-level info --disable-builtin-k8s-secret-store"
)
PLACED = " --placement-host-address 127.0.0.1:{placement}"
LISTEN = " --dapr-internal-grpc-listen-address {ip} --metrics-listen-address 127.0.0.1"


def test_daprd_1_18(tmp_path: Path) -> None:
    line = words(tmp_path, "host-1/sidecar", small("1.18.2"))
    form = DAPRD + LISTEN + PLACED + " --scheduler-host-address 127.0.0.1:{scheduler} {dissemination}"
    assert line == form.format(
        app=20011, http=20014, grpc=20012, internal=20013, metrics=20015, placement=20003, ip="127.0.1.1",
        scheduler=20007, dissemination="--actors-disseminate-timeout 8000ms",
    )  # fmt: skip


def test_daprd_1_12(tmp_path: Path) -> None:
    line = words(tmp_path, "host-1/sidecar", small("1.12.0"))
    assert line == (DAPRD + PLACED).format(
        app=20006, http=20009, grpc=20007, internal=20008, metrics=20010, placement=20003
    )


def test_without_placement_no_unit_link_or_word_names_it(tmp_path: Path) -> None:
    topology = Topology(hosts=1, placements=0, version="1.19.0-rc.1")
    blueprint = planned(tmp_path, topology).blueprint
    assert not [name for name in blueprint.units if "placement" in name]
    assert not [link.name for link in blueprint.links if "placement" in link.name]
    assert "placement" not in words(tmp_path, "host-1/sidecar", topology)


@pytest.mark.parametrize("version", ["1.14.1", "1.16.0"])
def test_daprd_between(tmp_path: Path, version: str) -> None:
    line = words(tmp_path, "host-1/sidecar", small(version))
    assert "--scheduler-host-address" in line
    assert "--dapr-internal-grpc-listen-address 127.0.1.1" in line
    assert "--actors-disseminate-timeout" not in line


def test_placement(tmp_path: Path) -> None:
    common = (
        "/bin/placement --id dapr-placement-0 --port 20003 --healthz-port 20004 --metrics-port 20005"
        " --initial-cluster dapr-placement-0=127.0.0.1:20002 --metadata-enabled"
    )
    listen = " --listen-address 127.0.0.1 --healthz-listen-address 127.0.0.1 --metrics-listen-address 127.0.0.1"
    assert words(tmp_path, "placement-0", small("1.12.0")) == common
    assert words(tmp_path, "placement-0", small("1.16.0")) == common + listen
    assert words(tmp_path, "placement-0", small("1.18.2")) == common + listen + " --disseminate-timeout 8000ms"


def test_three_placements_know_each_other(tmp_path: Path) -> None:
    topology = Topology(hosts=1, placements=3)
    lines = [words(tmp_path, f"placement-{k}", topology) for k in range(3)]
    clusters = {line.split("--initial-cluster ")[1].split(" ")[0] for line in lines}
    assert clusters == {
        "dapr-placement-0=127.0.0.1:20002,dapr-placement-1=127.0.0.1:20003,dapr-placement-2=127.0.0.1:20004"
    }


def test_scheduler(tmp_path: Path) -> None:
    old = words(tmp_path, "scheduler-0", small("1.14.1"))
    assert old.endswith(
        "--etcd-data-dir /scratch/scheduler-0/etcd --initial-cluster dapr-scheduler-server-0=http://127.0.0.1:20006"
        " --etcd-client-ports dapr-scheduler-server-0=20010 --replica-count 1"
    )
    middle = words(tmp_path, "scheduler-0", small("1.16.0"))
    assert middle.endswith(
        "--etcd-initial-cluster dapr-scheduler-server-0=http://127.0.0.1:20006 --etcd-client-port 20010"
        " --override-broadcast-host-port 127.0.0.1:20007"
    )
    assert words(tmp_path, "scheduler-0", small("1.18.2")) == middle + " --etcd-client-listen-address 127.0.0.1"


def test_store_syncs_every_write_and_never_rewrites(tmp_path: Path) -> None:
    assert words(tmp_path, "store", small("1.18.2")) == (
        "/bin/redis-server --bind 127.0.0.1 --port 20001 --protected-mode yes --daemonize no --dir /scratch/store"
        " --save  --appendonly yes --appendfsync always --aof-use-rdb-preamble no --aof-load-truncated yes"
        " --auto-aof-rewrite-percentage 0"
    )


def test_postgres_syncs_every_commit(tmp_path: Path) -> None:
    topology = Topology(hosts=1, spare_hosts=0, store="postgres")
    deployment = planned(tmp_path, topology)
    shell, option, _, name, launcher, *rest = deployment.blueprint.units["store"].argv
    assert (shell, option, name) == ("/bin/sh", "-c", "store")
    assert "initdb" in launcher
    assert " ".join(rest) == (
        "/bin/postgres actorproof postgres -c listen_addresses=127.0.0.1 -c port=20001 -c unix_socket_directories="
        " -c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_connections=200"
        " -c dynamic_shared_memory_type=mmap"
    )
    # Where this is root, PostgreSQL is not, and has to get to its folder below this one.
    assert (tmp_path / "scratch").stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize(("version", "form"), [("1.18.2", "v2"), ("1.14.1", "v2"), ("1.12.0", "v1")])
def test_postgres_component(tmp_path: Path, version: str, form: str) -> None:
    topology = Topology(
        hosts=1, spare_hosts=0, version=version, schedulers=0 if version == "1.12.0" else 1, store="postgres"
    )
    link = next(link for link in planned(tmp_path, topology).blueprint.links if link.name == "host-1>store")
    text = (tmp_path / "scratch" / "resources" / "host-1" / "statestore.yaml").read_text()
    assert f"  type: state.postgresql\n  version: {form}\n" in text
    assert f'"host=127.0.0.1 port={link.listen.port} user=actorproof database=postgres sslmode=disable"' in text
    assert '    - name: actorStateStore\n      value: "true"\n' in text
    assert (link.server, link.protocol) == ("store", "postgres")


def without(name: str) -> Programs:
    programs = fake_programs("1.18.2")
    return replace(programs, found={key: program for key, program in programs.found.items() if key != name})


def test_store_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match=r"postgres for version 1\.18\.2 is missing"):
        plan(
            topology=Topology(store="postgres"),
            programs=without("postgres"),
            addresses=Loopback(CountedPorts()),
            scratch=tmp_path / "scratch",
            run_dir=tmp_path / "run",
            python="python3",
        )


def test_application(tmp_path: Path) -> None:
    topology = Topology(
        hosts=1, spare_hosts=0, proxied=False, subject="sdk", idle_timeout_s=20.0, drain_timeout_s=10.0,
        drain_enabled=False, breakage="two-turns", reentrancy=True, max_stack_depth=5,
        reentrancy_exceptions=("Lone", "Counter"),
    )  # fmt: skip
    assert words(tmp_path, "host-1/app", topology) == (
        "python3 -m actorproof.harness.subjects.sdk --host host-1 --process host-1/app#{incarnation}"
        " --listen 127.0.0.1:20011 --sidecar 127.0.0.1:20014 --journal /run/raw/host-1_app_{incarnation}.jsonl"
        " --idle-timeout-s 20.0 --drain-timeout-s 10.0 --drain-enabled false --reentrancy true --max-stack-depth 5"
        " --reentrancy-exceptions Lone,Counter --breakage two-turns"
    )


def test_sidecar_advertises_what_the_proxy_listens_on(tmp_path: Path) -> None:
    deployment = planned(tmp_path, Topology(hosts=2))
    sidecar = deployment.blueprint.units["host-2/sidecar"]
    assert dict(sidecar.env)["DAPR_HOST_IP"] == "127.0.2.2"
    assert "127.0.1.2" in sidecar.argv
    direct = planned(tmp_path, Topology(hosts=2, version="1.12.0", schedulers=0)).blueprint.units["host-2/sidecar"]
    assert dict(direct.env)["DAPR_HOST_IP"] == "127.0.1.2"
