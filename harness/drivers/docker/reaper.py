"""The reaper: ends a run's containers, networks and volumes when the harness ends, however that ends.

A script of the standard library only, run as ``python -I -S reaper.py OWNER_PID SCRATCH SOCKET LABEL`` with one end of
a socket pair as its standard input. It says ``ready`` there, before which its harness makes nothing. When the other
end closes, or the owner's process ends in any other way, it removes everything that carries LABEL (``key=value``) from
the engine that listens at SOCKET, removes the scratch folder and exits: with 0, or with LEFT when the engine kept
something. A harness that ends in good order says ``done`` before it closes: nothing of it can be on its way then.
"""

# No pathlib: the script starts fast because it imports little.

import contextlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.parse

SWEEP_S = 90.0
PAUSE_S = 0.3
# After a SIGKILL of the harness a request of it may still be carried out: so many empty looks in a row end the sweep.
LOOKS = 8
WORKERS = 6
REQUEST_S = 20.0
OK = 200
READY = b"ready"
DONE = b"done"
# Python itself ends with 1 or 2 when it can't start or crashes.
LEFT = 4


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("engine", timeout=REQUEST_S)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(REQUEST_S)
        self.sock.connect(self.path)


def ask(path: str, method: str, url: str, said: "object | None" = None) -> "tuple[int, bytes]":
    """One request to the engine, with `said` as JSON; OSError when it does not answer."""
    connection = _Connection(path)
    try:
        if said is None:
            connection.request(method, url)
        else:
            connection.request(method, url, json.dumps(said), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def found(path: str, url: str, label: str) -> "list[dict[str, str]]":
    """What the engine lists under a label."""
    filters = urllib.parse.quote(json.dumps({"label": [label]}))
    status, body = ask(path, "GET", f"{url}{'&' if '?' in url else '?'}filters={filters}")
    if status != OK:
        raise OSError(f"{url} says {status}")
    answer = json.loads(body)
    listed = answer.get("Volumes") or [] if isinstance(answer, dict) else answer
    return [entry for entry in listed if isinstance(entry, dict)]


def remove_all(path: str, urls: "list[str]") -> None:
    """Delete some things at once; what can't be deleted now is tried again with the next look."""
    rest = list(urls)

    def work() -> None:
        while rest:
            try:
                url = rest.pop()
            except IndexError:
                return
            with contextlib.suppress(OSError):
                ask(path, "DELETE", url)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(WORKERS, len(urls)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def members(path: str, network: str) -> "set[str]":
    """The containers that have an address on a network; those that share another's do not count."""
    status, body = ask(path, "GET", f"/networks/{network}")
    return set(json.loads(body).get("Containers") or {}) if status == OK else set()


def leave(path: str, network: str, containers: "set[str]") -> None:
    """Take containers off a network, one after the other.

    Once in 45 kills, Docker 20.10 counted an endpoint too many after a dozen containers had been removed at once, and
    would not let their network go ("has active endpoints") until it was restarted. Why is not known, and it did not
    come again by trying; leaving in order, before being killed, keeps clear of what may race there.
    """
    for container in sorted(containers):
        with contextlib.suppress(OSError):
            ask(path, "POST", f"/networks/{network}/disconnect", {"Container": container, "Force": True})


def sweep(path: str, label: str, *, looks: int) -> bool:
    """Remove whatever carries the label; whether nothing was left in `looks` looks in a row."""
    deadline = time.monotonic() + SWEEP_S
    empty = 0
    while time.monotonic() < deadline:
        try:
            containers = [entry["Id"] for entry in found(path, "/containers/json?all=1", label)]
            networks = [entry["Id"] for entry in found(path, "/networks", label)]
            owners = {network: members(path, network) for network in networks}
            inside = set().union(*owners.values())
            # Units go first, so that none of them sees its network go.
            remove_all(path, [f"/containers/{each}?force=1&v=1" for each in containers if each not in inside])
            for network, there in owners.items():
                leave(path, network, there)
            remove_all(path, [f"/containers/{each}?force=1&v=1" for each in containers if each in inside])
            remove_all(path, [f"/networks/{network}" for network in networks])
            volumes = found(path, "/volumes", label)
            remove_all(path, [f"/volumes/{urllib.parse.quote(entry['Name'])}?force=1" for entry in volumes])
        except (OSError, ValueError):
            empty = 0
        else:
            empty = 0 if containers or networks or volumes else empty + 1
            if empty >= looks:
                return True
        if empty or looks > 1:
            select.select([], [], [], PAUSE_S)
    return False


def wait(channel: socket.socket, owner: int) -> bool:
    """Wait for the harness's end; whether it ended in good order."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    watched = None
    with contextlib.suppress(AttributeError, OSError):
        watched = os.pidfd_open(owner)
        poll.register(watched, select.POLLIN)
    said = b""
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if channel.fileno() in ready:
            try:
                data = channel.recv(4096)
            except OSError:
                data = b""
            if not data:
                return said == DONE
            said += data
        elif watched in ready:
            return False


def main() -> None:
    """Outlive the harness, then clear up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    owner, scratch, path, label = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    channel = socket.socket(fileno=os.dup(0))
    with contextlib.suppress(OSError):  # a harness that is gone already is no reason not to clear up
        channel.sendall(READY)
    in_order = wait(channel, owner)
    clean = sweep(path, label, looks=1 if in_order else LOOKS)
    shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(0 if clean else LEFT)


if __name__ == "__main__":
    main()
