"""Pytest: a shrunk run as a test file by itself, which fails as long as its cause comes back."""

from __future__ import annotations

import math

from actorproof.harness.run.shrink.forms.story import Story
from actorproof.harness.run.shrink.forms.toml_form import toml
from actorproof.reports.words import capital

MISSED = 0.05  # how often the file may be green although the cause is there
MOST_ATTEMPTS = 20


def pytest_file(story: Story) -> str:
    """The text of the file. It needs Actorproof, and nothing of the run that it was made from."""
    info = story.info
    given = [f'driver="{info.driver}"', f"seed={info.seed}"]
    given += [f'bug="{info.bug}"'] if info.bug else [f'dapr="{info.version}"']
    attempts = attempts_for(story.came_back.count, story.came_back.of)
    absent = f'("{story.cause}", "{story.guarantee}") not in seen.broken'
    if not story.guarantee:
        absent = f'"{story.cause}" not in seen.causes'
    check = [
        f"seen = actorproof.perform(SCENARIO, {', '.join(given)}, out=tmp_path)",
        f'assert {absent}, f"it came back: {{seen.folder}}"',
    ]
    if attempts > 1:
        check = [f"for _ in range({attempts}):  # it comes back {story.came_back}", *(f"    {line}" for line in check)]
    text = toml(story.plan)
    title = story.title.replace('"', "'")
    return "\n".join(
        [
            f'"""{capital(title)}: {story.runtime}. Made by `actorproof shrink`."""',
            "",
            "from pathlib import Path",
            "",
            "import actorproof",
            "",
            f'SCENARIO = {"r" if chr(92) in text else ""}"""',
            text.rstrip(),
            '"""',
            "",
            "",
            f"def test_{story.name}(tmp_path: Path) -> None:",
            *(f"    {line}" for line in check),
            "",
        ]
    )


def attempts_for(count: int, of: int) -> int:
    """How often to try a cause that came back `count` of `of` times, so that it is hardly ever missed."""
    if count >= of or not count:
        return 1
    return min(MOST_ATTEMPTS, math.ceil(math.log(MISSED) / math.log(1 - count / of)))
