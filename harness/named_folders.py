"""Named folders: parts of a package that are found by their folders, so that no list has to know them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, slots=True)
class NamedFolders:
    """The folders of a package that hold a module of one name; a part's name has hyphens where its folder has none."""

    package: ModuleType
    module: str

    def names(self) -> tuple[str, ...]:
        """The names of all parts, in alphabetical order; no part is loaded for that."""
        found = (path for folder in self.package.__path__ for path in Path(folder).glob(f"*/{self.module}.py"))
        return tuple(sorted(path.parent.name.replace("_", "-") for path in found))

    def load(self, name: str) -> ModuleType:
        """The module of the part of that name. ImportError when there is none."""
        return import_module(f"{self.package.__name__}.{name.replace('-', '_')}.{self.module}")
