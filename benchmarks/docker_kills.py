"""How reliably nothing outlives the harness: SIGKILL it at random moments of a run on the docker driver.

    python -m benchmarks.docker_kills [COUNT] [SEED]

15 s after each of the kills (20 by default) the engine must have no container, network or volume of that run, and the
machine no scratch folder of it.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.errors import ActorproofError
from actorproof.harness.provision.images import require
from actorproof.harness.provision.leftovers import leftovers

LIMIT_S = 15.0
LATEST_S = 25.0


def left(engine: Engine, owner: int) -> list[str]:
    """What is there of the run of a process, by name."""
    filters = {"label": f"actorproof.owner={owner}"}
    containers = engine.client.containers.list(all=True, filters=filters, ignore_removed=True)
    networks = engine.client.networks.list(filters=filters)
    volumes = engine.client.volumes.list(filters=filters)
    # Of folders only dead processes' count: a run that lives has its own.
    folders = [str(each.path) for each in leftovers() if each.owner_pid == owner]
    return [*(each.name for each in (*containers, *networks, *volumes)), *folders]


def kill_once(engine: Engine, after_s: float, out: str) -> tuple[int, float, list[str]]:
    """How many things were there at the kill, how long until none was (s), and what is left after the limit."""
    command = [sys.executable, "-m", "actorproof", "run", "kill-and-recover", "--driver", "docker", "--out", out]
    log = Path(out) / "said.txt"
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        time.sleep(after_s)
        if process.poll() is not None:
            raise SystemExit(f"the run ended by itself with {process.returncode}: {log.read_text()[-500:]}")
        there = len(left(engine, process.pid))
        process.kill()
        killed = time.monotonic()
        process.wait()
        gone = killed
        while time.monotonic() - killed < LIMIT_S:
            if left(engine, process.pid):
                gone = time.monotonic()
            time.sleep(0.2)
        return there, gone - killed, left(engine, process.pid)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    try:
        engine = Engine.connect()
        require(engine, version=DEFAULT_VERSION, chosen={})
    except ActorproofError as error:
        print(f"docker_kills: skipped, {error}")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="actorproof-kills-") as out:
        for number in range(1, count + 1):
            after_s = rng.uniform(0.3, LATEST_S)
            there, gone_s, remains = kill_once(engine, after_s, out)
            failed += bool(remains)
            verdict = f"LEFT {', '.join(remains)}" if remains else f"nothing left after {gone_s:.1f} s"
            print(f"kill {number:2} at {after_s:4.1f} s: {there:2} things there, {verdict}", flush=True)
    print(f"{count - failed} of {count} kills left nothing {LIMIT_S:g} s later")
    engine.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
