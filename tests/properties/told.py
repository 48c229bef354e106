"""Told: what a verdict counts of a case, so that a file can hold what every case must come to.

``cases/<guarantee>/told.json`` has, one line a case, the counts and figures of each case of that guarantee, and of each
violation the actor, the times, the trigger, the numbers in its sentence, and what it is shown with; the case's folder
and name still are its verdict. Wording is not in it. ``python -m tests.properties.told`` writes the files again after a
change of what checkers count: read the difference before it is committed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actorproof.properties.verdict.findings import Violation
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import START_NS, S

CASES = Path(__file__).parent / "cases"


def told(verdict: Verdict) -> dict[str, Any]:
    """What a verdict counts, without what is zero or empty; times are seconds from the run's start."""
    said: dict[str, Any] = {
        "excused": _nonzero(verdict.excused),
        "evidence": _nonzero({each.name: each.have for each in verdict.evidence}),
        "left out": _nonzero({each.name: sum(left.count for left in each.left_out) for each in verdict.evidence}),
        "opportunities": _nonzero(verdict.opportunities),
        "figures": {each.name: f"{each.value:.9g} {each.unit}" for each in verdict.figures if each.value},
        "doubts": {doubt.anomaly: doubt.count for doubt in verdict.doubts},
        "violations": [_violation(violation) for violation in verdict.violations],
    }
    return {key: value for key, value in said.items() if value}


def _nonzero(counts: Any) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "actor": violation.actor,
        "numbers": " ".join(re.findall(r"\d[\d.,]*", violation.summary)),
        "at_s": _s(violation.at_ns),
        "trigger": violation.trigger,
        "events": [f"{_s(event.t_ns):.9g} {event.process}" for event in violation.events],
        "spans": [f"{_s(span.start_ns):.9g} {_s(span.end_ns):.9g} {span.lane}" for span in violation.spans],
    }


def _s(t_ns: int) -> float:
    return (t_ns - START_NS) / S


def name(path: Path) -> str:
    """The name of a case in its guarantee's file."""
    return f"{path.parent.name}/{path.stem}"


def expected(path: Path) -> Any:
    """What a case must say; KeyError when nobody wrote that down."""
    return json.loads((path.parents[1] / "told.json").read_bytes())[name(path)]


def write(guarantee: str, said: dict[str, dict[str, Any]]) -> None:
    """Put down what the cases of a guarantee say."""
    rows = [f"{json.dumps(case)}: {json.dumps(what, ensure_ascii=False)}" for case, what in sorted(said.items())]
    (CASES / guarantee / "told.json").write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def main(paths: Sequence[Path]) -> None:
    """Write all files again."""
    from tests.properties.test_cases import decided  # noqa: PLC0415 - it reads these files, too

    for folder in sorted({path.parents[1] for path in paths}):
        write(folder.name, {name(path): told(decided(path)) for path in paths if path.parents[1] == folder})


if __name__ == "__main__":
    main(sorted(CASES.glob("*/*/*.jsonl")))
