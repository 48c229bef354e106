"""Issue: one cause as a text for the runtime's maintainers, to be pasted where they take reports."""

from __future__ import annotations

from actorproof.plural import some
from actorproof.properties.causes.cause import APPLICATION
from actorproof.reports.html.drawing import S, way_from_ns
from actorproof.reports.html.sections.topologies import brought_up
from actorproof.reports.report import Report
from actorproof.reports.told import Told
from actorproof.reports.words import capital, plain, runtime, sourced

LONGEST = 300


def issue(report: Report, each: Told) -> str:
    """Markdown: what was expected, what happened, the smallest example and the command that shows it again.

    Empty for what nothing explains, and for what is laid to the user's own application: nobody else can mend it.
    """
    mechanism = each.cause.mechanism
    if mechanism is None or each.whose == APPLICATION:
        return ""
    terms = next(one.terms for one in report.verdict.guarantees if one.guarantee == each.example.guarantee)
    run, example = report.run, each.example.violation
    scenario = each.example.part or run.scenario
    part = report.part_of(example)
    topology = part.info.topology if part else None
    programs = ", ".join(f"{program.name} {program.version}" for program in run.programs)
    times, of = each.there
    return "\n".join(
        [
            f"# {capital(mechanism.title)}",
            "",
            f"Found by Actorproof {run.actorproof} on {runtime(report)} ({programs}), {run.platform}.",
            *([f"Driver {run.driver}: {brought_up(topology, run.promises)}."] if topology is not None else []),
            *([f"It may be the same as {mechanism.upstream}"] if mechanism.reported else []),
            "",
            "## Expected",
            "",
            f"> {terms.promise}",
            "",
            sourced(terms.source),
            "",
            "## What happened",
            "",
            mechanism.story,
            "",
            f"Seen in {some(each.cause.incidents, 'incident')} with {some(each.count, 'violation')}: {each.lost}.",
            "",
            f"The smallest example, of the scenario {scenario}: {plain(example.actor)} {plain(example.summary)}",
            "",
            "```",
            *_steps(report, each),
            "```",
            "",
            "## How to see it again",
            "",
            "```",
            report.command_of(example),
            "```",
            "",
            f"{times} of {some(of, 'incident')} came in this scenario. No two runs have faults at the same instants.",
        ]
    )


def _steps(report: Report, each: Told) -> list[str]:
    """The links of the example and what was logged around them, in order of time, in seconds from where it begins."""
    links = [(link.at_ns, plain(link.said, limit=LONGEST)) for link in each.example.links]
    logs = [
        (line.t_ns, f"{line.unit} {line.level}: {plain(line.text, limit=LONGEST)}")
        for line in report.excerpts.get(each.id, ())
    ]
    from_ns = way_from_ns(each.example)
    return [f"{(at_ns - from_ns) / S:+9.3f} s  {said}" for at_ns, said in sorted([*links, *logs])]
