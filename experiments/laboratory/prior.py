"""The multiplier over the prior of parameters that no data identify: the headline, until they are estimated.

Each draw sets every unidentified parameter and runs the whole factorial on a few replicates, the same for all
draws. The spread over draws holds the parameters' uncertainty and, as far as replicates are few, some luck.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from experiments.estimands import multiplier
from experiments.estimands.ratios import CONFIDENCE
from experiments.laboratory.factorial import FULL_UP_TO, Row, cell_arm
from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Evaluator, Replicate
from experiments.outcomes import Outcome

FEWEST = 4  # draws with a number, for a rank correlation with an interval
MOST_DRAWS = 0.5  # share of the draws that must have a multiplier, for its drivers to be told


class Draws(NamedTuple):
    """The package's multiplier in every draw; D draws, O outcomes, H horizons."""

    names: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    horizons: tuple[int, ...]
    ranges: tuple[Range, ...]
    points: np.ndarray  # float64[D, parameters]
    multiplier: np.ndarray  # float64[D, O, H], NaN where a single effect is not above 0
    excess: np.ndarray  # float64[D, O, H]
    notes: list[list[list[str]]]  # [D][O][H]
    effects: dict[str, np.ndarray]  # of the package, and its excess, by replicate: float64[D, R, O, H]


def design(ranges: Sequence[Range], draws: int) -> np.ndarray:
    """float64[draws, parameters]: a Halton sequence without its first point, the corner. Source: Halton 1960."""
    from scipy.stats import qmc

    shares = qmc.Halton(len(ranges), scramble=False).random(draws + 1)[1:]
    return np.array([[one.at(float(share)) for one, share in zip(ranges, row, strict=True)] for row in shares])


def measure_prior(
    evaluator: Evaluator, replicates: Sequence[Replicate], ranges: tuple[Range, ...], points: np.ndarray
) -> Draws:
    """The cells of every draw, asked for at once: all of them, or of many packages what a multiplier needs.

    points  float64[draws, parameters]: of the prior's `design`, or of an ensemble
    """
    names, draws = tuple(evaluator.packages), len(points)
    masks = masks_of(len(names))
    changes = [{one.key: float(value) for one, value in zip(ranges, point, strict=True)} for point in points]
    arms = [cell_arm(mask, names, changed) for changed in changes for mask in masks]
    values = evaluator(arms, replicates).outcomes  # [D x masks, R, O, H]
    values = values.reshape(draws, len(masks), *values.shape[1:])
    known = np.isfinite(values).all(axis=(1, 3, 4))  # [D, R]: replicates without a failure
    means = np.where(known[:, None, :, None, None], values, 0.0).sum(axis=2)
    means = means / np.where(known.any(axis=1), known.sum(axis=1), np.nan)[:, None, None, None]
    cells = np.zeros((draws, *means.shape[2:], 2 ** len(names)))  # [D, O, H, cells], 0 where not run
    cells[..., list(masks)] = np.moveaxis(means, 1, -1)
    ratio, notes = _numbers(cells, names)
    excess = multiplier.excess(cells, cells.shape[-1] - 1)
    single = [masks.index(1 << b) for b in range(len(names))]
    paired = np.where(known[:, None, :, None, None], values - values[:, :1], np.nan)  # [D, masks, R, O, H]
    effects = {"package": paired[:, -1], "excess": paired[:, -1] - paired[:, single].sum(axis=1)}
    outcomes, horizons = tuple(evaluator.outcomes), tuple(evaluator.horizons)
    return Draws(names, outcomes, horizons, ranges, points, ratio, excess, notes, effects)


def masks_of(count: int) -> list[int]:
    """The cells to run in each draw."""
    if count <= FULL_UP_TO:
        return list(range(2**count))
    return [0, *(1 << b for b in range(count)), 2**count - 1]


def _numbers(means: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, list[list[list[str]]]]:
    """The multiplier of all packages where every mean single effect is above 0, else why not."""
    singles = np.stack([means[..., 1 << b] - means[..., 0] for b in range(len(names))], axis=-1)
    are_positive = (singles > 0).all(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(are_positive, multiplier.ratio(means, means.shape[-1] - 1), np.nan)
    failed = np.isnan(means).any(axis=-1)

    def why(place: tuple[int, ...]) -> str:
        if failed[place]:
            return "runs failed"
        doubtful = [name for name, effect in zip(names, singles[place], strict=True) if not effect > 0]
        return f"effect of {', '.join(doubtful)} alone not above 0" if doubtful else ""

    draws, outcomes, horizons = ratio.shape
    notes = [[[why((d, o, h)) for h in range(horizons)] for o in range(outcomes)] for d in range(draws)]
    return ratio, notes


def prior_rows(draws: Draws) -> Iterator[Row]:
    """Every draw's parameters and multiplier."""
    for d, point in enumerate(draws.points):
        parameters = {one.key: float(value) for one, value in zip(draws.ranges, point, strict=True)}
        for o, outcome in enumerate(draws.outcomes):
            for h, horizon in enumerate(draws.horizons):
                yield {
                    "draw": d,
                    **parameters,
                    "outcome": outcome.id,
                    "horizon": horizon,
                    "multiplier": float(draws.multiplier[d, o, h]),
                    "excess": float(draws.excess[d, o, h]),
                    "note": draws.notes[d][o][h],
                }


def summary_rows(draws: Draws) -> Iterator[Row]:
    """Median, 95 % interval and the probability to be above 1 (excess: above 0), itself with its error.

    The row `probability` has that probability as its median, with Wilson's interval (Wilson 1927).
    """
    for o, outcome in enumerate(draws.outcomes):
        for h, horizon in enumerate(draws.horizons):
            for quantity, values, bar in (
                ("multiplier", draws.multiplier[:, o, h], 1.0),
                ("excess", draws.excess[:, o, h], 0.0),
            ):
                known = values[np.isfinite(values)]
                above = int((known > bar).sum())
                share = above / len(known) if len(known) else np.nan
                middle = np.quantile(known, (0.5, 0.025, 0.975)) if len(known) else np.full(3, np.nan)
                key = {"outcome": outcome.id, "horizon": horizon, "draws": len(known)}
                numbers = {"median": middle[0], "low": middle[1], "high": middle[2], "probability_above_one": share}
                yield {**key, "quantity": quantity, **{name: float(number) for name, number in numbers.items()}}
                if quantity == "multiplier":
                    low, high = wilson(above, len(known))
                    yield {
                        **key,
                        "quantity": "probability",
                        "median": share,
                        "low": low,
                        "high": high,
                        "probability_above_one": share,
                    }


def driver_rows(draws: Draws) -> Iterator[Row]:
    """How a parameter's rank goes with the multiplier's, with the interval of Bonett and Wright 2000.

    Of the excess instead, which every draw has, where fewer than half of the draws have a multiplier.
    """
    for o, outcome in enumerate(draws.outcomes):
        for h, horizon in enumerate(draws.horizons):
            has_ratio = np.isfinite(draws.multiplier[:, o, h]).mean() >= MOST_DRAWS
            values = (draws.multiplier if has_ratio else draws.excess)[:, o, h]
            known = np.isfinite(values)
            for p, one in enumerate(draws.ranges):
                correlation, low, high = rank_correlation(draws.points[known, p], values[known])
                yield {
                    "outcome": outcome.id,
                    "horizon": horizon,
                    "parameter": one.key,
                    "rank_correlation": correlation,
                    "low": low,
                    "high": high,
                    "quantity": "multiplier" if has_ratio else "excess",
                }


def source_rows(draws: Draws) -> Iterator[Row]:
    """How much of the spread of the package's effect and of its excess comes from parameters, and how much from luck.

    The structural part is missing: no figure tells the model's own error in an effect.
    """
    from experiments.calibration.uncertainty import decompose

    for o, outcome in enumerate(draws.outcomes):
        for h, horizon in enumerate(draws.horizons):
            for quantity, values in draws.effects.items():
                each = values[:, :, o, h]
                whole = each[np.isfinite(each).all(axis=1)]
                parts = decompose(whole, np.full(len(whole), 1 / len(whole))) if len(whole) > 1 else None
                yield {
                    "outcome": outcome.id,
                    "horizon": horizon,
                    "quantity": quantity,
                    "draws": len(whole),
                    "mean": np.nan if parts is None else parts.mean,
                    "sd_parameters": np.nan if parts is None else parts.parameters,
                    "sd_seeds": np.nan if parts is None else parts.seeds,
                    "sd_structure": np.nan,
                }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Interval of a share. Source: Wilson 1927."""
    from scipy.special import ndtri

    if trials == 0:
        return np.nan, np.nan
    z, share = float(ndtri(0.5 + CONFIDENCE / 2)), successes / trials
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2)) / (1 + z**2 / trials)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def rank_correlation(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Spearman's correlation with its interval; NaN for too few draws or where nothing varies."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    count = len(first)
    if count < FEWEST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan, np.nan, np.nan
    found = float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
    half = float(ndtri(0.5 + CONFIDENCE / 2)) * np.sqrt((1 + found**2 / 2) / (count - 3))
    centre = np.arctanh(np.clip(found, -0.999999, 0.999999))
    return found, float(np.tanh(centre - half)), float(np.tanh(centre + half))
