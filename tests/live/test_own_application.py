"""An application of somebody else's, run as its SDK's documentation has it, is judged from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .support import need_programs

pytestmark = pytest.mark.live

EXAMPLE = Path(__file__).parents[2] / "examples" / "python-fastapi"
TIMEOUT_S = 300


def mistakes(out: Path, module: str, *calls: str, mistake: str = "", duration_s: int = 8) -> set[str]:
    """The mistakes that the report of one run names."""
    words = [word for call in calls for word in ("--calls", call)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "actorproof", "test", "--scenario", "kill-and-recover", "--hosts", "2"),
            *("--duration", str(duration_s), "--seed", "1", "--out", str(out), *words),
            *("--", sys.executable, "-m", "uvicorn", f"{module}:app", "--port", "{port}"),
        ],
        cwd=EXAMPLE,
        env={**os.environ, "MISTAKE": mistake},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (out / "latest" / "verdicts.json").is_file(), done.stdout + done.stderr
    verdicts = json.loads((out / "latest" / "verdicts.json").read_text())
    found = next(each for each in verdicts["guarantees"] if each["id"] == "application")
    return {violation["class"] for violation in found["violations"]}


def test_a_sound_application_has_no_mistake_laid_to_it(tmp_path: Path) -> None:
    need_programs()
    assert mistakes(tmp_path / "out", "shop", 'OrderActor.create={"item":"tea"}', "OrderActor.status") == set()


# An actor has to go idle, and to come back.
@pytest.mark.parametrize(
    ("mistake", "duration_s", "told"),
    [("answers-early", 8, "answers before it has finished"), ("ignores-deactivation", 16, "ignores deactivation")],
)
def test_a_planted_mistake_is_told_by_name(mistake: str, duration_s: int, told: str, tmp_path: Path) -> None:
    need_programs()
    found = mistakes(tmp_path / "out", "broken", "OrderActor.status", mistake=mistake, duration_s=duration_s)
    assert found == {told}


REFUSES = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(200, b'{"entities": ["Cart"]}')
    def do_DELETE(self): self.answer(200)
    def do_PUT(self): self.answer(500, b"no such cart"); print("carts are not there today", flush=True)
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler).serve_forever()
"""


def test_an_application_that_refuses_every_call_is_told_in_one_line_with_its_last_words(tmp_path: Path) -> None:
    need_programs()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "actorproof", "test", "--scenario", "kill-and-recover", "--hosts", "1"),
            *("--seed", "1", "--out", str(tmp_path / "out"), "--calls", "Cart.add"),
            *("--", sys.executable, "-c", REFUSES),
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("actorproof: ")]
    assert (done.returncode, len(told)) == (3, 1), done.stderr
    assert "Cart.add says" in told[0]
    assert "carts are not there today" in told[0]
