"""A posterior ensemble: weighted draws of parameters with what they come from, in one small YAML file.

    schema: ensemble
    place: zhaotong
    parameters: {decision.out_intercept: [0.8, 3.0], ...}   # the prior each was drawn in
    discrepancy: {out_province: 0.02, ...}                  # relative standard deviation of monthly series
    provenance: {...}                                       # hashes, seeds, versions
    draws:
      - {weight: 0.0156, values: [1.83, ...]}               # in the order of the parameters; the weights add to 1

`run`, `compare`, `multiplier`, `sweep`, `sensitivity` and `forecast` take such a file by `--ensemble`;
`read_ensemble` is for everything else.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.errors import InputError
from experiments.laboratory.ranges import PREFIX, Range, ranges_of
from experiments.placing import write_text
from scenarios.errors import Problems, fail, shown
from scenarios.reading import from_plain, read_yaml
from scenarios.spot import Spot

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-6  # by which weights may miss 1


class Ensemble(NamedTuple):
    """Draws of a place's parameters. D draws, P parameters."""

    place: str
    ranges: tuple[Range, ...]
    values: np.ndarray  # float64[D, P]
    weight: np.ndarray  # float64[D], adds to 1
    discrepancy: dict[str, float]  # monthly series -> relative standard deviation of the model's own error
    provenance: dict[str, Any]
    digest: str  # of the file; "" for one that is in memory only

    def changes(self, draw: int) -> dict[str, float]:
        """A draw as scenario overrides."""
        return {one.key: float(value) for one, value in zip(self.ranges, self.values[draw], strict=True)}

    def table(self) -> "pd.DataFrame":
        """Draw, weight and the value of every parameter."""
        import pandas as pd

        values = pd.DataFrame(self.values, columns=[one.key for one in self.ranges])
        values.insert(0, "weight", self.weight)
        values.insert(0, "draw", range(len(values)))
        return values

    def effective(self) -> float:
        """Effective number of draws (Kish 1965)."""
        return float(1.0 / (self.weight**2).sum())

    def thinned(self, count: int) -> "Ensemble":
        """At most `count` draws for the whole: systematic resampling with the first mark at its middle."""
        if count >= len(self.weight):
            return self
        marks = (0.5 + np.arange(count)) / count
        taken = np.bincount(np.searchsorted(np.cumsum(self.weight)[:-1], marks), minlength=len(self.weight))
        kept = np.flatnonzero(taken)
        return self._replace(values=self.values[kept], weight=taken[kept] / count)

    def equal(self, count: int) -> np.ndarray:
        """`count` draws that weigh the same, float64[count, P]: systematic resampling, so some stand twice."""
        marks = (0.5 + np.arange(count)) / count
        found: np.ndarray = self.values[np.searchsorted(np.cumsum(self.weight)[:-1], marks)]
        return found

    def identity(self) -> dict[str, Any]:
        """What tells it from others, for the records of what was asked."""
        return {"ensemble": self.digest, "draws": len(self.weight)}

    @property
    def keys(self) -> set[str]:
        """The dotted keys that a draw sets."""
        return {one.key for one in self.ranges}

    def require_apart(self, changed: Mapping[str, Any]) -> None:
        """InputError where an override sets what the ensemble sets."""
        both = [one.key for one in self.ranges if one.key in changed]
        if both:
            raise InputError(f"--set {both[0]}: the ensemble sets it as well; expected one of the two")


def read_ensemble(path: Path, place: str | None = None) -> Ensemble:
    """The ensemble of a file. Raises ScenarioError for what is wrong in it, or where it is of another place."""
    tree = read_yaml(path)
    schema, of = tree.child("schema"), tree.child("place")
    if schema is None or schema.value != "ensemble":
        got = shown(None if schema is None else schema.plain())
        raise fail(tree.position, "schema", f"expected schema: ensemble (got {got})")
    if of is None or (place is not None and of.value != place):
        raise fail((of or tree).position, "place", f"expected {place or 'a place'} (got {shown(of and of.value)})")
    problems = Problems()
    ranges = _ranges(Spot(tree, problems))
    values, weight = _draws(Spot(tree, problems, ("draws",)), len(ranges))
    problems.raise_any()
    plain = tree.plain()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    discrepancy = {str(key): float(value) for key, value in (plain.get("discrepancy") or {}).items()}
    return Ensemble(str(plain["place"]), ranges, values, weight, discrepancy, plain.get("provenance") or {}, digest)


def _ranges(spot: Spot) -> tuple[Range, ...]:
    """The parameters with their priors, in the file's order."""
    given = spot.root.child("parameters")
    plain = given.plain() if given is not None else None
    if given is None or not isinstance(plain, dict) or not plain:
        raise fail(spot.root.position, "parameters", "expected GROUP.NAME: [low, high] for every parameter")
    for key, pair in plain.items():
        if not (isinstance(pair, list) and len(pair) == 2):
            raise fail(given.value[key].position, f"parameters.{key}", f"expected [low, high] (got {shown(pair)})")
    full = from_plain({}, given.position)
    nodes = {f"{PREFIX}.{key}": node for key, node in given.value.items()}
    below = Spot(type(full)(nodes, given.position), spot.problems)
    found = {one.key: one for one in ranges_of({f"{PREFIX}.{key}": pair for key, pair in plain.items()}, below)}
    spot.problems.raise_any()
    return tuple(found[f"{PREFIX}.{key}"] for key in plain)


def _draws(spot: Spot, parameters: int) -> tuple[np.ndarray, np.ndarray]:
    rows = spot.node.plain() if spot.root.child("draws") is not None else None
    if not isinstance(rows, list) or not rows:
        raise fail(spot.root.position, "draws", "expected a list of {weight: W, values: [...]}")
    values, weight = np.full((len(rows), parameters), np.nan), np.full(len(rows), np.nan)
    for k, row in enumerate(rows):
        numbers = row.get("values") if isinstance(row, dict) else None
        if not isinstance(numbers, list) or len(numbers) != parameters or not all(map(_is_number, numbers)):
            spot.wrong(f"expected values: [...] with {parameters} numbers", k)
            continue
        if not _is_number(row.get("weight")) or row["weight"] <= 0:
            spot.wrong(f"expected a weight above 0 (got {shown(row.get('weight'))})", k)
            continue
        values[k], weight[k] = numbers, row["weight"]
    total = weight.sum()
    if np.isfinite(total) and abs(total - 1.0) > TOLERANCE:
        spot.wrong(f"the weights add to {total:.6g}; expected 1")
    return values, weight


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def write_ensemble(ensemble: Ensemble, path: Path) -> None:
    """The file of an ensemble, put in its place when it is whole; numbers read back to the bit."""
    from experiments.strict_json import to_json  # JSON is YAML

    def plain(key: str) -> str:
        return key.removeprefix(f"{PREFIX}.")

    lines = ["schema: ensemble", f"place: {ensemble.place}", "parameters:"]
    lines += [f"  {plain(one.key)}: [{one.low!r}, {one.high!r}]" for one in ensemble.ranges]
    lines += [f"discrepancy: {to_json(ensemble.discrepancy)}", "provenance:"]
    lines += [f"  {key}: {to_json(value)}" for key, value in ensemble.provenance.items()]
    lines.append("draws:")
    for weight, row in zip(ensemble.weight, ensemble.values, strict=True):
        numbers = ", ".join(repr(float(value)) for value in row)
        lines.append(f"  - {{weight: {float(weight)!r}, values: [{numbers}]}}")
    write_text(path, "\n".join(lines) + "\n")
