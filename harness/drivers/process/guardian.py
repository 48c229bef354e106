"""The guardian: parent of every unit of a cluster, and its end when the harness ends.

A script of the standard library only, run as ``python -I -S guardian.py OWNER_PID SCRATCH`` with one end of a socket
pair as its standard input. It has one thread, so that forking and PR_SET_PDEATHSIG, which counts for the forking
thread, are safe. When the other end of the socket closes, or the owner's process ends in any other way, it kills
whatever it started, paused or not, removes the scratch folder and exits. If it dies itself, the kernel kills the units.

The conversation is one JSON object a line. Requests carry an ``id``, which the answer repeats:

    {"id": 1, "do": "spawn", "unit": U, "incarnation": N, "argv": [...], "env": {...}, "cwd": DIR, "log": FILE}
        -> {"id": 1, "pid": P}  or  {"id": 1, "error": TEXT}
    {"id": 2, "do": "signal", "pid": P, "signal": N}
        -> {"id": 2, "sent": true}; false when the unit has been reaped
       to the unit's process group; a stop and its end also to what has left the group, as PostgreSQL's processes do
    an exit, unasked: {"exited": P, "code": C}, negative for a signal; always after the answer that named the pid
"""

# No pathlib: the script starts in 20 ms because it imports little.
# ruff: noqa: PTH118, PTH123, PTH208

import contextlib
import ctypes
import errno
import json
import os
import select
import signal
import socket
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SWEEP_S = 8.0
STRAYS_S = 2.0
EXEC_FAILED = 127
ON_LINUX = sys.platform == "linux"


def prctl(option: int, value: int) -> None:
    """Set a property of this process, where there is prctl."""
    if LIBC is not None:
        LIBC.prctl(option, value, 0, 0, 0)


LIBC = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot: tells a pid from its reuse. 0 where there is no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def write_owner(scratch: "str | os.PathLike[str]", *, owner: int, guardian: "int | None" = None) -> None:
    """Note in a scratch folder whose it is, for whoever finds it later."""
    with open(os.path.join(scratch, "owner.json"), "w", encoding="utf-8") as file:
        json.dump({"pid": owner, "start": start_ticks(owner), "guardian": guardian}, file)


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie. False where there is no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}
    except (OSError, IndexError):
        return False


def children_of(parents: set[int]) -> set[int]:
    """Every living descendant of some processes, by a walk over /proc. Empty where there is none."""
    parent: dict[int, int] = {}
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return set()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                state, ppid = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state != b"Z":
            parent[pid] = int(ppid)
    found: set[int] = set()
    grown = True
    while grown:
        more = {pid for pid, ppid in parent.items() if pid not in found and (ppid in parents or ppid in found)}
        grown = bool(more)
        found |= more
    return found


class Guardian:
    """Serves one harness until it ends."""

    def __init__(self, *, channel: socket.socket, owner: int, scratch: str) -> None:
        self.channel = channel
        self.owner = owner
        self.scratch = scratch
        self.units: set[int] = set()
        self.records = open(os.path.join(scratch, "units.jsonl"), "a", encoding="utf-8")  # noqa: SIM115 kept open
        write_owner(scratch, owner=owner, guardian=os.getpid())

    def serve(self) -> None:
        """Answer until the harness ends, then clear up."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_w, False)
        os.set_blocking(wake_r, False)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        poll.register(wake_r, select.POLLIN)
        owner_fd = self._watch_owner()
        if owner_fd is not None:
            poll.register(owner_fd, select.POLLIN)
        rest = b""
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if wake_r in ready:
                os.read(wake_r, 4096)
                self.reap()
            if self.channel.fileno() in ready:
                try:
                    data = self.channel.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self.answer(json.loads(line))
            elif owner_fd in ready:  # only when the channel is quiet: what the owner still said is heard first
                break
        self.sweep()

    def _watch_owner(self) -> "int | None":
        """A descriptor that becomes readable when the owner dies, even if others hold its end of the channel."""
        try:
            return os.pidfd_open(self.owner)
        except (AttributeError, OSError):
            return None

    def tell(self, message: "dict[str, object]") -> None:
        """Send one message; a harness that is gone does not matter here, `serve` sees that by itself."""
        with contextlib.suppress(OSError):
            self.channel.sendall(json.dumps(message).encode() + b"\n")

    def answer(self, request: "dict[str, object]") -> None:
        """Do one request."""
        if request["do"] == "spawn":
            try:
                pid = self.spawn(request)
            except OSError as error:
                self.tell({"id": request["id"], "error": f"{error.strerror}: {error.filename or ''}".rstrip(": ")})
                return
            self.tell({"id": request["id"], "pid": pid})
            return
        self.reap()  # so that a signal never goes to a unit that has ended
        pid = int(str(request["pid"]))
        sent = pid in self.units
        if sent:
            self.send(pid, int(str(request["signal"])))
        self.tell({"id": request["id"], "sent": sent})

    def send(self, unit: int, number: int) -> None:
        """Signal a unit. Its group comes first: when that is stopped, it starts nobody else."""
        os.killpg(unit, number)
        if number in {signal.SIGSTOP, signal.SIGCONT}:
            for pid in children_of({unit}):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def spawn(self, request: "dict[str, object]") -> int:
        """Start a unit in a session of its own; OSError when its program can't be executed."""
        argv, env = request["argv"], request["env"]
        assert isinstance(argv, list)
        assert isinstance(env, dict)
        log = os.open(str(request["log"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        told, tell = os.pipe()
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(argv, env, cwd=str(request["cwd"]), log=log, nothing=nothing, tell=tell, guardian=me)
        for fd in (log, nothing, tell):
            os.close(fd)
        failure = b""
        while chunk := os.read(told, 4096):
            failure += chunk
        os.close(told)
        if failure:
            os.waitpid(pid, 0)
            code, _, name = failure.decode().partition(" ")
            raise OSError(int(code), os.strerror(int(code)), name)
        self.units.add(pid)
        record = {"unit": request["unit"], "incarnation": request["incarnation"], "pid": pid, "start": start_ticks(pid)}
        with contextlib.suppress(OSError):  # a full disk must not lose a unit that runs
            self.records.write(json.dumps(record) + "\n")
            self.records.flush()
        return pid

    def _become(
        self,
        argv: "list[str]",
        env: "dict[str, str]",
        *,
        cwd: str,
        log: int,
        nothing: int,
        tell: int,
        guardian: int,
    ) -> None:
        """In the child: turn into the unit, or say why not."""
        name = argv[0]
        try:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != guardian:
                os._exit(EXEC_FAILED)
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (
                signal.SIGINT,
                signal.SIGTERM,
                signal.SIGHUP,
                signal.SIGPIPE,
                signal.SIGXFSZ,
                signal.SIGCHLD,
            ):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(nothing, 0)
            os.dup2(log, 1)
            os.dup2(log, 2)
            name = cwd
            os.chdir(cwd)
            name = argv[0]
            os.execvpe(argv[0], argv, env)  # noqa: S606 there is nothing for a shell to do
        except OSError as error:
            os.write(tell, f"{error.errno or errno.EINVAL} {name}".encode())
        finally:
            os._exit(EXEC_FAILED)

    def reap(self) -> None:
        """Take in every child that has ended; what a unit leaves of its process group ends with it."""
        while True:
            try:
                if hasattr(os, "waitid"):
                    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                    if ended is None:
                        return
                    if ended.si_pid in self.units:
                        self._kill_group(ended.si_pid)  # not reaped yet, so the number can't belong to another
                    pid, status = os.waitpid(ended.si_pid, 0)
                else:
                    pid, status = os.waitpid(-1, os.WNOHANG)
                    if pid == 0:
                        return
            except ChildProcessError:
                return
            if pid in self.units:
                self.units.discard(pid)
                self._end_strays()
                self.tell({"exited": pid, "code": os.waitstatus_to_exitcode(status)})

    def _end_strays(self) -> None:
        """Kill what an ended unit has left behind in groups of its own, and wait until that is gone.

        It is what hangs below no unit. Its end comes before the unit's is told, so that nobody starts the next
        incarnation beside a rest of the last.
        """
        deadline = time.monotonic() + STRAYS_S
        while time.monotonic() < deadline:
            strays = children_of({os.getpid()}) - self.units - children_of(self.units)
            if not strays:
                return
            for pid in strays:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            select.select([], [], [], 0.002)

    def _kill_group(self, group: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)

    def sweep(self) -> None:
        """Kill everything below this process, until nothing is left, and remove the scratch folder.

        Orphans of units become this process's own children (it is their subreaper), so no descendant is missed.
        """
        deadline = time.monotonic() + SWEEP_S
        while time.monotonic() < deadline:
            self.reap()
            for unit in self.units:
                self._kill_group(unit)
            for pid in children_of({os.getpid()}):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            try:
                os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            except AttributeError:
                if not self.units:
                    break
            select.select([], [], [], 0.01)
        with contextlib.suppress(OSError):
            self.records.close()
        import shutil  # noqa: PLC0415 - not needed before, and slow to load

        shutil.rmtree(self.scratch, ignore_errors=True)


def main() -> None:
    """Serve the harness at the other end of standard input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    channel = socket.socket(fileno=os.dup(0))
    Guardian(channel=channel, owner=int(sys.argv[1]), scratch=sys.argv[2]).serve()


if __name__ == "__main__":
    main()
