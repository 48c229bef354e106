"""A driver of a Ray cluster: takes calls over HTTP and makes them as a user's program does, in threads.

``python -m actorproof.harness.runtimes.ray_cluster.host.driver --kind workflow --listen 127.0.0.1:8000 ...``

When a call is answered it tells the node of the turn that the turn's save is acknowledged.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote

from actorproof.harness.runtimes.ray_cluster.host import disk, health
from actorproof.harness.runtimes.ray_cluster.host.actors import CALLED, TYPES, Args
from actorproof.harness.runtimes.ray_cluster.host.witness import TURNS, Witness

NAMESPACE = "actorproof"
FAILED = 500
RESOLVE = "_resolve_workflow_output"
"""What Ray waits for the answer of a virtual actor with; it has no public name."""
TRIES, AGAIN_S = 20, 0.5
# What Ray raises in a driver whose raylet is gone, from then on for ever.
CUT_OFF = ("Broken pipe", "Connection reset by peer")
TURN = re.compile(r"(\S+#\d+:t\d+): (\w+: .*)")


class Calls(Protocol):
    """How actors are called."""

    def call(self, type_: str, id_: str, method: str, op: str | None, args: Args) -> dict[str, Any] | None:
        """What the actor's method returns, None where Ray has lost that; whatever Ray raises goes on."""

    def try_write(self) -> dict[str, Any] | None:
        """What becomes of a write to the storage; None where there is none."""


class WorkflowCalls:
    """Virtual actors of Ray Workflow.

    Calls are handed over one after the other, as a program with one thread does; they are waited for at the same time.
    Two threads must not hand over at once, whatever the actors: which actor a call is of stands in a variable of the
    whole process (`ray.workflow.workflow_context`). Other drivers do likewise, and nobody tells one of the other.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        workflow: Any = importlib.import_module("ray.workflow")
        _init(workflow)
        # `ray.get` of what run_async returns waits for it while it is deserialized, under a lock of the whole process
        # (worker.py, deserialize_objects): a program that waits in one thread can't hand over in another one. So the
        # same function of Ray is called by whoever waits, and not by pickle.
        execution: Any = importlib.import_module("ray.workflow.execution")
        resolve = getattr(importlib.import_module("ray.workflow.workflow_access"), RESOLVE)
        execution.flatten_workflow_output = functools.partial(functools.partial, resolve)
        for each in TYPES.values():
            for name in each.READS:
                workflow.virtual_actor.readonly(getattr(each, name))
        self._classes = {name: workflow.virtual_actor(each) for name, each in TYPES.items()}
        self._handles: dict[str, Any] = {}
        self._turnstile = threading.Lock()
        self._turnstiles: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._put = importlib.import_module("ray.internal.storage").get_client(disk.PROBE).put

    def call(self, type_: str, id_: str, method: str, op: str | None, args: Args) -> dict[str, Any] | None:
        """Append a step to the actor's workflow, or run a readonly one beside them; wait for what it returns."""
        actor = f"{type_}/{id_}"
        with self._turnstiles[actor]:
            if actor not in self._handles:
                # A handle keeps only a weak hold of its actor.
                self._handles[actor] = self._made(type_, actor)
            with self._turnstile:
                reference = getattr(self._handles[actor], method).run_async(actor, op, args)
        answer: dict[str, Any] | None = self._awaited(reference)
        return answer

    def _awaited(self, reference: Any) -> Any:
        """What a call comes to. That of a readonly method has an ordinary reference."""
        return reference() if callable(reference) else self._ray.get(reference)

    def _made(self, type_: str, actor: str) -> Any:
        """A handle of an actor, once that is ready. Other actors are called while that is waited for.

        What Ray says of one whose newest step was cut off is no answer: that it is none, or, for ever, that what would
        tell was lost with the program which made it. As in the document it is called all the same: the next step sees
        to that one, and what reads takes the state before it.
        """
        with self._turnstile:
            handle = self._classes[type_].get_or_create(workflow_of(actor))
        with contextlib.suppress(Exception):  # the call itself shows what is true
            with self._turnstile:
                ready = handle.ready()
            self._awaited(ready)
        return handle

    def try_write(self) -> dict[str, Any]:
        """As Ray itself does it."""
        return disk.try_write(self._put)


def _init(workflow: Any) -> None:
    """Begin with workflows. Of two programs that do so at once Ray fails one: it has another try, as a person would."""
    for _ in range(TRIES):
        try:
            workflow.init()
        except ValueError as error:
            if "already exists" not in str(error):
                raise
            time.sleep(AGAIN_S)
        else:
            return
    workflow.init()


class ActorCalls:
    """Plain actors, which live in one process each: named, detached, and started again when that dies."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._classes = {name: ray.remote(each) for name, each in TYPES.items()}
        self._handles: dict[str, Any] = {}
        self._lock = threading.Lock()

    def call(self, type_: str, id_: str, method: str, op: str | None, args: Args) -> dict[str, Any]:
        """Send it to the actor and wait for what it returns."""
        actor = f"{type_}/{id_}"
        with self._lock:
            handle = self._handles.get(actor)
            if handle is None:
                handle = self._handles[actor] = (
                    self._classes[type_]
                    .options(
                        name=actor,
                        get_if_exists=True,
                        lifetime="detached",
                        max_restarts=-1,
                        num_cpus=0,
                        resources={TURNS: 0.001},
                    )
                    .remote()
                )
        answer: dict[str, Any] = self._ray.get(getattr(handle, method).remote(actor, op, args))
        return answer

    def try_write(self) -> None:
        """Nothing is kept."""


KINDS: dict[str, type[WorkflowCalls | ActorCalls]] = {"workflow": WorkflowCalls, "actor": ActorCalls}


def workflow_of(actor: str) -> str:
    """The id of an actor's workflow: one segment of a path."""
    return quote(actor, safe="").replace(".", "%2E")


class Nodes:
    """The witnesses of the nodes, by host; each journals what is said of its own turns."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._lock = threading.Lock()
        self._known: dict[str, Witness] = {}

    def acknowledged(self, save: str) -> None:
        """Say that a save was acknowledged. A node that is gone hears nothing: then it is not known to be."""
        host = save.partition("/")[0]
        try:
            with self._lock:
                if host not in self._known:
                    self._known[host] = Witness(str(self._sockets / f"{host}.witness"))
                line = self._known[host]
            line.save_ended(save)  # a node that stands still keeps the others' waiting for nothing
        except OSError:
            with self._lock:
                self._known.pop(host, None)


class Driver:
    """Answers requests with calls."""

    def __init__(self, ray: Any, calls: Calls, nodes: Nodes) -> None:
        self._ray = ray
        self._calls = calls
        self._nodes = nodes

    def call(self, path: str, body: bytes) -> tuple[int, Any]:
        """Status and body of the answer to ``POST /call/TYPE/ID/METHOD``."""
        match [unquote(part) for part in path.split("/")[1:]]:
            case ["call", type_, id_, method] if _is_method(type_, method):
                pass
            case _:
                return 404, {"error": "there is no such actor type or method"}
        try:
            asked = json.loads(body or b"{}")
            op, args = asked.get("op"), asked.get("args") or {}
        except (ValueError, AttributeError):
            return 400, {"error": "the body is not understood"}
        try:
            answer = self._calls.call(type_, id_, method, op, args)
        except Exception as error:  # noqa: BLE001 - whatever Ray raises is the answer
            return FAILED, _failure(error)
        if answer is None:
            return FAILED, {"error": "the call was answered with nothing: what its method returned is lost"}
        save = answer.pop("save", None)
        if save is not None:
            self._nodes.acknowledged(save)
        return 200, answer

    def try_write(self) -> dict[str, Any] | None:
        """What becomes of a write to the storage; None where there is none."""
        return self._calls.try_write()

    def nodes(self) -> list[str]:
        """The addresses of the nodes that the GCS takes for alive, the head's too."""
        return sorted({each["NodeManagerAddress"] for each in self._ray.nodes() if each["Alive"]})


def _is_method(type_: str, name: str) -> bool:
    return hasattr(getattr(TYPES.get(type_), name, None), CALLED)


def _failure(error: Exception) -> dict[str, Any]:
    """What is told of a call that raised: the turn that failed, if a turn did."""
    text = str(error)
    found = TURN.search(text)
    if found:
        return {"turn": found[1], "error": found[2]}
    lines = text.strip().splitlines() or [""]
    return {"error": f"{type(error).__name__}: {lines[-1]}"[:300]}


def handler(driver: Driver) -> type[health.Handler]:
    """What answers the requests of one connection."""

    class Requests(health.Handler):
        """Calls, the nodes, the storage, and whether this process is ready."""

        def do_GET(self) -> None:  # noqa: N802 - as the library calls it
            if self.path == "/nodes":
                try:
                    self.answer(200, driver.nodes())
                except Exception as error:  # noqa: BLE001 - as above
                    self.answer(500, _failure(error))
                return
            if self.path == "/disk" and (written := driver.try_write()) is not None:
                self.answer(200, written)
                return
            super().do_GET()

        def do_POST(self) -> None:  # noqa: N802 - as the library calls it
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said = driver.call(self.path, body)
            if status == FAILED and any(words in said.get("error", "") for words in CUT_OFF):
                os._exit(1)  # whoever started this program starts it again
            self.answer(status, said)

    return Requests


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="One driver of a Ray cluster.")
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--sockets", type=Path, required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--ip", required=True)
    parser.add_argument("--gcs", required=True)
    return parser.parse_args()


def main() -> None:
    """Answer until SIGTERM; end when the node that this driver is connected to does."""
    options = parse()
    ray: Any = importlib.import_module("ray")
    try:
        ray.init(
            address=options.gcs,
            _node_ip_address=options.ip,
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level="ERROR",
        )
        calls = KINDS[options.kind](ray)
    except Exception as error:  # noqa: BLE001 - whatever Ray raises, one line says it
        sys.exit(f"the driver can't use the cluster: {type(error).__name__}: {' '.join(str(error).split())[:500]}")
    ip, _, port = options.listen.rpartition(":")
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    try:
        health.serve(ip, int(port), handler(Driver(ray, calls, Nodes(options.sockets))))
    except OSError as error:
        sys.exit(f"the driver can't listen at {options.listen}: {error.strerror}")
    asked.wait()
    os._exit(0)  # calls that are under way are cut off, as their callers were told


if __name__ == "__main__":
    main()
