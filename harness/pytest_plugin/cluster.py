"""Cluster: what a test does to a real cluster, and what it may claim of it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness import interruption
from actorproof.harness.application import calls as words
from actorproof.harness.application.application import Application
from actorproof.harness.application.inquiry import inquire
from actorproof.harness.application.trial import WITHOUT_KNOWLEDGE, hosting
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import FaultError, UsageError
from actorproof.harness.pytest_plugin.plugin import PREFIX
from actorproof.harness.run import run as running
from actorproof.harness.run.so_far import report_so_far
from actorproof.harness.run.standing.spec import Spec
from actorproof.harness.run.standing.standing import Standing, standing, start
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Heal, StopLoad

LIMIT_S = 3600.0
MOST_HOSTS = 10
OF_OURS = ("turns", "activation", "durability", "recovery", "failover", "bystanders", "linearizability")


def application(command: str, *, calls: Sequence[str] = (), cwd: Path | None = None) -> Application:
    """An application of yours.

    Args:
        command: its command line; `{port}` in it becomes the port that it has to listen on.
        calls: what a load calls, each ``Type.method`` or ``Type.method=JSON``.
        cwd: the folder that it runs in; the current one if left out.
    """
    methods = words.parse(calls)
    types = tuple(dict.fromkeys(method.type for method in methods))
    where = str(cwd or Path.cwd())
    return Application(command=tuple(shlex.split(command)), types=types, cwd=where, methods=methods)


class Cluster:
    """A cluster that is up. Everything that is done to it is recorded, and can be judged at any time."""

    def __init__(self, one: Standing) -> None:
        self._one = one

    @property
    def folder(self) -> Path:
        """Where its run is recorded."""
        return self._one.folder.path

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its hosts' names."""
        topology = self._one.spec.topology
        return topology.host_names[: topology.hosts]

    def url(self, host: str = "host-1") -> str:
        """The base of the Dapr API of a host's sidecar, for calls of your own."""
        return self._one.folder.read_addresses()[host]

    @contextlib.contextmanager
    def fault(self, verb: str, target: str, **params: int) -> Iterator[None]:
        """A fault for as long as the block lasts: ``with cluster.fault("kill", "host-2"):``.

        FaultError when it has no effect. `actorproof list --faults` tells the kinds.
        """
        there = self._one.inject(verb, target, params)
        if there.missed:
            raise FaultError(f"{verb} {target} had no effect: {there.missed}")
        try:
            yield
        finally:
            self._one.perform(Heal(id=there.fault))

    @contextlib.contextmanager
    def load(self, *, clients: int = 8) -> Iterator[None]:
        """Calls of many clients for as long as the block lasts, and until the last of them is answered."""
        id_ = self._one.begin_load(Load(clients=clients, fickle=0, probes=0))
        try:
            yield
        finally:
            self._one.perform(StopLoad(id=id_))

    def assert_guarantee(self, guarantee: str) -> None:
        """Fail when a guarantee was broken so far in a way that is not listed for this version, or was not tried.

        UsageError for one that this cluster does not judge.
        """
        verdicts = {each.guarantee: each for each in report_so_far(self._one.folder).verdict.guarantees}
        if guarantee not in verdicts:
            raise UsageError(f"{guarantee} is not judged here: choose one of {', '.join(verdicts)}")
        verdict = verdicts[guarantee]
        if verdict.open_violations:
            said = "\n".join(f"  {each.actor}: {each.summary}" for each in verdict.open_violations[:3])
            pytest.fail(
                f"{guarantee} is violated {len(verdict.open_violations)}x, see {self.folder}\n{said}", pytrace=False
            )
        if not verdict.violations and not any(each.have for each in verdict.evidence):
            pytest.fail(f"{guarantee} was not tried: nothing happened that could have broken it", pytrace=False)


@contextlib.contextmanager
def shared(config: pytest.Config, *, module: Path, application: Application | None) -> Iterator[Cluster]:
    """The cluster of a module. Workers of pytest-xdist share one, which their controller takes down at the end."""
    worker = hasattr(config, "workerinput")
    name = f"{_family(config)}-{hashlib.sha256(str(module).encode()).hexdigest()[:8]}"
    with module.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # one worker starts it, and the others find it
        there = [each for each in standing() if each.spec.name == name]
        one = there[0] if there else _started(config, name=name, application=application)
    try:
        yield Cluster(one)
    finally:
        if not worker:
            one.down()
            _say(f"recorded and judged in {one.folder.path}")


def end_shared(config: pytest.Config) -> None:
    """Take down every cluster that the workers of this pytest shared."""
    for one in standing():
        if one.spec.name.startswith(f"{_family(config)}-"):
            one.down()


def _family(config: pytest.Config) -> str:
    """By what the clusters of one pytest are named, in its workers as in their controller."""
    return f"pytest-{_owner(config)}"


def _owner(config: pytest.Config) -> int:
    """The process whose end ends the clusters."""
    return os.getppid() if hasattr(config, "workerinput") else os.getpid()


def _started(config: pytest.Config, *, name: str, application: Application | None) -> Standing:
    hosts = config.getini("actorproof_hosts")
    if not hosts.isdigit() or not 1 <= int(hosts) <= MOST_HOSTS:
        raise UsageError(f"actorproof_hosts is {hosts}: choose 1 to {MOST_HOSTS}")
    topology = Topology(hosts=int(hosts))
    if application is not None:
        topology = hosting(topology, *interruption.run(inquire(application)))
    seed = config.getoption(f"{PREFIX}seed")
    options = Options(
        seed=secrets.randbelow(2**31) if seed is None else seed, driver=config.getoption(f"{PREFIX}driver")
    )
    out = config.getoption(f"{PREFIX}out")
    folder = (Path(out) if out else running.default_out()) / running.run_id("pytest", options.seed)
    spec = Spec(
        name=name,
        folder=str(folder.absolute()),
        limit_s=LIMIT_S,
        topology=replace(topology, version=options.version),
        guarantees=OF_OURS if application is None else WITHOUT_KNOWLEDGE,
        options=options,
        owner=_owner(config),
    )
    return start(spec, told=_say)


def _say(text: str) -> None:
    """Shown by pytest beside the test, as all output is."""
    sys.stderr.write(f"actorproof: {text}\n")
