"""Command lines by version."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from actorproof.harness.cluster.topology import StoreName, Topology

from .support import planned


def words(folder: Path, unit: str, topology: Topology) -> str:
    """A unit's command line with the test's folder left out."""
    argv = planned(folder, topology).blueprint.units[unit].argv
    return " ".join(argv).replace(str(folder), "")


def small(version: str, *, store: StoreName = "redis", proxied: bool = False) -> Topology:
    schedulers: Literal[0, 1] = 0 if version == "1.12.0" else 1
    return Topology(hosts=1, spare_hosts=0, schedulers=schedulers, version=version, store=store, proxied=proxied)


LISTENS = ("--dapr-internal-grpc-listen-address 127.0.1.1", "--metrics-listen-address 127.0.0.1")
SCHEDULED, LIMITED = "--scheduler-host-address", "--actors-disseminate-timeout 8000ms"
PLACED = "--listen-address 127.0.0.1 --healthz-listen-address 127.0.0.1 --metrics-listen-address 127.0.0.1"
BROADCAST, ETCD_LISTENS = "--override-broadcast-host-port", "--etcd-client-listen-address 127.0.0.1"


@pytest.mark.parametrize(
    ("unit", "version", "has", "has_not"),
    [
        ("host-1/sidecar", "1.12.0", ("--dapr-listen-addresses 127.0.0.1",), (*LISTENS, SCHEDULED, LIMITED)),
        ("host-1/sidecar", "1.14.1", (*LISTENS, SCHEDULED), (LIMITED,)),
        ("host-1/sidecar", "1.16.0", (*LISTENS, SCHEDULED), (LIMITED,)),
        ("host-1/sidecar", "1.18.2", (*LISTENS, SCHEDULED, LIMITED), ()),
        ("placement-0", "1.12.0", ("--metadata-enabled",), (PLACED, "disseminate")),
        ("placement-0", "1.16.0", ("--metadata-enabled", PLACED), ("disseminate",)),
        ("placement-0", "1.18.2", ("--metadata-enabled", PLACED, "--disseminate-timeout 8000ms"), ()),
        ("scheduler-0", "1.14.1", (" --initial-cluster ", "--etcd-client-ports", "--replica-count 1"), (BROADCAST,)),
        ("scheduler-0", "1.16.0", ("--etcd-initial-cluster", "--etcd-client-port ", BROADCAST), (ETCD_LISTENS,)),
        ("scheduler-0", "1.18.2", ("--etcd-initial-cluster", "--etcd-client-port ", BROADCAST, ETCD_LISTENS), ()),
    ],
)
def test_a_program_is_told_what_its_version_takes(
    tmp_path: Path, unit: str, version: str, has: tuple[str, ...], has_not: tuple[str, ...]
) -> None:
    line = words(tmp_path, unit, small(version))
    assert [word for word in has if word not in line] == []
    assert [word for word in has_not if word in line] == []


def test_without_placement_no_unit_link_or_word_names_it(tmp_path: Path) -> None:
    topology = Topology(hosts=1, placements=0, version="1.19.0-rc.1")
    blueprint = planned(tmp_path, topology).blueprint
    assert not [name for name in blueprint.units if "placement" in name]
    assert not [link.name for link in blueprint.links if "placement" in link.name]
    assert "placement" not in words(tmp_path, "host-1/sidecar", topology)


def test_three_placements_know_each_other(tmp_path: Path) -> None:
    topology = Topology(hosts=1, placements=3)
    lines = [words(tmp_path, f"placement-{k}", topology) for k in range(3)]
    clusters = {line.split("--initial-cluster ")[1].split(" ")[0] for line in lines}
    assert clusters == {
        "dapr-placement-0=127.0.0.1:20002,dapr-placement-1=127.0.0.1:20003,dapr-placement-2=127.0.0.1:20004"
    }


def test_store_syncs_every_write_and_never_rewrites(tmp_path: Path) -> None:
    line = words(tmp_path, "store", small("1.18.2"))
    assert "--appendonly yes --appendfsync always --aof-use-rdb-preamble no --aof-load-truncated yes" in line
    assert line.endswith("--auto-aof-rewrite-percentage 0")


def test_postgres_syncs_every_commit(tmp_path: Path) -> None:
    deployment = planned(tmp_path, small("1.18.2", store="postgres"))
    shell, option, _, name, launcher, *rest = deployment.blueprint.units["store"].argv
    assert (shell, option, name) == ("/bin/sh", "-c", "store")
    assert "initdb" in launcher
    assert "-c fsync=on -c synchronous_commit=on -c full_page_writes=on" in " ".join(rest)
    # Where this is root, PostgreSQL is not, and has to get to its folder below this one.
    assert (tmp_path / "scratch").stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize(("version", "form"), [("1.18.2", "v2"), ("1.14.1", "v2"), ("1.12.0", "v1")])
def test_postgres_component(tmp_path: Path, version: str, form: str) -> None:
    topology = small(version, store="postgres", proxied=True)
    link = next(link for link in planned(tmp_path, topology).blueprint.links if link.name == "host-1>store")
    text = (tmp_path / "scratch" / "resources" / "host-1" / "statestore.yaml").read_text()
    assert f"  type: state.postgresql\n  version: {form}\n" in text
    assert f'"host=127.0.0.1 port={link.listen.port} user=actorproof database=postgres sslmode=disable"' in text
    assert '    - name: actorStateStore\n      value: "true"\n' in text
    assert (link.server, link.protocol) == ("store", "postgres")


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
