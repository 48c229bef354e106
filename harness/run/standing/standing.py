"""Standing: the clusters that stay, found by their keepers' processes, and what commands ask of one.

A keeper is found by its command line, so nothing can be left that speaks of one which is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil

from actorproof.harness.errors import ActorproofError, ClusterError, FaultError, UsageError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.live import Live, OpenFault, Tail
from actorproof.harness.run.standing.spec import ENDED, STATE, Door, Ended, Spec
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Inject, StartLoad

Step = TypeVar("Step", bound=AnyStep)
KEEPER = "actorproof.harness.run.standing.keeper"
# Going down takes what a run's end takes: healing, actors that answer, final reads, the judgement.
DOWN_S = 300.0
# A step may be a join, or a load whose last calls have to end.
STEP_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One cluster that stays; `pid` is its keeper's."""

    pid: int
    spec: Spec

    @property
    def folder(self) -> RunFolder:
        """Where its run is recorded."""
        return RunFolder(Path(self.spec.folder))

    @property
    def door(self) -> Door | None:
        """How it is asked; None as long as it is not up, and when it goes down."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode((self.folder.path / STATE).read_bytes(), type=Door)
        return None

    def live(self) -> Live:
        """Where it stands now."""
        live = Live()
        live.feed(Tail(self.folder.raw).new())
        return live

    def perform(self, step: AnyStep) -> Live:
        """Have a step done, wait until it is, and give where the cluster stands then.

        ClusterError when it can't be asked; FaultError, with what could not be done.
        """
        return self._done(lambda _: step)[1]

    def inject(self, verb: str, target: str, params: Mapping[str, int] | None = None) -> OpenFault:
        """Inject a fault, and leave it in place, with an effect or without. Errors as those of `perform`."""
        step, live = self._done(
            lambda live: Inject(id=f"f{live.injected + 1}", verb=verb, target=target, params=dict(params or {}))
        )
        found = live.faults.get(step.id)
        if found is None:
            raise FaultError(f"{verb} {target} is not in place: it was healed meanwhile")
        return found

    def begin_load(self, load: Load) -> str:
        """Start a load; its id, by which a `StopLoad` names it. Errors as those of `perform`."""
        return self._done(lambda live: StartLoad(id=f"load-{live.loads + 1}", load=load))[0].id

    def down(self) -> Ended | None:
        """Have it go down, wait until its run is recorded and judged, and give what that came to.

        One that does not answer is killed, and its driver's guardian takes it down: None then.
        """
        process = psutil.Process(self.pid)
        try:
            self._ask({}, timeout_s=10.0)
        except ClusterError:
            process.kill()
        with contextlib.suppress(psutil.Error):
            process.wait(timeout=DOWN_S)
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            raise ClusterError(
                f"cluster {self.spec.name} is still going down (process {self.pid}): look into {self.folder.logs}"
            )
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode((self.folder.path / ENDED).read_bytes(), type=Ended)
        return None

    def _done(self, make: Callable[[Live], Step]) -> tuple[Step, Live]:
        """The step that is made of where the cluster stands, and where it stands when that was done."""
        live, tail = Live(), Tail(self.folder.raw)
        live.feed(tail.new())
        before = len(live.troubles)
        step = make(live)
        self._ask({"step": msgspec.to_builtins(step)}, timeout_s=STEP_S)
        live.feed(tail.new())
        if live.troubles[before:]:
            raise FaultError("; ".join(live.troubles[before:]))
        return step, live

    def _ask(self, what: dict[str, object], *, timeout_s: float) -> None:
        door = self.door
        if door is None:
            raise ClusterError(f"cluster {self.spec.name} is not up yet, or goes down: try again in a moment")
        try:
            with socket.create_connection(("127.0.0.1", door.port), timeout=timeout_s) as connection:
                connection.sendall(json.dumps({"word": door.word, **what}).encode() + b"\n")
                answer = json.loads(connection.makefile("rb").readline() or b'{"error": "it went away"}')
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"cluster {self.spec.name} (process {door.pid}) does not answer: {error}; see {self.folder.logs}"
            ) from error
        if "error" in answer:
            raise ClusterError(f"cluster {self.spec.name}: {answer['error']}")


def standing() -> tuple[Standing, ...]:
    """Every cluster of this user that stays, by name."""
    return tuple(sorted(_keepers(), key=lambda each: each.spec.name))


def _keepers() -> Iterator[Standing]:
    for process in psutil.process_iter(["pid", "cmdline", "status", "uids"]):
        words = process.info["cmdline"] or []
        if KEEPER not in words or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        if process.info["uids"] and process.info["uids"].real != os.getuid():
            continue
        with contextlib.suppress(ValueError, ActorproofError):
            yield Standing(pid=process.info["pid"], spec=Spec.decode(words[-1]))


def the_one(name: str = "") -> Standing:
    """The cluster of that name, or the only one. UsageError when there is none, or it is not said which is meant."""
    there = standing()
    names = ", ".join(each.spec.name for each in there)
    if name:
        for each in there:
            if each.spec.name == name:
                return each
        todo = f"there is {names}" if there else "start it with `actorproof up`"
        raise UsageError(f"no cluster {name} is up: {todo}")
    if not there:
        raise UsageError("no cluster is up: start one with `actorproof up`")
    if len(there) > 1:
        raise UsageError(f"{len(there)} clusters are up ({names}): name one with --cluster")
    return there[0]


def start(spec: Spec, *, told: Callable[[str], None]) -> Standing:
    """Start a keeper, and wait until its cluster is up; `told` hears how far it is.

    UsageError when the name is taken; ClusterError, or whatever else the keeper says, when it does not come up. An
    interruption takes it down again.
    """
    if any(each.spec.name == spec.name for each in standing()):
        raise UsageError(f"cluster {spec.name} is up already: choose another --name, or `actorproof down {spec.name}`")
    process = subprocess.Popen(
        [sys.executable, "-m", KEEPER, spec.encode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_until_up(process, told=told)
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    finally:
        assert process.stdout is not None
        process.stdout.close()
    process.returncode = 0  # it goes on: nobody is to wait for it, nor be warned that nobody did
    return Standing(pid=process.pid, spec=spec)


class _RefusedError(ActorproofError):
    """What a keeper said before it ended."""


def _wait_until_up(process: subprocess.Popen[bytes], *, told: Callable[[str], None]) -> None:
    assert process.stdout is not None
    rest = ""
    for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            rest = line.decode(errors="replace").strip() or rest
            continue
        if said.get("up"):
            return
        if "error" in said:
            error = _RefusedError(said["error"])
            error.exit_code = said["code"]  # type: ignore[misc]  # what it came to there
            raise error
        told(said["phase"])
    raise ClusterError(f"the cluster did not come up: {rest or 'its keeper was ended'}")


def minutes_left(door: Door) -> float:
    """How long a cluster stays, in minutes."""
    return max(0.0, door.ends - time.time()) / 60
