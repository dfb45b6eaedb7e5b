"""What a command is asked for: a file of its own kind, options laid over it, short forms written out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scenarios.errors import Position, fail, shown
from scenarios.reading import Node, from_plain, merge, read_yaml

Given = Mapping[str, tuple[str, Any]]  # key of the file -> the option that said so, and the value


def request(path: Path | None, given: Given, schema: str, instead: str, spread: Callable[[Node], Node]) -> Node:
    """A file's tree, or an empty one, with options laid over it; `spread` writes out what is written in short.

    instead  what to do with a place that is given in the file's stead
    Raises ScenarioError for a file of another schema.
    """
    node = Node({}, Position("command line")) if path is None else spread(_file(path, schema, instead))
    for key, (option, value) in given.items():
        node = merge(node, spread(Node({key: from_plain(value, Position(option))}, Position(option))))
    return node


def written_out(node: Node, lists: Iterable[str]) -> Node:
    """A number of seeds, and one value for a list, in full."""
    value = dict(node.value) if isinstance(node.value, dict) else {}
    if "seeds" in value and not isinstance(value["seeds"].value, dict):
        value["seeds"] = Node({"count": value["seeds"]}, value["seeds"].position)
    for key in lists:
        if key in value and isinstance(value[key].value, str | int | float):
            value[key] = Node([value[key]], value[key].position)
    return replace(node, value=value)


def _file(path: Path, schema: str, instead: str) -> Node:
    """A file of that schema; a place, a package or another request in its stead is refused."""
    node = read_yaml(path)
    found = node.value.pop("schema", None) if isinstance(node.value, dict) else None
    if found is not None and found.value != schema:
        hint = f", or {instead} with a place" if found.value == "place" else ""
        raise fail(found.position, "schema", f"expected schema: {schema}{hint} (got {shown(found.plain())})")
    return node
