"""File: what a user says of an application in actorproof.toml, or in Dapr's dapr.yaml.

Paths in it are from the folder that it stands in, in which the application runs, too.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import yaml
from msgspec import Meta

from actorproof.harness.application.application import PORT, Application, Method, Protocol
from actorproof.harness.application.drawing import drawn
from actorproof.harness.errors import UsageError
from actorproof.harness.toml_file import text_of
from actorproof.harness.toml_place import Key, line_of, nearest, path_of, spelled

NAME = "actorproof.toml"
SCHEMA = Path(__file__).parent / "actorproof.schema.json"
Weight = Annotated[int, Meta(ge=1, description="How often it is called, against the others.")]
_AT = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`")


class WrittenCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A method that is called.

    Attributes:
        reads: whether it only tells of the actor's state.
        fails: whether each call of it has to be refused: one that is answered with 200 is told.
        arguments: examples of what it takes; each call takes one of them. Left out: it takes nothing.
        schema: a JSON Schema, from which Hypothesis draws what it takes.
        invariant: a Python function that says of an answer whether it may be, as FILE.py:function.
    """

    weight: Weight = 1
    reads: bool = False
    fails: bool = False
    arguments: list[Any] | None = None
    schema: dict[str, Any] | None = None
    invariant: str = ""


class WrittenType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An actor type, with the methods that are called, by name.

    Attributes:
        model: a Python function of a state, a method and its argument, which gives the answer and the next state, as
            FILE.py:function; the calls of each actor have to fit one order of it.
    """

    model: str = ""
    calls: dict[str, WrittenCall]


class ApplicationFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An application.

    Attributes:
        command: its command line, as one text or in words; {port} becomes the port that it has to listen on. Beside an
            image it may be left out: then it is what the image says.
        image: the image that it comes in; then it runs in containers, on the docker driver.
        environment: what is added to its environment.
        replicas: on how many hosts it runs; left to the scenario if left out.
        ready_timeout_s: seconds that it may take until it listens.
        protocol: how it hears of what its actors have to do: http, or stream (SubscribeActorEventsAlpha1, over gRPC).
        resources: a folder of Dapr component files; one with an actor state store takes the place of ours.
        config: a Dapr configuration file.
        scenarios: what is tried when the command line names none.
        load: a command line of the user's own that calls, in place of our callers.
        actors: the actor types that are called, by name.
    """

    command: str | list[str] = ""
    image: str = ""
    environment: dict[str, str] = {}
    replicas: Annotated[int, Meta(ge=1, le=10)] | None = None
    ready_timeout_s: Annotated[float, Meta(gt=0)] = 60.0
    protocol: Protocol = "http"
    resources: str = ""
    config: str = ""
    scenarios: list[str] = []
    load: str = ""
    actors: dict[str, WrittenType] = {}


def schema() -> bytes:
    """The JSON Schema of actorproof.toml."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(ApplicationFile)), indent=2) + b"\n"


def read(path: Path, *, seed: int, app: str = "") -> tuple[Application, ApplicationFile]:
    """The application of a file; `seed` settles what is drawn, `app` is the one that is meant of a dapr.yaml.

    UsageError, with line and key, for what can't be.
    """
    text = text_of(path, wanted="name a file that says how to run the application")
    written = _from_yaml(text, path, app) if path.suffix in {".yaml", ".yml"} else _from_toml(text, path)
    return application(written, folder=path.absolute().parent, seed=seed, where=_Where(text, path)), written


def application(written: ApplicationFile, *, folder: Path, seed: int, where: _Where | None = None) -> Application:
    """What is written, as it is run."""
    at = where or _Where("", folder / NAME)
    command = tuple(written.command) if isinstance(written.command, list) else _split(written.command, "command", at)
    if not command and not written.image:
        raise at.wrong(("command",), "it is empty: say how to run the application, or name its image")
    for key in ("resources", "config"):
        named = getattr(written, key)
        if named and not (folder / named).exists():
            raise at.wrong((key,), f"there is no {folder / named}")
    methods = [
        Method(
            type=type_,
            name=name,
            weight=call.weight,
            reads=call.reads,
            fails=call.fails,
            arguments=_arguments(call, ("actors", type_, "calls", name), at=at, seed=seed),
            invariant=str(folder / call.invariant) if call.invariant else "",
        )
        for type_, each in written.actors.items()
        for name, call in each.calls.items()
    ]
    return Application(
        command=command,
        types=tuple(written.actors),
        cwd=str(folder),
        env=tuple(written.environment.items()),
        resources=str(folder / written.resources) if written.resources else "",
        config=str(folder / written.config) if written.config else "",
        protocol=written.protocol,
        ready_timeout_s=written.ready_timeout_s,
        methods=tuple(methods),
        models=tuple((type_, str(folder / each.model)) for type_, each in written.actors.items() if each.model),
        image=written.image,
        load=_split(written.load, "load", at),
    )


class _Where:
    """Says where in a file something is wrong."""

    def __init__(self, text: str, path: Path) -> None:
        self._text = text
        self._path = path

    def wrong(self, key: Key, said: str) -> UsageError:
        line = line_of(self._text, key) if self._path.suffix == ".toml" else 0
        at = f"{self._path}, line {line}" if line else f"{self._path}"
        return UsageError(f"{at}: {spelled(key)}{': ' if key else ''}{said}")


def _from_toml(text: str, path: Path) -> ApplicationFile:
    where = _Where(text, path)
    try:
        return msgspec.convert(tomllib.loads(text), ApplicationFile)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    except msgspec.ValidationError as error:
        said = str(error)
        found = _AT.search(said)
        key = _key(tomllib.loads(text), path_of(found[1] if found else ""))
        said = _AT.sub("", said)
        if unknown := _UNKNOWN.search(said):
            raise where.wrong((*key, unknown[1]), f"there is no such key{nearest(unknown[1], _fields(key))}") from error
        if key == ("protocol",):
            said = f"{said}: choose one of {', '.join(get_args(Protocol))}"
        raise where.wrong(key, said) from error


def _key(table: Mapping[str, Any], path: Key) -> Key:
    """The key that a path of msgspec means: it does not say which member of a mapping, but the first that is wrong is
    the only one that is told.
    """
    types: list[tuple[Key, Any, type]] = [
        (("actors", name), each, WrittenType) for name, each in dict(table.get("actors", {})).items()
    ]
    if path[:1] != ("actors",):
        return path
    for key, each, type_ in types:
        for name, call in dict(each.get("calls", {})).items() if isinstance(each, dict) else ():
            if _fails(call, WrittenCall):
                return (*key, "calls", name, *(part for part in path[2:] if part != "calls"))
        if _fails(each, type_):
            return (*key, *path[1:])
    return path


def _fails(entry: object, type_: type) -> bool:
    try:
        msgspec.convert(entry, type_)
    except msgspec.ValidationError:
        return True
    return False


def _fields(key: Key) -> Sequence[str]:
    """What may stand in the table that a key names."""
    type_: type = {0: ApplicationFile, 2: WrittenType, 4: WrittenCall}.get(len(key), ApplicationFile)
    return [field.name for field in msgspec.structs.fields(type_)]


def _split(command: str, key: str, at: _Where) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise at.wrong((key,), f"it can't be split into words: {error}") from error


def _arguments(call: WrittenCall, key: Key, *, at: _Where, seed: int) -> tuple[str, ...]:
    if call.fails and call.reads:
        raise at.wrong((*key, "fails"), "a call that has to fail reads nothing: leave one of both out")
    if call.schema is not None:
        if call.arguments is not None:
            raise at.wrong((*key, "schema"), "give arguments or a schema, not both")
        try:
            return drawn(call.schema, seed=seed)
        except ValueError as error:
            raise at.wrong((*key, "schema"), str(error)) from error
    if call.arguments == []:
        raise at.wrong((*key, "arguments"), "it is empty: give an example, or leave it out for a method without any")
    return tuple(msgspec.json.encode(each).decode() for each in call.arguments or ()) or ("",)


# ---- Dapr's own file


class _App(msgspec.Struct, frozen=True):
    appID: str = ""  # noqa: N815 - as Dapr spells it
    appDirPath: str = "."  # noqa: N815
    appPort: int | None = None  # noqa: N815
    command: list[str] = []
    env: dict[str, Any] = {}
    resourcesPath: str = ""  # noqa: N815
    resourcesPaths: list[str] = []  # noqa: N815
    configFilePath: str = ""  # noqa: N815


class _Apps(msgspec.Struct, frozen=True):
    apps: list[_App]
    common: _App = _App()


def _from_yaml(text: str, path: Path, app: str) -> ApplicationFile:
    """One application of a multi-app run file."""
    try:
        file = msgspec.convert(yaml.safe_load(text), _Apps)
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{path} is no multi-app run file of Dapr: {error}") from error
    found = [each for each in file.apps if app in {"", each.appID}]
    if len(found) != 1:
        names = ", ".join(each.appID for each in file.apps) or "none"
        raise UsageError(f"{path} has {len(found)} applications that may be meant: choose one of {names} with --app")
    one = found[0]
    if not one.command:
        raise UsageError(f"{path}: application {one.appID} has no command")
    resources = one.resourcesPath or next(iter(one.resourcesPaths), "") or file.common.resourcesPath
    words = [PORT if word == str(one.appPort) else word.replace(f":{one.appPort}", f":{PORT}") for word in one.command]
    env = {name: str(value) for name, value in {**file.common.env, **one.env}.items()}
    inside = f"cd {shlex.quote(one.appDirPath)} && exec {' '.join(map(_quoted, words))}"
    return ApplicationFile(
        command=words if one.appDirPath in {".", "./"} else ["sh", "-c", inside],
        environment=env,
        resources=resources,
        config=one.configFilePath or file.common.configFilePath,
    )


def _quoted(word: str) -> str:
    return word if word == PORT else shlex.quote(word)


def first(application: Application) -> str:
    """A first file for an application that was asked."""
    types = "".join(
        f"""
[actors.{msgspec.json.encode(name).decode()}.calls]
# What is called, by the name of the method. Without arguments it takes nothing; a schema draws them.
# create = {{ arguments = [{{ item = "tea" }}, {{ item = "milk" }}], weight = 3 }}
# status = {{ reads = true }}
"""
        for name in application.types
    )
    words = ", ".join(msgspec.json.encode(word).decode() for word in application.command)
    image = f"image = {msgspec.json.encode(application.image).decode()}\n" if application.image else ""
    command = f"command = [{words}]\n" if application.command else ""
    return f"""\
# What Actorproof is to know of this application: actorproof test
{image}{command}# scenarios = ["kill-and-recover", "paused-host", "scale-out-drain"]
# replicas = 3
# resources = "components"
{"" if application.protocol == "stream" else "# "}protocol = "stream"

[environment]
{types}"""
