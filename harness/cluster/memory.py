"""Memory: what processes of this machine have resident."""

from __future__ import annotations

import psutil


def resident_bytes(pid: int) -> int | None:
    """Of a process and all its children; None when it is gone."""
    try:
        root = psutil.Process(pid)
        return sum(_of(each) for each in (root, *root.children(recursive=True)))
    except psutil.NoSuchProcess:
        return None


def _of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
