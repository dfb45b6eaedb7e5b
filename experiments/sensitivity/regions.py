"""In which worlds an answer holds: regional sensitivity, and a box of parameters that says where (PRIM).

Worlds are drawn evenly over the ranges (Halton, as the prior of `guiyan multiplier`). A criterion such as `excess>0`
parts them. Sources: Hornberger and Spear 1981 for the distance between the two parts' distributions of a parameter;
`experiments.estimands.prim` for the box.
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from experiments.estimands import prim
from experiments.laboratory.factorial import Row
from experiments.laboratory.ranges import Range
from experiments.outcomes import Outcome
from experiments.sensitivity.responses import COST, EFFECT, EXCESS, MULTIPLIER, VALUE, Responses

SIGNS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
PATTERN = re.compile(r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*")
FEWEST = 5  # worlds on each side for a distance


class Criterion(NamedTuple):
    """When a world counts as behavioural."""

    quantity: str
    sign: str
    bar: float

    def __str__(self) -> str:
        return f"{self.quantity}{self.sign}{self.bar:g}"

    def holds(self, answer: np.ndarray) -> np.ndarray:
        """bool[D]; a world whose answer is no number does not keep it."""
        return np.isfinite(answer) & SIGNS[self.sign](answer, self.bar)


def parse(text: str, packages: int) -> Criterion:
    """A criterion as it is written. Raises ValueError with what was expected."""
    known = (VALUE, EFFECT, COST, EXCESS, MULTIPLIER)[: (1, 3, 5)[min(packages, 2)]]
    found = PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a quantity, a comparison and a number, such as excess>0 (got '{text}')")
    quantity, sign, bar = found.groups()
    if quantity not in known:
        raise ValueError(f'unknown quantity "{quantity}" with {packages} packages; expected one of {", ".join(known)}')
    try:
        return Criterion(quantity, sign, float(bar))
    except ValueError:
        raise ValueError(f"expected a number after {sign} (got '{bar}')") from None


def world_rows(responses: Responses, ranges: Sequence[Range], points: np.ndarray, asked: Criterion) -> Iterator[Row]:
    """Every world with its parameters, its answer, and whether it keeps the criterion."""
    for key, answer in _answers(responses, asked):
        kept = asked.holds(answer)
        for d, point in enumerate(points):
            parameters = {one.key: float(value) for one, value in zip(ranges, point, strict=True)}
            yield {"world": d, **parameters, **key, "answer": float(answer[d]), "is_behavioural": bool(kept[d])}


def distance_rows(responses: Responses, ranges: Sequence[Range], points: np.ndarray, asked: Criterion) -> Iterator[Row]:
    """Kolmogorov-Smirnov distance of every parameter between the worlds that keep the criterion and the others."""
    from scipy.stats import ks_2samp

    for key, answer in _answers(responses, asked):
        kept = asked.holds(answer)
        counts = {"behavioural": int(kept.sum()), "others": int((~kept).sum())}
        is_told = min(counts.values()) >= FEWEST
        for p, one in enumerate(ranges):
            found = ks_2samp(points[kept, p], points[~kept, p], method="asymp") if is_told else None
            yield {
                **key,
                "parameter": one.key,
                "distance": np.nan if found is None else float(found.statistic),
                "p_value": np.nan if found is None else float(found.pvalue),
                **counts,
                "note": "" if is_told else f"fewer than {FEWEST} worlds on a side",
            }


def box_rows(
    responses: Responses, ranges: Sequence[Range], points: np.ndarray, asked: Criterion
) -> tuple[list[Row], list[Row]]:
    """Every box of the peeling; and the chosen one, parameter by parameter."""
    boxes: list[Row] = []
    bounds: list[Row] = []
    for key, answer in _answers(responses, asked):
        kept = asked.holds(answer)
        if not 0 < kept.sum() < len(kept):
            note = "every world keeps the criterion" if kept.all() else "no world keeps the criterion"
            bounds += [{**key, **_bound(one, -np.inf, np.inf, np.nan), "note": note} for one in ranges]
            continue
        peeled = prim.peel(points, kept)
        best = prim.chosen(peeled)
        chance = prim.p_values(best, points, kept)
        for step, box in enumerate(peeled):
            numbers = {"coverage": box.coverage, "density": box.density, "mass": box.mass}
            boxes.append(
                {**key, "step": step, **numbers, "restricted": int(box.restricted.sum()), "is_chosen": box is best}
            )
        for p, one in enumerate(ranges):
            bounds.append({**key, **_bound(one, best.low[p], best.high[p], chance[p]), "note": ""})
    return boxes, bounds


def _answers(responses: Responses, asked: Criterion) -> Iterator[tuple[Row, np.ndarray]]:
    """The criterion's quantity for every outcome and horizon."""
    for o, outcome in enumerate(responses.outcomes):
        for h, horizon in enumerate(responses.horizons):
            yield _key(outcome, horizon, asked), responses.of(asked.quantity, o, h)


def _key(outcome: Outcome, horizon: int, asked: Criterion) -> Row:
    return {"outcome": outcome.id, "horizon": horizon, "criterion": str(asked)}


def _bound(one: Range, low: float, high: float, chance: float) -> Row:
    """A parameter's part of a box; its own range where the box does not restrict it."""
    return {
        "parameter": one.key,
        "low": float(max(low, one.low)),
        "high": float(min(high, one.high)),
        "is_restricted": bool(np.isfinite(low) or np.isfinite(high)),
        "p_value": float(chance),
    }
