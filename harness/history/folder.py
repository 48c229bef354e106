"""RunFolder: where everything stands that there is to know about a run.

run.json, raw/ (one journal a process), history.jsonl (merged from raw/, can be made again), logs/, plan.json and the
reports. run.json says `running` until the history is complete, so a broken run is never taken for a whole one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.info import FORMAT, RunInfo
from actorproof.harness.history.journal import journal_name
from actorproof.harness.history.merge import merge, read_history, read_journal, write_history
from actorproof.harness.workload.written import FORMAT as PLAN_FORMAT
from actorproof.harness.workload.written import WrittenScenario

PLAN = "plan.json"
ADDRESSES = "addresses.json"


class _Format(msgspec.Struct, frozen=True):
    """What a plan.json says of its format; the first ones said nothing, and held steps only."""

    format: int = 1


class RunFolder:
    """One run's folder; `create` makes a new one, `open` reads one that is there."""

    def __init__(self, path: Path) -> None:
        # Absolute: units are started from folders of their own.
        self.path = path.absolute()

    @property
    def raw(self) -> Path:
        return self.path / "raw"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def history(self) -> Path:
        return self.path / "history.jsonl"

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new, empty run folder; UsageError when something is there already."""
        try:
            path.mkdir(parents=True)
            folder = cls(path)
            folder.raw.mkdir()
            folder.logs.mkdir()
        except FileExistsError:
            raise UsageError(f"{path} exists already: choose another --out, or remove it") from None
        except OSError as error:
            raise UsageError(f"{path} can't be made ({error.strerror}): choose another --out") from error
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open a run folder; HistoryError when it isn't one."""
        if not (path / "run.json").is_file():
            raise HistoryError(f"{path} is not a run folder: it has no run.json; name a folder under reports/out")
        return cls(path)

    def part(self, name: str) -> RunFolder:
        """The folder of one scenario inside a verify run."""
        return RunFolder(self.path / name)

    @property
    def is_closed(self) -> bool:
        """Whether the harness has journaled all that there was to tell; HistoryError when its journal can't be read."""
        file = self.raw / journal_name("harness")
        return file.is_file() and any(
            isinstance(event, ev.PhaseReached) and event.phase == "closed" for event in read_journal(file)
        )

    def write_addresses(self, addresses: Mapping[str, str]) -> None:
        """Note where each host's sidecar is asked, for whoever has calls of their own."""
        write_atomically(self.path / ADDRESSES, msgspec.json.encode(addresses))

    def read_addresses(self) -> dict[str, str]:
        """The base address of each host's sidecar, by host; HistoryError when none is noted."""
        try:
            return msgspec.json.decode((self.path / ADDRESSES).read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError) as error:
            raise HistoryError(f"{self.path} does not say where its hosts are asked: is its cluster up?") from error

    def write_info(self, info: RunInfo) -> None:
        """Write run.json, whole or not at all."""
        write_atomically(self.path / "run.json", msgspec.json.format(msgspec.json.encode(info)))

    def read_info(self) -> RunInfo:
        """Read run.json; HistoryError when it can't be read or is of another format."""
        file = self.path / "run.json"
        try:
            info = msgspec.json.decode(file.read_bytes(), type=RunInfo)
        except (OSError, msgspec.MsgspecError) as error:
            raise HistoryError(f"{file} can't be read as run.json: {error}") from error
        if info.format != FORMAT:
            raise HistoryError(
                f"{file} has format {info.format}, this Actorproof reads {FORMAT}: use a matching version"
            )
        return info

    def write_plan(self, plan: WrittenScenario) -> None:
        """Write plan.json: what was done, as data."""
        write_atomically(self.path / PLAN, msgspec.json.format(msgspec.json.encode(plan)))

    def read_plan(self) -> WrittenScenario:
        """Read plan.json; HistoryError when it is not there, can't be read or is of another format."""
        if not (self.path / PLAN).is_file():
            raise HistoryError(f"{self.path} has no {PLAN}: its run ended before its plan did; choose another run")
        return read_plan(self.path / PLAN)

    def merge(self) -> list[ev.Event]:
        """Merge the raw journals into history.jsonl, and return the events."""
        events = merge(self.raw)
        write_history(events, self.history)
        return events

    def read_history(self) -> list[ev.Event]:
        """The merged history; made again from raw/ when it is missing."""
        if self.history.is_file():
            return read_history(self.history)
        if self.raw.is_dir() and any(self.raw.iterdir()):
            return self.merge()
        raise HistoryError(f"{self.path} holds no history.jsonl and no raw journals: run the scenario again")


def read_plan(file: Path) -> WrittenScenario:
    """What a run did, from its plan.json; HistoryError when it can't be read or is of another format."""
    try:
        data = file.read_bytes()
        format_ = msgspec.json.decode(data, type=_Format).format
        if format_ == PLAN_FORMAT:
            return msgspec.json.decode(data, type=WrittenScenario)
    except (OSError, msgspec.MsgspecError, UsageError) as error:
        raise HistoryError(f"{file} can't be read as a plan: {error}") from error
    raise HistoryError(
        f"{file} is of another version of Actorproof (format {format_}, this one reads {PLAN_FORMAT}): run its scenario"
        " again"
    )


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise HistoryError(
            f"{path} can't be written ({error.strerror}): free some space or choose another --out"
        ) from error


def utc_now() -> str:
    """The wall clock for people, ISO 8601 in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
