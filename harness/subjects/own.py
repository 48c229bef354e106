"""Own: subjects that come from a Python file or module of a user, beside those that we ship.

They are named as ``FILE.py`` or ``package.module``, each with ``:Class,Class`` behind it where not all of its subjects
are meant. The harness and its hosts find them by the same name.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from actorproof.harness.errors import ActorproofError, UsageError
from actorproof.harness.subjects.actors import SUBJECTS
from actorproof.harness.subjects.actors.subject import Subject


def subjects_with(name: str) -> Mapping[str, type[Subject]]:
    """Every subject of a host by its type's name: ours, and those that are named; UsageError when there are none."""
    return {**SUBJECTS, **{subject.__name__: subject for subject in named(name)}}


def named(name: str) -> tuple[type[Subject], ...]:
    """The subjects of a file or module, none for an empty name; UsageError when it has not those that are meant."""
    if not name:
        return ()
    file, _, classes = name.partition(":")
    module = load(file)
    there = {
        each.__name__: each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Subject) and each.__module__ == module.__name__
    }
    wanted = classes.split(",") if classes else list(there)
    missing = [each for each in wanted if each not in there]
    if missing or not wanted:
        what = " ".join(("no subject", *missing[:1]))
        raise UsageError(f"{file} has {what}: a subject is a class derived from Subject")
    if taken := [each for each in wanted if each in SUBJECTS]:
        raise UsageError(f"{file} calls a subject {taken[0]}, as one of Actorproof's is called: choose another name")
    return tuple(there[each] for each in wanted)


def name_of(subjects: Iterable[type[Subject]]) -> str:
    """The name under which hosts find subjects; empty for none. UsageError for such as are not of one file."""
    chosen = tuple(subjects)
    if not chosen:
        return ""
    files = {inspect.getfile(subject) for subject in chosen}
    if len(files) > 1:
        raise UsageError(f"subjects of a scenario come from one file, and these from {', '.join(sorted(files))}")
    return f"{Path(files.pop()).absolute()}:{','.join(subject.__name__ for subject in chosen)}"


def load(name: str) -> ModuleType:
    """The module of a file or an import path; UsageError, with the reason, when it can't be had.

    A file is imported as Python would: by its dotted name in the package that it stands in, else by its own.
    """
    path = Path(name)
    if path.suffix != ".py":
        return _imported(name, name)
    if not path.is_file():
        raise UsageError(f"there is no file {name}: give the path of a Python file, or a module's name")
    path = path.absolute()
    root, parts = path.parent, [path.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module = _imported(".".join(parts), name)
    if module.__file__ is None or not path.samefile(module.__file__):
        raise UsageError(f"{name} can't be imported: another module has its name; give the file another one")
    return module


def _imported(module: str, said: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ActorproofError as error:
        raise UsageError(f"{said}: {error}") from error
    except Exception as error:  # whatever a user's file raises
        raise UsageError(f"{said} can't be imported: {type(error).__name__}: {error}") from error
