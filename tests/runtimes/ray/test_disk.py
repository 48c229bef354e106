"""What the harness says of the disk is what Ray's processes find when they write."""

from __future__ import annotations

import asyncio
import errno
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.cluster.port import Condition as Wanted
from actorproof.harness.runtimes.ray_cluster.host.disk import Condition, Full, try_write
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
