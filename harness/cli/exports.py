"""The command that hands a run to other tools: `export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def export(
    folder: Annotated[Path, Parameter(help="A run's folder.")],
    /,
    *,
    to: Annotated[
        Literal["parquet", "csv", "perfetto"],
        Parameter(help="A file a frame, or one trace that opens in Perfetto (ui.perfetto.dev)."),
    ],
    out: Annotated[Path | None, Parameter(help="Folder for the files; FOLDER/export if left out.")] = None,
) -> int:
    """Write a run's frames, or its trace, for other tools, and print the files."""
    # What judges runs, and pandas, take a second to load.
    from actorproof.harness.run.frames import load  # noqa: PLC0415
    from actorproof.reports.frames.export import export as write  # noqa: PLC0415

    for file in write(load(folder), to, out or folder / "export"):
        print(file)
    return 0
