"""The page of `actorproof analyze --html` in a real browser, at three widths and in both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.reports.html.history import Bar, Mark, history_page
from tests.browser.conftest import SCHEMES, WIDTHS, Page
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


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
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
