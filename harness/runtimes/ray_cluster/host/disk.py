"""Disk: the folder that Ray keeps things in, as a file system that can be told to behave as a bad disk does.

Ray takes it by a URI (``custom://`` and this module's `opened`). As long as nothing is told, all is done by pyarrow's
own local file system. What is told stands in a file beside the folder, which every process looks at before it acts.

What steps leave is appended to a log beside the folder, too, since a file shows its last state alone. A step that was
executed again has written its file twice, and each time a caller may have been answered.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

SAID = ".condition"
"""What is appended to the folder's name: the file that says how the disk is. It holds `mode` and `delay_ms`."""
LOGGED = ".log"
"""What is appended to the folder's name: the log, one JSON object a line, one write a line."""
OUTPUT = "output.pkl"
"""The name of a file that holds the state which a step left."""
CODES = {"read-only": errno.EROFS, "full": errno.ENOSPC}
PROBE = "probe"


class Condition:
    """How the disk is now."""

    def __init__(self, folder: str) -> None:
        self._said = Path(folder.rstrip("/") + SAID)

    def mode(self) -> str:
        """``read-only``, ``full``, ``slow``, or nothing. Where it is slow, it has been waited for."""
        try:
            said = json.loads(self._said.read_bytes())
        except FileNotFoundError:
            return ""
        if said["mode"] == "slow":
            time.sleep(said["delay_ms"] / 1000)
        return str(said["mode"])

    def refuse(self, path: str, *modes: str) -> str:
        """The mode; OSError, as the kernel says it, when it is one of those."""
        mode = self.mode()
        if mode in modes:
            raise OSError(CODES[mode], os.strerror(CODES[mode]), path)
        return mode


class Logged:
    """A file that is appended to a log once it is whole: before whoever wrote it goes on."""

    mode = "wb"
    closed = False

    def __init__(self, inner: Any, path: str, log: str) -> None:
        self._inner = inner
        self._path = path
        self._log = log
        self._data = b""
        self._whole = True
        self._opened_ns = time.monotonic_ns()

    def write(self, data: Any) -> int:
        """Write it; OSError goes on, and then nothing is appended."""
        self._whole = False
        self._inner.write(data)
        self._data += bytes(data)
        self._whole = True
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return len(self._data)

    def flush(self) -> None:
        """Hand over what is held back."""
        self._inner.flush()

    def close(self) -> None:
        """Close it, and append it to the log. OSError when that takes only a part of it."""
        if self.closed:
            return
        self.closed = True
        self._inner.close()
        if self._whole:
            said = {"path": self._path, "opened_ns": self._opened_ns, "data": b64encode(self._data).decode()}
            append(self._log, json.dumps(said).encode() + b"\n")


def append(log: str, line: bytes) -> None:
    """Append a line by one write. OSError when it takes only a part of it."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.write(handle, line) != len(line):
            raise OSError(errno.EIO, os.strerror(errno.EIO), log)
    finally:
        os.close(handle)


class Full:
    """A file on a full disk: it was opened, and emptied if it was there, and takes no byte."""

    mode = "wb"
    closed = False

    def __init__(self, inner: Any, path: str) -> None:
        self._inner = inner
        self._path = path

    def write(self, data: Any) -> int:
        """OSError, unless there is nothing to write."""
        if len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path)
        return 0

    def tell(self) -> int:
        """How much was written."""
        return 0

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Close it."""
        self.closed = True
        self._inner.close()


def opened(folder: str) -> tuple[Any, str]:
    """What Ray asks for: the file system, and where in it its folder is."""
    fs: Any = importlib.import_module("pyarrow.fs")
    arrow: Any = importlib.import_module("pyarrow")
    local = fs.LocalFileSystem()
    condition = Condition(folder)
    log = folder.rstrip("/") + LOGGED

    class Handler(fs.FileSystemHandler):  # type: ignore[misc]  # what is imported at run time has no types
        """Does what it is asked to by the local file system, if the disk lets it. Ray's paths have no first slash."""

        def __eq__(self, other: object) -> bool:
            return type(other) is type(self)

        def __ne__(self, other: object) -> bool:
            return not self == other

        __hash__ = None  # type: ignore[assignment]  # as of all that are equal by their kind

        def get_type_name(self) -> str:
            return "disk"

        def normalize_path(self, path: str) -> str:
            return path

        def get_file_info(self, paths: list[str]) -> Any:
            condition.mode()
            return local.get_file_info([_rooted(path) for path in paths])

        def get_file_info_selector(self, selector: Any) -> Any:
            condition.mode()
            there = fs.FileSelector(
                _rooted(selector.base_dir), allow_not_found=selector.allow_not_found, recursive=selector.recursive
            )
            return local.get_file_info(there)

        def create_dir(self, path: str, recursive: bool) -> None:  # noqa: FBT001 - as it is called
            condition.refuse(path, "read-only", "full")
            local.create_dir(_rooted(path), recursive=recursive)

        def delete_dir(self, path: str) -> None:
            condition.refuse(path, "read-only")
            local.delete_dir(_rooted(path))

        def delete_file(self, path: str) -> None:
            condition.refuse(path, "read-only")
            local.delete_file(_rooted(path))

        def open_input_stream(self, path: str) -> Any:
            condition.mode()
            return local.open_input_stream(_rooted(path))

        def open_output_stream(self, path: str, metadata: Any) -> Any:
            mode = condition.refuse(path, "read-only")
            stream = local.open_output_stream(_rooted(path), metadata=metadata)
            if mode == "full":
                return arrow.PythonFile(Full(stream, path), mode="w")
            if not path.endswith(f"/{OUTPUT}"):
                return stream
            return arrow.PythonFile(Logged(stream, _rooted(path), log), mode="w")

        # Ray's storage uses none of these.
        delete_dir_contents = delete_root_dir_contents = move = copy_file = None
        open_input_file = open_append_stream = None

    return fs.PyFileSystem(Handler()), folder


def _rooted(path: str) -> str:
    return "/" + path.lstrip("/")


def try_write(put: Callable[[str, bytes], object]) -> dict[str, Any]:
    """What becomes of one small write: what it is refused with, and how long it took."""
    begun_s = time.monotonic()
    try:
        put(PROBE, b"written")
    except OSError as error:
        refused = error.strerror or str(error)
    else:
        refused = ""
    return {"refused": refused, "took_ms": (time.monotonic() - begun_s) * 1000}
