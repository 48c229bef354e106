import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from actorproof.properties.verdict.findings import EventRef, Span
from actorproof.properties.views.timeline import FAR_FUTURE_NS
from actorproof.reports.html import page
from actorproof.reports.html.drawing import draw, offsets, verb_of, window
from actorproof.reports.html.series import series
from actorproof.reports.report import Part, Recovered, Report

VOID = {"meta", "br", "link", "img", "input", "hr"}
LOADS = {"src", "srcset", "poster", "background", "action", "data", "xlink:href"}


class Reader(HTMLParser):
    """Collects a page's elements, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def text(full: Report) -> str:
    return page.render(full)


def test_the_verdict_comes_first(text: str) -> None:
    said = read(text).said
    assert said.index("2 of 7 guarantees hold on Dapr 1.18.2") < said.index("Run it again") < said.index("Evidence")
    assert "2 are violated: turns (two live hosts 9x, frozen, saved late 1x)" in said


def test_nothing_is_loaded_from_anywhere(text: str) -> None:
    reader = read(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in reader.found}
    for tag, attributes in reader.found:
        assert not LOADS & set(attributes), tag
        if "href" in attributes:
            assert tag == "a"
            assert re.match(r"#|https://(docs\.dapr\.io|github\.com)/", attributes["href"] or "")
    style = text[text.index("<style>") : text.index("</style>")]
    script = text[text.index("<script>") : text.index("</script>")]
    assert "://" not in style + script
    assert "@import" not in style
    assert set(re.findall(r"url\(([^)]*)\)", style)) == {"#hatch"}
    assert "default-src 'none'" in text


def test_nasty_names_are_text(sample: Any) -> None:
    nasty = sample.nasty
    found = sample.violation(
        "same host",
        actor=nasty,
        summary=nasty,
        trigger=nasty,
        spans=(Span(lane=nasty, label=nasty, start_ns=1, end_ns=5),),
        events=(EventRef(process=nasty, seq=1, t_ns=2, label=nasty),),
    )
    judged = sample.judged(sample.verdict("turns", [found]), deviation=None)
    run = sample.info("churn", scenario=nasty, failure=nasty, command=nasty, platform=nasty)
    reader = read(page.render(sample.report([judged], run=run)))
    assert sum(tag == "script" for tag, _ in reader.found) == 1
    assert "Ledger/<script>alert('x')</script>" in reader.said


def test_every_violation_says_what_it_breaks_and_how_to_run_it_again(text: str) -> None:
    reader = read(text)
    copied = {attributes["data-copy"] for tag, attributes in reader.found if tag == "button"}
    assert copied == {
        "actorproof verify --seed 7 --profile quick --dapr 1.18.2",
        "actorproof run kill-and-recover --seed 7 --profile quick --dapr 1.18.2",
        "actorproof run everything-at-once --seed 7 --profile quick --dapr 1.18.2",
    }
    figures = sum(attributes.get("class", "").startswith("violation") for tag, attributes in reader.found)
    assert figures == 5 + 1 + 1 + 1 + 1 + 1
    assert reader.said.count("Breaks:") == figures
    assert "and 4 more of this class" in reader.said


def test_every_table_is_there(text: str) -> None:
    said = read(text).said
    for word in (
        "no longer occurs",
        "out of date",
        "✗ not seen",
        "event 17 is missing (next is 19)",
        "built from Go module",
        "7 of 7 took effect",
        "4001 of host-1/app is gone",
        "Missing:",
        "deviation x accepts 0.1; here are 3 in 9",
        "The checker failed: KeyError: 'moves'",
    ):
        assert word in said, word


def test_unlisted_violations_are_shown_before_listed_ones(sample: Any) -> None:
    listed = [sample.violation("cut", at_s=at, trigger="add host") for at in range(5, 15)]
    other = sample.violation("cut", at_s=20, trigger="kill host")
    names = dict.fromkeys(listed, "known")
    assert page.choose([*listed, other], names, 2) == [other, listed[0]]


def test_one_of_each_trigger_is_shown_before_a_second(sample: Any) -> None:
    found = [sample.violation("cut", at_s=at, trigger=t) for at, t in enumerate(["a", "a", "a", "b"])]
    assert [v.trigger for v in page.choose(found, {}, 3)] == ["a", "b", "a"]


def test_a_long_run_stays_small(sample: Any) -> None:
    """20 minutes, 50,000 operations, and far more violations and faults than can be shown."""
    timeline = sample.load(start_ns=10**12, length_s=1200, operations=50_000, fault_every_s=2, evidence=4)
    violations = [
        sample.violation(anomaly, at_s=n % 1000, start_ns=10**12, actor=f"Counter/{n}", trigger=f"kill host {n % 7}")
        for anomaly in ("cut off", "abandoned", "same host", "two live hosts", "frozen, saved late")
        for n in range(400)
    ]
    recoveries = tuple(
        Recovered(fault=f"f{n}", kind=f"kill host-{n % 9}", seconds=n % 17, budget_s=12) for n in range(500)
    )
    part = Part(name="soak", info=sample.info("soak"), timeline=timeline, recoveries=recoveries)
    report = sample.report([sample.judged(sample.verdict("turns", violations))], parts=(part,))
    assert len(page.render(report).encode()) < page.MOST_BYTES


def test_limits_tighten_until_it_fits(sample: Any) -> None:
    long = "word " * 20_000
    violations = [sample.violation("cut", at_s=n, actor=f"{long}{n}", summary=long, trigger=f"t{n}") for n in range(40)]
    timeline = sample.load(start_ns=5_000 * 10**9, length_s=300, operations=300, fault_every_s=1, evidence=60)
    parts = tuple(Part(name=f"part {n}", info=sample.info("churn"), timeline=timeline) for n in range(30))
    report = sample.report([sample.judged(sample.verdict("drain", violations))], parts=parts)
    text = page.render(report)
    assert len(text.encode()) < page.MOST_BYTES
    assert read(text).said.count("Breaks:") >= 1


def test_a_run_with_nothing_in_it_has_a_page(sample: Any) -> None:
    empty = Part(name="empty", info=sample.info("empty"), timeline=sample.load(start_ns=0, length_s=11, operations=0))
    assert "none in this run" not in page.render(sample.report([], parts=(empty,)))
    quiet = sample.load(start_ns=0, length_s=10, operations=0)
    assert "none in this run" in page.render(sample.report([], parts=(replace(empty, timeline=quiet),)))
    assert "No guarantee was judged" in page.render(sample.report([], parts=()))


def test_series_count_every_operation_once(sample: Any) -> None:
    timeline = sample.load(start_ns=0, length_s=60, operations=3000)
    found = series(timeline, most=20)
    assert found.bin_s == 5
    assert found.bins == 12
    assert sum(found.ok + found.fail + found.info) * found.bin_s == pytest.approx(3000)
    for low, high in zip(found.p50_ms, found.p99_ms, strict=True):
        assert (low is None) == (high is None)
        assert low is None or high is None or low <= high


def test_a_drawing_shows_milliseconds_beside_a_long_fault(sample: Any) -> None:
    found = sample.violation("two live hosts")
    low, high = window(found.spans, found.events)
    assert high - low < 200_000_000
    drawn = str(draw(found, overlapping=True))
    assert drawn.count('class="overlap"') == 1
    assert "41 ms" in drawn
    assert "v-pause" in drawn
    assert 'class="overlap"' not in str(draw(found, overlapping=False))


def test_a_far_event_does_not_squeeze_the_drawing(sample: Any) -> None:
    found = sample.violation("two live hosts")
    begin = EventRef(process="harness", seq=5, t_ns=found.events[0].t_ns - 9 * 10**9, label="pause host/app")
    low, high = window(found.spans, (begin, *found.events))
    assert high - low < 200_000_000
    assert offsets(replace(found, events=(begin, *found.events))) == ["-9 s", "0 ms", "+38 ms", "+79 ms", "+103 ms"]


def test_a_drawing_survives_what_never_ends_and_what_is_empty(sample: Any) -> None:
    lonely = sample.violation(
        "same host", events=(), spans=(Span(lane="p#1", label="t", start_ns=5, end_ns=FAR_FUTURE_NS),)
    )
    assert "no end" in str(draw(lonely, overlapping=True))
    assert not draw(sample.violation("same host", events=(), spans=()), overlapping=True)
    only = sample.violation("same host", spans=())
    assert str(draw(only, overlapping=True)).count("<circle") == 4


def test_ticks_do_not_crowd(sample: Any) -> None:
    drawn = str(draw(sample.violation("two live hosts"), overlapping=True))
    ticks = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="[\d.]+" class="tick"', drawn)]
    assert len(ticks) >= 4
    assert all(b - a > 40 for a, b in pairwise(ticks))


@pytest.mark.parametrize(
    ("lane", "label", "verb"),
    [
        ("fault", "pause host/app", "pause"),
        ("cut host-1>store", "fault-3", "cut"),
        ("fault", "strange", "other"),
        ("host-1/app", "stopped", "pause"),
        ("host-1/sidecar", "gone", "kill"),
        ("c3", "add", ""),
        ("host-1/app#1", "kill turn", ""),
        ("add", "x", ""),
    ],
)
def test_faults_are_told_from_calls(lane: str, label: str, verb: str) -> None:
    assert verb_of(Span(lane=lane, label=label, start_ns=0, end_ns=1)) == verb
