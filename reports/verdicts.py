"""verdicts.json: the judgement for programs. Its fields are documented, and checked, by verdicts.schema.json.

``format`` grows when a field changes its meaning or goes; new fields alone don't change it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actorproof.harness.history.info import RunInfo
from actorproof.properties.causes.cause import Traced, key_of
from actorproof.properties.verdict.baseline import Often
from actorproof.properties.verdict.claim import Claim, Document, Section
from actorproof.properties.verdict.deviation import DeviationMatch
from actorproof.properties.verdict.findings import Figure, Violation
from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.report import Part, Report, replay
from actorproof.reports.told import Told, told
from actorproof.reports.words import sentence

FORMAT = 2
SCHEMA_PATH = Path(__file__).with_name("verdicts.schema.json")


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of verdicts.json."""
    found: dict[str, Any] = json.loads(SCHEMA_PATH.read_text("utf-8"))
    return found


def render(report: Report) -> str:
    """The text of verdicts.json, with a line break at its end."""
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """What stands in verdicts.json, as JSON values."""
    run, verdict = report.run, report.verdict
    return {
        "format": FORMAT,
        "outcome": verdict.outcome.plain,
        "exit_code": verdict.outcome.exit_code,
        "sentence": sentence(report),
        "run": _run(run),
        "seed": run.seed,
        "versions": {
            "actorproof": run.actorproof,
            "runtime": run.runtime,
            "version": run.version,
            "python": run.python,
            "platform": run.platform,
            "programs": [
                {"name": p.name, "version": p.version, "origin": p.origin, "sha256": p.sha256} for p in run.programs
            ],
        },
        "causes": [_cause(report, each) for each in told(report)],
        "guarantees": [_guarantee(report, each) for each in verdict.guarantees],
        "coverage": [
            {"fault": struck.fault, "times": struck.times, "under_way": dict(struck.under_way)}
            for struck in verdict.coverage
        ],
        "canaries": [{"guarantee": c.guarantee, "red": c.seen, "detail": c.detail} for c in verdict.canaries],
        "problems": list(verdict.problems),
        "trouble": list(report.trouble),
        "refused": [
            {"part": each.part, "action": each.action, "text": each.text, "reason": each.reason}
            for each in report.refused
        ],
        "unpromised": list(report.unpromised),
        "claims": [
            _claim(document, section, claim)
            for document in report.claims
            for section in document.sections
            for claim in section.claims
        ],
        "parts": [_part(report, part) for part in report.parts],
    }


def _run(info: RunInfo) -> dict[str, Any]:
    return {
        "id": info.run,
        "scenario": info.scenario,
        "profile": info.profile,
        "command": replay(info),
        "state": info.state,
        "started": info.started,
        "finished": info.finished,
        "driver": info.driver,
        "store": info.store,
        "duration_s": info.duration_s,
        "fault_rate": info.fault_rate,
        "failure": info.failure,
    }


def _cause(report: Report, each: Told) -> dict[str, Any]:
    mechanism = each.cause.mechanism
    return {
        "id": each.id,
        "mechanism": None
        if mechanism is None
        else {
            "title": mechanism.title,
            "story": mechanism.story,
            "advice": mechanism.advice,
            "upstream": mechanism.upstream,
        },
        "whose": each.whose,
        "sdk": each.name or None,
        "damage": each.damage,
        "violations": each.count,
        "open": len(each.open),
        "incidents": each.cause.incidents,
        "lost": dict(each.cause.lost),
        "triggers": dict(each.cause.triggers),
        "example": _traced(report, each.example),
    }


def _traced(report: Report, traced: Traced) -> dict[str, Any]:
    violation = traced.violation
    return {
        "guarantee": traced.guarantee,
        "class": violation.anomaly,
        "actor": violation.actor,
        "summary": violation.summary,
        "part": traced.part or None,
        "at_s": round(report.at_s(violation), 6),
        "command": report.command_of(violation),
        "links": [
            {"kind": link.kind, "anchor": link.anchor, "said": link.said, "t_ns": link.at_ns} for link in traced.links
        ],
    }


def _guarantee(report: Report, verdict: Verdict) -> dict[str, Any]:
    terms = verdict.terms
    names = verdict.accepted
    return {
        "id": terms.guarantee,
        "title": terms.title,
        "promise": terms.promise,
        "source": terms.source,
        "outcome": verdict.outcome.plain,
        "raw_outcome": verdict.raw_outcome.plain,
        "standing": verdict.outcome.word,
        "classes": {
            anomaly: {
                "violations": verdict.classes.get(anomaly, 0),
                "opportunities": verdict.opportunities.get(anomaly),
            }
            for anomaly in terms.classes
        },
        "excused": {clause: verdict.excused.get(clause, 0) for clause in terms.clauses},
        "evidence": [{"name": e.name, "have": e.have, "need": e.need, "enough": e.enough} for e in verdict.evidence],
        "under_way": list(terms.under_way),
        "owed": [
            {"fault": each.pair.fault, "under_way": each.pair.under_way, "have": each.have} for each in verdict.owed
        ],
        "figures": [_figure(figure) for figure in verdict.figures],
        "missing": list(verdict.missing),
        "fault": verdict.fault,
        "violations": [_violation(report, violation, names) for violation in verdict.violations],
        "deviations": [_deviation(match) for match in verdict.deviations],
        "notes": list(verdict.notes),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    value = figure.value if math.isfinite(figure.value) else None
    return {"name": figure.name, "value": value, "unit": figure.unit}


def _violation(report: Report, violation: Violation, names: Mapping[Violation, str]) -> dict[str, Any]:
    part = report.part_of(violation)
    return {
        "class": violation.anomaly,
        "actor": violation.actor,
        "summary": violation.summary,
        "trigger": violation.trigger,
        "part": part.name if part else None,
        "at_s": round(report.at_s(violation), 6),
        "command": report.command_of(violation),
        "deviation": names.get(violation),
        "events": [{"process": e.process, "seq": e.seq, "t_ns": e.t_ns, "label": e.label} for e in violation.events],
    }


def _deviation(match: DeviationMatch) -> dict[str, Any]:
    deviation, standing = match.deviation, match.standing
    between = deviation.incidents.interval
    return {
        "name": deviation.mechanism,
        "of": deviation.of,
        "per": deviation.per,
        "violations": len(match.violations),
        "doubts": [str(doubt) for doubt in match.doubts],
        "in_run": {
            "opportunities": standing.opportunities,
            "incidents": standing.incidents,
            "accepted_incidents": standing.accepted_incidents,
            "violations": standing.violations,
            "expected": standing.expected,
            "accepted": standing.accepted,
        },
        "baseline": {
            "runs": deviation.incidents.runs,
            "opportunities": deviation.incidents.opportunities,
            "incidents": deviation.incidents.events,
            "violations": deviation.violations.events,
            "rate_low": between.low,
            "rate_high": between.high,
            "often": _often(deviation.incidents.often),
        },
        "evidence": deviation.evidence,
        "upstream": deviation.upstream,
    }


def _often(often: Often | None) -> dict[str, Any] | None:
    """In how many of the newest recorded runs of one scenario it came."""
    return None if often is None else {"scenario": often.scenario, "came": often.came, "runs": often.runs}


def _claim(document: Document, section: Section, claim: Claim) -> dict[str, Any]:
    return {
        "statement": claim.statement,
        "source": document.name,
        "heading": section.heading,
        "guarantee": claim.guarantee,
        "scenario": claim.scenario,
        "measured": claim.measured,
        "version": claim.version,
        "verdict": claim.verdict,
        "instead": claim.instead,
    }


def _part(report: Report, part: Part) -> dict[str, Any]:
    timeline = part.timeline
    here = [
        (key_of(cause, each), each.guarantee)
        for cause in report.verdict.causes
        for each in cause.traced
        if report.part_of(each.violation) is part
    ]
    return {
        "name": part.name,
        "run": _run(part.info),
        "seed": part.info.seed,
        "events": timeline.event_count,
        "operations": len(timeline.operations),
        "turns": len(timeline.turns),
        "length_s": round((timeline.last_ns - timeline.first_ns) / 1e9, 6),
        "faults": [
            {
                "id": span.start.fault,
                "verb": span.start.verb,
                "target": span.start.target,
                "at_s": round((span.start.t_ns - part.start_ns) / 1e9, 6),
                "took_effect": span.took is not None,
                "evidence": list(span.took.evidence) if span.took else [],
            }
            for span in timeline.faults
        ],
        "recoveries": [
            {"fault": r.fault, "kind": r.kind, "seconds": r.seconds, "budget_s": r.budget_s} for r in part.recoveries
        ],
        "guarantees": list(part.info.guarantees),
        "broken": dict(Counter(guarantee for _, guarantee in here).most_common()),
        "causes": dict(Counter(cause for cause, _ in here).most_common()),
        "calls": _calls(part),
    }


def _calls(part: Part) -> dict[str, Any]:
    """The calls that were answered: how many, how long each took, and how many a second of the part."""
    took_s = [(each.end_ns - each.start_ns) / 1e9 for each in part.timeline.operations if each.outcome == "ok"]
    length_s = (part.timeline.last_ns - part.timeline.first_ns) / 1e9
    return {
        "ok": len(took_s),
        "median_s": round(quantile(took_s, 0.5), 6),
        "p99_s": round(quantile(took_s, 0.99), 6),
        "per_s": round(len(took_s) / length_s, 3) if length_s else 0.0,
    }
