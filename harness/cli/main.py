"""The command line; `actorproof --help` lists the commands.

Exit codes: 0 all hold or are listed deviations, 1 violated, 2 unknown, 3 error or could not run, 64 wrong usage.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

from actorproof.called import spoken
from actorproof.harness import interruption
from actorproof.harness.cache_folder import default_folder
from actorproof.harness.cli.output import folded, prepare_streams
from actorproof.harness.errors import ActorproofError

ERROR_EXIT = 3


def main() -> NoReturn:
    """Run the command line and exit with its documented code."""
    interruption.install()
    prepare_streams()
    # Hypothesis would leave a folder of its own wherever somebody stands.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(default_folder() / "hypothesis"))
    sys.exit(_exit_code(sys.argv[1:]))


def _exit_code(words: list[str]) -> int:
    try:
        # Here, so that an interruption while libraries load ends as any other does.
        from actorproof.harness.cli.app import perform  # noqa: PLC0415

        code = perform(words)
        sys.stdout.flush()
    except ActorproofError as error:
        said = f"actorproof: {spoken(str(error))}"
        # In a log it stays one line, for those who search it.
        print(folded(said) if sys.stderr.isatty() else said, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("actorproof: interrupted; everything that was started is stopped", file=sys.stderr)
        return ERROR_EXIT
    except BrokenPipeError:
        # Whoever read has gone: nobody is to hear of it from the interpreter's last flush either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR_EXIT
    except Exception:  # noqa: BLE001 - Python's own exit code 1 would read as "violated"
        traceback.print_exc()
        print(
            "actorproof: this is a fault of Actorproof itself; please report it with the lines above", file=sys.stderr
        )
        return ERROR_EXIT
    return code
