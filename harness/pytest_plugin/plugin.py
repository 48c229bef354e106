"""The plugin: options, what is collected, and fixtures. It loads in every pytest of its environment, so it stays light.

- ``pytest scenarios/churn.py``, ``pytest mine.toml``, ``pytest mine.py`` with a SCENARIO in it: a scenario, a test a
  guarantee. A scenario is collected when its file is named, or stands in a folder of Actorproof's own that is named.
- ``actorproof_cluster``: a real cluster that the tests of one module share; see `cluster.Cluster`.
- ``actorproof_app``: what runs on its hosts; override it, or set `actorproof_command` and `actorproof_calls` in the
  settings of pytest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from actorproof.harness.application.application import Application
    from actorproof.harness.pytest_plugin.cluster import Cluster

PREFIX = "--actorproof-"
OURS = Path(__file__).resolve().parents[2] / "scenarios"
PYTHON = re.compile(rb"^SCENARIO\b[^=\n]*=\s*(\w+\.)*Scenario\(", re.MULTILINE)
TOML = re.compile(rb"^guarantees\s*=", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and settings."""
    group = parser.getgroup("actorproof")
    group.addoption(f"{PREFIX}profile", default="quick", help="of scenarios: quick, standard or soak")
    group.addoption(f"{PREFIX}seed", type=int, default=None, help="repeats a run's choices")
    group.addoption(f"{PREFIX}duration", type=float, default=None, help="of scenarios: seconds of load and faults")
    group.addoption(f"{PREFIX}driver", default="process", help="process or docker; of scenarios also auto, simulated")
    group.addoption(f"{PREFIX}out", default=None, help="folder for run folders")
    parser.addini("actorproof_command", "what runs on the hosts of actorproof_cluster; {port} is where it listens")
    parser.addini("actorproof_calls", "what a load calls, one a line: Type.method or Type.method=JSON", type="linelist")
    parser.addini("actorproof_hosts", "hosts of actorproof_cluster", default="2")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario that is named on the command line, or one of ours under a folder that is."""
    if not _scenario(file_path) or (file_path.parent != OURS and file_path not in _named(parent.config)):
        return None
    from actorproof.harness.pytest_plugin.scenario import ScenarioFile  # noqa: PLC0415 - a second, for those who ask

    collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collected


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take down what the workers of pytest-xdist shared, when all of them have ended."""
    if not hasattr(session.config, "workerinput") and session.config.stash.get(_SHARED, default=False):
        from actorproof.harness.pytest_plugin.cluster import end_shared  # noqa: PLC0415 - for those who share

        end_shared(session.config)


def pytest_configure(config: pytest.Config) -> None:
    """With pytest-xdist, all guarantees of a scenario go to one worker: they are decided from one run."""
    config.stash[_SHARED] = bool(getattr(config.option, "numprocesses", None))
    how = getattr(config.option, "dist", "no")
    if how == "no" or not any(_scenario(path) or path == OURS or path in OURS.parents for path in _named(config)):
        return
    if how == "each":
        raise pytest.UsageError("--dist each would run a scenario once a worker: choose another --dist")
    config.option.dist = "loadfile"


@pytest.fixture(scope="session")
def actorproof_app(pytestconfig: pytest.Config) -> Application | None:
    """What runs on the hosts: an application of yours, see `cluster.application`. Actorproof's own actors if None."""
    command = str(pytestconfig.getini("actorproof_command"))
    if not command:
        return None
    from actorproof.harness.pytest_plugin.cluster import application  # noqa: PLC0415 - for those who use it

    return application(command, calls=pytestconfig.getini("actorproof_calls"), cwd=pytestconfig.rootpath)


@pytest.fixture(scope="module")
def actorproof_cluster(request: pytest.FixtureRequest, actorproof_app: Application | None) -> Iterator[Cluster]:
    """A real cluster that the tests of one module share, under pytest-xdist too. It is taken down after them."""
    from actorproof.harness.pytest_plugin.cluster import shared  # noqa: PLC0415 - for those who use it

    with shared(request.config, module=request.path, application=actorproof_app) as cluster:
        yield cluster


_SHARED: pytest.StashKey[bool] = pytest.StashKey()


def _named(config: pytest.Config) -> list[Path]:
    return [(config.invocation_params.dir / word.split("::")[0]).resolve() for word in config.args]


def _scenario(path: Path) -> bool:
    """Whether a file holds a scenario, as far as its text says."""
    if path.suffix not in {".py", ".toml"} or not path.is_file():
        return False
    return (PYTHON if path.suffix == ".py" else TOML).search(path.read_bytes()) is not None
