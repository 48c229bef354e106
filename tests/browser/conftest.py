"""Pages in a real browser: chromium, driven by playwright. Either may be missing; then the tests say so and skip.

Screenshots are kept in `$ACTORPROOF_SCREENSHOTS`, else in reports/out/screenshots.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.run.analysis import analyze
from actorproof.reports.html import page
from tests.reports import conftest as samples

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests/recorded"
# Chromium asks nobody for anything; without a sandbox, since containers have none.
OFFLINE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
    "--disable-component-update",
)
WIDTHS = (360, 1280, 1920)
SCHEMES = ("light", "dark")
# Each width and each scheme: what fits does not depend on both.
VIEWS = ((360, "light"), (1280, "dark"), (1920, "light"))


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page in the browser: playwright's own page, what it asked the network for, and what went wrong in it."""

    tab: Any
    asked: list[str]
    errors: list[str]

    def unfold(self) -> None:
        """Open all that is folded, and wait until every curve is drawn."""
        self.tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        self.tab.wait_for_selector(".plots:not(:has(canvas))", state="detached")


# Not for the session: its loop would run on, and no other test could run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, args=list(OFFLINE))
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Page]]:
    tabs: list[Any] = []

    def open_page(path: Path, *, width: int = 1280, scheme: str = "light") -> Page:
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tabs.append(tab)
        asked: list[str] = []
        errors: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.goto(path.as_uri())
        return Page(tab=tab, asked=asked, errors=errors)

    yield open_page
    for tab in tabs:
        tab.close()


def _everything(folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text(page.render(samples.rich()))
    return path


def _recorded(name: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        with tarfile.open(RECORDED / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        analyze(folder)
        return folder / "report.html"

    return made


REPORTS: dict[str, Callable[[Path], Path]] = {
    "everything": _everything,
    "overlaps": _recorded("hosts-that-overlap-turns"),
    "sound": _recorded("nothing-is-wrong"),
}


@pytest.fixture(scope="session", params=REPORTS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one run: with everything that can stand in one, with many violations, and with none."""
    name = str(request.param)
    return REPORTS[name](tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _everything(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def overlaps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return REPORTS["overlaps"](tmp_path_factory.mktemp("turns"))


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots are kept."""
    folder = Path(os.environ.get("ACTORPROOF_SCREENSHOTS", ROOT / "reports/out/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
