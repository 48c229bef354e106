"""Images that the user named are asked who they are; an engine of our own making answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actorproof.harness.drivers.docker import inquiry
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.inquiry import asked
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.identity import Interview
from actorproof.harness.provision.images import Image, Images, kinds
from actorproof.harness.runtimes.registry import deployable

VERSION = "1.18.2"


@dataclass
class Containers:
    """Containers whose programs print what they are told to; None never ends."""

    prints: str | None
    alive: int = 0
    labels: list[dict[str, str]] = field(default_factory=list)

    def create(self, _image: str, **options: Any) -> Any:
        self.alive += 1
        self.labels.append(options["labels"])
        return SimpleNamespace(
            start=lambda: None,
            reload=lambda: None,
            status="running" if self.prints is None else "exited",
            logs=(self.prints or "").encode,
            remove=self._remove,
        )

    def _remove(self, *, force: bool) -> None:
        assert force
        self.alive -= 1


def ask(containers: Containers, name: str, *, origin: str = "named by option --image") -> Image:
    kind = next(kind for kind in kinds(VERSION) if kind.name == name)
    image = Image(kind=kind, reference="mine:1", id="sha256:mine", origin=origin)
    engine = Engine(client=SimpleNamespace(containers=containers), path=Path("/nowhere"), version="24", api="1.43")
    found = asked(
        engine, Images(version=VERSION, found={name: image}), runtime=deployable("dapr"), labels={"owner": "me"}
    )
    return found[name]


def test_what_a_named_image_says_of_itself_is_kept() -> None:
    containers = Containers(prints="scope=dapr.runtime type=log ver=1.18.2")
    assert ask(containers, "daprd").program.said == "daprd 1.18.2"
    assert containers.alive == 0
    assert all(labels == {"owner": "me"} for labels in containers.labels)
    assert ask(Containers(prints="Redis server v=7.2.1 sha=0"), "redis").program.version == "7.2.1"


@pytest.mark.parametrize(
    ("prints", "why"),
    [
        ("scope=dapr.scheduler type=log ver=1.18.2", "says that it is scheduler 1.18.2: name a daprd in its place"),
        ("scope=dapr.runtime type=log ver=1.16.0", "says that it is daprd 1.16.0, and 1.18.2 was asked for"),
        ("hello", "does not answer as daprd does"),
    ],
)
def test_a_named_image_of_another_program_or_version_is_refused(prints: str, why: str) -> None:
    containers = Containers(prints=prints)
    with pytest.raises(ProvisionError, match=f"^image mine:1: .*{why}"):
        ask(containers, "daprd")
    assert containers.alive == 0


def test_a_named_image_that_hangs_is_ended_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "Interview", partial(Interview, patience_s=0.2))
    containers = Containers(prints=None)
    with pytest.raises(ProvisionError, match=r"^image mine:1: .* has not answered within 0\.2 s, so it was ended"):
        ask(containers, "daprd")
    assert containers.alive == 0


def test_published_images_are_what_their_tags_say() -> None:
    containers = Containers(prints="hello")
    assert ask(containers, "daprd", origin="published").program.version == VERSION
    assert containers.labels == []
