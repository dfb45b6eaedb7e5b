"""Reads YAML 1.2 into a tree of nodes that remember file, line and source of every value."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode, SequenceNode

from scenarios.errors import Position, ScenarioError, fail, shown, suggestion
from sim.folders import cache_folder, whole

HERE = Path(__file__).resolve().parent
ANNOTATIONS = ("source", "note")  # may stand in any mapping of a place or package
DEEPEST = 30  # levels of nesting; also stops an alias that contains itself
LARGEST = 100_000  # values in one file; stops aliases that multiply
TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Node:
    """A value with its origin: `value` is a scalar, a dict of nodes, or a list of nodes."""

    value: Any
    position: Position
    source: str | None = None
    note: str | None = None

    def plain(self) -> Any:
        """The value as plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: str | int) -> "Node | None":
        """The node of a key of a mapping or an index of a list, if there is one."""
        below: Node | None = None
        if isinstance(self.value, dict):
            below = self.value.get(key)
        elif isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            below = self.value[key]
        return below

    def nearest(self, path: tuple[str | int, ...]) -> "Node":
        """The node at a path, or its innermost ancestor that exists."""
        node = self
        for key in path:
            below = node.child(key)
            if below is None:
                break
            node = below
        return node

    def leaves(self, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], "Node"]]:
        """Every scalar with its path, in the order written."""
        pairs: Any = ()
        if isinstance(self.value, dict):
            pairs = self.value.items()
        elif isinstance(self.value, list):
            pairs = enumerate(self.value)
        else:
            yield path, self
        for key, node in pairs:
            yield from node.leaves((*path, key))

    def key(self, path: tuple[str | int, ...]) -> str:
        """A path as a dotted key; an item of a list goes by its id if it has one."""
        names, node = [], self
        for step in path:
            below = node.child(step)
            name = below.child("id") if below is not None and isinstance(step, int) else None
            names.append(str(step) if name is None or not isinstance(name.value, str) else name.value)
            node = below if below is not None else Node({}, node.position)
        return ".".join(names)


def merge(base: Node, over: Node) -> Node:
    """`over` laid upon `base`: mappings merge key by key, everything else is replaced."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    value = dict(base.value)
    for key, node in over.value.items():
        value[key] = merge(value[key], node) if key in value else node
    return replace(over, value=value)


def from_plain(value: Any, position: Position, source: str | None = None) -> Node:
    """A tree of plain values as nodes that all have one origin."""
    if hasattr(value, "item") and not isinstance(value, dict | list):
        value = value.item()  # a number of numpy's
    if isinstance(value, dict):
        return Node({str(k): from_plain(v, position, source) for k, v in value.items()}, position, source)
    if isinstance(value, list | tuple):
        return Node([from_plain(v, position, source) for v in value], position, source)
    return Node(value, position, source)


def display(path: Path) -> str:
    """A file's name as messages show it: relative to the current folder where that is shorter."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(path)


def read_text(path: Path, position: Position | None = None, key: str = "", encoding: str = "utf-8-sig") -> str:
    """The text of a file, UTF-8 by default; ScenarioError, at `position` where another file names it, otherwise."""
    name = display(path)
    where = position or Position(name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise fail(where, key, f"file not found{f': {name}' if key else ''}") from None
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise fail(where, key, f"{f'{name}: ' if key else ''}{reason}; expected a file") from None
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        words = "UTF-8" if encoding == "utf-8-sig" else encoding
        raise fail(Position(name, line), "", f"expected {words} text (got byte 0x{byte:02x})") from None


def read_yaml(path: Path, sourced: bool = True) -> Node:
    """The tree of a YAML file.

    With `sourced`, `{value: 3, source: "..."}` becomes the value 3 with its source, and a `source:`
    or `note:` among other keys covers everything below it. Raises ScenarioError for a file that is
    missing, empty, not UTF-8, not YAML, has a key twice, or has no mapping at its top.
    """
    name, text = display(path), read_text(path)
    return _kept(name, text, sourced) if HERE in path.resolve().parents else _parsed(name, text, sourced)


def _parsed(name: str, text: str, sourced: bool) -> Node:
    try:
        yaml = YAML(typ="safe", pure=True)
        top = yaml.compose(text)
        if top is None:
            raise fail(Position(name, 1), "", "the file is empty; expected keys and values")
        return _Reader(name, yaml, sourced).node(top, Position(name, 1), None, None, ())
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        raise fail(Position(name, line), "", f"not valid YAML: {_reason(error)}") from None
    except RecursionError:
        raise fail(Position(name), "", f"nested too deeply; expected at most {DEEPEST} levels") from None


def _kept(name: str, text: str, sourced: bool) -> Node:
    """The tree of a file that comes with the program: parsed once on a machine, which takes a second for all of them.

    What is kept is found by the text and by this module's own, so nothing kept is ever out of date.
    """
    known = (text, str(sourced), Path(__file__).read_text(encoding="utf-8"), ruamel.yaml.__version__)
    kept = cache_folder("yaml") / f"{hashlib.sha256(chr(0).join(known).encode()).hexdigest()[:32]}.json"
    with suppress(OSError, ValueError):
        return _decoded(json.loads(kept.read_bytes()), name, None, None)
    tree = _parsed(name, text, sourced)
    with suppress(OSError), whole(kept) as partial:
        partial.write_text(json.dumps(_encoded(tree, None, None)), encoding="utf-8")
    return tree


def _encoded(node: Node, source: str | None, note: str | None) -> list[Any]:
    """Line and value of a node as JSON takes them; source and note where they differ from those around it."""
    value, own = node.value, (node.source, node.note)
    if isinstance(value, dict):
        value = {key: _encoded(below, *own) for key, below in value.items()}
    elif isinstance(value, list):
        value = [_encoded(below, *own) for below in value]
    return [node.position.line, value] if own == (source, note) else [node.position.line, value, *own]


def _decoded(kept: list[Any], name: str, source: str | None, note: str | None) -> Node:
    """The node that `_encoded` wrote, of a file of this name."""
    line, value, *own = kept
    source, note = own or (source, note)
    if isinstance(value, dict):
        value = {key: _decoded(below, name, source, note) for key, below in value.items()}
    elif isinstance(value, list):
        value = [_decoded(below, name, source, note) for below in value]
    return Node(value, Position(name, line), source, note)


def _reason(error: YAMLError) -> str:
    """What the YAML reader found wrong, on one line."""
    words = [getattr(error, name, None) for name in ("context", "problem", "reason")]
    text = ", ".join(word for word in words if isinstance(word, str) and word) or "not readable"
    return "found a tab; expected spaces as indentation" if "'\\t'" in text else text


@cache
def read_shipped(path: Path) -> Node:
    """A data file that comes with the program (constants, kinds), read once."""
    return read_yaml(path, sourced=False)


class _Reader:
    """Turns the nodes of one YAML file into ours."""

    def __init__(self, file: str, yaml: YAML, sourced: bool) -> None:
        self.file, self.sourced, self.count = file, sourced, 0
        self.construct = yaml.constructor.construct_object

    def node(self, raw: Any, position: Position, source: str | None, note: str | None, path: tuple[str, ...]) -> Node:
        """One value; source and note are those of the mappings around it."""
        self.count += 1
        if len(path) > DEEPEST or self.count > LARGEST:
            limit = f"{DEEPEST} levels" if len(path) > DEEPEST else f"{LARGEST} values"
            raise fail(position, "", f"the file is too large or repeats itself; expected at most {limit}")
        if isinstance(raw, ScalarNode):
            return Node(self.scalar(raw, position, path), position, source, note)
        if isinstance(raw, SequenceNode):
            places = [Position(self.file, item.start_mark.line + 1) for item in raw.value]
            items = [
                self.node(item, place, source, note, (*path, str(i)))
                for i, (item, place) in enumerate(zip(raw.value, places, strict=True))
            ]
            return Node(items, position, source, note)
        return self.mapping(raw, position, source, note, path)

    def mapping(
        self, raw: Any, position: Position, source: str | None, note: str | None, path: tuple[str, ...]
    ) -> Node:
        """A mapping, or the sourced value that it stands for."""
        if raw.tag != f"{TAG}map":
            raise fail(position, ".".join(path), f"unknown tag {raw.tag}; expected a plain mapping")
        pairs = self.pairs(raw, path)
        if self.sourced:
            source = self.annotation(pairs, "source", path) or source
            note = self.annotation(pairs, "note", path) or note
            if "value" in pairs:
                for other in pairs.keys() - {"value"}:
                    where = pairs[other][1]
                    hint = suggestion(other, ("value", *ANNOTATIONS))
                    raise fail(where, ".".join((*path, other)), f"unknown key{hint}")
                return self.node(pairs["value"][0], position, source, note, path)
        value = {key: self.node(below, place, source, note, (*path, key)) for key, (below, place) in pairs.items()}
        return Node(value, position, source, note)

    def pairs(self, raw: Any, path: tuple[str, ...]) -> dict[str, tuple[Any, Position]]:
        """Keys, each with its value and place; a key that is there twice is refused."""
        pairs: dict[str, tuple[Any, Position]] = {}
        for key, below in raw.value:
            place = Position(self.file, key.start_mark.line + 1)
            if not isinstance(key, ScalarNode):
                raise fail(place, ".".join(path), "expected a word as a key (got a list or mapping)")
            if key.value in pairs:
                first = pairs[key.value][1].line
                message = f"the key is there twice (first in line {first}); expected it once"
                raise fail(place, ".".join((*path, key.value)), message)
            pairs[key.value] = (below, place)
        return pairs

    def annotation(self, pairs: dict[str, tuple[Any, Position]], name: str, path: tuple[str, ...]) -> str | None:
        """Take `source` or `note` out of a mapping's pairs."""
        if name not in pairs:
            return None
        raw, place = pairs.pop(name)
        text = self.scalar(raw, place, (*path, name)) if isinstance(raw, ScalarNode) else None
        if not isinstance(text, str) or not text.strip():
            raise fail(place, ".".join((*path, name)), f"expected some words (got {shown(text)})")
        return text

    def scalar(self, raw: ScalarNode, position: Position, path: tuple[str, ...]) -> Any:
        """A string, number, boolean or None; dates stay strings."""
        kind = str(raw.tag).removeprefix(TAG)
        if kind in ("str", "timestamp"):
            return raw.value
        if kind not in ("int", "float", "bool", "null"):
            raise fail(position, ".".join(path), f"unknown tag {raw.tag}; expected a plain value")
        try:
            return self.construct(raw)
        except (ValueError, OverflowError):
            raise fail(position, ".".join(path), f"expected a number (got {shown(raw.value)})") from None


def scalar_of(text: str) -> Any:
    """A word as YAML reads it, for values that come from a command line: "10" is a number."""
    try:
        yaml = YAML(typ="safe", pure=True)
        top = yaml.compose(text)
        here = Position("override")
        if top is None:
            return text
        return _Reader(here.file, yaml, False).node(top, here, None, None, ()).plain()
    except (YAMLError, ScenarioError, RecursionError):
        return text
