"""Called: what a person types to run Actorproof here, for every command that is printed.

``actorproof`` where the shell finds this installation by that name; in a checkout that ``make setup`` made, and in any
other environment that is not active, the path of the program, so that a command that was printed runs as it stands.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "actorproof"


def called(*, prefix: Path | None = None, path: str | None = None, folder: Path | None = None) -> str:
    """The words that a command line begins with: ``actorproof``, ``.venv/bin/actorproof``.

    They are for a shell in `folder` with `path` as its $PATH, by default this process's own; `prefix` is the
    environment that Actorproof is installed in.
    """
    program = Path(prefix or sys.prefix) / "bin" / NAME
    if prefix is None and Path(sys.argv[0]).name == NAME and Path(sys.argv[0]).is_file():
        program = Path(sys.argv[0]).absolute()
    found = shutil.which(NAME, path=path)
    if found is not None and os.path.realpath(found) == os.path.realpath(program):
        return NAME
    if not program.is_file():
        return f"{shlex.quote(sys.executable)} -m {NAME}"
    here = (folder or Path.cwd()).absolute()
    return shlex.quote(str(program.relative_to(here) if program.is_relative_to(here) else program))


def typed(command: str) -> str:
    """A command line as it is kept, which begins with ``actorproof``, as it is typed here."""
    first, space, rest = command.partition(" ")
    return f"{called()}{space}{rest}" if first == NAME else command


def spoken(text: str) -> str:
    """A text for people with each of its commands, which stand between backticks, as it is typed here."""
    return text.replace(f"`{NAME} ", f"`{called()} ")
