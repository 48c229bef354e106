"""Run: the composition root, the only place that knows harness, properties and reports, and the whole sequence."""

from __future__ import annotations

import importlib.resources
import os
import platform
import re
import secrets
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import msgspec

from actorproof import __version__
from actorproof.harness.drivers.choice import choose
from actorproof.harness.drivers.port import Driver
from actorproof.harness.errors import ActorproofError, HistoryError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder, utc_now
from actorproof.harness.history.info import RunInfo
from actorproof.harness.progress import Progress
from actorproof.harness.session.scenario import DriverName, Options, Scenario
from actorproof.harness.session.session import conduct, topology_of
from actorproof.properties.guarantees.recovery import recoveries
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict import claim, deviation
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.catalogue import parse as parse_catalogue
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.judge import judge
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.report import Claim, Part, Recovered, Report
from actorproof.reports.write import write_all

# What `verify` runs, by profile; each row is a scenario.
SELECTION: dict[str, tuple[str, ...]] = {
    "quick": (
        "kill-and-recover",
        "scale-out-drain",
        "paused-host",
        "partitioned-host",
        "leader-loss",
        "store-restart",
        "reminder-failover",
        "timers",
        "reentrant-chains",
        "everything-at-once",
    ),
    "standard": (
        "churn",
        "kill-and-recover",
        "sidecar-loss",
        "paused-host",
        "partitioned-host",
        "scale-out-drain",
        "store-outage",
        "store-restart",
        "reminder-failover",
        "timers",
        "total-restart",
        "leader-loss",
        "placement-loss",
        "reentrant-chains",
        "everything-at-once",
    ),
    "soak": (
        "churn",
        "scale-out-drain",
        "leader-loss",
        "total-restart",
        "reminder-failover",
        "timers",
        "reentrant-chains",
        "everything-at-once",
    ),
}
SEARCH_S = 60.0  # for each guarantee that has to search, in each part


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command has to show: the report, the folder that it stands in, and what the harness could not do."""

    report: Report
    folder: Path
    trouble: tuple[str, ...] = ()


def default_out() -> Path:
    """reports/out in a checkout, actorproof-out elsewhere."""
    return Path("reports/out") if Path("harness/run/run.py").is_file() else Path("actorproof-out")


def run_id(name: str, seed: int) -> str:
    """A new run's name: when, what, seed, and four random digits against two at once."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}-{seed}-{secrets.token_hex(2)}"


def catalogue() -> Catalogue:
    """The catalogue that this Actorproof ships."""
    return parse_catalogue(_resource("catalogue.toml"))


def deviations(runtime: str, version: str) -> tuple[Deviation, ...]:
    """The deviations listed for a version of a runtime; none when there is no file for it."""
    text = _resource(f"deviations/{runtime}-{version}.toml", missing_ok=True)
    return deviation.parse(text) if text else ()


def run(scenarios: Sequence[Scenario], options: Options, *, name: str, out: Path, progress: Progress) -> Finished:
    """Run scenarios one after the other, judge them together, and write the reports.

    A single scenario gets a folder of its own; several get one each inside a common folder.
    Raises UsageError before anything is started; other ActorproofErrors leave the folder marked as failed.
    """
    for scenario in scenarios:
        topology_of(scenario, options)
    driver = choose(_with_machines(scenarios, options), progress=progress)
    # What stands in run.json is what was chosen in the end.
    options = replace(options, driver=cast("DriverName", driver.name))
    id_ = run_id(name, options.seed)
    folder = RunFolder.create(out / id_)
    parts: list[tuple[str, RunFolder]] = []
    whole = _info(scenarios, options, name=name, run=id_, driver=driver)
    folder.write_info(whole)
    for scenario in scenarios:
        part = folder if len(scenarios) == 1 else RunFolder.create(folder.path / scenario.name)
        info = _info([scenario], options, name=scenario.name, run=id_, driver=driver)
        part.write_info(info)
        try:
            driver.run(conduct(scenario, options, run=id_, folder=part, driver=driver, progress=progress))
            part.merge()
        except BaseException as error:
            failed = msgspec.structs.replace(info, state="failed", finished=utc_now(), failure=_reason(error))
            part.write_info(failed)
            if part is not folder:
                folder.write_info(
                    msgspec.structs.replace(whole, state="failed", finished=utc_now(), failure=_reason(error))
                )
            raise
        part.write_info(msgspec.structs.replace(info, state="complete", finished=utc_now()))
        parts.append((scenario.name, part))
    if len(parts) > 1:
        folder.write_info(
            msgspec.structs.replace(
                whole, state="complete", finished=utc_now(), parts=tuple(part_name for part_name, _ in parts)
            )
        )
    progress.phase("judging")
    finished = analyze(folder.path)
    _mark_latest(out, id_)
    return finished


def _with_machines(scenarios: Sequence[Scenario], options: Options) -> Options:
    """The options, with docker for `auto` where a scenario needs it. UsageError when another driver was named."""
    needing = next((scenario.name for scenario in scenarios if scenario.machines), None)
    if needing is None or options.driver == "docker":
        return options
    if options.driver != "auto":
        raise UsageError(
            f"scenario {needing} needs hosts with a machine each, which driver {options.driver} has not: choose"
            " --driver docker"
        )
    return replace(options, driver="docker")


def analyze(path: Path, *, guarantees: Sequence[str] = ()) -> Finished:
    """Decide again from a run's folder and write its reports again; with `guarantees`, decide these and write nothing.

    Raises HistoryError when the folder is no run's, its run did not finish, or a history can't be read; UsageError for
    a guarantee that the run can't decide.
    """
    folder = RunFolder.open(path)
    info = folder.read_info()
    if info.state != "complete":
        why = f"failed: {info.failure}" if info.failure else f"is {info.state}"
        raise HistoryError(f"run {info.run} {why}; its history is not whole, so nothing is decided: run it again")
    terms = catalogue()
    known = registered()
    for guarantee in guarantees:
        if guarantee not in terms.ids:
            raise UsageError(f"guarantee {guarantee} is unknown: choose one of {', '.join(terms.ids)}")
        if guarantee not in info.guarantees and not known[guarantee].from_any_history:
            raise UsageError(f"this run can't decide {guarantee}: choose one of {', '.join(info.guarantees)}")
    folders = [folder.part(name) for name in info.parts] or [folder]
    infos = [part.read_info() for part in folders]
    histories = [part.read_history() for part in folders]
    verdict = _judge(histories, infos, info, terms, guarantees)
    report = Report(
        run=info,
        parts=tuple(_part(part, Timeline(history), terms) for part, history in zip(infos, histories, strict=True)),
        verdict=verdict,
        claims=_claims(verdict, info.version),
    )
    # A part of the guarantees must not stand in the folder as if it were all.
    if not guarantees:
        write_all(report, folder.path)
    return Finished(report=report, folder=folder.path, trouble=_trouble(infos, histories))


def _trouble(infos: Sequence[RunInfo], histories: Sequence[Sequence[ev.Event]]) -> tuple[str, ...]:
    """What the harness could not do, as the histories tell it."""
    found: list[str] = []
    for info, history in zip(infos, histories, strict=True):
        found += [f"{info.scenario}: {event.text}" for event in history if isinstance(event, ev.Troubled)]
        started = sum(isinstance(event, ev.FaultStarted) for event in history)
        missed = sum(isinstance(event, ev.FaultMissed) for event in history)
        if missed:
            found.append(f"{info.scenario}: {missed} of {started} faults showed no effect; see the report")
    return tuple(found)


def _claims(verdict: RunVerdict, version: str) -> tuple[Claim, ...]:
    decided = [claim.decide(each, verdict, version=version) for each in claim.parse(_resource("claims.toml"))]
    return tuple(
        Claim(
            statement=each.statement,
            source=each.source,
            measured=each.measured,
            version=each.version,
            verdict=each.verdict,
        )
        for each in decided
    )


def _part(info: RunInfo, timeline: Timeline, terms: Catalogue) -> Part:
    seen = recoveries(timeline, terms.terms("recovery", info.profile))
    return Part(
        name=info.scenario,
        info=info,
        timeline=timeline,
        recoveries=tuple(
            Recovered(fault=r.fault, kind=r.kind, seconds=r.max_s, budget_s=r.budget_s) for r in seen if r.actors
        ),
    )


def _judge(
    histories: Sequence[Sequence[ev.Event]],
    infos: Sequence[RunInfo],
    whole: RunInfo,
    terms: Catalogue,
    guarantees: Sequence[str],
) -> RunVerdict:
    decidable = {guarantee for info in infos for guarantee in info.guarantees}
    figures = {g for g in terms.ids if terms.terms(g, whole.profile).figure}
    decidable |= {guarantee for guarantee in guarantees if registered()[guarantee].from_any_history}
    chosen = tuple(g for g in terms.ids if (g in decidable | figures) and (not guarantees or g in guarantees))
    return judge(
        histories,
        catalogue=terms,
        # Nobody recorded what a mix of versions does.
        deviations=() if whole.skew else deviations(whole.runtime, whole.version),
        profile=whole.profile,
        guarantees=chosen,
        version=whole.version,
        budget=Budget(time_s=SEARCH_S, now=time.monotonic),
        broken=next((info.topology.breakage for info in infos if info.topology and info.topology.breakage), None),
    )


def _info(scenarios: Sequence[Scenario], options: Options, *, name: str, run: str, driver: Driver) -> RunInfo:
    single = scenarios[0] if len(scenarios) == 1 else None
    return RunInfo(
        run=run,
        scenario=name,
        profile=options.profile,
        seed=options.seed,
        command=command_line(name, options, single=single is not None and name == single.name),
        state="running",
        started=utc_now(),
        actorproof=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        runtime=driver.runtime,
        version=options.version,
        driver=driver.name,
        store="" if driver.name == "simulated" else options.store,
        topology=topology_of(single, options) if single else None,
        duration_s=sum(options.duration_s or s.duration_s[options.profile] for s in scenarios),
        fault_rate=options.fault_rate,
        guarantees=tuple(dict.fromkeys(g for s in scenarios for g in s.guarantees)),
        programs=driver.programs,
        skew=options.skew,
    )


def command_line(name: str, options: Options, *, single: bool) -> str:
    """The command that does the same again."""
    words = ["actorproof", *(("run", name) if single else ("verify",)), "--seed", str(options.seed)]
    words += ["--profile", options.profile, "--dapr", options.version]
    if options.hosts is not None:
        words += ["--hosts", str(options.hosts)]
    if options.placements is not None:
        words += ["--placements", str(options.placements)]
    if options.schedulers is not None:
        words += ["--schedulers", str(options.schedulers)]
    if options.duration_s is not None:
        words += ["--duration", f"{options.duration_s:g}"]
    if options.fault_rate != "medium":
        words += ["--fault-rate", options.fault_rate]
    if options.subject is not None:
        words += ["--subject", options.subject]
    if options.clients is not None:
        words += ["--clients", str(options.clients)]
    if options.store != "redis":
        words += ["--store", options.store]
    words += ["--driver", options.driver]
    for choice in options.skew:
        words += ["--skew", choice]
    if options.dapr_path is not None:
        words += ["--dapr-path", str(options.dapr_path.absolute())]
    for image in options.images:
        words += ["--image", image]
    if options.breakage is not None:
        words += ["--break", options.breakage]
    return shlex.join(words)


def _resource(name: str, *, missing_ok: bool = False) -> str:
    file = importlib.resources.files("actorproof.properties.verdict").joinpath(name)
    if missing_ok and not file.is_file():
        return ""
    return file.read_text(encoding="utf-8")


def _reason(error: BaseException) -> str:
    if isinstance(error, ActorproofError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:500]


def _mark_latest(out: Path, id_: str) -> None:
    """Let `latest` name the newest run that was judged; only a convenience, so a failure is no error."""
    link = out / f".latest-{os.getpid()}"
    try:
        link.symlink_to(id_)
        link.replace(out / "latest")
    except OSError:
        print(f"note: {out / 'latest'} can't be set", file=sys.stderr)  # noqa: T201 - nowhere else to say it
