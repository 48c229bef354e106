"""An application that comes as an image is asked in a container of its own; one that can't be is told in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actorproof.harness.application import file

SOURCE = """
package main

import ("fmt"; "net/http"; "os"; "time")

func config(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"entities": ["Cart"]}`) }

func main() {
	fmt.Println("it begins")
	switch os.Args[1] {
	case "exits":
		os.Exit(5)
	case "waits":
		time.Sleep(time.Hour)
	}
	http.HandleFunc("/dapr/config", config)
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.ListenAndServe("127.0.0.1:"+os.Getenv("APP_PORT"), nil)
}
"""
NAME = "actorproof-test/inquiry"
RUNS = {"listens": '["/app", "listens"]', "exits": '["/app", "exits"]', "waits": '["/app", "waits"]', "silent": "[]"}
TIMEOUT_S = 200


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Images of one program, that differ in what they say it does."""
    docker, go = shutil.which("docker"), shutil.which("go")
    if docker is None or go is None or subprocess.run((docker, "info"), capture_output=True, check=False).returncode:
        pytest.skip("no engine answers, or there is no Go")
    folder = tmp_path_factory.mktemp("image")
    (folder / "main.go").write_text(SOURCE)
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    subprocess.run((go, "build", "-o", "app", "main.go"), cwd=folder, check=True, env=env)
    packed = subprocess.run(("tar", "c", "app"), cwd=folder, capture_output=True, check=True).stdout
    for tag, command in RUNS.items():
        subprocess.run((docker, "import", "-c", f"CMD {command}", "-", f"{NAME}:{tag}"), input=packed, check=True)
    yield
    subprocess.run((docker, "rmi", "-f", *(f"{NAME}:{tag}" for tag in RUNS)), capture_output=True, check=True)


@dataclass(frozen=True)
class Said:
    """How one command ended."""

    code: int
    line: str


def init(folder: Path, *words: str) -> Said:
    done = subprocess.run(
        (sys.executable, "-m", "actorproof", "init", *words),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == (done.returncode != 0), done.stderr
    left = subprocess.run(
        ("docker", "ps", "-aq", "--filter", "ancestor=" + words[1]), capture_output=True, text=True, check=False
    )
    assert not left.stdout
    return Said(done.returncode, "".join(lines))


@pytest.mark.usefixtures("images")
def test_an_image_is_asked_for_its_actors_and_a_first_file_names_it(tmp_path: Path) -> None:
    assert init(tmp_path, "--image", f"{NAME}:listens").code == 0
    application, written = file.read(tmp_path / file.NAME, seed=1)
    assert (application.image, application.command, tuple(written.actors)) == (f"{NAME}:listens", (), ("Cart",))


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("tag", "more", "code", "told"),
    [
        ("exits", (), 3, "the application exited with code 5 before it listened; it said last: it begins"),
        ("waits", ("--ready", "2"), 3, "does not listen on 127.0.0.1:"),
        ("silent", (), 64, f"image {NAME}:silent does not say what it runs: give a command beside it"),
        ("not-there", (), 64, f"image {NAME}:not-there is not on this machine and can't be pulled"),
        ("listens", ("--", "/no-such-program"), 3, "exited with code 127 before it listened"),
    ],
)
def test_an_image_that_can_not_be_judged_is_told_in_one_line(
    tag: str, more: tuple[str, ...], code: int, told: str, tmp_path: Path
) -> None:
    said = init(tmp_path, "--image", f"{NAME}:{tag}", *more)
    assert said.code == code
    assert said.line.startswith("actorproof: ")
    assert told in said.line
    assert not (tmp_path / file.NAME).exists()
