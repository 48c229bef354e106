"""Matrix: versions, scenarios, seeds, stores, drivers and configurations as TOML, and the cells that they make."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, Literal

import msgspec

from actorproof.harness.cluster.topology import DEFAULT_VERSION, StoreName
from actorproof.harness.drivers import registry as drivers
from actorproof.harness.errors import UsageError
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import FaultRate, Options, Profile, Scenario
from actorproof.harness.toml_file import WrongKeyError, converted, names_of, parsed, refuse_unknown, text_of
from actorproof.harness.toml_place import Key
from actorproof.scenarios.registry import wanted

MOST_CELLS = 1_000_000


class Seeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`count` seeds from `first` on."""

    count: int
    first: int = 0


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is chosen together, as by the options of `actorproof run`; `name` stands in the table."""

    name: str
    skew: tuple[str, ...] = ()
    hosts: int | None = None
    placements: int | None = None
    schedulers: int | None = None
    duration_s: float | None = None
    fault_rate: FaultRate = "medium"
    clients: int | None = None
    bug: str | None = None


class Matrix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All combinations are run. `keep` says whose run folders stay: of all cells, or of violated ones."""

    scenarios: tuple[str, ...]
    seeds: tuple[int, ...] | Seeds = (0,)
    versions: tuple[str, ...] = (DEFAULT_VERSION,)
    stores: tuple[StoreName, ...] = ("redis",)
    drivers: tuple[str, ...] = ("process",)
    configurations: tuple[Configuration, ...] = (Configuration(name="as-is"),)
    profile: Profile = "quick"
    keep: Literal["all", "red"] = "all"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a campaign. `scenario` is a name, or the absolute path of a file."""

    scenario: str
    seed: int
    version: str
    store: StoreName
    driver: str
    profile: Profile
    configuration: Configuration

    @property
    def group(self) -> str:
        """What its cells that differ by seed only have in common."""
        store = () if self.driver == "simulated" else (self.store,)
        named = Path(self.scenario).stem if "/" in self.scenario else self.scenario
        return " ".join((named, self.version, self.driver, *store, self.configuration.name))

    @property
    def key(self) -> str:
        """Its name, once in a campaign."""
        return f"{self.group} seed {self.seed}"

    def options(self) -> Options:
        """The options of its run; UsageError when they can't be."""
        chosen = self.configuration
        return Options(
            seed=self.seed,
            profile=self.profile,
            version=self.version,
            store=self.store,
            driver=self.driver,
            skew=chosen.skew,
            hosts=chosen.hosts,
            placements=chosen.placements,
            schedulers=chosen.schedulers,
            duration_s=chosen.duration_s,
            fault_rate=chosen.fault_rate,
            clients=chosen.clients,
            bug=chosen.bug,
        )


def read(path: Path) -> Matrix:
    """The matrix of a TOML file. UsageError, with line and key, when it is none."""
    text = text_of(path, wanted="give the path of a TOML file with a matrix")
    return parse(text, name=str(path), folder=path.absolute().parent)


def parse(text: str, *, name: str, folder: Path) -> Matrix:
    """What a TOML text says; files of scenarios are found from `folder` on. UsageError as `read`."""
    return parsed(text, name=name, checked=lambda table: _checked(table, folder))


def _checked(table: Mapping[str, Any], folder: Path) -> Matrix:
    refuse_unknown(table, names_of(Matrix), ())
    if isinstance(table.get("seeds"), dict):
        refuse_unknown(table["seeds"], names_of(Seeds), ("seeds",))
    listed = table.get("configurations", [])
    for at, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            refuse_unknown(each, names_of(Configuration), ("configurations", at))
    matrix = converted(table, Matrix, ())
    for key in ("scenarios", "versions", "stores", "drivers", "configurations"):
        values = getattr(matrix, key)
        if not values:
            raise WrongKeyError((key,), "name one at the least")
        for at, value in enumerate(values):
            if value in values[:at]:
                raise WrongKeyError((key, at), f"{value} is there twice")
    for at, driver in enumerate(matrix.drivers):
        try:
            drivers.check(driver)
        except UsageError as error:
            raise WrongKeyError(("drivers", at), str(error)) from error
    names = [each.name for each in matrix.configurations]
    for at, each_name in enumerate(names):
        if each_name in names[:at]:
            raise WrongKeyError(("configurations", at, "name"), f"{each_name} is there twice")
    if (count := len(_seeds(matrix))) < 1 or min(_seeds(matrix)) < 0 or len(set(_seeds(matrix))) < count:
        raise WrongKeyError(("seeds",), "name one at the least, each once, none below 0")
    return msgspec.structs.replace(
        matrix, scenarios=tuple(_found(each, ("scenarios", at), folder) for at, each in enumerate(matrix.scenarios))
    )


def _found(scenario: str, key: Key, folder: Path) -> str:
    """A scenario's name, or the absolute path of its file."""
    named = str((folder / scenario).resolve()) if scenario.endswith((".toml", ".py", ".json")) else scenario
    try:
        wanted(named)
    except UsageError as error:
        raise WrongKeyError(key, str(error)) from error
    return named


def _seeds(matrix: Matrix) -> range | tuple[int, ...]:
    seeds = matrix.seeds
    return range(seeds.first, seeds.first + seeds.count) if isinstance(seeds, Seeds) else seeds


def cells(matrix: Matrix) -> list[Cell]:
    """Every combination, seeds last. UsageError when one can't be, before anything is run."""
    groups = [matrix.versions, matrix.scenarios, matrix.stores, matrix.drivers, matrix.configurations]
    count = len(_seeds(matrix))
    for group in groups:
        count *= len(group)
    if count > MOST_CELLS:
        raise UsageError(f"the matrix has {count:,} cells: choose at most {MOST_CELLS:,}")
    found = [
        Cell(
            scenario=scenario, seed=seed, version=version, store=store, driver=driver, profile=matrix.profile,
            configuration=configuration,
        )
        for version, scenario, store, driver, configuration in product(
            matrix.versions, matrix.scenarios, matrix.stores, matrix.drivers, matrix.configurations
        )
        for seed in _seeds(matrix)
    ]  # fmt: skip
    tried: set[str] = set()
    named: dict[str, Scenario] = {name: wanted(name) for name in matrix.scenarios}
    for cell in found:
        if cell.group not in tried:
            tried.add(cell.group)
            try:
                topology_of(named[cell.scenario], cell.options())
            except UsageError as error:
                raise UsageError(f"{cell.group}: {error}") from error
    if len(keys := {cell.key for cell in found}) < len(found):
        raise UsageError(f"two cells have one name, such as {min(keys)}: call the scenarios' files differently")
    return found
