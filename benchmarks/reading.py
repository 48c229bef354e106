"""Reading: how long a history of a million lines takes to read, in EDN and in JSON lines.

The lines are those of Jepsen: reads, writes and compare-and-sets by ten processes, with index and time. What is timed
is `read`: the text is taken apart, and its events are paired. By CPU time, so that what else the machine does does not
count; next to it that of Python's own `json` for the same lines, which knows nothing of events.
``python -m benchmarks.reading [--lines 1000000]``; exit code 1 above 15 s for a million.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from actorproof.properties.formats.found import read

PROCESSES, VALUES = 10, 5
TARGET_S, TARGET_LINES = 15.0, 1_000_000
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS


class Line(NamedTuple):
    process: int
    type: str
    function: str
    value: int | list[int] | None
    number: int
    time: int


def lines(count: int) -> Iterator[Line]:
    rng = random.Random(1)
    time_ns = 0
    for number in range(count // 2):
        function = rng.choice(("read", "write", "cas"))
        asked: int | list[int] | None = None
        if function != "read":
            asked = rng.randrange(VALUES) if function == "write" else [rng.randrange(VALUES), rng.randrange(VALUES)]
        answer = rng.randrange(VALUES) if function == "read" else asked
        for at, (type_, value) in enumerate((("invoke", asked), ("ok", answer))):
            time_ns += rng.randrange(1_000, 100_000)
            yield Line(number % PROCESSES, type_, function, value, 2 * number + at, time_ns)


def edn(line: Line) -> str:
    value = "nil" if line.value is None else str(line.value).replace(",", "")
    return (
        f"{{:process {line.process}, :type :{line.type}, :f :{line.function}, :value {value},"
        f" :index {line.number}, :time {line.time}}}"
    )


def json_line(line: Line) -> str:
    fields = {"process": line.process, "type": line.type, "f": line.function, "value": line.value}
    return json.dumps({**fields, "index": line.number, "time": line.time})


def took_s(work: Callable[[], object]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=TARGET_LINES)
    count = parser.parse_args().lines
    plain = "\n".join(map(json_line, lines(count)))
    base_s = took_s(lambda: [json.loads(row) for row in plain.split("\n")])
    target_s = TARGET_S * count / TARGET_LINES
    good = True
    for name, text in (("EDN", "\n".join(map(edn, lines(count)))), ("JSON lines", plain)):
        spent_s = took_s(lambda text=text: read(text))  # type: ignore[misc]  # of this turn
        good = good and spent_s <= target_s
        word = "met" if spent_s <= target_s else f"ABOVE {target_s:g} s"
        print(
            f"{count:,} lines of {name:10}: {spent_s:5.1f} s of CPU, {spent_s / base_s:4.1f} times json.loads: {word}"
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MB:.0f} MB, with both texts")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
