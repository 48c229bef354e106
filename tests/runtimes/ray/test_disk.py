"""What the harness says of the disk is what Ray's processes find when they write."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.cluster.port import Condition as Wanted
from actorproof.harness.runtimes.ray_cluster.host.disk import Condition, Full, opened, try_write
from actorproof.harness.runtimes.ray_cluster.volume import Folder


@pytest.fixture
def disk(tmp_path: Path) -> tuple[Folder, Condition]:
    """Both ends: who spoils it, and who obeys."""
    return Folder(tmp_path / "storage", {}), Condition(str(tmp_path / "storage"))


def put(condition: Condition) -> Callable[[str, bytes], object]:
    return lambda key, _: condition.refuse(key, "read-only", "full")


@pytest.mark.parametrize(("how", "said"), [("read-only", "Read-only file system"), ("full", "No space left on device")])
def test_a_write_is_refused_as_by_the_kernel_until_the_disk_is_good_again(
    disk: tuple[Folder, Condition], how: Wanted, said: str
) -> None:
    folder, condition = disk
    assert try_write(put(condition))["refused"] == ""
    asyncio.run(folder.spoil("store", how))
    assert try_write(put(condition))["refused"] == said
    asyncio.run(folder.restore("store"))
    assert try_write(put(condition))["refused"] == ""


def test_a_slow_disk_does_what_it_is_asked_to_and_takes_its_time(disk: tuple[Folder, Condition]) -> None:
    folder, condition = disk
    asyncio.run(folder.spoil("store", "slow", delay_ms=50))
    begun_s = time.monotonic()
    written = try_write(put(condition))
    assert written["refused"] == ""
    assert time.monotonic() - begun_s >= 0.05
    assert written["took_ms"] >= 50


def test_a_full_disk_takes_no_byte_of_a_file_that_it_let_be_opened() -> None:
    inner = io.BytesIO()
    file = Full(inner, "a/b")
    assert file.write(b"") == 0
    with pytest.raises(OSError, match="No space left") as raised:
        file.write(b"x")
    assert raised.value.errno == errno.ENOSPC
    file.close()
    assert inner.closed


def test_what_a_step_leaves_is_in_the_log_each_time_that_it_is_written_and_all_else_is_in_its_file_alone(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pyarrow", reason="the library pyarrow is not installed: pip install pyarrow")
    fs, folder = opened(str(tmp_path / "storage"))
    fs.create_dir(f"{folder}/steps/add", recursive=True)
    for name, data in (("inputs.json", b"{}"), ("output.pkl", b"first"), ("output.pkl", b"second")):
        with fs.open_output_stream(f"{folder}/steps/add/{name}") as file:
            file.write(data)
    assert (tmp_path / "storage/steps/add/output.pkl").read_bytes() == b"second"
    lines = [json.loads(line) for line in (tmp_path / "storage.log").read_text("utf-8").splitlines()]
    output = str(tmp_path / "storage/steps/add/output.pkl")
    assert [(line["path"], b64decode(line["data"])) for line in lines] == [(output, b"first"), (output, b"second")]
    assert lines[0]["opened_ns"] < lines[1]["opened_ns"] < time.monotonic_ns()
