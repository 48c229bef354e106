"""The walk of docs/reading-a-report.md: what a newcomer sees first, where it says; a picture of each step is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Page
from tests.waiting import until

Opened = Callable[..., Page]
WALK = (ROOT / "docs/reading-a-report.md").read_text("utf-8")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_newcomer_finds_verdict_cause_and_command_in_this_order(
    opened: Opened, overlaps: Path, shots: Path, width: int
) -> None:
    tab = opened(overlaps, width=width).tab
    steps = ("h1", ".overview li:first-child", "#next + ul [data-copy]", "#each-cause")
    tops = [tab.locator(step).first.bounding_box()["y"] for step in steps]
    assert tops == sorted(tops)
    verdict = r"\W*(Violated|Error|Undecided|Known violations|No violation|Holds)\b.*guarantees"
    assert re.match(verdict, tab.locator("h1").inner_text())
    first = tab.locator(".overview li").first.inner_text()
    assert re.match(r"[\d,]+\s", first), "a cause begins with its count"
    assert "actorproof run" in tab.locator("#next + ul code").first.inner_text()
    for number, step in enumerate(steps, 1):
        tab.locator(step).first.scroll_into_view_if_needed()
        tab.screenshot(path=shots / f"walk-{width}-{number}.png")


def test_a_cause_leads_to_its_example_with_steps_that_the_drawing_numbers(
    opened: Opened, overlaps: Path, shots: Path
) -> None:
    tab = opened(overlaps).tab
    tab.locator(".overview a").first.click()
    target = tab.locator(tab.locator(".overview a").first.get_attribute("href"))
    example = target.locator("figure.violation").first
    steps = example.locator(".events li")
    marks = {mark.inner_text() for mark in example.locator(".mark").all()}
    assert steps.count() > 0
    assert marks <= {str(number) for number in range(1, steps.count() + 1)}
    target.screenshot(path=shots / "walk-example.png")


def test_the_walk_names_sections_that_are_there(opened: Opened, everything: Path) -> None:
    tab = opened(everything).tab
    headings = set(tab.locator("h2").all_inner_texts())
    named = set(re.findall(r"^- \*\*(.+?)\*\*:", WALK, flags=re.MULTILINE))
    assert len(named) > 5
    # A report made up in memory has struck nothing, so it covers nothing.
    assert named - {"Coverage"} <= headings


def test_sections_stay_one_click_away_however_long_the_page_is(opened: Opened, everything: Path) -> None:
    tab = opened(everything).tab
    tab.locator("details").evaluate_all("(each) => each.forEach((fold) => { fold.open = true; })")
    tab.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    sections = tab.locator("body > nav")
    assert abs(sections.bounding_box()["y"]) < 1
    sections.locator("a", has_text="Guarantees").click()

    def stands_below_the_links() -> bool:
        top = tab.locator("#guarantees").bounding_box()["y"]
        return bool(sections.bounding_box()["height"] <= top < tab.viewport_size["height"])

    until(stands_below_the_links)  # the page scrolls smoothly, from below


def test_a_narrow_page_tells_counts_on_one_line_and_the_standing_of_causes(opened: Opened, overlaps: Path) -> None:
    tab = opened(overlaps, width=360).tab
    for cause in tab.locator(".overview li:has(.badge)").all():
        assert re.search(r"known|new", cause.inner_text())
    for card in tab.locator("#each-cause ~ .fold > summary").all():
        assert re.search(r"[\d,]+ violations?", card.inner_text())
        assert re.search(r"known|new", card.inner_text())
    number = tab.locator(".overview .number").first
    height = number.bounding_box()["height"]
    number.evaluate("(each) => { each.textContent = '12,538'; }")
    assert number.bounding_box()["height"] == height
