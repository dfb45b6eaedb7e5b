"""Turns pydantic's findings into messages that name file, line, key and what was expected."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scenarios.errors import between, shown, suggestion
from scenarios.reading import Node
from scenarios.spot import Spot

Model = TypeVar("Model", bound=BaseModel)
Json = dict[str, Any]
NOUNS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a word",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


@cache
def json_schema_of(model: type[BaseModel]) -> Json:
    """The JSON Schema of a model, as pydantic makes it."""
    return model.model_json_schema(by_alias=True)


def validated(model: type[Model], spot: Spot) -> Model | None:
    """The tree as a model; None, with every problem noted, where it does not fit."""
    try:
        return model.model_validate(spot.node.plain())
    except ValidationError as error:
        for finding in error.errors(include_url=False, include_context=False):
            _note(finding, spot, json_schema_of(model))
        return None


def _note(finding: Any, spot: Spot, schema: Json) -> None:
    """Add one of pydantic's findings to the problems."""
    path, field, parent = _follow(finding["loc"], spot.node, schema)
    where = spot.at(*path)
    if finding["type"] == "extra_forbidden" or finding["loc"][-1] == "[key]":
        names = list(parent.get("properties", {}))
        hint = suggestion(str(path[-1]), names) if names else f"; expected {_key_phrase(parent)}"
        where.wrong(f"unknown key{hint}")
    elif finding["type"] == "missing":
        where.wrong(f"missing; expected {phrase(field)}")
    else:
        got = where.node.plain()
        near = suggestion(got, field["enum"]) if "enum" in field and isinstance(got, str) else ""
        where.wrong(f"expected {phrase(field)} (got {shown(got)}){near if 'did you mean' in near else ''}")


def _follow(loc: tuple[Any, ...], node: Node, schema: Json) -> tuple[tuple[Any, ...], Json, Json]:
    """The path that a location means, with the schemas of the last value and of what holds it.

    Steps that name a branch of a union are passed over: they are neither keys nor indices.
    """
    path: tuple[Any, ...] = ()
    field = parent = _plain_field(schema, schema)
    for step in loc:
        below = _below(field, step, schema)
        if step == "[key]" or (below is None and node.nearest(path).child(step) is None and step != loc[-1]):
            continue
        if below is None and _is_branch(step, field, schema):
            continue
        path, parent, field = (*path, step), field, below if below is not None else {}
    return path, field, parent


def _is_branch(step: Any, field: Json, schema: Json) -> bool:
    """Whether a step is the tag of a union's branch, such as the name of a model."""
    tags = {*schema.get("$defs", {}), "str", "constrained-str"}
    return "anyOf" in field and step in tags


def _below(field: Json, step: Any, schema: Json) -> Json | None:
    """The schema of a key or item of a value with the schema `field`."""
    for branch in field.get("anyOf", [field]):
        branch = _plain_field(branch, schema)
        if isinstance(step, int) and "items" in branch:
            return _plain_field(branch["items"], schema)
        if step in branch.get("properties", {}):
            return _plain_field(branch["properties"][step], schema)
        for pattern in branch.get("patternProperties", {}).values():
            return _plain_field(pattern, schema)
        if isinstance(branch.get("additionalProperties"), dict):
            return _plain_field(branch["additionalProperties"], schema)
    return None


def _plain_field(field: Json, schema: Json) -> Json:
    """A field's schema with references followed and an optional one's `null` taken away."""
    if "$ref" in field:
        target = schema["$defs"][field["$ref"].rsplit("/", 1)[-1]]
        return _plain_field({**target, **{k: v for k, v in field.items() if k != "$ref"}}, schema)
    branches = [branch for branch in field.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        rest = {k: v for k, v in field.items() if k not in ("anyOf", "default")}
        return _plain_field({**branches[0], **rest}, schema)
    return field


def unit_of(model: type[BaseModel], path: tuple[Any, ...]) -> str:
    """The unit declared for a path of a model; "" for names, lists and the like."""
    schema = json_schema_of(model)
    field: Json | None = _plain_field(schema, schema)
    for step in path:
        field = _below(field or {}, step, schema)
    return str((field or {}).get("unit", ""))


def phrase(field: Json) -> str:
    """What a field expects, in words: noun, range and unit."""
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return f"one of {', '.join(map(str, values))}" if len(values) > 1 else str(values[0])
    if "anyOf" in field:
        return "a file, or a mapping of nodes and edges"
    if "pattern" in field or ("description" in field and field.get("type") == "string"):
        return str(field["description"])
    noun = NOUNS.get(field.get("type", ""), "a value")
    unit = f" ({field['unit']})" if "unit" in field else ""
    return noun + between(field.get("minimum"), field.get("maximum")) + _size(field) + unit


def _size(field: Json) -> str:
    if field.get("minItems", 1) > 1:
        return f" of at least {field['minItems']}"
    return " that is not empty" if any(field.get(name) for name in ("minItems", "minLength", "minProperties")) else ""


def _key_phrase(parent: Json) -> str:
    """What the keys of an open mapping must be."""
    patterns = list(parent.get("patternProperties", {}))
    words = {"\\d{4}$": "a year such as 2020", "(0[1-9]|1[0-2])$": "a month such as 2020-01"}
    for end, text in words.items():
        if patterns and patterns[0].endswith(end):
            return f"{text} as key"
    return "an id of small letters, digits and _ as key"
