"""What a command doesn't need it doesn't load."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
sys.argv[0] = "actorproof"
from actorproof.harness.cli.main import main
try:
    main()
finally:
    heavy = ("aiohttp", "asyncio", "dapr", "hypothesis", "msgspec", "multiprocessing", "pandas")
    print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(("word", "needed"), [("--version", []), ("--help", []), ("list", ["msgspec"])])
def test_no_heavy_library_is_loaded(word: str, needed: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, word], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, f"{needed}\n")


def test_a_run_loads_no_client_of_a_store_that_it_has_not() -> None:
    program = (
        "import actorproof.harness.run.run, sys; print([name for name in ('asyncpg', 'ray') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
