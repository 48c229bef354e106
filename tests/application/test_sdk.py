"""What an SDK is known to break is known of the applications that name it, and new of all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.application.application import Application
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import RunInfo
from actorproof.harness.run.analysis import Recorded, report
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports.console import result_lines
from tests.properties.application.parts import Seen, reading


def recorded(folder: Path, *, sdk: str, version: str, times: int = 1, ends: bool = False) -> Recorded:
    """A run of an application in which a failed turn's changes were saved by the next one; or, of one that ended."""
    h = Seen() if ends else reading(failed=True)
    if ends:
        h.ask(h.turn("Order/1", h.host, 2.0, None), "read", 2.1, 2.2, ok=False, reason="status-500 no")
        h.exit("host-1/app", 2.3, code=1, expected=False)
    for number in range(1, times):
        h.turn(f"Order/more-{number}", h.host, 2.0, 2.5, name="pay", completed=False)
        h.save(h.turn(f"Order/more-{number}", h.host, 3.0, 3.5, name="status"), [("order", "{}")], 3.2, 3.3)
    h.add(ev.SdkNamed, 0.5, process=h.host, sdk=sdk, version=version)
    for at_s in (0.6, 0.65):  # the canary, without which nothing is known
        h.call("Canary/1", h.host, at_s, at_s + 0.1)
    h.close(60.0)
    application = Application(command=("order",), types=("Order",), cwd=str(folder))
    info = RunInfo(
        run="run-1",
        scenario="test",
        profile="quick",
        seed=1,
        command="actorproof test",
        state="complete",
        started="2026-01-01T00:00:00Z",
        actorproof="0",
        python="3",
        platform="linux",
        runtime="dapr",
        version="1.18.2",
        driver="process",
        topology=Topology(application=application),
        duration_s=60.0,
        fault_rate="medium",
        guarantees=("application",),
    )
    made = RunFolder.create(folder / "run")
    return Recorded(
        folder=made.path,
        folders=(made,),
        info=info,
        infos=(info,),
        histories=(h.events(),),
        timelines=(h.timeline(),),
    )


@pytest.mark.parametrize(
    ("sdk", "version", "outcome"),
    [
        ("dapr-go-sdk", "1.11.0", Outcome.DEVIATES),
        ("dapr-go-sdk", "0.0.1", Outcome.VIOLATED),
        ("dapr-cobol-sdk", "1.11.0", Outcome.VIOLATED),
    ],
)
def test_what_is_listed_of_an_sdk_is_known_of_applications_that_name_it(
    tmp_path: Path, sdk: str, version: str, outcome: Outcome
) -> None:
    made = report(recorded(tmp_path, sdk=sdk, version=version))
    (application,) = (each for each in made.verdict.guarantees if each.guarantee == "application")
    assert application.outcome is outcome, application.missing
    assert [match.deviation.of for match in application.deviations] == (
        [f"{sdk} {version}"] if outcome is Outcome.DEVIATES else []
    )
    known = "the SDK 1 (dapr-go-sdk 1.11.0), the application none"
    whose = known if outcome is Outcome.DEVIATES else "the SDK 0, the application 1"
    assert f"violations laid to: the runtime 0, {whose}" in result_lines(made, tmp_path, width=200)


def test_what_is_listed_of_an_sdk_is_laid_to_it_also_where_it_came_more_often_than_known(tmp_path: Path) -> None:
    made = report(recorded(tmp_path, sdk="dapr-go-sdk", version="1.11.0", times=40))
    (application,) = (each for each in made.verdict.guarantees if each.guarantee == "application")
    assert application.outcome is Outcome.VIOLATED
    whose = "the runtime 0, the SDK 40 (dapr-go-sdk 1.11.0), the application none"
    assert f"violations laid to: {whose}" in result_lines(made, tmp_path, width=200)


def test_an_end_that_is_not_known_of_an_sdk_is_laid_to_neither(tmp_path: Path) -> None:
    made = report(recorded(tmp_path, sdk="dapr-cobol-sdk", version="1.11.0", ends=True))
    (application,) = (each for each in made.verdict.guarantees if each.guarantee == "application")
    assert application.outcome is Outcome.VIOLATED
    whose = "the runtime 0, the SDK 0, the application none, nobody yet 1"
    assert f"violations laid to: {whose}" in result_lines(made, tmp_path, width=200)
