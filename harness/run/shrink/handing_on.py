"""HandingOn: a shrunk run as files for others, from the last run that showed its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from msgspec.structs import replace as with_fields

from actorproof.harness.errors import HistoryError
from actorproof.harness.history.folder import write_atomically
from actorproof.harness.run.analysis import read, report
from actorproof.harness.run.shrink.forms.go_form import go_case
from actorproof.harness.run.shrink.forms.issue_form import issue
from actorproof.harness.run.shrink.forms.pytest_form import pytest_file
from actorproof.harness.run.shrink.forms.story import Story
from actorproof.harness.run.shrink.forms.toml_form import toml
from actorproof.harness.run.shrink.shrink import LAST_RED, Shrunk
from actorproof.properties.causes.cause import key_of

FORMS: Mapping[str, tuple[str, str, Callable[[Story], str]]] = {
    "toml": ("a scenario, for `actorproof run`", "{name}.toml", lambda story: toml(story.plan)),
    "pytest": ("a test, for pytest", "test_{name}.py", pytest_file),
    "issue": ("the text of an issue, for those who maintain the runtime", "{name}.md", issue),
    "go": ("a case of Dapr's integration suite", "{name}.go", go_case),
}
"""The forms by their name: what it is, the file's name, and what writes its text."""
ALWAYS = ("toml", "pytest", "issue")


def story_of(shrunk: Shrunk) -> Story:
    """What is to be told of a shrunk run; HistoryError when no run that showed its cause was kept."""
    last = shrunk.folder / LAST_RED
    recorded = read(last)
    made = report(recorded)
    cause = shrunk.came_back.cause
    found = [(each, one) for each in made.verdict.causes for one in each.traced if key_of(each, one) == cause]
    if not any(shrunk.guarantee in {"", one.guarantee} for _, one in found):
        raise HistoryError(f"{last} does not show {cause} any more: delete {shrunk.folder}, and shrink again")
    mechanism, traced = found[0][0].mechanism, [one for _, one in found]
    wanted = [one for one in traced if shrunk.guarantee in {"", one.guarantee}]
    example = min(wanted, key=lambda one: len(one.links) + len(one.violation.events))
    lost = {guarantee: sum(one.guarantee == guarantee for one in traced) for guarantee in made.run.guarantees}
    lost = {guarantee: count for guarantee, count in lost.items() if count}
    logs = made.excerpts.get(cause, ())
    story = Story(
        plan=with_fields(shrunk.plan, summary=mechanism.title if mechanism else shrunk.plan.summary),
        info=recorded.info,
        cause=cause,
        guarantee=shrunk.guarantee,
        mechanism=mechanism,
        came_back=shrunk.came_back,
        lost=lost,
        promises={v.guarantee: v.terms.promise for v in made.verdict.guarantees if v.guarantee in lost},
        seen=(example.violation.summary, *(link.said for link in example.links)),
        logs=tuple(f"{line.unit} {line.level}: {line.text}" for line in logs),
    )
    # The scenario is called as its cause is.
    return replace(story, plan=with_fields(story.plan, name=story.name.replace("_", "-")))


def write(shrunk: Shrunk, story: Story, forms: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Write a shrunk run in some forms; what each is and where it stands, as it is written.

    UsageError for what a form can't tell.
    """
    for form in dict.fromkeys((*ALWAYS, *forms)):
        what, name, text = FORMS[form]
        file = shrunk.folder / name.format(name=story.name)
        write_atomically(file, text(story).encode())
        yield what, file
