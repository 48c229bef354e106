"""Nodes and drivers say in one line why they end, whatever becomes of Ray's own processes. Ray is a stand-in here."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import actorproof
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_journal
from actorproof.harness.runtimes.ray_cluster.host.log import Log
from actorproof.harness.runtimes.ray_cluster.host.node import Turns

PACKAGE = "actorproof.harness.runtimes.ray_cluster.host"
DEADLINE_S = 30.0
PARAMETER = """
class RayParams:
    def __init__(self, **given):
        self.given = given
"""
NODE = """
import os, pathlib
class Dead:
    def poll(self):
        return 11
class Node:
    # This node's processes write the second files of their kind: the first are another node's.
    def __init__(self, params, head, shutdown_at_exit, spawn_reaper):
        self.logs = pathlib.Path(params.given["temp_dir"], "logs")
        self._incremental_dict = {(".out", "raylet", str(self.logs)): 2}
        if os.environ["STAND_IN"] == "refuses":
            raise RuntimeError("the raylet\\nexits at once")
        print(params.given["node_ip_address"], head, flush=True)
    def get_logs_dir_path(self):
        self.logs.mkdir(parents=True)
        (self.logs / "raylet.out").write_text("1 E another node's\\n")
        (self.logs / "raylet.1.out").write_text("1 E the disk\\n2 E is full\\n3 I bye\\n")
        return str(self.logs)
    def dead_processes(self):
        return [("raylet", Dead())] if os.environ["STAND_IN"] == "dies" else []
    def kill_all_processes(self, check_alive, allow_graceful):
        print("ended in order", flush=True)
"""
RAY = """
import os
def init(**given):
    if os.environ["STAND_IN"] == "refuses":
        raise ConnectionError("no GCS there")
def nodes():
    return [{"NodeManagerAddress": "127.0.1.7", "Alive": True}, {"NodeManagerAddress": "127.0.1.8", "Alive": False}]
def get(reference):
    said = reference()
    if isinstance(said, Exception):
        raise said
    return said
def remote(cls):
    return Remote()
class Remote:
    def options(self, **given):
        return self
    def remote(self):
        return Handle()
class Handle:
    def __getattr__(self, name):
        return Method(name)
class Method:
    def __init__(self, name):
        self.name = name
    def remote(self, actor, op, args):
        said = {"add": {"turn": "t", "instance": 1, "process": "p", "result": 3,
                        "save": "host-1/node#2:s1"},
                "get": None,
                "fail": ValueError("ray::fail\\nhost-1/node#1:t7: ValueError: it fails, as it was asked to"),
                "read": RuntimeError("System error: Broken pipe")}
        return lambda: said[self.name]
"""


def ray_package(folder: Path) -> Path:
    """A folder with a package that is called ray."""
    package = folder / "stand-in" / "ray"
    (package / "_private").mkdir(parents=True)
    (package / "__init__.py").write_text(RAY)
    (package / "_private" / "__init__.py").touch()
    (package / "_private" / "parameter.py").write_text(PARAMETER)
    (package / "_private" / "node.py").write_text(NODE)
    return package.parent


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return ray_package(tmp_path)


def start(module: str, *words: str, stand_in: Path, how: str = "runs") -> subprocess.Popen[str]:
    path = f"{stand_in}:{Path(actorproof.__file__).parents[1]}"
    env = {"PYTHONPATH": path, "PATH": os.environ["PATH"], "STAND_IN": how, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", f"{PACKAGE}.{module}", *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def node(tmp_path: Path, *, stand_in: Path, how: str, port: int) -> subprocess.Popen[str]:
    words = ["--name", "host-1", "--listen", f"127.0.0.1:{port}", "--ip", "127.0.1.1", "--gcs", "127.0.1.9:6379"]
    words += ["--node-port", "1", "--object-port", "2", "--sockets", str(tmp_path / "s"), "--cpus", "1"]
    words += ["--process", "host-1/node#1", "--journal", str(tmp_path / "raw" / "node.jsonl")]
    return start("node", *words, "--witness", str(tmp_path / "w"), stand_in=stand_in, how=how)


def asked(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """The answer of a process, once it listens."""
    end_s = time.monotonic() + DEADLINE_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except ConnectionRefusedError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)
        finally:
            connection.close()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=DEADLINE_S)
    return process.returncode, out, err


def test_a_raylet_that_does_not_start_is_told_in_one_line(tmp_path: Path, stand_in: Path, slot: Slot) -> None:
    code, _, err = ended(node(tmp_path, stand_in=stand_in, how="refuses", port=slot.port()))
    assert (code, err) == (1, "Ray's node host-1 does not start: RuntimeError: the raylet exits at once\n")


def test_a_port_that_is_taken_is_told_in_one_line_and_leaves_nothing_of_ray(tmp_path: Path, stand_in: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = ended(node(tmp_path, stand_in=stand_in, how="runs", port=port))
        words = ["--kind", "actor", "--sockets", str(tmp_path), "--listen", f"127.0.0.1:{port}"]
        driver = start("driver", *words, "--ip", "127.0.1.1", "--gcs", "127.0.1.9:6379", stand_in=stand_in)
        said = ended(driver)
    assert (code, err) == (1, f"Ray's node host-1 does not start: 127.0.0.1:{port}: Address already in use\n")
    assert out.splitlines()[-1] == "ended in order"
    assert said[::2] == (1, f"the driver can't listen at 127.0.0.1:{port}: Address already in use\n")


def test_a_node_ends_with_its_raylet(tmp_path: Path, stand_in: Path, slot: Slot) -> None:
    code, _, err = ended(node(tmp_path, stand_in=stand_in, how="dies", port=slot.port()))
    assert (code, err) == (1, "Ray's node host-1 ends: raylet (code 11, 2 E is full) ended\n")


def test_a_node_is_ready_once_ray_runs_and_ends_in_order_when_it_is_asked_to(
    tmp_path: Path, stand_in: Path, slot: Slot
) -> None:
    port = slot.port()
    process = node(tmp_path, stand_in=stand_in, how="runs", port=port)
    assert asked(port, "GET", "/healthz") == (200, {})
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (0, "127.0.1.1 False\nended in order\n", "")
    assert [type(event) for event in read_journal(tmp_path / "raw" / "node.jsonl")] == [ev.JournalOpened]


@contextmanager
def driver(tmp_path: Path, stand_in: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with Slot.acquire() as slot:
        port = slot.port()
        words = ["--kind", "actor", "--sockets", str(tmp_path)]
        words += ["--listen", f"127.0.0.1:{port}", "--ip", "127.0.1.1", "--gcs", "127.0.1.9:6379"]
        process = start("driver", *words, stand_in=stand_in)
        try:
            yield port, process
        finally:
            process.kill()
            process.communicate()


def test_a_driver_that_finds_no_cluster_is_told_in_one_line(tmp_path: Path, stand_in: Path) -> None:
    words = ["--kind", "actor", "--sockets", str(tmp_path), "--listen", "127.0.0.1:1"]
    process = start("driver", *words, "--ip", "127.0.1.1", "--gcs", "127.0.1.9:1", stand_in=stand_in, how="refuses")
    assert ended(process)[::2] == (1, "the driver can't use the cluster: ConnectionError: no GCS there\n")


@pytest.mark.parametrize("process", ["host-1/node#2", "host-1/node#3"])
def test_a_save_is_acknowledged_to_the_life_of_the_node_that_began_it_when_its_call_was_answered(
    tmp_path: Path, stand_in: Path, process: str
) -> None:
    log = Log(tmp_path / "raw" / "node.jsonl", process=process)
    turns = Turns(log, tmp_path / "host-1.witness")
    with driver(tmp_path, stand_in) as (port, _):
        body = b'{"op": "c.1", "args": {"by": 3}}'
        answer = {"turn": "t", "instance": 1, "process": "p", "result": 3}
        assert asked(port, "POST", "/call/Counter/a%2Fb/add", body) == (200, answer)
    turns.close()
    log.close()
    ends = [event for event in read_journal(tmp_path / "raw" / "node.jsonl") if isinstance(event, ev.SaveEnded)]
    assert [(each.save, each.acknowledged) for each in ends] == [("host-1/node#2:s1", True)] * (process[-1] == "2")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a driver answers whose nodes are gone, and that keeps nothing."""
    folder = tmp_path_factory.mktemp("driver")
    with driver(folder, ray_package(folder)) as (port, _):
        yield port


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/call/Counter/a/add", b"", 200),
        ("POST", "/call/Counter/a/save", b"{}", 404),
        ("POST", "/call/Counter/a/__init__", b"{}", 404),
        ("POST", "/call/NoSuch/a/add", b"{}", 404),
        ("POST", "/call/Counter/add", b"{}", 404),
        ("POST", "/reminder/Counter/a/r", b"{}", 404),
        ("POST", "/disk", b"{}", 404),
        ("GET", "/disk", b"", 404),
        ("POST", "/call/Counter/a/add", b"[", 400),
        ("POST", "/call/Counter/a/add", b"[]", 400),
    ],
)
def test_a_call_is_answered_and_what_is_none_is_refused(
    port: int, method: str, path: str, body: bytes, status: int
) -> None:
    assert asked(port, method, path, body)[0] == status


def test_a_call_that_raises_names_its_turn_and_one_whose_answer_is_lost_is_no_success(port: int) -> None:
    failed = {"turn": "host-1/node#1:t7", "error": "ValueError: it fails, as it was asked to"}
    assert asked(port, "POST", "/call/Counter/a/fail") == (500, failed)
    status, said = asked(port, "POST", "/call/Counter/a/get")
    assert (status, "lost" in said["error"]) == (500, True)


def test_a_driver_tells_which_nodes_are_alive(port: int) -> None:
    assert asked(port, "GET", "/nodes") == (200, ["127.0.1.7"])


def test_a_driver_that_has_lost_its_node_ends_so_that_it_is_started_again(tmp_path: Path, stand_in: Path) -> None:
    with driver(tmp_path, stand_in) as (port, process):
        with pytest.raises(http.client.RemoteDisconnected):
            asked(port, "POST", "/call/Register/a/read")
        assert process.wait(DEADLINE_S) == 1
