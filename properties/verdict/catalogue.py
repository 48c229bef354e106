"""Catalogue: every guarantee with its promise, source, classes, clauses, limits, thresholds, and what it is struck in.

The text is `catalogue.toml`; reading the file is the caller's. It is validated to the last key: ValueError says where
it is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from actorproof.harness.history.events import UNDER_WAY, UnderWay
from actorproof.properties.verdict.findings import SCHEDULERS, Damage, Terms

PROFILES = ("quick", "standard", "soak")
TEXTS = ("title", "promise", "source")
NAMES = ("classes", "clauses")
MATTERS = "under_way"
DAMAGE = "damage"
TABLES = ("limits", "evidence", "words", "needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """What a runtime promises of a guarantee in words of its own, and the evidence that is asked for there."""

    promise: str
    source: str
    thresholds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All guarantees, by id and profile."""

    _terms: Mapping[tuple[str, str], Terms]

    @property
    def ids(self) -> tuple[str, ...]:
        """The guarantees, in the order of the file."""
        return tuple(dict.fromkeys(guarantee for guarantee, _ in self._terms))

    def restated(self, promises: Mapping[str, Restated]) -> Catalogue:
        """The same with these promises in a runtime's own words; ValueError for evidence that there is none of."""
        found = dict(self._terms)
        for (guarantee, profile), terms in self._terms.items():
            if (said := promises.get(guarantee)) is None:
                continue
            if unknown := set(said.thresholds) - set(terms.thresholds):
                raise ValueError(f"{guarantee}: {min(unknown)} is no evidence of it")
            found[guarantee, profile] = replace(
                terms,
                promise=said.promise,
                source=said.source,
                thresholds=dict(said.thresholds),
                words={name: text for name, text in terms.words.items() if name in said.thresholds},
            )
        return Catalogue(found)

    def terms(self, guarantee: str, profile: str) -> Terms:
        """What is said of one guarantee, for one profile; ValueError when either is not known."""
        if guarantee not in self.ids:
            raise ValueError(f"guarantee {guarantee} is not known: choose one of {', '.join(self.ids)}")
        if profile not in PROFILES:
            raise ValueError(f"profile {profile} is not known: choose one of {', '.join(PROFILES)}")
        return self._terms[guarantee, profile]


def parse(text: str) -> Catalogue:
    """Read a catalogue. A guarantee with classes needs a threshold for each profile, the same names in each."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"catalogue: {error}") from error
    terms: dict[tuple[str, str], Terms] = {}
    for guarantee, table in tables.items():
        for profile in PROFILES:
            terms[guarantee, profile] = _terms(guarantee, _table(table, f"catalogue: {guarantee}"), profile)
        needs = [set(terms[guarantee, profile].thresholds) for profile in PROFILES]
        if any(need != needs[0] for need in needs):
            raise ValueError(f"catalogue: {guarantee}.evidence: every profile needs the same names")
        if terms[guarantee, PROFILES[0]].classes and not needs[0]:
            raise ValueError(f"catalogue: {guarantee}.evidence: a guarantee can't hold without a threshold")
    if not terms:
        raise ValueError("catalogue: it names no guarantee")
    return Catalogue(terms)


def _terms(guarantee: str, table: Mapping[str, object], profile: str) -> Terms:
    where = f"catalogue: {guarantee}"
    unknown = set(table) - {*TEXTS, *NAMES, *TABLES, MATTERS, DAMAGE}
    if unknown:
        raise ValueError(f"{where}: unknown key {min(unknown)}")
    evidence = _table(table.get("evidence", {}), f"{where}.evidence")
    if set(evidence) - set(PROFILES):
        raise ValueError(f"{where}.evidence: unknown profile {min(set(evidence) - set(PROFILES))}")
    if evidence and set(evidence) != set(PROFILES):
        raise ValueError(f"{where}.evidence: profile {min(set(PROFILES) - set(evidence))} is missing")
    thresholds = _table(evidence.get(profile, {}), f"{where}.evidence.{profile}")
    limits = _table(table.get("limits", {}), f"{where}.limits")
    words = _table(table.get("words", {}), f"{where}.words")
    if set(words) - set(thresholds):
        raise ValueError(f"{where}.words: {min(set(words) - set(thresholds))} is no evidence of it")
    needs = _table(table.get("needs", {}), f"{where}.needs")
    if set(needs) - set(thresholds):
        raise ValueError(f"{where}.needs: {min(set(needs) - set(thresholds))} is no evidence of it")
    if strange := set(needs.values()) - {SCHEDULERS}:
        raise ValueError(f"{where}.needs: {min(map(str, strange))} is not known: choose {SCHEDULERS}")
    texts = {key: _text(table.get(key), f"{where}.{key}") for key in TEXTS}
    names = {key: _names(table.get(key), f"{where}.{key}") for key in NAMES}
    return Terms(
        guarantee=guarantee,
        title=texts["title"],
        promise=texts["promise"],
        source=texts["source"],
        thresholds={name: _count(value, f"{where}.evidence.{profile}.{name}") for name, value in thresholds.items()},
        limits={name: _number(value, f"{where}.limits.{name}") for name, value in limits.items()},
        classes=names["classes"],
        clauses=names["clauses"],
        under_way=_under_way(table.get(MATTERS, []), f"{where}.{MATTERS}"),
        damage=_damage(table.get(DAMAGE, {}), names["classes"], f"{where}.{DAMAGE}"),
        words={name: _text(value, f"{where}.words.{name}") for name, value in words.items()},
        needs={name: _text(value, f"{where}.needs.{name}") for name, value in needs.items()},
    )


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: a table is wanted")  # noqa: TRY004 - whatever is wrong with a text is a ValueError
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: a text is wanted")
    return value


def _names(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"{where}: a list of names is wanted")
    if len(set(value)) != len(value):
        raise ValueError(f"{where}: a name stands there twice")
    return tuple(value)


def _under_way(value: object, where: str) -> tuple[UnderWay, ...]:
    names = _names(value, where)
    for name in names:
        if name not in UNDER_WAY:
            raise ValueError(f"{where}: {name!r} is not known: choose among {', '.join(UNDER_WAY)}")
    return tuple(known for known in UNDER_WAY if known in names)


def _damage(value: object, classes: tuple[str, ...], where: str) -> Mapping[str, Damage]:
    """What each class costs: one word for all classes, or for each word a list of classes."""
    listed = {value: list(classes)} if isinstance(value, str) else _table(value, where)
    found: dict[str, Damage] = {}
    for word, of in listed.items():
        if word not in set(Damage):
            raise ValueError(f"{where}: {word!r} is not known: choose among {', '.join(Damage)}")
        for name in _names(of, f"{where}.{word}"):
            if name not in classes:
                raise ValueError(f"{where}.{word}: {name!r} is no class of it")
            if found.setdefault(name, Damage(word)) != word:
                raise ValueError(f"{where}.{word}: {name!r} is there twice")
    return found


def _count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{where}: a whole number of at least 1 is wanted")
    return value


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise ValueError(f"{where}: a number of at least 0 is wanted")
    return float(value)
