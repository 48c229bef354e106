"""Export: frames as files, CSV or Parquet, and the trace."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

from actorproof.harness.errors import ActorproofError
from actorproof.reports.frames import trace
from actorproof.reports.frames.frames import Frames
from actorproof.reports.write import write_whole

Format = Literal["parquet", "csv", "perfetto"]
TRACE = "trace.json"


def export(frames: Frames, format_: Format, folder: Path) -> tuple[Path, ...]:
    """Write a file a frame, or one trace, into a folder: all or none. Returns the files.

    ActorproofError when the folder can't be written, or when Parquet is asked for and pyarrow is not there.
    """
    contents = {
        "perfetto": _trace,
        "csv": _csv,
        "parquet": _parquet,
    }[format_](frames)
    write_whole(contents, folder)
    return tuple(folder / name for name in contents)


def _trace(frames: Frames) -> dict[str, bytes]:
    return {TRACE: trace.render(frames.parts, frames.report)}


def _csv(frames: Frames) -> dict[str, bytes]:
    return {f"{name}.csv": frame.to_csv(index=False).encode() for name, frame in frames.by_name().items()}


def _parquet(frames: Frames) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for name, frame in frames.by_name().items():
        target = BytesIO()
        try:
            frame.to_parquet(target, index=False, engine="pyarrow")
        except ImportError:
            raise ActorproofError(
                "Parquet needs pyarrow, which is not there: pip install 'actorproof[parquet]', or choose --to csv"
            ) from None
        contents[f"{name}.parquet"] = target.getvalue()
    return contents
