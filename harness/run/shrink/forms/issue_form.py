"""Issue: a text for the maintainers of a runtime: what was seen, what is promised, and how to see it again."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.harness.run.shrink.forms.story import Story
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Populate,
    Remind,
    Settle,
    StartLoad,
    StartTimer,
    StopLoad,
    StopTimer,
    Wait,
    Walk,
)
from actorproof.plural import some
from actorproof.reports.upstream import known
from actorproof.reports.words import capital

MOST_LOGS = 12


def issue(story: Story) -> str:
    """The text, in Markdown."""
    return "\n".join(_lines(story)) + "\n"


def _lines(story: Story) -> Iterator[str]:
    yield f"# {capital(story.title)}"
    yield ""
    yield f"Version: {story.runtime}, {story.info.platform}"
    if story.mechanism is not None:
        yield ""
        yield story.mechanism.story
    yield ""
    yield "## Steps"
    yield ""
    topology = story.plan.topology
    yield (
        f"Hosts: {topology.hosts}, idle time-out {topology.idle_timeout_s:g} s, drain time-out"
        f" {topology.drain_timeout_s:g} s, reentrancy {'on' if topology.reentrancy else 'off'}."
    )
    yield ""
    for number, step in enumerate(story.plan.steps, start=1):
        yield f"{number}. {told(step)}"
    yield ""
    yield f"It {str(story.came_back).partition(': ')[2]}."
    yield ""
    yield "## What was seen"
    yield ""
    yield from (f"- {line}" for line in story.seen)
    yield ""
    yield "## What is promised"
    yield ""
    yield from (f"- {guarantee}: {promise}" for guarantee, promise in story.promises.items())
    if story.logs:
        yield ""
        yield "## Log lines"
        yield ""
        yield "```"
        yield from story.logs[:MOST_LOGS]
        yield "```"
    if story.mechanism is not None and story.mechanism.reported:
        yield ""
        yield f"Seen before: {known(story.mechanism.upstream)}"


def told(step: AnyStep) -> str:
    """A step in a sentence."""
    match step:
        case Wait(for_s=for_s):
            return f"Wait {for_s:g} s."
        case Inject(verb=verb, target=target, params=params):
            with_ = f" ({', '.join(f'{name} {value}' for name, value in params.items())})" if params else ""
            return f"Fault: {verb} {target}{with_}."
        case Heal(id=id_):
            return f"Heal {id_}."
        case Burst():
            many = "One caller calls" if step.callers == 1 else f"{step.callers} callers call"
            said = f"{many} {step.method} of {step.actor}, whose turn takes {step.hold_s:g} s"
            said += f"; it is sent {step.after_s:g} s after the next step begins" if step.after_s else ""
            return f"{said}{f'; given up after {step.give_up_s:g} s' if step.give_up_s else ''}."
        case Populate(count=count, method=method):
            if method == "remind":
                return f"{step.callers} callers register one reminder for each of {count} recorders."
            return f"{step.callers} callers {method} {count} registers, each once."
        case Walk(actor=actor, route=route):
            return f"{actor} calls {', which calls '.join(route)}."
        case Remind() | StartTimer():
            what = "a reminder" if isinstance(step, Remind) else "a timer"
            again = f", then every {step.period_s:g} s" if step.period_s else ""
            return f"{step.actor} registers {what} {step.name}, due in {step.due_s:g} s{again}."
        case Forget() | StopTimer():
            return f"{step.name} of {step.actor} is unregistered."
        case StartLoad(id=id_, load=load):
            return f"Load {id_} of {some(load.clients, 'client')} starts."
        case StopLoad(id=id_):
            return f"Load {id_} stops."
        case Settle():
            return "Wait until all hosts agree."
