"""An application that can't be judged is named, with what is wrong, before any cluster is started."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.application import file
from actorproof.harness.application.application import Application
from actorproof.harness.application.inquiry import inquire
from actorproof.harness.errors import ActorproofError, ApplicationError, UsageError

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = {answers}.get(self.path, (404, ""))
        self.send_response(status); self.end_headers(); self.wfile.write(body.encode())
    def log_message(self, *words): pass
print("it begins", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler).serve_forever()
"""
CONFIG = (
    '{"entities": ["Cart"], "actorIdleTimeout": "0h1m5s0ms", "drainOngoingCallTimeout": "4s",'
    ' "drainRebalancedActors": false, "reentrancy": {"enabled": true, "maxStackDepth": 3}}'
)


def application(code: str, *, types: tuple[str, ...] = (), timeout_s: float = 20.0) -> Application:
    return Application(command=(sys.executable, "-c", code), types=types, cwd="/", ready_timeout_s=timeout_s)


def server(**answers: tuple[int, str]) -> str:
    return SERVER.replace("{answers}", repr({"/" + name.replace("_", "/"): each for name, each in answers.items()}))


def why(asked: Application) -> ActorproofError:
    with pytest.raises(ActorproofError) as raised:
        asyncio.run(inquire(asked))
    assert "\n" not in str(raised.value)
    return raised.value


def test_what_an_application_declares_is_taken_as_it_says() -> None:
    asked, settings = asyncio.run(inquire(application(server(dapr_config=(200, CONFIG), healthz=(204, "")))))
    assert (asked.types, asked.health) == (("Cart",), 204)
    assert (settings.idle_timeout_s, settings.drain_timeout_s, settings.drain_enabled) == (65.0, 4.0, False)
    assert (settings.reentrancy, settings.max_stack_depth) == (True, 3)


def test_an_application_that_waits_for_the_grpc_connection_before_it_listens_is_asked() -> None:
    waits = (
        "import grpc, os\n"
        "channel = grpc.insecure_channel(os.environ['DAPR_GRPC_ENDPOINT'].removeprefix('http://'))\n"
        "grpc.channel_ready_future(channel).result(timeout=5)\n"
    )
    _, settings = asyncio.run(inquire(application(waits + server(dapr_config=(200, CONFIG)))))
    assert settings.types == ("Cart",)


STREAMS = """
import grpc, os, queue, threading
from datetime import timedelta
from dapr.proto import api_v1
server = grpc.server(__import__("concurrent.futures").futures.ThreadPoolExecutor(1))
server.add_insecure_port("127.0.0.1:" + os.environ["APP_PORT"]); server.start()
said = api_v1.SubscribeActorEventsRequestInitialAlpha1(entities=["Cart"], drain_rebalanced_actors=False)
said.actor_idle_timeout.FromTimedelta(timedelta(seconds=65))
said.reentrancy.CopyFrom(api_v1.ActorReentrancyConfig(enabled=True, max_stack_depth=3))
first = api_v1.SubscribeActorEventsRequestAlpha1(initial_request=said).SerializeToString()
channel = grpc.insecure_channel(os.environ["DAPR_GRPC_ENDPOINT"].removeprefix("http://"))
messages = queue.Queue()
messages.put(first)
for told in channel.stream_stream("/dapr.proto.runtime.v1.Dapr/SubscribeActorEventsAlpha1")(iter(messages.get, None)):
    print("registered", api_v1.SubscribeActorEventsResponseAlpha1.FromString(told), flush=True)
"""
SILENT = "import time; print('hm', flush=True); time.sleep(60)"
LISTENS = """
import os, socket, time
listener = socket.create_server(("127.0.0.1", int(os.environ["APP_PORT"])))
time.sleep(60)
"""


def test_what_an_application_registers_over_a_stream_of_events_is_taken_as_it_says() -> None:
    asked, settings = asyncio.run(inquire(replace(application(STREAMS), protocol="stream")))
    assert (asked.types, asked.health) == (("Cart",), 0)
    assert (settings.idle_timeout_s, settings.drain_timeout_s, settings.drain_enabled) == (65.0, 2.0, False)
    assert (settings.reentrancy, settings.max_stack_depth) == (True, 3)


def test_a_first_file_says_that_an_application_opens_a_stream_of_events(tmp_path: Path) -> None:
    words = ("init", "--protocol", "stream", "--", sys.executable, "-c", STREAMS)
    subprocess.run((sys.executable, "-m", "actorproof", *words), cwd=tmp_path, check=True, timeout=120)
    described, _ = file.read(tmp_path / file.NAME, seed=1)
    assert (described.protocol, described.types) == ("stream", ("Cart",))


def test_what_an_application_does_not_declare_is_as_dapr_takes_it() -> None:
    _, settings = asyncio.run(inquire(application(server(dapr_config=(200, '{"entities": ["Cart"]}')))))
    assert (settings.idle_timeout_s, settings.drain_timeout_s, settings.drain_enabled) == (3600.0, 2.0, True)


def test_what_an_application_that_is_killed_leaves_in_its_temporary_folder_goes_with_it() -> None:
    error = why(
        application(
            "import os, signal, tempfile\n"
            "print(tempfile.mkdtemp(), os.environ['JAVA_TOOL_OPTIONS'], flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
    )
    left = Path(str(error).partition("said last: ")[2].split()[0])
    assert f"-Djava.io.tmpdir={left.parent}" in str(error)
    assert not left.parent.exists()


def test_the_port_that_an_application_takes_instead_is_named() -> None:
    code = (
        "import socket, time; taken = socket.create_server(('127.0.0.1', 0)); print(taken.getsockname()[1], flush=True)"
    )
    error = str(why(application(f"{code}; time.sleep(60)", timeout_s=2.0)))
    said = error.rpartition(" ")[2]
    assert said.isdigit()
    assert f"and listens on {said}" in error


@pytest.mark.parametrize(
    ("asked", "kind", "texts"),
    [
        (application("print('no database'); raise SystemExit(5)"), ApplicationError, ("with code 5", "no database")),
        (application(SILENT, timeout_s=1.0), ApplicationError, ("does not listen", "{port}", "hm")),
        (application(server()), ApplicationError, ("404",)),
        (application(server(dapr_config=(200, '{"entities": []}'))), ApplicationError, ("no actor types",)),
        (application(server(dapr_config=(200, "hello"))), ApplicationError, ("can't be read",)),
        (application(server(dapr_config=(200, CONFIG)), types=("Order",)), ApplicationError, ("type Order", "Cart")),
        (
            replace(application(LISTENS, timeout_s=1.0), protocol="stream"),
            ApplicationError,
            ("opens no stream of events (SubscribeActorEventsAlpha1)",),
        ),
        (
            replace(application(""), command=("/no/such/program",)),
            UsageError,
            ("there is no program /no/such/program",),
        ),
    ],
    ids=[
        *("exits", "never listens", "has no config", "has no actors", "says what can't be read", "has other actors"),
        *("opens no stream", "is not there"),
    ],
)
def test_an_application_that_can_not_be_judged_is_told_why_in_one_line(
    asked: Application, kind: type[ActorproofError], texts: tuple[str, ...]
) -> None:
    error = why(asked)
    assert isinstance(error, kind)
    for text in texts:
        assert text in str(error)
