"""What runs in a container where Ryuk's image can't be had: it does over its protocol what Ryuk promises to do.

It takes filters (``label=KEY=VALUE``, a line each) on port 8080 and acknowledges each. When nobody has been connected
for RYUK_RECONNECTION_TIMEOUT, it removes what the filters match, through the engine's socket, and ends.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading

import reaper  # type: ignore[import-not-found]  # the harness's script, copied beside this one

SOCKET = "/var/run/docker.sock"
PORT = 8080
FIRST_S = 60.0


class Filters:
    def __init__(self) -> None:
        self.labels: set[str] = set()
        self.connected = 0
        self.changed = threading.Condition()

    def serve(self, client: socket.socket) -> None:
        # A client that was killed may end with a reset.
        with contextlib.suppress(OSError), client, client.makefile("rb") as lines:
            for line in lines:
                name, _, label = line.decode().strip().partition("=")
                if name == "label":
                    self.labels.add(label)
                    client.sendall(b"ACK\n")
        with self.changed:
            self.connected -= 1
            self.changed.notify_all()

    def listen(self) -> None:
        with socket.create_server(("", PORT)) as server:
            while True:
                client, _ = server.accept()
                with self.changed:
                    self.connected += 1
                    self.changed.notify_all()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def wait(self) -> None:
        """Return when nobody has been there for long enough."""
        patience_s = float(os.environ["RYUK_RECONNECTION_TIMEOUT"].removesuffix("s"))
        with self.changed:
            self.changed.wait_for(lambda: self.connected or self.labels, FIRST_S)
            while True:
                self.changed.wait_for(lambda: not self.connected)
                if not self.changed.wait_for(lambda: self.connected, patience_s):
                    return


filters = Filters()
threading.Thread(target=filters.listen, daemon=True).start()
filters.wait()
for each in filters.labels:
    reaper.sweep(SOCKET, each, looks=2)
