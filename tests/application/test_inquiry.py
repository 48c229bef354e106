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


def test_an_application_that_opens_no_stream_of_events_is_told_so() -> None:
    error = why(replace(application(LISTENS, timeout_s=1.0), protocol="stream"))
    assert "opens no stream of events (SubscribeActorEventsAlpha1)" in str(error)


def test_what_an_application_does_not_declare_is_as_dapr_takes_it() -> None:
    _, settings = asyncio.run(inquire(application(server(dapr_config=(200, '{"entities": ["Cart"]}')))))
    assert (settings.idle_timeout_s, settings.drain_timeout_s, settings.drain_enabled) == (3600.0, 2.0, True)


@pytest.mark.parametrize(
    ("declared", "unread"),
    [
        ('"drainBalancedActors": true', (("drainBalancedActors", "drainRebalancedActors"),)),
        ('"drainBalancedActors": true, "drainRebalancedActors": true', ()),
        ('"drainRebalancedActors": true', ()),
    ],
)
def test_a_setting_under_a_name_that_dapr_does_not_read_is_noticed(
    declared: str, unread: tuple[tuple[str, str], ...]
) -> None:
    config = f'{{"entities": ["Cart"], {declared}}}'
    asked, _ = asyncio.run(inquire(application(server(dapr_config=(200, config), healthz=(204, "")))))
    assert asked.unread == unread


def test_a_type_with_settings_of_its_own_takes_none_over_from_those_of_all() -> None:
    config = CONFIG.removesuffix("}") + ', "entitiesConfig": [{"entities": ["Cart"]}]}'
    _, settings = asyncio.run(inquire(application(server(dapr_config=(200, config)))))
    assert (settings.idle_timeout_s, settings.reentrancy_exceptions) == (3600.0, ("Cart",))


def test_an_application_that_exits_is_told_with_its_code_and_last_words() -> None:
    error = why(application("print('no database'); raise SystemExit(5)"))
    assert isinstance(error, ApplicationError)
    assert "exited with code 5" in str(error)
    assert "no database" in str(error)


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


def test_an_application_that_never_listens_is_told_what_port_it_has_to_take() -> None:
    error = why(application("import time; print('hm', flush=True); time.sleep(60)", timeout_s=1.0))
    assert isinstance(error, ApplicationError)
    assert "does not listen" in str(error)
    assert "{port}" in str(error)
    assert "hm" in str(error)


def test_the_port_that_an_application_takes_instead_is_named() -> None:
    code = (
        "import socket, time; taken = socket.create_server(('127.0.0.1', 0)); print(taken.getsockname()[1], flush=True)"
    )
    error = str(why(application(f"{code}; time.sleep(60)", timeout_s=2.0)))
    said = error.rpartition(" ")[2]
    assert said.isdigit()
    assert f"and listens on {said}" in error


def test_an_application_without_actors_is_told_so() -> None:
    assert "404" in str(why(application(server())))
    assert "no actor types" in str(why(application(server(dapr_config=(200, '{"entities": []}')))))
    assert "can't be read" in str(why(application(server(dapr_config=(200, "hello")))))


def test_a_type_that_the_application_has_not_is_named_with_those_that_it_has() -> None:
    error = why(application(server(dapr_config=(200, CONFIG)), types=("Order",)))
    assert "no actor type Order" in str(error)
    assert "Cart" in str(error)


def test_a_command_that_is_not_there_is_wrong_usage() -> None:
    error = why(Application(command=("/no/such/program",), types=(), cwd=str(Path("/"))))
    assert isinstance(error, UsageError)
    assert str(error).endswith("there is no program /no/such/program")
