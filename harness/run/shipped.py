"""What this Actorproof ships as text: the catalogue of guarantees, the listed deviations, the claims.

Each is read once a process: a campaign of simulated runs would spend most of its time on reading them.
"""

from __future__ import annotations

import importlib.resources
from functools import cache

from actorproof.harness.runtimes.registry import DEFAULT, runtime
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
    """What is listed for a version of a runtime or a library, with its baseline; none when there is no file for it."""
    found = text(f"deviations/{of}-{version}.toml", missing_ok=True)
    if not found:
        return ()
    runs = baseline.parse(text(f"baselines/{of}-{version}.jsonl", missing_ok=True))
    return deviation.parse(found, mechanisms=[each.id for each in mechanisms()], runs=runs)


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


def text(name: str, *, missing_ok: bool = False) -> str:
    """A file of the folder `properties/verdict`; with `missing_ok`, empty when there is none."""
    file = importlib.resources.files("actorproof.properties.verdict").joinpath(name)
    if missing_ok and not file.is_file():
        return ""
    return file.read_text(encoding="utf-8")
