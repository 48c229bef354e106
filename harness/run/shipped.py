"""What this Actorproof ships as text: the catalogue of guarantees, the listed deviations, the claims.

Each is read once a process: a campaign of simulated runs would spend most of its time on reading them.
"""

from __future__ import annotations

import importlib.resources
from functools import cache
from pathlib import Path

from actorproof.harness.runtimes.registry import DEFAULT, names, runtime
from actorproof.properties.causes import mechanism
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.verdict import baseline, claim, deviation
from actorproof.properties.verdict import catalogue as catalogues
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.claim import Document
from actorproof.properties.verdict.deviation import Deviation


@cache
def catalogue() -> Catalogue:
    """Every guarantee, with its words and numbers."""
    return catalogues.parse(text("catalogue.toml"))


@cache
def deviations(of: str, version: str) -> tuple[Deviation, ...]:
    """What is listed for a version of a runtime or a library, with its baseline; none when there is no file for it.

    A runtime that tells its mechanisms in its own words keeps both beside these.
    """
    own = runtime(of).mechanisms if of in names() else None
    if own is None:
        found = text(f"deviations/{of}-{version}.toml", missing_ok=True)
        recorded = text(f"baselines/{of}-{version}.jsonl", missing_ok=True)
    else:
        found, recorded = _beside(own, f"deviations-{version}.toml"), _beside(own, f"baseline-{version}.jsonl")
    if not found:
        return ()
    known = mechanisms(DEFAULT if own is None else of)
    return deviation.parse(found, mechanisms=[each.id for each in known], runs=baseline.parse(recorded))


@cache
def mechanisms(of: str = DEFAULT) -> tuple[Mechanism, ...]:
    """The known ways from what happens in a cluster to violations, in the words of a runtime."""
    own = runtime(of).mechanisms
    if own is not None:
        return mechanism.parse(own.read_text("utf-8"))
    found = importlib.resources.files("actorproof.properties.causes").joinpath("mechanisms.toml")
    return mechanism.parse(found.read_text(encoding="utf-8"))


@cache
def claims() -> tuple[Document, ...]:
    """Statements that users build on, by document, and what became of them."""
    folder = importlib.resources.files("actorproof.properties.verdict").joinpath("claims")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return tuple(claim.parse(each.read_text(encoding="utf-8")) for each in files)


def _beside(file: Path, name: str) -> str:
    """Another file of its folder; empty when there is none."""
    other = file.with_name(name)
    return other.read_text("utf-8") if other.is_file() else ""


def text(name: str, *, missing_ok: bool = False) -> str:
    """A file of the folder `properties/verdict`; with `missing_ok`, empty when there is none."""
    file = importlib.resources.files("actorproof.properties.verdict").joinpath(name)
    if missing_ok and not file.is_file():
        return ""
    return file.read_text(encoding="utf-8")
