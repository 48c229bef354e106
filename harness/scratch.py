"""Scratch: a folder for what nobody wants afterwards. However its process ends, it goes."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from actorproof.harness.drivers.process.guardian import write_owner

PREFIX = "actorproof-"
# It waits until nobody holds the other end of its input any more, as when that process was killed, and removes the
# folder. It has a session of its own, so that what is sent to a group or by a terminal does not end it.
KEEPER = 'read -r _; exec rm -rf -- "$0"'


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder in the system's temporary one, with a note of whose it is for `actorproof doctor`."""
    folder = Path(tempfile.gettempdir()).absolute() / f"{PREFIX}{secrets.token_hex(8)}"
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.defpath},  # that of this process may hold no rm
    )
    with keeper:  # leaving it ends its input, and waits until the folder is gone
        folder.mkdir(mode=0o700)  # only now: a process that is killed here has somebody who removes it
        write_owner(folder, owner=os.getpid())
        yield folder
