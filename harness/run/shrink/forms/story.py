"""Story: what every form tells of a shrunk run."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.history.info import RunInfo
from actorproof.harness.run.replays import CameBack
from actorproof.harness.workload.written import WrittenScenario
from actorproof.properties.causes.mechanism import Mechanism


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A shrunk run.

    Attributes:
        cause: its key.
        guarantee: the one that it has to break; any when empty.
        mechanism: what happened; None where nothing explains it.
        lost: violations by guarantee, in the last run that showed it.
        promises: the sentence of each of these guarantees.
        seen: what one violation says, and the links that led to it, in order.
        logs: what programs logged around it.
    """

    plan: WrittenScenario
    info: RunInfo
    cause: str
    guarantee: str = ""
    mechanism: Mechanism | None
    came_back: CameBack
    lost: Mapping[str, int]
    promises: Mapping[str, str]
    seen: tuple[str, ...]
    logs: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name for files: letters, digits and underscores."""
        found = re.sub(r"\W+", "_", self.cause).strip("_").lower()
        return f"{found}_" if keyword.iskeyword(found) else found

    @property
    def title(self) -> str:
        """What happens, in a few words."""
        if self.mechanism is not None:
            return self.mechanism.title
        return f"{', '.join(self.lost)} broken, and nothing explains it"

    @property
    def runtime(self) -> str:
        """The runtime and its version, for people."""
        return f"{'Dapr' if self.info.runtime == 'dapr' else self.info.runtime} {self.info.version}"
