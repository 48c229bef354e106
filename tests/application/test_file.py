"""What a user says of an application is taken as it stands, and what is wrong in it is told with line and key."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from actorproof.harness.application import file
from actorproof.harness.application.application import Application, Method, Protocol
from actorproof.harness.application.calls import parse
from actorproof.harness.application.drawing import drawn
from actorproof.harness.application.settings import Settings
from actorproof.harness.application.trial import tried
from actorproof.harness.drivers.choice import choose
from actorproof.harness.errors import UsageError
from actorproof.harness.progress import Silent
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.registry import wanted

EXAMPLES = Path("examples").absolute()
GOOD = """\
command = "./run --port {port}"
replicas = 2

[environment]
MODE = "test on {port}"

[actors.Cart.calls.add]
weight = 3
arguments = [{ item = "tea" }, [1, 2]]

[actors.Cart.calls.total]
reads = true
"""


def written(folder: Path, text: str, name: str = "actorproof.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(folder: Path, text: str, name: str = "actorproof.toml", app: str = "") -> str:
    with pytest.raises(UsageError) as error:
        file.read(written(folder, text, name), seed=1, app=app)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_file_is_taken_as_it_says(tmp_path: Path) -> None:
    application, said = file.read(written(tmp_path, GOOD), seed=1)
    assert application.argv(8080) == ("./run", "--port", "8080")
    assert application.environment(8080) == (("MODE", "test on 8080"),)
    assert application.cwd == str(tmp_path)
    assert said.replicas == 2
    assert application.methods == (
        Method(type="Cart", name="add", weight=3, arguments=('{"item":"tea"}', "[1,2]")),
        Method(type="Cart", name="total", reads=True, arguments=("",)),
    )


def test_an_image_says_itself_what_it_runs_unless_a_command_is_given(tmp_path: Path) -> None:
    of_image, _ = file.read(written(tmp_path, "image = 'shop:1'\n"), seed=1)
    both, _ = file.read(written(tmp_path, "image = 'shop:1'\ncommand = '/run {port}'\n"), seed=1)
    assert (of_image.image, of_image.command) == ("shop:1", ())
    assert (both.image, both.argv(80)) == ("shop:1", ("/run", "80"))


@pytest.mark.parametrize(("image", "driver"), [("", "docker"), ("shop:1", "process"), ("shop:1", "simulated")])
def test_an_application_runs_only_where_what_it_comes_as_can(image: str, driver: str, tmp_path: Path) -> None:
    application = Application(command=("./run",), types=("Cart",), cwd=str(tmp_path), image=image)
    with pytest.raises(UsageError, match="choose --driver"):
        choose(Options(seed=1, driver=driver), progress=Silent(), application=application)


def test_a_model_and_a_load_are_taken_and_answers_are_then_judged_by_the_model(tmp_path: Path) -> None:
    text = GOOD.replace("[environment]", "load = './load.sh -n 3'\n[environment]").replace(
        "[actors.Cart.calls.add]", "[actors.Cart]\nmodel = 'models.py:cart'\n[actors.Cart.calls.add]"
    )
    application, _ = file.read(written(tmp_path, text), seed=1)
    assert application.load == ("./load.sh", "-n", "3")
    assert application.models == (("Cart", f"{tmp_path}/models.py:cart"),)
    settings = Settings(types=("Cart",))
    (with_model,) = tried([wanted("kill-and-recover")], application, settings)
    (without,) = tried([wanted("kill-and-recover")], replace(application, models=()), settings)
    assert set(with_model.guarantees) - set(without.guarantees) == {"linearizability"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("command = 'x'\nreplikas = 3\n", 2, "replikas: there is no such key: did you mean replicas?"),
        ("command = 'x'\n\nreplicas = 0\n", 3, "replicas: Expected `int` >= 1"),
        ("command = 'x'\n[actors.Cart.calls]\nadd = {}\nget = { read = true }\n", 4, "did you mean reads?"),
        ("command = 'x'\n[actors.Cart.calls.add]\nweight = 0\n", 3, "actors.Cart.calls.add.weight"),
        ("command = 'x'\n[actors.Cart]\n", 2, "calls"),
        ("command = 'x'\nresources = 'nowhere'\n", 2, "resources: there is no"),
        ("command = ''\n", 1, "command: it is empty"),
        ("command = 'x'\nprotocol = 'h2c'\n", 2, "protocol: Invalid enum value 'h2c': choose one of http, stream"),
        ("command = '\"x'\n", 1, "command: it can't be split"),
        ("command = 'x'\n[actors.C.calls.m]\narguments = []\n", 3, "give an example"),
        ("command = 'x'\n[actors.C.calls.m]\nschema = { type = 'no' }\n", 3, "it is no JSON Schema"),
        (
            "command = 'x'\n[actors.C.calls.m]\nschema = { type = 'integer', minimum = 2, maximum = 1 }\n",
            3,
            "no value that fits it",
        ),
        ("replicas = 1\n", 0, "command"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(tmp_path: Path, text: str, line: int, said: str) -> None:
    message = refused(tmp_path, text)
    assert said in message
    assert not line or f"actorproof.toml, line {line}: " in message


def test_what_is_no_toml_or_not_there_is_told(tmp_path: Path) -> None:
    assert "is no TOML" in refused(tmp_path, "command = ")
    with pytest.raises(UsageError, match="can't be read"):
        file.read(tmp_path / "nothing.toml", seed=1)


def test_arguments_that_are_drawn_fit_their_schema_and_are_the_same_for_a_seed(tmp_path: Path) -> None:
    schema = "{ type = 'object', required = ['n'], properties = { n = { type = 'integer', minimum = 3 } } }"
    path = written(tmp_path, f"command = 'x'\n[actors.C.calls.m]\nschema = {schema}\n")
    first, again = (file.read(path, seed=5)[0].methods[0].arguments for _ in range(2))
    assert first == again
    assert len(set(first)) > 5
    for each in first:
        assert json.loads(each)["n"] >= 3


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[a-c]{2,4}$"},
        {"type": "array", "items": {"enum": [1, "two", None]}, "minItems": 1, "maxItems": 3, "uniqueItems": True},
        {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
        {"type": "integer", "multipleOf": 7, "minimum": 20},
        {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "string", "maxLength": 3}]},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"const": 3}, "b": {"type": "boolean"}}}]},
        {"type": "object", "properties": {"a": {"type": "object", "required": ["x"]}}, "additionalProperties": False},
    ],
)
def test_whatever_a_schema_says_is_kept(schema: dict[str, object]) -> None:
    found = drawn(schema, seed=1)
    assert found
    for each in found:
        jsonschema.validate(json.loads(each), schema)


def test_the_schema_of_the_file_is_the_one_that_is_shipped_and_the_examples_fit_it() -> None:
    shipped = file.SCHEMA.read_bytes()
    assert shipped == file.schema()
    found = list(EXAMPLES.glob("*/actorproof.toml"))
    assert found
    for path in found:
        jsonschema.validate(tomllib.loads(path.read_text()), json.loads(shipped))
        file.read(path, seed=1)


def test_a_multi_app_run_file_of_dapr_says_how_an_application_is_run(tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    text = """
version: 1
common: {resourcesPath: components, env: {A: 1}}
apps:
- {appID: shop, appPort: 8001, command: [python3, shop.py, "8001"], env: {B: x}}
- {appID: stock, appPort: 8002, command: [node, "--listen", ":8002"]}
"""
    application, _ = file.read(written(tmp_path, text, "dapr.yaml"), seed=1, app="shop")
    assert application.command == ("python3", "shop.py", "{port}")
    assert application.env == (("A", "1"), ("B", "x"))
    assert application.resources == str(tmp_path / "components")
    other, _ = file.read(tmp_path / "dapr.yaml", seed=1, app="stock")
    assert other.command == ("node", "--listen", ":{port}")
    assert "shop, stock" in refused(tmp_path, text, "dapr.yaml")
    assert "is no multi-app run file" in refused(tmp_path, "apps: 3", "dapr.yaml")
    assert "is no YAML" in refused(tmp_path, "apps: [", "dapr.yaml")


@pytest.mark.parametrize("protocol", get_args(Protocol))
def test_a_first_file_can_be_read(tmp_path: Path, protocol: Protocol) -> None:
    words = ("run", 'with "quotes"', "{port}")
    asked = Application(command=words, types=("Cart", "My.Order"), cwd=str(tmp_path), protocol=protocol)
    text = file.first(asked).replace("# create", "create")
    application, _ = file.read(written(tmp_path, text), seed=1)
    assert application.command == asked.command
    assert application.types == asked.types
    assert application.protocol == protocol


def test_calls_are_read_from_words_and_from_what_a_browser_recorded(tmp_path: Path) -> None:
    har = {
        "log": {
            "entries": [
                {"request": {"url": "http://x/v1.0/actors/Cart/1/method/add", "postData": {"text": '{"n":1}'}}},
                {"request": {"url": "http://x/v1.0/actors/Cart/1/method/add", "postData": {"text": '{"n":2}'}}},
                {"request": {"url": "http://x/v1.0/healthz"}},
            ]
        }
    }
    path = written(tmp_path, json.dumps(har), "recorded.har")
    assert parse(["Cart.total", "Cart.set=5", str(path)]) == (
        Method(type="Cart", name="total", arguments=("",)),
        Method(type="Cart", name="set", arguments=("5",)),
        Method(type="Cart", name="add", weight=2, arguments=('{"n":1}', '{"n":2}')),
    )
    for wrong in ("Cart", ".m", "Cart.m={", str(tmp_path / "no.har"), str(written(tmp_path, "{}", "bad.har"))):
        with pytest.raises(UsageError):
            parse([wrong])
