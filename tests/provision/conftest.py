from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.provision import golang, programs, sources
from actorproof.harness.runtimes.dapr import programs as dapr

Script = Callable[[str, str], Path]
VARIABLES = {**programs.VARIABLES, **dapr.VARIABLES}

# Writes its arguments into builds.txt, and a program that says its name and version into the file behind -o.
FAKE_GO = """
if [ "$1" = version ]; then echo "go version go{version} linux/amd64"; exit 0; fi
echo "$@" >> {builds}
while [ $# -gt 0 ]; do
    case $1 in *ersion=*) stamp=${{1##*ersion=}}; stamp=${{stamp%% *}};; esac
    if [ "$1" = -o ]; then out=$2; fi; last=$1; shift
done
case $last in
    */server) said="toxiproxy-server version $stamp";;
    .) said="actorproof-witness version 1.0.0";;
    */daprd) said="scope=dapr.runtime type=log ver=$stamp";;
    *) said="scope=dapr.${{last##*/}} type=log ver=$stamp";;
esac
printf '#!/bin/sh\\necho "%s"\\n' "$said" > "$out"
chmod 755 "$out"
"""

# What each program says of itself when it is asked.
SAYS = {
    "daprd": "time=now level=fatal msg=no scope=dapr.runtime type=log ver=1.18.2",
    "placement": "time=now level=fatal msg=no scope=dapr.placement type=log ver=1.18.2",
    "scheduler": "time=now level=fatal msg=no scope=dapr.scheduler type=log ver=1.18.2",
    "redis-server": "Redis server v=7.2.1 sha=0",
    "toxiproxy": "toxiproxy-server version 2.12.0",
    "witness": "actorproof-witness version 1.0.0",
    "postgres": "postgres (PostgreSQL) 15.18",
}


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
        for name in dapr.VARIABLES:
            self.says(name, version, folder=self.home / ".dapr" / "bin")

    def says(self, name: str, version: str = "", *, folder: Path | None = None) -> Path:
        """A program that says it is `name`, of `version` or of the one in SAYS."""
        said = re.sub(r"\d+\.\d+\.\d+", version, SAYS[name]) if version else SAYS[name]
        return self.script((folder or self.home / "own") / name, f"echo '{said}'")

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
    monkeypatch.setattr(dapr, "MODULES", made.modules)
    for name in ("dapr-1.18.2", "dapr-1.16.0", "dapr-1.12.0", "toxiproxy-2.12.0", "witness-1.0.0"):
        made.module(name)
    return made


@pytest.fixture
def equipped(machine: Machine) -> Machine:
    """That machine with Go and Redis."""
    machine.go()
    machine.redis()
    return machine
