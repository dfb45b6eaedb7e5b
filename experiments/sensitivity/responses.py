"""The model as a function of its parameters: outcomes, effects and multipliers at points, under common seeds.

A point is some changes of the scenario. At each, every combination of the packages is run with the same replicates
as at all others, so what differs between points is the parameters' doing. Stands on `Evaluator` alone: an analytic
function takes the model's place in a test without a change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.calibration.ensemble import Ensemble
from experiments.calibration.uncertainty import decompose
from experiments.estimands import multiplier
from experiments.laboratory.factorial import Row, cell_arm
from experiments.laboratory.prior import masks_of
from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Evaluator, Replicate
from experiments.outcomes import Outcome

VALUE, EFFECT, EXCESS, MULTIPLIER, COST = "value", "effect", "excess", "multiplier", "cost_per_effect"
Changes = Mapping[str, object]


class Drawn(NamedTuple):
    """What each draw of an ensemble came to, the weighted means of which are the responses; E draws."""

    weight: np.ndarray  # float64[E]
    values: np.ndarray  # float64[D, E, R, K, O, H]
    spend: np.ndarray  # float64[D, E, R, H]


class Responses(NamedTuple):
    """D points, R replicates, K = 2**k cells (those not run hold 0), O outcomes, H horizons."""

    names: tuple[str, ...]  # of the packages
    outcomes: tuple[Outcome, ...]
    horizons: tuple[int, ...]
    values: np.ndarray  # float64[D, R, K, O, H], NaN where a run failed
    spend: np.ndarray  # float64[D, R, H], of all packages together, discounted, yuan
    drawn: Drawn | None = None  # by draw of an ensemble

    @property
    def quantities(self) -> tuple[str, ...]:
        """What can be told of so many packages."""
        count = len(self.names)
        return (VALUE, EFFECT, EXCESS, MULTIPLIER)[: (1, 2, 4)[min(count, 2)]]

    def each(self) -> Iterator[tuple[Row, np.ndarray]]:
        """Outcome, horizon and quantity as columns, and the answer at every point, float64[D]."""
        for o, outcome in enumerate(self.outcomes):
            for h, horizon in enumerate(self.horizons):
                for quantity in self.quantities:
                    key: Row = {"outcome": outcome.id, "horizon": horizon, "quantity": quantity}
                    yield key, self.of(quantity, o, h)

    def cells(self, key: Row) -> np.ndarray:
        """float64[D, R, K]: the cells of an outcome and horizon that `each` has named."""
        outcome = [one.id for one in self.outcomes].index(key["outcome"])
        return self.values[..., outcome, self.horizons.index(key["horizon"])]

    def of(self, quantity: str, outcome: int, horizon: int) -> np.ndarray:
        """A quantity of the mean over replicates, float64[D]; NaN where it is no number."""
        means = mean_of_known(self.values[..., outcome, horizon])
        if quantity == COST:
            effect = multiplier.effect(means, means.shape[-1] - 1)
            spend = mean_of_known(self.spend[:, :, horizon, None])[:, 0]
            return multiplier.divide(spend, np.where(effect > 0, effect, np.nan))
        return STATISTICS[quantity](means)

    def sources(self, tell: Callable[["Responses"], Iterable[float]]) -> Iterator[Row]:
        """Standard deviations of numbers by source: between the draws of the ensemble, and between seeds.

        tell  the numbers of one draw and one seed, always the same ones in the same order
        """
        assert self.drawn is not None
        _, draws, seeds = self.drawn.values.shape[:3]
        found = np.array(
            [[list(tell(self._one(draw, seed))) for seed in range(seeds)] for draw in range(draws)]
        )  # [E, R, numbers]
        for number in range(found.shape[2]):
            parts = decompose(found[:, :, number], self.drawn.weight)
            yield {"sd_parameters": parts.parameters, "sd_seeds": parts.seeds}

    def _one(self, draw: int, seed: int) -> "Responses":
        """What one draw came to with one seed."""
        assert self.drawn is not None
        values, spend = (one[:, draw, seed : seed + 1] for one in self.drawn[1:])
        return self._replace(values=values, spend=spend, drawn=None)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """The mean over replicates of float64[D, R, K], a replicate with a NaN left out."""
    known = np.isfinite(values).all(axis=2)
    total = np.where(known[..., None], values, 0.0).sum(axis=1)
    return np.asarray(total / np.where(known.any(axis=1), known.sum(axis=1), np.nan)[:, None])


def ratio_where_positive(means: np.ndarray) -> np.ndarray:
    """The multiplier of all packages; NaN where a single effect is not above 0, for there it says nothing."""
    whole = means.shape[-1] - 1
    are_positive = (multiplier.single_effects(means, whole) > 0).all(axis=-1)
    return np.where(are_positive, multiplier.ratio(means, whole), np.nan)


STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    VALUE: lambda means: means[..., 0],
    EFFECT: lambda means: multiplier.effect(means, means.shape[-1] - 1),
    EXCESS: lambda means: multiplier.excess(means, means.shape[-1] - 1),
    MULTIPLIER: ratio_where_positive,
}


def measure(
    evaluator: Evaluator, replicates: Sequence[Replicate], points: Sequence[Changes], ensemble: Ensemble | None = None
) -> Responses:
    """The cells of every point, asked for at once; with an ensemble, of every draw, over which a point lies."""
    names = tuple(evaluator.packages)
    masks = masks_of(len(names))
    drawn = [{}] if ensemble is None else [ensemble.changes(draw) for draw in range(len(ensemble.weight))]
    arms = [cell_arm(mask, names, {**draw, **changes}) for changes in points for draw in drawn for mask in masks]
    found = evaluator(arms, replicates)
    shape = (len(points), len(drawn), len(masks))
    outcomes = found.outcomes.reshape(*shape, *found.outcomes.shape[1:])
    values = np.zeros((*shape[:2], len(replicates), 2 ** len(names), *outcomes.shape[4:]))
    values[:, :, :, masks] = np.moveaxis(outcomes, 2, 3)
    spend = found.spend.reshape(*shape, *found.spend.shape[1:])[:, :, -1].sum(axis=3)
    asked = (names, tuple(evaluator.outcomes), tuple(evaluator.horizons))
    if ensemble is None:
        return Responses(*asked, values[:, 0], spend[:, 0])
    means = (np.average(one, axis=1, weights=ensemble.weight) for one in (values, spend))
    return Responses(*asked, *means, Drawn(ensemble.weight, values, spend))


def changes_of(ranges: Sequence[Range], shares: np.ndarray) -> list[dict[str, object]]:
    """Points from shares float64[D, parameters] of the ranges."""
    return [{one.key: one.at(float(share)) for one, share in zip(ranges, row, strict=True)} for row in shares]
