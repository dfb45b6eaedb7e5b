"""The JSON Schema of scenario files, for editors: structure, units and ranges."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from scenarios.schema import Package, Place
from scenarios.validation import json_schema_of

Json = dict[str, Any]
WORDS: Json = {"type": "string", "minLength": 1}
ORIGIN = {"source": WORDS, "note": WORDS}


@cache
def json_schema() -> Json:
    """The JSON Schema (2020-12) of place and package files.

    It covers structure: keys, types, units, ranges. A key of a mapping that a place may inherit is not
    required here; whether a place is complete and its values agree is for `scenarios.validate`.
    """
    models = {"place": json_schema_of(Place), "package": json_schema_of(Package)}
    definitions: Json = {name: one for model in models.values() for name, one in model["$defs"].items()}
    complete = _in_lists(models.values(), definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A place or a package of Guiyan",
        "anyOf": [_file(name, model) for name, model in models.items()],
        "$defs": {
            name: _annotated(one if name in complete else {**one, "required": []}) for name, one in definitions.items()
        },
    }


def _file(name: str, model: Json) -> Json:
    """The schema of a whole file."""
    head: Json = {"schema": {"const": name}}
    required = model["required"]
    if name == "place":
        head["extends"] = {"type": "string", "description": "a place's id, or a file relative to this one"}
        required = []
    file = _annotated({key: value for key, value in model.items() if key != "$defs"})
    return {**file, "properties": {**head, **file["properties"]}, "required": ["schema", *required]}


def _in_lists(models: Any, definitions: Json) -> set[str]:
    """Names of the models within lists: a list is never inherited in part, so its items are complete."""
    found: set[str] = set()
    waiting = [name for part in (*models, *definitions.values()) for name in _references(part, True)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(definitions[name], False)
    return found


def _references(part: Any, items_only: bool) -> Iterator[str]:
    """Names of the models that a schema refers to, all of them or those of lists' items."""
    if isinstance(part, list):
        for one in part:
            yield from _references(one, items_only)
    elif isinstance(part, dict):
        if "$ref" in part and not items_only:
            yield part["$ref"].rsplit("/", 1)[-1]
        for key, one in part.items():
            if key != "$defs":
                yield from _references(one, items_only and key != "items")


def _annotated(field: Json) -> Json:
    """A mapping's schema with `source` and `note`, and its values with theirs; others as they are."""
    if "anyOf" in field:
        return {**field, "anyOf": [_annotated(branch) for branch in field["anyOf"]]}
    if field.get("type") != "object":
        return field
    result = {**field, "properties": {name: _value(one) for name, one in field.get("properties", {}).items()}}
    result["properties"].update(ORIGIN)
    if "patternProperties" in field:
        patterns = field["patternProperties"].items()
        result["patternProperties"] = {pattern: _value(one) for pattern, one in patterns}
        result["additionalProperties"] = False
    if isinstance(field.get("additionalProperties"), dict):
        result["additionalProperties"] = _value(field["additionalProperties"])
    return result


def _value(field: Json) -> Json:
    """A value's schema: itself, or a mapping of `value` with `source` and `note`."""
    plain = _annotated(field)
    if "$ref" in plain:
        return plain
    carrier = {
        "type": "object",
        "properties": {"value": plain, **ORIGIN},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [plain, carrier]}
