"""Times: how due times, periods and times to live of reminders and timers can be written.

The texts of an API are data here: a runtime may take one of them and refuse another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from actorproof.harness.errors import UsageError

Form = Literal["go", "iso", "rfc3339"]
TimeField = Literal["due", "period", "ttl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When something is to fire, and how that is written. Durations in seconds. UsageError for what can't be written.

    Attributes:
        repetitions: how often it fires, with a period.
        forms: for ``due``, ``period``, ``ttl`` how each is written: ``go`` (1.5s, when nothing is said), ``iso``
            (PT1.5S) or ``rfc3339`` (an instant, not for periods). A period with repetitions is R<n>/PT<s>S always.
        texts: what is sent as it stands, by the name of its field in the API, in place of what is made of the numbers.
            These still say what is meant by it.
    """

    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    forms: Mapping[TimeField, Form] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, form in self.forms.items():
            if name not in get_args(TimeField) or form not in get_args(Form):
                raise UsageError(
                    f"forms has {name} = {form}: name due, period or ttl, and one of {', '.join(get_args(Form))}"
                )
        if self.forms.get("period") == "rfc3339":
            raise UsageError("a period can't be written as an instant: choose go or iso for it")

    def written(self, *, wall_ns: int) -> dict[str, str]:
        """The fields of a registration at an instant of the wall clock."""
        found = {"dueTime": _written(self.due_s, self.forms.get("due", "go"), wall_ns)}
        if self.period_s is not None and self.repetitions is not None:
            found["period"] = f"R{self.repetitions}/{_written(self.period_s, 'iso', wall_ns)}"
        elif self.period_s is not None:
            found["period"] = _written(self.period_s, self.forms.get("period", "go"), wall_ns)
        if self.ttl_s is not None:
            found["ttl"] = _written(self.ttl_s, self.forms.get("ttl", "go"), wall_ns)
        return {**found, **self.texts}


def _written(seconds: float, form: Form, wall_ns: int) -> str:
    match form:
        case "go":
            return f"{seconds:g}s"
        case "iso":
            return f"PT{seconds:g}S"
        case "rfc3339":
            at_ns = wall_ns + round(seconds * 1e9)
            whole_s, rest_ns = divmod(at_ns, 1_000_000_000)
            return f"{datetime.fromtimestamp(whole_s, tz=UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}Z"
