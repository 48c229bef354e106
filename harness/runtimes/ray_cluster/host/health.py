"""Health: a process's answer to whoever asks over HTTP whether it is ready."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """An HTTP server whose threads end with the process."""

    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing, where a caller has gone; all else is told on standard error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers ``GET /healthz``; says nothing on standard error."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say that this process is ready."""
        self.answer(200 if self.path == "/healthz" else 404, {})

    def answer(self, status: int, body: Any) -> None:
        """Send a whole answer in JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library calls it
        """Nothing."""


def serve(ip: str, port: int, handler: type[Handler] = Handler) -> Server:
    """Answer there, in threads of their own."""
    server = Server((ip, port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
