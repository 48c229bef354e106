"""Analysis: from a run's folder to its report. Every history is read once, and judged as one part."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from actorproof.harness.errors import HistoryError, UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder, utc_now
from actorproof.harness.history.info import RunInfo
from actorproof.harness.run import shipped
from actorproof.harness.run.examinations import examinations
from actorproof.harness.runtimes.registry import protocol
from actorproof.properties.guarantees.faults.recovery import recoveries
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict import claim
from actorproof.properties.verdict.catalogue import Catalogue, Restated
from actorproof.properties.verdict.claim import Document
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.deviation import Deviation
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import Budget, Terms
from actorproof.properties.verdict.judge import judge
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict, Verdict
from actorproof.properties.views.coverage import Pair
from actorproof.properties.views.growth import growth
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.logs import Clocks, LogLine, excerpt
from actorproof.reports.report import Part, Recovered, Refused, Report
from actorproof.reports.told import told
from actorproof.reports.write import write_all

OWN_CANARIES = ("turns",)  # what a witness outside the application breaks on purpose
SDK = "dapr-python-sdk"
"""Whose deviations are applied, beside the runtime's, to subjects that are written with it; others name theirs."""
UNREPAIRED = ("sdk", "sdk-h2c", "sdk-stream")
"""The subjects that are written with it, and have its faults."""
SEARCH_S = 60.0  # for each guarantee that has to search, in each part


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What came of a run: the report, and the folder that it stands in."""

    report: Report
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A run as its folder holds it: one history and one timeline a part."""

    folder: Path
    folders: tuple[RunFolder, ...]
    info: RunInfo
    infos: tuple[RunInfo, ...]
    histories: tuple[Sequence[ev.Event], ...]
    timelines: tuple[Timeline, ...]


def always(_: Report) -> bool:
    """Every report is worth writing."""
    return True


def analyze(path: Path, *, guarantees: Sequence[str] = (), worth: Callable[[Report], bool] = always) -> Analysis:
    """Decide again from a run's folder and write its reports again; with `guarantees`, decide these and write nothing.

    `worth` says whether a report is to be written: making the page takes longer than many a simulated run.

    Raises HistoryError when the folder is no run's, its run did not finish, or a history can't be read; UsageError for
    a guarantee that the run can't decide.
    """
    recorded = read(path, guarantees=guarantees)
    made = report(recorded, guarantees=guarantees)
    # A part of the guarantees must not stand in the folder as if it were all.
    if not guarantees and worth(made):
        write_all(made, recorded.folder)
    return Analysis(report=made, folder=recorded.folder)


def read(path: Path, *, guarantees: Sequence[str] = ()) -> Recorded:
    """Read a run's folder. Errors as those of `analyze`."""
    folder = RunFolder.open(path)
    info = folder.read_info()
    if info.state != "complete":
        info = _completed(folder, info)
    terms = shipped.catalogue()
    known = registered()
    for guarantee in guarantees:
        if guarantee not in terms.ids:
            raise UsageError(f"guarantee {guarantee} is unknown: choose one of {', '.join(terms.ids)}")
        if guarantee not in info.guarantees and not known[guarantee].from_any_history:
            raise UsageError(f"this run can't decide {guarantee}: choose one of {', '.join(info.guarantees)}")
    folders = tuple(folder.part(name) for name in info.parts) or (folder,)
    infos = tuple(part.read_info() for part in folders)
    histories = tuple(part.read_history() for part in folders)
    with without_collector():
        timelines = tuple(Timeline(history) for history in histories)
    return Recorded(
        folder=folder.path, folders=folders, info=info, infos=infos, histories=histories, timelines=timelines
    )


def report(recorded: Recorded, *, guarantees: Sequence[str] = ()) -> Report:
    """Decide what a recorded run comes to: all guarantees that it can decide, or those named."""
    terms = shipped.catalogue()
    verdict = decided(recorded, listed=_listed(recorded.timelines, recorded.info), guarantees=guarantees)
    untried = () if guarantees or not _is_own(recorded.infos) else tuple(filter(_untried, verdict.guarantees))
    verdict = replace(verdict, guarantees=tuple(each for each in verdict.guarantees if each not in untried))
    made = Report(
        run=recorded.info,
        parts=tuple(
            _part(part, timeline, terms) for part, timeline in zip(recorded.infos, recorded.timelines, strict=True)
        ),
        verdict=verdict,
        trouble=(
            *_trouble(recorded.infos, recorded.histories),
            *_not_tried(untried),
        ),
        refused=_refused(recorded.infos, recorded.histories),
        claims=_claims(verdict, recorded.info),
        unpromised=_unpromised(recorded.info, terms),
    )
    return replace(made, excerpts=_excerpts(made, recorded.folders, recorded.histories))


def _is_own(infos: Sequence[RunInfo]) -> bool:
    """Whether the hosts ran an application of a user's own."""
    return any(info.topology is not None and info.topology.application is not None for info in infos)


def _not_tried(untried: Sequence[Verdict]) -> tuple[str, ...]:
    """What an application gave no occasion for, in one line."""
    names = ", ".join(each.terms.guarantee for each in untried)
    return (f"judging {names}, for which this application gave no occasion",) if names else ()


def _untried(verdict: Verdict) -> bool:
    """Whether nothing at all was seen of what a guarantee is decided by: of others' applications nothing is owed."""
    return verdict.outcome is Outcome.UNKNOWN and not any(each.have for each in verdict.evidence)


def _completed(folder: RunFolder, info: RunInfo) -> RunInfo:
    """What stands in run.json once a run that broke off after its history was whole is completed.

    That is so where a disk had no room for what is made from the journals. HistoryError when the history is not whole.
    """
    if info.state == "running" and info.owner is not None and info.owner.lives:
        raise HistoryError(f"run {info.run} is running (process {info.owner.pid}): wait until it has ended")
    parts = [folder.part(name) for name in info.parts] or [folder]
    if not all(part.is_closed for part in parts):
        why = f"failed: {info.failure}" if info.failure else "was killed"
        raise HistoryError(f"run {info.run} {why}; its history is not whole, so nothing is decided: run it again")
    for part in parts:
        part.merge()
        part.write_info(_complete(part.read_info()))
    done = _complete(info)
    folder.write_info(done)
    return done


def _complete(info: RunInfo) -> RunInfo:
    return msgspec.structs.replace(info, state="complete", finished=info.finished or utc_now(), failure="")


def _trouble(infos: Sequence[RunInfo], histories: Sequence[Sequence[ev.Event]]) -> tuple[str, ...]:
    """What the harness could not do, as the histories tell it."""
    found: list[str] = []
    for info, history in zip(infos, histories, strict=True):
        found += [f"{info.scenario}: {event.text}" for event in history if isinstance(event, ev.Troubled)]
        started = sum(isinstance(event, ev.FaultStarted) for event in history)
        missed = sum(isinstance(event, ev.FaultMissed) for event in history)
        if missed:
            found.append(
                f"{info.scenario}: {missed} of {started} faults showed no effect; see that scenario in the report"
            )
    return tuple(found)


def _refused(infos: Sequence[RunInfo], histories: Sequence[Sequence[ev.Event]]) -> tuple[Refused, ...]:
    """The inputs that the runtime refused, as the histories tell it."""
    return tuple(
        Refused(part=info.scenario, action=event.action, text=event.text, reason=event.reason)
        for info, history in zip(infos, histories, strict=True)
        for event in history
        if isinstance(event, ev.InputRefused)
    )


def _excerpts(
    report: Report, folders: Sequence[RunFolder], histories: Sequence[Sequence[ev.Event]]
) -> dict[str, tuple[LogLine, ...]]:
    """What the programs logged around each cause's example."""
    places = {part.name: index for index, part in enumerate(report.parts)}
    found = {}
    for each in told(report):
        # A run that was judged by itself has one part, whatever its name.
        index = places.get(each.example.part, 0)
        logs = excerpt(folders[index].logs, each.example, Clocks.of(histories[index]))
        if each.cause.mechanism is not None and logs:
            found[each.id] = logs
    return found


def _claims(verdict: RunVerdict, info: RunInfo) -> tuple[Document, ...]:
    """The documents of what was run, with what the run says of them. What is simulated is another's protocol."""
    of = protocol(info.runtime)
    return tuple(
        claim.decided(document, verdict, version=info.release)
        for document in shipped.claims()
        if document.runtime == of
    )


def _unpromised(info: RunInfo, terms: Catalogue) -> tuple[str, ...]:
    """The guarantees that are no promises of the runtime; figures are none of anybody's."""
    if info.promises is None:
        return ()
    return tuple(each for each in terms.ids if each not in info.promises and not terms.terms(each, info.profile).figure)


def _part(info: RunInfo, timeline: Timeline, terms: Catalogue) -> Part:
    seen = recoveries(timeline.halves[0], terms.terms("recovery", info.profile))
    return Part(
        name=info.scenario,
        info=info,
        timeline=timeline,
        recoveries=tuple(
            Recovered(fault=r.fault, kind=r.kind, seconds=r.max_s, budget_s=r.budget_s) for r in seen if r.actors
        ),
        growth=growth(timeline),
    )


def decided(recorded: Recorded, *, listed: Sequence[Deviation], guarantees: Sequence[str] = ()) -> RunVerdict:
    """The verdict on a recorded run with these deviations: on all guarantees that it can decide, or those named."""
    infos, whole, terms = recorded.infos, recorded.info, _terms_of(recorded.info)
    decidable = {guarantee for info in infos for guarantee in info.guarantees}
    figures = {g for g in terms.ids if terms.terms(g, whole.profile).figure}
    decidable |= {guarantee for guarantee in guarantees if registered()[guarantee].from_any_history}
    if whole.promises is not None:  # an observation is no promise, and stands in every report
        decidable &= set(whole.promises)
    chosen = tuple(g for g in terms.ids if (g in decidable | figures) and (not guarantees or g in guarantees))
    own = _is_own(infos)
    examiner = Examiner(
        catalogue=terms,
        profile=whole.profile,
        guarantees=chosen,
        budget=Budget(time_s=SEARCH_S, now=time.monotonic),
        canaries=OWN_CANARIES if own else None,
        fault_rate=whole.fault_rate,
        store=whole.store,
    )
    return judge(
        examinations(recorded.folders, recorded.timelines, examiner),
        examiner,
        deviations=listed,
        mechanisms=shipped.mechanisms(whole.runtime),
        owed={guarantee: _owed(infos, terms.terms(guarantee, whole.profile)) for guarantee in chosen},
        alone=own or (not whole.parts and whole.owes is not None),
        broken=next((info.topology.breakage for info in infos if info.topology and info.topology.breakage), None),
    )


def _terms_of(info: RunInfo) -> Catalogue:
    """The catalogue, with what the runtime promises in words of its own."""
    said = {
        guarantee: Restated(promise=each.sentence, source=each.source, thresholds=each.evidence)
        for guarantee, each in (info.promises or {}).items()
    }
    return shipped.catalogue().restated(said)


def _listed(timelines: Sequence[Timeline], whole: RunInfo) -> tuple[Deviation, ...]:
    """What is known of the runtime, and of the library that its subjects are written with; the runtime comes first."""
    # Nobody recorded what a mix of versions does.
    found = () if whole.skew else shipped.deviations(whole.runtime, whole.version)
    sdks = {(named.sdk, named.version) for part in timelines for named in part.sdks}
    if any(part.run is not None and part.run.subject in UNREPAIRED for part in timelines):
        sdks.add((SDK, importlib.metadata.version("dapr")))
    for sdk, version in sorted(sdks):
        found += shipped.deviations(sdk, version)
    return tuple(each for each in found if each.applies(driver=whole.driver, store=whole.store))


def _owed(infos: Sequence[RunInfo], terms: Terms) -> tuple[Pair, ...]:
    """What was run owes to one guarantee: what matters to it of what the scenarios owe that can decide it."""
    return tuple(
        dict.fromkeys(
            Pair(fault=fault, under_way=name)
            for info in infos
            if terms.guarantee in info.guarantees
            for fault, under_way in (info.owes or {}).items()
            for name in under_way
            if name in terms.under_way
        )
    )
