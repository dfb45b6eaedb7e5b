"""What a scenario holds, for people: every value with unit and source; what can be loaded."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scenarios.files import read_package, read_place, shipped_packages, shipped_places
from scenarios.instruments import kinds
from scenarios.json_schema import json_schema
from scenarios.reading import Node
from scenarios.resolve import Resolution, resolve
from scenarios.schema import Instrument, Package, Place
from scenarios.validation import unit_of

__all__ = ["Value", "available", "describe", "json_schema"]

ASSUMPTION = "assumption"
DEFAULT = "default"
WORDS = ("id", "en", "zh", "kind", "office")  # keys whose values have neither unit nor source
OF_KIND = ("dose_scales_capacity",)  # a property of the kind, not of the instrument
FILES = (("population", "microdata"), ("population", "margins"))
Steps = tuple[Any, ...]


class Value(NamedTuple):
    """One resolved value: a dotted key as overrides take it, its unit ("" for none) and source."""

    key: str
    value: Any
    unit: str
    source: str


def describe(
    name_or_path: str | Path,
    packages: Iterable[str | Path] | str | Path = (),
    overrides: Mapping[str, Any] | None = None,
) -> list[Value]:
    """Every value of a scenario, in the order of the file, each with unit and source.

    A value of a file that names no source counts as "assumption"; one that no file gives is a "default".
    Names have neither unit nor source; eligibility is there as far as it excludes anybody.
    Raises ScenarioError as `scenarios.load` does.
    """
    resolution = resolve(name_or_path, packages, overrides)
    values = (_place_values, _constant_values, _instrument_values, _adaptive_values)
    return [one for part in values for one in part(resolution)]


def _leaves(data: Any, path: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every scalar of plain data with its path; a list of scalars counts as one value."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list) and any(isinstance(item, dict) for item in data):
        for i, value in enumerate(data):
            yield from _leaves(value, (*path, i))
    elif data is not None:
        yield path, data


def _source(node: Node, path: Steps) -> str:
    """Where the value at a path comes from."""
    for step in path:
        below = node.child(step)
        if below is None:
            return DEFAULT
        node = below
    return node.source or ASSUMPTION


def _place_values(resolution: Resolution) -> Iterator[Value]:
    """The values of a place but its constants and instruments."""
    from sim.scenario import SERIES

    apart = ("parameters", "mechanisms", "programmes", "instruments", "packages", "adaptive")
    data = {key: value for key, value in resolution.data.items() if key not in apart}
    for path, value in _leaves(data):
        source, unit = _source(resolution.place, path), unit_of(Place, path)
        if path[-1] in WORDS:
            source = ""
        elif path[0] == "series" or path[:2] == ("demography", "entrants"):
            unit = unit or (SERIES[path[1]] if path[0] == "series" else unit_of(Place, path[:2]))
            if path[2] == "csv":  # the source stands by the file's name, not by its rows
                source = _source(resolution.place, path[:3])
        elif path[:2] in FILES:
            source = _source(resolution.place, path[:2])  # the source stands by the files' names
        elif path[0] == "spring_festival":
            unit, source = "date", "calendar"
        yield Value(_key(data, path), value, unit, source)


def _constant_values(resolution: Resolution) -> Iterator[Value]:
    """The model's constants and switches."""
    from scenarios.constants import table

    known = table()
    for group, members in resolution.data["parameters"].items():
        for name, value in members.items():
            one = known.constants[group][name]
            given = _source(resolution.place, ("parameters", group, name))
            source = one.source if given == DEFAULT else given
            yield Value(f"parameters.{group}.{name}", value, one.unit, source)
    for name, value in resolution.data["mechanisms"].items():
        yield Value(f"mechanisms.{name}", value, "switch", _source(resolution.place, ("mechanisms", name)))


def _instrument_values(resolution: Resolution) -> Iterator[Value]:
    """The values of programmes and of the packages' instruments."""
    nodes: dict[str, Node] = {}
    trees = [("programmes", resolution.place), *(("instruments", tree) for _, tree in resolution.packages)]
    for listed, tree in trees:
        for item in (tree.child(listed) or Node([], tree.position)).value:
            nodes.setdefault(item.value["id"].value, item)
    for one in resolution.data["programmes"] + resolution.data["instruments"]:
        channels = kinds()[one["kind"]].channels
        for path, value in _leaves({key: value for key, value in one.items() if key not in OF_KIND}):
            source, unit = _source(nodes[one["id"]], path), unit_of(Instrument, path)
            if source == DEFAULT and (path[0] == "eligibility" or value == []):
                continue  # for everybody, in all sectors
            if path[-1] in WORDS:
                source = ""
            elif path[0] in ("start", "end"):
                unit = "months from the scenario's start"
            elif path[0] == "channels":
                unit = channels[path[1]].unit
                source = channels[path[1]].source if source == DEFAULT else source
            elif path[0] == "changes":
                unit = "months from the scenario's start" if path[2] == "month" else channels[path[3]].unit
            yield Value(".".join(["instruments", one["id"], *map(str, path)]), value, unit, source)


def _adaptive_values(resolution: Resolution) -> Iterator[Value]:
    """The values of packages that evaluate and reallocate."""
    trees = {package.id: tree for package, tree in resolution.packages}
    for package, block in resolution.data.get("adaptive", {}).items():
        for path, value in _leaves(block):
            steps = ("adaptive", *path)
            source = "" if path[0] == "instruments" else _source(trees[package], steps)
            yield Value(".".join(["adaptive", package, *path]), value, unit_of(Package, steps), source)


def _key(data: Any, path: Steps) -> str:
    """A path as a dotted key; an item of a list goes by its id if it has one."""
    words = []
    for step in path:
        data = data[step]
        words.append(data["id"] if isinstance(step, int) and "id" in data else str(step))
    return ".".join(words)


def available() -> dict[str, list[dict[str, str]]]:
    """Places and packages that come with the program: id, names, and for packages pillar and note."""
    places = [_listed(read_place(path)) for path in shipped_places().values()]
    packages = []
    for path in shipped_packages().values():
        node = read_package(path)
        extra = {"pillar": node.value["pillar"].value, "note": node.note or ""}
        packages.append({**_listed(node), **extra})
    return {"places": places, "packages": packages}


def _listed(node: Node) -> dict[str, str]:
    plain = node.plain()
    return {"id": plain["id"], "name_en": plain["name"]["en"], "name_zh": plain["name"]["zh"]}
