from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.provision import golang, programs, sources
from actorproof.harness.provision.programs import VARIABLES

Script = Callable[[str, str], Path]

# Writes its arguments into builds.txt and a program that tells its version into the file behind -o.
FAKE_GO = """
if [ "$1" = version ]; then echo "go version go{version} linux/amd64"; exit 0; fi
echo "$@" >> {builds}
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; last=$1; shift; done
printf '#!/bin/sh\\necho made from %s\\n' "$last" > "$out"
chmod 755 "$out"
"""


class Machine:
    """A machine of our own making: PATH, home, cache and Go modules lie in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.home = root / "home"
        self.cache = root / "cache"
        self.modules = root / "modules"
        self.builds = root / "builds.txt"
        for folder in (self.bin, self.home, self.modules):
            folder.mkdir(parents=True)
        for tool in ("sh", "chmod", "cat"):
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def go(self, version: str = "1.26.8") -> Path:
        return self.script(self.bin / "go", FAKE_GO.format(version=version, builds=self.builds))

    def redis(self, version: str = "7.0.15") -> Path:
        return self.script(self.bin / "redis-server", f"echo Redis server v={version} sha=00000000:0")

    def postgres(self, version: str = "15.18 (Debian 15.18-0+deb12u1)", *, under: str = "bin") -> Path:
        folder = self.bin.parent / under
        self.script(folder / "initdb", "")
        return self.script(folder / "postgres", f"echo 'postgres (PostgreSQL) {version}'")

    def dapr_init(self, version: str) -> None:
        for name in ("daprd", "placement", "scheduler"):
            self.script(self.home / ".dapr" / "bin" / name, f"echo {version}")

    def module(self, name: str, *, wanted: str = "1.26.5") -> None:
        folder = self.modules / name
        folder.mkdir(exist_ok=True)
        (folder / "go.mod").write_text(f"module actorproof.example/{name}\n\ngo {wanted}\n", encoding="utf-8")
        (folder / "go.sum").write_text("", encoding="utf-8")

    def built(self) -> list[str]:
        return self.builds.read_text(encoding="utf-8").splitlines() if self.builds.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    for name in (*VARIABLES.values(), "ACTORPROOF_GO", "DAPR_RUNTIME_PATH", "CC", "CGO_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine")
    monkeypatch.setenv("ACTORPROOF_CACHE", str(made.cache))
    monkeypatch.setattr(golang, "INSTALLED", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sources, "POSTGRES_SERVERS", ())
    monkeypatch.setattr(golang, "MODULES", made.modules)
    monkeypatch.setattr(programs, "MODULES", made.modules)
    for name in ("dapr-1.18.2", "dapr-1.16.0", "dapr-1.12.0", "toxiproxy-2.12.0"):
        made.module(name)
    return made
