"""The command `watch`, and the same screen beside a run (`--live`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actorproof.harness.cli.standing import Cluster
from actorproof.harness.errors import UsageError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.standing.standing import the_one
from actorproof.reports.console import ConsoleProgress, is_live


def watch(
    run: Annotated[Path | None, Parameter(help="A run's folder; the cluster that is up when left out.")] = None,
    /,
    *,
    once: Annotated[bool, Parameter(help="Print the screen once, and end.", negative=())] = False,
    cluster: Cluster = "",
) -> int:
    """Show a run under way: owners, calls, faults, turns that are open too long, and what is broken so far."""
    # rich and what judges take a second to load.
    from actorproof.harness.run.watch import Watch  # noqa: PLC0415

    folder = the_one(cluster).folder if run is None else RunFolder.open(run)
    if folder.read_info().parts:
        raise UsageError(f"{folder.path} is a run of several scenarios: name the folder of one of them")
    watching = Watch(folder)
    if once or not is_live(sys.stdout):
        watching.show_once()
    else:
        watching.show()
    return 0


class LiveProgress(ConsoleProgress):
    """Shows the screen of `watch` instead of lines, from a process of its own: drawing must not hold up a run."""

    def __init__(self) -> None:
        super().__init__(live=False, every_s=float("inf"))
        self._watch: subprocess.Popen[bytes] | None = None

    def recording(self, folder: Path) -> None:
        """Watch a run whose journals begin to stand in a folder."""
        self._end()
        self._watch = subprocess.Popen(
            [sys.executable, "-m", "actorproof", "watch", str(folder)], stdin=subprocess.DEVNULL
        )

    def phase(self, text: str, *, expected_s: float | None = None) -> None:
        """Say it where no screen is shown."""
        if self._watch is None:
            super().phase(text, expected_s=expected_s)

    def close(self) -> None:
        """Take the screen away."""
        self._end()
        super().close()

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.terminate()
            self._watch.wait()
            self._watch = None
