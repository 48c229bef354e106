"""A container engine that only answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

Answers = dict[tuple[str, str], tuple[int, object]]

NOTHING: Answers = {
    ("GET", "/version"): (200, {"ApiVersion": "1.43", "Version": "24.0.0"}),
    ("GET", "/containers/json"): (200, []),
    ("GET", "/networks"): (200, []),
    ("GET", "/volumes"): (200, {"Volumes": []}),
}


@contextmanager
def fake_engine(folder: Path, answers: Answers, *, asked: list[tuple[str, str]] | None = None) -> Iterator[str]:
    """Serve `answers` by method and path, without the version before it; all else is 404. Yields its DOCKER_HOST.

    `asked` gets every method and path that it was asked for.
    """
    known = NOTHING | answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            if path.startswith("/v1."):
                path = "/" + path.split("/", 2)[2]
            if asked is not None:
                asked.append((self.command, path))
            status, body = known.get((self.command, path), (404, {"message": f"No such image: {path}"}))
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 the base class's names

        def log_message(self, *_: object) -> None:
            pass

        def address_string(self) -> str:
            return "test"

    path = folder / "engine.sock"
    with ThreadingUnixStreamServer(str(path), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()
