"""compare.html in a real browser, at three widths and in both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.properties.verdict.comparison import GATES, Sample, compare
from actorproof.reports.comparison import Compared, Side
from actorproof.reports.html.comparing import comparison_page
from tests.browser.conftest import VIEWS, Page
from tests.browser.test_report import FAINT, MISFITS

CAUSES = ("drain-cancels-long-turns", "a-cause-whose-name-is-as-long-as-that-of-any-mechanism-there-is", "gone")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two releases: causes that are new, gone and the same, and calls that got slower."""

    def samples(*causes: str, per_s: float) -> list[Sample]:
        return [
            Sample(scenario=scenario, causes=dict.fromkeys(causes, 2), per_s=per_s + at / 10)
            for scenario in ("kill-and-recover", "scale-out-drain")
            for at in range(7)
        ]

    made = Compared(
        a=Side(name="A", path="out/" + "a-long-folder-" * 12, runs=14, releases=("Dapr 1.16.0",), drivers=("process",)),
        b=Side(name="B", path="out/b", runs=14, releases=("Dapr 1.18.2",), drivers=("process", "docker, redis")),
        comparison=compare(samples(CAUSES[0], CAUSES[2], per_s=50.0), samples(*CAUSES[:2], per_s=20.0)),
        gates=frozenset(GATES),
    )
    file = tmp_path_factory.mktemp("compared") / "compare.html"
    file.write_text(comparison_page(made), "utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_it_fits_is_read_easily_and_asks_nobody(
    opened: Callable[..., Page], compared: Path, shots: Path, width: int, scheme: str
) -> None:
    shown = opened(compared, width=width, scheme=scheme)
    shown.tab.screenshot(path=shots / f"compare-{width}-{scheme}.png", full_page=True)
    assert shown.tab.evaluate(MISFITS) == []
    assert shown.tab.evaluate(FAINT) == []
    assert shown.errors == []
    assert shown.asked == [compared.as_uri()]
    text = shown.tab.inner_text("main")
    assert all(cause in text for cause in CAUSES)
