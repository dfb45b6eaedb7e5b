"""Sets single values of a place or its instruments from outside, by dotted key."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scenarios.errors import Position, ScenarioError, fail, shown, suggestion
from scenarios.reading import Node, from_plain, scalar_of

OVERRIDE = Position("override")
FIXED = ("schema", "id", "extends")
OF_PACKAGES = ("instruments.", "adaptive.")  # beginnings of keys that may mean something in a package only


def apply(place: Node, packages: list[Node], overrides: Mapping[str, Any], valid: list[str]) -> tuple[Node, list[Node]]:
    """The trees with every override laid on, in the order given.

    Keys are dotted: mapping keys, an item of a list by its id (or index where it has none);
    `instruments.ID...` means an instrument of a package or a programme of the place, `adaptive.ID...` the block of
    a package. Strings are read as
    YAML reads them, so "10" is a number. Raises ScenarioError for a key that leads nowhere; `valid` are
    the keys of a place, for suggestions.
    """
    for dotted, raw in overrides.items():
        path = str(dotted).split(".")
        if not all(path):
            raise ScenarioError(f'override: "{dotted}": expected a dotted key such as population.seed')
        value = from_plain(scalar_of(raw) if isinstance(raw, str) else raw, OVERRIDE, "override")
        if path[0] in FIXED:
            raise fail(OVERRIDE, str(dotted), "cannot be overridden; expected it in the file")
        if path[0] == "instruments":
            place, packages = _set_instrument(place, packages, path, value)
        elif path[0] == "adaptive":
            packages = _set_adaptive(packages, path, value)
        elif path[0] not in valid:
            hint = suggestion(path[0], [*valid, "instruments", "adaptive"])
            raise fail(OVERRIDE, str(dotted), f'unknown key "{path[0]}"{hint}')
        else:
            place = _set(place, path, value, str(dotted))
    return place, packages


def _set_instrument(place: Node, packages: list[Node], path: list[str], value: Node) -> tuple[Node, list[Node]]:
    """Set a value of the instrument `path[1]`, wherever it stands."""
    dotted = ".".join(path)
    if len(path) < 3:
        raise fail(OVERRIDE, dotted, "expected instruments.ID.KEY, such as instruments.certification.dose")
    trees = [("programmes", place), *(("instruments", package) for package in packages)]
    known: list[str] = []
    changed = []
    found = False
    for name, tree in trees:
        ids = _ids(tree.child(name))
        known += ids
        if path[1] in ids:
            found = True
            tree = _set(tree, [name, *path[1:]], value, dotted)
        changed.append(tree)
    if not found:
        raise fail(OVERRIDE, dotted, f'unknown instrument "{path[1]}"{suggestion(path[1], known)}')
    return changed[0], changed[1:]


def _set_adaptive(packages: list[Node], path: list[str], value: Node) -> list[Node]:
    """Set a value of the adaptive block of the package `path[1]`."""
    dotted = ".".join(path)
    if len(path) < 3:
        raise fail(OVERRIDE, dotted, "expected adaptive.PACKAGE.KEY, such as adaptive.learning.step")
    known = [name for name, tree in zip(_ids_of(packages), packages, strict=True) if tree.child("adaptive") is not None]
    if path[1] not in known:
        hint = suggestion(path[1], known) if known else "; no package has an adaptive block"
        raise fail(OVERRIDE, dotted, f'unknown adaptive package "{path[1]}"{hint}')
    inner = ["adaptive", *path[2:]]
    return [
        _set(tree, inner, value, dotted) if name == path[1] else tree
        for name, tree in zip(_ids_of(packages), packages, strict=True)
    ]


def _ids(items: Node | None) -> list[str]:
    """The ids of a list's items, "" for one without."""
    if items is None or not isinstance(items.value, list):
        return []
    return _ids_of(items.value)


def _ids_of(items: list[Node]) -> list[str]:
    names = [item.child("id") for item in items]
    return [str(name.value) if name is not None else "" for name in names]


def _set(node: Node, path: list[str], value: Node, dotted: str) -> Node:
    """A copy of the tree in which the value at the path is another; missing mappings are made."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(node.value, dict):
        below = node.value.get(key) or from_plain({} if rest else None, OVERRIDE)
        return replace(node, value={**node.value, key: _set(below, rest, value, dotted)})
    if isinstance(node.value, list):
        ids = _ids(node)
        if key in ids:
            at = ids.index(key)
        elif key.isdecimal() and int(key) < len(ids):
            at = int(key)
        else:
            words = [name for name in ids if name] or [str(i) for i in range(len(ids))]
            raise fail(OVERRIDE, dotted, f'unknown item "{key}"{suggestion(key, words)}')
        items = list(node.value)
        items[at] = _set(items[at], rest, value, dotted)
        return replace(node, value=items)
    message = f'there is no "{key}" below the value {shown(node.value)}; expected a shorter key'
    raise fail(OVERRIDE, dotted, message)
