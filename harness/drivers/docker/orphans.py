"""Orphans: what a dead run left in the engine, its reaper being dead, too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import requests
from docker.errors import DockerException  # type: ignore[import-untyped]  # the library has no types

from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.drivers.docker.ground import LABEL, OWNER, OWNER_START
from actorproof.harness.drivers.process.guardian import is_alive, start_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """Names of what carries the label of one run whose harness, `owner_pid`, is gone."""

    run: str
    owner_pid: int
    containers: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """Commands that remove it, and what to do when they don't."""
        words = []
        if self.containers:
            words.append(f"docker rm -f -v {' '.join(self.containers)}")
        if self.networks:
            words.append(f"docker network rm {' '.join(self.networks)}")
        unless = "" if self.containers else " (if it has active endpoints but no containers: restart the engine)"
        return " && ".join(words) + unless


def orphans(engine: Engine) -> tuple[Orphans, ...]:
    """Everything of dead runs, run by run. EngineError when the engine does not say."""
    filters = {"label": LABEL}
    found: dict[tuple[str, int], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    try:
        containers = engine.client.containers.list(all=True, filters=filters, ignore_removed=True)
        networks = engine.client.networks.list(filters=filters)
    except (DockerException, requests.RequestException) as error:
        raise explain(error, "list what earlier runs left") from error
    for kind, things in enumerate((containers, networks)):
        for thing in things:
            labels = thing.labels if kind == 0 else thing.attrs["Labels"]
            owner = int(labels.get(OWNER, "0"))
            if not is_alive(owner) or str(start_ticks(owner)) != labels.get(OWNER_START):
                found[labels[LABEL], owner][kind].append(thing.name)
    return tuple(
        Orphans(run=run, owner_pid=owner, containers=tuple(names), networks=tuple(nets))
        for (run, owner), (names, nets) in sorted(found.items())
    )
