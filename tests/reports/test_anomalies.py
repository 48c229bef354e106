"""What classes of violation are is told in plain words, of each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from actorproof.properties.verdict.catalogue import PROFILES, parse
from actorproof.properties.verdict.classes import EXPLAINED
from actorproof.reports.anomalies import anomalies
from actorproof.reports.html import page

CATALOGUE = Path(__file__).parents[2] / "properties/verdict/catalogue.toml"


def test_every_class_of_the_catalogue_is_explained_and_no_other() -> None:
    catalogue = parse(CATALOGUE.read_text("utf-8"))
    known = {name for id_ in catalogue.ids for name in catalogue.terms(id_, PROFILES[0]).classes}
    assert set(anomalies()) == known | {EXPLAINED}


def test_an_explanation_is_a_short_sentence() -> None:
    for name, said in anomalies().items():
        assert said[0].isupper(), name
        assert said.endswith("."), name
        assert len(said) <= 140, name


def test_the_report_explains_a_class_where_it_stands(sample: Any) -> None:
    report = sample.one("two live hosts", explained=False)
    told = anomalies()["two live hosts"]
    assert f'<a class="term" href="#w-two-live-hosts" title="{told}">two live hosts</a>' in page.render(report)
    assert f'<div id="w-two-live-hosts"><dt>two live hosts</dt><dd>{told}</dd></div>' in page.render(report)
    assert f'<p class="quiet">{told}</p>' in page.render(report)
