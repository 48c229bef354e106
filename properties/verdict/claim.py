"""Claims: statements that users build on, held against what was run.

One file a document, in the folder `claims`: its headings in order, each with the statements below it that can be
tested, or the reason why there are none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict, Verdict

Word = Literal["true", "true in part", "false", "out of date", "not tried"]
WORDS: Final[tuple[Word, ...]] = get_args(Word)
NOT_TRIED: Final[Word] = "not tried"
RUNTIME = "dapr"
"""What a document is about that does not say so."""
TEXTS = ("statement", "guarantee", "scenario", "version", "verdict", "measured", "instead")
CLAIM_KEYS = frozenset({*TEXTS, "classes"})
DOCUMENT_TEXTS = ("document", "title", "source")
SECTION_KEYS = frozenset({"heading", "nothing", "claim"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement.

    Attributes:
        statement: a short quotation.
        guarantee: what decides it in each run; empty where no guarantee does.
        classes: the classes of that guarantee that contradict it; all where there are none.
        scenario: what tries it, as `actorproof run` takes it; empty where nothing does yet.
        version: what it was tried on: a version of the runtime, or of an SDK.
        verdict: a word of WORDS. ``true`` says so of what was tried only.
        measured: what was seen, with its numbers, and where.
        instead: what is true, where the statement is not, or what its verdict leaves open.
    """

    statement: str
    guarantee: str = ""
    classes: tuple[str, ...] = ()
    scenario: str = ""
    version: str = ""
    verdict: str = NOT_TRIED
    measured: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading of a document: its claims, or why it has `nothing` that can be tested."""

    heading: str
    claims: tuple[Claim, ...]
    nothing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document that users learn from.

    Attributes:
        name: what it is called here.
        title: what it calls itself.
        source: the address at which it is found.
        sections: its headings, in order.
        runtime: the name of the runtime that it is about.
    """

    name: str
    title: str
    source: str
    sections: tuple[Section, ...]
    runtime: str = RUNTIME

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(claim for section in self.sections for claim in section.claims)


def parse(text: str) -> Document:
    """Read one document's claims; ValueError says which one is wrong."""
    table = tomllib.loads(text)
    texts = {key: table.get(key) for key in DOCUMENT_TEXTS}
    runtime = table.get("runtime", RUNTIME)
    wanted = all(isinstance(each, str) and each for each in (*texts.values(), runtime))
    if not wanted or not isinstance(table.get("section"), list) or set(table) - {*DOCUMENT_TEXTS, "runtime", "section"}:
        raise ValueError(
            "claims: a document's name, title, source and sections are wanted, its runtime, and nothing else"
        )
    name, title, source = map(str, texts.values())
    sections = tuple(_section(name, entry) for entry in table["section"])
    return Document(name=name, title=title, source=source, sections=sections, runtime=str(runtime))


def _section(document: str, entry: Mapping[str, object]) -> Section:
    heading = entry.get("heading")
    if not isinstance(heading, str) or set(entry) - SECTION_KEYS:
        raise ValueError(f"claims of {document}: a section has a heading, and claims or the reason why it has none")
    where = f"claims of {document}, {heading}"
    nothing, entries = entry.get("nothing", ""), entry.get("claim", [])
    if not isinstance(nothing, str) or not isinstance(entries, list) or bool(nothing) == bool(entries):
        raise ValueError(f"{where}: it needs claims, or why there is nothing to test")
    return Section(heading=heading, claims=tuple(_claim(where, each) for each in entries), nothing=nothing)


def _claim(where: str, entry: Mapping[str, object]) -> Claim:
    classes = entry.get("classes", [])
    texts = {key: entry[key] for key in TEXTS if key in entry}
    if set(entry) - CLAIM_KEYS or not isinstance(classes, list):
        raise ValueError(f"{where}: only {', '.join(sorted(CLAIM_KEYS))} are known")
    if "statement" not in texts or not all(isinstance(value, str) and value for value in texts.values()):
        raise ValueError(f"{where}: a statement is wanted, and texts that say something")
    claim = Claim(classes=tuple(map(str, classes)), **{key: str(value) for key, value in texts.items()})
    if claim.verdict not in WORDS:
        raise ValueError(f"{where}: the verdict is one of {', '.join(WORDS)}")
    tried = claim.verdict != NOT_TRIED
    if tried != bool(claim.version) or tried != bool(claim.measured):
        raise ValueError(f"{where}: what was tried has a version and what was measured, and nothing else has")
    if claim.scenario and not tried:
        raise ValueError(f"{where}: what is not tried has no scenario")
    return claim


def decide(claim: Claim, run: RunVerdict, *, version: str) -> Claim:
    """The claim with what this run, of this version, says of it.

    What was recorded of another version is left out where a run can decide; of the same version it stands, unless the
    run contradicts a ``true``.
    """
    found = next((verdict for verdict in run.guarantees if verdict.guarantee == claim.guarantee), None)
    if found is None:
        return claim
    word, seen = _word(claim, found, Classes(run.causes))
    if word == NOT_TRIED:
        return claim
    if claim.verdict == NOT_TRIED or claim.version != version:
        return replace(claim, version=version, verdict=word, measured=f"In this run: {seen}.")
    contradicted = claim.verdict == "true" and word == "false"
    return replace(
        claim, verdict=word if contradicted else claim.verdict, measured=f"{claim.measured} In this run: {seen}."
    )


def decided(document: Document, run: RunVerdict, *, version: str) -> Document:
    """A document with what this run, of this version, says of each of its claims."""
    sections = tuple(
        replace(section, claims=tuple(decide(each, run, version=version) for each in section.claims))
        for section in document.sections
    )
    return replace(document, sections=sections)


def counted(claims: Sequence[Claim]) -> dict[str, int]:
    """How many have each verdict, in the order of WORDS."""
    return {word: sum(claim.verdict == word for claim in claims) for word in WORDS}


def _tried(verdict: Verdict) -> str:
    """What the run held against a promise: each stimulus, and how often."""
    return ", ".join(f"{each.said} {each.have}" for each in verdict.evidence if each.have) or "nothing"


def _word(claim: Claim, verdict: Verdict, classes: Classes) -> tuple[Word, str]:
    name = verdict.guarantee
    broken = classes.counts(v for v in verdict.violations if not claim.classes or v.anomaly in claim.classes)
    if broken:
        return "false", f"{name} is broken: {', '.join(f'{anomaly} {count}x' for anomaly, count in broken.items())}"
    # That other classes are broken is no evidence for these: the run has to have seen what the guarantee needs.
    if verdict.outcome.holds or (claim.classes and verdict.outcome is Outcome.VIOLATED and not verdict.missing):
        return "true", f"{name} holds for what was tried: {_tried(verdict)}"
    return NOT_TRIED, ""
