"""`make docs` builds the pages: every link leads somewhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What a page loads by itself: a link that a reader follows is none of it.
LOADED = re.compile(
    r"<(?:script|img|iframe|link (?!rel=\"(?:canonical|next|prev)\"))[^>]*(?:src|href)=\"(https?:[^\"]*)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_each_page_is_in_the_menu(site: Path) -> None:
    home = (site / "index.html").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert (site / page.with_suffix(".html").name).is_file()
        assert page.stem == "index" or f'href="{page.stem}.html"' in home


def test_pages_open_offline(site: Path) -> None:
    for page in site.glob("*.html"):
        assert LOADED.findall(page.read_text("utf-8")) == [], page.name


def test_each_page_is_made_whole(site: Path) -> None:
    for page in site.glob("*.html"):
        text = re.sub(r"<[^>]*>", "", page.read_text("utf-8"))  # highlighting takes words apart
        assert re.findall(r"--\s*8|\?\?\? \w+|```", text) == [], page.name
