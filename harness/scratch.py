"""Scratch: a folder for what nobody wants afterwards. However its process ends, it goes."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.util import Finalize
from pathlib import Path

from actorproof.harness.drivers.process.guardian import write_owner

PREFIX = "actorproof-"
# What stays waits until nobody holds the other end of its input any more, as when that process was killed, and removes
# the folder. It has a session of its own, so that what is sent to a group or by a terminal does not end it, and is
# nobody's child: Ray's workers kill their children before they end.
KEEPER = 'exec 3<&0; { read -r _; exec rm -rf -- "$0"; } <&3 3<&- &'


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder in the system's temporary one, with a note of whose it is for `actorproof doctor`."""
    folder = Path(tempfile.gettempdir()).absolute() / f"{PREFIX}{secrets.token_hex(8)}"
    with subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.defpath},  # that of this process may hold no rm
    ) as keeper:
        keeper.wait()  # the one that stays was started
        folder.mkdir(mode=0o700)  # only now: a process that is killed here has somebody who removes it
        write_owner(folder, owner=os.getpid())
        try:
            yield folder
        finally:
            keeper.communicate()  # ends its input, and waits for its output's end: the folder is gone


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A new folder in one that this process keeps for all of its life, for runs that take less than a keeper does."""
    folder = _kept(os.getpid(), tempfile.gettempdir())[1] / secrets.token_hex(8)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@functools.cache
def _kept(_process: int, _where: str) -> tuple[AbstractContextManager[Path], Path]:
    """The scratch folder of a process, which goes when it ends; its context has to stay as long."""
    context = scratch_folder()
    folder = context.__enter__()
    Finalize(None, context.__exit__, args=(None, None, None), exitpriority=0)  # a pool's processes have no atexit
    return context, folder
