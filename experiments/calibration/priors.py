"""Between which values each parameter may lie: a YAML file of ranges, each with its source."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.laboratory.ranges import PREFIX, Range, ranges_of
from scenarios.errors import Problems, fail, shown
from scenarios.reading import read_yaml
from scenarios.spot import Spot


class Priors(NamedTuple):
    """The ranges of a file in the order of their keys, the sources by key, and the file's sha256."""

    ranges: tuple[Range, ...]
    sources: dict[str, str]
    digest: str

    def natural(self, shares: np.ndarray) -> np.ndarray:
        """Points of the unit cube, float64[n, P], as values of the parameters."""
        columns = [
            [one.at(float(share)) for share in column] for one, column in zip(self.ranges, shares.T, strict=True)
        ]
        return np.array(columns).T.reshape(shares.shape)


def read_priors(path: Path) -> Priors:
    """The priors of a file: GROUP.NAME: {range: [low, high], source: text}. Raises ScenarioError for what is wrong."""
    tree = read_yaml(path)
    schema = tree.child("schema")
    if schema is None or schema.value != "priors":
        got = shown(None if schema is None else schema.plain())
        raise fail(tree.position, "schema", f"expected schema: priors (got {got})")
    problems = Problems()
    spot = Spot(tree, problems, ("parameters",))
    given = spot.node.plain()
    if not isinstance(given, dict) or not given or spot.root.child("parameters") is None:
        raise fail(tree.position, "parameters", "expected GROUP.NAME: {range: [low, high], source: text}")
    ends, sources = {}, {}
    for key, one in given.items():
        ends[key] = _ends(one, spot, key)
        node = tree.child("parameters").child(key)  # type: ignore[union-attr]  # it is there: it was just read
        range_node = node.child("range") if node is not None else None
        sources[f"{PREFIX}.{key}"] = (range_node.source if range_node is not None else "") or ""
    problems.raise_any()
    ranges = ranges_of({f"{PREFIX}.{key}": pair for key, pair in ends.items()}, _prefixed(spot))
    problems.raise_any()
    return Priors(ranges, sources, hashlib.sha256(path.read_bytes()).hexdigest())


def _ends(one: Any, spot: Spot, key: str) -> list[float]:
    pair = one.get("range") if isinstance(one, dict) else None
    if not (isinstance(pair, list) and len(pair) == 2 and all(_is_number(end) for end in pair)):
        spot.wrong(f"expected {{range: [low, high], source: text}} (got {shown(one)})", key)
        return []
    return [float(end) for end in pair]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _prefixed(spot: Spot) -> Spot:
    """The spot whose children go by their full keys."""
    from dataclasses import replace

    node = spot.node
    full = replace(node, value={f"{PREFIX}.{key}": below for key, below in node.value.items()})
    return Spot(full, spot.problems)
