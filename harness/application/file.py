"""File: what a user says of an application in actorproof.toml, or in Dapr's dapr.yaml.

Paths in it are from the folder that it stands in, in which the application runs, too.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import yaml
from msgspec import Meta

from actorproof.harness.application.application import PORT, Application, Method, Protocol
from actorproof.harness.application.drawing import drawn
from actorproof.harness.errors import UsageError
from actorproof.harness.toml_file import WrongKeyError, converted, names_of, parsed, placed, refuse_unknown, text_of
from actorproof.harness.toml_place import Key

NAME = "actorproof.toml"
SCHEMA = Path(__file__).parent / "actorproof.schema.json"
Weight = Annotated[int, Meta(ge=1, description="How often it is called, against the others.")]


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
    folder = path.absolute().parent

    def both(written: ApplicationFile) -> tuple[Application, ApplicationFile]:
        return _application(written, folder=folder, seed=seed), written

    if path.suffix in {".yaml", ".yml"}:
        with placed("", name=str(path)):
            return both(_from_yaml(text, path, app))
    return parsed(text, name=str(path), checked=lambda table: both(_checked(table)))


def _application(written: ApplicationFile, *, folder: Path, seed: int) -> Application:
    """What is written, as it is run."""
    command = tuple(written.command) if isinstance(written.command, list) else _split(written.command, "command")
    if not command and not written.image:
        raise WrongKeyError(("command",), "it is empty: say how to run the application, or name its image")
    for key in ("resources", "config"):
        named = getattr(written, key)
        if named and not (folder / named).exists():
            raise WrongKeyError((key,), f"there is no {folder / named}")
    methods = [
        Method(
            type=type_,
            name=name,
            weight=call.weight,
            reads=call.reads,
            fails=call.fails,
            arguments=_arguments(call, ("actors", type_, "calls", name), seed=seed),
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
        load=_split(written.load, "load"),
    )


def _checked(table: Mapping[str, Any]) -> ApplicationFile:
    """Each table by itself, the inner ones first: msgspec does not say which member of a mapping is wrong."""
    refuse_unknown(table, names_of(ApplicationFile), ())
    for type_, entry in _tables(table, "actors"):
        key: Key = ("actors", type_)
        refuse_unknown(entry, names_of(WrittenType), key)
        for name, call in _tables(entry, "calls"):
            refuse_unknown(call, names_of(WrittenCall), (*key, "calls", name))
            converted(call, WrittenCall, (*key, "calls", name))
        converted(entry, WrittenType, key)
    try:
        return converted(table, ApplicationFile, ())
    except WrongKeyError as wrong:
        if wrong.key != ("protocol",):
            raise
        raise WrongKeyError(wrong.key, f"{wrong.said}: choose one of {', '.join(get_args(Protocol))}") from wrong


def _tables(table: Mapping[str, Any], key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The tables that a table of tables has; none where it is of another kind."""
    inner = table.get(key)
    return [(name, each) for name, each in inner.items() if isinstance(each, dict)] if isinstance(inner, dict) else []


def _split(command: str, key: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise WrongKeyError((key,), f"it can't be split into words: {error}") from error


def _arguments(call: WrittenCall, key: Key, *, seed: int) -> tuple[str, ...]:
    if call.fails and call.reads:
        raise WrongKeyError((*key, "fails"), "a call that has to fail reads nothing: leave one of both out")
    if call.schema is not None:
        if call.arguments is not None:
            raise WrongKeyError((*key, "schema"), "give arguments or a schema, not both")
        try:
            return drawn(call.schema, seed=seed)
        except ValueError as error:
            raise WrongKeyError((*key, "schema"), str(error)) from error
    if call.arguments == []:
        raise WrongKeyError(
            (*key, "arguments"), "it is empty: give an example, or leave it out for a method without any"
        )
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
