"""What an SDK is known to break is known of the applications that name it, and new of all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.application.application import Application
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.analysis import Recorded, report
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports.console import result_lines
from tests.properties.application.parts import Seen, reading
from tests.reports.conftest import info


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
    topology = Topology(application=application)
    run = info("test", command="actorproof test", topology=topology, duration_s=60.0, guarantees=("application",))
    made = RunFolder.create(folder / "run")
    return Recorded(
        folder=made.path,
        folders=(made,),
        info=run,
        infos=(run,),
        histories=(h.events(),),
        timelines=(h.timeline(),),
    )


@pytest.mark.parametrize(
    ("sdk", "version", "times", "ends", "outcome", "whose"),
    [
        ("dapr-go-sdk", "1.11.0", 1, False, Outcome.DEVIATES, "the SDK 1 (dapr-go-sdk 1.11.0), the application none"),
        ("dapr-go-sdk", "1.11.0", 40, False, Outcome.VIOLATED, "the SDK 40 (dapr-go-sdk 1.11.0), the application none"),
        ("dapr-go-sdk", "0.0.1", 1, False, Outcome.VIOLATED, "the SDK 0, the application 1"),
        ("dapr-cobol-sdk", "1.11.0", 1, False, Outcome.VIOLATED, "the SDK 0, the application 1"),
        ("dapr-cobol-sdk", "1.11.0", 1, True, Outcome.VIOLATED, "the SDK 0, the application none, nobody yet 1"),
    ],
    ids=[
        *("listed of it", "more often than is known", "of another version", "of another SDK"),
        "an end that is not known of an SDK is laid to neither",
    ],
)
def test_what_is_listed_of_an_sdk_is_laid_to_it_where_an_application_names_it(
    tmp_path: Path, *, sdk: str, version: str, times: int, ends: bool, outcome: Outcome, whose: str
) -> None:
    made = report(recorded(tmp_path, sdk=sdk, version=version, times=times, ends=ends))
    (application,) = (each for each in made.verdict.guarantees if each.guarantee == "application")
    assert application.outcome is outcome, application.missing
    listed = [match.deviation.of for match in application.deviations]
    assert listed == [f"{sdk} {version}"] * (outcome is Outcome.DEVIATES)
    assert f"violations laid to: the runtime 0, {whose}" in result_lines(made, tmp_path, width=200)
