"""Actorproof: a testing and chaos harness for the guarantees of virtual-actor runtimes."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from actorproof.harness.run.replays import Trial
    from actorproof.reports.frames.frames import Frames

    __version__: str


def __getattr__(name: str) -> str:
    """`__version__`: that of what is installed, which comes from the tags of git."""
    if name != "__version__":
        raise AttributeError(f"module 'actorproof' has no attribute {name!r}")
    # Here, since processes of a cluster start by the dozen and ask for no version.
    from importlib import metadata  # noqa: PLC0415

    try:
        return metadata.version("actorproof")
    except metadata.PackageNotFoundError:
        return "0+unknown"  # a folder of modules that nobody installed


def load(folder: str | PathLike[str]) -> Frames:
    """A run as pandas frames: operations, turns, runtime_calls, saves, faults, tables, violations and causes.

    `folder` is a run's folder, as `actorproof run` and `verify` leave it under reports/out; nothing is written. The
    frame `columns` says what each column means, and its unit. HistoryError when the folder can't be read as a run.
    """
    # Here, since whoever asks for the version waits for no pandas.
    from pathlib import Path  # noqa: PLC0415

    from actorproof.harness.run.frames import load as read  # noqa: PLC0415

    return read(Path(folder))


def perform(
    scenario: str | PathLike[str],
    *,
    out: str | PathLike[str],
    dapr: str | None = None,
    driver: Literal["auto", "process", "docker", "simulated"] = "auto",
    seed: int | None = None,
    bug: str | None = None,
) -> Trial:
    """Run a scenario once, and say what came of it: `causes`, `outcome`, and the `folder` of its run below `out`.

    `scenario` is a TOML text, or the path of a TOML file. `dapr` is a version, its own when left out; `bug` is planted
    in the simulated runtime. UsageError for a scenario that can't be, ClusterError for a run that broke off.
    """
    from pathlib import Path  # noqa: PLC0415

    from actorproof.harness.run.perform import perform as run  # noqa: PLC0415 - as above

    text = scenario if isinstance(scenario, str) else Path(scenario)
    return run(text, out=Path(out), dapr=dapr, driver=driver, seed=seed, bug=bug)
