"""What a forked process does to be a host: a module of its own, since the process loads the one that this stands in."""

from __future__ import annotations

import importlib
import os
import sys

from actorproof.harness.subjects.options import run

HOSTS = "actorproof.harness.subjects"


def serve(kind: str, words: tuple[str, ...], environment: dict[str, str]) -> None:
    """As ``python -m actorproof.harness.subjects.KIND WORDS``, with variables beside the usual ones."""
    os.environ.update(environment)
    sys.argv = [kind, *words]
    run(importlib.import_module(f"{HOSTS}.{kind}").serve)
