"""The factorial: combinations of the packages under the same seeds, and what follows from them.

Cells are indexed by bit mask in the evaluator's order of packages (`experiments.estimands.factorial`). Up to
FULL_UP_TO packages all of them are run. Beyond, those along a sample of the orders in which packages could join, and
every package alone: the Shapley values then have the sample's error in their intervals, the package as a whole is
known as in a full factorial, and interactions are not.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from experiments.estimands import factorial, multiplier, sampling
from experiments.estimands.estimate import Estimate
from experiments.estimands.pairing import pairing
from experiments.estimands.resample import interval
from experiments.laboratory.worlds import Arm, Evaluator, Replicate, arm
from experiments.outcomes import Outcome

MISSING = Estimate(np.nan, np.nan, np.nan)
Row = dict[str, Any]
RATIO = "ratio"  # unit of a quotient of effects
FULL_UP_TO = 8  # packages in a full factorial: 256 cells
ORDER_PAIRS = 24  # sampled orders beyond that, each with its reverse; assumption, its error stands in the table


class Cells(NamedTuple):
    """Outcomes of the cells. R replicates, K = 2**k cells, O outcomes, H horizons, P packages."""

    names: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    horizons: tuple[int, ...]
    replicates: tuple[Replicate, ...]
    masks: tuple[int, ...]  # the cells that were run; arrays hold 0 for others
    values: np.ndarray  # float64[R, K, O, H], NaN where a run failed
    cohort: np.ndarray  # float64[R, K, H]
    spend: np.ndarray  # float64[R, K, P, H], yuan

    @property
    def is_full(self) -> bool:
        """Whether every cell was run."""
        return len(self.masks) == 2 ** len(self.names)

    @property
    def whole(self) -> int:
        """The mask of all packages together."""
        return int(2 ** len(self.names) - 1)

    @property
    def packages(self) -> list[int]:
        """Masks of the packages of two and more about which everything is told; of a sample only all together."""
        return [mask for mask in self.masks if mask.bit_count() > 1] if self.is_full else [self.whole]

    def each(self) -> Iterator[tuple[int, Outcome, int, int]]:
        """Every outcome and horizon: index and outcome, index and months."""
        for o, outcome in enumerate(self.outcomes):
            for h, horizon in enumerate(self.horizons):
                yield o, outcome, h, horizon


def groups_of(replicates: Sequence[Replicate]) -> np.ndarray | None:
    """int64[R]: the population of each replicate; None where there is but one, which cannot be resampled."""
    populations = np.array([one.population for one in replicates], np.int64)
    return populations if len(np.unique(populations)) > 1 else None


def cell_arms(names: Sequence[str]) -> list[Arm]:
    """The arms of all subsets, in the order of their masks."""
    return [cell_arm(mask, names) for mask in range(2 ** len(names))]


def cell_arm(mask: int, names: Sequence[str], changes: dict[str, object] | None = None) -> Arm:
    """The arm of one subset."""
    return arm([names[b] for b in factorial.members(mask)], changes)


def masks_to_run(count: int) -> tuple[int, ...]:
    """The cells of a design for so many packages, by size and mask."""
    if count <= FULL_UP_TO:
        return tuple(factorial.subsets(count))
    wanted = {int(mask) for mask in sampling.coalitions(_orders(count))} | {1 << b for b in range(count)}
    return tuple(sorted(wanted, key=lambda mask: (mask.bit_count(), mask)))


def _orders(count: int) -> np.ndarray:
    return sampling.orders(count, ORDER_PAIRS)


def evaluate_cells(evaluator: Evaluator, replicates: Sequence[Replicate]) -> Cells:
    """Every cell of the design in every replicate."""
    names = tuple(evaluator.packages)
    masks = masks_to_run(len(names))
    values = evaluator([cell_arm(mask, names) for mask in masks], replicates)

    def scattered(array: np.ndarray) -> np.ndarray:
        whole = np.zeros((array.shape[1], 2 ** len(names), *array.shape[2:]))
        whole[:, list(masks)] = np.moveaxis(array, 0, 1)
        return whole

    return Cells(
        names=names,
        outcomes=tuple(evaluator.outcomes),
        horizons=tuple(evaluator.horizons),
        replicates=tuple(replicates),
        masks=masks,
        values=scattered(values.outcomes),
        cohort=scattered(values.cohort),
        spend=scattered(values.spend),
    )


def estimates(values: np.ndarray, statistic: Any, groups: np.ndarray | None) -> list[Estimate]:
    """Several numbers of the same resamples, each with its interval."""
    value, low, high = (np.atleast_1d(part) for part in interval(values, statistic, groups))
    return [Estimate(*map(float, bounds)) for bounds in zip(value, low, high, strict=True)]


def complete(values: np.ndarray) -> np.ndarray:
    """bool[R]: replicates in which no cell failed."""
    return np.isfinite(values.reshape(len(values), -1)).all(axis=1)


def cell_rows(cells: Cells) -> Iterator[Row]:
    """Mean and effect of every cell."""
    groups = groups_of(cells.replicates)
    for o, outcome, h, horizon in cells.each():
        values = cells.values[:, :, o, h]
        means = estimates(values, lambda mean: mean, groups)
        effects = estimates(values, lambda mean: mean - mean[..., :1], groups)
        kept = complete(values)
        for mask in cells.masks:
            yield {
                "cell": factorial.label(mask, cells.names),
                "size": mask.bit_count(),
                "outcome": outcome.id,
                "horizon": horizon,
                "unit": outcome.unit,
                "replicates": int(kept.sum()),
                "cohort": _mean(cells.cohort[kept, mask, h]),
                **bounds("mean", means[mask], "low", "high"),
                **bounds("effect", effects[mask]),
            }


def estimand_rows(cells: Cells) -> Iterator[Row]:
    """Everything that the factorial alone says about the packages."""
    groups = groups_of(cells.replicates)
    for o, outcome, h, horizon in cells.each():
        for mask in cells.packages:
            names = [cells.names[b] for b in factorial.members(mask)]
            values = factorial.within(cells.values[:, :, o, h], mask) if cells.is_full else cells.values[:, :, o, h]
            found = _of_effects(values, outcome.unit, groups, names)
            if outcome.is_share:
                cohort = np.where(cells.cohort[:, :, h] == 0, np.nan, cells.cohort[:, :, h])[:, mask]
                persons = _mean(cohort[complete(values)])
                found |= _of_shares(values / cohort[:, None], persons, outcome, groups, names)
            for quantity, (estimate, unit, note) in found.items():
                yield estimand(cells, mask, outcome, horizon, unit, quantity, estimate, note)


def estimand(
    cells: Cells, mask: int, outcome: Outcome, horizon: int, unit: str, quantity: str, estimate: Estimate, note: str
) -> Row:
    """A row of the table of estimands."""
    return {
        "package": factorial.label(mask, cells.names),
        "outcome": outcome.id,
        "horizon": horizon,
        "unit": unit,
        "quantity": quantity,
        **bounds("value", estimate, "low", "high"),
        "note": note,
    }


Found = dict[str, tuple[Estimate, str, str]]  # quantity -> estimate, unit, note


def _of_effects(values: np.ndarray, unit: str, groups: np.ndarray | None, names: Sequence[str]) -> Found:
    """Effect, sum of the single effects, excess, and the multiplier where it is a number; of all of float64[R, K]."""
    mask = values.shape[1] - 1

    def three(mean: np.ndarray) -> np.ndarray:
        parts = multiplier.effect(mean, mask), multiplier.sum_of_singles(mean, mask), multiplier.excess(mean, mask)
        return np.stack(parts, axis=-1)

    effect, added, excess = estimates(values, three, groups)
    ratio, note = multiplier.multiplier(values, mask, groups, names)
    return {
        "effect": (effect, unit, ""),
        "sum_of_singles": (added, unit, ""),
        "excess": (excess, unit, ""),
        "multiplier": (ratio, RATIO, note),
    }


def _of_shares(
    shares: np.ndarray, persons: float, outcome: Outcome, groups: np.ndarray | None, names: Sequence[str]
) -> Found:
    """The multiplier on the scale on which nothing interacts by arithmetic alone, and Bliss independence.

    persons  members of the cohort: what Bliss predicts is given in persons
    """
    mask = shares.shape[1] - 1
    scale = "cloglog" if outcome.is_cumulative else "logit"
    control, note = multiplier.scaled_multiplier(shares, mask, scale, groups, names)
    predicted, beyond, reason = multiplier.bliss_estimates(shares, mask, groups)
    return {
        "scale_control": (control, RATIO, note or f"on the {scale} scale"),
        "bliss_predicted": (_times(predicted, persons), outcome.unit, reason),
        "bliss_excess": (_times(beyond, persons), outcome.unit, reason),
    }


def interaction_rows(cells: Cells) -> Iterator[Row]:
    """Harsanyi dividends and factorial contrasts of all orders; none of a sample."""
    groups = groups_of(cells.replicates)
    for o, outcome, h, horizon in cells.each() if cells.is_full else ():
        values = cells.values[:, :, o, h]
        for kind, statistic in (("dividend", factorial.dividends), ("contrast", factorial.contrasts)):
            found = estimates(values, statistic, groups)
            for mask in factorial.subsets(len(cells.names)):
                yield {
                    "outcome": outcome.id,
                    "horizon": horizon,
                    "kind": kind,
                    "cell": factorial.label(mask, cells.names),
                    "order": mask.bit_count(),
                    **bounds("value", found[mask], "low", "high"),
                }


def shapley_rows(cells: Cells) -> Iterator[Row]:
    """Each package's share of the effect of all; of a sample with its error, alone and in the interval."""
    groups = groups_of(cells.replicates)
    for o, outcome, h, horizon in cells.each():
        values = cells.values[:, :, o, h]
        if cells.is_full:
            found = estimates(values, factorial.shapley, groups)
            errors, note = np.zeros(len(found)), ""
        else:
            orders = _orders(len(cells.names))
            sampled = sampling.sampled_shapley(values[:, sampling.coalitions(orders)], orders, groups)
            found = [Estimate(*map(float, one)) for one in zip(*sampled.estimate, strict=True)]
            errors, note = sampled.design_error, f"from {len(orders)} sampled orders"
        whole = sum(one.value for one in found)
        for name, one, error in zip(cells.names, found, errors, strict=True):
            yield {
                "outcome": outcome.id,
                "horizon": horizon,
                "instrument": name,
                **bounds("value", one, "low", "high"),
                "share": one.value / whole if whole else np.nan,
                "design_error": float(error),
                "note": note,
            }


def pairing_rows(cells: Cells) -> Iterator[Row]:
    """What the common seeds save on every cell's effect."""
    for o, outcome, h, horizon in cells.each():
        for mask in cells.masks:
            if mask == 0:
                continue
            saved = pairing(cells.values[:, [0, mask], o, h], lambda mean: mean[..., 1] - mean[..., 0])
            yield {
                "cell": factorial.label(mask, cells.names),
                "outcome": outcome.id,
                "horizon": horizon,
                "replicates": saved.replicates,
                "variance_paired": saved.variance_paired,
                "variance_independent": saved.variance_independent,
                "replications_saved_ratio": saved.saved_ratio,
            }


def bounds(name: str, estimate: Estimate, low: str = "", high: str = "") -> Row:
    """An estimate as three columns."""
    low, high = low or f"{name}_low", high or f"{name}_high"
    return {name: estimate.value, low: estimate.low, high: estimate.high}


def _times(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(*(factor * bound for bound in estimate))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
