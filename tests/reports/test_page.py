import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history.under_way import UnderWay
from actorproof.properties.verdict import claim
from actorproof.properties.verdict.findings import EventRef, Figure, Span
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Owed
from actorproof.properties.views.coverage import Pair
from actorproof.properties.views.growth import Growth
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from actorproof.reports import markdown
from actorproof.reports.console import result_lines
from actorproof.reports.frames.frames import Frames
from actorproof.reports.html import limits, page, templating, violations
from actorproof.reports.html.course import course_of
from actorproof.reports.html.drawing import Mark, draw, draw_way, offsets, verb_of, window
from actorproof.reports.html.growth import growth
from actorproof.reports.html.recovery import recovery
from actorproof.reports.logs import LogLine
from actorproof.reports.report import Part, Recovered, Report
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE
from tests.reports import conftest as samples

CODE_NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
VOID = {"meta", "br", "link", "img", "input", "hr"}
LOADS = {"src", "srcset", "poster", "background", "action", "data", "xlink:href"}


class Reader(HTMLParser):
    """Collects a page's elements, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.plain: list[str] = []

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
        if not {"code", "script", "style"} & set(self.open):
            self.plain.append(data)

    @property
    def prose(self) -> str:
        """What is neither code nor to be copied."""
        return " ".join(self.plain)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader


def marks(events: tuple[EventRef, ...]) -> list[Mark]:
    return [Mark(lane=event.process, t_ns=event.t_ns, said=event.label) for event in events]


def framed(timeline: Timeline) -> Frames:
    return Frames((("churn", timeline),), lambda: samples.Sample().report([]))


@pytest.fixture(scope="module")
def text(full: Report) -> str:
    return page.render(full)


def test_the_verdict_comes_first(text: str) -> None:
    said = read(text).said
    order = [
        "Violated in new ways: 2 of the 7 guarantees of Dapr 1.18.2",
        "14 violations: 10 from 1 cause",
        "See the first new",
        "Evidence",
    ]
    assert sorted(order, key=said.index) == order
    assert "Broken in new ways: turns (two live hosts 9x, frozen, saved late 1x)" in said


def test_nothing_is_loaded_from_anywhere(text: str) -> None:
    reader = read(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in reader.found}
    for tag, attributes in reader.found:
        assert not LOADS & set(attributes), tag
        if "href" in attributes:
            assert tag == "a"
            assert re.match(r"#|https://(docs\.dapr\.io|github\.com)/", attributes["href"] or "")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "://" not in style
    assert "@import" not in style
    assert "url(" not in style
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
    assert sum(tag == "script" for tag, _ in reader.found) == 3
    assert "Ledger/<script>alert('x')</script>" in reader.said


def test_every_violation_says_what_it_breaks_and_how_to_run_it_again(text: str) -> None:
    reader = read(text)
    # Without a value it is the text before the button that is copied.
    copied = {attributes["data-copy"] for _, attributes in reader.found if attributes.get("data-copy")}
    assert copied == {
        "actorproof verify --seed 7 --profile quick --dapr 1.18.2",
        "actorproof run kill-and-recover --seed 7 --profile quick --dapr 1.18.2",
        "actorproof run everything-at-once --seed 7 --profile quick --dapr 1.18.2",
    }
    figures = sum((attributes.get("class") or "").startswith("violation") for tag, attributes in reader.found)
    of_classes, of_causes, alone = 4 + 1 + 1 + 1 + 1 + 1, 1, 3
    assert figures == of_classes + of_causes + alone
    assert reader.said.count("Breaks:") == of_classes + alone
    assert "and 5 more of this class" in reader.said


def test_every_table_is_there(text: str) -> None:
    said = read(text).said
    for word in (
        "not seen in this run",
        "out of date",
        "✗ not seen",
        "event 17 is missing (next is 19)",
        "built from Go module",
        "7 of 7 took effect",
        "4001 of host-1/app is gone",
        "Missing:",
        "9 violations of 9 incidents, at most 3 of 3 accepted",
        "The checker failed: KeyError: 'moves'",
    ):
        assert word in said, word


def test_no_name_of_the_code_is_shown(full: Report, text: str) -> None:
    """Evidence and figures have words; what stands in code elements is to be copied."""
    assert CODE_NAME.search("drained_within")
    console = "\n".join(result_lines(full, Path("out")))
    for shown in (read(text).prose, re.sub("`[^`]*`", "", markdown.render(full)), console):
        assert not CODE_NAME.findall(shown)


def test_every_kind_of_evidence_has_words() -> None:
    for guarantee in CATALOGUE.ids:
        terms = CATALOGUE.terms(guarantee, "quick")
        for name in terms.thresholds:
            assert "_" not in terms.said(name), (guarantee, name)


def test_what_each_guarantee_lost_is_told_whole(sample: Any) -> None:
    classes = ("cut off", "abandoned", "same host", "two live hosts", "frozen, saved late", "a", "b", "c", "d")
    found = [sample.violation(anomaly, at_s=5 + n) for n, anomaly in enumerate(classes)]
    report = sample.report([sample.judged(sample.verdict("turns", found))], explained=classes)
    assert f"turns 9 : {', '.join(f'{anomaly} 1x' for anomaly in classes)}" in read(page.render(report)).said


@pytest.mark.parametrize(
    ("times_ms", "said"),
    [((12.0, 42_000.0), ("lateness p50 0.012 s", "lateness max 42 s")), ((12.0, 420.0), ("12 ms", "420 ms"))],
)
def test_times_of_one_table_of_figures_share_a_unit(
    sample: Any, times_ms: tuple[float, float], said: tuple[str, str]
) -> None:
    named = zip(("lateness p50", "lateness max"), times_ms, strict=True)
    figures = tuple(Figure(name=name, value=value, unit="ms") for name, value in named)
    told = read(page.render(sample.report([replace(sample.verdict("reminders"), figures=figures)]))).said
    assert all(each in told for each in said)


def test_steps_and_drawing_of_a_way_count_from_its_first_step(sample: Any) -> None:
    report = sample.one("cut off")
    (cause,) = report.verdict.causes
    way = list(cause.example.links)
    way[0] = replace(way[0], kind="fault", said="pause host-1", at_ns=way[0].at_ns - 9 * 10**9)
    traced = replace(cause.example, links=tuple(way))
    cause = replace(cause, traced=(traced,), example=traced)
    report = replace(report, verdict=replace(report.verdict, causes=(cause,)))
    said = read(page.render(report)).said
    assert "0 s pause host-1 +9.038 s turns t-311 and t-312 ran at the same time" in said
    drawing = read(str(draw_way(traced, report.parts[0].timeline))).said
    assert "; 0 is where what step 1 tells of begins" in drawing
    ticks = re.findall(r"[+-][0-9,.]+ m?s\b", drawing)
    assert ticks
    assert all(tick.startswith("+9") and tick.endswith(" s") for tick in ticks), "in the unit of the steps"


def test_what_lasted_counts_from_its_beginning_in_a_lane_of_its_step(sample: Any) -> None:
    """An idle time-out that ran for 8 s is no point in time at its end, with all else before it."""
    report = sample.one("cut off")
    (cause,) = report.verdict.causes
    at_ns = cause.example.links[0].at_ns
    events = tuple(
        replace(cause.example.violation.events[0], t_ns=t_ns, label=label)
        for t_ns, label in ((at_ns - 8 * 10**9, "turn"), (at_ns, "told to end"))
    )
    lasted = replace(cause.example.links[0], kind="idle from the start", at_ns=at_ns, events=events)
    traced = replace(cause.example, links=(lasted,))
    said = read(str(draw_way(traced, report.parts[0].timeline))).said
    assert "step 1 idle from the start · 8 s" in said
    assert "+8 s" in said
    assert re.findall(r"(?<=\s)[+-]?\d+ s\b", said)[-5:] == ["0 s", "+2 s", "+4 s", "+6 s", "+8 s"]


def test_commands_in_claims_are_code_and_nothing_in_them_is_markup() -> None:
    assert str(templating.coded("in `run <x>`, <b>")) == "in <code>run &lt;x&gt;</code>, &lt;b&gt;"
    assert str(templating.coded("one ` alone")) == "one ` alone"


def test_claims_name_their_source_and_are_whole(sample: Any) -> None:
    measured = f"{'Long ' * 300}end."
    kept = claim.Claim(statement="s", scenario="churn", version="1", verdict="true", measured=measured)
    section = claim.Section(heading="Core", claims=(kept,))
    document = claim.Document(name="a", title="A title", source="https://example.org/a.md", sections=(section,))
    text = page.render(replace(sample.report(sample.holding("turns")), claims=(document,)))
    said = read(text).said
    assert "“A title” https://example.org/a.md" in said
    assert "under Core" in said
    assert measured in said
    assert 'actorproof run churn" aria-label="copy the command"' in text


def test_a_class_that_had_no_chance_is_told_as_not_tried(sample: Any) -> None:
    found = sample.verdict("turns")
    tried, *others = found.terms.classes
    text = page.render(sample.report([replace(found, opportunities={tried: 1200})]))
    rows = dict(re.findall(r'">([^<]*)</a></th><td class="count"><b>0</b></td><td>([^<]*)</td>', text))
    assert rows[tried] == "of 1,200"
    assert {rows[each] for each in others} == {"not tried here"}
    assert f"not tried: {others[0]}, " in text


def test_what_holds_is_folded_together_where_there_is_much(sample: Any) -> None:
    holding = [sample.judged(sample.verdict(f"g{number}")) for number in range(11)]
    broken = sample.broken("turns", anomaly="cut off")
    said = read(page.render(sample.report([*holding, broken]))).said
    assert "11 that hold, or are figures" in said
    assert "that hold, or are figures" not in read(page.render(sample.report([*holding[:4], broken]))).said


def test_unlisted_violations_are_shown_first_and_one_of_each_trigger_before_a_second(sample: Any) -> None:
    listed = [sample.violation("cut", at_s=at, trigger="add host") for at in range(5, 15)]
    other = sample.violation("cut", at_s=20, trigger="kill host")
    assert violations.choose([*listed, other], dict.fromkeys(listed, "known"), 2) == [other, listed[0]]
    found = [sample.violation("cut", at_s=at, trigger=t) for at, t in enumerate(["a", "a", "a", "b"])]
    assert [v.trigger for v in violations.choose(found, {}, 3)] == ["a", "b", "a"]


def test_limits_tighten_until_it_fits(sample: Any) -> None:
    long = "word " * 20_000
    violations = [sample.violation("cut", at_s=n, actor=f"{long}{n}", summary=long, trigger=f"t{n}") for n in range(40)]
    timeline = sample.load(start_ns=5_000 * 10**9, length_s=300, operations=300, fault_every_s=1, evidence=60)
    parts = tuple(Part(name=f"part {n}", info=sample.info("churn"), timeline=timeline) for n in range(30))
    report = sample.report([sample.judged(sample.verdict("drain", violations))], parts=parts)
    text = page.render(report)
    assert len(text.encode()) < page.MOST_BYTES
    assert read(text).said.count("Breaks:") >= 1


def drawn_faults(text: str) -> list[int]:
    """How many faults the charts of each part show."""
    return [len(json.loads(data)["faults"]) for data in re.findall(r'class="data">(.*?)</script>', text)]


@pytest.mark.parametrize("step", limits.STEPS[:3])
def test_charts_draw_every_fault_however_much_else_is_left_out(
    sample: Any, step: limits.Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "STEPS", (step,))
    busy, calm = (sample.load(start_ns=0, length_s=s, operations=10, fault_every_s=1) for s in (90, 17))
    parts = tuple(Part(name=f"p{n}", info=sample.info("p"), timeline=calm if n else busy) for n in range(26))
    text = page.render(sample.report([], parts=parts))
    assert drawn_faults(text) == [80, *[7] * 25]
    assert "faults the first" not in text


def test_faults_that_charts_have_no_room_for_are_told(sample: Any) -> None:
    timeline = sample.load(start_ns=0, length_s=1011, operations=10, fault_every_s=1)
    text = page.render(sample.report([], parts=(Part(name="soak", info=sample.info("soak"), timeline=timeline),)))
    assert drawn_faults(text) == [800]
    assert "Of 1,001 faults the first 800 are drawn." in text


def test_a_run_with_nothing_in_it_has_a_page(sample: Any) -> None:
    empty = Part(name="empty", info=sample.info("empty"), timeline=sample.load(start_ns=0, length_s=11, operations=0))
    assert "No violation was found" in page.render(sample.report([], parts=(empty,)))
    assert "No guarantee was judged" in page.render(sample.report([], parts=()))


def test_probes_are_counted_neither_by_curves_nor_beside_them(sample: Any) -> None:
    h = History()
    h.operation("Counter/a", 1.0, 1.1)
    h.operation("Counter/a", 2.0, 2.1, client="probe-Counter/a")
    text = page.render(sample.report([], parts=(Part(name="churn", info=sample.info("churn"), timeline=h.timeline()),)))
    assert "1 operation · 1 ok · " in read(text).said
    assert course_of(
        framed(h.timeline()), part="churn", length_s=4, bins=4, stays=5, bands=5, breaches=5
    ).course.ok == (*(0, 1, 0, 0),)


def test_curves_show_when_what_is_known_happened_and_when_what_is_new_did(sample: Any) -> None:
    found = [
        sample.violation(anomaly, at_s=at_s)
        for anomaly, at_s in (("same host", 5.2), ("same host", 5.7), ("cut off", 9))
    ]
    judged = sample.judged(sample.verdict("turns", found), deviation=sample.deviation("turns", "same host"))
    report = sample.report([judged], explained=("same host",))
    frames = Frames([(part.name, part.timeline) for part in report.parts], lambda: report)
    course = course_of(frames, part="churn", length_s=30, bins=30, stays=5, bands=5, breaches=5).course
    assert (course.known_s, [round(at) for at in course.breaches_s]) == ((5.0,), [9])


@pytest.mark.parametrize(("length_s", "last"), [(180.4, "150 to 180 s"), (181.4, "180 to 181 s"), (0.4, "0 to 1 s")])
def test_what_is_left_of_a_second_has_no_line_of_its_own(sample: Any, length_s: float, last: str) -> None:
    frames = framed(sample.load(start_ns=0, length_s=180, operations=30))
    view = course_of(frames, part="churn", length_s=length_s, bins=15, stays=5, bands=5, breaches=5)
    assert view.table[-1].at == last


def test_a_drawing_marks_what_ran_at_once_beside_a_long_fault(sample: Any) -> None:
    found = sample.violation("two live hosts")
    drawn = str(draw(found, overlapping=True))
    assert drawn.count('class="overlap"') == 2  # one in the lane of each turn
    assert "41 ms" in drawn
    assert "v-pause" in drawn
    assert 'class="overlap"' not in str(draw(found, overlapping=False))


@pytest.mark.parametrize(
    ("far", "told"),
    [
        (0, ["0 ms", "+38 ms", "+79 ms", "+103 ms"]),
        (9, ["-9.000 s", "0 s", "+0.038 s", "+0.079 s", "+0.103 s"]),
    ],
)
def test_a_far_event_does_not_squeeze_the_drawing(sample: Any, far: int, told: list[str]) -> None:
    found = sample.violation("two live hosts")
    begin = EventRef(process="harness", seq=5, t_ns=found.events[0].t_ns - far * 10**9, label="pause host/app")
    events = (begin, *found.events) if far else found.events
    low, high = window(found.spans, marks(events))
    assert high - low < 200_000_000
    assert offsets(events, found.spans) == told


def test_a_drawing_survives_what_never_ends_and_what_is_empty(sample: Any) -> None:
    lonely = sample.violation(
        "same host", events=(), spans=(Span(lane="p#1", label="t", start_ns=5, end_ns=FAR_FUTURE_NS),)
    )
    assert "no end" in str(draw(lonely, overlapping=True))
    assert not draw(sample.violation("same host", events=(), spans=()), overlapping=True)
    only = sample.violation("same host", spans=())
    assert str(draw(only, overlapping=True)).count('class="mark') == 4


def test_an_overlap_that_is_narrow_in_the_whole_has_a_scale_of_its_own(sample: Any) -> None:
    """2 ms of 5 s: nobody would see it."""
    start = 10**12
    spans = (
        Span(lane="host-1/app#1", label="turn t-1", start_ns=start, end_ns=start + 5_002_000_000),
        Span(lane="host-2/app#1", label="turn t-2", start_ns=start + 5_000_000_000, end_ns=start + 9_000_000_000),
    )
    drawn = str(draw(sample.violation("two live hosts", spans=spans, events=()), overlapping=True))
    assert drawn.count('class="scaled"') == 2
    assert "0.002 s of it at the same time" in drawn
    assert "What ran at the same time, 0.002 s" in drawn
    widths = [float(w) for w in re.findall(r'class="overlap" style="left:[0-9.]+%;width:([0-9.]+)%', drawn)]
    assert max(widths) > 20
    assert 'class="scaled"' in str(draw(sample.violation("same host"), overlapping=True))


@pytest.mark.parametrize(("before_ms", "in_its_place"), [(50, True), (5_000, False)])
def test_a_first_step_stands_in_its_place_or_is_said_to_be_before(
    sample: Any, before_ms: int, *, in_its_place: bool
) -> None:
    report = sample.one("two live hosts")
    example = report.verdict.causes[0].example
    asked = replace(example.links[0].events[0], process="harness")
    first = replace(example.links[0], at_ns=example.links[0].at_ns - before_ms * 10**6, events=(asked,))
    drawn = str(draw_way(replace(example, links=(first, *example.links[1:])), report.parts[0].timeline))
    assert (">0 ms</span>" in drawn) is in_its_place
    assert ('class="mark l0 before"' in drawn) is not in_its_place


def test_a_kind_of_fault_that_never_struck_is_one_line_of_the_coverage(sample: Any) -> None:
    fault = "kill host/sidecar"
    moments: tuple[UnderWay, ...] = ("turn open", "call queued")
    pairs = tuple(Owed(pair=Pair(fault=fault, under_way=each), have=0) for each in moments)
    judged = replace(sample.judged(sample.verdict("turns")), owed=pairs)
    told = page.render(sample.report([judged]))
    assert told.count(f'{fault}</th><td data-label="times">0') == 1
    assert told.count('class="owed bad"') == len(pairs)


def test_what_nothing_explains_is_shown_one_by_one_and_first_while_it_is_open(text: str) -> None:
    said = read(text).said
    assert said.index("nothing explains these") < said.index("a caller gives up while its turn runs")
    assert "No links in the history lead to these" in said


def test_a_known_cause_says_how_often_recorded_runs_let_it_come(sample: Any) -> None:
    listed = replace(sample.deviation("turns", "two live hosts"), mechanism="caller-gives-up")
    found = sample.judged(sample.verdict("turns", [sample.violation("two live hosts")]), deviation=listed)
    said = read(page.render(sample.report([found], explained=("two live hosts",)))).said
    assert re.search(r"1 incident, 1 violation; recorded runs let \d+ be expected, and up to \d+ are accepted", said)


def test_the_lines_that_programs_logged_stand_beside_the_example(sample: Any) -> None:
    report = sample.one("two live hosts")
    at = report.verdict.causes[0].example.links[0].at_ns + 7_000_000
    line = LogLine(unit="host-2/sidecar", t_ns=at, level="error", text="drain <gave up>")
    said = read(page.render(replace(report, excerpts={"caller-gives-up": (line,)}))).said
    assert "+7 ms host-2/sidecar error drain <gave up>" in said


def test_the_time_of_turns_is_told_by_part(sample: Any) -> None:
    frames = framed(sample.turns())
    view = course_of(frames, part="churn", length_s=3.91, bins=20, stays=50, bands=5, breaches=5)
    assert view.turns == 40
    shares = {share.part: share.percent for share in view.shares}
    assert sum(shares.values()) == pytest.approx(100)
    assert shares["save"] == pytest.approx(60, abs=1)
    assert shares["own code"] == pytest.approx(20, abs=1)
    course = view.course
    for index, (part, values) in enumerate(zip(course.parts, course.time_ms, strict=True)):
        assert course.parts[index] == part
        assert len(values) == len(course.ok)
    assert [owned.actor for owned in course.owned] == ["Ledger/a"]
    assert [stay.host for stay in course.owned[0].stays] == [0, 1]


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


def test_kinds_of_faults_that_are_not_drawn_are_counted() -> None:
    found = [Recovered(fault=f"f{n}", kind=f"kill part{n}", seconds=1.0, budget_s=9.0) for n in range(17)]
    assert "and 3 more kinds of faults" in str(recovery(found))
    assert "more kinds" not in str(recovery(found[:14]))


def test_growth_is_drawn_against_actors_and_told_in_words() -> None:
    found = Growth(
        actors=(500, 1000),
        resident_bytes={"store": (None, 3 * 2**20), "host/app": (40 * 2**20, 50 * 2**20)},
        per_s=(300.0, 250.0),
        p50_ms=(20.0, 30.0),
        p99_ms=(50.0, 90.0),
    )
    text = str(growth(found))
    assert "resident memory, MiB against actors; at 1,000: host/app 50 MiB, store 3 MiB" in text
    assert text.count("<polyline") == 5
    assert "p99 90 ms" in text


def test_a_command_that_runs_everything_again_stands_once_where_one_scenario_ran(sample: Any) -> None:
    report = sample.one("two live hosts", explained=False)
    alone, _, _ = page.render(report).partition('id="guarantees"')
    assert "Run all of it again" not in alone
    assert "came most often" not in alone
    assert "Run all of it again" in page.render(replace(report, run=sample.info("verify", parts=("churn", "timers"))))


def test_a_known_cause_says_whom_it_strikes_and_what_helps_and_the_first_one_at_once(sample: Any) -> None:
    text = page.render(sample.one("two live hosts"))
    assert "<b>Whom it strikes, and what helps:</b> Let callers wait." in text
    assert "<b>Whom it strikes, and what helps:</b> Let callers wait." in text.partition('id="guarantees"')[0]
    assert "What is judged is Dapr 1.18.2 itself" in text


def test_what_several_guarantees_lack_is_told_once_with_their_names(sample: Any) -> None:
    lacking = [("turns", "kill host: owed"), ("drain", "no joins"), ("recovery", "kill host: owed")]
    judged = [sample.judged(sample.verdict(name, short=True, missing=[why])) for name, why in lacking]
    told = read(page.render(sample.report(judged))).said.partition("Guarantees One turn")[0]
    assert "3 guarantees are undecided, since the run did not show enough" in told
    assert "kill host: owed ( turns , recovery ); no joins ( drain )." in told


def test_parts_that_serve_no_promise_of_the_runtime_are_not_told_of(full: Report) -> None:
    words = ("placement replica", "schedulers", "idle time-out 8", "drain 4", "table changing")
    assert "placement replica" in read(page.render(full)).said
    run = msgspec.structs.replace(full.run, promises={})
    parts = tuple(replace(part, info=msgspec.structs.replace(part.info, promises={})) for part in full.parts)
    said = read(page.render(replace(full, run=run, parts=parts))).said
    assert [each for each in words if each in said] == []


def test_a_rate_is_per_so_many_of_what_it_is_per(sample: Any) -> None:
    found = sample.verdict("turns", [sample.violation("same host")])
    deviation = replace(sample.deviation("turns", "same host"), per="use as an idle time-out runs out")
    text = page.render(sample.report([sample.judged(found, deviation=deviation)]))
    assert " incidents per 1,000 uses as an idle time-out runs out (" in text
    assert "1 violation of 1 incident; " in text


def test_each_topology_names_the_scenarios_it_was_of(sample: Any) -> None:
    few, many = Topology(hosts=2), Topology(hosts=5)
    timeline = sample.load(start_ns=0, length_s=17, operations=10)
    parts = tuple(
        Part(name=name, info=sample.info(name, topology=topology), timeline=timeline)
        for name, topology in (("churn", few), ("timers", many), ("inputs", few))
    )
    said = read(page.render(sample.report([], parts=parts))).said
    assert "churn, inputs: 2 hosts" in said
    assert "timers: 5 hosts" in said
    assert "churn: " not in read(page.render(sample.report([], parts=parts[:1]))).said.rpartition("Topology")[2]


def test_an_undecided_guarantee_tells_its_known_violations_beside_what_it_lacks(sample: Any) -> None:
    judged = replace(
        sample.broken("turns", known=True), outcome=Outcome.UNKNOWN, missing=("moves: 11 seen, 20 needed",)
    )
    assert "1 known; moves: 11 seen, 20 needed" in read(page.render(sample.report([judged]))).said
