"""A scenario as TOML runs as one in Python does, and whatever is wrong in it is told with its line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.scenario_file import parse, read, read_written
from actorproof.harness.workload.step import Heal, Inject, Wait
from actorproof.scenarios.registry import wanted
from tests.cli.conftest import Actorproof, actorproof

__all__ = ["actorproof"]

HEAD = 'name = "mine"\nguarantees = ["turns"]\n'
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[topology]\nhots = 2\n", 4, "topology.hots: there is no such key: did you mean hosts?"),
        ('[topology]\nhosts = "two"\n', 4, "topology.hosts: Expected `int`, got `str`"),
        ("[topology]\n\nhosts = 0\n", 3, "topology: hosts is 0: choose 1 to 10"),
        ("[load]\nmix = { conter = 1 }\n", 3, "load: load: mix has no conter"),
        ("[load]\nclients = -1\n", 3, "clients is -1: choose 0 or more"),
        (
            '[[topology.entities]]\ntype = "Sleeper"\nidle_s = 2\n',
            5,
            "topology.entities[1].idle_s: there is no such key",
        ),
        ("colour = 1\n", 3, "colour: there is no such key"),
        (
            '[[steps]]\nstep = "wait"\nfor_s = 1\n[[steps]]\nstep = "wiat"\n',
            7,
            "steps[2].step: wiat is unknown",
        ),
        ('[[steps]]\nstep = "wait"\n[[steps]]\nfor_s = 1\n', 3, "steps[1]: Object missing required field `for_s`"),
        ('[[steps]]\nstep = "burst"\nactor = "Ledger/a"\nmethod = "append"\ncallers = "x"\n', 7, "steps[1].callers"),
        ("[[steps]]\nfor_s = 1\n", 3, "steps[1].step: missing"),
        ('[[faults]]\nat_s = 1\nverb = "kil"\ntarget = "host-1"\n', 3, "faults[1]: fault kil is unknown"),
        (
            '[[faults]]\nat_s = 1\nverb = "kill"\ntarget = "host-9"\n',
            6,
            "faults[1].target: host-9 is not in this",
        ),
        ('[[faults]]\nat_s = -1\nverb = "kill"\ntarget = "host-1"\n', 3, "at_s is 0 or more"),
        ('[draw]\nverbs = ["kil"]\n', 3, "draw: fault kil is unknown"),
        ('[draw]\nsteps = 3\n[[steps]]\nstep = "wait"\nfor_s = 1\n', 0, "steps, faults and draw: choose one of them"),
        (
            '[[topology.behaviours]]\nactors = "Recorder/x"\nrequest = "reminder"\nmaner = "fail"\n',
            6,
            "mean manner",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(text: str, line: int, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(HEAD + text, name="mine.toml")
    message = str(refused.value)
    assert message.startswith(f"mine.toml, line {line}: " if line else "mine.toml: ")
    assert said in message
    assert "\n" not in message


def test_a_guarantee_that_is_unknown() -> None:
    with pytest.raises(UsageError, match=r"line 2: guarantees\[1\]: turn is unknown: did you mean turns\?"):
        parse('name = "mine"\nguarantees = ["turn"]\n', name="mine.toml")


def test_no_toml() -> None:
    with pytest.raises(UsageError, match=r"mine.toml is no TOML: .*line 1"):
        parse("name = \n", name="mine.toml")


def test_a_schedule_is_performed_in_the_order_of_its_times() -> None:
    text = """
        [[faults]]
        at_s = 4.0
        for_s = 1.0
        verb = "cut"
        target = "host-1>store"
        [[faults]]
        at_s = 2.0
        for_s = 2.0
        verb = "kill"
        target = "host-2"
    """
    steps = parse(HEAD + text).plan(8.0).steps
    assert [(type(step).__name__, getattr(step, "for_s", getattr(step, "id", None))) for step in steps] == [
        ("Wait", 2.0),
        ("Inject", "f2"),
        ("Wait", 2.0),
        ("Heal", "f2"),
        ("Inject", "f1"),
        ("Wait", 1.0),
        ("Heal", "f1"),
        ("Wait", 3.0),
    ]


def test_drawn_faults_are_of_the_kinds_that_are_named(actorproof: Actorproof, tmp_path: Path) -> None:
    file = tmp_path / "drawn.toml"
    file.write_text(HEAD + 'duration_s = 60\n[topology]\nhosts = 3\n[draw]\nverbs = ["kill", "cut"]\n', "utf-8")
    said = actorproof("run", file, "--driver", "simulated", "--seed", 4, "--out", "out")
    assert said.code in {0, 2}
    plan = RunFolder.open((tmp_path / "out" / "latest").resolve()).read_plan()
    verbs = {step.verb for step in plan.steps if isinstance(step, Inject)}
    assert verbs == {"kill", "cut"}


def test_what_a_run_did_is_kept_whole(actorproof: Actorproof, tmp_path: Path) -> None:
    said = actorproof("run", EXAMPLES / "save_in_drain.toml", "--driver", "simulated", "--seed", 3, "--out", "out")
    assert said.code == 0, said
    written = read_written(EXAMPLES / "save_in_drain.toml")
    plan = RunFolder.open((tmp_path / "out" / "latest").resolve()).read_plan()
    assert (plan.topology, plan.load, plan.guarantees) == (written.topology, written.load, written.guarantees)
    assert [type(step) for step in plan.steps] == [Wait, Inject, Wait, Heal, Wait]


def test_version_and_store_are_the_files_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + '[topology]\nversion = "1.16.0"\nstore = "postgres"\n', "utf-8")
    assert wanted(str(file)).topology.version == "1.16.0"
    assert read(file).source == str(file)


def test_a_file_that_is_not_there(actorproof: Actorproof) -> None:
    said = actorproof("run", "./nowhere.toml")
    assert said.code == 64
    assert "nowhere.toml can't be read (No such file or directory): give the path of a TOML file" in said.err
