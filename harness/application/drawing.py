"""Drawing: what a method takes, drawn by Hypothesis from a JSON Schema. The same seed draws the same.

The strategies make likely values; jsonschema says whether one fits, so that no word of a schema is passed over.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

MANY = 30
LARGEST = 2**31
Schema = Mapping[str, Any]
Values = st.SearchStrategy[Any]
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
_ANY: Values = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | _TEXT


def drawn(schema: Schema, *, seed: int) -> tuple[str, ...]:
    """JSON texts that fit a schema, some of them more than once; ValueError when it is none, or nothing fits it."""
    found: list[str] = []

    def collect(value: object) -> None:
        found.append(msgspec.json.encode(value).decode())

    quiet = settings(
        max_examples=MANY,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        Draft202012Validator.check_schema(schema)
        fits = Draft202012Validator(schema).is_valid
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seeded(seed)(quiet(given(_values(schema).filter(fits))(collect)))()
    except SchemaError as error:
        raise ValueError(f"it is no JSON Schema: {error.message[:160]}") from error
    except (HypothesisException, ValueError) as error:
        raise ValueError("no value that fits it was found: mend it, or give arguments as examples") from error
    return tuple(found)


def _values(schema: Schema | bool) -> Values:  # noqa: FBT001 - true and false are schemas, too
    """Values that are likely to fit."""
    if isinstance(schema, bool):
        return _ANY if schema else st.nothing()
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            rest = {name: each for name, each in schema.items() if name != choice}
            return st.one_of([_values({**rest, **each}) for each in schema[choice]])
    if "allOf" in schema:
        rest = {name: each for name, each in schema.items() if name != "allOf"}
        for each in schema["allOf"]:
            rest = {**rest, **each}
        return _values(rest)
    types = schema.get("type", _type_of(schema))
    return st.one_of([_OF_TYPE[name](schema) for name in ([types] if isinstance(types, str) else types)])


def _type_of(schema: Schema) -> Sequence[str]:
    """The types that the words of a schema without one speak of."""
    if "properties" in schema or "required" in schema:
        return ("object",)
    return ("array",) if "items" in schema else ("null", "boolean", "integer", "string")


def _objects(schema: Schema) -> Values:
    known: Mapping[str, Any] = schema.get("properties", {})
    required = list(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: _values(known.get(name, True)) for name in required},
        optional={name: _values(each) for name, each in known.items() if name not in required},
    )


def _arrays(schema: Schema) -> Values:
    least = schema.get("minItems", 0)
    most = schema.get("maxItems", least + 5)
    return st.lists(_values(schema.get("items", True)), min_size=least, max_size=most)


def _texts(schema: Schema) -> Values:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"])
    least = schema.get("minLength", 0)
    return st.text(min_size=least, max_size=schema.get("maxLength", least + 20))


def _integers(schema: Schema) -> Values:
    step = schema.get("multipleOf", 1)
    least = schema.get("minimum", schema.get("exclusiveMinimum", -LARGEST))
    most = schema.get("maximum", schema.get("exclusiveMaximum", max(LARGEST, least)))
    if isinstance(step, int) and step > 1:
        return st.integers(-(-int(least) // step), int(most) // step).map(lambda n: n * step)
    return st.integers(int(least), int(most))


def _numbers(schema: Schema) -> Values:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1e6))
    most = schema.get("maximum", schema.get("exclusiveMaximum", max(1e6, least)))
    return _integers(schema) | st.floats(least, most, allow_nan=False)


_OF_TYPE: Mapping[str, Callable[[Schema], Values]] = {
    "object": _objects,
    "array": _arrays,
    "string": _texts,
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}
