from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from actorproof.harness.provision import command


def silent(_line: str) -> None:
    pass


def test_the_exit_status_and_the_log(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"]
    log = tmp_path / "logs" / "log"
    status = command.run(argv, cwd=tmp_path, env=os.environ, log=log, label="it", progress=silent)
    assert status == 7
    assert sorted(log.read_text(encoding="utf-8").split()) == ["err", "out"]


def test_the_heartbeat_shows_the_last_line(tmp_path: Path) -> None:
    # It runs until the heartbeat made the file that it waits for.
    script = "import os, sys, time\nprint('downloading x', flush=True)\nwhile not os.path.exists(sys.argv[1]): pass"
    end = tmp_path / "end"
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        if "downloading x" in line:
            end.touch()

    argv = [sys.executable, "-c", script, str(end)]
    log = tmp_path / "log"
    assert command.run(argv, cwd=tmp_path, env=os.environ, log=log, label="it", progress=hear, beat_s=0.05) == 0
    assert said[-1].startswith("it: still at it after ")
    assert said[-1].endswith("(downloading x)")


def test_an_interrupted_command_is_gone_with_its_children(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(os.getpid(), child.pid, flush=True)\nchild.wait()"
    )
    log = tmp_path / "log"

    def interrupt(_line: str) -> None:
        if log.read_text(encoding="utf-8").endswith("\n"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=os.environ,
            log=log,
            label="it",
            progress=interrupt,
            beat_s=0.05,
        )
    own, child = (int(pid) for pid in log.read_text(encoding="utf-8").split())
    assert not psutil.pid_exists(own)
    try:
        psutil.Process(child).wait(timeout=30)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        # Reaped by nobody in a container without an init: a zombie is as gone as it gets.
        assert psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert command.tail(log) == ""
    log.write_text("one\n\n two \nthree\nfour\n", encoding="utf-8")
    assert command.tail(log) == "two / three / four"
    assert command.tail(log, lines=1) == "four"


def test_an_answer(tmp_path: Path) -> None:
    assert command.answer([sys.executable, "-c", "print('yes')"]) == "yes"
    assert command.answer([sys.executable, "-c", "raise SystemExit(1)"]) is None
    assert command.answer([str(tmp_path / "nothing")]) is None
