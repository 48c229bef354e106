"""Log: the journal of one process, in the form of `harness.history.journal`: one event a line, one write an event."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any


class Log:
    """Writes events into a new file; threads may share it. OSError ends the process: a gap would be a lie."""

    def __init__(self, path: Path, *, process: str) -> None:
        self.process = process
        self._lock = threading.Lock()
        self._seq = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        run = path.parent / "run"
        self.write(
            "journal-opened",
            pid=os.getpid(),
            boot_id=Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
            time_namespace=os.readlink("/proc/self/ns/time"),  # noqa: PTH115 - no path, a name
            wall_ns=time.time_ns(),
            run=run.read_text("utf-8") if run.is_file() else "",
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def write(self, kind: str, **fields: Any) -> int:
        """Write one event; the instant that it is stamped with."""
        with self._lock:
            t_ns = time.monotonic_ns()
            event = {"kind": kind, "process": self.process, "seq": self._seq, "t_ns": t_ns, **fields}
            line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
            try:
                written = os.write(self._fd, line)
            except OSError:
                written = 0
            if written != len(line):
                os._exit(3)
            self._seq += 1
            return t_ns
