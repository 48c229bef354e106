"""Write: puts the four reports of a run into its folder, all or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from actorproof.harness.errors import ActorproofError
from actorproof.reports import junit, markdown, verdicts
from actorproof.reports.html import page
from actorproof.reports.report import HTML, JSON, JUNIT, SUMMARY, Report


def write_all(report: Report, folder: Path) -> None:
    """Write report.html, verdicts.json, junit.xml and summary.md.

    All are made in memory first, then written under temporary names, then renamed: a reader finds the old or the new
    of each, never a part, and a failure before the renames leaves everything as it was.
    ActorproofError when the folder can't be written.
    """
    write_whole(
        {
            HTML: page.render(report).encode(),
            JUNIT: junit.render(report),
            SUMMARY: markdown.render(report).encode(),
            JSON: verdicts.render(report).encode(),
        },
        folder,
    )


def write_whole(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write files by name, in order, each whole. ActorproofError when the folder can't be written."""
    waiting: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            waiting.append((Path(temporary), folder / name))
            with open(handle, "wb") as file:  # noqa: PTH123 - mkstemp gives a descriptor
                os.fchmod(handle, 0o644)
                file.write(content)
                file.flush()
                os.fsync(handle)
        for temporary_path, path in waiting:
            temporary_path.replace(path)
    except OSError as error:
        raise ActorproofError(
            f"{folder}: reports can't be written ({error.strerror or error}): make room there or choose another --out"
        ) from error
    finally:
        for temporary_path, _ in waiting:
            with suppress(OSError):
                temporary_path.unlink(missing_ok=True)
