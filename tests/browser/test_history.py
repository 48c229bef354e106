"""The page of `actorproof analyze --html` in a real browser, at three widths and in both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.properties.linearizability.cycle import Cycle, Link, Member
from actorproof.reports.html.history import Bar, Mark, history_page
from tests.browser.conftest import VIEWS, WIDTHS, Page
from tests.browser.test_report import FAINT

MARKS: tuple[Mark, ...] = ("placed", "beside", "failed", "open")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
GROUND = "getComputedStyle(document.body).backgroundColor"


def page(folder: Path, count: int) -> Path:
    bars = [
        Bar(process=str(at % 5), start=2 * at, end=2 * at + 7, text=f"line {at}: read() -> {at}", mark=MARKS[at % 4])
        for at in range(count)
    ]
    bars.append(Bar(process="0", start=2 * count, end=2 * count + 4, text="read() -> -1", mark="stuck"))
    file = folder / "page.html"
    file.write_text(history_page(title="a history", lines=["violated: " + "a long line " * 30], bars=bars), "utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("count", [10, 10_000])
def test_it_fits_and_is_read_easily_in_both_schemes(
    opened: Callable[..., Page], tmp_path: Path, count: int, width: int, scheme: str
) -> None:
    file = page(tmp_path, count)
    shown = opened(file, width=width, scheme=scheme)
    assert shown.tab.evaluate(SIDEWAYS) == 0
    assert shown.tab.evaluate(FAINT) == []
    assert (shown.tab.evaluate(GROUND) == "rgb(255, 255, 255)") is (scheme == "light")
    assert shown.tab.locator("meta[name=viewport]").count() == 1
    assert shown.tab.locator(".stuck").is_visible()
    assert shown.errors == []
    assert shown.asked == [file.as_uri()]


def test_a_row_says_whose_it_is_and_nothing_shows_through(opened: Callable[..., Page], tmp_path: Path) -> None:
    shown = opened(page(tmp_path, 200), width=360, scheme="light")
    names = shown.tab.locator(".name")
    assert names.all_text_contents() == [f"process {number}" for number in range(5)]
    assert names.first.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.tab.evaluate("view.clientHeight - sheet.clientHeight") <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_sentences_are_read_without_scrolling_and_drawings_keep_their_columns(
    opened: Callable[..., Page], tmp_path: Path, width: int
) -> None:
    file = tmp_path / "page.html"
    drawing = ["    [line 1] --wr--> [line 2] --wr--> +", "     ^--------------------------------+"]
    lines = ["violated: G1c", "  - line 1 wrote " + "1 " * 200, *drawing, "left"]
    bars = [Bar(process=str(at), start=at, end=5 + at, text=f"line {at}", mark="stuck") for at in range(2)]
    file.write_text(history_page(title="a cycle", lines=lines, bars=bars), "utf-8")
    shown = opened(file, width=width, scheme="light")
    too_wide = "[...document.querySelectorAll('#told p')].map(each => each.scrollWidth - each.clientWidth)"
    assert shown.tab.evaluate(too_wide) == [0] * 3
    assert shown.tab.locator("#told pre").all_text_contents() == ["\n".join(drawing)]
    assert "Red: what is told above." in shown.tab.locator("body").inner_text()
    assert "fits nowhere" not in shown.tab.locator("body").inner_text()
    said = []
    for _ in range(3):
        said.append(shown.tab.locator("#said").inner_text())
        shown.tab.locator("#find").click()
    assert said == ["line 0", "line 1", "line 0"]


CYCLE = Cycle(
    name="G-single-item-realtime",
    members=[
        Member(name=f"line {at}", process=str(at), steps=f"[[:r a nil] {'[:w key value] ' * 20}]") for at in range(3)
    ],
    links=[
        Link(kind="rw", sentence="line 0 read nil of a, over which line 1 wrote 1", short="a: nil → 1"),
        Link(kind="wr", sentence="line 1 wrote 1 to a, and line 2 read it", short="a: 1"),
        Link(kind="realtime", sentence="line 2 had ended before line 0 began"),
    ],
    forcing=[Member(name="line 3", process="3", steps="[]")],
    reasons=[Link(kind="ww", sentence="line 3 wrote before", short="a: 3 → 4")],
)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_a_cycle_is_drawn_and_leads_to_its_transactions_by_keyboard(
    opened: Callable[..., Page], tmp_path: Path, shots: Path, width: int, scheme: str
) -> None:
    file = tmp_path / "page.html"
    bars = [
        Bar(process=str(at), start=90 * at, end=5 + 90 * at, text=f"line {at}: txn", mark="stuck") for at in range(4)
    ]
    file.write_text(history_page(title="a cycle", lines=["violated"], bars=bars, cycles=[CYCLE]), "utf-8")
    shown = opened(file, width=width, scheme=scheme)
    shown.tab.screenshot(path=shots / f"cycle-{width}-{scheme}.png", full_page=True)
    figure = shown.tab.get_by_role("figure", name="line 0 came before line 1, before line 2, and before itself")
    assert [each.partition("\n")[0] for each in figure.locator(".edge").all_inner_texts()] == [
        "rw a: nil → 1",
        "wr a: 1",
        "rt",
    ]
    assert figure.get_by_role("listitem").count() == len(CYCLE.members) + 2
    assert shown.tab.evaluate(SIDEWAYS) == 0
    assert shown.tab.evaluate(FAINT) == []
    shown.tab.get_by_role("button", name="line 2").focus()
    shown.tab.keyboard.press("Enter")
    assert shown.tab.get_by_role("status").inner_text() == "line 2: txn"
    assert shown.tab.get_by_title("line 2: txn").is_visible()
    assert shown.errors == []


def test_of_a_history_that_holds_nothing_is_to_be_found(opened: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    bars = [Bar(process="0", start=0, end=1, text="line 1: write(1)", mark="placed", place=1)]
    file.write_text(history_page(title="it holds", lines=["holds: 1 operation fits one order"], bars=bars), "utf-8")
    shown = opened(file, width=1280, scheme="light")
    assert shown.tab.locator("#find").count() == 0
    assert shown.errors == []
