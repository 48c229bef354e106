from __future__ import annotations

import os
import subprocess
import sys

from actorproof.harness.cluster.memory import resident_bytes


def test_a_process_has_memory_with_that_of_its_children() -> None:
    alone = resident_bytes(os.getpid())
    assert alone is not None
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        together = resident_bytes(os.getpid())
        child.communicate(b"\n")
    assert together is not None
    assert together > alone > 1_000_000
    assert resident_bytes(child.pid) is None
