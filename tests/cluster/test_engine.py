"""What an engine's refusals come to: one line that names the thing and says what to do."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.errors import EngineError, ProvisionError, UsageError
from actorproof.harness.provision.images import find, kinds, parse, require

from .fake_engine import Answers, fake_engine

Connected = Callable[[Answers], Engine]


def refusal(monkeypatch: pytest.MonkeyPatch, host: str) -> str:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EngineError) as caught:
        Engine.connect()
    text = str(caught.value)
    assert "\n" not in text
    assert "--driver process" in text
    return text


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch, short: Path) -> Iterator[Connected]:
    """Connects to an engine that answers what it is told to."""
    with ExitStack() as opened:

        def connect(answers: Answers) -> Engine:
            monkeypatch.setenv("DOCKER_HOST", opened.enter_context(fake_engine(short, answers)))
            engine = Engine.connect()
            opened.callback(engine.close)
            return engine

        yield connect


def test_an_engine_that_is_gone_is_told_from_one_that_may_not_be_used(
    monkeypatch: pytest.MonkeyPatch, short: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{short}/old.sock")
    assert "no engine answers there" in refusal(monkeypatch, f"unix://{short}/old.sock")

    def connect(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", connect)
    said = "this user may not use it; add the user to the group docker"
    assert said in refusal(monkeypatch, f"unix://{short}/e.sock")


def test_engine_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is not this machine's own" in refusal(monkeypatch, "tcp://10.0.0.1:2375")


@pytest.mark.parametrize("api", ["1.12", "1.40"])
def test_api_too_old(monkeypatch: pytest.MonkeyPatch, short: Path, api: str) -> None:
    with fake_engine(short, {("GET", "/version"): (200, {"ApiVersion": api, "Version": "1"})}) as host:
        text = refusal(monkeypatch, host)
    assert "too old" in text or "don't match" in text
    assert "update it" in text


@pytest.mark.parametrize(
    ("chosen", "named", "store", "said"),
    [
        ({}, "", "redis", r"lacks 7 images \(daprio/daprd:1\.18\.2, .*setup --images"),
        ({"daprd": "mine:1"}, "", "redis", "image mine:1 that option --image names for daprd is missing"),
        ({}, "other:2", "redis", "image other:2 that ACTORPROOF_IMAGE_REDIS names for redis is missing"),
        ({}, "", "postgres", r"postgres:16.*setup --images --dapr 1\.18\.2 --store postgres`"),
    ],
    ids=["all", "one of an option", "one of a variable", "those of another store"],
)
def test_images_that_are_missing_are_named_with_what_to_do(
    connected: Connected,
    monkeypatch: pytest.MonkeyPatch,
    *,
    chosen: dict[str, str],
    named: str,
    store: StoreName,
    said: str,
) -> None:
    if named:
        monkeypatch.setenv("ACTORPROOF_IMAGE_REDIS", named)
    with pytest.raises((ProvisionError, EngineError), match=said):
        require(connected({}), version="1.18.2", chosen=chosen, store=store)


def test_published_before_local(connected: Connected) -> None:
    there: Answers = {
        ("GET", "/images/daprio/daprd:1.18.2/json"): (200, {"Id": "sha256:published"}),
        ("GET", "/images/actorproof-local/daprd:1.18.2/json"): (200, {"Id": "sha256:made"}),
        ("GET", "/images/actorproof-local/redis:7/json"): (200, {"Id": "sha256:redis"}),
        ("GET", "/images/mine:3/json"): (200, {"Id": "sha256:mine"}),
    }
    images, missing = find(connected(there), version="1.18.2", chosen={"toxiproxy": "mine:3"})
    assert [(image.id, image.origin) for image in images.found.values()] == [
        ("sha256:published", "published"),
        ("sha256:redis", "made on this machine"),
        ("sha256:mine", "named by option --image"),
    ]
    assert [kind.name for kind in missing] == ["placement", "scheduler", "python", "sandbox"]


def test_local_images_can_not_be_taken_for_published_ones() -> None:
    for version in ("1.18.2", "1.12.0"):
        for kind in kinds(version):
            assert kind.local.startswith("actorproof-local/")
            assert not kind.published.startswith("actorproof-local/")
    assert "scheduler" not in {kind.name for kind in kinds("1.12.0")}


def test_images_with_postgres(connected: Connected) -> None:
    names = [kind.name for kind in kinds("1.18.2", store="postgres")]
    assert "postgres" in names
    assert "redis" not in names
    assert parse(("postgres=a:1",), version="1.18.2", store="postgres") == {"postgres": "a:1"}
    there: Answers = {
        ("GET", f"/images/{kind.local}/json"): (200, {"Id": f"sha256:{kind.name}"})
        for kind in kinds("1.18.2", store="postgres")
    }
    engine = connected(there)
    images = require(engine, version="1.18.2", chosen={}, store="postgres")
    with pytest.raises(ProvisionError, match=r"redis:7.*setup --images"):
        require(engine, version="1.18.2", chosen={})
    found = images.programs["postgres"]
    assert found is not None
    assert (found.version, str(found.path)) == ("15", "postgres")
    assert "redis-server" not in {program.name for program in images.programs.all}


def test_image_options() -> None:
    assert parse(("daprd=a:1", "redis=b"), version="1.18.2") == {"daprd": "a:1", "redis": "b"}
    for wrong in ("daprd", "daprd=", "etcd=x"):
        with pytest.raises(UsageError, match="is not NAME=REFERENCE: choose NAME from daprd, "):
            parse((wrong,), version="1.18.2")


@pytest.mark.parametrize(
    ("status", "message", "meaning"),
    [
        (403, "Pool overlaps with other one on this address space", "every subnet for it is in use"),
        (
            500,
            "could not find an available, non-overlapping IPv4 address pool among the defaults",
            "every subnet for it is in use",
        ),
        (500, "write /var/lib/x: no space left on device", "the engine's disk is full"),
        (500, "failed to\nsomething   else", "failed to something else; see the engine's log"),
    ],
)
def test_network_refused(connected: Connected, short: Path, status: int, message: str, meaning: str) -> None:
    engine = connected({("POST", "/networks/create"): (status, {"message": message})})
    with pytest.raises(EngineError, match="can't make the run's network") as caught:
        Ground.open(engine, scratch=short / "scratch", proxy="toxiproxy")
    assert meaning in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (short / "scratch").exists()
